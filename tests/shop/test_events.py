"""Events of an older shop, as they lie in the outbox, are read by a newer one."""

from msgspec import json

from shop.events import OrderChanged, decode, encode
from shop.fulfilment import Fulfilment
from shop.orders import OrderStatus, row, state
from tests.shop.test_orders import order


def test_an_order_that_was_told_before_there_was_fulfilment_is_not_sent() -> None:
    paid = order(OrderStatus.PAID)
    told = json.decode(encode(OrderChanged(paid.number, state(paid), row(paid))))
    for part, names in ((told, ["act"]), (told["row"], ["fulfilment", "claim"]), (told["state"], ["fulfilment"])):
        for name in names:
            del part[name]
    for step in told["state"]["steps"]:
        del step["link"]
    found = decode(json.encode(told))
    assert isinstance(found, OrderChanged)
    assert (found.act, found.row.fulfilment, found.row.claim) == (None, Fulfilment.NONE, None)
