"""What the rows of a contact file say of consents: states, times, opt-outs, and their proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.consent import EVENT, GRANTED, WITHDRAWN, Told, read_event, read_state
from crm_cli.services.import_consents import CLAIMED
from crm_cli.services.import_values import one_line, problem
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.exchange.columns import Plan
    from crm_cli.services.import_values import DateReader
    from crm_cli.services.importing import Job
    from crm_cli.store import import_consents as store


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
        return one_line(" ".join([cells[at] for at in self.at[field]])) if self.at[field] else None

    def _time(self, field: str, cells: Sequence[str]) -> str | None:
        """Return a column's time in UTC, None where the cell is empty. Raises RowProblem."""
        for at in self.at[field]:
            if text := cells[at].strip():
                try:
                    return self.dates.instant(text)
                except ValueError as error:
                    raise problem(field, error) from None
        return None

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
                plain = told.state == GRANTED and text.lower() in _PLAIN_YES
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
