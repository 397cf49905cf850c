"""The reports on talks and promises against tables computed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

ZONE = "America/Denver"


@pytest.fixture
def firm(crm: Crm) -> Crm:
    """A business in Denver with three contacts and seven talks of spring 2026."""
    crm("config", "set", "timezone", ZONE, "--quiet")
    for name in ("Ada", "Bob", "Cleo"):
        crm("contact", "add", name, "--role", "customer", "--quiet", "--now", "2026-01-01T12:00")
    for channel, who, at, *more in (
        # 23:30 in Denver on the last day of April is 05:30 of May in UTC.
        ("call", 1, "2026-04-30 23:30", "--outcome", "reached", "--by", "zoe", "--duration", "10"),
        ("call", 1, "2026-05-01 00:10", "--outcome", "no-answer", "--by", "zoe"),
        ("call", 2, "2026-05-04 09:00", "--outcome", "reached", "--by", "max", "--duration", "20"),
        ("email", 2, "2026-05-05 10:00", "--by", "max", "--direction", "in", "--sentiment", "-1"),
        ("email", 1, "2026-05-31 23:59", "--by", "zoe", "--sentiment", "2"),
        ("meeting", 2, "2026-06-01 00:00", "--by", "max", "--with", "3", "--duration", "1h"),
        ("note", 1, "2026-06-02 08:00", "--by", "zoe"),
    ):
        crm("log", channel, who, "said", "--at", at, *more, "--quiet")
    return crm


def rows(run: dict[str, Any], *keys: str) -> list[tuple[Any, ...]]:
    """Return the figures of a report's rows."""
    return [tuple(row[key] for key in keys) for row in run["rows"]]


KEYS = ("interactions", "in", "out", "contacts", "minutes")


def test_talks_are_counted_by_person(firm: Crm) -> None:
    found = firm.json("report", "activity")
    assert rows(found, "by", *KEYS) == [
        ("zoe", 4, 0, 3, 1, 10),
        ("max", 3, 1, 2, 2, 80),
    ]
    assert found["totals"] == {
        "interactions": 7, "in": 1, "out": 5, "contacts": 3, "minutes": 90, "follow_ups_done": 0,
    }  # fmt: skip


def test_a_talk_belongs_to_the_day_on_the_businesss_clock(firm: Crm) -> None:
    found = firm.json("report", "activity", "--by", "month", "--of", "total")
    assert rows(found, "period", *KEYS) == [
        ("2026-04", 1, 0, 1, 1, 10),
        ("2026-05", 4, 1, 3, 2, 20),
        ("2026-06", 2, 0, 1, 3, 60),
    ]


def test_the_same_talks_fall_into_other_months_in_another_zone(firm: Crm) -> None:
    firm("config", "set", "timezone", "UTC", "--yes", "--quiet")
    found = firm.json("report", "activity", "--by", "month", "--of", "total")
    assert rows(found, "period", "interactions") == [("2026-05", 4), ("2026-06", 3)]


def test_a_call_late_on_the_last_of_the_month_before_last_is_not_of_last_month(firm: Crm) -> None:
    """SuiteCRM 9551: the server's zone put it into the wrong month."""
    found = firm.json("report", "activity", "--period", "last-month", "--now", "2026-06-10")
    assert found["parameters"]["since"] == "2026-05-01"
    assert rows(found, "by", "interactions") == [("max", 2), ("zoe", 2)]
    earlier = firm.json("report", "activity", "--period", "2026-04")
    assert rows(earlier, "by", "interactions") == [("zoe", 1)]


def test_nothing_after_the_as_of_day_counts(firm: Crm) -> None:
    found = firm.json("report", "activity", "--as-of", "2026-05-31")
    assert rows(found, "by", "interactions") == [("zoe", 3), ("max", 2)]
    assert "Left out: 2 talks after 2026-05-31." in found["notes"]


def test_talks_are_counted_by_channel_contact_and_outcome(firm: Crm) -> None:
    found = firm.json("report", "activity", "--of", "channel", "--by", "quarter")
    assert rows(found, "period", "channel", "interactions") == [
        ("2026-Q2", "call", 3), ("2026-Q2", "email", 2), ("2026-Q2", "meeting", 1),
        ("2026-Q2", "note", 1),
    ]  # fmt: skip
    found = firm.json("report", "activity", "--of", "contact")
    assert rows(found, "contact_id", "contact", "interactions", "minutes") == [
        (1, "Ada", 4, 10), (2, "Bob", 3, 80), (3, "Cleo", 1, 60),
    ]  # fmt: skip
    assert found["totals"]["interactions"] == 7
    found = firm.json("report", "activity", "--of", "outcome")
    assert rows(found, "outcome", "interactions") == [(None, 4), ("reached", 2), ("no-answer", 1)]


def test_a_narrowed_report_counts_talks_in_which_somebody_took_part(firm: Crm) -> None:
    found = firm.json("report", "activity", "--where", "name = Cleo")
    assert rows(found, "by", *KEYS) == [("max", 1, 0, 1, 1, 60)]
    assert found["totals"]["contacts"] == 1
    assert "1 contact; left out: 2." in found["notes"][0]


def test_follow_ups_done_count_for_who_did_them_when(firm: Crm) -> None:
    task = firm.id("remind", "add", "1", "2026-06-10", "call")
    firm("remind", "done", task, "--as", "zoe", "--now", "2026-05-02T05:30:00Z", "--quiet")
    found = firm.json("report", "activity", "--period", "2026-05-02")
    assert found["rows"] == []
    found = firm.json("report", "activity", "--period", "2026-05-01")
    assert rows(found, "by", "interactions", "follow_ups_done") == [("zoe", 1, 1)]
    assert found["totals"]["follow_ups_done"] == 1


def test_channels_tell_what_their_rates_are_of(firm: Crm) -> None:
    found = firm.json("report", "channels")
    assert rows(found, "channel", *KEYS, "sentiment", "reached_rate") == [
        ("call", 3, 0, 3, 2, 30, None, 0.6667),
        ("email", 2, 1, 1, 2, 0, 0.5, 0.0),
        ("meeting", 1, 0, 1, 2, 60, None, 0.0),
        ("note", 1, 0, 0, 1, 0, None, None),
    ]
    assert found["rows"][0]["outcomes"] == {"reached": 0.6667, "no-answer": 0.3333}
    assert found["rows"][1]["outcomes"] == {"reached": None, "no-answer": None}
    assert found["totals"]["reached_rate"] == 0.4
    assert "Reached: 2 of 5 outgoing (call 2 of 3)." in found["notes"]


# -- quiet ----------------------------------------------------------------------------------------


def test_quiet_customers_stand_by_what_they_are_worth(firm: Crm) -> None:
    firm("contact", "add", "Dora", "--now", "2026-02-01T12:00", "--quiet")
    firm("contact", "add", "Eve", "--role", "supplier", "--now", "2026-01-01T12:00", "--quiet")
    firm("purchase", "add", "4", "Tea", "50", "--on", "2026-01-20", "--quiet")
    firm("purchase", "add", "1", "Tea", "20", "--on", "2026-03-01", "--quiet")
    found = firm.json("report", "quiet", "--idle", "14")
    # To 15 June: Ada's last talk was on 31 May (the note of 2 June is none), Bob's and Cleo's on
    # 1 June, Dora was never spoken to and first ordered on 20 January.
    assert rows(found, "contact", "silence_days", "never", "orders", "revenue") == [
        ("Dora", 146, True, 1, "50.00"),
        ("Ada", 15, False, 1, "20.00"),
        ("Bob", 14, False, 0, None),
        ("Cleo", 14, False, 0, None),
    ]
    assert found["totals"] == {"customers": 4, "quiet": 4, "never": 1, "share": 1.0, "idle": 14}
    found = firm.json("report", "quiet", "--idle", "15")
    assert rows(found, "contact") == [("Dora",), ("Ada",)]
    assert found["totals"]["share"] == 0.5
    assert rows(firm.json("report", "quiet", "--idle", "15", "--limit", "1"), "contact") == [
        ("Dora",)
    ]


def test_silence_of_a_past_day_is_what_it_was_then(firm: Crm) -> None:
    found = firm.json("report", "quiet", "--idle", "1", "--as-of", "2026-05-31")
    assert rows(found, "contact", "silence_days", "never") == [
        ("Cleo", 150, True),
        ("Bob", 26, False),
    ]
    assert found["totals"]["customers"] == 3


def test_the_next_follow_up_is_that_of_the_day(firm: Crm) -> None:
    task = firm.id(
        "remind", "add", "3", "2026-06-30", "call", "--now", "2026-05-01T12:00:00Z"
    )  # fmt: skip
    firm("remind", "done", task, "--now", "2026-06-14T12:00:00Z", "--quiet")
    now = firm.json("report", "quiet", "--idle", "1", "--where", "name = Cleo")
    assert rows(now, "next_follow_up_on") == [(None,)]
    then = firm.json(
        "report", "quiet", "--idle", "1", "--where", "name = Cleo", "--as-of", "2026-05-20"
    )
    assert rows(then, "next_follow_up_on") == [("2026-06-30",)]
    before = firm.json(
        "report", "quiet", "--idle", "1", "--where", "name = Cleo", "--as-of", "2026-04-20"
    )
    assert rows(before, "next_follow_up_on") == [(None,)]


# -- promises -------------------------------------------------------------------------------------


@pytest.fixture
def promised(firm: Crm) -> Crm:
    """Five promises: kept early, kept late in the evening, late, open past its day, open."""
    made = []
    for who, at, due in (
        (1, "2026-05-01 10:00", "2026-05-08"),
        (1, "2026-05-02 10:00", "2026-05-09"),
        (1, "2026-05-03 10:00", "2026-05-10"),
        (2, "2026-05-04 10:00", "2026-05-11"),
        (2, "2026-05-05 10:00", "2026-06-20"),
    ):
        firm("log", "call", who, "will send it", "--at", at, "--promise", due, "--quiet")
        made.append(firm.json("remind", "list")[-1]["id"])
    for number, at in (
        (made[0], "2026-05-06T12:00"),
        (made[1], "2026-05-09T23:30"),  # UTC's day is the tenth
        (made[2], "2026-05-14T09:00"),
    ):
        firm("remind", "done", number, "--now", at, "--quiet")
    return firm


FIGURES = ("made", "kept", "late", "open", "cancelled", "kept_rate")


def test_promises_are_judged_by_the_businesss_days(promised: Crm) -> None:
    found = promised.json("report", "promises")
    assert rows(found, "contact", *FIGURES, "average_days_early", "average_days_late") == [
        ("Bob", 2, 0, 1, 1, 0, 0.0, None, 35.0),
        ("Ada", 3, 2, 1, 0, 0, 0.6667, 1.0, 4.0),
    ]
    assert found["totals"]["kept_rate"] == 0.5
    assert "Kept: 2 of 4 that were kept or late." in found["notes"]


def test_a_promise_kept_later_was_open_on_a_past_day(promised: Crm) -> None:
    found = promised.json("report", "promises", "--as-of", "2026-05-09")
    assert rows(found, "contact", *FIGURES) == [
        ("Bob", 2, 0, 0, 2, 0, None),
        ("Ada", 3, 2, 0, 1, 0, 1.0),
    ]
    found = promised.json("report", "promises", "--as-of", "2026-05-03")
    assert rows(found, "contact", "made", "open") == [("Ada", 3, 3)]


def test_a_period_selects_promises_by_the_day_of_their_talk(promised: Crm) -> None:
    found = promised.json("report", "promises", "--since", "2026-05-03", "--by", "owner")
    assert [tuple(row.values())[1:5] for row in found["rows"]] == [(3, 0, 2, 1)]


def test_a_promise_without_an_owner_is_the_contact_s_owner_s(promised: Crm) -> None:
    promised("contact", "edit", "ada", "--owner", "eve", "-q")
    promised("remind", "edit", "4", "--owner", "max", "-q")
    found = promised.json("report", "promises", "--by", "owner")
    assert dict(rows(found, "owner", "made")) == {"eve": 3, "max": 1, None: 1}
    behind = promised.json("report", "explain", "promises", "eve:made", "--by", "owner")
    assert {row["owner"] for row in behind} == {"eve"}


def test_each_promise_is_listed_with_its_talk(promised: Crm) -> None:
    found = promised.json("report", "promises", "--list")
    assert rows(found, "made_on", "due_on", "done_on", "state", "days") == [
        ("2026-05-01", "2026-05-08", "2026-05-06", "kept", -2),
        ("2026-05-02", "2026-05-09", "2026-05-09", "kept", 0),
        ("2026-05-03", "2026-05-10", "2026-05-14", "late", 4),
        ("2026-05-04", "2026-05-11", None, "late", 35),
        ("2026-05-05", "2026-06-20", None, "open", -5),
    ]
    assert {row["talk"] for row in found["rows"]} == {"will send it"}
    assert found["rows"][0]["talk_channel"] == "call"


def test_the_first_rows_alone_leave_the_totals_as_they_are(promised: Crm) -> None:
    whole = promised.json("report", "promises")
    first = promised.json("report", "promises", "--limit", "1")
    assert (first["rows"], first["totals"]) == (whole["rows"][:1], whole["totals"])
    assert "Shown: 1 of 2." in first["notes"]
    assert len(promised.json("report", "promises", "--list", "--limit", "3")["rows"]) == 3


def test_a_promise_called_off_is_counted_apart(promised: Crm) -> None:
    number = promised.json("remind", "list")[-1]["id"]
    promised("remind", "cancel", number, "--quiet", "--yes", code=None)
    found = promised.json("report", "promises", "--by", "contact")["totals"]
    assert found["made"] == sum(found[key] for key in ("kept", "late", "open", "cancelled")) == 5


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("activity", "--of", "persn"), "did you mean person?"),
        (("activity", "--by", "decade"), "not a unit of time"),
        (("quiet", "--idle", "0"), "--idle cannot be 0"),
        (("promises", "--by", "day"), "write --by contact or owner"),
    ],
)
def test_what_cannot_be_meant_is_refused(crm: Crm, arguments: tuple[str, ...], words: str) -> None:
    assert words in crm("report", *arguments, code=2).err


def test_an_outcome_that_the_report_does_not_have_is_refused(firm: Crm) -> None:
    known = firm.json("report", "explain", "channels", "call:outcome_reached")
    assert len(known) == 2
    run = firm("report", "explain", "channels", "call:outcome_reach", code=2)
    assert "did you mean outcome_reached?" in run.err


@pytest.mark.parametrize("name", ["activity", "channels", "quiet", "promises"])
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown", "html"])
def test_reports_of_nothing_come_in_every_format(crm: Crm, name: str, form: str) -> None:
    crm("report", name, "-f", form)
    if form == "json":
        assert crm.json("report", name)["rows"] == []
