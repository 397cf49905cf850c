"""Bringing the file to the newest schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.result import Message, Record, Result
from crm_cli.store import connection as opening
from crm_cli.store.migrations import SCHEMA_VERSION

if TYPE_CHECKING:
    from crm_cli.session import Session


def migrate(session: Session) -> Result:
    """Migrate an older file; the session says where the old one is kept.

    JSON: ``path, schema_before`` (None: no file), ``schema``. Raises the StoreError family.
    """
    path = session.path
    reader = opening.open_reader(path, timeout=session.lock_timeout)
    before = None
    if reader is not None:
        before = opening.schema_version(reader)
        reader.close()
    after = before
    if before is None:
        told = f"there is no store at {path} yet; the first change makes it, with the newest schema"
    elif before == SCHEMA_VERSION:
        told = f"{path} has schema {before}, the newest: nothing to do"
    elif session.dry_run:
        told = f"dry run: {path} would go from schema {before} to {SCHEMA_VERSION}"
    else:
        after = opening.schema_version(session.writer)
        told = f"done: {path} has schema {after}"
    values = {"path": str(path), "schema_before": before, "schema": after}
    return Result(
        body=Record(noun="store", values=values, title=str(path), id_key="path"),
        messages=[Message(told)],
    )
