"""Telling the system's scheduler: crontab by its program, units and agents as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.services import schedule_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.schedule_texts import Job

PATIENCE = 30
"""Seconds that a program of the system may take."""


class Plan:
    """What would be done on this machine: files to write or take away, commands to run.

    ``crontab`` is the whole new table, None where it is left alone.
    """

    def __init__(self) -> None:
        self.crontab: str | None = None
        self.files: dict[Path, str] = {}
        self.gone: list[Path] = []
        self.before: list[list[str]] = []
        self.after: list[list[str]] = []
        self.said: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return self.crontab is None and not self.files and not self.gone and not self.after


def plan(system: str, job: Job, environment: Mapping[str, str], *, remove: bool) -> Plan:
    """Return what installing (or removing) means here; reads, and changes nothing.

    Raises UsageError where this machine has no such scheduler.
    """
    if system == "cron":
        return _cron(job, remove=remove)
    if system == "systemd":
        return _systemd(job, environment, remove=remove)
    if system == "launchd":
        return _launchd(job, environment, remove=remove)
    found = Plan()
    _program("schtasks")
    words = ["schtasks", "/Delete", "/F", "/TN", job.name] if remove else texts.schtasks_words(job)
    found.after = [words]
    return found


def carry_out(found: Plan) -> list[str]:
    """Do it; return what did not work and has to be done by hand.

    Raises BadFile for a crontab that could not be written, OSError for a file.
    """
    if found.crontab is not None:
        done = _run([_program("crontab"), "-"], found.crontab)
        if done.code:
            raise errors.BadFile(
                f"crontab refused the new table (exit {done.code}): {done.said}",
                hint="the table is as it was; crm remind schedule prints the line to paste",
            )
    _quietly(found.before)
    for path, text in found.files.items():
        _write(path, text)
    for path in found.gone:
        path.unlink(missing_ok=True)
    return _quietly(found.after)


# -- cron ------------------------------------------------------------------------------------------


def _cron(job: Job, *, remove: bool) -> Plan:
    found = Plan()
    listed = _run([_program("crontab"), "-l"], None)
    # Who has no table yet is told so with exit 1.
    if listed.code and "no crontab" not in listed.said.lower():
        raise errors.BadFile(f"crontab -l failed (exit {listed.code}): {listed.said}")
    before = listed.out if not listed.code else ""
    # A line ends with a line feed and nothing else: what Python's splitlines takes for an end
    # (a form feed, a separator of Unicode) is within somebody's line.
    lines = before.removesuffix("\n").split("\n") if before else []
    kept = texts.without_block(lines, job)
    block = [] if remove else texts.crontab_block(job)
    wanted = [*kept, *block]
    if wanted != lines:
        found.crontab = "".join(f"{line}\n" for line in wanted)
        found.said = [f"- {line}" for line in lines if line not in wanted]
        found.said += [f"+ {line}" for line in wanted if line not in lines]
    return found


# -- systemd and launchd ---------------------------------------------------------------------------


def _systemd(job: Job, environment: Mapping[str, str], *, remove: bool) -> Plan:
    found = Plan()
    home = environment.get("XDG_CONFIG_HOME") or str(_home(environment) / ".config")
    folder = Path(home) / "systemd" / "user"
    units = texts.systemd_units(job)
    _files(found, {folder / name: text for name, text in units.items()}, remove=remove)
    if found.is_empty:
        return found
    timer, control = f"{job.name}.timer", ["systemctl", "--user"]
    if remove:
        found.before = [[*control, "disable", "--now", timer]]
        found.after = [[*control, "daemon-reload"]]
    else:
        found.after = [[*control, "daemon-reload"], [*control, "enable", "--now", timer]]
    return found


def _launchd(job: Job, environment: Mapping[str, str], *, remove: bool) -> Plan:
    import os

    found = Plan()
    label = texts.launchd_label(job)
    path = _home(environment) / "Library" / "LaunchAgents" / f"{label}.plist"
    _files(found, {path: texts.launchd_plist(job)}, remove=remove)
    if not found.is_empty:
        domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
        found.before = [["launchctl", "bootout", f"{domain}/{label}"]]
        found.after = [] if remove else [["launchctl", "bootstrap", domain, str(path)]]
    return found


def _files(found: Plan, files: Mapping[Path, str], *, remove: bool) -> None:
    for path, text in files.items():
        try:
            now: str | None = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            now = None
        if remove and now is not None:
            found.gone.append(path)
            found.said.append(f"- {path}")
        elif not remove and now != text:
            found.files[path] = text
            found.said.append(f"+ {path}")


def _home(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if not home:
        raise errors.UsageError("the home folder is not known", hint="set HOME")
    return Path(home)


def _write(path: Path, text: str) -> None:
    """Put a file in the place of another as a whole."""
    import os
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


# -- programs of the system ------------------------------------------------------------------------


class _Done:
    def __init__(self, code: int, out: str, said: str) -> None:
        self.code, self.out, self.said = code, out, said


def _program(name: str) -> str:
    import shutil

    found = shutil.which(name)
    if found is None:
        others = ", ".join(f"--for {system}" for system in texts.SYSTEMS)
        raise errors.UsageError(
            f"this machine has no program {name}", hint=f"choose another scheduler: {others}"
        )
    return found


def _run(words: Sequence[str], stdin: str | None) -> _Done:
    import subprocess

    try:
        # The system's own programs, by the names they have had for decades.
        done = subprocess.run(  # noqa: S603
            list(words),
            input=(stdin or "").encode(errors="surrogateescape"),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise errors.TryLater(f"{words[0]} took more than {PATIENCE} seconds") from None
    said = done.stderr.decode(errors="replace").strip()
    return _Done(done.returncode, done.stdout.decode(errors="surrogateescape"), said)


def _quietly(commands: Sequence[Sequence[str]]) -> list[str]:
    """Run commands; return as typed those that did not work."""
    import shutil

    return [
        " ".join(words)
        for words in commands
        if shutil.which(words[0]) is None or _run(words, None).code
    ]
