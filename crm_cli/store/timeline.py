"""What happened with one contact, source by source, the newest first: each statement finds its
rows by the contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.activity import IS_TALK
from crm_cli.store.follow_ups import OWNER

if TYPE_CHECKING:
    import sqlite3


class Window(NamedTuple):
    """Instants from ``since`` on and before ``until``, their first and last day, and how many
    rows a source gives at most (-1: all)."""

    since: str
    until: str
    first: str
    last: str
    limit: int


_TALK = (
    "i.id, i.happened_at, i.channel, i.direction, i.subject, substr(i.body, 1, 2000), i.outcome,"
    " i.sentiment, i.by_name"
)
_WITHIN = "i.happened_at >= :since AND i.happened_at < :until"

TALKS = f"""
SELECT * FROM (
    SELECT {_TALK}, NULL FROM interactions i
     WHERE i.contact_id = :who AND {_WITHIN}
     ORDER BY i.happened_at DESC, i.id DESC LIMIT :limit)
UNION ALL
SELECT * FROM (
    SELECT {_TALK}, c.name FROM interaction_participants o
      CROSS JOIN interactions i ON i.id = o.interaction_id
      CROSS JOIN contacts c ON c.id = i.contact_id
     WHERE o.contact_id = :who AND o.contact_id <> i.contact_id AND {_WITHIN}
     ORDER BY i.happened_at DESC, i.id DESC LIMIT :limit)
"""

PEOPLES_TALKS = f"""
SELECT * FROM (
    SELECT {_TALK}, c.name FROM contacts c CROSS JOIN interactions i ON i.contact_id = c.id
     WHERE c.company_id = :who AND {_WITHIN}
     ORDER BY i.happened_at DESC, i.id DESC LIMIT :limit)
UNION
SELECT * FROM (
    SELECT DISTINCT {_TALK}, c.name FROM contacts w
      CROSS JOIN interaction_participants o ON o.contact_id = w.id
      CROSS JOIN interactions i ON i.id = o.interaction_id
      CROSS JOIN contacts c ON c.id = i.contact_id
     WHERE w.company_id = :who AND {_WITHIN}
     ORDER BY i.happened_at DESC, i.id DESC LIMIT :limit)
"""
"""Talks that people took part in who work at a company."""

ORDERS = """
SELECT min(p.id), p.purchased_on, p.kind, p.order_number, count(*),
       substr(group_concat(coalesce(r.name, p.description), ', '), 1, 400),
       sum(p.amount), min(p.currency), max(p.currency)
  FROM purchases p LEFT JOIN products r ON r.id = p.product_id
 WHERE p.contact_id = :who AND p.purchased_on BETWEEN :first AND :last
 GROUP BY p.purchased_on, p.kind, p.order_number,
          CASE WHEN p.order_number IS NULL THEN p.id END
 ORDER BY p.purchased_on DESC, 1 DESC LIMIT :limit
"""
"""Orders and returns: lines of one order number and day are one row."""

FOLLOW_UPS = f"""
SELECT f.id, f.kind, f.text, f.state, f.due_on, f.due_time, f.done_at, f.done_by,
       {OWNER}, f.updated_at
  FROM follow_ups f JOIN contacts c ON c.id = f.contact_id WHERE f.contact_id = :who
"""

CONSENTS = """
SELECT e.id, e.channel, e.purpose, e.state, coalesce(e.at, e.recorded_at), e.basis, e.source
  FROM consent_events e WHERE e.contact_id = :who
"""

LEADS = """
SELECT h.id, l.id, l.title, h.entered_at, h.kind, h.stage, h.before, h.left_at,
       l.value, l.currency, h.loss_reason, h.competitor, h.by_name
  FROM leads l
  CROSS JOIN (SELECT g.id, g.lead_id, g.entered_at, g.left_at, g.competitor, g.by_name,
                     s.kind, s.name AS stage, coalesce(v.label, g.loss_reason) AS loss_reason,
                     lag(s.kind) OVER (PARTITION BY g.lead_id ORDER BY g.entered_at, g.id) AS before
                FROM stage_changes g JOIN stages s ON s.id = g.stage_id
                LEFT JOIN picklist_values v ON v.list = 'loss-reason' AND v.key = g.loss_reason
               WHERE g.lead_id IN (SELECT m.id FROM leads m WHERE m.contact_id = :who)) h
         ON h.lead_id = l.id
 WHERE h.entered_at >= :since AND h.entered_at < :until
 ORDER BY h.entered_at DESC, h.id DESC LIMIT :limit
"""
"""Stays of a contact's leads in a stage, with the kind of the stage before (NULL: none), the
stage's kind and name, and when it was left."""

RECORD = "SELECT c.id, c.created_at, c.archived_at, c.source FROM contacts c WHERE c.id = :who"


def rows(
    connection: sqlite3.Connection, sql: str, contact_id: int, window: Window
) -> list[tuple[Any, ...]]:
    """Return what one of the statements above finds for a contact."""
    return connection.execute(sql, {"who": contact_id, **window._asdict()}).fetchall()


def last_talks(
    connection: sqlite3.Connection, contact_id: int, count: int, *, notes: bool = False
) -> list[tuple[Any, ...]]:
    """Return the last talks a contact took part in, or the last notes on it: id, at, channel,
    direction, subject, body, outcome, sentiment, by, and the contact it was with."""
    which = f"NOT ({IS_TALK})" if notes else IS_TALK
    columns = (
        "i.id, i.happened_at, i.channel, i.direction, i.subject, i.body, i.outcome, i.sentiment,"
        " i.by_name, i.contact_id"
    )
    order = "ORDER BY i.happened_at DESC, i.id DESC LIMIT :count"
    found = connection.execute(
        f"SELECT * FROM (SELECT {columns} FROM interactions i"
        f" WHERE i.contact_id = :who AND {which} {order})"
        f" UNION ALL SELECT * FROM (SELECT {columns} FROM interaction_participants o"
        "   CROSS JOIN interactions i ON i.id = o.interaction_id"
        f" WHERE o.contact_id = :who AND o.contact_id <> i.contact_id AND {which} {order})"
        " ORDER BY 2 DESC, 1 DESC LIMIT :count",
        {"who": contact_id, "count": count},
    )
    return found.fetchall()


def people(
    connection: sqlite3.Connection, company_id: int, count: int
) -> list[tuple[int, str, str | None, str | None]]:
    """Return who works at a company, archived ones apart, whoever was spoken to last first: id,
    name, job title and last talk."""
    return connection.execute(
        "SELECT c.id, c.name, c.job_title, a.last_at FROM contacts c"
        " LEFT JOIN contact_activity a ON a.contact_id = c.id"
        " WHERE c.company_id = ? AND c.archived_at IS NULL"
        " ORDER BY a.last_at DESC, c.name, c.id LIMIT ?",
        (company_id, count),
    ).fetchall()


_OF_THEM = (
    "l.contact_id IN (SELECT :who UNION ALL SELECT w.id FROM contacts w WHERE w.company_id = :who)"
)


def open_leads(connection: sqlite3.Connection, contact_id: int) -> list[dict[str, Any]]:
    """Return the open leads of a contact, and of a company's people, the last moved first; value
    in minor units."""
    found = connection.execute(
        "SELECT l.id, l.title, l.contact_id, c.name AS contact, s.name AS stage, l.currency,"
        "       l.expected_on, l.owner, (SELECT min(f.due_on) FROM follow_ups f"
        "          WHERE f.lead_id = l.id AND f.state = 'open') AS next_follow_up_on,"
        "       l.value, l.stage_since"
        "  FROM leads l JOIN contacts c ON c.id = l.contact_id JOIN stages s ON s.id = l.stage_id"
        f" WHERE {_OF_THEM} AND l.state = 'open' ORDER BY l.stage_since DESC, l.id DESC",
        {"who": contact_id},
    )
    keys = [column[0] for column in found.description]
    return [dict(zip(keys, row, strict=True)) for row in found.fetchall()]


def last_lost(connection: sqlite3.Connection, contact_id: int) -> dict[str, Any] | None:
    """Return the lead of a contact, or of a company's people, that was lost last, and why."""
    found = connection.execute(
        "SELECT l.id, l.title, c.name AS contact, l.closed_at,"
        "       coalesce(v.label, l.loss_reason) AS reason, l.competitor"
        "  FROM leads l JOIN contacts c ON c.id = l.contact_id"
        "  LEFT JOIN picklist_values v ON v.list = 'loss-reason' AND v.key = l.loss_reason"
        f" WHERE {_OF_THEM} AND l.state = 'lost' ORDER BY l.closed_at DESC, l.id DESC LIMIT 1",
        {"who": contact_id},
    )
    keys = [column[0] for column in found.description]
    row = found.fetchone()
    return None if row is None else dict(zip(keys, row, strict=True))


def has_more(connection: sqlite3.Connection, contact_id: int) -> bool:
    """Say whether a contact has talks, closed follow-ups or leads: without them there is nothing
    to tell that does not stand on its page."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM interactions WHERE contact_id = :who)"
        " OR EXISTS (SELECT 1 FROM interaction_participants WHERE contact_id = :who)"
        " OR EXISTS (SELECT 1 FROM follow_ups WHERE contact_id = :who AND state IN"
        "            ('done', 'cancelled'))"
        " OR EXISTS (SELECT 1 FROM leads WHERE contact_id = :who)",
        {"who": contact_id},
    ).fetchone()
    return bool(found)


def order_days(connection: sqlite3.Connection, contact_id: int, until: str) -> list[str]:
    """Return the days up to a day on which a contact ordered, in order."""
    found = connection.execute(
        "SELECT DISTINCT day FROM customer_days"
        " WHERE contact_id = ? AND orders > 0 AND day <= ? ORDER BY day",
        (contact_id, until),
    )
    return [day for (day,) in found.fetchall()]
