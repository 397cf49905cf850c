"""``crm lead board``: a column a stage, a card a lead, and the sums of the pipeline report."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.leads.rows import STAGES, lead

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def sales(crm: Crm) -> Crm:
    """Five open leads in three stages, one of them stale, one worth nobody knows what, and a won
    one; today is 15 June."""
    crm("contact", "add", "Ada Müller")
    crm("contact", "add", "Bob")
    lead(crm, 1, "Website", "new", on="2026-06-10", value=100_00, currency="EUR", owner="zoe")
    lead(crm, 1, "A shop for spare parts of engines", "proposal", on="2026-05-01",
         since="2026-05-24", value=300_00, currency="EUR", owner="anna")  # fmt: skip
    lead(crm, 2, "Hosting", "proposal", on="2026-06-15", value=900_50, currency="EUR")
    lead(crm, 2, "Photo day", "proposal", on="2026-06-15")
    lead(crm, 2, "Logo", "negotiation", on="2026-06-15", probability=9900, value=100_00,
         currency="EUR")  # fmt: skip
    lead(crm, 2, "Old site", "won", on="2026-03-01", closed="2026-03-31", value=500_00,
         currency="EUR")  # fmt: skip
    return crm


def test_the_columns_and_their_sums(sales: Crm) -> None:
    board = sales.json("lead", "board")
    assert board["report"] == "board"
    figures = ("stage", "name", "leads", "with_value", "value", "weighted", "stale")
    assert [tuple(row[key] for key in figures) for row in board["rows"]] == [
        ("new", "New", 1, 1, "100.00", "10.00", 0),
        ("contacted", "Contacted", 0, 0, "0.00", "0.00", 0),
        ("qualified", "Qualified", 0, 0, "0.00", "0.00", 0),
        # 300.00 at 60 % and 900.50 at 60 %; the one without a value is no 0.
        ("proposal", "Proposal", 3, 2, "1200.50", "720.30", 1),
        ("negotiation", "Negotiation", 1, 1, "100.00", "99.00", 0),
    ]
    assert board["totals"]["weighted"] == "829.30"
    assert board["totals"]["leads"] == 5
    # The most by value and odds first, those nobody knows the value of last.
    assert [card["id"] for card in board["rows"][3]["cards"]] == [3, 2, 4]


def test_a_card_is_the_row_of_the_list(sales: Crm) -> None:
    rows = {row["id"]: row for row in sales.json("lead", "list")}
    board = sales.json("lead", "board")
    cards = {card["id"]: card for row in board["rows"] for card in row["cards"]}
    assert cards == rows


def test_owner_filter_and_limit_narrow(sales: Crm) -> None:
    def shown(*options: str) -> list[int]:
        board = sales.json("lead", "board", *options)
        return [card["id"] for row in board["rows"] for card in row["cards"]]

    assert shown("--owner", "ANNA") == [2]
    assert shown("--mine", "--as", "zoe") == [1]
    assert shown("--where", "value > 200") == [3, 2]
    assert shown("--limit", "1") == [1, 3, 5]
    board = sales.json("lead", "board", "--limit", "1")
    assert board["totals"]["leads"] == 5
    assert board["rows"][3]["value"] == "1200.50"
    assert "3 of 5 leads shown: --limit is the most a column shows." in board["notes"]
    assert sales("lead", "board", "-f", "ids", "--limit", "1").out.split() == ["1", "3", "5"]


def test_a_pipe_gets_each_card_whole_on_a_line(sales: Crm) -> None:
    lines = sales("lead", "board").out.splitlines()
    assert lines[0] == "Sales: 5 leads, 1400.50 EUR, weighted 829.30, 1 stale"
    at = lines.index("Proposal: 3 leads, 1200.50 EUR, weighted 720.30, 1 stale")
    assert lines[at + 1 : at + 4] == [
        "#3  Hosting                            Bob         900.50   0d",
        "#2  A shop for spare parts of engines  Ada Müller  300.00  45d!  anna",
        "#4  Photo day                          Bob                  0d",
    ]


def page(crm: Crm, width: int) -> list[str]:
    """Return the lines that a terminal of this width gets."""
    from pathlib import Path

    from crm_cli.clock import Clock
    from crm_cli.queries.lead_board import board
    from crm_cli.render import text
    from crm_cli.render.layout import Paper
    from crm_cli.render.layout import page as blocks_of
    from crm_cli.reports.scope import Bounds
    from crm_cli.session import Session
    from tests.conftest import NOW

    session = Session(path=Path(crm.db), clock=Clock(NOW), who=lambda: "tester", arguments=())
    body = board(session, Bounds(), None).body
    session.close()
    return text.joined(blocks_of(body, Paper(width=width, zone=lambda: None))).splitlines()


def test_the_columns_stand_side_by_side_at_eighty(sales: Crm) -> None:
    lines = page(sales, 80)
    assert lines[2:10] == [
        "New             Contacted       Qualified       Proposal        Negotiation",
        "1 lead          0 leads         0 leads         3 leads, 1!     1 lead",
        "100.00 EUR      0.00 EUR        0.00 EUR        1200.50 EUR     100.00 EUR",
        "weighted 10.00  weighted 0.00   weighted 0.00   w. 720.30       weighted 99.00",
        "",
        "#1 Website                                      #3 Hosting      #5 Logo",
        "Ada Müller                                      Bob             Bob",
        "100.00      5d                                  900.50      0d  100.00      0d",
    ]
    assert "#2 A shop for…" in "\n".join(lines)
    assert "300.00    45d!" in "\n".join(lines)


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(sales: Crm, width: int) -> None:
    from crm_cli.render.values import width as cells

    sales("contact", "edit", "2", "--name", "日本語の会社 with a rather long name")
    with sqlite3.connect(sales.db) as direct:
        direct.execute("UPDATE leads SET value = 123456789012300 WHERE id IN (2, 3)")
    direct.close()
    lines = page(sales, width)
    assert max(map(cells, lines)) <= width
    assert sum(f"#{number} " in line for number in range(1, 6) for line in lines) == 5


def test_what_a_card_holds_is_made_safe(sales: Crm) -> None:
    with sqlite3.connect(sales.db) as direct:
        direct.execute("UPDATE leads SET title = 'x' || char(27) || '[31my' WHERE id = 1")
    direct.close()
    assert "\x1b" not in sales("lead", "board").out
    assert "\x1b" not in "\n".join(page(sales, 80))


def test_leads_of_other_pipelines_are_named(sales: Crm) -> None:
    with sqlite3.connect(sales.db) as direct:
        direct.execute(
            "INSERT INTO pipelines (id, key, name, position) VALUES (2, 'partners', 'Partners', 2)"
        )
        direct.execute(
            "INSERT INTO stages (id, pipeline_id, key, name, kind, position, probability)"
            " VALUES (90, 2, 'talk', 'Talk', 'open', 1, 5000)"
        )
        direct.execute("UPDATE leads SET stage_id = 90 WHERE id = 1")
    direct.close()
    assert "Open elsewhere: Partners (1 lead); see --pipeline." in sales("lead", "board").out
    board = sales.json("lead", "board", "--pipeline", "partners")
    assert [(row["stage"], row["leads"], row["weighted"]) for row in board["rows"]] == [
        ("talk", 1, "50.00")
    ]


def test_a_stage_that_is_not_used_any_more_is_shown_while_leads_are_in_it(sales: Crm) -> None:
    with sqlite3.connect(sales.db) as direct:
        direct.execute("UPDATE stages SET is_retired = 1 WHERE key IN ('contacted', 'proposal')")
    direct.close()
    board = sales.json("lead", "board")
    assert [row["stage"] for row in board["rows"]] == [
        "new",
        "qualified",
        "proposal",
        "negotiation",
    ]


def test_without_a_rate_there_are_cards_and_no_sums(sales: Crm) -> None:
    with sqlite3.connect(sales.db) as direct:
        direct.execute("UPDATE leads SET currency = 'CHF' WHERE id = 3")
    direct.close()
    run = sales("lead", "board")
    assert "warning: no sums: lead #3 (Hosting)" in run.err
    assert "Proposal: 3 leads, 1 stale" in run.out
    assert "900.50  CHF" in run.out
    board = sales.json("lead", "board")
    assert board["totals"]["value"] is None
    assert board["totals"]["leads"] == 5
    sales("config", "rate", "add", "CHF", "0.5", "--on", "2026-01-01")
    assert sales.json("lead", "board")["totals"]["value"] == "950.25"


LEADS = st.lists(
    st.tuples(
        st.sampled_from(STAGES),
        st.one_of(st.none(), st.integers(0, 10**9)),
        st.one_of(st.none(), st.integers(0, 10_000)),
        st.sampled_from(["zoe", "anna", None]),
    ),
    max_size=25,
)


@settings(max_examples=12, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(leads=LEADS, filtered=st.sampled_from([(), ("--owner", "anna"), ("--where", "value > 10")]))
def test_list_board_and_pipeline_agree(
    crm: Crm, leads: list[tuple[str, int | None, int | None, str | None]], filtered: tuple[str, ...]
) -> None:
    crm("contact", "add", "Ada", "--allow-duplicate", code=None)
    with sqlite3.connect(crm.db) as direct:
        direct.execute("DELETE FROM leads")
    direct.close()
    for stage, value, odds, owner in leads:
        lead(crm, 1, "x", stage, value=value, currency=None if value is None else "EUR",
             probability=odds, owner=owner)  # fmt: skip
    listed = crm.json("lead", "list", *filtered)
    board = crm.json("lead", "board", *filtered)
    report = crm.json("report", "pipeline", *filtered)

    def summed(rows: list[dict[str, Any]], key: str) -> Decimal:
        return sum((Decimal(row[key]) for row in rows if row[key] is not None), Decimal(0))

    for row, other in zip(board["rows"], report["rows"], strict=True):
        figures = ("stage", "leads", "with_value", "without_value", "value", "weighted", "stale",
                   "average_age_days")  # fmt: skip
        assert [row[key] for key in figures] == [other[key] for key in figures]
        mine = [one for one in listed if one["stage"] == row["stage"]]
        assert len(mine) == row["leads"]
        assert {one["id"] for one in mine} == {card["id"] for card in row["cards"]}
        assert summed(mine, "value") == Decimal(row["value"])
        assert summed(mine, "weighted_value") == Decimal(row["weighted"])
        assert sum(one["stale"] for one in mine) == row["stale"]
    for key in ("leads", "value", "weighted"):
        assert board["totals"][key] == report["totals"][key]
    assert summed(listed, "weighted_value") == Decimal(report["totals"]["weighted"])
