"""One self-contained HTML page: everything escaped, no scripts, nothing fetched."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from crm_cli.domain.values import safe
from crm_cli.render.layout import Paper
from crm_cli.render.markdown import shown_rows
from crm_cli.render.people import business_zone
from crm_cli.render.record_page import record_fields
from crm_cli.render.shape import Grid, grid_of
from crm_cli.render.values import RIGHT, plural
from crm_cli.result import Look, Record, Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crm_cli.context import AppContext
    from crm_cli.result import Body

_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;color:#222;background:#fff;margin:2rem}
table{border-collapse:collapse;margin:1rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
th{border-bottom:2px solid #888}
.r{text-align:right;font-variant-numeric:tabular-nums}
tfoot td{font-weight:bold;border-top:2px solid #888}
p{color:#555;max-width:60rem}
"""

# Shades from light to dark for a white page.
_SHADES = (
    ("#f7fbff", "#000"), ("#deebf7", "#000"), ("#c6dbef", "#000"), ("#9ecae1", "#000"),
    ("#6baed6", "#000"), ("#4292c6", "#000"), ("#2171b5", "#fff"), ("#08519c", "#fff"),
    ("#08306b", "#fff"),
)  # fmt: skip


def pieces(bodies: Sequence[Body], app: AppContext) -> Iterator[str]:
    """Yield one page of one or several results, which the first one gives its title."""
    title = _title(bodies[0]) if bodies else ""
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_text(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
    )
    for body in bodies:
        yield f"<h1>{_text(_title(body))}</h1>\n"
        yield from _body(body, app)
    yield "</body>\n</html>\n"


def _body(body: Body, app: AppContext) -> Iterator[str]:
    if isinstance(body, Table):
        yield from _table(grid_of(body, app.options, people=True), app, computed=body.is_computed)
    elif isinstance(body, Record):
        yield from _record(body, app)
    elif isinstance(body, Report):
        grid = grid_of(body, app.options, people=True)
        yield from _table(grid, app, computed=True, heat=body.look is Look.HEAT)
        if body.open_cells:
            yield "<p>* period still open</p>\n"
        yield from (f"<p>{_text(line)}</p>\n" for line in (body.definition, *body.notes) if line)


def _title(body: Body) -> str:
    if isinstance(body, Table):
        return plural(body.noun).capitalize()
    if isinstance(body, Record):
        return body.title or body.noun.capitalize()
    return body.title if isinstance(body, Report) else ""


def _text(text: str) -> str:
    return escape(safe(text))


def _record(body: Record, app: AppContext) -> Iterator[str]:
    paper = Paper(width=None, zone=lambda: business_zone(app))
    yield "<table>\n"
    for name, lines in record_fields(body, paper):
        shown = "<br>".join(_text(part) for line in lines for part in line.split("\n"))
        yield f'<tr><th scope="row">{_text(name)}</th><td>{shown}</td></tr>\n'
    yield "</table>\n"
    for section in body.sections:
        if section.table.rows:
            yield f"<h2>{_text(section.title)}</h2>\n"
            yield from _table(grid_of(section.table, {}, people=True), app)


def _table(
    grid: Grid, app: AppContext, *, computed: bool = False, heat: bool = False
) -> Iterator[str]:
    sides = [' class="r"' if column.kind in RIGHT else "" for column in grid.columns]
    yield "<table>\n<thead><tr>"
    for column, side in zip(grid.columns, sides, strict=True):
        yield f'<th scope="col"{side}>{_text(column.label)}</th>'
    yield "</tr></thead>\n<tbody>\n"
    shades = _shades(grid) if heat else {}
    for number, row in enumerate(shown_rows(grid, app, computed=computed)):
        if number == len(grid.rows):
            yield "</tbody>\n<tfoot>\n"
        cells = (
            _cell(cell, side, shades.get((number, at), ""), (number, at) in grid.open_cells)
            for at, (cell, side) in enumerate(zip(row, sides, strict=True))
        )
        yield "<tr>" + "".join(cells) + "</tr>\n"
    yield f"</{'tfoot' if grid.footer is not None and grid.rows else 'tbody'}>\n</table>\n"


def _cell(text: str, side: str, shade: str, is_open: bool) -> str:
    shown = f"<em>{_text(text)}*</em>" if is_open and text else _text(text)
    return f"<td{side}{shade}>{shown}</td>"


def _shades(grid: Grid) -> dict[tuple[int, int], str]:
    from crm_cli.render.report_page import heat_of
    from crm_cli.render.scale import step, top

    rates = {
        (number, at): rate
        for at, column in heat_of(grid).items()
        for number, rate in enumerate(column)
        if rate is not None
    }
    highest = top(rates.values())
    found = {place: _SHADES[step(rate, highest, len(_SHADES))] for place, rate in rates.items()}
    return {
        place: f' style="background:{ground};color:{ink}"' for place, (ground, ink) in found.items()
    }
