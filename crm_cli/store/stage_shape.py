"""Whether pipelines would still work once an entry is turned round."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = {
    "stages": ("id", "pipeline_id", "name", "kind", "is_retired"),
    "pipelines": ("id", "name", "is_retired"),
}


def missing(connection: sqlite3.Connection, entry_id: int) -> list[tuple[str, int, str]]:
    """Return (table, row, what is wrong) of each pipeline that would be left without an open, a
    won or a lost stage in use, and of the last one in use."""
    after = {table: _after(connection, entry_id, table) for table in _COLUMNS}
    found = []
    pipelines = after["pipelines"]
    if not any(not row["is_retired"] for row in pipelines.values()):
        first = min(pipelines, default=0)
        found.append(("pipelines", first, "no pipeline would be left in use"))
    for pipeline in pipelines.values():
        rows = [row for row in after["stages"].values() if row["pipeline_id"] == pipeline["id"]]
        kinds = [row["kind"] for row in rows if not row["is_retired"]]
        for kind in ("open", "won", "lost"):
            if kind not in kinds:
                reason = f"{pipeline['name']} would have no {kind} stage"
                found.append(("pipelines", pipeline["id"], reason))
    return found


def _after(connection: sqlite3.Connection, entry_id: int, table: str) -> dict[int, dict[str, Any]]:
    """Return the rows of a table as they would be."""
    columns = _COLUMNS[table]
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    rows = {row[0]: dict(zip(columns, row, strict=True)) for row in found}
    for op, first, last, image in connection.execute(
        "SELECT op, first_id, last_id, image FROM changes WHERE entry_id = ? AND table_name = ?",
        (entry_id, table),
    ).fetchall():
        if op == "insert":
            for row_id in range(first, last + 1):
                rows.pop(row_id, None)
            continue
        cells = json.loads(image)
        if op == "delete":
            rows[first] = {name: cells[name] for name in columns}
        elif first in rows:
            rows[first] |= {name: cells[name][0] for name in columns if name in cells}
    return rows
