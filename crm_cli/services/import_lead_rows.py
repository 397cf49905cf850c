"""The rows of a file of leads, laid out in the staging tables.

A lead's identity is its number in the other program. Without one it is its fingerprint: whom it
is with as the row tells it, title, message and when it began. Stage, value and all that changes
in a lead's life are no part of it; equal rows of one file are separate leads, and the n-th of them
is the n-th in the store.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from crm_cli.domain import lead_words as words
from crm_cli.domain.values import fold, search_key
from crm_cli.exchange.cells import split_list
from crm_cli.services.import_lead_cells import Cells, When, read_days_of_closing
from crm_cli.services.import_lead_parties import FIELDS as PARTY_FIELDS
from crm_cli.services.import_lead_stages import Stages
from crm_cli.services.import_values import hash63, one_line
from crm_cli.services.importing import RowProblem
from crm_cli.store import picklists
from crm_cli.store.import_leads import STAGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.import_lead_parties import Parties
    from crm_cli.services.import_lead_stages import Place
    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

FIELDS = (
    "uid", "external_id", "title", "message", "pipeline", "stage", "state", "is_won", "is_lost",
    "is_closed", "value", "currency", "probability", "forecast", "close_date", "expected_on",
    "opened_at", "stage_since", "closed_at", "changed_at", "loss_reason", "competitor", "source",
    "campaign", "referred_by_uid", "owner", "next_step", "next_step_on", "notes", "tags",
)  # fmt: skip

LONGEST_TITLE = 60
"""Characters of a message that make a title."""
LONGEST_REASON = 40
"""Characters of a word that becomes a reason of the list; a longer one joins the notes."""
LONGEST_TEXT = 100_000


class _Times(NamedTuple):
    opened: When
    since: str
    closed: When | None
    closed_told: bool
    since_told: bool
    expected: str | None


class _Texts(NamedTuple):
    notes: str | None
    reason: str | None
    new_reason: str | None
    competitor: str | None
    next_on: str | None
    next_step: str | None


class LeadReader:
    """Stages rows; ``skipped`` (leads that the other program has taken out) are not staged."""

    def __init__(self, job: Job, staging: Staging, parties: Parties) -> None:
        self.job = job
        self.staging = staging
        self.parties = parties
        self.stages = Stages(job)
        staging.choose_columns("l_leads", STAGED)
        self.n = self.skipped = 0
        names = (*PARTY_FIELDS, *FIELDS)
        self._empty = dict.fromkeys(names, "")
        self._at = [(name, job.plan.index(name)) for name in names if name in job.plan.fields]
        self._mapped = {words.squeezed(x.rpartition("=")[0]) for x in job.request.map_stages}
        self._cells = Cells(job)
        preset = job.plan.preset
        self._system = job.request.source or (preset and preset.source)
        self._source = job.request.source
        self.reasons = _reasons(picklists.values(job.session.writer, "loss-reason"))
        self.new_reasons: Counter[str] = Counter()
        self._odd_states: Counter[str] = Counter()
        self.warnings = self._cells.warnings
        self.said: dict[str, str] = {}
        """What is said of rows: kind -> message; of which, is staged."""

    def stage_row(self, line: int, row: list[str]) -> None:
        """Stage one row. Raises RowProblem."""
        # A column the file has not is read from an empty cell added to the row.
        row.append("")
        self.warnings.clear()
        cell = self._empty.copy()
        for name, index in self._at:
            cell[name] = row[index].strip()
        read_days_of_closing(cell)
        state, stage = self._state(cell)
        if state in {"deleted", "converted"}:
            self.skipped += 1
            self.job.warnings.add(state, _SKIPPED[state], line)
            return
        place = self.stages.place(cell["pipeline"], stage, state)
        custom = self.job.custom
        values = custom.read(row) if custom else ()
        value, currency = self._cells.money(cell)
        odds = self._cells.odds(cell["probability"]) if place.state == "open" else None
        times = self._times(cell, place)
        forecast = self._forecast(cell["forecast"], place, odds)
        if custom:
            self._check(cell, values)
        said = self._texts(cell, place)
        source = one_line(cell["source"])
        title, title_told = self._title(cell)
        party, identity = self.parties.number(cell, title_told, source or self._source, line)
        self._warn(cell, place, value)
        if said.new_reason is not None:
            self.new_reasons[said.new_reason] += 1
        self.n += 1
        self.staging.add(
            "l_leads",
            (
                self.n, line, party, one_line(cell["uid"]), self._number(cell["external_id"]),
                self._fingerprint(cell, identity, title_told, times),
                title, search_key(title), bool(title_told),
                place.stage, bool(stage or state), place.state, self._before(place, times),
                value, currency, None if odds == place.odds else odds, odds is not None, forecast,
                times.expected,
                times.opened.at, bool(cell["opened_at"]), times.since, times.since_told,
                times.closed.at if times.closed else None, times.closed_told,
                said.reason, said.competitor,
                source, source or self._source, one_line(cell["campaign"]),
                one_line(cell["owner"]), said.notes,
                said.next_step, said.next_on, one_line(cell["referred_by_uid"]),
            ),
        )  # fmt: skip
        for kind, message in self.warnings:
            self.said.setdefault(kind, message)
            self.staging.add("l_said", (self.n, line, kind))
        for text in split_list(cell["tags"]) if cell["tags"] else ():
            label = " ".join(text.split())
            if key := fold(label):
                self.staging.add("l_tags", (self.n, key, label))
        for staged in values:
            self.staging.add("l_fields", (self.n, *staged))

    # -- where it stands ------------------------------------------------------------------------

    def _state(self, cell: Mapping[str, str]) -> tuple[str, str]:
        """Return open, won, lost, deleted, converted or nothing, and the stage as the row tells
        it: a status alone may be one."""
        stage, told = cell["stage"], words.squeezed(cell["state"])
        if told in words.DELETED:
            return "deleted", stage
        for word in (words.squeezed(stage), told):
            if word in words.CONVERTED and word not in self._mapped:
                return "converted", stage
        state = words.STATES.get(told, "")
        if cell["state"] and not stage and (not state or told in self._mapped):
            return "", cell["state"]
        if cell["state"] and not state:
            self._odd_states[cell["state"]] += 1
        if not state:
            won, lost, closed = (
                words.squeezed(cell[name]) for name in ("is_won", "is_lost", "is_closed")
            )
            if won in words.YES:
                state = "won"
            elif lost in words.YES or (closed in words.YES and won in words.NO):
                state = "lost"
        return state, stage

    @staticmethod
    def _before(place: Place, times: _Times) -> int | None:
        """Return the stage it was in before: of a closed lead the one that the row tells, else
        the first one; of an open one the first, where it came to its own later."""
        if place.state != "open":
            return place.before or place.first
        later = times.since > times.opened.at and place.stage != place.first
        return place.first if later else None

    def _times(self, cell: Mapping[str, str], place: Place) -> _Times:
        """Return when it began, came to its stage and was closed; nothing lies ahead, and no lead
        is closed before it began. Raises RowProblem."""
        cells, warn = self._cells, self._cells.warn
        now = cells.now
        opened = cells.when(cell["opened_at"], "opened_at") if cell["opened_at"] else None
        if opened and opened.at > now.at:
            warn("opened-ahead", "leads are opened in the future; they begin now")
            opened = now
        since = cells.when(cell["stage_since"], "stage_since") if cell["stage_since"] else None
        expected = cells.day(cell["expected_on"] or (
            cell["close_date"] if place.state == "open" else ""), "expected_on")  # fmt: skip
        if place.state == "open":
            opened = opened or now
            fits = since is not None and opened.at <= since.at <= now.at
            at = since.at if since and fits else opened.at
            if at != opened.at and place.stage == place.first:
                at = opened.at
            return _Times(opened, at, None, closed_told=False, since_told=fits, expected=expected)
        text = cell["closed_at"] or cell["close_date"]
        closed = cells.when(text, "closed_at") if text else None
        told = closed is not None
        if closed is None:
            closed = self._closing_day(cell, opened, expected)
            warn(
                "closed-without-day",
                "closed leads have no closing date; the day of their last change, the expected one"
                " or the one they were opened on was taken",
            )
        if closed.at > now.at:
            warn("closed-ahead", "closed leads have a closing date ahead; they are closed now")
            closed = now
        if opened is None:
            opened = closed
        elif closed.day < opened.day:
            warn(
                "closed-before-opened",
                "leads are closed before they were opened; they were opened on the closing day",
            )
            opened = closed
        elif closed.at < opened.at and closed.is_day:
            closed = opened
        elif closed.at < opened.at:
            opened = closed
        return _Times(opened, closed.at, closed, told, since_told=told, expected=expected)

    def _closing_day(
        self, cell: Mapping[str, str], opened: When | None, expected: str | None
    ) -> When:
        cells = self._cells
        floor = opened.at if opened else ""
        if cell["changed_at"]:
            changed = cells.when(cell["changed_at"], "changed_at")
            if floor <= changed.at <= cells.now.at:
                return changed
        if expected:
            due = cells.when(expected, "expected_on")
            if floor <= due.at <= cells.now.at:
                return due
        return opened or cells.now

    # -- what else it tells -----------------------------------------------------------------------

    def _title(self, cell: Mapping[str, str]) -> tuple[str, str]:
        """Return the title, and what of it the row tells as one. Raises RowProblem."""
        told = " ".join(cell["title"].split())
        if told:
            return told, told
        first = " ".join(cell["message"].partition("\n")[0].split())
        if len(first) > LONGEST_TITLE:
            first = first[:LONGEST_TITLE].rpartition(" ")[0].rstrip(" ,;:-") + " ..."
        name = f"{cell['first_name']} {cell['last_name']}".strip()
        title = first or cell["company"] or cell["name"] or name or cell["email"] or cell["phone"]
        if not title:
            raise RowProblem("title", "has no title")
        return " ".join(title.split()), ""

    def _notes(self, cell: Mapping[str, str]) -> str | None:
        parts = (cell["message"], cell["notes"])
        text = "\n".join(part.replace("\r\n", "\n").replace("\r", "\n") for part in parts if part)
        return text.strip() or None

    def _texts(self, cell: Mapping[str, str], place: Place) -> _Texts:
        """Return what the row says in words: what has no field of its own joins the notes. Raises
        RowProblem."""
        notes = self._notes(cell)
        reason = competitor = new = None
        if place.state == "lost":
            (reason, new), competitor = self._loss(cell), one_line(cell["competitor"])
            if len(reason or "") > LONGEST_REASON:
                notes, reason = _joined(notes, f"Lost: {reason}"), "other"
        next_on, next_step = self._next(cell, place)
        if next_step and not next_on:
            notes, next_step = _joined(notes, f"Next step: {next_step}"), None
        if len(notes or "") > LONGEST_TEXT:
            raise RowProblem("notes", f"is longer than {LONGEST_TEXT} characters")
        return _Texts(notes, reason, new, competitor, next_on, next_step)

    def _next(self, cell: Mapping[str, str], place: Place) -> tuple[str | None, str | None]:
        """Return day and text of the next step; a closed lead has none but in its notes."""
        text = one_line(cell["next_step"])
        if place.state != "open" or not cell["next_step_on"]:
            return None, text
        return self._cells.day(cell["next_step_on"], "next_step_on"), text or "Follow up"

    def _loss(self, cell: Mapping[str, str]) -> tuple[str | None, str | None]:
        """Return the key of a reason or the text that the row tells, and a word that may become
        one."""
        text = one_line(cell["loss_reason"])
        if not text:
            return None, None
        word = words.squeezed(text)
        found = self.reasons.get(word)
        is_new = found is None and len(text) <= LONGEST_REASON and word
        return found or text, text if is_new else None

    def _forecast(self, text: str, place: Place, odds: int | None) -> str | None:
        """Return the owner's own word, None where it says what the probability says."""
        found = words.FORECASTS.get(words.squeezed(text)) if place.state == "open" else None
        chance = place.odds if odds is None else odds
        usual = "commit" if chance >= 8000 else "best" if chance >= 5000 else "pipeline"
        return None if found == usual else found

    def _number(self, text: str) -> str | None:
        """Return the lead's number, ``system:value`` where a system is known."""
        bare = "".join(text.split())
        if not bare:
            return None
        system, colon, value = bare.partition(":")
        return (
            bare if (colon and system and value) or not self._system else f"{self._system}:{bare}"
        )

    def _fingerprint(
        self, cell: Mapping[str, str], identity: str, title: str, times: _Times
    ) -> int | None:
        if cell["external_id"]:
            return None
        opened = ""
        if cell["opened_at"]:
            when = self._cells.when(cell["opened_at"], "opened_at")
            opened = when.day if when.is_day else when.at
        message = fold(cell["message"])
        del times
        return hash63("\x1f".join(("lead", identity, fold(title), message, opened)))

    def _check(self, cell: Mapping[str, str], values: Sequence[tuple[object, ...]]) -> None:
        custom = self.job.custom
        if custom is None:
            return
        for name in custom.checks:
            custom.refuse_own(name, cell.get(name, ""))
        if custom.required:
            told = {name for name in cell if cell[name]}
            told |= {"expected"} if cell["expected_on"] or cell["close_date"] else set()
            told |= {"tag"} if cell["tags"] else set()
            custom.refuse_incomplete(told, values)

    def _warn(self, cell: Mapping[str, str], place: Place, value: int | None) -> None:
        if self.parties.tells_several(cell):
            self._cells.warn(
                "several-contacts",
                "leads name several contacts or companies; they are with the first of each",
            )
        if value is None and place.state != "open":
            self.warnings.append(
                (f"{place.state}-without-value",
                 f"{place.state} leads have no value; they are counted apart in every sum")
            )  # fmt: skip

    def say_words(self) -> None:
        """Say which words of states, pipelines and stages nobody knows."""
        if self._odd_states:
            shown = ", ".join(word for word, _ in self._odd_states.most_common(5))
            self.job.warnings.add(
                "state", f"states nobody knows were left out: {shown}",
                count=self._odd_states.total(),
            )  # fmt: skip


def _joined(notes: str | None, text: str) -> str:
    return f"{notes}\n{text}" if notes else text


def _reasons(values: Sequence[tuple[str, str, list[str]]]) -> dict[str, str]:
    """Return squeezed word -> key: keys, labels and aliases before what others say."""
    keys = {key for key, _, _ in values}
    found = {word: key for word, key in words.LOSS_REASONS.items() if key in keys}
    for key, label, aliases in values:
        found |= {words.squeezed(word): key for word in (*aliases, label, key)}
    return found


_SKIPPED = {
    "deleted": "leads that the other program has deleted were left out",
    "converted": "leads that were converted were left out: they live on as deals, in a file of"
    ' their own; --map-stage "Converted=qualified" takes them',
}  # fmt: skip
