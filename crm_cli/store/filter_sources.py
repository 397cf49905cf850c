"""Where the fields that filters name stand: columns, and the tables around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import CURRENCIES, exponent

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.domain.filter_fields import Field


class Source(NamedTuple):
    """Where a field stands.

    ``column`` is compared, inside ``within``, or inside ``beside`` where another condition
    leads to the rows. ``empty`` says that there is no value. Words in
    use are read from ``table``; where ``key`` is given, rows are found by it instead of by the
    text. ``is_folded``: the column holds what ``search_key`` makes.
    """

    column: str
    within: str = "{}"
    beside: str = ""
    empty: str = ""
    table: str = ""
    key: str = ""
    is_folded: bool = False


def _child(table: str, column: str, **more: Any) -> Source:
    return Source(
        f"x.{column}",
        f"c.id IN (SELECT x.contact_id FROM {table} x WHERE {{}})",
        f"EXISTS (SELECT 1 FROM {table} x WHERE x.contact_id = c.id AND {{}})",
        f"NOT EXISTS (SELECT 1 FROM {table} x WHERE x.contact_id = c.id"
        f" AND x.{column} IS NOT NULL)",
        f"{table} x",
        **more,
    )


def _product(column: str, **more: Any) -> Source:
    return Source(
        f"x.{column}",
        "p.product_id IN (SELECT x.id FROM products x WHERE {})",
        "EXISTS (SELECT 1 FROM products x WHERE x.id = p.product_id AND {})",
        f"NOT EXISTS (SELECT 1 FROM products x WHERE x.id = p.product_id"
        f" AND x.{column} IS NOT NULL)",
        "products x",
        **more,
    )


def _consent(channel: str) -> Source:
    """Return what is in force for mailings on a channel: what was recorded last."""
    mine = (
        f"x.channel = '{channel}' AND x.purpose = 'marketing' AND x.id = (SELECT max(y.id)"
        " FROM consent_events y WHERE y.contact_id = x.contact_id AND y.channel = x.channel"
        " AND y.purpose = x.purpose)"
    )
    return Source(
        "x.state",
        f"c.id IN (SELECT x.contact_id FROM consent_events x WHERE {mine} AND {{}})",
        f"EXISTS (SELECT 1 FROM consent_events x WHERE x.contact_id = c.id AND {mine} AND {{}})",
        "NOT EXISTS (SELECT 1 FROM consent_events x WHERE x.contact_id = c.id"
        f" AND x.channel = '{channel}' AND x.purpose = 'marketing')",
    )


_CONTACT = {
    "consent": _consent("email"),
    "consent_phone": _consent("phone"),
    "consent_sms": _consent("sms"),
    "consent_post": _consent("post"),
    "name": Source("c.folded", is_folded=True),
    "company": Source(
        "x.folded", "c.company_id IN (SELECT x.id FROM contacts x WHERE {})",
        "EXISTS (SELECT 1 FROM contacts x WHERE x.id = c.company_id AND {})",
        "c.company_id IS NULL", "contacts x", is_folded=True,
    ),
    "street": _child("addresses", "street"),
    "city": _child("addresses", "city"),
    "region": _child("addresses", "region"),
    "postcode": _child("addresses", "postcode"),
    "country": _child("addresses", "country"),
    "email": _child("emails", "value"),
    "phone": _child("phones", "value")._replace(
        empty="NOT EXISTS (SELECT 1 FROM phones x WHERE x.contact_id = c.id)"
    ),
    "link": _child("links", "value"),
    "external_id": _child("external_ids", "value"),
    "tag": Source(
        "t.key",
        "c.id IN (SELECT ct.contact_id FROM tags t JOIN contact_tags ct ON ct.tag_id = t.id"
        " WHERE {})",
        "EXISTS (SELECT 1 FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id"
        " WHERE ct.contact_id = c.id AND {})",
        "NOT EXISTS (SELECT 1 FROM contact_tags ct WHERE ct.contact_id = c.id)",
        "tags t",
    ),
    "referred_by": Source("c.referred_by_id"),
    "notes": Source("c.notes", key="c.id", table="contacts c"),
    "created": Source("c.created_at"),
    "updated": Source("c.updated_at"),
    "archived": Source("c.archived_at IS NOT NULL"),
    "segment": Source("c.id"),
    "last_contacted": _child("contact_activity", "last_at"),
    "interactions": Source(
        "coalesce((SELECT x.interactions FROM contact_activity x WHERE x.contact_id = c.id), 0)",
        empty="0",
    ),
    "next_follow_up": Source(
        "x.next_on",
        "c.id IN (SELECT x.contact_id FROM (SELECT f.contact_id, min(f.due_on) AS next_on"
        " FROM follow_ups f WHERE f.state = 'open' GROUP BY f.contact_id) x WHERE {})",
        "EXISTS (SELECT 1 FROM (SELECT min(f.due_on) AS next_on FROM follow_ups f"
        " WHERE f.contact_id = c.id AND f.state = 'open') x WHERE {})",
        "NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.contact_id = c.id AND f.state = 'open')",
    ),
    # Birthdays without a year begin with a dash and are no days that could be compared.
    "birthday": Source(
        "CASE WHEN c.birthday >= '0' THEN c.birthday END", empty="c.birthday IS NULL"
    ),
}  # fmt: skip

_SCALE = "".join(
    f" WHEN '{code}' THEN {10 ** (4 - exponent(code))}"
    for code in sorted(CURRENCIES)
    if exponent(code) != 2
)


def money(column: str, currency: str) -> str:
    """Return an amount in ten-thousandths of a major unit, whatever its currency."""
    return f"({column} * CASE {currency}{_SCALE} ELSE 100 END)"


_PRODUCT = {
    "name": Source("p.folded", is_folded=True),
    "price": Source(money("p.price", "p.currency"), empty="p.price IS NULL"),
    "active": Source("p.is_active"),
}

_PURCHASE = {
    "contact": Source(
        "x.folded", "p.contact_id IN (SELECT x.id FROM contacts x WHERE {})",
        "EXISTS (SELECT 1 FROM contacts x WHERE x.id = p.contact_id AND {})",
        "0", "contacts x", is_folded=True,
    ),
    "product": _product("folded", is_folded=True),
    "sku": _product("sku"),
    "category": _product("category"),
    "on": Source("p.purchased_on"),
    "description": Source("p.description", key="p.id", table="purchases p"),
    "amount": Source(money("p.amount", "p.currency")),
}  # fmt: skip

_TOOK_PART = "interaction_participants y JOIN contacts x ON x.id = y.contact_id"


def _lead(alias: str) -> Source:
    """Return the title of the lead that a row is about."""
    return Source(
        "x.folded", f"{alias}.lead_id IN (SELECT x.id FROM leads x WHERE {{}})",
        f"EXISTS (SELECT 1 FROM leads x WHERE x.id = {alias}.lead_id AND {{}})",
        f"{alias}.lead_id IS NULL", "leads x", is_folded=True,
    )  # fmt: skip


_INTERACTION = {
    "lead_title": _lead("i"),
    "contact": Source(
        "x.folded", "i.contact_id IN (SELECT x.id FROM contacts x WHERE {})",
        "EXISTS (SELECT 1 FROM contacts x WHERE x.id = i.contact_id AND {})",
        "0", "contacts x", is_folded=True,
    ),
    "participant": Source(
        "x.folded", f"i.id IN (SELECT y.interaction_id FROM {_TOOK_PART} WHERE {{}})",
        f"EXISTS (SELECT 1 FROM {_TOOK_PART} WHERE y.interaction_id = i.id AND {{}})",
        "NOT EXISTS (SELECT 1 FROM interaction_participants y WHERE y.interaction_id = i.id)",
        "contacts x", is_folded=True,
    ),
    "at": Source("i.happened_at"),
    "subject": Source("i.subject", key="i.id", table="interactions i"),
    "body": Source("i.body", key="i.id", table="interactions i"),
    "duration": Source("i.duration_minutes"),
    "by": Source("i.by_name", table="interactions i"),
}  # fmt: skip
_FOLLOW_UP = {
    "lead_title": _lead("f"),
    "contact": _PURCHASE["contact"]._replace(
        within="f.contact_id IN (SELECT x.id FROM contacts x WHERE {})",
        beside="EXISTS (SELECT 1 FROM contacts x WHERE x.id = f.contact_id AND {})",
    ),
    "due": Source("f.due_on"),
    "time": Source("f.due_time"),
    "text": Source("f.text", key="f.id", table="follow_ups f"),
    "owner": Source(
        "coalesce(f.owner, (SELECT x.owner FROM leads x WHERE x.id = f.lead_id),"
        " (SELECT x.owner FROM contacts x WHERE x.id = f.contact_id))",
        table="follow_ups f",
    ),
    "repeat": Source("f.repeat_text", table="follow_ups f"),
    "done": Source("f.done_at"),
    "created": Source("f.created_at"),
    "updated": Source("f.updated_at"),
}

_ENTRY = {
    "by": Source("e.actor", table="entries e"),
    "undoes": Source("e.target_id"),
    "undone_by": Source("e.undone_by_id"),
}

_DELETED = {"entry": Source("t.entry_id")}

ROWS = {
    "contact": ("contacts", "c"), "product": ("products", "p"), "purchase": ("purchases", "p"),
    "interaction": ("interactions", "i"),
    "entry": ("entries", "e"), "deleted record": ("trash", "t"),
    "follow-up": ("follow_ups", "f"),
    "delivery": ("deliveries", "d"), "lead": ("leads", "l"),
}  # fmt: skip
"""Record type -> its table, and the name it has in every statement."""

_SOURCES = {
    "contact": _CONTACT, "product": _PRODUCT, "purchase": _PURCHASE,
    "interaction": _INTERACTION, "entry": _ENTRY, "deleted record": _DELETED,
    "follow-up": _FOLLOW_UP, "delivery": {},
}  # fmt: skip

_CUSTOM = {
    "folded": "v.folded", "picklist": "v.text", "day": "v.text", "quantity": "v.number",
    "flag": "v.number", "money": money("v.number", "v.currency"),
}  # fmt: skip


def source(noun: str, field: Field) -> Source:
    """Return where a field stands; for the sums of customers see ``filter_sums``."""
    table, alias = ROWS[noun]
    if field.custom is not None:
        mine = f"v.field_id = {field.custom:d}"
        return Source(
            _CUSTOM[field.kind],
            f"{alias}.id IN (SELECT v.{noun}_id FROM field_values v WHERE {mine} AND {{}})",
            f"EXISTS (SELECT 1 FROM field_values v WHERE v.{noun}_id = {alias}.id AND {mine}"
            " AND {})",
            f"NOT EXISTS (SELECT 1 FROM field_values v WHERE v.{noun}_id = {alias}.id AND {mine})",
            is_folded=field.kind == "folded",
        )
    sources = _SOURCES.get(noun)
    if sources is None:
        from crm_cli.store.filter_leads import LEAD

        sources = LEAD
    return sources.get(field.name) or Source(f"{alias}.{field.name}", table=f"{table} {alias}")


def custom_fields(connection: sqlite3.Connection, noun: str) -> list[tuple[int, str, str]]:
    """Return (id, key, kind) of a record type's custom fields."""
    return connection.execute(
        "SELECT id, key, kind FROM fields WHERE noun = ? AND kind <> 'built-in' ORDER BY position",
        (noun,),
    ).fetchall()
