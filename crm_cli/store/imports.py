"""The record of import runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.store.batch import Batch


def record_run(
    batch: Batch, run_id: int, entry_id: int, at: str, values: Mapping[str, Any]
) -> None:
    """Append the note of one import: noun, source, the counts, where its rejects are."""
    batch.add(
        "INSERT INTO import_runs (id, entry_id, noun, source, at, read_rows, created, updated,"
        " unchanged, rejected, rejects_file) VALUES (:id, :entry_id, :noun, :source, :at,"
        " :read_rows, :created, :updated, :unchanged, :rejected, :rejects_file)",
        {"id": run_id, "entry_id": entry_id, "at": at, **values},
    )
