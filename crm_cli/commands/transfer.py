"""``import`` and ``export``: the same two verbs for every noun that comes and goes as a file."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

File = Annotated[
    Optional[str],
    typer.Argument(help="CSV, JSON Lines, a spreadsheet or vCards; - is stdin.", metavar="FILE"),
]
Target = Annotated[
    Optional[str], typer.Argument(help="File to write; - or nothing: stdout.", metavar="FILE")
]
ContactPreset = Annotated[
    Optional[str],
    typer.Option(
        "--preset",
        help="Whose export it is: google, outlook, apple, hubspot, salesforce, zoho, pipedrive,"
        " monday, freshsales, kommo, dynamics, mailchimp or own; else its columns tell.",
        metavar="PRODUCT",
    ),
]
OrderPreset = Annotated[
    Optional[str],
    typer.Option(
        "--preset",
        help="Whose export it is: shopify, woocommerce, square, stripe or own; else its columns"
        " tell.",
        metavar="PRODUCT",
    ),
]
LeaveTo = Annotated[
    Optional[str],
    typer.Option(
        "--layout",
        help="Write it as a product imports it: google, outlook, apple (vCards), hubspot,"
        " salesforce, pipedrive, zoho, monday, freshsales, kommo, dynamics or mailchimp.",
        metavar="PRODUCT",
    ),
]
OrdersTo = Annotated[
    Optional[str],
    typer.Option(
        "--layout", help="Write CSV as shopify or woocommerce has orders.", metavar="PRODUCT"
    ),
]
DealsTo = Annotated[
    Optional[str],
    typer.Option(
        "--layout",
        help="Write CSV as a product imports deals: hubspot, salesforce, pipedrive or zoho.",
        metavar="PRODUCT",
    ),
]
Map = Annotated[
    Optional[list[str]],
    typer.Option("--map", help='What a column is: "Their column=field".', metavar="COLUMN=FIELD"),
]
ContactMatch = Annotated[
    Optional[str],
    typer.Option("--match", help="Find contacts by external-id, email, phone, name or uid alone."),
]
ProductMatch = Annotated[
    Optional[str], typer.Option("--match", help="Find products by sku, name or uid alone.")
]
CustomerMatch = Annotated[
    Optional[str],
    typer.Option("--match", help="Find customers by external-id, email, phone or name alone."),
]
OnMatch = Annotated[str, typer.Option(help="A known record: fill, update, skip or fail.")]
Strict = Annotated[bool, typer.Option("--strict", help="Any bad row: write nothing.")]
Unknown = Annotated[str, typer.Option(help="A customer nobody knows: create or reject.")]
UnknownContact = Annotated[
    str, typer.Option("--unknown", help="A contact nobody knows: create or reject.")
]
ReplaceLists = Annotated[
    bool, typer.Option("--replace-lists", help="The file's lists replace the record's.")
]
Rejects = Annotated[Optional[str], typer.Option(help="Where rejected rows go.", metavar="FILE")]
Delimiter = Annotated[Optional[str], typer.Option(help="The character between cells, or tab.")]
Sheet = Annotated[
    Optional[str], typer.Option(help="Name or number of a spreadsheet's sheet.", metavar="NAME")
]
Encoding = Annotated[Optional[str], typer.Option(help="utf-8, cp1252, utf-16 ...")]
Decimal = Annotated[Optional[str], typer.Option(help="The decimal sign: . or ,")]
Dates = Annotated[Optional[str], typer.Option(help="Order of dates: ymd, dmy or mdy.")]
Country = Annotated[Optional[str], typer.Option(help="Country of local phone numbers: CH.")]
Currency = Annotated[Optional[str], typer.Option(help="Currency where the file names none.")]
Origin = Annotated[
    Optional[str], typer.Option("--source", help="System of bare customer numbers: shop.")
]
Vcard = Annotated[
    Optional[str],
    typer.Option("--vcard", help="Write vCards: 3.0 (as FILE.vcf does) or 4.0.", metavar="VERSION"),
]
Tag = Annotated[Optional[list[str]], typer.Option(help="Tag every contact of the file.")]
Where = Annotated[
    Optional[str], typer.Option(help="Only what this filter chooses.", metavar="EXPR")
]
KeepUnknown = Annotated[
    bool, typer.Option("--keep-unknown", help="Keep columns nobody knows as custom fields.")
]
Complete = Annotated[
    bool, typer.Option("--require-complete", help="Reject new records that lack a required field.")
]
Plan = Annotated[
    Optional[str],
    typer.Option(
        "--plan",
        help="Write each row's fate to a file (- is stdout), nothing to the store.",
        metavar="FILE",
    ),
]
Apply = Annotated[
    Optional[str],
    typer.Option("--apply", help="Carry out a plan, if nothing changed since.", metavar="PLAN"),
]


def _import_contacts(
    ctx: typer.Context, file: File = None, preset: ContactPreset = None, maps: Map = None,
    match: ContactMatch = None,
    on_match: OnMatch = "fill", strict: Strict = False, unknown: UnknownContact = "create",
    replace_lists: ReplaceLists = False,
    rejects: Rejects = None, delimiter: Delimiter = None, sheet: Sheet = None,
    encoding: Encoding = None, decimal: Decimal = None,
    dates: Dates = None, country: Country = None, currency: Currency = None,
    source: Origin = None, tag: Tag = None,
    keep_unknown: KeepUnknown = False, require_complete: Complete = False,
    plan: Plan = None, apply: Apply = None,
) -> Result:  # fmt: skip
    """Import people and companies from CSV, JSON Lines, spreadsheets or vCards.

    Columns go by their headers; crm help columns lists the fields and the headers known.
    """
    return _import(
        ctx, "contact", path=file, preset=preset, maps=maps or (), match=match,
        on_match=on_match, strict=strict, unknown=unknown, replace_lists=replace_lists,
        rejects=rejects, delimiter=delimiter, sheet=sheet, encoding=encoding, decimal=decimal,
        dates=dates, country=country, currency=currency, source=source,
        tags=tag or (), keep_unknown=keep_unknown, require_complete=require_complete,
        plan=plan, apply=apply,
    )  # fmt: skip


def _import_products(
    ctx: typer.Context, file: File = None, maps: Map = None, match: ProductMatch = None,
    on_match: OnMatch = "fill", strict: Strict = False, rejects: Rejects = None,
    delimiter: Delimiter = None, sheet: Sheet = None, encoding: Encoding = None,
    decimal: Decimal = None,
    currency: Currency = None, dates: Dates = None,
    keep_unknown: KeepUnknown = False, require_complete: Complete = False,
    plan: Plan = None, apply: Apply = None,
) -> Result:  # fmt: skip
    """Import products from CSV, JSON Lines or spreadsheets.

    Columns go by their headers; crm help columns lists the fields and the headers known.
    """
    return _import(
        ctx, "product", path=file, maps=maps or (), match=match,
        on_match=on_match, strict=strict, rejects=rejects, delimiter=delimiter, sheet=sheet,
        encoding=encoding, decimal=decimal, currency=currency, dates=dates,
        keep_unknown=keep_unknown, require_complete=require_complete,
        plan=plan, apply=apply,
    )  # fmt: skip


def _import_purchases(
    ctx: typer.Context, file: File = None, preset: OrderPreset = None, maps: Map = None,
    match: CustomerMatch = None,
    on_match: OnMatch = "fill", strict: Strict = False, unknown: Unknown = "create",
    rejects: Rejects = None, delimiter: Delimiter = None, sheet: Sheet = None,
    encoding: Encoding = None,
    decimal: Decimal = None, dates: Dates = None, country: Country = None,
    currency: Currency = None, source: Origin = None, tag: Tag = None,
    keep_unknown: KeepUnknown = False, require_complete: Complete = False,
    plan: Plan = None, apply: Apply = None,
) -> Result:  # fmt: skip
    """Import sales and returns; customers and products not known yet are made.

    Columns go by their headers; crm help columns lists the fields and the headers known.
    """
    return _import(
        ctx, "purchase", path=file, preset=preset, maps=maps or (), match=match,
        on_match=on_match, strict=strict, unknown=unknown, rejects=rejects,
        delimiter=delimiter, sheet=sheet,
        encoding=encoding, decimal=decimal, dates=dates, country=country, currency=currency,
        source=source, tags=tag or (), keep_unknown=keep_unknown,
        require_complete=require_complete,
        plan=plan, apply=apply,
    )  # fmt: skip


def _import(ctx: typer.Context, noun: str, **options: object) -> Result:
    from crm_cli.services import importing

    stdin = getattr(ctx.obj.stdin, "buffer", None)
    request = importing.ImportRequest(noun=noun, stdin=stdin, **options)  # type: ignore[arg-type]
    return importing.run(ctx.obj.session, request)


def _export_contacts(
    ctx: typer.Context, file: Target = None, vcard: Vcard = None, where: Where = None,
    layout: LeaveTo = None,
) -> Result:  # fmt: skip
    """Export contacts: CSV, JSON Lines (-f jsonl), FILE.xlsx or vCards; all import back."""
    return _export(ctx, "contact", file, vcard=vcard, where=where, layout=layout)


def _export_products(ctx: typer.Context, file: Target = None, where: Where = None) -> Result:
    """Export products: CSV, JSON Lines (-f jsonl) or FILE.xlsx; all import back."""
    return _export(ctx, "product", file, where=where)


def _export_purchases(
    ctx: typer.Context, file: Target = None, where: Where = None, layout: OrdersTo = None
) -> Result:
    """Export purchases: CSV, JSON Lines (-f jsonl) or FILE.xlsx; all import back."""
    return _export(ctx, "purchase", file, where=where, layout=layout)


def _export_leads(
    ctx: typer.Context, file: Target = None, where: Where = None, layout: DealsTo = None
) -> Result:
    """Export leads: CSV, JSON Lines (-f jsonl) or FILE.xlsx; all import back."""
    return _export(ctx, "lead", file, where=where, layout=layout)


def _export(ctx: typer.Context, noun: str, file: str | None, **more: str | None) -> Result:
    from crm_cli.services import exporting

    request = exporting.ExportRequest(
        noun=noun,
        path=file,
        format=ctx.obj.options.get("format"),
        for_spreadsheet=bool(ctx.obj.options.get("for_spreadsheet")),
        **more,
    )
    return exporting.run(ctx.obj.session, request)


EXPORTED = "csv, tsv or jsonl (full records)."
"""What ``services.exporting`` writes."""

IMPORT_CONTACTS = Verb(_import_contacts, writes=True)
IMPORT_PRODUCTS = Verb(_import_products, writes=True)
IMPORT_PURCHASES = Verb(_import_purchases, writes=True)
EXPORT_CONTACTS = Verb(_export_contacts, formats=EXPORTED)
EXPORT_PRODUCTS = Verb(_export_products, formats=EXPORTED)
EXPORT_PURCHASES = Verb(_export_purchases, formats=EXPORTED)
EXPORT_LEADS = Verb(_export_leads, formats=EXPORTED)
