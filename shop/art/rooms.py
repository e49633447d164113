"""What lights, holds and grows: lamps, candles, furniture, baskets and plants; one painter a form."""

import math

from shop.art.colour import LAMPLIGHT, LEAF, WAX, WILLOW, WOOD, Tone, hexed, lit
from shop.art.drawing import SHADE, Drawing, Glaze, lined, tag
from shop.art.lathe import AXIS, FLOOR, TILT, Profile, arc, num, pts

INK: Tone = (0.33, 0.018, 262)
PALE = 0.88  # at this lightness and above, a tone needs dark marks beside it
FLAME = hexed((0.86, 0.125, 82))
SHADE_DOME = Profile((82, 0), ((78, 34), (50, 86), (30, 94)), ((20, 98), (8, 99), (0.4, 99)))


def candle(d: Drawing, tone: Tone) -> None:
    d.glow((161, 108), 74, 74)
    d.shadow(62, 0.9)
    d.turn("b", Profile((50, 0), ((66, 1), (72, 6), (76, 14))), tone)
    d.mouth((76, 254), tone, dark=0.7)
    d.turn("w", Profile((28, 0), ((28, 128),)), WAX, Glaze(depth=0.8), floor=260)
    d.mouth((28, 132), WAX, lip=4, dark=0.35)
    d.stroke("M160 133C160 126 161 124 160.6 120", "#4a3d33", 2.2)
    d.fill("M160 124C149 117 153 101 161 86C168 101 172 117 160 124Z", FLAME)
    d.fill("M160 123C154 119 156 110 160.5 101C165 110 166 119 160 123Z", "#fff6dc")


def candlestick(d: Drawing, tone: Tone) -> None:
    d.glow((160, 60), 62, 62)
    d.shadow(50, 0.9)
    foot, stem = ((54, 2), (54, 7), (44, 9)), ((24, 12), (11, 16), (10, 26))
    knop = ((10, 30), (20, 30), (20, 37)), ((20, 44), (10, 44), (10, 49))
    body = Profile((52, 0), foot, stem, *knop, ((10, 58), (16, 62), (24, 66)), ((24, 70),))
    d.turn("b", body, tone, Glaze(gloss=0.16))
    d.mouth((24, 198), tone, lip=2.5)
    d.turn("w", Profile((10, 0), ((10, 60), (9, 90), (8, 114))), WAX, Glaze(depth=0.8), floor=199)
    d.oval((160, 85), 8, 1.6, lit(WAX, 0.03))
    d.stroke("M160 85C160 80 161 79 160.4 76", "#4a3d33", 2)
    d.fill("M160 79C151 73 154 60 160.6 47C167 60 170 73 160 79Z", FLAME)
    d.fill("M160 78C155 75 157 67 160.4 59C164 67 165 75 160 78Z", "#fff6dc")


def dome(d: Drawing, tone: Tone, y: float) -> None:
    """A lamp's shade with its near edge at y, lit from within."""
    d.oval((160, y), 82, 13.9, hexed(LAMPLIGHT))
    d.oval((160, y + 3), 17, 7, "#fffbef")
    outline = SHADE_DOME.path(floor=y).replace("A82 13.9 0 0 0", "A82 13.9 0 0 1", 1)
    d.fill(outline, d.round_light(tone))
    d.stroke(f"M78 {num(y)}A82 13.9 0 0 1 242 {num(y)}", lit(LAMPLIGHT, 0.03), 1.4, opacity=0.8)


def lamp(d: Drawing, tone: Tone) -> None:
    d.shadow(54, 1.1)
    d.glow((160, 264), 104, 20)
    d.turn("f", Profile((48, 0), ((50, 1), (50, 8), (48, 9))), tone)
    d.oval((160, 259), 48, 8.2, d.gradient([(0, lit(tone, 0.08)), (1, lit(tone, 0.0))]))
    d.tube("M160 260V132", tone, 8)
    dome(d, tone, 143)
    d.turn("k", Profile((6, 0), ((6, 7),), ((6, 10), (4, 11), (0.4, 11))), WOOD, floor=46)


def pendant(d: Drawing, tone: Tone) -> None:
    d.glow((160, 200), 120, 92)
    d.stroke("M160 10V70", lit(WOOD, -0.22), 2.6)
    dome(d, tone, 168)
    d.turn("k", Profile((9, 0), ((9, 14), (5, 18), (3, 22))), WOOD, floor=71)


def stool(d: Drawing, tone: Tone) -> None:
    d.shadow(72, 1.2, y=FLOOR - 6)
    d.tube("M164 136L168 252", WOOD, 12)
    d.tube("M112 140L92 266", WOOD, 13)
    d.tube("M208 140L230 266", WOOD, 13)
    d.tube("M99 222L222 222", WOOD, 6)
    d.turn("b", Profile((88, 0), ((92, 3), (92, 14), (88, 19))), tone, floor=146)
    d.oval((160, 127), 88, 15, d.gradient([(0, lit(tone, 0.085)), (1, lit(tone, 0.0))]))
    d.oval((160, 128), 52, 8, lit(tone, -0.05), opacity=0.35)


def clock(d: Drawing, tone: Tone) -> None:
    face, mark = ((0.95, 0.012, 90), lit(INK, 0)) if tone[0] < PALE else (INK, "#f4f1ea")
    d.shadow(52, 1.0)
    d.turn("f", Profile((44, 0), ((47, 2), (47, 10), (42, 14))), WOOD)
    d.oval((170, 167), 86, 86, d.round_light(tone))
    d.oval((162, 166), 86, 86, lit(tone, 0.06))
    glass = d.gradient([(0, lit(face, -0.09)), (0.35, lit(face, 0.0)), (1, lit(face, 0.03))], 'y2="1"')
    d.oval((162, 166), 76, 76, glass)
    ticks = "".join(
        f"M{pts((162 + 66 * math.sin(a), 166 - 66 * math.cos(a)), (162 + w * math.sin(a), 166 - w * math.cos(a)))}"
        for i in range(12)
        for a, w in [(i * math.pi / 6, 54 if i % 3 == 0 else 61)]
    )
    d.stroke(f"{ticks}M162 166L122 143M162 166L184 120", mark, 3.4)
    d.oval((162, 166), 5, 5, mark)


def basket(d: Drawing, tone: Tone) -> None:
    body = Profile((66, 0), ((76, 6), (84, 40), (82, 92)))
    d.shadow(72, 1.1)
    d.tube("M84 162C92 44 228 44 236 162", WILLOW, 9)
    d.turn("b", body, WILLOW, Glaze(rings=(0.1,)))
    d.stroke(woven(body), lit(WILLOW, 0.1), 6, opacity=0.42)
    r = body.radius_at(54) - 0.5
    back = f"A{num(r)} {num(r * TILT)} 0 0 1 {num(AXIS - r)} 196Z"
    d.fill(f"M{num(AXIS - r)} 222{arc(r, AXIS + r, 222)}v-26{back}", hexed(tone), opacity=0.8)
    d.mouth((83, 175), WILLOW, lip=6, dark=1.5)


def woven(body: Profile) -> str:
    """Where the rods of a basket come to the front, row by row."""
    weave = ""
    for row in range(7):
        height = 5 + row * 12.6
        r = body.radius_at(height + 6) - 3
        for rod in range(13):
            start, end = (math.pi * (rod + share + 0.5 * (row % 2)) / 13 for share in (0.14, 0.86))
            if end < math.pi * 0.985:
                x, length = AXIS - r * math.cos(start), r * (math.cos(start) - math.cos(end))
                y = FLOOR - height - 5 + r * TILT * math.sin((start + end) / 2)
                weave += f"M{x:.0f} {y:.0f}h{max(1, length):.0f}"
    return weave


def box(d: Drawing, tone: Tone) -> None:
    """Two bent-wood boxes, the lids in the colour; laps and tacks as on the old ones."""
    d.shadow(86, 0.9)
    for part, floor, r, tall in (("a", FLOOR, 92.0, 62.0), ("b", 188.0, 70.0, 46.0)):
        d.turn(part, Profile((r, 0), ((r, tall),)), WOOD, floor=floor)
        low = floor - tall * 0.42
        lap = f"M{pts((160, floor - tall * 0.6 + r * TILT))}L{pts((124, low + r * TILT * 0.92))}"
        d.stroke(f"{lap}L{pts((160, floor - tall * 0.24 + r * TILT))}", lit(WOOD, -0.14), 1.6)
        tack = f"M{pts((134, low + r * TILT * 0.97))}h.1M{pts((146, low + r * TILT))}h.1"
        d.stroke(tack, lit((0.5, 0.08, 50), -0.1), 3.2)
        d.turn(part + "l", Profile((r + 4, 0), ((r + 4, 16), (r + 3, 18), (r + 1, 19))), tone, floor=floor - tall)
        top = d.gradient([(0, lit(tone, 0.085)), (1, lit(tone, 0.0))])
        d.oval((160, floor - tall - 19), r + 1, (r + 1) * TILT, top)


def board(d: Drawing, tone: Tone) -> None:
    wood = (0.70, 0.070, 66) if tone[0] > 0.45 else (0.42, 0.045, 55)  # noqa: PLR2004  (dark cords hang on dark wood)
    d.shadow(76, 0.8, y=FLOOR - 6)
    lean = (
        "M98 266C90 266 84 260 84 252L90 112C91 98 100 90 116 88L144 85L146 50C147 36 177 36 178 50"
        "L180 85L204 88C220 90 229 98 230 112L236 252C236 260 230 266 222 266Z"
    )
    d.fill(lean, lit(wood, -0.17), transform="translate(7 1)")
    fill = d.gradient([(0, lit(wood, 0.09)), (0.6, lit(wood, 0.02)), (1, lit(wood, -0.06))], 'y2="1"')
    lines = ((104, 8), (118, 10), (131, 7), (150, -9), (166, 6), (184, -8), (199, 10), (218, -6))
    grain = "".join(f"M{x} 30C{x + b} 120 {x - b} 190 {x + b // 2} 280" for x, b in lines)
    d.clipped("b", lean, fill, lined(grain, lit(wood, -0.1), 1.6, opacity=0.38))
    d.oval((162, 54), 6.5, 6.5, lit(wood, -0.3))
    d.stroke("M162 54C150 70 152 92 142 112", hexed(tone), 3)
    d.stroke("M162 54C172 72 158 96 166 120", lit(tone, -0.05), 3)


def rail(d: Drawing, tone: Tone) -> None:
    """A rail on the wall, with a hand brush on one of its pegs."""
    d.fill("M34 92H292V116H34Z", SHADE, opacity=0.16)
    d.fill("M30 82H290V110H30Z", d.gradient([(0, lit(WOOD, 0.08)), (1, lit(WOOD, -0.07))]))
    d.stroke("M30 83H290", lit(WOOD, 0.13), 2)
    d.stroke("M40 91C110 88 200 95 282 90M36 101C120 104 210 98 286 103", lit(WOOD, -0.1), 1.4, opacity=0.4)
    d.fill("M228 150L252 150L264 226H226Z", SHADE, opacity=0.14)
    d.stroke("M232 99C226 112 226 122 232 132C238 122 240 112 236 99", lit(WILLOW, -0.12), 2.4)
    d.fill("M226 132Q233 126 240 132L242 164H224Z", d.round_light(WOOD))
    bristles = d.gradient([(0, lit(WILLOW, 0.1)), (0.5, lit(WILLOW, 0.0)), (1, lit(WILLOW, -0.14))])
    d.fill("M223 170H243L257 224Q233 230 209 224Z", bristles)
    d.stroke("M226 176L216 222M230 176L226 224M236 176L238 224M240 176L250 222", lit(WILLOW, -0.16), 1.4, opacity=0.6)
    d.fill("M221 160H245V173H221Z", hexed(tone))
    for x in (60, 118, 176, 234):
        d.oval((x + 5, 103), 13, 10, SHADE, opacity=0.2)
        d.oval((x, 97), 11, 11, lit(tone, -0.13))
        d.oval((x - 1, 96), 9.6, 9.6, lit(tone, 0.01))
        d.oval((x - 4, 93), 3.4, 3, lit(tone, 0.1), opacity=0.8)


def planter(d: Drawing, tone: Tone) -> None:
    d.shadow(62)
    blade = "M0 0C-15-26-14-66 0-92C14-66 15-26 0 0"
    low = ((-58, 0.9, 142, -0.07), (56, 0.92, 178, -0.09), (-34, 1.16, 148, -0.02))
    for turn, size, x, by in (*low, (33, 1.2, 173, -0.05), (-11, 1.42, 156, 0.03), (12, 1.3, 165, -0.01)):
        vein = tag("path", d="M0-8V-78", stroke=lit(LEAF, by + 0.08))
        leaf = tag("path", d=blade, fill=lit(LEAF, by))
        d.body.append(f'<g transform="translate({x} 178)rotate({turn})scale({size})">{leaf}{vein}</g>')
    pot = Profile((50, 0), ((54, 2),), ((60, 40), (64, 64), (66, 88)))
    d.turn("b", pot, tone, Glaze(speckle=12, depth=0.9))
    d.stroke(f"M94 180{arc(66, 226, 180)}", lit(tone, 0.08), 3)


def herbs(d: Drawing, tone: Tone) -> None:
    """Basil in a small pot on its saucer."""
    d.shadow(62, 0.9)
    d.stroke("M158 190C156 150 150 130 146 104M162 190C166 160 182 146 190 124", lit(LEAF, -0.08), 2.6)
    pair, edge = d.name("p"), "M0 0C-24 4-34-10-32-24C-14-28-2-16 0 0C2-18 16-28 34-22C34-6 22 6 0 0"
    d.defs.append(f'<path id="{pair}" d="{edge}"/>')
    low = ((118, 148, -30, 0.9, -0.08), (196, 126, 24, 0.9, -0.05), (142, 158, -12, 0.8, -0.02))
    high = ((178, 154, 16, 0.9, 0.0), (160, 136, 4, 1, 0.04), (146, 106, -10, 1, 0.08))
    for x, y, turn, size, by in (*low, *high):
        moved = f"translate({x} {y})rotate({turn})scale({size})"
        d.body.append(f'<use href="#{pair}" fill="{lit(LEAF, by)}" transform="{moved}"/>')
    d.turn("s", Profile((56, 0), ((66, 1), (72, 4), (74, 10))), tone)
    d.mouth((74, 258), tone, lip=3, dark=0.7)
    d.turn("b", Profile((44, 0), ((46, 1),), ((50, 30), (54, 50), (56, 74))), tone, Glaze(depth=0.9), floor=262)
    d.turn("r", Profile((58, 0), ((59, 1), (59, 14), (58, 15))), tone, Glaze(depth=0.9), floor=196)
    d.stroke(f"M102 182{arc(58, 218, 182)}", lit(tone, 0.08), 2)


def can(d: Drawing, tone: Tone) -> None:
    """A watering can: a long spout to the left, a bow over the top."""
    d.shadow(62, 1.1)
    d.tube("M196 152C262 132 262 232 214 236", tone, 9)
    spout = d.gradient([(0, lit(tone, 0.07)), (1, lit(tone, -0.08))], 'x2=".5" y2="1"')
    d.fill("M108 244C86 232 76 190 50 138L60 133C84 172 96 196 108 206Z", spout)
    d.oval((51, 134), 15, 5, lit(tone, -0.1), transform="rotate(-28 51 134)")
    d.oval((50, 132.6), 13.4, 3.8, lit(tone, 0.05), transform="rotate(-28 50 132.6)")
    d.turn("b", Profile((58, 0), ((60, 2),), ((60, 92),)), tone, Glaze(rings=(10, 82), gloss=0.16))
    d.mouth((60, 176), tone, lip=2.5)
    d.fill("M103 172A60 10.2 0 0 1 217 172C200 166 186 178 160 178S118 168 103 172Z", lit(tone, 0.03))
    d.tube("M112 174C116 120 204 120 208 174", tone, 8)
