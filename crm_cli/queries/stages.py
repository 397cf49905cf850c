"""Naming a pipeline or a stage: by key, name, former name or the beginning of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain import stage as domain
from crm_cli.store import stages as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.domain.stage import Pipeline, Stage


def resolve_pipeline(
    connection: sqlite3.Connection, text: str | None = None, *, retired: bool = False
) -> Pipeline:
    """Return the pipeline that is meant, the default one without a text.

    Of two the one in use is meant. A retired one is refused unless ``retired``. Raises NotFound
    with the nearest, Ambiguous and Refused.
    """
    rows = store.pipelines(connection)
    if text is None:
        return next(row for row in rows if not row.is_retired)
    found = domain.meant(rows, text)
    if not found:
        raise errors.NotFound(f"there is no pipeline {text!r}", hint=_hint(rows, text))
    if len(found) > 1:
        raise errors.Ambiguous(
            f"{text!r} may be any of the pipelines {', '.join(row.name for row in found)}",
            hint="write the whole name",
            candidates=[{"id": row.id, "name": row.name, "key": row.key} for row in found],
        )
    if found[0].is_retired and not retired:
        raise errors.Refused(
            f"the pipeline {found[0].name} is retired",
            hint=f"crm lead pipeline restore {found[0].key} takes it up again",
        )
    return found[0]


def resolve_stage(
    connection: sqlite3.Connection, text: str, pipeline: str | None = None,
    within: int | None = None, *, retired: bool = False,
) -> Stage:  # fmt: skip
    """Return the one stage that is meant: by its key, name, former name, or the beginning.

    ``pipeline`` is the name of its pipeline as typed; without it ``within`` is the id of the
    pipeline that is meant (the lead's own), and without both any: the default pipeline goes
    before others. ``partners/new`` names both at once. A retired stage is refused unless
    ``retired``. Raises NotFound with the nearest, Ambiguous and Refused.
    """
    rows, found = _asked(connection, text, pipeline, within, retired=retired)
    if not found:
        known = [row for row in rows if retired or not row.is_retired]
        where = _whose(connection, rows)
        raise errors.NotFound(f"{where} no stage {text!r}", hint=_hint(known, text))
    if len({row.pipeline for row in found}) > 1:
        first = [row for row in found if row.pipeline == found[0].pipeline]
        default = resolve_pipeline(connection)
        found = first if first[0].pipeline_id == default.id else found
    if len(found) > 1:
        raise errors.Ambiguous(
            f"{text!r} may be any of the stages {', '.join(map(_full, found))}",
            hint="write the whole name, or PIPELINE/STAGE",
            candidates=[{"id": row.id, "name": row.name, "key": _full(row)} for row in found],
        )
    if found[0].is_retired and not retired:
        raise errors.Refused(
            f"the stage {found[0].name} is retired: nothing comes to it any more",
            hint=f"crm lead stage restore {_full(found[0])} takes it up again",
        )
    return found[0]


def stages_named(
    connection: sqlite3.Connection, text: str, pipeline: str | None = None
) -> list[Stage]:
    """Return every stage that a word means, one or more of each pipeline, retired ones too: what
    filters and reports ask for. Raises NotFound with the nearest."""
    rows = _rows(connection, pipeline, None)
    # One pipeline at a time: a key of one may be the name of a stage in another.
    of = [[row for row in rows if row.pipeline_id == one] for one in {r.pipeline_id for r in rows}]
    found = [row for mine in of for row in domain.meant(mine, text, wholly=True)]
    found = found or domain.meant(rows, text)
    if not found:
        raise errors.NotFound(
            f"{_whose(connection, rows)} no stage {text!r}", hint=_hint(rows, text)
        )
    return found


def first_stage(connection: sqlite3.Connection, pipeline_id: int) -> Stage:
    """Return the stage in which a lead of the pipeline begins."""
    return _of_kind(connection, pipeline_id, "open")


def won_stage(connection: sqlite3.Connection, pipeline_id: int) -> Stage:
    """Return the stage of the pipeline's won leads."""
    return _of_kind(connection, pipeline_id, "won")


def lost_stage(connection: sqlite3.Connection, pipeline_id: int) -> Stage:
    """Return the stage of the pipeline's lost leads: the first, where there are several."""
    return _of_kind(connection, pipeline_id, "lost")


# -- helpers --------------------------------------------------------------------------------------


def _of_kind(connection: sqlite3.Connection, pipeline_id: int, kind: str) -> Stage:
    rows = [row for row in store.stages(connection, pipeline_id) if row.kind == kind]
    return next((row for row in rows if not row.is_retired), rows[0])


def _rows(connection: sqlite3.Connection, pipeline: str | None, within: int | None) -> list[Stage]:
    if pipeline is not None:
        within = resolve_pipeline(connection, pipeline, retired=True).id
    return store.stages(connection, within)


def _asked(
    connection: sqlite3.Connection, text: str, pipeline: str | None, within: int | None,
    *, retired: bool,
) -> tuple[list[Stage], list[Stage]]:  # fmt: skip
    """Return the stages that were asked among, and those that are meant."""
    rows = _rows(connection, pipeline, within)
    found = domain.meant(rows, text)
    before, slash, after = text.partition("/")
    if not found and slash and pipeline is None:
        other = domain.meant(store.pipelines(connection), before)
        if len(other) == 1:
            rows = store.stages(connection, other[0].id)
            found = domain.meant(rows, after)
    if within is None and pipeline is None and not retired:
        # Where any pipeline may be meant, those in use are.
        out = {row.id for row in store.pipelines(connection) if row.is_retired}
        found = [row for row in found if row.pipeline_id not in out] or found
    return rows, found


def _whose(connection: sqlite3.Connection, rows: Sequence[Stage]) -> str:
    """Return whom a stage was sought in, as a message begins."""
    of = {row.pipeline_id for row in rows}
    if len(of) != 1 or len(store.pipelines(connection)) == 1:
        return "there is"
    (name,) = (row.name for row in store.pipelines(connection) if row.id in of)
    return f"the pipeline {name} has"


def _full(row: Stage) -> str:
    return f"{row.pipeline}/{row.key}"


def _hint(rows: Sequence[Pipeline] | Sequence[Stage], text: str) -> str:
    from difflib import get_close_matches

    from crm_cli.domain.values import fold

    known = {
        fold(word): row.name for row in rows for word in (row.key, row.name, *domain.aliases(row))
    }
    near = get_close_matches(fold(text), known, 1)
    guess = f"did you mean {known[near[0]]}? " if near else ""
    return f"{guess}it is one of {domain.words(rows)}"
