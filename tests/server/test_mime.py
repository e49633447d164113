"""Messages as bytes: the same that the standard library writes, whatever names, addresses and words there are in them."""

from email import message_from_bytes
from email.charset import Charset
from email.message import Message as LibraryMessage
from email.mime.text import MIMEText
from email.policy import default
from email.utils import format_datetime, formataddr

import pytest
from hypothesis import given
from hypothesis import strategies as some

from server import messages
from server.messages import Sender
from server.mime import Message, header
from tests.storage.books import AT

SENDER = Sender("Marl", "orders@shop.example", "help@shop.example", "https://shop.example", b"s" * 32)

HARD = {
    "plain": ("Marl", "noor@example.com", "Your order K7QM-2X4D", "Hello Noor,\n\nit is paid."),
    "umlauts": ("Bücher & Töpfe", "noor@example.com", "Für dich", "Grüße an Noël Ångström"),
    "other scripts": ("陶器店", "小明@例子.example", "您的订单", "Здравствуйте, 小明 👩‍👩‍👧‍👦"),
    "a foreign domain": ("Marl", "noor@bücher.example", "Your order", "2 × Bowl"),
    "quotes and commas": ('Noor "N." Adler, Ltd.', "'x'@y.example", 'It\'s "paid", really; <b>yes</b>', "A\\B"),
    "long names": ("Very long name " * 12, f"{'n' * 64}@{'d' * 60}.example", "Paid: " + "a long subject " * 20, "x"),
    "a long word": ("M" * 120, "noor@example.com", "S" * 300, "w" * 5_000),
    "long and foreign": ("Ünïcödé " * 20, f"{'ü' * 60}@example.com", "Přílišžluťoučký kůň " * 10, "ě" * 2_000),
    "spaces": ("Marl  and   co", "noor@example.com", "  two  spaces ", "  \n\n \t\n"),
    "dots, froms and bare returns": ("Marl", "noor@example.com", "Dots", ".\n..\nFrom me\r\nto\ryou\n.\n"),
    "like an encoded word": ("=?utf-8?q?Marl?=", "noor@example.com", "=?utf-8?b?TWFybA==?=", "=?utf-8?q?x?="),
    "seven bits": ("Marl", "noor@example.com", "A new password", "Use this link:\nhttps://shop.example/reset/x"),
    "nothing": ("", "noor@example.com", "", ""),
}


def written(name: str, to: str, subject: str, text: str) -> Message:
    sender = Sender(name, SENDER.address, SENDER.contact, SENDER.public_url, SENDER.secret)
    return messages._message(sender, to, subject, text, "K7QM2X4D-paid", AT)


def by_library(name: str, to: str, subject: str, text: str) -> LibraryMessage:
    charset = Charset("utf-8")
    charset.body_encoding = None  # type: ignore[assignment]  # 8bit
    message = MIMEText(f"{text}\n\n{name}\n", _charset=charset)  # type: ignore[arg-type]  # it takes one
    message["From"] = formataddr((name, SENDER.address))
    message["To"] = to
    message["Reply-To"] = SENDER.contact
    message["Subject"] = subject
    message["Date"] = format_datetime(AT)
    message["Message-ID"] = "<K7QM2X4D-paid@shop.example>"
    return message


@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_a_message_is_byte_for_byte_what_the_library_writes(hard: tuple[str, str, str, str]) -> None:
    assert written(*hard).as_bytes() == by_library(*hard).as_bytes()


@pytest.mark.parametrize("eight_bit", [True, False])
@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_whoever_reads_it_finds_what_was_said(hard: tuple[str, str, str, str], *, eight_bit: bool) -> None:
    name, _, subject, text = hard
    content = written(*hard).as_bytes(eight_bit=eight_bit)
    assert eight_bit or content.isascii(), "a server without 8BITMIME gets plain letters only"
    read = message_from_bytes(content, policy=default)
    assert read.defects == []
    plain = f"{text}\n\n{name}\n".replace("\r\n", "\n").replace("\r", "\n")
    assert read.get_content().splitlines() == plain.splitlines()
    if not subject.startswith("=?"):  # whoever types an encoded word gets it decoded
        assert read["Subject"].split() == subject.split()
    assert read["Message-ID"] == "<K7QM2X4D-paid@shop.example>"
    assert [name for name, _ in read.items()] == [
        "Content-Type",
        "MIME-Version",
        "Content-Transfer-Encoding",
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
    ]


WORDS = some.text(some.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=200)


@given(WORDS, WORDS, some.text(some.characters(codec="utf-8"), max_size=500))
def test_any_name_subject_and_text_come_out_as_the_library_has_them(name: str, subject: str, text: str) -> None:
    given = (name, "noor@example.com", subject, text)
    assert written(*given).as_bytes() == by_library(*given).as_bytes()


@pytest.mark.parametrize("between", ["\n", "\r", "\r\n", "\n\n", "\n \n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
@pytest.mark.parametrize(
    "value", ["noor@example.com{}Bcc: all@example.com", "{}Noor", "Noor{}", "ü{}Bcc: all@example.com"]
)
def test_nothing_in_a_value_ends_its_header(value: str, between: str) -> None:
    first, *others = header("To", value.format(between)).removesuffix("\n").split("\n")
    assert first.startswith("To: ")
    assert all(line.startswith(" ") and line.strip() for line in others)
    read = message_from_bytes((header("To", value.format(between)) + "Subject: x\n\ny").encode())
    assert read.keys() == ["To", "Subject"]


def test_the_headers_end_before_the_first_empty_line_only() -> None:
    head, _, text = written(*HARD["dots, froms and bare returns"]).as_bytes().partition(b"\n\n")
    assert b"Dots" in head
    assert text.startswith(b".\n..\nFrom me\nto\nyou\n.\n")
