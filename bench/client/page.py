"""The report as a page: one file that needs nothing else, with charts, their tables, and what the judge said.

It reads well on a phone, in the dark, on paper and by ear. Its content policy lets nothing be loaded and nothing run.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from bench.client import charts
from bench.client.course import Course
from bench.client.moments import Moment, Usage
from bench.client.report import KINDS, Report
from bench.client.samples import Summary

T = TypeVar("T")

STYLE = (Path(__file__).parent / "page.css").read_text()


def write(path: Path, found: Report, course: Course) -> None:
    """Writes the page; raises OSError."""
    path.write_text(render(found, course), encoding="utf-8")


def render(found: Report, course: Course) -> str:
    """The page as text."""
    begun = found.run.get("begun", "")
    sections = (
        _verdict(found),
        _section("What was run", _facts(found.run)),
        _section("Throughput", _throughput(course, found.seconds)),
        _section("Waits", _waits(found), _over_time(course, found.seconds)),
        _section("How waits spread", _spread(course)),
        _section("What it took", _taken(found), _resources(course, found.seconds)),
        _section("What shoppers did", charts.shares(found.actions)),
        _section("Answers by step", _answers(found.answers)),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><title>Load test {escape(begun)}</title><style>{STYLE}</style></head>'
        f"<body><main><h1>Load test</h1>{''.join(sections)}</main></body></html>\n"
    )


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>" if any(parts) else ""


def _verdict(found: Report) -> str:
    """What was found, first: it decides whether the figures below mean anything."""
    word, kind = ("Clean", "fine") if found.ok else ("Not clean", "wrong")
    faults = [f"{count} × {text}" for text, count in found.faults.items()]
    said = [
        _found("Not documented, or never came", faults, "Every answer was one that is documented for its step."),
        _found("Stale at the end", found.stale, "Every page showed the truth at the end."),
        _found("The judge", found.judge, "The judge read the books and found nothing.")
        if found.judge is not None
        else "<p>The books could not be had, so there was nothing to judge.</p>",
    ]
    notes = "".join(f"<p>{escape(note)}</p>" for note in found.notes)
    tiles = {
        "HTTP answers a second": f"{found.http_per_second:,.0f}",
        "orders": f"{found.orders:,}",
        "paid": f"{found.paid:,}",
        "told sold out at checkout": f"{found.sold_out_share:.1%}",
    }
    if found.sale is not None:
        tiles["sold of the sale's units"] = f"{found.sale.sold:,} of {found.sale.units:,}"
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in tiles.items())
    return (
        f'<section class="{kind}"><h2 class="verdict">{word}</h2>{"".join(said)}{notes}</section>'
        f'<dl class="tiles">{shown}</dl>'
    )


def _found(title: str, lines: Sequence[str] | None, nothing: str) -> str:
    if not lines:
        return f"<p>{escape(nothing)}</p>"
    return f"<h3>{escape(title)}</h3><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f'<dl class="facts">{rows}</dl>'


def _throughput(course: Course, seconds: float) -> str:
    counted: dict[str, Callable[[Moment], int]] = {
        "HTTP answers": lambda moment: moment.answers,
        "suggestions": lambda moment: moment.suggestions,
        "live frames": lambda moment: moment.frames,
    }
    sold: dict[str, Callable[[Moment], int]] = {
        "orders": lambda moment: moment.orders,
        "paid": lambda moment: moment.paid,
    }
    return _grid(
        charts.lines("Answers and pushes", _rates(course.moments, counted), "a second", seconds),
        charts.lines("Orders", _rates(course.moments, sold), "a second", seconds),
    )


def _rates(moments: Sequence[Moment], counted: Mapping[str, Callable[[Moment], float]]) -> dict[str, charts.Line]:
    """What each of these sums grew by, a second, between two looks."""
    return {
        name: [
            (later.seconds, (count(later) - count(before)) / (later.seconds - before.seconds))
            for before, later in pairwise(moments)
            if later.seconds > before.seconds
        ]
        for name, count in counted.items()
    }


def _waits(found: Report) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("wait, ms", "count", "p50", "p95", "p99", "longest"))
    rows = "".join(
        f"<tr><th scope=row>{escape(KINDS[kind])}</th>{_row(row)}</tr>" for kind, row in found.latency_ms.items()
    )
    return _scroll("Waits", f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def _row(row: Summary) -> str:
    cells = (f"{row.count:,}", *(f"{value:,.1f}" for value in (row.p50, row.p95, row.p99, row.longest)))
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _over_time(course: Course, seconds: float) -> str:
    drawn = []
    for kind, slices in _known(course.slices):
        series = {
            "p50": [(one.seconds, one.waits.p50) for one in slices],
            "p95": [(one.seconds, one.waits.p95) for one in slices],
            "p99": [(one.seconds, one.waits.p99) for one in slices],
        }
        drawn.append(charts.lines(_title(kind), series, "ms", seconds))
    return _grid(*drawn)


def _spread(course: Course) -> str:
    return _grid(
        *(
            charts.histogram(_title(kind), [(f"≤ {one.up_to_ms:,.4g}", one.count) for one in bins], "ms, growing by √2")
            for kind, bins in _known(course.bins)
        )
    )


def _known(by_kind: Mapping[str, T]) -> list[tuple[str, T]]:
    """Kinds of waits in the report's order."""
    return [(kind, by_kind[kind]) for kind in KINDS if kind in by_kind]


def _title(kind: str) -> str:
    return KINDS[kind][:1].upper() + KINDS[kind][1:]


def _taken(found: Report) -> str:
    answers = max(1, sum(count for outcomes in found.answers.values() for count in outcomes.values()))
    processes = {"shop": found.server, "bank": found.bank, "this client": found.client}
    rows = "".join(
        f"<tr><th scope=row>{name}</th><td>{used.cpu_seconds:,.1f}</td><td>{used.cpu_seconds / max(found.seconds, 1e-9):.0%}</td>"
        f"<td>{used.cpu_seconds / answers * 1000:.2f}</td><td>{used.memory_mib:,.0f}</td></tr>"
        for name, used in processes.items()
        if used is not None
    )
    names = ("process", "CPU, s", "of a core", "ms for an HTTP answer", "most memory, MiB")
    head = "".join(f"<th>{name}</th>" for name in names)
    return _scroll("What it took", f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def _resources(course: Course, seconds: float) -> str:
    names = list(course.moments[-1].usage) if course.moments else []
    if not names:
        return ""
    cpu = {name: partial(_cpu_percent, name) for name in names}
    memory = {name: [(one.seconds, _used(one, name).memory_mib) for one in course.moments] for name in names}
    return _grid(
        charts.lines("CPU", _rates(course.moments, cpu), "% of a core", seconds),
        charts.lines("Memory", memory, "MiB", seconds),
    )


def _cpu_percent(name: str, moment: Moment) -> float:
    """Hundredths of a core, times seconds: their growth by a second is how busy it was."""
    return 100 * _used(moment, name).cpu_seconds


def _used(moment: Moment, name: str) -> Usage:
    return moment.usage.get(name, Usage(0.0, 0.0))


def _answers(answers: Mapping[str, Mapping[str, int]]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(step)}</th><td>{escape(outcome)}</td><td>{count:,}</td></tr>"
        for step, outcomes in answers.items()
        for outcome, count in outcomes.items()
    )
    head = "<tr><th>step</th><th>answer</th><th>how many</th></tr>"
    return _scroll("Answers by step", f'<table class="words"><thead>{head}</thead><tbody>{rows}</tbody></table>')


def _grid(*figures: str) -> str:
    return f'<div class="figures">{"".join(figures)}</div>'


def _scroll(name: str, table: str) -> str:
    """A table that is wider than a phone scrolls by itself, by keyboard, too."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">{table}</div>'
