"""Webhooks that somebody else writes: none is taken, and none that is taken is believed by its words."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from server.bank.webhooks import signature
from server.settings import SANDBOX_WEBHOOK_SECRET
from storage.tables import Webhook
from tests.attack.knocking import Answer, Knocker
from tests.house import House, open_house
from tests.proof.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOOR = "/webhooks/payments/sandbox"
HEADER = "Sandbox-Signature"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house whose bank says nothing by itself."""
    async with open_house(tmp_path_factory.mktemp("house"), bank_changes={"webhook_url": ""}) as opened:
        yield opened


def body(payment: str = "pay_unknown", event: str = "evt_1") -> bytes:
    found = {"id": event, "kind": "payment.paid", "payment": payment, "created_at": "2026-11-22T10:00:00.000Z"}
    return orjson.dumps(found)


def now(shop: House) -> int:
    return int(shop.clock().timestamp())


async def send(guest: Knocker, raw: bytes, signed: str, door: str = DOOR) -> Answer:
    headers = {HEADER: signed, "Content-Type": "application/json"} if signed else {"Content-Type": "application/json"}
    return await guest.post(door, data=raw, headers=headers)


async def test_what_the_bank_signed_is_taken(shop: House, guest: Knocker):
    raw = body(event="evt_good")
    for _ in range(2):
        assert (await send(guest, raw, signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop)))).status == 204


async def test_no_byte_of_the_body_can_be_changed(shop: House, guest: Knocker):
    raw = body(event="evt_bytes")
    signed = signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop))
    for place in range(len(raw)):
        forged = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert (await send(guest, forged, signed)).refusal == (403, "forged_signature")
    for forged in (raw + b" ", raw[:-1], b"", b" " + raw):
        assert (await send(guest, forged, signed)).refusal == (403, "forged_signature")


async def test_no_byte_of_the_signature_can_be_changed(shop: House, guest: Knocker):
    raw = body(event="evt_signature")
    signed = signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop))
    start = signed.index("v1=") + 3
    for place in [*range(2, signed.index(",")), *range(start, len(signed))]:
        other = "0" if signed[place] != "0" else "1"
        forged = signed[:place] + other + signed[place + 1 :]
        assert (await send(guest, raw, forged)).refusal == (403, "forged_signature")


@pytest.mark.parametrize("away_seconds", [-310, -86_400, 310, 86_400, 10**9])
async def test_a_signature_of_another_time_is_not_taken(shop: House, guest: Knocker, away_seconds: int):
    raw = body(event="evt_time")
    signed = signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop) + away_seconds)
    assert (await send(guest, raw, signed)).refusal == (403, "forged_signature")


async def test_what_looks_like_a_signature_is_not_one(shop: House, guest: Knocker):
    raw, at = body(event="evt_like"), now(shop)
    real = signature(SANDBOX_WEBHOOK_SECRET, raw, at).split("v1=")[1]
    bare = hmac.new(SANDBOX_WEBHOOK_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    forged = [
        "", "t=,v1=", f"t={at}", f"v1={real}", f"t={at},v1=", f"t={at},v0={real}", f"t={at},v1={bare}", f"t={at}.0,v1={real}",
        f"t={at},t={at},v1={real}", f"t=-{at},v1={real}", f"t={at},v1={real[:-2]}", f"t={at},v1={real.upper()}",
        signature("another secret", raw, at), signature("", raw, at), f"t={at},v1=" + "é" * 64, "x" * 5000,
        f"t={at}," + ",".join(["v1=" + "0" * 64] * 8) + f",v1={real}", "t=１,v1=" + real,
    ]  # fmt: skip
    for signed in forged:
        assert (await send(guest, raw, signed)).refusal == (403, "forged_signature"), signed


async def test_a_signed_body_that_is_no_event_is_refused(shop: House, guest: Knocker):
    for raw in (b"", b"{}", b"null", b'{"id": 1}', b"\xff", b"[" * 5000):
        answer = await send(guest, raw, signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop)))
        assert answer.refusal == (403, "forged_signature")


DEEP = b"[" * 30_000 + b"]" * 30_000
ODD_EVENTS = {
    "nested deeply beside what is read": body(event="evt_deep")[:-1] + b',"x":' + DEEP[5000:-5000] + b"}",
    "a NUL in its id": body(event="evt_\0"),
    "a NUL in its payment": body("pay_\0", "evt_nul"),
    "a name without end": body("p" * 60_000, "evt_long"),
    "an id without end": body(event="e" * 60_000),
}


@pytest.mark.parametrize("what", ODD_EVENTS)
async def test_an_odd_event_is_refused_even_when_it_is_signed(shop: House, guest: Knocker, what: str):
    raw = ODD_EVENTS[what]
    answer = await send(guest, raw, signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop)))
    assert answer.refusal == (403, "forged_signature")


async def test_a_thousand_times_the_same_news_is_one_row(shop: House, guest: Knocker):
    raw = body(event="evt_replayed")
    signed = signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop))
    for _ in range(20):
        answers = await asyncio.gather(*(send(guest, raw, signed) for _ in range(50)))
        assert {answer.status for answer in answers} == {204}
    heard = select(func.count()).select_from(Webhook).where(Webhook.event_id == "evt_replayed")
    assert await shop.db.read(lambda tx: tx.execute(heard).scalar_one()) == 1
    assert await shop.judge() == []


async def test_what_is_forged_never_reaches_the_books(shop: House, guest: Knocker, monkeypatch: pytest.MonkeyPatch):
    """Nothing is read, written or decoded for it."""
    touched: list[str] = []
    for name in ("write", "begin", "read", "fetch"):
        monkeypatch.setattr(shop.db, name, lambda *_args, **_named: touched.append("the books"))
    monkeypatch.setattr(
        "server.payments.sandbox.msgspec.json.decode", lambda *_args, **_named: touched.append("the body")
    )
    for signed in ("", f"t={now(shop)},v1={'0' * 64}", "t=1,v1=0", ",".join(["v1=" + "0" * 64] * 100)):
        assert (await send(guest, DEEP[:60_000], signed)).refusal == (403, "forged_signature")
    assert touched == []


async def test_other_doors_and_methods_are_closed(shop: House, guest: Knocker):
    raw = body(event="evt_door")
    signed = signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop))
    assert (await send(guest, raw, signed, "/webhooks/payments/stripe")).refusal == (404, "not_found")
    assert (await guest.get(DOOR)).refusal == (405, "method_not_allowed")
    assert (await send(guest, b" " * 100_000, signed)).refusal == (413, "too_large")


async def test_a_webhook_that_says_paid_is_not_believed_before_the_bank_was_asked(shop: House, guest: Knocker):
    """Whoever had the secret could still only make the shop look."""
    shopper = Shopper(guest.session)
    number = await shopper.order_placed(await shopper.variant())
    address = await shopper.at_the_bank(number)
    [ref] = re.findall(r"pay_[\w-]+", address)
    raw = body(ref, "evt_lie")
    assert (await send(guest, raw, signature(SANDBOX_WEBHOOK_SECRET, raw, now(shop)))).status == 204
    await shop.engine.reconciler.look()
    assert await shopper.status(number) == "placed"
    assert await shop.judge([number]) == []
