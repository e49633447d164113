"""A call of a verb on its way through a transaction: alone or in a batch, under a savepoint, with its events kept."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from shop.errors import ShopError
from shop.events import Recorded
from storage import driver

C = TypeVar("C")
R = TypeVar("R")

_RECORDED = "shopwire.recorded"


class Batched(Generic[C, R]):
    """A verb that takes all its waiting commands at once and answers one result, or refusal, for each, in order."""

    def __init__(self, verb: Callable[[Connection, Sequence[C]], Sequence[R | ShopError]]) -> None:
        self.verb = verb
        self.__name__ = verb.__name__
        self.__doc__ = verb.__doc__

    def __call__(self, tx: Connection, commands: Sequence[C]) -> Sequence[R | ShopError]:
        return self.verb(tx, commands)


class Call:
    """One waiting call: the verb, its arguments, the future of its caller, and in the end its result or error."""

    __slots__ = ("args", "error", "future", "result", "verb")

    def __init__(self, verb: Callable[..., Any], args: tuple[Any, ...], future: asyncio.Future[Any]) -> None:
        self.verb = verb
        self.args = args
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Hands the outcome to the caller, on the loop; one who has left gets nothing, and nothing is undone."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _BatchFailed(Exception):
    """A batch raised. Which of its commands did it shows when each runs alone."""


class TransactionLost(Exception):
    """The engine gave up the whole transaction (disk full, I/O error), so no call of it happened."""


def keep(tx: Connection, recorded: Sequence[Recorded]) -> None:
    """Keeps events of the open transaction, to be announced once it has committed."""
    tx.info.setdefault(_RECORDED, []).extend(recorded)


def begin(tx: Connection) -> list[Recorded]:
    """Starts keeping the events of a new transaction; answers the list that they will be in."""
    recorded: list[Recorded] = []
    tx.info[_RECORDED] = recorded
    return recorded


def kept(tx: Connection) -> list[Recorded]:
    """The events of the open transaction so far, in the order of their positions."""
    found: list[Recorded] = tx.info.get(_RECORDED, [])
    return found


def carry_out(tx: Connection, calls: Sequence[Call]) -> None:
    """Carries out the calls in one open transaction, each with its outcome: one that fails undoes only itself.

    A batch answers its refusals and hardly ever raises, so it has no savepoint: when it does raise, all that the calls have
    done is rolled back and begun again with savepoints. Of each page that is changed under one, SQLite keeps a copy, and when
    they are many, in a file; PostgreSQL counts what is written under one to a transaction of its own.
    """
    groups = _groups(calls)
    recorded = kept(tx)
    before = len(recorded)
    try:
        _go_through(tx, groups, _at_once)
    except _BatchFailed:
        del recorded[before:]
        driver.start_over(tx)
        for call in calls:
            call.result = call.error = None
        _go_through(tx, groups, _at_once_or_each)


def _go_through(
    tx: Connection, groups: Sequence[Sequence[Call]], carry_out_batch: Callable[[Connection, Sequence[Call]], None]
) -> None:
    for group in groups:
        if isinstance(group[0].verb, Batched):
            carry_out_batch(tx, group)
        else:
            _alone(tx, group[0])


def _groups(calls: Sequence[Call]) -> list[list[Call]]:
    """The calls of each batched verb together, where the first of them stood; every other call by itself."""
    groups: list[list[Call]] = []
    batches: dict[int, list[Call]] = {}
    for call in calls:
        batch = batches.get(id(call.verb)) if isinstance(call.verb, Batched) else None
        if batch is not None:
            batch.append(call)
            continue
        groups.append([call])
        if isinstance(call.verb, Batched):
            batches[id(call.verb)] = groups[-1]
    return groups


def _at_once(tx: Connection, group: Sequence[Call]) -> None:
    """Carries out a whole group; raises _BatchFailed, and then whatever it has written is to be undone."""
    try:
        results = group[0].verb(tx, [call.args[0] for call in group])
    except Exception as failure:
        raise _BatchFailed from failure
    for call, result in zip(group, results, strict=True):
        _note(call, result)


def _at_once_or_each(tx: Connection, group: Sequence[Call]) -> None:
    """Tries the whole group at once; when that has failed and been undone, each runs alone."""
    if len(group) > 1:
        try:
            _under_savepoint(tx, lambda: _at_once(tx, group))
        except _BatchFailed:
            pass  # whatever one poisoned command raises must not fail its neighbours
        else:
            return
    for call in group:
        _alone(tx, call)


def _alone(tx: Connection, call: Call) -> None:
    try:
        if isinstance(call.verb, Batched):
            [result] = _under_savepoint(tx, lambda: call.verb(tx, [call.args[0]]))
        else:
            result = _under_savepoint(tx, lambda: call.verb(tx, *call.args))
    except TransactionLost:
        raise
    except Exception as error:  # noqa: BLE001  the caller gets it; the transaction goes on without this call
        call.error = error
    else:
        _note(call, result)


def _note(call: Call, result: Any) -> None:
    if isinstance(result, ShopError):
        call.error = result
    else:
        call.result = result


def _under_savepoint(tx: Connection, act: Callable[[], R]) -> R:
    """Runs `act` under a savepoint, as SQL text (`begin_nested` costs five times as much)."""
    recorded = kept(tx)
    before = len(recorded)
    _savepoint(tx, "SAVEPOINT call")
    try:
        result = act()
    except BaseException:
        # Not by kept(tx): a connection that was lost has forgotten where they are.
        del recorded[before:]
        _savepoint(tx, "ROLLBACK TO SAVEPOINT call")
        _savepoint(tx, "RELEASE SAVEPOINT call")
        raise
    _savepoint(tx, "RELEASE SAVEPOINT call")
    return result


def _savepoint(tx: Connection, statement: str) -> None:
    try:
        driver.savepoint(tx, statement)
    except Exception as lost:  # whatever the driver says, a savepoint that can't be set or left ends the transaction
        raise TransactionLost from lost
