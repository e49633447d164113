"""The doors of settings, details and links by mail under attack: odd bodies, odd links, other hosts, guessed passwords."""

import re
from urllib.parse import quote

import pytest

from handlers.keys import LIMITS
from handlers.limits import Limits
from storage import shopfront
from tests.attack.knocking import PASSWORD, Knocker, registered
from tests.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = "application/x-www-form-urlencoded"
STAFF_DOORS = [
    "/dashboard/settings",
    "/dashboard/settings/currency",
    "/dashboard/settings/delivery",
    "/dashboard/settings/tax",
    "/dashboard/settings/new-page",
    "/dashboard/settings/pages/privacy",
]
OWN_DOORS = ["/account/name", "/account/email", "/account/password", "/account/sessions"]
OPEN_DOORS = ["/reset"]
BODIES: dict[str, tuple[bytes, str, int]] = {
    "an unknown field": (b"version=0&to=USD&role=staff", FORM, 400),
    "a NUL": (b"name=a%00b&email=a%00b&version=0", FORM, 400),
    "not UTF-8": (b"name=%ff%fe&email=%ff&mark=%ff&password=%ff", FORM, 400),
    "bytes that are no text": (b"\xff\xfe=\xff", FORM, 400),
    "half a surrogate": (b"name=%ed%a0%80&x=1", FORM, 400),
    "no pairs": (b"hello", FORM, 400),
    "JSON": (b'{"name": "x"}', "application/json", 400),
    "too many fields": (b"&".join(b"f%d=1" % n for n in range(200)), FORM, 400),
    "half a megabyte": (b"text=" + b"x" * 2**19, FORM, 413),
}


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize("path", [*STAFF_DOORS, *OWN_DOORS, *OPEN_DOORS])
async def test_odd_bodies_are_refused_and_change_nothing(shop: House, staff: Knocker, path: str, what: str):
    body, kind, status = BODIES[what]
    before = await shop.db.read(shopfront.read)
    answer = await staff.post(path, data=body, headers={"Content-Type": kind, "Accept": "application/json"})
    assert answer.status == status, answer.text[:300]
    assert answer.problem["detail"]
    assert await shop.db.read(shopfront.read) == before


ODD_LINKS = ["x", "a" * 5000, quote("é" * 30), "%2e%2e%2f", "' OR 1=1 --", "{{7*7}}", "%00", "%ff"]


@pytest.mark.parametrize("token", ODD_LINKS)
@pytest.mark.parametrize("path", ["/reset/", "/account/email/"])
async def test_odd_links_open_nothing(guest: Knocker, path: str, token: str):
    spelled = token if "%" in token else quote(token)
    for method in ("GET", "POST"):
        answer = await guest.ask(method, path + spelled, data={} if method == "POST" else None)
        assert answer.status in (400, 404), answer.text[:200]


@pytest.mark.parametrize("slug", ["nothing", "%00", "..%2fx", "PRIVACY", "a" * 3000])
async def test_odd_pages_are_not_found(staff: Knocker, slug: str):
    for path in (f"/about/{slug}", f"/dashboard/settings/pages/{slug}"):
        assert (await staff.get(path)).status in (400, 404)


async def test_links_in_mails_never_use_the_host_header(shop: House, guest: Knocker):
    await registered(guest)
    email = re.search(r"[0-9a-f]{12}@example\.com", (await guest.get("/account/details")).text)
    assert email
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
        answer = await guest.post("/reset", data={"email": email[0]}, headers=headers)
        assert answer.status == 200
        assert "evil.example" not in answer.text
    found = await until(lambda: list((shop.data / "mail").glob("password-*.eml")))
    for path in found:
        text = path.read_text()
        assert shop.url in text
        assert "evil.example" not in text


async def test_a_link_gives_a_new_session_and_the_old_secret_opens_nothing(shop: House, guest: Knocker):
    await registered(guest)
    before = guest.secret
    email = re.search(r"[0-9a-f]{12}@example\.com", (await guest.get("/account/details")).text)
    assert email
    known = set((shop.data / "mail").glob("password-*.eml"))
    await guest.post("/reset", data={"email": email[0]})
    [mail] = await until(lambda: set((shop.data / "mail").glob("password-*.eml")) - known)
    path = re.search(rf"{re.escape(shop.url)}(/reset/\S+)", mail.read_text())
    assert path
    assert (await guest.post(path[1], data={"password": "some other words"})).status == 303
    assert guest.secret not in ("", before)
    headers = {"Authorization": f"Bearer {before}", "Accept": "application/json"}
    async with shop.client() as session:
        assert (await Knocker(shop, session).get("/api/v1/me", headers=headers)).status == 401


async def test_a_lent_browser_does_not_guess_the_password(shop: House, customer: Knocker):
    limits = shop.app[LIMITS]
    usual = dict(vars(limits))
    vars(limits).update(vars(Limits(lambda: 1000.0)))
    try:
        wrong = {"password": "not the password", "new_password": "some other words"}
        answers = [await customer.post("/account/password", data=wrong) for _ in range(5)]
        assert {answer.status for answer in answers} == {422}
        right = await customer.post("/account/password", data=wrong | {"password": PASSWORD})
        assert right.status == 429
        assert int(right.headers["Retry-After"]) >= 1
        email = {"email": "mallory@example.com", "email_password": PASSWORD}
        assert (await customer.post("/account/email", data=email)).status == 429
    finally:
        vars(limits).update(usual)


async def test_staff_words_are_escaped_wherever_they_stand(shop: House, staff: Knocker, guest: Knocker):
    evil = '"><script>alert(1)</script>'
    version = (await shop.db.read(shopfront.read)).version
    form = {"version": str(version), "name": evil, "headline": evil, "line": evil, "colophon": evil, "locale": "en"}
    form |= {"timezone": "UTC", "hold_minutes": "15"}
    assert (await staff.post("/dashboard/settings", data=form)).status == 303
    for path in ("/", "/login", "/nothing", "/about/imprint", "/p/harbour-mug"):
        text = (await guest.get(path)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text or "\\u003cscript" in text
    text = (await staff.get("/dashboard/settings")).text
    assert "<script>alert" not in text
