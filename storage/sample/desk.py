"""Sample products for the desk."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="blunt-pencil-pot",
        name="Blunt pencil pot",
        line="11 cm, with three pencils",
        maker="Ilse Maan",
        category="desk",
        heading="Points up, please",
        text=(
            (
                "A straight pot that weighs enough to be fished in without looking. Cork under the foot, for the "
                "table's sake."
            ),
            "Three cedar pencils are in it. The sharpener you have somewhere already.",
        ),
        facts=(
            ("Stands", "11 cm tall, 9 cm across"),
            ("Weighs", "410 g"),
            ("Pencils", "Cedar, 2B"),
            ("Made in", "Ostend"),
        ),
        weight=410,
        option="Glaze",
        variants=coloured("pens", "PP", 2600, clay=29, ink=24, sage=8),
        keywords=(
            "pencil holder",
            "pen cup",
            "stationery",
        ),
        popularity=58,
        added=date(2026, 9, 1),
    ),
    SampleProduct(
        slug="three-month-notebooks",
        name="Three-month notebooks",
        line="Three, 96 pages each, sewn",
        maker="Oda Pieters",
        category="desk",
        heading="One for each thing at a time",
        text=(
            (
                "Sewn with linen thread, so they open flat and stay open. The paper takes ink without a shadow on "
                "the other side."
            ),
            "Oda binds them in Mechelen, eighty a week. The elastic is the only part that ever wears out.",
        ),
        facts=(
            ("Pages", "96 each, blank"),
            ("Measures", "15 by 21 cm"),
            ("Paper", "100 g, recycled"),
            ("Made in", "Mechelen"),
        ),
        weight=690,
        option="Cover",
        variants=coloured("notebooks", "TN", 2700, rust=42, moss=37, rain=3),
        keywords=(
            "journal",
            "sketchbook",
            "diary",
            "paper",
        ),
        popularity=69,
        added=date(2026, 10, 1),
    ),
    SampleProduct(
        slug="evening-globe",
        name="Evening globe",
        line="25 cm across, on a foot of oak",
        maker="Pol Claes",
        category="desk",
        heading="Further than it looks",
        text=(
            (
                "Drawn from coastlines, without borders or names, so it will not go out of date. It turns without a "
                "sound."
            ),
            "Paper on plaster, in twelve gores, as it was done in 1600. The colour of the sea is yours to choose.",
        ),
        facts=(
            ("Globe", "25 cm across"),
            ("Stands", "36 cm tall"),
            ("Scale", "1 to 51 million"),
            ("Made in", "Ghent"),
        ),
        weight=2300,
        option="Sea",
        variants=coloured("globe", "EG", 14800, rain=6, sage=9, oat=2),
        keywords=(
            "world map",
            "earth",
            "geography",
        ),
        popularity=47,
        added=date(2026, 8, 25),
    ),
    SampleProduct(
        slug="first-draft-inkwell",
        name="First draft inkwell",
        line="5 cl of ink, and a pen",
        maker="Tomas Reyn",
        category="desk",
        heading="No delete key",
        text=(
            (
                "A low bottle that cannot be knocked over by a sleeve, filled with iron gall ink. It darkens as it "
                "dries."
            ),
            "The pen is ash with a steel nib. Dip, write two lines, think, dip again.",
        ),
        facts=(
            ("Ink", "5 cl, iron gall"),
            ("Stands", "7 cm tall"),
            ("Pen", "18 cm, with two nibs"),
            ("Made in", "Ghent"),
        ),
        weight=240,
        option="Bottle",
        variants=coloured("inkwell", "FD", 3400, ink=22, rain=15, rust=4),
        keywords=(
            "fountain pen",
            "dip pen",
            "calligraphy",
            "ink bottle",
        ),
        popularity=41,
        added=date(2026, 3, 31),
    ),
    SampleProduct(
        slug="supper-bell",
        name="Supper bell",
        line="11 cm, bronze on beech",
        maker="Hanne Bo",
        category="desk",
        heading="Loud enough, once",
        text=(
            "Cast in one piece and turned thin, so it rings clear and long. One tap fetches a household.",
            "It stands on a desk in the day and by the stove at six. The note is close to an A.",
        ),
        facts=(
            ("Stands", "13 cm tall, 14 cm across"),
            ("Weighs", "640 g"),
            ("Note", "About 880 Hz"),
            ("Made in", "Leuven"),
        ),
        weight=640,
        option="Finish",
        variants=coloured("bell", "SX", 6900, ochre=11, ink=7, moss=1),
        keywords=(
            "hand bell",
            "desk bell",
            "dinner bell",
        ),
        popularity=33,
        added=date(2026, 1, 27),
    ),
    SampleProduct(
        slug="leaning-bookends",
        name="Leaning bookends",
        line="A pair, oak on steel",
        maker="Pol Claes",
        category="desk",
        heading="They hold, you read",
        text=(
            (
                "One stands straight and one leans, as books do. A thin steel tongue goes under the first book and "
                "takes the weight."
            ),
            "Felt below, so they slide when you move the row and not when you take one out. Books are your own.",
        ),
        facts=(
            ("Measures", "10 by 14 cm, 16 cm tall"),
            ("Weighs", "1.4 kg a pair"),
            ("Holds", "Up to 60 cm of books"),
            ("Made in", "Ghent"),
        ),
        weight=1400,
        option="Colour",
        variants=coloured("books", "LB", 5800, oat=17, ink=12, rust=5),
        keywords=(
            "book holder",
            "shelf",
            "library",
        ),
        popularity=49,
        added=date(2026, 6, 2),
    ),
)
