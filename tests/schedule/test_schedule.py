"""``remind schedule``: what is printed runs as printed, and what is installed stands once."""

from __future__ import annotations

import os
import plistlib
import pty
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crm_cli.domain.schedule import Every, read_every

if TYPE_CHECKING:
    from tests.conftest import Crm

FIVE = "0123456789*/ "


def line_of(run_out: str) -> tuple[str, list[str]]:
    """Return the time fields of a crontab line and the words of its command, as cron and then
    the shell read them."""
    (line,) = run_out.splitlines()
    parts = line.split(" ", 5)
    return " ".join(parts[:5]), shlex.split(parts[5].replace("\\%", "%"))


# -- intervals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("15m", "15m"), ("15 min", "15m"), ("every 30 minutes", "30m"), ("60m", "1h"),
        ("hourly", "1h"), ("2h", "2h"), ("24h", "daily 07:00"), ("1d", "daily 07:00"),
        ("daily", "daily 07:00"), ("daily 7:00", "daily 07:00"), ("every day at 18:30", "daily 18:30"),
        ("Daily 0:05", "daily 00:05"),
    ],
)  # fmt: skip
def test_intervals_have_one_spelling(typed: str, kept: str) -> None:
    assert read_every(typed).text == kept
    assert read_every(kept) == read_every(typed)


@pytest.mark.parametrize(
    "typed", ["", "7m", "0m", "45m", "5h", "2d", "1w", "daily 24:00", "daily 7:60", "soon", "-15m"]
)
def test_what_no_crontab_can_say_is_refused(crm: Crm, typed: str) -> None:
    error = crm("remind", "schedule", f"--every={typed}", "--json", code=2).error
    assert error["code"] == "invalid"
    assert "15m" in error["hint"]
    assert not crm.db.exists()


def test_grace_is_a_quarter_and_two_hours_for_a_daily_run() -> None:
    assert [Every(minutes).grace for minutes in (1, 15, 30, 60, 720)] == [5, 5, 7, 15, 60]
    assert read_every("daily 7:00").grace == 120


# -- what is printed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "fields"),
    [
        ("1m", "* * * * *"), ("15m", "*/15 * * * *"), ("1h", "0 * * * *"),
        ("6h", "0 */6 * * *"), ("daily 7:05", "5 7 * * *"),
    ],
)  # fmt: skip
def test_the_crontab_line(crm: Crm, every: str, fields: str) -> None:
    found, words = line_of(crm("remind", "schedule", "--every", every, "--for", "cron").out)
    assert found == fields
    assert words[:-1] == [sys.executable, "-m", "crm_cli", "--db", str(crm.db), "remind", "send"]
    assert words[-1] == "--quiet"  # else cron mails that something was sent


def test_the_script_is_named_by_its_absolute_path(crm: Crm) -> None:
    script = Path(sys.executable).with_name("crm")
    done = subprocess.run(
        [os.path.relpath(script), "remind", "schedule"], capture_output=True, text=True, check=True
    )
    assert line_of(done.stdout)[1][0] == str(script)


def test_options_of_the_sending_are_passed_on(crm: Crm) -> None:
    run = crm(
        "remind", "schedule", "--to", "ada@example.com", "--to", "Bob  <bob@example.com>",
        "--via", "sendmail", "--each", "--late", "3d",
    )  # fmt: skip
    assert line_of(run.out)[1][-9:] == [
        "--to", "ada@example.com", "--to", "Bob <bob@example.com>", "--via", "sendmail", "--each",
        "--late", "3d",
    ]  # fmt: skip
    assert "crm remind schedule --to ada@example.com" in run.err


@pytest.mark.parametrize("options", [("--via", "pigeon"), ("--to", "nobody"), ("--for", "at")])
def test_a_wrong_option_is_said_now_and_not_by_cron(crm: Crm, options: tuple[str, str]) -> None:
    assert crm("remind", "schedule", *options, "--json", code=2).error["code"] == "invalid"
    assert not crm.db.exists()


AWKWARD = "my 'shop' 100% \"new\" $HOME;x.db"


@pytest.fixture
def awkward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store and a settings file of names that want quoting."""
    path = tmp_path / AWKWARD
    monkeypatch.setenv("CRM_DB", str(path))
    monkeypatch.setenv("CRM_CONFIG", str(tmp_path / "my 5% settings.toml"))
    return path


def test_awkward_names_survive_cron_and_the_shell(crm: Crm, awkward: Path) -> None:
    (line,) = crm("remind", "schedule", "--for", "cron").out.splitlines()
    # As cron does: an unescaped percent sign would end the command, and the shell does the rest.
    assert "%" not in line.replace("\\%", "")
    command = line.split(" ", 5)[5].replace("\\%", "%")
    assigned = f"CRM_CONFIG={shlex.quote(str(awkward.parent / 'my 5% settings.toml'))} "
    assert command.startswith(assigned)
    shown = subprocess.run(
        ["/bin/sh", "-c", command.replace(shlex.quote(sys.executable), "/usr/bin/printf '%s\\n'", 1)],
        env={}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout.splitlines()[2:4] == ["--db", str(awkward)]


def test_awkward_names_survive_systemd(crm: Crm, awkward: Path) -> None:
    files = crm.json("remind", "schedule", "--for", "systemd")["files"]
    (service,) = (text for name, text in files.items() if name.endswith(".service"))
    (start,) = (text for text in service.splitlines() if text.startswith("ExecStart="))
    read = shlex.split(start.removeprefix("ExecStart="))
    assert [word.replace("%%", "%").replace("$$", "$") for word in read][3:5] == [
        "--db", str(awkward),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a\\b.db", "a\nb.db"])
def test_what_a_crontab_cannot_say_is_refused(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CRM_DB", str(tmp_path / name))
    error = crm("remind", "schedule", "--for", "cron", "--json", code=2).error
    assert error["code"] == "invalid"


def test_the_launch_agent_reads_back(crm: Crm, awkward: Path) -> None:
    out = crm("remind", "schedule", "--for", "launchd", "--every", "30m").out
    agent = plistlib.loads(out.encode())
    assert agent["ProgramArguments"][-3:] == [str(awkward), "remind", "send"]
    assert agent["StartInterval"] == 1800
    assert agent["EnvironmentVariables"]["CRM_CONFIG"].endswith("my 5% settings.toml")
    out = crm("remind", "schedule", "--for", "launchd", "--every", "daily 7:30").out
    agent = plistlib.loads(out.encode())
    assert agent["StartCalendarInterval"] == {"Hour": 7, "Minute": 30}
    assert "StartInterval" not in agent


def test_systemd_says_the_business_s_zone(crm: Crm) -> None:
    crm("config", "set", "timezone", "Europe/Zurich", "-q")
    out = crm("remind", "schedule", "--for", "systemd", "--every", "daily 7:00").out
    assert "OnCalendar=*-*-* 07:00:00 Europe/Zurich" in out
    assert (
        "OnCalendar=*:0/15" in crm("remind", "schedule", "--for", "systemd", "--every", "15m").out
    )


def test_a_daily_time_of_another_zone_is_warned_of(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    crm("config", "set", "timezone", "Asia/Tokyo", "-q")
    run = crm.process("remind", "schedule", "--for", "cron", "--every", "daily 7:00")
    assert "warning: daily 07:00 is the time of this machine's clock" in run.err
    run = crm.process("remind", "schedule", "--for", "cron", "--every", "15m")
    assert "clock" not in run.err


def test_the_task_of_windows(crm: Crm) -> None:
    out = crm("remind", "schedule", "--for", "schtasks", "--every", "20m").out
    assert "/SC MINUTE /MO 20" in out
    assert out.endswith(f'--db {crm.db} remind send"\n')


def test_a_secret_of_the_shell_goes_nowhere(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SMTP_PASSWORD", "geheim")
    monkeypatch.setenv("CRM_MAIL_COMMAND", "/usr/bin/my mailer")
    for system in ("cron", "systemd", "launchd", "schtasks"):
        run = crm("remind", "schedule", "--for", system)
        assert "geheim" not in run.out + run.err
        assert "CRM_SMTP_PASSWORD" in run.err
        assert "my mailer" in run.out


def test_settings_elsewhere_are_named(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/srv/settings")
    found = crm.json("remind", "schedule")["environment"]["CRM_CONFIG"]
    assert found.startswith("/srv/settings/")


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ((), "are sender, remind_to, smtp_host"),
        (("--to", "ada@example.com", "--via", "sendmail"), "is sender "),
        (("--via", "stdout"), None),
    ],
)
def test_what_is_still_missing_is_said_before_the_night(
    crm: Crm, options: tuple[str, ...], missing: str | None
) -> None:
    said = crm("remind", "schedule", *options).err
    assert (f"not set {missing}" in said) if missing else ("warning" not in said)
    crm("config", "set", "sender", "shop@example.com", "-q")
    crm("config", "set", "remind_to", "ada@example.com", "-q")
    crm("config", "set", "smtp_host", "mail.example.com", "-q")
    assert "warning" not in crm("remind", "schedule", *options).err


# -- what is kept ---------------------------------------------------------------------------------


def setting(crm: Crm) -> str | None:
    rows = {row["key"]: row["value"] for row in crm.json("config", "list")}
    value: str | None = rows["remind_every"]
    return value


def test_the_interval_is_kept_and_taken_back(crm: Crm) -> None:
    crm("remind", "schedule", "--every", "1h")
    assert setting(crm) == "1h"
    assert line_of(crm("remind", "schedule").out)[0] == "0 * * * *"
    run = crm("remind", "schedule", "--every", "1h")
    assert "nothing changed" in run.err
    crm("remind", "schedule", "--every", "15m")
    crm("undo")
    assert setting(crm) == "1h"


def test_a_rehearsal_keeps_nothing(crm: Crm) -> None:
    run = crm("remind", "schedule", "--every", "1h", "--dry-run")
    assert "remind send" in run.out
    assert not crm.db.exists()


# -- installing -----------------------------------------------------------------------------------

CRONTAB = """#!/bin/sh
# A crontab program that keeps its table in a file, as the real one does for a user.
table={table}
case $1 in
-l) [ -f "$table" ] && cat "$table" || {{ echo "no crontab for tester" >&2; exit 1; }} ;;
-) cat >"$table.new"
   if grep -q refuse-me "$table.new"; then echo "bad minute" >&2; exit 1; fi
   mv "$table.new" "$table" ;;
*) echo "usage error" >&2; exit 2 ;;
esac
"""
NOTED = """#!/bin/sh
echo "$(basename "$0") $*" >>{log}
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's crontab, which a program on PATH keeps."""
    tools = tmp_path / "tools"
    tools.mkdir()
    path = tmp_path / "table"
    for name, text in (
        ("crontab", CRONTAB.format(table=path)),
        ("systemctl", NOTED.format(log=tmp_path / "log")),
        ("launchctl", NOTED.format(log=tmp_path / "log")),
    ):
        tool = tools / name
        tool.write_text(text)
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return path


OTHERS = "MAILTO=ada@example.com\n# a remark\n0 3 * * * /usr/bin/backup 50\\% done\n"


def install(crm: Crm, *more: str) -> str:
    return crm("remind", "schedule", "--for", "cron", "--install", "--yes", *more).err


def test_the_block_is_replaced_and_never_doubled(crm: Crm, table: Path) -> None:
    table.write_text(OTHERS)
    install(crm)
    first = table.read_text()
    assert first.startswith(OTHERS)
    said = install(crm, "--every", "15m")
    assert "take it out again: crm remind schedule --for cron --remove" in said
    assert first.count("remind send --quiet\n") == 1
    assert "has it already" in install(crm)
    assert table.read_text() == first
    install(crm, "--every", "1h")
    assert table.read_text() == first.replace("*/15 * * * *", "0 * * * *")


def test_a_line_pasted_by_hand_is_taken_over(crm: Crm, table: Path) -> None:
    pasted = crm("remind", "schedule", "--for", "cron").out
    table.write_text(OTHERS + pasted + "5 5 * * * /usr/bin/true\n")
    said = install(crm, "--every", "30m")
    assert table.read_text().count(" remind send") == 1
    assert "5 5 * * * /usr/bin/true" in table.read_text()
    assert f"changed: - {pasted.strip()}" in said


def test_a_second_store_has_a_block_of_its_own(crm: Crm, table: Path, tmp_path: Path) -> None:
    install(crm)
    install(crm, "--db", str(tmp_path / "other.db"))
    assert table.read_text().count(" remind send --quiet\n") == 2
    crm("remind", "schedule", "--for", "cron", "--remove", "--yes")
    assert table.read_text().count(" remind send --quiet\n") == 1
    assert "other.db" in table.read_text()


def test_what_was_installed_is_taken_out(crm: Crm, table: Path) -> None:
    table.write_text(OTHERS)
    install(crm)
    crm("remind", "schedule", "--for", "cron", "--remove", "--yes")
    assert table.read_text() == OTHERS
    assert setting(crm) is None
    run = crm("remind", "schedule", "--for", "cron", "--remove", "--yes")
    assert "nothing changed" in run.err


def test_other_lines_stay_as_they_are_to_the_byte(crm: Crm, table: Path) -> None:
    others = (
        b"# gr\xfc\xdfe aus Z\xfcrich\n0 3 * * * echo a\x0cb \xe2\x80\xa8c\r\n\n1 1 * * * true\n"
    )
    table.write_bytes(others)
    install(crm)
    assert table.read_bytes().startswith(others)
    crm("remind", "schedule", "--for", "cron", "--remove", "--yes")
    assert table.read_bytes() == others


def test_a_broken_block_takes_no_foreign_line_with_it(crm: Crm, table: Path) -> None:
    install(crm)
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines[:-1], "0 3 * * * /usr/bin/backup"]) + "\n")
    install(crm, "--every", "1h")
    text = table.read_text()
    assert "0 3 * * * /usr/bin/backup\n" in text
    assert text.count(" remind send --quiet\n") == 1
    assert text.count(": begin") == text.count(": end") == 1


def test_installing_needs_an_answer(crm: Crm, table: Path) -> None:
    error = crm("remind", "schedule", "--install", "--for", "cron", "--json", code=2).error
    assert "--yes" in error["hint"]
    assert not table.exists()
    assert not crm.db.exists()


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 5), ("", 5)])
def test_on_a_terminal_it_shows_what_would_change_and_asks(
    crm: Crm, table: Path, answer: str, code: int
) -> None:
    table.write_text(OTHERS)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "crm_cli", "remind", "schedule", "--for", "cron", "--install"],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.write(ours, f"{answer}\n".encode())
    out, told = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == code
    shown, asked, _ = told.partition("Write the reminders into your crontab? [y/N] ")
    assert asked
    assert "\n+ */15 * * * * " in f"\n{shown}"
    assert "backup" not in shown
    assert (" remind send" in out) == (answer == "y")
    assert (table.read_text() == OTHERS) == (answer != "y")
    assert (setting(crm) == "15m") == (answer == "y")


def test_a_rehearsed_installation_says_what_it_would_write(crm: Crm, table: Path) -> None:
    table.write_text(OTHERS)
    run = crm("remind", "schedule", "--install", "--for", "cron", "--dry-run")
    assert "would change: + */15 * * * *" in run.err
    assert table.read_text() == OTHERS
    assert not crm.db.exists()


def test_a_crontab_that_is_refused_stays_as_it_was(crm: Crm, table: Path, tmp_path: Path) -> None:
    table.write_text(OTHERS)
    where = tmp_path / "refuse-me.db"
    error = crm(
        "remind", "schedule", "--install", "--yes", "--for", "cron", "--db", where, "--json", code=6
    ).error
    assert "bad minute" in error["message"]
    assert table.read_text() == OTHERS
    assert not where.exists()


def test_without_a_crontab_program_another_scheduler_is_named(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = crm("remind", "schedule", "--install", "--yes", "--for", "cron", "--json", code=2).error
    assert "--for systemd" in error["hint"]


def test_units_are_written_and_taken_away(crm: Crm, table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".config" / "systemd" / "user"
    for _ in range(2):
        crm("remind", "schedule", "--for", "systemd", "--install", "--yes")
    names = sorted(path.name for path in folder.iterdir())
    assert [name.rsplit(".", 1)[1] for name in names] == ["service", "timer"]
    assert (tmp_path / "log").read_text().splitlines() == [
        "systemctl --user daemon-reload",
        f"systemctl --user enable --now {names[1]}",
    ]
    crm("remind", "schedule", "--for", "systemd", "--remove", "--yes")
    assert list(folder.iterdir()) == []
    assert f"systemctl --user disable --now {names[1]}" in (tmp_path / "log").read_text()


def test_what_cannot_be_run_here_is_named(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    run = crm("remind", "schedule", "--for", "systemd", "--install", "--yes")
    assert "run it by hand: systemctl --user enable --now crm-remind-crm-" in run.err


def test_a_launch_agent_is_written(crm: Crm, table: Path, tmp_path: Path) -> None:
    crm("remind", "schedule", "--for", "launchd", "--install", "--yes")
    (path,) = (tmp_path / "home" / "Library" / "LaunchAgents").iterdir()
    assert plistlib.loads(path.read_bytes())["Label"] == path.stem
    assert f"bootstrap gui/{os.getuid()} {path}" in (tmp_path / "log").read_text()
