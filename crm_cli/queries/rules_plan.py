"""What the rules ask for, compared with the follow-ups there are: reads only.

A cadence: one open touch a contact, counted from the last talk, or from a touch closed by hand
since, or else from the day the contact was added. A date: one open follow-up a contact (or
purchase) for the next round. A service: one a purchase, of the newest of each product.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.clock import shift
from crm_cli.domain import reminder_rule as domain
from crm_cli.store import rules as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.domain.reminder_rule import Rule
    from crm_cli.domain.working_days import WorkingDays
    from crm_cli.session import Session
    from crm_cli.store.rules import Dated, Made, Person, Scope


class Moved(NamedTuple):
    """Whose a contact was and is, and what it was and is called; both None where that stayed."""

    owner_before: str | None
    owner: str | None
    name_before: str | None
    name: str | None


Moves = dict[int, Moved]
"""Contact -> what of it moved."""


class Change(NamedTuple):
    """Cells of a follow-up that become others."""

    row: Made
    cells: dict[str, Any]


class Plan:
    """``new`` are rows: contact, kind, due day, text, owner, rule, purchase, occurrence."""

    __slots__ = ("changes", "covered", "new", "problems")

    def __init__(self) -> None:
        self.new: list[tuple[Any, ...]] = []
        self.changes: list[Change] = []
        self.problems: dict[int, str] = {}
        self.covered: dict[int, int] = {}
        """Rule -> how many contacts it is in force for (all of them, where all were asked for)."""

    @property
    def is_empty(self) -> bool:
        """Whether everything is in line."""
        return not self.new and not self.changes


class _Wanted(NamedTuple):
    """A touch that is to be put on a day."""

    person: Person
    rule: Rule
    row: Made | None
    since: date
    due: date


def make(session: Session, ids: str | None, moved: Moves | None = None) -> Plan:
    """Return what is to be done for some contacts (a JSON array of ids), or for all.

    A rule whose tag, segment or filter cannot be read makes nothing and takes nothing back;
    ``problems`` says why. Raises InvalidValue for settings that cannot be read.
    """
    return _Planner(session, ids, moved or {}).plan_all()


class _Planner:
    """One comparison."""

    def __init__(self, session: Session, ids: str | None, moved: Moves) -> None:
        self.session = session
        self.connection: sqlite3.Connection = session.reader
        self.ids = ids
        self.moved = moved
        self.today = session.today
        self.zone = session.zone
        self.plan = Plan()
        self.rules = store.listing(self.connection)
        self.fields = store.date_fields(self.connection) if self.rules else {}
        self.open: dict[str, list[Made]] = {"touch": [], "date": [], "service": []}
        self.withdrawn: dict[tuple[Any, ...], Made] = {}
        self.windows: dict[tuple[date, int], tuple[date, ...]] = {}

    def plan_all(self) -> Plan:
        for row in store.made(self.connection, self.ids):
            if row.is_withdrawn:
                self.withdrawn[_key(row)] = row
            else:
                self.open[row.kind].append(row)
        self.touches()
        self.all_dates()
        self.services()
        return self.plan

    # -- whom a rule is about -----------------------------------------------------------------

    def scope(self, rule: Rule) -> Scope | None:
        """Return whom a rule is about; None, and the reason among the problems, where its tag,
        segment or filter cannot be read, or is only drawn anew for everybody at once."""
        try:
            if rule.scope in {"segment", "where"}:
                from crm_cli.queries import filtering, rule_scopes

                if self.ids is not None and rule_scopes.needs_everybody(self.connection, rule):
                    self.plan.problems[rule.id] = "its segment is drawn anew by the daily run"
                    return None
                by_name = rule.scope == "segment"
                found = filtering.read(
                    self.session, "contact", None if by_name else rule.scope_value,
                    segment=rule.scope_value if by_name else None,
                )  # fmt: skip
                return store.scope_of(rule, found.chosen)
            if rule.scope == "tag" and not store.has_tag(self.connection, rule.scope_value or ""):
                self.plan.problems[rule.id] = f"no contact has the tag {rule.scope_value!r}"
        except errors.CrmError as error:
            self.plan.problems[rule.id] = error.message
            return None
        return store.scope_of(rule, None)

    # -- cadences -----------------------------------------------------------------------------

    def touches(self) -> None:
        held: dict[int, list[Made]] = {}
        for row in self.open["touch"]:
            held.setdefault(row.contact_id, []).append(row)
        in_force = self.in_force()
        stuck = self.stuck()
        for contact_id, rows in held.items():
            if any(row.rule_id in stuck for row in rows):
                in_force.pop(contact_id, None)
                continue
            # The oldest stays, where taking changes back has left two.
            self.withdraw(rows if contact_id not in in_force else rows[1:])
        wanted = self.wanted_touches(in_force, held)
        self.place(wanted)

    def in_force(self) -> dict[int, Rule]:
        """Return contact -> the cadence that holds for it; none for the exempt."""
        found: dict[int, Rule] = {}
        cadences = [rule for rule in self.rules if rule.kind == "cadence" and not rule.is_paused]
        for rule in sorted(cadences, key=lambda rule: rule.strength):
            scope = self.scope(rule)
            if scope is None:
                continue
            before = len(found)
            for contact_id in store.contacts_in(self.connection, scope, self.ids):
                found.setdefault(contact_id, rule)
            self.plan.covered[rule.id] = len(found) - before
        return {contact_id: rule for contact_id, rule in found.items() if rule.every_text}

    def stuck(self) -> set[int]:
        """Return the rules that make nothing and take nothing back this time."""
        tags = {rule.id for rule in self.rules if rule.scope == "tag"}
        return self.plan.problems.keys() - tags

    def wanted_touches(
        self, in_force: dict[int, Rule], held: dict[int, list[Made]]
    ) -> list[_Wanted]:
        if not in_force:
            return []
        closed = store.closed_touches(self.connection, self.ids)
        wanted = []
        for person in store.people(self.connection, json.dumps(list(in_force))):
            rule = in_force[person.id]
            every = rule.every_text or ""
            since = self.last_contact(person, closed.get(person.id))
            due = self.later(since, every)
            if due is None:
                continue
            row = held.get(person.id, [None])[0]
            if row is None or row.occurrence != domain.counted(since, every):
                wanted.append(_Wanted(person, rule, row, since, due))
            elif row.rule_id != rule.id:
                self.change(row, rule_id=rule.id, **self.words(person, rule, since))
            elif person.id in self.moved:
                self.follow(row, rule, *self.wording(person, rule, since))
        return wanted

    def last_contact(self, person: Person, closed: str | None) -> date:
        days = [self.day(instant) for instant in (person.last_at, closed) if instant]
        return max(days) if days else self.day(person.created_at)

    def place(self, wanted: list[_Wanted]) -> None:
        """Put touches on days: the longest overdue first, none of the days more than needed."""
        if not wanted:
            return
        from crm_cli.domain.working_days import spread

        wanted.sort(key=lambda one: (one.due, one.person.id))
        windows = {one.person.id: self.window(one) for one in wanted}
        first = min(days[0] for days in windows.values())
        last = max(days[-1] for days in windows.values())
        found = store.load(self.connection, first.isoformat(), last.isoformat())
        load = {date.fromisoformat(day): count for day, count in found.items()}
        for one in wanted:
            due = date.fromisoformat(one.row.due_on) if one.row else None
            if due in load:
                load[due] -= 1
        # A talk's next one keeps its day unless that is crowded; where no talk says when, and
        # where all would be due at once, days are filled evenly.
        counted = [one for one in wanted if one.person.last_at and one.due > self.today]
        others = [one for one in wanted if not (one.person.last_at and one.due > self.today)]
        for some, comfortable in ((counted, domain.COMFORTABLE), (others, 1)):
            for one, day in spread(some, lambda one: windows[one.person.id], load, comfortable):
                self.put(one, day)

    def window(self, one: _Wanted) -> tuple[date, ...]:
        at_once = one.due <= self.today
        start = self.today if at_once else one.due
        asked = start, domain.window_of(one.rule, at_once=at_once)
        if asked not in self.windows:
            self.windows[asked] = self.days.window(*asked)
        return self.windows[asked]

    def put(self, one: _Wanted, day: date) -> None:
        cells = {
            "due_on": day.isoformat(), "rule_id": one.rule.id,
            "occurrence": domain.counted(one.since, one.rule.every_text or ""),
            **self.words(one.person, one.rule, one.since),
        }  # fmt: skip
        row = one.row or self.withdrawn.pop(("touch", one.person.id), None)
        self.write("touch", row, one.person.id, None, cells)

    def words(self, person: Person, rule: Rule, since: date) -> dict[str, Any]:
        text = domain.render(*self.wording(person, rule, since))
        return {"text": text, "owner": rule.owner or person.owner}

    def wording(self, person: Person, rule: Rule, since: date) -> tuple[str, dict[str, str]]:
        text = rule.text or domain.default_text(rule, None)
        return text, {"name": person.name, "date": since.isoformat()}

    # -- dates --------------------------------------------------------------------------------

    def all_dates(self) -> None:
        held: dict[int | None, dict[tuple[int, int], list[Made]]] = {}
        for row in self.open["date"]:
            of_rule = held.setdefault(row.rule_id, {})
            of_rule.setdefault((row.contact_id, row.purchase_id or 0), []).append(row)
        for rule in self.rules:
            if rule.kind == "date" and not rule.is_paused:
                self.dates(rule, held)
        for of_rule in held.values():
            for rows in of_rule.values():
                self.withdraw(rows)

    def dates(self, rule: Rule, held: dict[int | None, dict[tuple[int, int], list[Made]]]) -> None:
        """Bring one rule's follow-ups in line; those dealt with are taken out of ``held``."""
        is_birthday = rule.field == "birthday"
        if not is_birthday and rule.field not in self.fields:
            self.plan.problems[rule.id] = f"there is no date field {rule.field!r}"
            held.pop(rule.id, None)
            return
        scope = self.scope(rule)
        if scope is None:
            held.pop(rule.id, None)
            return
        field_id = None if is_birthday else self.fields[str(rule.field)]
        found = store.dates(self.connection, rule, field_id, scope, self.ids)
        self.plan.covered[rule.id] = len({one.contact_id for one in found})
        closed = store.closed_dates(self.connection, rule.id, self.ids)
        rows = held.get(rule.id, {})
        for one in found:
            key = (one.contact_id, one.purchase_id)
            mine = rows.get(key, [])
            on = self.round(rule, one.on, mine[0] if mine else None, closed.get(key, ()))
            if on is None:
                continue
            rows.pop(key, None)
            self.withdraw(mine[1:])
            if mine and mine[0].occurrence == domain.dated(on, rule.lead_days):
                if one.contact_id in self.moved:
                    self.follow(mine[0], rule, *self.date_wording(one, rule, on))
                continue
            row = mine[0] if mine else self.withdrawn.pop(("date", rule.id, *key), None)
            due = domain.lead_day(on, rule.lead_days, self.today)
            cells = {
                "due_on": due.isoformat(), "rule_id": rule.id, "owner": rule.owner or one.owner,
                "text": domain.render(*self.date_wording(one, rule, on)),
                "occurrence": domain.dated(on, rule.lead_days),
            }  # fmt: skip
            self.write("date", row, one.contact_id, one.purchase_id or None, cells)

    def date_wording(self, one: Dated, rule: Rule, on: date) -> tuple[str, dict[str, str]]:
        years = domain.age(one.on, on)
        values = {"name": one.name, "date": on.isoformat()}
        if years is not None:
            values["age"] = str(years)
        return rule.text or domain.default_text(rule, years), values

    def round(self, rule: Rule, text: str, row: Made | None, closed: Sequence[str]) -> date | None:
        """Return the day a rule reminds of next; None for no day any more. ``closed`` are the
        days of rounds that were closed by hand."""
        held = date.fromisoformat(row.occurrence[:10]) if row and row.occurrence else None
        if not rule.is_yearly:
            on = date.fromisoformat(text)
            if text in closed:
                return None
            is_old = on < self.today - timedelta(days=domain.HORIZON)
            return None if is_old and held != on else on
        if row is not None and held is not None and held < self.today:
            # Past and not done: it stays due for a while, also after a day it was put off to;
            # then the next year's is meant.
            last = max(held, date.fromisoformat(row.due_on))
            if (self.today - last).days <= domain.GRACE and domain.is_round(text, held):
                return held
        since = self.today
        if closed:
            since = max(since, date.fromisoformat(max(closed)) + timedelta(days=1))
        return domain.next_round(text, since)

    # -- services -----------------------------------------------------------------------------

    def services(self) -> None:
        held: dict[int, list[Made]] = {}
        for row in self.open["service"]:
            held.setdefault(row.purchase_id or 0, []).append(row)
        sales = {sale.id: sale for sale in store.sold_by_id(self.connection, list(held))}
        for product_id, every in store.service_intervals(self.connection):
            count, unit = domain.parts(every)
            try:
                oldest = shift(self.today - timedelta(days=domain.HORIZON), -count, unit)
            except (ValueError, OverflowError):
                oldest = date.min
            for sale in store.sold(self.connection, product_id, oldest.isoformat(), self.ids):
                sales[sale.id] = sale
        newest: dict[tuple[int, int], store.Serviced] = {}
        for sale in sales.values():
            key = (sale.contact_id, sale.product_id)
            if key not in newest or (newest[key].on, newest[key].id) < (sale.on, sale.id):
                newest[key] = sale
        done = store.closed_services(self.connection, sales) if sales else set()
        for sale in newest.values():
            rows = held.pop(sale.id, [])
            due = self.later(date.fromisoformat(sale.on), sale.every)
            if sale.id in done or due is None:
                self.withdraw(rows)
                continue
            self.withdraw(rows[1:])
            self.service(sale, rows[0] if rows else None, due)
        for rows in held.values():
            self.withdraw(rows)

    def service(self, sale: store.Serviced, row: Made | None, due: date) -> None:
        occurrence = domain.counted(date.fromisoformat(sale.on), sale.every)
        if row is not None and row.occurrence == occurrence:
            if row.contact_id != sale.contact_id:
                self.change(row, contact_id=sale.contact_id, owner=sale.owner)
            else:
                self.follow(row, None)
            return
        if due < self.today - timedelta(days=domain.HORIZON):
            self.withdraw([] if row is None else [row])
            return
        row = row or self.withdrawn.pop(("service", sale.id), None)
        cells = {
            "due_on": self.days.on_or_after(max(due, self.today)).isoformat(), "rule_id": None,
            "text": f"Service: {sale.product}", "owner": sale.owner, "occurrence": occurrence,
        }  # fmt: skip
        self.write("service", row, sale.contact_id, sale.id, cells)

    @cached_property
    def days(self) -> WorkingDays:
        """The business's working days; read only where a day is to be chosen."""
        from crm_cli.domain.working_days import WorkingDays

        setting = self.session.setting
        return WorkingDays(setting("working_hours"), setting("holidays"))

    # -- shared -------------------------------------------------------------------------------

    def day(self, instant: str) -> date:
        """Return the business's day of an instant."""
        return datetime.fromisoformat(instant).astimezone(self.zone).date()

    def later(self, since: date, every: str) -> date | None:
        try:
            return shift(since, *domain.parts(every))
        except (ValueError, OverflowError):
            return None

    def write(
        self, kind: str, row: Made | None, contact_id: int, purchase_id: int | None,
        cells: dict[str, Any],
    ) -> None:  # fmt: skip
        if row is None:
            self.plan.new.append(
                (contact_id, kind, cells["due_on"], cells["text"], cells["owner"],
                 cells["rule_id"], purchase_id, cells["occurrence"])
            )  # fmt: skip
        else:
            self.change(row, state="open", contact_id=contact_id, **cells)

    def change(self, row: Made, **cells: Any) -> None:
        self.plan.changes.append(Change(row, cells))

    def withdraw(self, rows: Iterable[Made]) -> None:
        for row in rows:
            self.change(row, state="cancelled", occurrence=None)

    def follow(
        self, row: Made, rule: Rule | None, text: str = "", values: Mapping[str, str] | None = None
    ) -> None:
        """Let a follow-up go along with its contact to another owner, and call the contact by
        its new name. What somebody else was named for, or wrote, by hand stays."""
        moved = self.moved.get(row.contact_id)
        if moved is None:
            return
        cells: dict[str, Any] = {}
        is_anybodys = rule is None or not rule.owner
        if is_anybodys and moved.owner_before != moved.owner and row.owner == moved.owner_before:
            cells["owner"] = moved.owner
        if values is not None and moved.name_before is not None:
            new = domain.render(text, values)
            if row.text == domain.render(text, {**values, "name": moved.name_before}) != new:
                cells["text"] = new
        if cells:
            self.change(row, **cells)


def _key(row: Made) -> tuple[Any, ...]:
    """Return for what a follow-up that its rule had taken back is used again, so that what was
    mailed of its day is not mailed twice."""
    if row.kind == "touch":
        return row.kind, row.contact_id
    if row.kind == "service":
        return row.kind, row.purchase_id
    return row.kind, row.rule_id, row.contact_id, row.purchase_id or 0
