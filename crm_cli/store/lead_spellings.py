"""How the words by which leads are grouped are written: owners, sources and campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.values import fold

if TYPE_CHECKING:
    import sqlite3

COLUMNS = ("owner", "source", "campaign")


def is_used(connection: sqlite3.Connection, column: str, text: str, but: str) -> bool:
    """Say whether a lead has the text exactly so; those of the JSON array ``but`` apart."""
    (found,) = connection.execute(
        f"SELECT EXISTS (SELECT 1 FROM leads WHERE {column} = :text"
        " AND id NOT IN (SELECT value FROM json_each(:but)))",
        {"text": text, "but": but},
    ).fetchone()
    return bool(found)


def spellings(
    connection: sqlite3.Connection, column: str, *, but: str = "[]", past: bool = False
) -> dict[str, list[str]]:
    """Return folded word -> how leads write it, the most used first; with ``past`` as owners were
    written once, too. Leads of the JSON array ``but`` are left out."""
    some = f"FROM leads WHERE {column} IS NOT NULL"
    if but != "[]":
        some += " AND id NOT IN (SELECT value FROM json_each(:but))"
    sql = f"SELECT DISTINCT {column} {some}"
    if past and column == "owner":
        sql += " UNION SELECT owner FROM lead_terms WHERE owner IS NOT NULL"
    found: dict[str, list[str]] = {}
    for (text,) in connection.execute(sql, {"but": but}).fetchall():
        found.setdefault(fold(text), []).append(text)
    # Counting costs more than finding them, and hardly ever is there a choice.
    several = {text: 0 for texts in found.values() if len(texts) > 1 for text in texts}
    for text in several:
        (several[text],) = connection.execute(
            f"SELECT count(*) {some} AND {column} = :text", {"but": but, "text": text}
        ).fetchone()
    return {
        key: sorted(texts, key=lambda text: (-several.get(text, 0), text))
        for key, texts in found.items()
    }


def usual(found: dict[str, list[str]]) -> dict[str, str]:
    """Return rarer spelling -> the most used one of the same word; empty where all agree."""
    return {text: texts[0] for texts in found.values() for text in texts[1:]}
