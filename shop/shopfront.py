"""The shop's own settings: what a merchant may set, what would do in each, and what an edit of a stale page means."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, structs

from shop import delivery, taxes
from shop.about import Link, Page
from shop.customers import email_fault, name_fault
from shop.delivery import Delivery
from shop.documents import prefix_fault
from shop.taxes import Taxes

MAX_NAME_LENGTH = 60
MAX_LINE_LENGTH = 300
MAX_COMPANY_LENGTH = 100
MAX_ADDRESS_LINES = 6
MAX_VAT_LENGTH = 40
MIN_HOLD_MINUTES, MAX_HOLD_MINUTES = 1, 24 * 60

LOCALES = tuple(
    "en en_GB en_IE en_US en_CA en_AU en_NZ en_IN en_ZA bg cs da de de_AT de_CH el es es_MX et fi fr fr_BE fr_CA fr_CH ga hr "
    "hu id is it it_CH ja ko lt lv mt nb nl nl_BE pl pt pt_BR ro sk sl sr sv tr uk vi zh zh_Hant".split()
)
"""How money and dates may be written, as CLDR names it. (The words on the pages are English.)"""


class Logo(Struct, frozen=True):
    """The shop's logo: the digest of its picture, its size in pixels, and what it shows, for those who can't see it."""

    digest: str
    width: int
    height: int
    alt: str


class Details(Struct, frozen=True):
    """What a merchant sets. The defaults are the sample shop's."""

    name: str = "Marl"
    headline: str = "Plain things for every day"
    """The front page's heading."""
    line: str = (
        "Pots, lamps and blankets from small workshops. "
        "The number you see is the number on our shelf, as it is right now."
    )
    """The front page's second voice, and what search engines show of it."""
    locale: str = "en"
    timezone: str = "UTC"
    contact: str = ""
    """Where shoppers write to; answers to mails go there."""
    sender_name: str = ""
    """Who mails come from; the shop's name when empty."""
    sender_address: str = ""
    """The address that mails come from; orders@ and the shop's host when empty."""
    colophon: str = ""
    """A line at the foot of every page."""
    sample_note: bool = True
    """Whether the foot of every page says that nothing is for sale."""
    hold_minutes: int = 15
    """How long an unpaid order keeps its stock."""
    company: str = ""
    """Who sells, on invoices and receipts; the shop's name when empty."""
    company_address: str = ""
    """In as many lines as it has."""
    vat_number: str = ""
    """With one, the papers are invoices; without, receipts."""
    bank_line: str = ""
    """A line at their foot, for an account or a register."""
    invoice_prefix: str = "{year}-"
    """What the numbers of invoices begin with; with {year} in it they start over each year."""
    credit_prefix: str = "C{year}-"
    """The same for credit notes."""
    logo: Logo | None = None
    logo_dark: Logo | None = None
    """The logo on dark screens; without one it stands on a light plate there."""


class Standing(Struct, frozen=True):
    """The settings as the books have them, at a version: everything that a process needs to know of them."""

    version: int = 0
    details: Details = Details()
    currency: str = "EUR"
    pages: tuple[Link, ...] = ()
    """The pages about the shop that can be read, in their order."""
    delivery: Delivery = Delivery()
    taxes: Taxes = Taxes()


class Difference(Struct, frozen=True):
    """One setting that was changed, as people read it."""

    field: str
    before: str
    after: str


class Entry(Struct, frozen=True):
    """A change that was made: at which version, by whom (an email), and what."""

    version: int
    actor: str
    at: datetime
    differences: tuple[Difference, ...]


LABELS: Mapping[str, str] = {
    "name": "Name",
    "headline": "Heading of the front page",
    "line": "About the shop",
    "locale": "Money and dates",
    "timezone": "Time zone",
    "contact": "Contact",
    "sender_name": "Sender's name",
    "sender_address": "Sender's address",
    "colophon": "Foot of the page",
    "sample_note": "Sample note",
    "hold_minutes": "Minutes to pay",
    "company": "Company",
    "company_address": "Company’s address",
    "vat_number": "VAT number",
    "bank_line": "Foot of invoices",
    "invoice_prefix": "Invoice numbers begin with",
    "credit_prefix": "Credit note numbers begin with",
    "logo": "Logo",
    "logo_dark": "Logo on dark screens",
    "currency": "Currency",
}
"""What each setting is called, in the order in which it stands on the page."""


def faults(details: Details, timezones: frozenset[str]) -> dict[str, str]:
    """What is wrong with these settings, a sentence a field; empty when they can be used."""
    found = {
        "name": name_fault(details.name, longest=MAX_NAME_LENGTH),
        "headline": name_fault(details.headline, "a heading", MAX_NAME_LENGTH),
        "line": name_fault(details.line, "a line or two about the shop", MAX_LINE_LENGTH),
        "locale": None if details.locale in LOCALES else "Choose one of the list.",
        "timezone": None if details.timezone in timezones else "Choose one of the list, such as Europe/Brussels.",
        "contact": _email_fault(details.contact),
        "sender_name": details.sender_name and _sender_fault(details.sender_name),
        "sender_address": _from_fault(details.sender_address),
        "colophon": details.colophon and name_fault(details.colophon, longest=MAX_LINE_LENGTH),
        "hold_minutes": hold_fault(details.hold_minutes),
        "company": details.company and name_fault(details.company, longest=MAX_COMPANY_LENGTH),
        "company_address": _address_fault(details.company_address),
        "vat_number": details.vat_number and name_fault(details.vat_number, "a number", MAX_VAT_LENGTH),
        "bank_line": details.bank_line and name_fault(details.bank_line, longest=MAX_LINE_LENGTH),
        "invoice_prefix": prefix_fault(details.invoice_prefix),
        "credit_prefix": prefix_fault(details.credit_prefix) or _same_fault(details),
    }
    return {field: fault for field, fault in found.items() if fault}


def _address_fault(address: str) -> str | None:
    lines = address.splitlines()
    if len(lines) > MAX_ADDRESS_LINES or not all(len(line) <= MAX_COMPANY_LENGTH for line in lines):
        return f"At most {MAX_ADDRESS_LINES} lines of {MAX_COMPANY_LENGTH} characters, please."
    return None if all(line.isprintable() for line in lines) else "Only letters that can be printed, please."


def _same_fault(details: Details) -> str | None:
    same = details.credit_prefix == details.invoice_prefix
    return "Another beginning than invoices have, so that both are numbered by themselves." if same else None


def hold_fault(minutes: int) -> str | None:
    if MIN_HOLD_MINUTES <= minutes <= MAX_HOLD_MINUTES:
        return None
    return f"From {MIN_HOLD_MINUTES} to {MAX_HOLD_MINUTES} minutes, please."


def differences(before: Details, after: Details) -> tuple[Difference, ...]:
    """What differs, in the order of the page."""
    names = [name for name in LABELS if name in Details.__struct_fields__]
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return tuple(Difference(name, shown(old), shown(new)) for name, old, new in pairs if old != new)


def page_differences(before: Page | None, after: Page) -> tuple[Difference, ...]:
    """What differs in a page about the shop, each by the page's address and the field; a new page differs in its text."""
    names = ("title", "description", "text", "rank", "visible")
    if before is None:
        return (Difference(f"{after.slug}: text", "", after.text),)
    pairs = [(name, shown(getattr(before, name)), shown(getattr(after, name))) for name in names]
    found = tuple(Difference(f"{after.slug}: {name}", old, new) for name, old, new in pairs if old != new)
    return found or (Difference(f"{after.slug}: text", "starting text", "saved as it was"),)


def terms_differences(before: Standing, after: Standing) -> tuple[Difference, ...]:
    """What differs in delivery and in taxes, each by the part of it: "delivery: Belgium, To the door"."""
    found: list[Difference] = []
    currency = after.currency
    for name, told, old, new in (
        (
            "delivery",
            [delivery.described(s.delivery, currency) for s in (before, after)],
            before.delivery,
            after.delivery,
        ),
        ("tax", [taxes.described(s.taxes) for s in (before, after)], before.taxes, after.taxes),
    ):
        if old == new:
            continue
        was, now = told
        changed = [key for key in dict.fromkeys((*was, *now)) if was.get(key) != now.get(key)]
        found += [Difference(f"{name}: {key}", was.get(key, ""), now.get(key, "")) for key in changed]
        found += [] if changed else [Difference(f"{name}: order", "", "changed")]
    return tuple(found)


def touched(since: Sequence[Entry], subject: str) -> tuple[Difference, ...]:
    """What these changes did to a subject, "delivery" or "tax"; the newest first."""
    return tuple(d for entry in since for d in entry.differences if d.field.startswith(f"{subject}: "))


def shown(value: object) -> str:
    """A setting's value as people read it in the history."""
    match value:
        case None:
            return "none"
        case bool():
            return "shown" if value else "not shown"
        case Logo():
            return f"{value.alt} ({value.width} × {value.height})"
    return str(value)


def merged(typed: Details, now: Details, since: Sequence[Entry]) -> tuple[Details, tuple[str, ...]]:
    """A stale page's settings brought up to date, and the fields that it and somebody else both changed.

    `since` is what was changed after the page was drawn, the oldest first. What only they changed is taken from `now`;
    what both changed stays as it was typed, and whoever typed it is asked.
    """
    first: dict[str, str] = {}
    for entry in since:
        for difference in entry.differences:
            first.setdefault(difference.field, difference.before)
    theirs = [name for name in first if name in Details.__struct_fields__]
    untouched = [name for name in theirs if shown(getattr(typed, name)) == first[name]]
    both = [name for name in theirs if name not in untouched and getattr(typed, name) != getattr(now, name)]
    return structs.replace(typed, **{name: getattr(now, name) for name in untouched}), tuple(both)


def _email_fault(address: str) -> str | None:
    return email_fault(address) if address else None


def _from_fault(address: str) -> str | None:
    if not address.isascii():
        return "Plain letters only, please (a domain as xn--…): mails can't come from another address."
    return _email_fault(address)


def _sender_fault(name: str) -> str | None:
    if set(name) & set('<>@"'):
        return "A name only, without < > @ or quotation marks."
    return name_fault(name, longest=MAX_NAME_LENGTH)
