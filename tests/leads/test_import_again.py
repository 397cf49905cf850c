"""Leads that a file tells again: kept as they are, or moved with their history where it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.leads.test_import import files, kinds, leads

if TYPE_CHECKING:
    import pytest

    from tests.imports.helpers import Files

__all__ = ["files"]

HEADER = "deal id,title,account,stage,amount,currency,close date,created,owner,lost reason\n"
OPEN = "1,Roof,Acme,contacted,100,EUR,2026-09-01,2026-03-01,zoe,\n"
WON = "1,Roof,Acme,won,120,EUR,2026-06-01,2026-03-01,zoe,\n"
LOST = "1,Roof,Acme,lost,100,EUR,2026-06-02,2026-03-01,zoe,Price\n"


def stays(files: Files) -> list[tuple[object, ...]]:
    """Where the lead was, and from when to when."""
    return files.rows(
        "SELECT s.key, h.entered_at, h.left_at, h.loss_reason FROM stage_changes h"
        " JOIN stages s ON s.id = h.stage_id WHERE h.lead_id = 1 ORDER BY h.entered_at, h.id"
    )


def test_without_being_asked_nothing_moves(files: Files) -> None:
    files.load("lead", HEADER + OPEN)
    before = files.dump()
    result = files.load("lead", HEADER + WON)
    assert (result["unchanged"], kinds(result)) == (1, {"lead-differs": 1})
    assert "stage" in result["warnings"][0]["message"]
    assert files.dump() == before


def test_an_update_wins_on_the_day_of_the_file(files: Files) -> None:
    files.load("lead", HEADER + OPEN)
    assert files.counts("lead", HEADER + WON, "--on-match", "update") == (1, 0, 1, 0, 0)
    assert stays(files) == [
        ("contacted", "2026-03-01T12:00:00Z", "2026-06-01T12:00:00Z", None),
        ("won", "2026-06-01T12:00:00Z", None, None),
    ]
    assert leads(files, "l.state", "l.value", "l.closed_at", "l.stage_since", "c.role") == [
        ("won", 12000, "2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z", "customer")
    ]
    # What was promised before is kept until then.
    assert files.rows("SELECT until_at, value, expected_on FROM lead_terms") == [
        ("2026-06-01T12:00:00Z", 10000, "2026-09-01")
    ]
    assert files.counts("lead", HEADER + WON, "--on-match", "update") == (1, 0, 0, 1, 0)
    files.crm("undo")
    assert leads(files, "l.state", "l.value", "c.role") == [("open", 10000, "prospect")]
    assert stays(files) == [("contacted", "2026-03-01T12:00:00Z", None, None)]


def test_a_closed_lead_is_closed_until_an_update_says_otherwise(files: Files) -> None:
    files.load("lead", HEADER + LOST)
    before = files.dump()
    again = HEADER + LOST.replace("2026-06-02", "2026-06-20")
    assert kinds(files.load("lead", again)) == {"lead-differs": 1}
    assert files.dump() == before
    assert files.counts("lead", again, "--on-match", "update") == (1, 0, 1, 0, 0)
    assert stays(files) == [
        ("new", "2026-03-01T12:00:00Z", "2026-06-20T12:00:00Z", None),
        ("lost", "2026-06-20T12:00:00Z", None, "price"),
    ]
    # Open again: the reason stays in its history.
    assert kinds(files.load("lead", HEADER + OPEN)) == {"lead-differs": 1}
    assert files.counts("lead", HEADER + OPEN, "--on-match", "update") == (1, 0, 1, 0, 0)
    assert leads(files, "l.state", "l.closed_at", "l.loss_reason") == [("open", None, None)]
    assert stays(files)[1:] == [
        ("lost", "2026-06-20T12:00:00Z", "2026-07-15T12:00:00Z", "price"),
        ("contacted", "2026-07-15T12:00:00Z", None, None),
    ]


def test_a_closing_before_the_stage_it_is_in(files: Files) -> None:
    files.load("lead", HEADER + OPEN)
    files.crm("lead", "move", "1", "proposal", "--on", "2026-06-15")
    result = files.load("lead", HEADER + WON, "--on-match", "update")
    assert kinds(result) == {"closed-before-moved": 1}
    assert stays(files)[1:] == [
        ("proposal", "2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", None),
        ("won", "2026-06-15T12:00:00Z", None, None),
    ]


def test_an_edited_lead_stays_edited(files: Files) -> None:
    files.load("lead", HEADER + OPEN)
    files.crm("lead", "edit", "1", "--title", "New roof", "--value", "150 EUR", "--owner", "max")
    files.crm("lead", "move", "1", "negotiation")
    before = files.dump()
    assert files.counts("lead", HEADER + OPEN) == (1, 0, 0, 1, 0)
    assert files.dump() == before


def test_fill_fills_what_is_empty(files: Files) -> None:
    files.load("lead", "deal id,title,account\n1,Roof,Acme\n")
    text = "deal id,title,account,source,amount,currency,tags\n1,Roof,Acme,fair,5,EUR,hot\n"
    assert files.counts("lead", text) == (1, 0, 1, 0, 0)
    assert files.counts("lead", text) == (1, 0, 0, 1, 0)
    assert leads(files, "l.source", "l.value") == [("fair", 500)]
    assert files.rows("SELECT value FROM lead_terms") == [(None,)]


def test_a_deleted_lead_does_not_come_back(files: Files) -> None:
    form = "name,email,message\nAnn,ann@x.org,Call me\n"
    files.load("lead", HEADER + OPEN)
    files.load("lead", form, name="form.csv")
    for number in ("1", "2"):
        files.crm("lead", "delete", number, "--yes")
    assert files.counts("lead", HEADER + OPEN) == (1, 0, 0, 1, 0)
    assert files.counts("lead", form, name="form.csv") == (1, 0, 0, 1, 0)
    assert leads(files, "l.id") == []


def test_known_rows_are_refused_or_passed_over(files: Files) -> None:
    files.load("lead", HEADER + OPEN)
    result = files.load("lead", HEADER + WON, "--on-match", "fail", code=6)
    assert result["rejections"][0]["reason"] == "is there already (lead 1)"
    assert files.counts("lead", HEADER + WON, "--on-match", "skip") == (1, 0, 0, 1, 0)


def test_stages_of_theirs(files: Files) -> None:
    text = HEADER + OPEN.replace("contacted", "Site visit")
    result = files.load("lead", text, code=6)
    assert "it is one of New, Contacted" in result["rejections"][0]["reason"]
    files.load("lead", text, "--map-stage", "site visit=qualified")
    other = text.replace("1,Roof", "2,Wall")
    assert kinds(files.load("lead", other, "--make-stages")) == {"stages-made": 1}
    assert leads(files, "s.key", "s.probability") == [("qualified", 4000), ("site-visit", 5000)]
    assert files.rows("SELECT key FROM stages ORDER BY position")[-3:] == [
        ("site-visit",), ("won",), ("lost",)
    ]  # fmt: skip
    files.crm("lead", "import", files.folder / "in.csv", "--map-stage", "x=nowhere", code=2)


def test_custom_fields_and_tags(files: Files) -> None:
    files.crm("field", "add", "lead", "size")
    text = "deal id,title,account,size,tags,Colour\n1,Roof,Acme,XL,hot,red\n"
    result = files.load("lead", text, "--keep-unknown", "--tag", "fair")
    assert result["fields_created"] == ["colour"]
    lead = files.crm.json("lead", "show", "1")
    assert (lead["fields"], lead["tags"]) == ({"size": "XL", "colour": "red"}, ["fair", "hot"])
    again = text.replace(",hot,", ",cold,")
    assert files.counts("lead", again, "--replace-lists") == (1, 0, 1, 0, 0)
    assert files.crm.json("lead", "show", "1")["tags"] == ["cold"]


def test_an_import_that_makes_a_customer_is_undone_and_redone(files: Files) -> None:
    files.load("lead", HEADER + WON)
    assert leads(files, "l.state", "c.role") == [("won", "customer")]
    before = files.dump()
    files.crm("undo")
    files.crm("redo")
    assert files.dump() == before


def test_lists_that_are_as_the_file_has_them_make_no_entry(files: Files) -> None:
    text = "deal id,title,account,tags\n1,Roof,Acme,hot\n"
    files.load("lead", text, "--replace-lists")
    assert files.load("lead", text, "--replace-lists")["import"] is None


def test_what_was_changed_after_the_file_closed_it_was_never_so(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_NOW", "2026-05-01T12:00:00Z")
    files.load("lead", HEADER + OPEN)
    monkeypatch.setenv("CRM_NOW", "2026-06-10T12:00:00Z")
    files.crm("lead", "edit", "1", "--value", "150 EUR")
    monkeypatch.setenv("CRM_NOW", "2026-07-15T12:00:00Z")
    files.load("lead", HEADER + WON, "--on-match", "update")
    # 100 until it was won on the first of June, and 120 from then on, in any order of reading.
    assert files.rows("SELECT until_at, value FROM lead_terms ORDER BY until_at") == [
        ("2026-06-01T12:00:00Z", 10000), ("2026-06-10T12:00:00Z", 12000),
    ]  # fmt: skip
    assert leads(files, "l.value") == [(12000,)]
    files.crm("undo")
    assert files.rows("SELECT until_at, value FROM lead_terms") == [("2026-06-10T12:00:00Z", 10000)]


def test_an_update_moves_the_opening(files: Files) -> None:
    files.load("lead", HEADER + OPEN)
    earlier = HEADER + OPEN.replace("2026-03-01", "2026-02-11")
    result = files.load("lead", earlier)
    assert kinds(result) == {"lead-differs": 1}
    assert "opened_at" in result["warnings"][0]["message"]
    assert files.counts("lead", earlier, "--on-match", "update") == (1, 0, 1, 0, 0)
    assert stays(files) == [("contacted", "2026-02-11T12:00:00Z", None, None)]
    assert leads(files, "l.opened_at", "l.stage_since") == [
        ("2026-02-11T12:00:00Z", "2026-02-11T12:00:00Z")
    ]


def test_an_update_moves_opening_and_closing_at_once(files: Files) -> None:
    files.load("lead", HEADER + LOST)
    text = HEADER + LOST.replace("2026-06-02", "2026-07-10").replace("2026-03-01", "2026-06-20")
    assert files.counts("lead", text, "--on-match", "update") == (1, 0, 1, 0, 0)
    assert stays(files) == [
        ("new", "2026-06-20T12:00:00Z", "2026-07-10T12:00:00Z", None),
        ("lost", "2026-07-10T12:00:00Z", None, "price"),
    ]
    assert files.counts("lead", text, "--on-match", "update") == (1, 0, 0, 1, 0)


def test_days_that_do_not_fit_the_moves_since_are_kept(files: Files) -> None:
    files.load("lead", HEADER + OPEN)
    files.crm("lead", "move", "1", "proposal", "--on", "2026-04-01")
    late = HEADER + OPEN.replace("contacted", "proposal").replace("2026-03-01", "2026-05-01")
    before = files.dump()
    result = files.load("lead", late, "--on-match", "update")
    assert (kinds(result), result["updated"]) == ({"days-kept": 1}, 0)
    assert "opened_at" in result["warnings"][0]["message"]
    assert files.dump() == before


def test_strangers_are_refused_where_it_is_asked(files: Files) -> None:
    files.crm("contact", "add", "Ann", "--email", "ann@x.org")
    text = (
        "title,name,email,company\nRoof,Ann,ann@x.org,\nDoor,Bob,bob@x.org,\nWall,,,Acme\nTap,,,\n"
    )
    result = files.load("lead", text, "--unknown", "reject", code=6)
    assert (result["created"], result["rejected"], result["contacts_created"]) == (1, 3, 0)
    assert [row["line"] for row in result["rejections"]] == [3, 4, 5]
    assert leads(files, "l.title", "c.name") == [("Roof", "Ann")]
    # Mended and fed back, they import.
    rejects = (files.folder / "in.csv.rejects.csv").read_text(encoding="utf-8")
    assert files.counts("lead", rejects, name="again.csv") == (3, 3, 0, 0, 0)
    assert files.counts("lead", text, "--unknown", "reject") == (4, 0, 0, 4, 0)


def test_what_is_odd_about_a_row_is_said_once(files: Files) -> None:
    text = "name,email,message,amount\nAnn,ann@x.org,Call me,5\n"
    assert kinds(files.load("lead", text)) == {"no-currency": 1}
    assert kinds(files.load("lead", text)) == {}
    more = files.load("lead", text + "Bob,bob@x.org,Tea,7\n")
    assert [(row["kind"], row["lines"]) for row in more["warnings"]] == [("no-currency", [3])]
    assert kinds(files.load("lead", text.replace(",5", ",6"), "--on-match", "update")) == {
        "no-currency": 1
    }
