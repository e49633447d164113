"""Statements on both engines: the driver's way answers what Core would, and what it can't do goes through Core."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import BindParameter, Connection, bindparam, delete, exc, func, insert, or_, select, tuple_, update

from storage import driver, orders
from storage.database import Database
from storage.statements import many, one, overlapping, rows, run, scalar
from storage.tables import Cart, Command

AT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)

ALL = select(Cart.id, Cart.version, Cart.changed_at).order_by(Cart.id)
SOME = ALL.where(Cart.id.in_(bindparam("ids", expanding=True)))
VERSION = select(Cart.version).where(Cart.id == bindparam("which"))
ADD = insert(Cart)
SET = update(Cart).where(Cart.id == bindparam("which")).values(version=bindparam("to"), changed_at=bindparam("at"))
DROP = delete(Cart).where(Cart.id == bindparam("which"))


def three(tx: Connection) -> None:
    many(tx, ADD, [{"id": name, "version": place, "changed_at": AT} for place, name in enumerate("abc")])


def plain(found: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in found]


async def test_rows_have_names_and_times_are_times(either: Database) -> None:
    await either.write(three)
    found = await either.read(lambda tx: rows(tx, ALL))
    assert [(row.id, row.version, row.changed_at) for row in found] == [("a", 0, AT), ("b", 1, AT), ("c", 2, AT)]
    assert await either.read(lambda tx: scalar(tx, select(func.count()).select_from(Cart))) == 3


@pytest.mark.parametrize("ids", [[], ["b"], ["a", "b"], ["c", "b", "a"], ["a", "nobody"], ["a"] * 9_000])
async def test_lists_of_any_length(either: Database, ids: list[str]) -> None:
    await either.write(three)
    found = await either.read(lambda tx: [row.id for row in rows(tx, SOME, ids=ids)])
    assert found == sorted({*ids} & {*"abc"})


async def test_lists_of_pairs(either: Database) -> None:
    kept = {"fingerprint": "f", "answer": b"\x00\xff", "at": AT}
    asked = select(Command.key, Command.answer).where(
        tuple_(Command.scope, Command.key).in_(bindparam("ids", expanding=True))
    )
    await either.write(lambda tx: many(tx, insert(Command), [{"scope": "s", "key": key} | kept for key in "xyz"]))
    found = await either.read(lambda tx: plain(rows(tx, asked, ids=[("s", "x"), ("s", "z"), ("t", "y")])))
    assert sorted(found) == [("x", b"\x00\xff"), ("z", b"\x00\xff")]


async def test_pairs_are_looked_for_in_their_index(on_sqlite: Database) -> None:
    asked = select(Command.answer).where(tuple_(Command.scope, Command.key).in_(bindparam("ids", expanding=True)))

    def plan(tx: Connection) -> str:
        ready = driver.prepared(tx, asked)
        assert ready is not None
        text, parameters = ready.ready({"ids": [("s", "x"), ("s", "y"), ("t", "z")]}) or ("", [])
        return str(tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(parameters)).all())

    found = await on_sqlite.read(plan)
    assert "SEARCH commands USING INDEX sqlite_autoindex_commands_1 (scope=? AND key=?)" in found
    assert "SCAN commands" not in found


async def test_lists_of_more_than_one_kind(either: Database) -> None:
    two = ALL.where(
        Cart.id.in_(bindparam("ids", expanding=True)),
        Cart.version.in_(bindparam("versions", expanding=True)),
        Cart.changed_at == bindparam("at"),
    )
    await either.write(three)
    found = await either.read(lambda tx: plain(rows(tx, two, at=AT, ids=["a", "b", "c"], versions=[1, 2, 9])))
    assert found == [("b", 1, AT), ("c", 2, AT)]
    others = ALL.where(Cart.id.not_in(bindparam("ids", expanding=True)))
    assert await either.read(lambda tx: [row.id for row in rows(tx, others, ids=["a", "c"])]) == ["b"]
    some = delete(Cart).where(Cart.id.in_(bindparam("ids", expanding=True)))
    assert await either.write(lambda tx: run(tx, some, ids=["a", "b", "nobody"])) == 2


async def test_one_list_in_two_places(either: Database) -> None:
    ids: BindParameter[str] = bindparam("ids", expanding=True)
    either_one = or_(Cart.id.in_(ids), Cart.id.in_(ids) & (Cart.version > bindparam("above")))
    twice = ALL.where(either_one, Cart.version < bindparam("below"), Cart.changed_at == bindparam("at"))
    await either.write(three)
    assert await either.read(
        lambda tx: [row.id for row in rows(tx, twice, ids=["a", "c"], above=0, below=2, at=AT)]
    ) == ["a"]


async def test_what_is_longer_than_its_column_is_not_found_by_its_beginning(either: Database) -> None:
    name = "ABCDEFGHJKMNPQRS"
    await either.write(lambda tx: many(tx, ADD, [{"id": name, "version": 0, "changed_at": AT}]))
    assert await either.read(lambda tx: rows(tx, SOME, ids=[f"{name}T"])) in ([], ())
    assert await either.read(lambda tx: [row.id for row in rows(tx, SOME, ids=[name])]) == [name]


async def test_placing_looks_at_no_orders_but_its_carts_own(on_sqlite: Database) -> None:
    def plan(tx: Connection) -> str:
        ready = driver.prepared(tx, orders._UNPAID)
        assert ready is not None
        text, parameters = ready.ready({"carts": ["A", "B", "C"]}) or ("", [])
        return str(tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(parameters)).all())

    assert "SEARCH orders USING INDEX ix_orders_cart_id (cart_id=?)" in await on_sqlite.read(plan)


async def test_many_rows_change_and_go(either: Database) -> None:
    later = AT.replace(year=2027)
    await either.write(three)
    await either.write(lambda tx: many(tx, SET, [{"which": name, "to": 7, "at": later} for name in "ac"]))
    await either.write(lambda tx: many(tx, DROP, [{"which": "b"}, {"which": "nobody"}]))
    assert plain(await either.read(lambda tx: rows(tx, ALL))) == [("a", 7, later), ("c", 7, later)]


async def test_one_row_or_none_and_how_many_were_met(either: Database) -> None:
    await either.write(three)
    assert await either.write(lambda tx: run(tx, SET, which="a", to=5, at=AT)) == 1
    assert await either.write(lambda tx: run(tx, SET, which="nobody", to=5, at=AT)) == 0
    assert await either.read(lambda tx: one(tx, SOME, ids=["nobody"])) is None
    assert await either.read(lambda tx: scalar(tx, VERSION, which="a")) == 5
    with pytest.raises(ValueError, match="too many"):
        await either.read(lambda tx: one(tx, ALL))


async def test_a_broken_rule_is_the_error_that_core_raises(either: Database) -> None:
    await either.write(three)
    with pytest.raises(exc.IntegrityError):
        await either.write(lambda tx: run(tx, ADD, id="a", version=0, changed_at=AT))
    assert await either.read(lambda tx: len(rows(tx, ALL))) == 3


def hundred(kept: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"scope": "s", "key": f"k{n:03}"} | kept for n in range(100)]


async def test_a_hundred_rows_are_written_as_they_are(either: Database) -> None:
    odd = {"fingerprint": "tab\t, line\n, \\N and ß", "answer": b"\x00\t\n\\N\xff", "at": AT}
    asked = select(Command.key, Command.fingerprint, Command.answer, Command.at).order_by(Command.key)
    await either.write(lambda tx: many(tx, insert(Command), hundred(odd)))
    expected = [(row["key"], odd["fingerprint"], odd["answer"], AT) for row in hundred(odd)]
    assert plain(await either.read(lambda tx: rows(tx, asked))) == expected


async def test_a_broken_rule_among_a_hundred_rows_writes_none_and_the_connection_goes_on(either: Database) -> None:
    kept = {"fingerprint": "f", "answer": b"", "at": AT}
    missing = kept | {"answer": None}

    def twice(tx: Connection) -> None:
        many(tx, insert(Command), hundred(kept))
        many(tx, insert(Command), [*hundred(kept)[:50], {"scope": "s", "key": "new"} | kept])

    def without(tx: Connection) -> None:
        many(tx, insert(Command), [*hundred(kept), {"scope": "s", "key": "new"} | missing])

    for broken in (twice, without):
        with pytest.raises(exc.IntegrityError):
            await either.write(broken)
    assert await either.read(lambda tx: scalar(tx, select(func.count()).select_from(Command))) == 0
    await either.write(lambda tx: many(tx, insert(Command), hundred(kept)))
    assert await either.read(lambda tx: scalar(tx, select(func.count()).select_from(Command))) == 100


async def test_what_no_column_can_hold_fails_its_own_call_only(either: Database) -> None:
    kept = {"fingerprint": "f", "answer": b"", "at": AT}
    with pytest.raises(exc.StatementError):
        await either.write(lambda tx: many(tx, insert(Command), [*hundred(kept), {"scope": "s", "key": []} | kept]))
    await either.write(lambda tx: many(tx, insert(Command), hundred(kept)))
    assert await either.read(lambda tx: scalar(tx, select(func.count()).select_from(Command))) == 100


KEPT = {"fingerprint": "f", "answer": b"", "at": AT}
COUNTED = select(func.count()).select_from(Command)
FORGET = delete(Command).where(Command.scope == bindparam("of"))


async def test_what_comes_next_finds_what_was_sent_before_it(either: Database) -> None:
    def act(tx: Connection) -> list[int]:
        found = []
        with overlapping(tx):
            many(tx, insert(Command), hundred(KEPT))
            found.append(scalar(tx, COUNTED))
            many(tx, insert(Command), [row | {"scope": "t"} for row in hundred(KEPT)])
            found.append(tx.execute(COUNTED).scalar_one())  # through Core
            many(tx, insert(Command), [row | {"scope": "u"} for row in hundred(KEPT)])
            found.append(run(tx, FORGET, of="u"))
            many(tx, insert(Command), [row | {"scope": "v"} for row in hundred(KEPT)])
        return [*found, scalar(tx, COUNTED)]

    assert await either.write(act) == [100, 200, 100, 300]
    assert await either.read(lambda tx: scalar(tx, COUNTED)) == 300


@pytest.mark.parametrize("after", ["nothing", "a statement", "one through Core", "a bug"])
async def test_what_was_sent_and_fails_is_raised_before_the_block_ends(either: Database, after: str) -> None:
    seen: list[str] = []

    def act(tx: Connection) -> None:
        with overlapping(tx):
            many(tx, insert(Command), hundred(KEPT))
            many(tx, insert(Command), hundred(KEPT))  # the same once more
            if after == "a statement":
                many(tx, insert(Command), [row | {"scope": "t"} for row in hundred(KEPT)])
            elif after == "one through Core":
                tx.execute(COUNTED)
            elif after == "a bug":
                raise ZeroDivisionError
        seen.append("went on")

    with pytest.raises(exc.IntegrityError):
        await either.write(act)
    assert not seen
    assert await either.read(lambda tx: scalar(tx, COUNTED)) == 0
    await either.write(lambda tx: many(tx, insert(Command), hundred(KEPT)))
    assert await either.read(lambda tx: scalar(tx, COUNTED)) == 100


async def test_a_bug_while_an_answer_is_due_is_the_callers_and_undoes_what_was_sent(either: Database) -> None:
    def act(tx: Connection) -> None:
        with overlapping(tx):
            many(tx, insert(Command), hundred(KEPT))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await either.write(act)
    assert await either.read(lambda tx: scalar(tx, COUNTED)) == 0


@pytest.mark.postgresql
async def test_who_is_given_up_while_an_answer_is_due_leaves_nothing_behind(on_postgresql: Database) -> None:
    """As when the server hangs: the transaction is cancelled in the middle of a block, and its connection is used again."""

    def act(tx: Connection) -> None:
        with overlapping(tx):
            many(tx, insert(Command), hundred(KEPT))
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await on_postgresql.read(act)
    assert await on_postgresql.read(lambda tx: scalar(tx, COUNTED)) == 0
    await on_postgresql.write(lambda tx: many(tx, insert(Command), hundred(KEPT)))
    assert await on_postgresql.read(lambda tx: scalar(tx, COUNTED)) == 100


@pytest.mark.postgresql
async def test_foreign_keys_are_looked_up_by_their_index_in_small_tables_too(on_postgresql: Database) -> None:
    """By the server's own settings it would read the whole table for each row that is inserted."""

    def fill(tx: Connection) -> None:
        many(tx, ADD, [{"id": f"cart {n}", "version": 0, "changed_at": AT} for n in range(300)])

    def plan(tx: Connection) -> str:
        tx.exec_driver_sql("ANALYZE carts")
        found = tx.exec_driver_sql("EXPLAIN SELECT 1 FROM ONLY carts WHERE id = 'cart 7' FOR KEY SHARE")
        return "; ".join(found.scalars())

    await on_postgresql.write(fill)
    assert "Index Scan using pk_carts" in await on_postgresql.write(plan)
