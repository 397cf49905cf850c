"""Several records shown at once: pages for people, one list of full records for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.result import Column, Several, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.result import Body, Record


def pages(noun: str, records: Sequence[Record], *, for_people: bool) -> Body:
    """Return records' pages one below the other, or the table of their JSON objects."""
    if for_people and records:
        return Several(bodies=records)
    keys = list(records[0].values) if records else ["id"]
    return Table(
        noun=noun,
        columns=[Column(key, key) for key in keys],
        rows=[tuple(record.values.values()) for record in records],
    )
