"""A product as a merchant's file describes it, and what is wrong with the rows that describe none."""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from shop import gallery
from shop.catalogue import PagePicture
from shop.errors import ShopError
from shop.taxes import STANDARD

MAX_FAULTS_LISTED = 50

TAXED = ""
"""In place of a tax class, from a file that only says that there is tax on it: whichever the shop has it in."""


class Unreadable(ShopError):
    """The file as a whole can't be taken; the detail says why and what would do."""

    status = 422
    code = "unreadable_file"
    title = "The file can't be read"


class Fault(Struct, frozen=True, order=True):
    """What is wrong in one place. Rows count as a spreadsheet counts them: the header is row 1."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.reason}" if self.column else f"row {self.row}: {self.reason}"


class DraftVariant(Struct, frozen=True):
    """A variant; `price` and `was` in minor units, `units` on hand, `weight` in grams. `was` and `sku` may not be there."""

    value: str
    price: int
    sku: str | None = None
    was: int | None = None
    image: str = ""
    units: int = 0
    weight: int = 0
    backorder: bool = False
    """Whether more can be ordered than is there."""


class Draft(Struct, frozen=True, kw_only=True):
    """A product. What the file has no column for keeps its default here and is not in `said`: the books' own word stays."""

    slug: str
    name: str
    option: str
    variants: tuple[DraftVariant, ...]
    category: str = ""
    """The category's name; empty when the file names none."""
    line: str = ""
    maker: str = ""
    heading: str = ""
    text: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    keywords: str = ""
    popularity: int = 0
    visible: bool = True
    tax_class: str = STANDARD
    """The code of a tax class, or TAXED."""
    pictures: tuple[PagePicture, ...] = ()
    """Its gallery; empty when the variants' images are all that there is."""
    said: frozenset[str] = frozenset()
    row: int = 0

    @property
    def images(self) -> list[str]:
        """Every image that it shows, each once: its gallery's and its variants'."""
        shown = [*(picture.image for picture in self.pictures), *(variant.image for variant in self.variants)]
        return [image for image in dict.fromkeys(shown) if image]


def illustrated(draft: Draft) -> Draft:
    """The draft with the first picture for variants that show none, and its gallery as the books keep it."""
    first = next((picture.image for picture in draft.pictures if picture.image), "")
    variants = tuple(replace(variant, image=variant.image or first) for variant in draft.variants)
    return replace(draft, variants=variants, pictures=gallery.kept(draft.pictures, [v.image for v in variants]))


class Reading(Struct):
    """What a file says: `drafts` that can be taken, `faults` of the rest, and `notes` that its owner should know."""

    kind: str
    drafts: list[Draft] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """The slugs of products with a fault in any of their rows."""
    currency: str | None = None
    """The currency that the file names; most name none."""


def listed(faults: Sequence[Fault]) -> list[str]:
    """The faults in the order of rows, a line each, up to MAX_FAULTS_LISTED."""
    lines = [str(fault) for fault in sorted(faults)[:MAX_FAULTS_LISTED]]
    if len(faults) > MAX_FAULTS_LISTED:
        lines.append(f"and {len(faults) - MAX_FAULTS_LISTED} more")
    return lines
