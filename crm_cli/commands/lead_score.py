"""``crm lead score``: what leads are worth calling, by rules and by what closed ones teach."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]
Texts = Optional[list[str]]


def _score(
    ctx: typer.Context,
    what: Annotated[
        Texts, typer.Argument(help="Leads; none: all open ones. - reads ids.", metavar="[LEAD...]")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Say what a score is made of.")] = False,
    rule: Annotated[
        Text, typer.Option(help="Add a rule: 'source = referral'.", metavar="EXPR")
    ] = None,
    points: Annotated[Text, typer.Option(help="Its points: 20, -10.", metavar="N")] = None,
    half_life: Annotated[
        Text, typer.Option(help="They fade: half after 30d, 4w, 3m.", metavar="DAYS")
    ] = None,
    since: Annotated[Text, typer.Option(help="From: opened, contact, stage.")] = None,
    label: Annotated[Text, typer.Option(help="What the rule is called.")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules.")] = False,
    edit_rule: Annotated[
        Text, typer.Option(help="Change a rule: --points ...", metavar="ID")
    ] = None,
    remove_rule: Annotated[Text, typer.Option(help="Delete a rule.", metavar="ID")] = None,
    pause_rule: Annotated[Text, typer.Option(help="Let a rule rest.", metavar="ID")] = None,
    resume_rule: Annotated[Text, typer.Option(help="Let it begin again.", metavar="ID")] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Show what closed leads teach, how well it predicts.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Learn anew, and bring all scores in line.")
    ] = False,
    where: Annotated[
        Text, typer.Option(help="List those of these leads: 'owner = zoe'.", metavar="EXPR")
    ] = None,
) -> Result:
    """Show the scores of leads and why, the rules that give points, and the model."""
    options = locals()
    from crm_cli.commands.inputs import used, whos
    from crm_cli.services import lead_score

    words = [one for word in what or () for one in whos(ctx.obj, word)]
    given = used({name: value for name, value in options.items() if name != "what"})
    return lead_score.run(ctx.obj.session, words, given, for_people=ctx.obj.shows_people)


SCORE = Verb(_score, writes=True, rows=True)
