"""Webhooks: hints from providers, kept once each, that have a payment fetched at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from shop.payments import Hint
from storage import tables
from storage.statements import many, run

_ASK_NOW = (
    update(tables.Payment)
    .where(
        tables.Payment.provider == bindparam("from_provider"),
        tables.Payment.ref.in_(bindparam("refs", expanding=True)),
    )
    .values(ask_at=bindparam("now"), asked=0)
)
_KNOWN_EVENTS = select(tables.Webhook.event_id).where(
    tables.Webhook.provider == bindparam("provider"),
    tables.Webhook.event_id.in_(bindparam("events", expanding=True)),
)
_WEBHOOK = insert(tables.Webhook)
_HANDLED = (
    update(tables.Webhook)
    .where(
        tables.Webhook.provider == bindparam("from_provider"),
        tables.Webhook.ref == bindparam("about"),
        tables.Webhook.handled_at.is_(None),
    )
    .values(handled_at=bindparam("now"))
)


def hear(tx: Connection, provider: str, hints: Sequence[Hint], at: datetime) -> int:
    """Keeps verified webhooks and has their payments fetched at once; answers how many were new."""
    known = set(tx.execute(_KNOWN_EVENTS, {"provider": provider, "events": [h.event_id for h in hints]}).scalars())
    fresh = {hint.event_id: hint for hint in hints if hint.event_id not in known}
    many(
        tx,
        _WEBHOOK,
        [
            {"provider": provider, "event_id": hint.event_id, "ref": hint.ref, "kind": hint.kind}
            | {"heard_at": at, "handled_at": None}
            for hint in fresh.values()
        ],
    )
    if fresh:
        run(tx, _ASK_NOW, from_provider=provider, refs=[hint.ref for hint in fresh.values()], now=at)
    return len(fresh)


def handled(tx: Connection, provider: str, ref: str | None, at: datetime) -> None:
    """Notes that the payment was fetched, so that what was hinted of it is known."""
    run(tx, _HANDLED, from_provider=provider, about=ref or "", now=at)
