"""``crm search``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result


def search(
    ctx: typer.Context,
    text: Annotated[list[str], typer.Argument(help="Words, or the beginnings of them.")],
    in_: Annotated[
        Optional[str],
        typer.Option("--in", help="Only these: contact, purchase, lead ...", metavar="TYPES"),
    ] = None,
    where: Annotated[
        Optional[str],
        typer.Option(help="Of these only what this filter chooses.", metavar="EXPR"),
    ] = None,
    archived: Annotated[
        bool, typer.Option("--archived", help="Only archived contacts and retired products.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Archived and retired ones too.")] = False,
) -> Result:
    """Find records by words in any of their fields.

    Each word has to begin a word of the record; case and accents do not matter, and a phone
    number may be written in any way. Words between quotation marks stand side by side.
    """
    from crm_cli.queries import search as queries

    return queries.search(
        ctx.obj.session, text, within=in_, archived=None if all_ else archived,
        limit=ctx.obj.row_limit, for_ids=ctx.obj.format == "ids", ids_only=ctx.obj.wants_ids,
        where=where,
    )  # fmt: skip


SEARCH = Verb(search, rows=True)
