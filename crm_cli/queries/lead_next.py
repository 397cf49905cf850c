"""The lead to call now, and why.

``domain.lead_next`` defines the order. Leads are read by their kept worth, the largest first, and
only until nothing that comes behind can be more urgent than what was found: no fraction of the
order exceeds what the oldest lead of a stage gives it, and so no lead ``worth`` times that.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.clock import midnight_text
from crm_cli.domain import lead_next as domain
from crm_cli.domain.values import money_text
from crm_cli.queries import leads
from crm_cli.result import Column, Kind, Message, Record, Result, Table, Text
from crm_cli.store import lead_next as store
from crm_cli.store import leads as leads_store
from crm_cli.store.lead_worth import UNVALUED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from crm_cli.domain.lead_next import Pace
    from crm_cli.session import Session
    from crm_cli.store.lead_next import Waiting
    from crm_cli.store.leads import Lead

FIRST_LOOK = 32
"""Leads read at first; twice as many each further time."""

BEHIND_ALL = (2**63 - 1, "~", 0)
AFTER_EVERY_DAY = "~"


class Asked(NamedTuple):
    """Whose leads, of which pipeline, chosen by which filter; how many, None for the one.
    ``as_json``: an absent record is printed as null; ``fail_empty``: and is exit status 3."""

    owner: str | None = None
    pipeline: str | None = None
    where: str | None = None
    limit: int | None = None
    as_json: bool = False
    fail_empty: bool = False


class Call(NamedTuple):
    """A lead to be called, how urgent it is (0 where a step is due, which goes first), its worth
    in the minor units reckoned with."""

    row: Waiting
    priority: int
    worth: int


class _Stage(NamedTuple):
    name: str
    pace: Pace
    oldest: int
    """Days that the lead which is there longest is there."""


class _Finder:
    """Reads leads until the most urgent ones are known."""

    def __init__(self, session: Session, asked: Asked) -> None:
        self.connection = session.reader
        self.zone = session.zone
        self.today = session.today.toordinal()
        self.remarks: list[Message] = []
        day = session.today.isoformat()
        self.given: dict[str, Any] = {
            "today": day,
            "past": self._past(session, day),
            "midnight": midnight_text(session.today, self.zone),
        }
        self.condition = self._condition(session, asked)
        self._stages: dict[int, _Stage] = {}
        self._middle: int | None = None

    def _past(self, session: Session, day: str) -> str:
        """Return the times of today that have come, of those at which a step is due."""
        times = store.times(self.connection, day)
        if not times:
            return "[]"
        from crm_cli.domain.follow_up import due_instant

        now = session.clock.now(self.zone)
        come = [at for at in times if (due_instant(day, at, self.zone) or now) <= now]
        return "[" + ",".join(f'"{at}"' for at in come) + "]"

    def _condition(self, session: Session, asked: Asked) -> str:
        parts = []
        if asked.owner is not None:
            parts.append(store.OF_OWNER)
            self.given["owner"] = asked.owner
        if asked.pipeline is not None:
            from crm_cli.queries.stages import resolve_pipeline

            parts.append(store.OF_PIPELINE)
            self.given["pipeline"] = resolve_pipeline(
                self.connection, asked.pipeline, retired=True
            ).id
        if asked.where is not None:
            from crm_cli.queries import filtering

            found = filtering.read(session, "lead", asked.where)
            parts.append(f"({found.chosen.sql})")
            self.given |= found.chosen.parameters
            self.remarks += found.remarks
        return " AND ".join(parts) or "1"

    # -- days and stages ------------------------------------------------------------------------

    def days_since(self, instant: str) -> int:
        return self.today - day_of(instant, self.zone)

    def stages(self) -> Mapping[int, _Stage]:
        if not self._stages:
            for stage_id, name, rotten, oldest in store.stages(self.connection):
                pace = domain.pace(rotten, store.stays(self.connection, stage_id))
                days = 0 if oldest is None else self.days_since(oldest)
                self._stages[stage_id] = _Stage(name, pace, days)
        return self._stages

    def silent(self, row: Waiting) -> int | None:
        """Return the days since the last talk, None where there was none since it was opened."""
        return None if row.last_talk < row.opened_at else self.days_since(row.last_talk)

    def middle(self) -> int:
        if self._middle is None:
            self._middle = store.middle_worth(self.connection)
        return self._middle

    def worth(self, kept: int) -> int:
        """Return the worth that a kept one stands for."""
        return kept if kept >= 0 else domain.of_unvalued(kept + UNVALUED, self.middle())

    # -- finding --------------------------------------------------------------------------------

    def first(self, limit: int) -> list[Call]:
        """Return the most urgent leads."""
        if not limit:
            return []
        found: list[Call] = []
        for group in store.due(self.connection, self.given, self.condition):
            calls = [Call(row, 0, self.worth(row.worth)) for row in group]
            # By kept worth those without a value come last; taken at the median they may not.
            if len(calls) > 1 and calls[-1].row.worth < 0:
                calls.sort(key=lambda call: (-call.worth, call.row.worth < 0, call.row.id))
            found += calls
            if len(found) >= limit:
                return found[:limit]
        wanted = limit - len(found)
        best: list[Call] = []
        for lowest in (0, -UNVALUED):
            if lowest == 0 or store.has_unvalued(self.connection):
                best = self._walk(best, wanted, lowest)
        return found + best

    def _walk(self, best: list[Call], wanted: int, lowest: int) -> list[Call]:
        """Return the best of those found and of those with a value (``lowest`` 0), or without."""
        after = BEHIND_ALL if lowest == 0 else (-1, "", -1)
        size = max(FIRST_LOOK, wanted)
        while True:
            rows = store.by_worth(self.connection, self.given, self.condition, after, lowest, size)
            # Stable: of two as urgent the one read first goes first.
            best = sorted(
                [*best, *map(self._call, rows)], key=lambda call: -call.priority
            )[:wanted]  # fmt: skip
            if len(rows) < size:
                return best
            last = rows[-1]
            after = (last.worth, last.stage_since, last.id)
            if len(best) == wanted:
                least = best[-1].priority
                if self._bound(last.worth) <= least:
                    return best
                if self._bound(last.worth, self.days_since(last.stage_since)) <= least:
                    # Of as much worth no other can be: all the rest came to its stage later.
                    after = (last.worth, AFTER_EVERY_DAY, 0)
            size = min(2 * size, 2000)

    def _call(self, row: Waiting) -> Call:
        worth = self.worth(row.worth)
        pace = self.stages()[row.stage_id].pace
        in_stage = self.days_since(row.stage_since)
        return Call(row, domain.priority(worth, pace, in_stage, self.silent(row)), worth)

    def _bound(self, kept: int, days: int | None = None) -> int:
        """Return what the priority of no lead exceeds that is worth at most so much, and so many
        days in its stage."""
        worth = self.worth(kept)
        return max(
            domain.bound(worth, stage.pace, stage.oldest if days is None else days)
            for stage in self.stages().values()
        )


def day_of(instant: str, zone: tzinfo) -> int:
    """Return the business's day of an instant, as its number in the calendar."""
    return datetime.fromisoformat(instant).astimezone(zone).date().toordinal()


# -- as a record, and as rows ---------------------------------------------------------------------

_EXTRA = (
    Column("phone", "Phone"),
    Column("email", "E-mail"),
    Column("last_contacted_at", "Last contact", Kind.INSTANT),
    Column("usual_days", "Usual days", Kind.INTEGER),
    Column("worth", "Worth", Kind.MONEY),
    Column("worth_currency", "In"),
    Column("priority", "Priority", Kind.INTEGER),
    Column("step", "Step"),
    Column("why", "Why", is_below=True),
    Column("reasons", "Reasons"),
)
_LABELS = {
    "promised": "next step", "step": "next step", "never-contacted": "last talk",
    "quiet": "last talk", "stale": "stage", "slow": "stage", "in-stage": "stage",
    "worth": "worth", "no-value": "worth", "expected": "expected",
}  # fmt: skip
"""Reason -> what stands before it on the page."""

SHOWN = ("id", "title", "contact", "phone", "stage", "value", "currency", "score", "why")


def page(session: Session, asked: Asked) -> Result:
    """Return the lead to call now as a record, or with a limit the first ones as a list, the most
    urgent first. Nobody to call is said, and is no error.

    Beside a lead's own keys: ``phone``, ``email``, ``last_contacted_at``, ``usual_days`` (the
    median stay in its stage), ``worth`` and ``worth_currency``, ``priority``, ``step`` (the
    follow-up that is due, or null), ``why`` (the reasons in a line) and ``reasons`` (objects
    with ``reason``, ``text`` and the figures it is about). Raises InvalidValue for a filter,
    NotFound for a pipeline.
    """
    finder = _Finder(session, asked)
    calls = finder.first(1 if asked.limit is None else asked.limit)
    found = _objects(session, finder, calls)
    remarks = list(finder.remarks)
    if not calls:
        remarks.append(_nobody(finder))
    if asked.limit is not None:
        names = leads_store.stage_names(finder.connection)
        stages = [names.get((one["pipeline"], one["stage"]), one["stage"]) for one in found]
        columns = [
            column._replace(texts=stages) if column.key == "stage" else column
            for column in (*leads.COLUMNS, *_EXTRA)
        ]
        rows = [tuple(values[column.key] for column in columns) for values in found]
        table = Table(noun="lead", columns=columns, rows=rows, default_columns=SHOWN)
        return Result(body=table, messages=remarks)
    if not found:
        return Result(
            body=Text(content="null\n") if asked.as_json else None,
            messages=remarks,
            exit_code=3 if asked.fail_empty else 0,
        )
    (values,) = found
    shown = {
        "id": values["id"], "contact": f"{values['contact']} (#{values['contact_id']})",
        "phone": values["phone"], "e-mail": values["email"], "owner": values["owner"],
        **{_LABELS[reason["reason"]]: reason["text"] for reason in values["reasons"]},
    }  # fmt: skip
    title = f"Call {values['contact']}: {values['title']}"
    return Result(
        body=Record(noun="lead", values=values, title=title, shown=shown), messages=remarks
    )


def _nobody(finder: _Finder) -> Message:
    counts = store.waiting(finder.connection, finder.given, finder.condition)
    if not counts["open"]:
        chosen = "" if finder.condition == "1" else " of those chosen"
        return Message(f"no lead to call: none{chosen} is open")
    parts = [
        f"{counts[name]} {word}"
        for name, word in (("ahead", "with the next step ahead"), ("spoken", "spoken to today"))
        if counts[name]
    ]
    said = f" ({', '.join(parts)})" if parts else ""
    return Message(f"no lead to call: {counts['open']} open{said}")


def _objects(session: Session, finder: _Finder, calls: Sequence[Call]) -> list[dict[str, Any]]:
    ids = leads_store.array([call.row.id for call in calls])
    rows = {row.id: row for row in leads_store.listed(finder.connection, {"ids": ids})}
    home = session.setting("currency")
    found = []
    for call in calls:
        row = rows[call.row.id]
        reasons = _reasons(finder, call, row, home)
        phone, email = store.reach(finder.connection, row.contact_id)
        (values,) = leads.objects([row], session)
        step = None
        if call.row.step is not None:
            keys = ("id", "kind", "due_on", "due_time", "text")
            step = dict(zip(keys, store.step(finder.connection, call.row.step), strict=True))
        found.append(
            {
                **values,
                "phone": phone,
                "email": email,
                "last_contacted_at": call.row.last_talk or None,
                "usual_days": finder.stages()[call.row.stage_id].pace.median,
                "worth": None if call.row.worth < 0 else money_text(call.worth, home),
                "worth_currency": None if call.row.worth < 0 else home,
                "priority": call.priority or None,
                "step": step,
                "why": "; ".join(reason["text"] for reason in reasons),
                "reasons": reasons,
            }
        )
    return found


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _reasons(finder: _Finder, call: Call, row: Lead, home: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if call.row.step is not None:
        found.append(_of_step(finder, call.row.step))
    found.append(_of_talk(finder, call.row, row))
    found.append(_of_stage(finder, call.row))
    found.append(_of_worth(call, row, home))
    if row.expected_on is not None:
        from datetime import date

        ahead = date.fromisoformat(row.expected_on).toordinal() - finder.today
        if ahead <= 14:
            when = f"in {_days(ahead)}" if ahead > 0 else "today"
            when = when if ahead >= 0 else f"{_days(-ahead)} ago"
            found.append(
                {
                    "reason": "expected", "text": f"expected to come in {row.expected_on}, {when}",
                    "expected_on": row.expected_on, "days": ahead,
                }
            )  # fmt: skip
    return found


def _of_step(finder: _Finder, follow_up_id: int) -> dict[str, Any]:
    from datetime import date

    _, kind, due_on, due_time, text = store.step(finder.connection, follow_up_id)
    late = finder.today - date.fromisoformat(due_on).toordinal()
    word = "promised" if kind == "promise" else "due"
    at = f" {due_time}" if due_time else ""
    when = f"for {due_on}{at}, {_days(late)} ago" if late else f"for today{at}"
    return {
        "reason": "promised" if kind == "promise" else "step", "text": f"{word} {when}: {text}",
        "follow_up_id": follow_up_id, "due_on": due_on, "overdue_days": late,
    }  # fmt: skip


def _of_talk(finder: _Finder, call: Waiting, row: Lead) -> dict[str, Any]:
    silent = finder.silent(call)
    if silent is None:
        age = finder.days_since(row.opened_at)
        when = f"{_days(age)} ago" if age else "today"
        return {
            "reason": "never-contacted",
            "text": f"nobody has spoken to {row.contact} since it was opened {when}",
            "days": age, "last_contacted_at": call.last_talk or None,
        }  # fmt: skip
    return {
        "reason": "quiet", "text": f"last spoken to {_days(silent)} ago", "days": silent,
        "last_contacted_at": call.last_talk,
    }  # fmt: skip


def _of_stage(finder: _Finder, call: Waiting) -> dict[str, Any]:
    stage = finder.stages()[call.stage_id]
    days = finder.days_since(call.stage_since)
    pace = stage.pace
    text = f"{_days(days)} in {stage.name}"
    if pace.median is not None:
        text += f", where {_days(pace.median)} {'is' if pace.median == 1 else 'are'} usual"
    if pace.rotten is not None:
        text += f"{',' if pace.median is None else ' and'} {pace.rotten} the limit"
    over = pace.rotten is not None and days > pace.rotten
    slow = pace.median is not None and days > pace.median
    return {
        "reason": "stale" if over else "slow" if slow else "in-stage", "text": text, "days": days,
        "usual_days": pace.median, "limit_days": pace.rotten,
    }  # fmt: skip


def _of_worth(call: Call, row: Lead, home: str) -> dict[str, Any]:
    odds = f"{row.probability / 100:g} %"
    score = "" if row.score is None else f", score {row.score}"
    if call.row.worth < 0:
        what = "nobody knows the value" if row.value is None else (
            f"{money_text(row.value, row.currency or '')} {row.currency} without a rate to {home}"
        )  # fmt: skip
        return {
            "reason": "no-value", "text": f"{what}; {odds}{score}", "score": row.score,
            "worth": None, "worth_currency": None,
        }  # fmt: skip
    worth = money_text(call.worth, home)
    value = money_text(row.value or 0, row.currency or "")
    return {
        "reason": "worth", "score": row.score, "worth": worth, "worth_currency": home,
        "text": f"{value} {row.currency} at {odds}{score}: worth {worth} {home}",
    }  # fmt: skip
