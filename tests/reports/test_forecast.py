"""``report forecast``: hand-computed tables, and the leads behind every figure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.lead_rows import Leads

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def leads(crm: Crm) -> Leads:
    crm("contact", "add", "Ada")
    return Leads(crm.db)


def small_firm(leads: Leads) -> None:
    """What is open, won and lost as of 2026-06-15."""
    # Skips stages; its own word is pipeline though it stands at 80 %.
    leads.add(("2026-06-01", "new"), ("2026-06-02", "negotiation"), value=100_00, owner="zoe",
              expected_on="2026-06-30", forecast="pipeline")  # fmt: skip
    # Went back: 60 % is best.
    leads.add(("2026-05-01", "proposal"), ("2026-05-20", "negotiation"), ("2026-06-01", "proposal"),
              value=200_01, owner="bo", expected_on="2026-06-15")  # fmt: skip
    # Reopened: 80 % is commit.
    leads.add(("2026-04-01", "new"), ("2026-04-10", "lost"), ("2026-05-05", "negotiation"),
              value=300_00, expected_on="2026-08-01", owner="zoe")  # fmt: skip
    leads.add(("2026-05-01", "new"), value=400_00, expected_on="2026-06-14")
    leads.add(("2026-05-01", "new"), value=500_00, owner="bo")
    leads.add(("2026-05-01", "new"), expected_on="2026-07-01")
    leads.add(("2026-05-01", "new"), value=600_00, expected_on="2027-12-01")
    leads.add(("2026-05-01", "negotiation"), value=700_00, expected_on="2026-07-01",
              forecast="omitted")  # fmt: skip
    leads.add(("2026-04-01", "new"), ("2026-05-31", "won"), value=800_00, owner="zoe",
              expected_on="2026-07-01")  # fmt: skip
    leads.add(("2026-04-01", "new"), ("2026-06-15", "won"), value=900_00, owner="bo")
    leads.add(("2026-03-01", "new"), ("2026-03-31", "won"), value=1000_00)
    leads.add(("2026-04-01", "new"), ("2026-06-01", "lost"), value=1100_00)


FIGURES = ("leads", "without_value", "value", "weighted", "best", "commit", "won_leads", "won")


def table(report: dict[str, Any], key: str = "period") -> dict[Any, tuple[Any, ...]]:
    return {row[key]: tuple(row[figure] for figure in FIGURES) for row in report["rows"]}


EXPECTED = {
    "overdue": (1, 0, "400.00", "40.00", "0.00", "0.00", None, None),
    "2026-04": (0, 0, "0.00", "0.00", "0.00", "0.00", 0, "0.00"),
    "2026-05": (0, 0, "0.00", "0.00", "0.00", "0.00", 1, "800.00"),
    # 80 % of 100.00 and 60 % of 200.01: 120.006, half up once a lead.
    "2026-06": (2, 0, "300.01", "200.01", "200.01", "0.00", 1, "900.00"),
    "2026-07": (1, 1, "0.00", "0.00", "0.00", "0.00", 0, "0.00"),
    "2026-08": (1, 0, "300.00", "240.00", "300.00", "300.00", 0, "0.00"),
    "undated": (1, 0, "500.00", "50.00", "0.00", "0.00", None, None),
}


def test_by_month(crm: Crm, leads: Leads) -> None:
    small_firm(leads)
    report = crm.json("report", "forecast")
    assert table(report) == EXPECTED
    assert list(table(report)) == list(EXPECTED)
    totals = report["totals"]
    assert (totals["leads"], totals["value"], totals["weighted"], totals["currency"]) == (
        6, "1500.01", "530.01", "EUR",
    )  # fmt: skip
    assert (totals["best"], totals["commit"], totals["won"]) == ("500.01", "300.00", "1700.00")
    assert totals["expected"] == "2230.01"
    out = " ".join(crm("report", "forecast").out.split())
    assert "1 lead expected after 2027-03-31 (600.00 EUR)" in out
    assert "1 lead omitted from the forecast" in out
    assert "1 lead has no value" in out


def test_a_hundred_at_99_and_two_hundred_at_0_are_99(crm: Crm, leads: Leads) -> None:
    leads.add(("2026-06-01", "new"), value=100_00, probability=9_900, expected_on="2026-06-30")
    leads.add(("2026-06-01", "new"), value=200_00, probability=0, expected_on="2026-06-30")
    assert crm.json("report", "forecast")["totals"]["weighted"] == "99.00"


def test_by_quarter_year_and_owner(crm: Crm, leads: Leads) -> None:
    small_firm(leads)
    by_quarter = table(crm.json("report", "forecast", "--by", "quarter"))
    assert by_quarter["2026-Q2"][:4] == (2, 0, "300.01", "200.01")
    assert by_quarter["2026-Q2"][-1] == "1700.00"
    assert by_quarter["2026-Q3"][:4] == (2, 1, "300.00", "240.00")
    assert set(by_quarter) == {"overdue", "2026-Q2", "2026-Q3", "undated"}
    by_owner = table(crm.json("report", "forecast", "--by", "owner"), "owner")
    assert by_owner == {
        "bo": (2, 0, "700.01", "170.01", "200.01", "0.00", 1, "900.00"),
        "zoe": (2, 0, "400.00", "320.00", "300.00", "300.00", 1, "800.00"),
        None: (2, 1, "400.00", "40.00", "0.00", "0.00", 0, "0.00"),
    }
    by_year = table(crm.json("report", "forecast", "--by", "year", "--period", "all"))
    assert by_year["2027"][:4] == (1, 0, "600.00", "60.00")
    # A year of every won lead: also that of March.
    assert by_year["2026"][-1] == "2700.00"
    crm("report", "forecast", "--by", "week", code=2)


def test_a_period_that_is_asked_for(crm: Crm, leads: Leads) -> None:
    small_firm(leads)
    report = crm.json("report", "forecast", "--period", "2026-Q3")
    assert list(table(report)) == ["overdue", "2026-07", "2026-08", "2026-09", "undated"]
    assert report["parameters"]["since"] == "2026-07-01"
    assert report["parameters"]["until"] == "2026-09-30"
    everything = crm.json("report", "forecast", "--period", "all")
    pipeline = crm.json("report", "pipeline", "--where", "forecast != omitted")
    for key in ("leads", "value", "weighted"):
        assert everything["totals"][key] == pipeline["totals"][key]


def test_as_of_a_past_day(crm: Crm, leads: Leads) -> None:
    small_firm(leads)
    rows = table(crm.json("report", "forecast", "--as-of", "2026-05-20"))
    # The one that is won on 31 May was expected in July; the one lost in June has no date.
    assert rows["2026-07"] == (2, 1, "800.00", "80.00", "0.00", "0.00", 0, "0.00")
    assert rows["2026-06"][:4] == (2, 0, "600.01", "200.01")
    assert rows["undated"][:3] == (3, 0, "2500.00")
    assert rows["2026-05"][-1] == "0.00"


@pytest.mark.parametrize("by", ["month", "quarter", "owner"])
@pytest.mark.parametrize("as_of", ["2026-05-20", "2026-06-15"])
def test_the_leads_behind_every_cell_add_up_to_it(
    crm: Crm, leads: Leads, by: str, as_of: str
) -> None:
    small_firm(leads)
    options = ("--by", by, "--as-of", as_of)
    report = crm.json("report", "forecast", *options)
    key = "owner" if by == "owner" else "period"
    rows = [(row[key] or "(none)", row) for row in report["rows"]]
    for name, row in [*rows, ("all", report["totals"])]:
        for column in (*FIGURES, "expected"):
            found = crm.json("report", "explain", "forecast", f"{name}:{column}", *options)
            if column in {"leads", "without_value", "won_leads"}:
                assert len(found) == (row[column] or 0), (name, column)
            else:
                counted = sum(Decimal(lead["counted"]) for lead in found)
                assert counted == Decimal(row[column] or 0), (name, column)


def test_what_is_no_row_or_column_is_named(crm: Crm, leads: Leads) -> None:
    small_firm(leads)
    assert crm.json("report", "explain", "forecast", "2026-04:leads") == []
    crm("report", "explain", "forecast", "2026-Q2:leads", code=3)
    crm("report", "explain", "forecast", "2026-06:goal", code=2)
    run = crm("report", "explain", "forecast", "zo:leads", "--by", "owner", code=3)
    assert "did you mean zoe?" in run.err


@pytest.mark.parametrize("name", ["csv", "tsv", "markdown", "html", "jsonl", "table"])
def test_every_format(crm: Crm, leads: Leads, name: str) -> None:
    small_firm(leads)
    assert "200.01" in crm("report", "forecast", "-f", name).out


def test_only_rates_that_are_needed_are_asked_for(crm: Crm, leads: Leads) -> None:
    """Lost, omitted and long won leads are in no sum: their rates do not matter."""
    leads.add(("2026-06-01", "new"), value=100_00, expected_on="2026-06-30")
    leads.add(("2026-06-02", "new"), ("2026-06-03", "lost"), value=100_00, currency="USD")
    leads.add(("2026-01-02", "new"), ("2026-01-03", "won"), value=100_00, currency="USD")
    leads.add(("2026-06-02", "new"), value=100_00, currency="USD", forecast="omitted")
    assert crm.json("report", "forecast")["totals"]["value"] == "100.00"
    run = crm("report", "forecast", "--period", "2026", "--json", code=5)
    assert run.error["code"] == "rate-missing"
    assert "lead #3" in run.error["message"]
    assert "2026-01-03" in run.error["message"]


def test_a_total_of_goals_is_needed_in_the_days_of_its_rows(crm: Crm, leads: Leads) -> None:
    leads.add(("2026-04-01", "new"), ("2026-05-02", "won"), value=10000)
    for month in ("2026-04", "2026-05", "2026-06"):
        crm("goal", "add", "won-value", "200", month)
    # 15 days of June are left, and not those up to the end of the fourth quarter from here.
    totals = crm.json("report", "forecast")["totals"]
    assert (totals["goal"], totals["missing"], totals["pace"]) == ("600.00", "500.00", "33.33")
    # Every day there is begins before any: that once was the end of the report.
    everything = crm.json("report", "forecast", "--period", "all")
    parameters = everything["parameters"]
    assert (parameters["since"], parameters["until"]) == (None, None)
    assert everything["totals"]["goal"] == "600.00"
    assert (
        "won on any day" in crm("report", "explain", "forecast", "all:won", "--period", "all").err
    )


def test_a_forecast_of_some_leads_says_that_goals_are_not_shown(crm: Crm, leads: Leads) -> None:
    leads.add(("2026-04-01", "new"), value=10000)
    assert "Goals" not in crm("report", "forecast", "--where", "value > 5").out
    crm("goal", "add", "won-value", "200", "2026-06")
    out = crm("report", "forecast", "--where", "value > 5").out
    assert "Goals are not shown beside leads that --where chooses" in out
    assert "not shown" not in crm("report", "forecast").out


def test_a_stage_is_named_alone_where_the_report_is_of_one_pipeline(crm: Crm) -> None:
    crm("lead", "pipeline", "add", "Renewals", "--like", "sales")
    crm("contact", "add", "Ada")
    for title, pipeline in (("A", "sales"), ("B", "renewals"), ("C", "renewals")):
        crm("lead", "add", "Ada", title, "100", "--pipeline", pipeline)
    crm("lead", "lose", "3", "price")
    of_one = ("--pipeline", "renewals")
    for report, cell, by in (
        ("pipeline", "new:leads", ()),
        ("velocity", "new:still_there", ()),
        ("losses", "new:lost", ("--by", "stage")),
    ):
        found = crm.json("report", "explain", report, cell, *by, *of_one)
        assert found and all(row["pipeline"] == "renewals" for row in found), report
        run = crm("report", "explain", report, cell, *by, code=3)
        assert "sales/new or renewals/new" in run.err
