"""How the sample shop's products are drawn: one still life per product, from a form and a colour, as SVG.

The camera never moves: orthographic, ten degrees above the shelf, so every circle is an ellipse whose height is TILT of
its width. The light never moves: a window at the upper left. Pots are lathed from one profile; the rest is built from
the same few strokes. The ground is left clear, so a drawing stands on light and dark walls alike.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from shop.art import cloth, pots, rooms
from shop.art.colour import COLOURS, Tone
from shop.art.drawing import Drawing

MAX_BYTES = 3072


class Form(NamedTuple):
    """What can be drawn: how it is called, the colours it comes in, and its painter."""

    called: str
    colours: tuple[str, ...]
    paint: Callable[[Drawing, Tone], None]


def form(called: str, colours: str, paint: Callable[[Drawing, Tone], None]) -> Form:
    """A form whose colours are written as one line of words."""
    return Form(called, tuple(colours.split()), paint)


FORMS: dict[str, Form] = {
    "mug": form("mug", "oat rain rust ochre ink", pots.mug),
    "tumbler": form("tumbler", "chalk sage dusk", pots.tumbler),
    "cup": form("espresso cup on its saucer", "chalk rust moss ink", pots.cup),
    "teapot": form("teapot", "rain rust ink", pots.teapot),
    "dripper": form("coffee dripper on its server", "oat ink clay", pots.dripper),
    "jug": form("milk jug", "chalk dusk ochre", pots.jug),
    "carafe": form("carafe with a wooden stopper", "sage oat ink", pots.carafe),
    "tray": form("round tray with a cup", "moss clay ink", pots.tray),
    "bowl": form("bowl", "chalk ochre rain", pots.bowl),
    "plate": form("stack of three plates", "chalk oat moss", pots.plate),
    "butter": form("butter dish with a wooden knob", "chalk rain ochre", pots.butter),
    "eggcup": form("egg cup with an egg", "sage dusk ochre rain", pots.eggcup),
    "mortar": form("mortar with a wooden pestle", "oat ink", pots.mortar),
    "board": form("bread board", "rust ink oat", rooms.board),
    "jar": form("storage jar with a wooden lid", "oat sage clay", pots.jar),
    "crock": form("crock with spoons", "chalk clay rain", pots.crock),
    "basket": form("willow basket", "ink rust chalk", rooms.basket),
    "box": form("pair of lidded boxes", "moss oat rain", rooms.box),
    "rail": form("peg rail with a hand brush", "chalk moss rust", rooms.rail),
    "stool": form("three-legged stool", "oat moss rust", rooms.stool),
    "clock": form("mantel clock", "moss chalk rust", rooms.clock),
    "lamp": form("table lamp", "rust moss chalk", rooms.lamp),
    "pendant": form("hanging lamp", "ochre ink sage", rooms.pendant),
    "candle": form("candle in a dish", "moss ochre chalk", rooms.candle),
    "candlestick": form("candlestick", "ink clay oat", rooms.candlestick),
    "blanket": form("folded blanket", "rain oat ochre moss", cloth.blanket),
    "cushion": form("striped cushion", "ochre rain dusk", cloth.cushion),
    "towel": form("kitchen towel on a peg", "chalk rust rain", cloth.towel),
    "napkin": form("four napkins, tied", "oat sage ochre", cloth.napkin),
    "planter": form("planter with a snake plant", "clay chalk ochre", rooms.planter),
    "herbs": form("herb pot with basil", "clay chalk dusk", rooms.herbs),
    "can": form("watering can", "moss chalk rust", rooms.can),
    "stem": form("bud vase with a sprig", "dusk chalk rain", pots.stem),
    "vase": form("shouldered vase", "clay sage ink", pots.vase),
    "moonjar": form("moon jar", "chalk sage ink", pots.moonjar),
}


def draw(name: str, colour: str) -> str:
    """The SVG text of one drawing, its ids starting with `form-colour-`; KeyError for an unknown form or colour."""
    wanted = FORMS[name]
    drawing = Drawing(f"{name}-{colour}", f"{colour.capitalize()} {wanted.called}")
    wanted.paint(drawing, COLOURS[colour])
    return drawing.svg()


def every() -> dict[str, str]:
    """File name → SVG text, for every form in each of its colours. ValueError when one is larger than MAX_BYTES."""
    drawn = {f"{name}-{colour}.svg": draw(name, colour) for name, wanted in FORMS.items() for colour in wanted.colours}
    for file, text in drawn.items():
        if len(text.encode()) > MAX_BYTES:
            raise ValueError(f"{file} is {len(text.encode())} bytes, more than {MAX_BYTES}")
    return drawn


def write(folder: Path) -> int:
    """Write every drawing into the folder, remove drawings that no form makes any more; returns how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = every()
    for file, text in drawn.items():
        (folder / file).write_text(text)
    for stray in {path.name for path in folder.glob("*.svg")} - drawn.keys():
        (folder / stray).unlink()
    return len(drawn)
