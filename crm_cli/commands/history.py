"""``crm history``, ``crm undo``, ``crm redo``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Where = Annotated[
    Optional[str], typer.Option(help="Filter: 'at >= -7d and by = ada'.", metavar="EXPR")
]


def history(
    ctx: typer.Context,
    entry: Annotated[Optional[int], typer.Argument(help="Show what this entry changed.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the program's own steps.")
    ] = False,
    where: Where = None,
) -> Result:
    """List what was changed, by whom and when; or show one entry field by field."""
    from crm_cli.queries import history as queries

    session, limit, for_people = ctx.obj.session, ctx.obj.row_limit, ctx.obj.shows_people
    if entry is not None:
        if limit is None and for_people:
            limit = queries.MOST_SHOWN
        return queries.page(session, entry, limit=limit, for_people=for_people, where=where)
    return queries.listing(session, with_system=everything, limit=limit, where=where)


def undo(
    ctx: typer.Context,
    entry: Annotated[
        Optional[int], typer.Argument(help="Reverse this entry alone; see crm history.")
    ] = None,
) -> Result:
    """Take back the last change, or entry N alone.

    Again goes further back. What cannot be undone (a sent mail, an erasure) is refused; with
    an entry number, cells changed since are listed and nothing is written.
    """
    from crm_cli.services import history as services

    return services.undo(ctx.obj.session, entry)


def redo(ctx: typer.Context) -> Result:
    """Do again what was undone last; possible until the next ordinary change."""
    from crm_cli.services import history as services

    return services.redo(ctx.obj.session)


HISTORY = Verb(history, rows=True)
UNDO = Verb(undo, writes=True)
REDO = Verb(redo, writes=True)
