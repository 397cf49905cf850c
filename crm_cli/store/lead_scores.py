"""Kept scores: what lists read. They are computed by ``queries.lead_scoring``, kept by
``services.scores_refresh``, and never journalled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from crm_cli.store.batch import Batch


class Kept(NamedTuple):
    """A lead's score (0 to 100), its points before they are held there, its odds in basis points;
    all None where nothing scores. It may be old from ``stale_on`` on."""

    score: int | None
    points: int | None
    odds: int | None
    stale_on: str | None


NOTHING = Kept(None, None, None, None)


def kept(connection: sqlite3.Connection, ids: str | None) -> dict[int, Kept]:
    """Return what is kept of leads (a JSON array; None: all) where anything is: of many thousands
    that a file brought nothing is."""
    where = "1"
    if ids is not None:
        where = "lead_id IN (SELECT CAST(value AS INTEGER) FROM json_each(:ids))"
    rows = connection.execute(
        f"SELECT lead_id, score, points, odds, stale_on FROM lead_scores WHERE {where}",
        {"ids": ids},
    )
    return {row[0]: Kept(*row[1:]) for row in rows if row[1:] != NOTHING}


def keep(batch: Batch, rows: Iterable[tuple[int, Kept]], today: str) -> None:
    """Append the keeping of scores; their worth is to be computed behind it."""
    batch.stream(
        "INSERT INTO lead_scores (lead_id, score, points, odds, worth, scored_on, stale_on)"
        " VALUES (?1, ?2, ?3, ?4, 0, ?6, ?5) ON CONFLICT (lead_id) DO UPDATE SET"
        " score = excluded.score, points = excluded.points, odds = excluded.odds,"
        " scored_on = excluded.scored_on, stale_on = excluded.stale_on",
        ((lead_id, *found, None if found == NOTHING else today) for lead_id, found in rows),
    )


def forget_strangers(batch: Batch) -> None:
    """Append the removal of rows whose lead is open no more."""
    batch.add(
        "DELETE FROM lead_scores WHERE NOT EXISTS"
        " (SELECT 1 FROM leads l WHERE l.id = lead_id AND l.state = 'open')"
    )


def keep_counts(batch: Batch, rows: Sequence[tuple[int, str, str, int, int]]) -> None:
    """Append the keeping of what the model was learnt from, in place of what was."""
    batch.add("DELETE FROM score_counts")
    batch.stream(
        "INSERT INTO score_counts (id, field, value, won, lost) VALUES (?, ?, ?, ?, ?)", rows
    )


def open_ids(connection: sqlite3.Connection, ids: str | None) -> list[int]:
    """Return the leads among these (a JSON array; None: all) that are open."""
    if ids is None:
        rows = connection.execute("SELECT id FROM leads WHERE state = 'open' ORDER BY id")
    else:
        rows = connection.execute(
            "SELECT l.id FROM json_each(:ids) j CROSS JOIN leads l ON l.id = j.value"
            " WHERE l.state = 'open' ORDER BY l.id",
            {"ids": ids},
        )
    return [lead_id for (lead_id,) in rows.fetchall()]


def is_small(connection: sqlite3.Connection, most: int) -> bool:
    """Say whether there are at most so many leads."""
    row = connection.execute("SELECT 1 FROM leads LIMIT 1 OFFSET ?", (most,)).fetchone()
    return row is None


def has_counts(connection: sqlite3.Connection) -> bool:
    """Say whether the model was learnt, and is kept."""
    return connection.execute("SELECT 1 FROM score_counts LIMIT 1").fetchone() is not None


def has_grown(connection: sqlite3.Connection) -> bool:
    """Say whether closed leads are a tenth more, or fewer, than the kept model was learnt from."""
    (found,) = connection.execute(
        "SELECT abs((SELECT count(*) FROM leads WHERE state <> 'open') - won - lost) * 10"
        " >= won + lost FROM score_counts WHERE field = ''"
    ).fetchone() or (True,)
    return bool(found)


def is_old(connection: sqlite3.Connection, lead_id: int, today: str) -> bool:
    """Say whether the kept score of a lead may be another by today."""
    row = connection.execute(
        "SELECT 1 FROM lead_scores WHERE lead_id = ? AND stale_on <= ?", (lead_id, today)
    ).fetchone()
    return row is not None


def stale(connection: sqlite3.Connection, today: str) -> tuple[int, str | None]:
    """Return how many kept scores may be old by a day, and the first day of them."""
    row: tuple[int, str | None] = connection.execute(
        "SELECT count(*), min(stale_on) FROM lead_scores"
        " WHERE scored_on IS NOT NULL AND stale_on <= ?",
        (today,),
    ).fetchone()
    return row


def ranking(connection: sqlite3.Connection, where: str, parameters: Any) -> list[tuple[Any, ...]]:
    """Return (lead, title, contact id, contact, stage key, owner, score, points, odds, scored_on,
    stale_on, stage name) of the open leads (``l``) that a condition names, by id."""
    rows = connection.execute(
        "SELECT l.id, l.title, l.contact_id, c.name, s.key, l.owner, k.score, k.points, k.odds,"
        " k.scored_on, k.stale_on, s.name FROM leads l JOIN contacts c ON c.id = l.contact_id"
        " JOIN stages s ON s.id = l.stage_id LEFT JOIN lead_scores k ON k.lead_id = l.id"
        f" WHERE l.state = 'open' AND {where} ORDER BY l.id",
        parameters,
    )
    return rows.fetchall()
