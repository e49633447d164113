"""Bring the database to the newest schema, making it if it isn't there."""

import argparse
import asyncio

from server import settings
from storage.migrate import migrate


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what every command takes."""


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    asyncio.run(migrate(found.where, found.currency))
    print("The database has the newest schema.")
    return 0
