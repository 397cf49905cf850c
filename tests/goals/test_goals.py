"""``goal`` and ``report goals``: what is aimed at, reached, left, and how fast it has to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.lead_rows import Leads

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def leads(crm: Crm) -> Leads:
    crm("contact", "add", "Ada", "--owner", "zoe")
    return Leads(crm.db)


def standing(crm: Crm, *options: str, code: int = 0) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in crm.json("goal", "check", *options, code=code)}


def test_a_goal_is_added_shown_edited_deleted_and_undone(crm: Crm) -> None:
    goal = crm.json("goal", "add", "won-value", "50000", "2026-Q3", "--note", "half of it")
    assert (goal["metric"], goal["comparison"], goal["target"], goal["currency"]) == (
        "won-value", "at-least", "50000.00", "EUR",
    )  # fmt: skip
    assert (goal["period"], goal["note"], goal["owner"], goal["parent_id"]) == (
        "2026-Q3", "half of it", None, None,
    )  # fmt: skip
    edited = crm.json("goal", "edit", "1", "--target", "60000 CHF", "--unset", "note")
    assert (edited["target"], edited["currency"], edited["note"]) == ("60000.00", "CHF", None)
    crm("undo")
    assert crm.json("goal", "tree")[0]["target"] == "50000.00"
    assert crm("goal", "delete", "1", code=2).err.count("--yes")
    crm("goal", "delete", "1", "--yes")
    assert crm.json("goal", "list") == []
    crm("undo")
    assert crm.json("goal", "tree")[0]["period"] == "2026-Q3"


def test_the_tree_shows_parts_below_the_goal_they_are_parts_of(crm: Crm) -> None:
    whole = crm.id("goal", "add", "won-value", "90000", "2026")
    crm("goal", "add", "won-value", "30000", "--period", "2026-Q3", "--parent", whole)
    crm("goal", "add", "won-value", "10000", "2026-07", "--parent", "2", "--owner", "zoe")
    crm("goal", "add", "new-leads", "25", "2026-01")
    rows = crm.json("goal", "tree")
    assert [(row["id"], row["parent_id"], row["depth"]) for row in rows] == [
        (1, None, 0), (2, 1, 1), (3, 2, 2), (4, None, 0),
    ]  # fmt: skip
    assert "\n3       Won value 2026-07, zoe" in crm("goal", "tree").out
    assert [row["id"] for row in crm.json("goal", "list", "--where", "metric = new-leads")] == [4]
    # What is deleted leaves its parts to the goal above.
    crm("goal", "delete", "2", "--yes")
    assert [(row["id"], row["parent_id"]) for row in crm.json("goal", "tree")] == [
        (1, None), (3, 1), (4, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("won-valeu", "1", "2026"), 2, "did you mean won-value?"),
        (("won-value", "1", "2026-W07"), 2, "not a month, quarter or year"),
        (("won-value", "1", "ytd"), 2, "not a month, quarter or year"),
        (("won-value", "many", "2026"), 2, "not an amount"),
        (("won-leads", "12.5", "2026"), 2, "not a number"),
        (("won-leads", "12", "2026", "--segment", "VIPs"), 3, "no segment 'VIPs'"),
        (("won-leads", "12", "2026", "--parent", "9"), 3, "no goal 9"),
        (("won-leads", "12"), 2, "needs a period"),
        (("won-leads", "12", "2026", "--at-least", "--at-most"), 2, "at once"),
        (("won-value", "1", "2026-Q1"), 4, "goal 1 aims at the same"),
        (("won-value", "1", "2026-Q2", "--parent", "1"), 2, "does not lie in 2026-Q1"),
        (("won-leads", "1", "2026-02", "--parent", "1"), 2, "has its metric: won-value"),
    ],
)
def test_what_is_no_goal_is_refused_and_named(
    crm: Crm, arguments: tuple[str, ...], code: int, said: str
) -> None:
    crm("goal", "add", "won-value", "100", "2026-Q1")
    assert said in crm("goal", "add", *arguments, code=code).err


def test_a_goal_is_no_part_of_itself(crm: Crm) -> None:
    crm("goal", "add", "won-value", "100", "2026-Q1")
    crm("goal", "add", "won-value", "90", "2026-Q1", "--owner", "zoe", "--parent", "1")
    assert "part of itself" in crm("goal", "edit", "1", "--parent", "2", code=2).err
    assert "does not lie in" in crm("goal", "edit", "1", "--period", "2026-Q2", code=2).err


def test_actual_left_and_needed_pace(crm: Crm, leads: Leads) -> None:
    """As of 2026-06-15: of June 15 days are over and 15 are left, of the quarter 76 and 15."""
    leads.add(("2026-06-01", "new"), ("2026-06-10", "won"), value=400_00, owner="zoe")
    leads.add(("2026-06-02", "new"), ("2026-06-15", "won"), value=300_00)
    leads.add(("2026-04-02", "new"), ("2026-05-31", "won"), value=200_00)
    leads.add(("2026-06-02", "new"), ("2026-06-12", "lost"), value=5_00)
    leads.add(("2026-06-03", "proposal"), value=100_00)
    crm("goal", "add", "won-value", "1000", "2026-06")
    crm("goal", "add", "won-value", "2000", "2026-Q2")
    crm("goal", "add", "won-value", "400", "2026-06", "--owner", "ZOE")
    crm("goal", "add", "won-leads", "6", "2026-06")
    crm("goal", "add", "lost-leads", "3", "2026-06")
    crm("goal", "add", "new-leads", "10", "2026-06")
    crm("goal", "add", "weighted-pipeline", "50", "2026-06")
    crm("goal", "add", "won-value", "100", "2026-07")
    crm("goal", "add", "lost-leads", "1", "2026-06", "--at-most", "--owner", "zoe")
    found = standing(crm)
    figures = ("actual", "left", "days_left", "pace", "due", "state")
    assert {number: tuple(row[key] for key in figures) for number, row in found.items()} == {
        1: ("700.00", "300.00", 15, "20.00", "500.00", "on-track"),
        # 2000 x 76 / 91; 1100 over 15 days.
        2: ("900.00", "1100.00", 15, "73.33", "1670.33", "behind"),
        3: ("400.00", "0.00", 15, None, "200.00", "met"),
        4: (2, 4, 15, 0.27, 3, "behind"),
        5: (1, 2, 15, 0.13, 2, "on-track"),
        6: (4, 6, 15, 0.4, 5, "behind"),
        7: ("60.00", "0.00", 15, None, "50.00", "on-track"),
        8: ("0.00", "100.00", 31, "3.23", "0.00", "ahead"),
        9: (0, 1, 15, 0.07, 1, "on-track"),
    }  # fmt: skip
    assert found[1]["rate"] == 0.7
    assert crm("goal", "check", "--pace", code=7).err.count(": behind") == 3
    assert list(standing(crm, "1", "3")) == [1, 3]
    assert list(standing(crm, "--owner", "zoe")) == [3, 9]
    assert list(standing(crm, "--period", "2026-07")) == [8]
    assert list(standing(crm, "--metric", "new-leads")) == [6]


def test_check_exits_7_when_a_goal_of_a_period_that_is_over_is_missed(
    crm: Crm, leads: Leads
) -> None:
    leads.add(("2026-05-01", "new"), ("2026-05-10", "won"), value=400_00)
    crm("goal", "add", "won-value", "400.01", "2026-05")
    crm("goal", "add", "won-value", "400.01", "2026-06")
    run = crm("goal", "check", "--json", code=7)
    assert [row["state"] for row in run.json] == ["missed", "behind"]
    assert "goal 1 (Won value 2026-05): missed" in run.err
    # On its last day it is over; the day before it was not.
    standing(crm, "1", "--as-of", "2026-05-31", code=7)
    standing(crm, "1", "--as-of", "2026-05-30")
    crm("goal", "edit", "1", "--target", "400")
    assert standing(crm)[1]["state"] == "met"


def test_an_at_most_goal_is_missed_as_soon_as_it_is_exceeded(crm: Crm, leads: Leads) -> None:
    crm("goal", "add", "lost-leads", "1", "2026-06")
    leads.add(("2026-06-01", "new"), ("2026-06-10", "lost"))
    assert standing(crm)[1]["state"] == "on-track"
    leads.add(("2026-06-01", "new"), ("2026-06-11", "lost"))
    assert standing(crm, code=7)[1]["state"] == "missed"


def test_sales_customers_and_talks(crm: Crm, leads: Leads) -> None:
    crm("purchase", "add", "Ada", "Tea", "30", "--on", "2026-06-02", "--order", "A1")
    crm("purchase", "add", "Ada", "Cup", "12.50", "--on", "2026-06-02", "--order", "A1")
    crm("purchase", "return", "2", "2.50", "--on", "2026-06-03")
    crm("contact", "add", "Bo")
    crm("purchase", "add", "Bo", "Tea", "30", "--on", "2026-05-31")
    crm("purchase", "add", "Bo", "Tea", "30", "--on", "2026-06-04")
    crm("log", "call", "Bo", "hello", "--by", "zoe")
    crm("log", "call", "Bo", "again")
    for metric, target in (
        ("revenue", "70"), ("orders", "2"), ("new-customers", "2"), ("talks", "2"),
    ):  # fmt: skip
        crm("goal", "add", metric, target, "2026-06")
        crm("goal", "add", metric, target, "2026-06", "--owner", "Zoe")
    found = standing(crm)
    assert [row["actual"] for row in found.values()] == [
        "70.00", "40.00", 2, 1, 1, 1, 2, 1,
    ]  # fmt: skip
    for goal, records in {1: 4, 2: 3, 3: 3, 4: 2, 5: 1, 6: 1, 7: 2, 8: 1}.items():
        assert len(crm.json("report", "explain", "goals", f"{goal}:actual")) == records, goal


def test_a_goal_in_another_currency_is_reached_at_the_rates_of_the_days(
    crm: Crm, leads: Leads
) -> None:
    leads.add(("2026-06-01", "new"), ("2026-06-10", "won"), value=400_00)
    crm("goal", "add", "won-value", "1000 CHF", "2026-06")
    crm("goal", "add", "revenue", "1000 CHF", "2026-06")
    crm("purchase", "add", "Ada", "Tea", "10.05", "--on", "2026-06-12")
    run = crm("goal", "check", "--json", code=5)
    assert run.error["code"] == "rate-missing"
    assert "lead #1" in run.error["message"]
    crm("config", "rate", "add", "EUR", "0.9", "--in", "CHF", "--on", "2026-06-10")
    crm("config", "rate", "add", "EUR", "0.5", "--in", "CHF", "--on", "2026-06-11")
    assert [row["actual"] for row in standing(crm).values()] == ["360.00", "5.03"]
    # The forecast is in the currency of the leads, and holds it against no goal in another.
    report = crm.json("report", "forecast", "--period", "2026-06")
    assert [row["goal"] for row in report["rows"]] == [None, None, None]
    assert "Goals in another currency than EUR" in crm("report", "forecast").out


def test_a_segment_is_followed_and_kept(crm: Crm, leads: Leads) -> None:
    crm("contact", "add", "Bo", "--tag", "vip")
    crm("segment", "save", "VIPs", "tag:vip")
    leads.add(("2026-06-01", "new"), ("2026-06-10", "won"), value=400_00)
    leads.add(("2026-06-01", "new"), ("2026-06-10", "won"), value=300_00, contact_id=2)
    crm("goal", "add", "won-value", "300", "2026-06", "--segment", "vips")
    assert standing(crm)[1]["actual"] == "300.00"
    crm("segment", "rename", "VIPs", "Friends")
    assert standing(crm, "--segment", "friends")[1]["segment"] == "Friends"
    assert "goal 1" in crm("segment", "delete", "Friends", "--yes", code=5).err
    report = crm.json("report", "forecast", "--segment", "Friends")
    assert {row["period"]: row["goal"] for row in report["rows"]}["2026-06"] == "300.00"


def test_the_forecast_stands_against_the_goal_of_the_very_period(crm: Crm, leads: Leads) -> None:
    leads.add(("2026-06-01", "new"), ("2026-06-10", "won"), value=400_00, owner="zoe")
    leads.add(("2026-06-01", "new"), ("2026-06-02", "proposal"),
              value=100_00, expected_on="2026-06-20", owner="bo")  # fmt: skip
    leads.add(("2026-01-01", "new"), ("2026-02-02", "won"), value=50_00)
    crm("goal", "add", "won-value", "1000", "2026-06")
    crm("goal", "add", "won-value", "3000", "2026-Q2")
    crm("goal", "add", "won-value", "9000", "2026")
    crm("goal", "add", "won-value", "700", "2026-06", "--owner", "zoe")
    crm("goal", "add", "won-leads", "700", "2026-06")
    report = crm.json("report", "forecast", "--until", "2026-06-30")
    keys = ("won", "weighted", "goal", "missing", "pace", "in_total")
    rows = {row["period"]: tuple(row[key] for key in keys) for row in report["rows"]}
    assert rows["2026-05"] == ("0.00", "0.00", None, None, None, True)
    assert rows["2026-06"] == ("400.00", "60.00", "1000.00", "600.00", "40.00", True)
    assert rows["2026-Q2"] == ("400.00", "60.00", "3000.00", "2600.00", "173.33", False)
    # Of the whole year, also what was won before the report begins; 199 days are left.
    assert rows["2026"] == ("450.00", "60.00", "9000.00", "8550.00", "42.96", False)
    assert (report["totals"]["won"], report["totals"]["goal"]) == ("400.00", None)
    (june,) = (row for row in crm.json("report", "forecast", "--period", "2026-06")["rows"]
               if row["period"] == "2026-06")  # fmt: skip
    assert june["goal"] == "1000.00"
    by_owner = crm.json("report", "forecast", "--period", "2026-06", "--by", "owner")
    goals = {row["owner"]: (row["goal"], row["missing"]) for row in by_owner["rows"]}
    assert goals == {"zoe": ("700.00", "300.00"), "bo": (None, None)}
    assert by_owner["totals"]["goal"] == "1000.00"
    of_zoe = crm.json("report", "forecast", "--period", "2026-06", "--owner", "zoe")
    assert {row["period"]: row["goal"] for row in of_zoe["rows"]}["2026-06"] == "700.00"
    for row in ("2026-Q2", "2026"):
        found = crm.json("report", "explain", "forecast", f"{row}:won", "--until", "2026-06-30")
        assert sum(float(lead["counted"]) for lead in found) == float(rows[row][0])


def test_the_report_counts_how_goals_stand(crm: Crm, leads: Leads) -> None:
    leads.add(("2026-05-01", "new"), ("2026-05-10", "won"), value=400_00)
    crm("goal", "add", "won-value", "400", "2026-05")
    crm("goal", "add", "won-value", "400", "2026-06")
    report = crm.json("report", "goals")
    assert report["totals"] == {
        "goals": 2, "met": 1, "missed": 0, "on_track": 0, "behind": 1, "ahead": 0,
    }  # fmt: skip
    assert report["rows"][0]["actual"] == "400.00"
    assert "2 goals: 1 met, 0 missed, 0 on-track, 1 behind" in crm("report", "goals").out
    found = crm.json("report", "explain", "goals", "1:actual")
    assert [(lead["id"], lead["counted"]) for lead in found] == [(1, "400.00")]
    crm("report", "explain", "goals", "9:actual", code=3)
    crm("report", "explain", "goals", "1:target", code=2)


def test_a_goal_may_be_about_one_pipeline(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("lead", "pipeline", "add", "Service contracts", "--like", "sales")
    crm("lead", "add", "1", "Machine", "400", "--opened", "2026-06-01")
    crm("lead", "win", "1", "--on", "2026-06-10")
    crm("lead", "add", "1", "Contract", "90", "--pipeline", "service",
        "--opened", "2026-06-02")  # fmt: skip
    crm("lead", "win", "2", "--on", "2026-06-11")
    crm("goal", "add", "won-value", "1000", "2026-06")
    made = crm.json("goal", "add", "won-value", "100", "2026-06", "--pipeline", "Service contracts")
    assert made["pipeline"] == "service-contracts"
    assert {row: one["actual"] for row, one in standing(crm).items()} == {1: "490.00", 2: "90.00"}
    assert "Won value 2026-06, Service contracts" in crm("goal", "tree").out
    assert [row["id"] for row in crm.json("report", "explain", "goals", "2:actual")] == [2]
    whole = crm.json("report", "forecast", "--period", "2026-06")
    assert {row["period"]: row["goal"] for row in whole["rows"]}["2026-06"] == "1000.00"
    service = crm.json("report", "forecast", "--period", "2026-06", "--pipeline", "service")
    assert {row["period"]: row["goal"] for row in service["rows"]}["2026-06"] == "100.00"
    assert "aims at the same" in crm("goal", "edit", "2", "--unset", "pipeline", code=4).err
    crm("lead", "pipeline", "add", "Training")
    crm("goal", "add", "new-leads", "3", "2026-06", "--pipeline", "training")
    said = crm("lead", "pipeline", "delete", "training", "--yes", code=5).err
    assert "goal 3 is for the pipeline Training" in said
    assert "talks is not counted by pipeline" in crm(
        "goal", "add", "talks", "3", "2026-06", "--pipeline", "sales", code=2
    ).err  # fmt: skip


def test_a_forecast_of_chosen_leads_says_that_it_shows_no_goals(crm: Crm, leads: Leads) -> None:
    leads.add(("2026-06-01", "new"), value=400_00, expected_on="2026-06-20")
    asked = ("report", "forecast", "--where", "value > 1", "--period", "2026-06")
    assert "Goals are not shown" not in crm(*asked).out
    crm("goal", "add", "won-value", "1000", "2026-06")
    assert "Goals are not shown beside leads that --where chooses" in crm(*asked).out


def test_the_owner_of_a_goal_is_one_of_the_people(crm: Crm) -> None:
    crm("config", "set", "people", "Zoe Roth <zoe@example.com>, Jan <jan@example.com>")
    assert crm.json("goal", "add", "won-leads", "3", "2026-06", "--owner", "zoe roth")["owner"] == (
        "Zoe Roth"
    )
    said = crm("goal", "edit", "1", "--owner", "Jann").err
    assert "nobody is called Jann: did you mean Jan?" in said


def test_goals_are_told_apart_in_a_small_terminal(crm: Crm, leads: Leads) -> None:
    crm("goal", "add", "won-value", "50000", "2026-06", "--owner", "zoe")
    crm("goal", "add", "won-value", "20000", "2026-06", "--owner", "jan")
    crm("goal", "add", "lost-leads", "3", "2026-06")
    for asked in (("goal", "check"), ("report", "goals")):
        page = crm.on_terminal(*asked, width=80)
        assert max(map(len, page.splitlines())) <= 80
        (line,) = (line for line in page.splitlines() if "zoe" in line)
        assert " ".join(line.split()[:7]) == "1 Won value 2026-06, zoe behind >="
        assert " 0.0 %" in line
