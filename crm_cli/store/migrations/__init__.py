"""Numbered schema steps, each frozen once released.

A step is a module ``mNNNN_<what>.py`` with a ``STATEMENTS`` tuple of SQL (and, when SQL does
not suffice, an ``apply(db)`` function taking the ``sqlite_utils.Database``). The number of
the newest step is the file's ``user_version``.
"""

from __future__ import annotations

STEPS: tuple[str, ...] = (
    "m0001_foundation", "m0002_data_in_out", "m0003_talks_and_follow_ups",
    "m0004_leads",
)  # fmt: skip
"""Module names in order; position + 1 is the schema version a step leads to."""

SCHEMA_VERSION = len(STEPS)
