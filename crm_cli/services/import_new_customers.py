"""Writing the contacts that an import of purchases or talks makes on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store import import_purchase_contacts as made
from crm_cli.store.staging import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.unit import Unit
    from crm_cli.store.import_purchase_customers import Customers


def write(unit: Unit, contacts: Customers, tags: Sequence[str]) -> None:
    """Add the staged contacts that nobody had, the keys that any of them got, and the tags of the
    import."""
    if contacts.created:
        unit.insert_select(
            "contacts", made.CONTACT_COLUMNS, made.NEW_CONTACTS,
            {"prefix": unit.uid_prefix("contacts"), "at": unit.at},
            contacts.first_id, contacts.created,
        )  # fmt: skip
    for table, columns, sql in made.CONTACT_KEYS:
        count = rows_of(unit.connection, sql)
        first = unit.draw(table, count)
        unit.insert_select(table, columns, made.numbered(sql), {"first": first}, first, count)
    if tags:
        from crm_cli.services.import_tags import tag_all

        tag_all(unit, tags, made.TOUCHED_CONTACTS)
