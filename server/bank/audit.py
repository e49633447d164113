"""The whole books for auditors: every payment with the money taken for it and given back."""

from collections import defaultdict
from typing import Any

from server.bank import records, writing
from server.bank.books import Tx


def whole_books(tx: Tx) -> dict[str, Any]:
    """`{"payments": […]}`, oldest first; each payment as the API shows it, with its `charges` and `refunds`.

    A paid payment has exactly one charge, any other none; both lists hold `{id, amount, created_at}`.
    """
    charges = _by_payment(tx, "SELECT payment, id, amount, created_ms FROM charges ORDER BY created_ms")
    refunds = _by_payment(tx, "SELECT payment, id, amount, created_ms FROM refunds ORDER BY created_ms")
    return {
        "payments": [
            payment.public(tx.settings.public_url) | {"charges": charges[payment.id], "refunds": refunds[payment.id]}
            for payment in records.every(tx)
        ]
    }


def _by_payment(tx: Tx, statement: str) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for payment_id, entry_id, amount, created_ms in tx.sql.execute(statement):
        found[payment_id].append({"id": entry_id, "amount": amount, "created_at": writing.moment(created_ms)})
    return found
