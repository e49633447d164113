"""Logs: one line an event, as text for people or JSON for machines, written in batches so that no request waits for one.

Everybody logs by the standard library: a short message, and `extra` for the facts. Members named like secrets never leave.
"""

import asyncio
import atexit
import logging
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import orjson
from aiohttp.http_exceptions import HttpProcessingError

FLUSH_SECONDS = 0.25
MAX_BUFFERED_LINES = 250
"""So many are spelled out and written within about a millisecond."""
SECRET_WORDS = ("password", "token", "secret", "cookie", "authorization", "card")

FACTS = "facts"
"""Where a record made by hand keeps its facts, which nobody changes; others have them among their members (`extra`)."""

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; the rest is what its writer gave as `extra`."""


class Writer(logging.Handler):
    """Lines wait in memory and leave together. A full buffer, a warning and the end of the process flush them.

    Those of requests, which are most, are spelled out then too: many in a row cost half of what each costs among other work.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: list[str | logging.LogRecord] = []
        self._writing = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record if FACTS in vars(record) else self.format(record))
        if record.levelno >= logging.WARNING or len(self._lines) >= MAX_BUFFERED_LINES:
            self.flush()

    def flush(self) -> None:
        with self._writing:
            if self._lines:
                lines, self._lines = self._lines, []
                text = [line if isinstance(line, str) else self.format(line) for line in lines]
                self._stream.write("\n".join(text) + "\n")
                self._stream.flush()

    async def run(self) -> None:
        """Flushes a few times a second, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.flush()


class ForMachines(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info and record.exc_info[1]:
            line["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
        return orjson.dumps(line, default=str).decode()


class ForPeople(logging.Formatter):
    """A record as a line to read; tracebacks without the values of variables, which may be anybody's secrets."""

    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={_one_line(value)}" for name, value in _facts(record).items())
        line = f"{_at(record)} {record.levelname.lower():7} {record.getMessage()} {facts}".rstrip()
        if record.exc_info and record.exc_info[1]:
            line += "\n" + "".join(traceback.format_exception(record.exc_info[1])).rstrip()
        return line


class WithoutBadHttp(logging.Filter):
    """What is no HTTP is no fault of ours, and its bytes may be somebody's cookie: one line tells of it, without them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args = "request that is no HTTP", ()
            record.exc_info = None
            return logging.getLogger().isEnabledFor(logging.INFO)
        return True


class FromWorker(logging.Filter):
    """Says in each line which of the shop's workers writes it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "worker"):
            record.worker = self._number
            facts = getattr(record, FACTS, None)
            if facts is not None:
                facts["worker"] = self._number
        return True


def set_up(level: str, style: str, stream: TextIO = sys.stderr, worker: int | None = None) -> Writer:
    """Sets logging up for the process, as "json" or "text"; answers the writer, whose `run` the caller owns."""
    writer = Writer(stream)
    if worker is not None:
        writer.addFilter(FromWorker(worker))
    writer.setFormatter(ForMachines() if style == "json" else ForPeople())
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


def _at(record: logging.LogRecord) -> str:
    second, part = divmod(int(record.created * 1000), 1000)
    return f"{_second(second)}.{part:03}+00:00"


@lru_cache(maxsize=8)
def _second(at: int) -> str:
    """A second of UTC, which a busy shop writes hundreds of lines in."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _one_line(value: Any) -> str:
    """The value as text that can't pass for a line of its own."""
    text = str(value)
    return text if text.isprintable() else repr(text)


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    known = vars(record)
    facts = known.get(FACTS)
    if facts is None:
        facts = {name: value for name, value in known.items() if name not in _USUAL}
    return {name: "[hidden]" if _is_secret(name) else value for name, value in facts.items()}


@lru_cache(maxsize=1_024)
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)
