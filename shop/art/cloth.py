"""What is woven: blankets, cushions, towels and napkins; one painter a form."""

from shop.art.colour import WOOD, Tone, lit
from shop.art.drawing import SHADE, Drawing, lined, tag
from shop.art.lathe import FLOOR

PALE = 0.8  # at this lightness and above, a cloth's stripes are darker than the cloth


HEM = "Q236 225 214 223T160 224T104 223T70 222"  # the front edge of the blanket's end, from right to left
SLOPE = 'x2=".1" y2="1"'


def stripe_of(tone: Tone, strength: float = 1.0) -> str:
    """The colour of the second yarn."""
    return lit(tone, 0.15 * strength) if tone[0] < PALE else lit(tone, -0.19 * strength)


def blanket(d: Drawing, tone: Tone) -> None:
    """Folded in four: three full folds, and over them the end of the cloth with its bands and fringe."""
    d.shadow(102, 0.5, y=FLOOR - 6)
    fold = d.gradient(
        [(0, lit(tone, 0.06)), (0.4, lit(tone, 0)), (0.75, lit(tone, -0.08)), (1, lit(tone, -0.22))], SLOPE
    )
    for y, left, right in ((237, 54, 268), (208, 58, 264), (179, 62, 260)):
        d.fill(
            f"M{left + 14} {y}Q160 {y + 3} {right - 14} {y}C{right + 5} {y + 1} {right + 5} {y + 31} {right - 14} {y + 32}"
            f"Q160 {y + 35} {left + 14} {y + 32}C{left - 5} {y + 31} {left - 5} {y + 1} {left + 14} {y}Z",
            fold,
        )
    for y, left, right in ((254, 64, 258), (225, 68, 254)):
        seam = f"M{left} {y}C112 {y + 4} 208 {y - 3} {right} {y + 1}"
        d.stroke(seam, lit(tone, -0.24), 1.6, opacity=0.45)
    over = len(d.body)
    end = f"M70 222V188C70 172 79 165 96 165H227C244 165 253 172 253 188V222{HEM}"
    d.fill(end + "Z", SHADE, opacity=0.2, transform="translate(1 6)")
    d.fill(f"M253 226{HEM}", "none", stroke=lit(tone, 0.03), stroke_width=16, stroke_dasharray="2.2 3")
    stops = ((0, 0.12), (0.16, 0.09), (0.36, 0.01), (0.7, -0.02), (1, -0.07))
    cloth = d.gradient([(offset, lit(tone, by)) for offset, by in stops], 'x2=".16" y2="1"')
    bands = "".join(
        lined(f"M66 {y}Q100 {y + 2} 132 {y + 1}T196 {y + 1}T258 {y}", stripe_of(tone), width)
        for y, width in ((192, 2.4), (201, 9), (210, 2.4))
    )
    weave = tag(
        "path", d="M60 195H264", stroke=lit(tone, -0.2), stroke_width=64, stroke_dasharray=".9 3.2", opacity=0.16
    )
    turn = lined("M72 181Q160 186 252 180", lit(tone, 0.1), 7, opacity=0.35)
    sides = tag("path", d="M236 165H262V232H244Q240 196 236 165Z", fill=SHADE, opacity=0.09)
    d.clipped("b", end + "Z", cloth, weave + turn + bands + sides)
    d.move(over, "translate(0 -25)")


def cushion(d: Drawing, tone: Tone) -> None:
    """A full cushion standing on its edge, with the dent of a hand in the top, striped and piped."""
    d.shadow(92, 0.7, y=FLOOR - 8)
    shape = (
        "M62 108C62 99 71 96 84 100C106 107 128 112 148 113.5C156 114.3 164 114.3 172 113C192 110 214 104 234 97"
        "C247 94 256 99 255 108C253 124 249 146 250 178C251 212 256 236 258 254C258 265 248 269 232 266"
        "C194 272 128 272 88 267C72 270 62 266 62 255C64 236 69 212 69 180C69 148 64 124 62 108Z"
    )
    stops = ((0, 0.1), (0.3, 0.05), (0.6, -0.02), (1, -0.15))
    cloth = d.gradient([(offset, lit(tone, by)) for offset, by in stops], 'x2=".75" y2="1"')
    lines = "".join(
        f"M{x} {98 + dip}C{x + bulge} 150 {x + bulge} 220 {x + bulge // 3} 276"
        for x, bulge, dip in ((92, -9, 0), (100, -8, 0), (126, -5, 10), (134, -4, 12))
    ) + "".join(
        f"M{x} {98 + dip}C{x + bulge} 150 {x + bulge} 220 {x + bulge // 3} 276"
        for x, bulge, dip in ((186, 4, 12), (194, 5, 10), (220, 8, 0), (228, 9, 0))
    )
    dark = d.radial("k", SHADE, ((0.5, 0), (1, 0.26)), 'cx=".42" cy=".42" r=".7"')
    inside = (
        lined(lines, stripe_of(tone), 3.6, opacity=0.7)
        + tag("path", d="M56 90H264V280H56Z", fill=dark)
        + lined("M156 114C148 127 144 146 147 164M164 114C172 125 179 140 178 154", lit(tone, -0.24), 5, opacity=0.2)
        + lined("M148 115C137 127 132 144 135 162M186 113C191 123 193 136 191 148", lit(tone, 0.12), 6, opacity=0.32)
        + lined(
            "M68 103Q86 118 92 138M249 102Q234 118 227 138M70 261Q86 252 92 238M251 260Q236 252 228 238",
            lit(tone, -0.24),
            3,
            opacity=0.26,
        )
    )
    d.clipped("b", shape, cloth, inside)
    piping = {"href": f"#{d.name('b')}", "fill": "none"}
    d.body.append(tag("use", **piping, stroke=lit(tone, -0.13), stroke_width=3.6))
    d.body.append(tag("use", **piping, stroke=lit(tone, 0.05), stroke_width=1.4, transform="translate(-.7 -.8)"))


def towel(d: Drawing, tone: Tone) -> None:
    """A kitchen towel hung by its loop from a wooden peg."""
    d.fill("M142 104C124 138 114 208 118 276L220 280C226 208 220 138 200 104Z", SHADE, opacity=0.13)
    drop = (
        "M152 78C138 92 120 100 116 128C108 172 104 220 102 262Q114 268 126 263Q140 268 154 264Q170 270 184 264"
        "Q200 269 214 262C214 214 208 168 202 128C198 100 180 92 168 78Q160 72 152 78Z"
    )
    folds = (
        lined("M150 88C138 130 132 200 128 268", lit(tone, -0.22), 9, opacity=0.3)
        + lined("M162 84C164 140 160 200 156 270", lit(tone, -0.22), 7, opacity=0.26)
        + lined("M170 86C184 130 186 200 188 270", lit(tone, -0.22), 11, opacity=0.34)
        + lined("M146 90C128 130 120 190 114 268M156 92C150 150 146 210 142 268", lit(tone, 0.1), 5, opacity=0.5)
    )
    bands = "".join(
        lined(f"M90 {y}Q114 {y + 6} 128 {y}T156 {y + 1}T188 {y + 1}T224 {y - 2}", stripe_of(tone), w)
        for y, w in ((214, 3), (224, 10), (234, 3), (246, 3))
    )
    d.clipped("b", drop, d.round_light(tone, 0.9), bands + folds)
    d.stroke("M160 62C154 66 154 74 160 80C166 74 166 66 160 62", lit(tone, -0.16), 2.4)
    d.oval((165, 66), 16, 13, SHADE, opacity=0.2)
    d.oval((160, 60), 14, 14, lit(WOOD, -0.12))
    d.oval((159, 59), 12.4, 12.4, lit(WOOD, 0.02))
    d.oval((155, 55), 4.4, 4, lit(WOOD, 0.1), opacity=0.8)
    d.body = [f'<g transform="translate(19 -10)scale(.88)">{"".join(d.body)}</g>']


def napkin(d: Drawing, tone: Tone) -> None:
    """Four napkins in a pile, tied with a linen tape."""
    d.shadow(96, 0.5, y=FLOOR - 9)
    edge = d.gradient([(0, lit(tone, 0.03)), (0.7, lit(tone, -0.05)), (1, lit(tone, -0.13))])
    for i, y in enumerate((256, 242, 228, 214)):
        left, right = 62 + i % 2 * 3, 258 - i % 3 * 2
        sag = f"Q160 {y + 16} {right - 2} {y + 12}"
        d.fill(f"M{left} {y}Q{left - 5} {y + 6} {left + 2} {y + 12}{sag}Q{right + 5} {y + 6} {right} {y}Z", edge)
        d.stroke(f"M{left + 2} {y + 12}{sag}", lit(tone, -0.2), 1.3, opacity=0.6)
    top = "M62 215L88 190Q160 187 234 190L256 215Q160 220 62 215Z"
    hem = lined("M72 211L93 194Q160 191 229 194L247 211Q160 215.5 72 211Z", stripe_of(tone), 2.2)
    d.clipped("f", top, d.gradient([(0, lit(tone, 0.1)), (1, lit(tone, 0.02))]), hem)
    tape = lit((0.86, 0.03, 80), 0) if tone[0] < PALE else lit((0.52, 0.11, 38), 0)
    d.fill("M150 188H168L172 217V270H152V217Z", tape)
    d.stroke("M152 218V270", SHADE, 1, opacity=0.25)
    d.stroke("M162 207C146 194 128 196 132 204S152 209 162 207C178 194 196 197 190 205S172 209 162 207", tape, 4.5)
    d.stroke("M160 208L138 222M164 208L184 224", tape, 4.5)
    d.oval((161.5, 207), 5.5, 4.4, tape, stroke=SHADE, stroke_opacity=0.3)
