"""What became of each mail of an import, noted before the batch that wrote it is rolled back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3


def note(connection: sqlite3.Connection) -> None:
    """Note the talks that new mails make in ``p_fates`` (see ``import_fates``)."""
    connection.execute(
        "INSERT INTO temp.p_fates (line, fate, id) SELECT n, 'created', id FROM temp.s_new"
    )
    connection.execute("CREATE INDEX temp.s_others_of ON s_others (interaction_id)")


def between(connection: sqlite3.Connection, first: int, last: int) -> dict[int, dict[str, Any]]:
    """Return number -> fate of the mails from one to another that were not passed over: of new
    ones with whom they are, by id (None: made by the import) and name, and who else took part; of
    others why there are no talks of them (``known``, ``unmatched``)."""
    rows = connection.execute(
        "SELECT s.n, w.id, c.id, c.name, h.n,"
        " (SELECT json_group_array(o.name) FROM temp.s_others x"
        "   CROSS JOIN contacts o ON o.id = x.contact_id WHERE x.interaction_id = w.id),"
        " EXISTS (SELECT 1 FROM temp.s_made d WHERE d.id = c.id), s.direction"
        "  FROM temp.s_mails s LEFT JOIN temp.s_new w ON w.n = s.n"
        "  LEFT JOIN temp.s_main m ON m.n = s.n LEFT JOIN contacts c ON c.id = m.contact_id"
        "  LEFT JOIN temp.s_hits h ON h.n = s.n WHERE s.n BETWEEN ? AND ?",
        (first, last),
    )
    found: dict[int, dict[str, Any]] = {}
    for n, talk, contact, name, hit, others, is_made, direction in rows.fetchall():
        if talk is None:
            found[n] = {"fate": "unchanged", "why": "unmatched" if hit is None else "known"}
            continue
        found[n] = {
            "fate": "created", "id": None, "name": name,
            "contact_id": None if is_made else contact, "direction": direction,
        }  # fmt: skip
        if with_others := json.loads(others):
            found[n]["with"] = with_others
    return found
