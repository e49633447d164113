"""The adapter: what it makes of broken answers, and of webhooks that were forged, too old, or from the future."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiohttp import web

from server.bank.webhooks import signature
from server.payments.sandbox import MAX_ANSWER_BYTES, SandboxProvider
from shop.payments import ForgedWebhook, PaymentState, Provider, ProviderError, ProviderRef, ProviderUnreachable
from tests.bank.stage import SECRET, Clock, listening

NOW = 1_800_000_000
REF = ProviderRef("pay_1")
RAW = b'{"id":"evt_1","kind":"payment.paid","payment":"pay_1","created_at":"2027-01-15T08:00:00.000Z"}'
GOOD = {
    "id": "pay_1",
    "key": "k",
    "order": "K7QM-2X4D",
    "amount": 100,
    "currency": "EUR",
    "state": "paid",
    "redirect_url": "http://127.0.0.1/pay/pay_1",
    "expires_at": "2027-01-15T08:00:00Z",
    "refunded": 0,
    "decline_reason": "",
    "disputes": [],
    "created_at": "2027-01-15T08:00:00Z",
}
DISPUTE = {
    "id": "dp_1",
    "state": "open",
    "amount": 100,
    "reason": "fraudulent",
    "opened_at": "2027-01-15T08:00:00Z",
    "answer_by": "2027-01-15T09:00:00Z",
}


def still() -> datetime:
    return datetime.fromtimestamp(NOW, UTC)


@contextlib.asynccontextmanager
async def answering(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], timeout_seconds: float = 10
) -> AsyncIterator[SandboxProvider]:
    """The adapter, in front of a bank that answers everything by this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with listening(app) as url:
        provider = SandboxProvider(url, "key", SECRET, still, timeout_seconds)
        try:
            yield provider
        finally:
            await provider.close()


def saying(status: int, body: bytes) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Location": "/elsewhere"})

    return handler


async def fetched(status: int, body: Any) -> Any:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    async with answering(saying(status, raw)) as provider:
        return await provider.fetch(REF)


async def test_a_good_answer_is_read_and_new_members_are_ignored():
    payment = await fetched(200, GOOD | {"refunded": 40, "disputes": [DISPUTE], "new": 1})
    assert (payment.state, payment.amount, payment.refunded, payment.disputed) == (PaymentState.PAID, 100, 40, True)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "100"},
        {"amount": 100.5},
        {"amount": True},
        {"amount": -1},
        {"amount": None},
        {"refunded": 101},
        {"state": "rich"},
        {"state": "created"},
        {"currency": "euro"},
        {"disputes": "no"},
        {"disputes": [{"id": "dp_1"}]},
        {"disputes": [DISPUTE | {"state": "perhaps"}]},
        {"id": "pay_2"},
    ],
    ids=str,
)
async def test_an_answer_that_breaks_the_schema_is_no_answer(change: dict[str, Any]):
    with pytest.raises(ProviderUnreachable):
        await fetched(200, GOOD | change)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": "pay_1"', b"[]", b'{"id": "\xff"}', b"1"])
async def test_an_unreadable_answer_is_no_answer(body: bytes):
    with pytest.raises(ProviderUnreachable):
        await fetched(200, body)


@pytest.mark.parametrize("status", [204, 302, 408, 429, 500, 502, 503])
async def test_a_status_that_decides_nothing_is_no_answer(status: int):
    with pytest.raises(ProviderUnreachable):
        await fetched(status, b"" if status == 204 else GOOD)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"code": "x", "message": "No such thing.", "field": None}}, "No such thing."),
        (b"<h1>Forbidden</h1>", "the bank answered 403"),
    ],
)
async def test_a_refusal_carries_the_banks_reason_and_is_final(body: Any, reason: str):
    with pytest.raises(ProviderError, match=reason) as refused:
        await fetched(403, body)
    assert not isinstance(refused.value, ProviderUnreachable)


async def test_a_conflict_without_a_payment_is_a_refusal():
    async with answering(saying(409, b'{"error":{"message":"Busy."}}')) as provider:
        with pytest.raises(ProviderError, match="Busy"):
            await provider.cancel(REF, "c")


async def test_an_endless_answer_is_no_answer():
    with pytest.raises(ProviderUnreachable, match="too long"):
        await fetched(200, b" " * (MAX_ANSWER_BYTES + 1))


async def test_half_an_answer_is_no_answer():
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "500"})
        await response.prepare(request)
        await response.write(b'{"id": "pay_1"')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with answering(half) as provider:
        with pytest.raises(ProviderUnreachable):
            await provider.refund(REF, 5, "r")


async def test_a_bank_that_stays_silent_is_given_up_in_time():
    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with answering(silent, timeout_seconds=0.1) as provider:
        with pytest.raises(ProviderUnreachable):
            await provider.fetch(REF)


async def test_a_bank_that_is_down_is_unreachable(unused_tcp_port: int):
    provider = SandboxProvider(f"http://127.0.0.1:{unused_tcp_port}", "key", SECRET, still)
    with pytest.raises(ProviderUnreachable):
        await provider.find("k", still())
    await provider.close()


@pytest.mark.parametrize(
    "change", [{"amount": 1}, {"key": "other"}, {"order": "x"}, {"redirect_url": "https://evil.example/pay"}], ids=str
)
async def test_a_create_that_answers_another_payment_is_no_answer(change: dict[str, Any]):
    async def answer(request: web.Request) -> web.Response:
        made = GOOD | {"state": "needs_action", "redirect_url": f"http://{request.host}/pay/pay_1"} | change
        return web.Response(status=201, body=orjson.dumps(made))

    async with answering(answer) as provider:
        with pytest.raises(ProviderUnreachable):
            await provider.create("K7QM-2X4D", 100, "EUR", "http://shop/back", still(), "k")


async def test_another_refund_than_asked_for_is_no_answer():
    async with answering(saying(201, b'{"id":"ref_1","payment":"pay_1","amount":6}')) as provider:
        with pytest.raises(ProviderUnreachable):
            await provider.refund(REF, 5, "r")


def test_the_adapter_fits_the_protocol_and_names_its_origin():
    provider: Provider = SandboxProvider("http://127.0.0.1:8081/", "key", SECRET, Clock())
    assert (provider.name, provider.origins) == ("sandbox", ("http://127.0.0.1:8081",))


def parse(headers: dict[str, str], raw: bytes = RAW, secret: str | tuple[str, ...] = SECRET) -> Any:
    return SandboxProvider("http://bank", "key", secret, still).parse_webhook(raw, headers)


@pytest.mark.parametrize("name", ["Sandbox-Signature", "sandbox-signature", "SANDBOX-SIGNATURE"])
@pytest.mark.parametrize("late_seconds", [-300, 0, 300])
def test_a_signed_event_is_a_hint(name: str, late_seconds: int):
    [hint] = parse({"Host": "x", name: signature(SECRET, RAW, NOW + late_seconds)})
    assert (hint.event_id, hint.ref, hint.kind) == ("evt_1", "pay_1", "payment.paid")


def test_either_secret_fits_while_one_replaces_the_other():
    for secret in ("old", "new"):
        assert parse({"Sandbox-Signature": signature(secret, RAW, NOW)}, secret=("new", "old"))
    both = signature("unknown", RAW, NOW) + "," + signature(SECRET, RAW, NOW).split(",")[1]
    assert parse({"Sandbox-Signature": both})


@pytest.mark.parametrize(
    "value",
    [
        "",
        "t=,v1=",
        "v1=00",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v1=ünfug",
        f"t={NOW},v1=\udcff",
        f"t=٣,v1={'0' * 64}",
        f"t={NOW}.5,v1={'0' * 64}",
        f"t={'9' * 400},v1={'0' * 64}",
        f"t={NOW},t={NOW},{signature(SECRET, RAW, NOW).split(',')[1]}",
        signature(SECRET, RAW, NOW - 301),
        signature(SECRET, RAW, NOW + 301),
        signature("wrong", RAW, NOW),
        signature(SECRET, RAW + b" ", NOW),
        signature(SECRET, RAW, NOW - 1).replace(str(NOW - 1), str(NOW)),
        signature(SECRET, RAW, NOW).replace("v1", "v0"),
    ],
)
def test_a_forged_old_or_future_signature_is_refused(value: str):
    with pytest.raises(ForgedWebhook):
        parse({"Sandbox-Signature": value})


def test_a_webhook_without_signature_is_refused():
    with pytest.raises(ForgedWebhook):
        parse({})


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b'{"id":1,"kind":"k","payment":"p"}', b"\xff", b'{"id":"","kind":"","payment":""}']
)
def test_a_signed_body_that_is_no_event_is_refused(raw: bytes):
    with pytest.raises(ForgedWebhook):
        parse({"Sandbox-Signature": signature(SECRET, raw, NOW)}, raw)
