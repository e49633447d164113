"""The hosted page without a browser: every test card, double submits, wrong fields, foreign forms, the lost answer."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from shop.payments import DisputeState, PaymentState
from tests.bank.stage import Bank, Clock, Shop

APPROVES = "4242424242424242"
CHALLENGES = "4000000000003220"


async def test_an_approved_card_pays_and_returns_by_get_with_the_query_kept(bank: Bank, shop: Shop):
    made = await bank.create()
    status, location, _ = await bank.pay(made, "4242 4242 4242 4242")
    assert (status, location) == (303, f"{bank.shop_url}/back?a=1&payment={made.ref}")
    paid = await bank.becomes(made, shop, "payment.paid")
    assert (paid.state, paid.key, paid.amount, paid.currency) == (PaymentState.PAID, "key-1", 23050, "EUR")
    [payment] = await bank.books()
    assert [charge["amount"] for charge in payment["charges"]] == [23050]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("4000000000000002", "card_declined"),
        ("4000000000009995", "insufficient_funds"),
        ("5555555555554444", "not_a_test_card"),
    ],
)
async def test_a_declined_card_ends_the_payment(bank: Bank, shop: Shop, number: str, reason: str):
    made = await bank.create()
    assert (await bank.pay(made, number))[0] == 303
    failed = await bank.becomes(made, shop, "payment.failed")
    assert (failed.state, failed.decline_reason) == (PaymentState.FAILED, reason)
    await bank.pay(made, APPROVES)
    assert (await bank.books())[0]["charges"] == []


async def test_a_test_cards_button_pays_without_javascript(bank: Bank):
    made = await bank.create()
    assert (await bank.submit(made.redirect, test_card=APPROVES))[0] == 303
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.PAID


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [("123 456", PaymentState.PAID, ""), ("654321", PaymentState.FAILED, "authentication_failed")],
)
async def test_the_challenge_decides(bank: Bank, code: str, state: PaymentState, reason: str):
    made = await bank.create()
    challenge_url = f"/pay/{made.ref}/challenge"
    assert (await bank.pay(made, CHALLENGES))[:2] == (303, challenge_url)
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.NEEDS_ACTION
    status, _, text = await bank.submit(bank.url + challenge_url, code="")
    assert (status, "Enter the code." in text) == (422, True)
    status, location, _ = await bank.submit(bank.url + challenge_url, code=code)
    assert (status, location.endswith(f"payment={made.ref}")) == (303, True)
    ended = await bank.provider.fetch(made.ref)
    assert (ended.state, ended.decline_reason) == (state, reason)


async def test_the_challenge_cannot_be_skipped(bank: Bank):
    made = await bank.create()
    assert (await bank.submit(f"{made.redirect}/challenge", code="123456"))[:2] == (303, f"/pay/{made.ref}")
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.NEEDS_ACTION
    async with bank.client.get(f"{made.redirect}/challenge", allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/pay/{made.ref}"


async def test_a_slow_card_returns_at_once_and_is_approved_later(bank: Bank, shop: Shop, clock: Clock):
    made = await bank.create()
    status, location, _ = await bank.pay(made, "4000000000000077")
    assert (status, location.startswith(bank.shop_url)) == (303, True)
    assert (await bank.becomes(made, shop, "payment.processing")).state is PaymentState.PROCESSING
    await bank.passes(clock, 21)
    assert (await bank.becomes(made, shop, "payment.paid")).state is PaymentState.PAID
    assert len((await bank.books())[0]["charges"]) == 1


async def test_a_lost_answer_takes_the_money_once_and_tells_late(bank: Bank, shop: Shop, clock: Clock):
    made = await bank.create()
    for _ in ("first", "again"):
        with pytest.raises(aiohttp.ClientError):
            await bank.pay(made, "4000000000000341")
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.PAID
    assert shop.heard == []
    await bank.passes(clock, 11)
    assert (await bank.becomes(made, shop, "payment.paid")).state is PaymentState.PAID
    assert (await bank.pay(made, "4000000000000341"))[0] == 303
    assert len((await bank.books())[0]["charges"]) == 1


@pytest.mark.parametrize(
    ("card", "verdict"), [("4000000000000259", DisputeState.WON), ("4000000000001976", DisputeState.LOST)]
)
async def test_a_disputed_card_pays_first_and_its_dispute_is_decided(
    bank: Bank, shop: Shop, clock: Clock, card: str, verdict: DisputeState
):
    made = await bank.create()
    await bank.pay(made, card)
    paid = await bank.becomes(made, shop, "payment.paid")
    assert (paid.state, paid.disputes) == (PaymentState.PAID, ())
    await bank.passes(clock, 11)
    disputed = await bank.becomes(made, shop, "payment.disputed")
    [opened] = disputed.disputes
    assert (disputed.state, opened.state, opened.amount) == (PaymentState.PAID, DisputeState.OPEN, paid.amount)
    assert opened.answer_by is not None
    await bank.passes(clock, 61)
    ended = await bank.becomes(made, shop, "payment.dispute_ended")
    [decided] = ended.disputes
    assert (ended.state, decided.state, decided.answer_by) == (PaymentState.PAID, verdict, None)
    assert (decided.ref, decided.opened_at) == (opened.ref, opened.opened_at)


async def test_a_double_submit_is_one_charge(bank: Bank, shop: Shop):
    made = await bank.create()
    async with asyncio.TaskGroup() as group:
        clicks = [group.create_task(bank.pay(made, APPROVES)) for _ in range(20)]
    assert {click.result()[:2] for click in clicks} == {(303, f"{bank.shop_url}/back?a=1&payment={made.ref}")}
    assert len((await bank.books())[0]["charges"]) == 1
    await bank.provider.refund(made.ref, 1, "r")
    await shop.hears(1, "payment.refunded")
    assert [heard.kind for heard in shop.heard].count("payment.paid") == 1


async def test_cancel_goes_back_and_cannot_undo_a_payment(bank: Bank):
    for key, number, state in (("a", "", PaymentState.CANCELLED), ("b", APPROVES, PaymentState.PAID)):
        made = await bank.create(key)
        if number:
            await bank.pay(made, number)
        status, location, _ = await bank.submit(f"{made.redirect}/cancel")
        assert (status, location.endswith(f"payment={made.ref}")) == (303, True)
        assert (await bank.provider.fetch(made.ref)).state is state


async def test_wrong_fields_are_named_and_nothing_is_decided(bank: Bank):
    made = await bank.create()
    status, _, text = await bank.submit(made.redirect, number="4242424242424241", valid_to="01/20", code="1")
    assert status == 422
    for error in ("typing mistake", "no longer valid", "three or four digits"):
        assert error in text
    assert text.count('aria-invalid="true"') == 3
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.NEEDS_ACTION


async def test_what_was_typed_is_shown_as_text(bank: Bank):
    made = await bank.create()
    _, _, text = await bank.submit(made.redirect, number='"><script>alert(1)</script>', valid_to="", code="<b>")
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


async def test_a_card_number_is_never_on_disk(bank: Bank, database: Path):
    number = "5105105105105100"
    await bank.pay(await bank.create(), number)
    files = [path for path in database.parent.iterdir() if path.name.startswith(database.name)]
    assert len(files) > 1
    assert not any(number.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "null"},
    ],
)
async def test_a_form_from_another_site_is_refused(bank: Bank, headers: dict[str, str]):
    made = await bank.create()
    for path in ("", "/challenge", "/cancel"):
        async with bank.client.post(made.redirect + path, data={"test_card": APPROVES}, headers=headers) as answer:
            assert answer.status == 403
    assert (await bank.provider.fetch(made.ref)).state is PaymentState.NEEDS_ACTION


@pytest.mark.parametrize("site", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "{url}"}])
async def test_the_banks_own_form_is_taken(bank: Bank, site: dict[str, str]):
    made = await bank.create()
    headers = {name: value.format(url=bank.url) for name, value in site.items()}
    data = {"test_card": APPROVES}
    async with bank.client.post(made.redirect, data=data, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_the_policy_lets_forms_end_at_the_shop_and_nothing_else_in(bank: Bank):
    made = await bank.create()
    async with bank.client.get(made.redirect) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert f"form-action 'self' {bank.shop_url};" in policy
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_an_unknown_payment_has_a_page_of_its_own(bank: Bank):
    async with bank.client.get(f"{bank.url}/pay/pay_nothing") as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")


@pytest.mark.parametrize(
    ("number", "says"),
    [(APPROVES, "Paid"), ("4000000000000002", "The card was declined"), ("4000000000000077", "We are checking")],
)
async def test_the_page_says_how_the_payment_stands(bank: Bank, number: str, says: str):
    made = await bank.create()
    await bank.pay(made, number)
    async with bank.client.get(made.redirect) as answer:
        assert says in await answer.text()
