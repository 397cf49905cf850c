"""Companies are made once: by whole name, by domain, and asked after where only names are near."""

from __future__ import annotations

import os
import pty
import sqlite3
from typing import TYPE_CHECKING

import pytest

from crm_cli.domain.company import link_domain, loose_name, loose_names, mail_domain, share_domain
from crm_cli.services.import_company_evidence import Alike, Company, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.imports.helpers import Files


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal as stdin; what is written to it was typed."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield ours
    os.close(ours)


def companies(files: Files) -> list[tuple[str, str]]:
    """Return (company, its people) of the store."""
    return files.rows(
        "SELECT k.name, coalesce(group_concat(p.name), '') FROM contacts k LEFT JOIN"
        " (SELECT * FROM contacts ORDER BY name) p ON p.company_id = k.id"
        " WHERE k.kind = 'company' GROUP BY k.id ORDER BY k.id"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("edge inc.", "edge"),
        ("meier & sohne ag", "meier und sohne"),
        ("smith and co", "smith & co. ltd"),
        ("a.b.c. gmbh", "abc"),
        ("muller ag\nmueller ag", "mueller"),
    ],
)
def test_names_that_are_near(one: str, other: str) -> None:
    assert loose_names(one) & loose_names(other)


def test_a_name_of_legal_forms_alone_stays() -> None:
    assert loose_name("ag") == "ag"
    assert loose_name("the") == "the"
    assert loose_name("&&&") == "&&&"


def test_domains() -> None:
    assert mail_domain("info@edge.ch") == "edge.ch"
    assert mail_domain("edge@bluewin.ch") is None
    assert link_domain("https://www.edge.ch/en?x=1") == "edge.ch"
    assert link_domain("http://ada@edge.ch:8080") == "edge.ch"
    assert link_domain("https://www.facebook.com/edge") is None
    assert link_domain("https://de.linkedin.com/edge") is None
    assert link_domain("edge") is None
    assert share_domain({"edge.ch"}, {"shop.edge.ch"})
    assert not share_domain({"edge.ch"}, {"hedge.ch"})


@pytest.mark.parametrize("way", [("--email", "info@edge.ch"), ("--link", "https://www.edge.ch/en")])
def test_people_with_the_domain_of_a_company_are_its_people(
    files: Files, way: tuple[str, str]
) -> None:
    files.crm("contact", "add", "Edge AG", "--kind", "company", *way)
    people = "name,email,company\nAda,ada@edge.ch,Edge\nBob,bob@gmail.com,Edge\n"
    result = files.load("contact", people)
    assert (result["created"], result["contacts_created"], result["warnings"]) == (2, 0, [])
    assert companies(files) == [("Edge AG", "Ada,Bob")]
    for option in ("fill", "update", "skip"):
        assert files.counts("contact", people, "--on-match", option) == (2, 0, 0, 2, 0)
    # Another name at the same domain is another company.
    files.load("contact", "name,email,company\nEve,eve@edge.ch,Other\n")
    assert [name for name, _ in companies(files)] == ["Edge AG", "Other"]


def test_an_address_that_everybody_may_have_is_no_domain(files: Files) -> None:
    files.crm("contact", "add", "Edge AG", "--kind", "company", "--email", "edge@gmx.ch")
    result = files.load("contact", "name,email,company\nAda,ada@gmx.ch,Edge\n")
    (warning,) = result["warnings"]
    assert warning["kind"] == "company-near"
    assert "'Edge', 'Edge AG'" in warning["message"]
    assert companies(files) == [("Edge AG", ""), ("Edge", "Ada")]


def test_the_company_and_its_people_in_one_file(files: Files) -> None:
    text = (
        "kind,name,email,link,company\n,Ada,ada@shop.edge.ch,,Edge\n"
        "company,Edge AG,,www.edge.ch,\ncompany,EDGE,sales@edge.ch,,\n"
    )
    assert files.counts("contact", text) == (3, 2, 1, 0, 0)
    assert companies(files) == [("Edge AG", "Ada")]
    assert files.counts("contact", text) == (3, 0, 0, 3, 0)


def test_a_company_row_with_the_domain_or_phone_of_a_known_one(files: Files) -> None:
    files.crm("contact", "add", "Edge AG", "--kind", "company", "--email", "info@edge.ch")
    rows = "kind,name,link,phone\ncompany,Edge,https://edge.ch,+41 31 333 33 33\n"
    assert files.counts("contact", rows) == (1, 0, 1, 0, 0)
    assert files.counts("contact", rows) == (1, 0, 0, 1, 0)
    by_phone = "kind,name,phone\ncompany,Edge GmbH,+41313333333\n"
    assert files.counts("contact", by_phone) == (1, 0, 0, 1, 0)
    assert companies(files) == [("Edge AG", "")]


def test_companies_of_other_domains_or_numbers_are_others(files: Files) -> None:
    text = "kind,name,email\ncompany,Edge AG,info@edge.ch\ncompany,Edge,info@edge.org\n"
    result = files.load("contact", text)
    assert (result["created"], result["warnings"]) == (2, [])
    # What has two numbers in one system is two companies there.
    text = (
        "kind,name,external_id,link\ncompany,Shop,erp:1,shop.ch\ncompany,Shop Ltd,ERP:2,shop.ch\n"
    )
    result = files.load("contact", text)
    assert (result["created"], result["warnings"]) == (2, [])
    assert files.counts("contact", text) == (2, 0, 0, 2, 0)


def test_a_company_row_of_a_near_name_is_asked_after(files: Files) -> None:
    files.crm("contact", "add", "Edge AG", "--kind", "company")
    text = "kind,name,email\ncompany,Edge,info@edge.ch\n"
    result = files.load("contact", text)
    (warning,) = result["warnings"]
    assert (warning["kind"], warning["lines"]) == ("company-near", [2])
    assert files.load("contact", text)["warnings"] == []


def test_two_companies_of_near_names_and_one_domain_are_asked_after(files: Files) -> None:
    files.crm("contact", "add", "Edge AG", "--kind", "company", "--email", "info@edge.ch")
    files.crm("contact", "add", "Edge GmbH", "--kind", "company", "--email", "sales@edge.ch")
    text = "name,email,company\nAda,ada@edge.ch,Edge\n"
    assert [x["kind"] for x in files.load("contact", text)["warnings"]] == ["company-near"]
    assert files.counts("contact", text) == (1, 0, 0, 1, 0)


NEAR = (
    "kind,name,email,company,phone\n,Ada,ada@x.org,Edge,\n,Bob,bob@x.org,Rim Ltd.,\n"
    "company,Peak,,,\n,Eve,eve@y.org,Rim,\n"
)


def test_a_terminal_is_asked_once_a_pair(files: Files, keyboard: int) -> None:
    for name in ("Edge AG", "Peak Inc", "Rim"):
        files.crm("contact", "add", name, "--kind", "company")
    os.write(keyboard, b"y\nn\ny\n")
    path = files.write(NEAR)
    run = files.crm("contact", "import", path)
    assert "line 4: is 'Peak' the company 'Peak Inc' (#2)? [y/N]" in run.err
    assert "line 2: is 'Edge' the company 'Edge AG' (#1)? [y/N]" in run.err
    assert companies(files) == [
        ("Edge AG", ""), ("Peak Inc", ""), ("Rim", "Bob,Eve"), ("Edge", "Ada"),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", ["y", "n"])
def test_an_answer_holds_for_the_second_import(
    files: Files, keyboard: int, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    files.crm("contact", "add", "Edge AG", "--kind", "company")
    files.crm("contact", "add", "Peak Inc", "--kind", "company")
    text = "kind,name,email,company\n,Ada,ada@x.org,Edge\ncompany,Peak,,\n,Bob,b@x.org,Rim\n"
    path = files.write(text + ",Eve,e@x.org,Rim Ltd\n")
    os.write(keyboard, f"{answer}\n".encode() * 3)
    rehearsed = files.crm.json("contact", "import", path, "--dry-run")
    os.write(keyboard, f"{answer}\n".encode() * 3)
    done = files.crm.json("contact", "import", path)
    for key in ("created", "updated", "unchanged", "contacts_created", "warnings"):
        assert rehearsed[key] == done[key], key
    # Who has said that they are two need not be warned of it.
    assert "company-near" not in [warning["kind"] for warning in done["warnings"]]
    expected = {"y": 3, "n": 6}[answer]
    assert len(companies(files)) == expected
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", nothing)
        for option in ("fill", "update"):
            again = files.crm.json("contact", "import", path, "--on-match", option)
            assert (again["unchanged"], again["warnings"]) == (4, []), option
    assert len(companies(files)) == expected


def test_many_questions_are_one(files: Files, keyboard: int) -> None:
    names = [f"Shop{number}" for number in range(9)]
    for name in names:
        files.crm("contact", "add", f"{name} AG", "--kind", "company")
    rows = "".join(f"P{name},{name}@x.org,{name}\n" for name in names)
    os.write(keyboard, b"y\n" * 6)
    run = files.crm("contact", "import", files.write("name,email,company\n" + rows))
    assert "4 more companies have nearly the name of another one" in run.err
    assert len(companies(files)) == 9


def test_a_company_that_is_typed(files: Files) -> None:
    crm = files.crm
    crm("contact", "add", "Edge und Co. AG", "--kind", "company", "--link", "www.edge.ch")
    run = crm("contact", "add", "Ada", "--email", "work:ada@edge.ch", "--company", "Edge & Co")
    assert "Edge & Co is Edge und Co. AG (#1): they have the e-mail's domain" in run.err
    crm("contact", "add", "Bob", "--email", "bob@edge.ch")
    crm("contact", "edit", "Bob", "--company", "Edge + Co")
    assert companies(files) == [("Edge und Co. AG", "Ada,Bob")]
    # Without the domain it is made, and the near one named.
    run = crm("contact", "add", "Eve", "--email", "eve@gmail.com", "--company", "Edge & Co")
    assert "made the company Edge & Co (#5); similar: #1 Edge und Co. AG" in run.err


class Counted(Alike):
    """Counts how often it is asked what is known of a company."""

    reads = 0

    def of(self, company: Company) -> Evidence:
        self.reads += 1
        domain = frozenset({f"{company.n}.edge.ch"} if (company.n or 0) % 2 else ())
        return Evidence(domain, frozenset({str(company.n)}), frozenset({"shop"}))


def test_a_chain_of_one_name_costs_no_pairs() -> None:
    chain = [Company("Edge AG", "edge ag", n=n) for n in range(1, 201)]
    alike = Counted(sqlite3.connect(":memory:"), ["edge ag"])
    for branch in chain:
        alike.add(branch)
        told = Evidence(frozenset({"edge.ch"}), frozenset(), frozenset())
        assert len(alike.sharing("edge ag", told)) == ((branch.n or 0) + 1) // 2
        assert len(alike.open("edge ag", told)) == int(branch.n != 1)
    assert alike.reads == len(chain)
    alone = Evidence(frozenset({"7.edge.ch"}), frozenset({"8"}), frozenset())
    assert [other.n for other in alike.sharing("edge ag", alone)] == [8, 7]
    within = Evidence(frozenset({"a.7.edge.ch"}), frozenset(), frozenset({"shop"}))
    assert alike.sharing("edge ag", within) == alike.open("edge ag", within) == []


def test_branches_of_one_name_with_numbers_of_their_own_stay_apart(files: Files) -> None:
    rows = "".join(f"company,Edge AG,shop:{n},+4144123450{n}\n" for n in range(9))
    text = f"kind,name,external_id,phone\n{rows}company,Edge,erp:1,+41441234507\n"
    result = files.load("contact", text)
    assert (result["created"], result["updated"]) == (9, 1)
    assert [(x["kind"], x["lines"]) for x in result["warnings"]] == [("contact-differs", [11])]
    assert files.load("contact", text)["unchanged"] == 10
