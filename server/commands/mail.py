"""Try the mail server with one mail, or list the mails that have not gone."""

import argparse
import asyncio
from datetime import UTC, datetime

from handlers.shopfront import Shopfront
from server import settings
from server.mail_servers import mail_server
from server.messages import Sender, Writer
from shop.customers import email_fault
from storage import mailbox, shopfront
from storage.database import Database, opened
from storage.migrate import migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    trying = actions.add_parser("try", help="send one mail there, and say what the mail server answers")
    trying.add_argument("to", help="an email address of yours")
    actions.add_parser("list", help="list the mails that went wrong or wait for long, and what the mail server said")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    return asyncio.run(_try(found, options.to) if options.action == "try" else _list(found))


async def _try(found: settings.Settings, to: str) -> int:
    from server.smtp import Connection, NotTaken  # noqa: PLC0415  only this action needs it

    if not found.smtp:
        raise settings.SettingsError("smtp: there is no mail server. Set SHOPWIRE_SMTP; docs/settings.md says how.")
    if fault := email_fault(to):
        raise settings.SettingsError(f"to: {fault}")
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        sender = await _sender(db, found)
        now = datetime.now(UTC)
        writer = Writer(db, lambda: sender, lambda: now)
        connection = Connection(mail_server(found.smtp))
        try:
            await connection.send(sender.address, writer.trial(to, now))
        except NotTaken as refusal:
            print(f"Not taken: {refusal}")
            return 1
        finally:
            connection.close()
    print(f"The mail server has taken a mail from {sender.address} to {to}.")
    return 0


async def _sender(db: Database, found: settings.Settings) -> Sender:
    """Who the shop writes as."""
    shop = Shopfront(public_url=found.shop_url, production=found.production, fixed=found.fixed)
    shop.take(await db.read(shopfront.read))
    return Sender(*shop.sender, shop.contact, shop.public_url, b"")


async def _list(found: settings.Settings) -> int:
    await migrate(found.where, found.currency)
    async with opened(found.where) as db:
        troubles = await db.read(mailbox.troubles, datetime.now(UTC))
    for mail in troubles:
        when = f"tried again {mail.try_at:%Y-%m-%d %H:%M} UTC" if mail.try_at else "not tried again"
        print(
            f"{mail.name}  since {mail.queued_at:%Y-%m-%d %H:%M}, {mail.tries} tries, {when}: {mail.fault or 'waits'}"
        )
    print(f"{len(troubles)} mails have not gone." if troubles else "Every mail has gone.")
    return 1 if troubles else 0
