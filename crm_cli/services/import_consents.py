"""Consents in an import of contacts: what a row says, and what becomes of it.

No import turns a no into a yes, and a yes is taken with its proof alone. Any no wins: over a yes
of the store, over one in another row of the file, whatever their dates. What was known already is
not recorded twice. See docs/decisions/0019-consent.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.consent import EVENT, GRANTED, WITHDRAWN, Told, read_event, read_state
from crm_cli.services.import_values import one_line, problem
from crm_cli.services.importing import RowProblem
from crm_cli.store import import_consents as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.exchange.columns import Plan
    from crm_cli.services.import_values import DateReader
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


def told_by(plan: Plan) -> bool:
    """Say whether a file tells anything of consents."""
    return bool(plan.fields & FIELDS or (plan.preset and plan.preset.states))


# -- rows -----------------------------------------------------------------------------------------


class ConsentReader:
    """Reads what the rows of one file say of consents."""

    def __init__(self, job: Job, dates: DateReader) -> None:
        plan, preset = job.plan, job.plan.preset
        self.dates = dates
        self.own = plan.index("consents")
        self.state = plan.index("marketing_consent")
        self.at = {
            name: plan.indexes(name)
            for name in (
                "opt_in_at", "opt_in_ip", "confirmed_at", "confirmed_ip", "consent_proof",
                "email_opt_out", "phone_opt_out", "opt_out_at", "opt_out_campaign",
                "opt_out_reason", "bounced_at",
            )
        }  # fmt: skip
        self.email = plan.indexes("email")
        name = Path(job.table.source.name).name
        self.source = job.request.source or (preset and preset.source) or name
        self.silent = self._of_file(name, plan) if preset and preset.states else Told(None)
        self.is_silence_a_yes = not (preset and preset.states)
        self.has_marketing = self.state >= 0 or bool(preset and preset.states) or any(
            self.at[key]
            for key in ("opt_in_at", "consent_proof", "email_opt_out", "opt_out_at", "bounced_at")
        )  # fmt: skip

    @staticmethod
    def _of_file(name: str, plan: Plan) -> Told:
        """Return what a row says that says nothing: products that write a file for each state
        tell it by the file's name, or by a column that no other file has."""
        stem = Path(name).stem.lower()
        states = plan.preset.states if plan.preset else {}
        for word, meant in states.items():
            told = read_state(meant)
            # A name that only looks like one may say less, never more.
            if stem == word or stem.startswith(f"{word}_") or (told.state is None and word in stem):
                return told
        if plan.index("marketing_consent") >= 0:
            return Told(None)
        if plan.index("opt_out_at") >= 0:
            return read_state("unsubscribed")
        return read_state("cleaned" if plan.index("bounced_at") >= 0 else "subscribed")

    def read(self, cells: Sequence[str]) -> list[store.Event]:
        """Return what a row says. Raises RowProblem."""
        found = self._own(cells[self.own]) if self.own >= 0 and cells[self.own].strip() else []
        if self.has_marketing and (event := self._marketing(cells)):
            found.append(event)
        if self.at["phone_opt_out"]:
            is_out, at = self._opted_out("phone_opt_out", cells)
            if is_out:
                found.append(self._event("phone", WITHDRAWN, at, "unsubscribed", []))
        return found

    def _own(self, text: str) -> list[store.Event]:
        """Read the cell of our own export."""
        try:
            told = json.loads(text)
            if not (isinstance(told, list) and all(isinstance(x, dict) for x in told)):
                raise ValueError
        except (ValueError, RecursionError):
            raise RowProblem(
                "consents", 'is not a JSON list such as [{"channel": "email", "purpose":'
                ' "marketing", "state": "withdrawn"}]',
            ) from None  # fmt: skip
        found = []
        for entry in told:
            try:
                event = read_event(entry)
                event["at"] = self.dates.instant(event["at"]) if event["at"] else None
            except (errors.InvalidValue, ValueError) as error:
                raise problem("consents", error) from None
            event["source"] = event["source"] or self.source
            if event["state"] == GRANTED and not (event["at"] or event["proof"]):
                event["state"] = CLAIMED
            found.append(tuple(event[name] for name in EVENT))
        return found

    def _marketing(self, cells: Sequence[str]) -> store.Event | None:
        """Return what the row's own columns say of e-mails of marketing."""
        text = cells[self.state].strip() if self.state >= 0 else ""
        said = self._word("marketing_consent", text) if text else None
        opted_in, left = self._time("opt_in_at", cells), self._time("opt_out_at", cells)
        words, dead = self._text("consent_proof", cells), self._time("bounced_at", cells)
        proof = [words] if words else []
        for what, at in (
            ("opted in", opted_in), ("confirmed", self._time("confirmed_at", cells)),
        ):  # fmt: skip
            if at and not (what == "confirmed" and at == opted_in):
                ip = self._text("opt_in_ip" if at is opted_in else "confirmed_ip", cells)
                proof.append(f"{what} {at}" + (f" from {ip}" if ip else ""))
        is_out, out_at = self._opted_out("email_opt_out", cells)
        told = said or self.silent
        basis = told.basis if told.state == WITHDRAWN else None
        if left or is_out:
            basis = basis if basis not in {None, "declined"} else "unsubscribed"
        elif dead:
            basis = "bounced"
        if basis:
            at = left or dead or out_at
            proof += self._leaving(cells)
            if basis == "bounced" and self.email and (address := cells[self.email[0]].strip()):
                proof.append(f"{address} takes no mail")
            return self._event("email", WITHDRAWN, at, basis, proof)
        is_yes = told.state == GRANTED or (
            said is None and self.is_silence_a_yes and bool(opted_in or words)
        )
        if not is_yes:
            return None
        state = GRANTED if opted_in or words else CLAIMED
        return self._event("email", state, opted_in, "consent", proof)

    def _event(
        self, channel: str, state: str, at: str | None, basis: str, proof: list[str]
    ) -> store.Event:
        return channel, "marketing", state, at, basis, self.source, "; ".join(proof) or None

    def _word(self, field: str, text: str) -> Told:
        try:
            return read_state(text)
        except errors.InvalidValue as error:
            raise problem(field, error) from None

    def _text(self, field: str, cells: Sequence[str]) -> str | None:
        return one_line(" ".join(cells[at] for at in self.at[field]))

    def _time(self, field: str, cells: Sequence[str]) -> str | None:
        """Return a column's time in UTC, None where the cell is empty. Raises RowProblem."""
        text = next((cells[at].strip() for at in self.at[field] if cells[at].strip()), "")
        try:
            return self.dates.instant(text) if text else None
        except ValueError as error:
            raise problem(field, error) from None

    def _opted_out(self, field: str, cells: Sequence[str]) -> tuple[bool, str | None]:
        """Return whether a column says that somebody left, and when where it is a time."""
        is_out, when = False, None
        for text in (cells[at].strip() for at in self.at[field]):
            if text[:1].isdigit() and len(text) > 5:
                try:
                    is_out, when = True, self.dates.instant(text)
                except ValueError as error:
                    raise problem(field, error) from None
            elif text:
                told = self._word(field, text)
                # In such a column a bare yes is a no to mail, and a bare no says nothing.
                plain = told.state == GRANTED and fold_plain(text) in _PLAIN_YES
                is_out |= plain or (told.state == WITHDRAWN and told.basis != "declined")
        return is_out, when

    def _leaving(self, cells: Sequence[str]) -> list[str]:
        """Return by which campaign somebody left, and why."""
        titles = [cells[at].strip() for at in self.at["opt_out_campaign"] if cells[at].strip()]
        reasons = [cells[at].strip() for at in self.at["opt_out_reason"] if cells[at].strip()]
        return [
            f"{word} {one_line(', '.join(parts))}"
            for word, parts in (("campaign", titles), ("reason", reasons))
            if parts
        ]


_PLAIN_YES = frozenset("yes y true 1 on x ja wahr oui vrai".split())


def fold_plain(text: str) -> str:
    """Return a word in lower case, without blanks around it."""
    return text.strip().lower()


# -- what becomes of it ---------------------------------------------------------------------------


class Said(NamedTuple):
    """A row of which a warning is given."""

    line: int
    whom: str


class Consents:
    """What the rows of one import change. ``rows`` are those that bring something new to a
    contact whom another row or an earlier import made; ``contacts`` are those known before."""

    def __init__(self) -> None:
        self.rows: set[int] = set()
        self.contacts: set[int] = set()
        self.of_known_rows = 0
        self._kept: list[Said] = []
        self._unproven: list[Said] = []

    def settle(self, connection: sqlite3.Connection, job: Job) -> None:
        """Decide about everything the rows say; stage what is to be recorded, tell the rest."""
        for chunk in store.told(connection):
            known = [group[0].contact_id for group in chunk if not group[0].is_new]
            recorded = store.recorded(connection, known) if known else {}
            store.stage(
                connection, [news for group in chunk for news in self._of_one(group, recorded)]
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
    ) -> list[tuple[int, store.Event]]:  # fmt: skip
        """Return the events to record of one contact: one for each channel and purpose."""
        pairs: dict[tuple[Any, Any], list[store.Told]] = {}
        for row in group:
            pairs.setdefault(row.event[:2], []).append(row)  # type: ignore[arg-type]
        found = []
        for (channel, purpose), rows in pairs.items():
            past = recorded.get((group[0].contact_id, channel, purpose), [])
            best = _latest([row for row in rows if row.event[2] == WITHDRAWN], past)
            others = [row for row in rows if row.event[2] != WITHDRAWN]
            now = past[-1][0] if past else None
            if best is not None or now == WITHDRAWN:
                self._kept += map(_said, others)
            else:
                proven = [row for row in others if row.event[2] == GRANTED]
                best = _latest(proven, past)
                if not proven and now is None:
                    self._unproven += map(_said, others)
            if best is not None:
                found.append((best.contact_id, best.event))
                self._note(best)
        return found

    def _note(self, row: store.Told) -> None:
        if not row.creates and row.n not in self.rows:
            self.rows.add(row.n)
            self.of_known_rows += row.is_known
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
