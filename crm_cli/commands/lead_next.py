"""``crm lead next``: the one to call now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

if TYPE_CHECKING:
    from crm_cli.context import AppContext

Text = Optional[str]


def _next(
    ctx: typer.Context,
    owner: Annotated[Text, typer.Option(help="Among this person's.", metavar="NAME")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Yours (--as, or who you are).")] = False,
    pipeline: Annotated[Text, typer.Option(help="Among those of this pipeline.")] = None,
    where: Annotated[
        Text, typer.Option(help="Among those this chooses: 'source = web'.", metavar="EXPR")
    ] = None,
) -> Result:
    """Show the lead to call now, and why.

    With --limit N the next ones, the most urgent first; with --columns a list of one.
    """
    from crm_cli.queries import lead_next as queries

    app = ctx.obj
    asked = queries.Asked(
        owner=app.session.actor if mine else owner, pipeline=pipeline, where=where,
        limit=_limit(app),
        as_json=app.format in {"json", "jsonl"}, fail_empty=bool(app.options.get("fail_empty")),
    )  # fmt: skip
    return queries.page(app.session, asked)


def _limit(app: AppContext) -> int | None:
    """Return how many to list, None for the page of one: columns and an order are a list's."""
    if app.options.get("limit") is not None:
        return app.row_limit or 0
    return 1 if app.options.get("columns") or app.options.get("sort") else None


NEXT = Verb(_next, rows=True)
