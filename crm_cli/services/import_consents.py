"""Consents in an import of contacts: what becomes of what the rows say.

No import turns a no into a yes, and a yes is taken with its proof alone. Any no wins: over a yes
of the store, over one in another row of the file, whatever their dates. What was known already is
not recorded twice. See docs/decisions/0019-consent.md.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.consent import GRANTED, WITHDRAWN
from crm_cli.store import import_consents as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.exchange.columns import Plan
    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit

FIELDS = frozenset(
    {
        "consents", "marketing_consent", "opt_in_at", "consent_proof", "email_opt_out",
        "phone_opt_out", "opt_out_at", "bounced_at",
    }
)  # fmt: skip
"""Columns that say a yes or a no; the others only tell more of it."""

CLAIMED = "claimed"
"""What is staged for a yes without proof: it changes nothing, and is told."""

KEPT = "rows say yes to mail from a contact who said no; the no was kept"
UNPROVEN = (
    "rows say yes to mail without a proof (when they opted in, or in words); no consent was noted"
)


DETAILS = frozenset(
    {"opt_in_ip", "confirmed_at", "confirmed_ip", "opt_out_campaign", "opt_out_reason"}
)


def told_by(plan: Plan, header: Sequence[str]) -> bool:
    """Say whether a file tells anything of consents; columns that only tell more of what nobody
    says are none that are understood."""
    if plan.fields & FIELDS or (plan.preset and plan.preset.states):
        return True
    details = {at for at, target in plan.targets.items() if target.field in DETAILS}
    if details:
        lost = {*plan.unknown, *(header[at] for at in details)}
        plan.targets = {at: t for at, t in plan.targets.items() if at not in details}
        plan.unknown = [title for title in header if title in lost]
    return False


class Said(NamedTuple):
    """A row of which a warning is given."""

    line: int
    whom: str


class Consents:
    """What the rows of one import change. ``rows`` are those that bring something new to a
    contact whom another row or an earlier import made, ``merged`` how many of them say more
    than that; ``contacts`` are those known before."""

    def __init__(self) -> None:
        self.rows: set[int] = set()
        self.contacts: set[int] = set()
        self.merged = 0
        self.hears_yes = True
        """Whether a row says yes for a contact known before; ``skip`` leaves that one alone."""
        self._kept: list[Said] = []
        self._unproven: list[Said] = []

    def settle(self, connection: sqlite3.Connection, job: Job, *, all_new_from: int = 0) -> None:
        """Decide about everything the rows say; stage what is to be recorded, tell the rest.

        ``all_new_from`` is the first one's id where every staged row makes a contact.
        """
        self.hears_yes = job.request.on_match != "skip"
        trashed = store.trashed_noes(connection)
        for chunk in store.told(connection, all_new_from):
            known = [group[0].contact_id for group in chunk if not group[0].is_new]
            recorded = store.recorded(connection, known) if known else {}
            noes = store.noes_of(connection, chunk, trashed) if trashed else {}
            store.stage(
                connection,
                [news for group in chunk for news in self._of_one(group, recorded, noes)],
            )
        for kind, text, said in (
            ("consent-kept-withdrawn", KEPT, self._kept),
            ("consent-unproven", UNPROVEN, self._unproven),
        ):
            for line, whom in sorted(set(said)):
                job.warnings.add(kind, text, line, whom=whom)

    def _of_one(
        self, group: list[store.Told],
        recorded: dict[tuple[int, str, str], list[tuple[str, str | None]]],
        noes: dict[tuple[int, str, str], store.Event],
    ) -> list[tuple[int, store.Event]]:  # fmt: skip
        """Return the events to record of one contact: one for each channel and purpose."""
        pairs: dict[tuple[Any, Any], list[store.Told]] = {}
        for row in group:
            pairs.setdefault(row.event[:2], []).append(row)  # type: ignore[arg-type]
        found = []
        for (channel, purpose), rows in pairs.items():
            key = (group[0].contact_id, channel, purpose)
            past = recorded.get(key, [])
            best = _latest([row for row in rows if row.event[2] == WITHDRAWN], past)
            others = [row for row in rows if row.event[2] != WITHDRAWN]
            if best is None and not past and others and key in noes:
                # Whoever said no and was deleted is met again: the no is theirs still.
                best = others[0]._replace(event=noes[key])
            now = past[-1][0] if past else None
            if best is not None or now == WITHDRAWN:
                self._kept += map(_said, others)
            else:
                others = [row for row in others if row.is_new or self.hears_yes]
                proven = [row for row in others if row.event[2] == GRANTED]
                best = _latest(proven, past)
                if not proven and now is None:
                    self._unproven += map(_said, others)
            if best is not None:
                found.append((best.contact_id, best.event))
                self._note(best)
        return found

    def _note(self, row: store.Told) -> None:
        if not row.creates:
            self.rows.add(row.n)
        if not row.is_new:
            self.contacts.add(row.contact_id)

    def write(self, unit: Unit) -> None:
        """Put the events into the unit."""
        count = store.count(unit.connection)
        if count:
            first = unit.draw("consent_events", count)
            unit.insert_select(
                "consent_events", store.NEW_COLUMNS, store.NEW, {"first": first, "at": unit.at},
                first, count,
            )  # fmt: skip
        if self.contacts:
            # Those that nothing else touched: a row may be changed only once in an entry.
            ids = {"ids": json.dumps(sorted(self.contacts))}
            unit.update_where("contacts", {"updated_at": unit.at}, store.OF, ids)


def _said(row: store.Told) -> Said:
    return Said(row.line, f"#{row.contact_id} {row.name}")


def _latest(rows: list[store.Told], past: list[tuple[str, str | None]]) -> store.Told | None:
    """Return the row of the latest time among those that say something new."""
    best: store.Told | None = None
    for row in rows:
        state, at = str(row.event[2]), row.event[3]
        if _is_new(state, at, past) and (best is None or (at or "") > (best.event[3] or "")):
            best = row
    return best


def _is_new(state: str, at: str | None, past: list[tuple[str, str | None]]) -> bool:
    if at and (state, at) in past:
        return False
    if past and past[-1][0] == state:
        return bool(at) and (past[-1][1] is None or str(at) > past[-1][1])
    return True
