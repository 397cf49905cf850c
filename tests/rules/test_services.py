"""Service that a product needs, made due by each purchase of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Crm
    from tests.rules.conftest import Rows

    Due = Callable[..., list[str]]
    At = Callable[[str], None]
    Read = Callable[..., Rows]


@pytest.fixture
def boiler(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--owner", "zoe")
    crm("contact", "add", "Bob")
    crm("product", "add", "Boiler", "900", "--service-interval", "12 months")
    crm("product", "add", "Hose", "9")


@pytest.mark.usefixtures("boiler")
def test_a_purchase_makes_it_due(crm: Crm, rows: Read) -> None:
    crm("purchase", "add", "ada", "Boiler", "900", "--on", "2025-10-10")
    crm("purchase", "add", "ada", "Hose", "9")
    (row,) = rows()
    assert (row["kind"], row["due_on"], row["text"], row["owner"], row["purchase_id"]) == (
        "service", "2026-10-12", "Service: Boiler", "zoe", 1,  # the 10th is a Saturday
    )  # fmt: skip
    (shown,) = crm.json("remind", "list")
    assert shown["purchase_id"] == 1
    assert crm.json("remind", "refresh") == {"made": 0, "changed": 0, "taken_back": 0, "scored": 0}


@pytest.mark.usefixtures("boiler")
def test_a_newer_purchase_takes_its_place(crm: Crm, rows: Read) -> None:
    crm("purchase", "add", "ada", "Boiler", "900", "--on", "2026-01-12")
    crm("purchase", "add", "bob", "Boiler", "900", "--on", "2026-02-02")
    crm("purchase", "add", "ada", "Boiler", "900", "--on", "2026-03-09")
    assert [(row["purchase_id"], row["due_on"]) for row in rows()] == [
        (2, "2027-02-02"), (3, "2027-03-09"),
    ]  # fmt: skip
    crm("undo")
    assert [row["purchase_id"] for row in rows()] == [1, 2]


@pytest.mark.usefixtures("boiler")
def test_returned_in_full_it_needs_none(crm: Crm, rows: Read) -> None:
    crm("purchase", "add", "ada", "Boiler", "1800", "--quantity", "2")
    crm("purchase", "return", "1", "--quantity", "1", "900")
    assert len(rows()) == 1
    crm("purchase", "return", "1")
    assert rows() == []
    crm("undo")
    assert len(rows()) == 1


@pytest.mark.usefixtures("boiler")
def test_it_goes_with_its_purchase_and_comes_back(crm: Crm, rows: Read) -> None:
    crm("purchase", "add", "ada", "Boiler", "900")
    (before,) = rows()
    crm("purchase", "delete", "1", "--yes")
    assert rows(state=None) == []
    crm("undo")
    assert [row["uid"] for row in rows()] == [before["uid"]]
    crm("undo")
    assert rows(state=None) == []
    assert crm.json("purchase", "list") == []
    crm("redo")
    assert [row["uid"] for row in rows()] == [before["uid"]]
    crm("purchase", "delete", "1", "--yes")
    crm("contact", "archive", "ada")
    assert rows() == []


@pytest.mark.usefixtures("boiler")
def test_another_day_interval_customer_or_product(crm: Crm, rows: Read) -> None:
    crm("purchase", "add", "ada", "Boiler", "900", "--on", "2026-01-12")
    crm("purchase", "edit", "1", "--on", "2026-01-13")
    assert [row["due_on"] for row in rows()] == ["2027-01-13"]
    crm("product", "edit", "Boiler", "--service-interval", "2y")
    assert [row["due_on"] for row in rows()] == ["2028-01-13"]
    crm("purchase", "edit", "1", "--who", "bob")
    assert [row["contact_id"] for row in rows()] == [2]
    crm("product", "edit", "Boiler", "--unset", "service-interval")
    assert rows() == []
    crm("undo")
    assert [row["due_on"] for row in rows()] == ["2028-01-13"]
    crm("purchase", "edit", "1", "--product", "Hose")
    assert rows() == []
    assert len(rows(state=None)) == 1


@pytest.mark.usefixtures("boiler")
def test_it_is_made_once_and_done_once(crm: Crm, rows: Read, at: At) -> None:
    crm("purchase", "add", "ada", "Boiler", "900", "--on", "2025-06-16")
    crm("remind", "done", "1")
    crm("remind", "refresh")
    at("2026-08-01T10:00:00Z")
    crm("remind", "refresh")
    assert rows() == []
    assert len(rows(state=None)) == 1


@pytest.mark.usefixtures("boiler")
def test_years_of_history_do_not_flood(crm: Crm, rows: Read, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(
        "customer,date,product,amount\n"
        + "".join(f"c{n},{2010 + n % 16}-05-0{n % 9 + 1},Boiler,900\n" for n in range(160))
        + "old,2025-05-20,Boiler,900\nolder,2025-05-01,Boiler,900\n"
    )
    crm("purchase", "import", path)
    # Due from 30 days back on: what was due on 20 May is due today.
    due = sorted(row["due_on"] for row in rows())
    assert due[0] == "2026-06-15"
    assert len(due) == 1
    crm("undo")
    assert rows(state=None) == []
    crm("redo")
    assert len(rows()) == 1


def test_an_interval_said_later_makes_them_for_what_was_sold(crm: Crm, rows: Read) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "ada", "Boiler", "900", "--on", "2026-01-12")
    assert rows() == []
    crm("product", "edit", "Boiler", "--service-interval", "1 quarter")
    assert [row["due_on"] for row in rows()] == []  # due in April: too long ago
    crm("product", "edit", "Boiler", "--service-interval", "6 months")
    assert [row["due_on"] for row in rows()] == ["2026-07-13"]
