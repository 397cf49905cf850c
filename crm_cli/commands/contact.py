"""``crm contact``: people and companies."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("contact", "People and companies.")


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Full name, as people say it.")],
    email: Annotated[Optional[list[str]], typer.Option(help="E-mail; may be repeated.")] = None,
    phone: Annotated[Optional[list[str]], typer.Option(help="Phone; may be repeated.")] = None,
) -> Result:
    """Add a person or a company."""
    from crm_cli.services import contacts

    request = contacts.AddContact(name=name, emails=email or (), phones=phone or ())
    return contacts.add(ctx.obj.session, request)


@GROUP.verb("list", rows=True)
def list_(ctx: typer.Context) -> Result:
    """List contacts."""
    from crm_cli.queries import contacts

    return Result(body=contacts.listing(ctx.obj.session))


@GROUP.verb("show")
def show(ctx: typer.Context, who: Annotated[str, typer.Argument(help="Id, e-mail, name ...")]) -> Result:
    """Show everything about one contact."""
    from crm_cli.queries import contacts, resolve

    reader = ctx.obj.session.reader
    return Result(body=contacts.record(reader, resolve.contact_id(reader, who)))
