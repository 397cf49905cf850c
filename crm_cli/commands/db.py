"""``crm db``: the database file itself."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("db", "The database file: status, migrate, sql.")


@GROUP.verb("status")
def status(ctx: typer.Context) -> Result:
    """Show where the store is, what it holds and what happened last."""
    from crm_cli.queries import status as queries

    return queries.status(ctx.obj.session)


@GROUP.verb("migrate", writes=True)
def migrate(ctx: typer.Context) -> Result:
    """Bring an older file to the newest schema; the old one is kept beside it."""
    from crm_cli.services import schema

    return schema.migrate(ctx.obj.session)


@GROUP.verb("sql", rows=True)
def sql(
    ctx: typer.Context,
    query: Annotated[
        Optional[str], typer.Argument(help="A SELECT; - reads it; nothing lists the views.")
    ] = None,
) -> Result:
    """Run a query that only reads. Promised views: crm_contacts, crm_products, crm_purchases.

    Their columns stay; those of the tables may change with any version.
    """
    from crm_cli.commands.inputs import stdin_text
    from crm_cli.queries import status as queries

    if query is None:
        return Result(body=queries.views())
    return queries.sql(ctx.obj.session, stdin_text(ctx.obj) if query == "-" else query)
