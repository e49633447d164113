"""Entrances: a new password by mail, one's own details, and where one is signed in; what each tells, and whom it shuts out."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from statistics import median
from time import perf_counter

import aiohttp
import pytest

from handlers.live import HUB
from shop.browsers import named
from storage import tokens
from storage.sessions import hash_of
from storage.tokens import Purpose
from tests.house import House, until

Client = aiohttp.ClientSession
PASSWORD, OTHER = "a few good words", "some other words"
NOOR = {"name": "Noor", "email": "noor@example.com", "password": PASSWORD}


@pytest.fixture
async def noor(house: House) -> AsyncIterator[Client]:
    async with house.client() as session:
        async with session.post("/api/v1/customers", json=NOOR) as answer:
            assert answer.status == 201
        yield session


async def send(client: Client, path: str, **form: str) -> tuple[int, str, str]:
    async with client.post(path, data=form, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("Location", "")


async def page(client: Client, path: str) -> tuple[int, str]:
    async with client.get(path, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def enters(house: House, password: str, email: str = NOOR["email"]) -> bool:
    async with (
        house.client() as session,
        session.post("/api/v1/session", json={"email": email, "password": password}) as got,
    ):
        return got.status == 201


def letters(house: House, purpose: str) -> list[EmailMessage]:
    files = sorted((house.data / "mail").glob(f"{purpose}-*.eml"), key=lambda path: int(path.stem.rsplit("-", 1)[1]))
    return [message_from_bytes(path.read_bytes(), policy=default) for path in files]


async def letter(house: House, purpose: str, count: int = 1) -> EmailMessage:
    found: Sequence[EmailMessage] = await until(
        lambda: len(letters(house, purpose)) >= count and letters(house, purpose)
    )
    return found[count - 1]


async def link(house: House, purpose: str, count: int = 1) -> str:
    """The path of the link in a letter."""
    found = re.search(re.escape(house.url) + r"(/\S+)", (await letter(house, purpose, count)).get_content())
    assert found
    return found[1]


# A new password ---------------------------------------------------------------------------------------------------------


async def test_a_forgotten_password_is_replaced_by_mail(house: House, noor: Client) -> None:
    async with house.client() as browser, noor.ws_connect("/live", protocols=["shopwire.v1"]) as socket:
        await socket.send_json({"id": 1, "op": "hello"})
        assert "ok" in await socket.receive_json()
        status, text, _ = await send(browser, "/reset", email=" Noor@Example.com ")
        assert (status, "Look in your mail" in text) == (200, True)
        path = await link(house, "password")
        for _ in range(2):  # looking uses nothing up
            status, text = await page(browser, path)
            assert (status, "For noor@example.com" in text) == (200, True)
        assert (await send(browser, path, password="short"))[0] == 422
        assert (await send(browser, path, password=OTHER))[::2] == (303, "/account/details?done=password")
        assert "You are signed out everywhere else" in (await page(browser, "/account/details?done=password"))[1]
        await until(lambda: socket.closed or not house.app[HUB].connections())
        assert (await page(noor, "/account"))[0] == 303
    assert (await enters(house, OTHER), await enters(house, PASSWORD)) == (True, False)
    assert (await letter(house, "password_changed"))["To"] == NOOR["email"]


async def test_a_link_works_once_and_only_the_newest(house: House, noor: Client) -> None:
    async with house.client() as browser:
        await send(browser, "/reset", email=NOOR["email"])
        first = await link(house, "password")
        await send(browser, "/reset", email=NOOR["email"])
        second = await link(house, "password", 2)
        assert (await page(browser, first))[0] == 404
        answers = await asyncio.gather(*(send(browser, second, password=f"{OTHER} {n}") for n in range(3)))
        assert sorted(status for status, _, _ in answers) == [303, 404, 404]
        assert (await page(browser, second))[0] == 404


async def test_a_link_is_over_after_an_hour(house: House, noor: Client) -> None:
    async with house.client() as browser:
        await send(browser, "/reset", email=NOOR["email"])
        path = await link(house, "password")
        house.clock.advance(minutes=59)
        assert (await page(browser, path))[0] == 200
        house.clock.advance(minutes=2)
        status, text = await page(browser, path)
        assert (status, "This link is over" in text) == (404, True)
        assert (await send(browser, path, password=OTHER))[0] == 404
        await house.db.write(tokens.prune, house.clock())
    assert await enters(house, PASSWORD)


async def test_only_the_hash_of_a_link_is_kept(house: House, noor: Client) -> None:
    await send(noor, "/reset", email=NOOR["email"])
    secret = (await link(house, "password")).rsplit("/", 1)[1]
    found = await house.db.read(tokens.look, hash_of(secret), Purpose.PASSWORD, house.clock())
    assert found.customer.email == NOOR["email"]
    assert secret.encode() not in house.where.read_bytes() + house.where.with_name("shop.db-wal").read_bytes()  # type: ignore[union-attr]


async def test_asking_tells_nothing_of_who_is_known(house: House, noor: Client) -> None:
    times: dict[str, list[float]] = {"noor@example.com": [], "nobody@example.com": []}
    texts: dict[str, set[str]] = {email: set() for email in times}
    async with house.client() as browser:
        for _ in range(15):
            for email, taken in times.items():
                started = perf_counter()
                status, text, _ = await send(browser, "/reset", email=email)
                taken.append(perf_counter() - started)
                assert status == 200
                texts[email].add(text.replace(email, "…"))
    assert texts["noor@example.com"] == texts["nobody@example.com"]
    known, unknown = (median(taken) for taken in times.values())
    assert max(known, unknown) < 3 * min(known, unknown)
    await letter(house, "password", 15)
    assert {found["To"] for found in letters(house, "password")} == {"noor@example.com"}


# One's own details ------------------------------------------------------------------------------------------------------


async def test_a_name_is_changed(house: House, noor: Client) -> None:
    assert (await send(noor, "/account/name", name="  Noor Adler "))[::2] == (303, "/account/details?done=name")
    assert "<h1>Noor Adler</h1>" in (await page(noor, "/account"))[1]
    for name, said in {"": "We need a name.", "x" * 101: "At most 100", "a\nb": "printed"}.items():
        status, text, _ = await send(noor, "/account/name", name=name)
        assert (status, said in text) == (422, True)


async def test_an_email_is_changed_by_the_link_that_goes_there(house: House, noor: Client) -> None:
    new = "adler@example.com"
    status, text, _ = await send(noor, "/account/email", email=new, email_password="wrong words here")
    assert (status, "This is not your password." in text, f'value="{new}"' in text) == (422, True, True)
    assert (await send(noor, "/account/email", email=new, email_password=PASSWORD))[0] == 303
    path = await link(house, "email")
    assert letters(house, "email")[0]["To"] == new
    assert not await enters(house, PASSWORD, new)
    async with house.client() as elsewhere:
        assert new in (await page(elsewhere, path))[1]
        assert not await enters(house, PASSWORD, new)  # looking changes nothing
        assert (await send(elsewhere, path))[0] == 303
        assert (await send(elsewhere, path))[0] == 404
    assert (await enters(house, PASSWORD, new), await enters(house, PASSWORD)) == (True, False)
    assert (await letter(house, "email_changed"))["To"] == NOOR["email"]


async def test_an_address_with_an_account_is_told_and_nobody_else(house: House, noor: Client) -> None:
    async with (
        house.client() as other,
        other.post("/api/v1/customers", json=NOOR | {"email": "taken@example.com"}) as answer,
    ):
        assert answer.status == 201
    free = await send(noor, "/account/email", email="free@example.com", email_password=PASSWORD)
    taken = await send(noor, "/account/email", email="taken@example.com", email_password=PASSWORD)
    assert free == taken
    found = await letter(house, "email", 2)
    assert (found["To"], found["Subject"]) == ("taken@example.com", "You have an account already")
    assert "/account/email/" not in found.get_content()


async def test_an_address_that_was_taken_meanwhile_changes_nothing(house: House, noor: Client) -> None:
    await send(noor, "/account/email", email="soon@example.com", email_password=PASSWORD)
    path = await link(house, "email")
    async with (
        house.client() as other,
        other.post("/api/v1/customers", json=NOOR | {"email": "soon@example.com"}) as answer,
    ):
        assert answer.status == 201
    status, text, _ = await send(noor, path)
    assert (status, "another account with this email by now" in text) == (409, True)
    assert await enters(house, PASSWORD)


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "noor@example.com", "x" * 250 + "@a.example", "a@a.example\r\nBcc: b"]
)
async def test_an_email_that_can_not_be_used_is_said(noor: Client, email: str) -> None:
    status, text, _ = await send(noor, "/account/email", email=email, email_password=PASSWORD)
    assert status == 422
    assert 'id="email-said"' in text


async def test_a_new_password_ends_all_other_sessions_and_sockets(house: House, noor: Client) -> None:
    async with house.client() as phone:
        async with phone.post("/api/v1/session", json={"email": NOOR["email"], "password": PASSWORD}) as answer:
            assert answer.status == 201
        await send(noor, "/reset", email=NOOR["email"])
        old_link = await link(house, "password")
        async with phone.ws_connect("/live", protocols=["shopwire.v1"]) as socket:
            await socket.send_json({"id": 1, "op": "hello"})
            await socket.receive_json()
            wrong = await send(noor, "/account/password", password="not my password", new_password=OTHER)
            assert (wrong[0], "This is not your password." in wrong[1]) == (422, True)
            short = await send(noor, "/account/password", password=PASSWORD, new_password="short")
            assert (short[0], "At least 10 characters" in short[1]) == (422, True)
            assert (await send(noor, "/account/password", password=PASSWORD, new_password=OTHER))[0] == 303
            async with asyncio.timeout(5):
                while not socket.closed:
                    await socket.receive()
            assert socket.close_code == 4401
        assert (await page(phone, "/account"))[0] == 303
        assert (await page(noor, "/account"))[0] == 200
        assert (await page(noor, old_link))[0] == 404  # a link that was sent before works no more
    assert (await enters(house, OTHER), await enters(house, PASSWORD)) == (True, False)


async def test_sessions_are_listed_and_ended_one_by_one_and_all_at_once(house: House, noor: Client) -> None:
    firefox = "Mozilla/5.0 (Windows NT 10.0; rv:132.0) Gecko/20100101 Firefox/132.0"
    async with house.client() as phone, house.client() as tablet:
        for client in (phone, tablet):
            form = {"email": NOOR["email"], "password": PASSWORD}
            async with client.post(
                "/login", data=form, headers={"User-Agent": firefox}, allow_redirects=False
            ) as answer:
                assert answer.status == 303
        text = (await page(noor, "/account/details"))[1]
        assert text.count("Firefox on Windows</b>") == 2
        assert text.count("Another program</b>") == 1
        [first, second] = re.findall(r'name="mark" value="(\w+)"', text)
        assert (await send(noor, "/account/sessions", mark=first))[0] == 303
        alive = [(await page(client, "/account"))[0] for client in (phone, tablet)]
        assert sorted(alive) == [200, 303]
        assert (await send(noor, "/account/sessions"))[0] == 303
        assert [(await page(client, "/account"))[0] for client in (phone, tablet, noor)] == [303, 303, 200]
        assert "Nowhere else." in (await page(noor, "/account/details"))[1]
        assert second not in (await page(noor, "/account/details"))[1]


async def test_nobody_ends_anybody_elses_session(house: House, noor: Client) -> None:
    async with house.client() as mallory:
        async with mallory.post("/api/v1/customers", json=NOOR | {"email": "mallory@example.com"}) as answer:
            assert answer.status == 201
        async with noor.get("/api/v1/session") as answer:
            mark = (await answer.json())["viewer"]
        assert mark
        assert (await send(mallory, "/account/sessions", mark=mark))[0] == 303
        assert (await page(noor, "/account"))[0] == 200


@pytest.mark.parametrize("path", ["/account/name", "/account/email", "/account/password", "/account/sessions"])
async def test_details_are_changed_by_their_owner_only(house: House, path: str) -> None:
    async with house.client() as guest:
        assert (await send(guest, path))[0] == 401
        assert (await page(guest, "/account/details"))[0] == 303


async def test_a_person_that_is_gone_gets_no_letter(house: House) -> None:
    await house.db.write(tokens.ask_password, "nobody@example.com", house.clock())
    assert letters(house, "password") == []


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("", "Another program"),
        ("curl/8", "Another program"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14) AppleWebKit/605 (KHTML, like Gecko) Version/18 Safari/605",
            "Safari on Mac",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 (KHTML, like Gecko) Chrome/131 Mobile Safari/537",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 (KHTML, like Gecko) Chrome/131 Safari/537 Edg/131",
            "Edge on Windows",
        ),
        ("<script>Firefox", "Firefox"),
    ],
)
def test_browsers_are_named_by_family_and_system(agent: str, said: str) -> None:
    assert named(agent) == said
