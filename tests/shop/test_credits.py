"""Credits: a burst at once, then a steady rate, for each caller apart and in bounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.credits import Bucket, Ledger, Rate

RATE = Rate(per_second=2.0, burst=4.0)


def test_a_burst_goes_at_once_and_then_it_is_steady() -> None:
    bucket = Bucket(RATE)
    assert [bucket.take(100.0) for _ in range(4)] == [0.0] * 4
    assert bucket.take(100.0) == pytest.approx(0.5)
    assert bucket.take(100.0) == pytest.approx(0.5), "a refusal costs nothing"
    assert bucket.take(100.5) == 0.0
    assert bucket.take(100.5) > 0.0


def test_who_waits_as_long_as_told_gets_in() -> None:
    bucket = Bucket(RATE)
    now = 7.0
    for _ in range(50):
        now += bucket.take(now)
        assert bucket.take(now) == 0.0


def test_a_call_can_cost_more() -> None:
    bucket = Bucket(RATE)
    assert bucket.take(0.0, cost=3.0) == 0.0
    assert bucket.take(0.0, cost=3.0) == pytest.approx(1.0)


def test_a_full_bucket_is_idle() -> None:
    bucket = Bucket(RATE)
    assert bucket.idle(1.0)
    bucket.take(1.0, cost=2.0)
    assert not bucket.idle(1.9)
    assert bucket.idle(2.0)


@given(st.lists(st.floats(0.0, 5.0), max_size=60))
def test_never_more_than_the_rate_allows(pauses: list[float]) -> None:
    bucket = Bucket(RATE)
    now = taken = 0.0
    for pause in pauses:
        now += pause
        taken += bucket.take(now) == 0.0
        assert taken <= RATE.burst + RATE.per_second * now + 1e-6


def test_callers_do_not_pay_for_each_other() -> None:
    ledger = Ledger(Rate(1.0, 1.0))
    assert [ledger.take(caller, 0.0) for caller in ("a", "b", "c")] == [0.0] * 3
    assert ledger.take("a", 0.0) > 0.0


def test_a_flood_of_callers_takes_bounded_memory() -> None:
    ledger = Ledger(Rate(1.0, 1.0), max_callers=100)
    for n in range(1000):
        assert ledger.take(f"caller {n}", 0.0) == 0.0
    assert len(ledger._buckets) <= 100


def test_idle_callers_are_forgotten_before_busy_ones() -> None:
    ledger = Ledger(Rate(1.0, 1.0), max_callers=3)
    for caller, now in (("a", 0.0), ("b", 5.0), ("c", 5.0)):
        ledger.take(caller, now)
    ledger.take("d", 5.0)
    assert ledger.take("b", 5.0) > 0.0, "who is busy is still known"
