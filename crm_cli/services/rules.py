"""Writing rules: what makes follow-ups by itself, for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import reminder_rule as domain
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import rules as queries
from crm_cli.result import Column, Kind, Level, Message, Record
from crm_cli.services.outcome import ask, written
from crm_cli.services.rules_refresh import Refreshed, refresh
from crm_cli.services.unit import Unit
from crm_cli.store import rules as store
from crm_cli.store import rules_in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crm_cli.domain.reminder_rule import Rule
    from crm_cli.result import Result
    from crm_cli.session import Session

__all__ = ["Refreshed", "RuleFields", "add", "delete", "edit", "pause", "refresh", "refresh_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFields:
    """What ``rule add`` or ``rule edit`` was told, as typed: spec, every, before, yearly, tag,
    segment, where, contact, all, text, owner, window, unset."""

    given: Mapping[str, Any]


UNSETTABLE = ("text", "owner", "window")


def add(session: Session, fields: RuleFields) -> Result:
    """Add a rule, and make the follow-ups it asks for.

    Raises InvalidValue for what is neither a cadence nor a date field, for a placeholder that
    is unknown and a filter that cannot be read, NotFound and Ambiguous for whom it names, and
    Duplicate for a rule that is there.
    """
    remarks: list[Message] = []
    given = fields.given
    with Unit(session) as unit:
        cells = {**_what(unit, given), **_whom(unit, given, remarks)}
        cells |= _options(given, cells["kind"])
        _refuse_twin(unit, cells)
        rule_id = unit.insert("reminder_rules", **cells, created_at=unit.at, updated_at=unit.at)
        rule = _as_rule(rule_id, cells, unit)
        unit.count_records(1)
        body = unit.commit(f"added the rule {rule.named}", then=lambda _: _shown(session, rule))
    return written(body, unit, [*remarks, *_problem(body, remarks)])


def edit(session: Session, what: str, fields: RuleFields) -> Result:
    """Change a rule, and the follow-ups that come of it. Raises as ``add`` does."""
    remarks: list[Message] = []
    given = fields.given
    with Unit(session) as unit:
        rule = queries.find(unit.connection, what)
        cells: dict[str, Any] = {}
        if "every" in given:
            if rule.kind != "cadence":
                raise errors.InvalidValue(
                    f"rule {rule.id} is about a date, not about staying in touch",
                    hint="delete it and add another",
                )
            cells["every_text"] = domain.read_every(given["every"])
        if "before" in given or given.get("yearly"):
            cells |= _date_options(given, rule.kind, rule.field)
        if any(given.get(name) for name in domain.SCOPES):
            cells |= _whom(unit, given, remarks)
        cells |= _options(given, rule.kind)
        after = rule._replace(**cells)
        if unit.update("reminder_rules", rule.id, rule._asdict(), cells):
            unit.update("reminder_rules", rule.id, rule._asdict(), {"updated_at": unit.at})
            if {"text", "owner"} & cells.keys():
                _reword(unit, rule, after)
        unit.count_records(1)
        body = unit.commit(f"edited the rule {after.named}", then=lambda _: _shown(session, after))
    return written(body, unit, [*remarks, *_problem(body, remarks)])


def pause(session: Session, what: str, *, paused: bool) -> Result:
    """Let a rule rest, or begin again; while it rests its open follow-ups are taken back.

    Raises NotFound.
    """
    with Unit(session) as unit:
        rule = queries.find(unit.connection, what)
        after = rule._replace(is_paused=int(paused))
        if unit.update("reminder_rules", rule.id, rule._asdict(), {"is_paused": int(paused)}):
            unit.update("reminder_rules", rule.id, rule._asdict(), {"updated_at": unit.at})
        unit.count_records(1)
        word = "paused" if paused else "resumed"
        body = unit.commit(f"{word} the rule {rule.named}", then=lambda _: _shown(session, after))
    return written(body, unit, _problem(body))


def delete(session: Session, what: str) -> Result:
    """Delete a rule, after asking; its open follow-ups are taken back, what was done stays.

    Raises NotFound, UsageError without --yes where nobody can answer, Refused for a no.
    """
    found = queries.record(session, queries.find(session.reader, what))
    number = found.values["open"]
    hanging = f" and take back {number} open follow-ups" if number else ""
    ask(session, f"Delete the rule {found.title}{hanging}?")
    with Unit(session) as unit:
        rule = queries.find(unit.connection, what)
        mine = {"rule_id": rule.id}
        unit.update_where(
            "follow_ups",
            {"rule_id": None, "state": "cancelled", "occurrence": None, "updated_at": unit.at},
            "t.rule_id = :rule_id AND t.state = 'open'",
            mine,
        )
        unit.update_where(
            "follow_ups", {"rule_id": None}, "t.rule_id = :rule_id AND t.state <> 'open'", mine
        )
        unit.delete("reminder_rules", rule.id)
        unit.count_records(1 + number)
        unit.commit(f"deleted the rule {rule.named}")
    return written(found, unit)


REFRESHED = (
    Column("made", "Made", Kind.INTEGER),
    Column("changed", "Changed", Kind.INTEGER),
    Column("taken_back", "Taken back", Kind.INTEGER),
)


def refresh_all(session: Session) -> Result:
    """Bring the follow-ups of all rules in line; says how many were made, changed, taken back."""
    from crm_cli.result import Result

    told = refresh(session)
    scored = 0
    if rules_in_force.may_score(session.reader):
        from crm_cli.services import scores_refresh

        scored = scores_refresh.refresh(session).changed
    values = {
        "made": told.made, "changed": told.changed, "taken_back": told.taken_back,
        "scored": scored,
    }  # fmt: skip
    remarks = [
        Message(f"rule {rule_id}: {problem}", Level.WARNING)
        for rule_id, problem in told.problems.items()
    ]
    if session.dry_run:
        remarks.append(Message("dry run: nothing was written"))
    elif told.is_nothing and not scored:
        remarks.append(Message("nothing changed"))
    body = Record(noun="refresh", values=values, title="Follow-ups of rules", id_key="made")
    return Result(body=body, messages=remarks)


# -- reading what was typed -------------------------------------------------------------------


def _what(unit: Unit, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return kind, every_text, field and lead_days."""
    spec = read_text(given["spec"], "rule")
    fields = store.date_fields(unit.connection)
    key = spec.lower().replace("-", "_").removeprefix("contact.")
    if key == "birthday" or key in fields:
        return {"kind": "date", "field": key, **_date_options(given, "date", key)}
    if domain.is_cadence(spec):
        if "before" in given or given.get("yearly"):
            raise errors.UsageError(
                f"{spec!r} is no date that something could be before",
                hint="--before and --yearly go with birthday and other date fields",
            )
        return {"kind": "cadence", "every_text": domain.read_every(spec)}
    from difflib import get_close_matches

    known = ["birthday", *fields]
    near = get_close_matches(key, known, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"{spec!r} is neither a cadence nor a date field",
        hint=f"{hint}write {domain.ACCEPTED}, or one of {', '.join(known)}",
    )


def _date_options(given: Mapping[str, Any], kind: str, field: str | None) -> dict[str, Any]:
    if kind != "date":
        raise errors.InvalidValue(
            "--before and --yearly go with a date", hint="--every changes a cadence"
        )
    cells: dict[str, Any] = {}
    if "before" in given:
        cells["lead_days"] = domain.read_lead(given["before"])
    if given.get("yearly") or field == "birthday":
        cells["every_text"] = "1 year"
    return cells


def _whom(unit: Unit, given: Mapping[str, Any], remarks: list[Message]) -> dict[str, Any]:
    """Return scope, scope_value and contact_id."""
    asked = [name for name in domain.SCOPES if given.get(name)]
    if len(asked) > 1:
        raise errors.UsageError(
            f"--{asked[0]} and --{asked[1]} say twice whom it is for", hint="leave one out"
        )
    scope = asked[0] if asked else "all"
    cells: dict[str, Any] = {"scope": scope, "scope_value": None, "contact_id": None}
    if scope == "tag":
        cells["scope_value"] = _tag(unit, given["tag"], remarks)
    elif scope == "segment":
        cells["scope_value"] = _segment(unit, given["segment"])
    elif scope == "where":
        from crm_cli.queries import filtering

        expression = read_text(given["where"], "filter", lines=True)
        remarks += filtering.read(unit.session, "contact", expression).remarks
        cells["scope_value"] = expression
    elif scope == "contact":
        from crm_cli.queries import resolve

        country = resolve.country_for(unit.session, given["contact"])
        cells["contact_id"] = resolve.contact_id(unit.connection, given["contact"], country=country)
    return cells


def _tag(unit: Unit, text: str, remarks: list[Message]) -> str:
    key = fold(read_text(text, "tag"))
    if not key:
        raise errors.InvalidValue(f"{text!r} is not a tag", hint="a tag is a word or two")
    if not store.has_tag(unit.connection, key):
        from crm_cli.services.contacts_tags import near_tag

        near = near_tag(unit.connection, key)
        remarks.append(Message(f"no contact has the tag {text!r} yet; {near}", Level.WARNING))
    return key


def _segment(unit: Unit, text: str) -> str:
    from crm_cli.queries import segments
    from crm_cli.store.segments import saved

    name = read_text(text, "segment")
    found = saved(unit.connection, fold(name))
    built_in = None if found else segments.rfm_name(unit.connection, name)
    if found is None and built_in is None:
        raise segments.unknown(unit.connection, name)
    return found.name if found else str(built_in)


def _options(given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return text, owner and window_days, as far as they were given."""
    cells: dict[str, Any] = {}
    if "text" in given:
        text = read_text(given["text"], "text", lines=True)
        if not text:
            raise errors.InvalidValue("the text is empty", hint="or: --unset text")
        domain.check_text(text, kind)
        cells["text"] = text
    if "owner" in given:
        cells["owner"] = read_text(given["owner"], "owner") or None
    if "window" in given:
        if kind != "cadence":
            raise errors.InvalidValue(
                "a date is not moved: there is nothing to spread", hint="leave --window out"
            )
        cells["window_days"] = domain.read_window(str(given["window"]))
    for name in given.get("unset", ()):
        key = name.lower().replace("-", "_").removesuffix("_days")
        if key not in UNSETTABLE:
            raise errors.InvalidValue(
                f"{name!r} cannot be unset", hint=f"it is one of {', '.join(UNSETTABLE)}"
            )
        cells[{"window": "window_days"}.get(key, key)] = None
    return cells


def _refuse_twin(unit: Unit, cells: Mapping[str, Any]) -> None:
    """Refuse a rule that says what another says: nobody wants two."""
    asked = (
        "kind", "every_text", "field", "lead_days", "scope", "scope_value", "contact_id"
    )  # fmt: skip
    defaults = {"lead_days": 0}
    wanted = tuple(cells.get(name, defaults.get(name)) for name in asked)
    for rule in store.listing(unit.connection):
        if tuple(getattr(rule, name) for name in asked) == wanted:
            raise errors.Duplicate(
                f"rule {rule.id} says that already", hint=f"crm remind rule edit {rule.id}"
            )


def _as_rule(rule_id: int, cells: Mapping[str, Any], unit: Unit) -> Rule:
    empty = dict.fromkeys(domain.Rule._fields)
    given = {**empty, "lead_days": 0, "is_paused": 0, **cells, "id": rule_id}
    return domain.Rule(**{**given, "created_at": unit.at, "updated_at": unit.at})


def _shown(session: Session, rule: Rule) -> Record:
    return queries.record(session, rule)


def _problem(body: Record, said: Sequence[Message] = ()) -> list[Message]:
    problem = body.values["problem"]
    if not problem or any(message.text.startswith(problem) for message in said):
        return []
    return [Message(problem, Level.WARNING)]


# -- texts and owners of what is open ---------------------------------------------------------


def _reword(unit: Unit, before: Rule, after: Rule) -> None:
    """Give a rule's open follow-ups its new text and owner; those that somebody changed by hand
    keep theirs."""
    rows = [row for row in store.made(unit.connection, None) if row.rule_id == before.id]
    worded = _worded(unit, before, after)
    for row in rows:
        found = worded.get((row.contact_id, row.purchase_id or 0))
        if row.state != "open" or found is None or row.occurrence is None:
            continue
        name, owner, age_on = found
        values = {"name": name, "date": row.occurrence[:10]}
        years = age_on(row.occurrence[:10])
        if years is not None:
            values["age"] = str(years)
        old, new = (
            domain.render(rule.text or domain.default_text(rule, years), values)
            for rule in (before, after)
        )
        cells: dict[str, Any] = {}
        if row.text == old != new:
            cells["text"] = new
        if row.owner == (before.owner or owner) != (after.owner or owner):
            cells["owner"] = after.owner or owner
        if cells:
            cells |= {"sequence": row.sequence + 1, "updated_at": unit.at}
            unit.update("follow_ups", row.id, row._asdict(), cells)


def _worded(
    unit: Unit, before: Rule, after: Rule
) -> dict[tuple[int, int], tuple[str, str | None, Callable[[str], int | None]]]:
    """Return (contact, purchase or 0) -> name, owner, and the age on a day."""
    from datetime import date
    from json import dumps

    connection = unit.connection
    if before.kind == "cadence":
        ids = {row.contact_id for row in store.made(connection, None) if row.rule_id == after.id}
        return {
            (person.id, 0): (person.name, person.owner, lambda _: None)
            for person in store.people(connection, dumps(sorted(ids)))
        }
    field_id = None
    if before.field != "birthday":
        field_id = store.date_fields(connection).get(str(before.field))
        if field_id is None:
            return {}
    everybody = store.Scope("1", {})
    found = store.dates(connection, before, field_id, everybody, None)

    def age_on(text: str) -> Callable[[str], int | None]:
        return lambda on: domain.age(text, date.fromisoformat(on))

    return {
        (one.contact_id, one.purchase_id): (one.name, one.owner, age_on(one.on)) for one in found
    }
