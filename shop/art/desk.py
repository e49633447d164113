"""What stands on a desk: one painter a form."""

from shop.art.colour import COLOURS, LEAF, WOOD, Tone, hexed, lit
from shop.art.drawing import SHADE, Drawing, Glaze, lined
from shop.art.lathe import Profile

PAPER: Tone = (0.95, 0.014, 90)


def pens(d: Drawing, tone: Tone) -> None:
    d.shadow(48)
    d.turn(
        "b",
        Profile((48, 0), ((51, 1), (52, 6), (52, 14)), ((52, 96),)),
        tone,
        Glaze(dip=24, rings=(40, 48), gloss=0.18),
    )
    d.mouth((52, 172), tone, lip=3)
    pencils = ""
    for foot, shaft, tip, colour in (
        ("M142 184", "L118 88", "l-4.5-18", "ochre"),
        ("M156 184", "L152 66", "l-.7-18", "rust"),
        ("M170 184", "L202 84", "l6-17", "sage"),
    ):
        x, y = shaft[1:].split()
        pencils += lined(f"M{x} {y}{tip}", lit(WOOD, 0.06), 5) + lined(foot + shaft, hexed(COLOURS[colour]), 10)
        pencils += lined(foot + shaft, lit(COLOURS[colour], 0.1), 3)
    d.standing_in((48, 172.6), pencils)


def notebooks(d: Drawing, tone: Tone) -> None:
    d.shadow(100, 0.5, y=262)
    pages = d.gradient([(0, lit(PAPER, 0)), (1, lit(PAPER, -0.16))])
    covers = (tone, COLOURS["oat"] if tone[0] < 0.8 else COLOURS["ink"], tone)  # noqa: PLR2004  (a pale pile has a dark one)
    for n, cover in enumerate(covers):
        y, x = 248 - 24 * n, (58, 66, 62)[n]
        d.fill(f"M{x} {y}h196v20h-196Z", lit(cover, -0.06))
        d.fill(f"M{x + 7} {y + 4}h189v12h-189Z", pages)
        d.stroke(f"M{x + 8} {y + 8}h187M{x + 8} {y + 12}h187", lit(PAPER, -0.22), 0.8)
        d.fill(f"M{x - 2} {y}q-5 10 0 20h9v-20Z", lit(cover, -0.12))
        d.stroke(f"M{x} {y + 20}h196", SHADE, 1.4, opacity=0.35)
    d.fill("M60 200L84 172H236L258 200Z", d.gradient([(0, lit(tone, 0.1)), (1, lit(tone, 0.02))]))
    d.fill("M112 192L121 180H188L192 192Z", hexed(PAPER))
    d.stroke("M124 186H180", lit(PAPER, -0.4), 1.8)
    d.stroke("M218 172L236 200V220", lit(tone, -0.22), 4)


def globe(d: Drawing, tone: Tone) -> None:
    d.shadow(52, 1.1)
    d.turn("f", Profile((50, 0), ((54, 2), (54, 8), (30, 14)), ((12, 18), (8, 22), (8, 36))), WOOD)
    d.tube("M160 236C256 232 270 92 190 58", WOOD, 8)
    land = "M96 92C112 74 138 70 150 82C146 96 128 98 128 112C120 124 100 122 94 138C84 128 84 106 96 92Z"
    south = "M118 142C136 136 148 148 146 164C142 184 130 196 124 206C114 190 110 156 118 142Z"
    north = "M176 84C196 74 222 90 232 112C226 124 208 116 200 128"
    east = f"{north}C208 148 204 176 192 186C176 170 182 148 168 136C164 116 162 96 176 84Z"
    lines = lined(
        "M70 142Q160 176 250 142M80 104Q160 134 240 104M160 60Q120 140 160 226M160 60Q206 140 160 226",
        lit(tone, -0.12),
        1.2,
    )
    inside = lines + "".join(f'<path d="{p}" fill="{lit(LEAF, 0.17)}" opacity=".85"/>' for p in (land, south, east))
    d.clipped("b", "M76 142A84 84 0 1 1 244 142A84 84 0 1 1 76 142Z", d.round_light(tone), inside)
    d.stroke("M98 116Q108 86 134 74", "#fffaf0", 5, opacity=0.35)
    d.oval((187, 60), 7, 7, lit(WOOD, -0.05))


def inkwell(d: Drawing, tone: Tone) -> None:
    d.shadow(62)
    shoulder = ((66, 56), (60, 66), (34, 70)), ((26, 72), (24, 76), (24, 88))
    body = Profile((58, 0), ((65, 1), (66, 8), (66, 20)), *shoulder)
    d.turn("b", body, tone, Glaze(gloss=0.3))
    d.fill("M116 212Q160 224 204 212V246Q160 258 116 246Z", lit(PAPER, -0.03))
    d.stroke("M132 227Q160 233 188 227M140 237Q160 242 180 237", lit(PAPER, -0.45), 2)
    d.mouth((24, 180), tone, lip=3)
    shaft = lined("M166 190L234 56", lit(WOOD, -0.12), 8) + lined(
        "M166 190L234 56", lit(WOOD, 0.06), 3.4, transform="translate(-1.5 -.8)"
    )
    d.standing_in((20, 180.6), shaft)


def bell(d: Drawing, tone: Tone) -> None:
    d.shadow(76, 0.9)
    d.turn("p", Profile((84, 0), ((88, 3), (88, 12), (82, 16))), WOOD)
    d.oval((160, 252), 82, 13.9, d.gradient([(0, lit(WOOD, 0.08)), (1, lit(WOOD, 0))]))
    d.oval((166, 251), 72, 11, SHADE, opacity=0.3)
    dome = ((70, 8), (66, 14)), ((60, 58), (34, 80), (12, 84)), ((8, 85), (4, 85), (0.4, 85))
    d.turn("b", Profile((70, 0), ((72, 2), *dome[0]), *dome[1:]), tone, Glaze(gloss=0.4), floor=258)
    d.turn("k", Profile((6, 0), ((5, 6), (11, 8), (11, 14)), ((11, 20), (6, 23), (0.4, 23))), tone, floor=175)


def books(d: Drawing, tone: Tone) -> None:
    d.shadow(104, 0.6, y=262)
    end = d.gradient([(0, lit(tone, 0.05)), (1, lit(tone, -0.1))])
    d.fill("M44 150H64V258H84V270H44Z", end)
    shelf = (
        (68, 30, 146, "moss"),
        (99, 22, 124, "chalk"),
        (122, 36, 158, "rain"),
        (159, 26, 136, "dusk"),
        (186, 32, 150, "ochre"),
    )
    for x, wide, tall, colour in shelf:
        y = 268 - tall
        d.fill(f"M{x} {y + 4}q{wide // 2}-6 {wide} 0V268h-{wide}Z", d.round_light(COLOURS[colour], 0.8))
        d.stroke(
            f"M{x + 4} {y + 20}h{wide - 8}M{x + 4} {y + 28}h{wide - 8}M{x + 4} 250h{wide - 8}",
            lit(COLOURS[colour], -0.2),
            2,
        )
    d.fill("M276 150H256Q236 200 222 258V270H276Z", end)
