"""Screens in the books, on both engines: a code makes one browser a screen, once and not for long, and signing out ends it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shop.errors import InvalidFields, NotFound, ShopError
from shop.events import SessionEnded
from shop.screens import CODE_GOOD, LIFETIME, MAX_SCREENS, Standing, code_hash, code_of, parse_code
from storage import outbox, screens, sessions
from storage.database import Database
from storage.screens import Code, NewScreen, Pairing
from storage.sessions import Saved, hash_of
from tests.storage.books import AT

HASH = b"hash of a code"
UNTIL = AT + CODE_GOOD


async def made(db: Database, screen: str = "S1", hashed: bytes = HASH) -> None:
    await db.write(screens.make, NewScreen("Packing room", "clerk", AT, Code(screen, hashed, UNTIL)))


async def paired(db: Database, secret: str, hashed: bytes = HASH) -> str:
    """Uses the code, and saves the session as the doors do."""
    screen: str = await db.write(screens.pair, Pairing(hashed, hash_of(secret), f"mark {secret}", AT))
    saved = Saved(hash_of(secret), f"mark {secret}", None, b"{}", AT, AT + LIFETIME, new=True)
    await db.write(sessions.save, saved)
    return screen


async def shown_by(db: Database, secret: str) -> list[str]:
    return [row[0] for row in await db.fetch(screens.SHOWN_BY, session=hash_of(secret))]


async def test_a_code_makes_one_session_the_screen_and_is_used_up(either: Database) -> None:
    await made(either)
    assert (await either.read(screens.listed, AT))[0].standing(AT) is Standing.WAITING
    assert await paired(either, "a") == "S1"
    assert await shown_by(either, "a") == ["S1"]
    [screen] = await either.read(screens.listed, AT)
    assert (screen.standing(AT), screen.mark, screen.seen_at, screen.name) == (
        Standing.SHOWN,
        "mark a",
        AT,
        "Packing room",
    )
    with pytest.raises(InvalidFields):
        await paired(either, "b")
    assert await shown_by(either, "b") == []


async def test_two_who_type_the_same_code_at_once_are_one_screen(either: Database) -> None:
    await made(either)
    tries = [Pairing(HASH, hash_of(f"s{n}"), f"m{n}", AT) for n in range(8)]
    answers = await asyncio.gather(*(either.write(screens.pair, each) for each in tries), return_exceptions=True)
    assert sorted("S1" if answer == "S1" else type(answer).__name__ for answer in answers) == sorted(
        ["InvalidFields"] * 7 + ["S1"]
    )


async def test_a_code_is_over_after_its_time_and_void_after_a_newer_one(either: Database) -> None:
    await made(either)
    with pytest.raises(InvalidFields):
        await either.write(screens.pair, Pairing(HASH, b"s", "m", UNTIL))
    await either.write(screens.give_code, Code("S1", b"another", UNTIL))
    with pytest.raises(InvalidFields):
        await paired(either, "a")
    assert await paired(either, "a", b"another") == "S1"


async def test_a_new_code_moves_the_screen_and_ends_the_session_before(either: Database) -> None:
    await made(either)
    await paired(either, "a")
    await either.write(screens.give_code, Code("S1", b"another", UNTIL))
    assert await shown_by(either, "a") == ["S1"], "it goes on until the code is used"
    start = await either.read(outbox.head)
    await paired(either, "b", b"another")
    assert [told.event for told in await either.read(outbox.after, start, 10)] == [SessionEnded("mark a")]
    assert (await shown_by(either, "a"), await shown_by(either, "b")) == ([], ["S1"])


@pytest.mark.parametrize("way", [screens.sign_out, screens.remove])
async def test_signing_out_ends_the_session_and_voids_the_code(either: Database, way: Any) -> None:
    await made(either)
    await paired(either, "a")
    await either.write(screens.give_code, Code("S1", b"another", UNTIL))
    start = await either.read(outbox.head)
    await either.write(way, "S1", AT)
    assert [told.event for told in await either.read(outbox.after, start, 10)] == [SessionEnded("mark a")]
    assert await either.fetch(sessions.LOAD, id_hash=hash_of("a")) == []
    assert await shown_by(either, "a") == []
    with pytest.raises(InvalidFields):
        await paired(either, "b", b"another")
    left = await either.read(screens.listed, AT)
    assert [screen.standing(AT) for screen in left] == ([Standing.OUT] if way is screens.sign_out else [])


async def test_a_session_that_ended_by_itself_shows_nothing_any_more(either: Database) -> None:
    await made(either)
    await paired(either, "a")
    later = AT + LIFETIME + timedelta(seconds=1)
    assert (await either.read(screens.listed, later))[0].standing(later) is Standing.OUT


async def test_screens_that_are_not_there_and_too_many(either: Database) -> None:
    calls: list[tuple[Any, ...]] = [
        (screens.give_code, Code("NO", b"x", UNTIL)),
        (screens.sign_out, "NO", AT),
        (screens.remove, "NO", AT),
    ]
    for verb, *given in calls:
        with pytest.raises(NotFound):
            await either.write(verb, *given)
    for n in range(MAX_SCREENS):
        await made(either, f"S{n}", f"hash {n}".encode())
    with pytest.raises(ShopError, match="Some fields"):
        await made(either, "ONE MORE", b"one more")


def test_codes_differ_by_screen_time_and_shop_and_only_their_keyed_hash_is_kept() -> None:
    codes = {
        code_of(secret, screen, until)
        for secret in (b"a", b"b")
        for screen in ("S1", "S2")
        for until in (UNTIL, UNTIL + timedelta(seconds=1))
    }
    assert len(codes) == 8
    code = codes.pop()
    assert parse_code(f" {code[:4].lower()}-{code[4:]} ") == code
    assert [parse_code(text) for text in ("", "short", "UUUUUUUU", code + "0")] == [None] * 4
    assert code_hash(b"a", code) != code_hash(b"b", code)
