"""How filled the records of contacts are, by field and role, and whom to ask for what first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli.domain.custom_field import PEOPLE_ONLY
from crm_cli.domain.rounding import ratio
from crm_cli.reports import REPORTS, completeness_lists, completeness_others, scope
from crm_cli.reports.completeness_fields import (
    asked_for,
    complete,
    named,
    outside,
    population_of,
    wanted_fields,
)
from crm_cli.result import Column, Kind, Report, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm_cli.reports.completeness_fields import Wanted
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

DEFINITION = REPORTS["completeness"].definition


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletenessRequest:
    """What ``report completeness`` was asked: ``ask`` lists the contacts that lack something,
    ``field_name`` narrows that to one field, ``role`` the population; ``of``: which records."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    role: str | None = None
    ask: bool = False
    field_name: str | None = None
    of: str = "contact"


def report(session: Session, request: CompletenessRequest) -> Result:
    """Count who has what (``DEFINITION``).

    Rows: field, required, custom, records (those that should have it), filled, missing, rate, and
    ``roles``: role -> rate. Totals: records, complete (with everything asked for), rate (of these),
    asked_for (the fields). Rows of ``--ask``: contact_id, contact, role, missing (fields), email,
    phone, orders, revenue, currency, last_purchase_on; who ordered most comes first, then who
    ordered last.
    """
    if request.of != "contact":
        completeness_others.check(request.of, request.role, request.bounds)
    if request.of == "lead":
        return _of_leads(session, request)
    chosen = scope.read(session, request.bounds)
    if request.of != "contact":
        body, said = completeness_others.report(
            session, chosen, request.of, request.field_name, ask=request.ask
        )
        return scope.result(chosen, body, said=said)
    connection = chosen.reader(session)
    everything = wanted_fields(session.reader)
    asked = asked_for(everything)
    population, parameters = population_of(session, chosen, request.role)
    if request.ask or request.field_name is not None:
        if request.field_name is not None:
            asked = [named(everything, request.field_name)]
        body = completeness_lists.to_ask(connection, chosen, asked, population, parameters)
    else:
        body = _filled_table(connection, chosen, everything, asked, population, parameters)
    said = outside(session, chosen, population, parameters)
    return scope.result(chosen, body, said=said)


def _of_leads(session: Session, request: CompletenessRequest) -> Result:
    """Count what open leads have. ``--where`` is a filter of leads, ``--segment`` one of their
    contacts."""
    from crm_cli.reports import lead_state

    chosen = lead_state.read(session, request.bounds)
    body, _ = completeness_others.report(
        session, chosen, "lead", request.field_name, ask=request.ask
    )
    return Result(body=lead_state.noted(chosen, body), messages=chosen.messages)


# -- by field and role ----------------------------------------------------------------------------


def _filled_table(
    connection: Reader, chosen: scope.Scope, fields: Sequence[Wanted],
    asked: Sequence[Wanted], population: str, parameters: dict[str, Any],
) -> Report:  # fmt: skip
    sums = ", ".join(f"sum({one.applies}), sum({one.applies} AND {one.filled})" for one in fields)
    counted = {
        role: figures
        for role, *figures in connection.execute(
            f"SELECT c.role, count(*), sum({complete(asked)}), {sums} FROM contacts c"
            f" WHERE {population} GROUP BY c.role ORDER BY count(*) DESC, c.role",
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
                "rate": ratio(filled, records),
                "roles": {
                    role: ratio(figures[3 + 2 * place], figures[2 + 2 * place])
                    for role, figures in counted.items()
                },
            }
        )
    # What to ask for first: what is required, then what most records have, as their neighbours do.
    keys = {one.key for one in asked}
    rows.sort(key=lambda row: (row["field"] not in keys, -(row["rate"] or 0)))
    everyone = sum(figures[0] for figures in counted.values())
    whole = sum(figures[1] for figures in counted.values())
    totals = {
        "records": everyone,
        "complete": whole,
        "rate": ratio(whole, everyone),
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
        parameters={**chosen.parameters, "of": "contact"},
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
