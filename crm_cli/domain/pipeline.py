"""The shape of a pipeline: what its stages must be together, and what a new one starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.stage import CERTAIN, KINDS, aliases
from crm_cli.domain.values import fold, read_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from crm_cli.domain.stage import Pipeline, Stage

MOST_STAGES = 50
LONGEST_NAME = 60
LONGEST_DAYS = 3650

CLOSING_WORDS = {
    "won": "won", "closed won": "won", "deal won": "won", "win": "won",
    "lost": "lost", "closed lost": "lost", "deal lost": "lost", "dropped": "lost",
}  # fmt: skip
"""Names of stages that tell their kind themselves."""


class Wanted(NamedTuple):
    """A stage that is to be made; ``probability`` in basis points."""

    name: str
    kind: str
    probability: int
    rotten_days: int | None = None
    key: str | None = None
    note: str | None = None
    aliases: str = "[]"


def read_name(text: str, what: str) -> str:
    """Read a stage's or a pipeline's name. Raises InvalidValue."""
    name = " ".join(read_text(text, what).split())
    if not any(char.isalnum() for char in name):
        raise errors.InvalidValue(f"a {what} needs a name", hint="a word or two")
    if len(name) > LONGEST_NAME:
        raise errors.InvalidValue(
            f"the {what}'s name is longer than {LONGEST_NAME} characters", hint="shorten it"
        )
    return name


def read_kind(text: str) -> str:
    """Read what leads in a stage are. Raises InvalidValue."""
    from crm_cli.domain.contact import choose

    return choose("kind", text, KINDS)


def read_rotten(text: str) -> int:
    """Read after how many days a lead is stale: ``14``, ``14d``, ``14 days``. Raises
    InvalidValue."""
    bare = fold(text).removesuffix("days").removesuffix("day").removesuffix("d").strip()
    days = int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 4 else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise errors.InvalidValue(
            f"{text!r} is not a number of days", hint="write 14 or 14d; or: --unset rotten"
        )
    return days


def key_for(name: str, taken: Collection[str]) -> str:
    """Return a key for a name that no other has: it stays when the name changes."""
    bare = "".join(char if char.isalnum() else "-" for char in fold(name))
    stem = "-".join(part for part in bare.split("-") if part)
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


def refuse_taken(
    rows: Iterable[Pipeline] | Iterable[Stage], name: str, what: str, but: int | None = None
) -> None:
    """Raise Duplicate where a name, key or former name of another is the same word."""
    wanted = fold(name)
    for row in rows:
        words = {row.key, fold(row.name), *map(fold, aliases(row))}
        if row.id == but or wanted not in words:
            continue
        again = f"crm lead {what} restore {row.key} takes it up again"
        former = "" if wanted in {row.key, fold(row.name)} else "; it was called so once"
        raise errors.Duplicate(
            f"{name!r} is the {what} {row.name} already{former}",
            hint=again if row.is_retired else "choose another name",
        )


def check_shape(pipeline: str, rows: Sequence[Any]) -> None:
    """Raise Refused unless stages (in use are those without ``is_retired``) make a pipeline:
    leads begin in an open one, are won in exactly one, and are lost in one or more."""
    used = [row for row in rows if not getattr(row, "is_retired", 0)]
    count = {kind: sum(row.kind == kind for row in used) for kind in KINDS}
    if count["won"] > 1:
        raise errors.Refused(
            f"the pipeline {pipeline} has a won stage already, and a lead is won in one way",
            hint="crm lead stage rename won NAME calls it otherwise",
        )
    for kind, why in (("open", "begin in"), ("won", "be won in"), ("lost", "be lost in")):
        if not count[kind]:
            raise errors.Refused(
                f"the pipeline {pipeline} needs {'an' if kind == 'open' else 'a'} {kind} stage:"
                f" its leads would have none to {why}",
                hint=f"crm lead stage add NAME --kind {kind} first, or rename it"
                if kind != "won" else "crm lead stage rename won NAME calls it otherwise",
            )  # fmt: skip
    if len(used) > MOST_STAGES:
        raise errors.Refused(
            f"the pipeline {pipeline} would have more than {MOST_STAGES} stages",
            hint="remove some, or add a pipeline",
        )


def odds_between(before: int | None, after: int | None) -> int:
    """Return the probability of an open stage between two others: halfway, in whole 5 %."""
    low = 0 if before is None else before
    high = CERTAIN["won"] if after is None else max(after, low)
    return (low + high) // 2 // 500 * 500


def read_stages(text: str) -> list[Wanted]:
    """Read ``Applied, Pilot 50%, Signed=won``: the stages of a new pipeline, in order.

    A stage may end in its probability or, after ``=``, in its kind; ``Won`` and ``Lost`` are
    what they say. What is not told is spread evenly, and a won and a lost one are added where
    they are missing. Raises InvalidValue and Refused.
    """
    from crm_cli.domain.lead import read_probability

    told: list[tuple[str, str, int | None]] = []
    for part in text.split(","):
        if not part.strip():
            raise errors.InvalidValue(
                f"a stage in {text!r} has no name", hint='write "Applied, Pilot 50%, Signed=won"'
            )
        bare, _, end = part.rpartition("=") if "=" in part else (part, "", "")
        words = bare.split()
        odds = None
        if not end and words[-1].endswith("%") and len(words) > 1:
            odds = read_probability(words.pop())
        elif end.strip()[:1].isdigit():
            odds = read_probability(end)
            end = ""
        name = read_name(" ".join(words), "stage")
        kind = read_kind(end) if end.strip() else CLOSING_WORDS.get(fold(name), "open")
        if kind != "open" and odds is not None and odds != CERTAIN[kind]:
            raise errors.InvalidValue(
                f"{name} is a {kind} stage: its probability is {CERTAIN[kind] // 100} %",
                hint="leave the probability out",
            )
        told.append((name, kind, odds))
    for kind, name in (("won", "Won"), ("lost", "Lost")):
        if not any(one[1] == kind for one in told):
            told.append((name, kind, None))
    return _with_odds(told)


def _with_odds(told: Sequence[tuple[str, str, int | None]]) -> list[Wanted]:
    count = sum(kind == "open" for _, kind, _ in told)
    found: list[Wanted] = []
    seen: set[str] = set()
    step = 0
    for name, kind, odds in sorted(told, key=lambda one: KINDS.index(one[1])):
        if fold(name) in seen:
            raise errors.InvalidValue(f"the stage {name} is named twice", hint="leave one out")
        seen.add(fold(name))
        step += kind == "open"
        even = CERTAIN.get(kind, 10_000 * step // (count + 1) // 500 * 500)
        found.append(Wanted(name, kind, even if odds is None else odds))
    return found
