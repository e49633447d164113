"""PostgreSQL's own programs for dumps, called with the password in the environment, where no list of processes shows it."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from server.settings import SettingsError


def dump(url: str, to: Path, programs: Path | None) -> None:
    """Writes the whole database into a file that `load` reads; raises SettingsError with what the program said."""
    _run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={to}"], url, programs)


def load(url: str, dumped: Path, programs: Path | None) -> None:
    """Fills an empty database from a dump: all of it or, when it fails, nothing."""
    _run("pg_restore", ["--single-transaction", "--exit-on-error", "--no-owner", str(dumped)], url, programs)


def _run(program: str, arguments: Sequence[str], url: str, programs: Path | None) -> None:
    address, password = _apart(url)
    found = shutil.which(program, path=None if programs is None else str(programs))
    if found is None:
        command = " ".join([program, *arguments, f"--dbname='{address}'"])
        raise SettingsError(
            f"{program} is not here. Install PostgreSQL's client programs, name their folder by --programs, or run "
            f"where they are: {command}"
        )
    done = subprocess.run(  # noqa: S603  the program that the operator's PATH names, and no shell
        [found, *arguments, f"--dbname={address}"],
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SettingsError(f"{program}: {done.stderr.strip() or f'it ended with status {done.returncode}'}")


def _apart(url: str) -> tuple[str, str]:
    """The URL without its password, and the password."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(parts._replace(scheme="postgresql", netloc=f"{name}{at}{host}")), unquote(password)
