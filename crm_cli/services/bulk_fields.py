"""Custom fields of many records at once: what ``fields.write`` does to one, set-wise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.custom_field import COLUMN_OF, typed
from crm_cli.services.field_checks import refuse_shared, several
from crm_cli.services.fields import needed, read
from crm_cli.store import bulk as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.domain.custom_field import Field, Value
    from crm_cli.services.bulk import Work
    from crm_cli.services.fields import Edits


def write(work: Work, given: Mapping[str, Any]) -> None:
    """Set and empty custom fields (``given["custom"]``) of the records of a bulk change.

    Raises InvalidValue, and Duplicate for a value that another record has and none may share.
    """
    edits: Edits = given["custom"]
    for field, text in edits.sets.items():
        if text.strip():
            value = read(work.unit.session, work.connection, field, text, work.remarks)
            if field.is_unique and len(work.ids) > 1:
                raise several(field)
            if field.is_unique and work.ids:
                refuse_shared(work.connection, field, value, work.ids[0])
            _set(work, field, value)
            continue
        if field.is_required:
            raise needed(work.noun, [field.key])
        _empty(work, field)
    for field in edits.unsets:
        _empty(work, field)


def _set(work: Work, field: Field, value: Value) -> None:
    if not work.ids:
        return
    cells = value._asdict()
    rows = store.values_held(work.connection, work.noun, field.id, work.listed)
    text = f"{field.key}: {typed(field.kind, value)}"
    moved = store.differing(work.connection, "field_values", cells, store.array(rows))
    if moved:
        work.unit.update_chosen("field_values", cells, store.array(moved))
        work.note_all([rows[row] for row in moved], text)
    held = set(rows.values())
    missing = [one for one in work.ids if one not in held]
    first = work.unit.draw("field_values", len(missing))
    fresh = ((first + number, field.id, one, *value) for number, one in enumerate(missing))
    columns = ("id", "field_id", COLUMN_OF[work.noun], *cells)
    work.unit.insert_stream("field_values", columns, fresh, first, len(missing))
    work.note_all(missing, text)


def _empty(work: Work, field: Field) -> None:
    rows = store.values_held(work.connection, work.noun, field.id, work.listed)
    if rows:
        chosen = {"ids": store.array(rows)}
        work.unit.delete_where("field_values", f"t.id {store.AMONG}", chosen)
        work.note_all(list(rows.values()), f"{field.key}: nothing")
