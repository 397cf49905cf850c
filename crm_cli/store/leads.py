"""Leads: every SQL statement that reads them one by one, and how likely and worth what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.store.filters import Chosen

COLUMNS = (
    "id", "uid", "contact_id", "title", "folded", "stage_id", "state", "probability", "value",
    "currency", "expected_on", "forecast", "source", "campaign", "referred_by_id", "owner",
    "opened_at", "stage_since", "closed_at", "loss_reason", "competitor", "notes", "purchase_id",
    "route_id", "external_id", "fingerprint", "created_at", "updated_at",
)  # fmt: skip


class Lead(NamedTuple):
    """One lead with the names around it. ``probability`` (its own or its stage's, basis points)
    and ``weighted`` (minor units) are those that every figure uses; ``forecast`` is its owner's
    own word, ``tags`` one text, parted by U+001F; instants are UTC text."""

    id: int
    contact_id: int
    contact: str
    title: str
    stage: str
    state: str
    probability: int
    value: int | None
    currency: str | None
    weighted: int | None
    score: int | None
    expected_on: str | None
    source: str | None
    campaign: str | None
    owner: str | None
    next_follow_up_on: str | None
    opened_at: str
    stage_since: str
    closed_at: str | None
    loss_reason: str | None
    competitor: str | None
    uid: str
    pipeline: str
    forecast: str | None
    referred_by_id: int | None
    referred_by_name: str | None
    tags: str | None
    notes: str | None
    rotten_days: int | None
    purchase_id: int | None
    external_id: str | None
    created_at: str
    updated_at: str
    stage_name: str


PROBABILITY = (
    "CASE l.state WHEN 'open' THEN coalesce(l.probability, s.probability)"
    " WHEN 'won' THEN 10000 ELSE 0 END"
)
"""How likely a lead (``l``, in the stage ``s``) is won, in basis points; ``domain.lead``."""


def weighted_sql(value: str, odds: str) -> str:
    """Return value times odds, rounded once, as a term of SQL; ``domain.lead.weighted``.

    In two parts, for the product of the largest value would leave the integers.
    """
    return f"({value} / 10000 * ({odds}) + ({value} % 10000 * ({odds}) + 5000) / 10000)"


WEIGHTED = weighted_sql("l.value", PROBABILITY)

_ELSEWHERE = {
    "contact": "c.name",
    "stage": "s.key",
    "stage_name": "s.name",
    "pipeline": "p.key",
    "probability": PROBABILITY,
    "weighted": WEIGHTED,
    "score": "(SELECT z.score FROM lead_scores z WHERE z.lead_id = l.id)",
    "next_follow_up_on": "(SELECT min(f.due_on) FROM follow_ups f"
    " WHERE f.lead_id = l.id AND f.state = 'open')",
    "referred_by_name": "(SELECT r.name FROM contacts r WHERE r.id = l.referred_by_id)",
    "tags": "(SELECT group_concat(label, char(31)) FROM (SELECT t.label FROM lead_tags lt"
    " JOIN tags t ON t.id = lt.tag_id WHERE lt.lead_id = l.id ORDER BY t.key))",
    "rotten_days": "s.rotten_days",
}

FROM = (
    "leads l JOIN contacts c ON c.id = l.contact_id JOIN stages s ON s.id = l.stage_id"
    " JOIN pipelines p ON p.id = s.pipeline_id"
)
"""A lead (``l``) with its contact ``c``, its stage ``s`` and its pipeline ``p``."""

_FLAT = (
    f"SELECT {', '.join(_ELSEWHERE.get(name, f'l.{name}') for name in Lead._fields)} FROM {FROM}"
)


def row(connection: sqlite3.Connection, lead_id: int) -> dict[str, Any] | None:
    """Return the lead's own row by column name, or None."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM leads WHERE id = ?", (lead_id,)
    ).fetchone()
    return dict(zip(COLUMNS, found, strict=True)) if found else None


def rows(connection: sqlite3.Connection, ids: str) -> list[dict[str, Any]]:
    """Return the own rows of certain leads (a JSON array), by id."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM leads"
        " WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
        {"ids": ids},
    )
    return [dict(zip(COLUMNS, values, strict=True)) for values in found.fetchall()]


CONDITIONS = {
    "who": "l.contact_id = :who",
    "state": "l.state = :state",
    "stage": "l.stage_id IN (SELECT value FROM json_each(:stage))",
    "owner": "l.owner = :owner COLLATE NOCASE",
    "source": "l.source = :source COLLATE NOCASE",
    "since": "l.opened_at >= :since",
    "until": "l.opened_at < :until",
    "before": "l.expected_on < :before",
    # Days that leads may be in a stage -> the instant before which they came to it, if stale.
    "stale": "l.stage_id IN (SELECT x.id FROM stages x WHERE x.kind = 'open') AND l.stage_since"
    " < (SELECT y.value FROM json_each(:stale) y WHERE y.key = CAST(s.rotten_days AS TEXT))",
    "ids": "l.id IN (SELECT value FROM json_each(:ids))",
}
"""What lists can ask for: name -> condition on ``l``."""


def listed(
    connection: sqlite3.Connection,
    filters: Mapping[str, Any],
    limit: int | None = None,
    *,
    order: str = "l.id",
    chosen: Chosen | None = None,
) -> list[Lead]:
    """Return the leads that ``filters`` (names of ``CONDITIONS``, and values) select, and a
    filter's condition on ``l`` beside them."""
    where, parameters = _where(filters, chosen)
    if limit is not None and order == "l.id" and chosen is None and filters == {"state": "open"}:
        # The first few are found by walking the leads: no need to gather and sort all open ones.
        where = "+l.state = :state"
    found = connection.execute(
        f"{_FLAT} WHERE {where} ORDER BY {order} LIMIT :row_limit",
        {**parameters, "row_limit": -1 if limit is None else limit},
    )
    return [Lead._make(values) for values in found.fetchall()]


def listed_ids(
    connection: sqlite3.Connection,
    filters: Mapping[str, Any],
    limit: int | None = None,
    *,
    chosen: Chosen | None = None,
) -> list[tuple[int]]:
    """Return what ``listed`` does as rows of an id alone, in the order of ids."""
    where, parameters = _where(filters, chosen)
    return connection.execute(
        f"SELECT l.id FROM leads l JOIN stages s ON s.id = l.stage_id WHERE {where}"
        " ORDER BY l.id LIMIT :row_limit",
        {**parameters, "row_limit": -1 if limit is None else limit},
    ).fetchall()


def _where(filters: Mapping[str, Any], chosen: Chosen | None) -> tuple[str, dict[str, Any]]:
    where = " AND ".join(_condition(name, value) for name, value in filters.items()) or "1"
    if chosen is None:
        return where, dict(filters)
    return f"{where} AND {chosen.sql}", {**filters, **chosen.parameters}


def _condition(name: str, value: Any) -> str:
    # By their stages the index finds the open ones; most leads are closed.
    by_stage = "l.stage_id IN (SELECT x.id FROM stages x WHERE x.kind = 'open')"
    return by_stage if (name, value) == ("state", "open") else CONDITIONS[name]


class Stay(NamedTuple):
    """One stay of a lead in a stage, by its name; instants are UTC text."""

    id: int
    stage: str
    kind: str
    entered_at: str
    left_at: str | None
    loss_reason: str | None
    competitor: str | None
    by_name: str | None


def stays(connection: sqlite3.Connection, lead_id: int) -> list[Stay]:
    """Return where a lead has been, in order."""
    rows = connection.execute(
        "SELECT h.id, s.name, s.kind, h.entered_at, h.left_at, h.loss_reason, h.competitor,"
        " h.by_name FROM stage_changes h JOIN stages s ON s.id = h.stage_id"
        " WHERE h.lead_id = ? ORDER BY h.entered_at, h.id",
        (lead_id,),
    )
    return [Stay._make(row) for row in rows.fetchall()]


def former_terms(connection: sqlite3.Connection, lead_id: int) -> list[tuple[Any, ...]]:
    """Return (id, until_at, value, currency, probability, expected_on, forecast, owner) of what a
    lead promised before, the last first."""
    return connection.execute(
        "SELECT id, until_at, value, currency, probability, expected_on, forecast, owner"
        " FROM lead_terms WHERE lead_id = ? ORDER BY until_at DESC, id DESC",
        (lead_id,),
    ).fetchall()


def pipeline_names(connection: sqlite3.Connection) -> dict[str, str]:
    """Return key -> name of the pipelines."""
    return dict(connection.execute("SELECT key, name FROM pipelines").fetchall())


def stage_names(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """Return (pipeline's key, stage's key) -> the stage's name."""
    found = connection.execute(
        "SELECT p.key, s.key, s.name FROM stages s JOIN pipelines p ON p.id = s.pipeline_id"
    )
    return {(pipeline, stage): name for pipeline, stage, name in found.fetchall()}


def is_default_pipeline(connection: sqlite3.Connection, key: str) -> bool:
    """Say whether this pipeline is the one that is meant where none is named."""
    row = connection.execute(
        "SELECT key FROM pipelines WHERE is_retired = 0 ORDER BY position, id LIMIT 1"
    ).fetchone()
    return row is not None and row[0] == key


def open_ones(connection: sqlite3.Connection, contact_id: int, limit: int) -> list[Lead]:
    """Return the open leads of a contact, and of a company's people, the oldest first."""
    found = connection.execute(
        f"{_FLAT} WHERE l.state = 'open' AND l.contact_id IN (SELECT :who UNION ALL"
        " SELECT k.id FROM contacts k WHERE k.company_id = :who) ORDER BY l.id LIMIT :row_limit",
        {"who": contact_id, "row_limit": limit},
    )
    return [Lead._make(values) for values in found.fetchall()]


def open_elsewhere(connection: sqlite3.Connection, pipeline_id: int) -> list[tuple[str, int]]:
    """Return (name, open leads) of the other pipelines that have some."""
    return connection.execute(
        "SELECT p.name, count(*) FROM leads l JOIN stages s ON s.id = l.stage_id"
        " JOIN pipelines p ON p.id = s.pipeline_id"
        " WHERE s.kind = 'open' AND p.id <> ? GROUP BY p.id ORDER BY p.position, p.id",
        (pipeline_id,),
    ).fetchall()


def has_fields(connection: sqlite3.Connection) -> bool:
    """Say whether the owner wants to know more of leads than there are columns for."""
    row = connection.execute("SELECT 1 FROM fields WHERE noun = 'lead' LIMIT 1").fetchone()
    return row is not None


def used(connection: sqlite3.Connection, column: str) -> list[str]:
    """Return the owners or sources that leads have, for suggestions."""
    name = {"owner": "owner", "source": "source"}[column]
    rows = connection.execute(f"SELECT DISTINCT {name} FROM leads WHERE {name} IS NOT NULL")
    return [word for (word,) in rows.fetchall()]


def labels(connection: sqlite3.Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return id, title, contact and state of leads: enough to tell them apart."""
    found = connection.execute(
        "SELECT l.id, l.title, c.name, l.state FROM leads l JOIN contacts c ON c.id = l.contact_id"
        " WHERE l.id IN (SELECT value FROM json_each(?)) ORDER BY l.id",
        (array(ids),),
    ).fetchall()
    keys = ("id", "title", "contact", "state")
    return [dict(zip(keys, values, strict=True)) for values in found]


def array(ids: Iterable[int]) -> str:
    """Return ids as a JSON array."""
    return f"[{','.join(map(str, ids))}]"


def has_routes(connection: sqlite3.Connection) -> bool:
    """Say whether a route may give a new lead its owner."""
    row = connection.execute("SELECT 1 FROM lead_routes WHERE is_paused = 0 LIMIT 1").fetchone()
    return row is not None


def ids_by_external_id(connection: sqlite3.Connection, external_id: str) -> list[int]:
    """Return the leads with this external id, at most twenty."""
    found = connection.execute(
        "SELECT id FROM leads WHERE external_id = ? ORDER BY id LIMIT 20", (external_id,)
    )
    return [row_id for (row_id,) in found.fetchall()]


def open_ones_called(connection: sqlite3.Connection, contact_id: int, folded: str) -> list[int]:
    """Return the open leads of a contact with this title."""
    found = connection.execute(
        "SELECT id FROM leads WHERE contact_id = ? AND state = 'open' AND folded = ? ORDER BY id",
        (contact_id, folded),
    )
    return [row_id for (row_id,) in found.fetchall()]
