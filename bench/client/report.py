"""What a run came to: one struct, which is also its JSON, and the same as tables for people."""

from collections.abc import Sequence

from msgspec import Struct
from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from bench.client import steps
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


class Usage(Struct, frozen=True):
    """What the server took: CPU in seconds during the run, and its largest resident memory in MiB."""

    cpu_seconds: float
    memory_mib: float


class SaleReport(Struct, frozen=True):
    """A flash sale: `sold` orders were acknowledged for `units` units, which so many `buyers` wanted."""

    units: int
    buyers: int
    sold: int
    sold_out: int


class Report(Struct, frozen=True, kw_only=True):
    """A run. Rates are per second of it, waits in milliseconds; `judge` is None when the books could not be had."""

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
    latency_ms: dict[str, Summary]
    actions: dict[str, int]
    answers: dict[str, dict[str, int]]
    server: Usage | None
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
    server: Usage | None,
    notes: Sequence[str],
) -> Report:
    """Adds a run up. It is `ok` when nothing was found: no fault, no stale page, and nothing by the judge."""
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
        latency_ms=waits,
        actions=dict(record.actions.most_common()),
        answers={step: dict(found.most_common()) for step, found in sorted(record.answers.items())},
        server=server,
        sale=sale,
        faults=faults,
        stale=list(stale),
        judge=None if judge is None else list(judge),
        notes=list(notes),
    )


def draw(found: Report, console: Console) -> None:
    """The report for people."""
    console.print(_waits(found.latency_ms))
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


def live(record: Record, plan: Plan) -> Group:
    """The run so far, to be drawn again and again."""
    waits = {kind: found for kind in KINDS if (found := summary(record.waits.get(kind, ()))) is not None}
    return Group(Text(progress(record, plan)), _waits(waits))


def _sold_out(record: Record) -> dict[str, int]:
    return {
        "api": record.outcomes(steps.CHECKOUT.name, steps.GONE),
        "form": record.outcomes(steps.CHECKOUT_FORM.name, "409"),
    }


def _sale(plan: Plan, record: Record) -> SaleReport | None:
    if plan.sale is None:
        return None
    return SaleReport(plan.sale.units, plan.shoppers, len(record.ordered), sum(_sold_out(record).values()))


def _waits(waits: dict[str, Summary]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("wait, ms")
    for name in ("count", "p50", "p95", "p99", "longest"):
        table.add_column(name, justify="right")
    for kind, found in waits.items():
        row = (f"{value:,.1f}" for value in (found.p50, found.p95, found.p99, found.longest))
        table.add_row(KINDS[kind], f"{found.count:,}", *row)
    return table


def _rates(found: Report) -> Table:
    rates: dict[str, object] = {
        "shoppers": f"{found.shoppers:,} for {found.seconds} s",
        "HTTP answers": f"{found.http_per_second:,} a second",
        "suggestions": f"{found.suggestions_per_second:,} a second",
        "live frames heard": f"{found.frames_per_second:,} a second over {found.sockets:,} sockets",
        "orders": f"{found.orders:,}, {found.orders_per_second} a second, {found.paid:,} paid",
        "told sold out at checkout": f"{found.sold_out_share:.1%}",
    }
    if found.server is not None:
        rates["server and bank"] = f"{found.server.cpu_seconds} s of CPU, {found.server.memory_mib} MiB at most"
    if found.sale is not None:
        rates["flash sale"] = (
            f"{found.sale.sold} sold of {found.sale.units} units to {found.sale.buyers} buyers; "
            f"{found.sale.sold_out} were told that it is sold out"
        )
    return _counts("run", rates)


def _counts(title: str, counts: dict[str, int] | dict[str, object]) -> Table:
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
