"""A list that comes in again: what says nothing new is passed over set-wise, and that decides
nothing else than merging every row would."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm_cli.store import import_contact_news as news
from tests.imports.helpers import Files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

CELLS = {
    "external_id": ["", "1", "erp:2", "ERP:2", "3; x:4"],
    "name": ["", "Ada", "ADA", "Zoë", "a@x.org", "Customer 1"],
    "first_name": ["", "Ada", "Bob"],
    "kind": ["", "person", "company"],
    "email": ["", "a@x.org", "B@x.org", "a@x.org;c@x.org", "d@edge.ch"],
    "phone": ["", "+41791111111", "+41 79 111 11 11", "031 333"],
    "company": ["", "Edge AG", "edge", "Rim"],
    "job_title": ["", "Chief", "chief"],
    "role": ["", "customer", "Supplier"],
    "birthday": ["", "1990-05-31", "--05-31"],
    "notes": ["", "one\ntwo", "three"],
    "street": ["", "Gasse 1", "gasse 1"],
    "city": ["", "Bern", "Thun"],
    "link": ["", "x.org", "https://x.org"],
    "tags": ["", "vip", "VIP; new", "new"],
    "size": ["", "M", "L"],
    "marketing_consent": ["", "yes", "no", "unsubscribed"],
    "consent_proof": ["", "form"],
    "budget": ["", "10 CHF", "10.00 CHF", "12 EUR"],
}
ROW = st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()})


def text(columns: list[str], rows: list[dict[str, str]]) -> str:
    """Write a file of some columns."""
    lines = [",".join('"' + row[name] + '"' for name in columns) for row in rows]
    return "\n".join([",".join(columns), *lines]) + "\n"


def dump(path: Path) -> list[Any]:
    """Return every row of every table but the runs and the random parts of UUIDs."""
    connection = sqlite3.connect(path)
    try:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
            )
            if not name.startswith(("import_runs", "sqlite_", "_sqlite"))
        ]
        found: list[Any] = []
        for table in tables:
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            kept = [x for x in names if x not in {"uid", "command", "images", "image", "summary"}]
            listed = ", ".join(f'"{name}"' for name in kept)
            rows = connection.execute(f"SELECT {listed} FROM {table}").fetchall()
            found.append((table, sorted(rows, key=repr)))
        return found
    finally:
        connection.close()


def every_contact(connection: sqlite3.Connection, **_: bool) -> None:
    """The long way: every row of a known contact is merged."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_news SELECT contact_id FROM temp.s_target"
        " WHERE contact_id IS NOT NULL"
    )


@settings(
    max_examples=30, deadline=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    first=st.lists(ROW, min_size=1, max_size=6),
    changes=st.lists(st.tuples(st.integers(0, 5), ROW, st.sampled_from(list(CELLS))), max_size=4),
    columns=st.lists(st.sampled_from(list(CELLS)), min_size=4, unique=True),
    option=st.sampled_from(["fill", "update"]),
    archived=st.booleans(),
)
def test_passing_over_decides_nothing_else_than_merging_would(
    crm: Crm, tmp_path: Path, first: list[dict[str, str]],
    changes: list[tuple[int, dict[str, str], str]], columns: list[str], option: str,
    archived: bool,
) -> None:  # fmt: skip
    columns = [*{"name": 0, "email": 0, **dict.fromkeys(columns)}]
    second = [dict(row) for row in first]
    for at, row, column in changes:
        second[at % len(second)][column] = row[column]
    outcomes = []
    for way in ("short", "long"):
        with pytest.MonkeyPatch.context() as patch:
            if way == "long":
                patch.setattr(news, "find", every_contact)
            crm.db.unlink(missing_ok=True)
            files = Files(crm, tmp_path)
            crm("field", "add", "contact", "size", "text")
            crm("field", "add", "contact", "budget", "money")
            files.load("contact", text(columns, first), code=None)
            if archived:
                crm("contact", "archive", "1", code=None)
            told = [
                files.load("contact", text(columns, rows), "--on-match", option, code=None)
                for rows in (second, second)
            ]
            for result in told:
                del result["seconds"]
            outcomes.append((told, dump(crm.db)))
    assert outcomes[0] == outcomes[1]
