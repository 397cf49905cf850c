"""The schema's promises, and what no statement may say."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crm_cli
from crm_cli.queries import status
from crm_cli.store import connection as opening
from crm_cli.store import migrate
from crm_cli.store.journal import JOURNALLED
from crm_cli.store.migrations import SCHEMA_VERSION, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Crm

PACKAGE = Path(crm_cli.__file__).parent
FORBIDDEN = re.compile(
    r"last_insert_rowid|current_timestamp|current_date|current_time\b"
    r"|(?:datetime|date|time|julianday|unixepoch)\s*\(\s*'now'"
    r"|strftime\s*\(\s*'[^']*'\s*,\s*'now'"
    r"|\brandom\s*\(\s*\)(?!\s*\*)|randomblob"
    r"|create_function|create_collation|create_aggregate|create_window_function|lastrowid",
    re.IGNORECASE,
)
BARE_NOW = re.compile(r"\b(?:datetime|date|time|julianday|unixepoch)\s*\(\s*\)")
PYTHON_RANDOM = re.compile(r"(?:self\.)?random\.random\(\)")


def sources() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.sql")])


def strings_of(path: Path) -> str:
    """The text of a file without its comments and docstrings, which may name what is forbidden."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    import ast

    tree = ast.parse(text)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    words = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]
    words += [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return "\n".join(words)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_statement_asks_for_the_time_a_number_or_python(path: Path) -> None:
    text = strings_of(path)
    found = [matched[0] for matched in FORBIDDEN.finditer(text)]
    if "SELECT" in text or "INSERT" in text:
        found += [matched[0] for matched in BARE_NOW.finditer(text)]
    assert found == [], f"{path}: a replicated store would answer differently on each machine"


def test_the_search_for_what_is_forbidden_finds_it() -> None:
    for statement in (
        "SELECT last_insert_rowid()", "DEFAULT CURRENT_TIMESTAMP", "datetime('now', '-1 day')",
        "strftime('%Y', 'now')", "ORDER BY random()", "connection.create_function",
    ):  # fmt: skip
        assert FORBIDDEN.search(statement), statement


def test_only_the_store_and_the_reports_speak_sql() -> None:
    speaks = re.compile(r"\b(SELECT\b.+\bFROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b")
    guilty = [
        str(path.relative_to(PACKAGE))
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] not in {"store", "reports"}
        and any(speaks.search(line) for line in strings_of(path).split("\n"))
    ]
    assert guilty == []


def test_only_the_store_imports_sqlite() -> None:
    imports = re.compile(r"^(?:import|from) (?:sqlite3|sqlite_utils)", re.MULTILINE)
    guilty = [
        str(path.relative_to(PACKAGE))
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] != "store" and imports.search(path.read_text("utf-8"))
    ]
    assert guilty == []


@pytest.fixture
def schema() -> Iterator[sqlite3.Connection]:
    """The newest schema in memory."""
    connection = opening.open_memory()
    yield connection
    connection.close()


def own_tables(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    tables = dict(rows.fetchall())
    # A search index is no table, and keeps its own ones beside it.
    indexes = [name for name, sql in tables.items() if sql.startswith("CREATE VIRTUAL TABLE")]
    return {
        name: sql
        for name, sql in tables.items()
        if name not in indexes and not name.startswith(tuple(f"{index}_" for index in indexes))
    }


def test_every_table_is_strict(schema: sqlite3.Connection) -> None:
    strict = dict(
        schema.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
        ).fetchall()
    )
    tables = own_tables(schema)
    assert len(tables) > 15
    assert [name for name in tables if not strict[name]] == []


def test_journalled_tables_are_there(schema: sqlite3.Connection) -> None:
    assert set(JOURNALLED) <= set(own_tables(schema))


@pytest.mark.parametrize("table", JOURNALLED)
def test_a_journalled_table_fits_json_and_has_a_number(
    schema: sqlite3.Connection, table: str
) -> None:
    columns = {
        name: (kind, key)
        for name, kind, key in schema.execute(
            "SELECT name, type, pk FROM pragma_table_info(?)", (table,)
        ).fetchall()
    }
    assert columns["id"] == ("INTEGER", 1)
    assert {kind for kind, _ in columns.values()} <= {"INTEGER", "TEXT"}
    assert [name for name, (_, key) in columns.items() if key] == ["id"]


def test_every_foreign_key_has_an_index_and_is_deferred(schema: sqlite3.Connection) -> None:
    bare = []
    keys = 0
    for table, sql in own_tables(schema).items():
        firsts = {
            schema.execute(
                "SELECT name FROM pragma_index_info(?) WHERE seqno = 0", (index,)
            ).fetchone()[0]
            for (index,) in schema.execute(
                "SELECT name FROM pragma_index_list(?)", (table,)
            ).fetchall()
        }
        for column, parent in schema.execute(
            'SELECT "from", "table" FROM pragma_foreign_key_list(?)', (table,)
        ).fetchall():
            keys += 1
            if column not in firsts and parent != "entries":
                bare.append(f"{table}.{column}")
        assert sql.count("REFERENCES") == sql.count("DEFERRABLE INITIALLY DEFERRED"), table
    assert keys > 10
    # The history's own keys point at rows that are never deleted, so nobody looks for children.
    assert bare == []


def test_steps_are_numbered_without_gaps() -> None:
    assert [step[:5] for step in STEPS] == [f"m{n:04d}" for n in range(1, len(STEPS) + 1)]
    assert len(STEPS) == SCHEMA_VERSION
    files = {path.stem for path in (PACKAGE / "store" / "migrations").glob("m*.py")}
    assert files == set(STEPS)


def test_a_file_has_the_schema_of_a_store_in_memory(
    schema: sqlite3.Connection, tmp_path: Path
) -> None:
    with opening.open_writer(tmp_path / "crm.db") as made:
        query = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
        beside = {row for row in made.execute(query) if not row[2].startswith("_sqlite_")}
        assert beside == set(schema.execute(query))
        assert made.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert made.execute("PRAGMA synchronous").fetchone() == (2,)
        assert made.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert made.execute("PRAGMA secure_delete").fetchone() == (1,)
    made.close()


# -- an older file ----------------------------------------------------------------------------


@pytest.fixture
def next_schema(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pretend that the program has one more step; returns the step's statements.

    All who hold the number are imported first: who came later would keep the pretended one.
    """
    from crm_cli.services import schema
    from crm_cli.store import identity, migrations

    steps = (*STEPS, "next")
    added = ["CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT"]
    real = migrate.statements
    monkeypatch.setattr(migrate, "STEPS", steps)
    for module in (migrate, migrations, identity, opening, status, schema):
        monkeypatch.setattr(module, "SCHEMA_VERSION", len(steps))
    monkeypatch.setattr(migrate, "statements", lambda s: added if s == "next" else real(s))
    return added


def older_file(path: Path) -> None:
    connection = opening.open_writer(path)
    connection.execute("INSERT INTO tags (id, key, label) VALUES (1, 'vip', 'VIP')")
    connection.close()


def test_an_older_file_is_copied_and_migrated(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "crm.db"
    older_file(path)
    request.getfixturevalue("next_schema")
    told: list[str] = []
    connection = opening.open_writer(path, notify=told.append)
    assert opening.schema_version(connection) == SCHEMA_VERSION + 1
    assert connection.execute("SELECT label FROM tags").fetchone() == ("VIP",)
    assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
    connection.close()
    copy = tmp_path / f"crm.db.v{SCHEMA_VERSION}.bak"
    assert len(told) == 1
    assert str(copy) in told[0]
    assert copy.stat().st_mode & 0o777 == 0o600
    kept = sqlite3.connect(copy)
    assert kept.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert kept.execute("SELECT label FROM tags").fetchone() == ("VIP",)
    kept.close()
    opening.open_writer(path, notify=told.append).close()
    assert len(told) == 1


def test_a_copy_that_is_there_is_kept(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "crm.db"
    older_file(path)
    precious = tmp_path / f"crm.db.v{SCHEMA_VERSION}.bak"
    precious.write_text("precious")
    request.getfixturevalue("next_schema")
    opening.open_writer(path).close()
    assert precious.read_text() == "precious"
    assert (tmp_path / f"crm.db.v{SCHEMA_VERSION}-2.bak").exists()


def test_a_step_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "crm.db"
    older_file(path)
    request.getfixturevalue("next_schema").append("CREATE TABLE tags (oops)")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        opening.open_writer(path)
    assert not list(tmp_path.glob("*.bak"))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("SELECT label FROM tags").fetchone() == ("VIP",)
    connection.close()


def test_the_program_migrates_and_says_so(crm: Crm, request: pytest.FixtureRequest) -> None:
    crm("contact", "add", "Ada")
    request.getfixturevalue("next_schema")
    before = crm.db.read_bytes()
    told = crm("db", "status", "--json")
    assert told.json["schema"] == SCHEMA_VERSION
    assert "crm db migrate" in told.err
    assert crm.db.read_bytes() == before
    assert (
        crm("contact", "list", "--read-only", "--json", code=10).error["code"] == "store-readonly"
    )
    run = crm("contact", "list", "--json")
    assert run.json[0]["name"] == "Ada"
    assert "was migrated" in run.err
