"""Routes: who gets a new lead, and whose turn it is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.domain.route import FIELDS, Pending, quoted, turn
from crm_cli.domain.values import search_key, stands_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def ada(crm: Crm) -> Crm:
    """A store with one contact, who is Zed's and lives in Bern."""
    crm("contact", "add", "Ada", "--email", "ada@x.ch", "--owner", "Zed", "--city", "Bern",
        "--country", "CH", "--tag", "vip", "-q")  # fmt: skip
    return crm


def owner(crm: Crm, title: str, *options: object) -> str | None:
    """Open a lead with Ada and return whose it is."""
    found: str | None = crm.json("lead", "add", "ada", title, *options)["owner"]
    return found


def test_the_first_route_that_fits_takes_the_lead(ada: Crm) -> None:
    assert owner(ada, "no route yet") == "Zed"
    ada("lead", "route", "add", "Bob", "--source", "web")
    ada("lead", "route", "add", "Cleo", "--city", "bern", "--where", "value > 5000")
    ada("lead", "route", "add", "Dan", "--first", "--where", "contact_tag = vip and tag = hot")
    assert owner(ada, "one", "9000", "--source", "Web") == "Bob"
    assert owner(ada, "two", "9000", "--source", "fair") == "Cleo"
    assert owner(ada, "three", "5000", "--source", "fair") == "Zed"
    assert owner(ada, "four", "9000", "--source", "web", "--tag", "Hot") == "Dan"
    assert owner(ada, "five", "--source", "web", "--owner", "Eve") == "Eve"
    ada("lead", "route", "pause", "1")
    assert owner(ada, "six", "9000", "--source", "web") == "Cleo"
    ada("lead", "route", "remove", "2")
    assert owner(ada, "seven", "9000", "--source", "web") == "Zed"
    ada("undo", "--yes")
    ada("undo", "--yes")
    rows = ada.json("lead", "route", "list")
    assert [(row["id"], row["leads"]) for row in rows] == [(3, 1), (1, 1), (2, 2)]


def test_a_contact_made_on_the_way_is_known_by_what_is_told(crm: Crm) -> None:
    crm("lead", "route", "add", "Bob", "--where", "company = ACME and role = prospect")
    crm("lead", "route", "add", "Cleo", "--where", "city is empty")
    lead = crm.json("lead", "add", "Joe <joe@acme.ch>", "One", "--company", "Acme")
    assert lead["owner"] == "Bob"
    assert crm.json("lead", "add", "jim@other.ch", "Two")["owner"] == "Cleo"


def test_owners_take_turns_and_undo_gives_a_turn_back(ada: Crm) -> None:
    ada("lead", "route", "add", "Bob", "Cleo", "Dan")
    assert [owner(ada, str(n)) for n in range(4)] == ["Bob", "Cleo", "Dan", "Bob"]
    first = 3  # the contact, the route, then the first lead
    assert "undo done" in ada("undo", first).err
    # Bob has one now as the others have: the first of them is next.
    assert [owner(ada, str(n)) for n in range(4, 7)] == ["Bob", "Cleo", "Dan"]
    # Undone in any order, none of it is a conflict.
    ada("undo", 6)
    ada("undo", 5)
    assert [owner(ada, str(n)) for n in range(7, 9)] == ["Bob", "Dan"]


def test_turns_are_fair_whatever_is_undone(ada: Crm) -> None:
    chance = random.Random(20260615)
    names = ["Bob", "Cleo", "Dan"]
    ada("lead", "route", "add", *names, "--source", "web")
    alive: dict[int, str] = {}
    for step in range(30):
        if alive and chance.random() < 0.35:
            entry = chance.choice(sorted(alive))
            ada("undo", entry)
            del alive[entry]
            continue
        held = [list(alive.values()).count(name) for name in names]
        run = ada("lead", "add", "ada", f"lead {step}", "--source", "web", "--json")
        got = run.json["owner"]
        assert got == names[held.index(min(held))]
        entry = int(run.err.strip().rsplit(" ", 1)[1])
        alive[entry] = got


def test_one_command_for_several_contacts_takes_turns(ada: Crm) -> None:
    for name in ("Bea", "Cid"):
        ada("contact", "add", name, "-q")
    ada("lead", "route", "add", "Bob", "Cleo")
    ids = ada("contact", "list", "-f", "ids").out
    rows = ada.process("lead", "add", "-", "Mailing", "--json", stdin=ids).json
    assert [row["owner"] for row in rows] == ["Bob", "Cleo", "Bob"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "Bob", "--where", "score > 5"], 2, "a route cannot ask for 'score'"),
        (["add", "Bob", "--where", "stage = new"], 2, "title, source, campaign, value"),
        (["add", "Bob", "--where", "citty = Bern"], 2, "did you mean city?"),
        (["add", "Bob", "--where", "value > lots"], 2, "filter, character 9"),
        (["add", "Bob", "--where", "source < web"], 2, "cannot be compared with <"),
        (["add", "Bob", "--where", "city ="], 2, "filter, character"),
        (["add", "Bob", "--where", ""], 2, "the filter is empty"),
        (["add", "Bob", "--country", "Atlantis"], 2, "Atlantis"),
        (["add", "Bob", "--role", "king"], 2, "king"),
        (["add", "Bob", "--pipeline", "purchasing"], 2, "no pipeline 'purchasing'"),
        (["add", " ,"], 2, "an owner needs a name"),
        (["add", "Bob", "bob"], 2, "stands twice"),
        (["add", "Cleo", "--source", "WEB"], 4, "route 1 is for source = web already"),
        (["edit", "1", "--remove-owner", "Bob"], 2, "would have no owner"),
        (["edit", "1", "--remove-owner", "Dan"], 3, "is no owner of route 1"),
        (["edit", "1", "--all", "--source", "x"], 2, "say two things"),
        (["edit", "7", "--all"], 3, "no route '7'"),
        (["pause", "x"], 3, "no route 'x'"),
    ],
)
def test_a_route_that_could_not_work_is_refused(
    crm: Crm, arguments: list[str], code: int, said: str
) -> None:
    crm("lead", "route", "add", "Bob", "--source", "web")
    before = crm.json("lead", "route", "list")
    run = crm("lead", "route", *arguments, code=code)
    assert said in run.err
    assert crm.json("lead", "route", "list") == before


def test_a_route_is_changed_and_says_what_it_hides(crm: Crm) -> None:
    crm("lead", "route", "add", "Bob", "--source", "and")
    run = crm("lead", "route", "edit", "1", "--add-owner", "Cleo,Dan", "--remove-owner", "bob",
              "--json")  # fmt: skip
    assert run.json["owners"] == ["Cleo", "Dan"]
    assert run.json["where"] == 'source = "and"'
    run = crm("lead", "route", "add", "Eve", "--first")
    assert "route 2 takes every lead: 1 behind it is never asked" in run.err
    run = crm("lead", "route", "order", "1", "2")
    assert "never asked" not in run.err
    row = crm.json("lead", "route", "edit", "1", "--city", "St. Gallen", "--country", "Schweiz")
    assert row["where"] == 'city = "St. Gallen" and country = Schweiz'
    run = crm("lead", "route", "edit", "1", "--owner", "Cleo", "--owner", "Dan")
    assert crm.json("lead", "route", "list")[0]["owners"] == ["Cleo", "Dan"]


def test_a_route_that_cannot_be_read_any_more_is_passed_over(ada: Crm) -> None:
    ada("picklist", "add", "role", "Reseller")
    ada("lead", "route", "add", "Bob", "--role", "reseller")
    ada("picklist", "delete", "role", "reseller")
    run = ada("lead", "add", "ada", "One", "--json")
    assert run.json["owner"] == "Zed"
    assert "route 1 is passed over: filter, character 8" in run.err
    assert ada.json("lead", "route", "list")[0]["problem"].startswith("filter, character 8")


def test_a_rehearsal_says_who_would_get_it(ada: Crm) -> None:
    ada("lead", "route", "add", "Bob", "--city", "Zug")
    ada("lead", "route", "add", "Cleo", "--where", "value >= 100 and city = Bern")
    run = ada("lead", "route", "try", "ada", "--value", "100", "--json")
    assert [(row["id"], row["fits"], row["owner"]) for row in run.json] == [
        (1, False, None), (2, True, "Cleo"),
    ]  # fmt: skip
    assert "Cleo gets it: route 2" in run.err
    assert "Bob gets it" in ada("lead", "route", "try", "--city", "ZUG").err
    assert "no route fits" in ada("lead", "route", "try", "ada").err
    assert ada.json("lead", "list") == []


def test_owners_are_written_as_the_setting_has_them(ada: Crm) -> None:
    ada("config", "set", "people", "Bob <b@x.ch>, Cleo <c@x.ch>")
    run = ada("lead", "route", "add", "bob", "Kleo", "--json")
    assert run.json["owners"] == ["Bob", "Kleo"]
    assert "nobody is called Kleo: did you mean Cleo?" in run.err


# -- the same words mean the same in every filter -------------------------------------------------

ASKED = (
    "source = web", "source != web", "source is empty", "not source is empty", "source ~ we",
    "source = w*", "source = *b", "source in (web, Messe)", "campaign = 'Früh ling'",
    "title ~ website", "title = mueller*", "title ~ MÜLLER", "title = Muller", "contact ~ gross",
    "contact = 'Ada Groß'", "company = Acme", "company is empty", "city = Zürich",
    "city = Zuerich", "city = zurich", "city ~ ern", "country = CH", "country = Schweiz",
    "country = Germany", "country is empty", "role = customer", "role != customer",
    "tag = hot", "tag is empty", "contact_tag in (vip, old)", "not contact_tag = vip",
    "value > 1000", "value >= 1000", "value = 1000", "value < 1000.01", "value > '1000 CHF'",
    "value is empty", "not value > 1000", "currency = CHF", "currency != CHF",
    "pipeline = sales", "pipeline != sales", "city = Bern and (value > 500 or tag = hot)",
    "not (city = Bern or source = web)",
)  # fmt: skip


@pytest.fixture
def varied(crm: Crm) -> Crm:
    """A store of leads that differ in all that routes ask for."""
    crm("picklist", "rename", "role", "former", "Former customer")
    crm("lead", "pipeline", "add", "Partners", "--stages", "Applied")
    crm("contact", "add", "Acme", "--kind", "company", "--city", "Bern", "--country", "CH", "-q")
    people = (
        ("Ada Groß", "--city", "Zürich", "--country", "Switzerland", "--tag", "vip"),
        ("Bob", "--company", "Acme", "--role", "customer", "--tag", "old"),
        ("Çelik Müller", "--city", "Zurich", "--country", "DE", "--role", "former"),
        ("Dan", "--company", "Other"),
    )
    for person in people:
        crm("contact", "add", *person, "-q")
    deals: tuple[tuple[object, ...], ...] = (
        (1, "Website", "1000 CHF", "--source", "web", "--tag", "hot"),
        (2, "New website", "1000", "--source", "Messe", "--campaign", "Früh Ling"),
        (3, "Müller's shop", "1000.01", "--source", "WEB"),
        (4, "Mueller", "500 CHF", "--tag", "cold", "--tag", "hot"),
        (5, "Muller"),
        (2, "Deal", "0", "--pipeline", "partners", "--campaign", "fruh ling"),
        (4, "Big", "999999 JPY", "--source", "web"),
    )
    for deal in deals:
        crm("lead", "add", *deal, "-q")
    return crm


def test_a_route_means_what_a_filter_of_leads_means(varied: Crm) -> None:
    """Each filter, asked of leads in the store by SQL and of the same leads as they were added."""
    pendings = {row["id"]: pending(varied, row) for row in varied.json("lead", "list", "--all")}
    assert len(pendings) == 7
    answers = 0
    for expression in ASKED:
        rows = varied.json("lead", "list", "--all", "--where", expression)
        chosen = fitting(varied, expression, pendings)
        assert {row["id"] for row in rows} == chosen, expression
        answers += 0 < len(chosen) < 7
    assert answers > len(ASKED) * 3 // 4  # most tell some leads from others


def pending(crm: Crm, row: dict[str, Any]) -> Pending:
    """Return a lead of the store as it was when it was added."""
    sql = f"SELECT value FROM leads WHERE id = {row['id']}"
    return Pending(
        contact_id=row["contact_id"], title=row["title"], source=row["source"],
        campaign=row["campaign"], value=crm.json("db", "sql", sql)[0]["value"],
        currency=row["currency"], pipeline=row["pipeline"], tag=row["tags"],
    )  # fmt: skip


def fitting(crm: Crm, expression: str, pendings: dict[int, Pending]) -> set[int]:
    """Return which leads a route with this filter would take."""
    from crm_cli.clock import Clock
    from crm_cli.services.lead_routes import Router
    from crm_cli.services.lead_routes_edit import add
    from crm_cli.session import Session

    session = Session(
        path=crm.db, clock=Clock("2026-06-15T10:00:00Z"), who=lambda: "tester", arguments=["test"]
    )
    try:
        add(session, ["Bob"], {"where": expression})
        router = Router(session, session.reader)
        assert not router.remarks
        found = {number for number, lead in pendings.items() if router.assign(lead) is not None}
    finally:
        session.close()
    crm("lead", "route", "remove", crm.json("lead", "route", "list")[-1]["id"])
    return found


def test_ten_thousand_leads_cost_no_query_each(varied: Crm) -> None:
    from crm_cli.clock import Clock
    from crm_cli.services.lead_routes import Router
    from crm_cli.session import Session

    varied("lead", "route", "add", "Bob", "Cleo", "--city", "Bern", "--where", "contact_tag = vip")
    varied("lead", "route", "add", "Dan", "Eve", "Fay", "--country", "DE")
    session = Session(
        path=varied.db, clock=Clock("2026-06-15T10:00:00Z"), who=lambda: "t", arguments=["test"]
    )
    try:
        asked: list[str] = []
        session.reader.set_trace_callback(asked.append)
        router = Router(session, session.reader)
        router.learn(range(1, 6))
        found = [router.assign(Pending(contact_id=1 + n % 5, source="web")) for n in range(10_000)]
        assert len(asked) < 20
    finally:
        session.close()
    owners = [one.owner for one in found if one is not None]
    assert sorted({(name, owners.count(name)) for name in owners}) == [
        ("Dan", 667), ("Eve", 667), ("Fay", 666),
    ]  # fmt: skip


def test_leads_of_a_file_are_routed_in_its_order(ada: Crm, tmp_path: Path) -> None:
    ada("lead", "pipeline", "add", "Partners", "--stages", "Applied")
    ada("lead", "route", "add", "Bob", "Cleo", "--city", "Bern")
    ada("lead", "route", "add", "Dan", "Eve", "--where", "tag = fair or pipeline = partners")
    ada("lead", "route", "add", "Fay", "--where", "company = acme and role = prospect")
    file = tmp_path / "leads.csv"
    file.write_text(
        "Title,Name,Email,Company,City,Owner,Stage,Pipeline,Tags\n"
        "one,Ada,ada@x.ch,,,,New,,\n"
        "two,Joe,joe@y.ch,,Bern,,New,,\n"
        "three,Joe,joe@y.ch,,,,New,,\n"
        "four,Jim,jim@y.ch,,,,New,,fair\n"
        "five,Kim,kim@y.ch,,,,Applied,Partners,\n"
        "six,Lee,lee@y.ch,Acme,,,New,,\n"
        "seven,Ada,ada@x.ch,,,Zoe,New,,\n"
        "eight,Ada,ada@x.ch,,,,Won,,\n"
        "nine,Mia,mia@y.ch,,,,New,,\n"
        "ten,Nic,nic@y.ch,,Zug,,Talks,Partners,\n",
        encoding="utf-8",
    )
    run = ada("lead", "import", file, "--make-stages", "--json")
    assert run.json["created"] == 10
    leads = {row["title"]: row["owner"] for row in ada.json("lead", "list", "--all")}
    assert leads == {
        "one": "Bob", "two": "Cleo", "three": "Bob", "four": "Dan", "five": "Eve", "six": "Fay",
        "seven": "Zoe", "eight": "Zed", "nine": None, "ten": "Dan",
    }  # fmt: skip
    (told,) = (note for note in run.json["warnings"] if note["kind"] == "routed")
    assert (told["count"], told["message"].partition(": ")[2]) == (
        7, "Bob 2, Cleo 1, Dan 2, Eve 1, Fay 1",
    )  # fmt: skip
    again = ada.json("lead", "import", file, "--make-stages")
    assert (again["created"], again["updated"]) == (0, 0)
    assert owner(ada, "next") == "Cleo"
    ada("undo")
    ada("undo")
    assert owner(ada, "with none of them") == "Bob"


# -- small parts ----------------------------------------------------------------------------------


def test_a_turn_goes_to_who_holds_the_fewest() -> None:
    assert turn(["A", "B", "C"], {}) == "A"
    assert turn(["A", "B", "C"], {"a": 1, "b": 1}) == "C"
    assert turn(["A", "B", "C"], {"a": 2, "b": 1, "c": 1}) == "B"


def test_text_is_compared_as_filters_do() -> None:
    lines = search_key("Müller").split("\n")
    assert stands_in("in", "muller", lines)
    assert stands_in("in", "mueller", lines)
    assert not stands_in("in", "mull", lines)
    assert stands_in("begins", "mue", lines)
    assert stands_in("ends", "ler", lines)
    assert quoted('say "x"') == '"say ""x"""'
    assert set(FIELDS) > {"source", "city"}
