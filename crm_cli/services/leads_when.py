"""When something became so with a lead: now, or the day or instant that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.result import Message

if TYPE_CHECKING:
    from crm_cli.session import Session


def read_when(
    session: Session, text: str | None, what: str, remarks: list[Message],
    not_before: str | None = None, first_of: int | None = None,
) -> str:  # fmt: skip
    """Return the instant that is meant, as stored: now without a text; of a day without a time
    its noon in the business's zone, of today now, of the day of ``not_before`` not before that.

    ``first_of`` is the lead whose first stay begins there: an edit can move that. What was
    understood is said where it was not typed so. Raises InvalidValue for what lies ahead
    or before ``not_before`` (an instant).
    """
    found = session.now_text
    if text is not None:
        found = _read(session, text, what, remarks, not_before)
    if not_before is not None and found < not_before:
        late = local(session, found) if text is None else repr(text.strip())
        raise _too_early(session, late, not_before, first_of)
    return found


def _too_early(
    session: Session, what: str, not_before: str, first_of: int | None
) -> errors.InvalidValue:
    then = local(session, not_before)
    hint = "name a later day with --on; what was entered wrong is taken back by crm undo"
    if first_of is not None:
        hint = f"name a later day with --on, or: crm lead edit {first_of} --opened DATE"
    return errors.InvalidValue(
        f"{what} is before {then}, when the lead came to the stage where it is", hint=hint
    )


def _read(
    session: Session, text: str, what: str, remarks: list[Message], not_before: str | None
) -> str:
    from crm_cli import clock

    zone = session.zone
    now = session.clock.now(zone)
    exact, moment = clock.read_past(text, zone, now, session.today, session.date_order)
    if moment is not None:
        if moment.at is None and not_before is not None:
            floor = clock.read_instant(not_before, zone)
            if floor.astimezone(zone).date() == moment.on:
                exact = max(exact, floor)
        shown = moment.on.isoformat()
        if moment.at is not None:
            shown += f" {moment.at:%H:%M}"
        if " ".join(text.split()).replace("T", " ") != shown:
            remarks.append(Message(f"{what} {text.strip()!r}: {shown} ({moment.on:%A})"))
    if exact > now:
        raise errors.InvalidValue(
            f"{text.strip()!r} lies ahead", hint="write such as yesterday, 'last friday' or an"
            " ISO day; when it may come in: --expected",
        )  # fmt: skip
    return clock.instant_text(exact)


def local(session: Session, instant: str) -> str:
    """Return an instant as the business's clock shows it, in words that --on reads."""
    from crm_cli import clock

    moment = clock.read_instant(instant, session.zone).astimezone(session.zone)
    return moment.replace(tzinfo=None).isoformat(" ", "seconds" if moment.second else "minutes")
