"""Pipelines and stages as the owner's own: added, renamed, ordered, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

USUAL = ["new", "contacted", "qualified", "proposal", "negotiation", "won", "lost"]


def keys(crm: Crm, pipeline: str = "sales", *more: str) -> list[str]:
    """Return the keys of a pipeline's stages in their order."""
    return [row["key"] for row in crm.json("lead", "stage", "list", "--pipeline", pipeline, *more)]


def stage(crm: Crm, key: str, pipeline: str = "sales") -> dict[str, Any]:
    """Return one stage as the list has it."""
    rows = crm.json("lead", "stage", "list", "--pipeline", pipeline, "--all")
    (row,) = (row for row in rows if row["key"] == key)
    return dict(row)


def stays(crm: Crm, lead: int) -> list[tuple[str, str, str | None]]:
    """Return the stage, the beginning and the end of each stay of a lead."""
    sql = (
        "SELECT s.key, h.entered_at, h.left_at FROM stage_changes h"
        f" JOIN stages s ON s.id = h.stage_id WHERE h.lead_id = {lead} ORDER BY h.id"
    )
    return [tuple(row.values()) for row in crm.json("db", "sql", sql)]


@pytest.fixture
def ada(crm: Crm) -> Crm:
    """A store with one contact."""
    crm("contact", "add", "Ada", "--email", "ada@x.ch", "-q")
    return crm


# -- stages ---------------------------------------------------------------------------------------


def test_a_new_store_has_the_usual_stages(crm: Crm) -> None:
    rows = crm.json("lead", "stage", "list")
    assert [row["key"] for row in rows] == USUAL
    assert [row["probability"] for row in rows] == [0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 0.0]
    assert [row["kind"] for row in rows] == ["open"] * 5 + ["won", "lost"]
    assert [row["rotten_days"] for row in rows] == [14, 14, 21, 21, 14, None, None]


def test_a_stage_is_added_where_it_belongs(crm: Crm) -> None:
    run = crm("lead", "stage", "add", "Live demo", "--after", "qualified", "--json")
    assert (run.json["key"], run.json["probability"], run.json["position"]) == ("live-demo", 0.5, 4)
    assert "its probability is 50 %, between its neighbours" in run.err
    late = crm.json("lead", "stage", "add", "Contract", "--rotten", "7d", "--note", "by post")
    assert (late["probability"], late["rotten_days"], late["note"]) == (0.9, 7, "by post")
    crm("lead", "stage", "add", "Waiting", "--before", "new", "--probability", "5 %")
    lost = crm.json("lead", "stage", "add", "No budget", "--kind", "lost")
    assert (lost["kind"], lost["probability"]) == ("lost", 0.0)
    assert keys(crm) == [
        "waiting", "new", "contacted", "qualified", "live-demo", "proposal", "negotiation",
        "contract", "won", "lost", "no-budget",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "Proposal"], 4, "'Proposal' is the stage Proposal already"),
        (["add", "PROPÓSAL"], 4, "is the stage Proposal already"),
        (["add", " "], 2, "a stage needs a name"),
        (["add", "x" * 61], 2, "longer than 60"),
        (["add", "Signed", "--kind", "won"], 5, "has a won stage already"),
        (["add", "Gone", "--kind", "away"], 2, "open, won, lost"),
        (["add", "Gone", "--kind", "lost", "--probability", "10"], 2, "probability of 0 %"),
        (["add", "Demo", "--probability", "101"], 2, "from 0 to 100"),
        (["add", "Demo", "--rotten", "0"], 2, "is not a number of days"),
        (["add", "Demo", "--before", "new", "--after", "new"], 2, "say twice"),
        (["add", "Demo", "--pipeline", "partner"], 3, "no pipeline 'partner'"),
        (["rename", "new", "Contacted"], 4, "is the stage Contacted already"),
        (["edit", "won", "--probability", "90"], 2, "probability of 100 %"),
        (["edit", "won", "--kind", "open"], 5, "needs a won stage"),
        (["edit", "new", "--unset", "name"], 2, "cannot be unset"),
        (["remove", "won"], 5, "needs a won stage"),
        (["remove", "lost"], 5, "needs a lost stage"),
        (["remove", "new", "contacted", "qualified", "proposal", "negotiation"], 5,
         "needs an open stage"),
        (["remove", "propsal"], 3, "did you mean Proposal?"),
        (["order", "n"], 4, "may be any of the stages"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(crm: Crm, arguments: list[str], code: int, said: str) -> None:
    before = crm.json("lead", "stage", "list", "--all")
    run = crm("lead", "stage", *arguments, code=code)
    assert said in run.err
    assert crm.json("lead", "stage", "list", "--all") == before


def test_a_renamed_stage_is_found_by_what_it_was_called(ada: Crm) -> None:
    lead = ada.id("lead", "add", "ada", "Website", "--stage", "proposal")
    ada("lead", "stage", "rename", "proposal", "Offer sent")
    ada("lead", "stage", "rename", "offer", "Quote")
    row = stage(ada, "proposal")
    assert (row["name"], row["aliases"]) == ("Quote", ["Proposal", "Offer sent"])
    for word in ("proposal", "offer sent", "QUOTE", "quo"):
        assert ada.json("lead", "add", "ada", word, "--stage", word)["stage"] == "proposal"
    assert ada.json("lead", "show", lead)["stage"] == "proposal"
    ada("lead", "stage", "rename", "quote", "Offer sent")
    assert stage(ada, "proposal")["aliases"] == ["Proposal", "Quote"]


def test_stages_are_ordered_and_the_closing_ones_stay_last(crm: Crm) -> None:
    crm("lead", "stage", "order", "lost", "proposal", "qualified")
    assert keys(crm) == [
        "proposal", "qualified", "new", "contacted", "negotiation", "won", "lost",
    ]  # fmt: skip


def test_a_former_probability_is_kept_for_the_days_it_was_so(crm: Crm) -> None:
    crm("lead", "stage", "edit", "proposal", "--probability", "55", "--now", "2026-06-20T08:00:00Z")
    run = crm("lead", "stage", "edit", "proposal", "--probability", "90%")
    assert "warning: Negotiation comes later and has 80 %" in run.err
    rows = crm.json("db", "sql", "SELECT stage_id, until_at, probability FROM stage_odds")
    # The clock went back between the two: what was so later is still told later.
    assert [tuple(row.values()) for row in rows] == [
        (4, "2026-06-20T08:00:00Z", 6000), (4, "2026-06-20T08:00:00Z", 5500),
    ]  # fmt: skip
    crm("undo")
    crm("undo")
    assert crm.json("db", "sql", "SELECT * FROM stage_odds") == []
    assert stage(crm, "proposal")["probability"] == 0.6


def test_odds_that_changed_since_are_taken_back_in_order(crm: Crm) -> None:
    """An earlier change taken back alone would move what its stage promised on past days."""
    for day, odds in enumerate((20, 30, 20), start=1):
        crm("lead", "stage", "edit", "new", "--probability", odds, "-q",
            "--now", f"2026-06-0{day}T10:00:00Z")  # fmt: skip
    first = crm.json("history")[-1]["id"]
    error = crm("undo", first, "--yes", "--json", code=4).error
    assert error["candidates"][0]["reason"] == "its odds were changed later"
    for _ in range(3):
        crm("undo", "--yes")
    assert stage(crm, "new")["probability"] == 0.1
    crm("redo", "--yes")
    assert stage(crm, "new")["probability"] == 0.2


def test_the_same_probability_again_is_no_change(crm: Crm) -> None:
    assert "nothing changed" in crm("lead", "stage", "edit", "new", "--probability", "10").err
    assert crm.json("db", "sql", "SELECT * FROM stage_odds") == []


def test_the_kind_of_an_unused_stage_can_be_changed(ada: Crm) -> None:
    ada("lead", "stage", "add", "Parked", "--probability", "5")
    row = ada.json("lead", "stage", "edit", "parked", "--kind", "lost")
    assert (row["kind"], row["probability"]) == ("lost", 0.0)
    back = ada.json("lead", "stage", "edit", "parked", "--kind", "open", "--probability", "3")
    assert (back["kind"], back["probability"]) == ("open", 0.03)
    lead = ada.id("lead", "add", "ada", "Website", "--stage", "parked")
    run = ada("lead", "stage", "edit", "parked", "--kind", "lost", "--json", code=5)
    assert run.error["code"] == "refused"
    # Nor does it, once the lead is in the trash: it may come back.
    ada("lead", "stage", "remove", "parked", "--move-to", "new")
    assert ada.json("lead", "show", lead)["stage"] == "new"


# -- taking away ----------------------------------------------------------------------------------


def test_a_stage_in_use_is_not_removed_until_its_leads_move(ada: Crm) -> None:
    lead = ada.id("lead", "add", "ada", "Website", "500", "--stage", "proposal",
                  "--opened", "2026-05-01")  # fmt: skip
    run = ada("lead", "stage", "remove", "proposal", "--json", code=5)
    assert run.error["code"] == "refused"
    assert "--move-to" in run.error["hint"]
    assert keys(ada) == USUAL
    run = ada("lead", "stage", "remove", "proposal", "--move-to", "negotiation")
    assert "moved 1 lead from Proposal to Negotiation" in run.err
    assert "proposal" not in keys(ada)
    assert not stage(ada, "proposal")["active"]
    assert stays(ada, lead) == [
        ("proposal", "2026-05-01T12:00:00Z", "2026-06-15T10:00:00Z"),
        ("negotiation", "2026-06-15T10:00:00Z", None),
    ]
    shown = ada.json("lead", "show", lead)
    assert (shown["stage"], shown["stage_age_days"], shown["weighted_value"]) == (
        "negotiation", 0, "400.00",
    )  # fmt: skip
    assert ada("lead", "add", "ada", "Other", "--stage", "proposal", code=5)


def test_removing_a_stage_is_one_undo(ada: Crm) -> None:
    ids = [ada.id("lead", "add", "ada", f"Deal {n}") for n in range(5)]
    before = [ada.json("lead", "show", one) for one in ids], ada.json("lead", "stage", "list")
    run = ada("lead", "stage", "remove", "new", "--move-to", "contacted", "-f", "ids")
    assert "undo: crm undo 7" in run.err
    ada("undo", "7")
    assert (
        [ada.json("lead", "show", one) for one in ids], ada.json("lead", "stage", "list")
    ) == before  # fmt: skip
    assert stays(ada, ids[0]) == [("new", "2026-06-15T10:00:00Z", None)]
    ada("redo")
    assert {ada.json("lead", "show", one)["stage"] for one in ids} == {"contacted"}


def test_the_history_names_stages_and_leads(ada: Crm) -> None:
    ada("lead", "add", "ada", "Website")
    run = ada("lead", "stage", "remove", "new", "--move-to", "contacted")
    page = ada("history", run.err.strip().rsplit(" ", 1)[1]).out
    assert "1 Website" in page
    assert "stage: New (#1) -> Contacted (#2)" in page


def test_a_rehearsal_says_what_would_happen(ada: Crm) -> None:
    ada("lead", "add", "ada", "Website")
    run = ada("lead", "stage", "remove", "new", "--move-to", "contacted", "--dry-run")
    assert "would move 1 lead from New to Contacted" in run.err
    assert keys(ada) == USUAL
    run = ada("lead", "stage", "remove", "new", "--dry-run", code=5)


def test_a_stage_that_was_never_used_is_deleted(crm: Crm) -> None:
    crm("lead", "stage", "edit", "proposal", "--probability", "50")
    assert "never used: it is deleted" in crm("lead", "stage", "remove", "proposal").err
    assert "proposal" not in keys(crm, "sales", "--all")
    assert crm.json("db", "sql", "SELECT * FROM stage_odds") == []
    crm("undo")
    assert stage(crm, "proposal")["probability"] == 0.5
    assert len(crm.json("db", "sql", "SELECT * FROM stage_odds")) == 1


def test_a_stage_of_history_alone_retires_and_comes_back(ada: Crm) -> None:
    ada("lead", "add", "ada", "Website")
    ada("lead", "stage", "remove", "new", "--move-to", "contacted")
    assert ada.json("lead", "stage", "list", "--retired")[0]["used"] == 1
    assert ada.json("lead", "add", "ada", "Other")["stage"] == "contacted"
    ada("lead", "stage", "restore", "new")
    assert keys(ada) == USUAL
    # Its leads left it long ago: there is nothing to move.
    ada("lead", "stage", "remove", "new")
    assert "new" not in keys(ada)


@pytest.mark.parametrize(
    ("target", "code"), [("won", 5), ("lost", 5), ("new", 2), ("nowhere", 3)]
)  # fmt: skip
def test_leads_move_only_where_they_stay_what_they_are(ada: Crm, target: str, code: int) -> None:
    lead = ada.id("lead", "add", "ada", "Website")
    ada("lead", "stage", "remove", "new", "--move-to", target, code=code)
    assert ada.json("lead", "show", lead)["stage"] == "new"
    assert keys(ada) == USUAL


def test_a_stage_goes_to_another_pipeline_by_name(ada: Crm) -> None:
    ada("lead", "pipeline", "add", "Partners", "--stages", "Applied, Pilot")
    lead = ada.id("lead", "add", "ada", "Website")
    ada("lead", "stage", "remove", "new", "--move-to", "partners/applied")
    shown = ada.json("lead", "show", lead)
    assert (shown["pipeline"], shown["stage"]) == ("partners", "applied")


# -- merging --------------------------------------------------------------------------------------


def test_stages_of_the_same_odds_become_one_with_their_history(ada: Crm) -> None:
    ada("lead", "stage", "add", "Offer", "--probability", "60", "--after", "proposal")
    first = ada.id("lead", "add", "ada", "One", "--stage", "offer", "--opened", "2026-05-01")
    ada("lead", "add", "ada", "Two", "--stage", "proposal")
    ada("lead", "stage", "merge", "proposal", "offer", code=2)
    run = ada("lead", "stage", "merge", "proposal", "offer", "--yes")
    assert "its whole history is Proposal's now" in run.err
    assert "offer" not in keys(ada, "sales", "--all")
    assert stays(ada, first) == [("proposal", "2026-05-01T12:00:00Z", None)]
    assert stage(ada, "proposal")["leads"] == 2
    assert ada.json("lead", "add", "ada", "Three", "--stage", "offer")["stage"] == "proposal"
    ada("undo")
    ada("undo")
    assert stays(ada, first) == [("offer", "2026-05-01T12:00:00Z", None)]


def test_stages_of_other_odds_keep_their_past(ada: Crm) -> None:
    ada("lead", "stage", "add", "Offer", "--probability", "65", "--after", "proposal")
    first = ada.id("lead", "add", "ada", "One", "--stage", "offer", "--opened", "2026-05-01")
    ada("lead", "stage", "merge", "proposal", "offer", "--yes")
    assert stays(ada, first) == [
        ("offer", "2026-05-01T12:00:00Z", "2026-06-15T10:00:00Z"),
        ("proposal", "2026-06-15T10:00:00Z", None),
    ]
    assert not stage(ada, "offer")["active"]
    # Files that say Offer mean the survivor now, not the one that rests.
    assert ada.json("lead", "add", "ada", "Two", "--stage", "offer")["stage"] == "proposal"
    ada("lead", "stage", "restore", "offer", code=4)


@pytest.mark.parametrize(
    ("others", "code"), [(["proposal"], 2), (["won"], 5), (["partners/applied"], 5), (["x"], 3)]
)  # fmt: skip
def test_what_cannot_be_one_stage_stays_two(crm: Crm, others: list[str], code: int) -> None:
    crm("lead", "pipeline", "add", "Partners", "--stages", "Applied")
    crm("lead", "stage", "merge", "proposal", *others, "--yes", code=code)
    assert keys(crm) == USUAL


# -- pipelines ------------------------------------------------------------------------------------


def test_a_pipeline_starts_with_the_usual_stages(crm: Crm) -> None:
    made = crm.json("lead", "pipeline", "add", "Partner programme")
    assert (made["key"], made["default"], made["active"]) == ("partner-programme", False, True)
    assert keys(crm, "partner") == USUAL


def test_a_pipeline_has_the_stages_it_is_given(crm: Crm) -> None:
    crm(
        "lead", "pipeline", "add", "P", "--stages", "Applied, Pilot 35%, Talks, Signed=won, No=lost"
    )
    rows = crm.json("lead", "stage", "list", "--pipeline", "P")
    assert [(row["key"], row["kind"], row["probability"]) for row in rows] == [
        ("applied", "open", 0.25), ("pilot", "open", 0.35), ("talks", "open", 0.75),
        ("signed", "won", 1.0), ("no", "lost", 0.0),
    ]  # fmt: skip
    crm("lead", "stage", "edit", "pilot", "--rotten", "9", "--note", "n", "--pipeline", "p")
    crm("lead", "pipeline", "add", "Q", "--like", "p")
    again = crm.json("lead", "stage", "list", "--pipeline", "Q")
    told = ("key", "name", "kind", "probability", "rotten_days", "note")
    rows = crm.json("lead", "stage", "list", "--pipeline", "P")
    assert [[r[k] for k in told] for r in again] == [[r[k] for k in told] for r in rows]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "Sales"], 4),
        (["add", "Q", "--stages", "A,,B"], 2),
        (["add", "Q", "--stages", "A,a"], 2),
        (["add", "Q", "--stages", "Won,Lost"], 5),
        (["add", "Q", "--stages", "A,B=won,C=won"], 5),
        (["add", "Q", "--stages", "A,B", "--like", "sales"], 2),
        (["add", "Q", "--like", "nobody"], 3),
        (["retire", "sales"], 5),
        (["delete", "sales", "--yes"], 5),
        (["rename", "sales", "!!"], 2),
    ],
)
def test_a_pipeline_that_could_not_work_is_refused(
    crm: Crm, arguments: list[str], code: int
) -> None:
    crm("lead", "pipeline", *arguments, code=code)
    assert [row["key"] for row in crm.json("lead", "pipeline", "list", "--all")] == ["sales"]


def test_the_first_pipeline_in_use_is_where_leads_go(ada: Crm) -> None:
    ada("lead", "pipeline", "add", "Partners", "--stages", "Applied, Pilot")
    ada("lead", "pipeline", "order", "partners")
    assert ada.json("lead", "add", "ada", "One")["pipeline"] == "partners"
    run = ada("lead", "pipeline", "retire", "partners")
    assert "1 open lead stays in Partners until it is won, lost or moved" in run.err
    assert ada.json("lead", "add", "ada", "Two")["pipeline"] == "sales"
    ada("lead", "add", "ada", "Three", "--pipeline", "partners", code=5)
    assert ada.json("lead", "show", 1)["stage"] == "applied"
    ada("lead", "pipeline", "restore", "partners")
    assert ada.json("lead", "add", "ada", "Three")["pipeline"] == "partners"
    ada("lead", "pipeline", "delete", "partners", "--yes", code=5)
    ada("lead", "pipeline", "rename", "partners", "Alliances")
    assert ada.json("lead", "add", "ada", "Four", "--pipeline", "partners")["stage"] == "applied"


def test_a_pipeline_that_was_never_used_goes_with_its_stages(crm: Crm) -> None:
    crm("lead", "pipeline", "add", "Partners")
    crm("lead", "pipeline", "delete", "partners", code=2)
    crm("lead", "pipeline", "delete", "partners", "--yes")
    assert len(crm.json("lead", "stage", "list", "--all")) == 7
    crm("undo")
    assert keys(crm, "partners") == USUAL


def test_undo_leaves_no_pipeline_without_what_it_needs(ada: Crm) -> None:
    ada("lead", "stage", "add", "No fit", "--kind", "lost")  # 2
    ada("lead", "stage", "remove", "lost")  # 3
    run = ada("undo", 2, code=4)
    assert "Sales would have no lost stage" in run.err
    assert ada.json("lead", "add", "ada", "One")["stage"] == "new"  # 4
    ada("lead", "pipeline", "add", "Partners")  # 5
    ada("lead", "pipeline", "retire", "sales")  # 6
    assert "no pipeline would be left in use" in ada("undo", 5, code=4).err
    ada("undo", 6)
    ada("undo", 5)
    ada("undo", 3)
    ada("undo", 2)
    assert keys(ada) == USUAL


# -- as a picklist --------------------------------------------------------------------------------


def test_stages_are_among_the_picklists(crm: Crm) -> None:
    crm("lead", "pipeline", "add", "Partners", "--stages", "Applied")
    rows = crm.json("picklist", "list", "stage")
    assert [(row["list"], row["key"], row["label"]) for row in rows[:2]] == [
        ("stage", "new", "New"), ("stage", "contacted", "Contacted"),
    ]  # fmt: skip
    assert {row["list"] for row in crm.json("picklist", "list")} >= {"stage", "stage.partners"}
    made = crm.json("picklist", "add", "stage.partners", "Pilot", "--alias", "Trial")
    assert (made["list"], made["key"], made["aliases"]) == ("stage.partners", "pilot", ["Trial"])
    crm("picklist", "rename", "stage.partners", "trial", "Test")
    crm("picklist", "order", "stage.partners", "test", "applied")
    assert keys(crm, "partners") == ["pilot", "applied", "won", "lost"]
    crm("picklist", "retire", "stage.partners", "test")
    assert keys(crm, "partners") == ["applied", "won", "lost"]
    crm("picklist", "restore", "stage.partners", "test")
    assert keys(crm, "partners") == ["pilot", "applied", "won", "lost"]
    crm("picklist", "delete", "stage.partners", "test")
    assert keys(crm, "partners", "--all") == ["applied", "won", "lost"]


def test_a_used_stage_is_used_as_a_picklist_value_too(ada: Crm) -> None:
    ada("lead", "add", "ada", "Website", "--stage", "proposal")
    for verb in ("retire", "delete"):
        run = ada("picklist", verb, "stage", "proposal", "--json", code=5)
        assert "--move-to" in run.error["hint"]
    ada("picklist", "merge", "stage", "qualified", "proposal", "--yes")
    assert ada.json("lead", "show", 1)["stage"] == "qualified"


def test_a_list_that_does_not_exist_names_stages(crm: Crm) -> None:
    assert "did you mean stage?" in crm("picklist", "list", "stags", code=3).err
    assert "no pipeline 'nobody'" in crm("picklist", "list", "stage.nobody", code=3).err
