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


def test_what_others_said_of_its_lead_comes_back_with_a_contact(site: Crm) -> None:
    """Talks, follow-ups and sales that others have by now are tied to it again."""
    site("contact", "add", "Bob", "-q")
    site("log", "call", 2, "spoke of the site", "--lead", 1, "-q")
    site("remind", "add", 2, "tomorrow", "ask Bob", "--lead", 1, "-q")
    site("lead", "add", 2, "Shop", "50", "-q")
    site("lead", "win", 2, "--purchase", "-q")
    site("purchase", "edit", 2, "--who", 1, "-q")
    before = rows(site)
    site("contact", "delete", 1, "--yes")
    assert site.json("log", "list")[0]["lead_id"] is None
    assert site.json("lead", "show", 2)["purchase_id"] is None
    site("trash", "restore", 1)
    assert rows(site) == before


@pytest.mark.parametrize("order", [("Ada Lovelace", "Bob"), ("Bob", "Ada Lovelace")])
def test_two_that_were_deleted_together_are_tied_again(site: Crm, order: tuple[str, str]) -> None:
    site("contact", "add", "Bob", "-q")
    site("log", "call", 2, "spoke of the site", "--lead", 1, "-q")
    site("remind", "add", 2, "tomorrow", "ask Bob", "--lead", 1, "-q")
    site("lead", "add", 2, "Shop", "50", "--referrer", 1, "-q")
    before = rows(site)
    site("contact", "delete", "--where", "id > 0", "--yes")
    for name in order:
        (line,) = [one["id"] for one in site.json("trash", "list") if one["name"] == name]
        site("trash", "restore", line)
    assert rows(site) == before


def test_a_stage_that_a_deleted_lead_was_in_stays(crm: Crm) -> None:
    """Or the lead would come back with a gap in its history."""
    crm("contact", "add", "Ada", "-q")
    crm("lead", "stage", "add", "Trial", "-q")
    added = crm.json("history")[0]["id"]
    crm("lead", "add", 1, "Site", "--stage", "trial", "-q")
    crm("lead", "move", 1, "proposal", "-q")
    crm("lead", "delete", 1, "--yes")
    (wrong,) = crm("undo", added, "--yes", "--json", code=4).error["candidates"]
    assert (wrong["table"], wrong["reason"]) == ("stages", "a lead in the trash was in it")
    crm("trash", "restore", 1)
    with closing(sqlite3.connect(crm.db)) as connection:
        stays = connection.execute("SELECT count(*) FROM stage_changes").fetchone()
    assert stays == (2,)
