"""Exports in the layout of another product: contacts, and orders where the product takes any."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.result import Level, Message
from crm_cli.services.export_rows import contact_records
from crm_cli.store import exports as store

if TYPE_CHECKING:
    import sqlite3
    from collections import Counter
    from collections.abc import Iterable, Iterator, Mapping

    from crm_cli.exchange.layouts import Layout
    from crm_cli.exchange.lead_layouts import LeadLayout
    from crm_cli.exchange.order_layouts import Line
    from crm_cli.session import Session
    from crm_cli.store.filters import Chosen

APPLE = "apple"
"""Whose programs take vCards rather than a table."""

_TAKE_NO_ORDERS = {"square": "Square", "stripe": "Stripe"}


class Laid(NamedTuple):
    """What is written: ``left_out`` records have no place, which ``remarks`` say."""

    header: list[str]
    rows: Iterable[Mapping[str, Any]]
    left_out: int
    remarks: list[Message]


def named(noun: str, name: str) -> str:
    """Return the product meant. Raises InvalidValue for one there is no layout of."""
    from crm_cli.domain.contact import choose
    from crm_cli.exchange.presets import LAYOUTS, LEAD_LAYOUTS, ORDER_LAYOUTS

    if noun == "lead":
        return choose("layout", name, tuple(LEAD_LAYOUTS))
    if noun == "contact":
        return choose("layout", name, (*LAYOUTS, APPLE))
    if (told := name.strip().lower()) in _TAKE_NO_ORDERS:
        raise errors.InvalidValue(
            f"{_TAKE_NO_ORDERS[told]} takes no orders from files: there is no layout to write",
            hint="its customers can go: crm contact export; its orders in any other form:"
            " crm purchase export -f csv, or --layout shopify or woocommerce",
        )
    return choose("layout", name, ORDER_LAYOUTS)


def contacts(connection: sqlite3.Connection, name: str, only: Chosen | None) -> Laid:
    """Lay contacts out as a product has them."""
    layout = _layout(connection, name)
    for record in contact_records(connection, only=only):
        layout.row(record)
    left_out, remarks = layout.left_out, _losses(layout.lost, name)
    found = (layout.row(record) for record in contact_records(connection, only=only))
    return Laid(layout.header, (row for row in found if row is not None), left_out, remarks)


def _layout(connection: sqlite3.Connection, name: str) -> Layout:
    from crm_cli.exchange.layouts import Layout
    from crm_cli.exchange.presets import load

    most = {
        field: store.most_entries(connection, table)
        for field, table in (
            ("email", "emails"), ("phone", "phones"), ("address", "addresses"), ("link", "links"),
        )
    }  # fmt: skip
    return Layout(load(name), most)


def _losses(lost: Counter[str], name: str) -> list[Message]:
    """Say what the layout has no place for, and how often there was some."""
    told = ", ".join(f"{what} ({count})" for what, count in sorted(lost.items()) if count)
    if not told:
        return []
    return [Message(f"the layout of {name} has no place for: {told}", Level.WARNING)]


def leads(session: Session, name: str, only: Chosen | None) -> Laid:
    """Lay leads out as a product has them."""
    counted, layout = _lead_layout(session, name), _lead_layout(session, name)
    for lead, contact in _leads(session, only):
        counted.row(lead, contact)
    rows = (layout.row(lead, contact) for lead, contact in _leads(session, only))
    return Laid(layout.header, rows, 0, _losses(counted.lost, name))


def _lead_layout(session: Session, name: str) -> LeadLayout:
    from crm_cli.exchange.lead_layouts import LeadLayout
    from crm_cli.exchange.presets import LEAD_LAYOUTS, load
    from crm_cli.store import picklists, stages

    names = {f"{row.pipeline}/{row.key}": row.name for row in stages.stages(session.reader)}
    names |= {row.key: row.name for row in stages.pipelines(session.reader)}
    reasons = picklists.values(session.reader, "loss-reason", with_retired=True)
    labels = {key: label for key, label, _ in reasons}
    return LeadLayout(load(LEAD_LAYOUTS[name]), session.zone, names, labels)


def _leads(
    session: Session, only: Chosen | None
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each lead and its contact, as JSON records."""
    from itertools import islice

    from crm_cli.queries.contacts import record_values
    from crm_cli.services.export_leads import records
    from crm_cli.store.contacts import parts

    found = records(session, only)
    while chunk := list(islice(found, store.CHUNK)):
        ids = sorted({lead["contact_id"] for lead in chunk})
        contacts = {part.row["id"]: record_values(part) for part in parts(session.reader, ids)}
        for lead in chunk:
            yield lead, contacts[lead["contact_id"]]


def orders(connection: sqlite3.Connection, name: str, only: Chosen | None) -> Laid:
    """Lay purchases and returns out as a shop has them, order by order."""
    from crm_cli.exchange.order_layouts import WRITERS

    counted = WRITERS[name]()
    for order in _orders(connection, only):
        counted.rows(order)
    writer = WRITERS[name]()
    found = (row for order in _orders(connection, only) for row in writer.rows(order))
    return Laid(writer.header, found, counted.left_out, _losses(counted.lost, name))


def _orders(connection: sqlite3.Connection, only: Chosen | None) -> Iterator[list[Line]]:
    """Yield the lines of each order, sales first; what has no order number is alone."""
    for _, lines in groupby(_lines(connection, only), key=lambda line: line.order):
        yield list(lines)


def _lines(connection: sqlite3.Connection, only: Chosen | None) -> Iterator[Line]:
    from crm_cli.exchange.order_layouts import Line
    from crm_cli.queries.contacts import record_values as of_contact
    from crm_cli.queries.purchases import record_values
    from crm_cli.store import fields
    from crm_cli.store.contacts import parts
    from crm_cli.store.purchases import flat_rows

    for ids in store.order_ids(connection, only):
        among = {"ids": json.dumps(ids)}
        found = {row[0]: record_values(row) for row in flat_rows(connection, store.AMONG, among)}
        custom = fields.objects(connection, "purchase", ids)
        buyers = {
            part.row["id"]: of_contact(part)
            for part in parts(connection, sorted({row["contact_id"] for row in found.values()}))
        }
        for number in ids:
            values = found[number]
            yield Line({**values, "fields": custom[number]}, buyers[values["contact_id"]])
