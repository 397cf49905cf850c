"""Writing contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import read_email, read_phone, search_key
from crm_cli.queries import contacts as queries
from crm_cli.result import Level, Message, Result
from crm_cli.services.unit import Unit
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AddContact:
    """What ``contact add`` was told."""

    name: str
    kind: str = "person"
    emails: Sequence[str] = field(default=())
    phones: Sequence[str] = field(default=())


def add(session: Session, request: AddContact) -> Result:
    """Add a contact. Raises InvalidValue and Duplicate."""
    name = " ".join(request.name.split())
    if not name:
        raise errors.InvalidValue("a contact needs a name")
    with Unit(session) as unit:
        contact_id = unit.draw("contacts")
        unit.insert(
            "contacts", id=contact_id, kind=request.kind, name=name, folded=search_key(name),
            role="prospect", created_at=unit.at, updated_at=unit.at,
        )  # fmt: skip
        for position, text in enumerate(request.emails):
            value = read_email(text)
            taken = store.ids_by_email(unit.connection, value)
            if taken:
                raise errors.Duplicate(
                    f"{value} belongs to another contact",
                    hint="edit that one, or add --allow-duplicate",
                    candidates=store.labels(unit.connection, taken),
                )
            unit.insert(
                "emails", contact_id=contact_id, value=value, is_primary=int(position == 0)
            )
        for position, text in enumerate(request.phones):
            value = read_phone(text, None)
            unit.insert(
                "phones", contact_id=contact_id, value=value, raw=text,
                is_primary=int(position == 0),
            )  # fmt: skip
        unit.count_records(1)
        record = unit.commit(
            f"added {name}", then=lambda connection: queries.record(connection, contact_id)
        )
    return written(record, unit)


def written(record: object, unit: Unit) -> Result:
    """Return what a writing verb shows: the record, and how to take the change back."""
    if unit.session.dry_run:
        return Result(body=record, messages=[Message("dry run: nothing was written")])  # type: ignore[arg-type]
    if not unit.entry_id:
        return Result(body=record, messages=[Message("nothing changed")])  # type: ignore[arg-type]
    return Result(body=record, messages=[Message(f"undo: crm undo {unit.entry_id}", Level.HINT)])  # type: ignore[arg-type]
