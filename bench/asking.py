"""A bare HTTP client for benchmarks: one kept connection, no parsing beyond the length, so the other side is what is measured."""

import json
import re
import socket
from typing import Any

TIMEOUT_SECONDS = 60.0


class Asker:
    """Asks a shop of bench.pages_served, and its plain peer, whose other addresses tell what the process has spent."""

    def __init__(self, shop: int, plain: int) -> None:
        self._shop = _connected(shop)
        self._plain = _connected(plain)

    def round(self, path: str, headers: str, times: int, *, plain: bool = False) -> dict[str, float]:
        """What one answer costs the server, in ms of CPU by part, and how long its body is; the mean of `times`."""
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()
        connection = self._plain if plain else self._shop
        before = self._look()
        size = 0
        for _ in range(times):
            connection.sendall(request)
            _, body = _answer(connection)
            size = len(body)
        after = self._look()
        return {part: (after[part] - before[part]) / times * 1000 for part in before} | {"bytes": size}

    def keep(self, *, on: bool) -> None:
        """Whether the shop keeps pages from here on."""
        self._say(f"/keep?on={int(on)}")

    def fill_cart(self, variant: str) -> str:
        """Puts three of a variant into a new cart; answers the Cookie header of who owns it."""
        body = b'{"quantity": 3}'
        head = f"PUT /api/v1/cart/lines/{variant} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        self._shop.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answered, _ = _answer(self._shop)
        [cookie] = re.findall(r"(?i)set-cookie: ([^;]+)", answered)
        return f"Cookie: {cookie}\r\n"

    def tag(self, path: str) -> str:
        """The ETag of a page, or nothing."""
        self._shop.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        found = re.findall(r"(?i)\r\netag: ([^\r]+)", _answer(self._shop)[0])
        return str(found[0]) if found else ""

    def _look(self) -> dict[str, float]:
        found: dict[str, float] = json.loads(self._say("/spent"))
        return found

    def _say(self, path: str) -> bytes:
        self._plain.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return _answer(self._plain)[1]


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _answer(connection: socket.socket) -> tuple[str, bytes]:
    """Head and body of one answer; raises ValueError for any status but 200 and 304."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    text = head.decode()
    if not text.startswith(("HTTP/1.1 200", "HTTP/1.1 304")):
        raise ValueError(text)
    length: Any = re.search(r"(?i)content-length: (\d+)", text)
    if text.startswith("HTTP/1.1 304"):
        return text, body
    if length is None:
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(connection)
        return text, body
    while len(body) < int(length[1]):
        body += _more(connection)
    return text, body


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    if not received:
        raise ConnectionError("The server has closed the connection.")
    return received
