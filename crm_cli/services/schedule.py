"""``remind schedule``: what makes ``remind send`` run by itself, and from when on it is late."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.schedule import read_every
from crm_cli.result import Level, Message, Record, Result, Text
from crm_cli.services import outcome
from crm_cli.services import schedule_texts as texts
from crm_cli.services.settings import EVERY, keep_interval
from crm_cli.services.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.schedule_install import Plan
    from crm_cli.session import Session

USUAL = "15m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What was asked. ``passed`` are the options for ``remind send``; ``program`` is how this
    program was started (``sys.argv[0]``); ``environment`` is the shell's."""

    every: str | None = None
    system: str | None = None
    passed: Sequence[str] = ()
    install: bool = False
    remove: bool = False
    as_text: bool = True
    program: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


def passed_on(
    to: Sequence[str] | None,
    via: str | None,
    late: str | None,
    command: str | None = None,
    *,
    digest: bool | None,
    to_owners: bool,
    to_contacts: bool,
) -> list[str]:
    """Return the options for ``remind send`` as words. Raises InvalidValue for a way or an
    address that is none: cron would only say so at night."""
    from crm_cli.domain.mail_settings import WAYS, read_mailbox

    words: list[str] = []
    for address in to or ():
        words += ["--to", read_mailbox(" ".join(address.split()))]
    if via is not None:
        if via not in WAYS:
            raise errors.InvalidValue(
                f"{via!r} is no way for mail", hint=f"ways are {', '.join(WAYS)}"
            )
        words += ["--via", via]
    if digest is not None:
        words.append("--digest" if digest else "--each")
    if late is not None:
        words += ["--late", late]
    if command is not None:
        words += ["--command", command]
    if to_owners:
        words.append("--to-owners")
    if to_contacts:
        words.append("--to-contacts")
    return words


def schedule(session: Session, request: Schedule) -> Result:
    """Print (``install``: write) what this machine's scheduler has to be told, and keep the
    interval; ``remove`` takes both back.

    Raises InvalidValue for an interval that no scheduler can say, UsageError for a system that
    is none or is not here, Refused when the question is answered with no.
    """
    if request.install and request.remove:
        raise errors.UsageError("--install and --remove exclude each other")
    system = _system(request.system)
    job = _job(session, request, system)
    plan = None
    if request.install or request.remove:
        from crm_cli.services import schedule_install

        plan = schedule_install.plan(system, job, request.environment, remove=request.remove)
        if not plan.is_empty:
            what = "Take the reminders out of" if request.remove else "Write the reminders into"
            if session.is_interactive and session.confirm is not None:
                for line in plan.said:
                    session.notify(line)
            outcome.ask(session, f"{what} {_named(system)}?")
    remarks = _remarks(session, request, system, job)
    if plan is not None:
        remarks += _carried_out(session, plan)
    unit = _keep(session, None if request.remove else job.every.text, again=request.install)
    body = _body(system, job, request)
    told = outcome.written(body, unit, remarks)
    if request.remove or session.dry_run:
        return told
    hint = f"to write it there: crm remind schedule{_said_again(request)} --install"
    if request.install:
        # An undo gives back the interval, and reaches no crontab.
        hint = f"to take it out again: crm remind schedule{_system_again(request)} --remove"
    return told._replace(messages=[*told.messages, Message(hint, Level.HINT)])


def _system_again(request: Schedule) -> str:
    return f" --for {request.system}" if request.system else ""


def _said_again(request: Schedule) -> str:
    words = [*(["--every", request.every] if request.every else []),
             *(["--for", request.system] if request.system else []), *request.passed]  # fmt: skip
    from shlex import quote

    return "".join(f" {quote(word)}" for word in words)


def _system(named: str | None) -> str:
    if named is None:
        import sys

        return {"darwin": "launchd", "win32": "schtasks"}.get(sys.platform, "cron")
    word = named.lower()
    if word not in texts.SYSTEMS:
        raise errors.InvalidValue(
            f"{named!r} is no scheduler", hint=f"write one of {', '.join(texts.SYSTEMS)}"
        )
    return word


def _named(system: str) -> str:
    return {
        "cron": "your crontab", "systemd": "your units of systemd", "launchd": "your launch agents",
        "schtasks": "the task scheduler",
    }[system]  # fmt: skip


# -- the job ---------------------------------------------------------------------------------------


def _job(session: Session, request: Schedule, system: str) -> texts.Job:
    from zlib import crc32

    kept = session.setting(EVERY)
    store_path = str(session.path.absolute())
    # Cron mails what a job prints, and that something was sent is no news: it arrives by itself.
    silent = ["--quiet"] if system == "cron" else []
    stem = "".join(char if char.isalnum() and char.isascii() else "-" for char in session.path.stem)
    return texts.Job(
        words=[*program_words(request.program), "--db", store_path, "remind", "send",
               *silent, *request.passed],
        environment=_environment(request.environment),
        every=read_every(kept or USUAL if request.every is None else request.every),
        name=f"crm-remind-{stem[:40]}-{crc32(store_path.encode(errors='surrogateescape')):08x}",
        store=store_path,
        zone=session.setting("timezone"),
    )  # fmt: skip


def program_words(started_as: str) -> list[str]:
    """Return how to start this program from any folder: the script by its absolute path, or
    the interpreter with ``-m crm_cli`` where it was not started as a script."""
    import os
    import sys

    path = os.path.abspath(started_as) if started_as else ""  # noqa: PTH100 - a link stays a link
    name = os.path.basename(path).lower().removesuffix(".exe")  # noqa: PTH119
    if name == "crm" and os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
        return [path]
    return [os.path.abspath(sys.executable), "-m", "crm_cli"]  # noqa: PTH100


def _environment(shell: Mapping[str, str]) -> dict[str, str]:
    """Return what the job needs of this shell's environment: where settings and programs are,
    and no secret."""
    import os

    found = {
        key: value
        for key, value in shell.items()
        if value
        and (
            key in {"CRM_CONFIG", "CRM_MAIL_COMMAND"}
            or (key.startswith("CRM_SMTP_") and key != "CRM_SMTP_PASSWORD")
        )
    }
    if "CRM_CONFIG" not in found and shell.get("XDG_CONFIG_HOME"):
        # The scheduler looks below the home folder, where the settings then are not.
        from crm_cli.config import config_path

        found["CRM_CONFIG"] = str(config_path(shell))
    if "CRM_CONFIG" in found:
        found["CRM_CONFIG"] = os.path.abspath(os.path.expanduser(found["CRM_CONFIG"]))  # noqa: PTH100, PTH111
    return found


def _remarks(session: Session, request: Schedule, system: str, job: texts.Job) -> list[Message]:
    remarks = []
    if request.environment.get("CRM_SMTP_PASSWORD") and not request.remove:
        remarks.append(
            Message(
                f"{_named(system)} will not see CRM_SMTP_PASSWORD of this shell, and a secret has"
                " no place there: keep the password in a file or name a command; see crm help mail",
                Level.WARNING,
            )
        )
    if not request.remove and (missing := _missing(session, request.passed)):
        remarks.append(
            Message(
                f"nothing can be sent yet: not set {'is' if len(missing) == 1 else 'are'}"
                f" {', '.join(missing)} (crm config set {missing[0]} ...); see crm help mail",
                Level.WARNING,
            )
        )
    if job.every.at is not None and system != "systemd" and not request.remove:
        now = session.clock.now(session.zone if session.clock.needs_zone else None)
        here, there = now.astimezone().utcoffset(), now.astimezone(session.zone).utcoffset()
        if here != there:
            remarks.append(
                Message(
                    f"{job.every.text} is the time of this machine's clock, which is not that of"
                    f" the business ({job.zone}); --for systemd can say the zone, or run it more"
                    " often: --every 15m",
                    Level.WARNING,
                )
            )
    return remarks


def _missing(session: Session, passed: Sequence[str]) -> list[str]:
    """Return the settings without which no run could send anything."""
    options = set(passed)
    via = session.setting("mail_via")
    if "--via" in options:
        via = passed[passed.index("--via") + 1]
    elif "--command" in options:
        via = "command"
    if via == "stdout":
        return []
    needed = ["sender"]
    if not options & {"--to", "--to-owners", "--to-contacts"}:
        needed.append("remind_to")
    if via == "smtp":
        needed.append("smtp_host")
    return [key for key in needed if not session.setting(key)]


# -- doing it --------------------------------------------------------------------------------------


def _carried_out(session: Session, plan: Plan) -> list[Message]:
    if plan.is_empty:
        return [Message("the scheduler has it already")]
    if session.dry_run:
        return [Message(f"would change: {line}") for line in plan.said]
    if session.read_only:
        raise errors.StoreReadOnly(
            "this run is read-only (--read-only), and the command writes",
            hint="leave --read-only out",
        )
    from crm_cli.services import schedule_install

    failed = schedule_install.carry_out(plan)
    return [
        *(Message(f"changed: {line}") for line in plan.said),
        *(Message(f"this did not work, run it by hand: {line}", Level.WARNING) for line in failed),
    ]


def _keep(session: Session, every: str | None, *, again: bool) -> Unit:
    """Write the interval, and from when on it counts."""
    with Unit(session) as unit:
        keep_interval(unit, every, again=again)
        unit.count_records(1)
        unit.commit(
            "took the reminders off the schedule"
            if every is None
            else f"scheduled the reminders: {every}"
        )
    session.forget_settings()
    return unit


# -- what is printed -------------------------------------------------------------------------------


def _body(system: str, job: texts.Job, request: Schedule) -> Text | Record | None:
    files: dict[str, str] = {}
    if system == "cron":
        text = texts.crontab_line(job) + "\n"
    elif system == "systemd":
        files = texts.systemd_units(job)
        text = "\n".join(f"# {name}\n{unit}" for name, unit in files.items())
    elif system == "launchd":
        text = texts.launchd_plist(job)
        files = {f"{texts.launchd_label(job)}.plist": text}
    else:
        text = texts.schtasks_line(texts.schtasks_words(job)) + "\n"
    if request.as_text:
        return None if request.remove else Text(content=text)
    return Record(
        noun="schedule",
        id_key="name",
        title=f"Reminders {job.every.words}",
        values={
            "every": None if request.remove else job.every.text,
            "for": system,
            "name": job.name,
            "command": list(job.words),
            "environment": dict(job.environment),
            "text": text,
            "files": files,
            "installed": request.install,
            "removed": request.remove,
        },
    )
