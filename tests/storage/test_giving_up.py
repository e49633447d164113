"""Whoever gives up in the middle of a question or of a commit leaves nothing behind for the next one on that connection."""

import asyncio

import pytest
from sqlalchemy import Connection, func, select, text

from shop.checkout import Placed
from shop.errors import Unavailable
from shop.events import DayBegan
from storage import orders, outbox, pulse
from storage.arrays import MANY
from storage.database import Database
from storage.statements import scalar
from tests.house import until
from tests.storage.books import AT, BOWL, filled, findings, level, placement

STEPS = 60
"""Of the event loop: more than a short question takes before its answer is there."""


def note(tx: Connection, word: str) -> None:
    outbox.note(tx, DayBegan(word), AT)


async def test_a_reader_who_gives_up_at_any_moment_leaves_no_old_view_to_the_next(db: Database):
    gave_up = 0
    for steps in range(STEPS):
        reading = asyncio.ensure_future(db.read(outbox.after, 0, 10_000))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        gave_up += (await asyncio.gather(reading, return_exceptions=True))[0].__class__ is asyncio.CancelledError
        await db.write(note, f"w{steps}")
        newest = (await db.read(outbox.after, 0, 10_000))[-1].event
        assert newest == DayBegan(f"w{steps}"), f"given up after {steps} steps"
    assert gave_up > 0


@pytest.mark.postgresql
async def test_orders_that_were_given_up_in_the_middle_are_placed_afterwards(
    on_postgresql: Database, monkeypatch: pytest.MonkeyPatch
):
    def stand_in_the_way(tx: Connection) -> None:
        tx.execute(text("LOCK TABLE order_lines IN ACCESS EXCLUSIVE MODE"))
        asyncio.get_running_loop().call_soon(locked.set)
        scalar(tx, select(func.pg_sleep(60)))

    locked = asyncio.Event()
    carts = [await filled(on_postgresql, {BOWL: 1}) for _ in range(MANY)]
    first = asyncio.ensure_future(on_postgresql.write(stand_in_the_way))
    await locked.wait()
    monkeypatch.setattr(pulse, "LATE_SECONDS", 0.2)
    monkeypatch.setattr(pulse, "ANSWER_SECONDS", 0.0)  # as if the server said nothing
    buying = asyncio.gather(
        *(on_postgresql.write(orders.place, placement(cart, key=cart)) for cart in carts), return_exceptions=True
    )
    assert {type(answer) for answer in await buying} == {Unavailable}
    with pytest.raises(Unavailable):
        await first
    monkeypatch.setattr(pulse, "ANSWER_SECONDS", 5.0)

    async def answers() -> bool:
        try:
            await on_postgresql.write(note, "after")
        except Unavailable:
            return False
        return True

    await until(answers)
    placed = await asyncio.gather(*(on_postgresql.write(orders.place, placement(cart, key=cart)) for cart in carts))
    assert {type(answer) for answer in placed} == {Placed}
    assert await level(on_postgresql, BOWL) == (50, len(carts))
    assert await findings(on_postgresql) == []
