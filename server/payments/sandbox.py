"""The sandbox bank as a payment provider: speaks to it over HTTP only, and believes nothing that breaks its schema."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec
import orjson
from msgspec import Meta, Struct
from yarl import URL

from server.payments import signatures
from shop.payments import (
    Created,
    DisputeState,
    ForgedWebhook,
    Hint,
    PaymentState,
    ProviderDispute,
    ProviderError,
    ProviderPayment,
    ProviderRef,
    ProviderUnreachable,
    Refunded,
)

ANSWER_SECONDS = 10.0
MAX_ANSWER_BYTES = 256 * 1024
SIGNATURE_HEADER = "sandbox-signature"
TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})

Text = Annotated[str, Meta(min_length=1, max_length=255)]
Amount = Annotated[int, Meta(gt=0)]


class _Dispute(Struct, frozen=True):
    id: Text
    state: DisputeState
    amount: Amount
    reason: str
    opened_at: Annotated[datetime, Meta(tz=True)]
    answer_by: Annotated[datetime, Meta(tz=True)] | None


class _Payment(Struct, frozen=True):
    id: Text
    key: str
    order: str
    amount: Amount
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
    state: PaymentState
    redirect_url: str
    refunded: Annotated[int, Meta(ge=0)]
    decline_reason: str
    disputes: list[_Dispute]

    def __post_init__(self) -> None:
        if self.state is PaymentState.CREATED or self.refunded > self.amount:
            raise ValueError("a payment like that can't be")


class _Found(Struct, frozen=True):
    payments: list[_Payment]


class _Refund(Struct, frozen=True):
    id: Text
    payment: str
    amount: Amount


class _Event(Struct, frozen=True):
    id: Text
    kind: Text
    payment: Text


class _Reason(Struct, frozen=True):
    message: Text


class _Refusal(Struct, frozen=True):
    error: _Reason
    payment: _Payment | None = None


class _Answer(Struct, frozen=True):
    status: int
    raw: bytes


A = TypeVar("A", bound=Struct)


class SandboxProvider:
    """Fits `shop.payments.Provider`. `base_url` is the bank's address, for its API and for browsers alike.

    Several webhook secrets may be given while one replaces the other. Outside waits end after `timeout_seconds`.
    """

    name = "sandbox"

    def __init__(
        self,
        base_url: str,
        api_key: str,
        webhook_secret: str | tuple[str, ...],
        clock: Callable[[], datetime],
        timeout_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._secrets = (webhook_secret,) if isinstance(webhook_secret, str) else webhook_secret
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """The bank's origin: checkout's form may end there."""
        return (_origin(self._base_url),)

    async def create(
        self,
        order: str,
        amount: int,
        currency: str,
        return_url: str,
        expires_at: datetime,
        key: str,
        *,
        begun_at: datetime | None = None,
        email: str = "",
    ) -> Created:
        """A payment at the bank, the same one for the same key. `amount` in minor units; the bank asks for no email."""
        wish = {
            "order": order,
            "amount": amount,
            "currency": currency,
            "return_url": return_url,
            "expires_at": expires_at.astimezone(UTC).isoformat(),
        }
        made = _read(_accepted(await self._ask("POST", "/v1/payments", key=key, body=wish)), _Payment)
        told = (made.key, made.order, made.amount, made.currency, _origin(made.redirect_url))
        if told != (key, order, amount, currency, *self.origins):
            raise ProviderUnreachable("the bank answered with another payment")
        return Created(ProviderRef(made.id), made.redirect_url)

    async def fetch(self, ref: ProviderRef) -> ProviderPayment:
        """The payment as it stands at the bank."""
        return _checked(_read(_accepted(await self._ask("GET", _path(ref))), _Payment), ref)

    async def find(self, key: str, begun_at: datetime) -> ProviderPayment | None:
        """The payment that was created with this key, if any; the bank keeps them all."""
        answer = _accepted(await self._ask("GET", str(URL("/v1/payments").with_query(key=key))))
        for payment in _read(answer, _Found).payments:
            if payment.key == key:
                return _checked(payment, ProviderRef(payment.id))
        return None

    async def cancel(self, ref: ProviderRef, key: str) -> ProviderPayment:
        """Ends an open payment; one that is processing or paid is answered as it is."""
        answer = await self._ask("POST", _path(ref, "/cancel"), key=key)
        if answer.status == HTTPStatus.CONFLICT:
            standing = _read(answer, _Refusal).payment
            if standing is not None:
                return _checked(standing, ref)
        return _checked(_read(_accepted(answer), _Payment), ref)

    async def refund(self, ref: ProviderRef, amount: int, key: str) -> Refunded:
        """Gives back `amount` minor units, once for each key."""
        answer = _accepted(await self._ask("POST", _path(ref, "/refunds"), key=key, body={"amount": amount}))
        made = _read(answer, _Refund)
        if (made.payment, made.amount) != (ref, amount):
            raise ProviderUnreachable("the bank answered with another refund")
        return Refunded(made.id, made.amount)

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> list[Hint]:
        """The one hint of a signed event. Raises ForgedWebhook, also for a signed body that isn't an event."""
        signature = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
        signatures.verify(raw, signature, self._secrets, self._clock())
        try:
            event = msgspec.json.decode(raw, type=_Event)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ForgedWebhook("the body is not an event") from None
        return [Hint(event.id, ProviderRef(event.payment), event.kind)]

    async def close(self) -> None:
        """Closes the connections to the bank."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._api_key}", "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _ask(self, method: str, path: str, *, key: str = "", body: Any = None) -> _Answer:
        headers = {"Idempotency-Key": key} if key else {}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = orjson.dumps(body)
        url = URL(self._base_url + path, encoded=True)
        try:
            async with self._client().request(method, url, data=data, headers=headers, allow_redirects=False) as answer:
                return _Answer(answer.status, await _body(answer))
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            raise ProviderUnreachable(f"no answer from the bank: {fault!r}") from fault


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in answer.content.iter_any():
        raw += chunk
        if len(raw) > MAX_ANSWER_BYTES:
            raise ProviderUnreachable("the bank's answer is too long")
    return bytes(raw)


def _accepted(answer: _Answer) -> _Answer:
    """The answer, if the bank did what it was asked; else what kind of failure it is."""
    if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        return answer
    final = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not final or answer.status in TRY_AGAIN:
        raise ProviderUnreachable(f"the bank answered {answer.status}")
    try:
        reason = msgspec.json.decode(answer.raw, type=_Refusal).error.message
    except (msgspec.MsgspecError, UnicodeDecodeError):
        reason = f"the bank answered {answer.status}"
    raise ProviderError(reason)


def _read(answer: _Answer, form: type[A]) -> A:
    try:
        return msgspec.json.decode(answer.raw, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise ProviderUnreachable(f"the bank's answer can't be read: {fault}") from fault


def _checked(told: _Payment, ref: ProviderRef) -> ProviderPayment:
    if told.id != ref:
        raise ProviderUnreachable("the bank answered with another payment")
    disputes = tuple(
        ProviderDispute(one.id, one.state, one.amount, told.currency, one.reason, one.opened_at, one.answer_by)
        for one in told.disputes
    )
    facts = (told.state, told.amount, told.currency, told.refunded, told.decline_reason)
    return ProviderPayment(ref, told.key, *facts, disputes=disputes)


def _path(ref: ProviderRef, rest: str = "") -> str:
    return f"/v1/payments/{quote(ref, safe='')}{rest}"


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
