"""Names that the shop makes up: unguessable, and read back from whatever people type."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.ids import (
    CROCKFORD,
    crockford,
    new_cart_id,
    new_order_number,
    new_secret,
    new_session_secret,
    new_variant_id,
    parse_order_number,
    shown,
)


def test_new_names_do_not_repeat() -> None:
    for make in (new_order_number, new_variant_id, new_secret):
        assert len({make() for _ in range(1000)}) == 1000
    assert len(crockford(16)) == 16
    assert set(new_order_number()) <= set(CROCKFORD)
    assert len(new_variant_id()) == 7


@given(st.text(CROCKFORD, min_size=8, max_size=8))
def test_a_number_is_read_as_it_is_shown(number: str) -> None:
    assert parse_order_number(shown(number)) == number
    assert parse_order_number(f"  {shown(number).lower()} ") == number


def test_misread_letters_are_understood() -> None:
    assert parse_order_number("oil1-0000") == "01110000"
    assert shown("K7QM2X4D") == "K7QM-2X4D"


@pytest.mark.parametrize("text", ["", "K7QM2X4", "K7QM2X4DD", "K7QM2X4U", "K7QM2X4é", "K7QM/2X4D"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_order_number(text) is None


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    found = parse_order_number(text)
    assert found is None or (len(found) == 8 and set(found) <= set(CROCKFORD))


def test_carts_are_named_in_the_order_of_time_and_their_names_do_not_repeat() -> None:
    noon = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
    carts = [new_cart_id(noon) for _ in range(1000)]
    assert len(set(carts)) == 1000
    assert {len(cart) for cart in carts} == {16}
    assert max(carts) < new_cart_id(noon + timedelta(milliseconds=1)) < new_cart_id(noon + timedelta(days=300_000))


def test_secrets_of_sessions_go_by_time_and_are_still_secret() -> None:
    noon = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
    secrets = [new_session_secret(noon) for _ in range(1000)]
    assert len({secret.partition(".")[2] for secret in secrets}) == 1000
    assert {len(secret.partition(".")[2]) for secret in secrets} == {len(new_secret())}
    assert max(secrets) < new_session_secret(noon + timedelta(milliseconds=1))


def test_names_made_on_several_threads_are_all_different() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = [
            name for names in threads.map(lambda _: [crockford(16) for _ in range(2_000)], range(4)) for name in names
        ]
    assert len(set(made)) == len(made)


def test_a_forked_child_makes_other_names_than_its_parent() -> None:
    lines = ["import os", "from shop.ids import new_secret", "new_secret()", "child = os.fork()"]
    # In one call of the system: print may write the line's end by itself, after what the other process writes.
    lines += ["os.write(1, new_secret().encode() + b'\\n')", "child and os.wait()"]
    ran = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, check=True, text=True)
    first, second = ran.stdout.split()
    assert first != second
