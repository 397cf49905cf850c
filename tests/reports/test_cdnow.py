"""The published CDNOW sample, imported as users do, gives the published figures.

Source: Fader and Hardie's public one-in-ten sample of CDNOW customers whose first purchase was
in the first quarter of 1997.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.__main__ import main
from crm_cli.reports.segment_lists import MEMBER_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm

SAMPLE = Path(__file__).parent.parent / "fixtures" / "cdnow_sample.csv"

ACTIVE = {
    "1997-01": [781, 124, 95, 70, 65, 77, 65, 53, 52, 45, 62, 59, 45, 47, 63, 37, 37, 33],
    "1997-02": [857, 134, 110, 75, 77, 75, 61, 61, 74, 70, 59, 57, 59, 70, 56, 59, 60],
    "1997-03": [719, 87, 84, 78, 63, 64, 55, 57, 73, 65, 47, 51, 78, 32, 38, 45],
}
ROLLING = [355, 323, 300, 284, 273, 251, 234, 225, 213, 198, 180, 157, 142, 120, 83, 62, 33]
SEGMENTS = {
    "champions": 537, "loyal": 157, "potential-loyalist": 177, "new": 147, "promising": 92,
    "need-attention": 167, "about-to-sleep": 193, "at-risk": 58, "cannot-lose": 173,
    "hibernating": 337, "lost": 319,
}  # fmt: skip
SCORES = {
    "r": [482, 471, 463, 470, 471],
    "f": [1205, 0, 406, 358, 388],
    "m": [481, 462, 472, 471, 471],
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sample in it, imported once for the module."""
    path = tmp_path_factory.mktemp("cdnow") / "crm.db"
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("CRM_"):
                patch.delenv(name)
        patch.setenv("HOME", str(path.parent))
        assert main(["purchase", "import", str(SAMPLE), "--db", str(path), "--quiet"]) == 0
    return path


@pytest.fixture
def figures(crm: Crm, sample: Path) -> Callable[..., Any]:
    """Run a report on the sample as of its last day and return its JSON."""

    def run(*arguments: str, as_of: str = "1998-06-30") -> Any:
        return crm.json("report", *arguments, "--as-of", as_of, "--db", sample)

    return run


def test_retention_by_month(figures: Callable[..., Any]) -> None:
    """Every cell is that of the published table, and all are closed."""
    report = figures("retention")
    assert set(report) >= {"report", "parameters", "rows", "totals"}
    assert {row["cohort"]: row["active"] for row in report["rows"]} == ACTIVE
    for row in report["rows"]:
        assert set(row) == {"cohort", "size", "active", "rate", "complete"}
        assert row["size"] == row["active"][0]
        assert row["complete"] == len(row["active"])
        assert row["rate"] == [round(value / row["size"], 4) for value in row["active"]]
    assert set(report["totals"]) == {"size", "active", "rate"}
    assert report["totals"]["size"] == 2357
    assert report["totals"]["active"][1] == 345
    assert report["totals"]["rate"][16] == round((37 + 60) / (781 + 857), 4)


def test_rolling(figures: Callable[..., Any]) -> None:
    """Active in a month or any later one."""
    assert figures("retention", "--rolling")["rows"][0]["active"] == [781, *ROLLING]


@pytest.mark.parametrize(
    ("unit", "labels"),
    [
        ("week", ["1997-W01", "1997-W02"]),
        ("quarter", ["1997-Q1"]),
        ("year", ["1997"]),
    ],
)
def test_period_labels(figures: Callable[..., Any], unit: str, labels: list[str]) -> None:
    """Cohorts of every unit hold every customer once."""
    report = figures("retention", "--by", unit)
    assert [row["cohort"] for row in report["rows"]][: len(labels)] == labels
    assert report["totals"]["size"] == 2357


def test_an_open_month_is_shown_and_left_out_of_the_average(figures: Callable[..., Any]) -> None:
    """The day before the month's end, its cells are there, but not complete."""
    rows = figures("retention", as_of="1998-06-29")
    assert [row["complete"] for row in rows["rows"]] == [17, 16, 15]
    assert [len(row["active"]) for row in rows["rows"]] == [18, 17, 16]
    assert rows["totals"]["rate"][15] == round((37 + 59) / (781 + 857), 4)
    assert rows["totals"]["rate"][17] is None


def test_retention_of_revenue(figures: Callable[..., Any]) -> None:
    """Cells add up to all revenue; rates are of the first column's."""
    report = figures("retention", "--measure", "revenue")
    cents = [round(float(text) * 100) for row in report["rows"] for text in row["revenue"]]
    assert sum(cents) == 24409194
    for row in report["rows"]:
        assert row["currency"] == "USD"
        assert row["rate"][1] == round(float(row["revenue"][1]) / float(row["revenue"][0]), 4)


def test_a_period_selects_cohorts(figures: Callable[..., Any]) -> None:
    """Only the cohorts named, with all their columns."""
    (row,) = figures("retention", "--period", "1997-02")["rows"]
    assert row["active"] == ACTIVE["1997-02"]


def test_segments(figures: Callable[..., Any]) -> None:
    """Sizes, shares and revenue of the published segmentation."""
    report = figures("segments")
    assert {row["segment"]: row["customers"] for row in report["rows"]} == SEGMENTS
    for row in report["rows"]:
        assert set(row) == {
            "segment", "customers", "share", "revenue", "currency", "average_recency_days",
            "average_frequency", "average_value",
        }  # fmt: skip
        assert row["currency"] == "USD"
    assert report["rows"][0]["share"] == 0.2278
    assert report["totals"]["revenue"] == "244091.94"
    assert report["totals"]["customers"] == 2357


def test_members(figures: Callable[..., Any]) -> None:
    """All members together have the published number of each score."""
    members = [row for name in SEGMENTS for row in figures("segments", "--members", name)["rows"]]
    assert len(members) == 2357
    assert list(members[0]) == [column.key for column in MEMBER_COLUMNS]
    for key, counts in SCORES.items():
        assert [sum(row[key] == score for row in members) for score in range(1, 6)] == counts


def test_a_past_day_ignores_what_came_later(figures: Callable[..., Any], crm: Crm) -> None:
    """As of a past day, the table is the same as in a store that ends there."""
    report = figures("segments", as_of="1997-03-31")
    assert report["totals"]["customers"] == 2357
    lines = SAMPLE.read_text().splitlines()
    early = crm.db.parent / "early.csv"
    early.write_text(
        "\n".join([lines[0], *(x for x in lines[1:] if x.split(",")[1] <= "1997-03-31")])
    )
    crm("purchase", "import", early)
    alone = crm.json("report", "segments", "--as-of", "1997-03-31")
    assert alone["rows"] == report["rows"]


def test_moves(figures: Callable[..., Any]) -> None:
    """Who changed, with both segments; who did not is counted."""
    report = figures("segments", "--moves", "1998-05-31")
    assert report["totals"]["moved"] + report["totals"]["unchanged"] == 2357
    assert report["rows"]
    assert all(row["before"] != row["after"] for row in report["rows"])


def test_repeat(figures: Callable[..., Any]) -> None:
    """Repeat rate by order and by day, and the median gap."""
    totals = figures("repeat")["totals"]
    expected = {
        "customers": 2357, "repeaters": 1152, "rate": 0.4888, "repeaters_by_day": 1139,
        "rate_by_day": 0.4832, "median_gap_days": 34, "gaps": 4339,
    }  # fmt: skip
    assert {key: totals[key] for key in expected} == expected


def test_sales(figures: Callable[..., Any]) -> None:
    """Every order and every cent, by month and in all."""
    report = figures("sales")
    assert report["totals"] == {
        "orders": 6919, "revenue": "244091.94", "returns": "0.00", "currency": "USD",
    }  # fmt: skip
    assert len(report["rows"]) == 18
    assert sum(row["orders"] for row in report["rows"]) == 6919


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["retention", "1997-01:3"], 70),
        (["retention", "1997-01:3", "--rolling"], 300),
        (["retention", "1997-02:size"], 857),
        (["segments", "champions:customers"], 537),
        (["segments", "lost:average_value"], 319),
        (["segments", "all:customers"], 2357),
        (["repeat", "1:customers"], 1205),
        (["repeat", "all:repeaters_by_day"], 1139),
        (["sales", "1998-06:orders"], 172),
    ],
)
def test_explain_lists_what_was_counted(
    figures: Callable[..., Any], arguments: list[str], count: int
) -> None:
    """As many records as the figure says, each once."""
    rows = figures("explain", *arguments)
    key = "id" if "id" in rows[0] else "contact_id"
    assert len({row[key] for row in rows}) == len(rows) == count


def test_explained_revenue_adds_up(figures: Callable[..., Any]) -> None:
    """The purchases behind a cell of revenue sum to it."""
    report = figures("retention", "--measure", "revenue")
    rows = figures("explain", "retention", "1997-01:17", "--measure", "revenue")
    assert (
        f"{sum(round(float(row['counted']) * 100) for row in rows) / 100:.2f}"
        == (report["rows"][0]["revenue"][17])
    )


@pytest.mark.parametrize("options", [[], ["--rolling"], ["--measure", "revenue"]])
@pytest.mark.parametrize("as_of", ["1998-06-30", "1998-06-29"])
def test_the_average_is_explained_by_its_closed_cells(
    figures: Callable[..., Any], options: list[str], as_of: str
) -> None:
    """The records behind it are the numerator of its rate, the open period left out."""
    report = figures("retention", *options, as_of=as_of)
    is_money = "revenue" in options
    for column in (0, 1, 15, 16, 17):
        closed = [row for row in report["rows"] if row["complete"] > column]
        rows = figures("explain", "retention", f"average:{column}", *options, as_of=as_of)
        if is_money:
            expected = sum(round(float(row["revenue"][column]) * 100) for row in closed)
            assert sum(round(float(row["counted"]) * 100) for row in rows) == expected
        else:
            assert len(rows) == sum(row["active"][column] for row in closed)
    (first,) = {len(figures("explain", "retention", f"{row}:1", as_of=as_of)) for row in ROWS}
    assert first == 345


ROWS = ("all", "average")


def test_the_average_of_a_period_is_that_of_its_cohorts(figures: Callable[..., Any]) -> None:
    """Of the cohorts shown, in every column up to the last."""
    asked = ["--period", "1997-02"]
    assert len(figures("explain", "retention", "all:1", *asked)) == 134
    assert len(figures("explain", "retention", "all:size", *asked)) == 857
