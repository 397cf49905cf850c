"""Deleting leads: to the trash and back with all that hung on them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from tests.conftest import Crm

HANGING = ("leads", "stage_changes", "lead_terms", "lead_tags", "field_values")


@pytest.fixture
def site(crm: Crm) -> Crm:
    """A won and reopened lead with terms, tags, a custom field, a sale, a talk, a follow-up."""
    crm("field", "add", "lead", "Hobby", "-q")
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("lead", "add", "ada", "Site", "1000", "--tag", "hot", "--set", "hobby=chess",
        "--external-id", "site:7", "-q")  # fmt: skip
    crm("lead", "edit", 1, "--value", "900", "-q")
    crm("lead", "win", 1, "800", "--purchase", "-q")
    crm("lead", "reopen", 1, "-q")
    crm("log", "call", 1, "about the site", "--lead", 1, "-q")
    crm("remind", "add", 1, "tomorrow", "ring again", "--lead", 1, "-q")
    return crm


def rows(crm: Crm) -> dict[str, list[Any]]:
    stored = snapshot(crm.db)
    return {table: stored[table] for table in (*HANGING, "interactions", "follow_ups", "purchases")}


def test_a_lead_comes_back_with_what_hung_on_it(site: Crm) -> None:
    before, shown = rows(site), site.json("lead", "show", 1)
    site("lead", "delete", 1, "--yes")
    gone = rows(site)
    assert {table: gone[table] for table in HANGING} == {table: [] for table in HANGING}
    assert site.json("log", "list")[0]["lead_id"] is None
    assert site.json("remind", "list")[0]["lead_id"] is None
    assert len(site.json("purchase", "list")) == 1
    (line,) = site.json("trash", "list")
    assert (line["noun"], line["name"]) == ("lead", "Site (Ada Lovelace)")
    back = site.json("trash", "restore", line["id"])
    assert back == shown
    assert rows(site) == before
    with closing(sqlite3.connect(site.db)) as connection:
        assert connection.execute("SELECT * FROM lead_tombstones").fetchall() == []


def test_undo_brings_it_back_too(site: Crm) -> None:
    before = snapshot(site.db)
    site("lead", "delete", 1, "--yes")
    site("undo")
    assert snapshot(site.db) == before


def test_an_imported_lead_that_is_deleted_leaves_a_mark(site: Crm) -> None:
    site("lead", "delete", 1, "--yes")
    with closing(sqlite3.connect(site.db)) as connection:
        (mark,) = connection.execute(
            "SELECT contact_id, external_id, fingerprint FROM lead_tombstones"
        )
    assert mark == (1, "site:7", None)


def test_deleting_asks(site: Crm) -> None:
    assert site("lead", "delete", 1, "--json", code=2).error["code"] == "usage"
    run = site("lead", "delete", 1, "--dry-run")
    assert "would delete 1 lead" in run.err
    assert site.json("lead", "show", 1)["title"] == "Site"
    site("lead", "delete", 9, "--yes", code=3)


def test_a_contact_goes_with_its_leads_and_they_come_back(site: Crm) -> None:
    before, shown = rows(site), site.json("lead", "show", 1)
    run = site("contact", "delete", 1, "--yes")
    assert run.code == 0
    assert {table: rows(site)[table] for table in HANGING} == {table: [] for table in HANGING}
    site("trash", "restore", 1)
    assert site.json("lead", "show", 1) == shown
    assert rows(site) == before


def test_the_referrer_goes_and_the_lead_stays(site: Crm) -> None:
    site("contact", "add", "Bob", "-q")
    site("lead", "edit", 1, "--referrer", "bob", "-q")
    site("contact", "delete", 2, "--yes")
    assert site.json("lead", "show", 1)["referred_by"] is None
    site("trash", "restore", 1)
    assert site.json("lead", "show", 1)["referred_by_name"] == "Bob"
