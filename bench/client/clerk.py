"""A clerk behind the counter: counts scarce variants anew once they are sold out, as long as the shop is open."""

import asyncio

from bench.client import steps
from bench.client.plan import Clerk
from bench.client.record import Unexpected
from bench.client.shopper import Crowd, Shopper

ROUND_SECONDS = 1.0


async def work(crowd: Crowd, clerk: Clerk) -> None:
    """Refills until the shop closes. A round that fails is a fault, and the next one comes."""
    person = Shopper(crowd, -1)
    try:
        login = {"email": clerk.email, "password": clerk.password, "token": True}
        entered = await person.doors.shop(steps.STAFF_LOGIN, "POST", "/api/v1/session", json=login)
        bearer = {"Authorization": f"Bearer {entered.json()['token']}"}
        while not crowd.closed:
            await _round(person, clerk, bearer)
            await asyncio.sleep(ROUND_SECONDS)
    except Unexpected as fault:
        crowd.record.fault(str(fault))
    finally:
        await person.doors.close()


async def _round(person: Shopper, clerk: Clerk, bearer: dict[str, str]) -> None:
    found = await person.doors.shop(steps.STAFF_STOCK, "GET", "/api/v1/stock?limit=1000", headers=bearer)
    pushes = person.crowd.pushes
    for row in found.json()["variants"]:
        variant = row["variant"]
        if variant not in clerk.scarce or row["available"] > 0:
            continue
        edit = {"on_hand": row["held"] + clerk.units, "expected": row["on_hand"], "reason": "counted"}
        pushes.begin(variant)
        try:
            await person.doors.shop(steps.STAFF_EDIT, "PUT", f"/api/v1/stock/{variant}", json=edit, headers=bearer)
            pushes.answered(variant)
        finally:
            pushes.end(variant)
        person.record.action("staff refill")
