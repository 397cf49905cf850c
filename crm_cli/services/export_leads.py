"""The records of an export of leads, some hundred at a time, and their rows in our own layout.

A lead comes back as it stands: the stages it went through, and what it was worth before, stay in
the store (``crm db sql`` reads them in ``crm_stage_changes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.exchange.cells import join_list
from crm_cli.queries import leads as queries
from crm_cli.store import exports, fields
from crm_cli.store import leads as store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crm_cli.services.export_rows import Rows
    from crm_cli.session import Session
    from crm_cli.store.filters import Chosen

HEADER = (
    "id", "uid", "title", "contact", "contact_uid", "pipeline", "stage", "state", "value",
    "currency", "probability", "forecast", "expected_on", "opened_at", "stage_since", "closed_at",
    "loss_reason", "competitor", "source", "campaign", "referred_by_uid", "owner", "tags",
    "external_id", "notes", "created_at", "updated_at",
)  # fmt: skip


def records(session: Session, only: Chosen | None) -> Iterator[Mapping[str, Any]]:
    """Yield full records: the JSON object of ``lead show``, with the UUIDs of contact and
    referrer."""
    connection = session.reader
    for ids in exports.ids(connection, "leads", only):
        found = queries.objects(store.listed(connection, {"ids": store.array(ids)}), session)
        people = {lead[key] for lead in found for key in ("contact_id", "referred_by") if lead[key]}
        uids = exports.uids(connection, "contacts", sorted(people))
        custom = fields.objects(connection, "lead", ids)
        for lead in found:
            yield {
                **lead,
                "contact_uid": uids[lead["contact_id"]],
                "referred_by_uid": uids.get(lead["referred_by"]),
                "fields": custom[lead["id"]],
            }


def rows(session: Session, only: Chosen | None) -> Rows:
    """Return the columns of our own layout and its rows."""
    header = [*HEADER, *fields.export_columns(session.reader, "lead")]
    return header, (
        {**record, "tags": join_list(record["tags"]), **record["fields"]}
        for record in records(session, only)
    )
