"""Webhooks: verify, keep, acknowledge. What they say is only a hint; the reconciler asks the provider itself."""

from aiohttp import web

from handlers.bodies import raw_body
from handlers.keys import CLOCK, DB, PROVIDER, WAKE
from shop.errors import Forbidden, NotFound
from shop.payments import ForgedWebhook, Hint
from storage import webhooks


class ForgedSignature(Forbidden):
    code = "forged_signature"
    title = "The signature does not fit"


MAX_NAME_LENGTH = 255
"""The longest id that a provider gives (Stripe says so of its own)."""


async def receive(request: web.Request) -> web.Response:
    """POST /webhooks/payments/{provider}: 204 once it is kept, or is none of our business; 403 forged_signature; 404 for
    a provider we don't have."""
    provider = request.app[PROVIDER]
    if request.match_info["provider"] != provider.name:
        raise NotFound("This shop has no such payment provider.")
    try:
        hints = provider.parse_webhook(await raw_body(request), request.headers)
        if not all(name.isprintable() and len(name) <= MAX_NAME_LENGTH for hint in hints for name in _names(hint)):
            raise ForgedWebhook("the event has a name that no provider gives")
    except ForgedWebhook as forged:
        raise ForgedSignature(str(forged)) from forged
    if hints:
        fresh = await request.app[DB].write(webhooks.hear, provider.name, hints, request.app[CLOCK]())
        if fresh:
            request.app[WAKE]()
    return web.Response(status=204)


def _names(hint: Hint) -> tuple[str, ...]:
    return hint.event_id, hint.ref, hint.kind
