"""Sample products for tea and coffee."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="harbour-mug",
        name="Harbour mug",
        line="35 cl, thrown by Ilse Maan",
        maker="Ilse Maan",
        category="tea-and-coffee",
        heading="A mug for the second cup",
        text=(
            (
                "Tall enough to stay warm, wide enough to warm a hand. Ilse glazes the inside and most of the outside, "
                "and leaves the foot raw, so it stands quietly on wood."
            ),
            "Speckled by iron in the clay, which no two pots share.",
        ),
        facts=(
            ("Holds", "35 cl"),
            ("Stands", "9.5 cm tall, 8.5 cm across"),
            ("Weighs", "340 g"),
            ("Washing", "Dishwasher, any basket"),
            ("Made in", "Ostend, in batches of forty"),
        ),
        weight=340,
        option="Glaze",
        variants=coloured("mug", "HM", 2800, oat=24, rain=3, rust=1, ochre=7, ink=0),
        keywords=("cup", "coffee mug", "tea mug", "beaker"),
        popularity=98,
        added=date(2026, 11, 18),
    ),
    SampleProduct(
        slug="half-dip-tumbler",
        name="Half-dip tumbler",
        line="25 cl, no handle, thrown by Tomas Reyn",
        maker="Tomas Reyn",
        category="tea-and-coffee",
        heading="Half glazed, for warm hands",
        text=(
            (
                "The lower half is bare clay, which stays cool enough to hold. "
                "The upper half is glazed, which is kind to lips."
            ),
            "Good for milky coffee. Very good for water.",
        ),
        facts=(
            ("Holds", "25 cl"),
            ("Stands", "10 cm tall, 8 cm across"),
            ("Weighs", "260 g"),
            ("Washing", "Dishwasher, any basket"),
            ("Made in", "Ghent"),
        ),
        weight=260,
        option="Glaze",
        variants=coloured("tumbler", "HT", 2200, chalk=41, sage=33) + coloured("tumbler", "HT", 2200, 2600, dusk=18),
        keywords=("cup", "beaker", "glass", "latte"),
        popularity=81,
        added=date(2026, 6, 23),
    ),
    SampleProduct(
        slug="short-cup",
        name="Short cup",
        line="9 cl, with its saucer, thrown by Ilse Maan",
        maker="Ilse Maan",
        category="tea-and-coffee",
        heading="For coffee that is over soon",
        text=(
            "Thick walls, a round bottom and a saucer with room for a biscuit. Warm it first and the crema stays.",
            "The handle fits one finger. That is enough for nine centilitres.",
        ),
        facts=(
            ("Holds", "9 cl"),
            ("Saucer", "13 cm across"),
            ("Weighs", "290 g together"),
            ("Washing", "Dishwasher, any basket"),
            ("Made in", "Ostend"),
        ),
        weight=290,
        option="Glaze",
        variants=coloured("cup", "SC", 2400, chalk=36, rust=14, moss=5, ink=22),
        keywords=("espresso cup", "demitasse", "coffee cup", "saucer"),
        popularity=69,
        added=date(2026, 7, 14),
    ),
    SampleProduct(
        slug="longpour-teapot",
        name="Longpour teapot",
        line="1.1 litres, thrown by Ilse Maan",
        maker="Ilse Maan",
        category="tea-and-coffee",
        heading="It does not drip",
        text=(
            (
                "The spout is long and cut sharp, so the last drop goes back into the pot. "
                "Ilse tests each one with cold water."
            ),
            "Three mugs, or four if you are polite. A strainer is thrown into the wall behind the spout.",
        ),
        facts=(
            ("Holds", "1.1 litres"),
            ("Stands", "17 cm tall, 25 cm with its spout"),
            ("Weighs", "980 g"),
            ("Washing", "Warm water; tea likes an old pot"),
            ("Made in", "Ostend, in batches of twelve"),
        ),
        weight=980,
        option="Glaze",
        variants=coloured("teapot", "LT", 9200, rain=5, rust=1, ink=20),
        keywords=("tea pot", "kettle", "brew"),
        popularity=88,
        added=date(2026, 9, 1),
    ),
    SampleProduct(
        slug="slow-dripper",
        name="Slow dripper",
        line="60 cl server and cone, thrown by Tomas Reyn",
        maker="Tomas Reyn",
        category="tea-and-coffee",
        heading="Four minutes well spent",
        text=(
            "A cone and the jug it stands on. The cone takes ordinary size 2 papers and holds its heat while you pour.",
            "There is a small window under the collar, so you can see how far it is.",
        ),
        facts=(
            ("Holds", "60 cl"),
            ("Papers", "Size 2"),
            ("Stands", "21 cm tall"),
            ("Weighs", "1.1 kg together"),
            ("Made in", "Ghent"),
        ),
        weight=1100,
        option="Glaze",
        variants=coloured("dripper", "SD", 7800, oat=13, ink=4, clay=25),
        keywords=("pour over", "filter coffee", "coffee maker", "v60"),
        popularity=64,
        added=date(2026, 8, 11),
    ),
    SampleProduct(
        slug="morning-jug",
        name="Morning jug",
        line="90 cl, thrown by Tomas Reyn",
        maker="Tomas Reyn",
        category="tea-and-coffee",
        heading="Milk first, flowers later",
        text=(
            "A jug with a proper belly and a beak that pours where you point it. Nine out of ten are used for milk.",
            "The tenth holds tulips, which lean exactly as far as its neck allows.",
        ),
        facts=(
            ("Holds", "90 cl"),
            ("Stands", "19 cm tall"),
            ("Weighs", "560 g"),
            ("Washing", "Dishwasher, bottom basket"),
            ("Made in", "Ghent"),
        ),
        weight=560,
        option="Glaze",
        variants=coloured("jug", "MJ", 4800, chalk=27, dusk=20, ochre=2),
        keywords=("pitcher", "milk jug", "creamer", "carafe"),
        popularity=76,
        added=date(2026, 5, 26),
    ),
    SampleProduct(
        slug="breakfast-tray",
        name="Breakfast tray",
        line="38 cm, lacquered ash, turned by Pol Claes",
        maker="Pol Claes",
        category="tea-and-coffee",
        heading="Up the stairs without a spill",
        text=(
            "Turned from one board of ash, then lacquered seven times. The rim is high enough to save a cup.",
            "Light enough for one hand, which leaves the other one for the door. The cup is not included.",
        ),
        facts=(
            ("Across", "38 cm"),
            ("Rim", "3.5 cm"),
            ("Weighs", "740 g"),
            ("Washing", "A damp cloth"),
            ("Made in", "Mechelen"),
        ),
        weight=740,
        option="Lacquer",
        variants=coloured("tray", "BT", 5200, moss=1, clay=0, ink=16),
        keywords=("serving tray", "platter", "round tray", "wood"),
        popularity=58,
        added=date(2026, 4, 21),
    ),
)
