"""The whole way of an order over the API, on PostgreSQL."""

from pathlib import Path

from tests.api.client import Api, Contract
from tests.house import DETAILS, open_house, until

NOOR = {"name": "Noor Adler", "email": "noor@example.com", "password": "a few good words", "token": True}


async def test_an_order_is_placed_once_and_paid(tmp_path: Path, postgresql: str, contract: Contract):
    async with open_house(tmp_path, postgresql) as house, house.client() as session, house.staff() as clerk:
        api, staff = Api(session, contract), Api(clerk, contract)
        token = (await api.post("/customers", NOOR))["token"]
        line = {"variant": (await api.variant())["id"], "quantity": 2}
        added = await api.post("/cart/lines", line, token=token, key="line")
        assert (await api.post("/cart/lines", line, token=token, key="line")).body == added.body
        placed = await api.post("/checkout", DETAILS, token=token, key="order")
        again = await api.post("/checkout", DETAILS, token=token, key="order")
        assert again.body == placed.body | {"again": True}
        started = await api.post(f"/orders/{placed['number']}/payments", token=token)
        async with session.post(started["redirect_url"], data={"test_card": "4242424242424242"}, allow_redirects=False):
            pass

        async def paid() -> bool:
            [order] = (await staff.get("/orders"))["orders"]
            return bool(order["status"] == "paid")

        await until(paid)
        assert [order["number"] for order in (await api.get("/me/orders", token=token))["orders"]] == [placed["number"]]
        stale = await staff.put(f"/stock/{line['variant']}", {"on_hand": 5, "expected": 1_000_000})
        assert stale.code == "stale_edit"
        for slug in ("%00", "%ff"):
            assert (await api.get(f"/products/{slug}")).status == 404
        assert (await api.post("/cart/lines", {"variant": "\x00", "quantity": 1})).code == "not_found"
        assert (await api.post("/session", {"email": "\x00@a.b", "password": "x"})).code == "wrong_credentials"
        assert await house.judge([placed["number"]]) == []
