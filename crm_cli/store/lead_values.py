"""What the model of leads looks at: the value of each field, of closed leads as they were just
before they were closed, and how often each value was won and lost.

Left out is what winning or losing itself brings about: stage, probability, closing dates, loss
reason, the number of talks, and that the contact is a customer (whether it had bought before the
lead was opened is looked at instead). Owner and value are those before the closing: whoever
looks after a customer later, or the amount that was agreed, tells nothing of the odds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

CLOSED = "l.state <> 'open'"
OPEN = "l.state = 'open'"
NAMED = "l.id IN (SELECT CAST(value AS INTEGER) FROM json_each(:ids))"

MOST_TAGS = 50
"""Tags that the model looks at, the most used ones."""

Cuts = dict[str, list[int]]
"""Currency -> the three amounts (minor units) from which a value is in the next quarter."""

# The terms in force just before a closed lead was closed: of those kept, the first that held up
# to then or beyond; the lead's own where none did.
_TERMS = (
    " LEFT JOIN lead_terms t ON l.state <> 'open' AND t.id = (SELECT x.id FROM lead_terms x"
    " WHERE x.lead_id = l.id AND x.until_at >= l.closed_at ORDER BY x.until_at, x.id LIMIT 1)"
)


def _term(name: str) -> str:
    return f"CASE WHEN t.id IS NULL THEN l.{name} ELSE t.{name} END"


def _address(alias: str, column: str) -> str:
    """Return the join of a contact's first address that has a column."""
    return (
        f" LEFT JOIN addresses {alias} ON {alias}.id = (SELECT min(x.id) FROM addresses x"
        f" WHERE x.contact_id = l.contact_id AND x.{column} IS NOT NULL)"
    )


_BOUGHT = (
    "CASE WHEN EXISTS (SELECT 1 FROM customers u WHERE u.contact_id = l.contact_id"
    " AND u.first_on < substr(l.opened_at, 1, 10)) THEN 'yes' ELSE 'no' END"
)

_FIELDS = {
    "source": "lower(trim(l.source))",
    "campaign": "lower(trim(l.campaign))",
    "owner": f"lower(trim({_term('owner')}))",
    "pipeline": "p.key",
    "referrer": "CASE WHEN l.referred_by_id IS NULL THEN 'no' ELSE 'yes' END",
    "kind": "c.kind",
    "bought before": _BOUGHT,
    "country": "lower(trim(in_country.country))",
    "city": "lower(trim(in_city.city))",
}
"""Field of which a lead has one value at most -> it in SQL; NULL or empty: missing."""

# The lead first: each of these is one row found by its number.
_FROM = (
    "leads l CROSS JOIN contacts c ON c.id = l.contact_id CROSS JOIN stages s ON s.id = l.stage_id"
    " CROSS JOIN pipelines p ON p.id = s.pipeline_id"
    f"{_TERMS}{_address('in_country', 'country')}{_address('in_city', 'city')}"
)

_TAGS = (
    "SELECT l.id AS lead_id, l.state AS state, 'tag ' || g.key AS field, 'yes' AS value"
    " FROM leads l JOIN lead_tags b ON b.lead_id = l.id JOIN tags g ON g.id = b.tag_id"
    " WHERE {which}"
)
_CUSTOM = (
    "SELECT l.id, l.state, 'field ' || f.key, CASE f.kind WHEN 'flag' THEN"
    " CASE v.number WHEN 0 THEN 'no' ELSE 'yes' END ELSE v.text END"
    " FROM leads l JOIN field_values v ON v.lead_id = l.id JOIN fields f ON f.id = v.field_id"
    " WHERE {which} AND f.kind IN ('choice', 'flag') AND NOT f.is_retired"
)


class _Reading(NamedTuple):
    """How the values of leads are read: ``wide`` is SQL for lead, state and a column for each of
    ``names``, by lead; ``others`` for (lead, state, field, value) of the tags and the custom
    fields that a lead has."""

    names: Sequence[str]
    wide: str
    others: str
    parameters: dict[str, Any]


def _reading(which: str, cuts: Cuts) -> _Reading:
    """Return how the leads are read that a condition on ``l`` names."""
    fields = dict(_FIELDS)
    parameters: dict[str, Any] = {}
    if cuts:
        currency, value = _term("currency"), _term("value")
        cases = []
        for number, (code, amounts) in enumerate(sorted(cuts.items())):
            parameters[f"code{number}"] = code
            parameters.update({f"cut{number}_{at}": cut for at, cut in enumerate(amounts)})
            above = " + ".join(f"({value} >= :cut{number}_{at})" for at in range(len(amounts)))
            cases.append(f"WHEN :code{number} THEN CAST(1 + {above} AS TEXT)")
        fields["value"] = f"CASE {currency} {' '.join(cases)} END"
    columns = ", ".join(f'{value} AS "{name}"' for name, value in fields.items())
    return _Reading(
        tuple(fields),
        f"SELECT l.id AS lead_id, l.state AS state, {columns} FROM {_FROM} WHERE {which}"
        " ORDER BY l.id",
        f"{_TAGS.format(which=which)} UNION ALL {_CUSTOM.format(which=which)}",
        parameters,
    )


# -- learning -------------------------------------------------------------------------------------


def quarters(connection: sqlite3.Connection) -> Cuts:
    """Return the values that part closed leads into quarters, in each currency of four or more:
    the 1/4, 2/4 and 3/4 of them in order, each counted to the quarter above."""
    rows = connection.execute(
        f"""
        WITH valued AS (
            SELECT {_term("currency")} AS currency, {_term("value")} AS value
              FROM leads l{_TERMS} WHERE {CLOSED}
        ), placed AS (
            SELECT currency, value,
                   row_number() OVER (PARTITION BY currency ORDER BY value) - 1 AS place,
                   count(*) OVER (PARTITION BY currency) AS size
              FROM valued WHERE value IS NOT NULL
        )
        SELECT currency, value FROM placed
         WHERE size >= 4 AND place IN (size / 4, size / 2, 3 * size / 4)
         ORDER BY currency, value
        """
    )
    found: Cuts = {}
    for currency, value in rows.fetchall():
        found.setdefault(currency, []).append(value)
    return found


def cases(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return how many leads were won, and how many lost."""
    row: tuple[int, int] = connection.execute(
        "SELECT coalesce(sum(l.state = 'won'), 0), coalesce(sum(l.state = 'lost'), 0)"
        f" FROM leads l WHERE {CLOSED}"
    ).fetchone()
    return row


def counts(connection: sqlite3.Connection, cuts: Cuts) -> list[tuple[str, str, int, int]]:
    """Return (field, value, won, lost) over all closed leads, by field and value; the row of
    field '' is all of them. Of a tag there are yes and no."""
    reading = _reading(CLOSED, cuts)
    won, lost = cases(connection)
    counted = "sum(state = 'won'), sum(state = 'lost')"
    parts = [
        f"""SELECT '{name}', "{name}", {counted} FROM wide WHERE "{name}" <> '' GROUP BY 2"""
        for name in reading.names
    ]
    rows = connection.execute(
        f"WITH wide AS MATERIALIZED ({reading.wide}) {' UNION ALL '.join(parts)}"
        f" UNION ALL SELECT field, value, {counted} FROM ({reading.others})"
        " WHERE value <> '' GROUP BY field, value",
        reading.parameters,
    ).fetchall()
    tags = sorted(
        (row for row in rows if row[0].startswith("tag ")), key=lambda row: (-row[2] - row[3], row)
    )
    others = [row for row in rows if not row[0].startswith("tag ")]
    for row in tags[:MOST_TAGS]:
        others.append(row)
        without = (row[0], "no", won - row[2], lost - row[3])
        if without[2:] != (0, 0):  # on every closed lead: "no" was never seen
            others.append(without)
    return sorted([("", "", won, lost), *others])


# -- what was learnt ------------------------------------------------------------------------------


def learnt(connection: sqlite3.Connection) -> tuple[list[tuple[str, str, int, int]], Cuts]:
    """Return the frequencies the model was last learnt from, as ``counts`` does, and the cuts."""
    rows = connection.execute("SELECT field, value, won, lost FROM score_counts ORDER BY id")
    found = rows.fetchall()
    cuts = [row[1] for row in found if row[0] == "#cuts"]
    return [row for row in found if row[0][:1] != "#"], json.loads(cuts[0]) if cuts else {}


def learnt_on(connection: sqlite3.Connection) -> str | None:
    """Return the day the model was last learnt, None where none is kept."""
    row = connection.execute("SELECT value FROM score_counts WHERE field = '#learnt'").fetchone()
    return row[0] if row else None


def rows_to_keep(
    frequencies: Sequence[tuple[str, str, int, int]], cuts: Cuts, today: str
) -> list[tuple[int, str, str, int, int]]:
    """Return the rows of ``score_counts`` for what was learnt today."""
    beside = {"#cuts": json.dumps(cuts, sort_keys=True), "#learnt": today}
    named = [*frequencies, *((field, value, 0, 0) for field, value in beside.items())]
    return [(number, *row) for number, row in enumerate(named, start=1)]


# -- reading --------------------------------------------------------------------------------------


def of_leads(
    connection: sqlite3.Connection, which: str, cuts: Cuts, tags: Sequence[str],
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[tuple[int, str, list[tuple[str, str]]]]:  # fmt: skip
    """Yield (lead, state, its (field, value) pairs) of the leads that a condition on ``l`` names,
    by id. ``tags`` are the fields of tags that the model knows (``tag vip``)."""
    reading = _reading(which, cuts)
    given = {**reading.parameters, **(parameters or {})}
    known = frozenset(tags)
    others: dict[int, dict[str, str]] = {}
    for lead_id, _, field, value in connection.execute(
        f"SELECT * FROM ({reading.others}) WHERE value <> ''", given
    ):
        if field in known or not field.startswith("tag "):
            others.setdefault(lead_id, {})[field] = value
    untagged = [(tag, "no") for tag in tags]
    for lead_id, state, *values in connection.execute(reading.wide, given):
        pairs = [pair for pair in zip(reading.names, values, strict=True) if pair[1]]
        mine = others.get(lead_id)
        if mine is None:
            pairs += untagged
        else:
            pairs += mine.items()
            pairs += [pair for pair in untagged if pair[0] not in mine]
        yield lead_id, state, pairs
