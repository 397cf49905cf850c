"""``remind resolve``: a person's word on what the ledger cannot know, and on bad addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.delivery import State, Step, before
from crm_cli.queries import deliveries as queries
from crm_cli.result import Message, Result
from crm_cli.services.unit import Unit
from crm_cli.store import deliveries as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.session import Session

WORDS = {"sent": Step.SETTLE_SENT, "resend": Step.SETTLE_RESEND}
OK = "ok"


def resolve(session: Session, what: str, how: str, ids: Sequence[int] | None = None) -> Result:
    """Settle deliveries (``ids``, or the one that ``what`` numbers) as sent or to be sent again,
    or with ``ok`` say that an address works.

    Raises NotFound for a number or an address the ledger does not have, Refused for a delivery
    that has nothing to settle, InvalidValue for another word.
    """
    word = how.strip().lower()
    if ids is None and "@" in what:
        if word != OK:
            raise errors.InvalidValue(
                f"{how!r} is nothing to say of an address",
                hint=f"crm remind resolve {what} ok: send there again",
            )
        return _mend(session, what)
    if word not in WORDS:
        raise errors.InvalidValue(
            f"{how!r} settles nothing", hint="write sent (it came) or resend (it did not)"
        )
    numbers = list(ids) if ids is not None else [_number(what)]
    with Unit(session, kind="system") as unit:
        found = store.by_ids(unit.connection, numbers)
        _check(numbers, found, WORDS[word])
        if found:
            store.take(unit.batch, [row.id for row in found], WORDS[word], at=unit.at)
        named = ", ".join(f"#{row.id}" for row in found[:5])
        body = unit.commit(
            f"remind resolve {named} {word}",
            then=lambda connection: queries.rows(connection, [row.id for row in found]),
        )
    return Result(body=body, messages=_said(session, word))


def _number(what: str) -> int:
    from crm_cli.queries.resolve import number

    found = number(what)
    if found is None:
        raise errors.InvalidValue(
            f"{what!r} is no delivery's number", hint="see crm remind deliveries --state in_doubt"
        )
    return found


def _check(numbers: Sequence[int], found: Sequence[store.Row], step: Step) -> None:
    missing = sorted(set(numbers) - {row.id for row in found})
    if missing:
        raise errors.NotFound(
            f"the ledger has no delivery {missing[0]}", hint="see crm remind deliveries"
        )
    fitting = {str(state) for state in before(step)}
    for row in found:
        if row.state not in fitting:
            open_to = " or ".join(state.replace("_", " ") for state in sorted(fitting))
            why = (
                "a run is at it, or died in it: the next run tells"
                if row.state == State.HANDING_OVER
                else f"only what is {open_to} can be settled so"
            )
            raise errors.Refused(
                f"delivery {row.id} to {row.recipient} is {row.state.replace('_', ' ')}: {why};"
                " nothing was written",
                hint="see crm remind deliveries",
            )


def _mend(session: Session, what: str) -> Result:
    """Take an address from the bad ones; what failed there is tried again while it is due."""
    from crm_cli.domain.values import read_email

    address = read_email(what)
    with Unit(session, kind="system") as unit:
        if address not in store.bad_addresses(unit.connection):
            raise errors.NotFound(
                f"{address} is not marked as bad", hint="see crm remind deliveries --state failed"
            )
        failed = [
            row.id for row in store.in_state(unit.connection, State.FAILED)
            if row.recipient == address
        ]  # fmt: skip
        store.mark_good(unit.batch, address)
        if failed:
            store.take(unit.batch, failed, Step.SETTLE_RESEND, at=unit.at)
        body = unit.commit(
            f"remind resolve {address} ok",
            then=lambda connection: queries.rows(connection, failed),
        )
    return Result(body=body, messages=_said(session, OK))


def _said(session: Session, word: str) -> list[Message]:
    if session.dry_run:
        return [Message("dry run: nothing was written")]
    if word == "sent":
        return []
    return [Message("what is still due goes out with the next crm remind send")]
