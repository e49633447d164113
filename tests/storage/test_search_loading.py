"""The replica while it loads: it says so, waits for nothing, and begins anew when the books failed it."""

import gc
from typing import Any

import pytest

from shop.catalogue import Order
from shop.errors import Unavailable
from shop.facets import EVERYTHING
from storage.database import Database
from storage.search import Replica, replica
from storage.search.index import Index


async def test_while_it_loads_nothing_is_suggested_and_searching_says_when_to_come_back(db: Database) -> None:
    loading = Replica()
    assert not loading.loaded
    assert b'"products":[]' in loading.suggest("mug")
    assert loading.listed("table", EVERYTHING, Order.POPULAR).total == 0
    assert not loading.knows("category", "table")
    with pytest.raises(Unavailable) as refusal:
        loading.results("mug")
    assert refusal.value.retry_seconds
    await loading.load(db)
    assert loading.results("mug").total == 1
    loading.close()


async def test_loading_that_failed_half_way_is_begun_anew(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    read, asked = db.read, 0

    async def failing(fn: Any, *args: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 4:
            raise Unavailable("The books are closed.")
        return await read(fn, *args)

    monkeypatch.setattr(db, "read", failing)
    loading = Replica()
    db.listen(loading.hear)
    with pytest.raises(Unavailable):
        await loading.load(db)
    await loading.load(db)
    assert loading.results("").total == 3
    loading.close()


async def test_python_looks_for_cycles_as_before_once_it_is_loaded_or_has_failed(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, meanwhile = gc.get_threshold(), []
    finish = Index.finish

    def finished(index: Index) -> None:
        meanwhile.append(gc.get_threshold())
        finish(index)
        if len(meanwhile) == 1:
            raise Unavailable("The books are closed.")

    monkeypatch.setattr(Index, "finish", finished)
    loading = Replica()
    with pytest.raises(Unavailable):
        await loading.load(db)
    assert gc.get_threshold() == before
    await loading.load(db)
    assert gc.get_threshold() == before
    assert meanwhile == [replica.SELDOM] * 2
    loading.close()
