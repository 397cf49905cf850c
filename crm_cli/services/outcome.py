"""What a writing verb shows: the changed record, remarks, and how to take the change back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.result import Level, Message, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.result import Body
    from crm_cli.services.unit import Unit
    from crm_cli.session import Session


def written(body: Body, unit: Unit, remarks: Iterable[Message] = ()) -> Result:
    """Return the outcome of a committed unit; says so where it had nothing to write."""
    if unit.session.dry_run:
        last = Message("dry run: nothing was written")
    elif not unit.entry_id:
        last = Message("nothing changed")
    else:
        last = Message(f"undo: crm undo {unit.entry_id}", Level.HINT)
    return Result(body=body, messages=[*remarks, last])


def ask(session: Session, question: str, rows: Sequence[Mapping[str, Any]] = ()) -> None:
    """Ask before a risky step, unless it is agreed or only rehearsed; ``rows`` are shown with
    the question: the first records that it is about.

    Raises UsageError where nobody can answer, Refused when the answer is no.
    """
    if session.confirm is not None and not session.dry_run:
        session.confirm(question, rows)


def in_the_trash(unit: Unit, what: str, count: int, hanging: str = "") -> Message:
    """Return what a deletion says of ``count`` records, called ``what``, and what hung on them:
    that they lie in the trash, or under ``--dry-run`` that they would."""
    if unit.session.dry_run:
        return Message(f"would delete {what}{hanging}: to the trash")
    where = "it lies" if count == 1 and not hanging else "they lie"
    return Message(f"deleted {what}{hanging}: {where} in the trash")


def read_day(session: Session, text: str | None, what: str, remarks: list[Message]) -> str:
    """Return a typed day as ``YYYY-MM-DD``, today without one; what was understood is said
    where it was not typed so. Raises InvalidValue."""
    if text is None:
        return session.today.isoformat()
    from crm_cli.clock import read_date

    day = read_date(text, session.today, session.date_order)
    if text.strip() != day.isoformat():
        remarks.append(Message(f"{what} {text.strip()!r}: {day.isoformat()} ({day:%A})"))
    return day.isoformat()
