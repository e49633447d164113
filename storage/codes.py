"""Promotion codes as staff keep them: made, edited by compare-and-set, switched off; every change is kept with who made it."""

from datetime import datetime

from msgspec import Struct, json
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, func, insert, select, update

from shop.codes import Code, Kind, Terms
from shop.errors import InvalidFields, NotFound, StaleEdit
from shop.money import restated
from shop.orders import OrderStatus
from storage import commands, redeeming, tables, turns
from storage.code_tables import Code as CodeRow
from storage.code_tables import CodeChange, CodeUse
from storage.statements import Rows, many, one, rows, run

STALE = "Somebody else changed this code while you had it open. What you typed is still here: look, then save again."
TAKEN = "There is a code of this name already."

_ONE = select(CodeRow.code).where(CodeRow.code == bindparam("code"))
_NEW = insert(CodeRow)
_SET = (
    update(CodeRow)
    .where(CodeRow.code == bindparam("which"))
    .values(
        kind=bindparam("to_kind"),
        value=bindparam("to_value"),
        delivery=bindparam("to_delivery"),
        minimum=bindparam("to_minimum"),
        starts_at=bindparam("to_starts_at"),
        ends_at=bindparam("to_ends_at"),
        max_uses=bindparam("to_limit"),
        max_each=bindparam("to_each"),
        active=bindparam("to_active"),
        edition=bindparam("to_edition"),
        version=bindparam("to_version"),
    )
)
_KEEP = insert(CodeChange)
_HISTORY = (
    select(CodeChange.actor, CodeChange.at, CodeChange.change)
    .where(CodeChange.code == bindparam("code"))
    .order_by(CodeChange.id.desc())
    .limit(bindparam("limit"))
)
_LISTED = (
    select(CodeRow)
    .where(CodeRow.code.like(bindparam("pattern"), escape="/"))
    .order_by(CodeRow.active.desc(), CodeRow.made_at.desc(), CodeRow.code)
    .limit(bindparam("limit"))
)
_MONEY = (
    select(
        CodeUse.code,
        func.count().label("orders"),
        func.coalesce(func.sum(tables.Order.total), 0).label("revenue"),
        func.coalesce(func.sum(tables.Order.discount_amount), 0).label("given"),
    )
    .join(tables.Order, tables.Order.number == CodeUse.order_number)
    .where(
        CodeUse.code.in_(bindparam("codes", expanding=True)),
        CodeUse.given_back_at.is_(None),
        tables.Order.status == OrderStatus.PAID.value,
    )
    .group_by(CodeUse.code)
)
_ALL = select(CodeRow)

_decode = json.Decoder(tuple[Terms | None, Terms]).decode


class NewCode(Struct, frozen=True):
    """The command to make a code, whose name is folded (shop.codes)."""

    code: str
    terms: Terms
    actor: str
    at: datetime
    command: commands.Id | None = None


class CodeEdit(Struct, frozen=True):
    """The command to change a code that was `seen` at this version; whether it is active stays as it is."""

    code: str
    terms: Terms
    seen: int
    actor: str
    at: datetime


class Listed(Struct, frozen=True):
    """A code with what came of it: paid orders, what they brought and what was taken off them, in minor units."""

    code: Code
    made_by: str
    made_at: datetime
    orders: int = 0
    revenue: int = 0
    given: int = 0


class Changed(Struct, frozen=True):
    """What was changed of a code; `before` is None when it was made."""

    actor: str
    at: datetime
    before: Terms | None
    after: Terms


def make(tx: Connection, new: NewCode) -> str:
    """A verb: makes the code and answers its name; raises InvalidFields when there is one already."""
    turns.take(tx)
    return commands.once(tx, new.command, new.at, str, lambda: _make(tx, new))


def edit(tx: Connection, change: CodeEdit) -> Code:
    """A verb: changes the code. Raises NotFound, StaleEdit (nothing is done), or InvalidFields for a limit below its uses.

    What stands there already, as after a double click, is no change.
    """
    now = _locked(tx, change.code)
    terms = replace(change.terms, active=now.terms.active)
    if terms == now.terms:
        return now
    if change.seen != now.version:
        raise StaleEdit(STALE, version=now.version)
    if terms.limit is not None and terms.limit < now.used:
        often = "once" if now.used == 1 else f"{now.used} times"
        raise InvalidFields(fields={"limit": f"It was used {often} already; {now.used} is the least."})
    return _save(tx, now, terms, change.actor, change.at)


def switch(tx: Connection, code: str, actor: str, at: datetime, *, active: bool) -> Code:
    """A verb: switches the code on or off; one that is so already stays. Raises NotFound."""
    now = _locked(tx, code)
    return now if now.terms.active == active else _save(tx, now, replace(now.terms, active=active), actor, at)


def restate(tx: Connection, before: str, after: str) -> None:
    """Part of changing the shop's currency: amounts keep their numbers as people read them, as prices do."""
    for now in (redeeming.code_of(row) for row in rows(tx, _ALL)):
        terms = replace(now.terms, minimum=restated(now.terms.minimum, before, after))
        if terms.kind is Kind.AMOUNT:
            terms = replace(terms, value=restated(terms.value, before, after))
        if terms != now.terms:
            _write(tx, now, terms)


def listed(tx: Connection, part: str, limit: int) -> list[Listed]:
    """Codes with this part in their name, those that are active first, the newest first."""
    plain = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return _with_money(tx, rows(tx, _LISTED, pattern=f"%{plain}%", limit=limit))


def view(tx: Connection, code: str) -> Listed:
    """One code; raises NotFound."""
    found = _with_money(tx, rows(tx, _ALL.where(CodeRow.code == bindparam("code")), code=code))
    if not found:
        raise NotFound("There is no such code.")
    return found[0]


def history(tx: Connection, code: str, limit: int) -> list[Changed]:
    """What staff changed of it, the newest first."""
    return [Changed(row.actor, row.at, *_decode(row.change)) for row in rows(tx, _HISTORY, code=code, limit=limit)]


def _make(tx: Connection, new: NewCode) -> str:
    if one(tx, _ONE, code=new.code) is not None:
        raise InvalidFields(fields={"code": TAKEN})
    terms = new.terms
    run(
        tx,
        _NEW,
        code=new.code,
        kind=terms.kind.value,
        value=terms.value,
        delivery=terms.delivery,
        minimum=terms.minimum,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        max_uses=terms.limit,
        max_each=terms.each,
        active=terms.active,
        edition=1,
        version=1,
        made_by=new.actor,
        made_at=new.at,
    )
    _keep(tx, new.code, None, terms, new.actor, new.at)
    return new.code


def _locked(tx: Connection, code: str) -> Code:
    found = redeeming.locked(tx, [code]).get(code)
    if found is None:
        raise NotFound("There is no such code.")
    return found


def _save(tx: Connection, now: Code, terms: Terms, actor: str, at: datetime) -> Code:
    after = _write(tx, now, terms)
    _keep(tx, now.code, now.terms, terms, actor, at)
    return after


def _write(tx: Connection, now: Code, terms: Terms) -> Code:
    edition = now.edition + (terms.promise != now.terms.promise)
    run(
        tx,
        _SET,
        which=now.code,
        to_kind=terms.kind.value,
        to_value=terms.value,
        to_delivery=terms.delivery,
        to_minimum=terms.minimum,
        to_starts_at=terms.starts_at,
        to_ends_at=terms.ends_at,
        to_limit=terms.limit,
        to_each=terms.each,
        to_active=terms.active,
        to_edition=edition,
        to_version=now.version + 1,
    )
    return replace(now, terms=terms, edition=edition, version=now.version + 1)


def _keep(tx: Connection, code: str, before: Terms | None, after: Terms, actor: str, at: datetime) -> None:
    many(tx, _KEEP, [{"code": code, "actor": actor, "at": at, "change": json.encode((before, after))}])


def _with_money(tx: Connection, found: Rows) -> list[Listed]:
    brought = {row.code: row for row in rows(tx, _MONEY, codes=[row.code for row in found])} if found else {}
    none = (0, 0, 0)
    return [
        Listed(
            redeeming.code_of(row),
            row.made_by,
            row.made_at,
            *(map(int, brought[row.code][1:]) if row.code in brought else none),
        )
        for row in found
    ]
