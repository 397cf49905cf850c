"""Whether the reminders are at work: the last run, when the next is late, what is unsettled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store import heartbeat as store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
    is_running = unfinished and _lock_is_held(session)
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


def _lock_is_held(session: Session) -> bool:
    """Whether a sender is at work: its lock goes with its process."""
    del session
    return False


def warnings(found: Health) -> list[str]:
    """Return a sentence for each thing that somebody has to look at."""
    said = []
    if found.is_overdue:
        since = f"last run {found.run['started_at']}" if found.run else "it never ran"
        said.append(
            f"the scheduled run of the reminders (every {found.every}) is overdue: {since};"
            " see crm remind status"
        )
    if found.cut_off:
        said.append("the last run of the reminders was cut off; see crm remind status")
    for count, what in ((found.in_doubt, "in doubt"), (found.unsettled["failed"], "failed")):
        if count:
            plural = "reminder is" if count == 1 else "reminders are"
            words = (
                f"{count} {plural} {what}"
                if what == "in doubt"
                else (f"{count} reminder{'' if count == 1 else 's'} could not be delivered")
            )
            said.append(f"{words}; see crm remind status")
    return said
