"""The log: lines of requests and of everything else, in their order, spelled for people or machines, and no secret in them."""

import logging
from io import StringIO

import orjson
import pytest

from handlers.answered import Answered
from server.logs import MAX_BUFFERED_LINES, ForMachines, ForPeople, Writer

ANSWER = Answered(1_764_065_123.4567, "ABCDEFGHJK", "GET", "/orders/{number}", 200, 0.0123)


def record(event: str, level: int = logging.INFO, **facts: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "shopwire.x", "levelno": level, "levelname": "INFO", "msg": event, **facts})


def test_lines_leave_in_the_order_in_which_they_came() -> None:
    stream = StringIO()
    writer = Writer(stream, ForPeople())
    writer.emit(record("before", count=1))
    writer.answered(ANSWER)
    writer.emit(record("after", word="two\nlines"))
    assert stream.getvalue() == "", "no request waits for its line to be written"
    writer.flush()
    before, request, after = stream.getvalue().splitlines()
    assert before.endswith("info    before count=1")
    assert request == (
        "2025-11-25T10:05:23.456+00:00 info    request "
        "request_id=ABCDEFGHJK method=GET route=/orders/{number} status=200 ms=12.3"
    )
    assert after.endswith("word='two\\nlines'"), "a value can't pass for a line of its own"


def test_machines_read_the_same_and_which_worker_says_it() -> None:
    stream = StringIO()
    writer = Writer(stream, ForMachines(worker=3))
    writer.answered(ANSWER)
    writer.emit(record("bug", password="hunter2", exc_info=(ValueError, ValueError("x"), None)))
    writer.flush()
    request, bug = map(orjson.loads, stream.getvalue().splitlines())
    assert request == {
        "at": "2025-11-25T10:05:23.456+00:00",
        "level": "info",
        "from": "shopwire.http",
        "event": "request",
        "request_id": "ABCDEFGHJK",
        "method": "GET",
        "route": "/orders/{number}",
        "status": 200,
        "ms": 12.3,
        "worker": 3,
    }
    assert (bug["worker"], bug["password"]) == (3, "[hidden]")
    assert "ValueError: x" in bug["traceback"]


@pytest.mark.parametrize("urgent", [False, True])
def test_a_full_buffer_and_a_warning_leave_at_once(urgent: bool) -> None:
    stream = StringIO()
    writer = Writer(stream, ForPeople())
    for _ in range(MAX_BUFFERED_LINES - 1):
        writer.answered(ANSWER)
    assert stream.getvalue() == ""
    if urgent:
        writer.emit(record("careful", logging.WARNING))
    else:
        writer.answered(ANSWER)
    assert len(stream.getvalue().splitlines()) == MAX_BUFFERED_LINES
