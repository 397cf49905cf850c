"""The SQL of what a table of talks says of those that are known: what ``fill`` and ``update``
change in them, and what is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_STAGED = {
    "channel": "CASE WHEN s.told & 1 THEN s.channel END",
    "direction": "CASE WHEN s.told & 2 THEN s.direction END",
    "subject": "s.subject", "body": "s.body", "outcome": "s.outcome", "sentiment": "s.sentiment",
    "duration_minutes": "s.duration", "by_name": "s.by_name", "campaign": "s.campaign",
    "lead_id": "s.lead_id",
}  # fmt: skip
"""Column -> what a row tells of it, NULL for nothing. Day and contact are the talk's identity."""

TOLD_CHANNEL, TOLD_DIRECTION = 1, 2

UPDATE_COLUMNS = (*_STAGED, "updated_at")

_JOINED = (
    "temp.s_hits h CROSS JOIN temp.s_talks s ON s.n = h.n"
    " CROSS JOIN interactions i ON i.id = h.interaction_id"
)


def refuse_known(connection: sqlite3.Connection) -> None:
    """Reject the rows of talks that are there."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, NULL,"
        f" 'is there already (talk ' || h.interaction_id || ')' FROM {_JOINED}"
    )


def stage(connection: sqlite3.Connection, *, overwrite: bool) -> int:
    """Stage the changes of known talks that differ; return how many rows change one. ``overwrite``
    takes what the file tells over what there is, else it fills what is empty."""
    test = "IS NOT" if overwrite else "IS NULL AND i.{0} IS NOT"
    differs = " OR ".join(
        f"({new} IS NOT NULL AND i.{name} {test.format(name)} {new})"
        for name, new in _STAGED.items()
    )
    cells = ", ".join(f"{new}, i.{name}" for name, new in _STAGED.items())
    found = connection.execute(
        f"SELECT s.n, i.id, {cells} FROM {_JOINED} WHERE {differs} ORDER BY s.n"
    )

    def changes() -> Iterator[tuple[int, int, str, str]]:
        taken = set()
        for n, talk_id, *pairs in found:
            # Of two rows of one talk the first counts.
            if talk_id in taken:
                continue
            taken.add(talk_id)
            image, after = {}, []
            for name, new, old in zip(_STAGED, pairs[::2], pairs[1::2], strict=True):
                moves = new is not None and new != old and (overwrite or old is None)
                after.append(new if moves else old)
                if moves:
                    image[name] = [old, new]
            yield n, talk_id, json.dumps(image, ensure_ascii=False), json.dumps(after)

    connection.executemany("INSERT INTO temp.s_updates VALUES (?, ?, ?, ?)", changes())
    return number(connection, "SELECT count(*) FROM temp.s_updates")


def kept(connection: sqlite3.Connection) -> tuple[list[int], int]:
    """Return (the first lines, how many) of the rows that say otherwise than the talk they mean,
    which was kept as it is."""
    differs = " OR ".join(f"{new} <> i.{name}" for name, new in _STAGED.items())
    rows = connection.execute(
        f"SELECT s.line, count(*) OVER () FROM {_JOINED} WHERE {differs} ORDER BY s.line LIMIT 20"
    ).fetchall()
    return [line for line, _ in rows], rows[0][1] if rows else 0


def images(connection: sqlite3.Connection, at: str) -> Iterator[tuple[int, str]]:
    """Yield (talk id, image) of the changes staged, made at an instant."""
    for talk_id, image, before in connection.execute(
        "SELECT u.talk_id, u.image, i.updated_at FROM temp.s_updates u"
        " CROSS JOIN interactions i ON i.id = u.talk_id ORDER BY u.n"
    ):
        yield talk_id, json.dumps({**json.loads(image), "updated_at": [before, at]},
                                  ensure_ascii=False)  # fmt: skip


def rows(connection: sqlite3.Connection, at: str) -> Iterator[list[object]]:
    """Yield the values of ``UPDATE_COLUMNS`` followed by the talk's id."""
    for cells, talk_id in connection.execute(
        "SELECT cells, talk_id FROM temp.s_updates ORDER BY n"
    ):
        yield [*json.loads(cells), at, talk_id]
