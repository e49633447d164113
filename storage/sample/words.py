"""The words that a made-up catalogue is written with, in Marl's voice."""

MOODS = tuple(
    "Quiet Early Plain Patient Crooked Honest Gentle Broad Narrow Heavy Light Warm Cool Slow Steady Round Low Tall Deep Pale "
    "Faithful Modest Sturdy Kind Clear Dry Soft Rough Late Spare Little Long Short Level Sober Easy Calm Fair Mild Grey".split()
)
SCENES = tuple(
    "harbour orchard winter sunday garden meadow market river chapel attic kitchen station bakery dune canal courtyard forest "
    "island ladder lantern mill morning northern october porch quarry rain saddle shepherd snow stable summer tide tower "
    "valley village window workshop yard evening".split()
)
FIRST_NAMES = tuple(
    "Ilse Tomas Pol Mirre Hanne Fien Oda Jonas Lotte Bram Nele Wout Saar Joris Griet Senne Katrien Arne Roos Maarten "
    "Eline Stijn Hilde Lars Febe Dries Marthe Ruben Amber Koen".split()
)
LAST_NAMES = tuple(
    "Maan Reyn Claes Bo Daems Pieters Veld Noord Haegen Lindt Cools Stroom Baert Wauters Molen Dierick Hoste Vos Kerk "
    "Rommens Akker Buyse Tack Sels Oost Goris Lemmens Raes Zeger Wynants".split()
)
TOWNS = (
    "Ghent",
    "Ostend",
    "Leuven",
    "Kortrijk",
    "Bruges",
    "Mechelen",
    "Dendermonde",
    "Ypres",
    "Hasselt",
    "Tournai",
    "Lille",
    "Delft",
    "Aachen",
    "Namur",
    "Breda",
)
WAYS = ("Made", "Finished by hand", "Made to last", "Made in small numbers", "Made a dozen at a time")
HEADINGS = (
    "It does one thing",
    "Better every year",
    "Nothing to explain",
    "For every day",
    "It stays where it is",
    "Made once, properly",
    "Easy to like",
    "You will find a use",
    "Plain on purpose",
    "It was waiting for you",
)
SENTENCES = (
    "It is as heavy as it looks and as simple as it feels.",
    "The edge is rounded where a hand goes, and sharp where it should be.",
    "We asked for it smaller, and were wrong.",
    "No two are quite alike, and all of them fit.",
    "It was made for a grandmother first, and then for everybody.",
    "It looks finished when it is empty.",
    "The colour goes all the way through.",
    "You can tell where the maker's thumb was.",
    "It stands level on a table that does not.",
    "There is nothing on it that can come off.",
    "Twelve are made in a day, and eleven are sold.",
    "It started as a mistake and stayed.",
)
CARE = (
    "Wash it by hand, or do not, it will not mind.",
    "Dry it before you put it away.",
    "Keep it out of the noon sun.",
    "A little oil in spring is enough.",
    "If it breaks, write to us. We may have its brother.",
    "It gets a darker line with the years, which is meant.",
    "It comes in a box that you can use again.",
    "Give it a week to settle in.",
)
