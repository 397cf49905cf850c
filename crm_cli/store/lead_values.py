"""What the model of leads looks at: the value of each field, of closed leads as they were just
before they were closed, and how often each value was won and lost.

Left out is what winning or losing itself brings about: stage, probability, closing dates, loss
reason, the number of talks, and that the contact is a customer (whether it had bought before the
lead was opened is looked at instead). Owner and value are those before the closing: whoever
looks after a customer later, or the amount that was agreed, tells nothing of the odds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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


_ADDRESS = (
    " JOIN addresses a ON a.id = (SELECT min(x.id) FROM addresses x"
    " WHERE x.contact_id = l.contact_id AND x.{0} IS NOT NULL)"
)

_BOUGHT = (
    "CASE WHEN EXISTS (SELECT 1 FROM customers u WHERE u.contact_id = l.contact_id"
    " AND u.first_on < substr(l.opened_at, 1, 10)) THEN 'yes' ELSE 'no' END"
)

_FIELDS: dict[str, tuple[str, str]] = {
    "source": ("lower(trim(l.source))", ""),
    "campaign": ("lower(trim(l.campaign))", ""),
    "owner": (f"lower(trim({_term('owner')}))", _TERMS),
    "pipeline": (
        "p.key", " JOIN stages s ON s.id = l.stage_id JOIN pipelines p ON p.id = s.pipeline_id"
    ),
    "referrer": ("CASE WHEN l.referred_by_id IS NULL THEN 'no' ELSE 'yes' END", ""),
    "kind": ("c.kind", " JOIN contacts c ON c.id = l.contact_id"),
    "bought before": (_BOUGHT, ""),
    "country": ("lower(trim(a.country))", _ADDRESS.format("country")),
    "city": ("lower(trim(a.city))", _ADDRESS.format("city")),
}  # fmt: skip
"""Field -> its value in SQL (NULL or empty: missing), and the tables joined to the lead for it."""

_TAG = (
    "SELECT l.id, l.state, 'tag ' || g.key, 'yes' FROM leads l JOIN lead_tags b ON b.lead_id = l.id"
    " JOIN tags g ON g.id = b.tag_id WHERE {which}"
)
_CUSTOM = (
    "SELECT l.id, l.state, 'field ' || f.key, CASE f.kind WHEN 'flag' THEN"
    " CASE v.number WHEN 0 THEN 'no' ELSE 'yes' END ELSE v.text END"
    " FROM leads l JOIN field_values v ON v.lead_id = l.id JOIN fields f ON f.id = v.field_id"
    " WHERE {which} AND f.kind IN ('choice', 'flag') AND NOT f.is_retired"
)


def _values(which: str, cuts: Cuts) -> tuple[str, dict[str, Any]]:
    """Return SQL for (lead, state, field, value) of the leads that a condition on ``l`` names,
    and its parameters; of tags only those that a lead has."""
    parts = [
        f"SELECT l.id AS lead_id, l.state AS state, '{name}' AS field, {value} AS value"
        f" FROM leads l{joined} WHERE {which}"
        for name, (value, joined) in _FIELDS.items()
    ]
    parts += [_TAG.format(which=which), _CUSTOM.format(which=which)]
    parameters: dict[str, Any] = {}
    if cuts:
        currency, value = _term("currency"), _term("value")
        cases = []
        for number, (code, amounts) in enumerate(sorted(cuts.items())):
            parameters[f"code{number}"] = code
            parameters.update({f"cut{number}_{at}": cut for at, cut in enumerate(amounts)})
            above = " + ".join(f"({value} >= :cut{number}_{at})" for at in range(len(amounts)))
            cases.append(f"WHEN :code{number} THEN CAST(1 + {above} AS TEXT)")
        parts.append(
            f"SELECT l.id, l.state, 'value', CASE {currency} {' '.join(cases)} END"
            f" FROM leads l{_TERMS} WHERE {which}"
        )
    return " UNION ALL ".join(parts), parameters


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


def counts(connection: sqlite3.Connection, cuts: Cuts) -> list[tuple[str, str, int, int]]:
    """Return (field, value, won, lost) over all closed leads, by field and value; the row of
    field '' is all of them. Of a tag there are yes and no."""
    values, parameters = _values(CLOSED, cuts)
    won, lost = connection.execute(
        f"SELECT coalesce(sum(l.state = 'won'), 0), coalesce(sum(l.state = 'lost'), 0)"
        f" FROM leads l WHERE {CLOSED}"
    ).fetchone()
    rows = connection.execute(
        f"SELECT field, value, sum(state = 'won'), sum(state = 'lost') FROM ({values})"
        " WHERE value <> '' GROUP BY field, value ORDER BY field, value",
        parameters,
    ).fetchall()
    tags = sorted(
        (row for row in rows if row[0].startswith("tag ")), key=lambda row: (-row[2] - row[3], row)
    )
    others = [row for row in rows if not row[0].startswith("tag ")]
    for row in tags[:MOST_TAGS]:
        others += [row, (row[0], "no", won - row[2], lost - row[3])]
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
    """Yield (lead, state, its (field, value) pairs in order) of the leads that a condition on
    ``l`` names. ``tags`` are the fields of tags that the model knows (``tag vip``)."""
    sql, mine = _values(which, cuts)
    rows = connection.execute(
        f"SELECT lead_id, state, field, value FROM ({sql}) WHERE value <> ''"
        " ORDER BY lead_id, field",
        {**mine, **(parameters or {})},
    )
    known = frozenset(tags)
    lead_id, state, pairs = 0, "", list[tuple[str, str]]()
    for row_id, row_state, field, value in rows:
        if row_id != lead_id:
            if lead_id:
                yield lead_id, state, _with_tags(pairs, tags)
            lead_id, state, pairs = row_id, row_state, []
        if not field.startswith("tag ") or field in known:
            pairs.append((field, value))
    if lead_id:
        yield lead_id, state, _with_tags(pairs, tags)


def _with_tags(pairs: list[tuple[str, str]], tags: Sequence[str]) -> list[tuple[str, str]]:
    had = {field for field, _ in pairs}
    return pairs + [(tag, "no") for tag in tags if tag not in had]
