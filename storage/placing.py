"""A batch of placements: which are new, which can be had, and what becomes rows. The verb itself is orders.place."""

from collections.abc import Mapping, MutableMapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, insert

from shop import checkout, holds, limits, terms
from shop.cart import CartState, Line
from shop.checkout import Placed, Placement
from shop.codes import NOTHING_OFF, Off
from shop.errors import ShopError
from shop.ids import CartId, OrderNumber, VariantId
from shop.limits import Counted
from shop.orders import Order, OrderLine, OrderStatus
from storage import redeeming, tables
from storage.commands import same_command
from storage.redeeming import Redeeming
from storage.statements import many

_NEW_ORDER = insert(tables.Order)
_NEW_LINE = insert(tables.OrderLine)

CommandKey = tuple[str, str]


class Standing(Struct, frozen=True):
    """An order that a command made before, and the fingerprint of what that command asked."""

    number: OrderNumber
    fingerprint: str


class Batch:
    """The waiting commands and what becomes of each, decided in their order."""

    def __init__(
        self,
        commands: Sequence[Placement],
        standing: Mapping[CommandKey, Standing],
        unpaid: Sequence[Order] = (),
    ) -> None:
        self._commands = commands
        self._standing = dict(standing)
        self.unpaid = list(unpaid)
        """Orders of those who order here that wait for their money."""
        self.counted: list[Counted] = []
        """What counts against purchase limits, of whoever orders here something that has one."""
        self._ordered: set[CartId] = set()
        self.placed: list[tuple[Placement, Order]] = []
        self.ended: list[Order] = []
        """Unpaid orders that gave way to newer ones of the same shopper (shop/holds.py)."""

    @property
    def new(self) -> list[Placement]:
        """The commands that no order stands for yet."""
        return [command for command in self._commands if (command.scope, command.key) not in self._standing]

    def decide(
        self,
        lines: Mapping[CartId, Sequence[Line]],
        free: MutableMapping[VariantId, int],
        codes: Redeeming = redeeming.NONE,
    ) -> list[Placed | ShopError]:
        """The answers. A repetition gets the answer of the first; an ordered cart is empty for whoever comes after."""
        answers: list[Placed | ShopError] = []
        for command in self._commands:
            try:
                answers.append(self._again(command) or self._place(command, lines, free, codes))
            except ShopError as refusal:
                answers.append(refusal)
        return answers

    def _again(self, command: Placement) -> Placed | None:
        standing = self._standing.get((command.scope, command.key))
        if standing is None:
            return None
        same_command(standing.fingerprint, command.fingerprint)
        return Placed(standing.number, again=True)

    def _place(
        self,
        command: Placement,
        lines: Mapping[CartId, Sequence[Line]],
        free: MutableMapping[VariantId, int],
        codes: Redeeming,
    ) -> Placed:
        wanted = () if command.cart in self._ordered else lines.get(command.cart, ())
        ending = self._giving_way(command, wanted, free)
        if ending:
            self._let_go(ending, free, codes)
        try:
            order = self._ordered_of(command, wanted, free, codes, ending)
        except ShopError:
            if ending:
                self._keep(ending, free, codes)
            raise
        codes.count(order)
        self._end(ending, command)
        self._ordered.add(command.cart)
        self._standing[command.scope, command.key] = Standing(command.number, command.fingerprint)
        self.placed.append((command, order))
        for product, units in limits.wanted(wanted).items():
            counted = Counted(command.number, command.customer, command.details.email, product, units)
            self.counted.append(counted)
        return Placed(command.number)

    def _ordered_of(
        self,
        command: Placement,
        wanted: Sequence[Line],
        free: MutableMapping[VariantId, int],
        codes: Redeeming,
        ending: Sequence[Order],
    ) -> Order:
        """The order of these lines, whose units are taken out of `free`; a refusal takes none."""
        code, off = codes.off(command, wanted) if wanted else ("", NOTHING_OFF)
        limits.check(wanted, self._had(command, ending))
        checkout.take(wanted, free)
        try:
            return _order(command, wanted, code, off)
        except ShopError:
            for line in wanted:  # they are there for the next command
                free[line.variant] += line.quantity
            raise

    def _giving_way(self, command: Placement, wanted: Sequence[Line], free: Mapping[VariantId, int]) -> list[Order]:
        """The shopper's own unpaid orders that end if this one is placed (shop/holds.py)."""
        mine = [order for order in self.unpaid if order.cart == command.cart]
        return holds.giving_way(wanted, mine, free, self._over(command, wanted)) if mine else []

    def _let_go(self, ending: Sequence[Order], free: MutableMapping[VariantId, int], codes: Redeeming) -> None:
        """Counts orders as ended: their units and the uses of their codes can be had."""
        for variant, units in holds.units_of(ending).items():
            free[variant] += units
        for order in ending:
            codes.let_go(order)

    def _keep(self, ending: Sequence[Order], free: MutableMapping[VariantId, int], codes: Redeeming) -> None:
        """Counts them as they were: the new order is refused."""
        for variant, units in holds.units_of(ending).items():
            free[variant] -= units
        for order in ending:
            codes.count(order)

    def _end(self, ending: Sequence[Order], command: Placement) -> None:
        for order in ending:
            self.unpaid.remove(order)
            ended = replace(order, status=OrderStatus.CANCELLED, ended_at=command.at, replaced_by=command.number)
            self.ended.append(ended)

    def _had(self, command: Placement, without: Sequence[Order]) -> Mapping[str, int]:
        left_out = [order.number for order in without]
        return limits.had(self.counted, command.customer, command.details.email, left_out)

    def _over(self, command: Placement, wanted: Sequence[Line]) -> list[str]:
        """The products of which the shopper would have too many, were all their unpaid orders to stand."""
        most = {line.product: line.limit for line in wanted if line.limit is not None}
        had = self._had(command, ())
        return [
            product for product, units in limits.wanted(wanted).items() if units + had.get(product, 0) > most[product]
        ]


def write(tx: Connection, placed: Sequence[tuple[Placement, Order]], first: int) -> None:
    """Inserts the orders and their lines; the order at place n has the position `first` + 2n (its cart's is between)."""
    many(tx, _NEW_ORDER, [_row(command, order, first + 2 * n) for n, (command, order) in enumerate(placed)])
    many(
        tx,
        _NEW_LINE,
        [
            {
                "order_number": order.number,
                "rank": rank,
                "variant_id": line.variant,
                "product": line.product,
                "name": line.name,
                "value": line.value,
                "image": line.image,
                "price": line.price,
                "quantity": line.quantity,
                "discount": line.discount,
                "rate": line.rate,
                "tax": line.tax,
            }
            for _, order in placed
            for rank, line in enumerate(order.lines)
        ],
    )


def emptied(currency: str) -> CartState:
    """What a cart's pages see after its order was placed."""
    return CartState(0, 0, currency, ())


def _order(command: Placement, lines: Sequence[Line], code: str, off: Off) -> Order:
    details = command.details
    way = command.terms.way(details.country, details.shipping, terms.goods(lines))
    cost = checkout.cost(lines, way, command.terms.levy(details.country, way), off=off)
    total = cost.total
    checkout.agreed(total, command.total, command.currency)
    return Order(
        number=command.number,
        cart=command.cart,
        customer=command.customer,
        status=OrderStatus.PLACED,
        payment=None,
        decline_reason="",
        email=details.email,
        name=details.name,
        street=details.street,
        postcode=details.postcode,
        town=details.town,
        country=details.country,
        shipping=details.shipping,
        shipping_amount=cost.shipping.amount,
        items_amount=cost.items,
        total=total,
        currency=command.currency,
        placed_at=command.at,
        hold_until=command.hold_until,
        bank_at=None,
        paid_at=None,
        ended_at=None,
        lines=tuple(
            [
                OrderLine(
                    line.variant,
                    line.product,
                    line.name,
                    line.value,
                    line.image,
                    line.price,
                    line.quantity,
                    share.discount,
                    share.rate,
                    share.tax,
                )
                for line, share in zip(lines, cost.lines, strict=True)
            ]
        ),
        version=0,
        shipping_name=way.name,
        collected=way.collected,
        code=code,
        tax_included=cost.tax_included,
        shipping_discount=cost.shipping.discount,
        shipping_rate=cost.shipping.rate,
        shipping_tax=cost.shipping.tax,
    )


def _row(command: Placement, placed: Order, version: int) -> dict[str, object]:
    return {
        "number": placed.number,
        "cart_id": placed.cart,
        "customer_id": placed.customer,
        "token_hash": command.token_hash,
        "scope": command.scope,
        "key": command.key,
        "fingerprint": command.fingerprint,
        "status": placed.status.value,
        "decline_reason": "",
        "email": placed.email,
        "name": placed.name,
        "street": placed.street,
        "postcode": placed.postcode,
        "town": placed.town,
        "country": placed.country,
        "shipping": placed.shipping,
        "shipping_name": placed.shipping_name,
        "collected": placed.collected,
        "shipping_amount": placed.shipping_amount,
        "items_amount": placed.items_amount,
        "total": placed.total,
        "currency": placed.currency,
        "code": placed.code,
        "discount_amount": placed.discount,
        "shipping_discount": placed.shipping_discount,
        "tax_included": placed.tax_included,
        "tax_amount": placed.tax,
        "shipping_rate": placed.shipping_rate,
        "shipping_tax": placed.shipping_tax,
        "placed_at": placed.placed_at,
        "hold_until": placed.hold_until,
        "version": version,
        "position": version,
    }
