"""``crm lead import``: leads from files of other programs, web forms and spreadsheets."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.commands.transfer import (
    Apply,
    Complete,
    Country,
    Currency,
    Dates,
    Decimal,
    Delimiter,
    Encoding,
    KeepUnknown,
    Map,
    OnMatch,
    Plan,
    Rejects,
    ReplaceLists,
    Sheet,
    Strict,
    UnknownContact,
)
from crm_cli.result import Result

File = Annotated[
    Optional[str],
    typer.Argument(help="CSV, JSON Lines or a spreadsheet; - is stdin.", metavar="FILE"),
]
LeadPreset = Annotated[
    Optional[str],
    typer.Option(
        "--preset",
        help="Whose export it is: hubspot, salesforce, salesforce-leads, pipedrive, zoho,"
        " zoho-leads, frappe, espocrm or own; else its columns tell.",
        metavar="PRODUCT",
    ),
]
ContactMatch = Annotated[
    Optional[str],
    typer.Option("--match", help="Find contacts by external-id, email, phone or name alone."),
]
Origin = Annotated[
    Optional[str],
    typer.Option("--source", help="System of bare numbers, and source of leads without one."),
]
Tag = Annotated[Optional[list[str]], typer.Option(help="Tag every lead of the file.")]
MapStage = Annotated[
    Optional[list[str]],
    typer.Option("--map-stage", help='What a stage is here: "Theirs=ours".', metavar="THEIRS=OURS"),
]
MakeStages = Annotated[
    bool, typer.Option("--make-stages", help="Make stages nobody knows; else reject their rows.")
]


def _import(
    ctx: typer.Context, file: File = None, preset: LeadPreset = None, maps: Map = None,
    map_stage: MapStage = None, make_stages: MakeStages = False, match: ContactMatch = None,
    on_match: OnMatch = "fill", strict: Strict = False, unknown: UnknownContact = "create",
    replace_lists: ReplaceLists = False,
    rejects: Rejects = None, delimiter: Delimiter = None, sheet: Sheet = None,
    encoding: Encoding = None, decimal: Decimal = None,
    dates: Dates = None, country: Country = None, currency: Currency = None,
    source: Origin = None, tag: Tag = None,
    keep_unknown: KeepUnknown = False, require_complete: Complete = False,
    plan: Plan = None, apply: Apply = None,
) -> Result:  # fmt: skip
    """Import leads; contacts not known yet are made.

    Columns go by their headers; crm help columns lists the fields and the headers known.
    """
    from crm_cli.services import importing

    stdin = getattr(ctx.obj.stdin, "buffer", None)
    request = importing.ImportRequest(
        noun="lead", path=file, stdin=stdin, preset=preset, maps=maps or (), match=match,
        map_stages=map_stage or (), make_stages=make_stages,
        on_match=on_match, strict=strict, unknown=unknown, replace_lists=replace_lists,
        rejects=rejects, delimiter=delimiter, sheet=sheet, encoding=encoding, decimal=decimal,
        dates=dates, country=country, currency=currency, source=source, tags=tag or (),
        keep_unknown=keep_unknown, require_complete=require_complete, plan=plan, apply=apply,
    )  # fmt: skip
    return importing.run(ctx.obj.session, request)


IMPORT = Verb(_import, writes=True)
