"""Reports as people ask for them: bounds, returns, orders of several lines, currencies."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crm_cli.domain import periods, rfm
from crm_cli.domain.rates import RateBook
from crm_cli.errors import InvalidValue, RateMissing
from crm_cli.reports import REPORTS, retention, scope, scoring, source
from crm_cli.store import summaries
from crm_cli.store.batch import Batch
from tests.reports import ledger
from tests.reports.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

ROWS = """customer,date,order,sku,amount,kind
1,2026-01-31,A,pen,10.00,sale
1,2026-02-01,A,ink,5.00,sale
1,2026-02-01,,ink,4.00,sale
1,2026-03-02,,ink,3.00,return
2,2026-01-01,,pen,0.00,sale
2,2026-04-30,,pen,8.00,sale
"""


@pytest.fixture
def shop(crm: Crm, tmp_path: Path) -> Crm:
    """Two customers: an order of two lines on two days, a return, a sale of nothing."""
    file = tmp_path / "orders.csv"
    file.write_text(ROWS)
    crm("purchase", "import", file, "--map", "order=order_number")
    return crm


def test_an_order_counts_once_on_its_first_day(shop: Crm) -> None:
    """Revenue falls on each line's day, the order on the earliest."""
    rows = shop.json("report", "sales")["rows"]
    assert [(x["period"], x["orders"], x["revenue"], x["returns"]) for x in rows] == [
        ("2026-01", 2, "10.00", "0.00"),
        ("2026-02", 1, "9.00", "0.00"),
        ("2026-03", 0, "-3.00", "3.00"),
        ("2026-04", 1, "8.00", "0.00"),
    ]


def test_sales_of_a_period_leave_an_order_begun_before_out(shop: Crm) -> None:
    """In February only the order that began then counts; the other's line is revenue."""
    totals = shop.json("report", "sales", "--period", "2026-02")["totals"]
    assert totals == {"orders": 1, "revenue": "9.00", "returns": "0.00", "currency": "EUR"}


def test_a_first_period_that_is_cut_says_so(shop: Crm) -> None:
    """Beside one whole month the half of another looks like a bad one."""
    half = shop.json("report", "sales", "--since", "2026-01-15")["notes"]
    assert "2026-01 begins with 2026-01-15." in half
    whole = shop.json("report", "sales", "--since", "2026-01-01")["notes"]
    assert not any("begins with" in note for note in whole)


def test_sales_by_dimension(shop: Crm) -> None:
    """An order of two products counts in both, and once in the total."""
    report = shop.json("report", "sales", "--dimension", "product")
    assert {row["product"]: row["orders"] for row in report["rows"]} == {"pen": 3, "ink": 2}
    assert report["totals"]["orders"] == 4
    explained = shop.json("report", "explain", "sales", "ink:revenue", "--dimension", "product")
    assert sorted(row["counted"] for row in explained) == ["-3.00", "4.00", "5.00"]


def test_two_contacts_of_one_name_are_two_rows(shop: Crm) -> None:
    """Each with its id; explain takes the id, or the name for all who have it."""
    for amount in ("7", "9"):
        who = shop.id("contact", "add", "Twin", "--allow-duplicate")
        shop("purchase", "add", who, "pen", amount, "--on", "2026-04-01")
    asked = ("--dimension", "contact", "--since", "2026-04-01")
    report = shop.json("report", "sales", *asked)
    twins = [row for row in report["rows"] if row["contact"] == "Twin"]
    assert [(row["contact_id"], row["revenue"]) for row in twins] == [
        (who, "9.00"),
        (who - 1, "7.00"),
    ]
    (one,) = shop.json("report", "explain", "sales", f"#{who}:revenue", *asked)
    assert one["counted"] == "9.00"
    assert len(shop.json("report", "explain", "sales", "Twin:revenue", *asked)) == 2
    ids = shop("report", "sales", *asked, "-f", "ids").out.split()
    assert ids == [str(row["contact_id"]) for row in report["rows"]]
    both = shop.json(
        "report", "explain", "sales", f"2026-04/#{who}:orders", *asked, "--by", "month"
    )
    assert [row["contact_id"] for row in both] == [who]


def test_cohorts_touch_at_midnight(shop: Crm) -> None:
    """31 January and 1 February are columns 0 and 1."""
    report = shop.json("report", "retention", "--as-of", "2026-04-30")
    (row,) = report["rows"]
    assert row["active"] == [2, 1, 0, 1]
    revenue = shop.json("report", "retention", "--as-of", "2026-04-30", "--measure", "revenue")[
        "rows"
    ][0]
    assert revenue["revenue"] == ["10.00", "9.00", "-3.00", "8.00"]
    assert revenue["rate"] == [1.0, 0.9, -0.3, 0.8]


def test_a_zero_base_gives_null(shop: Crm) -> None:
    """A first column without revenue has no rate, neither 0 nor infinity."""
    shop("purchase", "delete", "1", "--yes")
    shop("purchase", "delete", "2", "--yes")
    report = shop.json("report", "retention", "--measure", "revenue", "--as-of", "2026-04-30")
    january = report["rows"][0]
    assert january["revenue"][0] == "0.00"
    assert set(january["rate"]) == {None}


def test_period_rate(shop: Crm) -> None:
    """(E - N) / S, and nothing where nobody ordered before."""
    rows = shop.json("report", "retention", "--period-rate", "--as-of", "2026-04-30")["rows"]
    assert [(x["start"], x["end"], x["new"], x["rate"], x["kept"]) for x in rows] == [
        (0, 2, 2, None, 0),
        (2, 1, 0, 0.5, 1),
        (1, 0, 0, 0.0, 0),
        (0, 1, 0, None, 0),
    ]


def test_deleting_and_undoing_moves_the_figures(shop: Crm) -> None:
    """Figures follow every change and its undoing."""
    before = shop.json("report", "segments")
    shop("purchase", "delete", "6", "--yes")
    assert shop.json("report", "segments") != before
    shop("undo")
    assert shop.json("report", "segments") == before


def test_an_archived_contact_stays_in_the_figures(shop: Crm) -> None:
    """Archiving hides from lists alone."""
    before = shop.json("report", "segments")
    shop("contact", "archive", "1")
    assert shop.json("report", "segments") == before


def test_typed_dates_are_echoed(shop: Crm) -> None:
    """What was understood stands on stderr; stdout is the same as for the date itself."""
    run = shop("report", "segments", "--as-of", "yesterday", "--json")
    assert "2026-06-14" in run.err
    assert run.json["parameters"]["as_of"] == "2026-06-14"


@pytest.mark.parametrize(
    "arguments",
    [
        ["retention", "--by", "fortnight"],
        ["retention", "--measure", "margin"],
        ["retention", "--period", "someday"],
        ["retention", "--period", "2026", "--since", "2026-01-01"],
        ["sales", "--dimension", "colour"],
        ["sales", "--since", "2026-05-01", "--until", "2026-04-01"],
        ["segments", "--members", "champs"],
        ["segments", "--cuts", "r=5,4,3,2"],
        ["segments", "--cuts", "r=1,2,3,4", "--cuts", "recency=2,3,4,5"],
        ["segments", "--as-of", "03/04/2026"],
        ["explain", "sales", "2026-01"],
        ["explain", "weather", "2026-01:rain"],
        ["explain", "segments", "champions:colour"],
        ["explain", "retention", "2026-01:0", "--measure", "margin"],
    ],
)
def test_what_cannot_be_read_is_an_error(shop: Crm, arguments: list[str]) -> None:
    """An unknown word is never taken as "everything"."""
    run = shop("report", *arguments, "--json", code=2)
    assert run.out == ""
    assert run.error["code"] == "invalid"


def test_fixed_cuts_are_said(shop: Crm) -> None:
    """Not the definition of the others, and in every list; -f json carries them."""
    for also in ([], ["--members", "lost"], ["--moves", "2026-01-01"]):
        shown = shop.json("report", "segments", "--cuts", "r=1,2,3,4", *also)
        assert shown["parameters"]["cuts"] == ["r=1,2,3,4"]
        assert "by the cut points given, else" in shown["definition"]
        assert "Cut points: r=1,2,3,4." in shown["notes"]


def test_fixed_cuts(shop: Crm) -> None:
    """At most so many days, at least so many orders and so much revenue."""
    options = ["--cuts", "r=30,60,90,100", "--cuts", "f=2,3,4,5", "--cuts", "m=1,8,15.99,16"]
    options += ["--as-of", "2026-04-30"]
    rows = {
        row["contact_id"]: (row["r"], row["f"], row["m"])
        for name in rfm.SEGMENTS
        for row in shop.json("report", "segments", "--members", name, *options)["rows"]
    }
    # 88 days, 2 orders, 16.00; 0 days, 2 orders, 8.00.
    assert sorted(rows.values()) == [(3, 2, 5), (5, 2, 3)]
    shop("purchase", "add", "1", "pen", "1", "--on", "2026-05-30")
    again = {
        row["contact_id"]: (row["r"], row["f"], row["m"])
        for name in rfm.SEGMENTS
        for row in shop.json("report", "segments", "--members", name, *options)["rows"]
    }
    assert again == rows


@pytest.mark.parametrize(
    "words", [("segments",), ("segments", "--members", "lost"), ("segments", "--moves", "-1m")]
)
def test_scores_of_few_customers_are_said_to_say_little(
    crm: Crm, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """By the formula who bought today is lost where nobody else did; the report says why."""
    file = tmp_path / "orders.csv"
    rows = [f"{number},2026-01-{number:02},10.00" for number in range(1, 25)]
    file.write_text("\n".join(["customer,date,amount", *rows]))
    crm("purchase", "import", file)
    few = "Scores compare customers with each other: of only 24 customers they say little."
    assert few in crm.json("report", *words)["notes"]
    fixed = ["--cuts", "r=10,20,30,40", "--cuts", "f=2,3,4,5", "--cuts", "m=1,2,3,4"]
    assert few not in crm.json("report", *words, *fixed)["notes"]
    assert f"segment: s{few[1:]}" in crm("contact", "show", "1").err
    assert few in crm("report", "explain", "segments", "all:customers").err
    crm("purchase", "add", "1", "pen", "1", "--on", "2026-01-20")
    assert few in crm.json("report", *words)["notes"]
    crm("contact", "add", "Ada")
    crm("purchase", "add", "Ada", "pen", "1", "--on", "2026-02-01")
    assert few not in crm.json("report", *words)["notes"]
    assert "say little" not in crm("contact", "show", "1").err
    assert few in crm.json("report", "segments", "--as-of", "2026-01-31")["notes"]


def test_sales_say_what_lies_after_the_day(shop: Crm) -> None:
    left_out = "Left out: 1 purchase after 2026-06-15."
    assert left_out not in shop.json("report", "sales")["notes"]
    shop("purchase", "add", "1", "pen", "1", "--on", "2026-06-16")
    for words in ([], ["--dimension", "product"], ["--since", "2026-06-01"]):
        assert left_out in shop.json("report", "sales", *words)["notes"]
    assert left_out not in shop.json("report", "sales", "--period", "2026-05")["notes"]


def test_a_row_of_sales_by_period_and_dimension_is_named_by_both(shop: Crm) -> None:
    options = ("--by", "month", "--dimension", "product")
    rows = shop.json("report", "explain", "sales", "2026-02/ink:revenue", *options)
    assert [row["counted"] for row in rows] == ["5.00", "4.00"]
    error = shop("report", "explain", "sales", "ink:revenue", *options, "--json", code=2).error
    assert "by month and product" in error["message"]
    assert "PERIOD/VALUE:COLUMN, such as 2026-06/ink:revenue" in error["hint"]
    assert "PERIOD/VALUE" in shop("report", "explain", "--help").out


# -- currencies -----------------------------------------------------------------------------


def test_several_currencies_need_rates(shop: Crm) -> None:
    """Without a rate the report refuses and names pair and day; with one it converts."""
    shop("purchase", "add", "1", "pen", "10.00 CHF", "--on", "2026-05-02")
    run = shop("report", "segments", "--json", code=5)
    assert run.error["code"] == "rate-missing"
    for word in ("CHF", "EUR", "2026-05-02"):
        assert word in run.error["message"]
    assert shop.json("report", "retention", "--as-of", "2026-05-31")["rows"][0]["active"][4] == 1
    assert shop.json("report", "segments", "--as-of", "2026-05-01")["totals"]["revenue"] == "24.00"
    shop("config", "rate", "add", "CHF", "1.0625", "--on", "2026-05-01")
    totals = shop.json("report", "segments")["totals"]
    assert (totals["revenue"], totals["currency"]) == ("34.63", "EUR")
    assert shop.json("report", "sales")["totals"]["revenue"] == "34.63"


def test_an_amount_too_large_to_convert_is_refused(shop: Crm) -> None:
    """And is no float that was an amount, and no bug: the purchase is named."""
    shop("config", "set", "currency", "IDR")
    shop("config", "rate", "add", "EUR", "17000", "--on", "2020-01-01")
    shop("config", "rate", "add", "KWD", "50000", "--on", "2020-01-01")
    shop("purchase", "add", "1", "pen", "9999999999999.345 KWD", "--on", "2026-05-02")
    for words in (["sales"], ["segments"], ["retention", "--measure", "revenue"]):
        error = shop("report", *words, "--json", code=5).error
        assert error["code"] == "refused"
        assert "9999999999999.345 KWD on 2026-05-02" in error["message"]
    # Of the days before it nothing is too large; as of them there was no other currency yet.
    totals = shop.json("report", "sales", "--until", "2026-05-01")["totals"]
    assert (totals["revenue"], totals["currency"]) == ("408000.00", "IDR")
    totals = shop.json("report", "sales", "--as-of", "2026-05-01")["totals"]
    assert (totals["revenue"], totals["currency"]) == ("24.00", "EUR")
    assert shop.json("contact", "show", "1")["segment"] is None


def test_the_period_does_not_choose_the_currency(shop: Crm) -> None:
    """Several in the store: all figures of a day are in the business's, whatever is in view."""
    shop("purchase", "add", "1", "pen", "10.00 CHF", "--on", "2026-05-02")
    shop("config", "set", "currency", "CHF")
    shop("config", "rate", "add", "EUR", "0.5", "--on", "2025-01-01")
    for bounds in ([], ["--period", "2026-05"], ["--period", "2026-04"], ["--since", "2026-05-03"]):
        for words in (
            ["sales"],
            ["sales", "--by", "week"],
            ["sales", "--dimension", "product"],
            ["retention", "--measure", "revenue"],
        ):
            totals = shop.json("report", *words, *bounds)["totals"]
            assert totals.get("currency") == "CHF", (words, bounds)
    assert shop.json("report", "sales", "--period", "2026-04")["totals"]["revenue"] == "4.00"
    april = ("report", "explain", "sales", "2026-04:revenue", "--period", "2026-04")
    assert [row["counted"] for row in shop.json(*april)] == ["4.00"]


def test_who_only_returned_in_another_currency_counts_too(shop: Crm, tmp_path: Path) -> None:
    """The reports that count customers are in the same currency as the sales."""
    back = tmp_path / "back.csv"
    back.write_text("customer,date,sku,amount,kind,currency\n9,2026-05-01,pen,2.00,return,CHF\n")
    shop("purchase", "import", back)
    shop("config", "set", "currency", "CHF")
    shop("config", "rate", "add", "EUR", "0.5", "--on", "2025-01-01")
    for name in ("segments", "sales"):
        assert shop.json("report", name)["totals"]["currency"] == "CHF"


@pytest.mark.parametrize(
    ("source_currency", "target", "day", "expected"),
    [
        ("CHF", "EUR", "2026-01-10", (94, 100)),
        ("CHF", "EUR", "2026-02-01", (95, 100)),
        ("EUR", "CHF", "2026-02-01", (100, 95)),
        ("USD", "CHF", "2026-02-01", (8 * 100, 10 * 95)),
        ("EUR", "EUR", "1900-01-01", (1, 1)),
    ],
)
def test_the_newest_rate_on_or_before_a_day(
    source_currency: str, target: str, day: str, expected: tuple[int, int]
) -> None:
    """Direct, inverse, or through the business's currency."""
    book = RateBook(
        [
            ("CHF", "EUR", "2026-02-01", "0.95"),
            ("CHF", "EUR", "2026-01-01", "0.94"),
            ("USD", "EUR", "2026-01-01", "0.8"),
        ],
        "EUR",
    )
    assert book.ratio(source_currency, target, day) == expected


def test_a_day_before_the_first_rate_has_none() -> None:
    """A later rate is never used for an earlier day."""
    book = RateBook([("CHF", "EUR", "2026-02-01", "0.95")], "EUR")
    with pytest.raises(RateMissing, match=r"CHF to EUR .* 2026-01-31"):
        book.ratio("CHF", "EUR", "2026-01-31")


def test_conversion_knows_minor_units() -> None:
    """Yen have no decimals, dinars three; half a unit goes up."""
    book = RateBook(
        [("JPY", "EUR", "2026-01-01", "0.005"), ("KWD", "EUR", "2026-01-01", "3")], "EUR"
    )
    assert book.convert(101, "JPY", "EUR", "2026-01-01") == 51
    assert book.convert(1000, "KWD", "EUR", "2026-01-01") == 300
    assert book.convert(300, "EUR", "KWD", "2026-01-01") == 1000


# -- domain ---------------------------------------------------------------------------------


def test_every_code_has_one_segment() -> None:
    """All 125, once each."""
    assert len(rfm.SEGMENT_OF) == 125
    assert sum(map(len, rfm.SEGMENTS.values())) == 125


@pytest.mark.parametrize("unit", periods.UNITS)
def test_labels_lead_back(unit: str) -> None:
    """A period's name and number belong together, also around new year."""
    for number in range(periods.number_of(date(2024, 12, 1), unit), 0, -97):
        text = periods.label(number, unit)
        assert periods.number_of_label(text, unit) == number
        assert periods.number_of(periods.last_day(number, unit), unit) == number


@pytest.mark.parametrize("unit", periods.UNITS)
def test_the_calendar_s_last_period_ends_with_it(unit: str) -> None:
    """A week that would go on into the year 10000 ends on its last day."""
    assert periods.last_day(periods.number_of(date.max, unit), unit) == date.max


def test_a_label_of_another_unit_is_refused() -> None:
    """A quarter is no month."""
    with pytest.raises(InvalidValue):
        periods.number_of_label("2026-Q1", "month")


# -- the way of reading ---------------------------------------------------------------------


def plan(connection: object, sql: str, parameters: object = ()) -> str:
    rows = connection.execute("EXPLAIN QUERY PLAN " + sql, parameters)  # type: ignore[attr-defined]
    return "\n".join(row[3] for row in rows.fetchall())


def test_segments_of_today_read_the_summary_alone(tmp_path: Path) -> None:
    """One covering index, and no purchase."""
    connection = ledger.session(tmp_path).reader
    today = scope.Scope(as_of=date(2026, 6, 15), since=None, until=None, home="EUR")
    scored = scoring.score(connection, today, (), everybody=True)
    steps = plan(connection, f"WITH {scored.sql} SELECT code, count(*) FROM scored GROUP BY code")
    assert "COVERING INDEX customers_scores" in steps
    assert "purchases" not in steps
    one = scoring.score(connection, today, ()).sql
    steps = plan(connection, f"WITH {one} SELECT code FROM scored WHERE contact_id = 1")
    assert "SEARCH customers USING INTEGER PRIMARY KEY" in steps


def test_currency_is_looked_up_not_scanned(tmp_path: Path) -> None:
    """The ends of an index tell whether there is one currency."""
    connection = ledger.session(tmp_path).reader
    steps: list[str] = []
    connection.set_trace_callback(steps.append)
    assert source.one_currency(connection, "2026-01-01") == ""
    source.is_current(connection, "2026-01-01")
    connection.set_trace_callback(None)
    for sql in steps:
        assert "SCAN purchases\n" not in plan(connection, sql)
        assert "SCAN customers\n" not in plan(connection, sql) + "\n"


def test_one_purchase_costs_no_scan(tmp_path: Path) -> None:
    """Recomputing after a small change looks its contacts up."""
    with_ledger = Ledger(ledger.session(tmp_path).reader, 3)
    batch = Batch()
    summaries.recompute(batch, 1)
    for sql, parameters, _ in batch._steps:
        steps = plan(with_ledger.connection, sql, parameters).splitlines()
        for number, step in enumerate(steps):
            # Tables are scanned only inside of looking contact 0, "everybody", up.
            if step in {"SCAN p", "SCAN c"}:
                assert any(
                    ("SEARCH" in before and "queue" in before) or before.startswith("SEARCH q")
                    for before in steps[:number]
                ), steps
            assert step not in {"SCAN d", "SCAN customers", "SCAN customer_days"}


def test_rebuilding_mends_any_summary(shop: Crm) -> None:
    """Whatever the summaries held, they are what the purchases give."""
    connection = sqlite3.connect(shop.db, isolation_level=None)
    connection.execute("UPDATE customer_days SET revenue = revenue + 1, orders = 7")
    connection.execute("DELETE FROM customers WHERE contact_id = 1")
    connection.execute("UPDATE cohort_months SET active = 9")
    assert len(summaries.differences(connection)) > 3
    batch = Batch()
    summaries.rebuild(batch)
    batch.run(connection)
    assert summaries.differences(connection) == []
    connection.close()


def test_every_report_is_in_the_table(crm: Crm) -> None:
    """Name, help line and definition of each report are in one place."""
    listed = crm("report", "--help").out
    for name, entry in REPORTS.items():
        assert name in listed
        assert entry.help in listed
        # A line of the help may end within lost-leads.
        words = " ".join(crm("report", name, "--help").out.split()).replace("- ", "-")
        assert entry.details.replace("- ", "-") in words
        assert crm.json("report", name)["definition"] == entry.definition


# -- what was asked -------------------------------------------------------------------------


def test_words_for_a_period_count_from_the_as_of_day(shop: Crm) -> None:
    """As of a past day, the year to date and the last month are that day's."""
    for word, bounds in {
        "ytd": ("2025-01-01", "2025-04-30"),
        "last-month": ("2025-03-01", "2025-03-31"),
    }.items():
        for name in ("sales", "retention", "repeat"):
            run = shop("report", name, "--as-of", "2025-04-30", "--period", word, "--json")
            found = run.json["parameters"]
            assert (found["since"], found["until"]) == bounds
            assert f"--period {word}: {bounds[0]} to {bounds[1]}" in run.err
    found = shop.json("report", "sales", "--as-of", "2025-04-30", "--since", "-1m")["parameters"]
    assert found["since"] == "2025-03-30"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["segments", "--members", "lost", "--moves", "2026-01-01"], "--members and --moves"),
        (["segments", "--as-of", "2026-01-01", "--moves", "2026-01-02"], "2026-01-02"),
        (["retention", "--period-rate", "--rolling"], "--rolling"),
        (["retention", "--period-rate", "--measure", "revenue"], "--measure"),
        (["retention", "--period-rate", "--counts"], "--counts"),
    ],
)
def test_options_that_do_not_go_together(shop: Crm, arguments: list[str], words: str) -> None:
    """None is dropped in silence; the hint says what to leave out."""
    error = shop("report", *arguments, "--json", code=2).error
    assert error["code"] == "usage"
    assert words in error["message"]
    assert error["hint"]


def test_moves_echo_their_own_option(shop: Crm) -> None:
    """A day in words is echoed under the name it was given by, counted from the as-of day."""
    run = shop("report", "segments", "--as-of", "2026-04-30", "--moves", "last friday")
    assert "--moves 'last friday': 2026-04-24 (Friday)" in run.err
    assert "--as-of" not in run.err
    report = shop.json("report", "segments", "--as-of", "2026-04-30", "--moves", "2026-04-30")
    assert report["totals"] == {"moved": 0, "unchanged": 2}


def test_sales_by_the_currency_paid_in(shop: Crm) -> None:
    """Which currency a row is about stands beside the one its amounts are in."""
    table = shop("report", "sales", "--dimension", "currency").out
    assert "Paid in" in table
    assert "\nEUR " in table
    shop("purchase", "add", "1", "pen", "10.00 CHF", "--on", "2026-05-02")
    shop("config", "rate", "add", "CHF", "0.9", "--on", "2026-05-01")
    rows = shop.json("report", "sales", "--dimension", "currency")["rows"]
    assert [(x["original_currency"], x["revenue"], x["currency"]) for x in rows] == [
        ("EUR", "24.00", "EUR"),
        ("CHF", "9.00", "EUR"),
    ]
    (row,) = shop.json("report", "explain", "sales", "CHF:revenue", "--dimension", "currency")
    assert row["counted"] == "9.00"


def test_one_wrong_year_makes_no_endless_table(shop: Crm) -> None:
    """Empty periods are shown within reason; beyond it they are left out, and that is said."""
    assert len(shop.json("report", "sales", "--by", "day")["rows"]) == 120
    shop("purchase", "add", "1", "pen", "1", "--on", "0226-01-31")
    run = shop("report", "sales", "--by", "day")
    assert len(shop.json("report", "sales", "--by", "day")["rows"]) == 6
    assert "Left out: 657" in run.out
    assert "0226-01-31" in run.out
    rows = shop.json("report", "sales", "--by", "day", "--since", "2026-01-01")["rows"]
    assert len(rows) == 120
    rate = ["retention", "--period-rate", "--as-of", "2026-04-30"]
    rows = shop.json("report", *rate)["rows"]
    assert [row["period"] for row in rows[:3]] == ["0226-01", "0226-02", "2026-01"]
    assert len(shop.json("report", *rate, "--since", "2026-01-01")["rows"]) == 4


def test_one_wrong_year_makes_no_endless_cohorts(shop: Crm) -> None:
    """The table is as wide as without it, says so, and every figure of it stays right."""
    asked = ("report", "retention", "--as-of", "2026-04-30")
    before = shop.json(*asked)
    shop("contact", "add", "Zed")
    shop("purchase", "add", "Zed", "pen", "1", "--on", "0226-01-31")
    shop("purchase", "add", "Zed", "pen", "1", "--on", "2026-04-01")
    after = shop.json(*asked)
    assert after["rows"][1:] == before["rows"]
    assert after["rows"][0] == {
        "cohort": "0226-01", "size": 1, "active": [1, 0, 0, 0], "rate": [1.0, 0.0, 0.0, 0.0],
        "complete": 4,
    }  # fmt: skip
    assert any("0226-01 (a wrong year?)" in note for note in after["notes"])
    rolling = shop.json(*asked, "--rolling")["rows"][0]
    assert rolling["active"] == [1, 1, 1, 1]
    assert shop.json(*asked, "--since", "2026-01-01")["notes"] == [
        note.replace("of all time", "from 2026-01-01") for note in before["notes"]
    ]


@pytest.mark.parametrize("unit", ["week", "month", "quarter", "year"])
def test_the_end_of_the_calendar_is_a_day_like_others(shop: Crm, unit: str) -> None:
    """Nothing falls over, and nobody waits for half a million empty weeks."""
    shown = shop.json("report", "retention", "--by", unit, "--as-of", "9999-12-31")
    assert len(shown["rows"][0]["active"]) <= 20
    assert shown["totals"]["size"] == sum(row["size"] for row in shown["rows"])


@pytest.mark.parametrize("name", ["Cannot lose them", "cannot LOSE them", "cannot-lose"])
def test_a_segment_by_its_label(shop: Crm, name: str) -> None:
    """As the screen shows it, in any case; explain takes it too."""
    report = shop.json("report", "segments", "--members", name)
    assert report["parameters"]["members"] == "cannot-lose"
    assert shop.json("report", "explain", "segments", f"{name}:customers") == report["rows"]


def test_ids_of_reports_are_those_of_contacts(shop: Crm) -> None:
    """What lists contacts can be piped on; a table of figures says that it has none."""
    names = [x["segment"] for x in shop.json("report", "segments")["rows"] if x["customers"]]
    found = [shop("report", "segments", "--members", x, "-f", "ids").out.split() for x in names]
    assert sorted(contact for ids in found for contact in ids) == ["1", "2"]
    moved = shop("report", "segments", "--moves", "2026-01-01", "-f", "ids").out
    assert set(moved.split()) <= {"1", "2"}
    assert shop("report", "explain", "repeat", "2:customers", "-f", "ids").out == "1\n2\n"
    assert shop("report", "explain", "sales", "2026-04:revenue", "-f", "ids").out == "6\n"
    assert "no ids" in shop("report", "segments", "-f", "ids", code=2).err


def test_a_definition_is_one_line() -> None:
    """Within the width that plain text is wrapped at."""
    asked = [
        retention.RetentionRequest(rolling=True),
        retention.RetentionRequest(measure="revenue"),
        retention.RetentionRequest(period_rate=True),
    ]
    lines = map(retention.definition, asked)
    for line in [*lines, *(entry.definition for entry in REPORTS.values())]:
        assert len(line) <= 100
        assert "\n" not in line


def test_rates_and_averages_round_half_away_from_zero(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "Ada", "Tea", "32", "--on", "2026-01-05")
    crm("purchase", "add", "Ada", "Tea", "1", "--on", "2026-02-05")
    crm("purchase", "add", "Ada", "Tea", "29", "--on", "2026-03-05")
    (row,) = crm.json("report", "retention", "--measure", "revenue", "--as-of", "2026-03-31")[
        "rows"
    ]
    assert row["rate"] == [1.0, 0.0313, 0.9063]


def test_an_average_loss_rounds_like_a_gain(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "customer,date,amount,kind\n1,2026-01-05,0,sale\n1,2026-01-06,0.03,return\n"
        "2,2026-01-05,0,sale\n"
    )
    crm("purchase", "import", file)
    assert crm.json("report", "segments")["totals"]["average_value"] == "-0.02"


def imported(crm: Crm, tmp_path: Path, rows: str) -> None:
    file = tmp_path / "more.csv"
    file.write_text(rows)
    crm("purchase", "import", file)


def test_rates_are_asked_for_the_cohorts_shown_alone(crm: Crm, tmp_path: Path) -> None:
    """Others may have bought without a rate, before these cohorts and after."""
    rows = "customer,date,amount,currency\n1,2023-01-01,10,USD\n2,2024-02-01,5,EUR\n"
    imported(crm, tmp_path, rows + "2,2024-03-01,1,EUR\n1,2024-03-05,7,USD\n")
    asked = ("report", "retention", "--measure", "revenue", "--as-of", "2024-03-31")
    assert crm(*asked, "--json", code=5).error["code"] == "rate-missing"
    report = crm.json(*asked, "--period", "2024")
    assert [(row["cohort"], row["revenue"]) for row in report["rows"]] == [
        ("2024-02", ["5.00", "1.00"])
    ]
    assert report["totals"]["currency"] == "EUR"
    explain = ("report", "explain", "retention", "2024-02:1", *asked[2:], "--period", "2024")
    assert [row["counted"] for row in crm.json(*explain)] == ["1.00"]
    # Somebody of the cohort does need it.
    imported(crm, tmp_path, "customer,date,amount,currency\n2,2024-03-02,2,USD\n")
    assert crm(*asked, "--period", "2024", "--json", code=5).error["code"] == "rate-missing"


@pytest.mark.parametrize("as_of", ["2024-03-31", "2024-02-15"])
def test_who_is_no_customer_needs_no_rate(crm: Crm, tmp_path: Path, as_of: str) -> None:
    imported(
        crm,
        tmp_path,
        "customer,date,amount,currency,kind\n1,2024-01-05,10,EUR,sale\n"
        "2,2024-02-01,4,USD,return\n3,2024-03-01,5,EUR,sale\n2,2024-03-20,9,EUR,sale\n",
    )
    asked = ("report", "segments", "--as-of", as_of)
    if as_of == "2024-03-31":  # a customer by then, whose return counts
        assert crm(*asked, "--json", code=5).error["code"] == "rate-missing"
        return
    totals = crm.json(*asked)["totals"]
    assert (totals["customers"], totals["revenue"], totals["currency"]) == (1, "10.00", "EUR")


def test_revenue_is_never_rolling(shop: Crm) -> None:
    """Counts would roll and rates not."""
    asked = ("retention", "--rolling", "--measure", "revenue")
    run = shop("report", *asked, "--json", code=2)
    assert run.error["code"] == "usage"
    assert "--rolling does not go with --measure revenue" in run.error["message"]
    shop("report", "explain", "retention", "2026-01:1", *asked[1:], code=2)


def test_explaining_a_row_that_sales_do_not_have(shop: Crm) -> None:
    """It is an error, as it is of the other reports; a row with a figure of nothing is none."""
    asked = ("--dimension", "product")
    for row in ("bread", "#99", "(none)"):
        error = shop("report", "explain", "sales", f"{row}:revenue", *asked, "--json", code=3).error
        assert error["code"] == "not-found"
        assert "crm report sales --dimension product" in error["hint"]
    month = (*asked, "--by", "month")
    shop("report", "explain", "sales", "2026-04/ink:revenue", *month, code=3)
    assert shop.json("report", "explain", "sales", "2026-03/ink:orders", *month) == []
    assert shop.json("report", "explain", "sales", "pen:returns", *asked) == []


@pytest.mark.parametrize("style", ["csv", "tsv"])
def test_flat_retention_says_how_many_periods_are_closed(shop: Crm, style: str) -> None:
    """People see a star; the flat form has the number that JSON has."""
    asked = ("report", "retention", "--as-of", "2026-04-15")
    sign = "," if style == "csv" else "\t"
    lines = [line.split(sign) for line in shop(*asked, "-f", style).out.splitlines()]
    assert lines[0] == ["cohort", "size", "0", "1", "2", "3", "complete"]
    assert [line[-1] for line in lines[1:]] == ["3"]
    flat = shop(*asked, "--period-rate", "-f", style).out.splitlines()
    rates = [line.split(sign) for line in flat]
    assert (rates[0][-1], rates[-1][-1]) == ("complete", "false")
    assert "omplete" not in shop(*asked).out
    assert "Closed" not in shop(*asked).out
