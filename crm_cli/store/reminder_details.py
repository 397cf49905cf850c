"""What a reminder tells beside the follow-up itself: how to reach the person, the last talk, and
for a service what was bought."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


class Details(NamedTuple):
    """Of one follow-up: its contact's company, first phone and e-mail, the last talk (instant,
    channel's name, subject or text), and the purchase it is about; None where there is none."""

    company: str | None
    phone: str | None
    email: str | None
    talk_at: str | None
    talk_channel: str | None
    talk_about: str | None
    product: str | None
    bought_on: str | None


NOTHING = Details(None, None, None, None, None, None, None, None)
"""Of what is gone."""

_SQL = """
SELECT f.id, o.name,
       (SELECT coalesce(x.value, x.raw) FROM phones x WHERE x.contact_id = f.contact_id
         ORDER BY x.is_primary DESC, x.id LIMIT 1),
       (SELECT x.value FROM emails x WHERE x.contact_id = f.contact_id
         ORDER BY x.is_primary DESC, x.id LIMIT 1),
       i.happened_at, coalesce(v.label, i.channel), coalesce(i.subject, i.body),
       coalesce(r.name, p.description), p.purchased_on
  FROM json_each(:ids) j
  JOIN follow_ups f ON f.id = j.value
  JOIN contacts c ON c.id = f.contact_id
  LEFT JOIN contacts o ON o.id = c.company_id
  LEFT JOIN interactions i ON i.id = (
       SELECT x.id FROM interactions x WHERE x.contact_id = f.contact_id
        ORDER BY x.happened_at DESC, x.id DESC LIMIT 1)
  LEFT JOIN picklist_values v ON v.list = 'channel' AND v.key = i.channel
  LEFT JOIN purchases p ON p.id = f.purchase_id
  LEFT JOIN products r ON r.id = p.product_id
"""


def of(connection: sqlite3.Connection, follow_ups: Iterable[int]) -> dict[int, Details]:
    """Return the details of some follow-ups by their number."""
    rows = connection.execute(_SQL, {"ids": json.dumps(list(follow_ups))})
    return {row_id: Details(*values) for row_id, *values in rows.fetchall()}
