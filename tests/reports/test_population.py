"""A narrowed report says what it says in a store that holds the chosen contacts alone."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.reports import (
    completeness,
    evidence,
    explain,
    repeat,
    retention,
    sales,
    segments,
    source,
)
from crm_cli.reports.sales_sums import DIMENSIONS
from crm_cli.reports.scope import Bounds
from crm_cli.result import Report, Table
from crm_cli.store import population, summaries
from crm_cli.store.batch import Batch
from tests.reports import ledger
from tests.reports.ledger import Ledger, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crm_cli.result import Result
    from crm_cli.session import Session
    from tests.conftest import Crm

CONTACTS = 8
START = date(2025, 11, 20)
TODAY = date(2026, 6, 15)
UNITS = ("week", "month", "quarter", "year")

days = st.integers(0, 230).map(lambda n: START + timedelta(days=n))
lines = st.builds(
    Line,
    contact=st.integers(1, CONTACTS),
    on=days,
    kind=st.sampled_from(["sale", "sale", "sale", "return"]),
    order_number=st.sampled_from([None, None, "A", "B"]),
    amount=st.sampled_from([0, 1, 50, 100, 101]),
    currency=st.sampled_from(["EUR", "EUR", "EUR", "CHF"]),
)
conditions = st.sampled_from(
    [
        "city = Bern", "city = Basel", "tag:vip", "not tag:vip", "role = customer", "orders >= 2",
        "orders < 2", "revenue > 1", "last_purchase >= 2026-02", "archived", "not archived",
        "name ~ 3", "email is empty",
        *(f"id = {number}" for number in range(1, CONTACTS + 1)),
    ]
)  # fmt: skip
filters = st.one_of(
    conditions,
    st.tuples(conditions, st.sampled_from(["and", "or", "or"]), conditions).map(
        lambda three: f"({three[0]}) {three[1]} not ({three[2]})"
    ),
)


def store(folder: Path, known: Sequence[Line], *, with_rate: bool) -> Session:
    """Return a session over a store in memory with contacts who differ and what they bought."""
    session = ledger.session(folder)
    connection = session.reader
    Ledger(connection, CONTACTS).add(known)
    connection.executescript(
        """
        UPDATE contacts SET role = 'prospect' WHERE id % 3 = 0;
        UPDATE contacts SET archived_at = '2026-01-01T00:00:00Z' WHERE id = 5;
        UPDATE contacts SET owner = CASE id % 2 WHEN 0 THEN 'Mara' ELSE NULL END,
               language = 'de' WHERE id < 6;
        INSERT INTO addresses (id, contact_id, city)
        SELECT id, id, CASE id % 2 WHEN 0 THEN 'Bern' ELSE 'Basel' END FROM contacts WHERE id < 8;
        INSERT INTO tags (id, key, label) VALUES (1, 'vip', 'vip');
        INSERT INTO contact_tags (id, contact_id, tag_id)
        SELECT id, id, 1 FROM contacts WHERE id IN (1, 2, 5, 7);
        INSERT INTO emails (id, contact_id, value, is_primary)
        SELECT id, id, 'c' || id || '@example.com', 1 FROM contacts WHERE id > 2;
        INSERT INTO products (id, uid, name, folded) VALUES (1, 'p', 'Tea', 'tea');
        UPDATE purchases SET product_id = 1, channel = 'shop' WHERE id % 2 = 0;
        """
    )
    if with_rate:
        connection.execute(
            "INSERT INTO currency_rates (base, quote, valid_on, rate)"
            " VALUES ('CHF', 'EUR', '2024-01-01', '0.9371')"
        )
    return session


def keep_only(session: Session, ids: set[int]) -> None:
    """Take everybody else out of a store."""
    connection = session.reader
    others = ", ".join(str(number) for number in range(1, CONTACTS + 1) if number not in ids)
    for table in ("purchases", "addresses", "contact_tags", "emails"):
        connection.execute(f"DELETE FROM {table} WHERE contact_id IN ({others})")
    connection.execute(f"DELETE FROM contacts WHERE id IN ({others})")
    batch = Batch()
    summaries.rebuild(batch)
    batch.run(connection)


def asked(bounds: Bounds) -> list[tuple[Callable[[Any, Any], Result], Any]]:
    """Return every report in every form."""
    found: list[tuple[Callable[[Any, Any], Result], Any]] = [
        (segments.report, segments.SegmentsRequest(bounds=bounds)),
        (segments.report, segments.SegmentsRequest(bounds=bounds, cuts=("r=30,60,90,120",))),
        (segments.report, segments.SegmentsRequest(bounds=bounds, members="new")),
        (segments.report, segments.SegmentsRequest(bounds=bounds, moves="-1m")),
        (repeat.report, repeat.RepeatRequest(bounds=bounds)),
        (completeness.report, completeness.CompletenessRequest(bounds=bounds)),
        (completeness.report, completeness.CompletenessRequest(bounds=bounds, ask=True)),
        (completeness.report, completeness.CompletenessRequest(bounds=bounds, of="purchase")),
        (
            completeness.report,
            completeness.CompletenessRequest(bounds=bounds, of="purchase", ask=True),
        ),
        (completeness.report, completeness.CompletenessRequest(bounds=bounds, role="prospect")),
    ]
    for unit in UNITS:
        for more in (
            {}, {"rolling": True}, {"measure": "revenue"}, {"counts": True}, {"period_rate": True}
        ):  # fmt: skip
            cohorts = retention.RetentionRequest(bounds=bounds, by=unit, **more)
            found.append((retention.report, cohorts))
        found.append((sales.report, sales.SalesRequest(bounds=bounds, by=unit)))
    found += [
        (sales.report, sales.SalesRequest(bounds=bounds, dimension=dimension))
        for dimension in DIMENSIONS
    ]
    found.append((sales.report, sales.SalesRequest(bounds=bounds, by="month", dimension="contact")))
    return found


def cells(bounds: Bounds) -> list[tuple[Callable[[Any, Any], Result], Any]]:
    """Return the explanations of figures of every report."""
    named: list[tuple[str, str, dict[str, Any]]] = [
        ("segments", "all:customers", {}), ("segments", "new:revenue", {}),
        ("segments", "lost:customers", {"cuts": ("r=30,60,90,120",)}),
        ("retention", "average:0", {}), ("retention", "2025-12:1", {}),
        ("retention", "2025-12:1", {"rolling": True}),
        ("retention", "2025-Q4:1", {"by": "quarter", "measure": "revenue"}),
        ("retention", "2026:kept", {"by": "year", "period_rate": True}),
        ("repeat", "all:repeaters", {}), ("repeat", "2:customers", {}),
        ("sales", "all:revenue", {}), ("sales", "2026-01:orders", {}),
        ("sales", "Tea:revenue", {"dimension": "product"}),
        ("sales", "2026-Q1/shop:orders", {"by": "quarter", "dimension": "channel"}),
        ("sales", "(none):returns", {"dimension": "owner"}),
        ("completeness", "email:missing", {}), ("completeness", "city:customer", {}),
        ("completeness", "all:complete", {}),
        ("completeness", "channel:missing", {"of": "purchase"}),
    ]  # fmt: skip
    return [
        (explain.report, evidence.ExplainRequest(name=name, cell=cell, bounds=bounds, **more))
        for name, cell, more in named
    ]


def outcome(session: Session, call: tuple[Callable[[Any, Any], Result], Any]) -> Any:
    """Return all that a report says but how it is narrowed, or the error it ends with."""
    report, request = call
    try:
        result = report(session, request)
    except errors.CrmError as error:
        return type(error), error.message
    body = result.body
    if isinstance(body, Table):
        talk = [message.text for message in result.messages]
        scored = ("Recency, orders", "Scored by") if request.name == "segments" else ()
        return body.rows, _without(talk, scored)
    assert isinstance(body, Report)
    parameters = {
        key: value for key, value in body.parameters.items() if key not in {"where", "segment"}
    }
    definition = None if body.name == "segments" else body.definition
    return (
        body.rows, body.cells, body.totals, body.footer, body.columns, body.open_cells,
        body.title, definition, parameters, _without(body.notes),
    )  # fmt: skip


def _without(notes: Sequence[str], starts: tuple[str, ...] = ()) -> list[str]:
    starts = ("Only contacts", "last_purchase '", *starts)
    return [note for note in notes if not note.startswith(starts)]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    known=st.lists(lines, min_size=1, max_size=30),
    where=filters,
    segment=st.none() | st.sampled_from(["new", "hibernating", "lost", "cannot-lose"]),
    as_of=st.just(TODAY) | days,
    since=st.none() | days,
    with_rate=st.booleans(),
)
def test_as_a_store_of_these_contacts(
    tmp_path: Path, known: list[Line], where: str, segment: str | None, as_of: date,
    since: date | None, with_rate: bool,
) -> None:  # fmt: skip
    """Every figure, row and note, of every report, and the records behind the figures."""
    whole, part = (store(tmp_path, known, with_rate=with_rate) for _ in range(2))
    plain = Bounds(
        as_of=as_of.isoformat(), since=since.isoformat() if since and since <= as_of else None
    )
    narrow = Bounds(as_of=plain.as_of, since=plain.since, where=where, segment=segment)
    try:
        chosen = narrow_ids(whole, narrow)
    except errors.RateMissing:
        # Nobody can say who is in a segment then.
        return
    keep_only(part, chosen)
    if not chosen:
        check_empty(whole, narrow)
        return
    for ours, theirs in zip(asked(narrow), asked(plain), strict=True):
        assert outcome(whole, ours) == outcome(part, theirs), ours[1]
    for ours, theirs in zip(cells(narrow), cells(plain), strict=True):
        assert outcome(whole, ours) == outcome(part, theirs), ours[1]


def narrow_ids(session: Session, bounds: Bounds) -> set[int]:
    """Return who is chosen, by the lists: the filter's as of today, the segment's members."""
    from crm_cli.queries import filtering

    assert bounds.where is not None
    read = filtering.read(session, "contact", bounds.where).chosen
    rows = session.reader.execute(f"SELECT c.id FROM contacts c WHERE {read.sql}", read.parameters)
    ids = {contact_id for (contact_id,) in rows.fetchall()}
    if bounds.segment is None:
        return ids
    request = segments.SegmentsRequest(bounds=Bounds(as_of=bounds.as_of), members=bounds.segment)
    body = segments.report(session, request).body
    assert isinstance(body, Report)
    return ids & {row["contact_id"] for row in body.rows}


def check_empty(session: Session, bounds: Bounds) -> None:
    for report, request in asked(bounds):
        body = report(session, request).body
        assert isinstance(body, Report)
        assert (list(body.rows), list(body.cells)) == ([], [])
        assert body.notes[0].startswith("Nobody is chosen."), body.notes


# -- as people ask ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Where the first test leaves the store for the others."""
    return [tmp_path_factory.mktemp("shop") / "crm.db"]


@pytest.fixture
def shop(crm: Crm, made: list[Path]) -> Crm:
    """Ada (Bern, vip) bought three times, Bob (Basel) twice, Cleo (Bern) nothing."""
    (kept,) = made
    if kept.exists():
        shutil.copy(kept, crm.db)
        return crm
    crm("contact", "add", "Ada", "--city", "Bern", "--tag", "vip", "--email", "ada@example.com")
    crm("contact", "add", "Bob", "--city", "Basel", "--role", "customer")
    crm("contact", "add", "Cleo", "--city", "Bern")
    for who, product, amount, on in (
        ("Ada", "Tea", "10", "2026-01-05"), ("Ada", "Tea", "20", "2026-02-05"),
        ("Ada", "Cup", "30", "2026-06-01"), ("Bob", "Tea", "5", "2026-01-20"),
        ("Bob", "Cup", "7", "2026-03-20"),
    ):  # fmt: skip
        crm("purchase", "add", who, product, amount, "--on", on)
    with sqlite3.connect(crm.db) as direct:
        direct.execute("VACUUM INTO ?", (str(kept),))
    direct.close()
    return crm


REPORTS = ("segments", "retention", "repeat", "sales", "completeness")


@pytest.mark.parametrize("name", REPORTS)
def test_parameters_and_the_line_under_it(shop: Crm, name: str) -> None:
    """JSON always has both keys; people read who is meant and how many are not."""
    plain = shop.json("report", name)
    assert (plain["parameters"]["where"], plain["parameters"]["segment"]) == (None, None)
    assert not any("Only contacts" in note for note in plain["notes"])
    body = shop.json("report", name, "--where", "city =  Bern")
    assert body["parameters"]["where"] == "city =  Bern"
    what = "2 contacts; left out: 1" if name == "completeness" else "1 customer; left out: 1"
    line = f"Only contacts where city = Bern (as they are today): {what}."
    assert body["notes"][0] == line
    shown = shop("report", name, "--where", "city = Bern").out
    assert "Only contacts where city = Bern" in shown


def test_figures_of_some_customers(shop: Crm) -> None:
    """What Ada bought, whichever way she is chosen, and the records behind it."""
    shop("segment", "save", "regulars", "orders >= 3")
    for narrowed in (
        ("--where", "tag:vip"), ("--segment", "Regulars"),
        ("--where", "city = Bern", "--segment", "regulars"), ("--where", "segment = regulars"),
    ):  # fmt: skip
        assert shop.json("report", "sales", *narrowed)["totals"]["revenue"] == "60.00"
        assert shop.json("report", "repeat", *narrowed)["totals"]["customers"] == 1
        rows = shop.json("report", "explain", "sales", "all:revenue", *narrowed)
        assert [row["contact"] for row in rows] == ["Ada"] * 3
        assert sum(float(row["counted"]) for row in rows) == 60
    assert shop.json("report", "sales", "--segment", "Regulars")["parameters"]["segment"] == (
        "regulars"
    )
    empty = shop.json("report", "sales", "--where", "city = Basel", "--segment", "regulars")
    assert empty["rows"] == []


def test_scores_are_of_the_population(shop: Crm) -> None:
    """Among all, Bob is the lesser customer; alone he is compared with nobody."""
    (alone,) = shop.json("report", "segments", "--members", "lost", "--where", "name = Bob")["rows"]
    assert (alone["r"], alone["f"], alone["m"]) == (1, 1, 1)
    body = shop.json("report", "segments", "--where", "name = Bob")
    assert body["totals"]["customers"] == 1
    assert "of the population's n" in body["definition"]


def test_a_built_in_segment_is_of_the_as_of_day_and_a_filter_of_today(shop: Crm) -> None:
    """In January both had ordered once; today only Bob's last order is the older one."""
    (name,) = {
        row["segment"]
        for row in shop.json("report", "segments", "--as-of", "2026-01-06")["rows"]
        if row["customers"]
    }
    body = shop.json("report", "sales", "--segment", name, "--as-of", "2026-01-06")
    assert body["totals"]["revenue"] == "10.00"
    assert body["notes"][0] == (
        f"Only contacts in the segment {name} (as of 2026-01-06): 1 customer; left out: 0."
    )
    body = shop.json("report", "sales", "--where", "orders >= 3", "--as-of", "2026-01-06")
    assert body["totals"]["revenue"] == "10.00"


def test_archived_customers_stay_in_figures(shop: Crm) -> None:
    """As in the whole report; the filter may leave them out."""
    shop("contact", "archive", "Ada")
    assert shop.json("report", "sales", "--where", "city = Bern")["totals"]["orders"] == 3
    where = "city = Bern and not archived"
    assert shop.json("report", "sales", "--where", where)["totals"]["orders"] == 0


@pytest.mark.parametrize("name", REPORTS)
def test_nobody_is_no_rows(shop: Crm, name: str) -> None:
    """No zeros that look like figures; a script may ask for exit 3."""
    where = ("--where", "name = Nobody")
    body = shop.json("report", name, *where)
    assert body["rows"] == []
    assert body["notes"][0].startswith("Nobody is chosen. Only contacts where name = Nobody")
    assert "Nobody is chosen." in shop("report", name, *where).out
    shop("report", name, *where, "--fail-empty", code=3)


@pytest.mark.parametrize("name", [*REPORTS, "explain"])
@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--where", "citty = Bern"), 2, "did you mean city?"),
        (("--where", "tag:vib"), 2, "did you mean vip?"),
        (("--where", "product = Tea"), 2, "crm report sales --dimension"),
        (("--where", ""), 2, "leave --where out"),
        (("--segment", "champion"), 3, "did you mean champions?"),
        (("--segment", "regulers"), 3, "did you mean regulars?"),
    ],
)
def test_what_is_unknown_is_refused(
    shop: Crm, name: str, options: tuple[str, ...], code: int, said: str
) -> None:
    """An error with the nearest name, and never a report of nobody."""
    shop("segment", "save", "regulars", "orders >= 3")
    cell = ("sales", "all:revenue") if name == "explain" else ()
    run = shop("report", name, *cell, *options, "--json", code=code)
    assert run.out == ""
    assert said in run.error["hint"]


def test_a_segment_that_cannot_be_read_says_which(shop: Crm) -> None:
    """The owner a saved filter names may be gone."""
    shop("contact", "edit", "Ada", "--owner", "Mara")
    shop("segment", "save", "best", "owner = Mara")
    shop("contact", "edit", "Ada", "--owner", "Noa")
    error = shop("report", "sales", "--segment", "best", "--json", code=2).error
    assert error["message"].startswith("segment best: filter, character 9")


def test_a_filter_s_days_are_echoed(shop: Crm) -> None:
    """stderr says what was understood, as the lists do."""
    run = shop("report", "sales", "--where", "last_purchase >= -30d", "--json")
    assert "last_purchase '-30d': 2026-05-16" in run.err
    assert run.json["totals"]["revenue"] == "60.00"


# -- the way of reading -----------------------------------------------------------------------


def test_few_contacts_are_looked_up(tmp_path: Path) -> None:
    """By the indexes on the contact, whatever the statement; many are found in a pass."""
    connection = ledger.session(tmp_path).reader
    Ledger(connection, 100)
    few, many = (
        population.Narrowed(connection, population.Ids(f"[{ids}]", size))
        for ids, size in (("1, 2", 2), (", ".join(map(str, range(1, 91))), 90))
    )
    bounds = {"since": "2026-01-01", "as_of": "2026-06-15"}
    found = source.lines(connection, bounds, "EUR", "2026-06-15")
    statements: tuple[tuple[str, dict[str, str], str], ...] = (
        ("SELECT max(purchased_on) FROM purchases", {}, "purchases"),
        (f"WITH {found.sql} SELECT sum(amount) FROM lines", dict(found.parameters), "purchases"),
        ("SELECT sum(orders) FROM customer_days", {}, "customer_days"),
        (f"WITH {source.days(few, '2026-06-15', 'EUR').sql} SELECT sum(orders) FROM days",
         {"as_of": "2026-06-15"}, "customer_days"),
        ("SELECT last_day FROM customers WHERE orders > 0", {}, "customers"),
        ("SELECT count(*) FROM contacts c WHERE c.archived_at IS NULL", {}, "contacts"),
    )  # fmt: skip
    for sql, parameters, table in statements:
        steps = plan(few, sql, parameters)
        # SQLite names the table, or what the statement calls it.
        assert re.search(rf"SEARCH (main\.)?({table}|[pc]) .*\((contact_id|rowid)=\?", steps), steps
        assert not re.search(rf"SCAN (main\.)?({table}|[pc])\b", steps), steps
    steps = plan(many, "SELECT sum(orders) FROM customer_days", {})
    assert re.search(r"SCAN (main\.)?customer_days", steps), steps


def plan(reader: population.Narrowed, sql: str, parameters: dict[str, Any]) -> str:
    rows = reader.connection.execute(
        f"EXPLAIN QUERY PLAN {reader.narrowed(sql)}", {**parameters, "population": "[1, 2]"}
    )
    return "\n".join(row[3] for row in rows.fetchall())


def test_the_summary_of_all_cohorts_is_out_of_reach(tmp_path: Path) -> None:
    """It counts everybody: no statement may read it for a population."""
    connection = ledger.session(tmp_path).reader
    reader = population.Narrowed(connection, population.Ids("[1]", 1))
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        reader.execute("SELECT sum(active) FROM cohort_months")
