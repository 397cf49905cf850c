"""``crm lead assign``: whose leads are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.context import AppContext
    from crm_cli.queries.selection import Selection

Text = Optional[str]
Texts = Optional[list[str]]


def _assign(
    ctx: typer.Context,
    words: Annotated[
        Texts, typer.Argument(help="Leads (- reads ids), and their owner.", metavar="LEAD... OWNER")
    ] = None,
    where: Annotated[
        Text, typer.Option("--where", help="All that this chooses.", metavar="EXPR")
    ] = None,
    from_: Annotated[
        Text, typer.Option("--from", help="All open leads of this owner.", metavar="OWNER")
    ] = None,
    to: Annotated[Text, typer.Option("--to", help="The new owner.", metavar="OWNER")] = None,
    all_: Annotated[
        bool, typer.Option("--all/--open", help="With --from: closed ones too, or only open.")
    ] = False,
    with_follow_ups: Annotated[
        bool, typer.Option("--with-follow-ups", help="What the owner has open about them too.")
    ] = False,
) -> Result:
    """Give leads to another owner: some, those of a filter, or --from ADA --to BOB all."""
    from crm_cli.services import leads_assign

    more = {"with_follow_ups": with_follow_ups}
    if from_ is not None:
        giver, owner = _handed(words, from_, to)
        return leads_assign.hand_over(
            ctx.obj.session, giver, owner, where=where, closed=all_, **more
        )
    chosen, owner = _named(ctx.obj, words, where, to)
    return leads_assign.assign(ctx.obj.session, chosen, owner, **more)


def _handed(words: Sequence[str] | None, giver: str, to: str | None) -> tuple[str, str]:
    """Return who gives and who gets. Raises UsageError."""
    from crm_cli import errors

    if words and (to is not None or len(words) > 1):
        raise errors.UsageError(
            f"--from {giver} means all leads of {giver}", hint="leave the other words out"
        )
    owner = to if to is not None else words[0] if words else None
    if owner is None:
        raise errors.UsageError("--to is missing", hint=f"write --from {giver} --to OWNER")
    return giver, owner


def _named(
    app: AppContext, words: Sequence[str] | None, where: str | None, to: str | None
) -> tuple[Selection, str]:
    """Return the leads that are meant, and the owner: the last word, unless ``--to`` says it.
    Raises UsageError, NotFound and Ambiguous."""
    from crm_cli import errors
    from crm_cli.commands.inputs import selection
    from crm_cli.queries.resolve import lead_id
    from crm_cli.queries.selection import Selection

    given = list(words or ())
    if to is None and given:
        to = given.pop()
    if to is None or (not given and where is None):
        raise errors.UsageError(
            "OWNER is missing" if to is None else "LEAD is missing",
            hint="write LEAD... OWNER, --where EXPR OWNER, or --from ADA --to BOB",
        )
    if where is not None or given == ["-"]:
        chosen = selection(app, " ".join(given) or None, where, what="LEAD")
        if chosen is not None:
            return chosen, to
    ids = [lead_id(app.session.reader, one) for one in given]
    return Selection(ids=ids, is_named=True), to


ASSIGN = Verb(_assign, writes=True)
