"""What PostgreSQL can't store (NUL) and what its columns can't hold, at every door: refused, and never a 500."""

import re
from pathlib import Path

from handlers.routes import ROUTES
from tests.attack.knocking import Knocker, registered
from tests.house import DETAILS, open_house

NUL = "a\0b"
FORMS: dict[str, dict[str, str]] = {
    "/cart": {"variant": NUL, "quantity": "1"},
    "/cart/lines": {"variant": NUL, "quantity": "1"},
    "/login": {"email": NUL, "password": NUL, "next": NUL},
    "/register": {"name": NUL, "email": f"{NUL}@example.com", "password": NUL * 5},
    "/checkout": DETAILS | {"command": NUL},
    "/dashboard/stock": {"variant": NUL, "on_hand": "1", "expected": "1"},
    "/dashboard/orders/K7QM2X4D/take-over": {"before": NUL},
    "/dashboard/orders/K7QM2X4D/ship": {"carrier": NUL, "tracking": NUL, "link": NUL},
    "/orders/K7QM2X4D/again": {"command": NUL},
    "/dashboard/stock/x/low": {"low_at": NUL, "expected": "1"},
    "/dashboard/screens": {"name": NUL},
    "/screen": {"code": NUL},
}


async def test_nul_is_no_bug_on_postgresql(tmp_path: Path, postgresql: str):
    async with open_house(tmp_path, where=postgresql) as house, house.staff() as session, house.client() as shopping:
        staff, guest = Knocker(house, session), Knocker(house, shopping)
        variant = await guest.variant()
        statuses: dict[str, int] = {}
        for route in ROUTES:
            if route.method == "GET":
                path = re.sub(r"{\w+(:[^}]*)?}", "a%00b", route.path)
                for who in (staff, guest):
                    statuses[path] = (await who.get(f"{path}?q=a%00b&category=a%00b&maker=%00&payment=%00")).status
                    statuses[path] = max(statuses[path], (await who.get(path)).status)
        for path, form in FORMS.items():
            await guest.post("/cart", data={"variant": variant, "quantity": "1"})
            for who in (staff, guest):
                statuses[f"POST {path}"] = (await who.post(path, data=form)).status
        for field in DETAILS:
            answer = await guest.post("/checkout", data=DETAILS | {"command": f"c{field}", field: f"{NUL}@example.com"})
            statuses[f"checkout {field}"] = answer.status
            await guest.post("/cart", data={"variant": variant, "quantity": "1"})
            details, key = DETAILS | {field: f"{NUL}@example.com"}, {"Idempotency-Key": field}
            statuses[f"order {field}"] = (await guest.post("/api/v1/checkout", json=details, headers=key)).status
        for value in (NUL, "é", "x" * 65):
            await guest.post("/cart", data={"variant": variant, "quantity": "1"})
            statuses[f"command {value}"] = (await guest.post("/checkout", data=DETAILS | {"command": value})).status
        body = {"variant": NUL, "quantity": 1}
        statuses["lines"] = (await guest.post("/api/v1/cart/lines", json=body)).status
        for path in ("/api/v1/stock/a%00b", "/api/v1/variants/a%00b/price", "/api/v1/cart/lines/a%00b"):
            sent = {"on_hand": 1, "expected": 1, "reason": NUL} if "stock" in path else {"amount": 1, "currency": "EUR"}
            statuses[path] = (await staff.ask("PUT", path, json=sent)).status
        reason = {"on_hand": 1, "expected": 1, "reason": NUL}
        statuses["reason"] = (await staff.ask("PUT", f"/api/v1/stock/{variant}", json=reason)).status
        new = {"name": NUL, "email": f"{NUL}@example.com", "password": NUL * 5}
        statuses["customers"] = (await guest.post("/api/v1/customers", json=new)).status
        statuses["session"] = (await guest.post("/api/v1/session", json={"email": NUL, "password": NUL})).status
        assert {what: status for what, status in statuses.items() if status >= 500} == {}
        assert await house.judge() == []


async def test_sessions_orders_and_staff_work_on_postgresql(tmp_path: Path, postgresql: str):
    async with open_house(tmp_path, where=postgresql) as house, house.client() as session, house.staff() as desk:
        guest = await registered(Knocker(house, session))
        assert (await guest.get("/account")).status == 200
        assert (await Knocker(house, desk).get("/dashboard")).status == 200
        assert (await guest.get("/dashboard")).status == 403
        secret = guest.secret
        assert (await guest.post("/logout")).status == 303
        assert (await guest.get("/api/v1/me", headers={"Cookie": f"session={secret}"})).status == 401
