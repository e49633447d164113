"""Logs: one line an event, as text for people or JSON for machines, written in batches and never holding up a request."""

import asyncio
import atexit
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

FLUSH_SECONDS = 0.25
MAX_BUFFERED_LINES = 2_000
SECRET_WORDS = ("password", "token", "secret", "cookie", "authorization", "card")


class Writer:
    """Lines wait in memory and leave together. A full buffer, a warning and the end of the process flush it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[str] = []

    def msg(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) >= MAX_BUFFERED_LINES:
            self.flush()

    def urgent(self, line: str) -> None:
        self._lines.append(line)
        self.flush()

    debug = info = log = msg
    warning = warn = error = critical = fatal = exception = failure = urgent

    def flush(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()

    async def run(self) -> None:
        """Flushes a few times a second, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.flush()


class _Bridge(logging.Handler):
    """Sends what libraries log the same way."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        told = {"exc_info": record.exc_info} if record.exc_info else {}
        getattr(logger, record.levelname.lower(), logger.info)(record.getMessage(), **told)


def set_up(level: str, style: str, stream: TextIO = sys.stderr) -> Writer:
    """Sets logging up for the process; answers the writer, whose `run` the caller owns."""
    writer = Writer(stream)
    atexit.register(writer.flush)
    renderer = _json if style == "json" else _for_people(stream)
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if style == "json" else _as_it_is,
            _without_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.basicConfig(level=max(number, logging.INFO), handlers=[_Bridge()], force=True)
    return writer


def _for_people(stream: TextIO) -> structlog.dev.ConsoleRenderer:
    """Coloured on a terminal; tracebacks without the values of variables, which may be anybody's secrets."""
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=8
    )


def _as_it_is(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event


def _without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last line of defence: a member that is named like a secret is never written."""
    for name in event:
        if any(word in name.lower() for word in SECRET_WORDS):
            event[name] = "[hidden]"
    return event


def _json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(dict(event), default=str).decode()
