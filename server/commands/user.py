"""Add a person, give them a new password, or list the staff."""

import argparse
import asyncio
from datetime import UTC, datetime

from server import people, settings
from shop.customers import Role
from storage import customers
from storage.database import opened
from storage.migrate import migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    adding = actions.add_parser("add", help="add a person; prints their one-time password")
    adding.add_argument("email")
    adding.add_argument("--name", default="")
    adding.add_argument("--staff", action="store_true", help="may see and change everything on the dashboard")
    resetting = actions.add_parser("reset", help="print a new one-time password and end all sessions of that person")
    resetting.add_argument("email")
    actions.add_parser("list", help="list the staff")


def run(options: argparse.Namespace) -> int:
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    await migrate(found.where, found.currency)
    now = datetime.now(UTC)
    async with opened(found.where) as db:
        match options.action:
            case "add":
                role = Role.STAFF if options.staff else Role.CUSTOMER
                name = options.name or options.email.split("@")[0]
                print(f"{options.email}  {await people.add(db, options.email, name, role, now)}")
            case "reset":
                print(f"{options.email}  {await people.reset(db, options.email, now)}")
            case "list":
                for person in await db.read(customers.staff):
                    print(f"{person.email}  {person.name}")
    return 0
