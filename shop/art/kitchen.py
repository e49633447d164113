"""What is baked, stirred and seasoned with: one painter a form."""

from shop.art.colour import WOOD, Tone, hexed, lit
from shop.art.drawing import SHADE, Drawing, Glaze, lined
from shop.art.lathe import Profile

BREAD: Tone = (0.66, 0.095, 62)


def handle(path: str, width: float) -> str:
    """A wooden handle, for what stands in a mouth."""
    light = lined(path, lit(WOOD, 0.04), width - 4, transform="translate(-1 -.6)")
    return lined(path, lit(WOOD, -0.12), width) + light


def mixbowl(d: Drawing, tone: Tone) -> None:
    d.shadow(70, 1.1)
    body = Profile((48, 0), ((56, 4), (92, 44), (98, 94)), ((103, 96), (104, 104), (102, 110)))
    d.turn("b", body, tone, Glaze(dip=12, rings=(70, 78), gloss=0.18))
    d.mouth((102, 158), tone, lip=5)
    d.standing_in((96, 158.8), handle("M168 186L236 54", 12))


def pin(d: Drawing, tone: Tone) -> None:
    d.shadow(92, 0.4, y=258)
    d.tube("M44 243H76", tone, 15)
    d.tube("M244 243H276", tone, 15)
    stops = ((0, 0.09), (0.35, 0.03), (0.75, -0.07), (1, -0.16))
    barrel = "M78 217H242Q250 243 242 269H78Q70 243 78 217Z"
    grain = "M76 230C120 226 190 234 246 229M76 244C140 240 180 248 248 243M78 257C120 260 200 254 244 258"
    wood = d.gradient([(at, lit(WOOD, by)) for at, by in stops], 'x2="0" y2="1"')
    d.clipped("b", barrel, wood, lined(grain, lit(WOOD, -0.12), 1.5, opacity=0.4))
    d.stroke("M81 226H238", lit(WOOD, 0.16), 3, opacity=0.7)


def loaf(d: Drawing, tone: Tone) -> None:
    d.shadow(92, 0.8)
    d.fill("M64 182H256Q270 182 268 191T256 200H64Q50 200 52 191T64 182Z", lit(tone, 0.07))
    d.fill("M70 185H250Q262 186 260 191T250 197H70Q58 196 60 191T70 185Z", lit(tone, -0.2))
    crust = d.gradient([(0, lit(BREAD, 0.09)), (0.6, lit(BREAD, -0.03)), (1, lit(BREAD, -0.14))], 'x2=".3" y2="1"')
    d.fill("M68 192C62 150 96 132 124 142C146 130 178 130 198 142C226 132 258 152 252 192Q160 200 68 192Z", crust)
    slashes = "M98 168C106 156 116 150 126 150M144 166C152 154 162 148 174 148M192 168C200 156 210 152 222 154"
    d.stroke(slashes, lit(BREAD, 0.17), 5, opacity=0.75)
    side = "M53 193Q55 200 64 201H256Q265 200 267 193L252 258Q249 269 236 270H84Q71 269 68 258Z"
    d.fill(side, d.round_light(tone, 0.9))
    d.stroke("M54 194Q56 200 64 200.5H256Q264 200 266 194", lit(tone, 0.09), 2.4)
    d.fill("M73 252H247L243 263Q241 269 234 270H86Q79 269 77 263Z", lit((0.76, 0.042, 66), -0.03), opacity=0.85)


def casserole(d: Drawing, tone: Tone) -> None:
    d.shadow(82, 1.1)
    d.tube("M82 202C50 198 52 228 84 226", tone, 12)
    d.tube("M238 202C270 198 268 228 236 226", tone, 12)
    body = Profile((72, 0), ((82, 2), (88, 12), (88, 28)), ((89, 60), (89, 72), (88, 82)))
    d.turn("b", body, tone, Glaze(gloss=0.2))
    d.oval((160, 187), 88, 15, lit(tone, -0.2))
    d.turn("l", Profile((92, 0), ((93, 6), (88, 14), (70, 22)), ((50, 29), (20, 32), (0.4, 33))), tone, floor=187)
    d.turn("k", Profile((8, 0), ((6, 8), (15, 8), (15, 15)), ((15, 22), (8, 24), (0.4, 24))), WOOD, floor=157)


def salt(d: Drawing, tone: Tone) -> None:
    d.shadow(62, 1.1)
    low, dome = ((64, 2), (70, 18), (70, 46)), ((70, 92), (58, 124), (24, 134))
    body = Profile((54, 0), low, dome, ((12, 137), (6, 138), (0.4, 138)))
    d.turn("b", body, tone, Glaze(dip=14, speckle=14, gloss=0.14))
    d.oval((152, 188), 45, 39, lit(tone, 0.07))
    d.oval((153, 189), 40, 34.5, d.gradient([(0, lit(tone, -0.27)), (1, lit(tone, -0.12))]))
    d.fill("M115 200Q134 192 152 194T191 200Q184 223.5 153 223.5Q122 223.5 115 200Z", "#f5f2ea")
    d.body.append(handle("M162 202L222 138", 9))
    d.oval((160, 203), 10, 5, lit(WOOD, -0.04))


def oil(d: Drawing, tone: Tone) -> None:
    d.shadow(46)
    d.tube("M168 128C222 116 222 176 204 190", tone, 9)
    low, shoulder = ((48, 2), (50, 8), (50, 22)), ((50, 92), (46, 102), (24, 114))
    neck = ((14, 119), (12, 126), (12, 148)), ((12, 154), (17, 156), (17, 162))
    d.turn("b", Profile((42, 0), low, shoulder, *neck), tone, Glaze(dip=26, dip_tilt=3, gloss=0.28))
    d.mouth((17, 106), tone, lip=2)
    d.turn("k", Profile((9, 0), ((11, 18),), ((11, 21), (6, 22), (0.4, 22))), WOOD, floor=107)


def mill(d: Drawing, tone: Tone) -> None:
    d.shadow(42)
    waist = ((28, 40), (24, 62), (30, 86)), ((34, 96), (38, 98), (38, 108))
    d.turn("b", Profile((40, 0), ((45, 2), (46, 10), (43, 18)), *waist), tone, Glaze(gloss=0.2))
    d.oval((160, 160.5), 36, 6.2, SHADE, opacity=0.5)
    d.turn("h", Profile((35, 0), ((41, 6), (41, 30), (30, 42)), ((22, 49), (12, 52), (0.4, 53))), WOOD, floor=159)
    d.turn("k", Profile((5, 0), ((4, 5), (9, 6), (9, 11)), ((9, 16), (5, 18), (0.4, 18))), (0.78, 0.09, 85), floor=107)
    d.stroke("M142 150C136 142 136 132 144 124", hexed((0.9, 0.03, 85)), 3, opacity=0.45)
