"""How the sample shop's products are drawn: one still life per product, from a form and a colour, as SVG.

The camera never moves: orthographic, ten degrees above the shelf, so every circle is an ellipse whose height is TILT of
its width. The light never moves: a window at the upper left. Pots are lathed from one profile; the rest is built from
the same few strokes. The ground is left clear, so a drawing stands on light and dark walls alike.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from shop.art import bath, cloth, desk, kitchen, play, pots, rooms
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
    "mixbowl": form("mixing bowl with a spoon", "oat rain clay", kitchen.mixbowl),
    "pin": form("rolling pin", "ink rust sage", kitchen.pin),
    "loaf": form("loaf dish with a loaf", "rain chalk clay", kitchen.loaf),
    "casserole": form("casserole with a wooden knob", "rust moss ink", kitchen.casserole),
    "salt": form("salt pig with a spoon", "chalk clay sage", kitchen.salt),
    "oil": form("oil bottle with a cork", "moss oat ink", kitchen.oil),
    "mill": form("pepper mill", "ink rust oat", kitchen.mill),
    "soap": form("soap on its dish", "sage chalk dusk", bath.soap),
    "pump": form("soap bottle with a pump", "chalk rain clay", bath.pump),
    "beaker": form("beaker with two toothbrushes", "oat dusk rain", bath.beaker),
    "rolls": form("three rolled towels", "rain oat dusk", bath.rolls),
    "mirror": form("round mirror on a stand", "oat ink moss", bath.mirror),
    "pail": form("pail with a wooden grip", "sage chalk rust", bath.pail),
    "pens": form("pencil pot", "clay ink sage", desk.pens),
    "notebooks": form("three notebooks", "rust moss rain", desk.notebooks),
    "globe": form("globe on a stand", "rain sage oat", desk.globe),
    "inkwell": form("ink bottle with a pen", "ink rain rust", desk.inkwell),
    "bell": form("desk bell", "ochre ink moss", desk.bell),
    "books": form("pair of bookends with books", "oat ink rust", desk.books),
    "top": form("spinning top", "rust rain ochre", play.top),
    "stacker": form("stack of rings", "rain rust moss", play.stacker),
    "skittles": form("three skittles", "rust rain ochre", play.skittles),
    "drum": form("drum with two sticks", "rust moss rain", play.drum),
    "boat": form("sailing boat", "rain rust moss", play.boat),
    "blocks": form("wooden blocks", "ochre rain dusk", play.blocks),
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
