"""Pipelines and their stages: what they are, and which one a word means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from crm_cli.domain.values import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Named = TypeVar("Named", "Pipeline", "Stage")

KINDS = ("open", "won", "lost")
"""What a lead is while it stands in a stage."""

CERTAIN = {"won": 10_000, "lost": 0}
"""Kind -> the probability its stages have, in basis points."""


class Pipeline(NamedTuple):
    """A way that leads take. ``aliases`` is JSON: its former names."""

    id: int
    key: str
    name: str
    aliases: str
    position: int
    is_retired: int


class Stage(NamedTuple):
    """One step of a pipeline. ``probability`` in basis points; ``aliases`` is JSON; ``pipeline``
    is the key of the pipeline it belongs to."""

    id: int
    pipeline_id: int
    pipeline: str
    key: str
    name: str
    aliases: str
    kind: str
    position: int
    probability: int
    rotten_days: int | None
    note: str | None
    is_retired: int


def meant(rows: Iterable[Named], text: str, *, wholly: bool = False) -> list[Named]:
    """Return those that a word may mean: by key, else name, else alias, those in use before the
    retired ones; else by the beginning of a key, a name or one of its words; else ``won`` and
    ``lost`` by kind. ``wholly`` takes no beginning for a name."""
    wanted = fold(text)
    if not wanted:
        return []
    known = list(rows)
    exact: tuple[Callable[[Named], bool], ...] = (
        lambda row: row.key == wanted,
        lambda row: fold(row.name) == wanted,
        lambda row: wanted in map(fold, aliases(row)),
    )
    partly: tuple[Callable[[Named], bool], ...] = (
        lambda row: any(f" {wanted}" in f" {word}" for word in (row.key, fold(row.name))),
        lambda row: wanted in CERTAIN and getattr(row, "kind", None) == wanted,
    )
    for ways in (exact,) if wholly else (exact, partly):
        for is_retired in (0, 1):
            asked = [row for row in known if row.is_retired == is_retired]
            for way in ways:
                found = [row for row in asked if way(row)]
                if found:
                    return found
    return []


def aliases(row: Pipeline | Stage) -> list[str]:
    """Return the former names of a pipeline or stage, and those of other products."""
    if row.aliases == "[]":
        return []
    import json

    found: list[str] = json.loads(row.aliases)
    return found


def words(rows: Sequence[Pipeline] | Sequence[Stage]) -> str:
    """Return the names in their order, as hints list them."""
    return ", ".join(dict.fromkeys(row.name for row in rows if not row.is_retired))
