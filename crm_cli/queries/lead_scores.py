"""Reading scores: the open leads by score, why one lead has its score, and what the model knows."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

from crm_cli.domain import lead_score as domain
from crm_cli.queries import lead_scoring
from crm_cli.queries.lead_scoring import Scoring
from crm_cli.result import (
    Column,
    Kind,
    Level,
    Message,
    Record,
    Result,
    Section,
    Several,
    Table,
)
from crm_cli.store import lead_scores as store
from crm_cli.store import lead_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.domain.lead_score import Model
    from crm_cli.queries.lead_scoring import Score
    from crm_cli.session import Session
    from crm_cli.store.score_rules import Rule

LIST = (
    Column("id", "ID", Kind.ID),
    Column("title", "Title"),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("stage", "Stage"),
    Column("owner", "Owner"),
    Column("score", "Score", Kind.INTEGER),
    Column("points", "Points", Kind.INTEGER),
    Column("probability", "Odds", Kind.RATE),
    Column("scored_on", "Scored", Kind.DATE),
    Column("stale_on", "Old from", Kind.DATE),
)
SHOWN = ("id", "title", "contact", "stage", "owner", "score", "points", "probability")


def listing(session: Session, where: str | None, *, by_score: bool) -> Result:
    """Return the kept scores of the open leads, by id, or the highest first. Raises
    InvalidValue for a filter that cannot be read."""
    condition, parameters = "1", dict[str, Any]()
    remarks: list[Message] = []
    if where is not None:
        from crm_cli.queries import filtering

        found = filtering.read(session, "lead", where)
        condition, parameters = found.chosen
        remarks += found.remarks
    rows = [
        (*row[:8], None if row[8] is None else row[8] / 10_000, *row[9:])
        for row in store.ranking(session.reader, condition, parameters)
    ]
    if by_score:
        rows.sort(key=lambda row: (row[6] is None, -(row[6] or 0), row[0]))
    texts = [row[-1] for row in rows]
    columns = [column._replace(texts=texts) if column.key == "stage" else column for column in LIST]
    table = Table(
        noun="lead", columns=columns, rows=[row[:-1] for row in rows], default_columns=SHOWN
    )
    if rows and all(row[6] is None for row in rows):
        remarks += _nothing_scores(session)
    old, _ = store.stale(session.reader, session.today.isoformat())
    if old:
        remarks.append(
            Message(f"{old} scores are of an earlier day: crm lead score --refresh", Level.HINT)
        )
    return Result(body=table, messages=remarks)


def _nothing_scores(session: Session) -> list[Message]:
    won, lost = lead_values.cases(session.reader)
    if min(won, lost) >= domain.ENOUGH and session.setting("lead_scoring") != "rules":
        return [
            Message(
                f"nothing was learnt from {won} won and {lost} lost leads yet:"
                " crm lead score --refresh",
                Level.HINT,
            )
        ]
    return [
        Message(
            "nothing scores leads yet: a rule of yours would"
            ' (crm lead score --rule "source = referral" --points 20), or the model, from'
            f" {domain.ENOUGH} won and {domain.ENOUGH} lost leads on: there are {won} and"
            f" {lost}",
            Level.HINT,
        )
    ]


# -- why ------------------------------------------------------------------------------------------

_WHY = (
    Column("kind", "From"),
    Column("name", "What"),
    Column("value", "Value"),
    Column("points", "Points", Kind.NUMBER),
    Column("days", "Days", Kind.INTEGER),
    Column("log_odds", "Log odds", Kind.NUMBER),
    Column("times", "Times as likely", Kind.NUMBER),
    Column("share", "Share", Kind.RATE),
    Column("won", "Won", Kind.INTEGER),
    Column("lost", "Lost", Kind.INTEGER),
)


def why(session: Session, words: Sequence[str]) -> Result:
    """Return, for each lead named, its score as of now and everything it is made of.

    Raises NotFound and Ambiguous.
    """
    from crm_cli.queries import resolve

    ids = [
        resolve.lead_id(session.reader, word, country=resolve.country_for(session, word))
        for word in words
    ]
    scoring = Scoring(session)
    remarks = [
        Message(f"score rule {rule_id}: {problem}", Level.WARNING)
        for rule_id, problem in scoring.problems.items()
    ]
    if scoring.by is None:
        remarks += _nothing_scores(session)
    bodies = []
    for lead_id in ids:
        body = _why(session, scoring, lead_id)
        if body.values["state"] != "open":
            remarks.append(
                Message(f"lead {lead_id} is {body.values['state']}: only open ones are scored")
            )
        bodies.append(body)
    return Result(body=bodies[0] if len(bodies) == 1 else Several(bodies), messages=remarks)


def _why(session: Session, scoring: Scoring, lead_id: int) -> Record:
    from crm_cli.store import leads

    (label,) = leads.labels(session.reader, [lead_id])
    score = scoring.one(lead_id) if label["state"] == "open" else None
    found = contributions(scoring, score) if score else []
    model = scoring.learnt.model if scoring.learnt else None
    values = {
        **label,
        "score": score.kept.score if score else None,
        "by": scoring.by if score else None,
        "points": score.kept.points if score else None,
        "probability": score.probability if score else None,
        "base_rate": model.base_rate if model else None,
        "won": model.won if model else None,
        "lost": model.lost if model else None,
        "contributions": found,
    }
    keys = [column.key for column in _WHY]
    rows = [[_short(line[key]) for key in keys] for line in found]
    filled = [
        key for at, key in enumerate(keys) if any(row[at] is not None for row in rows)
    ]  # fmt: skip
    table = Table(noun="contribution", columns=_WHY, rows=rows, id_key="name",
                  default_columns=filled)  # fmt: skip
    shown = {name: value for name, value in values.items() if name != "contributions"}
    return Record(
        noun="score", values=values, shown=shown, title=f"{label['title']} ({label['contact']})",
        sections=[Section("What it is made of", table)] if rows else [],
    )  # fmt: skip


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def contributions(scoring: Scoring, score: Score) -> list[dict[str, Any]]:
    """Return everything a score is made of, as JSON-ready objects of the keys of one line.

    Of rules: points as faded, in full, days and half-life; of the model: the prior and each
    field's log odds, how many times as likely won leads have its value, and its share of all
    log odds (sizes added up). The largest first.
    """
    empty = dict.fromkeys(
        ("kind", "name", "value", "points", "full_points", "days", "half_life_days", "since",
         "log_odds", "times", "share", "seen", "won", "lost", "rule_id")
    )  # fmt: skip
    by_id: dict[int, Rule] = {rule.id: rule for rule in scoring.rules}
    rules: list[dict[str, Any]] = []
    for rule_id, part in score.parts.items():
        rule = by_id[rule_id]
        rules.append(
            {
                **empty, "kind": "rule", "name": rule.named, "value": rule.expression,
                "points": domain.faded(*part), "full_points": rule.points,
                "days": part.days if rule.half_life_days else None,
                "half_life_days": rule.half_life_days, "since": rule.since, "rule_id": rule.id,
            }
        )  # fmt: skip
    rules.sort(key=lambda line: -abs(line["points"]))
    if scoring.learnt is None:
        return rules
    model = scoring.learnt.model
    size = abs(model.prior) + sum(abs(weight.log_odds) for weight in score.weights)
    lines = [
        {
            **empty, "kind": "prior", "name": "base rate", "log_odds": model.prior,
            "times": exp(model.prior), "share": abs(model.prior) / size if size else 0.0,
            "won": model.won, "lost": model.lost,
        }
    ]  # fmt: skip
    fields: list[dict[str, Any]] = []
    for weight in score.weights:
        seen = model.fields[weight.field].values.get(weight.value)
        fields.append(
            {
                **empty, "kind": "field", "name": weight.field, "value": weight.value,
                "log_odds": weight.log_odds, "times": exp(weight.log_odds),
                "share": abs(weight.log_odds) / size if size else 0.0, "seen": weight.is_seen,
                "won": seen.won if seen else 0, "lost": seen.lost if seen else 0,
            }
        )  # fmt: skip
    fields.sort(key=lambda line: (-abs(line["log_odds"]), line["name"]))
    return [*lines, *fields, *rules] if scoring.by == "model" else [*rules, *lines, *fields]


# -- the model --------------------------------------------------------------------------------

_DECILES = (
    Column("cases", "Cases", Kind.INTEGER), Column("lowest", "From", Kind.RATE),
    Column("highest", "To", Kind.RATE), Column("predicted", "Predicted", Kind.RATE),
    Column("observed", "Won", Kind.RATE),
)  # fmt: skip
_VALUES = (
    Column("field", "Field"), Column("value", "Value"), Column("won", "Won", Kind.INTEGER),
    Column("lost", "Lost", Kind.INTEGER), Column("log_odds", "Log odds", Kind.NUMBER),
    Column("times", "Times as likely", Kind.NUMBER),
)  # fmt: skip

LEFT_OUT = (
    "stage, probability, dates of closing, loss reason, number of talks, the contact's role and"
    " tags: winning or losing brings these about"
)


def model(session: Session) -> Result:
    """Return what the closed leads teach: cases, base rate, how predictions would have held
    (each lead predicted from all the others), and every field's values. As of now, also where
    the model in force was learnt earlier."""
    found = lead_scoring.learn(session)
    kept = lead_scoring.in_force(session)
    known = found.model
    setting = session.setting("lead_scoring")
    tested = lead_scoring.predictions(session, found) if known.won and known.lost else []
    held = domain.calibration(tested) if tested else None
    fields = _fields(known) if known.won and known.lost else []
    values = {
        "id": "model",
        "in_force": known.is_believed and setting != "rules",
        "setting": setting,
        "believed": known.is_believed,
        "cases_needed": domain.ENOUGH,
        "won": known.won,
        "lost": known.lost,
        "base_rate": known.base_rate if known.won + known.lost else None,
        "prior_log_odds": known.prior if known.won and known.lost else None,
        "method": "naive Bayes, Laplace smoothing; held against leave-one-out predictions",
        "left_out": LEFT_OUT,
        "brier": held.brier if held else None,
        "brier_base_rate": held.brier_base if held else None,
        "deciles": [decile._asdict() for decile in held.deciles] if held else [],
        "fields": fields,
    }
    sections = []
    if held:
        rows = [[_short(cell) for cell in decile] for decile in held.deciles]
        sections.append(
            Section(
                "Predicted against what came of it, by tenths",
                Table(noun="tenth", columns=_DECILES, rows=rows, id_key="cases"),
            )
        )
    if fields:
        keys = [column.key for column in _VALUES]
        rows = [
            [field["field"] if key == "field" else _short(line[key]) for key in keys]
            for field in fields
            for line in field["values"]
        ]
        sections.append(
            Section("Values", Table(noun="value", columns=_VALUES, rows=rows, id_key="value"))
        )
    said = {name: _short(value) for name, value in values.items() if name not in _LISTS}
    body = Record(
        noun="model", values=values, shown=said, title="What closed leads teach",
        sections=sections,
    )  # fmt: skip
    return Result(body=body, messages=_remarks(session, known, held, kept and kept.model))


_LISTS = frozenset({"id", "deciles", "fields"})


def _fields(known: Model) -> list[dict[str, Any]]:
    found = []
    for name, field in known.fields.items():
        unseen = domain.smoothed(domain.Count(0, 0), field, len(field.values))
        values: list[dict[str, Any]] = []
        for value, count in field.values.items():
            log_odds = domain.smoothed(count, field, len(field.values))
            values.append(
                {
                    "value": value, "won": count.won, "lost": count.lost, "log_odds": log_odds,
                    "times": exp(log_odds),
                }
            )  # fmt: skip
        values.sort(key=lambda line: (-abs(line["log_odds"]), line["value"]))
        found.append(
            {
                "field": name, "won": field.won, "lost": field.lost, "values": values,
                "unseen_log_odds": unseen,
            }
        )  # fmt: skip
    return found


def _remarks(
    session: Session, known: Model, held: domain.Calibration | None, kept: Model | None
) -> list[Message]:
    remarks = []
    if not known.is_believed:
        remarks.append(
            Message(
                f"too few cases to believe it: {known.won} won and {known.lost} lost leads, and"
                f" {domain.ENOUGH} of each are needed; it scores no lead",
                Level.WARNING,
            )
        )
    elif held is not None and held.brier >= held.brier_base:
        remarks.append(
            Message(
                "it predicts no better than the base rate alone; your own rules may:"
                " crm config set lead_scoring rules",
                Level.WARNING,
            )
        )
    if session.setting("lead_scoring") == "rules":
        remarks.append(Message("the setting lead_scoring is rules: it scores no lead"))
    elif known.is_believed and (kept is None or (kept.won, kept.lost) != (known.won, known.lost)):
        cases = f"{kept.won} won and {kept.lost} lost leads" if kept else "nothing"
        remarks.append(
            Message(
                f"the scores in lists were learnt from {cases}: crm lead score --refresh",
                Level.HINT,
            )
        )
    return remarks
