"""The ``table`` format: coloured and fitted on a terminal, plain text everywhere else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from crm_cli.render.layout import Paper, Sheet, page
from crm_cli.result import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import tzinfo

    from crm_cli.context import AppContext
    from crm_cli.result import Body

_MOST_COLOURED = 200
"""Rows above which colour costs more time than it is worth."""


def show(body: Body, app: AppContext, put: Callable[[Iterable[str]], None]) -> None:
    """Print a body for people; nothing found is said on stderr."""
    terminal = app.stdout_is_terminal
    colour = app.color == "always" or (terminal and app.color == "auto")
    paper = Paper(
        width=_terminal_size(app)[0] if terminal else None,
        zone=lambda: business_zone(app),
        options=app.options,
        bar="█" if terminal or colour else "#",
    )
    blocks = page(body, paper)
    if not blocks:
        _say_nothing_found(body, app)
        return
    rows = sum(len(b.cells[0]) for b in blocks if isinstance(b, Sheet) and b.cells)
    if colour and rows <= _MOST_COLOURED:
        from crm_cli.render import terminal as coloured

        text = coloured.joined(blocks, app.environment)
    else:
        from crm_cli.render import text as plain

        text = plain.joined(blocks)
    if terminal and app.stdin_is_terminal and text.count("\n") >= _terminal_size(app)[1]:
        from crm_cli.render import pager

        if pager.show(text, app.environment):
            return
    put([text])


def business_zone(app: AppContext) -> tzinfo | None:
    """Return the business's time zone, None for UTC."""
    return None if app.session.setting("timezone") == "UTC" else app.session.zone


def _say_nothing_found(body: Body, app: AppContext) -> None:
    # Rows that only --limit 0 left out are not "nothing found"; a table without a noun has a
    # message of its own.
    if not isinstance(body, Table) or not body.noun:
        return
    if not body.rows and app.options.get("limit") != 0:
        from crm_cli.render.values import plural

        app.say(f"no {plural(body.noun)}")


def _terminal_size(app: AppContext) -> tuple[int, int]:
    """Return columns and lines; COLUMNS wins, so that a width can be asked for."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
        columns, rows = size.columns, size.lines
    except (OSError, ValueError, AttributeError):
        columns, rows = 80, 24
    named = app.environment.get("COLUMNS", "")
    if named.isdecimal() and len(named) < 9 and int(named):
        columns = int(named)
    return columns or 80, rows or 24
