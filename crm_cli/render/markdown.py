"""Markdown: pipe tables whose cells are text and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crm_cli.domain.values import safe
from crm_cli.render.layout import Paper
from crm_cli.render.people import business_zone
from crm_cli.render.record_page import record_fields
from crm_cli.render.shape import Grid, grid_of
from crm_cli.render.values import RIGHT, for_people
from crm_cli.result import Record, Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crm_cli.context import AppContext
    from crm_cli.result import Body

# An underscore inside a word means nothing in Markdown; at its edge it is emphasis.
_MARKS = re.compile(r"[\\`*\[\]|~<>]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_AS_ENTITY = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _MARKS.sub(lambda found: _AS_ENTITY.get(found[0], "\\" + found[0]), safe(text))


def pieces(body: Body, app: AppContext) -> Iterator[str]:
    """Yield the document."""
    if isinstance(body, Table):
        yield from _table(grid_of(body, app.options, people=True), app, computed=body.is_computed)
    elif isinstance(body, Record):
        yield from _record(body, app)
    elif isinstance(body, Report):
        yield f"## {escaped(body.title)}\n\n"
        yield from _table(grid_of(body, app.options, people=True), app, computed=True)
        if body.open_cells:
            yield "\n\\* period still open\n"
        for line in (body.definition, *body.notes):
            if line:
                yield f"\n{escaped(line)}\n"


def _record(body: Record, app: AppContext) -> Iterator[str]:
    if body.title:
        yield f"## {escaped(body.title)}\n\n"
    paper = Paper(width=None, zone=lambda: business_zone(app))
    rows = [
        [escaped(name), "<br>".join(escaped(part) for line in lines for part in line.split("\n"))]
        for name, lines in record_fields(body, paper)
    ]
    yield _pipes(["field", "value"])
    yield _pipes(["---", "---"])
    yield from map(_pipes, rows)
    for section in body.sections:
        if section.table.rows:
            yield f"\n### {escaped(section.title)}\n\n"
            yield from _table(grid_of(section.table, {}, people=True), app, computed=False)


def _table(grid: Grid, app: AppContext, *, computed: bool) -> Iterator[str]:
    yield _pipes([escaped(column.label) for column in grid.columns])
    yield _pipes(["---:" if column.kind in RIGHT else "---" for column in grid.columns])
    for number, row in enumerate(shown_rows(grid, app, computed=computed)):
        marks = [r"\*" if (number, at) in grid.open_cells else "" for at in range(len(row))]
        yield _pipes([escaped(cell) + mark for cell, mark in zip(row, marks, strict=True)])


def shown_rows(grid: Grid, app: AppContext, *, computed: bool) -> Iterable[Sequence[str]]:
    """Return the rows as people read them, the footer last; not yet made safe."""
    rows = grid.rows if grid.footer is None else [*grid.rows, grid.footer]
    columns = [
        for_people(values, column.kind, zone=lambda: business_zone(app), computed=computed)
        for column, values in zip(grid.columns, zip(*rows, strict=True), strict=False)
    ]
    return zip(*columns, strict=True)


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
