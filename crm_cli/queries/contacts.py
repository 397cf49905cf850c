"""Reading contacts: the list, one person's page, and the full JSON record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Body
    from crm_cli.session import Session

LIST_COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("name", "Name"),
    Column("company", "Company"),
    Column("role", "Role"),
    Column("email", "E-mail"),
    Column("phone", "Phone"),
    Column("tags", "Tags", Kind.LIST),
    Column("owner", "Owner"),
    Column("last_contacted_at", "Last contact", Kind.INSTANT),
    Column("next_follow_up_on", "Next follow-up", Kind.DATE),
)
LIST_SHOWN = tuple(column.key for column in LIST_COLUMNS[:-1])


def table(rows: Sequence[Sequence[Any]]) -> Table:
    """Turn the store's flat rows into the table of ``contact list``."""
    return Table(
        noun="contact",
        columns=LIST_COLUMNS,
        rows=[(*row[:6], row[6].split("\x1f") if row[6] else [], *row[7:]) for row in rows],
        default_columns=LIST_SHOWN,
    )


def record_values(part: store.ContactParts) -> dict[str, Any]:
    """Return a contact's JSON object (commands page, section "Records")."""
    row, customer = part.row, part.customer or {}
    revenue, currency = customer.get("revenue"), customer.get("currency")
    if revenue is not None and currency is not None:
        from crm_cli.domain.values import money_text

        revenue = money_text(revenue, currency)
    return {
        "id": row["id"],
        "uid": row["uid"],
        "kind": row["kind"],
        "name": row["name"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "company": part.company,
        "company_id": row["company_id"],
        "job_title": row["job_title"],
        "role": row["role"],
        "emails": [
            {"value": e["value"], "label": e["label"], "primary": bool(e["is_primary"])}
            for e in part.children["emails"]
        ],
        "phones": [
            {
                "value": p["value"], "label": p["label"], "primary": bool(p["is_primary"]),
                "raw": p["raw"],
            }
            for p in part.children["phones"]
        ],
        "addresses": part.children["addresses"],
        "links": part.children["links"],
        "birthday": row["birthday"],
        "language": row["language"],
        "tags": part.tags,
        "source": row["source"],
        "campaign": row["campaign"],
        "owner": row["owner"],
        "referred_by": row["referred_by_id"],
        "fields": part.fields,
        "external_ids": [f"{x['system']}:{x['value']}" for x in part.children["external_ids"]],
        "consents": _consents(part),
        "segment": None,
        "last_contacted_at": part.last_at,
        "next_follow_up_on": part.next_follow_up_on,
        "orders": customer.get("orders", 0),
        "revenue": revenue,
        "currency": currency,
        "last_purchase_on": customer.get("last_on"),
        "relations": part.relations,
        "notes": row["notes"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "archived_at": row["archived_at"],
    }  # fmt: skip


def kept_lines(part: store.ContactParts) -> list[dict[str, str]]:
    """Return the lines of vCards that a contact keeps for the way out; in each, what is empty is
    left out."""
    return [
        {
            **{
                name: line[column]
                for name, column in (
                    ("group", "card_group"), ("name", "name"), ("parameters", "parameters"),
                )
                if line[column]
            },
            "value": line["value"],
        }
        for line in part.children["contact_properties"]
    ]  # fmt: skip


def _consents(part: store.ContactParts) -> list[dict[str, Any]]:
    """Return what a contact agreed to, or no longer does, by channel and purpose."""
    events = part.children["consent_events"]
    if not events:
        return []
    from crm_cli.domain.consent import in_force

    return in_force(events)


def record(
    connection: sqlite3.Connection, contact_id: int, session: Session | None = None
) -> Record:
    """Return one contact as verbs print it; without a session its segment stays empty."""
    (part,) = store.parts(connection, [contact_id])
    if part.customer and session:
        from crm_cli.queries import customers

        customers.keep_to(connection, part, session.today.isoformat())
    values = record_values(part)
    if part.customer and session:
        customers.complete(connection, session, values)
    words = store.role_words(connection)
    return Record(
        noun="contact", values=values, title=part.row["name"],
        words={"role": words} if words else {},
    )  # fmt: skip


def show_several(session: Session, whos: Sequence[str], *, for_people: bool) -> Body:
    """Return contacts' pages one below the other; for programs a list of full records.

    Raises NotFound and Ambiguous.
    """
    from crm_cli.queries.several import pages

    found = [_page(session, who, for_people=for_people) for who in whos]
    return pages("contact", found, for_people=for_people)


def show(session: Session, who: str, *, for_people: bool) -> Result:
    """Return one contact's page; where people will see it with the sections under it and, if
    its segment says little, a remark.

    Raises NotFound and Ambiguous.
    """
    page = _page(session, who, for_people=for_people)
    if not for_people or page.values["segment"] is None:
        return Result(body=page)
    from crm_cli.queries import customers

    return Result(body=page, messages=customers.remarks(session))


def _page(session: Session, who: str, *, for_people: bool) -> Record:
    from crm_cli.queries import resolve

    connection = session.reader
    contact_id = resolve.contact_id(connection, who, country=resolve.country_for(session, who))
    found = record(connection, contact_id, session)
    if not for_people:
        return found
    from crm_cli.queries import customers, timeline

    values = found.values
    if referrer := values["referred_by"]:
        (named,) = store.labels(connection, [referrer])
        values = {**values, "referred_by": f"{named['name']} (#{referrer})"}
    sections = customers.sections(session, contact_id)
    if told := timeline.section(session, contact_id):
        sections.append(told)
    return found._replace(values=values, sections=sections)


def listing(
    session: Session, asked: Mapping[str, str | None], *, archived: bool | None, limit: int | None,
    where: str | None = None, segment: str | None = None, ids_only: bool = False,
) -> Result:  # fmt: skip
    """Return contacts by id, and a remark about a tag, owner or source that nobody has.

    ``asked`` maps kind, role, owner, source, company, tag and text to what was typed;
    ``archived`` is False for living contacts, True for archived ones, None for both; ``where``
    is a filter, which itself decides about archived contacts if it names them, ``segment``
    narrows it; with ``ids_only`` the table has no other column. Raises InvalidValue for a role or
    kind that does not exist and for a filter that is none, NotFound and Ambiguous for a company.
    """
    filters = {name: value for name, value in asked.items() if value is not None}
    remarks = []
    if filters:
        from crm_cli.queries.contact_filters import read_filters

        remarks = read_filters(session.reader, filters)
    chosen = None
    if where is not None or segment is not None:
        from crm_cli.queries import filtering

        narrowed = filtering.read(session, "contact", where, segment=segment)
        chosen, remarks = narrowed.chosen, remarks + narrowed.remarks
        if not archived and narrowed.fields & {"archived", "archived_at"}:
            archived = None
    if archived is not None:
        filters["archived" if archived else "living"] = "1"
    if ids_only:
        ids = store.flat_rows(session.reader, filters, limit, chosen, ids_only=True)
        body = Table(noun="contact", columns=LIST_COLUMNS[:1], rows=ids)
        return Result(body=body, messages=remarks)
    found = table(store.flat_rows(session.reader, filters, limit, chosen))
    return Result(body=_with_fields(session.reader, found), messages=remarks)


def rows_of(connection: sqlite3.Connection, ids: Sequence[int]) -> Table:
    """Return the flat rows of certain contacts, archived ones too."""
    found = table(store.flat_rows(connection, {"ids": f"[{', '.join(map(str, ids))}]"}))
    return _with_fields(connection, found)


def _with_fields(connection: sqlite3.Connection, found: Table) -> Table:
    """Return the list with the owner's names of roles, and with a column for each custom field;
    there are none in most stores."""
    if words := store.role_words(connection):
        columns = [
            column._replace(words=words) if column.key == "role" else column
            for column in found.columns
        ]
        found = found._replace(columns=columns)
    if not store.has_fields(connection):
        return found
    from crm_cli.queries import fields

    return fields.with_columns(connection, found)
