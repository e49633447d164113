"""Sample products for plants and flowers."""

from datetime import date

from storage.sample.product import SampleProduct, coloured

PRODUCTS = (
    SampleProduct(
        slug="shoulder-vase",
        name="Shoulder vase",
        line="28 cm, thrown by Ilse Maan",
        maker="Ilse Maan",
        category="green",
        heading="It holds itself upright",
        text=(
            (
                "A narrow neck over wide shoulders, so five stems stand as well as twenty. "
                "It looks finished when it is empty."
            ),
            "Ilse throws it in two parts and joins them at the shoulder. You can feel the seam inside, not outside.",
        ),
        facts=(
            ("Holds", "2.4 litres"),
            ("Stands", "28 cm tall, 23 cm across"),
            ("Weighs", "1.9 kg"),
            ("Washing", "A bottle brush"),
            ("Made in", "Ostend"),
        ),
        weight=1900,
        option="Glaze",
        variants=coloured("vase", "SV", 7400, clay=5, sage=22, ink=3),
        keywords=("flower vase", "urn", "flowers", "bouquet"),
        popularity=79,
        added=date(2026, 11, 16),
    ),
    SampleProduct(
        slug="one-stem-vase",
        name="One-stem vase",
        line="14 cm, thrown by Ilse Maan",
        maker="Ilse Maan",
        category="green",
        heading="One is plenty",
        text=(
            (
                "For the twig you broke off on the way, or the rose that broke off by itself. "
                "The neck is as wide as a finger."
            ),
            "Heavy at the bottom, so a long branch does not tip it. The sprig is from our yard.",
        ),
        facts=(
            ("Holds", "30 cl"),
            ("Stands", "14 cm tall, 11 cm across"),
            ("Weighs", "390 g"),
            ("Washing", "Rice and warm water, shaken"),
            ("Made in", "Ostend"),
        ),
        weight=390,
        option="Glaze",
        variants=coloured("stem", "OS", 3200, dusk=26, chalk=37, rain=4),
        keywords=("bud vase", "flower", "twig", "small vase"),
        popularity=75,
        added=date(2026, 7, 7),
    ),
    SampleProduct(
        slug="moon-jar",
        name="Moon jar",
        line="30 cm, thrown in halves by Tomas Reyn",
        maker="Tomas Reyn",
        category="green",
        heading="Nearly round",
        text=(
            "Two bowls, one turned over and set on the other. The seam never quite disappears, and should not.",
            (
                "After the Korean jars of the seventeenth century, which were never quite round either. "
                "Tomas makes six a year."
            ),
        ),
        facts=(
            ("Stands", "30 cm tall, 31 cm across"),
            ("Weighs", "3.4 kg"),
            ("Water", "Tight; for branches, or for nothing"),
            ("Made in", "Ghent, six a year"),
        ),
        weight=3400,
        option="Glaze",
        variants=coloured("moonjar", "JM", 24000, chalk=2, sage=1, ink=1),
        keywords=("dalhangari", "large vase", "round vase", "pot"),
        popularity=42,
        added=date(2026, 10, 27),
    ),
    SampleProduct(
        slug="sill-planter",
        name="Sill planter",
        line="17 cm, with a snake plant",
        maker="Tomas Reyn",
        category="green",
        heading="Hard to kill",
        text=(
            "A pot of coarse clay that breathes, and a snake plant that forgives. Water it when you remember.",
            "It comes planted, in a box with holes. In winter we wait for a day above five degrees before we send it.",
        ),
        facts=(
            ("Pot", "17 cm across, 15 cm tall"),
            ("Plant", "Dracaena trifasciata, about 30 cm"),
            ("Light", "Any, but not the sun at noon"),
            ("Water", "Every second week"),
            ("Made in", "Ghent"),
        ),
        weight=2600,
        option="Glaze",
        variants=coloured("planter", "SI", 4900, clay=20, chalk=13, ochre=3),
        keywords=("plant pot", "houseplant", "flowerpot", "sansevieria"),
        popularity=63,
        added=date(2026, 6, 16),
    ),
    SampleProduct(
        slug="kitchen-basil",
        name="Kitchen basil",
        line="12 cm pot and saucer, with basil",
        maker="Tomas Reyn",
        category="green",
        heading="Pinch it and it grows",
        text=(
            (
                "A pot with a rim to lift it by and a saucer to water it from. "
                "Basil drinks from below; its leaves stay dry."
            ),
            "Take the tips, never single leaves, and it goes on until October. After that the pot does for chives.",
        ),
        facts=(
            ("Pot", "12 cm across, 11 cm tall"),
            ("Saucer", "15 cm across"),
            ("Light", "As much as there is"),
            ("Water", "Daily, from below"),
            ("Made in", "Ghent"),
        ),
        weight=1150,
        tax_class="reduced",
        option="Glaze",
        variants=coloured("herbs", "KB", 2900, clay=31, chalk=18, dusk=5),
        keywords=("herb pot", "herbs", "plant", "saucer"),
        popularity=50,
        added=date(2026, 5, 19),
    ),
    SampleProduct(
        slug="long-reach-can",
        name="Long-reach can",
        line="1.5 litres, soldered by Hanne Bo",
        maker="Hanne Bo",
        category="green",
        heading="Past the leaves, to the roots",
        text=(
            (
                "The spout reaches through a full plant to the soil behind it. "
                "Two handles, one to carry by and one to pour by."
            ),
            "Steel, galvanised and then painted, so it can stay outside. Hanne solders the rose by hand.",
        ),
        facts=(
            ("Holds", "1.5 litres"),
            ("Stands", "24 cm tall, 36 cm with its spout"),
            ("Weighs", "620 g"),
            ("Care", "Empty it before a frost"),
            ("Made in", "Leuven"),
        ),
        weight=620,
        option="Colour",
        variants=coloured("can", "LR", 5600, moss=24, chalk=9, rust=4),
        keywords=("watering can", "garden", "sprinkler"),
        popularity=59,
        added=date(2026, 4, 28),
    ),
)
