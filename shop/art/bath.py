"""What stands by the washbasin: one painter a form."""

from shop.art.colour import WOOD, Tone, hexed, lit
from shop.art.drawing import SHADE, Drawing, Glaze, lined, tag
from shop.art.kitchen import handle
from shop.art.lathe import Profile

METAL: Tone = (0.40, 0.012, 262)
GLASS: Tone = (0.90, 0.018, 220)
PALE = 0.8  # at this lightness and above, a dish carries a dark soap


def soap(d: Drawing, tone: Tone) -> None:
    cake: Tone = (0.90, 0.035, 92) if tone[0] < PALE else (0.66, 0.055, 140)
    d.shadow(78, 0.9)
    d.turn("b", Profile((58, 0), ((76, 1), (92, 8), (98, 24))), tone, Glaze(dip=7))
    d.mouth((98, 244), tone, lip=3.5, dark=0.6)
    d.fill("M108 232H214L216 238Q214 251 200 252H122Q108 251 106 238Z", lit(cake, -0.13))
    top = "M124 212H198Q216 212 216 226Q216 240 200 241H122Q106 240 106 226Q106 212 124 212Z"
    d.fill(top, d.gradient([(0, lit(cake, 0.07)), (1, lit(cake, -0.04))]))
    d.stroke("M128 218H194Q208 218 208 226Q208 234 196 235H126Q114 234 114 226Q114 218 128 218Z", lit(cake, -0.1), 1.6)
    d.stroke("M138 227H184", lit(cake, -0.14), 3.2)


def pump(d: Drawing, tone: Tone) -> None:
    d.shadow(50)
    low, shoulder = ((52, 1), (54, 6), (54, 18)), ((54, 92), (54, 104), (38, 116))
    body = Profile((46, 0), low, shoulder, ((26, 124), (19, 126), (19, 134)))
    d.turn("b", body, tone, Glaze(dip=20, gloss=0.24, speckle=10))
    d.tube("M160 128V92", METAL, 8)
    d.turn("c", Profile((21, 0), ((21, 12),), ((21, 15), (10, 16), (8, 16))), METAL, floor=138)
    d.tube("M178 86H126Q110 86 108 100", METAL, 11)


def beaker(d: Drawing, tone: Tone) -> None:
    d.shadow(48)
    body = Profile((42, 0), ((47, 1), (49, 6), (49, 16)), ((51, 50), (52, 72), (52, 96)))
    d.turn("b", body, tone, Glaze(dip=34, dip_tilt=-3, gloss=0.18))
    d.mouth((52, 172), tone, lip=3)
    brushes = ""
    for path, head, hair in (
        ("M148 184L134 92", "M134 92L129 62", "M125 90L121 65"),
        ("M172 184L190 84", "M190 84L195 54", "M199 83L203 59"),
    ):
        brushes += lined(hair, "#a9b3a4", 9, stroke_dasharray="2.6 .9")
        brushes += handle(path, 9) + lined(head, lit(WOOD, -0.03), 10)
    d.standing_in((48, 172.6), brushes)


def rolls(d: Drawing, tone: Tone) -> None:
    d.shadow(98, 0.5, y=262)
    ring = lit(tone, -0.13)
    for n, (x, y) in enumerate(((108, 226), (212, 226), (160, 140))):
        d.oval((x + 5, y + 4), 51, 46, SHADE, opacity=0.22)
        d.oval((x, y), 51, 46, d.round_light(tone, 0.9))
        coil = "".join(f"M{x - r} {y}a{r} {r * 0.9:.0f} 0 1 1 0 .1" for r in (40, 29, 18, 7))
        d.stroke(f"{coil}M{x - 40} {y}q-4 20 8 34", ring, 2.6)
        d.stroke(f"M{x - 40} {y - 16}A45 41 0 0 1 {x - 8} {y - 40}", lit(tone, 0.11), 4, opacity=0.7 - n * 0.1)


def mirror(d: Drawing, tone: Tone) -> None:
    d.shadow(52)
    d.turn("f", Profile((50, 0), ((54, 2), (54, 8), (40, 14)), ((20, 20), (10, 24), (8, 34))), WOOD)
    d.tube("M160 240V206", WOOD, 14)
    d.oval((167, 130), 86, 88, lit(tone, -0.14))
    d.oval((160, 129), 86, 88, d.round_light(tone))
    stops = ((0, 0.07), (0.45, -0.04), (0.55, 0.05), (1, -0.12))
    d.oval((160, 129), 74, 76, d.gradient([(at, lit(GLASS, by)) for at, by in stops], 'x2=".8" y2="1"'))
    d.stroke("M112 146L150 78M132 160L158 112", "#ffffff", 5, opacity=0.5)
    d.body.append(tag("ellipse", cx="160", cy="129", rx="74", ry="76", fill="none", stroke=lit(tone, -0.2)))


def pail(d: Drawing, tone: Tone) -> None:
    d.shadow(62, 1.1)
    d.tube("M88 166C78 46 242 46 232 166", METAL, 4.5)
    d.body.append(handle("M138 77H182", 13))
    d.turn(
        "b",
        Profile((54, 0), ((56, 2),), ((72, 104),), ((75, 106), (75, 110), (73, 112))),
        tone,
        Glaze(rings=(12, 90), gloss=0.2),
    )
    d.mouth((73, 156), tone, lip=3)
    for x in (87, 233):
        d.oval((x, 168), 6, 7, lit(METAL, 0.06))
        d.oval((x - 1, 167), 2.4, 2.6, hexed((0.7, 0.01, 262)))
