"""``crm config``: settings of the business and of the person, and dated currency rates."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Level, Message, Result, Text

GROUP = Group("config", "Settings of the business and of yourself.")
RATE = GROUP.group("rate", "What a currency is worth, day by day.")
HOLIDAY = GROUP.group("holiday", "Holidays of the business, from a calendar file.")

Key = Annotated[str, typer.Argument(help="The setting: timezone, currency, format ...")]


Where = Annotated[
    Optional[str],
    typer.Option(help="Filter: 'scope = business and source = store'.", metavar="EXPR"),
]


@GROUP.verb("list", rows=True)
def list_(ctx: typer.Context, where: Where = None) -> Result:
    """List every setting, its value and where it comes from."""
    from crm_cli.queries import settings

    mine = settings.Personal(values=ctx.obj.personal_settings())
    return settings.narrowed(ctx.obj.session, mine, where)


@GROUP.verb("get")
def get(ctx: typer.Context, key: Key) -> Result:
    """Print one setting: the bare value, or with another -f than table the record."""
    from crm_cli.queries import settings

    mine = settings.Personal(values=ctx.obj.personal_settings())
    record = settings.record(ctx.obj.session, mine, key)
    # Asked for by option alone: a format in the settings must not change what a script reads.
    if ctx.obj.options.get("format") in {None, "table"}:
        return Result(body=Text(f"{record.values['value'] or ''}\n"))
    return Result(body=record)


@GROUP.verb("set", writes=True)
def set_(
    ctx: typer.Context, key: Key, value: Annotated[str, typer.Argument(help="Its new value.")]
) -> Result:
    """Change a setting; one of the business can be undone."""
    return _change(ctx, key, value)


@GROUP.verb("unset", writes=True)
def unset(ctx: typer.Context, key: Key) -> Result:
    """Put a setting back to its default."""
    return _change(ctx, key, None)


def _change(ctx: typer.Context, key: str, value: str | None) -> Result:
    from crm_cli.queries.settings import Personal, record
    from crm_cli.services import settings

    app = ctx.obj
    if key not in app.personal_keys:
        others = app.personal_keys
        request = settings.ChangeSetting(key=key, value=value, personal_keys=others)
        return settings.change(app.session, request)
    path = app.change_personal(key, value)
    told = f"written to {path}, where crm undo does not reach"
    if app.dry_run:
        told = "dry run: nothing was written"
    body = record(app.session, Personal(values=app.personal_settings()), key)
    if value is not None and body.values["source"] not in {"file", "default"}:
        told += f"; now the {body.values['source']} says otherwise"
    return Result(body=body, messages=[Message(told, Level.HINT)])


@RATE.verb("add", writes=True)
def rate_add(
    ctx: typer.Context,
    currency: Annotated[str, typer.Argument(help="The currency: USD.")],
    rate: Annotated[str, typer.Argument(help="What one unit of it is worth: 0.9231.")],
    on: Annotated[Optional[str], typer.Option(help="From this day on; default today.")] = None,
    in_: Annotated[
        Optional[str], typer.Option("--in", help="Worth in this; default the business's.")
    ] = None,
) -> Result:
    """Add the rate of a day, or change it."""
    from crm_cli.services import rates

    request = rates.AddRate(currency=currency, rate=rate, on=on, quote=in_)
    return rates.add(ctx.obj.session, request)


@RATE.verb("list", rows=True)
def rate_list(ctx: typer.Context, where: Where = None) -> Result:
    """List the rates by currency and day."""
    from crm_cli.queries import settings

    return settings.rates(ctx.obj.session, where)


@RATE.verb("remove", writes=True)
def rate_remove(
    ctx: typer.Context, rate_id: Annotated[int, typer.Argument(metavar="ID", help="Its id.")]
) -> Result:
    """Delete one rate."""
    from crm_cli.services import rates

    return rates.remove(ctx.obj.session, rate_id)


@RATE.verb("import", writes=True)
def rate_import(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="CSV: date,currency,rate[,quote]; - is stdin.")],
    in_: Annotated[
        Optional[str], typer.Option("--in", help="Rates are in this; default the business's.")
    ] = None,
) -> Result:
    """Add or change the rates of a CSV file."""
    from crm_cli.services import rates

    request = rates.ImportRates(file=file, quote=in_)
    return rates.import_file(ctx.obj.session, request, ctx.obj.stdin)


@HOLIDAY.verb("import", writes=True)
def holiday_import(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="Calendar file (.ics); - is stdin.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Instead of the holidays there are.")
    ] = False,
) -> Result:
    """Add the all-day events of a calendar (.ics) to the holidays."""
    from crm_cli.services import holidays

    request = holidays.ImportHolidays(file=file, replace=replace)
    return holidays.import_file(ctx.obj.session, request, ctx.obj.stdin)
