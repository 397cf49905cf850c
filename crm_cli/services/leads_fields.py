"""Custom fields of leads: ``--set`` and ``--unset`` sorted out and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.store import leads as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from crm_cli.services.bulk import Work


def split(
    connection: sqlite3.Connection, given: Mapping[str, Any], unsettable: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the options with ``--set`` and ``--unset`` understood (see ``services.fields``); as
    they are where nothing but a lead's own columns can be meant. Raises InvalidValue."""
    if not given.keys() & {"set", "unset"} and not store.has_fields(connection):
        return dict(given)
    from crm_cli.services import fields

    return fields.split(connection, "lead", given, unsettable)


def names_any(given: Mapping[str, Any]) -> bool:
    """Say whether something is to be set or emptied."""
    edits = given.get("custom")
    return bool(given.get("unset")) or (edits is not None and bool(edits.sets or edits.unsets))


def write_many(work: Work, given: Mapping[str, Any]) -> None:
    """Set and empty custom fields of the leads of a change. Raises InvalidValue."""
    if "custom" in given:
        from crm_cli.services import bulk_fields

        bulk_fields.write(work, given)
