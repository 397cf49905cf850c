"""``crm remind template``: the texts of the mails."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result


def list_(
    ctx: typer.Context,
    where: Annotated[
        Optional[str], typer.Option(help="Filter: 'template = digest'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List the names that a template may use, and what each is."""
    from crm_cli.services import mail_templates

    return mail_templates.variables(ctx.obj.session, where)


def show(
    ctx: typer.Context,
    template: Annotated[str, typer.Argument(help="digest, each, service or test.")],
    html: Annotated[bool, typer.Option("--html", help="Its HTML part.")] = False,
) -> Result:
    """Print a template as it is in force: yours, or the built-in one."""
    from crm_cli.services import mail_templates

    return mail_templates.source(ctx.obj.session, template, html=html)


def copy(
    ctx: typer.Context,  # noqa: ARG001 - every verb takes it
    folder: Annotated[str, typer.Argument(help="A new folder, or one without them.")],
) -> Result:
    """Copy the built-in templates into a folder, to change them there."""
    from crm_cli.services import mail_templates

    return mail_templates.copy(folder)


LIST, SHOW, COPY = Verb(list_, rows=True), Verb(show), Verb(copy)
