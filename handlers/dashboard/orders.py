"""Orders as staff see them: a page for each, with what to do and what has happened."""

from datetime import datetime

from aiohttp import web
from msgspec import Struct

from handlers.keys import DB
from handlers.pages import NO_STORE, render
from handlers.visitors import Visitor, require_staff
from shop import countries, order_states, refunds
from shop.documents import path, title
from shop.errors import NotFound, ShopError
from shop.fulfilment import Act, Clerk, Parcel
from shop.ids import OrderNumber, parse_order_number
from shop.orders import OrderStatus
from storage import documents, order_story
from storage.order_story import Story

DONE = {
    Act.CLAIMED: "Claimed, to be packed",
    Act.TAKEN_OVER: "Taken over",
    Act.RELEASED: "Let go",
    Act.PACKED: "Packed",
    Act.UNPACKED: "Opened again",
    Act.SHIPPED: "Shipped",
    Act.TRACKED: "Tracking changed",
    Act.CANCELLED: "Cancelled",
    Act.DELIVERED: "Delivered",
    Act.REFUNDED: "Refunded",
    Act.RETURNED: "Came back",
    Act.PAYMENT_SETTLED: "What did not match was dealt with",
    Act.GIVEN_BACK: "Money given back by hand",
    Act.DISPUTED: "Dispute",
}
"""What staff did, as the order's page tells it."""

WAYS = {
    "return": "heard when the shopper came back",
    "reconciler": "heard when we asked",
    "create": "heard when the payment was opened",
    "webhook": "the bank sent word",
    "staff": "heard when staff asked",
}
"""How a word about a payment was heard."""


class Moment(Struct, frozen=True):
    """Something that happened to an order, or is still to happen by itself (`ahead`)."""

    what: str
    at: datetime
    who: str = ""
    detail: str = ""
    ahead: bool = False


class Refused(Struct, frozen=True):
    """What could not be done, and what had been typed into which form."""

    refusal: ShopError
    form: str = ""
    typed: Parcel = Parcel()


async def show(request: web.Request) -> web.Response:
    """GET /dashboard/orders/{number}: an order as staff see it; raises NotFound."""
    await require_staff(request)
    return await page(request, number_of(request))


async def page(request: web.Request, number: OrderNumber, refused: Refused | None = None) -> web.Response:
    """The order's page; with a refusal, it says on top what could not be done and answers its status."""
    clerk = clerk_of(await require_staff(request))
    story = await request.app[DB].read(order_story.read, number)
    found = story.order
    context = {
        "order": found,
        "story": story,
        "clerk": clerk,
        "mine": found.claim is not None and found.claim.by == clerk.id,
        "money": order_states.money(found),
        "goods": order_states.goods(found),
        "timeline": timeline(story),
        "ways": WAYS,
        "refused": refused,
        "fields": refused.refusal.fields if refused else {},
        "typed": refused.typed if refused and refused.form in ("ship", "track") else found.parcel,
        "can_refund": found.sold and (found.bill.rest or any(line.out for line in found.lines)),
        "given": [(given, refunds.what(found.names, given)) for given in reversed(found.refunds)],
        "papers": [(paper, title(paper), path(paper)) for paper in await request.app[DB].read(documents.of, number)],
        "country": countries.name(found.country),
    }
    status = refused.refusal.status if refused else 200
    return await render(request, "dashboard/order.html", context, status=status, cache=NO_STORE)


def number_of(request: web.Request) -> OrderNumber:
    """The number in the address; raises NotFound for what can't be one."""
    number = parse_order_number(request.match_info["number"])
    if number is None:
        raise NotFound("There is no such order.")
    return number


def clerk_of(who: Visitor) -> Clerk:
    """Who of the staff acts."""
    assert who.customer is not None  # noqa: S101  require_staff promises it
    return Clerk(who.customer.id, who.customer.name)


def in_words(code: str) -> str:
    """A provider's code as people read it."""
    return code.replace("_", " ")


def timeline(story: Story) -> list[Moment]:
    """What happened to an order, in order of time, and what is still to happen by itself."""
    order = story.order
    found = [Moment("Placed, stock held", order.placed_at)]
    found += [Moment("At the bank", order.bank_at)] if order.bank_at else []
    found += [Moment("Paid", order.paid_at)] if order.paid_at else []
    found += [Moment(DONE[done.act], done.at, done.name, done.detail) for done in story.acts]
    if order.ended_at and not (order.cancelled_by and order.status is OrderStatus.CANCELLED):
        what = "Paid too late, refund begun" if order.paid_at else "Ended without payment, stock is back"
        found.append(Moment(what, order.ended_at))
    found += [Moment("Money given back", given.done_at) for a in story.attempts for given in a.refunds if given.done_at]
    found += [Moment("Dispute opened", one.opened_at, detail=in_words(one.reason)) for one in story.disputes]
    found += [Moment(f"Dispute {one.state}", one.ended_at) for one in story.disputes if one.ended_at]
    if order.status is OrderStatus.PLACED:
        found.append(Moment("Held until", order.hold_until, ahead=True))
    return sorted(found, key=lambda moment: moment.at)
