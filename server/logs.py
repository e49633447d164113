"""Logs: one line an event, as text for people or JSON for machines, written in batches so that no request waits for one.

Everybody logs by the standard library: a short message, and `extra` for the facts. Members named like secrets never leave.
"""

import asyncio
import atexit
import logging
import sys
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import orjson
from aiohttp.http_exceptions import HttpProcessingError

from handlers.answered import Answered

_http = logging.getLogger("shopwire.http")

FLUSH_SECONDS = 0.25
MAX_BUFFERED_LINES = 250
"""So many are spelled out and written within about a millisecond."""
SECRET_WORDS = ("password", "token", "secret", "cookie", "authorization", "card")

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; the rest is what its writer gave as `extra`."""


class Style(logging.Formatter, ABC):
    """How a line is spelled; `worker` is the number of the shop's worker that writes it, which each line then tells."""

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._worker = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        trace = ""
        if record.exc_info and record.exc_info[1]:
            trace = "".join(traceback.format_exception(record.exc_info[1]))
        facts = _facts(record) | self._worker
        return self.spell(record.created, record.levelname.lower(), record.name, record.getMessage(), facts, trace)

    def answered(self, answer: Answered) -> str:
        """The line of a request."""
        return self.spell(answer.at, "info", _http.name, "request", _told(answer) | self._worker)

    @abstractmethod
    def spell(self, at: float, level: str, source: str, event: str, facts: Mapping[str, Any], trace: str = "") -> str:
        """`at` is in seconds since 1970, `trace` a traceback."""


class ForMachines(Style):
    """A line as one JSON object."""

    def spell(self, at: float, level: str, source: str, event: str, facts: Mapping[str, Any], trace: str = "") -> str:
        line: dict[str, Any] = {"at": _at(at), "level": level, "from": source, "event": event, **facts}
        if trace:
            line["traceback"] = trace
        return orjson.dumps(line, default=str).decode()


class ForPeople(Style):
    """A line to read; tracebacks without the values of variables, which may be anybody's secrets."""

    def spell(self, at: float, level: str, source: str, event: str, facts: Mapping[str, Any], trace: str = "") -> str:
        told = " ".join([f"{name}={_one_line(value)}" for name, value in facts.items()])
        line = f"{_at(at)} {level:7} {event} {told}".rstrip()
        return f"{line}\n{trace.rstrip()}" if trace else line


class Writer(logging.Handler):
    """Lines wait in memory and leave together. A full buffer, a warning and the end of the process flush them.

    Those of requests, which are most, come by a shorter way and are spelled only then: many in a row cost half of what each
    costs among other work.
    """

    def __init__(self, stream: TextIO, style: Style) -> None:
        super().__init__()
        self.setFormatter(style)
        self._style = style
        self._stream = stream
        self._lines: list[str | Answered] = []
        self._writing = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))
        if record.levelno >= logging.WARNING or len(self._lines) >= MAX_BUFFERED_LINES:
            self.flush()

    def answered(self, answer: Answered) -> None:
        """Takes the line of a request."""
        self._lines.append(answer)
        if len(self._lines) >= MAX_BUFFERED_LINES:
            self.flush()

    def flush(self) -> None:
        with self._writing:
            if self._lines:
                lines, self._lines = self._lines, []
                text = [line if isinstance(line, str) else self._style.answered(line) for line in lines]
                self._stream.write("\n".join(text) + "\n")
                self._stream.flush()

    async def run(self) -> None:
        """Flushes a few times a second, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.flush()


class WithoutBadHttp(logging.Filter):
    """What is no HTTP is no fault of ours, and its bytes may be somebody's cookie: one line tells of it, without them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args = "request that is no HTTP", ()
            record.exc_info = None
            return logging.getLogger().isEnabledFor(logging.INFO)
        return True


_standing: list[Writer] = []
"""The writer of this process, once logging is set up."""


def answered(answer: Answered) -> None:
    """Writes the line of a request: to this process's writer, or by the standard library where logging is somebody else's."""
    if not _http.isEnabledFor(logging.INFO):
        return
    if _standing:
        _standing[0].answered(answer)
    else:
        _http.info("request", extra=_told(answer))


def _told(answer: Answered) -> dict[str, Any]:
    return {
        "request_id": answer.request_id,
        "method": answer.method,
        "route": answer.route,
        "status": answer.status,
        "ms": round(answer.seconds * 1000, 2),
    }


def set_up(level: str, style: str, stream: TextIO = sys.stderr, worker: int | None = None) -> Writer:
    """Sets logging up for the process, as "json" or "text"; answers the writer, whose `run` the caller owns."""
    writer = Writer(stream, ForMachines(worker) if style == "json" else ForPeople(worker))
    _standing[:] = [writer]
    atexit.register(writer.flush)
    logging.basicConfig(level=level.upper(), handlers=[writer], force=True)
    _ask_for_no_more_than_is_told()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(WithoutBadHttp())
    return writer


def _ask_for_no_more_than_is_told() -> None:
    """No line tells of threads, processes or lines of code, and asking for them takes half of a record's time.

    The switches are those of the logging HOWTO, under "Optimization".
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _at(at: float) -> str:
    second, part = divmod(int(at * 1000), 1000)
    return f"{_second(second)}.{part:03}+00:00"


@lru_cache(maxsize=8)
def _second(at: int) -> str:
    """A second of UTC, which a busy shop writes hundreds of lines in."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _one_line(value: Any) -> str:
    """The value as text that can't pass for a line of its own."""
    text = str(value)
    return text if text.isprintable() else repr(text)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return {
        name: "[hidden]" if _is_secret(name) else value for name, value in vars(record).items() if name not in _USUAL
    }


@lru_cache(maxsize=1_024)
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)
