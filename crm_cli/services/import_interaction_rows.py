"""The rows of a table of talks, laid out in the staging tables.

A talk's identity is its fingerprint within its contact: when, how, which way and what was said.
Equal rows of one file are separate talks, and the n-th of them is the n-th in the store.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.clock import NOON, instant_text, wall_instant
from crm_cli.domain.interaction import (
    read_duration,
    read_sentiment,
    usual_direction,
)
from crm_cli.domain.values import fold
from crm_cli.services.import_purchase_parties import CUSTOMER_FIELDS, TOLD_FIELDS, Customers
from crm_cli.services.import_values import DateReader, hash63, one_line, problem
from crm_cli.services.importing import RowProblem
from crm_cli.store import import_interactions as store
from crm_cli.store import picklists
from crm_cli.store.import_interaction_updates import TOLD_CHANNEL, TOLD_DIRECTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

FIELDS = (
    "own_id", "at", "time", "channel", "direction", "subject", "body", "outcome", "sentiment",
    "duration_minutes", "duration_seconds", "by", "campaign", "message_id", "done",
    "lead",
)  # fmt: skip

KNOWN_AT_ONCE = 100_000
LONGEST_TEXT = 100_000
"""Characters of a text that are kept, as of a mail's."""

CHANNELS = {
    "phone": "call", "phone call": "call", "telephone": "call", "logged call": "call",
    "telefon": "call", "telefonat": "call", "anruf": "call", "appel": "call",
    "telephone call": "call", "calls": "call", "mail": "email", "e mail": "email",
    "emails": "email", "logged email": "email", "sales email": "email", "courriel": "email",
    "incoming email": "email", "forwarded email": "email", "lunch": "meeting",
    "demo": "meeting", "appointment": "meeting", "event": "meeting", "meetings": "meeting",
    "video call": "meeting", "treffen": "meeting", "besprechung": "meeting",
    "termin": "meeting", "reunion": "meeting", "rendez-vous": "meeting", "besuch": "visit",
    "visite": "visit", "site visit": "visit", "whatsapp": "chat", "linkedin": "chat",
    "linkedin message": "chat", "live chat": "chat", "message": "chat", "text": "sms",
    "text message": "sms", "brief": "letter", "lettre": "letter", "post": "letter",
    "postal mail": "letter", "postal_mail": "letter", "notiz": "note", "remarque": "note",
    "notes": "note",
}  # fmt: skip
"""What other programs and people call a channel."""

OUTCOMES = {
    "connected": "reached", "answered": "reached", "spoke": "reached", "erreicht": "reached",
    "joint": "reached", "no answer": "no-answer", "not answered": "no-answer",
    "busy": "no-answer", "missed": "no-answer", "nicht erreicht": "no-answer",
    "left voicemail": "voicemail", "left message": "voicemail", "left live message": "voicemail",
    "call back": "call-back", "callback": "call-back", "not interested": "not-interested",
}  # fmt: skip

_IN = frozenset("in incoming inbound received eingehend eingang entrant recu".split())
_OUT = frozenset("out outgoing outbound sent ausgehend ausgang sortant envoye".split())
_NEITHER = frozenset("none internal intern interne".split())
_TO_DO = frozenset(
    ("no", "n", "0", "false", "nein", "non", "open", "offen", "to do", "todo", "planned",
     "scheduled", "not started", "in progress", "waiting", "waiting on someone else", "deferred",
     "not_started", "in_progress", "pending", "geplant", "ouvert", "a faire")
)  # fmt: skip


class TalkReader:
    """Stages rows; ``n`` have been, ``skipped`` (not done yet) have not."""

    def __init__(self, job: Job, staging: Staging, match: Sequence[str]) -> None:
        self.job = job
        self.staging = staging
        self.n = self.skipped = 0
        self._at = {name: job.plan.index(name) for name in (*TOLD_FIELDS, *FIELDS)}
        self._customers = Customers(job, match)
        self._dates = DateReader(
            job.session.zone, job.request.dates or job.session.date_order
        )  # fmt: skip
        connection = job.session.writer
        self._channels = _words(picklists.values(connection, "channel"), CHANNELS)
        self._outcomes = _words(picklists.values(connection, "outcome"), OUTCOMES)
        self._leads: dict[str, int | None] = {"": None}
        self._odd: dict[str, Counter[str]] = {"channel": Counter(), "outcome": Counter()}
        fields = job.plan.fields
        self._is_own = {"own_id", "contact_id", "message_id"} <= fields
        self._now = job.session.now_text
        self._kept = self._columns_to_keep()

    def _columns_to_keep(self) -> list[tuple[int, str]]:
        """Return (place, title) of the columns nobody knows that go into the text: a talk has no
        fields of its own. What is kept is no part of a row's fingerprint, so that the same file
        without it means the same talks."""
        plan = self.job.plan
        if not self.job.request.keep_unknown:
            return []
        kept = [
            (at, title) for at, title in enumerate(self.job.table.header)
            if title in plan.unknown and at not in plan.targets
        ]  # fmt: skip
        plan.unknown = []
        return kept

    def stage_row(self, line: int, row: list[str]) -> None:
        """Stage one row. Raises RowProblem."""
        # A column the file has not is read from an empty cell added to the row.
        row.append("")
        cell = {name: row[index].strip() for name, index in self._at.items()}
        if fold(cell["done"]) in _TO_DO:
            self.skipped += 1
            self.job.warnings.add("to-do", "activities that are not done yet were left out", line)
            return
        at, happened = self._instant(cell)
        added: list[str] = []
        channel, direction, told = self._channel(cell, added)
        outcome = self._outcome(cell["outcome"], added)
        text = "\n".join(part for part in (cell["body"].replace("\r\n", "\n"), *added) if part)
        message_id = cell["message_id"].strip("<>").strip() or None
        subject = one_line(cell["subject"])
        kept = "\n".join(
            f"{title}: {row[at].strip()}" for at, title in self._kept if row[at].strip()
        )
        body = f"{text}\n{kept}".strip() if kept else text
        if len(body) > LONGEST_TEXT:
            raise RowProblem("body", f"is longer than {LONGEST_TEXT} characters")
        if not (body or subject or outcome):
            raise RowProblem("body", "says nothing: no text, subject or outcome")
        try:
            sentiment = read_sentiment(cell["sentiment"]) if cell["sentiment"] else None
            duration = self._duration(cell)
        except errors.InvalidValue as error:
            name = "sentiment" if cell["sentiment"] and "sentiment" in error.message else "duration"
            raise problem(name, error) from None
        whom = [cell[name] for name in TOLD_FIELDS]
        key = tuple(cell[name] for name in CUSTOMER_FIELDS)
        customer = self._customers.number(key, whom, line, self.staging)
        own = cell["own_id"] if self._is_own else ""
        self.n += 1
        fingerprint = hash63(
            "\x1f".join(("talk", at, channel, direction, subject or "", text, outcome or ""))
        )
        self.staging.add("s_purchases", (self.n, line, customer))
        self.staging.add(
            "s_talks",
            (
                self.n, line, customer,
                int(own) if own.isascii() and own.isdigit() and len(own) < 18 else None,
                happened, channel, direction, subject, body or None, outcome, sentiment, duration,
                one_line(cell["by"]), one_line(cell["campaign"]), message_id,
                None if message_id else fingerprint, told, self._lead(cell["lead"], line),
            ),
        )  # fmt: skip

    def _instant(self, cell: dict[str, str]) -> tuple[str, str]:
        """Return when it was as the file tells, and as it is kept: a day alone is noon, today's
        not later than now. Raises RowProblem."""
        text = cell["at"]
        if not text:
            raise RowProblem("at", "has no date")
        if cell["time"] and ":" not in text:
            text = f"{text} {cell['time']}"
        try:
            if ":" in text:
                at = self._dates.instant(text)
            else:
                day = date.fromisoformat(self._dates.day(text))
                at = instant_text(wall_instant(day, NOON, self.job.session.zone))
                if day == self.job.session.today:
                    return at, min(at, self._now)
        except (ValueError, OverflowError) as error:
            raise RowProblem("at", str(error)) from None
        if at > self._now:
            raise RowProblem("at", f"{text!r} lies ahead: what has happened is logged")
        return at, at

    def _channel(self, cell: dict[str, str], added: list[str]) -> tuple[str, str, int]:
        """Return the channel, the direction, and which of them the row itself tells."""
        text = fold(cell["channel"]).replace("_", " ")
        told = fold(cell["direction"])
        for word in (text, told):  # "incoming call", "sent email"
            first, _, rest = word.partition(" ")
            if first in _IN | _OUT and rest:
                told = first
                text = rest if word == text else text
        which = TOLD_CHANNEL * bool(text) | TOLD_DIRECTION * bool(told)
        channel = self._channels.get(text)
        if channel is None and not text:
            channel = "email" if cell["message_id"] else "other"
        if channel is None:
            channel = "other"
            self._odd["channel"][cell["channel"]] += 1
            added.append(f"Type: {cell['channel']}")
        if told in _IN:
            return channel, "in", which
        if told in _OUT:
            return channel, "out", which
        if told in _NEITHER:
            return channel, "none", which
        if told:
            raise RowProblem("direction", f"{cell['direction']!r} is no direction; write in or out")
        return channel, usual_direction(channel), which

    def _lead(self, text: str, line: int) -> int | None:
        """Return the lead that a row was about, None where it names none that is known."""
        if text not in self._leads:
            is_own = self._is_own and text.isascii() and text.isdigit() and len(text) < 18
            system = self.job.request.source
            names = [text, f"{system}:{text}"] if system else [text]
            if len(self._leads) > KNOWN_AT_ONCE:
                self._leads = {"": None}
            self._leads[text] = store.lead_named(
                self.job.session.writer, int(text) if is_own else None, json.dumps(names)
            )
        if text and self._leads[text] is None:
            self.job.warnings.add("lead", "rows name a lead that is not here", line)
        return self._leads[text]

    def _outcome(self, text: str, added: list[str]) -> str | None:
        if not text:
            return None
        found = self._outcomes.get(fold(text))
        if found is None:
            self._odd["outcome"][text] += 1
            added.append(f"Outcome: {text}")
        return found

    def _duration(self, cell: dict[str, str]) -> int | None:
        seconds = cell["duration_seconds"].partition(".")[0]
        if seconds.isascii() and seconds.isdigit():
            return (min(int(seconds), 6_000_000) + 59) // 60
        text = cell["duration_minutes"]
        if text.count(":") == 2:  # hours, minutes, seconds
            text = text.rpartition(":")[0]
        return read_duration(text) if text else None

    def say_words(self) -> None:
        """Say which words are no choices of their lists."""
        for name, words in self._odd.items():
            if words:
                shown = ", ".join(word for word, _ in words.most_common(5))
                what = "were taken for other" if name == "channel" else "stand in the text"
                self.job.warnings.add(
                    name, f"{name}s nobody knows {what}: {shown};"
                    f" crm picklist add {name} NAME makes one", count=words.total(),
                )  # fmt: skip

    def trim(self) -> None:
        """Let customers go to disk where they are many."""
        if len(self._customers.known) > KNOWN_AT_ONCE:
            self._customers.keep()


def _words(values: Sequence[tuple[str, str, list[str]]], others: dict[str, str]) -> dict[str, str]:
    """Return folded word -> key: keys, labels and aliases before what others say."""
    keys = {key for key, _, _ in values}
    found = {word: key for word, key in others.items() if key in keys}
    for key, label, aliases in values:
        found |= {fold(word): key for word in aliases}
        found |= {fold(label): key, fold(key): key}
    return found
