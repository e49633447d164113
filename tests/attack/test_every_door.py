"""Every changing door of the table of routes: twice is once, strangers change nothing, and odd words are refused by name.

A route without a line in tests/attack/doors.py fails here.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import Connection, select, text

from handlers.edge import SAFE_METHODS
from handlers.routes import ROUTES
from storage import shopfront
from storage.shopfront import TermsEdit
from storage.tables import Base
from tests.attack.doors import DOORS
from tests.attack.knocking import Answer, Knocker, registered
from tests.attack.stage import Call, Door, Kind, Stage, Twice, Whom, send
from tests.house import House, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

Key = tuple[str, str]
CHANGING: set[Key] = {(route.method, route.path) for route in ROUTES if route.method not in SAFE_METHODS}
SIGNED = ("POST", "/webhooks/payments/{provider}")
ALL = pytest.mark.parametrize("key", DOORS, ids=" ".join)

# Sessions come with whoever knocks; meta, mails and tokens are written by who writes letters, in its own time.
ELSEWHERE = {"sessions", "meta", "mails", "tokens"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house in which nothing moves by itself."""
    folder = tmp_path_factory.mktemp("house")
    async with open_house(folder, background=False, bank_changes={"webhook_url": ""}) as opened:
        async with opened.staff() as session:
            clerk = Knocker(opened, session)
            path = f"/api/v1/stock/{await clerk.variant('bread-board')}"
            stale = await clerk.ask("PUT", path, json={"on_hand": 9000, "expected": -1})
            seen = {"on_hand": 9000, "expected": stale.problem["on_hand"]}
            assert (await clerk.ask("PUT", path, json=seen)).status == 200
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crew(shop: House) -> AsyncIterator[tuple[Knocker, Knocker, Knocker]]:
    """One of the staff and two customers, who come once for all: a password costs more than most doors."""
    async with shop.staff() as clerk, shop.client() as first, shop.client() as second:
        yield Knocker(shop, clerk), Knocker(shop, first), await registered(Knocker(shop, second))


@pytest_asyncio.fixture(loop_scope="module")
async def stage(shop: House, crew: tuple[Knocker, Knocker, Knocker], guest: Knocker) -> Stage:
    found = Stage(shop, crew[0], guest, crew[1])
    await found.email()
    return found


def books(tx: Connection) -> dict[str, set[str]]:
    """Everything that is written down, by table."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in ELSEWHERE]
    return {table.name: {repr(row) for row in tx.execute(select(table))} for table in tables}


def pulse(tx: Connection) -> Any:
    """What moves with nearly everything: the newest event, and how many commands were carried out."""
    return tx.execute(text("SELECT (SELECT max(position) FROM outbox_head), (SELECT count(*) FROM commands)")).one()


async def changed(house: House, before: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is in the books now and was not, or was and is not."""
    now = await house.db.read(books)
    return {name: found for name in now if (found := now[name] ^ before[name])}


async def test_every_changing_route_has_its_line():
    assert set(DOORS) == CHANGING - {SIGNED}


@ALL
async def test_the_same_call_twice_is_one(stage: Stage, key: Key):
    door = DOORS[key]
    call = await door.make(stage)
    first = await send(door, key[0], call)
    assert (first.status < 400) is (door.twice is not Twice.NEVER), first.text[:600]
    between = await stage.house.db.read(books)
    second = await send(door, key[0], call)
    assert second.status < 500
    match door.twice:
        case Twice.SAME:
            assert (await changed(stage.house, between)).keys() <= door.anew
            assert second.status == first.status, second.text[:600]
            assert said(second) == said(first)
        case Twice.REFUSED | Twice.NEVER:
            assert await changed(stage.house, between) == {}
            assert 400 <= second.status < 500
        case Twice.EACH:
            assert second.status == first.status


async def test_after_all_that_the_books_are_right(shop: House):
    assert await shop.judge() == []


def said(answer: Answer) -> Any:
    """Where it leads, or what it says; a repeated order says so, and keeps its token."""
    if not answer.headers.get("Content-Type", "").startswith("application/json"):
        return answer.headers.get("Location")
    found = orjson.loads(answer.text)
    return {name: value for name, value in found.items() if name not in ("again", "token")}


@pytest.mark.parametrize("key", [key for key, door in DOORS.items() if door.keyed], ids=" ".join)
async def test_a_key_is_one_command_and_free_again_after_a_refusal(stage: Stage, key: Key):
    door = DOORS[key]
    call = await door.make(stage)
    long = await send(door, key[0], replace(call, key="x" * 129))
    assert long.refusal == (422, "invalid_fields")
    before = await stage.house.db.read(books)
    refused = await send(door, key[0], replace(call, body=call.body | {"unknown_field": 1}))
    assert refused.refusal == (400, "malformed_body")
    bad = {"variant": "nothing", "code": "NOTHING-HERE", "country": "XX", "amount": -1}
    wrong = call.body | {name: value for name, value in bad.items() if name in call.body}
    refused = await send(door, key[0], replace(call, body=wrong))
    assert 400 <= refused.status < 500
    assert await changed(stage.house, before) == {}
    assert (await send(door, key[0], call)).status < 300
    between = await stage.house.db.read(books)
    other = {"quantity": 1, "code": "OTHER", "town": "Bruges", "reason": "Another"}
    another = call.body | {name: value for name, value in other.items() if name in call.body}
    assert (await send(door, key[0], replace(call, body=another))).refusal == (422, "command_reused")
    assert await changed(stage.house, between) == {}


@ALL
async def test_whoever_may_not_changes_nothing(
    shop: House, stage: Stage, crew: tuple[Knocker, Knocker, Knocker], key: Key
):
    """Another site with the right cookie, a stranger, another customer. For screens see test_screens.py."""
    door = DOORS[key]
    call = await door.make(stage)
    before = await shop.db.read(books)
    foreign = await send(door, key[0], call, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.refusal == (403, "foreign_origin")
    if door.whom is not Whom.ANYBODY:
        expected = {Whom.OWNER: (404, 404), Whom.CUSTOMER: (401, 200), Whom.STAFF: (401, 403)}[door.whom]
        async with shop.client() as session:
            for who, status in zip((Knocker(shop, session), crew[2]), expected, strict=True):
                if who is not crew[2] or door.whom is not Whom.CUSTOMER:
                    answer = await send(door, key[0], replace(call, who=who))
                    assert answer.status == status, answer.text[:300]
    assert await changed(shop, before) == {}


ODD: list[tuple[bytes, str]] = [
    (b"hello", "{}"), (b"\xff\xfe\xff", "{}"), (b"{" * 5000, "{}"), (b"[" * 5000, "{}"), (b'{"a": "\\ud800"}', "{}"),
    (b"[]", "{}"), (b"null", "{}"), (b"1e999", "{}"), (b'{"unknown_field": 1}', "{}"), (b"unknown_field=1", "{}"),
    (b"a=%ff%fe", "{}"), (b"%00=1", "{}"), (b"a=%00", "{}"), (b"a=%ed%a0%80", "{}"), (b"&".join([b"f=1"] * 5000), "{}"),
    (b"--x\r\n\r\n", "{}; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n', "{}; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n', "{}; boundary=x"),
    (b"{}", "text/plain"), (b"<a/>", "application/xml"), (b"{}", ""),
]  # fmt: skip


@ALL
async def test_odd_bodies_are_refused_and_change_nothing(stage: Stage, key: Key):
    door = DOORS[key]
    call = await door.make(stage)
    no_body = call.body in (None, {})
    before = await stage.house.db.read(books)
    for body, kind in [*ODD, (b"x" * LARGE[door.kind], "{}")]:
        headers = {"Content-Type": kind.format(door.kind.value), "Accept": "application/json"}
        if call.key:
            headers["Idempotency-Key"] = call.key
        answer = await call.who.ask(key[0], call.path, data=BytesIO(body), headers=headers)
        assert answer.status < 500, (body[:40], kind, answer.text[:300])
        if not no_body:
            assert answer.status >= 400, (body[:40], kind)
    if not no_body:
        assert await changed(stage.house, before) == {}


MISSING = object()
MOST_FIELDS = 8
LARGE = {Kind.JSON: 70_000, Kind.FORM: 600_000, Kind.PARTS: 41 * 2**20}
"""More than any door of this kind takes."""
TEXTS = ["\0", "-1", "9" * 30, "9" * 5000, "１２", "\ud800", "x" * 20_000]
VALUES: list[Any] = [None, True, 1.5, -1, 2**31, 2**63, -(2**63) - 1, 10**400, "", [], {}, [[]], {"a": 1}, *TEXTS]


Pairs = list[tuple[str, Any]]


def pairs(body: Any) -> Pairs:
    return list(body.items()) if isinstance(body, dict) else list(body)


def odd_fields(kind: Kind, body: Pairs) -> Iterator[tuple[str, Any]]:
    """Each field with each of the odd values, and without any (MISSING)."""
    names = list(dict.fromkeys(name for name, _ in body))
    if len(names) > MOST_FIELDS:
        names = names[: MOST_FIELDS // 2] + names[-MOST_FIELDS // 2 :]
    for name in names:
        for value in [MISSING, *(VALUES if kind is Kind.JSON else TEXTS)]:
            yield name, value


POINTED = ("aria-invalid", 'class="wrong', "command_reused")
"""How a page points at a field, and what is said where the field is part of a command that was carried out."""

NUMBERS = {"quantity", "total", "agreed", "version", "seen", "expected", "on_hand", "low_at", "rank", "hold_minutes"}
NUMBERS |= {"amount", "percent", "limit"}


@pytest_asyncio.fixture(loop_scope="module")
async def terms(shop: House) -> AsyncIterator[None]:
    """Delivery and tax are afterwards what they were, whatever odd things can be saved of them."""
    before = await shop.db.read(shopfront.read)
    yield
    now = await shop.db.read(shopfront.read)
    if (now.delivery, now.taxes) != (before.delivery, before.taxes):
        edit = TermsEdit(before.delivery, before.taxes, now.version, "a test", shop.clock())
        await shop.db.write(shopfront.change_terms, edit)


@ALL
@pytest.mark.usefixtures("terms")
async def test_one_odd_field_is_refused_by_name_or_means_something(stage: Stage, key: Key):
    door = DOORS[key]
    call = await door.make(stage)
    if not call.body:
        return
    before, at = await stage.house.db.read(books), await stage.house.db.read(pulse)
    for name, value in odd_fields(door.kind, pairs(call.body)):
        odd = [pair for pair in pairs(call.body) if pair[0] != name]
        answer = await _sent(door, key[0], call, odd if value is MISSING else [*odd, (name, value)])
        what = (name, hex(value)[:40] if isinstance(value, int) else repr(value)[:40], answer.status, answer.text[:300])
        assert answer.status < 500, what
        if name in NUMBERS - door.odd and isinstance(value, int | float | str) and _senseless(value):
            assert answer.status >= 400, what
        if answer.status in (400, 422) and value != "\ud800" and door.twice is not Twice.NEVER:
            assert name in answer.text or any(word in answer.text for word in POINTED), what
        if answer.status >= 400:
            assert await stage.house.db.read(pulse) == at, what
        else:
            call = await door.make(stage)
            before, at = await stage.house.db.read(books), await stage.house.db.read(pulse)
    assert await changed(stage.house, before) == {}


MOST_DIGITS = 18


def _senseless(value: Any) -> bool:
    """Whether it is no number of anything that a shop counts."""
    text = str(value) if not isinstance(value, int) or abs(value) < 10**100 else "9" * 101
    return text != "1.5" and (
        text.startswith("-") or len(text) > MOST_DIGITS or not text.isascii() or not text.isdecimal()
    )


async def _sent(door: Door, method: str, call: Call, body: Pairs) -> Answer:
    match door.kind:
        case Kind.JSON:
            headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": call.key} if call.key else {})
            return await call.who.ask(method, call.path, data=json.dumps(dict(body)), headers=headers)
        case Kind.FORM:
            raw = urlencode(body, errors="surrogatepass").encode()
            headers = {"Content-Type": door.kind.value, "Accept": "application/json"}
            return await call.who.ask(method, call.path, data=raw, headers=headers)
    said = {name: value.encode(errors="replace").decode() for name, value in body}
    return await send(door, method, replace(call, body=said))


@pytest.mark.parametrize("field", ["line", "units", "back", "restock"])
async def test_odd_lines_of_a_refund_are_refused(stage: Stage, field: str):
    door = DOORS["POST", "/api/v1/orders/{number}/refunds"]
    call = await door.make(stage)
    before = await stage.house.db.read(books)
    for value in [*VALUES, 5, 2**31]:
        if field == "restock" and value is True:
            continue
        line = {"line": 0, "units": 1, "back": 1} | {field: value}
        answer = await _sent(door, "POST", call, pairs(call.body | {"amount": 0, "lines": [line]}))
        assert 400 <= answer.status < 500, (value, answer.text)
        assert field in answer.text or "line" in answer.text or value == "\ud800", answer.text
    assert await changed(stage.house, before) == {}
