"""``crm search --where``: of what was found, the records for which a filter holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.queries import filtering
from crm_cli.store.bulk import chosen_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.result import Message
    from crm_cli.session import Session

_HIDES = {"archived", "archived_at", "active"}


class Chosen(NamedTuple):
    """The records a filter chooses, as (type, id), the types it can be asked of, and whether it
    says itself which archived and retired ones it means."""

    records: set[tuple[str, int]]
    kinds: tuple[str, ...]
    tells_hidden: bool


def choose(session: Session, kinds: Sequence[str], where: str, remarks: list[Message]) -> Chosen:
    """Return what a filter chooses of the record types that have its fields and values.

    Raises InvalidValue where none of them has, as the first of them says it.
    """
    records: set[tuple[str, int]] = set()
    asked = []
    tells_hidden = False
    first: errors.InvalidValue | None = None
    for kind in kinds:
        try:
            found = filtering.read(session, kind, where)
        except errors.InvalidValue as error:
            first = first or error
            continue
        asked.append(kind)
        remarks += found.remarks
        tells_hidden = tells_hidden or bool(found.fields & _HIDES)
        ids = chosen_ids(session.reader, kind, found.chosen, hidden=None)
        records |= {(kind, number) for number in ids}
    if first is not None and not asked:
        raise first
    return Chosen(records, tuple(asked), tells_hidden)
