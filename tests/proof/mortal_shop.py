"""`serve`, but it kills itself at its first placed order: before the commit, having answered already, or right after it.

Started as a program by test_crash.py, with "hasty" or "honest" as its first argument and those of `serve` behind it.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence

from server.commands import main
from shop.events import Recorded
from storage import database, orders, sqlite
from storage.calls import Call, begin, carry_out

ANSWER_SECONDS = 2.0
"""How long the hasty one leaves its answer to reach the shopper before it dies."""


class Hasty(sqlite.Sqlite):
    """Answers before the commit: the bug that the proof must be able to see."""

    def _commit(self, calls: Sequence[Call]) -> Sequence[Recorded]:
        if not _places(calls):
            return super()._commit(calls)
        assert self._loop is not None
        with self._writing.connect() as tx:
            begin(tx)
            with tx.begin():
                carry_out(tx, calls)
                self._loop.call_soon_threadsafe(self._settled, calls, ())
                time.sleep(ANSWER_SECONDS)
                _die()
        return ()


class Honest(sqlite.Sqlite):
    """Commits, and dies before anybody is answered."""

    def _commit(self, calls: Sequence[Call]) -> Sequence[Recorded]:
        recorded = super()._commit(calls)
        if _places(calls):
            _die()
        return recorded


def _places(calls: Sequence[Call]) -> bool:
    return any(call.verb is orders.place for call in calls)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    vars(database)["Sqlite"] = {"hasty": Hasty, "honest": Honest}[sys.argv[1]]
    sys.exit(main(["serve", *sys.argv[2:]]))
