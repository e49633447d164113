"""Paying at the sandbox bank: approved, declined and tried again, or with a 3-D Secure code; then waiting for the live page."""

from urllib.parse import urljoin

from bench.client import steps
from bench.client.http import Answer
from bench.client.record import Unexpected
from bench.client.shopper import Shopper

APPROVED, DECLINED, CHALLENGED = "4242424242424242", "4000000000000002", "4000000000003220"
CODE = "123456"
PAYMENT_PUSH = "payment push"
PAID, FAILED = "paid", "failed"


async def pay(shopper: Shopper, number: str, variants: list[str], *, by_form: bool = False) -> None:
    """Pays an order, at the second try if need be, and waits until the live page says so; raises Unexpected."""
    topic = f"me/orders/{number}"
    await shopper.live.subscribe([topic])
    await shopper.pause()
    for variant in variants:
        shopper.crowd.pushes.begin(
            variant
        )  # what is paid moves stock again, which nobody else's change must be mixed with
        shopper.crowd.pushes.moves_again(variant)
    try:
        if shopper.chance(shopper.plan.decline_share):
            shopper.record.action("pay: declined at first")
            decided = await _at_the_bank(shopper, number, DECLINED, by_form=by_form)
            heard = await shopper.live.until(topic, lambda value: value is not None and value["payment"] == FAILED)
            shopper.record.wait(PAYMENT_PUSH, heard - decided.at)
        card = CHALLENGED if shopper.chance(shopper.plan.challenge_share) else APPROVED
        shopper.record.action("pay: 3-D Secure" if card == CHALLENGED else "pay: approved")
        decided = await _at_the_bank(shopper, number, card, by_form=by_form)
        heard = await shopper.live.until(topic, lambda value: value is not None and value["status"] == PAID)
        shopper.record.wait(PAYMENT_PUSH, heard - decided.at)
        shopper.record.paid.append(number)
    finally:
        for variant in variants:
            shopper.crowd.pushes.end(variant)
    await shopper.doors.shop(steps.PAGE, "GET", f"/orders/{number}")


async def _at_the_bank(shopper: Shopper, number: str, card: str, *, by_form: bool) -> Answer:
    """Goes to the bank's page and presses a test card's button; answers the bank's last word, which leads back."""
    address = await _address(shopper, number, by_form=by_form)
    if not address.startswith(f"{shopper.plan.bank_url}/"):
        raise Unexpected(f"start to pay: it leads to {address}, which is not the sandbox bank of this run")
    answer = await shopper.doors.ask(steps.BANK, "POST", address, data={"test_card": card})
    if card == CHALLENGED:
        challenge = urljoin(address, answer.location)
        answer = await shopper.doors.ask(steps.BANK, "POST", challenge, data={"code": CODE})
    return answer


async def _address(shopper: Shopper, number: str, *, by_form: bool) -> str:
    """Where to pay. A bank that does not answer is asked once more, as the shop advises."""
    for _ in range(2):
        if by_form:
            answer = await shopper.doors.shop(steps.START_PAGE, "GET", f"/orders/{number}/pay")
            found = answer.location
        else:
            answer = await shopper.doors.shop(steps.START, "POST", f"/api/v1/orders/{number}/payments")
            found = str(answer.json()["redirect_url"]) if answer.outcome == "201" else ""
        if found:
            return found
        await shopper.pause()
    raise Unexpected("start to pay: refused twice")
