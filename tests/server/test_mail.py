"""Mail: one message for each occasion, however often the mailer starts over, with a link that opens the order."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from server import mail
from server.mail import Folder, Mailer
from server.messages import Sender, Writer
from shop.events import DayBegan
from shop.fulfilment import Clerk, Parcel
from shop.ids import CustomerId, OrderNumber, shown
from shop.links import order_token
from shop.payments import PaymentState
from shop.refunds import Pick, Wish
from storage import fulfilment, mailbox, orders, outbox, payments, refunds
from storage.database import Database
from storage.refunds import Command
from storage.sessions import hash_of
from tests.storage.books import AT, BOWL, DETAILS, LAMP, LATE, at_bank, filled, news, placed, placement

NOOR = Clerk(CustomerId("NOOR"), "Noor")
SECRET = b"s" * 32
SENDER = Sender("Marl", "orders@shop.example", "", "https://shop.example:8443", SECRET)


@pytest.fixture
def mailer(db: Database, tmp_path: Path) -> Mailer:
    return Mailer(db, Folder(db, tmp_path / "mail", Writer(db, lambda: SENDER, lambda: AT)).take)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "mail").iterdir())


def opened(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=default)


def text_of(message: EmailMessage) -> str:
    return " ".join(message.get_content().split())


async def paid(db: Database, number: OrderNumber) -> None:
    await db.write(payments.settle, news(await at_bank(db, number), PaymentState.PAID))


async def test_an_order_and_its_payment_are_two_messages(db: Database, mailer: Mailer, tmp_path: Path) -> None:
    number = await placed(db, {BOWL: 2})
    assert not await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"]
    await paid(db, number)
    for _ in range(3):
        await mailer.deliver()
        assert files(tmp_path) == [f"{number}-paid.eml", f"{number}-placed.eml"]


async def test_the_link_opens_the_order(db: Database, mailer: Mailer, tmp_path: Path) -> None:
    command = placement(await filled(db, {BOWL: 2}))
    command = replace(command, token_hash=hash_of(order_token(SECRET, command.number)))
    number = (await db.write(orders.place, command)).number
    await mailer.deliver()
    message = opened(tmp_path / "mail" / f"{number}-placed.eml")
    assert message["To"] == DETAILS.email
    assert message["From"] == "Marl <orders@shop.example>"
    assert shown(number) in message["Subject"]
    text = message.get_content()
    assert "2 × Bowl, Ochre" in text
    found = re.search(r"https://shop\.example:8443/o/([\w-]+)", text)
    assert found is not None
    assert await db.read(orders.by_token, hash_of(found[1])) == number


async def test_a_crash_before_remembering_writes_the_same_message_again(
    db: Database, mailer: Mailer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await placed(db, {BOWL: 2})
    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "advance", None)
        with pytest.raises(TypeError):
            await mailer.deliver()
    [before] = [path.read_bytes() for path in (tmp_path / "mail").iterdir()]
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"]
    assert (tmp_path / "mail" / f"{number}-placed.eml").read_bytes() == before


async def test_a_message_late_written_says_what_it_is_about(db: Database, mailer: Mailer, tmp_path: Path) -> None:
    number = await placed(db, {BOWL: 2})
    await paid(db, number)
    await mailer.deliver()
    ids = {opened(tmp_path / "mail" / name)["Message-ID"] for name in files(tmp_path)}
    assert ids == {f"<{number}-placed@shop.example>", f"<{number}-paid@shop.example>"}


async def test_an_order_that_ended_and_one_given_back_are_told(db: Database, mailer: Mailer, tmp_path: Path) -> None:
    number = await placed(db, {LAMP: 1})
    payment = await at_bank(db, number)
    await db.write(orders.end_overdue, LATE)
    other = await placed(db, {LAMP: 1})
    await db.write(payments.settle, news(payment, PaymentState.PAID, at=LATE))
    await mailer.deliver()
    assert files(tmp_path) == [
        f"{name}.eml" for name in sorted([f"{number}-cancelled", f"{number}-placed", f"{other}-placed"])
    ]
    [due] = await db.read(refunds.due, LATE, 10)
    await db.write(refunds.done, due.id, "refund", LATE)
    await mailer.deliver()
    assert f"{number}-refunded.eml" in files(tmp_path)


async def pack(db: Database, number: OrderNumber) -> None:
    await db.write(fulfilment.claim, number, NOOR, AT)
    await db.write(fulfilment.pack, number, NOOR, AT)


async def test_a_parcel_that_leaves_is_one_message_with_the_way_to_follow_it(
    db: Database, mailer: Mailer, tmp_path: Path
) -> None:
    number = await placed(db, {BOWL: 2})
    await paid(db, number)
    await mailer.deliver()
    (tmp_path / "mail" / f"{number}-paid.eml").unlink()  # whoever sends the messages takes them away
    await pack(db, number)
    await db.write(fulfilment.unpack, number, NOOR, AT)
    await db.write(fulfilment.pack, number, NOOR, AT)
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"], "packing is no occasion, and nothing is written twice"
    await db.write(fulfilment.ship, number, NOOR, Parcel("bpost", "3SABC", "https://track.example/3SABC"), AT)
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml", f"{number}-shipped.eml"]
    message = opened(tmp_path / "mail" / f"{number}-shipped.eml")
    assert message["Subject"] == f"On its way: your order {shown(number)}"
    for word in ("bpost", "3SABC", "https://track.example/3SABC"):
        assert word in message.get_content()
    (tmp_path / "mail" / f"{number}-shipped.eml").unlink()
    await db.write(fulfilment.track, number, NOOR, Parcel("bpost", "3SXYZ"), AT)
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"]


async def test_who_collects_is_told_when_it_is_packed(db: Database, mailer: Mailer, tmp_path: Path) -> None:
    command = placement(await filled(db, {BOWL: 1}))
    collected = replace(command, details=replace(DETAILS, shipping="collect"))
    number = (await db.write(orders.place, collected)).number
    await paid(db, number)
    await pack(db, number)
    await db.write(fulfilment.ship, number, NOOR, Parcel(), AT)
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-{occasion}.eml" for occasion in ("packed", "paid", "placed")]


async def test_an_order_that_staff_cancelled_says_so(db: Database, mailer: Mailer, tmp_path: Path) -> None:
    number = await placed(db, {BOWL: 1})
    await db.write(orders.cancel, number, NOOR, AT)
    await mailer.deliver()
    message = opened(tmp_path / "mail" / f"{number}-cancelled.eml")
    assert message["Subject"] == f"We cancelled your order {shown(number)}"


async def declined(db: Database, number: OrderNumber, reason: str = "insufficient_funds") -> None:
    told = news(await at_bank(db, number), PaymentState.FAILED)
    await db.write(payments.settle, replace(told, decline_reason=reason))


async def test_a_declined_payment_is_one_mail_with_the_reason_the_time_left_and_the_way_to_pay_again(
    db: Database, tmp_path: Path
) -> None:
    sender = replace(SENDER, zone=ZoneInfo("Europe/Brussels"))
    mailer = Mailer(db, Folder(db, tmp_path / "mail", Writer(db, lambda: sender, lambda: AT)).take)
    number = await placed(db, {BOWL: 2})
    await mailer.deliver()
    await declined(db, number)
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-failed.eml", f"{number}-placed.eml"]
    message = opened(tmp_path / "mail" / f"{number}-failed.eml")
    assert message["Subject"] == f"Your payment did not go through: order {shown(number)}"
    text = message.get_content()
    assert "not enough money on the card. Nothing was taken." in text
    assert "held for you until 13:15 (CET) on 22 November." in text
    assert f"Pay again:\nhttps://shop.example:8443/o/{order_token(SECRET, number)}" in text


async def test_a_second_decline_is_no_second_mail(db: Database, mailer: Mailer, tmp_path: Path) -> None:
    number = await placed(db, {BOWL: 2})
    await declined(db, number)
    await mailer.deliver()
    (tmp_path / "mail" / f"{number}-failed.eml").unlink()  # whoever sends the messages takes them away
    await declined(db, number, "expired_card")
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"]
    other = await placed(db, {BOWL: 2})
    await declined(db, other)
    await mailer.deliver()
    assert f"{other}-failed.eml" in files(tmp_path), "another order is another mail"


async def test_a_crash_writes_the_mail_about_a_declined_payment_again_as_it_was(
    db: Database, mailer: Mailer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await placed(db, {BOWL: 2})
    await declined(db, number)
    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "written", None)
        with pytest.raises(TypeError):
            await mailer.deliver()
    path = tmp_path / "mail" / f"{number}-failed.eml"
    before = path.read_bytes()
    await mailer.deliver()
    assert path.read_bytes() == before
    assert await db.read(mailbox.position) == await db.read(outbox.head)


async def test_nothing_is_written_about_a_decline_once_a_second_try_has_paid(
    db: Database, mailer: Mailer, tmp_path: Path
) -> None:
    number = await placed(db, {BOWL: 2})
    await declined(db, number)
    await paid(db, number)
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-paid.eml", f"{number}-placed.eml"]


async def test_nothing_is_written_about_a_decline_while_a_second_try_is_under_way_until_it_fails_too(
    db: Database, mailer: Mailer, tmp_path: Path
) -> None:
    number = await placed(db, {BOWL: 2})
    await declined(db, number)
    again = await at_bank(db, number)
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"]
    await db.write(payments.settle, news(again, PaymentState.FAILED))
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-failed.eml", f"{number}-placed.eml"]


@pytest.mark.parametrize("state", [PaymentState.CANCELLED, PaymentState.EXPIRED])
async def test_who_leaves_the_bank_without_paying_gets_no_mail_about_it(
    db: Database, mailer: Mailer, tmp_path: Path, state: PaymentState
) -> None:
    number = await placed(db, {BOWL: 2})
    await db.write(payments.settle, news(await at_bank(db, number), state))
    await mailer.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"]


async def test_a_decline_is_not_told_once_the_hold_has_ended(db: Database, tmp_path: Path) -> None:
    late = Mailer(db, Folder(db, tmp_path / "mail", Writer(db, lambda: SENDER, lambda: LATE)).take)
    number = await placed(db, {BOWL: 2})
    await declined(db, number)
    await late.deliver()
    assert files(tmp_path) == [f"{number}-placed.eml"], "though nobody has swept it yet"


async def test_each_refund_that_was_made_is_one_message_with_its_amount(
    db: Database, mailer: Mailer, tmp_path: Path
) -> None:
    number = await placed(db, {BOWL: 2})
    await paid(db, number)
    for wish in (Wish((Pick(0, 1),)), Wish(whole=True)):
        await db.write(refunds.make, Command(number, wish, NOOR, None, None, AT))
    await mailer.deliver()
    assert not any("refund" in name for name in files(tmp_path)), "nothing is promised before the bank has made it"
    for due in await db.read(refunds.due, LATE, 10):
        await db.write(refunds.done, due.id, due.id, LATE)
        await mailer.deliver()
        await db.write(mailbox.advance, 0)
        await mailer.deliver()
    assert files(tmp_path) == [f"{number}-{name}.eml" for name in ("paid", "placed", "refund-1", "refund-2")]
    first, last = (opened(tmp_path / "mail" / f"{number}-refund-{n}.eml") for n in (1, 2))
    assert first["Subject"] == f"Money back: your order {shown(number)}"
    assert "We have given you 15.00 EUR back for 1 × Bowl, ochre." in text_of(first)
    assert "That makes 36.50 EUR in all." in text_of(last)


async def test_a_long_backlog_is_worked_off_in_batches(
    db: Database, mailer: Mailer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "BATCH", 2)
    for _ in range(7):
        await placed(db, {BOWL: 1})
        await db.write(outbox.note, DayBegan("x"), AT + timedelta(days=1))
    rounds = 1
    while await mailer.deliver():
        rounds += 1
    assert rounds == 4
    assert len(files(tmp_path)) == 7
    assert await db.read(mailbox.position) == await db.read(outbox.head)


@pytest.mark.parametrize("email", ["bücher@example.com", "a..b@example.com", "noor@bücher.example", "'x'@y.example"])
async def test_a_strange_address_keeps_nobody_elses_mail_back(
    db: Database, mailer: Mailer, tmp_path: Path, email: str
) -> None:
    strange = placement(await filled(db, {BOWL: 1}))
    await db.write(orders.place, replace(strange, details=replace(DETAILS, email=email)))
    await placed(db, {BOWL: 1})
    await mailer.deliver()
    assert len(files(tmp_path)) == 2
