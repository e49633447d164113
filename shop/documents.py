"""Invoices and credit notes: numbered without a gap in series that the merchant names, and kept with what they said.

An invoice belongs to an order from the moment it is paid, a credit note to each refund of money. A shop without a VAT number
gives receipts: the same paper under another title.
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from msgspec import Struct

from shop.ids import OrderNumber
from shop.pricing import TaxSum

MAX_PREFIX_LENGTH = 16
DIGITS = 6
YEAR = "{year}"


class Seller(Struct, frozen=True, omit_defaults=True):
    """Who sells, as it stood in the settings when the document was made."""

    name: str = ""
    address: str = ""
    vat_number: str = ""
    bank: str = ""


class Said(Struct, frozen=True, omit_defaults=True):
    """What a document says that nothing else keeps."""

    seller: Seller = Seller()
    taxes: tuple[TaxSum, ...] | None = None
    """The tax by rate; None on invoices of orders from before there were any: their orders tell."""


class Document(Struct, frozen=True):
    """An invoice (`refund` 0), or the credit note of an order's refund by its rank. Amount in minor units."""

    label: str
    order: OrderNumber
    refund: int
    amount: int
    at: datetime
    said: Said


def title(document: Document) -> str:
    """What the paper is called: a receipt where the seller had no VAT number to stand on an invoice."""
    if document.refund:
        return "Credit note"
    return "Invoice" if document.said.seller.vat_number else "Receipt"


def path(document: Document) -> str:
    """Where the paper is, below the shop's address."""
    paper = f"credit-notes/{document.refund}" if document.refund else "invoice"
    return f"/orders/{document.order}/{paper}"


def series(prefix: str, at: datetime, zone: tzinfo) -> str:
    """The series that a document belongs to: with a year in its prefix, numbers begin anew with each year of the shop."""
    return prefix.replace(YEAR, str(at.astimezone(zone).year))


def label(found: str, n: int) -> str:
    """The number as people read it: 2026-000123."""
    return f"{found}{n:0{DIGITS}d}"


def prefix_fault(prefix: str) -> str | None:
    """What is wrong with the beginning of numbers, or None."""
    plain = prefix.replace(YEAR, "")
    if len(prefix) > MAX_PREFIX_LENGTH:
        return f"At most {MAX_PREFIX_LENGTH} characters, please."
    if not all((letter.isascii() and letter.isalnum()) or letter in "-/." for letter in plain):
        return "Letters, digits, - / . and {year} only."
    if plain and plain[-1].isdigit():
        return "It must not end in a digit, or numbers can't be told apart."
    return None


def remaining(whole: Iterable[TaxSum], earlier: Iterable[TaxSum]) -> tuple[TaxSum, ...]:
    """The tax by rate that is left of an invoice after earlier credit notes: what the last one takes back."""
    found = {tax.rate: (tax.base, tax.tax) for tax in whole}
    for tax in earlier:
        base, sum_ = found.get(tax.rate, (0, 0))
        found[tax.rate] = (base - tax.base, sum_ - tax.tax)
    return tuple(TaxSum(rate, *found[rate]) for rate in sorted(found, reverse=True) if any(found[rate]))
