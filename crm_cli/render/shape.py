"""Rows before they are printed: ``--columns``, ``--sort`` and ``--limit`` on any table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.result import Column, Kind, Report, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

ABSENT: tuple[object, ...] = (None, "", [])
"""What counts as nothing when sorting and showing."""


class Grid:
    """What is printed of a table or report: the columns and rows that were asked for.

    ``order`` holds for each row its position in the body; ``open_cells`` follow the rows.
    """

    __slots__ = ("columns", "footer", "open_cells", "order", "rows")

    def __init__(self, body: Table | Report) -> None:
        self.columns: Sequence[Column] = body.columns
        self.rows: Sequence[Sequence[Any]] = body.rows if isinstance(body, Table) else body.cells
        self.order: Sequence[int] = range(len(self.rows))
        self.footer: Sequence[Any] | None = None if isinstance(body, Table) else body.footer
        self.open_cells: frozenset[tuple[int, int]] = (
            frozenset() if isinstance(body, Table) else body.open_cells
        )


def grid_of(body: Table | Report, options: Mapping[str, Any], *, people: bool) -> Grid:
    """Return the grid of a table or report after the row options.

    ``people``: only the default columns, and a currency that is the same in every row moves
    into the headings. Raises InvalidValue for an unknown column or key and a negative limit.
    """
    grid = Grid(body)
    if options.get("sort"):
        _sort(grid, str(options["sort"]))
    limit = options.get("limit")
    if limit is not None:
        if limit < 0:
            raise errors.InvalidValue("--limit cannot be negative")
        _keep_rows(grid, range(min(limit, len(grid.rows))))
    if options.get("columns"):
        _keep_columns(grid, chosen_columns(body, str(options["columns"])))
    elif people:
        _keep_columns(grid, _default_columns(body))
        _currency_in_headings(grid, body)
    if people:
        _say_in_words(grid)
    return grid


def chosen_columns(body: Table | Report, text: str) -> list[int]:
    """Return the positions that ``--columns`` names; ``all`` means every one.

    A report's JSON rows may have keys that its flat columns lack; those are passed over.
    """
    keys = [column.key for column in body.columns]
    names = names_in(text)
    if names == ["all"]:
        return list(range(len(keys)))
    known = {*keys, *(body.rows[0] if isinstance(body, Report) and body.rows else ())}
    names = [_as_key(name, known, body.columns) for name in names]
    for name in names:
        if name not in known:
            raise unknown("column", name, [*keys, *sorted(known.difference(keys))])
    return [keys.index(name) for name in names if name in keys]


def names_in(text: str) -> list[str]:
    """Return the names in a list such as ``name, last-contacted-at``."""
    return [name.strip().replace("-", "_") for name in text.split(",") if name.strip()]


def _as_key(name: str, known: Container[str], columns: Sequence[Column] = ()) -> str:
    """Return the key that a column's title means: ``Shirt size`` is ``shirt_size``, and
    ``expected`` the column with this heading, ``expected_on``."""
    if name in known:
        return name
    from crm_cli.domain.values import fold

    key = fold(name).replace(" ", "_")
    titled = (one.key for one in columns if fold(one.label).replace(" ", "_") == key)
    return key if key in known else next(titled, name)


def unknown(what: str, name: str, known: Sequence[str]) -> errors.InvalidValue:
    """Return the error for a name that is none of the known ones, with the nearest."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    guess = f"did you mean {near[0]}? " if near else ""
    return errors.InvalidValue(
        f"there is no {what} {name!r}", hint=f"{guess}{what}s are {', '.join(known)}"
    )


# -- columns and rows -----------------------------------------------------------------------------


def _default_columns(body: Table | Report) -> list[int]:
    keys = [column.key for column in body.columns]
    if not body.default_columns:
        return list(range(len(keys)))
    return [keys.index(key) for key in body.default_columns if key in keys]


def _keep_columns(grid: Grid, kept: Sequence[int]) -> None:
    if list(kept) == list(range(len(grid.columns))):
        return
    place = {old: new for new, old in enumerate(kept)}
    grid.columns = [grid.columns[i] for i in kept]
    grid.rows = [[row[i] for i in kept] for row in grid.rows]
    if grid.footer is not None:
        grid.footer = [grid.footer[i] for i in kept]
    grid.open_cells = frozenset(
        (row, place[column]) for row, column in grid.open_cells if column in place
    )


def _keep_rows(grid: Grid, kept: Sequence[int]) -> None:
    place = {old: new for new, old in enumerate(kept)}
    grid.rows = [grid.rows[i] for i in kept]
    grid.order = [grid.order[i] for i in kept]
    grid.open_cells = frozenset(
        (place[row], column) for row, column in grid.open_cells if row in place
    )


def _say_in_words(grid: Grid) -> None:
    """Put the owner's words in place of keys."""
    for at, column in enumerate(grid.columns):
        if column.texts is not None:
            texts = column.texts
            grid.rows = [
                [*row[:at], texts[place], *row[at + 1 :]]
                for place, row in zip(grid.order, grid.rows, strict=True)
            ]
        elif column.words:
            words = column.words
            grid.rows = [
                [*row[:at], words.get(row[at], row[at]), *row[at + 1 :]] for row in grid.rows
            ]


def _currency_in_headings(grid: Grid, body: Table | Report) -> None:
    """Drop a currency column that says the same in every row; name it above the amounts."""
    if not any(column.kind is Kind.MONEY for column in grid.columns):
        return
    source = [column.key for column in body.columns]
    if "currency" not in source:
        return
    at = source.index("currency")
    rows = body.cells if isinstance(body, Report) else body.rows
    used = {rows[i][at] for i in grid.order} - {None, ""}
    if len(used) != 1:
        return
    (currency,) = used
    shown = [i for i, column in enumerate(grid.columns) if column.key != "currency"]
    _keep_columns(grid, shown)
    grid.columns = [
        c._replace(label=f"{c.label} {currency}") if c.kind is Kind.MONEY else c
        for c in grid.columns
    ]


# -- order ----------------------------------------------------------------------------------------


def _sort(grid: Grid, text: str) -> None:
    """Sort by the keys named, ``-`` for downwards; what is absent comes last either way."""
    keys = [column.key for column in grid.columns]
    order = list(range(len(grid.rows)))
    # Sorting is stable: the last key first, so that the first one decides.
    for word in reversed([word.strip() for word in text.split(",") if word.strip()]):
        name = _as_key(word.lstrip("+-").replace("-", "_"), keys, grid.columns)
        if name not in keys:
            raise unknown("column", name, keys)
        at = keys.index(name)
        value = _comparable(grid.columns[at].kind)
        absent = [i for i in order if grid.rows[i][at] in ABSENT]
        present = [i for i in order if grid.rows[i][at] not in ABSENT]
        ranked = {i: value(grid.rows[i][at]) for i in present}
        present.sort(key=ranked.__getitem__, reverse=word.startswith("-"))
        order = present + absent
    _keep_rows(grid, order)


def _comparable(kind: Kind) -> Callable[[Any], Any]:
    """Return what turns a value of this kind into something that sorts as it means."""
    from decimal import Decimal, InvalidOperation

    from crm_cli.domain.values import fold
    from crm_cli.render.values import flat

    def by_number(value: Any) -> tuple[int, Any, str]:
        try:
            return 0, Decimal(str(value)), ""
        except InvalidOperation:
            return 1, Decimal(0), fold(flat(value))

    def by_text(value: Any) -> tuple[int, Any, str]:
        # A column of an SQL answer may mix numbers and text: numbers first, as SQLite does.
        if isinstance(value, int | float):
            return 0, value, ""
        return 1, 0, fold(flat(value))

    numeric = {Kind.ID, Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.RATE}
    return by_number if kind in numeric else by_text
