"""What a run of ``remind send`` has to do: which follow-ups go to whom, and what stays behind."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.clock import read_instant
from crm_cli.domain import delivery
from crm_cli.domain.delivery import State
from crm_cli.domain.follow_up import due_instant, is_due, occurrence
from crm_cli.domain.values import read_email
from crm_cli.store import deliveries as store
from crm_cli.store import follow_ups

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from crm_cli.session import Session
    from crm_cli.store.follow_ups import FollowUp

STDOUT = "stdout"
"""Recipient, and channel, of what is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """To whom reminders go: bare addresses.

    ``everything``: who gets whatever is due. ``owners``: owner's name in lower case -> address;
    None where owners are not asked for, ``fallback`` gets what has none. ``customers``: whether
    service reminders go to the customers themselves.
    """

    everything: tuple[str, ...] = ()
    owners: Mapping[str, str] | None = None
    fallback: tuple[str, ...] = ()
    customers: bool = False


class Item(NamedTuple):
    """One follow-up to one recipient; ``row`` is its number in the ledger, 0 before it has one."""

    follow_up: FollowUp
    occurrence: str
    recipient: str
    is_customer: bool = False
    row: int = 0
    attempts: int = 0


class Mail(NamedTuple):
    """One mail: a digest has several items."""

    recipient: str
    items: tuple[Item, ...]
    is_customer: bool = False


class Plan(NamedTuple):
    """What to do with everything that is due.

    ``mails`` are to be sent. ``too_old``, ``unwanted`` (no consent) and ``bad`` (an address that
    takes nothing) are noted down only: new ones have no row yet. ``withdrawn``: claimed, but the
    consent is gone. ``admitted``: rows skipped before, for a reason that holds no more; their items
    are among the mails. ``waiting``
    (lines of the ledger) are tried later; ``homeless`` have nobody to go to.
    """

    mails: list[Mail]
    too_old: list[Item]
    unwanted: list[Item]
    withdrawn: list[Item]
    admitted: list[int]
    bad: list[tuple[Item, str]]
    waiting: list[store.Row]
    homeless: list[FollowUp]

    @property
    def due(self) -> int:
        """How many items are due."""
        return (
            sum(len(mail.items) for mail in self.mails)
            + len(self.too_old) + len(self.unwanted) + len(self.withdrawn)
            + len(self.bad) + len(self.waiting) + len(self.homeless)
        )  # fmt: skip


def due_now(session: Session) -> list[FollowUp]:
    """Return the follow-ups that are due at this moment, the earliest first."""
    zone = session.zone
    now = session.clock.now(zone)
    found = follow_ups.due(session.reader, session.today.isoformat())
    return [each for each in found if is_due(each.due_on, each.due_time, now, zone)]


def make(
    session: Session, recipients: Recipients, channel: str, *, each: bool, late: timedelta
) -> Plan:
    """Return what a run has to do now. Writes nothing."""
    connection = session.reader
    due = due_now(session)
    if due and not (recipients.everything or recipients.customers or recipients.owners is not None):
        raise _nobody()
    customers = (
        store.customers(connection, (one.contact_id for one in due if one.kind == "service"))
        if recipients.customers
        else {}
    )
    known = {
        (row.follow_up, row.occurrence, row.recipient): row
        for row in store.rows_of(connection, (one.id for one in due), channel)
    }
    plan = Plan([], [], [], [], [], [], [], [])
    sorter = _Sorter(session, plan, store.bad_addresses(connection), late)
    seen: set[tuple[int, str]] = set()
    for item in _addressed(due, recipients, customers, plan.homeless):
        one = item.follow_up
        if (one.id, item.recipient) in seen:
            continue
        seen.add((one.id, item.recipient))
        may_go = not item.is_customer or customers[one.contact_id].may_be_mailed
        sorter.put(item, known.get((one.id, item.occurrence, item.recipient)), may_go=may_go)
    plan.mails.extend(_mails(sorter.ready, each=each))
    return plan


class _Sorter:
    """Puts each item where it belongs: among those that are ready, or on a list of the plan."""

    def __init__(
        self, session: Session, plan: Plan, bad: Mapping[str, str], late: timedelta
    ) -> None:
        self.ready: list[Item] = []
        self._session = session
        self._plan = plan
        self._bad = bad
        self._late = late

    def put(self, item: Item, row: store.Row | None, *, may_go: bool) -> None:
        """Put an item by its line in the ledger; ``may_go``: nobody's consent is missing."""
        if row is None:
            self._put_new(item, may_go=may_go)
            return
        item = item._replace(row=row.id, attempts=row.attempts)
        if row.state != State.CLAIMED:
            # Too old by a clock that was wrong, or before --late was longer, is none any more.
            was_left_out = row.state == State.SKIPPED and row.error in store.LEFT_OUT
            if was_left_out and may_go and self._may_begin(item):
                self._plan.admitted.append(row.id)
                self.ready.append(item)
        elif not may_go:
            self._plan.withdrawn.append(item)
        elif item.recipient in self._bad:
            self._plan.bad.append((item, self._bad[item.recipient]))
        elif self._waits(row.next_try_at):
            self._plan.waiting.append(row)
        else:
            self.ready.append(item)

    def _put_new(self, item: Item, *, may_go: bool) -> None:
        if self._is_too_old(item.follow_up):
            self._plan.too_old.append(item)
        elif not may_go:
            self._plan.unwanted.append(item)
        elif item.recipient in self._bad:
            self._plan.bad.append((item, self._bad[item.recipient]))
        else:
            self.ready.append(item)

    def _may_begin(self, item: Item) -> bool:
        return item.recipient not in self._bad and not self._is_too_old(item.follow_up)

    def _waits(self, next_try_at: str | None) -> bool:
        if next_try_at is None:
            return False
        zone = self._session.zone
        again = read_instant(next_try_at, zone)
        return not delivery.may_be_tried(again, self._session.clock.now(zone))

    def _is_too_old(self, one: FollowUp) -> bool:
        zone = self._session.zone
        return delivery.is_too_old(
            date.fromisoformat(one.due_on),
            due_instant(one.due_on, one.due_time, zone),
            today=self._session.today,
            now=self._session.clock.now(zone),
            late=self._late,
        )


def _addressed(
    due: list[FollowUp], recipients: Recipients, customers: Mapping[int, store.Customer],
    homeless: list[FollowUp],
) -> Iterator[Item]:  # fmt: skip
    """Yield every follow-up once for each of its recipients; those without any are put aside."""
    for one in due:
        when = occurrence(one.due_on, one.due_time)
        mine = list(recipients.everything)
        if recipients.owners is not None:
            owner = _of_owner(recipients.owners, one.owner)
            mine += [owner] if owner else recipients.fallback
            if not mine:
                homeless.append(one)
        for address in mine:
            yield Item(one, when, address)
        customer = customers.get(one.contact_id) if one.kind == "service" else None
        if customer is not None and customer.address:
            yield Item(one, when, customer.address, is_customer=True)


def _of_owner(owners: Mapping[str, str], owner: str | None) -> str | None:
    """Return the address of an owner; one that is an address is its own."""
    if owner is None:
        return None
    found = owners.get(owner.strip().lower())
    if found is None and "@" in owner:
        with suppress(errors.InvalidValue):
            return read_email(owner)
    return found


def _mails(ready: list[Item], *, each: bool) -> list[Mail]:
    """Return one mail a recipient, or one an item; customers never get a list."""
    digests: dict[str, list[Item]] = {}
    mails: list[Mail | str] = []
    for item in ready:
        if each or item.is_customer:
            mails.append(Mail(item.recipient, (item,), is_customer=item.is_customer))
            continue
        if item.recipient not in digests:
            mails.append(item.recipient)
        digests.setdefault(item.recipient, []).append(item)
    return [
        Mail(found, tuple(digests[found])) if isinstance(found, str) else found for found in mails
    ]


def in_turn(mails: Sequence[Mail], run: int) -> list[Mail]:
    """Return mails in the order in which a run tries them: first those that were never tried, then
    the others, another one at their head in each run: what stops the run shall not stand in the
    way of the same ones for ever."""
    again = [mail for mail in mails if any(item.attempts for item in mail.items)]
    first = run % len(again) if again else 0
    fresh = [mail for mail in mails if not any(item.attempts for item in mail.items)]
    return [*fresh, *again[first:], *again[:first]]


class Overtaken(Exception):
    """What a mail says was changed while the server was waited for."""


class Renewed(NamedTuple):
    """A mail as it is now: what is left of it, and the ledger's lines of what is not: ``gone``
    (done, put off, or no longer that recipient's), ``unwanted`` (the consent is gone)."""

    mail: Mail
    gone: list[int]
    unwanted: list[int]


def renewed(connection: sqlite3.Connection, mail: Mail) -> Renewed:
    """Return what has become of a mail since it was planned."""
    found = follow_ups.listed(
        connection, {"ids": json.dumps([one.follow_up.id for one in mail.items])}
    )
    now = {one.id: one for one in found}
    customers = (
        store.customers(connection, (one.contact_id for one in found)) if mail.is_customer else {}
    )
    left, gone, unwanted = [], [], []
    for item in mail.items:
        one = now.get(item.follow_up.id)
        if (
            one is None
            or one.state != "open"
            or occurrence(one.due_on, one.due_time) != item.occurrence
        ):
            gone.append(item.row)
            continue
        customer = customers.get(one.contact_id)
        if item.is_customer and (customer is None or customer.address != item.recipient):
            gone.append(item.row)
        elif item.is_customer and customer is not None and not customer.may_be_mailed:
            unwanted.append(item.row)
        else:
            left.append(item._replace(follow_up=one))
    return Renewed(mail._replace(items=tuple(left)), gone, unwanted)


def _nobody() -> errors.UsageError:
    """Return the error of a run that has nobody to send to."""
    return errors.UsageError(
        "reminders are due, and there is nobody to send them to",
        hint="crm config set remind_to you@example.com, or name --to ADDRESS",
    )
