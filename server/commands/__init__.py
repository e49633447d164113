"""The command line: one module for each verb, and `serve` when none is named."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from server.commands import bank, doctor, migrate, seed, serve, user
from server.settings import SettingsError
from shop.errors import ShopError

VERBS = {"serve": serve, "migrate": migrate, "seed": seed, "user": user, "bank": bank, "doctor": doctor}


def main(arguments: Sequence[str]) -> int:
    """Runs one command; answers the process's exit status: 0 done, 1 refused or found something, 2 bad usage."""
    given = list(arguments)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given.insert(0, "serve")
    options = _parser().parse_args(given)
    try:
        return int(options.run(options))
    except (SettingsError, ShopError, OSError) as refusal:
        print(f"run.py: {refusal}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description="Shopwire: a storefront whose pages are live.")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in VERBS.items():
        summary = (module.__doc__ or "").strip().splitlines()[0]
        verb = verbs.add_parser(name, help=summary, description=summary)
        verb.add_argument("--data", type=Path, help="the folder of the shop's data (default: ./data)")
        verb.add_argument("--database", help="a postgresql:// URL instead of SQLite in the data folder")
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser
