"""``crm demo``: a made-up business to try things on."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result


def demo(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="The file to make.")] = "demo.db",
    seed: Annotated[int, typer.Option(help="Another number draws another business.")] = 1,
    customers: Annotated[int, typer.Option(help="How many private customers.")] = 400,
) -> Result:
    """Fill a file with a made-up business and report on it."""
    from crm_cli.services import demo as services

    request = services.FillDemo(file=file, customers=customers, seed=seed)
    return services.fill(ctx.obj.session, request)


DEMO = Verb(demo, writes=True)
