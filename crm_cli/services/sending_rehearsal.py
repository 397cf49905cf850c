"""``remind send --dry-run``: what would go to whom; nothing is written and no server asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.delivery import State, Tally
from crm_cli.result import Column, Kind, Section, Table
from crm_cli.services import rules_refresh
from crm_cli.services import sending_plan as planning
from crm_cli.services import sending_report as report
from crm_cli.store import deliveries as store

if TYPE_CHECKING:
    from datetime import timedelta

    from crm_cli.result import Result
    from crm_cli.services.sending import SendRequest
    from crm_cli.services.sending_mail import Post
    from crm_cli.services.sending_plan import Item, Mail, Plan, Recipients
    from crm_cli.session import Session

COLUMNS = (
    Column("mail", "Mail", Kind.INTEGER),
    Column("to", "To"),
    Column("follow_up", "Follow-up", Kind.INTEGER),
    Column("occurrence", "Due"),
    Column("contact", "Contact"),
    Column("text", "Text"),
)


def rehearse(
    session: Session, request: SendRequest, recipients: Recipients, post: Post, late: timedelta
) -> Result:
    """Return what a run would do now, with the exit code it would have if every mail were taken.

    Raises what the run itself raises before it sends.
    """
    doubtful = store.in_state(session.reader, State.HANDING_OVER)
    found: list[tuple[Plan, _Written]] = []

    def look(_: object) -> None:
        # Here and not later: what the rules would make is there for as long as this takes.
        plan = planning.make(session, recipients, post.channel, each=request.each, late=late)
        found.append((plan, _write(plan, post)))

    told = rules_refresh.refresh(session, then=look)
    ((plan, written),) = found
    tally = Tally(
        sent=sum(len(mail.items) for mail in written.mails),
        failed=len(plan.bad),
        in_doubt=len(doubtful),
        skipped=len(plan.too_old) + len(plan.unwanted) + len(plan.withdrawn),
        waiting=len(plan.waiting) + len(plan.homeless) + written.unwritten,
    )
    problems = [
        report.Problem("in_doubt", row.recipient, [row.id], report.CUT_OFF) for row in doubtful
    ]
    problems += written.problems
    rows = [
        (number, *_row(item))
        for number, mail in enumerate(written.mails, 1) for item in mail.items
    ]  # fmt: skip
    mails = [
        {"to": mail.recipient, "items": [_item(item) for item in mail.items]}
        for mail in written.mails
    ]
    table = Table(noun="item", columns=COLUMNS, rows=rows, id_key="follow_up")
    return report.result(
        tally, [*problems, *report.left_out(plan, {})], printed=mails, is_rehearsal=True,
        sections=[Section(title="Would be sent", table=table)],
        zone=session.zone, shows_nothing=request.shows_nothing,
        remarks=[*report.rule_remarks(told.problems), *report.skip_remarks(plan, request.late)],
    )  # fmt: skip


class _Written(NamedTuple):
    """The mails that can be written, and what is the matter with the others."""

    mails: list[Mail]
    problems: list[report.Problem]
    unwritten: int


def _write(plan: Plan, post: Post) -> _Written:
    """Write every mail, so that a template that does not do is found, and throw it away."""
    written = _Written([], [], 0)
    if not plan.mails:
        return written
    writer = post.open(rehearses=True)
    for mail in plan.mails:
        try:
            writer.write(mail)
        except errors.InvalidValue as error:
            ids = [item.row for item in mail.items if item.row]
            written.problems.append(report.Problem("waiting", mail.recipient, ids, error.message))
            written = written._replace(unwritten=written.unwritten + len(mail.items))
        else:
            written.mails.append(mail)
    return written


def _row(item: Item) -> tuple[Any, ...]:
    one = item.follow_up
    return (item.recipient, one.id, item.occurrence, one.contact, one.text)


def _item(item: Item) -> dict[str, Any]:
    one = item.follow_up
    return {
        "follow_up": one.id, "occurrence": item.occurrence, "contact_id": one.contact_id,
        "contact": one.contact, "text": one.text,
    }  # fmt: skip
