"""What a code takes off, how it is read, and what its form may say."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from shop import code_form
from shop.code_form import CodeForm
from shop.codes import Code, Kind, Off, Terms, Use, check, count, fold, off, reached
from shop.errors import CodeNotBegun, CodeUsedUp, InvalidFields, UnknownCode
from shop.ids import CustomerId
from shop.money import MAX_AMOUNT

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("spring", "SPRING"),
        (" Spr ing\t10 ", "SPRING10"),
        ("ｓｐｒｉｎｇ", "SPRING"),
        ("spring\u200b", "SPRING"),
        ("straße", "STRASSE"),
        ("", ""),
        ("   ", ""),
        ("x" * 33, ""),
        ("x" * 10_000, ""),
    ],
)
def test_case_and_spaces_do_not_matter(typed: str, read: str) -> None:
    assert fold(typed) == read
    assert fold(read) == read


@pytest.mark.parametrize(
    ("terms", "items", "expected"),
    [
        (Terms(Kind.PERCENTAGE, 10_000), 2805, Off(281)),
        (Terms(Kind.PERCENTAGE, 12_500), 1, Off(0)),
        (Terms(Kind.PERCENTAGE, 100_000, delivery=True), 999, Off(999, MAX_AMOUNT)),
        (Terms(Kind.AMOUNT, 500), 2805, Off(500)),
        (Terms(Kind.AMOUNT, 5000), 2805, Off(2805)),
        (Terms(Kind.DELIVERY), 2805, Off(0, MAX_AMOUNT)),
        (Terms(Kind.AMOUNT, 500), 0, Off(0)),
        (Terms(Kind.AMOUNT, 500), -5, Off(0)),
    ],
)
def test_no_more_comes_off_than_there_is(terms: Terms, items: int, expected: Off) -> None:
    assert off(terms, items) == expected


def test_a_code_is_good_from_its_first_moment_to_its_last() -> None:
    hour = timedelta(hours=1)
    code = Code("SPRING", Terms(Kind.AMOUNT, 500, starts_at=AT, ends_at=AT + hour, limit=2), used=1)
    assert check(code, None, 0, AT) == code
    assert check(code, None, 0, AT + hour - timedelta(milliseconds=1)) == code
    with pytest.raises(CodeNotBegun) as refusal:
        check(code, None, 0, AT - timedelta(milliseconds=1))
    assert refusal.value.problem()["at"] == "2026-11-25T12:00:00Z"
    with pytest.raises(CodeUsedUp):
        check(replace(code, used=2), None, 0, AT)
    with pytest.raises(UnknownCode):
        check(None, None, 0, AT)


def test_a_minimum_counts_from_its_very_amount() -> None:
    code = Code("SPRING", Terms(Kind.AMOUNT, 500, minimum=2000))
    assert reached(code, 2000, "EUR") == Off(500)


def test_uses_are_counted_by_account_and_by_email() -> None:
    noor = CustomerId("NOOR")
    uses = [Use("A", noor, "n@x.example"), Use("A", None, "g@x.example"), Use("B", noor, "n@x.example")]
    assert count(uses, "A", noor, "other@x.example") == 1
    assert count(uses, "A", noor, "g@x.example") == 2
    assert count(uses, "A", None, "n@x.example") == 1
    assert count(uses, "A", None, "") == 0


def test_a_form_is_the_terms_it_asks_for_and_back() -> None:
    form = CodeForm(
        code="spring 10",
        kind="percentage",
        percent="12,5 %",
        delivery="free",
        minimum="20",
        starts="2026-12-01T00:00",
        ends="2026-12-24T18:30",
        limit="100",
        each="1",
    )
    assert code_form.name(form) == ("SPRING10", "")
    found = code_form.terms(form, "EUR", BRUSSELS)
    starts, ends = datetime(2026, 11, 30, 23, 0, tzinfo=UTC), datetime(2026, 12, 24, 17, 30, tzinfo=UTC)
    assert found == Terms(Kind.PERCENTAGE, 12_500, True, 2000, starts, ends, 100, 1)
    again = code_form.of("SPRING10", 3, found, "EUR", BRUSSELS)
    assert (again.percent, again.minimum, again.starts, again.version) == ("12.5", "20.00", "2026-12-01T00:00", 3)
    assert code_form.terms(again, "EUR", BRUSSELS) == found


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 5), ("EUR", 500), ("KWD", 5000)])
def test_amounts_are_the_shops_currency(currency: str, amount: int) -> None:
    form = CodeForm(code="FIVE", kind="amount", amount="5")
    assert code_form.terms(form, currency, UTC).value == amount
    assert (
        code_form.terms(code_form.of("FIVE", 1, Terms(Kind.AMOUNT, amount), currency, UTC), currency, UTC).value
        == amount
    )


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("kind", "gift"),
        ("percent", ""),
        ("percent", "0"),
        ("percent", "101"),
        ("percent", "-5"),
        ("percent", "1e1"),
        ("percent", "²"),
        ("minimum", "1.299,00"),
        ("minimum", "-1"),
        ("starts", "tomorrow"),
        ("starts", "0001-01-01T00:00"),
        ("ends", "9999-12-31T23:59"),
        ("ends", "2026-11-01T00:00"),
        ("limit", "0"),
        ("limit", "many"),
        ("limit", "9" * 30),
        ("each", "1.5"),
        ("each", "٣"),
    ],
)
def test_what_makes_no_sense_names_its_field(field: str, typed: str) -> None:
    form = CodeForm(kind="percentage", percent="10", starts="2026-11-24T00:00")
    with pytest.raises(InvalidFields) as refusal:
        code_form.terms(replace(form, **{field: typed}), "EUR", BRUSSELS)
    assert list(refusal.value.fields) == [field]


def test_an_amount_has_to_be_there() -> None:
    for typed in ("", "0", "0.00"):
        with pytest.raises(InvalidFields) as refusal:
            code_form.terms(CodeForm(kind="amount", amount=typed), "EUR", UTC)
        assert refusal.value.fields == {"amount": "How much does it take off?"}


@pytest.mark.parametrize("typed", ["", "ab", "x" * 33, "a/b", "50%", "<b>bold</b>"])
def test_a_name_is_letters_and_digits(typed: str) -> None:
    assert code_form.name(CodeForm(code=typed))[1]
