"""``crm contact``: people and companies."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("contact", "People and companies.")

Who = Annotated[str, typer.Argument(help="Id, e-mail, phone, system:value or name.")]
Whos = Annotated[str, typer.Argument(help="Id, e-mail, phone, system:value or name; - reads ids.")]
Text = Optional[str]
Some = Annotated[Text, typer.Argument(help="As for show; - reads ids; or none and --where.")]
Texts = Optional[list[str]]

Kind = Annotated[Text, typer.Option(help="person or company.")]
First = Annotated[Text, typer.Option(help="First name.")]
Last = Annotated[Text, typer.Option(help="Last name.")]
Company = Annotated[Text, typer.Option(help="Where they work: name or id; made when new.")]
Job = Annotated[Text, typer.Option(help="What they do there.")]
Role = Annotated[Text, typer.Option(help="prospect, customer, former, supplier, partner, other.")]
Emails = Annotated[Texts, typer.Option(help="E-mail, or label:e-mail; may be repeated.")]
Phones = Annotated[Texts, typer.Option(help="Phone, or label:phone; may be repeated.")]
Street = Annotated[Text, typer.Option(help="Street and number.")]
City = Annotated[Text, typer.Option(help="Town.")]
Region = Annotated[Text, typer.Option(help="State, canton or province.")]
Postcode = Annotated[Text, typer.Option(help="Postal code.")]
Country = Annotated[Text, typer.Option(help="Country, or its two-letter code.")]
AddressLabel = Annotated[Text, typer.Option(help="Which address: home, work ...")]
Links = Annotated[Texts, typer.Option(help="Web address, or label:address; may be repeated.")]
Birthday = Annotated[Text, typer.Option(help="1990-05-31, or --05-31 without the year.")]
Language = Annotated[Text, typer.Option(help="Language to write in: de, fr ...")]
Source = Annotated[Text, typer.Option(help="Where the contact came from.")]
Campaign = Annotated[Text, typer.Option(help="Campaign that brought the contact.")]
Owner = Annotated[Text, typer.Option(help="Who looks after the contact.")]
Referrer = Annotated[Text, typer.Option(help="Contact who recommended you.", metavar="WHO")]
Notes = Annotated[Text, typer.Option(help="Notes, in place of the old; - reads stdin.")]
Tags = Annotated[Texts, typer.Option(help="Tag; may be repeated.")]
ExternalIds = Annotated[Texts, typer.Option(help="system:value; may be repeated.")]
Unset = Annotated[Texts, typer.Option(help="Empty this field; may be repeated.", metavar="FIELD")]
Sets = Annotated[
    Texts, typer.Option("--set", help="FIELD=VALUE, custom or own.", metavar="FIELD=VALUE")
]
Name = Annotated[str, typer.Argument(help="Full name, as people say it.")]
OnMatch = Annotated[Text, typer.Option(help="If the key is known: fail or update.")]
Twice = Annotated[bool, typer.Option("--allow-duplicate", help="Let two contacts share an e-mail.")]


# Names, not expressions, beside the parameters: Typer compiles each annotation anew.
Chosen = Annotated[Text, typer.Option("--where", help="All that this chooses.", metavar="EXPR")]
Segment = Annotated[Text, typer.Option(help="All in this segment.", metavar="NAME")]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    name: Name,
    kind: Kind = None,
    first_name: First = None,
    last_name: Last = None,
    company: Company = None,
    job_title: Job = None,
    role: Role = None,
    email: Emails = None,
    phone: Phones = None,
    street: Street = None,
    city: City = None,
    region: Region = None,
    postcode: Postcode = None,
    country: Country = None,
    address_label: AddressLabel = None,
    link: Links = None,
    birthday: Birthday = None,
    language: Language = None,
    source: Source = None,
    campaign: Campaign = None,
    owner: Owner = None,
    referred_by: Referrer = None,
    notes: Notes = None,
    tag: Tags = None,
    external_id: ExternalIds = None,
    set_: Sets = None,
    unset: Unset = None,
    on_match: OnMatch = None,
    allow_duplicate: Twice = False,
) -> Result:
    """Add a person or a company."""
    options = locals()
    from crm_cli.commands.inputs import used_with_notes
    from crm_cli.services import contacts

    given = used_with_notes(ctx.obj, options)
    return contacts.add(ctx.obj.session, contacts.ContactFields(given=given))


Part = Annotated[Text, typer.Argument(help="Part of a name, e-mail or phone; or an id.")]
OfRole = Annotated[Text, typer.Option(help="Role.")]
OfTag = Annotated[Text, typer.Option(help="Tag.")]
OfOwner = Annotated[Text, typer.Option(help="Owner.")]
OfCompany = Annotated[Text, typer.Option(help="Company: name or id.")]
OfSource = Annotated[Text, typer.Option(help="Source.")]
Archived = Annotated[bool, typer.Option("--archived", help="Only archived ones.")]
All = Annotated[bool, typer.Option("--all", help="Archived ones too.")]
Where = Annotated[Text, typer.Option(help="Filter: 'role = customer and tag:vip'.", metavar="EXPR")]


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    text: Part = None,
    kind: Kind = None,
    role: OfRole = None,
    tag: OfTag = None,
    owner: OfOwner = None,
    company: OfCompany = None,
    source: OfSource = None,
    archived: Archived = False,
    all_: All = False,
    where: Where = None,
) -> Result:
    """List contacts."""
    from crm_cli.queries import contacts

    asked = {
        "text": text, "kind": kind, "role": role, "tag": tag, "owner": owner,
        "company": company, "source": source,
    }  # fmt: skip
    shown = None if all_ else archived
    return contacts.listing(
        ctx.obj.session, asked, archived=shown, limit=ctx.obj.row_limit, where=where,
        ids_only=ctx.obj.wants_ids,
    )  # fmt: skip


@GROUP.verb("show")
def show(ctx: typer.Context, who: Whos) -> Result:
    """Show everything about one contact, or about those whose ids stdin holds."""
    from crm_cli.queries import contacts

    for_people = ctx.obj.shows_people
    if who == "-":
        from crm_cli.commands.inputs import whos

        names = whos(ctx.obj, who)
        return Result(body=contacts.show_several(ctx.obj.session, names, for_people=for_people))
    return contacts.show(ctx.obj.session, who, for_people=for_people)


@GROUP.verb("edit", writes=True)
def edit(
    ctx: typer.Context,
    who: Some = None,
    name: Annotated[Text, typer.Option(help="Full name, as people say it.")] = None,
    kind: Kind = None,
    first_name: First = None,
    last_name: Last = None,
    company: Company = None,
    job_title: Job = None,
    role: Role = None,
    email: Emails = None,
    remove_email: Annotated[Texts, typer.Option(help="Take this e-mail off.")] = None,
    primary_email: Annotated[Text, typer.Option(help="Make this e-mail the first.")] = None,
    phone: Phones = None,
    remove_phone: Annotated[Texts, typer.Option(help="Take this phone off.")] = None,
    primary_phone: Annotated[Text, typer.Option(help="Make this phone the first.")] = None,
    street: Street = None,
    city: City = None,
    region: Region = None,
    postcode: Postcode = None,
    country: Country = None,
    address_label: AddressLabel = None,
    remove_address: Annotated[Texts, typer.Option(help="Take off by label.")] = None,
    link: Links = None,
    remove_link: Annotated[Texts, typer.Option(help="Take this web address off.")] = None,
    birthday: Birthday = None,
    language: Language = None,
    source: Source = None,
    campaign: Campaign = None,
    owner: Owner = None,
    referred_by: Referrer = None,
    notes: Notes = None,
    tag: Tags = None,
    external_id: ExternalIds = None,
    remove_external_id: Annotated[Texts, typer.Option(help="Take this external id off.")] = None,
    set_: Sets = None,
    unset: Unset = None,
    allow_duplicate: Twice = False,
    where: Chosen = None,
    segment: Segment = None,
) -> Result:
    """Change the fields named, of one or of many; lists are added to."""
    options = locals()
    from crm_cli.commands.inputs import selection, used_with_notes
    from crm_cli.services import contacts, contacts_edit

    given = used_with_notes(ctx.obj, options, ("where", "segment"))
    fields, chosen = contacts.ContactFields(given=given), selection(ctx.obj, who, where, segment)
    if chosen is not None:
        from crm_cli.services import bulk_edit

        return bulk_edit.edit(ctx.obj.session, chosen, fields)
    return contacts_edit.edit(ctx.obj.session, [who or ""], fields)


@GROUP.verb("archive", writes=True)
def archive(
    ctx: typer.Context, who: Some = None, where: Chosen = None, segment: Segment = None
) -> Result:
    """Hide from lists; figures keep the contact."""
    from crm_cli.commands.inputs import selection

    chosen = selection(ctx.obj, who, where, segment)
    if chosen is not None:
        from crm_cli.services import bulk_contacts

        return bulk_contacts.archive(ctx.obj.session, chosen)
    from crm_cli.services import contacts_removal

    return contacts_removal.archive(ctx.obj.session, [who or ""])


@GROUP.verb("restore", writes=True)
def restore(
    ctx: typer.Context, who: Some = None, where: Chosen = None, segment: Segment = None
) -> Result:
    """Bring back from the archive."""
    from crm_cli.commands.inputs import selection

    chosen = selection(ctx.obj, who, where, segment)
    if chosen is not None:
        from crm_cli.services import bulk_contacts

        return bulk_contacts.restore(ctx.obj.session, chosen)
    from crm_cli.services import contacts_removal

    return contacts_removal.restore(ctx.obj.session, [who or ""])


@GROUP.verb("delete", writes=True)
def delete(
    ctx: typer.Context, who: Some = None, where: Chosen = None, segment: Segment = None
) -> Result:
    """Move to the trash, with purchases and all; asks first."""
    from crm_cli.commands.inputs import selection

    chosen = selection(ctx.obj, who, where, segment)
    if chosen is not None:
        from crm_cli.services import bulk_contacts

        return bulk_contacts.delete(ctx.obj.session, chosen)
    from crm_cli.services import contacts_removal

    return contacts_removal.delete(ctx.obj.session, [who or ""])


Words = Annotated[
    Texts, typer.Argument(help="Whom and tags; with --where tags alone.", metavar="[WHO] TAG...")
]


@GROUP.verb("tag", writes=True, rows=True)
def tag_(
    ctx: typer.Context, words: Words = None, where: Chosen = None, segment: Segment = None
) -> Result:
    """Give tags."""
    from crm_cli.commands.inputs import tagged

    chosen, tags = tagged(ctx.obj, words or (), where, segment)
    if chosen is not None:
        from crm_cli.services import bulk_contacts

        return bulk_contacts.tag(ctx.obj.session, chosen, tags)
    from crm_cli.services import contacts_tags

    return contacts_tags.tag(ctx.obj.session, (words or ())[:1], tags)


@GROUP.verb("untag", writes=True, rows=True)
def untag(
    ctx: typer.Context, words: Words = None, where: Chosen = None, segment: Segment = None
) -> Result:
    """Take tags off."""
    from crm_cli.commands.inputs import tagged

    chosen, tags = tagged(ctx.obj, words or (), where, segment)
    if chosen is not None:
        from crm_cli.services import bulk_contacts

        return bulk_contacts.untag(ctx.obj.session, chosen, tags)
    from crm_cli.services import contacts_tags

    return contacts_tags.untag(ctx.obj.session, (words or ())[:1], tags)


@GROUP.verb("note", writes=True)
def note(
    ctx: typer.Context,
    who: Whos,
    text: Annotated[
        Text, typer.Argument(help="The note; - reads stdin; without it $EDITOR opens.")
    ] = None,
) -> Result:
    """Add a dated paragraph to the notes."""
    from crm_cli.commands.inputs import long_text, whos
    from crm_cli.services import contacts_edit

    body = long_text(ctx.obj, text, "note", who)
    return contacts_edit.note(ctx.obj.session, whos(ctx.obj, who), body)


@GROUP.verb("link", writes=True)
def link_(
    ctx: typer.Context,
    who: Who,
    other: Annotated[str, typer.Argument(help="The other contact.", metavar="OTHER")],
    kind: Annotated[str, typer.Option(help="employment, referral, partner, family ...")],
    title: Annotated[Text, typer.Option(help="Position, or what kind of tie.")] = None,
    since: Annotated[Text, typer.Option(help="First day.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Last day.", metavar="DATE")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the tie.")] = False,
) -> Result:
    """Tie to another contact: works at, referred by, partner of."""
    from crm_cli.services import contacts_links

    request = contacts_links.Link(
        who=who, other=other, kind=kind, title=title, since=since, until=until, remove=remove
    )
    return contacts_links.link(ctx.obj.session, request)


GROUP.elsewhere(
    "timeline", "contact_pages", "TIMELINE", "List all that happened with a contact, newest first."
)
GROUP.elsewhere(
    "brief", "contact_pages", "BRIEF",
    "Show one page before a call: who they are, the last talks, what is promised and due.",
)  # fmt: skip
GROUP.elsewhere(
    "import", "transfer", "IMPORT_CONTACTS",
    "Import people and companies from CSV, JSON Lines, spreadsheets or vCards.",
)  # fmt: skip
GROUP.elsewhere(
    "export", "transfer", "EXPORT_CONTACTS",
    "Export contacts: CSV, JSON Lines (-f jsonl), FILE.xlsx or vCards; all import back.",
)  # fmt: skip
