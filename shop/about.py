"""The pages about the shop: delivery, returns, privacy, terms, imprint, and whatever else a merchant writes.

The starting texts are the sample shop's. They say what is true of the software: one cookie, what is kept, and that card
numbers never reach the shop. A merchant reads them, changes them, and saves them; only then does a real shop show them.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from shop.customers import name_fault

MAX_TITLE_LENGTH = 60
MAX_DESCRIPTION_LENGTH = 200
MAX_TEXT_LENGTH = 30_000
MAX_PAGES = 30
MAX_RANK = 999

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_SLUG_LENGTH = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

WORDS: Mapping[str, str] = {
    "shop": "the shop's name",
    "contact": "the contact address, or how to answer our mails",
    "minutes": "how many minutes an order is held",
    "countries": "where we send to",
    "deliveries": "the ways of delivery and what they cost",
}
"""Words that stand in braces in a text and are filled in when it is read, so that they are never out of date."""


class Link(Struct, frozen=True):
    """A page as the foot of every page names it."""

    slug: str
    title: str
    starting: bool = False
    """Whether it is a starting text that nobody has saved."""


class Page(Struct, frozen=True):
    """A page about the shop. `text` is Markdown; a version of 0 means that it is a starting text that nobody has saved."""

    slug: str
    title: str
    description: str
    text: str
    rank: int
    visible: bool = True
    version: int = 0

    @property
    def link(self) -> Link:
        return Link(self.slug, self.title, self.version == 0)


def faults(page: Page) -> dict[str, str]:
    """What is wrong with a page, a sentence a field; empty when it can be saved."""
    found = {
        "slug": _slug_fault(page.slug),
        "title": name_fault(page.title, "a title", MAX_TITLE_LENGTH),
        "description": page.description and name_fault(page.description, longest=MAX_DESCRIPTION_LENGTH),
        "text": _text_fault(page.text),
        "rank": None if 0 <= page.rank <= MAX_RANK else f"From 0 to {MAX_RANK}.",
    }
    return {field: fault for field, fault in found.items() if fault}


def unknown_words(text: str) -> tuple[str, ...]:
    """Words in braces that nothing fills in, so that a slip of the pen is noticed before shoppers read it."""
    return tuple(sorted({word for word in re.findall(r"{(\w+)}", text) if word not in WORDS}))


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its words in braces filled in; unknown ones stay as they are."""
    return re.sub(r"{(\w+)}", lambda found: words.get(found[1], found[0]), text)


def _slug_fault(slug: str) -> str | None:
    if not slug:
        return "It needs an address, such as care."
    if len(slug) > MAX_SLUG_LENGTH or not _SLUG.fullmatch(slug):
        return f"At most {MAX_SLUG_LENGTH} small letters, digits and single hyphens, such as how-we-pack."
    return None


def _text_fault(text: str) -> str | None:
    if not text.strip():
        return "There is nothing to read yet."
    if len(text) > MAX_TEXT_LENGTH:
        return f"At most {MAX_TEXT_LENGTH} characters; this has {len(text)}."
    if _CONTROL.search(text):
        return "Some of these characters can't be printed."
    if unknown := unknown_words(text):
        known = ", ".join(f"{{{word}}}" for word in WORDS)
        return f"Nothing fills in {{{unknown[0]}}}. There is {known}."
    return None


_DELIVERY = """\
We pack on the morning after you pay. Pots travel in straw and paper; we have lost three in four years.

## Where we send

To {countries}. Nowhere else yet.

## What it costs

{deliveries}

## How long we hold things

When you check out, your things are held for {minutes} minutes while you pay. If the payment does not come, they go back on \
the shelf, and everybody sees it.
"""

_RETURNS = """\
Send it back within 30 days, even if it has held tea. You need no reason.

## How

Put it in the box it came in, with the order number on a slip of paper. Bring it to the post, or to us in Ghent.

## Your money

We send it back within three days of the box arriving, the same way you paid. The first delivery is included; the way back \
is yours to pay.

## If it arrives broken

Write to us with a photograph. You get a new one if there is one on the shelf, or your money. Keep the pieces for your plants.

## If you paid too late

A payment that arrives after our hold has ended still buys the things if they are on the shelf. If not, the money goes back \
by itself, in full, and the order’s page says so.
"""

_PRIVACY = """\
We keep what an order needs and nothing else. No trackers, no adverts, nobody else’s scripts.

## What we keep

- **Your cart**, under a random name, until you empty it.
- **What you typed at the checkout**, if a price or the stock stood in the way, until you order or your cookie ends.
- **Your orders**: name, address, email and what you bought, as long as the tax office wants us to.
- **Your account**, if you make one: name, email, and a scrambled form of your password that can’t be turned back.
- **Where you are signed in**: when, and by which kind of browser, so that you can end it from your account.

## Cookies

One, and only once there is something to remember: it keeps your cart and says that you are signed in. No banner, since there \
is nothing to agree to.

## Your card

You type it on your bank’s page, never on ours. We learn whether you paid, and nothing of the card.

## Searching

What you type into the search box travels to our own server for suggestions and is not kept with your name.

## Your rights

Ask us what we know, and we tell you. Ask us to forget it, and we do, but for what the law makes us keep. You reach us here: \
{contact}.
"""

_TERMS = """\
Short, because a shop can be simple.

## When you have bought something

Your order is an offer. It is bought once your payment has reached us; the order’s page and a mail tell you so. Until then \
your things are held for {minutes} minutes.

## Prices

What the checkout shows is what you pay: VAT is in the price, and delivery stands beside it. If a price goes up while a thing \
is in your cart, we ask you first.

## If we can’t send it

If what you paid for can’t be sent, you get everything back, the way you paid, without asking.

## Changing your mind

You have 30 days. [Returns](/about/returns) says how.

## If something is wrong

Things we sell are what we say they are. If one is not, write to {contact} and we repair it, replace it or give your money back. \
The law of the country you live in protects you as well.
"""

_IMPRINT = """\
**{shop}** is a sample shop. There is no workshop behind it, and nobody to sue.

## How to reach us

{contact}

## Who would stand here

In a real shop: the name of the business, its street and town, its register and number, its VAT number, and a name to ask for.
"""

STARTING: Mapping[str, Page] = {
    page.slug: page
    for page in (
        Page(
            "delivery", "Delivery", "How things travel from our shelf to your door, and what it costs.", _DELIVERY, 10
        ),
        Page("returns", "Returns", "Send it back within 30 days. How, and when your money is back.", _RETURNS, 20),
        Page("privacy", "Privacy", "What we keep about you, why, and what we never see.", _PRIVACY, 30),
        Page("terms", "Terms", "When an order is bought, what it costs, and what you can rely on.", _TERMS, 40),
        Page("imprint", "Contact", "Who we are and how to reach us.", _IMPRINT, 50),
    )
}
"""The pages that a shop begins with, by slug."""
