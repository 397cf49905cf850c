"""What a run of ``remind send`` says of itself: its counts, and what did not go as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.clock import read_instant
from crm_cli.domain import delivery
from crm_cli.result import Level, Message, Record, Result, Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from crm_cli.domain.delivery import Tally
    from crm_cli.services.sending_plan import Item, Plan

CUT_OFF = "an earlier run was cut off in the act"


class Problem(NamedTuple):
    """What did not go as it should: the lines of the ledger, to whom, and why."""

    state: str
    recipient: str
    ids: Sequence[int]
    reason: str
    next_try_at: str | None = None


def left_out(plan: Plan, numbers: Mapping[tuple[int, str], int]) -> list[Problem]:
    """Return what a plan does not send and why; ``numbers`` are those of new lines by
    (follow-up, recipient)."""

    def ids(item: Item) -> list[int]:
        number = item.row or numbers.get((item.follow_up.id, item.recipient))
        return [number] if number else []

    found = [
        Problem("failed", item.recipient, ids(item), f"nothing is sent there: {why}")
        for item, why in plan.bad
    ]
    found += [
        Problem("waiting", row.recipient, [row.id], row.error or "tried before", row.next_try_at)
        for row in plan.waiting
    ]
    found += [
        Problem("waiting", one.owner or "nobody", [], f"follow-up {one.id} has nobody to go to")
        for one in plan.homeless
    ]
    return found


def rule_remarks(problems: Mapping[int, str]) -> list[Message]:
    """Return a warning for each rule that could make no follow-ups, and why."""
    return [
        Message(f"rule {rule_id} makes nothing: {why}", Level.WARNING)
        for rule_id, why in problems.items()
    ]


def skip_remarks(plan: Plan, late: str) -> list[Message]:
    """Return a line for each reason why something is noted down and not sent."""
    reasons = (
        (plan.too_old, f"due longer ago than {late} (--late): it stays in crm today"),
        ([*plan.unwanted, *plan.withdrawn], "without the customer's consent to such mails"),
    )
    return [
        Message(f"skipped {len({item.follow_up.id for item in items})}: {why}")
        for items, why in reasons
        if items
    ]


def result(
    tally: Tally,
    problems: Sequence[Problem],
    *,
    zone: tzinfo,
    shows_nothing: bool,
    is_quiet: bool = False,
    run: int | None = None,
    printed: Sequence[Mapping[str, Any]] | None = None,
    is_printed: bool = False,
    sections: Sequence[Section] = (),
    is_rehearsal: bool = False,
    remarks: Sequence[Message] = (),
) -> Result:
    """Return the counts, and on stderr what did not go as it should.

    ``shows_nothing``: with the counts where nothing was due, too, as a program wants them; else
    ``is_quiet`` leaves them out of what people read, also where something was sent.

    ``printed`` are mails that stand in the result. Where the mails themselves were printed
    (``is_printed``), and where nothing was due and nobody asked, there is no body.
    """
    is_printed = is_printed or (is_quiet and not shows_nothing and not is_rehearsal)
    if not tally.due and not shows_nothing:
        return Result(messages=remarks)
    values: dict[str, Any] = {
        "due": tally.due, **tally._asdict(), "run": run, "dry_run": is_rehearsal,
        "problems": [problem._asdict() for problem in problems],
    }  # fmt: skip
    if printed is not None:
        values["mails"] = printed
    counts = {name: count for name, count in tally._asdict().items() if count}
    record = Record(
        noun="send run", values=values, title="Reminders", id_key="run", sections=sections,
        shown={"due": tally.due, **counts},
    )  # fmt: skip
    said = [*remarks, *_messages(problems, zone)]
    if is_rehearsal:
        said.append(Message("dry run: nothing was sent or written"))
    return Result(body=None if is_printed else record, messages=said, exit_code=tally.exit_code)


def _messages(problems: Sequence[Problem], zone: tzinfo) -> list[Message]:
    """Return a line for each thing that went wrong, with the addresses it went wrong for, and what
    to do about it."""
    groups: dict[tuple[str, str, str | None], list[Problem]] = {}
    for problem in problems:
        what = (problem.state, problem.reason, problem.next_try_at)
        groups.setdefault(what, []).append(problem)
    said = []
    for (state, reason, again), found in groups.items():
        whom = delivery.short(list(dict.fromkeys(problem.recipient for problem in found)))
        ids = [str(number) for problem in found for number in problem.ids]
        named = f" ({'delivery' if len(ids) == 1 else 'deliveries'} {delivery.short(ids, 5)})"
        until = f"; tried again from {_at(again, zone)}" if again else ""
        text = f"{whom}: {state.replace('_', ' ')}{named if ids else ''}: {reason}{until}"
        said.append(Message(text, Level.WARNING))
    doubtful = [number for one in problems if one.state == "in_doubt" for number in one.ids]
    if doubtful:
        what_to_do = f"crm remind resolve {doubtful[0]} sent, or resend"
        said.append(Message(f"look whether it came: {what_to_do}", Level.HINT))
    return said


def _at(instant: str, zone: tzinfo) -> str:
    """Return an instant by the business's clock."""
    return f"{read_instant(instant, zone).astimezone(zone):%Y-%m-%d %H:%M}"
