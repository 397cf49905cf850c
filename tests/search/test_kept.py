"""The index after single changes, in bulk, by a rebuild and by a migration."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from crm_cli.store import connection as opening
from crm_cli.store import migrate, search_index
from crm_cli.store.batch import Batch
from tests.history.snapshot import snapshot
from tests.search.checks import check

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def filled(crm: Crm) -> Crm:
    """A store with something in every table that is indexed."""
    crm("field", "add", "contact", "Size", "--kind", "number")
    crm(
        "contact", "add", "Zoë", "--first-name", "Zoë", "--last-name", "Groß", "--company", "Acme",
        "--email", "b@example.com", "--email", "a@example.com", "--phone", "+41791234567",
        "--street", "Weg 1", "--city", "Bern", "--country", "CH", "--link", "https://example.org",
        "--tag", "vip", "--tag", "news", "--external-id", "shop:7", "--notes", "two\nlines",
        "--job-title", "Boss", "--set", "size=3",
    )  # fmt: skip
    crm("purchase", "add", "1", "Tea", "5", "--order", "O1", "--description", "green")
    crm("purchase", "add", "1", "Tea", "5")
    crm("product", "edit", "1", "--sku", "T", "--category", "drinks")
    return crm


def test_a_rebuild_repairs_what_the_check_finds(filled: Crm) -> None:
    check(filled.db)
    before = snapshot(filled.db)["search_index"]
    assert len(before) == 4
    connection = sqlite3.connect(filled.db)
    connection.execute("DELETE FROM search_index WHERE rowid = 1")
    connection.execute("UPDATE search_index SET name = 'Coffee' WHERE name = 'Tea'")
    found = search_index.differences(connection)
    assert len(found) == 3
    assert found[0].startswith("search_index misses contact 1: 'Zoë'")
    assert "has wrongly product 1: 'Coffee'" in found[2]
    batch = Batch()
    search_index.rebuild(batch)
    batch.run(connection)
    connection.commit()
    connection.close()
    check(filled.db)
    assert snapshot(filled.db)["search_index"] == before


def test_a_store_of_schema_1_is_indexed_when_it_is_migrated(filled: Crm) -> None:
    """The step's own statements give the rows that the records give."""
    with contextlib.closing(opening.open_memory()) as fresh:
        fresh.execute("ATTACH ? AS there", (str(filled.db),))
        for table in ("contacts", "emails", "phones", "addresses", "links", "tags",
                      "contact_tags", "external_ids", "products", "purchases"):  # fmt: skip
            fresh.execute(f"INSERT INTO {table} SELECT * FROM there.{table}")
        for statement in migrate.statements("m0002_data_in_out"):
            if "INSERT INTO search_index (rowid" in statement:
                fresh.execute(statement)
        assert len(fresh.execute("SELECT * FROM search_index").fetchall()) == 4
        assert search_index.differences(fresh) == []


def test_bulk_and_single_changes_leave_the_same_rows(filled: Crm, tmp_path: Path) -> None:
    """Nothing is written for what nobody searches."""
    file = tmp_path / "many.csv"
    file.write_text("name,email\n" + "".join(f"P{n},p{n}@example.com\n" for n in range(300)))
    filled("contact", "import", file)
    check(filled.db)
    before = data_version(filled.db)
    filled("contact", "edit", "1", "--owner", "carol")
    assert data_version(filled.db) == before
    ids = "".join(f"{n}\n" for n in range(1, 300))
    assert filled.process("contact", "edit", "-", "--job-title", "Chef", stdin=ids).code == 0
    check(filled.db)
    for verb in ("undo", "redo"):
        filled(verb, "--yes")
        check(filled.db)
    assert len(json.loads(filled("search", "chef", "--json").out)) == 299


def test_an_import_may_rename_a_company_and_bring_people_of_it(crm: Crm, tmp_path: Path) -> None:
    """Those who are new are indexed once, those who were there anew."""
    crm("contact", "add", "Acme AG", "--kind", "company", "--external-id", "shop:1")
    crm("contact", "add", "Ada", "--company", "Acme AG")
    file = tmp_path / "people.csv"
    file.write_text("name,kind,external_id,company\nNova AG,company,shop:1,\nBob,person,,Nova AG\n")
    crm("contact", "import", file, "--on-match", "update")
    check(crm.db)
    assert [row["name"] for row in crm.json("search", "nova")] == ["Nova AG", "Ada", "Bob"]
    for verb in ("undo", "redo"):
        crm(verb)
        check(crm.db)


def data_version(path: Path) -> list[tuple[int, bytes]]:
    """The index as FTS5 keeps it."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT id, block FROM search_index_data ORDER BY id").fetchall()
    finally:
        connection.close()
