"""What each open lead is worth as a call, kept beside its score so that the next one is found
without reading all of them.

Worth is the weighted value in the business's currency (at the newest known rate), and half as
much again for each 50 points of score: value x probability x (1 + score / 100), rounded down. A
lead whose value nobody knows, or whose currency has no rate, is kept below zero: its chance in
basis points (up to 20000) less ``UNVALUED``, so that these stand in order too. The statements run
in the batch of the change, set-wise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.store.batch import Batch

UNVALUED = 20_001

LARGEST = 900_000_000_000_000
"""Minor units: a larger value counts as this, so that no product leaves the integers."""

_RATES = (
    "rates (currency, numerator, denominator) AS MATERIALIZED (SELECT key,"
    " json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:rates))"
)
_CHANCE = "coalesce(l.probability, s.probability) * (100 + coalesce(k.score, 0)) / 100"
_HOME = (
    f"min({LARGEST}, l.value / r.denominator * r.numerator"
    " + l.value % r.denominator * r.numerator / r.denominator)"
)
_WORTH = (
    f"CASE WHEN l.value IS NULL OR r.currency IS NULL THEN {_CHANCE} - {UNVALUED}"
    f" ELSE {_HOME} / 10000 * ({_CHANCE}) + {_HOME} % 10000 * ({_CHANCE}) / 10000 END"
)
_ROWS = f"""
SELECT l.id, {_WORTH}, l.stage_since
  FROM {{source}} CROSS JOIN stages s ON s.id = l.stage_id
       LEFT JOIN rates r ON r.currency = l.currency
       LEFT JOIN lead_scores k ON k.lead_id = l.id
 WHERE l.state = 'open'
"""

_TOUCHED = """
touched (id) AS MATERIALIZED (
    SELECT t.id FROM changes c CROSS JOIN leads t ON t.id BETWEEN c.first_id AND c.last_id
     WHERE c.entry_id = :entry AND c.table_name = 'leads' AND c.op <> 'delete'
     UNION
    SELECT t.id FROM changes c CROSS JOIN leads t ON t.stage_id BETWEEN c.first_id AND c.last_id
     WHERE c.entry_id = :entry AND c.table_name = 'stages' AND c.op = 'update')
"""
_NAMED = "named (id) AS MATERIALIZED (SELECT CAST(value AS INTEGER) FROM json_each(:ids))"

_KEEP = """
INSERT INTO lead_scores (lead_id, worth, since) {rows}
ON CONFLICT (lead_id) DO UPDATE SET worth = excluded.worth, since = excluded.since
 WHERE worth <> excluded.worth OR since <> excluded.since
"""


def _keep(names: str, source: str) -> str:
    return f"WITH {_RATES}{names} {_KEEP.format(rows=_ROWS.format(source=source))}"


_OF_TOUCHED = _keep(f", {_TOUCHED}", "touched q CROSS JOIN leads l ON l.id = q.id")
_OF_NAMED = _keep(f", {_NAMED}", "named q CROSS JOIN leads l ON l.id = q.id")
_OF_ALL = _keep("", "leads l")

_CLOSED = """
DELETE FROM lead_scores WHERE lead_id IN (
    SELECT k.lead_id
      FROM changes c CROSS JOIN lead_scores k ON k.lead_id BETWEEN c.first_id AND c.last_id
     WHERE c.entry_id = :entry AND c.table_name = 'leads'
       AND NOT EXISTS (SELECT 1 FROM leads l WHERE l.id = k.lead_id AND l.state = 'open'))
"""


def rates(connection: sqlite3.Connection, home: str, today: str) -> str:
    """Return what one minor unit of each currency that can be converted today is in ``home``: a
    JSON object of [numerator, denominator]."""
    import json

    newest = connection.execute(
        "SELECT base, quote, max(valid_on), rate FROM currency_rates WHERE valid_on <= ?"
        " GROUP BY base, quote",
        (today,),
    ).fetchall()
    found = {home: (1, 1)}
    if newest:
        from crm_cli import errors
        from crm_cli.domain.rates import RateBook

        book = RateBook(newest, home)
        for currency in sorted({code for row in newest for code in row[:2]}):
            try:
                found[currency] = book.minor_ratio(currency, home, today)
            except errors.RateMissing:
                continue
    return json.dumps(found)


def recompute(batch: Batch, entry_id: int, rates: str) -> None:
    """Append the statements that bring worth in line with what an entry changed."""
    batch.add(_CLOSED, {"entry": entry_id})
    batch.add(_OF_TOUCHED, {"entry": entry_id, "rates": rates})


def keep(batch: Batch, rates: str, ids: str | None) -> None:
    """Append the statement that computes the worth of leads (a JSON array; None: all) anew."""
    if ids is None:
        batch.add(_OF_ALL, {"rates": rates})
    else:
        batch.add(_OF_NAMED, {"rates": rates, "ids": ids})


def differences(connection: sqlite3.Connection, rates: str, limit: int = 20) -> list[str]:
    """Return a sentence for each lead whose worth is not what it should be by its kept score.

    Empty when all is well. Reads every lead.
    """
    wanted = f"{_ROWS.format(source='leads l')}"
    held = "SELECT lead_id, worth, since FROM lead_scores"
    found: list[str] = []
    for word, left, right in (("misses", wanted, held), ("has wrongly", held, wanted)):
        rows = connection.execute(
            f"WITH {_RATES} SELECT * FROM ({left}) EXCEPT SELECT * FROM ({right}) LIMIT :most",
            {"rates": rates, "most": limit},
        )
        found += [f"lead_scores {word} {row}" for row in rows.fetchall()]
    return found
