"""How filled the records of contacts are, by field and role, and whom to ask for what first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.clock import instant_text
from crm_cli.domain.custom_field import BUILT_IN, REQUIRABLE, key_of
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, scope
from crm_cli.result import Column, Kind, Report, Result
from crm_cli.store import fields as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from crm_cli.session import Session

DEFINITION = REPORTS["completeness"].definition

CORE = ("email", "phone", "city")
"""What a record should have where the owner requires nothing."""

PEOPLE_ONLY = frozenset({"first_name", "last_name", "company", "job_title", "birthday"})
"""Fields that a company need not have."""

_LISTS = {
    "email": "emails", "phone": "phones", "link": "links", "external_id": "external_ids",
    "tag": "contact_tags",
}  # fmt: skip
_ADDRESS = frozenset({"street", "city", "region", "postcode", "country"})
_COLUMNS = {"company": "company_id", "referred_by": "referred_by_id"}

ASK_COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("role", "Role"),
    Column("missing", "Missing", Kind.LIST),
    Column("email", "E-mail"),
    Column("phone", "Phone"),
    Column("orders", "Orders", Kind.INTEGER),
    Column("revenue", "Revenue", Kind.MONEY),
    Column("currency", "Currency"),
    Column("last_purchase_on", "Last purchase", Kind.DATE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletenessRequest:
    """What ``report completeness`` was asked: ``ask`` lists the contacts that lack something,
    ``field_name`` narrows that to one field, ``role`` the population."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    role: str | None = None
    ask: bool = False
    field_name: str | None = None


class Wanted(NamedTuple):
    """A field: its name, the condition that contact ``c`` has it, and whether it is required."""

    key: str
    filled: str
    is_required: bool = False
    is_custom: bool = False

    @property
    def applies(self) -> str:
        """The condition that contact ``c`` should have it."""
        return "c.kind = 'person'" if self.key in PEOPLE_ONLY else "1"


def wanted_fields(connection: sqlite3.Connection) -> list[Wanted]:
    """Return every field of a contact that may be empty, the owner's own ones last."""
    required = {row.key for row in store.required(connection, "contact") if row.kind == BUILT_IN}
    found = [
        Wanted(key, _filled(key), is_required=key in required) for key in REQUIRABLE["contact"]
    ]
    for own in store.fields(connection, "contact"):
        filled = (
            "EXISTS (SELECT 1 FROM field_values x"
            f" WHERE x.contact_id = c.id AND x.field_id = {own.id})"
        )
        found.append(Wanted(own.key, filled, is_required=bool(own.is_required), is_custom=True))
    return found


def _filled(key: str) -> str:
    if key in _LISTS:
        return f"EXISTS (SELECT 1 FROM {_LISTS[key]} x WHERE x.contact_id = c.id)"
    if key in _ADDRESS:
        return (
            f"EXISTS (SELECT 1 FROM addresses x WHERE x.contact_id = c.id AND x.{key} IS NOT NULL)"
        )
    return f"c.{_COLUMNS.get(key, key)} IS NOT NULL"


def report(session: Session, request: CompletenessRequest) -> Result:
    """Count who has what (``DEFINITION``).

    Rows: field, required, custom, records (those that should have it), filled, missing, rate, and
    ``roles``: role -> rate. Totals: records, complete (with everything asked for), rate (of these),
    asked_for (the fields). Rows of ``--ask``: contact_id, contact, role, missing (fields), email,
    phone, orders, revenue, currency, last_purchase_on; who ordered most comes first, then who
    ordered last.
    """
    chosen = scope.read(session, request.bounds)
    connection = session.reader
    everything = wanted_fields(connection)
    asked = [one for one in everything if one.is_required] or [
        one for one in everything if one.key in CORE
    ]
    population, parameters = _population(session, chosen, request.role)
    if request.ask or request.field_name is not None:
        if request.field_name is not None:
            asked = [_named(everything, request.field_name)]
        body = _to_ask(connection, chosen, asked, population, parameters)
    else:
        body = _filled_table(connection, chosen, everything, asked, population, parameters)
    return Result(body=body, messages=chosen.messages)


def _population(
    session: Session, chosen: scope.Scope, role: str | None
) -> tuple[str, dict[str, Any]]:
    """Return the condition on contacts ``c`` and its parameters."""
    from datetime import datetime, time, timedelta

    try:
        following = chosen.as_of + timedelta(days=1)
    except OverflowError:
        following = chosen.as_of
    midnight = datetime.combine(following, time(), session.zone)
    condition = "c.archived_at IS NULL AND c.created_at < :end"
    parameters: dict[str, Any] = {"end": instant_text(midnight)}
    if role is not None:
        from crm_cli.queries import picklists

        parameters["role"] = picklists.choose(session.reader, "role", role, with_retired=True)
        condition += " AND c.role = :role"
    return condition, parameters


def _named(fields: Sequence[Wanted], text: str) -> Wanted:
    key = key_of(text)
    for one in fields:
        if one.key == key:
            return one
    from difflib import get_close_matches

    names = [one.key for one in fields]
    near = get_close_matches(key, names, 1)
    guess = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"a contact has no field {text!r}", hint=f"{guess}fields are {', '.join(names)}"
    )


# -- by field and role ----------------------------------------------------------------------------


def _filled_table(
    connection: sqlite3.Connection, chosen: scope.Scope, fields: Sequence[Wanted],
    asked: Sequence[Wanted], population: str, parameters: dict[str, Any],
) -> Report:  # fmt: skip
    sums = ", ".join(f"sum({one.applies}), sum({one.applies} AND {one.filled})" for one in fields)
    lacks = " AND ".join(f"(NOT ({one.applies}) OR {one.filled})" for one in asked)
    counted = {
        role: figures
        for role, *figures in connection.execute(
            f"SELECT c.role, count(*), sum({lacks}), {sums} FROM contacts c WHERE {population}"
            " GROUP BY c.role ORDER BY count(*) DESC, c.role",
            parameters,
        ).fetchall()
    }
    rows = []
    for place, one in enumerate(fields):
        records = sum(figures[2 + 2 * place] for figures in counted.values())
        filled = sum(figures[3 + 2 * place] for figures in counted.values())
        rows.append(
            {
                "field": one.key,
                "required": one.is_required,
                "custom": one.is_custom,
                "records": records,
                "filled": filled,
                "missing": records - filled,
                "rate": _rate(filled, records),
                "roles": {
                    role: _rate(figures[3 + 2 * place], figures[2 + 2 * place])
                    for role, figures in counted.items()
                },
            }
        )
    # What to ask for first: what is required, then what most records have, as their neighbours do.
    keys = {one.key for one in asked}
    rows.sort(key=lambda row: (row["field"] not in keys, -(row["rate"] or 0)))
    everyone = sum(figures[0] for figures in counted.values())
    complete = sum(figures[1] for figures in counted.values())
    totals = {
        "records": everyone,
        "complete": complete,
        "rate": _rate(complete, everyone),
        "asked_for": [one.key for one in asked],
    }
    columns = (
        Column("field", "Field"), Column("required", "Required", Kind.FLAG),
        Column("filled", "Filled", Kind.INTEGER), Column("missing", "Missing", Kind.INTEGER),
        Column("rate", "Rate", Kind.RATE),
        *(Column(role, role.capitalize(), Kind.RATE) for role in counted),
    )  # fmt: skip
    cells = [
        (row["field"], row["required"], row["filled"], row["missing"], row["rate"],
         *row["roles"].values())
        for row in rows
    ]  # fmt: skip
    return Report(
        name="completeness",
        title=f"How filled contacts are as of {chosen.as_of}",
        definition=DEFINITION,
        parameters=chosen.parameters,
        rows=rows,
        totals=totals,
        columns=columns,
        cells=cells,
        notes=list(_notes(chosen, asked, totals)),
    )


def _notes(chosen: scope.Scope, asked: Sequence[Wanted], totals: dict[str, Any]) -> Iterable[str]:
    names = ", ".join(one.key for one in asked)
    yield (
        f"{totals['complete']} of {scope.counted(totals['records'], 'contact')} have all of {names}"
        + ("." if asked[0].is_required else "; crm field edit contact.FIELD --required says what.")
    )
    yield "Whom to ask first: --ask, or --missing FIELD."
    yield (
        f"Contacts made up to {chosen.as_of} with what they hold now. Left out: archived ones;"
        f" companies in {', '.join(sorted(PEOPLE_ONLY))}."
    )


# -- whom to ask ----------------------------------------------------------------------------------


def _to_ask(
    connection: sqlite3.Connection, chosen: scope.Scope, asked: Sequence[Wanted],
    population: str, parameters: dict[str, Any],
) -> Report:  # fmt: skip
    lacks = [f"(({one.applies}) AND NOT ({one.filled}))" for one in asked]
    rows = []
    for (
        contact_id,
        name,
        role,
        email,
        phone,
        orders,
        revenue,
        currency,
        last_on,
        *missing,
    ) in connection.execute(
        "SELECT c.id, c.name, c.role,"
        " (SELECT e.value FROM emails e WHERE e.contact_id = c.id"
        "   ORDER BY e.is_primary DESC, e.id LIMIT 1),"
        " (SELECT coalesce(p.value, p.raw) FROM phones p WHERE p.contact_id = c.id"
        "   ORDER BY p.is_primary DESC, p.id LIMIT 1),"
        f" coalesce(s.orders, 0), s.revenue, s.currency, s.last_on, {', '.join(lacks)}"
        "  FROM contacts c LEFT JOIN customers s ON s.contact_id = c.id"
        f" WHERE {population} AND ({' OR '.join(lacks)})"
        " ORDER BY coalesce(s.orders, 0) DESC, s.last_on DESC, c.id",
        parameters,
    ).fetchall():
        known = revenue is not None and currency is not None
        lacking = [one.key for one, lacks_it in zip(asked, missing, strict=True) if lacks_it]
        rows.append(
            {
                "contact_id": contact_id, "contact": name, "role": role,
                "missing": lacking,
                "email": email, "phone": phone, "orders": orders,
                "revenue": money_text(revenue, currency) if known else None,
                "currency": currency, "last_purchase_on": last_on,
            }
        )  # fmt: skip
    return Report(
        name="completeness",
        title=f"Whom to ask for {', '.join(one.key for one in asked)} as of {chosen.as_of}",
        definition="Who ordered most comes first, then who ordered last.",
        parameters=chosen.parameters,
        rows=rows,
        totals={"records": len(rows), "asked_for": [one.key for one in asked]},
        columns=ASK_COLUMNS,
        cells=[tuple(row.values()) for row in rows],
        notes=[f"{scope.counted(len(rows), 'contact')} lack something. Left out: archived ones."],
    )


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
