"""Reading contacts: the list, one person's page, and the full JSON record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import money_text
from crm_cli.result import Column, Kind, Record, Table
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

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
)


def table(rows: Sequence[Sequence[Any]]) -> Table:
    """Turn the store's flat rows into the table of ``contact list``."""
    return Table(
        noun="contact",
        columns=LIST_COLUMNS,
        rows=[
            (*row[:6], row[6].split("\x1f") if row[6] else [], *row[7:])
            for row in rows
        ],
    )


def record_values(part: store.ContactParts) -> dict[str, Any]:
    """Return a contact's JSON object (commands page, section "Records")."""
    row, customer = part.row, part.customer or {}
    revenue, currency = customer.get("revenue"), customer.get("currency")
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
        "fields": {},
        "external_ids": [f"{x['system']}:{x['value']}" for x in part.children["external_ids"]],
        "consents": [],
        "segment": None,
        "last_contacted_at": None,
        "next_follow_up_on": None,
        "orders": customer.get("orders", 0),
        "revenue": None if revenue is None else money_text(revenue, currency),
        "currency": currency,
        "last_purchase_on": customer.get("last_on"),
        "relations": part.relations,
        "notes": row["notes"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "archived_at": row["archived_at"],
    }  # fmt: skip


def record(connection: sqlite3.Connection, contact_id: int) -> Record:
    """Return one contact as written verbs print it."""
    (part,) = store.parts(connection, [contact_id])
    return Record(noun="contact", values=record_values(part), title=part.row["name"])


def listing(session: Session, *, limit: int | None = None) -> Table:
    """Return the living contacts, by id."""
    return table(store.flat_rows(session.reader, limit=limit))
