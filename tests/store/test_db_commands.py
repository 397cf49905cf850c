"""``crm db``: status, migrate, sql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli.store.migrations import SCHEMA_VERSION
from tests.faults.conftest import folder_bytes

VIEWS = {
    "crm_contacts", "crm_products", "crm_purchases", "crm_interactions", "crm_follow_ups",
    "crm_leads", "crm_stage_changes",
}  # fmt: skip

if TYPE_CHECKING:
    from tests.conftest import Crm


def test_status_of_nothing(crm: Crm) -> None:
    run = crm("db", "status", "--json")
    assert run.json["exists"] is False
    assert run.json["path"] == str(crm.db)
    assert str(crm.db) in run.err
    assert not crm.db.exists()


def test_status_counts_and_changes_nothing(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    crm("contact", "archive", "Bob")
    before = folder_bytes(crm.db.parent)["crm.db"]
    status = crm.json("db", "status")
    assert folder_bytes(crm.db.parent)["crm.db"] == before
    assert status["records"]["people"] == 1
    assert status["records"]["archived"] == 1
    assert status["records"]["entries"] == 3
    assert status["last_entry"]["id"] == 3
    assert status["last_entry"]["actor"] == "tester"
    assert (status["schema"], status["newest_schema"]) == (SCHEMA_VERSION, SCHEMA_VERSION)
    assert status["bytes"] > 0
    assert set(status["views"]) == VIEWS
    assert "people" in crm("db", "status").out


def test_status_shows_the_last_import_of_each_source(crm: Crm) -> None:
    file = crm.db.parent / "sales.csv"
    file.write_text("customer,date,amount\n7,2026-01-02,12.50\n8,2026-01-03,3\n")
    crm("purchase", "import", file)
    crm("purchase", "import", file)
    (run,) = crm.json("db", "status")["imports"]
    assert run["source"].endswith("sales.csv")
    assert (run["read"], run["created"], run["unchanged"]) == (2, 0, 2)


def test_migrate_with_nothing_to_do(crm: Crm) -> None:
    nothing = crm("db", "migrate", "--json")
    assert nothing.json["schema_before"] is None
    assert not crm.db.exists()
    crm("contact", "add", "Ada")
    done = crm("db", "migrate", "--json")
    assert "nothing to do" in done.err
    assert done.json["schema_before"] == done.json["schema"] == SCHEMA_VERSION


def test_sql_answers_in_every_format(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    query = "SELECT id, name, email FROM crm_contacts"
    assert crm.json("db", "sql", query) == [{"id": 1, "name": "Ada", "email": "ada@example.com"}]
    assert crm("db", "sql", query, "-f", "csv").out == "id,name,email\r\n1,Ada,ada@example.com\r\n"
    assert crm("db", "sql", query, "-f", "ids").out == "1\n"
    assert crm("db", "sql", query, "--columns", "name", "--json").json == [{"name": "Ada"}]
    assert crm("db", "sql", query).err == ""
    assert crm("db", "sql", query + " WHERE id > 1", "--fail-empty", code=3).out.count("Ada") == 0


def test_columns_of_one_name_are_told_apart(crm: Crm) -> None:
    row = crm.json("db", "sql", "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS ''")[0]
    assert row == {"a": 1, "a_2": 2, "a_2_2": 3, "column_4": 4}


def test_odd_values_become_json(crm: Crm) -> None:
    query = "SELECT x'00ff' AS b, 9e999 AS i, -9e999 AS j, CAST(x'ff41' AS TEXT) AS t, 0.5 AS f"
    run = crm("db", "sql", query, "--json")
    assert run.json == [{"b": "x'00ff'", "i": "inf", "j": "-inf", "t": "\\xffA", "f": 0.5}]


def test_without_a_query_the_views_are_listed(crm: Crm) -> None:
    rows = crm.json("db", "sql")
    assert {row["view"] for row in rows} == VIEWS
    for row in rows:
        crm("db", "sql", f"SELECT {row['column']} FROM {row['view']}")
    assert "crm_contacts" in crm("db", "sql", "--help").out


def test_a_table_is_read_with_a_note(crm: Crm) -> None:
    assert "only the views" in crm("db", "sql", "SELECT count(*) FROM contacts").err
    assert crm("db", "sql", "SELECT count(*) FROM contacts", "-q").err.count("views") == 0


def test_functions_that_are_tables_work(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    assert crm.json("db", "sql", "SELECT value AS v FROM json_each('[1]')") == [{"v": 1}]
    assert crm.json("db", "sql", "PRAGMA user_version") == [{"user_version": SCHEMA_VERSION}]


def test_a_query_from_stdin(crm: Crm) -> None:
    assert crm.process("db", "sql", "-", "--json", stdin="SELECT 'é' AS x\n").json == [{"x": "é"}]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tags (id, key, label) VALUES (1, 'x', 'x')",
        "UPDATE contacts SET name = 'x'",
        "DELETE FROM contacts",
        "REPLACE INTO settings (id, key, value) VALUES (1, 'x', 'x')",
        "WITH x AS (SELECT 1) DELETE FROM contacts",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x (y)",
        "CREATE VIRTUAL TABLE x USING fts5 (y)",
        "DROP TABLE contacts",
        "ALTER TABLE contacts ADD COLUMN x",
        "ATTACH '{folder}/other.db' AS o",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO '{folder}/copy.db'",
        "PRAGMA user_version = 7",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA wal_checkpoint",
        "PRAGMA incremental_vacuum",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT x",
        "REINDEX",
        "ANALYZE",
        "SELECT load_extension('x')",
        "SELECT writefile('{folder}/x', 'x')",
        "UPDATE sqlite_master SET sql = ''",
        "DELETE FROM sqlite_master",
    ],
)
def test_sql_only_reads(crm: Crm, statement: str) -> None:
    crm("contact", "add", "Ada")
    folder = crm.db.parent
    files = set(folder_bytes(folder))
    before = crm.db.read_bytes()
    run = crm("db", "sql", statement.format(folder=folder), "--json", code=None)
    assert (run.code, run.error["code"]) in {(5, "refused"), (2, "invalid")}
    assert run.out == ""
    assert crm.db.read_bytes() == before
    assert set(folder_bytes(folder)) - files <= {"crm.db-wal", "crm.db-shm"}
    assert crm.json("contact", "list")[0]["name"] == "Ada"


@pytest.mark.parametrize(
    "statement",
    ["", "   ", "SELEC 1", "SELECT nope FROM crm_contacts", "SELECT 1; SELECT 2", "SELECT ?",
     "SELECT 'a\0b'", "SELECT '", ";", "/* nothing */", "SELECT * FROM crm_contacts\udcff"],
)  # fmt: skip
def test_sql_that_is_wrong(crm: Crm, statement: str) -> None:
    run = crm("db", "sql", statement, "--json", code=2)
    assert run.error["code"] == "invalid"
    assert run.error["hint"]


def test_a_contact_without_purchases_has_no_orders_in_the_view_too(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    assert crm.json("db", "sql", "SELECT orders, revenue_minor FROM crm_contacts") == [
        {"orders": 0, "revenue_minor": None}
    ]
