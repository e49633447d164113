"""What is played with: one painter a form."""

import math

from shop.art.colour import COLOURS, WOOD, Tone, hexed, lit
from shop.art.drawing import SHADE, Drawing, Glaze, lined
from shop.art.kitchen import handle
from shop.art.lathe import AXIS, TILT, Profile, pts

SAIL: Tone = (0.93, 0.018, 88)
CALF: Tone = (0.90, 0.030, 82)


def top(d: Drawing, tone: Tone) -> None:
    d.shadow(40, 1.4)
    since = len(d.body)
    d.turn("h", Profile((9, 0), ((7, 20), (6, 40), (8, 50)), ((13, 52), (13, 62), (0.4, 63))), WOOD, floor=172)
    low, high = ((16, 22), (82, 36), (84, 62)), ((84, 84), (40, 92), (10, 100))
    d.turn("b", Profile((4, 0), low, high), tone, Glaze(gloss=0.25))
    for y, rx in ((191, 72), (183, 52)):
        d.stroke(f"M{AXIS - rx} {y}A{rx} {rx * TILT:.0f} 0 0 0 {AXIS + rx} {y}", hexed(SAIL), 5, opacity=0.8)
    d.move(since, "rotate(13 160 268)")


def stacker(d: Drawing, tone: Tone) -> None:
    d.shadow(78)
    d.turn("p", Profile((78, 0), ((82, 2), (82, 10), (78, 13))), WOOD)
    other = COLOURS["oat"] if tone != COLOURS["oat"] else COLOURS["ink"]
    for n, (r, colour) in enumerate(((70.0, tone), (60.0, other), (50.0, tone), (40.0, other))):
        ring = Profile((r - 14, 0), ((r - 2, 0), (r + 4, 6), (r + 4, 15)), ((r + 4, 24), (r - 2, 30), (r - 14, 30)))
        floor = 253 - 29 * n
        d.turn(f"r{n}", ring, colour, Glaze(depth=0.9), floor=floor)
        d.oval((AXIS, floor - 30), r - 14, (r - 14) * TILT, lit(colour, 0.06))
    d.turn("k", Profile((13, 0), ((26, 4), (26, 38), (0.4, 41))), WOOD, floor=138)


def skittles(d: Drawing, tone: Tone) -> None:
    d.shadow(94, 0.7)
    low, neck = ((26, 2), (32, 24), (32, 46)), ((32, 78), (12, 88), (12, 108))
    body, head = Profile((20, 0), low, neck), Profile((12, 0), ((26, 4), (26, 42), (0.4, 45)))
    for name, x, y, lean in (("a", -62, -4, -2), ("b", 62, -4, 2), ("c", 0, 4, 0)):
        since = len(d.body)
        d.turn(name, body, WOOD)
        d.turn(name + "h", head, tone, floor=164)
        for high, rx in ((222, 30), (208, 29)):
            d.stroke(f"M{AXIS - rx} {high}A{rx} {rx * TILT:.0f} 0 0 0 {AXIS + rx} {high}", hexed(tone), 5)
        d.move(since, f"translate({x} {y})rotate({lean} 160 268)")


def drum(d: Drawing, tone: Tone) -> None:
    d.shadow(82)
    d.turn("b", Profile((82, 0), ((82, 92),)), tone)
    cord = [pts((AXIS + 83 * math.sin(a), y + 83 * TILT * math.cos(a))) for a, y in zigzag()]
    d.stroke("M" + "L".join(cord), hexed(SAIL), 3)
    d.turn("l", Profile((86, 0), ((86, 16),)), WOOD, floor=268)
    d.turn("u", Profile((86, 0), ((86, 16),)), WOOD, floor=188)
    d.oval((AXIS, 172), 86, 14.6, lit(WOOD, 0.09))
    d.oval((AXIS, 172.6), 80, 13, d.gradient([(0, lit(CALF, -0.05)), (1, lit(CALF, 0.05))]))
    d.stroke("M122 176L232 144M150 182L262 158", SHADE, 5, opacity=0.2, transform="translate(3 6)")
    for path, x, y in (("M122 170L236 136", 120, 170), ("M150 177L264 150", 148, 177)):
        d.body.append(handle(path, 7))
        d.oval((x, y), 9, 8, lit(WOOD, 0.03))


def zigzag() -> list[tuple[float, float]]:
    """The drum's cord round its front: an angle and the height of its axis, from left to right."""
    return [(math.pi * (n / 8 - 0.5), 250 if n % 2 else 190) for n in range(9)]


def boat(d: Drawing, tone: Tone) -> None:
    d.shadow(92, 0.8, y=264)
    d.tube("M156 222V48", WOOD, 8)
    sail = d.gradient([(0, lit(SAIL, 0.03)), (0.6, lit(SAIL, -0.02)), (1, lit(SAIL, -0.12))])
    d.fill("M148 60V206H68C104 168 134 116 148 60Z", sail)
    d.fill("M166 70C204 108 226 156 234 206H166Z", sail)
    d.fill("M166 150C190 154 206 160 219 164C222 176 224 184 225 190C206 184 188 180 166 178Z", hexed(tone))
    hull = "M50 214H274C266 246 240 268 206 270H122C86 266 60 246 50 214Z"
    boards = lined("M56 230Q160 236 268 230M68 246Q160 252 256 246", lit(tone, -0.16), 1.8, opacity=0.6)
    paint = d.gradient([(0, lit(tone, 0.05)), (0.5, lit(tone, -0.02)), (1, lit(tone, -0.14))], 'x2=".3" y2="1"')
    d.clipped("b", hull, paint, boards)
    d.fill("M48 210H276L273 220H51Z", lit(WOOD, 0.04))
    d.stroke("M50 211H274", lit(WOOD, 0.13), 2)


def blocks(d: Drawing, tone: Tone) -> None:
    d.shadow(94, 0.7, y=264)
    for x, y, colour in ((66, 192, WOOD), (154, 192, tone), (112, 114, SAIL)):
        d.fill(f"M{x} {y}h76v76h-76Z", d.down_light(colour))
        d.fill(f"M{x} {y}l10-12h76l-10 12Z", lit(colour, 0.1))
        d.fill(f"M{x + 76} {y}l10-12v76l-10 12Z", lit(colour, -0.16))
    d.oval((104, 230), 20, 20, hexed(tone))
    d.stroke("M176 252L192 210L208 252ZM142 140h32v28h-32Z", hexed(SAIL), 5, stroke_linejoin="round")
    d.stroke("M134 136h32v32h-32Z", hexed(tone), 5, stroke_linejoin="round")
    roof = "M112 104L152 58L192 104Z"
    d.fill(roof, lit(tone, -0.14), transform="translate(10 -8)")
    d.fill(roof, d.down_light(tone))
