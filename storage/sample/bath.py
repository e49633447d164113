"""Sample products for the bathroom."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="morning-soap-dish",
        name="Morning soap and dish",
        line="A dish by Ilse Maan, a soap by Fien Daems",
        maker="Ilse Maan",
        category="bath",
        heading="Dry by the evening",
        text=(
            (
                "The dish is shallow and slopes a little to the back, so the soap never stands in water. Its foot "
                "is bare clay."
            ),
            "Fien boils the soap from olive oil and lets it harden for nine weeks. It smells of very little.",
        ),
        facts=(
            ("Soap", "120 g, about two months"),
            ("Dish", "15 cm across"),
            ("Smell", "Hay, faintly"),
            ("Made in", "Ostend and Bruges"),
        ),
        weight=430,
        option="Glaze",
        variants=coloured("soap", "SO", 2900, sage=28, chalk=33, dusk=4),
        keywords=(
            "soap dish",
            "olive soap",
            "bathroom",
        ),
        popularity=55,
        added=date(2026, 9, 8),
    ),
    SampleProduct(
        slug="one-hand-soap-bottle",
        name="One-hand soap bottle",
        line="45 cl, with a steel pump",
        maker="Tomas Reyn",
        category="bath",
        heading="For when the other is muddy",
        text=(
            (
                "Heavy enough to stay where it is while you press. The pump is steel under its paint and unscrews "
                "for filling."
            ),
            "We fill it with nothing. Any soap that runs will do.",
        ),
        facts=(
            ("Holds", "45 cl"),
            ("Stands", "19 cm tall with its pump"),
            ("Pump", "Steel; spares are €6"),
            ("Made in", "Ghent"),
        ),
        weight=520,
        option="Glaze",
        variants=coloured("pump", "OH", 3600, chalk=25, rain=20, clay=3),
        keywords=(
            "soap dispenser",
            "pump bottle",
            "lotion",
        ),
        popularity=62,
        added=date(2026, 6, 30),
    ),
    SampleProduct(
        slug="two-brush-beaker",
        name="Two-brush beaker",
        line="9 cm, thrown by Ilse Maan",
        maker="Ilse Maan",
        category="bath",
        heading="Room for one more",
        text=(
            ("A beaker with a raw clay foot that lets water go. It takes two brushes, or four, or a comb and a razor."),
            (
                "The brushes are beech with nylon bristles, and come with it. Three months, then the compost and "
                "the bin."
            ),
        ),
        facts=(
            ("Stands", "9 cm tall, 8 cm across"),
            ("Holds", "30 cl"),
            ("Washing", "In the dishwasher"),
            ("Made in", "Ostend"),
        ),
        weight=310,
        option="Glaze",
        variants=coloured("beaker", "TB", 2400, oat=30, dusk=22, rain=1),
        keywords=(
            "toothbrush holder",
            "tooth mug",
            "bathroom cup",
        ),
        popularity=44,
        added=date(2026, 4, 7),
    ),
    SampleProduct(
        slug="slow-bath-towels",
        name="Slow bath towels",
        line="Three, 70 by 140 cm, waffle weave",
        maker="Mirre Weavers",
        category="bath",
        heading="They dry before you do",
        text=(
            (
                "Linen and cotton in a waffle, so they are light when dry and thirsty when needed. Three of them, "
                "rolled."
            ),
            "The first wash makes them smaller by a hand and softer by far. Line dry them and they stay square.",
        ),
        facts=(
            ("Measures", "70 by 140 cm each"),
            ("Made of", "55 % linen, 45 % cotton"),
            ("Washing", "60 °C, no softener"),
            ("Made in", "Kortrijk"),
        ),
        weight=1050,
        option="Colour",
        variants=coloured("rolls", "BA", 8400, 9600, rain=14, oat=20, dusk=0),
        keywords=(
            "bath towel",
            "waffle towel",
            "linen",
            "set of three",
        ),
        popularity=71,
        added=date(2026, 10, 13),
    ),
    SampleProduct(
        slug="round-shaving-mirror",
        name="Round shaving mirror",
        line="20 cm across, on a foot of ash",
        maker="Hanne Bo",
        category="bath",
        heading="It looks back kindly",
        text=(
            (
                "Clear glass in a steel ring, on a foot that Pol turns for us. Plain on both sides; we do not "
                "enlarge anybody."
            ),
            "It leans back ten degrees, which is where most faces are.",
        ),
        facts=(
            ("Glass", "20 cm across, 4 mm"),
            ("Stands", "34 cm tall"),
            ("Weighs", "1.2 kg"),
            ("Made in", "Leuven and Ghent"),
        ),
        weight=1200,
        option="Ring",
        variants=coloured("mirror", "RM", 7900, oat=10, ink=13, moss=4),
        keywords=(
            "table mirror",
            "make-up",
            "vanity",
        ),
        popularity=52,
        added=date(2026, 5, 26),
    ),
    SampleProduct(
        slug="well-pail",
        name="Well pail",
        line="8 litres, galvanised and painted",
        maker="Hanne Bo",
        category="bath",
        heading="For carrying, mostly water",
        text=(
            "Steel, seamed and not welded, so it can be mended. The grip is ash and turns in your hand.",
            "It holds the washing, the kindling, or the feet of somebody who walked home.",
        ),
        facts=(
            ("Holds", "8 litres"),
            ("Stands", "24 cm tall, 26 cm across"),
            ("Weighs", "1.1 kg"),
            ("Made in", "Leuven"),
        ),
        weight=1100,
        option="Colour",
        variants=coloured("pail", "WP", 4700, sage=16, chalk=19, rust=5),
        keywords=(
            "bucket",
            "laundry",
            "cleaning",
        ),
        popularity=39,
        added=date(2026, 2, 24),
    ),
)
