"""The form of delivery: zones, ways and steps as they were typed, which become a Delivery, or come back with what is wrong.

Fields have flat names: `z0-name`, `z0-country` (as often as there are), `z0-w1-free`, `z0-w1-s2-upto`. Rows of steps that
are left empty are no steps.
"""

import re
from collections.abc import Collection, Sequence

from msgspec import Struct, field

from shop import countries
from shop.customers import name_fault
from shop.delivery import EVERYWHERE, By, Delivery, Step, Way, Zone, kilos
from shop.errors import InvalidFields
from shop.imports import cells, words
from shop.money import decimal_text
from shop.prices import BadCell, typed
from shop.taxes import STANDARD

MAX_ZONES = 20
MAX_WAYS = 12
MAX_STEPS = 12
MAX_NAME = 60
MAX_LINE = 120
UNION = "EU"
"""In place of a country to be added: every one of the European Union that isn't in a zone yet."""

_NAME = re.compile(r"z(\d{1,2})(?:-w(\d{1,2})(?:-s(\d{1,2}))?)?-(\w+)")
_NOTHING = re.compile(r"0+(?:[.,]0+)?")


class StepRow(Struct):
    upto: str = ""
    amount: str = ""

    @property
    def blank(self) -> bool:
        return not (self.upto.strip() or self.amount.strip())


class WayRow(Struct):
    """A way as typed; `code` is empty for a new one. `upto` of its steps is in kilograms or in the shop's currency."""

    code: str = ""
    name: str = ""
    line: str = ""
    by: str = By.WEIGHT.value
    free_from: str = ""
    collected: bool = False
    tax_class: str = STANDARD
    steps: list[StepRow] = field(default_factory=lambda: [StepRow()])


class ZoneRow(Struct):
    name: str = ""
    countries: list[str] = field(default_factory=list)
    add: str = ""
    """A country, "EU" or "*" that is chosen in the list and not in the zone yet."""
    ways: list[WayRow] = field(default_factory=lambda: [WayRow()])


class DeliveryForm(Struct):
    zones: list[ZoneRow] = field(default_factory=list)

    @property
    def taken(self) -> set[str]:
        """Countries that stand in any zone."""
        return {code for zone in self.zones for code in zone.countries}


def of(found: Delivery, currency: str) -> DeliveryForm:
    """The delivery as a form."""

    def way(one: Way) -> WayRow:
        def upto(step: Step) -> str:
            if step.upto is None:
                return ""
            return kilos(step.upto) if one.by is By.WEIGHT else decimal_text(step.upto, currency)

        return WayRow(
            one.code,
            one.name,
            one.line,
            one.by.value,
            "" if one.free_from is None else decimal_text(one.free_from, currency),
            one.collected,
            one.tax_class,
            [StepRow(upto(step), decimal_text(step.amount, currency)) for step in one.steps],
        )

    return DeliveryForm([ZoneRow(z.name, list(z.countries), "", [way(w) for w in z.ways]) for z in found.zones])


def knows(name: str) -> bool:
    """Whether a field of this name is one of the form's."""
    return _NAME.fullmatch(name) is not None


def read(fields: Sequence[tuple[str, str]]) -> DeliveryForm:
    """The form in these fields; what it doesn't know it passes over."""
    zones: dict[int, ZoneRow] = {}
    ways: dict[tuple[int, int], WayRow] = {}
    steps: dict[tuple[int, int, int], StepRow] = {}
    for name, value in fields:
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        z, key = int(found[1]), found[4]
        zone = zones.setdefault(z, ZoneRow(ways=[]))
        if found[2] is None:
            _set_zone(zone, key, value)
            continue
        w = int(found[2])
        way = ways.setdefault((z, w), WayRow(steps=[]))
        if found[3] is None:
            _set_way(way, key, value)
        elif key in ("upto", "amount"):
            setattr(steps.setdefault((z, w, int(found[3])), StepRow()), key, value)
    for (z, w, _), step in sorted(steps.items()):
        ways.setdefault((z, w), WayRow(steps=[])).steps.append(step)
    for (z, _), way in sorted(ways.items()):
        zones[z].ways.append(way)
    for way in ways.values():
        way.steps = way.steps or [StepRow()]
    return DeliveryForm([zone for _, zone in sorted(zones.items())][: MAX_ZONES + 1])


def _set_zone(zone: ZoneRow, key: str, value: str) -> None:
    if key == "country" and value not in zone.countries:
        zone.countries.append(value)
    elif key in ("name", "add"):
        setattr(zone, key, value)


def _set_way(way: WayRow, key: str, value: str) -> None:
    if key == "collected":
        way.collected = True
    elif key in ("code", "name", "line", "by", "free", "tax"):
        setattr(way, {"free": "free_from", "tax": "tax_class"}.get(key, key), value)


def act(form: DeliveryForm, wish: str) -> str:
    """Does what a button of the form asks ("zone", "way:z0", "step:z0-w1", "country:z0", "drop:z0-w1").

    Answers the name of the field where the reader goes on.
    """
    for zone in form.zones:
        _take_in(form, zone)
    kind, _, where = wish.partition(":")
    place = [int(number) for number in re.findall(r"\d{1,2}", where)]
    if kind == "zone" and len(form.zones) < MAX_ZONES:
        form.zones.append(ZoneRow())
        return f"z{len(form.zones) - 1}-name"
    if not place or place[0] >= len(form.zones):
        return ""
    z = place[0]
    zone = form.zones[z]
    if kind == "way" and len(zone.ways) < MAX_WAYS:
        zone.ways.append(WayRow())
        return f"z{z}-w{len(zone.ways) - 1}-name"
    if kind == "step" and _has(zone.ways, place, 1) and len(zone.ways[place[1]].steps) < MAX_STEPS:
        zone.ways[place[1]].steps.append(StepRow())
        return f"z{z}-w{place[1]}-s{len(zone.ways[place[1]].steps) - 1}-upto"
    if kind == "drop":
        return _drop(form, zone, place)
    return f"z{z}-add" if kind == "country" else ""


def _drop(form: DeliveryForm, zone: ZoneRow, place: list[int]) -> str:
    z = place[0]
    match len(place):
        case 1:
            form.zones.remove(zone)
            return "z0-name" if form.zones else ""
        case 2 if _has(zone.ways, place, 1):
            del zone.ways[place[1]]
            return f"z{z}-name"
        case 3 if _has(zone.ways, place, 1) and _has(zone.ways[place[1]].steps, place, 2):
            steps = zone.ways[place[1]].steps
            del steps[place[2]]
            if not steps:
                steps.append(StepRow())
            return f"z{z}-w{place[1]}-s0-amount"
    return ""


def _has(rows: Sequence[object], place: Sequence[int], depth: int) -> bool:
    return len(place) > depth and place[depth] < len(rows)


def _take_in(form: DeliveryForm, zone: ZoneRow) -> None:
    """What is chosen in the zone's list is in the zone."""
    wanted = countries.EUROPEAN_UNION if zone.add == UNION else (zone.add,)
    known = countries.everyone()
    taken = form.taken
    zone.countries += [code for code in wanted if (code in known or code == EVERYWHERE) and code not in taken]
    zone.add = ""


def checked(form: DeliveryForm, currency: str, classes: Collection[str]) -> Delivery:
    """The delivery that the form asks for; raises InvalidFields, naming each field."""
    for zone in form.zones:
        _take_in(form, zone)
    return _Check(currency, classes).delivery(form)


class _Check:
    """One look over a form, which gathers what is wrong with it."""

    def __init__(self, currency: str, classes: Collection[str]) -> None:
        self._currency = currency
        self._classes = classes
        self._faults: dict[str, str] = {}

    def delivery(self, form: DeliveryForm) -> Delivery:
        if len(form.zones) > MAX_ZONES:
            self._faults["zones"] = f"Up to {MAX_ZONES} zones, please."
        taken: dict[str, str] = {}
        zones = tuple(self._zone(f"z{n}", zone, taken) for n, zone in enumerate(form.zones))
        if self._faults:
            raise InvalidFields(fields=self._faults)
        return Delivery(zones)

    def _zone(self, name: str, row: ZoneRow, taken: dict[str, str]) -> Zone:
        self._line(f"{name}-name", row.name, "a name, such as Belgium")
        known = countries.everyone()
        if not row.countries:
            self._faults[f"{name}-add"] = "Add a country, or remove this zone."
        for code in row.countries:
            if code not in known and code != EVERYWHERE:
                self._faults[f"{name}-add"] = "Choose countries of the list."
            elif code in taken:
                where = "Everywhere else" if code == EVERYWHERE else known[code].name
                self._faults[f"{name}-add"] = f"{where} is in “{taken[code]}” already. A country has one zone."
            taken.setdefault(code, row.name.strip())
        if not row.ways:
            self._faults[f"{name}-ways"] = "Add a way, or remove this zone."
        elif len(row.ways) > MAX_WAYS:
            self._faults[f"{name}-ways"] = f"Up to {MAX_WAYS} ways, please."
        ways: list[Way] = []
        for n, way in enumerate(row.ways):
            ways.append(self._way(f"{name}-w{n}", way, {other.code for other in ways}))
        return Zone(row.name.strip(), tuple(row.countries), tuple(ways))

    def _way(self, name: str, row: WayRow, codes: set[str]) -> Way:
        self._line(f"{name}-name", row.name, "a name, such as To the door")
        if row.line.strip() and (fault := name_fault(row.line, longest=MAX_LINE)):
            self._faults[f"{name}-line"] = fault
        if row.by not in list(By):
            self._faults[f"{name}-by"] = "Choose weight or total."
        if row.tax_class not in self._classes:
            self._faults[f"{name}-tax"] = "Choose one of the list."
        by = By(row.by) if row.by in list(By) else By.WEIGHT
        free_from = self._amount(f"{name}-free", row.free_from) if row.free_from.strip() else None
        code = row.code if re.fullmatch(r"[a-z0-9-]{1,40}", row.code) else words.slug(row.name)[:40] or "way"
        return Way(
            code=_unused(code, codes),
            name=row.name.strip(),
            line=row.line.strip(),
            by=by,
            steps=self._steps(name, row.steps, by),
            free_from=free_from,
            collected=row.collected,
            tax_class=row.tax_class,
        )

    def _steps(self, name: str, rows: Sequence[StepRow], by: By) -> tuple[Step, ...]:
        filled = [(n, row) for n, row in enumerate(rows) if not row.blank]
        if not filled:
            self._faults[f"{name}-s0-amount"] = "What does it cost? 0 is free."
        found: list[Step] = []
        for place, (n, row) in enumerate(filled):
            upto = self._upto(f"{name}-s{n}-upto", row.upto, by)
            if upto is None and place < len(filled) - 1:
                self._faults.setdefault(f"{name}-s{n}-upto", "Only the last step may have no end.")
            elif upto is not None and found and found[-1].upto is not None and upto <= found[-1].upto:
                self._faults.setdefault(f"{name}-s{n}-upto", "More than in the step before, please.")
            found.append(Step(upto, self._amount(f"{name}-s{n}-amount", row.amount)))
        return tuple(found) or (Step(None, 0),)

    def _upto(self, name: str, text: str, by: By) -> int | None:
        text = text.strip()
        if not text:
            return None
        try:
            if by is By.TOTAL:
                return typed(text, self._currency)
            found = cells.grams(text.lower().removesuffix("kg").strip().replace(",", "."), 1000)
            if not found:
                raise BadCell("more than nothing, please")
        except BadCell as bad:
            self._faults[name] = _sentence(bad)
            return None
        return found

    def _amount(self, name: str, text: str) -> int:
        if not text.strip():
            self._faults[name] = "What does it cost? 0 is free."
            return 0
        if _NOTHING.fullmatch(text.strip()) or text.strip().lower() == "free":
            return 0
        try:
            return typed(text, self._currency)
        except BadCell as bad:
            self._faults[name] = _sentence(bad)
            return 0

    def _line(self, name: str, text: str, what: str) -> None:
        if fault := name_fault(text, what, MAX_NAME):
            self._faults[name] = fault


def _unused(code: str, taken: Collection[str]) -> str:
    return next(name for n in range(1, len(taken) + 2) if (name := code if n == 1 else f"{code}-{n}") not in taken)


def _sentence(bad: BadCell) -> str:
    reason = str(bad)
    return f"{reason[0].upper()}{reason[1:]}."
