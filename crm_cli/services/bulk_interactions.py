"""``log edit`` and ``log delete`` for many at once. See ``bulk`` for what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.queries import interactions as queries
from crm_cli.services import interactions_edit
from crm_cli.services.bulk import Task, Work, carry_out
from crm_cli.services.bulk_contacts import to_trash
from crm_cli.store import bulk as store
from crm_cli.store import interactions as interaction_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.services.interactions import InteractionFields
    from crm_cli.session import Session

ONE_BY_ONE = frozenset({"who", "with", "without", "channel", "text", "subject", "outcome", "unset"})
"""Options whose effect hangs on what each talk was before."""

_SAID = {
    "contact_id": "contact", "happened_at": "at", "by_name": "by", "body": "text",
    "duration_minutes": "duration", "lead_id": "lead",
}  # fmt: skip


def edit(session: Session, selection: Selection, fields: InteractionFields) -> Result:
    """Change the named fields of many interactions. Raises what the single edit does, and what
    ``bulk.carry_out`` raises."""
    return carry_out(session, selection, Task(
        noun="interaction", words=("edit", "edited"),
        prepare=lambda work: _edit(work, fields.given), body=queries.rows_of,
    ))  # fmt: skip


def _edit(work: Work, given: Mapping[str, Any]) -> None:
    unset = interactions_edit.read_unset(given)
    if not ONE_BY_ONE & given.keys():
        cells = interactions_edit.cells_of(work.unit, {}, given, unset, work.remarks)
        if cells:
            moved = work.note_cells("interactions", cells, {one: one for one in work.ids}, _shown)
            if moved:
                cells["updated_at"] = work.unit.at
                work.unit.update_chosen("interactions", cells, store.array(moved))
        return
    texts: dict[int, str] = {}
    for one in work.ids:
        row = interaction_store.row(work.connection, one) or {}
        try:
            moved_cells = interactions_edit.change(work.unit, row, given, work.remarks)
        except errors.InvalidValue as error:
            raise errors.InvalidValue(
                f"interaction {one}: {error.message}", hint=error.hint
            ) from None
        if moved_cells is not None:
            texts[one] = ", ".join(
                f"{_shown(name, '')[0]}: {_cell(row[name])} -> {_cell(value)}"
                for name, value in moved_cells.items()
                if name != "fingerprint"
            ) or "participants"  # fmt: skip
    work.remarks[:] = dict.fromkeys(work.remarks)
    work.note(texts, lambda first: {one: texts[one] for one in first if one in texts})


def _shown(name: str, value: Any) -> tuple[str, str]:
    return _SAID.get(name, name), str(value)


def _cell(value: Any) -> str:
    return "(empty)" if value is None else str(value)


def delete(session: Session, selection: Selection) -> Result:
    """Move interactions to the trash. Raises what ``bulk.carry_out`` does."""
    return carry_out(session, selection, Task(
        noun="interaction", words=("delete", "deleted"), prepare=_delete, body=queries.rows_of,
        risky=True, gone=True,
    ))  # fmt: skip


def _delete(work: Work) -> None:
    if not work.ids:
        return
    work.note_all(work.ids, "")
    interactions_edit.remove(work.unit, work.ids)
    buried = interaction_store.imported(work.connection, work.listed)
    first = work.unit.draw("interaction_tombstones", len(buried))
    rows = ((first + number, *cells) for number, cells in enumerate(buried))
    columns = ("id", "message_id", "fingerprint", "contact_id")
    work.unit.insert_stream("interaction_tombstones", columns, rows, first, len(buried))
    labels = interaction_store.labels(work.connection, work.ids)
    to_trash(
        work, "interaction", {label["id"]: interactions_edit.called(label) for label in labels}
    )
