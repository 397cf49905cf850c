"""``crm lead score``: rules, why, the model, and what may not be asked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tests.leads import scored

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """A contact and two open leads: a referral worth 900, and one nobody knows much of."""
    crm("contact", "add", "Ada", "--city", "Bern", "--country", "CH", "-q")
    crm("lead", "add", 1, "Roof", "900", "--source", "referral", "--opened", "2026-05-16", "-q")
    crm("lead", "add", 1, "Door", "-q")
    return crm


@pytest.fixture
def taught(shop: Crm) -> Crm:
    """The same beside a hundred closed leads."""
    scored.add_closed(shop.db, scored.a_hundred())
    return shop


def score(crm: Crm, lead: int, *more: str) -> Any:
    return crm.json("lead", "score", lead, "--why", *more)


# -- rules ----------------------------------------------------------------------------------------


def test_a_rule_gives_points_that_fade_and_lists_show_them(shop: Crm) -> None:
    rule = shop.json(
        "lead", "score", "--rule", "source = referral", "--points", "20", "--half-life", "30d",
        "--label", "Sent by a friend",
    )  # fmt: skip
    assert rule | {"created_at": "", "updated_at": ""} == {
        "id": 1, "rule": "source = referral", "points": 20, "half_life_days": 30,
        "since": "opened", "label": "Sent by a friend", "state": "active", "leads": 1,
        "problem": None, "created_at": "", "updated_at": "",
    }  # fmt: skip
    # Opened on 16 May, scored on 15 June: thirty days, one half-life.
    assert shop.json("lead", "show", 1)["score"] == 10
    assert shop.json("lead", "show", 2)["score"] == 0
    assert [row["score"] for row in shop.json("lead", "score")] == [10, 0]
    (line,) = score(shop, 1)["contributions"]
    assert (line["kind"], line["points"], line["full_points"]) == ("rule", 10.0, 20)
    assert (line["days"], line["half_life_days"]) == (30, 30)
    # Kept until the day it is another: 20 x 0.5 ^ (32 / 30) = 9.55, ^ (34 / 30) = 9.1, ^ (35 / 30)
    # = 8.9; 9.5 lies between the 32nd and the 33rd day.
    listed = shop.json("lead", "score")[0]
    assert (listed["scored_on"], listed["stale_on"]) == ("2026-06-15", "2026-06-18")
    later = "2026-07-15T10:00:00Z"
    assert shop.json("lead", "score", "--now", later)[0]["score"] == 10
    assert shop.json("lead", "show", 1, "--now", later)["score"] == 5
    assert score(shop, 1, "--now", later)["score"] == 5
    assert "earlier day" in shop("lead", "score", "--now", later).err
    assert shop.json("lead", "score", "--refresh", "--now", later)["changed"] == 1
    assert shop.json("lead", "score", "--now", later)[0]["score"] == 5


@pytest.mark.parametrize(
    ("since", "points"),
    [("opened", 10), ("stage", 10), ("contact", 16)],  # 30 days, and 10: 20 x 0.5 ^ (1 / 3) = 15.9
)
def test_points_fade_from_the_day_named(shop: Crm, since: str, points: int) -> None:
    shop("log", "call", 1, "hello", "--at", "2026-06-05", "-q")
    shop(
        "lead", "score", "--rule", "source = referral", "--points", "20",
        "--half-life", "30d", "--since", since, "-q",
    )  # fmt: skip
    assert score(shop, 1)["score"] == points


def test_a_talk_a_tag_and_an_edit_move_the_score_at_once(shop: Crm) -> None:
    shop("lead", "score", "--rule", "city = Bern", "--points", "20", "-q")
    shop(
        "lead", "score", "--rule", "contact_tag:vip", "--points", "30", "--half-life", "30d",
        "--since", "contact", "-q",
    )  # fmt: skip

    def scores() -> list[int]:
        return [row["score"] for row in shop.json("lead", "score")]

    assert scores() == [20, 20]
    shop("contact", "tag", 1, "vip", "-q")
    # The one was opened thirty days ago, the other today; nobody has spoken to Ada yet.
    assert scores() == [35, 50]
    shop("log", "call", 1, "hello", "-q")
    assert scores() == [50, 50]
    shop("contact", "edit", 1, "--city", "Basel", "-q")
    assert scores() == [30, 30]
    shop("undo", "-q")
    assert scores() == [50, 50]
    shop("undo", "-q")
    assert scores() == [35, 50]


def test_points_are_held_between_nothing_and_a_hundred(shop: Crm) -> None:
    shop("lead", "score", "--rule", "source = referral", "--points", "140", "-q")
    shop("lead", "score", "--rule", "source is empty", "--points", "-5", "-q")
    rows = shop.json("lead", "score")
    assert [(row["score"], row["points"]) for row in rows] == [(100, 140), (0, -5)]


def test_rules_are_changed_paused_and_taken_away(shop: Crm) -> None:
    shop("lead", "score", "--rule", "source = referral", "--points", "20", "-q")
    edited = shop.json("lead", "score", "--edit-rule", 1, "--points", "25", "--label", "Friend")
    assert (edited["points"], edited["label"], edited["rule"]) == (
        25,
        "Friend",
        "source = referral",
    )
    assert shop.json("lead", "show", 1)["score"] == 25
    assert shop.json("lead", "score", "--pause-rule", 1)["state"] == "paused"
    assert shop.json("lead", "show", 1)["score"] is None
    shop("lead", "score", "--resume-rule", 1, "-q")
    assert shop.json("lead", "show", 1)["score"] == 25
    assert "needs an answer" in shop("lead", "score", "--remove-rule", 1, code=2).err
    shop("lead", "score", "--remove-rule", 1, "--yes", "-q")
    assert shop.json("lead", "score", "--rules") == []
    assert shop.json("lead", "show", 1)["score"] is None
    shop("undo", "-q")
    assert shop.json("lead", "show", 1)["score"] == 25


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--rule", "source = x"), 2, "needs points"),
        (("--rule", "sourc = x", "--points", "3"), 2, "did you mean source"),
        (("--rule", "score > 5", "--points", "3"), 2, "made of itself"),
        (("--rule", "value > 5", "--points", "many"), 2, "are no points"),
        (("--rule", "value > 5", "--points", "3", "--since", "contact"), 2, "--half-life"),
        (
            ("--rule", "value > 5", "--points", "3", "--half-life", "9d", "--since", "easter"),
            2, "opened, contact, stage",
        ),
        (("--points", "3"), 2, "which rule"),
        (("--why",), 2, "LEAD is missing"),
        (("1", "--model"), 2, "--model and scores of single leads are asked for at once"),
        (("--model", "--refresh"), 2, "--refresh and --model are asked for at once"),
        (("--remove-rule", "9", "--yes"), 3, "no score rule"),
        (("nobody",), 3, "no lead"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    shop: Crm, arguments: tuple[str, ...], code: int, said: str
) -> None:
    run = shop("lead", "score", *arguments, code=code)
    assert said in run.err
    assert shop.json("lead", "score", "--rules") == []


def test_two_rules_of_one_filter_are_one_too_many(shop: Crm) -> None:
    shop("lead", "score", "--rule", "source = referral", "--points", "20", "-q")
    run = shop("lead", "score", "--rule", "source = referral", "--points", "9", code=4)
    assert "--edit-rule 1" in run.err


def test_a_rule_waits_for_words_that_are_to_come(shop: Crm) -> None:
    run = shop("lead", "score", "--rule", "source = fair", "--points", "20")
    assert "no lead has the source 'fair'" in run.err
    shop("lead", "add", 1, "Gate", "--source", "Fair", "-q")
    assert shop.json("lead", "show", 3)["score"] == 20


def test_scores_leave_no_entries_between_those_of_the_user(shop: Crm) -> None:
    shop("lead", "score", "--rule", "source = referral", "--points", "20", "--half-life", "9d")
    run = shop("lead", "edit", 2, "--source", "referral")
    assert "undo: crm undo 5" in run.err
    assert shop.json("lead", "show", 2)["score"] == 20
    shop("lead", "score", "--refresh", "--now", "2026-07-15T10:00:00Z", "-q")
    entries = shop.json("history", "--all")
    assert [entry["id"] for entry in entries] == [5, 4, 3, 2, 1]
    assert not any("scores" in entry["summary"] for entry in entries)
    shop("undo", 5, "-q")
    assert shop.json("lead", "show", 2)["score"] == 0
    assert shop.json("history", "--all")[0]["id"] == 6


def test_a_rehearsal_leaves_scores_as_they_are(shop: Crm) -> None:
    shop("lead", "score", "--rule", "source = referral", "--points", "20", "-q")
    with closing(sqlite3.connect(shop.db)) as direct, direct:
        direct.execute("UPDATE lead_scores SET score = 11")
    told = shop.json("lead", "score", "--refresh", "--dry-run")
    assert told["changed"] == 2
    assert [row["score"] for row in shop.json("lead", "score")] == [11, 11]
    shop("lead", "score", "--refresh", "-q")
    assert [row["score"] for row in shop.json("lead", "score")] == [20, 0]


# -- the model ------------------------------------------------------------------------------------


def by_hand(path: Any, values: dict[str, str | None]) -> float:
    """Bayes' theorem over the closed leads as they stand in the file, in exact fractions."""
    with closing(sqlite3.connect(path)) as direct:
        rows = direct.execute(
            "SELECT state = 'won', source, owner, value FROM leads WHERE state <> 'open'"
        ).fetchall()
    amounts = sorted(row[3] for row in rows if row[3] is not None)
    cuts = [amounts[len(amounts) * part // 4] for part in (1, 2, 3)]

    def quarter(value: int | None) -> str | None:
        return None if value is None else str(1 + sum(value >= cut for cut in cuts))

    one_for_all = {
        "pipeline": "sales", "kind": "person", "referrer": "no", "bought before": "no",
        "city": "bern", "country": "ch",
    }  # fmt: skip
    cases = [
        (won, {"source": source, "owner": owner, "value": quarter(value), **one_for_all})
        for won, source, owner, value in rows
    ]
    amount = None if values["value"] is None else int(values["value"])
    asked = {**values, "value": quarter(amount), **one_for_all}
    product = {}
    for outcome in (0, 1):
        mine = [found for won, found in cases if won == outcome]
        product[outcome] = Fraction(len(mine), len(cases))
        for field, value in asked.items():
            seen = {found[field] for _, found in cases} - {None}
            known = [found[field] for found in mine if found[field] is not None]
            if value is not None and seen:
                product[outcome] *= Fraction(known.count(value) + 1, len(known) + len(seen) + 1)
    return float(product[1] / (product[0] + product[1]))


@pytest.mark.parametrize(
    ("source", "owner", "value"),
    [
        ("referral", "zoe", "1200"),
        ("web", "max", "100"),
        (None, None, None),
        ("carrier pigeon", "zoe", None),
        (None, "eve", "999999"),
    ],
)
def test_the_model_agrees_with_bayes_theorem_over_the_file(
    taught: Crm, source: str | None, owner: str | None, value: str | None
) -> None:
    given = [
        word
        for name, text in (("--source", source), ("--owner", owner))
        if text
        for word in (name, text)
    ]
    lead = taught.id("lead", "add", 1, "Asked about", *([value] if value else []), *given)
    minor = None if value is None else f"{value}00"
    wanted = by_hand(taught.db, {"source": source, "owner": owner, "value": minor})
    found = score(taught, lead)
    assert found["by"] == "model"
    assert abs(found["probability"] - wanted) < 1e-9
    assert found["score"] == int(100 * wanted + 0.5)
    assert taught.json("lead", "show", lead)["score"] == found["score"]
    # The odds are those of what is listed, and nothing else.
    from math import exp

    total = sum(line["log_odds"] for line in found["contributions"])
    assert abs(1 / (1 + exp(-total)) - wanted) < 1e-9
    assert sum(line["share"] for line in found["contributions"]) == pytest.approx(1)
    unseen = {line["name"] for line in found["contributions"] if line["seen"] is False}
    assert unseen == {name for name, word in (("source", "carrier pigeon"), ("owner", "eve"))
                      if word in {source, owner}}  # fmt: skip


def test_the_model_is_shown_with_how_well_it_predicts(taught: Crm) -> None:
    found = taught.json("lead", "score", "--model")
    assert (found["won"], found["lost"], found["base_rate"]) == (45, 55, 0.45)
    assert found["believed"] is found["in_force"] is True
    assert [tenth["cases"] for tenth in found["deciles"]] == [10] * 10
    assert found["brier"] < found["brier_base_rate"] == pytest.approx(0.45 * 0.55)
    fields = {field["field"]: field for field in found["fields"]}
    assert {"source", "owner", "value", "pipeline", "city", "kind"} <= fields.keys()
    assert not {"stage", "role", "loss_reason", "probability", "closed"} & fields.keys()
    # A quarter of each outcome has no source: they are left out, not a value of their own.
    assert {line["value"] for line in fields["source"]["values"]} == {"referral", "web", "fair"}
    page = taught("lead", "score", "--model").out
    assert "Predicted against what came of it" in page


def test_too_few_cases_are_said_and_score_nothing(shop: Crm) -> None:
    few = scored.a_hundred()[:60]  # 27 won, 33 lost
    scored.add_closed(shop.db, few)
    run = shop("lead", "score", "--model")
    assert "too few cases to believe it: 27 won and 33 lost leads" in run.err
    assert shop.json("lead", "score", "--refresh")["by"] is None
    found = score(shop, 1)
    assert (found["score"], found["contributions"]) == (None, [])
    assert "30 won and 30 lost" in shop("lead", "score").err
    shop("config", "set", "lead_scoring", "model", "-q")
    assert score(shop, 1)["score"] is None


def test_the_setting_says_what_scores(taught: Crm) -> None:
    taught("lead", "score", "--rule", "source = referral", "--points", "20", "-q")
    both = score(taught, 1)
    assert both["by"] == "model"
    assert both["points"] == 20
    taught("config", "set", "lead_scoring", "rules", "-q")
    assert taught.json("lead", "show", 1)["score"] == 20
    taught("config", "set", "lead_scoring", "model", "-q")
    only = score(taught, 1)
    assert (only["score"], only["points"]) == (both["score"], None)
    run = taught("config", "set", "lead_scoring", "oracle", code=2)
    assert "auto, rules, model" in run.err


def test_what_came_after_the_closing_teaches_nothing(taught: Crm) -> None:
    before = taught.json("lead", "score", "--model")["fields"]
    with closing(sqlite3.connect(taught.db)) as direct, direct:
        # Won leads are handed to Kim, and their amount was agreed at the closing.
        for number, owner, value in direct.execute(
            "SELECT id, owner, value FROM leads WHERE state = 'won' ORDER BY id"
        ).fetchall():
            direct.execute(
                "INSERT INTO lead_terms (id, lead_id, until_at, value, currency, owner)"
                " VALUES (?, ?, '2026-03-01T08:00:00Z', ?, ?, ?)",
                (2 * number, number, value, None if value is None else "EUR", owner),
            )
            direct.execute(
                "INSERT INTO lead_terms (id, lead_id, until_at, value, currency, owner)"
                " VALUES (?, ?, '2026-04-01T08:00:00Z', 77, 'EUR', ?)",
                (2 * number + 1, number, owner),
            )
        direct.execute(
            "UPDATE leads SET owner = 'kim', value = 77, currency = 'EUR' WHERE state = 'won'"
        )
        direct.execute("UPDATE contacts SET role = 'customer'")
    assert taught.json("lead", "score", "--model")["fields"] == before


def test_whether_it_had_bought_before_counts_and_what_it_buys_by_it_does_not(taught: Crm) -> None:
    taught("purchase", "add", 1, "Tea", "12", "--on", "2026-01-04", "-q")
    fields = {row["field"]: row for row in taught.json("lead", "score", "--model")["fields"]}
    assert [line["value"] for line in fields["bought before"]["values"]] == ["yes"]
    taught("undo", "-q")
    taught("purchase", "add", 1, "Tea", "12", "--on", "2026-03-01", "-q")
    fields = {row["field"]: row for row in taught.json("lead", "score", "--model")["fields"]}
    assert [line["value"] for line in fields["bought before"]["values"]] == ["no"]


def test_tags_of_leads_are_there_or_not(taught: Crm) -> None:
    with closing(sqlite3.connect(taught.db)) as direct, direct:
        direct.execute("INSERT INTO tags (id, key, label) VALUES (900, 'hot', 'Hot')")
        direct.execute(
            "INSERT INTO lead_tags (id, lead_id, tag_id)"
            " SELECT id, id, 900 FROM leads WHERE state = 'won' AND id % 2"
        )
    fields = {row["field"]: row for row in taught.json("lead", "score", "--model")["fields"]}
    hot = {line["value"]: (line["won"], line["lost"]) for line in fields["tag hot"]["values"]}
    assert sum(count[0] for count in hot.values()) == 45
    assert hot["no"][1] == 55
    taught("lead", "score", "--refresh", "-q")
    lead = taught.id("lead", "add", 1, "Hot one", "--tag", "hot")
    lines = {line["name"]: line for line in score(taught, lead)["contributions"]}
    assert lines["tag hot"]["value"] == "yes"
    assert lines["tag hot"]["log_odds"] > 0
    assert {line["name"]: line for line in score(taught, 1)["contributions"]}["tag hot"][
        "value"
    ] == "no"


def test_a_closed_lead_has_no_score_and_says_so(taught: Crm) -> None:
    run = taught("lead", "score", scored.FIRST, "--json")
    assert run.json["score"] is None
    assert "only open ones are scored" in run.err


def test_scores_are_listed_the_highest_first_for_people(shop: Crm) -> None:
    shop("lead", "score", "--rule", "source is empty", "--points", "20", "-q")
    assert [row["id"] for row in shop.json("lead", "score")] == [1, 2]
    lines = shop("lead", "score").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["2", "1"]
    assert [line.split()[3] for line in lines[1:]] == ["New", "New"]
    assert {row["stage"] for row in shop.json("lead", "score")} == {"new"}
    assert [row["id"] for row in shop.json("lead", "score", "--where", "value > 5")] == [1]
    shop("lead", "score", "--where", "value > 5000", "--fail-empty", code=3)
