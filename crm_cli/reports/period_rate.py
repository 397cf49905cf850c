"""The period retention rate: of the customers of one period, how many order in the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain import periods
from crm_cli.domain.rounding import ratio
from crm_cli.reports import source
from crm_cli.reports.retention import PERIOD_RATE_DEFINITION
from crm_cli.reports.sales import MOST_FILLED
from crm_cli.reports.scope import result
from crm_cli.result import Column, Kind, Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm_cli.reports.scope import Scope
    from crm_cli.result import Result
    from crm_cli.store.population import Reader

COLUMNS = (
    Column("period", "Period"),
    Column("start", "Before (S)", Kind.INTEGER),
    Column("end", "Active (E)", Kind.INTEGER),
    Column("new", "New (N)", Kind.INTEGER),
    Column("rate", "(E-N)/S", Kind.RATE),
    Column("kept", "Kept", Kind.INTEGER),
    Column("kept_rate", "Kept/S", Kind.RATE),
)


def report(connection: Reader, chosen: Scope, unit: str) -> Result:
    """Return (E - N) / S and the share kept, by period (``PERIOD_RATE_DEFINITION``).

    Rows: period, start (S), end (E), new (N), rate, kept, kept_rate; rates are null where
    nobody ordered in the period before.
    """
    found = source.days(connection, chosen.sql["as_of"], chosen.home, with_money=False)
    sql = f"""
    WITH {found.sql},
    visits AS (
        SELECT DISTINCT contact_id, {source.PERIOD_NUMBER[unit].format(day="day")} AS period
          FROM days WHERE orders > 0
    ),
    steps AS (
        SELECT period, lag(period) OVER (PARTITION BY contact_id ORDER BY period) AS previous
          FROM visits
    )
    SELECT period, count(*), sum(previous IS NULL), sum(previous IS period - 1)
      FROM steps GROUP BY period
    """
    counted = {row[0]: row[1:] for row in connection.execute(sql, found.parameters).fetchall()}
    final = periods.number_of(chosen.as_of, unit)
    first = periods.number_of(chosen.since, unit) if chosen.since else 0
    last = periods.number_of(chosen.until, unit) if chosen.until else final
    rows = []
    shown: Iterable[int] = range(min(counted, default=final + 1), final + 1)
    is_long = len(range(max(first, min(counted, default=final + 1)), final + 1)) > MOST_FILLED
    if is_long:
        # One wrong year would make a row of nothing for each period since.
        shown = sorted({*counted, *(number + 1 for number in counted if number < final)})
    for number in shown:
        if not first <= number <= last:
            continue
        start = counted.get(number - 1, (0, 0, 0))[0]
        end, new, kept = counted.get(number, (0, 0, 0))
        rows.append(
            {
                "period": periods.label(number, unit),
                "start": start,
                "end": end,
                "new": new,
                "rate": ratio(end - new, start),
                "kept": kept,
                "kept_rate": ratio(kept, start),
                "complete": periods.is_closed(number, unit, chosen.as_of),
            }
        )
    notes = [f"As of {chosen.as_of}; {chosen.span('periods')}."]
    if is_long:
        notes.append("Left out: periods in which and before which nobody ordered.")
    is_open = bool(rows) and not rows[-1]["complete"]
    if is_open:
        notes.append(f"{rows[-1]['period']} is not over.")
    keys = [column.key for column in COLUMNS]
    body = Report(
        name="retention",
        title=f"Period retention rate by {unit} as of {chosen.as_of}",
        definition=PERIOD_RATE_DEFINITION,
        parameters={**chosen.parameters, "by": unit, "period_rate": True},
        rows=rows,
        totals={"periods": len(rows)},
        columns=(*COLUMNS, Column("complete", "Closed", Kind.FLAG)),
        default_columns=keys,
        cells=[tuple(row[key] for key in (*keys, "complete")) for row in rows],
        notes=notes,
        open_cells=frozenset(
            (len(rows) - 1, column) for column in range(2, len(COLUMNS)) if is_open
        ),
    )
    return result(chosen, body)
