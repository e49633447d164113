"""Sample products for cooking and baking."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="batter-bowl",
        name="Batter bowl",
        line="3 litres, thrown by Tomas Reyn",
        maker="Tomas Reyn",
        category="kitchen",
        heading="Room to stir",
        text=(
            (
                "Wide enough for a wooden spoon and both elbows. The foot is bare clay, so it grips the table while "
                "you beat."
            ),
            "The rim rolls outwards: tip it and the batter runs where you want it. The spoon comes with it.",
        ),
        facts=(
            ("Holds", "3 litres"),
            ("Stands", "13 cm tall, 27 cm across"),
            ("Weighs", "1.6 kg"),
            ("Oven", "Up to 220 °C"),
            ("Made in", "Ghent"),
        ),
        weight=1600,
        option="Glaze",
        variants=coloured("mixbowl", "BW", 6200, oat=18, rain=9, clay=4),
        keywords=(
            "mixing bowl",
            "baking",
            "dough",
            "spoon",
        ),
        popularity=68,
        added=date(2026, 9, 29),
    ),
    SampleProduct(
        slug="straight-rolling-pin",
        name="Straight rolling pin",
        line="42 cm of pear wood, turned by Pol Claes",
        maker="Pol Claes",
        category="kitchen",
        heading="Heavy where it should be",
        text=(
            (
                "One piece of pear wood, dried for three years so that it stays straight. The handles are painted; "
                "the barrel never is."
            ),
            "It rolls on its own weight. You only steer.",
        ),
        facts=(
            ("Long", "42 cm"),
            ("Across", "6 cm"),
            ("Weighs", "780 g"),
            ("Care", "Wipe it, oil it twice a year"),
            ("Made in", "Ghent"),
        ),
        weight=780,
        option="Handles",
        variants=coloured("pin", "RP", 3800, ink=26, rust=14, sage=3),
        keywords=(
            "baking",
            "dough",
            "pastry",
            "wooden",
        ),
        popularity=57,
        added=date(2026, 8, 11),
    ),
    SampleProduct(
        slug="sunday-loaf-dish",
        name="Sunday loaf dish",
        line="For a loaf of 750 grams",
        maker="Tomas Reyn",
        category="kitchen",
        heading="Bread that comes out whole",
        text=(
            (
                "Clay gives its heat slowly, so the crust browns before it hardens. Glazed inside, and the loaf "
                "slides out."
            ),
            "It also does for a terrine, or lasagne for two. The loaf in the picture stays in Ghent.",
        ),
        facts=(
            ("Holds", "1.4 litres"),
            ("Measures", "28 by 13 cm, 9 cm tall"),
            ("Oven", "Up to 240 °C"),
            ("Washing", "By hand, when it is cool"),
            ("Made in", "Ghent"),
        ),
        weight=1900,
        option="Glaze",
        variants=coloured("loaf", "SF", 4800, 5600, rain=21, chalk=16, clay=0),
        keywords=(
            "bread tin",
            "baking dish",
            "terrine",
            "oven",
        ),
        popularity=61,
        added=date(2026, 10, 6),
    ),
    SampleProduct(
        slug="low-fire-casserole",
        name="Low fire casserole",
        line="4 litres, with its lid",
        maker="Ilse Maan",
        category="kitchen",
        heading="Left alone until evening",
        text=(
            (
                "A pot for things that take their time. The lid is heavy and drips back what rises, so nothing "
                "dries out."
            ),
            "It goes from the oven to the table and keeps a stew hot for an hour. Warm it slowly; it is clay.",
        ),
        facts=(
            ("Holds", "4 litres, six plates"),
            ("Stands", "19 cm tall, 30 cm with its ears"),
            ("Weighs", "3.1 kg"),
            ("Heat", "Oven only, up to 220 °C"),
            ("Made in", "Ostend"),
        ),
        weight=3100,
        option="Glaze",
        variants=coloured("casserole", "LF", 11800, rust=7, moss=12, ink=1),
        keywords=(
            "stew pot",
            "dutch oven",
            "lid",
            "oven",
        ),
        popularity=73,
        added=date(2026, 10, 20),
    ),
    SampleProduct(
        slug="open-salt-pig",
        name="Open salt pig",
        line="For half a kilo of coarse salt",
        maker="Ilse Maan",
        category="kitchen",
        heading="Salt within reach",
        text=(
            (
                "The mouth looks at you and the roof keeps the steam out. Unglazed inside, so the clay drinks the "
                "damp before the salt does."
            ),
            "A small spoon of olive wood is in it. Two fingers work as well.",
        ),
        facts=(
            ("Holds", "500 g"),
            ("Stands", "14 cm tall, 14 cm across"),
            ("Washing", "Rarely, and never with soap"),
            ("Made in", "Ostend"),
        ),
        weight=980,
        option="Glaze",
        variants=coloured("salt", "OP", 3900, chalk=23, clay=17, sage=5),
        keywords=(
            "salt cellar",
            "salt jar",
            "seasoning",
        ),
        popularity=48,
        added=date(2026, 3, 17),
    ),
    SampleProduct(
        slug="slow-oil-bottle",
        name="Slow oil bottle",
        line="70 cl, with a cork",
        maker="Tomas Reyn",
        category="kitchen",
        heading="A thread, not a flood",
        text=(
            "The neck narrows to the width of a pencil, so oil leaves it slowly. The last drop runs back.",
            "Clay keeps the light out, and oil stays good twice as long as in glass.",
        ),
        facts=(
            ("Holds", "70 cl"),
            ("Stands", "25 cm tall"),
            ("Cork", "Natural; a spare is in the box"),
            ("Washing", "Hot water and rice, shaken"),
            ("Made in", "Ghent"),
        ),
        weight=740,
        option="Glaze",
        variants=coloured("oil", "OB", 4400, moss=19, oat=8, ink=2),
        keywords=(
            "olive oil",
            "vinegar",
            "pourer",
            "cork bottle",
        ),
        popularity=46,
        added=date(2026, 5, 5),
    ),
    SampleProduct(
        slug="long-pepper-mill",
        name="Long pepper mill",
        line="21 cm, with a ceramic burr",
        maker="Pol Claes",
        category="kitchen",
        heading="Three turns are enough",
        text=(
            "Beech, painted below and bare above, where your hand is. The burr is ceramic and does not mind salt.",
            "Turn the small brass knob for coarse or fine. It keeps its setting until you change your mind.",
        ),
        facts=(
            ("Stands", "21 cm tall"),
            ("Burr", "Ceramic, kept for 25 years"),
            ("Holds", "40 g of pepper"),
            ("Made in", "Ghent"),
        ),
        weight=380,
        option="Colour",
        variants=coloured("mill", "PR", 5200, ink=24, rust=11, oat=6),
        keywords=(
            "pepper grinder",
            "spice",
            "salt mill",
        ),
        popularity=66,
        added=date(2026, 7, 21),
    ),
)
