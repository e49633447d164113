"""What is woven: blankets, cushions, towels and napkins; one painter a form."""

from shop.art.colour import WOOD, Tone, hexed, lit
from shop.art.drawing import SHADE, Drawing, lined, tag
from shop.art.lathe import FLOOR

PALE = 0.8  # at this lightness and above, a cloth's stripes are darker than the cloth


HEM = "c-18 5-36-2-54 2c-20 4-38-3-58 0c-20 3-42-4-68-1"  # the blanket's front edge, from right to left


def stripe_of(tone: Tone, strength: float = 1.0) -> str:
    """The colour of the second yarn."""
    return lit(tone, 0.15 * strength) if tone[0] < PALE else lit(tone, -0.19 * strength)


def blanket(d: Drawing, tone: Tone) -> None:
    """Folded in four, the last fold hanging over the front with its bands and fringe."""
    d.shadow(98, 0.5, y=FLOOR - 9)
    roll = d.gradient([(0, lit(tone, 0.04)), (0.45, lit(tone, -0.03)), (1, lit(tone, -0.2))], 'x2=".06" y2="1"')
    for y, grow in ((238, 0), (206, -3)):
        left, right = 62 - grow, 258 + grow
        d.fill(
            f"M{left + 12} {y + 31}C{left - 7} {y + 31} {left - 7} {y - 2} {left + 12} {y - 2}H{right - 12}"
            f"C{right + 7} {y - 2} {right + 7} {y + 31} {right - 12} {y + 31}Q160 {y + 34} {left + 12} {y + 31}Z",
            roll,
        )
        seam = f"M{left + 9} {y + 15}C110 {y + 18} 210 {y + 13} {right - 9} {y + 15}"
        d.stroke(seam, lit(tone, -0.22), 1.5, opacity=0.5)
    drape = f"M74 178C76 164 88 158 104 157H214C232 158 244 164 246 178L250 238{HEM}Z"
    d.fill(drape, SHADE, opacity=0.2, transform="translate(4 5)")
    d.fill(f"M250 244{HEM}", "none", stroke=lit(tone, -0.05), stroke_width=15, stroke_dasharray="2.4 4.2")
    stops = ((0, 0.1), (0.2, 0.07), (0.3, 0), (1, -0.08))
    face = d.gradient([(offset, lit(tone, by)) for offset, by in stops], 'x2=".12" y2="1"')
    bands = "".join(
        lined(f"M60 {y}C96 {y - 3} 118 {y + 4} 140 {y}S178 {y + 3} 198 {y}S236 {y + 3} 262 {y - 1}", stripe_of(tone), w)
        for y, w in ((206, 3), (215, 9), (224, 3))
    )
    folds = lined("M128 190C132 206 126 224 130 242M196 186C192 208 200 222 197 242", lit(tone, -0.2), 5, opacity=0.18)
    twill = tag("path", d="M60 200H270", stroke=lit(tone, -0.14), stroke_width=96, stroke_dasharray="1 9", opacity=0.3)
    d.clipped("b", drape, face, twill + bands + folds)


def cushion(d: Drawing, tone: Tone) -> None:
    """A full cushion leaning on the wall, striped and piped."""
    d.shadow(88, 0.7, y=FLOOR - 8)
    shape = (
        "M66 106C70 97 80 96 92 99C134 107 186 107 228 99C240 96 250 97 254 106C257 114 252 124 250 136"
        "C244 168 244 200 250 236C252 248 257 256 254 264C250 272 240 272 228 269C186 262 134 262 92 269"
        "C80 272 70 272 66 264C63 256 68 248 70 236C76 200 76 168 70 136C68 124 63 114 66 106Z"
    )
    lines = ""
    for x in (92, 100, 126, 134, 160, 186, 194, 220, 228):
        bulge = (x - 160) // 5
        lines += f"M{x} 96C{x + bulge} 140 {x + bulge} 226 {x} 274"
    light = d.radial("h", "#fff8e6", ((0, 0.3), (0.7, 0.04), (1, 0)))
    dark = d.radial("k", SHADE, ((0.45, 0), (1, 0.34)), 'cx=".42" cy=".4" r=".68"')
    inside = (
        lined(lines, stripe_of(tone), 3.4, opacity=0.75)
        + tag("ellipse", cx="136", cy="156", rx="74", ry="66", fill=light)
        + tag("path", d="M60 90H260V280H60Z", fill=dark)
        + lined(
            "M72 102Q94 118 104 142M248 102Q226 118 218 140M72 266Q92 252 102 230M248 266Q228 252 218 232",
            lit(tone, -0.2),
            3,
            opacity=0.3,
        )
    )
    d.clipped("b", shape, hexed(tone), inside)
    d.stroke(shape, lit(tone, -0.1), 3.4)
    d.stroke(shape, lit(tone, 0.08), 1.3, transform="translate(-.6 -.8)")


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
