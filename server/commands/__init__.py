"""The command line: one module for each verb, imported only when it is called, and `serve` when none is named."""

import argparse
import gc
import importlib
import keyword
import sys
from collections.abc import Sequence
from pathlib import Path

from server.settings import SettingsError
from shop.errors import ShopError

VERBS = {
    "serve": "Open the shop (the default).",
    "migrate": "Bring the database to the newest schema, making it if it isn't there.",
    "seed": "Fill an empty shop with the sample catalogue.",
    "import": "Take a merchant's products over: Shopify's CSV, WooCommerce's CSV, or JSON.",
    "export": "Write all products as a Shopify CSV.",
    "user": "Add a person, give them a new password, or list the staff.",
    "bank": "Run the sandbox bank alone, for a shop that was started with --no-bank.",
    "mail": "Try the mail server, or list the mails that have not gone.",
    "load": "Send a crowd of shoppers through a shop, measure it, and have the judge read its books.",
    "backup": "Copy the books into a folder, while the shop is open, and check the copy.",
    "restore": "Put a backup in place of the books, with the shop closed.",
    "move": "Take the books of a shop on SQLite into a new PostgreSQL database, with the shop closed.",
    "doctor": "Check the books: stock, ledger, orders and payments, against the bank's own where it answers.",
}

STOPPED = 130
"""What shells make of Ctrl-C: 128 and the number of SIGINT."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command; answers the process's exit status: 0 done, 1 refused or found something, 2 bad usage, 130 stopped."""
    given = list(arguments)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given.insert(0, "serve")
    options = _parser(given[0]).parse_args(given)
    try:
        return int(options.run(options))
    except (SettingsError, ShopError, OSError) as refusal:
        print(f"run.py: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("run.py: stopped. What was done stays done; running it again does the rest.", file=sys.stderr)
        return STOPPED


def _parser(chosen: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description="Shopwire: a storefront whose pages are live.")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, summary in VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary)
        verb.add_argument("--data", type=Path, help="the folder of the shop's data (default: ./data)")
        verb.add_argument("--database", help="a postgresql:// URL instead of SQLite in the data folder")
        if name == chosen:
            # Modules are no garbage, and looking for some among them takes a tenth of the time that they take to load.
            gc.disable()
            module = importlib.import_module(f"server.commands.{_module(name)}")
            gc.enable()
            module.add_arguments(verb)
            verb.set_defaults(run=module.run)
    return parser


def _module(verb: str) -> str:
    """The name of the verb's module: a word of Python's own, such as import, can't be one."""
    return f"{verb}_" if keyword.iskeyword(verb) else verb
