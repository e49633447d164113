"""One still life as SVG text: paints, shadows and bodies, each written as short as it can be."""

import math
import random
from dataclasses import dataclass
from html import escape

from shop.art.colour import BISQUE, Tone, lit
from shop.art.lathe import AXIS, FLOOR, TILT, Profile, arc, fraction, num, pts

VIEW = "20 18 280 280"  # what the camera sees, in drawing units
RIGHT_EDGE = 299.0
SHADE = "#1b1712"

Fades = tuple[tuple[float, float], ...]
"""(offset, opacity) pairs of a radial paint, from the middle outwards."""


@dataclass(frozen=True)
class Glaze:
    """How a body is finished. `dip` is the height of the raw foot, `rings` are throwing lines, `gloss` is the window's
    reflection, `speckle` a count of iron specks, `depth` how strongly the light models it."""

    dip: float = 0
    dip_tilt: float = 0
    rings: tuple[float, ...] = ()
    speckle: int = 0
    gloss: float = 0
    depth: float = 1


MATT = Glaze()


def tag(name: str, **attributes: str | float) -> str:
    """One empty element; `stroke_width` becomes `stroke-width`."""
    written = (
        f' {key.replace("_", "-")}="{value if isinstance(value, str) else fraction(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{''.join(written)}/>"


def lined(path: str, colour: str, width: float, **more: str | float) -> str:
    """A line without a filling."""
    return tag("path", d=path, fill="none", stroke=colour, stroke_width=width, stroke_linecap="round", **more)


class Drawing:
    """One still life: shared paints first, then shapes from back to front. Its ids start with the slug."""

    def __init__(self, slug: str, title: str) -> None:
        self.slug, self.title = slug, title
        self.defs: list[str] = []
        self.paints: dict[str, str] = {}
        self.body: list[str] = []

    def svg(self) -> str:
        """The finished text."""
        title = self.name("t")
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{VIEW}" role="img" aria-labelledby="{title}">'
        named = f'<title id="{title}">{escape(self.title)}</title>'
        return f"{head}{named}<defs>{''.join(self.defs)}</defs>{''.join(self.body)}</svg>\n"

    def name(self, part: str) -> str:
        """The id of a part, unique on a page that shows any number of drawings."""
        return f"{self.slug}-{part}"

    # Strokes

    def fill(self, path: str, paint: str, **more: str | float) -> None:
        self.body.append(tag("path", d=path, fill=paint, **more))

    def stroke(self, path: str, colour: str, width: float, **more: str | float) -> None:
        self.body.append(lined(path, colour, width, **more))

    def oval(self, at: tuple[float, float], rx: float, ry: float, paint: str, **more: str | float) -> None:
        self.body.append(tag("ellipse", cx=num(at[0]), cy=num(at[1]), rx=num(rx), ry=num(ry), fill=paint, **more))

    def tube(self, path: str, tone: Tone, width: float) -> None:
        """A handle, stem or leg: dark edge, body, and a thread of light on the window side."""
        self.stroke(path, lit(tone, -0.11), width)
        for share, by, shift in ((0.72, 0.0, 0.1), (0.22, 0.075, 0.2)):
            dx = -width * shift
            moved = f"translate({num(dx)} {num(dx * 0.7)})"
            self.stroke(path, lit(tone, by), round(width * share, 1), transform=moved)

    def move(self, since: int, how: str) -> None:
        """Moves the shapes drawn since the body held `since` of them; `how` is an SVG transform."""
        self.body[since:] = [f'<g transform="{how}">{"".join(self.body[since:])}</g>']

    # Paints

    def gradient(self, stops: list[tuple[float, str]], slope: str = "") -> str:
        """The paint for a list of stops; asked for twice, it is stored once. `slope` turns it: `x2=".3" y2="1"`."""
        inner = "".join(tag("stop", offset=offset, stop_color=colour) for offset, colour in stops)
        key = slope + inner
        if key not in self.paints:
            self.paints[key] = self.name(f"g{len(self.paints)}")
            turned = slope and f" {slope}"
            self.defs.append(f'<linearGradient id="{self.paints[key]}"{turned}>{inner}</linearGradient>')
        return f"url(#{self.paints[key]})"

    def round_light(self, tone: Tone, depth: float = 1.0) -> str:
        """Light on something round: brightest a quarter in, darkest near the far edge, a little bounce after it."""
        stops = ((0, -0.03), (0.24, 0.055), (0.55, -0.015), (0.88, -0.125), (1, -0.085))
        return self.gradient([(offset, lit(tone, by * depth)) for offset, by in stops])

    def down_light(self, tone: Tone, top: float = 0.075, foot: float = -0.1) -> str:
        """Light on something flat that stands or hangs: it falls off downwards."""
        return self.gradient([(0, lit(tone, top)), (0.6, lit(tone, 0.01)), (1, lit(tone, foot))], 'x2=".2" y2="1"')

    def radial(self, part: str, colour: str, fades: Fades, place: str = "") -> str:
        """One colour that fades from the middle, or from `place` (such as `cx=".3"`), outwards."""
        stops = "".join(tag("stop", offset=o, stop_color=colour, stop_opacity=opacity) for o, opacity in fades)
        placed = place and f" {place}"
        self.defs.append(f'<radialGradient id="{self.name(part)}"{placed}>{stops}</radialGradient>')
        return f"url(#{self.name(part)})"

    def shadow(self, radius: float, cast: float = 1.0, y: float = FLOOR) -> None:
        """A cast shadow that runs away from the window, and the dark line where things touch the shelf."""
        paint = self.radial("s", SHADE, ((0, 0.34), (0.55, 0.15), (1, 0)))
        centre = AXIS + radius * 0.3 + 14 * cast
        wide = min(radius * 1.3 + 16 * cast, RIGHT_EDGE - centre)
        self.oval((centre, y + radius * TILT * 0.5), wide, wide * 0.2 + 3, paint)
        self.oval((AXIS + 3, y + radius * TILT * 0.62), radius * 1.05 + 3, radius * TILT * 0.8 + 4, paint)

    def glow(self, at: tuple[float, float], wide: float, tall: float) -> None:
        """The warm pool that a lamp or a flame throws; strongest on a dark wall."""
        self.oval(at, wide, tall, self.radial("w", "#ffce80", ((0, 0.3), (1, 0))))

    # Bodies

    def turn(self, part: str, profile: Profile, tone: Tone, glaze: Glaze = MATT, *, floor: float = FLOOR) -> None:
        """A lathed body standing at `floor`."""
        inside = self.raw_foot(profile, glaze, floor) if glaze.dip else ""
        for height in glaze.rings:
            r = profile.radius_at(height)
            ring = f"M{pts((AXIS - r, floor - height))}{arc(r, AXIS + r, floor - height)}"
            inside += tag("path", d=ring, fill="none", stroke=lit(tone, -0.16), stroke_opacity=0.35)
        if glaze.speckle:
            inside += self.iron(profile, tone, glaze, floor)
        if glaze.gloss:
            inside += window(profile, glaze.gloss, floor)
        path, paint = profile.path(floor=floor), self.round_light(tone, glaze.depth)
        if inside:
            self.clipped(part, path, paint, inside)
        else:
            self.fill(path, paint)

    def raw_foot(self, profile: Profile, glaze: Glaze, floor: float) -> str:
        """Bare clay below the line where the pot was dipped."""
        r, y = profile.radius_at(glaze.dip) + 2, floor - glaze.dip
        path = f"M{pts((AXIS - r, y - glaze.dip_tilt))}{arc(r, AXIS + r, y + glaze.dip_tilt)}V320H{num(AXIS - r)}Z"
        return tag("path", d=path, fill=self.round_light(BISQUE, glaze.depth))

    def iron(self, profile: Profile, tone: Tone, glaze: Glaze, floor: float) -> str:
        """Specks of iron in the clay; the same ones each time for the same drawing."""
        chance, dots = random.Random(self.slug), ""  # noqa: S311  (nothing secret: where specks lie)
        for _ in range(glaze.speckle):
            height = chance.uniform(glaze.dip + 8, profile.height - 6)
            r, angle = profile.radius_at(height) * 0.93, chance.uniform(-1.25, 1.25)
            x, y = AXIS + r * math.sin(angle), floor - height + r * TILT * math.cos(angle)
            dots += f"M{pts((x, y))}h{num(chance.choice((0.1, 0.1, 0.6)))}"
        return lined(dots, lit(tone, -0.3), 1.7, opacity=0.55)

    def clipped(self, part: str, path: str, paint: str, inside: str) -> None:
        """A filled shape and what lies within its edge; the edge is written once."""
        edge, clip = self.name(part), self.name(part + "c")
        self.defs.append(f'<path id="{edge}" d="{path}"/><clipPath id="{clip}"><use href="#{edge}"/></clipPath>')
        self.body.append(f'<use href="#{edge}" fill="{paint}"/><g clip-path="url(#{clip})">{inside}</g>')

    def mouth(self, at: tuple[float, float], tone: Tone, *, lip: float = 3, dark: float = 1) -> None:
        """The open top at (radius, y): a lit lip, and an inside that is dark towards the window."""
        radius, y = at
        self.oval((AXIS, y), radius, radius * TILT, lit(tone, 0.07))
        inner = self.gradient([(0, lit(tone, -0.2 * dark)), (1, lit(tone, -0.03 * dark))])
        self.oval((AXIS, y + 0.6), radius - lip, max(1, (radius - lip) * TILT - 0.4), inner)

    def standing_in(self, at: tuple[float, float], inside: str) -> None:
        """What stands in a mouth at (radius, y): seen above it, hidden below its near edge."""
        radius, y = at
        edge = f"M{pts((AXIS - radius, y))}{arc(radius, AXIS + radius, y)}L300 18H20Z"
        self.defs.append(f'<clipPath id="{self.name("m")}"><path d="{edge}"/></clipPath>')
        self.body.append(f'<g clip-path="url(#{self.name("m")})">{inside}</g>')


def window(profile: Profile, strength: float, floor: float) -> str:
    """The window's reflection in a glaze: a soft line that follows the left flank."""
    heights = (profile.height * 0.34, profile.height * 0.6, profile.height * 0.86)
    low, middle, high = (
        (AXIS - profile.radius_at(h) * 0.66, floor - h + profile.radius_at(h) * TILT * 0.7) for h in heights
    )
    bend = (2 * middle[0] - (low[0] + high[0]) / 2, 2 * middle[1] - (low[1] + high[1]) / 2)
    width = min(4.5, profile.widest * 0.075)
    return lined(f"M{pts(low)}Q{pts(bend, high)}", "#fffaf0", round(width, 1), opacity=strength)
