"""What is thrown on the wheel for the table, tea and coffee: one painter a form."""

from shop.art.colour import BISQUE, COLOURS, LEAF, WOOD, Tone, hexed, lit
from shop.art.drawing import SHADE, Drawing, Glaze, lined
from shop.art.lathe import AXIS, FLOOR, Profile

EGG: Tone = (0.870, 0.036, 62)
COFFEE: Tone = (0.42, 0.06, 55)


def mug(d: Drawing, tone: Tone) -> None:
    body = Profile((54, 0), ((57, 1), (58, 7), (58, 18)), ((60, 60), (60, 84), (60, 116)))
    d.shadow(56)
    d.tube("M214 176C256 168 262 234 214 232", tone, 15)
    d.turn("b", body, tone, Glaze(dip=17, speckle=16, gloss=0.16))
    d.mouth((60, 152), tone)


def tumbler(d: Drawing, tone: Tone) -> None:
    body = Profile((38, 0), ((42, 1), (44, 6), (45, 14)), ((49, 50), (51, 84), (52, 108)))
    d.shadow(44)
    d.turn("b", body, tone, Glaze(dip=52, gloss=0.2, rings=(66, 80, 94), dip_tilt=3))
    d.mouth((52, 160), tone, lip=2.5)


def cup(d: Drawing, tone: Tone) -> None:
    saucer = Profile((44, 0), ((62, 1), (78, 5), (88, 12)))
    bowl = Profile((24, 0), ((30, 2), (42, 12), (45, 34)), ((46, 44), (46, 52), (46, 60)))
    d.shadow(66, 0.8)
    d.turn("p", saucer, tone)
    d.mouth((88, 256), tone, lip=2.6, dark=0.5)
    d.oval((170, 260), 48, 7, SHADE, opacity=0.2)
    d.tube("M202 216C232 208 232 244 198 242", tone, 9)
    d.turn("b", bowl, tone, Glaze(gloss=0.2, dip=8), floor=262)
    d.mouth((46, 202), tone, lip=2.6)
    d.oval((160, 204), 40.5, 5.4, hexed(COFFEE))
    d.oval((156, 203.6), 29, 3.2, lit(COFFEE, 0.2), opacity=0.7)


def teapot(d: Drawing, tone: Tone) -> None:
    low, high = ((56, 2), (58, 4), (60, 8)), ((84, 24), (88, 74), (66, 100))
    body = Profile((46, 0), low, high, ((58, 108), (48, 112), (38, 113)))
    spout = d.gradient([(0, lit(tone, 0.05)), (1, lit(tone, -0.06))])
    d.shadow(66, 1.2)
    d.fill("M96 196C70 206 68 168 44 150L58 143C82 158 96 160 108 216Z", spout)
    lip = lit(tone, 0.07)
    d.oval((51, 146.5), 7.6, 2.6, lit(tone, -0.22), transform="rotate(-26 51 146.5)", stroke_width=1.6, stroke=lip)
    d.tube("M222 176C268 156 276 226 232 232", tone, 13)
    d.turn("b", body, tone, Glaze(dip=16, gloss=0.24))
    d.oval((160, 157), 42, 7.4, lit(tone, -0.16))
    d.turn("l", Profile((40, 0), ((38, 10), (20, 17), (0.4, 18))), tone, floor=156)
    d.turn("k", Profile((5, 0), ((4, 6), (10, 6), (10, 12)), ((10, 18), (5, 20), (0.4, 20))), BISQUE, floor=140)


def dripper(d: Drawing, tone: Tone) -> None:
    server = Profile((50, 0), ((60, 1), (64, 8), (64, 20)), ((64, 62), (40, 74), (34, 92)))
    cone = Profile((24, 0), ((28, 14), (54, 48), (62, 74)))
    d.shadow(62)
    d.tube("M210 196C250 184 252 240 216 240", tone, 11)
    d.turn("b", server, tone, Glaze(dip=26))
    d.oval((160, 171), 62, 10.4, lit(tone, -0.1))
    d.oval((160, 168), 62, 10.4, lit(tone, 0.04))
    d.stroke("M206 132C232 120 236 152 196 152", lit(tone, -0.04), 8)
    d.turn("c", cone, tone, floor=166)
    d.mouth((62, 92), tone, lip=2.6)
    d.oval((160, 94.5), 51, 6.6, hexed(COFFEE))


def jug(d: Drawing, tone: Tone) -> None:
    low, waist = ((50, 2), (56, 12), (57, 36)), ((58, 82), (34, 98), (35, 134))
    body = Profile((40, 0), low, waist, ((36, 146), (38, 152), (42, 158)))
    d.shadow(48)
    d.tube("M196 128C244 112 250 196 210 208", tone, 12)
    d.turn("b", body, tone, Glaze(dip=40, gloss=0.2, dip_tilt=-4))
    d.mouth((42, 110), tone, lip=2.6)
    d.fill("M132 116C122 112 112 104 104 101C112 112 118 124 126 134Z", lit(tone, 0.04))
    d.fill("M130 115C120 110 112 104 104 101C118 101 132 104 146 107Z", lit(tone, -0.15))


def carafe(d: Drawing, tone: Tone) -> None:
    low, neck = ((54, 3), (56, 14), (55, 34)), ((53, 82), (24, 88), (22, 130))
    d.shadow(48)
    body = Profile((44, 0), low, neck, ((22, 148), (24, 160), (28, 170)))
    d.turn("b", body, tone, Glaze(rings=(24, 38, 52), gloss=0.28))
    d.mouth((28, 98), tone, lip=2.4)
    d.turn("k", Profile((19, 0), ((22, 8),), ((23, 22), (22, 26), (0.4, 27))), WOOD, floor=100)


def bowl(d: Drawing, tone: Tone) -> None:
    body = Profile((36, 0), ((36, 9),), ((72, 16), (98, 44), (102, 84)))
    d.shadow(60, 1.4)
    d.turn("b", body, tone, Glaze(dip=13, gloss=0.2, speckle=14))
    d.mouth((102, 184), tone, lip=3.5)


def plate(d: Drawing, tone: Tone) -> None:
    d.shadow(92, 0.8)
    well = d.gradient([(0, lit(tone, -0.2)), (1, lit(tone, -0.13))])
    for i, lift in enumerate((0, 13, 26)):
        y = FLOOR - lift
        d.turn(f"b{i}", Profile((72, 0), ((94, 1), (112, 8), (118, 16))), tone, floor=y)
        d.oval((160, y - 16), 117, 19.6, well, stroke_width=2, stroke=lit(tone, 0.07))
    d.mouth((118, 226), tone, lip=3, dark=0.4)
    d.oval((160, 228), 80, 12, "none", stroke_opacity=0.6, stroke_width=1.4, stroke=lit(tone, -0.1))


def butter(d: Drawing, tone: Tone) -> None:
    d.shadow(96, 0.8)
    d.turn("p", Profile((82, 0), ((98, 1), (108, 5), (112, 13))), tone, Glaze(dip=3))
    d.mouth((112, 255), tone, lip=3, dark=0.4)
    d.oval((168, 259), 82, 11, SHADE, opacity=0.18)
    dome = Profile((76, 0), ((77, 30), (74, 58), (44, 66)), ((28, 69), (14, 70), (0.4, 70)))
    d.turn("b", dome, tone, Glaze(gloss=0.22, speckle=14), floor=256)
    d.turn("k", Profile((6, 0), ((5, 6), (13, 6), (13, 13)), ((13, 20), (6, 22), (0.4, 22))), WOOD, floor=188)


def eggcup(d: Drawing, tone: Tone) -> None:
    d.shadow(40)
    stem = ((44, 3), (20, 8), (17, 20))
    body = Profile((42, 0), stem, ((16, 32), (46, 38), (50, 80)))
    d.turn("b", body, tone, Glaze(dip=9, gloss=0.2))
    d.mouth((50, 188), tone, lip=3)
    egg = Profile((40, 0), ((41, 30), (26, 66), (0.4, 67)))
    d.standing_in((47, 188.6), f'<path d="{egg.path(floor=190)}" fill="{d.round_light(EGG, 0.8)}"/>')


def mortar(d: Drawing, tone: Tone) -> None:
    d.shadow(62, 1.1)
    foot = ((50, 14),)
    body = Profile((54, 0), foot, ((72, 22), (80, 58), (82, 104)))
    d.turn("b", body, tone, Glaze(dip=12, speckle=18, gloss=0.14))
    d.mouth((82, 164), tone, lip=6)
    pestle = "M150 182L226 88"
    wide = lined("M218 97L229 84", lit(WOOD, -0.02), 24) + lined("M214 98L225 85", lit(WOOD, 0.05), 9)
    inside = lined(pestle, lit(WOOD, -0.13), 17) + lined(pestle, lit(WOOD, 0.01), 12, transform="translate(-2 -1)")
    d.standing_in((76, 164.6), inside + wide)


def crock(d: Drawing, tone: Tone) -> None:
    body = Profile((48, 0), ((54, 1), (56, 6), (56, 16)), ((57, 50), (57, 80), (56, 104)))
    d.shadow(54)
    d.turn("b", body, tone, Glaze(dip=30, dip_tilt=3, rings=(62, 76), gloss=0.2))
    d.mouth((56, 164), tone, lip=3)
    tools = (("M150 172L126 92", WOOD, 8), ("M166 172L168 84", (0.62, 0.07, 60), 7), ("M176 170L212 82", WOOD, 9))
    inside = "".join(lined(p, lit(t, -0.1), w) + lined(p, lit(t, 0.04), w - 4) for p, t, w in tools)
    spoon = f'<ellipse cx="121" cy="76" rx="15" ry="24" transform="rotate(-16 121 76)" fill="{lit(WOOD, 0.03)}"/>'
    bowl = f'<ellipse cx="119.5" cy="75" rx="9.5" ry="17" transform="rotate(-16 121 76)" fill="{lit(WOOD, -0.07)}"/>'
    blade = f'<path d="M163 92L157 40Q168 34 179 40L173 92Z" fill="{lit((0.62, 0.07, 60), 0.02)}"/>'
    d.standing_in((53, 164.6), inside + spoon + bowl + blade)


def jar(d: Drawing, tone: Tone) -> None:
    low, shoulder = ((58, 1), (61, 6), (61, 14)), ((63, 60), (63, 84), (60, 104))
    d.shadow(58)
    body = Profile((52, 0), low, shoulder, ((58, 110), (55, 112), (54, 114)))
    d.turn("b", body, tone, Glaze(dip=18, gloss=0.22, speckle=12))
    d.oval((160, 155), 54, 9.2, lit(tone, -0.2))
    d.turn("l", Profile((54, 0), ((56, 2),), ((56, 12), (55, 14), (52, 15))), WOOD, floor=152)
    d.oval((160, 137), 52, 8.8, lit(WOOD, 0.075))
    d.turn("k", Profile((8, 0), ((8, 5),), ((15, 8), (15, 20), (0.4, 21))), WOOD, floor=137)


def vase(d: Drawing, tone: Tone) -> None:
    low, shoulder = ((50, 4), (74, 40), (74, 84)), ((74, 122), (26, 124), (24, 150))
    d.shadow(52)
    body = Profile((36, 0), low, shoulder, ((23, 164), (26, 172), (32, 178)))
    d.turn("b", body, tone, Glaze(dip=24, speckle=18, gloss=0.2))
    d.mouth((32, 90), tone, lip=3)


def moonjar(d: Drawing, tone: Tone) -> None:
    d.shadow(58, 1.2)
    low, high = ((72, 8), (91, 40), (91, 78)), ((91, 118), (68, 140), (42, 150))
    body = Profile((40, 0), low, high, ((41, 154), (41, 158), (43, 164)))
    d.turn("b", body, tone, Glaze(gloss=0.22, rings=(80,), dip=8))
    d.mouth((43, 104), tone, lip=3)


def stem(d: Drawing, tone: Tone) -> None:
    d.shadow(40)
    d.stroke("M160 176C158 128 166 96 186 62", lit(LEAF, -0.06), 2.4)
    leaves = ((163, 122, -56, 0.95), (167, 108, 44, 1), (171, 96, -38, 0.82))
    for x, y, turn, size in (*leaves, (178, 80, 54, 0.74), (181, 72, -20, 0.66), (186, 62, 28, 0.6)):
        by = 0.05 if turn < 0 else -0.04
        moved = f"translate({x} {y})rotate({turn})scale({size:g})"
        d.fill("M0 0C-13-12-11-32 0-44C11-32 13-12 0 0", lit(LEAF, by), transform=moved)
    low, neck = ((48, 3), (54, 24), (50, 44)), ((44, 68), (13, 70), (11, 96))
    d.turn("b", Profile((32, 0), low, neck, ((11, 104), (12, 108), (14, 112))), tone, Glaze(dip=12, gloss=0.26))
    d.mouth((14, 156), tone, lip=2)
    d.stroke("M160 157L159.6 148", lit(LEAF, -0.08), 2.4)


def tray(d: Drawing, tone: Tone) -> None:
    cup_tone = COLOURS["chalk"] if tone != COLOURS["chalk"] else COLOURS["rain"]
    d.shadow(100, 0.8)
    d.turn("b", Profile((98, 0), ((106, 2), (112, 8), (113, 20))), tone)
    d.mouth((113, 248), tone, lip=3.5, dark=0.55)
    d.oval((176, 256), 46, 7, SHADE, opacity=0.22)
    body = Profile((28, 0), ((32, 1), (34, 6), (35, 14)), ((37, 34), (37, 48), (37, 64)))
    d.turn("c", body, cup_tone, Glaze(dip=11), floor=257)
    d.mouth((37, 193), cup_tone, lip=2.4)
    d.oval((AXIS, 195.5), 33, 4.2, hexed(COFFEE))
