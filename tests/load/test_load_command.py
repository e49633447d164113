"""`run.py load`, as somebody types it: a clean run says so, and whatever is wrong ends in status 1."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from live.changes import Change
from live.hub import Hub
from server.commands import main
from tests.house import House, free_port, open_house
from tests.proof.shopper import Shopper, set_stock

RUN = Path(__file__).parents[2] / "run.py"
RUN_SECONDS = 50
TOKEN = "a crowd is coming"


@dataclass
class Run:
    """What a run of the command ended with."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        return json.loads(self.out)


async def load(*arguments: str) -> Run:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHOPWIRE_")}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(RUN), "load", *arguments, stdout=pipe, stderr=pipe, env=environment
    )
    async with asyncio.timeout(RUN_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Run(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[House]:
    """A shop that welcomes crowds, with the limits and sockets by address that a shop has."""
    async with open_house(tmp_path, load_token=TOKEN, limits_factor=1.0, max_sockets_per_address=5) as house:
        yield house


def at(house: House) -> list[str]:
    return ["--json", "--url", house.url, "--bank-url", house.bank_url, "--load-token", TOKEN]


async def test_ten_shoppers_leave_a_shop_of_their_own_with_clean_books():
    ended = await load("--shoppers", "10", "--seconds", "2", "--pause", "0.1", "--json")
    assert ended.status == 0, ended
    found = ended.report
    assert (found["ok"], found["faults"], found["stale"], found["judge"], found["notes"]) == (True, {}, [], [], [])
    assert found["orders"] >= found["paid"] > 0
    assert {"page", "suggestion", "checkout", "payment push"} <= found["latency_ms"].keys()
    assert all(row["p50"] <= row["p95"] <= row["p99"] <= row["longest"] for row in found["latency_ms"].values())
    assert found["server"]["cpu_seconds"] > 0
    assert found["server"]["memory_mib"] > 0
    assert found["actions"]["visit"] >= 10


async def test_a_flash_sale_sells_each_unit_once_in_a_shop_that_was_running_already(shop: House):
    async with shop.client() as session:
        await set_stock(shop, await Shopper(session).variant(), 10)
    ended = await load(*at(shop), "--shoppers", "30", "--flash-sale", "--units", "10", "--pause", "0.1")
    assert ended.status == 0, ended
    found = ended.report
    assert found["sale"] == {"units": 10, "buyers": 30, "sold": 10, "sold_out": 20}
    assert (found["paid"], found["judge"], found["stale"], found["notes"]) == (10, [], [], [])
    assert found["server"] is None


async def test_what_the_judge_finds_is_told_and_ends_in_status_1(shop: House):
    async with shop.client() as session:
        variant = await Shopper(session).variant()
    await shop.db.write(lambda tx: tx.exec_driver_sql(f"UPDATE stock SET on_hand = 77 WHERE variant_id = '{variant}'"))
    ended = await load(*at(shop), "--shoppers", "1", "--seconds", "0.1", "--pause", "0")
    assert ended.status == 1
    assert [line.split()[0] for line in ended.report["judge"]] == ["ledger_differs"]
    assert ended.report["ok"] is False


async def test_a_page_that_is_left_with_an_old_value_is_told_and_ends_in_status_1(
    shop: House, monkeypatch: pytest.MonkeyPatch
):
    """Planted: the shop tells nobody of carts any more, so what pages show last is not what is true."""
    publish = Hub.publish

    def forgetful(hub: Hub, committed: Iterable[Change]) -> None:
        publish(hub, [change for change in committed if not getattr(change, "key", "").startswith("cart/")])

    monkeypatch.setattr(Hub, "publish", forgetful)
    ended = await load(*at(shop), "--shoppers", "4", "--seconds", "1", "--pause", "0")
    assert ended.status == 1, ended
    assert ended.report["judge"] == []
    assert ended.report["stale"]
    assert all(line.startswith("me/cart") for line in ended.report["stale"])


async def test_a_report_is_a_page_and_json_stays_one_object(tmp_path: Path):
    page = tmp_path / "report.html"
    ended = await load("--shoppers", "3", "--seconds", "1", "--pause", "0", "--json", "--report", str(page))
    assert (ended.status, ended.err) == (0, "")
    assert ended.report["run"]["shop"] == "a shop of its own, 60 products, SQLite"
    assert ended.report["bank"]["cpu_seconds"] >= 0
    assert ended.report["client"]["cpu_seconds"] > 0
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "Every page showed the truth at the end." in text


async def test_a_shop_of_its_own_may_be_large():
    ended = await load("--shoppers", "2", "--seconds", "0.5", "--pause", "0", "--products", "300", "--json")
    assert ended.status == 0, ended
    assert ended.report["answers"]["products"] == {"200": 4}


async def test_an_answer_that_is_not_documented_is_told_and_ends_in_status_1():
    async with TestServer(_wrong_shop()) as server:
        url = f"http://127.0.0.1:{server.port}"
        bank = f"http://127.0.0.1:{free_port()}"
        ended = await load(
            *("--url", url, "--bank-url", bank, "--load-token", TOKEN),
            *("--shoppers", "2", "--seconds", "0.2", "--pause", "0"),
        )
    assert ended.status == 1, ended
    assert "live handshake: 500, which is not documented here" in ended.out
    assert "Not clean." in ended.out
    assert "money was not checked" in ended.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shoppers", "0"], "shoppers"),
        (["--products", "3"], "products"),
        (["--products", "300", "--url", "http://127.0.0.1:1"], "products"),
        (["--report", "/nowhere/at/all.html"], "/nowhere/at"),
        (["--url", "http://127.0.0.1:1"], "load token"),
        (["--url", "http://127.0.0.1:1", "--load-token", TOKEN], "no answer"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    assert main(["load", *arguments]) == 1
    told = capsys.readouterr().err
    assert told.startswith("run.py: ")
    assert said in told
    assert len(told.splitlines()) == 1


async def test_opening_a_shop_imports_nothing_that_only_draws_or_watches():
    look = "import sys, server.commands.serve; sys.exit(bool({'rich', 'psutil', 'bench'} & sys.modules.keys()))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", look, cwd=RUN.parent)
    async with asyncio.timeout(RUN_SECONDS):
        assert await process.wait() == 0


def _wrong_shop() -> web.Application:
    """Something that looks like a shop until one opens a page."""

    async def products(_request: web.Request) -> web.Response:
        return web.json_response({"products": [{"slug": "mug", "name": "Mug", "category": "table"}]})

    async def books(_request: web.Request) -> web.Response:
        return web.json_response({"ledger": [], "counters": {}, "orders": [], "payments": []})

    async def broken(_request: web.Request) -> web.Response:
        return web.Response(status=500, text="oops")

    app = web.Application()
    app.add_routes([web.get("/api/v1/products", products), web.get("/load/books", books), web.get("/live", broken)])
    return app
