"""The SQL of what a file says of leads that are known: read beside what the store holds, and the
changes staged for the batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

UPDATE_COLUMNS = (
    "title", "folded", "stage_id", "state", "probability", "value", "currency", "expected_on",
    "forecast", "source", "campaign", "referred_by_id", "owner", "opened_at", "stage_since",
    "closed_at", "loss_reason", "competitor", "notes", "external_id", "updated_at",
)  # fmt: skip
STAY_COLUMNS = ("entered_at", "left_at", "loss_reason", "competitor")
TERM_COLUMNS = (
    "lead_id", "until_at", "value", "currency", "probability", "expected_on", "forecast", "owner",
)  # fmt: skip

_TOLD = (
    "n", "line", "title", "folded", "title_told", "stage", "stage_told", "state", "value",
    "currency", "probability", "odds_told", "forecast", "expected_on", "opened_at", "opened_told",
    "since", "since_told", "closed_at", "closed_told", "loss_reason", "competitor", "source_told",
    "campaign", "owner", "notes", "external_id",
)  # fmt: skip


class Known(NamedTuple):
    """A row and the lead it means: what the row tells, and the lead's own cells."""

    lead_id: int
    contact_id: int
    told: dict[str, Any]
    held: dict[str, Any]


def known(connection: sqlite3.Connection) -> Iterator[Known]:
    """Yield the rows of known leads, each lead once."""
    told = ", ".join(f"s.{name}" for name in _TOLD)
    held = ", ".join(f"l.{name}" for name in UPDATE_COLUMNS)
    found = connection.execute(
        f"SELECT l.id, l.contact_id, (SELECT r.id FROM contacts r WHERE r.uid = s.referred_uid),"
        f" {told}, {held} FROM temp.l_hits h CROSS JOIN temp.l_leads s ON s.n = h.n"
        " CROSS JOIN leads l ON l.id = h.lead_id WHERE h.first_n IS NULL ORDER BY s.n"
    )
    width = len(_TOLD)
    while rows := found.fetchmany(500):
        for lead_id, contact_id, referrer, *cells in rows:
            row = dict(zip(_TOLD, cells[:width], strict=True))
            row["referred_by_id"] = referrer
            yield Known(
                lead_id, contact_id, row, dict(zip(UPDATE_COLUMNS, cells[width:], strict=True))
            )


class Stay(NamedTuple):
    """One stay of a lead in a stage."""

    id: int
    stage_id: int
    entered_at: str
    left_at: str | None
    loss_reason: str | None
    competitor: str | None


def stays(connection: sqlite3.Connection, lead_id: int) -> list[Stay]:
    """Return the stays of a lead in their order."""
    rows = connection.execute(
        "SELECT id, stage_id, entered_at, left_at, loss_reason, competitor FROM stage_changes"
        " WHERE lead_id = ? ORDER BY entered_at, id",
        (lead_id,),
    )
    return [Stay(*row) for row in rows.fetchall()]


class Changes(NamedTuple):
    """What some rows change: rows of ``l_updates``, ``l_stays``, ``l_stay_updates``, ``l_terms``
    and ``l_won``."""

    updates: list[tuple[Any, ...]]
    stays: list[tuple[Any, ...]]
    stay_updates: list[tuple[Any, ...]]
    terms: list[tuple[Any, ...]]
    won: list[tuple[int]]


def stage(connection: sqlite3.Connection, changes: Changes) -> None:
    """Stage changes, and forget them in memory."""
    for table, rows, width in (
        ("l_updates", changes.updates, 4),
        ("l_stays", changes.stays, 6),
        ("l_stay_updates", changes.stay_updates, 3),
        ("l_terms", changes.terms, 8),
        ("l_won", changes.won, 1),
    ):
        marks = ", ".join("?" * width)
        connection.executemany(f"INSERT OR IGNORE INTO temp.{table} VALUES ({marks})", rows)
        rows.clear()


def json_cells(cells: Sequence[Any] | Mapping[str, Any]) -> str:
    """Return cells as they are staged."""
    return json.dumps(cells, ensure_ascii=False)


def counted(connection: sqlite3.Connection, table: str) -> int:
    """Return how many changes a staged table holds."""
    return number(connection, f"SELECT count(*) FROM temp.{table}")


def images(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield (lead id, image) of the changes of leads."""
    yield from connection.execute("SELECT lead_id, image FROM temp.l_updates ORDER BY n")


def rows(connection: sqlite3.Connection) -> Iterator[list[Any]]:
    """Yield the values of ``UPDATE_COLUMNS`` followed by the lead's id."""
    for cells, lead_id in connection.execute(
        "SELECT cells, lead_id FROM temp.l_updates ORDER BY n"
    ):
        yield [*json.loads(cells), lead_id]


def stay_images(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield (stay id, image) of the changes of stays."""
    yield from connection.execute("SELECT id, image FROM temp.l_stay_updates ORDER BY id")


def stay_rows(connection: sqlite3.Connection) -> Iterator[list[Any]]:
    """Yield the values of ``STAY_COLUMNS`` followed by the stay's id."""
    for cells, stay_id in connection.execute(
        "SELECT cells, id FROM temp.l_stay_updates ORDER BY id"
    ):
        yield [*json.loads(cells), stay_id]


NEW_TERMS = (
    "SELECT :first - 1 + row_number() OVER (ORDER BY lead_id), lead_id, until_at, value, currency,"
    " probability, expected_on, forecast, owner FROM temp.l_terms"
)


def rows_changed(connection: sqlite3.Connection) -> set[int]:
    """Return the rows that change their lead's own cells or stays."""
    return {n for (n,) in connection.execute("SELECT n FROM temp.l_updates")}
