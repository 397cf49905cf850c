"""Deleting leads: they move to the trash with their history; follow-ups, talks and sales stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.services.bulk_contacts import to_trash
from crm_cli.services.leads_change import carry_out_on
from crm_cli.store import bulk, lead_history

if TYPE_CHECKING:
    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.services.bulk import Work
    from crm_cli.session import Session


def delete(session: Session, selection: Selection) -> Result:
    """Move leads to the trash, closed ones too; asks first. The sale of a won one stays. Raises
    NotFound, UsageError without --yes where nobody can answer, Refused when the answer is no."""
    return carry_out_on(
        session, selection, ("delete", "deleted"), _delete, hidden=None, risky=True, gone=True
    )


def _delete(work: Work) -> None:
    if not work.ids:
        return
    unit, named = work.unit, {"ids": work.listed}
    work.note_all(work.ids, "")
    for table in lead_history.TIED:
        unit.update_where(table, {"lead_id": None}, lead_history.OF_LEADS, named)
    for table in lead_history.HANGING:
        unit.delete_where(table, lead_history.OF_LEADS, named)
    buried = lead_history.imported(work.connection, work.listed)
    unit.delete_where("leads", lead_history.NAMED, named)
    first = unit.draw("lead_tombstones", len(buried))
    rows = ((first + number, *cells) for number, cells in enumerate(buried))
    columns = ("id", "contact_id", "external_id", "fingerprint")
    unit.insert_stream("lead_tombstones", columns, rows, first, len(buried))
    to_trash(work, "lead", bulk.names(work.connection, "lead", work.listed))
