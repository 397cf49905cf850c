"""``crm purchase``: sales and returns."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("purchase", "Sales and returns.")

Text = Optional[str]
Texts = Optional[list[str]]

What = Annotated[str, typer.Argument(help="Id, external id or order number.", metavar="PURCHASE")]
Some = Annotated[
    Text, typer.Argument(help="Id, external id or number; - reads ids.", metavar="[PURCHASE]")
]
Chosen = Annotated[Text, typer.Option("--where", help="All that this chooses.", metavar="EXPR")]
On = Annotated[Text, typer.Option(help="Day; today without it.", metavar="DATE")]
Quantity = Annotated[Text, typer.Option(help="How many.")]
Order = Annotated[
    Text, typer.Option("--order", "--order-number", help="Order number; its lines share it.")
]
Twice = Annotated[bool, typer.Option("--allow-duplicate", help="Use an external id again.")]
Currency = Annotated[Text, typer.Option(help="Currency (ISO 4217).")]
Channel = Annotated[Text, typer.Option(help="Where it was sold: shop, web ...")]
Campaign = Annotated[Text, typer.Option(help="Campaign that brought it.")]
Description = Annotated[Text, typer.Option(help="What it was, in words.")]
ExternalId = Annotated[Text, typer.Option(help="Its number in another system.")]

Sets = Annotated[
    Texts, typer.Option("--set", help="FIELD=VALUE, custom or own.", metavar="FIELD=VALUE")
]
Unset = Annotated[Texts, typer.Option(help="Empty this field.", metavar="FIELD")]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(help="Id, e-mail, phone, system:value or name.")],
    product: Annotated[Text, typer.Argument(help="Id, SKU or name; made when new.")] = None,
    amount: Annotated[Text, typer.Argument(help="The line's total: 12.50, '12.50 CHF'.")] = None,
    line: Annotated[Texts, typer.Option(help="SKU=AMOUNT or '2 x SKU=AMOUNT'; repeat it.")] = None,
    on: On = None,
    quantity: Quantity = None,
    order: Order = None,
    currency: Currency = None,
    channel: Channel = None,
    campaign: Campaign = None,
    description: Description = None,
    external_id: ExternalId = None,
    set_: Sets = None,
    unset: Unset = None,
    allow_duplicate: Twice = False,
) -> Result:
    """Record what somebody bought: one line, or several of one order."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import purchases

    return purchases.add(ctx.obj.session, purchases.PurchaseFields(given=used(options)))


@GROUP.verb("return", writes=True)
def return_(
    ctx: typer.Context,
    what: What,
    amount: Annotated[Text, typer.Argument(help="Given back; all that is left without it.")] = None,
    on: On = None,
    quantity: Quantity = None,
    description: Description = None,
    external_id: ExternalId = None,
    set_: Sets = None,
    unset: Unset = None,
    allow_duplicate: Twice = False,
) -> Result:
    """Take a sale back, in whole or in part."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import purchases

    fields = purchases.PurchaseFields(given=used(options))
    return purchases.give_back(ctx.obj.session, what, fields)


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    who: Annotated[Text, typer.Option("--who", "--contact", help="Contact.")] = None,
    product: Annotated[Text, typer.Option(help="Product.")] = None,
    since: Annotated[Text, typer.Option(help="From this day on.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Up to this day.", metavar="DATE")] = None,
    period: Annotated[Text, typer.Option(help="2026, 2026-Q2, 2026-05, last-month, ytd.")] = None,
    kind: Annotated[Text, typer.Option(help="sale or return.")] = None,
    order: Annotated[Text, typer.Option("--order", "--order-number", help="Order number.")] = None,
    channel: Annotated[Text, typer.Option(help="Channel.")] = None,
    where: Annotated[
        Text, typer.Option(help="Filter: 'amount > 100 and on >= -30d'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List purchases and returns."""
    from crm_cli.queries import purchases

    asked = {
        "who": who, "product": product, "since": since, "until": until, "period": period,
        "kind": kind, "order": order, "channel": channel,
    }  # fmt: skip
    return purchases.listing(
        ctx.obj.session, asked, limit=ctx.obj.row_limit, where=where, ids_only=ctx.obj.wants_ids
    )


@GROUP.verb("show")
def show(ctx: typer.Context, what: What) -> Result:
    """Show one purchase or return, by its number the lines of an order, or what stdin names."""
    from crm_cli.queries import purchases

    if what == "-":
        from crm_cli.commands.inputs import whos
        from crm_cli.queries import resolve
        from crm_cli.queries.several import pages

        reader = ctx.obj.session.reader
        ids = [resolve.purchase_id(reader, word) for word in whos(ctx.obj, what)]
        found = [purchases.record(reader, purchase_id) for purchase_id in ids]
        return Result(body=pages("purchase", found, for_people=ctx.obj.shows_people))
    return purchases.show(ctx.obj.session.reader, what, for_people=ctx.obj.shows_people)


@GROUP.verb("edit", writes=True)
def edit(
    ctx: typer.Context,
    what: Some = None,
    who: Annotated[
        Text, typer.Option("--who", "--contact", help="Hand it to this contact.")
    ] = None,
    product: Annotated[Text, typer.Option(help="Id, SKU or name.")] = None,
    amount: Annotated[Text, typer.Option(help="The line's total: 12.50, '12.50 CHF'.")] = None,
    on: On = None,
    quantity: Quantity = None,
    order: Order = None,
    currency: Currency = None,
    channel: Channel = None,
    campaign: Campaign = None,
    description: Description = None,
    external_id: ExternalId = None,
    set_: Sets = None,
    unset: Unset = None,
    allow_duplicate: Twice = False,
    where: Chosen = None,
) -> Result:
    """Change the fields named, of one or of many."""
    options = locals()
    from crm_cli.commands.inputs import selection, used
    from crm_cli.services import purchases, purchases_edit

    fields = purchases.PurchaseFields(given=used({**options, "where": None}))
    chosen = selection(ctx.obj, what, where, what="PURCHASE")
    if chosen is not None:
        from crm_cli.services import bulk_purchases

        return bulk_purchases.edit(ctx.obj.session, chosen, fields)
    return purchases_edit.edit(ctx.obj.session, what or "", fields)


@GROUP.verb("delete", writes=True)
def delete(ctx: typer.Context, what: Some = None, where: Chosen = None) -> Result:
    """Move to the trash, with its returns; asks first."""
    from crm_cli.commands.inputs import selection

    chosen = selection(ctx.obj, what, where, what="PURCHASE")
    if chosen is not None:
        from crm_cli.services import bulk_purchases

        return bulk_purchases.delete(ctx.obj.session, chosen)
    from crm_cli.services import purchases_edit

    return purchases_edit.delete(ctx.obj.session, [what or ""])


GROUP.elsewhere(
    "import",
    "transfer",
    "IMPORT_PURCHASES",
    "Import sales and returns; customers and products not known yet are made.",
)
GROUP.elsewhere(
    "export", "transfer", "EXPORT_PURCHASES",
    "Export purchases: CSV, JSON Lines (-f jsonl) or FILE.xlsx; all import back.",
)  # fmt: skip
