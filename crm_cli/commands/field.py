"""``crm field``: what else is kept of each contact, product, purchase and lead."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("field", "Custom fields of contacts, products, purchases and leads.")

Text = Optional[str]
Texts = Optional[list[str]]

First = Annotated[str, typer.Argument(help="Its name, contact.name or id.", metavar="FIELD")]
Second = Annotated[Text, typer.Argument(help="The name, after a record type.", hidden=True)]
Kind = Annotated[
    Text,
    typer.Option("--kind", "--type", help="text, number, money, date, flag, choice or link."),
]
Label = Annotated[Text, typer.Option(help="What people read; the name as typed without it.")]
Choice = Annotated[
    Texts,
    typer.Option(
        "--choice",
        "--choices",
        "--option",
        "--options",
        help="What can be chosen: S,M,L; repeat it.",
    ),
]
Required = Annotated[bool, typer.Option("--required", help="Refuse a new record without it.")]
Optional_ = Annotated[bool, typer.Option("--optional", help="It may be left empty.")]
Default = Annotated[Text, typer.Option(help="What new records get; '' for nothing.")]
Note = Annotated[Text, typer.Option(help="What it is for, or how it is written.")]
Pattern = Annotated[
    Text,
    typer.Option(help="What the whole value has to match: '[A-Z]{2}-[0-9]+'; '' for anything."),
]
MaxLength = Annotated[
    Text, typer.Option("--max-length", help="The most characters; '' for no end.", metavar="N")
]
Min = Annotated[Text, typer.Option("--min", help="The least number, amount or day; '' for none.")]
Max = Annotated[
    Text, typer.Option("--max", help="The greatest number, amount or day; '' for none.")
]
Unique = Annotated[bool, typer.Option("--unique", help="No two records share a value.")]
NotUnique = Annotated[bool, typer.Option("--not-unique", help="Records may share a value.")]


Where = Annotated[
    Text, typer.Option(help="Filter: 'record = contact and required'.", metavar="EXPR")
]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    record: Annotated[
        str, typer.Argument(help="contact, product, purchase or lead.", metavar="RECORD")
    ],
    name: Annotated[str, typer.Argument(help="What it is called: 'Shirt size'.")],
    as_kind: Annotated[Text, typer.Argument(help="The same as --kind.", metavar="[KIND]")] = None,
    kind: Kind = None,
    label: Label = None,
    choice: Choice = None,
    required: Required = False,
    default: Default = None,
    note: Note = None,
    pattern: Pattern = None,
    max_length: MaxLength = None,
    min_: Min = None,
    max_: Max = None,
    unique: Unique = False,
) -> Result:
    """Add a field; --set NAME=VALUE fills it."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import fields_define

    given = used({**options, "kind": kind or as_kind, "as_kind": None})
    return fields_define.add(ctx.obj.session, fields_define.FieldOptions(given=given))


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    record: Annotated[Text, typer.Argument(help="contact, product, purchase or lead.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="Only retired ones.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Retired ones too.")] = False,
    where: Where = None,
) -> Result:
    """List the fields, with their choices and how many records have a value."""
    from crm_cli.queries import fields

    shown = None if all_ else retired
    return fields.listing(ctx.obj.session, record, retired=shown, where=where)


@GROUP.verb("show")
def show(ctx: typer.Context, first: First, second: Second = None) -> Result:
    """Show one field."""
    from crm_cli.queries import fields

    reader = ctx.obj.session.reader
    return Result(body=fields.record(reader, fields.find(reader, first, second).id))


@GROUP.verb("check", rows=True)
def check(
    ctx: typer.Context,
    first: Annotated[Text, typer.Argument(help="One field; without it all.")] = None,
    second: Second = None,
    where: Where = None,
) -> Result:
    """List the values that the checks of a field would not let in today."""
    from crm_cli.queries import field_checks

    names = [word for word in (first, second) if word is not None]
    return field_checks.listing(ctx.obj.session, names, where=where)


@GROUP.verb("edit", writes=True)
def edit(
    ctx: typer.Context,
    first: First,
    second: Second = None,
    name: Annotated[Text, typer.Option(help="Another name; values stay.")] = None,
    kind: Kind = None,
    label: Label = None,
    choice: Choice = None,
    required: Required = False,
    optional: Optional_ = False,
    default: Default = None,
    note: Note = None,
    active: Annotated[bool, typer.Option("--active", help="Take it out of retirement.")] = False,
    pattern: Pattern = None,
    max_length: MaxLength = None,
    min_: Min = None,
    max_: Max = None,
    unique: Unique = False,
    not_unique: NotUnique = False,
) -> Result:
    """Change a field, or require or check a record's own one: contact.email --required."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import fields_define

    request = fields_define.FieldOptions(given=used(options))
    names = [word for word in (first, second) if word is not None]
    return fields_define.edit(ctx.obj.session, names, request)


@GROUP.verb("retire", writes=True)
def retire(ctx: typer.Context, first: First, second: Second = None) -> Result:
    """Ask for it no more; values stay, and the name stays taken."""
    from crm_cli.services import fields_define

    names = [word for word in (first, second) if word is not None]
    return fields_define.retire(ctx.obj.session, names)


@GROUP.verb("delete", writes=True)
def delete(ctx: typer.Context, first: First, second: Second = None) -> Result:
    """Delete a field and all its values; asks first."""
    from crm_cli.services import fields_define

    names = [word for word in (first, second) if word is not None]
    return fields_define.delete(ctx.obj.session, names)
