"""What a run is asked to do: whom to visit, how many come, for how long, and how they behave."""

from msgspec import Struct


class Clerk(Struct, frozen=True):
    """A login of staff who count scarce variants anew once they are sold out; `units` each time."""

    email: str
    password: str
    scarce: tuple[str, ...]
    units: int


class Sale(Struct, frozen=True):
    """A flash sale: everybody wants one unit of this variant at the same moment, and there are so many `units`."""

    variant: str
    product: str
    units: int


class Plan(Struct, frozen=True, kw_only=True):
    """`url` and `bank_url` have no slash at the end; `pause_seconds` is the mean between two steps of a shopper.

    Of all who fill a cart, `abandon_share` place an order and never pay; of payments, `decline_share` are declined at
    first and `challenge_share` ask for a 3-D Secure code.
    """

    url: str
    bank_url: str
    token: str = ""
    shoppers: int
    seconds: float
    pause_seconds: float = 1.0
    buy_share: float = 0.5
    form_share: float = 0.3
    abandon_share: float = 0.03
    decline_share: float = 0.1
    challenge_share: float = 0.1
    clerk: Clerk | None = None
    sale: Sale | None = None
