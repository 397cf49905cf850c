"""What has to hold of the index at every moment."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from crm_cli.store import search_index

if TYPE_CHECKING:
    from pathlib import Path


def check(path: Path) -> None:
    """The rows are those the records give, and FTS5 has indexed what the rows say."""
    connection = sqlite3.connect(path)
    try:
        assert search_index.differences(connection) == []
        connection.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
        assert connection.execute("SELECT count(*) FROM search_queue").fetchone() == (0,)
    finally:
        connection.close()
