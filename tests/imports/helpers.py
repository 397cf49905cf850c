"""Shared by the tests of imports."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

COUNTS = ("read", "created", "updated", "unchanged", "rejected")


class Files:
    """Writes input files and imports them."""

    def __init__(self, crm: Crm, folder: Path) -> None:
        self.crm = crm
        self.folder = folder

    def write(self, content: str | bytes, name: str = "in.csv") -> Path:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(
        self, noun: str, content: str | bytes, *options: str, code: int | None = 0,
        name: str = "in.csv",
    ) -> dict[str, Any]:  # fmt: skip
        """Import a file with this content and return the result; the law of counts holds."""
        path = self.write(content, name)
        result: dict[str, Any] = self.crm.json(noun, "import", path, *options, code=code)
        assert result["read"] == sum(result[key] for key in COUNTS[1:])
        return result

    def counts(
        self, noun: str, content: str | bytes, *options: str, **more: Any
    ) -> tuple[int, ...]:
        """Import and return (read, created, updated, unchanged, rejected)."""
        result = self.load(noun, content, *options, **more)
        return tuple(result[key] for key in COUNTS)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the store itself."""
        connection = sqlite3.connect(self.crm.db)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return what all records hold, and the figures made from them."""
        tables = (
            "contacts", "emails", "phones", "addresses", "links", "external_ids", "tags",
            "contact_tags", "consent_events", "import_fingerprints", "products", "purchases", "customers",
            "customer_days", "cohort_months", "leads", "stage_changes", "lead_terms", "lead_tags",
            "follow_ups",
        )  # fmt: skip
        return {table: self.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables}
