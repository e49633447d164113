"""One serving process a database file: a second one is refused at the door, instead of starving the first."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.settings import SettingsError


@contextmanager
def only_server(database: Path) -> Iterator[None]:
    """Holds the file's lock while the block runs; raises SettingsError when another server holds it."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise SettingsError(
                f"{database} is being served already. Stop that server first, or give another --data folder."
            ) from taken
        yield
