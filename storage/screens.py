"""Screens on the wall: making one, the code that makes a browser one, and signing it out. Their sessions are like all others."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from shop.errors import InvalidFields, NotFound
from shop.screens import MAX_SCREENS, Screen
from storage import sessions
from storage.hot import Hot
from storage.statements import Found, one, rows, run, scalar
from storage.tables import Screen as Screens
from storage.tables import Session

SHOWN_BY = Hot(select(Screens.id).where(Screens.session_hash == bindparam("session")))
"""The screen that a session shows."""

_COLUMNS = (
    select(
        Screens.id,
        Screens.name,
        Screens.made_by,
        Screens.made_at,
        Screens.code_until,
        Screens.seen_at,
        Session.mark.label("mark"),
    )
    # A session that ended by itself, or was logged out, shows no screen any more.
    .outerjoin(Session, (Session.id_hash == Screens.session_hash) & (Session.expires_at > bindparam("now")))
)
_ALL = _COLUMNS.order_by(Screens.name, Screens.id)
_COUNT = select(func.count()).select_from(Screens)
_LOCKED = select(Screens.id, Screens.session_hash).where(Screens.id == bindparam("screen")).with_for_update()
_BY_CODE = (
    select(Screens.id, Screens.session_hash)
    .where(Screens.code_hash == bindparam("code"), Screens.code_until > bindparam("now"))
    .with_for_update()
)
_NEW = insert(Screens)
_SET_CODE = (
    update(Screens)
    .where(Screens.id == bindparam("which"))
    .values(code_hash=bindparam("to_hash"), code_until=bindparam("to_until"))
)
_PAIR = (
    update(Screens)
    .where(Screens.id == bindparam("which"), Screens.code_hash == bindparam("used"))
    .values(
        code_hash=None,
        code_until=None,
        session_hash=bindparam("to_session"),
        mark=bindparam("to_mark"),
        seen_at=bindparam("at"),
    )
)
_SIGN_OUT = (
    update(Screens)
    .where(Screens.id == bindparam("which"))
    .values(code_hash=None, code_until=None, session_hash=None, mark=None)
)
_SEEN = update(Screens).where(Screens.id == bindparam("which")).values(seen_at=bindparam("at"))
_REMOVE = delete(Screens).where(Screens.id == bindparam("which"))


class Code(Struct, frozen=True):
    """The command to give a screen a code; a code that it had before is void."""

    screen: str
    code_hash: bytes
    until: datetime


class NewScreen(Struct, frozen=True):
    """The command to make a screen with its first code."""

    name: str
    made_by: str
    at: datetime
    code: Code


class Pairing(Struct, frozen=True):
    """The command to make the session with this hash and mark the one that shows the code's screen."""

    code_hash: bytes
    session_hash: bytes
    mark: str
    at: datetime


def listed(tx: Connection, now: datetime) -> list[Screen]:
    """Every screen, by name."""
    return [_screen(row) for row in rows(tx, _ALL, now=now)]


def make(tx: Connection, new: NewScreen) -> None:
    """Makes a screen; raises InvalidFields when there are too many."""
    if scalar(tx, _COUNT) >= MAX_SCREENS:
        raise InvalidFields(fields={"name": f"There are {MAX_SCREENS} screens already. Remove one first."})
    run(
        tx,
        _NEW,
        id=new.code.screen,
        name=new.name,
        made_by=new.made_by,
        made_at=new.at,
        code_hash=new.code.code_hash,
        code_until=new.code.until,
        session_hash=None,
        mark=None,
        seen_at=None,
    )


def give_code(tx: Connection, code: Code) -> None:
    """Gives a screen a new code. Whoever shows it now goes on until the code is used; raises NotFound."""
    if not run(tx, _SET_CODE, which=code.screen, to_hash=code.code_hash, to_until=code.until):
        raise NotFound("There is no such screen.")


def pair(tx: Connection, pairing: Pairing) -> str:
    """Uses a code up, and answers the screen that the session shows from now on; the one before it ends.

    Raises InvalidFields for a code that there is not, that is over or that was used, all alike.
    """
    found = one(tx, _BY_CODE, code=pairing.code_hash, now=pairing.at)
    used = found and run(
        tx,
        _PAIR,
        which=found.id,
        used=pairing.code_hash,
        to_session=pairing.session_hash,
        to_mark=pairing.mark,
        at=pairing.at,
    )
    if found is None or not used:
        raise InvalidFields(fields={"code": "No screen waits for this code. It may be over, or mistyped."})
    if found.session_hash is not None:
        sessions.end(tx, found.session_hash, pairing.at)
    return str(found.id)


def sign_out(tx: Connection, screen: str, at: datetime) -> None:
    """Ends the session that shows a screen, with its sockets, and voids its code; raises NotFound."""
    found = one(tx, _LOCKED, screen=screen)
    if found is None:
        raise NotFound("There is no such screen.")
    run(tx, _SIGN_OUT, which=screen)
    if found.session_hash is not None:
        sessions.end(tx, found.session_hash, at)


def remove(tx: Connection, screen: str, at: datetime) -> None:
    """Signs a screen out and forgets it; raises NotFound."""
    sign_out(tx, screen, at)
    run(tx, _REMOVE, which=screen)


def saw(tx: Connection, screen: str, at: datetime) -> None:
    """Notes that a screen's page was looked at just now."""
    run(tx, _SEEN, which=screen, at=at)


def _screen(row: Found) -> Screen:
    return Screen(row.id, row.name, row.made_by, row.made_at, row.code_until, row.mark, row.seen_at)
