"""The figures of a day: what was counted, and how that is told in words and small charts beside the days before.

A day that is under way is held against the days before up to the same time by the clock, which is fair; a day that is
over against whole days. The value that is told is complete: a page only puts it where it belongs.
"""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from shop import charts
from shop.charts import Scale, Spark
from shop.days import HOURS, Compared
from shop.ids import VariantId
from shop.money import exponent

Money = Callable[[int, str], str]
"""Writes an amount of minor units in a currency as people read it."""

BEST_SELLERS = 5
BRIEF_FROM = 1_000
"""From so many whole units of money on, a figure leaves the cents out: it is read at a glance."""

_NO_CENTS = re.compile(r"[.,]0+(?=\D*$)")
MOST_PERCENT = 999

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Hour(Struct, frozen=True):
    """What happened in one hour by the clock: orders placed, orders paid, and what was paid in minor units."""

    orders: int = 0
    paid: int = 0
    revenue: int = 0


class Counted(Struct, frozen=True):
    """A period's orders placed and paid and its revenue up to its moment, and the hours of its whole day."""

    orders: int
    paid: int
    revenue: int
    hours: tuple[Hour, ...]

    @property
    def average(self) -> int:
        """What an order that was paid came to, in minor units; 0 when there was none."""
        return round(self.revenue / self.paid) if self.paid else 0


class BestSeller(Struct, frozen=True):
    """A variant and how many units of it were sold in the day."""

    variant: VariantId
    product: str
    name: str
    value: str
    image: str
    units: int


class DayCounts(Struct, frozen=True):
    """All that was counted for the figures of a day; waiting orders are those of this moment, whenever they were placed."""

    day: Counted
    before: Counted
    week_before: Counted
    waiting: int
    waiting_total: int
    best: tuple[BestSeller, ...]
    currency: str


class Figure(Struct, frozen=True):
    """A figure as it is shown: its value, what it compares to, and its way through the day (none where there is none)."""

    value: str
    said: tuple[str, ...]
    spark: Spark | None = None


class Chart(Struct, frozen=True):
    """A day by the hour beside the day before. Paths are those of shop.charts; `label` says in words what they show."""

    label: str
    bars: str
    now: str
    then: str
    scale: tuple[str, ...]


class Figures(Struct, frozen=True):
    """The value of the topic dashboard/figures: the shop's day so far; amounts in minor units.

    `shown` has the figures as people read them, by name; `charts` the day by the hour, of revenue and of orders. `hours`
    has, for each hour by the clock, orders and revenue of the day and of the day before. `hour` is the present one.
    """

    day: str
    currency: str
    orders: int
    paid: int
    revenue: int
    average: int
    waiting: int
    hour: int | None
    shown: dict[str, Figure]
    charts: dict[str, Chart]
    hours: tuple[tuple[int, int, int, int], ...]
    best: tuple[BestSeller, ...]


def told(counts: DayCounts, compared: Compared, money: Money) -> Figures:
    """The figures as staff hear them."""
    day = counts.day
    return Figures(
        day=compared.day.day.date,
        currency=counts.currency,
        orders=day.orders,
        paid=day.paid,
        revenue=day.revenue,
        average=day.average,
        waiting=counts.waiting,
        hour=compared.hour,
        shown=_shown(counts, compared, money),
        charts=_charts(counts, compared.hour, money),
        hours=tuple(
            (now.orders, now.revenue, then.orders, then.revenue)
            for now, then in zip(day.hours, counts.before.hours, strict=True)
        ),
        best=counts.best,
    )


def more(now: int, then: int, than: str) -> str:
    """How a count compares: "9 more than last Sunday"."""
    if now == then:
        return f"As many as {than}"
    return f"{abs(now - then)} {'more' if now > then else 'fewer'} than {than}"


def percent(now: int, then: int, than: str) -> str:
    """How an amount compares: "12% more than last Sunday"."""
    if now == then:
        return f"As much as {than}"
    if then == 0:
        return f"Nothing {than}"
    change = round(100 * abs(now - then) / then)
    if change > MOST_PERCENT:
        return f"{now // then} times as much as {than}"
    if change == 0:
        return f"About as much as {than}"
    return f"{change}% {'more' if now > then else 'less'} than {than}"


def brief(amount: int, currency: str, money: Money) -> str:
    """An amount as a figure shows it: "€80.50", but "€6,482"."""
    unit = 10 ** exponent(currency)
    if abs(amount) < BRIEF_FROM * unit or unit == 1:
        return money(amount, currency)
    return _NO_CENTS.sub("", money(round(amount / unit) * unit, currency))


def _shown(counts: DayCounts, compared: Compared, money: Money) -> dict[str, Figure]:
    day, before, week = counts.day, counts.before, counts.week_before
    weekday = _WEEKDAYS[compared.day.day.start.weekday()]
    live = compared.hour is not None
    yesterday, last = ("yesterday by now", f"last {weekday}") if live else ("the day before", f"the {weekday} before")
    hours = day.hours if compared.hour is None else day.hours[: compared.hour + 1]
    waiting = (
        f"{brief(counts.waiting_total, counts.currency, money)} in all" if counts.waiting else "All is paid or over"
    )
    return {
        "revenue": Figure(
            brief(day.revenue, counts.currency, money),
            (percent(day.revenue, before.revenue, yesterday), percent(day.revenue, week.revenue, last)),
            _spark([hour.revenue for hour in hours]),
        ),
        "orders": Figure(
            str(day.orders),
            (more(day.orders, before.orders, yesterday), more(day.orders, week.orders, last)),
            _spark([hour.orders for hour in hours]),
        ),
        "paid": Figure(
            str(day.paid),
            (more(day.paid, before.paid, yesterday), more(day.paid, week.paid, last)),
            _spark([hour.paid for hour in hours]),
        ),
        "average": Figure(
            brief(day.average, counts.currency, money) if day.paid else "–",
            (percent(day.average, before.average, yesterday), percent(day.average, week.average, last))
            if day.paid
            else ("No order is paid yet" if live else "No order was paid",),
            _spark(_averages(hours)),
        ),
        "waiting": Figure(str(counts.waiting), (waiting,)),
    }


def _spark(values: Sequence[int]) -> Spark:
    return charts.spark(values or [0])


def _averages(hours: Sequence[Hour]) -> list[int]:
    """What an order came to on average by the end of each hour, from the first that was paid on."""
    found, paid, revenue = [], 0, 0
    for hour in hours:
        paid, revenue = paid + hour.paid, revenue + hour.revenue
        if paid:
            found.append(revenue // paid)
    return found


def _charts(counts: DayCounts, hour: int | None, money: Money) -> dict[str, Chart]:
    def amount(value: int) -> str:
        return money(value, counts.currency)

    def number(value: int) -> str:
        return f"{value} {'order' if value == 1 else 'orders'}"

    both = (counts.day.hours, counts.before.hours)
    revenues, revenues_before = ([hour.revenue for hour in hours] for hours in both)
    orders, orders_before = ([hour.orders for hour in hours] for hours in both)
    money_scale = charts.scale(max(revenues + revenues_before), counts.currency)
    scale = charts.scale(max(orders + orders_before))
    return {
        "revenue": _chart("Revenue", revenues, revenues_before, hour, money_scale, amount),
        "orders": _chart("Orders", orders, orders_before, hour, scale, number),
    }


def _chart(
    what: str, values: list[int], before: list[int], hour: int | None, scale: Scale, tell: Callable[[int], str]
) -> Chart:
    over = [column for column in range(HOURS) if column != hour]
    return Chart(
        label=f"{what} by hour{'' if hour is None else ' today'}: {_in_words(values, before, hour, tell)}",
        bars=charts.bars(values, scale.top, over),
        now="" if hour is None else charts.bars(values, scale.top, [hour]),
        then=charts.line(before, scale.top),
        scale=scale.labels,
    )


def _in_words(values: list[int], before: list[int], hour: int | None, tell: Callable[[int], str]) -> str:
    most, then = max(values), max(before)
    if most == 0:
        said = "none yet." if hour is not None else "none."
    elif values.index(most) == hour:
        said = f"{tell(most)} since {hour}:00, the most so far."
    else:
        best = values.index(most)
        said = f"{tell(most)} between {best}:00 and {best + 1}:00, the most"
        said += "." if hour is None else f" so far; {tell(values[hour])} since {hour}:00."
    day_before = "Yesterday" if hour is not None else "The day before"
    if then == 0:
        return f"{said} {day_before}: none."
    best = before.index(then)
    return f"{said} {day_before} the most was {tell(then)}, between {best}:00 and {best + 1}:00."
