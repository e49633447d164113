"""What a run came to: one struct, which is also its JSON, and the same as tables for people."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from rich import box
from rich.console import Console, Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bench.client import steps
from bench.client.moments import Usage
from bench.client.plan import Plan
from bench.client.pushes import STOCK_PUSH
from bench.client.record import Record, now
from bench.client.samples import Summary, summary

KINDS = {
    "page": "page",
    "api": "product, list (API)",
    "suggestion": "suggestion",
    "live handshake": "live handshake",
    STOCK_PUSH: "stock push",
    "cart": "cart",
    "checkout": "checkout",
    "payment start": "payment start",
    "bank": "bank's page",
    "payment push": "payment push",
}
MAX_LINES = 20
SHOWN_WAITS = 20_000
"""Of each kind, so many of the newest waits are drawn while it runs: an hour's would take longer to sort than to wait for."""
SHOWN_ACTIONS = 8
SHOWN_FAULTS = 5


class SaleReport(Struct, frozen=True):
    """A flash sale: `sold` orders were acknowledged for `units` units, which so many `buyers` wanted."""

    units: int
    buyers: int
    sold: int
    sold_out: int


class Report(Struct, frozen=True, kw_only=True):
    """A run. Rates are per second of it, waits in milliseconds; `judge` is None when the books could not be had.

    `server` and `bank` are None when they are somebody else's processes.
    """

    ok: bool
    shoppers: int
    seconds: float
    http_per_second: float
    suggestions_per_second: float
    orders_per_second: float
    frames_per_second: float
    sockets: int
    orders: int
    paid: int
    sold_out_share: float
    run: dict[str, str]
    latency_ms: dict[str, Summary]
    actions: dict[str, int]
    answers: dict[str, dict[str, int]]
    server: Usage | None
    bank: Usage | None
    client: Usage
    sale: SaleReport | None
    faults: dict[str, int]
    stale: list[str]
    judge: list[str] | None
    notes: list[str]


def report(
    plan: Plan,
    record: Record,
    stale: Sequence[str],
    judge: Sequence[str] | None,
    notes: Sequence[str],
    *,
    usage: Mapping[str, Usage] = MappingProxyType({}),
    client: Usage = Usage(0.0, 0.0),  # noqa: B008  it can't be changed
    run: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Adds a run up. `usage` is by process (shop, bank), `run` says what was run and where.

    It is `ok` when nothing was found: no fault, no stale page, and nothing by the judge.
    """
    seconds = max(record.ended - record.started, 1e-9)
    sold_out = sum(_sold_out(record).values())
    sale = _sale(plan, record)
    faults = dict(record.faults.most_common())
    if sale is not None and sale.sold != min(sale.units, sale.buyers):
        faults[f"flash sale: {sale.sold} sold of {sale.units} units to {sale.buyers} buyers"] = 1
    waits = {kind: found for kind in KINDS if (found := summary(record.waits.get(kind, ()))) is not None}
    return Report(
        ok=not faults and not stale and not judge,
        shoppers=plan.shoppers,
        seconds=round(seconds, 2),
        http_per_second=round(record.requests / seconds, 1),
        suggestions_per_second=round(len(record.waits.get("suggestion", ())) / seconds, 1),
        orders_per_second=round(len(record.ordered) / seconds, 2),
        frames_per_second=round(record.frames / seconds, 1),
        sockets=record.sockets,
        orders=len(record.ordered),
        paid=len(record.paid),
        sold_out_share=round(sold_out / max(1, sold_out + len(record.ordered)), 4),
        run=dict(run),
        latency_ms=waits,
        actions=dict(record.actions.most_common()),
        answers={step: dict(found.most_common()) for step, found in sorted(record.answers.items())},
        server=usage.get("shop"),
        bank=usage.get("bank"),
        client=client,
        sale=sale,
        faults=faults,
        stale=list(stale),
        judge=None if judge is None else list(judge),
        notes=list(notes),
    )


def draw(found: Report, console: Console) -> None:
    """The report for people."""
    counts = {kind: row.count for kind, row in found.latency_ms.items()}
    console.print(_waits(found.latency_ms, counts, found.seconds))
    console.print(_rates(found))
    console.print(_counts("actions", found.actions))
    for title, lines in _findings(found):
        console.print(Text(f"\n{title}", style="bold red"))
        for line in lines[:MAX_LINES]:
            console.print(Text(f"  {line}"), soft_wrap=True)
        if len(lines) > MAX_LINES:
            console.print(f"  and {len(lines) - MAX_LINES} more")
    for note in found.notes:
        console.print(Text(note), soft_wrap=True)
    if found.judge == []:
        console.print("The judge read the books and found nothing.")
    if not found.stale:
        console.print("Every page showed the truth at the end.")
    console.print(Text("Clean." if found.ok else "Not clean.", style="bold green" if found.ok else "bold red"))


def progress(record: Record, plan: Plan) -> str:
    """A line on how far the run is."""
    seconds = min(now() - record.started, plan.seconds)
    return (
        f"{seconds:5.1f} of {plan.seconds:.0f} s  {record.requests:,} answers  {len(record.waits['suggestion']):,} "
        f"suggestions  {record.frames:,} frames  {len(record.ordered):,} orders  {len(record.paid):,} paid  "
        f"{record.faults.total():,} faults"
    )


def live(record: Record, plan: Plan, usage: Mapping[str, Usage], client: Usage) -> Group:
    """The run so far, to be drawn again and again: waits, the mix of actions beside what they take, and faults."""
    seconds = max(now() - record.started, 1e-9)
    recent = {kind: record.waits.get(kind, ())[-SHOWN_WAITS:] for kind in KINDS}
    waits = {kind: found for kind in KINDS if (found := summary(recent[kind])) is not None}
    counts = {kind: len(record.waits[kind]) for kind in waits}
    done = min(1.0, seconds / plan.seconds)
    bar = Table.grid(padding=(0, 1))
    bar.add_row(ProgressBar(total=1.0, completed=done, width=40), Text(progress(record, plan)))
    sides = Table.grid(padding=(0, 4))
    takes = _counts(
        "process", {name: _taken(found, seconds) for name, found in {**usage, "this client": client}.items()}
    )
    sides.add_row(_counts("actions", dict(record.actions.most_common(SHOWN_ACTIONS))), takes)
    faults = [Text(f"{count} × {text}", style="bold red") for text, count in record.faults.most_common(SHOWN_FAULTS)]
    return Group(bar, _waits(waits, counts, seconds), sides, *faults)


def _taken(found: Usage, seconds: float) -> str:
    return f"{found.cpu_seconds / seconds:4.0%} of a core, {found.memory_mib:,.0f} MiB"


def _sold_out(record: Record) -> dict[str, int]:
    return {
        "api": record.outcomes(steps.CHECKOUT.name, steps.GONE),
        "form": record.outcomes(steps.CHECKOUT_FORM.name, "409"),
    }


def _sale(plan: Plan, record: Record) -> SaleReport | None:
    if plan.sale is None:
        return None
    return SaleReport(plan.sale.units, plan.shoppers, len(record.ordered), sum(_sold_out(record).values()))


def _waits(waits: Mapping[str, Summary], counts: Mapping[str, int], seconds: float) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("wait, ms")
    for name in ("count", "a second", "p50", "p95", "p99", "longest"):
        table.add_column(name, justify="right")
    for kind, found in waits.items():
        row = (f"{value:,.1f}" for value in (found.p50, found.p95, found.p99, found.longest))
        table.add_row(KINDS[kind], f"{counts[kind]:,}", f"{counts[kind] / seconds:,.1f}", *row)
    return table


def _rates(found: Report) -> Table:
    answers = sum(count for outcomes in found.answers.values() for count in outcomes.values())
    rates: dict[str, object] = {
        "shoppers": f"{found.shoppers:,} for {found.seconds} s",
        "HTTP answers": f"{found.http_per_second:,} a second",
        "suggestions": f"{found.suggestions_per_second:,} a second",
        "live frames heard": f"{found.frames_per_second:,} a second over {found.sockets:,} sockets",
        "orders": f"{found.orders:,}, {found.orders_per_second} a second, {found.paid:,} paid",
        "told sold out at checkout": f"{found.sold_out_share:.1%}",
    }
    for name, used in (("shop", found.server), ("bank", found.bank), ("this client", found.client)):
        if used is not None:
            each = f"{used.cpu_seconds / max(1, answers) * 1000:.2f} ms for an answer"
            rates[name] = f"{used.cpu_seconds} s of CPU ({each}), {used.memory_mib} MiB at most"
    if found.sale is not None:
        rates["flash sale"] = (
            f"{found.sale.sold} sold of {found.sale.units} units to {found.sale.buyers} buyers; "
            f"{found.sale.sold_out} were told that it is sold out"
        )
    return _counts("run", rates)


def _counts(title: str, counts: Mapping[str, object]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(title)
    table.add_column("")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}" if isinstance(count, int) else str(count))
    return table


def _findings(found: Report) -> list[tuple[str, list[str]]]:
    kinds = [
        ("Not documented, or never came:", [f"{count} × {text}" for text, count in found.faults.items()]),
        ("Stale at the end:", found.stale),
        ("The judge:", found.judge or []),
    ]
    return [(title, lines) for title, lines in kinds if lines]
