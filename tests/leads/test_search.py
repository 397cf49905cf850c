"""Leads are found by the words of their title, notes, competitor and number elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.search.checks import check

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def sales(crm: Crm) -> Crm:
    crm("contact", "add", "Ada Müller")
    crm("lead", "add", "1", "Website für Größen", "100", "--notes", "asks about hosting in Bern",
        "--external-id", "hubspot:4711")  # fmt: skip
    crm("lead", "add", "1", "Shop", "--stage", "proposal")
    return crm


def found(crm: Crm, *words: str) -> list[tuple[str, int, list[str]]]:
    rows = crm.json("search", *words)
    return [(row["type"], row["id"], row["found_in"]) for row in rows]


def test_every_piece_of_a_lead_is_found(sales: Crm) -> None:
    assert found(sales, "größen") == [("lead", 1, ["title"])]
    assert found(sales, "website", "hosting") == [("lead", 1, ["title", "notes"])]
    assert found(sales, "4711") == [("lead", 1, ["external_id"])]
    assert found(sales, "sho") == [("lead", 2, ["title"])]
    assert found(sales, "müller") == [("contact", 1, ["name"])]
    (row,) = sales.json("search", "shop")
    assert (row["name"], row["contact"]) == ("Shop", "Ada Müller")
    assert "Ada Müller" in sales("search", "shop").out


def test_only_leads_and_only_some_of_them(sales: Crm) -> None:
    sales("log", "call", "1", "about the shop")
    assert len(found(sales, "shop")) == 2
    assert found(sales, "shop", "--in", "lead") == [("lead", 2, ["title"])]
    assert sales("search", "shop", "--in", "lead", "-f", "ids").out == "2\n"
    assert found(sales, "shop", "--where", "stage = proposal") == [("lead", 2, ["title"])]
    assert found(sales, "shop", "--where", "stage = new") == []


def test_the_index_follows_every_change(sales: Crm) -> None:
    check(sales.db)
    sales("undo")
    assert found(sales, "shop") == []
    check(sales.db)
    sales("redo")
    assert found(sales, "shop") == [("lead", 2, ["title"])]
    sales("contact", "delete", "1", "--yes")
    assert found(sales, "shop") == []
    sales("trash", "restore", "1")
    assert found(sales, "shop") == [("lead", 2, ["title"])]
    check(sales.db)
    file = sales.db.parent / "leads.csv"
    file.write_text("title,contact,email\nRocket,Zoe,zoe@x.org\nEngine,Zoe,zoe@x.org\n",
                    encoding="utf-8")  # fmt: skip
    sales("lead", "import", file)
    assert [kind for kind, *_ in found(sales, "rocket")] == ["lead"]
    check(sales.db)
