"""What an email address, a name and a password must look like."""

import pytest

from shop.customers import email_fault, name_fault, normal_email, password_fault, registration_faults


@pytest.mark.parametrize(
    "email", ["noor@example.com", " noor@example.com ", "a.b+c@sub.example.co", "noor@bücher.example", "o'neill@x.ie"]
)
def test_an_address_is_taken(email: str) -> None:
    assert email_fault(email) is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "noor",
        "@example.com",
        "noor@",
        "noor@example",
        "noor@.com",
        "a@b@c.com",
        "a b@c.com",
        "a,b@c.com",
        "a@b..com",
        "a@b.com\nBcc: x@y.z",
        "a\x00@b.com",
        "a@b.c\x7fom",
        "x" * 255 + "@b.com",
    ],
)
def test_an_address_is_refused(email: str) -> None:
    assert email_fault(email) is not None


def test_addresses_are_compared_in_one_form() -> None:
    assert normal_email("  Noor@Example.COM ") == "noor@example.com"


def test_a_name_is_a_line_that_can_be_printed() -> None:
    assert name_fault("Noor van den Adler-Šimić") is None
    assert name_fault(" ", "a town") == "We need a town."
    assert name_fault("x" * 101) is not None
    assert name_fault("a\tb") is not None
    assert name_fault("a\x00b") is not None


def test_a_password_is_long_and_has_no_other_rules() -> None:
    assert password_fault("a" * 9) is not None
    assert password_fault("a" * 10) is None
    assert password_fault("correct horse battery staple ☂") is None
    assert password_fault("a" * 257) is not None


def test_a_registration_names_every_bad_field() -> None:
    assert set(registration_faults("", "x", "short")) == {"name", "email", "password"}
    assert registration_faults("Noor", "noor@example.com", "long enough") == {}
