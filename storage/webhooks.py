"""Webhooks: hints from providers, kept once each, that have a payment fetched at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from shop.payments import Hint
from storage import tables
from storage.statements import many, rows, run

_ASK_NOW = (
    update(tables.Payment)
    .where(
        tables.Payment.provider == bindparam("from_provider"),
        or_(
            tables.Payment.ref.in_(bindparam("refs", expanding=True)),
            tables.Payment.also_ref.in_(bindparam("refs", expanding=True)),
        ),
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
        tables.Webhook.ref.in_(bindparam("refs", expanding=True)),
        tables.Webhook.handled_at.is_(None),
        tables.Webhook.heard_at <= bindparam("asked_at"),
    )
    .values(handled_at=bindparam("now"))
)
_WAITING = select(tables.Webhook.event_id).where(
    tables.Webhook.provider == bindparam("provider"),
    tables.Webhook.ref == bindparam("ref"),
    tables.Webhook.handled_at.is_(None),
    tables.Webhook.heard_at > bindparam("asked_at"),
)


def hear(tx: Connection, provider: str, hints: Sequence[Hint], at: datetime) -> int:
    """Keeps verified webhooks and has their payments fetched at once; answers how many were new.

    One about a payment that nobody knows yet waits: it may be news of a name that is still to be learnt.
    """
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


def handled(tx: Connection, provider: str, refs: Sequence[str], asked_at: datetime, at: datetime) -> None:
    """Notes that the payment of these names was fetched, so that what was hinted of it before that is known."""
    run(tx, _HANDLED, from_provider=provider, refs=list(refs), asked_at=asked_at, now=at)


def waiting(tx: Connection, provider: str, ref: str, asked_at: datetime) -> bool:
    """Whether something was hinted under this name after the provider had been asked."""
    return bool(rows(tx, _WAITING, provider=provider, ref=ref, asked_at=asked_at))
