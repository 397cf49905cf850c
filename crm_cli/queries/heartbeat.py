"""Whether the reminders are at work: the last run, when the next is late, what is unsettled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.store import heartbeat as store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from crm_cli.session import Session


class Health(NamedTuple):
    """``every`` is the interval of the schedule, None where there is none; ``late_at`` when a
    run counts as overdue; ``cut_off``: the last run never ended, and is not going on."""

    every: str | None
    run: Mapping[str, Any] | None
    late_at: datetime | None
    is_overdue: bool
    is_running: bool
    cut_off: bool
    unsettled: Mapping[str, int]

    @property
    def in_doubt(self) -> int:
        """Deliveries in doubt; who died in handing over leaves one too."""
        return self.unsettled["in_doubt"] + (
            0 if self.is_running else self.unsettled["handing_over"]
        )


def health(session: Session) -> Health:
    """Read the heartbeat."""
    connection = session.reader
    run = store.last_run(connection)
    unfinished = run is not None and run["finished_at"] is None
    is_running = unfinished and _is_at_work(session)
    every = session.setting("remind_every") or None
    late_at = _late_at(session, every, run) if every else None
    return Health(
        every=every,
        run=run,
        late_at=late_at,
        is_overdue=late_at is not None and not is_running and late_at < _now(session),
        is_running=is_running,
        cut_off=unfinished and not is_running,
        unsettled=store.unsettled(connection),
    )


def _now(session: Session) -> datetime:
    return session.clock.now(session.zone if session.clock.needs_zone else None)


def _late_at(session: Session, every: str, run: Mapping[str, Any] | None) -> datetime | None:
    """Return the instant from which on the next run is overdue: interval and grace after the
    last one, or after the schedule was made, whichever is later."""
    from datetime import datetime, timedelta

    from crm_cli.domain.schedule import read_every

    scheduled = store.scheduled_at(session.reader)
    since = max(filter(None, (run and run["started_at"], scheduled)), default=None)
    if since is None:
        return None
    step = read_every(every)
    return datetime.fromisoformat(since) + timedelta(minutes=step.minutes + step.grace)


def _is_at_work(session: Session) -> bool:
    """Whether a sender holds the lock, which goes with its process."""
    from crm_cli.store import send_lock

    return send_lock.is_held(session.path)


def warnings(found: Health, zone: tzinfo) -> list[str]:
    """Return a sentence for each thing that somebody has to look at."""
    said = []
    if found.is_overdue:
        since = f"the last one was at {_at(found.run, zone)}" if found.run else "none ever came"
        said.append(
            f"the scheduled run of the reminders ({found.every}) is overdue: {since};"
            " is the scheduler at work? see crm remind status"
        )
    if found.cut_off:
        said.append(
            f"the run of the reminders at {_at(found.run, zone)} was cut off; see crm remind status"
        )
    if found.every and found.run and _is_trouble(found, found.run["exit_code"]):
        why = found.run["error"] or f"exit {found.run['exit_code']}"
        said.append(
            f"the run of the reminders at {_at(found.run, zone)} did not work: {why};"
            " see crm remind status"
        )
    if stuck := found.unsettled["stuck"]:
        words = "1 reminder waits" if stuck == 1 else f"{stuck} reminders wait"
        said.append(f"{words} still, tried again and again in vain; see crm remind status")
    if failed := found.unsettled["failed"]:
        words = "1 reminder" if failed == 1 else f"{failed} reminders"
        said.append(f"{words} could not be delivered; see crm remind status")
    if found.in_doubt:
        words = "1 reminder is" if found.in_doubt == 1 else f"{found.in_doubt} reminders are"
        said.append(f"{words} in doubt: nobody knows whether the mail left; see crm remind status")
    return said


def _is_trouble(found: Health, exit_code: int | None) -> bool:
    """Whether the last run itself went wrong: what failed (7) or waits (75) is known by its
    deliveries, but that nobody is there to send to (75) by nothing else."""
    if exit_code == errors.TryLater.exit_code:
        return not found.unsettled["waiting"]
    return exit_code not in {None, 0, errors.CheckFailed.exit_code}


def _at(run: Mapping[str, Any] | None, zone: tzinfo) -> str:
    from datetime import datetime

    at = datetime.fromisoformat(run["started_at"] if run else "").astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M}"
