"""``remind send``: what is due goes out once, whatever happens.

Every step is in the ledger before the act. See docs/delivery.md, and for the reasons
docs/decisions/0027-delivery-ledger.md.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain import delivery
from crm_cli.domain.delivery import Step, Tally
from crm_cli.mail.outcome import About, Fate
from crm_cli.result import Message, Record, Result
from crm_cli.services import sending_ledger as ledgers
from crm_cli.services import sending_plan as planning
from crm_cli.services import sending_report as report
from crm_cli.store import deliveries as store
from crm_cli.store import identity, rules_in_force, send_lock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from crm_cli.mail.outcome import Outcome
    from crm_cli.services.sending_letters import Writer
    from crm_cli.services.sending_mail import Post
    from crm_cli.services.sending_plan import Mail, Plan, Recipients
    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """What ``remind send`` was told. ``late`` is as typed; ``shows_nothing``: print the counts
    even where nothing was due; ``is_quiet``: not even where something was sent."""

    each: bool = False
    late: str = delivery.LATE
    shows_nothing: bool = False
    is_quiet: bool = False


def send(session: Session, request: SendRequest, recipients: Recipients, post: Post) -> Result:
    """Send what is due now and return the counts; nothing at all where nothing is due.

    Raises TryLater while another run is at work, the StoreError family, InvalidValue and
    UsageError for settings that do not do.
    """
    late = delivery.read_late(request.late)
    if session.dry_run:
        from crm_cli.services import sending_rehearsal

        return sending_rehearsal.rehearse(session, request, recipients, post, late)
    if not identity.exists(session.path) and not session.read_only:
        _ = session.reader  # says where it looked: a cron line with a wrong path makes no store
        return report.result(Tally(), [], zone=session.zone, shows_nothing=request.shows_nothing)
    _ = session.writer
    session.held = ExitStack()
    session.held.enter_context(send_lock.held(session.path, session.lock_timeout))
    try:
        return _run(session, request, recipients, post, late)
    finally:
        if not post.is_unconfirmed:
            session.held.close()


def _run(
    session: Session, request: SendRequest, recipients: Recipients, post: Post, late: timedelta
) -> Result:
    run = _Run(session, post)
    run.begin()
    try:
        run.refresh()
        plan = planning.make(session, recipients, post.channel, each=request.each, late=late)
        run.remarks += report.skip_remarks(plan, request.late)
        run.work(plan)
        return run.finish(request)
    except BaseException as stop:
        run.stop(stop)
        raise


def test(session: Session, recipient: str, post: Post) -> Result:
    """Send a test mail by the same way; the ledger knows nothing of it.

    Raises TryLater and CheckFailed with the server's own words where it does not arrive.
    """
    letter = post.open(rehearses=session.dry_run).write_test(recipient)
    values = {"test": recipient, "via": post.via, "message_id": letter.message_id,
              "dry_run": session.dry_run}  # fmt: skip
    if not session.dry_run:
        outcome = post.deliver(letter, lambda: None)
        post.close()
        if outcome.fate is not Fate.DELIVERED:
            certain = outcome.fate is not Fate.UNKNOWN
            kind = errors.TryLater if outcome.fate is Fate.TRY_LATER else errors.CheckFailed
            end = "was not delivered" if certain else "may or may not have been delivered"
            raise kind(
                f"the test mail to {recipient} {end}: {outcome.said}",
                hint="check crm config list: smtp_host, smtp_port, smtp_security, smtp_user"
                if post.via == "smtp" else None,
            )  # fmt: skip
    shown = {"to": recipient, "via": post.via, "message id": letter.message_id}
    if post.is_printed and not session.dry_run:
        return Result(messages=[Message(f"the test mail to {recipient} is printed")])
    said = "dry run: nothing was sent" if session.dry_run else "taken: look whether it arrives"
    return Result(
        body=Record(noun="test mail", values=values, shown=shown, title="Test mail", id_key="test"),
        messages=[Message(said)],
    )


class _Run:
    """One run: what it did so far, and what went wrong."""

    def __init__(self, session: Session, post: Post) -> None:
        self.session = session
        self.post = post
        self.ledger = ledgers.Ledger(session, post.channel)
        self.tally = Tally()
        self.problems: list[report.Problem] = []
        self.remarks: list[Message] = []
        self.due = 0
        self._setbacks_in_a_row = 0
        self._unconfirmed: list[int] = []

    # -- the way of a run -------------------------------------------------------------------

    def begin(self) -> None:
        """Settle what a dead run left."""
        doubtful = self.ledger.begin()
        self.due = len(doubtful)
        self._count(in_doubt=len(doubtful))
        for row in doubtful:
            self._note("in_doubt", row.recipient, [row.id], report.CUT_OFF)

    def refresh(self) -> None:
        """Let the rules make what is theirs to make by today. One that cannot be read is named, and
        keeps nobody else's reminder back."""
        from crm_cli.services import rules_refresh

        told = rules_refresh.refresh(self.session)
        self.remarks = report.rule_remarks(told.problems)
        if not rules_in_force.may_score(self.session.reader):
            return
        from crm_cli.services import scores_refresh

        # Scores that cannot be computed keep no reminder back.
        with suppress(errors.CrmError):
            scores_refresh.daily(self.session)

    def work(self, plan: Plan) -> None:
        """Do what is planned, mail by mail."""
        self.due += plan.due
        writer = self.post.open() if plan.mails else None
        numbers = self.ledger.claim(plan)
        self._count(
            skipped=len(plan.too_old) + len(plan.unwanted) + len(plan.withdrawn),
            failed=len(plan.bad), waiting=len(plan.waiting) + len(plan.homeless),
        )  # fmt: skip
        self.problems += report.left_out(plan, numbers)
        if writer is not None:
            mails = [_numbered(mail, numbers) for mail in plan.mails]
            self._send_all(planning.in_turn(mails, self.ledger.run), writer)

    def _send_all(self, mails: Sequence[Mail], writer: Writer) -> None:
        for at, mail in enumerate(mails):
            why = self._send(mail, writer)
            if why is not None:
                self._postpone(mails[at + 1 :], why)
                break
        # Whoever is stopped does not say good-bye: the connection ends with the process.
        self.post.close()

    def finish(self, request: SendRequest) -> Result:
        """Hold the count law, note down the end, and return what the run prints."""
        delivery.add_up(self.due, self.tally)
        shown = report.result(
            self.tally, self.problems, run=self.ledger.run, printed=self.post.printed(),
            is_printed=self.post.is_printed, remarks=self.remarks,
            zone=self.session.zone, shows_nothing=request.shows_nothing,
            is_quiet=request.is_quiet,
        )  # fmt: skip
        if self.post.is_unconfirmed:
            # The mails stand in the result: they have arrived once that is printed.
            return shown._replace(then=self._end)
        self._end()
        return shown

    def _end(self) -> None:
        if self.post.is_unconfirmed:
            self.ledger.step(self._unconfirmed, Step.CONFIRM)
        reasons = delivery.short([f"{one.recipient}: {one.reason}" for one in self.problems])
        self.ledger.finish(
            self.tally, self.tally.exit_code, reasons or None, patience=ledgers.PATIENCE
        )

    def stop(self, stop: BaseException) -> None:
        """Note down that the run ends early, and what is in doubt by it."""
        code, why = _reason(stop)
        lost = self.ledger.stop(self.tally, code, why)
        said = [f"{self.tally.sent} sent"] if self.tally.sent else ["nothing was sent"]
        if lost:
            said.append(f"{len(lost)} in doubt (crm remind deliveries --state in_doubt)")
        self.session.left_behind = "; ".join([*said, "what else is due stays due"])
        if isinstance(stop, errors.CrmError) and (self.tally.sent or lost):
            # "Nothing was written", says the store of its last step; mails went out before.
            stop.message = f"{stop.message}; {self.session.left_behind}"

    # -- one mail ---------------------------------------------------------------------------

    def _send(self, mail: Mail, writer: Writer) -> str | None:
        """Send one mail and write down what became of it; return the reason where the rest need
        not be tried now."""
        left: Mail | None = mail
        while left is not None:
            left = self._still_due(left)
            if left is None:
                break
            try:
                letter = writer.write(left)
            except errors.InvalidValue as error:
                # A template or an address that does not do holds up its own mail and no other.
                self._postpone([left], error.message)
                break
            try:
                outcome = self.post.deliver(
                    letter, partial(self.ledger.hand_over, left, letter.message_id)
                )
            except planning.Overtaken:
                continue
            return self._settle(left, [item.row for item in left.items], outcome)
        return None

    def _still_due(self, mail: Mail) -> Mail | None:
        """Return the mail as it is now: without what was done or put off, and what may not be sent
        any more, since it was planned."""
        now = planning.renewed(self.session.reader, mail)
        if now.gone:
            self.ledger.give_up(now.gone)
            self.due -= len(now.gone)
        if now.unwanted:
            self.ledger.step(now.unwanted, Step.LEAVE_OUT, error=store.NO_CONSENT)
            self._count(skipped=len(now.unwanted))
        return now.mail if now.mail.items else None

    def _settle(self, mail: Mail, ids: list[int], outcome: Outcome) -> str | None:
        said, count = outcome.said, len(ids)
        if outcome.fate is Fate.DELIVERED:
            if self.post.is_unconfirmed:
                self._unconfirmed += ids
            else:
                self.ledger.step(ids, Step.CONFIRM)
            self._count(sent=count)
            self._setbacks_in_a_row = 0
            return None
        if outcome.fate is Fate.UNKNOWN:
            self.ledger.step(ids, Step.LOSE, error=said or None)
            self._count(in_doubt=count)
            self._note("in_doubt", mail.recipient, ids, said)
            return said if self._is_ill() else None
        if outcome.fate is Fate.REFUSED and outcome.about is not About.SERVER:
            bad = mail.recipient if outcome.about is About.ADDRESS else None
            self.ledger.step(ids, Step.REFUSE, error=said, bad_address=bad)
            self._count(failed=count)
            self._note("failed", mail.recipient, ids, said)
            return None
        self._postpone([mail], said)
        if outcome.about is not About.SERVER:
            return None
        was_reached = outcome.handed_over or outcome.fate is Fate.REFUSED
        return said if self._is_ill() or not was_reached else None

    def _is_ill(self) -> bool:
        """Note a setback, and say whether that is enough: one mail, or one recipient, may upset a
        server; two in a row mean that it is the server itself."""
        self._setbacks_in_a_row += 1
        return self._setbacks_in_a_row > 1

    def _postpone(self, mails: Sequence[Mail], why: str) -> None:
        """Leave mails for a later run; each waits by its own number of attempts."""
        for attempts in sorted({item.attempts for mail in mails for item in mail.items}):
            mine = [
                (item, mail) for mail in mails for item in mail.items if item.attempts == attempts
            ]
            ids = [item.row for item, _ in mine]
            again = self.ledger.step(ids, Step.POSTPONE, error=why, attempts=attempts)
            self._count(waiting=len(ids))
            whose: dict[str, list[int]] = {}
            for item, mail in mine:
                whose.setdefault(mail.recipient, []).append(item.row)
            for address, own in whose.items():
                self._note("waiting", address, own, why, again)

    # -- what is said -----------------------------------------------------------------------

    def _count(self, **more: int) -> None:
        counts = self.tally._asdict()
        self.tally = Tally(**{name: counts[name] + more.get(name, 0) for name in counts})

    def _note(
        self, state: str, recipient: str, ids: Sequence[int], reason: str, again: str | None = None
    ) -> None:
        self.problems.append(report.Problem(state, recipient, ids, reason, again))


def _numbered(mail: Mail, numbers: dict[tuple[int, str], int]) -> Mail:
    items = tuple(
        item if item.row
        else item._replace(row=numbers[item.follow_up.id, item.recipient])
        for item in mail.items
    )  # fmt: skip
    return mail._replace(items=items)


def _reason(stop: BaseException) -> tuple[int, str]:
    """Return the exit code and the words for what ended a run early."""
    if isinstance(stop, errors.CrmError):
        return stop.exit_code, stop.message
    if isinstance(stop, KeyboardInterrupt):
        return 130, "interrupted"
    if isinstance(stop, Exception):
        return 1, f"{type(stop).__name__}: {stop}"
    return 143, "terminated"
