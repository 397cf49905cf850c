"""``lead score``: which of its ways is meant. Each is a use case of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Result
    from crm_cli.session import Session

_OF_RULE = ("rule", "points", "half_life", "since", "label")
_WAYS = ("rules", "remove_rule", "pause_rule", "resume_rule", "refresh", "model")


def run(
    session: Session, words: Sequence[str], given: Mapping[str, Any], *, for_people: bool
) -> Result:
    """Do what was asked of ``lead score``: explain leads, list scores, write or list rules, show
    the model, or bring all scores in line.

    Raises UsageError for several of these at once, and what each of them raises.
    """
    ways = [name for name in _WAYS if name in given]
    if "edit_rule" in given or any(name in given for name in _OF_RULE):
        ways.append("edit_rule" if "edit_rule" in given else "rule")
    if words or "why" in given:
        ways.append("why")
    if len(ways) > 1:
        said = {name: f"--{name.replace('_', '-')}" for name in ways}
        if "why" not in given:
            said["why"] = "scores of single leads"
        first, second = (said[name] for name in ways[:2])
        raise errors.UsageError(
            f"{first} and {second} are asked for at once", hint="run them one after the other"
        )
    way = ways[0] if ways else "list"
    where = given.get("where")
    if where is not None and way not in {"list", "rules"}:
        raise errors.UsageError("--where narrows the list of scores, or of rules")
    if way in {"rule", "edit_rule", "remove_rule", "pause_rule", "resume_rule", "refresh"}:
        return _write(session, way, given)
    return _read(session, way, words, where, for_people=for_people)


def _write(session: Session, way: str, given: Mapping[str, Any]) -> Result:
    from crm_cli.services import score_rules

    if way == "refresh":
        return score_rules.refresh_all(session)
    if way == "remove_rule":
        return score_rules.remove(session, given["remove_rule"])
    if way in {"pause_rule", "resume_rule"}:
        return score_rules.pause(session, given[way], paused=way == "pause_rule")
    if way == "edit_rule":
        return score_rules.edit(session, given["edit_rule"], given)
    if "rule" not in given:
        raise errors.UsageError(
            "which rule is meant?", hint='add --rule "source = referral", or --edit-rule ID'
        )
    return score_rules.add(session, given)


def _read(
    session: Session, way: str, words: Sequence[str], where: str | None, *, for_people: bool
) -> Result:
    from crm_cli.queries import lead_scores, score_rules

    if way == "rules":
        return score_rules.listing(session, where)
    if way == "model":
        return lead_scores.model(session)
    if way == "why":
        if not words:
            raise errors.UsageError("LEAD is missing", hint="write crm lead score LEAD --why")
        return lead_scores.why(session, words)
    return lead_scores.listing(session, where, by_score=for_people)
