"""The states of a payment only move forward, and paid is the last word."""

from itertools import permutations, product

import pytest

from shop.payments import ENDED_UNPAID, OPEN_STATES, PaymentState, advance

PAID = PaymentState.PAID


def test_every_state_is_open_ended_or_paid() -> None:
    assert set(PaymentState) == OPEN_STATES | ENDED_UNPAID | {PAID}
    assert not OPEN_STATES & ENDED_UNPAID


@pytest.mark.parametrize(("now", "news"), list(product(PaymentState, repeat=2)))
def test_no_news_leads_back(now: PaymentState, news: PaymentState) -> None:
    after = advance(now, news)
    assert after in (now, news)
    assert advance(after, news) is after, "the same news twice changes nothing"
    assert advance(after, now) is after, "what was before does not come back"
    if now is PAID or news is PAID:
        assert after is PAID
    if now in ENDED_UNPAID:
        assert after in (now, PAID)
    if now in OPEN_STATES and news in ENDED_UNPAID:
        assert after is news


def test_the_order_of_news_does_not_matter_once_it_is_paid() -> None:
    for states in permutations([PaymentState.NEEDS_ACTION, PaymentState.PROCESSING, PaymentState.FAILED, PAID]):
        now = PaymentState.CREATED
        for news in states:
            now = advance(now, news)
        assert now is PAID
