"""The bank's API: idempotency, refusals, refunds, cancelling and expiry, over real HTTP."""

import asyncio

import pytest

from shop.payments import PaymentState, ProviderError, ProviderRef
from tests.bank.stage import Bank, Clock, Shop

APPROVES = "4242424242424242"
SLOW = "4000000000000077"
NOT_FOUND = {"error": {"code": "not_found", "message": "Not Found.", "field": None}}


async def test_a_new_payment_waits_for_its_shopper(bank: Bank):
    status, made = await bank.ask("POST", "/v1/payments", bank.wish(), "key-1")
    assert status == 201
    assert made["redirect_url"] == f"{bank.url}/pay/{made['id']}"
    assert {name: made[name] for name in ("key", "order", "amount", "currency", "state", "refunded", "disputes")} == {
        "key": "key-1",
        "order": "K7QM-2X4D",
        "amount": 23050,
        "currency": "EUR",
        "state": "needs_action",
        "refunded": 0,
        "disputes": [],
    }
    assert await bank.ask("GET", f"/v1/payments/{made['id']}") == (200, made)
    assert await bank.ask("GET", "/v1/payments?key=key-1") == (200, {"payments": [made]})
    assert await bank.ask("GET", "/v1/payments?key=other") == (200, {"payments": []})


async def test_fifty_creates_with_one_key_make_one_payment(bank: Bank):
    wish = bank.wish()
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(bank.ask("POST", "/v1/payments", wish, "same")) for _ in range(50)]
    answers = [call.result() for call in calls]
    assert {status for status, _ in answers} == {201}
    assert len({made["id"] for _, made in answers}) == 1
    assert len(await bank.books()) == 1


async def test_the_first_answer_is_replayed_even_after_the_payment_went_on(bank: Bank):
    wish = bank.wish()
    first = await bank.ask("POST", "/v1/payments", wish, "key-1")
    await bank.submit(first[1]["redirect_url"], test_card=APPROVES)
    assert await bank.ask("POST", "/v1/payments", wish, "key-1") == first


async def test_a_key_with_another_body_is_refused(bank: Bank):
    await bank.ask("POST", "/v1/payments", bank.wish(), "key-1")
    status, told = await bank.ask("POST", "/v1/payments", bank.wish(amount=1), "key-1")
    assert (status, told["error"]["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0),
        ("amount", -5),
        ("amount", True),
        ("amount", 10.5),
        ("amount", "100"),
        ("amount", 10**13),
        ("currency", "EURO"),
        ("currency", "eur"),
        ("currency", "EUR\n"),
        ("order", ""),
        ("return_url", "javascript:alert(1)"),
        ("return_url", "/back"),
        ("return_url", "http://user@shop.example/"),
        ("return_url", "http://shop.example/;script-src *"),
        ("return_url", "http://shop.example;x/"),
        ("return_url", "http://shop.example/\r\nX: y"),
        ("return_url", "http://[::1/"),
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("expires_at", "2099-01-01T00:00:00"),
        ("surprise", 1),
    ],
)
async def test_a_field_that_breaks_its_rule_is_named_and_leaves_nothing(bank: Bank, field: str, value: object):
    status, told = await bank.ask("POST", "/v1/payments", bank.wish(**{field: value}), "key-1")
    assert (status, told["error"]["field"]) == (422, field)
    assert await bank.books() == []
    assert (await bank.ask("POST", "/v1/payments", bank.wish(), "key-1"))[0] == 201


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"order": "\xff"}', b'{"order": "\\ud800"}'])
async def test_an_unreadable_body_is_refused(bank: Bank, raw: bytes):
    headers = {"Authorization": f"Bearer {bank.settings.api_key}", "Idempotency-Key": "k"}
    async with bank.client.post(f"{bank.url}/v1/payments", data=raw, headers=headers) as answer:
        assert answer.status in {400, 422}
        assert answer.content_type == "application/json"


async def test_a_changing_call_needs_a_key(bank: Bank):
    status, told = await bank.ask("POST", "/v1/payments", bank.wish())
    assert (status, told["error"]["field"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("credentials", [None, "Bearer wrong", "Basic sk_sandbox_test", "Bearer", "Bearer ü"])
async def test_only_the_merchant_gets_in(bank: Bank, credentials: str | None):
    headers = {} if credentials is None else {"Authorization": credentials}
    for path in ("/v1/payments/x", "/v1/books", "/v1/payments?key=a"):
        async with bank.client.get(bank.url + path, headers=headers) as answer:
            assert answer.status == 401
            assert (await answer.json())["error"]["code"] == "wrong_api_key"


async def test_what_is_not_there_is_answered_in_json(bank: Bank):
    assert (await bank.ask("GET", "/v1/payments/pay_nothing"))[1]["error"]["code"] == "payment_unknown"
    assert await bank.ask("GET", "/v1/nothing") == (404, NOT_FOUND)
    assert await bank.ask("GET", "/healthz") == (200, {"ok": True})


async def test_a_wrong_method_and_a_huge_body_are_answered_in_json(bank: Bank):
    status, told = await bank.ask("PUT", "/v1/payments", {}, "k")
    assert (status, told["error"]["code"]) == (405, "method_not_allowed")
    status, told = await bank.ask("POST", "/v1/payments", bank.wish(description="x" * 100_000), "k")
    assert (status, told["error"]["field"]) == (413, None)


async def test_refunds_add_up_to_what_was_paid_and_no_more(bank: Bank, shop: Shop):
    made = await bank.create(amount=1000)
    await bank.pay(made, APPROVES)
    first = await bank.provider.refund(made.ref, 600, "r1")
    assert await bank.provider.refund(made.ref, 600, "r1") == first
    with pytest.raises(ProviderError, match="more than is left"):
        await bank.provider.refund(made.ref, 401, "r2")
    await bank.provider.refund(made.ref, 400, "r2")
    assert (await bank.provider.fetch(made.ref)).refunded == 1000
    [payment] = await bank.books()
    assert sorted(refund["amount"] for refund in payment["refunds"]) == [400, 600]
    assert len(await shop.hears(2, "payment.refunded")) == 2


async def test_parallel_refunds_never_give_back_more_than_was_paid(bank: Bank):
    made = await bank.create(amount=1000)
    await bank.pay(made, APPROVES)
    path = f"/v1/payments/{made.ref}/refunds"
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(bank.ask("POST", path, {"amount": 300}, f"r{n}")) for n in range(20)]
    assert sorted(call.result()[0] for call in calls) == [201] * 3 + [409] * 17
    assert (await bank.provider.fetch(made.ref)).refunded == 900


async def test_an_unpaid_payment_has_nothing_to_refund(bank: Bank):
    made = await bank.create()
    with pytest.raises(ProviderError, match="Only a paid payment"):
        await bank.provider.refund(made.ref, 1, "r1")


async def test_a_waiting_payment_can_be_cancelled_again_and_again(bank: Bank, shop: Shop):
    made = await bank.create()
    for key in ("c1", "c1", "c2"):
        assert (await bank.provider.cancel(made.ref, key)).state is PaymentState.CANCELLED
    assert (await bank.becomes(made, shop, "payment.cancelled")).state is PaymentState.CANCELLED
    assert len(shop.heard) == 1
    await bank.pay(made, APPROVES)
    assert (await bank.books())[0]["charges"] == []


async def test_a_paid_payment_is_answered_as_it_is_when_cancelled(bank: Bank):
    made = await bank.create()
    await bank.pay(made, APPROVES)
    status, told = await bank.ask("POST", f"/v1/payments/{made.ref}/cancel", key="c1")
    assert (status, told["payment"]["state"], told["error"]["code"]) == (409, "paid", "payment_paid")
    assert (await bank.provider.cancel(made.ref, "c1")).state is PaymentState.PAID


async def test_a_payment_being_checked_is_too_late_to_cancel(bank: Bank, shop: Shop, clock: Clock):
    made = await bank.create()
    await bank.pay(made, SLOW)
    assert (await bank.provider.cancel(made.ref, "c1")).state is PaymentState.PROCESSING
    await bank.passes(clock, 21)
    assert (await bank.becomes(made, shop, "payment.paid")).state is PaymentState.PAID


async def test_a_payment_expires_by_the_banks_own_clock(bank: Bank, shop: Shop):
    made = await bank.create(seconds=0.2)
    assert (await bank.becomes(made, shop, "payment.expired")).state is PaymentState.EXPIRED


async def test_an_expired_payment_takes_no_money(bank: Bank, clock: Clock):
    made = await bank.create()
    clock.turn(901)
    status, location, _ = await bank.pay(made, APPROVES)
    assert (status, location) == (303, f"/pay/{made.ref}")
    async with bank.client.get(made.redirect) as page:
        assert "This payment has expired" in await page.text()
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.EXPIRED
    assert (await bank.books())[0]["charges"] == []


async def test_a_lost_create_is_found_by_its_key(bank: Bank):
    made = await bank.create("lost")
    found = await bank.provider.find("lost", bank.settings.clock())
    assert found is not None
    assert (found.ref, found.state, found.amount) == (made.ref, PaymentState.NEEDS_ACTION, 23050)
    assert await bank.provider.find("never & sent", bank.settings.clock()) is None


async def test_the_same_key_may_serve_different_operations(bank: Bank):
    made = await bank.create("one")
    await bank.pay(made, APPROVES)
    assert (await bank.provider.cancel(made.ref, "one")).state is PaymentState.PAID
    assert (await bank.provider.refund(made.ref, 5, "one")).amount == 5


async def test_an_unknown_reference_is_refused_for_good(bank: Bank):
    for ref in ("pay_unknown", "../books", "a?b#c"):
        with pytest.raises(ProviderError, match="no payment"):
            await bank.provider.fetch(ProviderRef(ref))
