"""``crm lead list``: which leads, in which rows."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.leads.rows import lead

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def sales(crm: Crm) -> Crm:
    """Leads 1 to 5 of Ada (1) and Bob (2): four in the first pipeline, 3 won, 4 lost; today is
    15 June, and proposals are stale after 21 days."""
    crm("contact", "add", "Ada", "--email", "ada@x.org")
    crm("contact", "add", "Bob")
    lead(crm, 1, "Website", "new", on="2026-06-10", value=100_00, currency="EUR", owner="Zoe",
         source="fair", expected_on="2026-07-01")  # fmt: skip
    lead(crm, 1, "Shop", "proposal", on="2026-05-01", since="2026-05-24", value=300_00,
         currency="EUR", owner="anna", expected_on="2026-08-01")  # fmt: skip
    lead(crm, 2, "Old site", "won", on="2026-03-01", closed="2026-03-31", value=500_00,
         currency="EUR", owner="anna")  # fmt: skip
    lead(crm, 2, "Old shop", "lost", on="2026-01-01", closed="2026-01-11", loss_reason="price")
    lead(crm, 2, "Hosting", "qualified", on="2026-06-15")
    return crm


def ids(crm: Crm, *options: object) -> list[int]:
    return [int(line) for line in crm("lead", "list", *options, "-f", "ids").out.split()]


def test_the_open_ones_are_meant_unless_a_state_or_stage_is_asked_for(sales: Crm) -> None:
    assert ids(sales) == [1, 2, 5]
    assert ids(sales, "--all") == [1, 2, 3, 4, 5]
    assert ids(sales, "--state", "won") == [3]
    assert ids(sales, "--stage", "won") == [3]
    assert ids(sales, "--stage", "won", "--state", "open") == []
    assert ids(sales, "--where", "stage != new") == [2, 3, 4, 5]
    assert ids(sales, "--where", "closed >= 2026-03") == [3]
    assert ids(sales, "--where", "loss_reason = price") == [4]
    assert ids(sales, "--where", "value > 50") == [1, 2]
    assert ids(sales, "--where", "value > 50", "--all") == [1, 2, 3]
    assert ids(sales, "--where", "stage != new", "--state", "open") == [2, 5]


def test_each_option_narrows(sales: Crm) -> None:
    assert ids(sales, "--contact", "ada@x.org") == [1, 2]
    assert ids(sales, "--who", "Bob", "--all") == [3, 4, 5]
    assert ids(sales, "--stage", "prop") == [2]
    assert ids(sales, "--pipeline", "sales", "--state", "all") == [1, 2, 3, 4, 5]
    assert ids(sales, "--owner", "ZOE") == [1]
    assert ids(sales, "--mine", "--as", "anna") == [2]
    assert ids(sales, "--source", "fair") == [1]
    assert ids(sales, "--expected-before", "2026-08-01") == [1]
    assert ids(sales, "--since", "2026-06-10") == [1, 5]
    assert ids(sales, "--until", "2026-05-31", "--all") == [2, 3, 4]
    assert ids(sales, "--period", "2026-06") == [1, 5]
    assert ids(sales, "--limit", "1", "--sort", "-value") == [2]


def test_stale_is_what_the_record_says(sales: Crm) -> None:
    assert ids(sales, "--stale") == [2]
    assert ids(sales, "--stale", "--now", "2026-06-14") == []
    assert ids(sales, "--stale", "--now", "2026-06-25") == [1, 2]
    rows = sales.json("lead", "list", "--all", "--now", "2026-06-25")
    assert [row["id"] for row in rows if row["stale"]] == [1, 2]


def test_days_are_those_of_the_business(sales: Crm) -> None:
    sales("config", "set", "timezone", "Europe/Zurich")
    with sqlite3.connect(sales.db) as direct:
        direct.execute("UPDATE leads SET opened_at = '2026-06-09T22:30:00Z' WHERE id = 1")
    direct.close()
    assert ids(sales, "--since", "2026-06-10") == [1, 5]
    (row,) = sales.json("lead", "list", "--since", "2026-06-10", "--until", "2026-06-10")
    assert row["age_days"] == 5


def test_many_rows_are_told_as_few_are(sales: Crm) -> None:
    """From a hundred rows on the days are reckoned otherwise: ages stay what they are."""
    sales("config", "set", "timezone", "America/St_Johns")
    few = {row["id"]: row for row in sales.json("lead", "list", "--all")}
    with sqlite3.connect(sales.db) as direct:
        names = [row[1] for row in direct.execute("PRAGMA table_info(leads)") if row[1] != "id"]
        shown = ", ".join(names)
        direct.executemany(
            f"INSERT INTO leads (id, {shown}) SELECT ?, {shown} FROM leads WHERE id = ?",
            [(5 * n + i, i) for n in range(1, 30) for i in range(1, 6)],
        )
    direct.close()
    rows = sales.json("lead", "list", "--all")
    assert len(rows) == 150
    for row in rows:
        assert row == {**few[(row["id"] - 1) % 5 + 1], "id": row["id"]}


def test_a_row_for_people_has_the_name_of_the_stage_and_for_programs_its_key(sales: Crm) -> None:
    with sqlite3.connect(sales.db) as direct:
        direct.execute("UPDATE stages SET name = 'Offer made' WHERE key = 'proposal'")
    direct.close()
    columns = "id,stage,value,currency,weighted_value,age_days,stale"
    assert sales("lead", "list", "--columns", columns).out.splitlines() == [
        "ID  Stage        Value  Currency  Weighted  Age  Stale",
        "1   New         100.00  EUR          10.00    5  no",
        "2   Offer made  300.00  EUR         180.00   45  yes",
        "5   Qualified                                 0  no",
    ]
    assert (
        sales("lead", "list").out.split("\n")[0].split()
        == (
            "ID Contact Title Stage Value EUR Weighted EUR Score Expected Owner Next step Age Stale"
        ).split()
    )
    rows = sales.json("lead", "list", "--columns", "stage,title")
    assert rows[1] == {"stage": "proposal", "title": "Shop"}


def test_nobody_has_what_was_typed(sales: Crm) -> None:
    run = sales("lead", "list", "--owner", "zo")
    assert "no lead has the owner 'zo'; did you mean 'Zoe'?" in run.err
    assert sales("lead", "list", "--source", "web", "--fail-empty", code=3).out == ""
    assert "there is no stage 'prposal'" in sales("lead", "list", "--stage", "prposal", code=3).err
    assert "no contact 'Cleo'" in sales("lead", "list", "--who", "Cleo", code=3).err
    assert sales("lead", "list", "--state", "closed", code=2).out == ""


def test_an_empty_store_has_no_leads(crm: Crm) -> None:
    assert crm.json("lead", "list") == []
    assert crm("lead", "list").err.endswith("no leads\n")
