"""Charts as HTML and SVG of our own: they need no script and no network, stretch to any width, and print.

Lines and bars are SVG without text, stretched to the box; labels are HTML around it, so they stay readable on a phone. What
a chart shows stands in a table below it, too, for those who can't see it.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 600, 160
"""The drawing's own units; it is stretched to its box."""

TARGET_ROWS = 60
"""A table of a line chart has about so many rows at most."""

Line = Sequence[tuple[float, float]]
"""Points, by seconds from left to right."""


def lines(title: str, series: Mapping[str, Line], unit: str, seconds: float) -> str:
    """A figure with a line for each series, from 0 to `seconds` and from 0 upwards; the order decides the strokes."""
    top = nice_top(max((value for line in series.values() for _, value in line), default=0.0))
    drawn = "".join(
        f'<polyline class="line s{place}" points="{_points(line, seconds, top)}"/>'
        for place, line in enumerate(series.values())
    )
    keys = "".join(f'<li class="s{place}">{_swatch()} {escape(name)}</li>' for place, name in enumerate(series))
    legend = f'<ul class="keys">{keys}</ul>' if len(series) > 1 else ""
    box = _box(_grid() + drawn, top, unit, ("0 s", f"{seconds / 2:,.0f} s", f"{seconds:,.0f} s"))
    return _figure(title, unit, legend + box, _line_table(series, unit))


def histogram(title: str, bars: Sequence[tuple[str, int]], unit: str) -> str:
    """A figure with a bar for each named count; the names of the outer and the middle ones stand below."""
    if not bars:
        return ""
    top = max(count for _, count in bars)
    wide = WIDTH / len(bars)
    drawn = "".join(
        f'<rect class="bar" x="{place * wide + 1:.1f}" y="{HEIGHT - _height(count, top):.1f}" '
        f'width="{max(1.0, wide - 2):.1f}" height="{_height(count, top):.1f}"/>'
        for place, (_, count) in enumerate(bars)
    )
    names = (bars[0][0], bars[len(bars) // 2][0], bars[-1][0])
    rows = "".join(f"<tr><th scope=row>{escape(name)}</th><td>{count:,}</td></tr>" for name, count in bars)
    table = f"<table><thead><tr><th>{escape(unit)}</th><th>how many</th></tr></thead><tbody>{rows}</tbody></table>"
    return _figure(title, unit, _box(_grid() + drawn, top, "", names), table)


def shares(counts: Mapping[str, int]) -> str:
    """A table whose rows have a bar as long as their count."""
    top = max(counts.values(), default=1)
    rows = "".join(
        f'<tr><th scope=row>{escape(name)}</th><td>{count:,}</td><td class="meter"><svg viewBox="0 0 100 10" '
        f'preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="{100 * count / top:.1f}" height="10"/>'
        "</svg></td></tr>"
        for name, count in counts.items()
    )
    return f'<table class="shares"><tbody>{rows}</tbody></table>'


def nice_top(value: float) -> float:
    """The end of an axis that starts at 0: 1, 2, 2.5 or 5 times a power of ten, and not below `value`."""
    if value <= 0:
        return 1.0
    power: float = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))


def _points(line: Line, seconds: float, top: float) -> str:
    return " ".join(
        f"{WIDTH * min(at, seconds) / max(seconds, 1e-9):.1f},{HEIGHT * (1 - value / top):.1f}" for at, value in line
    )


def _height(count: int, top: int) -> float:
    """What there is at all can be seen."""
    return max(2.0, HEIGHT * count / top) if count else 0.0


def _swatch() -> str:
    return '<svg viewBox="0 0 28 8" aria-hidden="true"><path class="line" d="M0 4H28"/></svg>'


def _grid() -> str:
    return "".join(f'<path class="grid" d="M0 {HEIGHT * part:.0f}H{WIDTH}"/>' for part in (0, 0.25, 0.5, 0.75, 1))


def _box(drawn: str, top: float, unit: str, below: tuple[str, str, str]) -> str:
    left = "".join(f"<span>{value:,.4g}</span>" for value in (top, top / 2, 0))
    under = "".join(f"<span>{escape(name)}</span>" for name in below)
    return (
        f'<div class="box" aria-hidden="true"><div class="up">{left}</div>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">{drawn}</svg>'
        f'<div class="under">{under}</div></div>'
    )


def _figure(title: str, unit: str, drawn: str, table: str) -> str:
    named = f"{title}, {unit},"
    return (
        f"<figure><figcaption>{escape(title)} <small>{escape(unit)}</small></figcaption>{drawn}"
        f'<details><summary>{escape(named)} as a table</summary><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(named)} as a table">{table}</div></details></figure>'
    )


def _line_table(series: Mapping[str, Line], unit: str) -> str:
    """Every row that there is, or each n-th of a long run; the series share their times."""
    found = {name: dict(line) for name, line in series.items()}
    times = sorted({at for line in found.values() for at in line})
    step = max(1, len(times) // TARGET_ROWS)
    head = "".join(f"<th>{escape(name)}, {escape(unit)}</th>" for name in series)
    rows = "".join(
        f"<tr><th scope=row>{at:,.1f}</th>{''.join(_cell(line.get(at)) for line in found.values())}</tr>"
        for at in times[::step]
    )
    return f"<table><thead><tr><th>second</th>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: float | None) -> str:
    return "<td></td>" if value is None else f"<td>{value:,.1f}</td>"
