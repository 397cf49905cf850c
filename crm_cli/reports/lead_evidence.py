"""The leads behind a figure, in the same columns for every report on leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import money_text
from crm_cli.reports import local_days
from crm_cli.result import Column, Kind, Table
from crm_cli.store.leads import stage_names

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session

SHOWN = ("id", "contact", "title", "stage", "owner", "value", "currency", "probability",
         "expected_on", "age_days", "counted", "counted_currency")  # fmt: skip


def words(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return key -> name of the stages or pipelines; without the keys that two stages of
    different names have."""
    found: dict[str, str] = {}
    twice = set()
    for key, name in connection.execute(f"SELECT key, name FROM {table}").fetchall():
        if found.setdefault(key, name) != name:
            twice.add(key)
    return {key: name for key, name in found.items() if key not in twice}


def columns(connection: sqlite3.Connection) -> list[Column]:
    """Return the columns of leads behind a figure."""
    return [
        Column("id", "ID", Kind.ID),
        Column("contact_id", "Contact ID", Kind.ID),
        Column("contact", "Contact"),
        Column("title", "Lead"),
        Column("pipeline", "Pipeline", words=words(connection, "pipelines")),
        Column("stage", "Stage"),
        Column("state", "State"),
        Column("owner", "Owner"),
        Column("source", "Source"),
        Column("value", "Value", Kind.MONEY),
        Column("currency", "Currency"),
        Column("probability", "Probability", Kind.RATE),
        Column("forecast", "Forecast"),
        Column("expected_on", "Expected", Kind.DATE),
        Column("opened_on", "Opened", Kind.DATE),
        Column("closed_on", "Closed", Kind.DATE),
        Column("age_days", "Age", Kind.INTEGER),
        Column("stage_age_days", "In stage", Kind.INTEGER),
        Column("counted", "Counted as", Kind.MONEY),
        Column("counted_currency", "In"),
        Column("loss_reason", "Reason"),
        Column("competitor", "Competitor"),
    ]


def table(
    session: Session, chosen: LeadScope, found: States, counted: Mapping[int, int | None],
    *, days: Mapping[int, int | None] | None = None,
) -> Table:  # fmt: skip
    """Return leads with what each counts for, in minor units of the report's currency (None:
    without a value), and in a column more the days it is counted with. Both are by id."""
    import json

    rows = session.reader.execute(
        f"""
        WITH {found.sql}
        SELECT x.id, x.contact_id, c.name, x.title, p.key, s.key, x.state, x.owner, x.source,
               x.value, x.currency, x.probability, x.category, x.expected_on, x.opened_at,
               x.closed_at, x.stage_since, x.loss_reason, x.competitor
          FROM base x JOIN contacts c ON c.id = x.contact_id
               JOIN stages s ON s.id = x.stage_id JOIN pipelines p ON p.id = x.pipeline_id
         WHERE x.id IN (SELECT value FROM json_each(:ids)) ORDER BY x.id
        """,
        {**found.parameters, "ids": json.dumps(list(counted))},
    ).fetchall()
    made = list(_shown(rows, chosen, found, counted, local_days.Days(session.zone)))
    names = stage_names(session.reader)
    stages = [names[row[4], row[5]] for row in made]
    heads = [
        column._replace(texts=stages) if column.key == "stage" else column
        for column in columns(session.reader)
    ]
    shown = [*SHOWN]
    if days is not None:
        heads, shown = [*heads, Column("days", "Days", Kind.INTEGER)], [*SHOWN, "days"]
        made = [(*row, days.get(row[0])) for row in made]
    return Table(noun="lead", columns=heads, rows=made, default_columns=shown)


def _shown(
    rows: Iterable[tuple[Any, ...]], chosen: LeadScope, found: States,
    counted: Mapping[int, int | None], days: local_days.Days,
) -> Iterable[tuple[Any, ...]]:  # fmt: skip
    from datetime import date

    for row in rows:
        *head, value, currency, probability, category, expected, opened, closed, since = row[:-2]
        first = days.ordinal(opened)
        last = chosen.as_of.toordinal() if closed is None else days.ordinal(closed)
        amount = counted[row[0]]
        yield (
            *head,
            None if value is None else money_text(value, currency),
            currency,
            probability / 10000,
            category if closed is None else None,
            expected,
            date.fromordinal(first).isoformat(),
            None if closed is None else date.fromordinal(last).isoformat(),
            last - first,
            chosen.as_of.toordinal() - days.ordinal(since),
            None if amount is None else money_text(amount, found.currency),
            None if amount is None else found.currency,
            *row[-2:],
        )
