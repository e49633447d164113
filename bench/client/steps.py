"""The steps of a shopper over HTTP, and which answers are documented for each. Every other one is a fault.

An outcome is the status, and on the API the code of the refusal: "200", "409 sold_out". Pages refuse in words, without a
code. docs/api.md and docs/bank.md are where these come from.
"""

from msgspec import Struct

TOO_OFTEN = "429 too_many_requests"
GONE = "409 sold_out"


class Step(Struct, frozen=True):
    """A step, the kind of wait that it is counted under, and the outcomes that are documented for it."""

    name: str
    kind: str
    fine: frozenset[str]


def step(name: str, kind: str, *fine: str) -> Step:
    return Step(name, kind, frozenset(fine))


PAGE = step("page", "page", "200")
SEARCH_PAGE = step("search page", "page", "200", "429")
LISTED = step("products", "api", "200", TOO_OFTEN)
PRODUCT = step("product", "api", "200")
ADD = step("add to cart", "cart", "200", TOO_OFTEN)
ADD_FORM = step("add to cart, form", "cart", "303", "429")
CHECKOUT_PAGE = step("checkout page", "page", "200", "303")
"""303: something in the cart can't be had any more, and the cart says so."""
CHECKOUT = step("checkout", "checkout", "201", GONE, TOO_OFTEN)
CHECKOUT_FORM = step("checkout, form", "checkout", "303", "409", "429")
START = step("start to pay", "payment start", "201", "503 provider_down", TOO_OFTEN)
START_PAGE = step("start to pay, page", "payment start", "303", "503", "429")
BANK = step("bank", "bank", "303")
STAFF_LOGIN = step("staff login", "staff", "201")
STAFF_STOCK = step("staff stock", "staff", "200")
STAFF_EDIT = step("staff stock edit", "staff", "200", "409 stale_edit")
