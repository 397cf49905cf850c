"""``crm product``: what is sold."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("product", "What you sell.")

Text = Optional[str]
Texts = Optional[list[str]]

What = Annotated[str, typer.Argument(help="Id, SKU or name.", metavar="PRODUCT")]
Some = Annotated[Text, typer.Argument(help="Id, SKU or name; - reads ids.", metavar="[PRODUCT]")]
Chosen = Annotated[Text, typer.Option("--where", help="All that this chooses.", metavar="EXPR")]
Sku = Annotated[Text, typer.Option(help="Stock keeping unit: your own number for it.")]
Category = Annotated[Text, typer.Option(help="Category.")]
Currency = Annotated[Text, typer.Option(help="Currency of the price (ISO 4217).")]
Interval = Annotated[Text, typer.Option(help="How long it lasts: '12 months'.")]
Sets = Annotated[
    Texts, typer.Option("--set", help="FIELD=VALUE, custom or own.", metavar="FIELD=VALUE")
]
Unset = Annotated[Texts, typer.Option(help="Empty this field.", metavar="FIELD")]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name.")],
    price: Annotated[Text, typer.Argument(help="12.50, or '12.50 CHF'.")] = None,
    sku: Sku = None,
    category: Category = None,
    currency: Currency = None,
    service_interval: Interval = None,
    set_: Sets = None,
    unset: Unset = None,
) -> Result:
    """Add a product."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import products

    return products.add(ctx.obj.session, products.ProductFields(given=used(options)))


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    text: Annotated[Text, typer.Argument(help="Part of a name or SKU.")] = None,
    category: Category = None,
    retired: Annotated[bool, typer.Option("--retired", help="Only retired ones.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Retired ones too.")] = False,
    where: Annotated[
        Text, typer.Option(help="Filter: 'price > 50 and category = gifts'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List products."""
    from crm_cli.queries import products

    asked = {"text": text, "category": category}
    shown = None if all_ else retired
    return products.listing(
        ctx.obj.session, asked, retired=shown, limit=ctx.obj.row_limit, where=where
    )


@GROUP.verb("show")
def show(ctx: typer.Context, what: What) -> Result:
    """Show one product, or those whose ids stdin holds."""
    from crm_cli.queries import products, resolve

    reader = ctx.obj.session.reader
    if what == "-":
        from crm_cli.commands.inputs import whos
        from crm_cli.queries.several import pages

        ids = [resolve.product_id(reader, word) for word in whos(ctx.obj, what)]
        found = [products.record(reader, product_id) for product_id in ids]
        return Result(body=pages("product", found, for_people=ctx.obj.shows_people))
    return Result(body=products.record(reader, resolve.product_id(reader, what)))


@GROUP.verb("edit", writes=True)
def edit(
    ctx: typer.Context,
    what: Some = None,
    name: Annotated[Text, typer.Option(help="Name.")] = None,
    price: Annotated[Text, typer.Option(help="12.50, or '12.50 CHF'.")] = None,
    sku: Sku = None,
    category: Category = None,
    currency: Currency = None,
    service_interval: Interval = None,
    active: Annotated[bool, typer.Option("--active", help="Sell it again.")] = False,
    set_: Sets = None,
    unset: Unset = None,
    where: Chosen = None,
) -> Result:
    """Change the fields named, of one or of many."""
    options = locals()
    from crm_cli.commands.inputs import selection, used
    from crm_cli.services import products

    fields = products.ProductFields(given=used({**options, "what": None, "where": None}))
    chosen = selection(ctx.obj, what, where, what="PRODUCT")
    if chosen is not None:
        from crm_cli.services import bulk_products

        return bulk_products.edit(ctx.obj.session, chosen, fields)
    return products.edit(ctx.obj.session, what or "", fields)


@GROUP.verb("retire", writes=True)
def retire(ctx: typer.Context, what: Some = None, where: Chosen = None) -> Result:
    """Sell it no more; figures keep it."""
    from crm_cli.commands.inputs import selection

    chosen = selection(ctx.obj, what, where, what="PRODUCT")
    if chosen is not None:
        from crm_cli.services import bulk_products

        return bulk_products.retire(ctx.obj.session, chosen)
    from crm_cli.services import products

    return products.retire(ctx.obj.session, what or "")


GROUP.elsewhere(
    "import", "transfer", "IMPORT_PRODUCTS", "Import products from CSV, JSON Lines or spreadsheets."
)
GROUP.elsewhere(
    "export",
    "transfer",
    "EXPORT_PRODUCTS",
    "Export products: CSV, JSON Lines (-f jsonl) or FILE.xlsx; all import back.",
)
