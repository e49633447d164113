"""The report as a page: what was found comes first, every chart has its table, and nothing is loaded or run."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page
from rich.console import Console

from bench.client import charts, record
from bench.client.course import Course, bins, course
from bench.client.moments import Self, Usage, moment
from bench.client.page import render, write
from bench.client.plan import Plan
from bench.client.record import Record
from bench.client.report import KINDS, Report, draw, live, report

PLAN = Plan(url="", bank_url="", shoppers=3, seconds=10)
VOID = {"meta", "br", "link", "path", "rect", "polyline"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The clock of the run: its last entry is the time, in seconds."""
    times = [100.0]
    with monkeypatch.context() as patch:
        patch.setattr(record, "now", lambda: times[-1])
        for module in ("moments", "report"):
            patch.setattr(f"bench.client.{module}.now", lambda: times[-1])
        yield times


@pytest.fixture
def a_run(clock: list[float]) -> tuple[Report, Course]:
    """Four seconds with one wait of each kind a second, one fault and hostile words from the server."""
    written, moments = Record(), []
    for second in range(5):
        clock.append(100.0 + second)
        moments.append(moment(written, {"shop": Usage(0.5 * second, 80 + second), "bank": Usage(0.1 * second, 40)}))
        for place, kind in enumerate(KINDS):
            written.wait(kind, 0.01 * (place + 1) * (second + 1))
        written.answer("page", "200")
        written.action("visit")
    written.ended = clock[-1]
    written.fault("page: 500, which is not documented for it: <script>alert(1)</script>")
    told = report(
        PLAN,
        written,
        ["stock/a: seen <b>"],
        ["oversold  mug: 51 of 50"],
        ["A note & more"],
        usage=moments[-1].usage,
        client=Usage(1.0, 60.0),
        run={"begun": "2026-11-24T12:00:00+00:00", "machine": "<two> cores"},
    )
    return told, course(written, moments)


class Tags(HTMLParser):
    """Reads a page and holds it to closing what it opens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_takes_no_words_for_markup(a_run: tuple[Report, Course], tmp_path: Path):
    write(tmp_path / "report.html", *a_run)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    found = Tags(text)
    assert found.open == []
    tags = {tag for tag, _ in found.seen}
    assert not tags & {"script", "link", "img", "iframe", "b"}
    assert not [attrs for _, attrs in found.seen if {"src", "href", "style", "onclick"} & attrs.keys()]
    assert "url(" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    for word in ("Not clean", "51 of 50", "A note &amp; more", "&lt;two&gt; cores", "seen &lt;b&gt;"):
        assert word in text


def test_every_chart_has_a_table_of_what_it_shows(a_run: tuple[Report, Course]):
    text = render(*a_run)
    figures = re.findall(r"<figure>.*?</figure>", text)
    assert len(figures) == 2 + 2 * len(KINDS) + 2
    for figure in figures:
        assert re.search(r"<details>.*<table>.*<td>[\d.,]+</td>", figure)
    assert "50.0" in figures[-2]  # half a second of CPU each second
    assert "84.0" in figures[-1]


def test_a_run_in_which_nothing_happened_is_a_page_too(clock: list[float]):
    text = render(report(PLAN, Record(), [], [], []), course(Record(), []))
    assert Tags(text).open == []
    assert "The judge read the books and found nothing." in text


async def test_axe_finds_nothing_on_a_phone_in_both_schemes(
    a_run: tuple[Report, Course], page: Page, tmp_path: Path
) -> None:
    write(tmp_path / "report.html", *a_run)
    await page.set_viewport_size({"width": 360, "height": 800})
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.goto((tmp_path / "report.html").as_uri())
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert (await Axe().run(page)).response["violations"] == []


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.3, 0.5), (1, 1), (1.01, 2), (2.2, 2.5), (26, 50), (500, 500), (501, 1000)]
)
def test_an_axis_ends_at_a_round_number(value: float, top: float):
    assert charts.nice_top(value) == pytest.approx(top)


def test_each_wait_is_in_one_bin_and_no_bin_is_left_out():
    found = bins([0.0, 0.0001, 0.001, 0.001, 0.004, 1.0])
    assert sum(one.count for one in found) == 6
    assert found[0].above_ms == 0
    assert all(before.up_to_ms == after.above_ms for before, after in pairwise(found))
    assert found[-1].above_ms < 1000 <= found[-1].up_to_ms
    assert bins([]) == []


def test_the_terminal_shows_waits_actions_processes_and_faults(a_run: tuple[Report, Course], clock: list[float]):
    told, _ = a_run
    clock.append(100.0)
    written = Record()
    for _ in range(3):
        written.wait("page", 0.012)
    written.action("browse")
    written.fault("page: 500, which is not documented for it")
    clock.append(105.0)
    screen = Console(file=StringIO(), width=140, force_terminal=False)
    screen.print(live(written, PLAN, {"shop": Usage(1.0, 90.0)}, Self().whole()))
    draw(told, screen)
    file = screen.file
    assert isinstance(file, StringIO)
    shown = file.getvalue()
    for word in ("12.0", "browse", "20% of a core, 90 MiB", "1 × page: 500", "this client", "Not clean."):
        assert word in shown, word
