"""How often one may knock: beyond it, 429 with Retry-After at every door that costs something."""

from collections.abc import Awaitable, Callable, Iterator

import pytest

from handlers.keys import LIMITS
from handlers.limits import Limits
from tests.attack.knocking import PASSWORD, Answer, Knocker
from tests.house import DETAILS, STAFF_EMAIL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

Knock = Callable[[Knocker, int], Awaitable[Answer]]


@pytest.fixture
def strict(shop: House) -> Iterator[House]:
    """The house with the limits that a shop has, nothing spent yet, and no time passing."""
    limits = shop.app[LIMITS]
    usual = dict(vars(limits))
    vars(limits).update(vars(Limits(lambda: 1000.0)))
    yield shop
    vars(limits).update(usual)


def _form_login(guest: Knocker, turn: int) -> Awaitable[Answer]:
    return guest.post("/login", data={"email": f"{turn}@example.com", "password": PASSWORD})


def _api_login(guest: Knocker, turn: int) -> Awaitable[Answer]:
    return guest.post("/api/v1/session", json={"email": f"{turn}@example.com", "password": PASSWORD})


def _register(guest: Knocker, turn: int) -> Awaitable[Answer]:
    new = {"name": "Noor", "email": f"limit-{turn}@example.com", "password": PASSWORD}
    return guest.post("/api/v1/customers", json=new)


def _checkout(guest: Knocker, turn: int) -> Awaitable[Answer]:
    return guest.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": str(turn)})


DOORS: dict[str, tuple[int, Knock]] = {
    "login form": (10, _form_login),
    "login": (10, _api_login),
    "one account": (5, lambda guest, _turn: _api_login(guest, 0)),
    "registering": (10, _register),
    "searching": (60, lambda guest, turn: guest.get(f"/search?q=mug{turn}")),
    "products": (60, lambda guest, turn: guest.get(f"/api/v1/products?q=mug{turn}")),
    "suggestions": (60, lambda guest, turn: guest.get(f"/api/v1/suggest?q=mug{turn}")),
    "checking out": (20, _checkout),
    "checkout form": (20, lambda guest, turn: guest.post("/checkout", data=DETAILS | {"command": str(turn)})),
    "the cart": (100, lambda guest, _turn: guest.ask("DELETE", "/api/v1/cart/lines/x")),
    "the cart's form": (100, lambda guest, _turn: guest.post("/cart", data={"variant": "x", "quantity": "1"})),
    "asking for a password": (10, lambda guest, turn: guest.post("/reset", data={"email": f"{turn}@example.com"})),
    "one account's letters": (3, lambda guest, _turn: guest.post("/reset", data={"email": "noor@example.com"})),
    "links of letters": (20, lambda guest, turn: guest.get(f"/reset/{turn}")),
    "order links": (20, lambda guest, turn: guest.get(f"/o/{turn}")),
}


@pytest.mark.parametrize("door", DOORS)
async def test_a_costly_door_has_its_limit(strict: House, guest: Knocker, door: str):
    burst, knock = DOORS[door]
    answers = [await knock(guest, turn) for turn in range(burst)]
    assert 429 not in [answer.status for answer in answers]
    async with strict.client() as another:
        for who in (guest, Knocker(strict, another)):
            refused = await knock(who, burst)
            assert refused.status == 429
            assert 1 <= int(refused.headers["Retry-After"]) <= 301


async def test_a_header_makes_nobody_somebody_else(strict: House, guest: Knocker):
    statuses = []
    for turn in range(25):
        other = f"10.0.0.{turn}"
        headers = {"X-Forwarded-For": other, "X-Real-IP": other, "Forwarded": f"for={other}"}
        statuses.append((await guest.get(f"/o/{turn}", headers=headers)).status)
    assert statuses == [404] * 20 + [429] * 5


@pytest.mark.parametrize("spelling", ["{}", " {} ", "{}\t"])
async def test_spelling_an_account_otherwise_gives_no_more_tries(strict: House, guest: Knocker, spelling: str):
    for turn in range(5):
        email = STAFF_EMAIL.upper() if turn % 2 else STAFF_EMAIL
        answer = await guest.post("/api/v1/session", json={"email": spelling.format(email), "password": PASSWORD})
        assert answer.refusal == (401, "wrong_credentials")
    answer = await guest.post("/api/v1/session", json={"email": STAFF_EMAIL, "password": strict.staff_password})
    assert answer.refusal == (429, "too_many_requests")
    assert answer.problem["retry_seconds"] >= 1
