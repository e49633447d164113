"""Sample products for children."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="humming-top",
        name="Humming top",
        line="9 cm, turned by Pol Claes",
        maker="Pol Claes",
        category="children",
        heading="Two minutes, if the floor is level",
        text=(
            ("Maple, turned thin inside so that it hums. The stem fits a grown-up's fingers and a child's fist."),
            "The record in the workshop is three minutes and eleven seconds. Nobody has seen it broken.",
        ),
        facts=(
            ("Across", "9 cm"),
            ("Age", "From 3 years"),
            ("Paint", "Linseed oil and pigment"),
            ("Made in", "Ghent"),
        ),
        weight=120,
        option="Colour",
        variants=coloured("top", "HT2", 1900, rust=38, rain=26, ochre=5),
        keywords=(
            "spinning top",
            "wooden toy",
            "present",
        ),
        popularity=60,
        added=date(2026, 9, 22),
    ),
    SampleProduct(
        slug="five-ring-tower",
        name="Five-ring tower",
        line="22 cm, beech and water paint",
        maker="Pol Claes",
        category="children",
        heading="Bigger ones below, or not",
        text=(
            "Rings on a post, and a knob to end with. It can be done wrong in many ways, and all of them hold.",
            "The edges are round enough to bite on. The paint has been bitten on by experts.",
        ),
        facts=(
            ("Stands", "22 cm tall"),
            ("Age", "From 1 year"),
            ("Paint", "Tested for teeth, EN 71"),
            ("Made in", "Ghent"),
        ),
        weight=540,
        option="Colour",
        variants=coloured("stacker", "FR", 3300, rain=21, rust=18, moss=2),
        keywords=(
            "stacking toy",
            "baby",
            "rings",
            "wooden toy",
        ),
        popularity=64,
        added=date(2026, 10, 15),
    ),
    SampleProduct(
        slug="kitchen-floor-skittles",
        name="Kitchen floor skittles",
        line="Six, with a ball",
        maker="Pol Claes",
        category="children",
        heading="Mind the cat",
        text=(
            "Six skittles of lime wood and a ball of ash. They fall with a good noise and come back up.",
            "Short enough for the kitchen, heavy enough for the lawn. They live in a linen bag.",
        ),
        facts=(
            ("Skittles", "18 cm tall, six of them"),
            ("Ball", "7 cm across"),
            ("Age", "From 2 years"),
            ("Made in", "Ghent"),
        ),
        weight=1400,
        option="Heads",
        variants=coloured("skittles", "KS", 4200, 4900, rust=15, rain=23, ochre=4),
        keywords=(
            "bowling",
            "garden game",
            "wooden toy",
        ),
        popularity=51,
        added=date(2026, 4, 21),
    ),
    SampleProduct(
        slug="rainy-day-drum",
        name="Rainy day drum",
        line="20 cm, with two sticks",
        maker="Willow Yard",
        category="children",
        heading="Quieter than you fear",
        text=(
            (
                "A hoop of willow with a calfskin that was tuned by somebody who has children. It is more rain than "
                "thunder."
            ),
            "The cord can be pulled tighter. We suggest that you do not show anybody how.",
        ),
        facts=(
            ("Across", "20 cm"),
            ("Stands", "15 cm tall"),
            ("Age", "From 3 years"),
            ("Made in", "Dendermonde"),
        ),
        weight=980,
        option="Side",
        variants=coloured("drum", "RD", 5400, rust=9, moss=14, rain=0),
        keywords=(
            "music",
            "percussion",
            "instrument",
            "toy drum",
        ),
        popularity=43,
        added=date(2026, 7, 28),
    ),
    SampleProduct(
        slug="bathtub-boat",
        name="Bathtub boat",
        line="24 cm, alder and sailcloth",
        maker="Pol Claes",
        category="children",
        heading="It sails, really",
        text=(
            "Alder, which likes water, with a steel keel under the paint. Blow, and it goes where the rudder says.",
            "The sails come off to dry. It has crossed the pond at Drongen, both ways.",
        ),
        facts=(
            ("Long", "24 cm"),
            ("Stands", "26 cm with its mast"),
            ("Age", "From 3 years"),
            ("Made in", "Ghent"),
        ),
        weight=410,
        option="Hull",
        variants=coloured("boat", "BO", 3600, rain=27, rust=12, moss=6),
        keywords=(
            "sailing boat",
            "bath toy",
            "ship",
            "wooden toy",
        ),
        popularity=67,
        added=date(2026, 8, 4),
    ),
    SampleProduct(
        slug="small-town-blocks",
        name="Small town blocks",
        line="Twenty-four, in a canvas sack",
        maker="Pol Claes",
        category="children",
        heading="A street before breakfast",
        text=(
            (
                "Cubes, roofs and a few that are neither. Beech, sanded until it feels like soap, with painted "
                "sides to match or not."
            ),
            "A cube is five centimetres, so four of them are a tower for somebody small.",
        ),
        facts=(
            ("Blocks", "24, 5 cm a side"),
            ("Age", "From 18 months"),
            ("Weighs", "1.9 kg"),
            ("Made in", "Ghent"),
        ),
        weight=1900,
        option="Colour",
        variants=coloured("blocks", "SM", 4900, ochre=20, rain=16, dusk=3),
        keywords=(
            "building blocks",
            "bricks",
            "wooden toy",
        ),
        popularity=65,
        added=date(2026, 10, 8),
    ),
)
