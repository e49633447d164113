"""Sample products that are woven."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="winter-blanket",
        name="Winter blanket",
        line="Marled wool, 140 by 200 cm, woven by Mirre",
        maker="Mirre Weavers",
        category="textiles",
        heading="Two yarns twisted into one",
        text=(
            (
                "Marl is a yarn of two colours twisted together, which is where the shop has its name from. "
                "From far it is one colour, from near it is many."
            ),
            "Woven on a loom from 1961 and washed in rain water until it is soft. It is warm when it is damp, too.",
        ),
        facts=(
            ("Measures", "140 by 200 cm"),
            ("Wool", "Texel sheep, 100 %"),
            ("Weighs", "1.5 kg"),
            ("Washing", "Air it; by hand in cold water if you must"),
            ("Made in", "Kortrijk"),
        ),
        weight=1500,
        option="Yarn",
        variants=coloured("blanket", "WB", 12400, rain=12, oat=4, ochre=20, moss=26),
        keywords=("throw", "plaid", "wool", "bedspread", "cover"),
        popularity=86,
        added=date(2026, 11, 12),
    ),
    SampleProduct(
        slug="window-seat-cushion",
        name="Window seat cushion",
        line="50 by 50 cm, woven by Mirre",
        maker="Mirre Weavers",
        category="textiles",
        heading="For the cold corner with the good view",
        text=(
            (
                "A striped twill, piped at the edge so it keeps its shape. "
                "Filled with wool, which springs back by the evening."
            ),
            "The cover comes off by a row of buttons at the back.",
        ),
        facts=(
            ("Measures", "50 by 50 cm"),
            ("Cover", "Cotton and linen"),
            ("Filling", "Wool, 700 g"),
            ("Washing", "Cover at 30 °C"),
            ("Made in", "Kortrijk"),
        ),
        weight=1150,
        option="Cloth",
        variants=coloured("cushion", "WC", 6400, ochre=15, rain=23, dusk=2),
        keywords=("pillow", "sofa cushion", "throw pillow", "striped"),
        popularity=61,
        added=date(2026, 8, 25),
    ),
    SampleProduct(
        slug="both-hands-towel",
        name="Both-hands towel",
        line="Linen and cotton, 50 by 75 cm, woven by Mirre",
        maker="Mirre Weavers",
        category="textiles",
        heading="Dries glasses, not only hands",
        text=(
            "Half linen, half cotton: one takes the water, the other lets it go. It leaves no lint on a glass.",
            "Stiff for a week, then better for ten years. There is a loop to hang it by.",
        ),
        facts=(
            ("Measures", "50 by 75 cm"),
            ("Cloth", "Linen 50 %, cotton 50 %"),
            ("Weighs", "110 g"),
            ("Washing", "60 °C"),
            ("Made in", "Kortrijk"),
        ),
        weight=110,
        option="Cloth",
        variants=coloured("towel", "BH", 1800, chalk=58, rust=31, rain=40),
        keywords=("tea towel", "dishcloth", "kitchen towel", "linen"),
        popularity=68,
        added=date(2026, 6, 30),
    ),
    SampleProduct(
        slug="company-napkins",
        name="Company napkins, set of 4",
        line="Washed linen, 42 by 42 cm, sewn by Mirre",
        maker="Mirre Weavers",
        category="textiles",
        heading="For when somebody comes",
        text=(
            (
                "Four napkins of washed linen, hemmed in a second colour and tied with a tape. "
                "Ironing is allowed, not needed."
            ),
            "Large enough to cover a lap. Tomato comes out at sixty degrees.",
        ),
        facts=(
            ("Measures", "42 by 42 cm"),
            ("Cloth", "Linen 100 %"),
            ("Weighs", "240 g for four"),
            ("Washing", "60 °C"),
            ("Made in", "Kortrijk"),
        ),
        weight=240,
        option="Cloth",
        variants=coloured("napkin", "CN", 3600, 4200, oat=19, sage=11, ochre=3),
        keywords=("serviette", "table linen", "placemat"),
        popularity=44,
        added=date(2026, 3, 31),
    ),
)
