"""The table, Markdown and HTML as people read them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli.domain.values import safe
from crm_cli.render import layout
from crm_cli.render.layout import Paper, page
from crm_cli.render.text import joined
from crm_cli.render.values import number, plural, shorten, width, wrapped
from crm_cli.result import Column, Kind, Level, Message, Record, Section, Table

if TYPE_CHECKING:
    from pathlib import Path

    from crm_cli.result import Report
    from tests.conftest import Crm
    from tests.render.conftest import MakeTable, Show

FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def test_plain_text_is_aligned_and_greppable(shown: Show, people: Table) -> None:
    assert shown(people).out.splitlines() == [
        "Id  Name  Revenue EUR  Tags      Active",
        "1   Zoë          9.50  vip, new  yes",
        "2   adam       100.00            no",
        "10  Bob",
        "3   Äda        -20.00  vip       yes",
    ]


def test_a_currency_stays_beside_amounts_in_several(shown: Show, people: Table) -> None:
    mixed = people._replace(rows=[*people.rows, (11, "Eve", "1.00", "CHF", [], None)])
    assert "Currency" in shown(mixed).out
    assert "Currency" in shown(people, columns="revenue,currency").out


def test_wide_and_combining_characters_keep_the_columns_straight(
    shown: Show, table: MakeTable
) -> None:
    rows = [("山田", "x"), ("e\u0301le\u0300ve", "x"), ("abcdef", "x"), ("한국어", "x")]
    lines = shown(table([("name", Kind.TEXT), ("mark", Kind.TEXT)], *rows)).out.splitlines()[1:]
    assert {width(line[: line.index("x")]) for line in lines} == {8}


def test_a_cell_of_a_page_does_not_push_its_column_apart(shown: Show, table: MakeTable) -> None:
    rows = [("n" * 500, "x"), ("short", "y")]
    lines = shown(table([("notes", Kind.TEXT), ("mark", Kind.TEXT)], *rows)).out.splitlines()
    assert lines[1] == "n" * 500 + "  x"
    assert len(lines[2]) < 100


@FIXTURES
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_no_character_reaches_a_terminal_that_it_would_obey(
    shown: Show, rows: list[tuple[Any, ...]]
) -> None:
    body = Table(noun="row", columns=[Column("a", "A"), Column("b", "B")], rows=rows)
    cases: list[dict[str, str]] = [
        {}, {"color": "always"}, {"format": "markdown"}, {"format": "html"},
    ]  # fmt: skip
    for options in cases:
        out = ESCAPES.sub("", shown(body, **options).out)
        assert safe(out, keep_newlines=True) == out
        if options != {"format": "html"}:
            assert len(out.splitlines()) == len(rows) + (2 if "format" in options else 1)


def test_colour_changes_nothing_but_colour(
    shown: Show, hostile: Table, segments: Report, retention: Report
) -> None:
    for body in (hostile, retention):
        plain = shown(body, color="never").out
        coloured = shown(body, color="always").out
        assert ESCAPES.search(coloured)
        stripped = [line.rstrip() for line in ESCAPES.sub("", coloured).splitlines()]
        for line in plain.splitlines():
            assert line.rstrip() in stripped
    assert "█" in shown(segments, color="always").out


def test_markup_is_shown_and_not_obeyed(shown: Show, hostile: Table) -> None:
    for colour in ("always", "never"):
        out = ESCAPES.sub("", shown(hostile, color=colour).out)
        assert "[/] [bold]x :smile:" in out
        assert r"esc\x1b[31mred\x07bell" in out
        assert r"right \u202etfel" in out


def test_a_heat_map_reads_without_colour(shown: Show, retention: Report) -> None:
    assert shown(retention).out.splitlines() == [
        "Retention by month",
        "",
        "Cohort   Size     0     1      2      3",
        "1997-01   781   100  15.9   12.2    9.0*",
        "1997-02   857   100  15.6   12.8*",
        "1997-03   719   100  12.1*",
        "all      2357   100  14.6   12.5    9.0",
        "",
        "cells in %, * period still open",
        "Share of a cohort with an order in the period.",
        "as of 1997-04-15",
    ]


def test_bars_stand_beside_the_figures(shown: Show, segments: Report) -> None:
    assert shown(segments).out.splitlines()[2:7] == [
        "Segment    Customers    Share  Revenue USD",
        "champions         40   50.0 %       900.00  " + "#" * 30,
        "new               30   37.5 %        80.50  " + "#" * 22,
        "lost              10   12.5 %         7.00  " + "#" * 8,
        "all               80  100.0 %       987.50",
    ]


def test_an_empty_report_keeps_its_title_and_definition(shown: Show, segments: Report) -> None:
    out = shown(segments._replace(rows=[], cells=[])).out
    assert out.splitlines() == [
        "Segments", "", "nothing to show", "", "By recency, frequency and revenue.",
    ]  # fmt: skip


def test_rates_in_lists_have_a_decimal_only_where_needed(shown: Show, table: MakeTable) -> None:
    body = table([("probability", Kind.RATE)], (0.4,), (0.125,), (None,), (1,))
    assert shown(body).out.split("\n")[1:5] == ["       40 %", "     12.5 %", "", "      100 %"]


@pytest.fixture
def ada(people: Table) -> Record:
    values = {
        "id": 7, "uid": "0198", "name": "Ada", "role": "customer", "company": None,
        "emails": [
            {"value": "ada@example.org", "label": "work", "primary": True},
            {"value": "a@example.com", "label": None, "primary": False},
        ],
        "phones": [{"value": "+41446681800", "label": None, "primary": True, "raw": "044 668 18 00"}],
        "addresses": [{"label": "home", "street": "Main St 1", "city": "Bern", "region": None}],
        "tags": ["vip", "new"], "fields": {"size": "L"}, "revenue": "12.50", "currency": "EUR",
        "probability": 0.4, "created_at": "2026-06-15T10:00:00Z", "notes": "first\nsecond",
        "is_open": False,
    }  # fmt: skip
    return Record(noun="contact", values=values, title="Ada", sections=[Section("Friends", people)])


def test_a_record_is_a_page_of_fields(shown: Show, ada: Record) -> None:
    assert shown(ada, read_only=True).out.splitlines()[:17] == [
        "Ada",
        "id           7",
        "name         Ada",
        "role         customer",
        "emails       ada@example.org (work, primary)",
        "             a@example.com",
        "phones       +41446681800",
        "addresses    Main St 1, Bern (home)",
        "tags         vip, new",
        "fields       size: L",
        "revenue      12.50 EUR",
        "probability  40 %",
        "created at   2026-06-15 10:00",
        "notes        first",
        "             second",
        "is open      no",
        "",
    ]
    assert "Friends (4)" in shown(ada).out


def test_instants_are_in_the_time_zone_of_the_business(crm: Crm) -> None:
    crm("config", "set", "timezone", "Europe/Zurich")
    number = crm.id("contact", "add", "Ada")
    assert "created at  2026-06-15 12:00" in crm("contact", "show", number).out
    assert crm.json("contact", "show", number)["created_at"] == "2026-06-15T10:00:00Z"


# -- Markdown and HTML ----------------------------------------------------------------------------


def test_markdown_cells_stay_cells(shown: Show, hostile: Table) -> None:
    lines = shown(hostile, format="markdown").out.splitlines()
    assert lines[:2] == ["| Id | Name | Tags |", "| --- | --- | --- |"]
    for line in lines:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 4
    text = "\n".join(lines)
    assert "<script>" not in text
    assert r"a\|b\*c_d\_ \`e\` \[f\](g)" in text


def test_markdown_of_a_report(shown: Show, retention: Report) -> None:
    assert shown(retention, format="markdown").out.splitlines()[:5] == [
        "## Retention by month",
        "",
        "| Cohort | Size | 0 | 1 | 2 | 3 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        r"| 1997-01 | 781 | 100.0 % | 15.9 % | 12.2 % | 9.0 %\* |",
    ]


class Page(HTMLParser):
    """The tags of a page, and the text of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in {"td", "th"}:
            self.cells.append("")
        assert not any(name.startswith("on") or name in {"src", "href"} for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def test_html_is_one_page_that_runs_and_fetches_nothing(
    shown: Show, hostile: Table, retention: Report, ada: Record
) -> None:
    page = Page(shown(hostile, format="html").out)
    names = [cell.strip() for cell in page.cells[3:] if cell]
    assert [names[i] for i in range(1, len(names), 3)] == [safe(row[1]) for row in hostile.rows]
    for body in (hostile, retention, ada):
        tags = set(Page(shown(body, format="html").out).tags)
        assert tags <= {
            "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "thead",
            "tbody", "tfoot", "tr", "th", "td", "em", "br",
        }  # fmt: skip


def test_html_shades_a_heat_map(shown: Show, retention: Report) -> None:
    out = shown(retention, format="html").out
    assert '<td class="r" style="background:#08306b;color:#fff">15.9 %</td>' in out
    assert "<em>9.0 %*</em>" in out
    assert out.rstrip().endswith("</html>")


# -- words and messages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("contact", "contacts"),
        ("history entry", "history entries"),
        ("day", "days"),
        ("tax", "taxes"),
    ],
)
def test_plurals(noun: str, many: str) -> None:
    assert plural(noun) == many


@pytest.mark.parametrize(
    ("value", "shown"), [(2, "2"), (2.0, "2"), (0.5, "0.5"), (0.0001, "0.0001"), (0.1 + 0.2, "0.3")]
)
def test_a_number_is_never_shown_as_another(value: float, shown: str) -> None:
    assert number(value) == shown


@given(TEXTS, st.integers(1, 20))
def test_shortened_text_fits(text: str, limit: int) -> None:
    assert width(shorten(safe(text), limit)) <= limit


def test_wrapping_breaks_at_blanks() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("unbreakable x", 5) == ["unbreakable", "x"]
    assert wrapped("a\n\nb", None) == ["a", "", "b"]


def test_quiet_keeps_warnings(shown: Show) -> None:
    messages = (
        Message("done"), Message("undo: crm undo 1", Level.HINT),
        Message("phone \x1b shared", Level.WARNING),
    )  # fmt: skip
    assert shown(None, *messages).err.splitlines() == [
        "done", "undo: crm undo 1", r"warning: phone \x1b shared",
    ]  # fmt: skip
    assert shown(None, *messages, quiet=True).err == "warning: phone \\x1b shared\n"


def test_counts_of_a_cohort_table_are_shaded_by_share(shown: Show, retention: Report) -> None:
    counts = retention._replace(
        columns=[
            Column("cohort", "Cohort"),
            Column("size", "Size", Kind.INTEGER),
            *(Column(str(n), str(n), Kind.INTEGER) for n in range(4)),
        ],
        cells=[["1997-01", 781, 781, 124, 95, 70], ["1997-02", 857, 857, 134, 110, None]],
        rows=[{}, {}],
        open_cells=frozenset({(0, 5)}),
        footer=None,
    )
    plain = shown(counts).out
    assert "cells in %" not in plain
    assert plain.splitlines()[3].split() == ["1997-01", "781", "781", "124", "95", "70*"]
    html = shown(counts, format="html").out
    assert 'style="background:#08306b;color:#fff">781</td>' in html
    assert '<td class="r">857</td>' in html


def test_a_table_too_wide_for_the_window_says_what_is_left_out(table: MakeTable) -> None:
    wide = table([(f"n{n}", Kind.INTEGER) for n in range(9)], [1_000_000_000] * 9)
    paper = Paper(width=40, zone=lambda: None)
    lines = joined(page(wide, paper)).splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[0].split() == ["N0", "N1", "N2"]
    note = " ".join(lines[lines.index("") + 1 :])
    assert note == "6 more columns in a wider window or with --columns: N3, N4, N5, N6, N7, N8"


def test_empty_columns_make_room_first(table: MakeTable) -> None:
    body = table(
        [("id", Kind.ID), ("company", Kind.TEXT), ("name", Kind.TEXT)], (1, None, "n" * 30)
    )
    assert joined(page(body, Paper(width=36, zone=lambda: None))).splitlines()[0].split() == [
        "Id", "Name",
    ]  # fmt: skip
    assert "Company" in joined(page(body, Paper(width=60, zone=lambda: None)))


@given(
    st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 200),
)
def test_widths_give_way_cell_by_cell_from_the_widest(
    columns: list[tuple[int, bool]], room: int
) -> None:
    """The quick way of sharing the room gives what taking cells off one by one does."""
    widths = [size for size, _ in columns]
    soft = [n for n, (_, is_soft) in enumerate(columns) if is_soft]
    floors = [8 + size % 5 * 3 for size, _ in columns]
    slowly = list(widths)
    for _ in range(sum(widths) - room):
        wide = [n for n in soft if slowly[n] > floors[n]]
        if wide:
            slowly[max(wide, key=slowly.__getitem__)] -= 1
    layout._shrink(widths, floors, soft, sum(widths) - room)
    assert widths == slowly


def test_ties_and_counts_read_as_words(crm: Crm, tmp_path: Path) -> None:
    crm("contact", "add", "Ada")
    page = crm("contact", "add", "Bob", "--referred-by", "Ada").out
    assert re.search(r"^referred by +#1$", page, re.MULTILINE)
    assert re.search(r"^referred by +Ada \(#1\)$", crm("contact", "show", "2").out, re.MULTILINE)
    assert crm.json("contact", "show", "2")["referred_by"] == 1
    tie = crm("contact", "link", "1", "2", "--kind", "partner", "--since", "2026-01-01").out
    assert "relations   partner: Bob (#2), since 2026-01-01" in tie
    file = tmp_path / "people.csv"
    file.write_text("name,email,shoes\nEva,eva@example.com,38\nX,no address,9\n")
    told = crm("contact", "import", file, code=6)
    assert "line 3 (email)" in told.err
    assert "no address" not in told.out
    assert "shoes" not in told.out
    status = crm("db", "status")
    assert status.out.count(str(crm.db)) == 1
    assert status.out.count(str(file)) == 1
    assert "archived_at" not in status.out
    assert "people: 3; companies: 0" in crm("db", "status", "-f", "csv").out
