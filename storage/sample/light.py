"""Sample products that give light."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="page-lamp",
        name="Page lamp",
        line="Spun steel, made by Hanne Bo",
        maker="Hanne Bo",
        category="light",
        heading="Light on the page, not in your eyes",
        text=(
            (
                "The shade comes down low, so the bulb is never seen from a chair. "
                "It throws a pool as wide as an open book."
            ),
            "The switch is on the cord, where your hand is. Repairs are free for as long as Hanne has a workshop.",
        ),
        facts=(
            ("Stands", "44 cm tall, 28 cm across"),
            ("Bulb", "E27, up to 8 W, included"),
            ("Cord", "2 m, cotton"),
            ("Weighs", "2.1 kg"),
            ("Made in", "Leuven"),
        ),
        weight=2100,
        option="Colour",
        variants=coloured("lamp", "PL", 16800, rust=22, moss=6, chalk=3),
        keywords=("table lamp", "desk lamp", "reading light", "bedside lamp"),
        popularity=91,
        added=date(2026, 9, 15),
    ),
    SampleProduct(
        slug="supper-light",
        name="Supper light",
        line="Hanging lamp, made by Hanne Bo",
        maker="Hanne Bo",
        category="light",
        heading="Sixty centimetres over the table",
        text=(
            "Hang it low, so that faces are lit and the washing-up is not. The inside is enamelled in warm white.",
            "It comes with three metres of cord and a hook, and can be shortened without tools.",
        ),
        facts=(
            ("Shade", "34 cm across, 22 cm tall"),
            ("Bulb", "E27, up to 12 W, included"),
            ("Cord", "3 m, cotton"),
            ("Weighs", "1.3 kg"),
            ("Made in", "Leuven"),
        ),
        weight=1300,
        option="Colour",
        variants=coloured("pendant", "SL", 18900, ochre=8, ink=21, sage=2),
        keywords=("pendant lamp", "ceiling light", "hanging lamp", "lampshade"),
        popularity=72,
        added=date(2026, 10, 6),
    ),
    SampleProduct(
        slug="evening-candle",
        name="Evening candle",
        line="30 hours, with its dish, poured by Fien Daems",
        maker="Fien Daems",
        category="light",
        heading="Thirty evenings of an hour",
        text=(
            (
                "Beeswax and rapeseed, poured by hand and left alone for a week. "
                "It smells of very little, and that of honey."
            ),
            "The dish is stoneware and outlives the candle. New candles to fit it cost nine euros.",
        ),
        facts=(
            ("Burns", "30 hours"),
            ("Stands", "14 cm tall, dish 16 cm across"),
            ("Wax", "Beeswax and rapeseed"),
            ("Weighs", "680 g together"),
            ("Made in", "Aalst"),
        ),
        weight=680,
        option="Dish",
        variants=coloured("candle", "VC", 2600, moss=34, ochre=29, chalk=48),
        keywords=("beeswax", "pillar candle", "candlelight", "hygge"),
        popularity=83,
        added=date(2026, 11, 10),
    ),
    SampleProduct(
        slug="long-table-candlestick",
        name="Long table candlestick",
        line="Turned and fired by Ilse Maan",
        maker="Ilse Maan",
        category="light",
        heading="One is enough, three is a table",
        text=(
            "A foot that cannot be knocked over by a sleeve, a knop to hold it by, and a cup that catches the wax.",
            "Takes ordinary dinner candles. One comes with it.",
        ),
        facts=(
            ("Stands", "12 cm tall, foot 9 cm across"),
            ("Candle", "2.2 cm, one included"),
            ("Weighs", "420 g"),
            ("Washing", "Hot water takes the wax off"),
            ("Made in", "Ostend"),
        ),
        weight=420,
        option="Glaze",
        variants=coloured("candlestick", "LC", 3200, ink=30, clay=5, oat=24),
        keywords=("candle holder", "taper", "dinner candle"),
        popularity=55,
        added=date(2026, 10, 20),
    ),
)
