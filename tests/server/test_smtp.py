"""Mail by SMTP, to a real mail server: each message once, tried again when it can't be taken, and never lost."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from msgspec.structs import replace

from server import settings
from server.commands import main
from server.mail import Mailer
from server.mail_servers import MailServer, mail_server
from server.messages import Sender, Writer
from server.smtp import Post
from shop.events import LetterDue
from shop.ids import CustomerId, OrderNumber
from shop.payments import PaymentState
from storage import mailbox, orders, outbox, payments
from storage.database import Database
from tests.house import open_house, until
from tests.proof.shopper import Shopper
from tests.server.conftest import Clock
from tests.server.smtp import Postbox, serving
from tests.storage.books import AT, BOWL, DETAILS, at_bank, filled, news, placed, placement

SENDER = Sender("Marl", "orders@shop.example", "", "https://shop.example", b"s" * 32)


class Office:
    """A mailer with its post, as the shop has them; stepped by hand."""

    def __init__(self, db: Database, server: MailServer, tls: ssl.SSLContext | None = None) -> None:
        self.db, self.clock = db, Clock()
        self.post = Post(db, server, Writer(db, lambda: SENDER, self.clock), self.clock, tls)
        self.mailer = Mailer(db, self.post.take)

    async def step(self) -> None:
        while await self.mailer.deliver():
            pass
        while await self.post.send_due():
            pass

    async def troubles(self) -> list[mailbox.Trouble]:
        return await self.db.read(mailbox.troubles, self.clock.now)


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    async with serving(Postbox()) as found:
        yield found


def office(db: Database, postbox: Postbox) -> Office:
    return Office(db, mail_server(f"smtp://127.0.0.1:{postbox.port}"))


async def paid(db: Database, number: OrderNumber) -> None:
    await db.write(payments.settle, news(await at_bank(db, number), PaymentState.PAID))


async def test_each_occasion_is_one_mail_that_arrives(db: Database, postbox: Postbox) -> None:
    there = office(db, postbox)
    number = await placed(db, {BOWL: 2})
    await there.step()
    await paid(db, number)
    for _ in range(3):
        await there.step()
    assert [mail["Message-ID"] for mail in postbox.taken] == [
        f"<{number}-placed@shop.example>",
        f"<{number}-paid@shop.example>",
    ]
    assert postbox.recipients == [DETAILS.email] * 2
    assert "2 × Bowl, Ochre" in postbox.taken[0].get_content()
    assert await there.troubles() == []


async def test_declined_payments_of_an_order_are_one_mail_and_none_once_it_is_paid(
    db: Database, postbox: Postbox
) -> None:
    there = office(db, postbox)
    number = await placed(db, {BOWL: 2})
    for _ in range(2):
        await db.write(payments.settle, news(await at_bank(db, number), PaymentState.FAILED))
        await there.step()
    names = [f"<{number}-{occasion}@shop.example>" for occasion in ("failed", "placed")]
    assert sorted(mail["Message-ID"] for mail in postbox.taken) == names
    other = await placed(db, {BOWL: 2})
    await db.write(payments.settle, news(await at_bank(db, other), PaymentState.FAILED))
    await there.mailer.deliver()  # queued, and paid before it is sent
    await paid(db, other)
    await there.step()
    assert f"<{other}-failed@shop.example>" not in [mail["Message-ID"] for mail in postbox.taken]
    assert await there.troubles() == []


async def test_starting_over_sends_nothing_again(db: Database, postbox: Postbox) -> None:
    number = await placed(db, {BOWL: 1})
    await office(db, postbox).step()
    await db.write(lambda tx: mailbox.advance(tx, 0))
    await office(db, postbox).step()
    assert [mail["Message-ID"] for mail in postbox.taken] == [f"<{number}-placed@shop.example>"]


async def test_a_mail_that_was_taken_up_by_a_process_that_died_is_sent_by_the_next(
    db: Database, postbox: Postbox
) -> None:
    first, second = office(db, postbox), office(db, postbox)
    number = await placed(db, {BOWL: 1})
    await first.mailer.deliver()
    [taken] = await db.write(mailbox.take, AT, 10)
    await second.step()
    assert postbox.taken == [], "while it may still be on its way nobody else sends it"
    second.clock.now += mailbox.TAKEN_FOR
    await second.step()
    assert taken.name == f"{number}-placed"
    assert len(postbox.taken) == 1


async def test_a_mail_server_that_is_away_gets_everything_when_it_is_back(db: Database) -> None:
    async with serving(Postbox()) as gone:
        port = gone.port
    there = office(db, gone)
    number = await placed(db, {BOWL: 1})
    await there.step()
    [trouble] = await there.troubles()
    assert (trouble.name, trouble.tries) == (f"{number}-placed", 1)
    assert "can't be reached" in trouble.fault
    async with serving(Postbox(), port) as back:
        await there.step()
        assert back.taken == [], "not before its pause is over"
        there.clock.now += mailbox.FIRST_PAUSE
        await there.step()
        assert len(back.taken) == 1
    assert await there.troubles() == []


async def test_a_busy_mail_server_is_asked_again_after_growing_pauses_and_given_up_after_days(
    db: Database, postbox: Postbox
) -> None:
    there = office(db, postbox)
    await placed(db, {BOWL: 1})
    postbox.answers["data"] = "451 try later"
    pauses = []
    await there.step()
    while (due := await db.read(mailbox.next_try)) is not None:
        pauses.append(due - there.clock.now)
        there.clock.now = due
        await there.step()
    assert pauses[:3] == [mailbox.FIRST_PAUSE * 2**n for n in range(3)]
    assert max(pauses) == mailbox.LONGEST_PAUSE
    assert there.clock.now - AT > mailbox.GIVE_UP_AFTER
    [trouble] = await there.troubles()
    assert (trouble.try_at, trouble.fault) == (None, "451 try later")


async def test_an_address_that_is_refused_is_not_tried_again_and_keeps_nobody_elses_mail_back(
    db: Database, postbox: Postbox
) -> None:
    there = office(db, postbox)
    wrong = placement(await filled(db, {BOWL: 1}))
    await db.write(orders.place, replace(wrong, details=replace(DETAILS, email="nobody@example.com")))
    postbox.answers["nobody@example.com"] = "550 no such mailbox"
    await placed(db, {BOWL: 1})
    await there.step()
    assert postbox.recipients == [DETAILS.email]
    [trouble] = await there.troubles()
    assert (trouble.name, trouble.try_at, trouble.fault) == (f"{wrong.number}-placed", None, "550 no such mailbox")


@pytest.mark.parametrize(
    ("email", "arrives"),
    [
        ("bücher@example.com", "bücher@example.com"),
        ("noor@bücher.example", "noor@xn--bcher-kva.example"),
        ("小明@例子.example", "小明@xn--fsqu00a.example"),
    ],
)
async def test_addresses_of_every_script_arrive(db: Database, postbox: Postbox, email: str, arrives: str) -> None:
    there = office(db, postbox)
    strange = placement(await filled(db, {BOWL: 1}))
    await db.write(orders.place, replace(strange, details=replace(DETAILS, email=email)))
    await there.step()
    assert postbox.recipients == [arrives]


async def test_a_letter_to_nobody_is_dropped(db: Database, postbox: Postbox) -> None:
    there = office(db, postbox)
    await db.write(outbox.note, LetterDue("password", CustomerId("NOBODY")), AT)
    await there.step()
    assert (postbox.taken, await there.troubles(), await db.read(mailbox.next_try)) == ([], [], None)


async def test_hundreds_of_mails_go_out_once_each(db: Database, postbox: Postbox) -> None:
    there = office(db, postbox)
    numbers = [await placed(db, {BOWL: 1}) for _ in range(7)]
    for number in numbers:
        await paid(db, number)
    await there.step()
    found = sorted(str(mail["Message-ID"]) for mail in postbox.taken)
    assert found == sorted(f"<{number}-{word}@shop.example>" for number in numbers for word in ("placed", "paid"))


async def test_mails_that_were_sent_long_ago_are_forgotten(db: Database, postbox: Postbox) -> None:
    there = office(db, postbox)
    await placed(db, {BOWL: 1})
    await there.step()
    assert await db.write(mailbox.forget, AT + mailbox.KEPT_FOR) == 0
    assert await db.write(mailbox.forget, AT + mailbox.KEPT_FOR + timedelta(seconds=1)) == 1


def certificate() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server at 127.0.0.1, and for a client that trusts it alone."""
    authority = trustme.CA()
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(serves)
    trusts = ssl.create_default_context()
    authority.configure_trust(trusts)
    return serves, trusts


async def test_away_from_this_machine_it_speaks_tls_and_logs_in(db: Database) -> None:
    serves, trusts = certificate()
    async with serving(Postbox(), tls=serves) as postbox:
        there = Office(db, MailServer("127.0.0.1", postbox.port, "shop", "p@ss word"), trusts)
        await placed(db, {BOWL: 1})
        await there.step()
        assert (len(postbox.taken), postbox.logins) == (1, ["shop"])


async def test_who_can_not_log_in_loses_no_mail(db: Database) -> None:
    serves, trusts = certificate()
    async with serving(Postbox(), tls=serves) as postbox:
        there = Office(db, MailServer("127.0.0.1", postbox.port, "shop", "wrong"), trusts)
        await placed(db, {BOWL: 1})
        await there.step()
        [trouble] = await there.troubles()
        assert trouble.fault.startswith("535")
        assert trouble.try_at is not None


async def test_a_server_whose_certificate_nobody_signed_gets_no_password(db: Database) -> None:
    serves, _ = certificate()
    async with serving(Postbox(), tls=serves) as postbox:
        there = Office(db, MailServer("127.0.0.1", postbox.port, "shop", "p@ss word"))
        await placed(db, {BOWL: 1})
        await there.step()
        assert (postbox.taken, postbox.logins) == ([], [])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://shop:p%40ss@mail.example", MailServer("mail.example", 587, "shop", "p@ss")),
        ("smtps://mail.example", MailServer("mail.example", 465, tls=True, start_tls=False)),
        ("smtp://localhost:25", MailServer("localhost", 25, start_tls=False)),
    ],
)
def test_a_mail_server_is_named_by_a_url(url: str, expected: MailServer) -> None:
    assert mail_server(url) == expected


@pytest.mark.parametrize("url", ["mail.example:587", "http://mail.example", "smtp://", "smtp://mail.example:99999"])
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(settings.SettingsError, match="smtp: give smtp://"):
        settings.read({}, {"SHOPWIRE_SMTP": url})


def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, *words: str) -> int:
    monkeypatch.setenv("SHOPWIRE_SMTP", url)
    return main(["mail", "--data", str(tmp_path / "data"), *words])


def test_the_command_says_that_nothing_listens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, tmp_path, "smtp://127.0.0.1:1", "try", "noor@example.com") == 1
    assert "can't be reached" in capsys.readouterr().out
    assert command(monkeypatch, tmp_path, "smtp://127.0.0.1:1", "list") == 0
    assert "Every mail has gone" in capsys.readouterr().out
    assert command(monkeypatch, tmp_path, "", "try", "noor@example.com") == 1
    assert "there is no mail server" in capsys.readouterr().err
    assert command(monkeypatch, tmp_path, "smtp://127.0.0.1:1", "try", "noor") == 1
    assert "to:" in capsys.readouterr().err


async def test_a_shop_that_was_started_with_a_mail_server_sends_what_happens_in_it(tmp_path: Path) -> None:
    async with (
        serving(Postbox()) as postbox,
        open_house(tmp_path, smtp=f"smtp://127.0.0.1:{postbox.port}") as house,
        house.client() as session,
    ):
        shopper = Shopper(session)
        number = await shopper.order_placed(await shopper.variant())
        await until(lambda: bool(postbox.taken))
        assert f"{number}-placed" in postbox.taken[0]["Message-ID"]
        assert not (house.data / "mail").exists()
