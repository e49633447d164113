"""The wire to Stripe: its official client over one aiohttp session, with bounded waits and answers.

Whatever goes wrong comes out as a ProviderError that says what is known of it. The key is never in a message.
"""

import logging
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import stripe

from shop.payments import ProviderError, ProviderUnreachable

ANSWER_SECONDS = 10.0
"""The client's own limit is 80 seconds; a shopper who waits to be sent to the bank has left long before."""

MAX_ANSWER_BYTES = 1024 * 1024
MAX_REASON_LENGTH = 200
NETWORK_RETRIES = 0
"""The client repeats nothing by itself: the shopper's own retry and the reconciler do, with the same keys."""

NOT_ABOUT_THIS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,  # the shop's key is wrong or was rolled: every payment waits until that is mended
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,  # the same key is being worked on right now
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""Refusals that say nothing about the payment, so that it may be tried again."""

stripe.enable_telemetry = False
# At its level "debug" the client writes what it sends, with the shopper's email.
logging.getLogger("stripe").setLevel(logging.WARNING)


class Refused(ProviderError):
    """Stripe said no: to this parameter, if it names one."""

    def __init__(self, reason: str, code: str, param: str) -> None:
        super().__init__(reason)
        self.code = code
        self.param = param


class StuckKey(ProviderUnreachable):
    """The idempotency key answers the same failure for a day, or came with other parameters before.

    Repeating can't help: look up what was done under it.
    """


class Wire(stripe.HTTPClient):
    """The transport that the client is given: it follows no redirects and reads no endless answers."""

    name = "aiohttp"

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__()
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """What the client calls for every request. Raises stripe.APIConnectionError for half an answer, too."""
        try:
            sent = self._open().request(method.upper(), url, headers=headers, data=post_data, allow_redirects=False)
            async with sent as answer:
                return await _body(answer), answer.status, answer.headers
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            reason = f"no answer ({type(fault).__name__})"
            raise stripe.APIConnectionError(reason) from fault  # type: ignore[no-untyped-call]

    async def close_async(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def client(key: str, url: str, wire: Wire) -> stripe.StripeClient:
    """The official client, which names the API version that it was made for in every request."""
    return stripe.StripeClient(
        key, base_addresses={"api": url.rstrip("/")}, http_client=wire, max_network_retries=NETWORK_RETRIES
    )


async def answer(asked: Awaitable[Any]) -> Any:
    """What Stripe answered, as decoded JSON. Raises Refused, StuckKey or ProviderUnreachable."""
    try:
        found = await asked
    except stripe.StripeError as fault:
        raise _told(fault) from fault
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        # The client makes objects of whatever came, and stumbles over what is no such object.
        raise ProviderUnreachable(f"Stripe's answer can't be read ({type(fault).__name__})") from fault
    response = getattr(found, "last_response", None)
    if response is None:
        raise ProviderUnreachable("Stripe's answer is no object")
    return response.data


async def _body(response: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > MAX_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError("too long")
    return bytes(raw)


def _told(fault: stripe.StripeError) -> ProviderError:
    """What kind of failure it is, with Stripe's reason and the number of the request, by which its support finds it."""
    status = fault.http_status
    if isinstance(fault, stripe.APIConnectionError) or status is None:
        return ProviderUnreachable(f"Stripe: {fault.user_message}")
    reason = f"Stripe answered {status}: {_reason(fault)}"
    if status in NOT_ABOUT_THIS:
        return ProviderUnreachable(reason)
    if isinstance(fault, stripe.IdempotencyError):
        return StuckKey(reason)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        replayed = str((fault.headers or {}).get("idempotent-replayed", "")).lower() == "true"
        return StuckKey(reason) if replayed else ProviderUnreachable(reason)
    if isinstance(fault, stripe.InvalidRequestError | stripe.CardError):
        return Refused(reason, str(fault.code or ""), str(fault.param or ""))
    return ProviderUnreachable(reason)


def _reason(fault: stripe.StripeError) -> str:
    """Stripe's own words, short; of an answer that is no error object, nothing is repeated."""
    if fault.error is None:
        return "no error object"
    said = " ".join(str(fault.user_message or "no reason").split())[:MAX_REASON_LENGTH]
    return f"{said} ({fault.request_id})" if fault.request_id else said
