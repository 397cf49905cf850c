"""Holidays from a calendar file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n"


def calendar(*events: str) -> str:
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}@example.com\r\nDTSTAMP:20260101T000000Z\r\n"
        + event.replace("\n", "\r\n")
        + "\r\nEND:VEVENT\r\n"
        for number, event in enumerate(events)
    )
    return f"{HEAD}{body}END:VCALENDAR\r\n"


CHRISTMAS = (
    "DTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201227\nRRULE:FREQ=YEARLY\nSUMMARY:Xmas"
)
GOOD_FRIDAY = "DTSTART;VALUE=DATE:20270326\nDTEND;VALUE=DATE:20270327\nSUMMARY:Good Friday"
MEETING = "DTSTART:20270326T090000Z\nDTEND:20270326T100000Z\nSUMMARY:Meeting"
LABOR_DAY = "DTSTART;VALUE=DATE:20260907\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=1MO\nSUMMARY:Labor Day"
MEMORIAL = "DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\nSUMMARY:Memorial"
ODD = "DTSTART;VALUE=DATE:20270501\nRRULE:FREQ=YEARLY;INTERVAL=2\nSUMMARY:Fair"


@pytest.fixture
def ics(tmp_path: Path) -> Path:
    path = tmp_path / "holidays.ics"
    path.write_bytes(calendar(CHRISTMAS, GOOD_FRIDAY, MEETING).encode())
    return path


def test_all_day_events_become_holidays(crm: Crm, ics: Path) -> None:
    run = crm("config", "holiday", "import", ics, "--json")
    assert run.json["value"] == "12-25, 12-26, 2027-03-26"
    assert "3 holidays (2 every year), 3 of them new" in run.err
    assert "1 events with a time were left out" in run.err
    assert "nothing changed" in crm("config", "holiday", "import", ics).err


def test_they_are_added_to_what_is_there_or_put_in_its_place(crm: Crm, ics: Path) -> None:
    crm("config", "set", "holidays", "01-01, 12-25")
    crm("config", "holiday", "import", ics)
    assert crm("config", "get", "holidays").out == "01-01, 12-25, 12-26, 2027-03-26\n"
    crm("undo")
    assert crm("config", "get", "holidays").out == "01-01, 12-25\n"
    run = crm("config", "holiday", "import", ics, "--replace")
    assert "1 that were there are gone" in run.err
    assert crm("config", "get", "holidays").out == "12-25, 12-26, 2027-03-26\n"


def test_a_dry_run_writes_nothing(crm: Crm, ics: Path) -> None:
    assert crm.json("config", "holiday", "import", ics, "--dry-run")["value"].startswith("12-25")
    assert crm("config", "get", "holidays").out == "\n"


def test_days_that_move_are_written_out(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "us.ics"
    path.write_text(calendar(LABOR_DAY, MEMORIAL, ODD))
    run = crm("config", "holiday", "import", path, "--json")
    days = run.json["value"].split(", ")
    assert {"2026-09-07", "2027-09-06", "2035-09-03"} <= set(days)
    assert {"2026-05-25", "2027-05-31", "2028-05-29"} <= set(days)
    assert "2027-05-01" in days
    assert "2029-05-01" not in days
    assert "Fair comes again in a way that is not read: only 2027-05-01 was taken" in run.err


def test_stdin_and_files_that_are_no_calendar(crm: Crm, ics: Path, tmp_path: Path) -> None:
    assert crm.process("config", "holiday", "import", "-", stdin=ics.read_bytes()).code == 0
    bad = tmp_path / "bad.ics"
    for content in (b"", b"a,b\n1,2\n", b"\x00\xff", (HEAD + "END:VCALENDAR").encode()):
        bad.write_bytes(content)
        assert crm("config", "holiday", "import", bad, "--json", code=6).error["code"] == "bad-file"
    bad.write_text(calendar(MEETING))
    assert "no all-day events" in crm("config", "holiday", "import", bad, code=6).err
    assert crm("config", "holiday", "import", tmp_path / "none.ics", code=6).out == ""
    assert crm("config", "get", "holidays").out == "12-25, 12-26, 2027-03-26\n"


def test_the_list_of_settings_says_what_they_decide(crm: Crm) -> None:
    about = {row["key"]: row["about"] for row in crm.json("config", "list")}
    assert not about["holidays"].startswith("nothing yet")
    assert not about["working_hours"].startswith("nothing yet")
