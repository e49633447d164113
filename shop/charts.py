"""Small charts as SVG paths: numbers in, path data out. A page stretches them to any width; its stylesheet paints them.

A chart has a column an hour and is WIDTH by HEIGHT units, drawn without keeping its proportions, so it holds no letters:
scale and hours stand beside it as text.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from shop.money import exponent

COLUMN = 10
BAR = 6.8
HEIGHT = 100
TICKS = 3
SPARK_WIDTH, SPARK_HEIGHT = 128, 40
SPARK_INSET, SPARK_TOP, SPARK_FOOT = 4, 6, 36
NICE = (1, 2, 3, 4, 5, 6, 8, 10)
"""What a scale may go up by, times a power of ten."""


class Scale(Struct, frozen=True):
    """The value at the top of a chart, and its labels from the top down to 0."""

    top: int
    labels: tuple[str, ...]


class Spark(Struct, frozen=True):
    """A sparkline, and where its newest point stands."""

    path: str
    x: float
    y: float


def scale(most: int, currency: str = "") -> Scale:
    """A scale that the largest value fits under, in round steps: of whole units of the currency, or of things."""
    unit = 10 ** exponent(currency) if currency else 1
    step = _nice(-(-max(most, 1) // (unit * TICKS)))
    return Scale(step * TICKS * unit, tuple(_short(step * tick) for tick in range(TICKS, -1, -1)))


def bars(values: Sequence[int], top: int, columns: Collection[int]) -> str:
    """A bar for each of these columns that has a value, as one path."""
    drawn = []
    for column in columns:
        if values[column] > 0:
            y = _y(values[column], top)
            left = column * COLUMN + (COLUMN - BAR) / 2
            drawn.append(f"M{left:g} {HEIGHT}V{y:g}h{BAR:g}V{HEIGHT}z")
    return "".join(drawn)


def line(values: Sequence[int], top: int) -> str:
    """A line through the middle of every column."""
    return "M" + " ".join(f"{column * COLUMN + COLUMN / 2:g} {_y(value, top):g}" for column, value in enumerate(values))


def spark(values: Sequence[int]) -> Spark:
    """A line from edge to edge, from its own least to its most; a single value is only a point."""
    least, most = min(values), max(values)
    width = SPARK_WIDTH - 2 * SPARK_INSET
    points = [
        (
            SPARK_INSET + (width * place / (len(values) - 1) if len(values) > 1 else width),
            SPARK_FOOT - (SPARK_FOOT - SPARK_TOP) * ((value - least) / (most - least) if most > least else 0),
        )
        for place, value in enumerate(values)
    ]
    x, y = points[-1]
    return Spark("M" + " ".join(f"{px:.1f} {py:.1f}" for px, py in points), round(x, 1), round(y, 1))


def _y(value: int, top: int) -> float:
    return round(HEIGHT - HEIGHT * value / top, 1)


def _nice(step: int) -> int:
    """The smallest nice step that is not smaller."""
    power = 1
    while NICE[-1] * power < step:
        power *= 10
    return next(nice * power for nice in NICE if nice * power >= step)


def _short(value: int) -> str:
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return str(value)
