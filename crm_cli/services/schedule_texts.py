"""What each system's scheduler wants to be told, as text: pure functions, nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.domain.schedule import Every

SYSTEMS = ("cron", "systemd", "launchd", "schtasks")


class Job(NamedTuple):
    """What is run and how often. ``words`` are the program and its arguments, ``environment``
    what it needs to find there, ``name`` tells one store's job from another's, ``store`` is the
    absolute path of its file, ``zone`` the business's time zone."""

    words: Sequence[str]
    environment: Mapping[str, str]
    every: Every
    name: str
    store: str
    zone: str


def _one_line(texts: Sequence[str], what: str) -> None:
    for text in texts:
        if any(ord(char) < 32 or ord(char) == 127 for char in text):
            raise errors.InvalidValue(
                f"{text!r} holds a control character, which {what} cannot say",
                hint="move the file to another name",
            )


# -- cron ------------------------------------------------------------------------------------------


def crontab_line(job: Job) -> str:
    """Return the line for a user's crontab: five fields and a command for /bin/sh.

    Raises InvalidValue for what no crontab can say: a newline or a backslash in a path.
    """
    from shlex import quote

    texts = [*job.words, *job.environment.values()]
    _one_line(texts, "a crontab")
    for text in texts:
        if "\\" in text:
            # Crons differ in what they make of one before a percent sign.
            raise errors.InvalidValue(
                f"{text!r} holds a backslash, which not every cron reads alike",
                hint="move the file to another name",
            )
    words = [f"{key}={quote(value)}" for key, value in sorted(job.environment.items())]
    words += [quote(word) for word in job.words]
    # An unescaped percent sign ends the command.
    return f"{_cron_time(job.every)} {' '.join(words)}".replace("%", "\\%")


def _cron_time(every: Every) -> str:
    if every.at is not None:
        return f"{every.at[1]} {every.at[0]} * * *"
    if every.minutes % 60:
        return f"*/{every.minutes} * * * *" if every.minutes > 1 else "* * * * *"
    hours = every.minutes // 60
    return f"0 */{hours} * * *" if hours > 1 else "0 * * * *"


def crontab_block(job: Job) -> list[str]:
    """Return the lines that ``--install`` keeps in a crontab, between its marks."""
    begin, end = crontab_marks(job)
    return [begin, crontab_line(job), end]


def crontab_marks(job: Job) -> tuple[str, str]:
    """Return the comments around the block of one store."""
    return f"# crm reminders, {job.name}: begin", f"# crm reminders, {job.name}: end"


def without_block(lines: Sequence[str], job: Job) -> list[str]:
    """Return a crontab's lines without what this program sends for this store: the block, and
    a line for the same store that was put there by hand."""
    from shlex import quote

    begin, end = crontab_marks(job)
    store = f"--db {quote(job.store)} remind send".replace("%", "\\%")
    kept: list[str] = []
    inside: list[str] | None = None
    for line in lines:
        if line == begin:
            kept += inside or []
            inside = [line]
        elif inside is not None and line == end:
            inside = None
        elif inside is not None:
            inside.append(line)
        elif line.lstrip().startswith("#") or store not in line:
            kept.append(line)
    # A block without its end is not ours to cut: what follows it may be anything.
    return [*kept, *(one for one in inside or [] if one != begin and store not in one)]


# -- systemd ---------------------------------------------------------------------------------------


def systemd_units(job: Job) -> dict[str, str]:
    """Return file name -> text of the service and its timer, for a user's own units."""
    _one_line([*job.words, *job.environment.values()], "a unit of systemd")
    environment = "".join(
        f"Environment={_systemd_word(f'{key}={value}')}\n"
        for key, value in sorted(job.environment.items())
    )
    program, *arguments = job.words
    line = " ".join(
        [_systemd_word(program), *(_systemd_word(word).replace("$", "$$") for word in arguments)]
    )
    return {
        f"{job.name}.service": (
            f"[Unit]\nDescription=Send the reminders of crm that are due\n\n"
            f"[Service]\nType=oneshot\n{environment}ExecStart={line}\n"
        ),
        f"{job.name}.timer": (
            f"[Unit]\nDescription=Look for reminders of crm to send, {job.every.words}\n\n"
            f"[Timer]\nOnCalendar={_systemd_time(job)}\nPersistent=true\n\n"
            "[Install]\nWantedBy=timers.target\n"
        ),
    }


def _systemd_word(text: str) -> str:
    plain = text.replace("%", "%%")
    if plain and all(char.isalnum() or char in "/._-=%@:+," for char in plain):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _systemd_time(job: Job) -> str:
    every = job.every
    if every.at is not None:
        return f"*-*-* {every.at[0]:02}:{every.at[1]:02}:00 {job.zone}"
    if every.minutes % 60:
        return f"*:0/{every.minutes}"
    return f"*-*-* 0/{every.minutes // 60}:00:00"


# -- launchd ---------------------------------------------------------------------------------------


def launchd_label(job: Job) -> str:
    """Return the label of the agent, which is its file's name as well."""
    return f"crm.{job.name}"


def launchd_plist(job: Job) -> str:
    """Return the property list of a launch agent."""
    import plistlib

    _one_line([*job.words, *job.environment.values()], "a launch agent")
    agent: dict[str, object] = {
        "Label": launchd_label(job),
        "ProgramArguments": list(job.words),
        "ProcessType": "Background",
    }
    if job.environment:
        agent["EnvironmentVariables"] = dict(sorted(job.environment.items()))
    if job.every.at is not None:
        agent["StartCalendarInterval"] = {"Hour": job.every.at[0], "Minute": job.every.at[1]}
    else:
        agent["StartInterval"] = job.every.minutes * 60
    return plistlib.dumps(agent, sort_keys=False).decode()


# -- the task scheduler of Windows -----------------------------------------------------------------


def schtasks_words(job: Job) -> list[str]:
    """Return the command that makes the task, replacing one of that name.

    Raises InvalidValue for a quotation mark in a path, which the scheduler cannot say.
    """
    texts = [*job.words, *job.environment.values()]
    _one_line(texts, "the task scheduler")
    if any('"' in text for text in texts):
        raise errors.InvalidValue("the task scheduler cannot say a quotation mark in a path")
    task = " ".join(_windows_word(word) for word in job.words)
    if job.environment:
        sets = "".join(f'set "{key}={value}"&& ' for key, value in sorted(job.environment.items()))
        task = f'cmd /c "{sets}{task}"'
    if job.every.at is not None:
        times = ["/SC", "DAILY", "/ST", f"{job.every.at[0]:02}:{job.every.at[1]:02}"]
    elif job.every.minutes % 60:
        times = ["/SC", "MINUTE", "/MO", str(job.every.minutes)]
    else:
        times = ["/SC", "HOURLY", "/MO", str(job.every.minutes // 60)]
    return ["schtasks", "/Create", "/F", "/TN", job.name, *times, "/TR", task]


def _windows_word(text: str) -> str:
    return (
        text
        if text and all(char.isalnum() or char in "\\/:._-=@+," for char in text)
        else (f'"{text}"')
    )


def schtasks_line(words: Sequence[str]) -> str:
    """Return the command as it is typed: words with blanks in quotes, quotes within escaped."""
    shown = [
        '"' + word.replace('"', '\\"') + '"' if not word or " " in word or '"' in word else word
        for word in words
    ]
    return " ".join(shown)
