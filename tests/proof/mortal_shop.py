"""`serve` with a bug or a death planted in it, started as a program by the proofs: the first argument says which.

"hasty" answers its first placed order before the commit and dies in it; "honest" commits and dies before it answers; "early"
answers every placed order before its commit, and lives until somebody kills it.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence

from server.commands import main
from shop.events import Recorded
from storage import database, orders, sqlite
from storage.calls import Call, begin, carry_out, kept

ANSWER_SECONDS = 2.0
"""How long the hasty one leaves its answer to reach the shopper before it dies."""

EARLY_SECONDS = 0.02
"""How long the early one's answers are under way before it commits."""


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


class Early(sqlite.Sqlite):
    """Answers before it commits, which nobody notices until a crash comes between: for proofs that must notice."""

    def _commit(self, calls: Sequence[Call]) -> Sequence[Recorded]:
        if not _places(calls):
            return super()._commit(calls)
        assert self._loop is not None
        with self._writing.connect() as tx:
            begin(tx)
            with tx.begin():
                carry_out(tx, calls)
                for call in calls:
                    self._loop.call_soon_threadsafe(call.settle)
                time.sleep(EARLY_SECONDS)
            return kept(tx)


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
    vars(database)["Sqlite"] = {"hasty": Hasty, "honest": Honest, "early": Early}[sys.argv[1]]
    sys.exit(main(["serve", *sys.argv[2:]]))
