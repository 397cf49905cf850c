"""``import`` and ``export``: the same two verbs for every noun that comes and goes as a file."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

File = Annotated[str, typer.Argument(help="CSV or JSON Lines; - is stdin.", metavar="FILE")]
Target = Annotated[
    Optional[str], typer.Argument(help="File to write; - or nothing: stdout.", metavar="FILE")
]
ContactPreset = Annotated[
    Optional[str], typer.Option("--preset", help="Layout of the file: google, google-old or own.")
]
OrderPreset = Annotated[
    Optional[str], typer.Option("--preset", help="Layout of the file: shopify or own.")
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
ReplaceLists = Annotated[
    bool, typer.Option("--replace-lists", help="The file's lists replace the record's.")
]
Rejects = Annotated[Optional[str], typer.Option(help="Where rejected rows go.", metavar="FILE")]
Delimiter = Annotated[Optional[str], typer.Option(help="The character between cells, or tab.")]
Encoding = Annotated[Optional[str], typer.Option(help="utf-8, cp1252, utf-16 ...")]
Decimal = Annotated[Optional[str], typer.Option(help="The decimal sign: . or ,")]
Dates = Annotated[Optional[str], typer.Option(help="Order of dates: ymd, dmy or mdy.")]
NoDates = Annotated[Optional[str], typer.Option("--dates", hidden=True)]
Country = Annotated[Optional[str], typer.Option(help="Country of local phone numbers: CH.")]
Currency = Annotated[Optional[str], typer.Option(help="Currency where the file names none.")]
Origin = Annotated[
    Optional[str], typer.Option("--source", help="System of bare customer numbers: shop.")
]
Tag = Annotated[Optional[list[str]], typer.Option(help="Tag every contact of the file.")]


def _import_contacts(
    ctx: typer.Context, file: File, preset: ContactPreset = None, maps: Map = None,
    match: ContactMatch = None,
    on_match: OnMatch = "fill", strict: Strict = False, replace_lists: ReplaceLists = False,
    rejects: Rejects = None, delimiter: Delimiter = None, encoding: Encoding = None,
    dates: Dates = None, country: Country = None, source: Origin = None, tag: Tag = None,
) -> Result:  # fmt: skip
    """Import people and companies from CSV or JSON Lines.

    Columns go by their headers; crm help columns lists the fields and the headers known.
    """
    return _import(
        ctx, "contact", path=file, preset=preset, maps=maps or (), match=match,
        on_match=on_match, strict=strict, replace_lists=replace_lists, rejects=rejects,
        delimiter=delimiter, encoding=encoding, dates=dates, country=country, source=source,
        tags=tag or (),
    )  # fmt: skip


def _import_products(
    ctx: typer.Context, file: File, maps: Map = None, match: ProductMatch = None,
    on_match: OnMatch = "fill", strict: Strict = False, rejects: Rejects = None,
    delimiter: Delimiter = None, encoding: Encoding = None, decimal: Decimal = None,
    currency: Currency = None, dates: NoDates = None,
) -> Result:  # fmt: skip
    """Import products from CSV or JSON Lines.

    Columns go by their headers; crm help columns lists the fields and the headers known.
    """
    return _import(
        ctx, "product", path=file, maps=maps or (), match=match,
        on_match=on_match, strict=strict, rejects=rejects, delimiter=delimiter,
        encoding=encoding, decimal=decimal, currency=currency, dates=dates,
    )  # fmt: skip


def _import_purchases(
    ctx: typer.Context, file: File, preset: OrderPreset = None, maps: Map = None,
    match: CustomerMatch = None,
    on_match: OnMatch = "fill", strict: Strict = False, unknown: Unknown = "create",
    rejects: Rejects = None, delimiter: Delimiter = None, encoding: Encoding = None,
    decimal: Decimal = None, dates: Dates = None, country: Country = None,
    currency: Currency = None, source: Origin = None, tag: Tag = None,
) -> Result:  # fmt: skip
    """Import sales and returns; customers and products not known yet are made.

    Columns go by their headers; crm help columns lists the fields and the headers known.
    """
    return _import(
        ctx, "purchase", path=file, preset=preset, maps=maps or (), match=match,
        on_match=on_match, strict=strict, unknown=unknown, rejects=rejects, delimiter=delimiter,
        encoding=encoding, decimal=decimal, dates=dates, country=country, currency=currency,
        source=source, tags=tag or (),
    )  # fmt: skip


def _import(ctx: typer.Context, noun: str, **options: object) -> Result:
    from crm_cli.services import importing

    stdin = getattr(ctx.obj.stdin, "buffer", None)
    request = importing.ImportRequest(noun=noun, stdin=stdin, **options)  # type: ignore[arg-type]
    return importing.run(ctx.obj.session, request)


def _export_contacts(ctx: typer.Context, file: Target = None) -> Result:
    """Export every contact as CSV or JSON Lines (-f jsonl); both import back."""
    return _export(ctx, "contact", file)


def _export_products(ctx: typer.Context, file: Target = None) -> Result:
    """Export every product as CSV or JSON Lines (-f jsonl); both import back."""
    return _export(ctx, "product", file)


def _export_purchases(ctx: typer.Context, file: Target = None) -> Result:
    """Export every purchase as CSV or JSON Lines (-f jsonl); both import back."""
    return _export(ctx, "purchase", file)


def _export(ctx: typer.Context, noun: str, file: str | None) -> Result:
    from crm_cli.services import exporting

    request = exporting.ExportRequest(
        noun=noun,
        path=file,
        format=ctx.obj.options.get("format"),
        for_spreadsheet=bool(ctx.obj.options.get("for_spreadsheet")),
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
