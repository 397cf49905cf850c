"""``remind calendar``: an iCalendar file that a calendar program keeps up with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import pytest

from tests.today import plant

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


def read(crm: Crm, *arguments: object) -> dict[str, Any]:
    """Return the entries by UID, read back by the library, with the file's bytes checked."""
    out = crm.process("remind", "calendar", *arguments)
    assert out.code == 0, out
    found = icalendar.Calendar.from_ical(out.out)
    kinds = {"VEVENT", "VTODO"}
    entries = [part for part in found.walk() if part.name in kinds]
    assert [part.errors for part in found.walk() if getattr(part, "errors", None)] == []
    assert len({entry["UID"] for entry in entries}) == len(entries)
    return {str(entry["UID"]): entry for entry in entries}


def uid(crm: Crm, number: int) -> str:
    (row,) = (row for row in crm.json("remind", "list", "--state", "all") if row["id"] == number)
    return str(row["uid"])


@pytest.fixture
def ada(crm: Crm) -> int:
    return crm.id(
        "contact", "add", "Ada Lovelace", "--phone", "+41446681800", "--email", "ada@example.com",
        "-q",
    )  # fmt: skip


def add(crm: Crm, when: str, text: str = "Ring her", *more: str) -> int:
    return crm.id("remind", "add", "ada", when, text, "-q", *more)


def test_an_empty_store_gives_an_empty_calendar(crm: Crm) -> None:
    out = crm.process("remind", "calendar").out
    assert out.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert out.endswith("END:VCALENDAR\r\n")
    assert read(crm) == {}
    assert not crm.db.exists()


def test_a_day_and_a_time(crm: Crm, ada: int) -> None:
    crm("config", "set", "timezone", "Europe/Zurich", "-q")
    day, timed = add(crm, "2026-06-20"), add(crm, "2026-06-21 9:30")
    entries = read(crm)
    event = entries[uid(crm, day)]
    assert event["DTSTART"].dt == date(2026, 6, 20)
    assert event["DTEND"].dt == date(2026, 6, 21)
    assert event["SUMMARY"] == "Ada Lovelace: Ring her"
    assert "+41446681800 ada@example.com" in event["DESCRIPTION"]
    assert f"crm remind done {day}" in event["DESCRIPTION"]
    assert event["STATUS"] == "CONFIRMED"
    assert event["DTSTAMP"].dt == datetime(2026, 6, 15, 10, tzinfo=UTC)
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(hours=9)
    event = entries[uid(crm, timed)]
    assert event["DTSTART"].dt == datetime(2026, 6, 21, 7, 30, tzinfo=UTC)
    assert event["DURATION"].dt == timedelta(minutes=30)
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(0)


def test_todos_say_whether_they_are_done(crm: Crm, ada: int) -> None:
    day, timed = add(crm, "2026-06-20"), add(crm, "2026-06-21 9:30")
    gone = add(crm, "2026-06-22")
    crm("remind", "done", timed, "-q", "--now", "2026-06-16T08:00:00Z")
    crm("remind", "cancel", gone, "-q")
    entries = read(crm, "--kind", "todo")
    assert {part.name for part in entries.values()} == {"VTODO"}
    todo = entries[uid(crm, day)]
    assert (todo["DUE"].dt, todo["STATUS"]) == (date(2026, 6, 20), "NEEDS-ACTION")
    todo = entries[uid(crm, timed)]
    assert todo["DUE"].dt == datetime(2026, 6, 21, 9, 30, tzinfo=UTC)
    assert (todo["STATUS"], todo["PERCENT-COMPLETE"]) == ("COMPLETED", 100)
    assert todo["COMPLETED"].dt == datetime(2026, 6, 16, 8, tzinfo=UTC)
    assert todo.walk("VALARM") == []
    assert entries[uid(crm, gone)]["STATUS"] == "CANCELLED"


def test_a_changed_follow_up_keeps_its_uid_and_raises_its_sequence(crm: Crm, ada: int) -> None:
    number = add(crm, "2026-06-20")
    name = uid(crm, number)
    seen = [read(crm)[name]["SEQUENCE"]]
    stamps = [read(crm)[name]["DTSTAMP"].dt]
    for verb, *more in (
        ("snooze", number, "2026-06-25"), ("edit", number, "--text", "Ring him"),
        ("done", number),
    ):  # fmt: skip
        crm("remind", verb, *more, "-q", "--now", f"2026-06-16T0{len(seen)}:00:00Z")
        entry = read(crm)[name]
        seen.append(entry["SEQUENCE"])
        stamps.append(entry["DTSTAMP"].dt)
    assert seen == sorted(set(seen))
    assert stamps == sorted(set(stamps))
    assert entry["DTSTART"].dt == date(2026, 6, 25)
    assert entry["SUMMARY"] == "Ada Lovelace: Ring him"
    assert entry["STATUS"] == "CANCELLED"


def test_the_next_round_is_an_entry_of_its_own(crm: Crm, ada: int) -> None:
    number = add(crm, "2026-06-15", "Ring her", "--repeat", "weekly")
    first = uid(crm, number)
    assert list(read(crm)) == [first]
    assert "RRULE" not in read(crm)[first]
    crm("remind", "done", number, "-q")
    entries = read(crm)
    assert entries[first]["STATUS"] == "CANCELLED"
    (following,) = entries.keys() - {first}
    assert entries[following]["DTSTART"].dt == date(2026, 6, 22)


def test_what_was_closed_long_ago_is_left_out(crm: Crm, ada: int) -> None:
    number = add(crm, "2026-06-20")
    name = uid(crm, number)
    crm("remind", "cancel", number, "-q")
    assert name in read(crm, "--now", "2026-07-15T10:00:00Z")
    assert name not in read(crm, "--now", "2026-07-15T10:00:01Z")


def test_the_same_follow_ups_give_the_same_bytes(crm: Crm, ada: int, tmp_path: Path) -> None:
    add(crm, "2026-06-20")
    add(crm, "2026-06-21 9:30", "x" * 300)
    one, other = tmp_path / "one.ics", tmp_path / "other.ics"
    crm("remind", "calendar", one, "-q")
    crm("remind", "calendar", other, "-q", "--now", "2026-06-29T23:00:00Z")
    assert one.read_bytes() == other.read_bytes()
    assert crm.process("remind", "calendar", "-").out.encode() == one.read_bytes()


def test_one_owner_s(crm: Crm, ada: int) -> None:
    hers = add(crm, "2026-06-20", "hers", "--owner", "eva")
    add(crm, "2026-06-20", "his", "--owner", "sam")
    assert list(read(crm, "--owner", "Eva")) == [uid(crm, hers)]
    out = crm.process("remind", "calendar", "--owner", "eva").out
    assert "X-WR-CALNAME:Follow-ups of eva\r\n" in out


def test_days_from_and_to(crm: Crm, ada: int) -> None:
    numbers = [add(crm, f"2026-06-{day}") for day in (20, 21, 22)]
    middle = [uid(crm, numbers[1])]
    assert list(read(crm, "--since", "2026-06-21", "--until", "2026-06-21")) == middle


HOSTILE = (
    'Zoë \x1b[31m\u202eEND:VEVENT\nBEGIN:VALARM\nATTACH:file:///etc/passwd; a, b \\n "c" 日本語'
)


def test_hostile_text_stays_text(crm: Crm) -> None:
    number = crm.id("contact", "add", HOSTILE.replace("\n", " "), "-q")
    plant.follow_up(crm, number, "2026-06-20", HOSTILE * 3)
    out = crm.process("remind", "calendar").out
    # As lines: within a folded one the words stand behind a blank.
    lines = out.split("\r\n")
    assert lines.count("BEGIN:VALARM") == lines.count("BEGIN:VEVENT") == 1
    assert lines.count("END:VEVENT") == 1
    assert not any(line.startswith("ATTACH") for line in lines)
    assert "\x1b" not in out
    assert "\u202e" not in out
    (event,) = read(crm).values()
    for word in ("END:VEVENT", 'a, b \\n "c" 日本語', "ATTACH:file:///etc/passwd;"):
        assert word in event["DESCRIPTION"]
    assert "\n" not in event["SUMMARY"]


def test_lines_are_folded_at_75_bytes(crm: Crm, ada: int) -> None:
    text = "日本語のテキスト" * 40
    add(crm, "2026-06-20", text)
    raw = crm.process("remind", "calendar").out.encode()
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert next(iter(read(crm).values()))["SUMMARY"] == f"Ada Lovelace: {text}"
    for line in lines:
        line.decode()


def test_the_file_is_private_unless_a_mode_is_given(crm: Crm, ada: int, tmp_path: Path) -> None:
    path = tmp_path / "calendar.ics"
    crm("remind", "calendar", path, "-q")
    assert path.stat().st_mode & 0o777 == 0o600
    crm("remind", "calendar", path, "--mode", "644", "-q")
    assert path.stat().st_mode & 0o777 == 0o644
    found = crm.json("remind", "calendar", path, "--mode", "0640")
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(found) == [
        "file", "kind", "owner", "entries", "open", "done", "cancelled", "bytes",
    ]  # fmt: skip
    assert [entry.name for entry in tmp_path.glob("*.ics*")] == ["calendar.ics"]


@pytest.mark.parametrize("mode", ["0", "rwx", "1777", "044", "-1"])
def test_a_mode_that_is_none(crm: Crm, tmp_path: Path, mode: str) -> None:
    path = tmp_path / "calendar.ics"
    error = crm("remind", "calendar", path, f"--mode={mode}", "--json", code=2).error
    assert error["code"] == "invalid"
    assert not path.exists()


def test_the_store_is_not_written_over(crm: Crm, ada: int) -> None:
    before = crm.db.read_bytes()
    assert crm("remind", "calendar", crm.db, "--json", code=2).error["code"] == "invalid"
    assert crm.db.read_bytes() == before


def test_a_folder_that_is_missing(crm: Crm, tmp_path: Path) -> None:
    error = crm("remind", "calendar", tmp_path / "no" / "c.ics", "--json", code=6).error
    assert error["code"] == "bad-file"


def test_a_rehearsal_writes_no_file(crm: Crm, ada: int, tmp_path: Path) -> None:
    path = tmp_path / "calendar.ics"
    assert "nothing was written" in crm("remind", "calendar", path, "--dry-run").err
    assert not path.exists()


@pytest.mark.parametrize(
    "arguments", [("--kind", "journal"), ("--since", "someday"), ("--until", "03/04/2027")]
)
def test_what_cannot_be_meant(crm: Crm, arguments: tuple[str, str]) -> None:
    assert crm("remind", "calendar", *arguments, "--json", code=2).error["code"] == "invalid"
