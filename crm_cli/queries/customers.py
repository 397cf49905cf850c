"""What a contact's purchases add to its page: revenue, segment, and the sections for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.result import Column, Kind, Message, Section, Table
from crm_cli.store import contacts as store
from crm_cli.store import customers, relations

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.session import Session

LAST_PURCHASES = 10
"""So many purchases stand on a contact's page."""

NEXT_FOLLOW_UPS = 10
"""So many follow-ups stand on a contact's page."""

OPEN_LEADS = 10
"""So many open leads stand on a contact's page."""

MOST_PEOPLE = 20
"""So many people stand on a company's page."""


def keep_to(connection: sqlite3.Connection, part: store.ContactParts, today: str) -> None:
    """Leave out of a contact's figures what lies after today: nothing after as-of counts.

    The summary knows every purchase; only who has one still to come costs a second look.
    """
    contact_id = part.row["id"]
    if part.customer and customers.bought_after(connection, contact_id, today):
        part.customer = customers.customer_until(connection, contact_id, today)


def complete(connection: sqlite3.Connection, session: Session, values: dict[str, Any]) -> None:
    """Fill in what the contact's summary row does not know.

    Revenue in another currency than the business's is converted where the data holds several,
    each row at the rate of its day; it is None where a rate is missing. The segment is the one
    of today.
    """
    if values["currency"] != session.setting("currency"):
        _convert(connection, session, values)
    if values["orders"]:
        values["segment"] = _segment(connection, session, values["id"])


def _convert(connection: sqlite3.Connection, session: Session, values: dict[str, Any]) -> None:
    from crm_cli.domain.values import money_text
    from crm_cli.reports import source
    from crm_cli.store import rates

    today = session.today.isoformat()
    if values["currency"] is not None and source.one_currency(connection, today) is not None:
        return
    home = session.setting("currency")
    book = rates.book(connection, home)
    try:
        minor = sum(
            book.convert(amount, currency, home, day)
            for day, currency, amount in customers.mixed_money(connection, values["id"], today)
        )
    except errors.RateMissing:
        values["revenue"], values["currency"] = None, None
    else:
        values["revenue"], values["currency"] = money_text(minor, home), home


def _segment(connection: sqlite3.Connection, session: Session, contact_id: int) -> str | None:
    from crm_cli.domain import rfm
    from crm_cli.reports import scope, scoring

    try:
        scored = scoring.score(connection, scope.read(session, scope.Bounds()), ())
    except errors.Refused:  # amounts that cannot be converted
        return None
    code = customers.rfm_code(connection, scored.sql, scored.parameters, contact_id)
    return None if code is None else rfm.SEGMENT_OF[code]


def remarks(session: Session) -> list[Message]:
    """Say beside a segment that it rests on few customers."""
    from crm_cli.reports import scoring

    return [
        Message(f"segment: {note[0].lower()}{note[1:]}")
        for note in scoring.few_note(session.reader, session.today.isoformat())
    ]


def sections(session: Session, contact_id: int) -> list[Section]:
    """Return what stands under a contact on its page, without empty parts."""
    connection = session.reader
    found: list[Section] = []
    people = store.flat_rows(connection, {"company": contact_id, "living": 1}, MOST_PEOPLE + 1)
    if people:
        from crm_cli.queries.contacts import table

        title = "People"
        if len(people) > MOST_PEOPLE:
            del people[MOST_PEOPLE:]
            title = f"The first people; all: crm contact list --company {contact_id}"
        found.append(Section(title=title, table=table(people)))
    ties = relations.relation_rows(connection, contact_id)
    if ties:
        found.append(Section(title="Relations", table=_relations(ties)))
    from crm_cli.queries import follow_ups, purchases

    steps = follow_ups.next_of(session, contact_id, NEXT_FOLLOW_UPS + 1)
    if steps.rows:
        title = "Follow-ups"
        if len(steps.rows) > NEXT_FOLLOW_UPS:
            steps = steps._replace(rows=steps.rows[:NEXT_FOLLOW_UPS])
            title = f"The next follow-ups; all: crm remind list --who {contact_id}"
        found.append(Section(title=title, table=steps))
    if customers.has_open_leads(connection, contact_id):
        found.append(_leads(session, contact_id))
    bought = purchases.newest(connection, contact_id, LAST_PURCHASES + 1)
    if bought.rows:
        title = "Purchases"
        if len(bought.rows) > LAST_PURCHASES:
            bought = bought._replace(rows=bought.rows[:LAST_PURCHASES])
            title = f"The last purchases; all: crm purchase list --who {contact_id}"
        found.append(Section(title=title, table=bought))
    return found


def _leads(session: Session, contact_id: int) -> Section:
    from crm_cli.queries import leads
    from crm_cli.store.leads import open_ones

    rows = open_ones(session.reader, contact_id, OPEN_LEADS + 1)
    title = "Open leads"
    if len(rows) > OPEN_LEADS:
        del rows[OPEN_LEADS:]
        title = "The first open leads"
    shown = ["id", "title", "stage", "value", "currency", "expected_on", "next_follow_up_on",
             "owner", "age_days", "stale"]  # fmt: skip
    if any(row.contact_id != contact_id for row in rows):
        shown.insert(2, "contact")
    return Section(title=title, table=leads.table(rows, session, shown))


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
