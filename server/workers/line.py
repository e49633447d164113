"""The line between the supervisor and a worker: a socket pair that carries messages, and whose end is news as well.

A worker whose line ends has lost its supervisor and closes; a supervisor whose line ends has lost its worker.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import msgspec
from msgspec import Struct

MAX_MESSAGE_BYTES = 8 * 1024 * 1024


class Ready(Struct, frozen=True, tag="ready"):
    """The worker serves."""


class Leaving(Struct, frozen=True, tag="leaving"):
    """The worker was asked to end (TERM) and serves on until its successor does."""


class Drain(Struct, frozen=True, tag="drain"):
    """The worker is to say goodbye and end."""


class Question(Struct, frozen=True, tag="question"):
    """A worker asks the others; the supervisor passes it on under a number of its own."""

    number: int
    what: str
    body: bytes = b""


class Reply(Struct, frozen=True, tag="reply"):
    """A worker's answer to a question."""

    number: int
    body: bytes


class Replies(Struct, frozen=True, tag="replies"):
    """What the others answered, each with the number of the worker; and how often workers had to be started anew."""

    number: int
    answers: Sequence[tuple[int, bytes]]
    restarts: int


Message = Ready | Leaving | Drain | Question | Reply | Replies

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Message).decode


class Line:
    """One end of it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> "Line":
        end.setblocking(False)
        return cls(*await asyncio.open_unix_connection(sock=end, limit=MAX_MESSAGE_BYTES))

    def say(self, message: Message) -> None:
        """Sends a message; to somebody who is gone, nothing."""
        if not self._writer.is_closing():
            self._writer.write(_encode(message) + b"\n")

    async def messages(self) -> AsyncIterator[Message]:
        """What the other end says, until it is gone."""
        with suppress(ConnectionError):
            while line := await self._reader.readline():
                yield _decode(line)

    def close(self) -> None:
        self._writer.close()
