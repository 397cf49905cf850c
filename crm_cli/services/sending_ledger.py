"""The steps of one run in the ledger, each a system batch that is on the disk before the act."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.clock import instant_text
from crm_cli.domain import delivery
from crm_cli.domain.delivery import State, Step, Tally
from crm_cli.services import sending_plan as planning
from crm_cli.services.unit import Unit
from crm_cli.store import deliveries as store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crm_cli.services.sending_plan import Item, Mail, Plan
    from crm_cli.session import Session

PATIENCE = 5
"""So many times the lock's time-out is waited before what this run alone knows stays unwritten."""

DEAD = "the run was cut off between the hand-over and its answer"
BAD = "nothing is sent to this address"


class Ledger:
    """Writes down what one run does; whoever makes one holds the sender's lock."""

    def __init__(self, session: Session, channel: str) -> None:
        self.session = session
        self.channel = channel
        self.run = 0
        self._begun_by = 0

    # -- the run ----------------------------------------------------------------------------

    def begin(self) -> list[store.Row]:
        """Note down that a run begins, and what a dead one left: its hand-overs are in doubt,
        claims of what is not due any more are given up. Return what is newly in doubt."""
        connection = self.session.reader
        doubtful = store.in_state(connection, State.HANDING_OVER)
        stale = store.stale(connection)

        def fill(unit: Unit) -> None:
            self.run = unit.draw("send_runs")
            store.begin_run(unit.batch, self.run, unit.at)
            if doubtful:
                ids = [row.id for row in doubtful]
                store.take(unit.batch, ids, Step.LOSE, at=unit.at, error=DEAD)
            if stale:
                store.release(unit.batch, stale)

        self._begun_by = self._write("remind send: begins", fill)
        return doubtful

    def finish(
        self, tally: Tally, exit_code: int, error: str | None = None, *, patience: int = 1
    ) -> None:
        """Note down how the run ended."""

        def fill(unit: Unit) -> None:
            store.finish_run(
                unit.batch, self.run, finished_at=unit.at, due=tally.due, exit_code=exit_code,
                error=error, **tally._asdict(),
            )  # fmt: skip
            if not tally.due and not exit_code:
                kept = self.session.today - timedelta(days=store.KEPT_QUIET_DAYS)
                store.forget_quiet(unit.batch, unit.entry_id, self._begun_by, kept.isoformat())

        counts = [f"{count} {name}" for name, count in tally._asdict().items() if count]
        said = [", ".join(counts).replace("in_doubt", "in doubt")] if counts else []
        said += [error] if exit_code and error and not counts else []
        self._write(f"remind send: {'; '.join(said)}" if said else store.QUIET, fill, patience)

    def stop(self, tally: Tally, exit_code: int, error: str) -> list[store.Row]:
        """Note down, as far as that still can be, that the run ends early; return what is in
        doubt by it. What is not written down is found by the next run."""
        lost: list[store.Row] = []
        with contextlib.suppress(errors.CrmError):
            lost = store.in_state(self.session.reader, State.HANDING_OVER)
            if lost:
                self.step([row.id for row in lost], Step.LOSE, error=DEAD)
                tally = tally._replace(in_doubt=tally.in_doubt + len(lost))
            self.finish(tally, exit_code, error)
        return lost

    # -- the items --------------------------------------------------------------------------

    def claim(self, plan: Plan) -> dict[tuple[int, str], int]:
        """Write down everything that this run is about to do or leaves out, in one batch.

        Return the numbers of the new lines by (follow-up, recipient).
        """
        new: list[tuple[Item, State, str | None]] = [
            (item, State.CLAIMED, None) for mail in plan.mails for item in mail.items
            if not item.row
        ]  # fmt: skip
        new += [(item, State.SKIPPED, store.TOO_OLD) for item in plan.too_old]
        new += [(item, State.SKIPPED, store.NO_CONSENT) for item in plan.unwanted]
        new += [(item, State.FAILED, f"{BAD}: {why}") for item, why in plan.bad if not item.row]
        refused = [item.row for item, _ in plan.bad if item.row]
        withdrawn = [item.row for item in plan.withdrawn]
        if not (new or refused or withdrawn or plan.admitted):
            return {}
        numbers: dict[tuple[int, str], int] = {}

        def fill(unit: Unit) -> None:
            first = unit.draw("deliveries", len(new))
            rows = []
            for number, (item, state, why) in enumerate(new, first):
                numbers[item.follow_up.id, item.recipient] = number
                rows.append(
                    (number, item.follow_up.id, item.occurrence, item.recipient, self.channel,
                     str(state), None, unit.at, unit.at, why)
                )  # fmt: skip
            if rows:
                store.add(unit.batch, rows)
            self._take(unit, refused, Step.REFUSE, error=BAD)
            self._take(unit, withdrawn, Step.LEAVE_OUT, error=store.NO_CONSENT)
            self._take(unit, plan.admitted, Step.ADMIT)

        count = len(new) + len(refused) + len(withdrawn) + len(plan.admitted)
        self._write(f"remind send: claims {count}", fill)
        return numbers

    def give_up(self, ids: Iterable[int]) -> None:
        """Take claimed lines back: what they are about is not due any more."""
        self._write("remind send: gives up", lambda unit: store.release(unit.batch, ids))

    def hand_over(self, mail: Mail, message_id: str) -> None:
        """Write down that the message's text goes out now.

        Raises Overtaken, and writes nothing, where the mail is not any more what is to be sent:
        the server may have been waited for, and people did not stand still.
        """
        ids = [item.row for item in mail.items]

        def fill(unit: Unit) -> None:
            if planning.renewed(unit.connection, mail).mail != mail:
                raise planning.Overtaken
            self._take(unit, ids, Step.HAND_OVER)
            store.name_message(unit.batch, ids, message_id)

        self._write(f"remind send: hands over to {mail.recipient}", fill)

    def step(
        self, ids: Sequence[int], step: Step, *, error: str | None = None,
        attempts: int = 0, bad_address: str | None = None,
    ) -> str | None:  # fmt: skip
        """Write down what became of some lines. ``attempts`` are those before, for the wait until
        the next; ``bad_address`` gets nothing any more. Return when it is tried again.

        It is tried again and again where the store is locked: this is known here alone.
        """
        again: list[str] = []

        def fill(unit: Unit) -> None:
            if step is Step.POSTPONE:
                wait = delivery.wait(attempts + 1)
                again[:] = [instant_text(self.session.clock.now(self.session.zone) + wait)]
            self._take(unit, ids, step, error=error, next_try_at=again[0] if again else None)
            if bad_address is not None:
                row_id = unit.draw("bad_addresses")
                store.mark_bad(unit.batch, row_id, bad_address, error or "", unit.at)

        self._write(f"remind send: {step} {len(ids)}", fill, patience=PATIENCE)
        return again[0] if again else None

    @staticmethod
    def _take(unit: Unit, ids: Sequence[int], step: Step, **more: Any) -> None:
        if ids:
            store.take(unit.batch, ids, step, at=unit.at, **more)

    def _write(self, summary: str, fill: Callable[[Unit], None], patience: int = 1) -> int:
        """Run one system batch and return its entry's number. Raises the StoreError family."""
        while True:
            patience -= 1
            self.session.clock.look_again()
            try:
                with Unit(self.session, kind="system") as unit:
                    fill(unit)
                    entry = unit.entry_id
                    unit.commit(summary)
            except errors.StoreLocked:
                if not patience:
                    raise
            else:
                return entry
