"""The reminders own up: ``remind status`` exits 7, and ``today`` says so in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.store import send_lock
from tests.today import plant

if TYPE_CHECKING:
    from tests.conftest import Crm

KEYS = [
    "ok", "every", "overdue", "overdue_from", "running", "cut_off", "last_run", "due", "next_due",
    "waiting", "failed", "in_doubt", "bad_addresses", "sender", "recipients", "people", "warnings",
]  # fmt: skip


def status(crm: Crm, code: int = 0, **more: str) -> dict[str, Any]:
    arguments = [word for key, value in more.items() for word in (f"--{key}", value)]
    found: dict[str, Any] = crm.json("remind", "status", *arguments, code=code)
    assert found["ok"] == (code == 0)
    assert bool(found["warnings"]) == (code == 7)
    return found


@pytest.fixture
def ada(crm: Crm) -> int:
    return crm.id("contact", "add", "Ada Lovelace", "-q")


def test_without_a_schedule_nothing_is_overdue(crm: Crm, ada: int) -> None:
    found = status(crm)
    assert list(found) == KEYS
    assert (found["every"], found["last_run"], found["due"]) == (None, None, 0)
    plant.follow_up(crm, ada, "2026-06-01")
    assert status(crm)["due"] == 1
    assert crm("today").err == ""


def test_on_a_store_that_is_not_there(crm: Crm) -> None:
    status(crm)
    assert not crm.db.exists()


@pytest.mark.parametrize(
    ("every", "ok_until"),
    [
        ("15m", "2026-06-15T10:20:00Z"),
        ("1h", "2026-06-15T11:15:00Z"),
        ("daily 7:00", "2026-06-16T12:00:00Z"),
    ],
)
def test_a_run_is_overdue_after_interval_and_grace(crm: Crm, every: str, ok_until: str) -> None:
    crm("remind", "schedule", "--every", every)
    found = status(crm, now=ok_until)
    assert found["overdue_from"] == ok_until
    late = f"{ok_until[:-2]}1Z"
    found = status(crm, 7, now=late)
    assert found["overdue"] is True
    assert "overdue" in found["warnings"][0]
    assert "none ever came" in found["warnings"][0]


def test_an_interval_set_by_hand_counts_from_then(crm: Crm) -> None:
    late = ("--now", "2026-06-15T10:20:01Z")
    crm("config", "set", "remind_every", "15m")
    assert status(crm)["overdue_from"] == "2026-06-15T10:20:00Z"
    assert status(crm, 7, now=late[1])["overdue"]
    assert "nothing changed" in crm("config", "set", "remind_every", "15 min", *late).err
    assert status(crm, 7, now=late[1])["overdue"]
    crm("config", "unset", "remind_every", *late)
    assert status(crm, now=late[1])["every"] is None
    crm("undo")
    assert status(crm, 7, now=late[1])["overdue"]


def test_a_run_counts_from_its_start(crm: Crm) -> None:
    crm("remind", "schedule", "--every", "15m")
    plant.run(crm.db, "2026-06-15T10:15:00Z", sent=2)
    assert status(crm, now="2026-06-15T10:35:00Z")["overdue_from"] == "2026-06-15T10:35:00Z"
    found = status(crm, 7, now="2026-06-15T10:35:01Z")
    assert found["last_run"]["sent"] == 2
    assert "2026-06-15 10:15" in found["warnings"][0]


def test_printing_the_line_again_does_not_silence_it(crm: Crm) -> None:
    crm("remind", "schedule", "--every", "15m")
    late = "2026-06-15T12:00:00Z"
    crm("remind", "schedule", "--now", late)
    status(crm, 7, now=late)
    crm("remind", "schedule", "--every", "30m", "--now", late)
    status(crm, now=late)


def test_a_clock_that_was_set_back_raises_no_alarm(crm: Crm) -> None:
    crm("remind", "schedule", "--every", "15m")
    plant.run(crm.db, "2026-06-15T10:15:00Z")
    status(crm, now="2026-06-15T08:00:00Z")
    crm("today", "--now", "2026-06-15T08:00:00Z")


def test_today_says_that_the_scheduled_run_did_not_happen(crm: Crm) -> None:
    crm("remind", "schedule", "--every", "15m", "--now", "2026-06-14T17:00:00Z")
    plant.run(crm.db, "2026-06-14T18:00:00Z")
    run = crm("today")
    assert "reminders  OVERDUE, last run 2026-06-14 18:00, 0 sent" in run.out
    assert run.err.startswith("warning: the scheduled run of the reminders (15m) is overdue")
    found = crm.json("today")
    assert found["reminders"]["overdue"] is True
    assert len(found["warnings"]) == 1
    plant.run(crm.db, "2026-06-15T09:58:00Z", sent=1)
    run = crm("today")
    assert "last run 09:58 today, 1 sent" in run.out
    assert run.err == ""


def test_times_are_those_of_the_business(crm: Crm) -> None:
    crm("config", "set", "timezone", "America/Denver", "-q")
    plant.run(crm.db, "2026-06-15T01:30:00Z")
    assert "2026-06-14 19:30" in crm("remind", "status").out
    assert "2026-06-14 19:30" in crm("today").out


def test_a_run_that_never_ended_was_cut_off(crm: Crm) -> None:
    crm("contact", "add", "Somebody", "-q")
    plant.run(crm.db, "2026-06-15T09:50:00Z", finished_at=None, exit_code=None)
    found = status(crm, 7)
    assert (found["cut_off"], found["running"]) == (True, False)
    assert "CUT OFF" in crm("remind", "status", code=7).out
    run = crm("today")
    assert "CUT OFF" in run.out
    assert "was cut off" in run.err
    plant.run(crm.db, "2026-06-15T09:55:00Z")
    assert status(crm)["cut_off"] is False


def test_a_run_that_is_going_on_is_none(crm: Crm, ada: int) -> None:
    number = plant.follow_up(crm, ada, "2026-06-15")
    plant.run(crm.db, "2026-06-15T09:50:00Z", finished_at=None, exit_code=None)
    plant.delivery(crm.db, number, "handing_over", "2026-06-15")
    with send_lock.held(crm.db, 0):
        found = status(crm)
        assert (found["running"], found["cut_off"], found["in_doubt"]) == (True, False, [])
        assert "going on" in crm("remind", "status").out
        run = crm("today")
        assert "being sent since 09:50 today" in run.out
        assert run.err == ""
    assert status(crm, 7)["cut_off"] is True


def test_the_heartbeat_of_a_real_run(crm: Crm, ada: int) -> None:
    crm("config", "set", "sender", "shop@example.com", "-q")
    crm("remind", "schedule", "--every", "15m", "--now", "2026-06-15T09:00:00Z")
    crm("remind", "add", ada, "2026-06-15", "Ring her", "-q")
    status(crm, 7)
    crm("remind", "send", "--to", "owner@example.com", "--via", "stdout")
    found = status(crm)
    assert found["last_run"]["sent"] == 1
    assert found["last_run"]["started_at"] == found["last_run"]["finished_at"]
    assert "last run 10:00 today, 1 sent" in crm("today").out


def test_deliveries_by_what_is_the_matter(crm: Crm, ada: int) -> None:
    number = plant.follow_up(crm, ada, "2026-06-15 09:30", "Ring her")
    plant.run(crm.db, "2026-06-15T09:45:00Z", exit_code=75, waiting=1)
    late, known = "2026-06-15T09:30", {"next_try_at": "2026-06-15T10:05:00Z", "error": "451 later"}
    plant.delivery(crm.db, number, "claimed", late, **known)
    found = status(crm)
    assert [row["follow_up"] for row in found["waiting"]] == [number]
    assert found["waiting"][0]["next_try_at"] == "2026-06-15T10:05:00Z"
    assert crm.json("today")["reminders"]["waiting"] == 1
    doubtful = plant.delivery(crm.db, number, "in_doubt", late, recipient="bob@example.com")
    failed = plant.delivery(
        crm.db, number, "failed", late, recipient="eva@example.com", error="550 no such user"
    )
    plant.delivery(crm.db, number, "sent", late, recipient="zoe@example.com")
    found = status(crm, 7)
    assert [row["id"] for row in found["in_doubt"]] == [doubtful]
    assert [row["id"] for row in found["failed"]] == [failed]
    assert found["in_doubt"][0]["contact"] == "Ada Lovelace"
    page = crm("remind", "status", code=7).out
    assert "crm remind resolve ID sent" in page
    assert "550 no such user" in page
    run = crm("today")
    assert "1 FAILED, 1 IN DOUBT" in run.out
    assert run.code == 0
    assert run.err.count("warning:") == 2


@pytest.mark.parametrize(("code", "error"), [(2, "no mail server is set"), (10, None), (1, None)])
def test_a_run_that_did_not_work_is_named(crm: Crm, ada: int, code: int, error: str | None) -> None:
    plant.run(crm.db, "2026-06-15T09:50:00Z", exit_code=code, error=error)
    status(crm)  # without a schedule it was tried by hand, and said so there
    crm("remind", "schedule")
    assert (error or f"exit {code}") in status(crm, 7)["warnings"][0]
    plant.run(crm.db, "2026-06-15T09:55:00Z")
    status(crm)


def test_what_waits_long_is_named(crm: Crm, ada: int) -> None:
    crm("remind", "schedule")
    number = plant.follow_up(crm, ada, "2026-06-15")
    plant.run(crm.db, "2026-06-15T09:50:00Z", exit_code=75, waiting=1)
    assert "did not work" in status(crm, 7)["warnings"][0]  # and nothing in the ledger: no address
    plant.delivery(crm.db, number, "claimed", "2026-06-15", attempts=2)
    status(crm)
    plant.delivery(crm.db, number, "claimed", "2026-06-15", attempts=3, recipient="b@example.com")
    assert status(crm, 7)["warnings"] == [
        "1 reminder waits still, tried again and again in vain; see crm remind status"
    ]


def test_what_failed_is_no_matter_once_it_is_done_or_put_off(crm: Crm, ada: int) -> None:
    done = plant.follow_up(crm, ada, "2026-06-14", "a", state="done", done_at=plant.AT)
    moved = plant.follow_up(crm, ada, "2026-06-20", "b")
    plant.delivery(crm.db, done, "failed", "2026-06-14")
    plant.delivery(crm.db, moved, "failed", "2026-06-14")
    status(crm)
    plant.delivery(crm.db, done, "in_doubt", "2026-06-14", recipient="bob@example.com")
    status(crm, 7)


def test_a_dead_hand_over_is_in_doubt(crm: Crm, ada: int) -> None:
    number = plant.follow_up(crm, ada, "2026-06-15")
    plant.run(crm.db, "2026-06-15T09:50:00Z", finished_at=None, exit_code=None)
    plant.delivery(crm.db, number, "handing_over", "2026-06-15")
    assert len(status(crm, 7)["in_doubt"]) == 1


def test_what_is_due_now_and_next(crm: Crm, ada: int) -> None:
    plant.follow_up(crm, ada, "2026-06-14", "yesterday's")
    plant.follow_up(crm, ada, "2026-06-15", "today's")
    plant.follow_up(crm, ada, "2026-06-15 10:00", "now")
    later = plant.follow_up(crm, ada, "2026-06-15 16:00", "later")
    coming = plant.follow_up(crm, ada, "2026-06-17", "coming")
    found = status(crm)
    assert found["due"] == 3
    assert found["next_due"]["id"] == later
    assert found["next_due"]["due_at"] == "2026-06-15T16:00:00Z"
    found = status(crm, now="2026-06-15T16:00:00Z")
    assert (found["due"], found["next_due"]["id"]) == (4, coming)


def test_hostile_words_of_a_server_are_text(crm: Crm, ada: int) -> None:
    number = plant.follow_up(crm, ada, "2026-06-15")
    plant.delivery(crm.db, number, "failed", "2026-06-15", error="550 \x1b[2J<b>no\u202e")
    for form in ("table", "html", "markdown"):
        out = crm("remind", "status", "-f", form, code=7).out
        assert "\x1b" not in out
        assert "\u202e" not in out
