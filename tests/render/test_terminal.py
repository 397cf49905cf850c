"""What people see on a real (pseudo) terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from typing import TYPE_CHECKING

import pytest

from crm_cli.render.progress_line import _Line
from crm_cli.render.values import width

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Crm

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def terminal() -> Callable[..., str]:
    """Run the program on a terminal of a size; return what it wrote there."""

    def run(*arguments: object, columns: int = 80, lines: int = 40, **environment: str) -> str:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "crm_cli", *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "COLORTERM": "", **environment},
        )
        os.close(theirs)
        parts: list[bytes] = []

        def read() -> None:
            # Linux says EIO when the last writer has gone, others the end of the file.
            try:
                while part := os.read(ours, 65536):
                    parts.append(part)
            except OSError:
                pass

        reader = threading.Thread(target=read)
        reader.start()
        process.wait(60)
        reader.join(60)
        os.close(ours)
        return b"".join(parts).decode().replace("\r\n", "\n")

    return run


@pytest.fixture
def contacts(crm: Crm) -> Crm:
    for number in range(1, 7):
        crm(
            "contact", "add", f"Somebody with a rather long name, number {number}",
            "--email", f"somebody.with.a.long.address.{number}@department.example.org",
        )  # fmt: skip
    crm("contact", "add", "[/] [bold]x :smile: \x1b[31m\x07 \u202e")
    return crm


def test_a_list_fits_the_width_and_is_coloured(contacts: Crm, terminal: Callable[..., str]) -> None:
    out = terminal("contact", "list")
    assert ESCAPES.search(out)
    lines = ESCAPES.sub("", out).splitlines()
    assert len(lines) == 8
    assert max(map(width, lines)) <= 80
    assert "…" in lines[1]
    assert r"[/] [bold]x :smile: \x1b" in ESCAPES.sub("", terminal("contact", "list", columns=200))


def test_no_colour_where_none_is_wanted(contacts: Crm, terminal: Callable[..., str]) -> None:
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        out = terminal("contact", "list", **environment)
        assert not ESCAPES.search(out)
        assert max(map(width, out.splitlines())) <= 80
    assert not ESCAPES.search(terminal("contact", "list", "--color", "never"))
    assert not ESCAPES.search(contacts.process("contact", "list").out)
    assert ESCAPES.search(contacts.process("contact", "list", FORCE_COLOR="1").out)
    coloured = contacts.process("contact", "list", "--color", "always", NO_COLOR="1").out
    assert "\x1b[36m1" in coloured
    assert "…" not in coloured


def test_hostile_names_do_nothing_to_a_terminal_in_any_format(
    contacts: Crm, terminal: Callable[..., str]
) -> None:
    for kind in ("table", "json", "jsonl", "csv", "tsv", "markdown", "html"):
        for verb in (("list",), ("show", "7")):
            out = ESCAPES.sub("", terminal("contact", *verb, "-f", kind, PAGER="cat"))
            bad = set(out) & {"\x1b", "\x07", "\u202e"}
            # Only the colours of our own were taken out above: the name's are visible text.
            assert not bad, (kind, verb)
            assert ":smile:" in out


def test_a_pager_only_where_the_screen_is_too_short(
    contacts: Crm, terminal: Callable[..., str]
) -> None:
    pager = "sed s/^/paged:/"
    assert "paged:" in terminal("contact", "list", lines=5, CRM_PAGER=pager)
    assert "paged:" in terminal("contact", "list", lines=5, PAGER=pager)
    assert "paged:" not in terminal("contact", "list", lines=5, PAGER=pager, CRM_PAGER="")
    assert "paged:" not in terminal("contact", "list", lines=40, PAGER=pager)
    assert "Somebody" in terminal("contact", "list", lines=5, PAGER="no-such-pager")
    assert "paged:" not in contacts.process("contact", "list", PAGER=pager).out


def test_rich_is_loaded_for_a_terminal_only(contacts: Crm) -> None:
    script = (
        "import sys; from crm_cli.__main__ import main; main(sys.argv[1:]);"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'rich', 'csv', 'html', 'json'}),"
        " file=sys.stderr)"
    )

    def loaded(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
        )
        return done.stderr.splitlines()[-1]

    assert loaded("contact", "list") == "[]"
    assert loaded("contact", "list", "--json") == "['json']"
    assert loaded("contact", "list", "-f", "csv") == "['csv']"
    assert "rich" in loaded("contact", "list", "--color", "always")


def test_a_closed_pipe_ends_in_silence_and_a_full_disk_does_not(contacts: Crm) -> None:
    command = f"'{sys.executable}' -m crm_cli contact list -f jsonl"
    script = f"set -o pipefail; {command} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")
    full = subprocess.run(
        ["bash", "-c", f"{command} > /dev/full"], capture_output=True, check=False
    )
    assert full.returncode == 10
    assert b"Traceback" not in full.stderr


def test_the_progress_line_waits_a_second_and_cleans_up() -> None:
    line = _Line()
    assert line.draw("importing", 0, 100.0) == ""
    assert line.draw("importing", 100, 100.9) == ""
    drawn = line.draw("importing \x1b", 500, 101.1)
    assert drawn == "\rimporting \\x1b [############------------]  50 %"
    assert line.draw("importing", 510, 101.15) == ""
    shorter = line.draw("import", 520, 101.3)
    assert len(shorter) == len(drawn)
    end = line.draw("import", None, 102.0)
    assert end.strip() == ""
    assert end.count("\r") == 2
    assert line.draw("import", 1000, 103.0) == ""
    assert line.draw("again", 1, 103.0) == ""


def test_warnings_and_notes_break_between_words(
    crm: Crm, tmp_path: Path, terminal: Callable[..., str]
) -> None:
    file = tmp_path / "people.csv"
    header = "name,email,Lieblingsfarbe,Schuhgroesse,Bemerkungszeile,Kundenbetreuerin"
    file.write_text(f"{header}\nAda,ada@example.com,blau,38,x,Eva\n")
    said = terminal("contact", "import", file, "--db", crm.db, columns=60)
    warning = said[said.index("warning:") :].split("undo:")[0]
    assert max(map(len, warning.splitlines())) <= 60
    for word in ("Lieblingsfarbe", "Schuhgroesse", "Bemerkungszeile", "Kundenbetreuerin"):
        assert word in warning
    crm("contact", "edit", "1", "--tag", "a-rather-long-tag", "--owner", "somebody")
    listed = ESCAPES.sub("", terminal("contact", "list", "--db", crm.db, columns=30))
    note = listed[listed.index("more column") - 2 :]
    assert "…" not in note
    assert "Tags" in note


def test_a_column_asked_for_by_name_is_shown_or_named(
    crm: Crm, terminal: Callable[..., str]
) -> None:
    """Empty columns give way without a word only where nobody asked for them."""
    crm("contact", "add", "A rather long name of a contact", "--email", "long@example.com")
    asked = ("--columns", "name,email,phone,owner,role", "--db", crm.db)
    listed = ESCAPES.sub("", terminal("contact", "list", *asked, columns=44))
    for label in ("Phone", "Owner", "Role"):
        assert label in listed


def test_a_grid_of_percentages_rounds_each_once(crm: Crm, tmp_path: Path) -> None:
    sales = [f"C{n},2026-01-05,1" for n in range(11)] + [f"C{n},2026-02-05,1" for n in range(6)]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["customer,date,amount", *sales]) + "\n")
    crm("purchase", "import", path)
    assert "54.5 " in crm("report", "retention").out
    assert crm.json("report", "retention")["rows"][0]["rate"][1] == 0.5455


def test_the_morning_fits_eighty_columns(crm: Crm, terminal: Callable[..., str]) -> None:
    long = "a very long name of a customer who is known by many other names 日本語 as well"
    crm("contact", "add", long, "--phone", "+41446681800", "--birthday", "1980-06-16", "-q")
    crm("purchase", "add", "1", "Tea", "123456.00", "--on", "2025-01-01", "-q")
    crm("contact", "add", "Old", "-q")
    crm("purchase", "add", "2", "Tea", "9.00", "--on", "2025-01-01", "-q")
    crm("remind", "add", "1", "2026-06-12 9:30", f"{long}; {long}", "-q")
    crm("remind", "add", "1", "2026-06-15", "x" * 300, "-q")
    out = terminal("today")
    assert "\x1b[1m" in out
    lines = ESCAPES.sub("", out).splitlines()
    assert max(map(width, lines)) <= 80
    for title in ("Overdue (1)", "Today (1)", "Birthdays (1)", "Worth a call"):
        assert any(line.startswith(title) for line in lines), title
    assert not any("more column" in line for line in lines)


def test_what_is_said_breaks_between_words(crm: Crm, terminal: Callable[..., str]) -> None:
    unbroken, hint = crm("log", "import", "examples/inbox.mbox", code=2).err.splitlines()
    *lines, last = terminal("log", "import", "examples/inbox.mbox", columns=50).splitlines()
    assert " ".join(lines) == unbroken
    assert max(map(width, lines)) <= 50 < width(unbroken)
    assert last == hint  # a command in it can be copied


def test_a_day_is_never_cut_short(crm: Crm, terminal: Callable[..., str]) -> None:
    crm("contact", "add", "Somebody with a rather long name", "--phone", "+41446681800")
    crm("remind", "add", "1", "2026-06-14 14:00", "something that takes long to say, and to do")
    crm("remind", "send", "--via", "stdout", "--late", "10d")
    assert "2026-06-14 14:00  " in terminal("today", columns=60)
    assert "2026-06-14T14:00  " in terminal("remind", "deliveries", columns=60)
