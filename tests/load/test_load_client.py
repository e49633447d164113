"""The load-test client's own judgement: percentiles, documented answers, pushes that can be told apart, stale pages."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.client import pushes, steps
from bench.client.http import Doors
from bench.client.plan import Plan, Sale
from bench.client.pushes import STOCK_PUSH, Pushes
from bench.client.record import Record, Unexpected
from bench.client.report import report
from bench.client.samples import percentile, summary
from bench.client.socket import stale


def test_percentiles_are_of_the_nearest_rank():
    hundred = list(range(1, 101))
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7], 0.5) == percentile([7], 0.99) == percentile([7], 0.0) == 7
    assert [percentile([1, 2, 3], share) for share in (0.0, 1 / 3, 0.34, 0.99)] == [1, 1, 2, 3]
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_summary_is_in_milliseconds_and_none_of_nothing():
    found = summary([0.003, 0.001, 0.002])
    assert found is not None
    assert (found.count, found.p50, found.p99, found.longest) == (3, 2.0, 3.0, 3.0)
    assert summary([]) is None


async def test_only_documented_answers_pass():
    async def answer(request: web.Request) -> web.Response:
        status, code = int(request.query["status"]), request.query.get("code")
        if code is None:
            return web.Response(status=status)
        return web.json_response({"code": code}, status=status, content_type="application/problem+json")

    app = web.Application()
    app.add_routes([web.get("/", answer)])
    record = Record()
    async with TestServer(app) as server, aiohttp.TCPConnector() as connector:
        doors = Doors(f"http://127.0.0.1:{server.port}", "", record, connector)
        assert (await doors.shop(steps.CHECKOUT, "GET", "/?status=409&code=sold_out")).outcome == "409 sold_out"
        for wrong in (
            "status=500",
            "status=409",
            "status=409&code=empty_cart",
            "status=200",
            "status=404&code=not_found",
        ):
            with pytest.raises(Unexpected, match="not documented"):
                await doors.shop(steps.CHECKOUT, "GET", f"/?{wrong}")
        await doors.close()
    assert record.answers["checkout"].total() == 6
    assert len(record.waits["checkout"]) == 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of the pushes: its last entry is the time."""
    times = [10.0]
    monkeypatch.setattr(pushes, "now", lambda: times[-1])
    return times


def test_a_push_is_timed_from_the_request_that_changed_the_stock(clock: list[float]):
    record = Record()
    watching = Pushes(record)
    watching.begin("mug")
    watching.heard("stock/mug", 11.0)
    watching.answered("mug")
    watching.heard("stock/mug", 12.5)
    watching.heard("stock/pot", 12.0)
    watching.heard("me/cart", 12.0)
    watching.end("mug")
    assert record.waits[STOCK_PUSH] == [1.0, 2.5]


def test_a_push_that_may_be_of_another_change_does_not_count(clock: list[float]):
    record = Record()
    watching = Pushes(record)
    watching.begin("mug")
    watching.begin("mug")
    watching.answered("mug")
    watching.heard("stock/mug", 11.0)
    watching.end("mug")
    watching.end("mug")
    watching.begin("mug")
    watching.heard("stock/mug", 12.0)
    watching.answered("mug")
    watching.end("mug")
    assert record.waits[STOCK_PUSH] == []
    clock.append(20.0)
    watching.begin("mug")
    watching.heard("stock/mug", 20.5)
    watching.answered("mug")
    assert record.waits[STOCK_PUSH] == [0.5]


def test_a_change_that_was_refused_pushes_nothing(clock: list[float]):
    record = Record()
    watching = Pushes(record)
    watching.begin("mug")
    watching.heard("stock/mug", 11.0)
    watching.end("mug")
    assert record.waits[STOCK_PUSH] == []


def test_a_page_is_stale_when_its_value_differs_or_its_version_is_from_the_future():
    fresh = {"stock/a": (5, {"left": 1}), "stock/b": (9, {"plenty": True})}
    assert stale({"stock/a": (5, {"left": 1}), "stock/b": (7, {"plenty": True})}, fresh) == []
    assert len(stale({"stock/a": (4, {"left": 2})}, fresh)) == 1
    assert len(stale({"stock/a": (6, {"left": 1})}, fresh)) == 1
    assert len(stale({"stock/c": (1, {"left": 1})}, fresh)) == 1


@pytest.mark.parametrize(("sold", "clean"), [(2, True), (3, False), (1, False)])
def test_a_flash_sale_is_clean_only_when_just_the_units_were_sold(sold: int, clean: bool):
    plan = Plan(url="", bank_url="", shoppers=3, seconds=1, sale=Sale("mug", "mug", 2))
    record = Record()
    record.ordered = [str(number) for number in range(sold)]
    assert report(plan, record, [], [], []).ok is clean


def test_each_kind_of_finding_makes_a_run_unclean():
    plan = Plan(url="", bank_url="", shoppers=3, seconds=1)
    assert report(plan, Record(), [], None, []).ok
    assert not report(plan, Record(), ["stock/a: …"], [], []).ok
    assert not report(plan, Record(), [], ["oversold …"], []).ok
    faulty = Record()
    faulty.fault("page: 500, which is not documented for it")
    assert not report(plan, faulty, [], [], []).ok
