"""A key used again gets the first answer again: effect and answer are stored in one transaction.

A refusal leaves nothing, so its key may be tried again once the reason is gone.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from msgspec import Struct

from server.bank.books import Tx
from server.bank.refusals import Invalid


class Answer(Struct, frozen=True):
    """A finished answer of the API."""

    status: int
    body: bytes
    replayed: bool = False


def once(tx: Tx, operation: str, key: str, wish: Any, effect: Callable[[], tuple[int, Any]]) -> Answer:
    """Runs `effect` (which returns status and JSON object) the first time that `operation` comes with this key.

    Raises Invalid when the key comes back with another `wish` (any value that orjson can write).
    """
    fingerprint = hashlib.sha256(orjson.dumps(wish)).hexdigest()
    row = tx.sql.execute(
        "SELECT fingerprint, status, body FROM answers WHERE operation = ? AND key = ?", (operation, key)
    ).fetchone()
    if row is not None:
        return _replay(row, fingerprint)
    status, told = effect()
    body = orjson.dumps(told)
    tx.sql.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", (operation, key, fingerprint, status, body))
    return Answer(status, body)


def _replay(row: tuple[str, int, bytes], fingerprint: str) -> Answer:
    first_fingerprint, status, body = row
    if first_fingerprint != fingerprint:
        raise Invalid("key_reused", "This Idempotency-Key came with another body before.", field="Idempotency-Key")
    return Answer(status, body, replayed=True)
