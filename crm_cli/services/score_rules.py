"""Writing the rules that give leads points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import lead_score as domain
from crm_cli.domain.contact import choose
from crm_cli.domain.values import read_text
from crm_cli.queries import filtering
from crm_cli.queries import score_rules as queries
from crm_cli.result import Level, Message, Record, Result
from crm_cli.services.outcome import ask, written
from crm_cli.services.scores_refresh import refresh
from crm_cli.services.unit import Unit
from crm_cli.store import score_rules as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.session import Session


def add(session: Session, given: Mapping[str, Any]) -> Result:
    """Add a rule (rule, points, half_life, since, label), and score all leads by it.

    Raises InvalidValue for a filter that cannot be read and for points, half-life or day that
    are none, UsageError without points, and Duplicate for a filter that has a rule.
    """
    if "points" not in given:
        raise errors.UsageError(
            "a rule needs points", hint='write --rule "source = referral" --points 20'
        )
    remarks: list[Message] = []
    with Unit(session) as unit:
        cells = _cells(session, {"half_life_days": None}, given, remarks)
        _refuse_twin(unit, cells["expression"])
        position = max((rule.position for rule in store.listing(unit.connection)), default=0) + 1
        rule_id = unit.insert(
            "score_rules", **cells, position=position, created_at=unit.at, updated_at=unit.at
        )
        unit.count_records(1)
        body = unit.commit(
            f"added the score rule {cells['label'] or cells['expression']}: {cells['points']:+d}",
            then=lambda _: queries.record(session, rule_id),
        )
    return written(body, unit, remarks)


def edit(session: Session, what: str, given: Mapping[str, Any]) -> Result:
    """Change what is named of a rule; an empty label or half-life takes it away. Raises NotFound,
    and as ``add`` does."""
    remarks: list[Message] = []
    with Unit(session) as unit:
        rule = queries.find(unit.connection, what)
        cells = _cells(session, rule._asdict(), given, remarks)
        if cells.get("expression", rule.expression) != rule.expression:
            _refuse_twin(unit, cells["expression"])
        if unit.update("score_rules", rule.id, rule._asdict(), cells):
            unit.update("score_rules", rule.id, rule._asdict(), {"updated_at": unit.at})
        unit.count_records(1)
        body = unit.commit(
            f"edited the score rule {rule.named}", then=lambda _: queries.record(session, rule.id)
        )
    return written(body, unit, remarks)


def pause(session: Session, what: str, *, paused: bool) -> Result:
    """Let a rule rest, or begin again. Raises NotFound."""
    with Unit(session) as unit:
        rule = queries.find(unit.connection, what)
        if unit.update("score_rules", rule.id, rule._asdict(), {"is_paused": int(paused)}):
            unit.update("score_rules", rule.id, rule._asdict(), {"updated_at": unit.at})
        unit.count_records(1)
        word = "paused" if paused else "resumed"
        body = unit.commit(
            f"{word} the score rule {rule.named}", then=lambda _: queries.record(session, rule.id)
        )
    return written(body, unit)


def remove(session: Session, what: str) -> Result:
    """Delete a rule, after asking. Raises NotFound, UsageError without --yes where nobody can
    answer, Refused for a no."""
    found = queries.find(session.reader, what)
    ask(session, f"Delete the score rule {found.named} ({found.points:+d})?")
    shown = queries.record(session, found.id)
    with Unit(session) as unit:
        rule = queries.find(unit.connection, what)
        unit.delete("score_rules", rule.id)
        unit.count_records(1)
        unit.commit(f"deleted the score rule {rule.named}")
    return written(shown, unit)


def refresh_all(session: Session) -> Result:
    """Learn the model anew, and bring all scores in line; says how many changed."""
    told = refresh(session)
    values = {
        "leads": told.leads, "changed": told.changed, "by": told.by, "learnt": told.learnt,
    }  # fmt: skip
    remarks = [
        Message(f"score rule {rule_id}: {problem}", Level.WARNING)
        for rule_id, problem in told.problems.items()
    ]
    if session.dry_run:
        remarks.append(Message("dry run: nothing was written"))
    elif not told.changed:
        remarks.append(Message("nothing changed"))
    body = Record(noun="refresh", values=values, title="Scores of leads", id_key="changed")
    return Result(body=body, messages=remarks)


# -- reading what was typed -------------------------------------------------------------------


def _cells(
    session: Session, row: Mapping[str, Any], given: Mapping[str, Any], remarks: list[Message]
) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    if "rule" in given:
        cells["expression"] = _expression(session, given["rule"], remarks)
    if "points" in given:
        cells["points"] = domain.read_points(given["points"])
    if "half_life" in given:
        text = given["half_life"].strip()
        cells["half_life_days"] = domain.read_half_life(text) if text else None
    half_life = cells.get("half_life_days", row.get("half_life_days"))
    if "since" in given:
        if half_life is None:
            raise errors.UsageError(
                "--since is the day from which points fade", hint="add --half-life 30d"
            )
        cells["since"] = choose("--since", given["since"], domain.SINCE)
    elif half_life is not None and row.get("since") is None:
        cells["since"] = "opened"
    elif half_life is None and row.get("since") is not None:
        cells["since"] = None
    if "label" in given or "id" not in row:
        cells["label"] = read_text(given.get("label", ""), "label") or None
    return cells


def _expression(session: Session, text: str, remarks: list[Message]) -> str:
    """Return a filter of leads as it is kept. Raises InvalidValue."""
    expression = read_text(text, "rule")
    found = filtering.read(session, "lead", expression, lenient=True)
    if "score" in found.fields:
        raise errors.InvalidValue(
            "a score cannot be made of itself", hint="leave score out of the rule's filter"
        )
    remarks += found.remarks
    return expression


def _refuse_twin(unit: Unit, expression: str) -> None:
    for rule in store.listing(unit.connection):
        if rule.expression == expression:
            raise errors.Duplicate(
                f"score rule {rule.id} has that filter already",
                hint=f"crm lead score --edit-rule {rule.id} --points N",
            )
