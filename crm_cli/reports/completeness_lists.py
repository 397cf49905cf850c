"""Contacts by what they have and lack: whom to ask first, and who stands behind a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import money_text
from crm_cli.reports import completeness_others, scope
from crm_cli.reports.completeness_fields import (
    asked_for,
    complete,
    named,
    outside,
    population_of,
    wanted_fields,
)
from crm_cli.reports.evidence import ALL, Cell, Found, check_column
from crm_cli.result import Column, Kind, Report, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.reports.completeness_fields import Wanted
    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

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


def to_ask(
    connection: Reader, chosen: scope.Scope, asked: Sequence[Wanted],
    population: str, parameters: dict[str, Any],
) -> Report:  # fmt: skip
    """Return who lacks one of some fields, who ordered most first."""
    lacks = " OR ".join(f"({one.applies}) AND NOT ({one.filled})" for one in asked)
    rows = _listed(connection, asked, f"{population} AND ({lacks})", parameters)
    return Report(
        name="completeness",
        title=f"Whom to ask for {', '.join(one.key for one in asked)} as of {chosen.as_of}",
        definition="Who ordered most comes first, then who ordered last.",
        parameters={**chosen.parameters, "of": "contact"},
        rows=rows,
        totals={"records": len(rows), "asked_for": [one.key for one in asked]},
        columns=ASK_COLUMNS,
        cells=[tuple(row.values()) for row in rows],
        notes=[f"{scope.counted(len(rows), 'contact')} lack something. Left out: archived ones."],
    )


def _listed(
    connection: Reader, asked: Sequence[Wanted], where: str,
    parameters: dict[str, Any],
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the contacts ``c`` for which ``where`` holds, and which of ``asked`` each lacks."""
    lacks = ", ".join(f"(({one.applies}) AND NOT ({one.filled}))" for one in asked)
    found = connection.execute(
        "SELECT c.id, c.name, c.role,"
        " (SELECT e.value FROM emails e WHERE e.contact_id = c.id"
        "   ORDER BY e.is_primary DESC, e.id LIMIT 1),"
        " (SELECT coalesce(p.value, p.raw) FROM phones p WHERE p.contact_id = c.id"
        "   ORDER BY p.is_primary DESC, p.id LIMIT 1),"
        f" coalesce(s.orders, 0), s.revenue, s.currency, s.last_on, {lacks}"
        "  FROM contacts c LEFT JOIN customers s ON s.contact_id = c.id"
        f" WHERE {where} ORDER BY coalesce(s.orders, 0) DESC, s.last_on DESC, c.id",
        parameters,
    ).fetchall()
    rows = []
    for contact_id, name, role, email, phone, orders, revenue, currency, last_on, *lacking in found:
        known = revenue is not None and currency is not None
        rows.append(
            {
                "contact_id": contact_id, "contact": name, "role": role,
                "missing": [one.key for one, lacks in zip(asked, lacking, strict=True) if lacks],
                "email": email, "phone": phone, "orders": orders,
                "revenue": money_text(revenue, currency) if known else None,
                "currency": currency, "last_purchase_on": last_on,
            }
        )  # fmt: skip
    return rows


def explained(session: Session, request: ExplainRequest, chosen: scope.Scope, cell: Cell) -> Found:
    """Return the contacts behind a figure: FIELD:missing, FIELD:filled, FIELD:records, FIELD:ROLE
    (those of the role that have it), all:complete, all:records.

    Raises InvalidValue for a field or a column that is none.
    """
    of = request.of or "contact"
    if of != "contact":
        completeness_others.check(of, None, request.bounds)
        if of == "lead":
            from crm_cli.reports import lead_state

            leads = lead_state.read(session, request.bounds)
            return completeness_others.explained(session, of, leads, cell)
        return completeness_others.explained(session, of, chosen, cell)
    connection = chosen.reader(session)
    everything = wanted_fields(session.reader)
    asked = asked_for(everything)
    population, parameters = population_of(session, chosen, None)
    said = outside(session, chosen, population, parameters)
    if cell.row == ALL:
        check_column(cell.column, ("complete", "records", "rate"), "completeness")
        if cell.column != "records":
            population += f" AND {complete(asked)}"
        wanted = asked
    else:
        wanted = [named(everything, cell.row)]
        (one,) = wanted
        roles = [role for (role,) in connection.execute("SELECT DISTINCT role FROM contacts")]
        columns = ("filled", "missing", "rate", "records", *roles)
        check_column(cell.column, columns, "completeness")
        population += f" AND {one.applies}"
        if cell.column == "missing":
            population += f" AND NOT ({one.filled})"
        elif cell.column != "records":
            population += f" AND {one.filled}"
        if cell.column in roles:
            population += " AND c.role = :role"
            parameters["role"] = cell.column
    rows = _listed(connection, wanted, population, parameters)
    table = Table(
        noun="contact", columns=ASK_COLUMNS, rows=[tuple(row.values()) for row in rows],
        id_key="contact_id",
    )  # fmt: skip
    return Found(table, [*said, f"Contacts made up to {chosen.as_of}. Left out: archived ones."])
