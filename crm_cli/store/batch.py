"""A batch: the ordered statements of one change, with their parameters or a stream of them.

A batch never reads what it wrote, and its statements call no clock, no random number and no
Python function, so the same list could be sent to a replicated SQLite as one request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    Parameters = Mapping[str, Any] | Sequence[Any]


class Batch:
    """Statements in the order they are to run."""

    def __init__(self) -> None:
        self._steps: list[tuple[str, Any, bool]] = []

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, sql: str, parameters: Parameters = ()) -> None:
        """Append one statement with one set of parameters."""
        self._steps.append((sql, parameters, False))

    def stream(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Append one statement that runs once for every row of ``rows`` (read lazily)."""
        self._steps.append((sql, rows, True))

    def extend(self, other: Batch) -> None:
        """Append everything of another batch."""
        self._steps += other._steps

    def run(self, connection: sqlite3.Connection) -> None:
        """Run everything on a connection that is inside a transaction."""
        for sql, parameters, many in self._steps:
            if many:
                connection.executemany(sql, parameters)
            else:
                connection.execute(sql, parameters)
