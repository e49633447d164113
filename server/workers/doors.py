"""Listening sockets for several workers at one address: one each, among which the kernel deals out who comes in."""

import errno
import socket
from collections.abc import Sequence

from server.settings import SettingsError

Door = socket.socket
"""A listening socket."""


def free(host: str, port: int) -> None:
    """Raises SettingsError when somebody else listens there: sockets that share a port don't notice by themselves."""
    for family, address in _addresses(host, port):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                probe.listen(1)
            except OSError as fault:
                if fault.errno == errno.EADDRINUSE:
                    raise SettingsError(f"port: somebody listens on {host}:{port} already.") from fault
                raise


def of_a_worker(host: str, port: int) -> Sequence[Door]:
    """The sockets of one more worker, one for each address of the host. They don't listen before the worker serves: only then
    the kernel gives it its share of those who come in."""
    found = []
    for family, address in _addresses(host, port):
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind(address)
        door.setblocking(False)
        found.append(door)
    return found


def inherited(descriptors: Sequence[int]) -> Sequence[Door]:
    """The sockets that a worker was started with."""
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys([(family, address) for family, _, _, _, address in found]))  # type: ignore[misc]  # no bytes here
