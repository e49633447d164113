"""The lines of tests/attack/doors.py for what machines call: each operation of the API that changes something."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from tests.attack.knocking import PASSWORD
from tests.attack.stage import (
    ANYBODY,
    CARTS,
    EACH,
    JSON,
    OWNER,
    PARCEL,
    REFUSED,
    SAME,
    STAFF,
    Call,
    Door,
    Stage,
    level,
    person,
    token,
)
from tests.house import DETAILS


async def _api_person(stage: Stage) -> Call:
    return Call(stage.guest, "/api/v1/customers", person())


async def _api_login(stage: Stage) -> Call:
    return Call(stage.guest, "/api/v1/session", {"email": await stage.email(), "password": PASSWORD})


async def _api_logout(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    return Call(stage.guest, "/api/v1/session")


async def _api_add(stage: Stage) -> Call:
    return Call(stage.guest, "/api/v1/cart/lines", {"variant": await stage.guest.variant(), "quantity": 2}, token())


async def _api_line(stage: Stage) -> Call:
    return Call(stage.guest, f"/api/v1/cart/lines/{await stage.filled(stage.guest)}", {"quantity": 3})


async def _api_no_line(stage: Stage) -> Call:
    return Call(stage.guest, f"/api/v1/cart/lines/{await stage.filled(stage.guest)}")


async def _api_agree(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    total = orjson.loads((await stage.guest.get("/api/v1/cart")).text)["total"]
    return Call(stage.guest, "/api/v1/cart/agree", {"total": total})


async def _api_code(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    return Call(stage.guest, "/api/v1/cart/code", {"code": await stage.code()}, token())


async def _api_no_code(stage: Stage) -> Call:
    call = await _api_code(stage)
    assert (await stage.guest.ask("PUT", call.path, json=call.body)).status == 200
    return Call(stage.guest, call.path)


async def _api_checkout(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    asked = "/api/v1/checkout/quote?country=BE&shipping=door"
    total = orjson.loads((await stage.guest.get(asked)).text)["sums"]["total"]
    return Call(stage.guest, "/api/v1/checkout", DETAILS | {"total": total}, token())


async def _api_pay(stage: Stage) -> Call:
    return Call(stage.guest, f"/api/v1/orders/{await stage.placed(stage.guest)}/payments")


async def _api_cancel(stage: Stage) -> Call:
    return Call(stage.staff, f"/api/v1/orders/{await stage.placed(stage.guest)}/cancel")


async def _api_refund(stage: Stage) -> Call:
    body = {
        "lines": [{"line": 0, "units": 0, "back": 0}],
        "amount": 50,
        "seen": 0,
        "reason": "A scratch",
    }
    return Call(stage.staff, f"/api/v1/orders/{await stage.worked()}/refunds", body, token())


async def _api_stock(stage: Stage) -> Call:
    variant, now = await level(stage)
    return Call(stage.staff, f"/api/v1/stock/{variant}", {"on_hand": now + 3, "expected": now, "reason": "came in"})


async def _api_price(stage: Stage) -> Call:
    variant = await stage.staff.variant("bread-board")
    return Call(stage.staff, f"/api/v1/variants/{variant}/price", {"amount": 3333, "currency": "EUR"})


def _api_act(act: str, *before: str, body: Any = None) -> Callable[[Stage], Awaitable[Call]]:
    async def make(stage: Stage) -> Call:
        return Call(stage.staff, f"/api/v1/orders/{await stage.worked(*before)}/{act}", body)

    return make


API_DOORS: dict[tuple[str, str], Door] = {
    ("POST", "/api/v1/customers"): Door(ANYBODY, REFUSED, _api_person, JSON),
    ("POST", "/api/v1/session"): Door(ANYBODY, EACH, _api_login, JSON),
    ("DELETE", "/api/v1/session"): Door(ANYBODY, SAME, _api_logout, JSON),
    ("POST", "/api/v1/cart/lines"): Door(ANYBODY, SAME, _api_add, JSON, keyed=True),
    ("PUT", "/api/v1/cart/lines/{variant}"): Door(ANYBODY, SAME, _api_line, JSON, anew=CARTS),
    ("DELETE", "/api/v1/cart/lines/{variant}"): Door(ANYBODY, SAME, _api_no_line, JSON, anew=CARTS),
    ("POST", "/api/v1/cart/agree"): Door(ANYBODY, SAME, _api_agree, JSON, anew=CARTS),
    ("PUT", "/api/v1/cart/code"): Door(ANYBODY, SAME, _api_code, JSON, keyed=True),
    ("DELETE", "/api/v1/cart/code"): Door(ANYBODY, SAME, _api_no_code, JSON, anew=CARTS),
    ("POST", "/api/v1/checkout"): Door(ANYBODY, SAME, _api_checkout, JSON, keyed=True),
    ("POST", "/api/v1/orders/{number}/payments"): Door(OWNER, SAME, _api_pay, JSON),
    ("POST", "/api/v1/orders/{number}/claim"): Door(STAFF, SAME, _api_act("claim", body={}), JSON),
    ("POST", "/api/v1/orders/{number}/release"): Door(STAFF, SAME, _api_act("release", "claim"), JSON),
    ("POST", "/api/v1/orders/{number}/pack"): Door(STAFF, SAME, _api_act("pack", "claim"), JSON),
    ("POST", "/api/v1/orders/{number}/unpack"): Door(STAFF, SAME, _api_act("unpack", "claim", "pack"), JSON),
    ("POST", "/api/v1/orders/{number}/ship"): Door(STAFF, SAME, _api_act("ship", "claim", "pack", body=PARCEL), JSON),
    ("POST", "/api/v1/orders/{number}/track"): Door(
        STAFF, SAME, _api_act("track", "claim", "pack", "ship", body=PARCEL), JSON
    ),
    ("POST", "/api/v1/orders/{number}/deliver"): Door(STAFF, SAME, _api_act("deliver", "claim", "pack", "ship"), JSON),
    ("POST", "/api/v1/orders/{number}/refunds"): Door(STAFF, SAME, _api_refund, JSON, keyed=True),
    ("POST", "/api/v1/orders/{number}/cancel"): Door(STAFF, SAME, _api_cancel, JSON),
    ("PUT", "/api/v1/stock/{variant}"): Door(STAFF, REFUSED, _api_stock, JSON),
    # The price that is wanted is sent, and not a difference.
    ("PUT", "/api/v1/variants/{variant}/price"): Door(
        STAFF, SAME, _api_price, JSON, anew=frozenset({"products", "outbox", "outbox_head"})
    ),
}
