"""Outlines: short SVG path text, and the profile from which every turned form is made."""

from itertools import pairwise

Point = tuple[float, float]

AXIS = 160.0  # x of the turning axis, in drawing units
FLOOR = 268.0  # y of the point where the axis meets the shelf
TILT = 0.17  # height of an ellipse over its width: the sine of the camera's elevation, ten degrees
CURVE = 3  # points in a cubic segment; a straight one has a single point
STEPS = 16  # samples a segment
A_POINT = 0.5  # a radius below this is drawn as a tip, without a rim


def num(value: float) -> str:
    """A coordinate, to a tenth, as short as SVG allows."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("-0.", "-.").removeprefix("0") or "0"


def fraction(value: float) -> str:
    """An attribute's number, to a hundredth, as short as SVG allows."""
    return f"{value:.2f}".rstrip("0").rstrip(".").removeprefix("0") or "0"


def pts(*points: Point) -> str:
    """Points as path text."""
    return " ".join(f"{num(x)} {num(y)}" for x, y in points)


def arc(r: float, x: float, y: float, *, front: bool = True) -> str:
    """The near or far half of a circle of radius r, to (x, y)."""
    return f"A{num(r)} {num(r * TILT)} 0 0 {int(not front)} {pts((x, y))}"


class Profile:
    """The right edge of a lathed form, foot to rim, as (radius, height) cubic or straight segments."""

    def __init__(self, start: Point, *segments: tuple[Point, ...]) -> None:
        self.start, self.segments = start, segments
        self.foot, self.rim = start[0], segments[-1][-1][0]
        self.height = segments[-1][-1][1]

    def samples(self) -> list[Point]:
        """Points along the edge, from the foot up."""
        found, here = [self.start], self.start
        for segment in self.segments:
            first, second, end = segment if len(segment) == CURVE else (here, segment[0], segment[0])
            for step in range(1, STEPS + 1):
                t = step / STEPS
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                edge = tuple(zip(weights, (here, first, second, end), strict=True))
                found.append((sum(w * p[0] for w, p in edge), sum(w * p[1] for w, p in edge)))
            here = end
        return found

    def radius_at(self, height: float) -> float:
        """The radius nearest to that height."""
        return min(self.samples(), key=lambda p: abs(p[1] - height))[0]

    @property
    def widest(self) -> float:
        return max(r for r, _ in self.samples())

    def path(self, floor: float = FLOOR, x: float = AXIS) -> str:
        """The silhouette as path text: foot arc in front, rim arc behind."""

        def right(p: Point) -> Point:
            return x + p[0], floor - p[1]

        def left(p: Point) -> Point:
            return x - p[0], floor - p[1]

        out = [f"M{pts(left(self.start))}A{num(self.foot)} {num(self.foot * TILT)} 0 0 0 {pts(right(self.start))}"]
        out += [("C" if len(s) == CURVE else "L") + pts(*map(right, s)) for s in self.segments]
        if self.rim > A_POINT:
            top = (self.rim, self.height)
            out.append(f"A{num(self.rim)} {num(self.rim * TILT)} 0 0 0 {pts(left(top))}")
        ends = [self.start, *(s[-1] for s in self.segments)]
        for back_to, s in zip(reversed([a for a, _ in pairwise(ends)]), reversed(self.segments), strict=True):
            curve = len(s) == CURVE
            out.append("C" + pts(left(s[1]), left(s[0]), left(back_to)) if curve else "L" + pts(left(back_to)))
        return "".join(out) + "Z"
