"""The whole content of a store, for comparing it before and after."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from crm_cli.store.journal import JOURNALLED

if TYPE_CHECKING:
    from pathlib import Path

DERIVED = ("customers", "customer_days", "cohort_months", "search_index")


def snapshot(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every journalled and every derived table."""
    connection = sqlite3.connect(path)
    try:
        return {
            table: sorted(
                connection.execute(
                    f"SELECT rowid, * FROM {table}"
                    if table == "search_index"
                    else f"SELECT * FROM {table}"
                ).fetchall(),
                key=repr,
            )
            for table in (*JOURNALLED, *DERIVED)
        }
    finally:
        connection.close()
