"""Funnel and velocity against tables made by hand: leads that skip, go back and reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.domain.quantiles import HALF, QUARTER, THREE_QUARTERS, quartile
from tests.reports.lead_rows import Leads

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def leads(crm: Crm) -> Leads:
    crm("contact", "add", "Ada")
    return Leads(crm.db)


@pytest.fixture
def seven(leads: Leads) -> Leads:
    """Seven leads; the clock says 2026-06-15."""
    leads.add(
        ("2026-01-01", "new"), ("2026-01-05", "contacted"), ("2026-01-11", "qualified"),
        ("2026-01-21", "proposal"), ("2026-02-01", "negotiation"), ("2026-02-11", "won"),
        value=100000,
    )  # fmt: skip
    leads.add(  # skips, goes back, is lost and reopened
        ("2026-01-05", "new"), ("2026-01-10", "proposal"), ("2026-02-01", "qualified"),
        ("2026-02-20", "lost"), ("2026-03-03", "qualified"), ("2026-04-01", "won"), value=300000,
    )  # fmt: skip
    leads.add(("2026-01-10", "new"), ("2026-01-12", "contacted"), ("2026-01-20", "lost"))
    leads.add(("2026-02-01", "new"), ("2026-02-03", "contacted"), ("2026-02-10", "qualified"))
    leads.add(("2026-03-01", "new"), ("2026-03-05", "qualified"), ("2026-03-15", "new"))
    leads.add(("2026-04-01", "negotiation"), ("2026-05-01", "lost"))
    leads.add(("2026-06-10", "new"), owner="zoe")
    return leads


def table(body: dict[str, Any], *keys: str) -> dict[str, tuple[Any, ...]]:
    return {row["stage"]: tuple(row[key] for key in keys) for row in body["rows"]}


# -- funnel ---------------------------------------------------------------------------------------


def test_the_funnel_of_leads_that_skip_go_back_and_reopen(seven: Leads, crm: Crm) -> None:
    del seven
    body = crm.json("report", "funnel")
    assert table(body, "entered", "advanced", "dropped", "still_open", "lost", "next_stage") == {
        "new": (6, 5, 0, 1, 0, "contacted"),
        "contacted": (3, 2, 1, 0, 1, "qualified"),
        "qualified": (4, 2, 0, 2, 0, "proposal"),
        "proposal": (2, 2, 0, 0, 0, "negotiation"),
        "negotiation": (2, 1, 1, 0, 1, "won"),
        "won": (2, None, None, None, None, None),
        "lost": (3, None, None, None, None, None),
    }
    assert table(body, "conversion", "to_next", "drop_off") == {
        "new": (0.8333, 0.5, 0.0),
        "contacted": (0.6667, 0.6667, 0.3333),
        "qualified": (0.5, 0.5, 0.0),
        "proposal": (1.0, 0.5, 0.0),
        "negotiation": (0.5, 0.5, 0.5),
        "won": (None, None, None),
        "lost": (None, None, None),
    }
    for row in body["rows"]:
        if row["kind"] == "open":
            assert row["advanced"] + row["still_open"] + row["dropped"] == row["entered"]
    to = {row["stage"]: row["to"] for row in body["rows"]}
    assert to["new"] == {
        "contacted": 0.5, "qualified": 0.6667, "proposal": 0.3333, "negotiation": 0.1667,
        "won": 0.3333,
    }  # fmt: skip
    assert to["negotiation"] == {"won": 0.5}
    assert body["totals"] == {"leads": 7, "won": 2, "rate": 0.2857}


def test_the_funnel_of_a_past_day_knows_nothing_later(seven: Leads, crm: Crm) -> None:
    del seven
    body = crm.json("report", "funnel", "--as-of", "2026-03-02")
    assert table(body, "entered", "advanced", "still_open", "lost") == {
        "new": (5, 4, 1, 0),
        "contacted": (2 + 1, 2, 0, 1),
        "qualified": (3, 1 + 1, 1, 0),
        "proposal": (2, 1, 0, 1),
        "negotiation": (1, 1, 0, 0),
        "won": (1, None, None, None),
        "lost": (2, None, None, None),
    }


def test_the_funnel_says_who_was_won_and_is_not_any_more(seven: Leads, crm: Crm) -> None:
    assert "Won at some time: 2 of 7 leads." in crm("report", "funnel").out
    seven.add(("2026-05-01", "new"), ("2026-05-05", "won"), ("2026-06-01", "new"))
    said = " ".join(crm("report", "funnel").out.split())
    assert "Won at some time: 3 of 8 leads, 1 of them not won on 2026-06-15: other reports" in said


def test_a_period_of_the_funnel_is_that_of_opening(seven: Leads, crm: Crm) -> None:
    del seven
    body = crm.json("report", "funnel", "--period", "2026-01")
    assert body["totals"] == {"leads": 3, "won": 2, "rate": 0.6667}
    assert table(body, "entered")["new"] == (3,)
    assert crm.json("report", "funnel", "--owner", "Zoe")["totals"]["leads"] == 1
    empty = crm.json("report", "funnel", "--period", "2020")
    assert table(empty, "entered", "conversion", "share")["new"] == (0, None, None)


def test_every_cell_of_the_funnel_is_explained_by_as_many_leads(seven: Leads, crm: Crm) -> None:
    del seven
    body = crm.json("report", "funnel")
    rates = {"share": 7, "conversion": 0, "to_next": 0, "drop_off": 0}
    for row in body["rows"]:
        flat = {**row, **{f"to_{key}": rate for key, rate in row["to"].items()}}
        for column, figure in flat.items():
            if column in {"stage", "kind", "next_stage", "to"} or figure is None:
                continue
            found = crm.json("report", "explain", "funnel", f"{row['stage']}:{column}")
            if column in rates or column.startswith("to_"):
                base = rates.get(column) or row["entered"]
                assert figure == pytest.approx(len(found) / base, abs=5e-5)
            else:
                assert len(found) == figure
    for column, size in (("leads", 7), ("won", 2), ("rate", 2)):
        assert len(crm.json("report", "explain", "funnel", f"all:{column}")) == size


# -- velocity -------------------------------------------------------------------------------------

QUARTILES = ("first_quartile", "median", "third_quartile", "average_days")


def test_days_in_stages_of_leads_that_skip_go_back_and_reopen(seven: Leads, crm: Crm) -> None:
    del seven
    body = crm.json("report", "velocity")
    assert table(body, "leads", "still_there", *QUARTILES) == {
        # 2 2 4 5 5 and 4 + 92
        "new": (6, 2, 2.5, 4.5, 5.0, 19.0),
        "contacted": (3, 0, 6.5, 7.0, 7.5, 7.0),
        # 10 10 19 + 29 125
        "qualified": (4, 1, 10.0, 29.0, 67.25, 48.25),
        "proposal": (2, 0, 13.75, 16.5, 19.25, 16.5),
        "negotiation": (2, 0, 15.0, 20.0, 25.0, 20.0),
    }
    assert body["totals"] == {
        "open": 3, "won": 2, "lost": 2, "win_rate": 0.5, "average_won_value": "2000.00",
        "average_days_to_win": 63.5, "first_quartile": 52.25, "median": 63.5,
        "third_quartile": 74.75, "per_day": "47.24", "currency": "EUR",
    }  # fmt: skip
    assert "* of leads that are still there too" in crm("report", "velocity").out


def test_velocity_of_the_definitions_page(leads: Leads, crm: Crm) -> None:
    leads.add(("2026-01-01", "new"), ("2026-04-01", "won"), value=2_500_000)
    for _ in range(3):
        leads.add(("2026-01-01", "new"), ("2026-02-01", "lost"))
    for _ in range(40):
        leads.add(("2026-05-01", "new"))
    totals = crm.json("report", "velocity")["totals"]
    assert (totals["open"], totals["win_rate"], totals["average_days_to_win"]) == (40, 0.25, 90.0)
    assert totals["average_won_value"] == "25000.00"
    assert totals["per_day"] == "2777.78"


def test_velocity_without_a_won_lead_is_empty_and_not_nothing(leads: Leads, crm: Crm) -> None:
    leads.add(("2026-01-01", "new"))
    totals = crm.json("report", "velocity")["totals"]
    assert (totals["open"], totals["won"], totals["lost"]) == (1, 0, 0)
    for key in ("win_rate", "average_won_value", "average_days_to_win", "per_day", "median"):
        assert totals[key] is None


def test_velocity_of_a_period(seven: Leads, crm: Crm) -> None:
    del seven
    body = crm.json("report", "velocity", "--period", "2026-02")
    # Entered in February: qualified by the second (19 days until it was lost, 29 after) and fourth.
    assert table(body, "leads", "median")["qualified"] == (2, 86.5)
    assert table(body, "leads")["negotiation"] == (1,)
    assert (body["totals"]["won"], body["totals"]["lost"]) == (1, 0)


def test_every_cell_of_velocity_is_explained(seven: Leads, crm: Crm) -> None:
    del seven
    body = crm.json("report", "velocity")
    for row in body["rows"]:
        found = crm.json("report", "explain", "velocity", f"{row['stage']}:leads")
        assert len(found) == row["leads"]
        assert sum(one["days"] for one in found) / len(found) == row["average_days"]
        there = crm.json("report", "explain", "velocity", f"{row['stage']}:still_there")
        assert len(there) == row["still_there"]
    totals = body["totals"]
    for column in ("open", "won", "lost"):
        found = crm.json("report", "explain", "velocity", f"all:{column}")
        assert len(found) == totals[column]
    won = crm.json("report", "explain", "velocity", "all:average_days_to_win")
    assert [one["days"] for one in won] == [41, 86]
    assert [one["counted"] for one in won] == ["1000.00", "3000.00"]
    assert len(crm.json("report", "explain", "velocity", "all:per_day")) == 7


def test_quartiles_lie_between_closest_ranks() -> None:
    counts = {1: 1, 2: 1, 3: 1, 4: 1}
    assert [quartile(counts, q) for q in (QUARTER, HALF, THREE_QUARTERS)] == [1.75, 2.5, 3.25]
    assert quartile({7: 1}, QUARTER) == 7.0
    assert quartile({0: 3, 10: 1}, THREE_QUARTERS) == 2.5
    assert quartile({}, HALF) is None


def test_an_unknown_row_or_column_is_named(seven: Leads, crm: Crm) -> None:
    del seven
    assert "rows are new" in crm("report", "explain", "funnel", "prosal:lost", code=3).err
    assert "did you mean entered" in crm("report", "explain", "funnel", "new:enterd", code=2).err
    assert "no row 'won'" in crm("report", "explain", "velocity", "won:median", code=3).err


# -- cells as the page shows them -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "shown", "key"),
    [("funnel", "New:Entered", "new:entered"), ("funnel", "new:Went on", "new:advanced"),
     ("losses", "Too expensive:Lost", "price:lost"), ("losses", "none:lost", "(none):lost")],
)  # fmt: skip
def test_a_cell_is_named_as_it_is_shown(
    seven: Leads, crm: Crm, report: str, shown: str, key: str
) -> None:
    seven.add(("2026-01-10", "new"), ("2026-01-20", "lost"), loss_reason="price")
    by_key = crm.json("report", "explain", report, key)
    assert by_key
    assert crm.json("report", "explain", report, shown) == by_key


def test_a_row_there_is_not_is_refused_with_the_rows_there_are(seven: Leads, crm: Crm) -> None:
    del seven
    refused = crm("report", "explain", "funnel", "newish:entered", "--json", code=3)
    assert "rows are new, contacted" in refused.error["hint"]
