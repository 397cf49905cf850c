"""Where the fields of leads stand that filters name: their own, and those of their contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.store.filter_sources import Source, money
from crm_cli.store.leads import weighted_sql

if TYPE_CHECKING:
    import sqlite3


def _of_lead(table: str, column: str, **more: Any) -> Source:
    """Return a field of a lead's contact: its own column, or one of a table of its lists."""
    key = "id" if table == "contacts" else "contact_id"
    empty = f"NOT EXISTS (SELECT 1 FROM {table} x WHERE x.{key} = l.contact_id"
    return Source(
        f"x.{column}",
        f"l.contact_id IN (SELECT x.{key} FROM {table} x WHERE {{}})",
        f"EXISTS (SELECT 1 FROM {table} x WHERE x.{key} = l.contact_id AND {{}})",
        f"{empty} AND x.{column} IS NOT NULL)",
        f"{table} x",
        **more,
    )


def _tags_of_lead(table: str, column: str, key: str) -> Source:
    return Source(
        "t.key",
        f"l.{key} IN (SELECT x.{column} FROM tags t JOIN {table} x ON x.tag_id = t.id WHERE {{}})",
        f"EXISTS (SELECT 1 FROM {table} x JOIN tags t ON t.id = x.tag_id"
        f" WHERE x.{column} = l.{key} AND {{}})",
        f"NOT EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = l.{key})",
        "tags t",
    )


_WORKS_AT = (
    "SELECT x.id FROM contacts x WHERE x.kind = 'company' AND {0} UNION ALL"
    " SELECT y.id FROM contacts x JOIN contacts y ON y.company_id = x.id WHERE {0}"
)
_PROBABILITY = (
    "CASE l.state WHEN 'won' THEN 10000 WHEN 'lost' THEN 0 ELSE coalesce(l.probability,"
    " (SELECT x.probability FROM stages x WHERE x.id = l.stage_id)) END"
)
_NEXT = "FROM follow_ups x WHERE x.lead_id = l.id AND x.state = 'open'"
LEAD = {
    "contact": _of_lead("contacts", "folded", is_folded=True)._replace(empty="0"),
    "company": Source(
        "x.folded", f"l.contact_id IN ({_WORKS_AT})",
        "EXISTS (SELECT 1 FROM contacts y JOIN contacts x ON x.id = CASE y.kind"
        " WHEN 'company' THEN y.id ELSE y.company_id END WHERE y.id = l.contact_id AND {})",
        "EXISTS (SELECT 1 FROM contacts x WHERE x.id = l.contact_id AND x.kind = 'person'"
        " AND x.company_id IS NULL)",
        "contacts x", is_folded=True,
    ),
    "city": _of_lead("addresses", "city"),
    "country": _of_lead("addresses", "country"),
    "role": _of_lead("contacts", "role"),
    "contact_tag": _tags_of_lead("contact_tags", "contact_id", "contact_id"),
    "tag": _tags_of_lead("lead_tags", "lead_id", "id"),
    "title": Source("l.folded", is_folded=True),
    "stage": Source("l.stage_id"),
    "pipeline": Source("l.stage_id"),
    "probability": Source(f"({_PROBABILITY})", empty="0"),
    "value": Source(money("l.value", "l.currency"), empty="l.value IS NULL"),
    "weighted": Source(
        money(weighted_sql("l.value", _PROBABILITY), "l.currency"),
        empty="l.value IS NULL",
    ),
    "score": Source("(SELECT x.score FROM lead_scores x WHERE x.lead_id = l.id)"),
    "expected": Source("l.expected_on"),
    "forecast": Source(
        f"CASE WHEN l.state <> 'open' THEN NULL WHEN l.forecast IS NOT NULL THEN l.forecast"
        f" WHEN {_PROBABILITY} >= 8000 THEN 'commit' WHEN {_PROBABILITY} >= 5000 THEN 'best'"
        " ELSE 'pipeline' END",
        empty="l.state <> 'open'",
    ),
    "next_follow_up": Source(
        f"(SELECT min(x.due_on) {_NEXT})", empty=f"NOT EXISTS (SELECT 1 {_NEXT})"
    ),
    "opened": Source("l.opened_at"),
    # Said in full: only so does the index of the closed ones answer.
    "closed": Source("l.closed_at", "(l.state <> 'open' AND {})"),
    "referred_by": Source("l.referred_by_id"),
    "notes": Source("l.notes", key="l.id", table="leads l"),
    "created": Source("l.created_at"),
    "updated": Source("l.updated_at"),
}  # fmt: skip


def closed_spans(connection: sqlite3.Connection) -> list[tuple[int, str, str]]:
    """Return (id, opened_at, closed_at) of the closed leads."""
    return connection.execute(
        "SELECT id, opened_at, closed_at FROM leads WHERE state <> 'open'"
    ).fetchall()
