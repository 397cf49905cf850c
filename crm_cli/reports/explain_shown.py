"""The cells of reports on leads as they are shown: the words of a page for the keys of a report."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import fold
from crm_cli.reports.evidence import ALL, Cell
from crm_cli.reports.lead_bounds import NO_VALUE
from crm_cli.result import Report

if TYPE_CHECKING:
    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.session import Session

NOTHING = frozenset({"", "-", "none", "nobody", "empty", fold(NO_VALUE)})
"""What people call the row without a value."""

MOST_ROWS = 20


def meant(session: Session, request: ExplainRequest, cell: Cell) -> Cell:
    """Return the cell that words of the page mean: ``No budget:Lost`` is ``no-budget:lost``.

    Computes the report, so that only a cell which no key names should come here. Raises NotFound
    with the rows there are, InvalidValue with the columns.
    """
    body = _computed(session, request)
    rows = _rows(body)
    row = ALL if fold(cell.row) == ALL else rows.get(fold(cell.row))
    if row is None and fold(cell.row) in NOTHING:
        row = rows.get(fold(NO_VALUE))
    if row is None:
        from difflib import get_close_matches

        every = dict.fromkeys(rows.values())
        # A stage stands there as PIPELINE/STAGE too.
        known = [name for name in every if name.rpartition("/")[2] not in every or "/" not in name]
        near = get_close_matches(fold(cell.row), [fold(name) for name in known], 1)
        guess = f"did you mean {rows[near[0]]}? " if near else ""
        more = ", ..." if len(known) > MOST_ROWS else ""
        raise errors.NotFound(
            f"{request.name} has no row {cell.row!r}",
            hint=f"{guess}rows are {', '.join([*known[:MOST_ROWS], ALL])}{more}",
        )
    return Cell(row, _column(body, cell.column))


def _computed(session: Session, request: ExplainRequest) -> Report:
    module = import_module(f"crm_cli.reports.{request.name}")
    asked = getattr(module, f"{request.name.capitalize()}Request")(bounds=request.bounds)
    if request.by is not None and hasattr(asked, "by"):
        asked = replace(asked, by=request.by)
    body = module.report(session, asked).body
    assert isinstance(body, Report)  # noqa: S101 - every report on leads is one
    return body


def _rows(body: Report) -> dict[str, str]:
    """Return folded words -> the row's name, by its key and by what is shown of it."""
    found: dict[str, str] = {}
    keys = [column.key for column in body.columns]
    # A row of stages is named by its stage, wherever its pipeline stands.
    of_stages = {"stage", "pipeline"} <= set(keys[:2])
    at = keys.index("stage") if of_stages else 0
    words = body.columns[at].words or {}
    for cells in body.cells:
        name = NO_VALUE if cells[at] in {None, ""} else str(cells[at])
        if of_stages:
            pipeline = cells[1 - at]
            found[fold(f"{pipeline}/{name}")] = found[
                fold(f"{pipeline}/{words.get(name, name)}")
            ] = f"{pipeline}/{name}"
        found.setdefault(fold(name), name)
        found.setdefault(fold(words.get(name, name)), name)
    return found


def _column(body: Report, typed: str) -> str:
    """Return the key of a column's heading; other words as they are typed."""
    wanted = fold(typed)
    for column in body.columns:
        if wanted in {fold(column.key), fold(column.label), fold(column.key.replace("_", " "))}:
            return column.key
    return typed
