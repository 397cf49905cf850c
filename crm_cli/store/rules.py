"""Rules and the follow-ups they make: every SQL statement that reads them.

``ids`` narrows a reading to some contacts (a JSON array of ids); None means all. Days are those
of the business, instants UTC text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.reminder_rule import Rule

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from crm_cli.store.filters import Chosen

_COLUMNS = ", ".join(Rule._fields)


def listing(connection: sqlite3.Connection) -> list[Rule]:
    """Return every rule, by id."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM reminder_rules ORDER BY id")
    return [Rule._make(row) for row in rows.fetchall()]


def one(connection: sqlite3.Connection, rule_id: int) -> Rule | None:
    """Return a rule or None."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM reminder_rules WHERE id = ?", (rule_id,)
    ).fetchone()
    return Rule._make(row) if row else None


def counts(connection: sqlite3.Connection, today: str) -> dict[int, tuple[int, int]]:
    """Return rule -> how many of its follow-ups are open, and how many of these are due."""
    rows = connection.execute(
        "SELECT rule_id, count(*), sum(due_on <= :today) FROM follow_ups"
        " WHERE rule_id IS NOT NULL AND state = 'open' GROUP BY rule_id",
        {"today": today},
    )
    return {rule_id: (number, due) for rule_id, number, due in rows.fetchall()}


def contact_names(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return contact -> name."""
    rows = connection.execute(
        "SELECT id, name FROM contacts WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return dict(rows.fetchall())


def date_fields(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the date fields of contacts (``contract_end``) and of purchases
    (``purchase.warranty``) in use -> id."""
    rows = connection.execute(
        "SELECT CASE noun WHEN 'contact' THEN key ELSE noun || '.' || key END, id FROM fields"
        " WHERE kind = 'date' AND noun IN ('contact', 'purchase') AND NOT is_retired ORDER BY id"
    )
    return dict(rows.fetchall())


def has_tag(connection: sqlite3.Connection, key: str) -> bool:
    """Say whether there is a tag."""
    row = connection.execute("SELECT 1 FROM tags WHERE key = ?", (key,)).fetchone()
    return row is not None


# -- whom rules are about ---------------------------------------------------------------------

_LIVING = "c.archived_at IS NULL"
_NOT_FORMER = "c.role <> 'former'"


class Scope(NamedTuple):
    """A condition on contacts (``c``) with its parameters."""

    sql: str
    parameters: dict[str, Any]


def scope_of(rule: Rule, chosen: Chosen | None) -> Scope:
    """Return whom a rule is about: living contacts; under ``all`` and a tag none who is a former
    customer. ``chosen`` is the condition of its filter or segment."""
    if rule.scope == "contact":
        return Scope(f"{_LIVING} AND c.id = :scope_contact", {"scope_contact": rule.contact_id})
    if rule.scope == "tag":
        sql = (
            f"{_LIVING} AND {_NOT_FORMER} AND c.id IN (SELECT b.contact_id FROM tags g"
            " JOIN contact_tags b ON b.tag_id = g.id WHERE g.key = :scope_tag)"
        )
        return Scope(sql, {"scope_tag": rule.scope_value})
    if chosen is not None:
        return Scope(f"{_LIVING} AND ({chosen.sql})", dict(chosen.parameters))
    return Scope(f"{_LIVING} AND {_NOT_FORMER}", {})


def _from(ids: str | None) -> tuple[str, dict[str, Any]]:
    """Return the contacts (``c``) to read, in a form whose way is by the ids."""
    if ids is None:
        return "contacts c", {}
    return "json_each(:ids) j CROSS JOIN contacts c ON c.id = j.value", {"ids": ids}


def contacts_in(connection: sqlite3.Connection, scope: Scope, ids: str | None) -> list[int]:
    """Return the contacts a rule is about."""
    source, parameters = _from(ids)
    rows = connection.execute(
        f"SELECT c.id FROM {source} WHERE {scope.sql}", {**parameters, **scope.parameters}
    )
    return [contact_id for (contact_id,) in rows.fetchall()]


# -- what follow-ups depend on ----------------------------------------------------------------


class Made(NamedTuple):
    """A follow-up that a rule, or a product's service interval, made."""

    id: int
    contact_id: int
    kind: str
    due_on: str
    text: str
    owner: str | None
    state: str
    rule_id: int | None
    purchase_id: int | None
    occurrence: str | None
    sequence: int
    updated_at: str

    @property
    def is_withdrawn(self) -> bool:
        """Whether its rule took it back; closed by hand it still says which round it was."""
        return self.state == "cancelled" and self.occurrence is None


_MADE = ", ".join(f"f.{name}" for name in Made._fields)
_OF_RULES = "f.kind IN ('touch', 'date', 'service')"


def _follow_ups(ids: str | None) -> tuple[str, dict[str, Any]]:
    if ids is None:
        return "follow_ups f", {}
    return "json_each(:ids) j CROSS JOIN follow_ups f ON f.contact_id = j.value", {"ids": ids}


def made(connection: sqlite3.Connection, ids: str | None) -> list[Made]:
    """Return the follow-ups of rules that are open, or were taken back by their rule."""
    source, parameters = _follow_ups(ids)
    rows = connection.execute(
        f"SELECT {_MADE} FROM {source} WHERE {_OF_RULES} AND (f.state = 'open'"
        " OR (f.state = 'cancelled' AND f.occurrence IS NULL)) ORDER BY f.id",
        parameters,
    )
    return [Made._make(row) for row in rows.fetchall()]


def closed_touches(connection: sqlite3.Connection, ids: str | None) -> dict[int, str]:
    """Return contact -> when the last of its touches was closed by hand."""
    source, parameters = _follow_ups(ids)
    rows = connection.execute(
        f"SELECT f.contact_id, max(coalesce(f.done_at, f.updated_at)) FROM {source}"
        " WHERE f.kind = 'touch' AND f.state <> 'open' AND f.occurrence IS NOT NULL"
        " GROUP BY f.contact_id",
        parameters,
    )
    return dict(rows.fetchall())


def closed_dates(
    connection: sqlite3.Connection, rule_id: int, ids: str | None
) -> dict[tuple[int, int], list[str]]:
    """Return (contact, purchase or 0) -> the days of a date rule's rounds that were closed by
    hand."""
    source, parameters = _follow_ups(ids)
    rows = connection.execute(
        "SELECT f.contact_id, coalesce(f.purchase_id, 0), substr(f.occurrence, 1, 10)"
        f"  FROM {source} WHERE f.rule_id = :rule_id AND f.state <> 'open'"
        "   AND f.occurrence IS NOT NULL",
        {**parameters, "rule_id": rule_id},
    )
    found: dict[tuple[int, int], list[str]] = {}
    for contact_id, purchase_id, on in rows.fetchall():
        found.setdefault((contact_id, purchase_id), []).append(on)
    return found


class Person(NamedTuple):
    """What a cadence depends on."""

    id: int
    name: str
    owner: str | None
    created_at: str
    last_at: str | None


def people(connection: sqlite3.Connection, ids: str) -> list[Person]:
    """Return the contacts of these ids, with when they were last spoken to."""
    rows = connection.execute(
        "SELECT c.id, c.name, c.owner, c.created_at, a.last_at"
        "  FROM json_each(:ids) j CROSS JOIN contacts c ON c.id = j.value"
        "  LEFT JOIN contact_activity a ON a.contact_id = c.id",
        {"ids": ids},
    )
    return [Person._make(row) for row in rows.fetchall()]


class Dated(NamedTuple):
    """A date of a contact, or of a purchase of it."""

    contact_id: int
    purchase_id: int
    name: str
    owner: str | None
    on: str


def dates(
    connection: sqlite3.Connection, rule: Rule, field_id: int | None, scope: Scope, ids: str | None
) -> list[Dated]:
    """Return the dates of a rule's field; ``purchase_id`` is 0 where it is the contact's."""
    source, parameters = _from(ids)
    if field_id is None:
        what, value = "0", "c.birthday"
        joined = ""
    elif rule.field and rule.field.startswith("purchase."):
        what, value = "p.id", "v.text"
        joined = (
            " CROSS JOIN purchases p ON p.contact_id = c.id"
            " CROSS JOIN field_values v ON v.purchase_id = p.id AND v.field_id = :field_id"
        )
        if ids is None:
            # From the field's few values, not from everybody's purchases.
            source = (
                "field_values v CROSS JOIN purchases p ON p.id = v.purchase_id"
                " CROSS JOIN contacts c ON c.id = p.contact_id AND v.field_id = :field_id"
            )
            joined = ""
    else:
        what, value = "0", "v.text"
        joined = " CROSS JOIN field_values v ON v.contact_id = c.id AND v.field_id = :field_id"
    rows = connection.execute(
        f"SELECT c.id, {what}, c.name, c.owner, {value} FROM {source}{joined}"
        f" WHERE +{value} IS NOT NULL AND {scope.sql} ORDER BY c.id, 2",
        {**parameters, **scope.parameters, "field_id": field_id},
    )
    return [Dated._make(row) for row in rows.fetchall()]


class Serviced(NamedTuple):
    """A sale of a product that needs service, nothing of which was all given back."""

    id: int
    contact_id: int
    product_id: int
    on: str
    product: str
    every: str
    owner: str | None


_NOT_RETURNED = (
    "(p.quantity <= 0 OR p.quantity > (SELECT coalesce(sum(x.quantity), 0) FROM purchases x"
    " WHERE x.returns_id = p.id AND x.kind = 'return'))"
)
_SERVICED = (
    "SELECT p.id, p.contact_id, p.product_id, p.purchased_on, r.name, r.service_interval, c.owner"
)
_NEEDS_SERVICE = (
    f"p.kind = 'sale' AND r.service_interval IS NOT NULL AND {_LIVING} AND {_NOT_RETURNED}"
)


def service_intervals(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Return (product, interval) of every product that needs service."""
    return connection.execute(
        "SELECT id, service_interval FROM products WHERE service_interval IS NOT NULL"
    ).fetchall()


def sold(
    connection: sqlite3.Connection, product_id: int, since: str, ids: str | None
) -> list[Serviced]:
    """Return the sales of a product from a day on that need service."""
    parameters: dict[str, Any] = {"product_id": product_id, "since": since}
    source = "products r CROSS JOIN purchases p ON p.product_id = r.id"
    if ids is not None:
        parameters["ids"] = ids
        source = (
            "products r CROSS JOIN json_each(:ids) j"
            " CROSS JOIN purchases p ON p.contact_id = j.value AND +p.product_id = r.id"
        )
    rows = connection.execute(
        f"{_SERVICED} FROM {source} CROSS JOIN contacts c ON c.id = p.contact_id"
        f" WHERE r.id = :product_id AND p.purchased_on >= :since AND {_NEEDS_SERVICE}",
        parameters,
    )
    return [Serviced._make(row) for row in rows.fetchall()]


def sold_by_id(connection: sqlite3.Connection, purchase_ids: Sequence[int]) -> list[Serviced]:
    """Return those of certain sales that need service."""
    rows = connection.execute(
        f"{_SERVICED} FROM json_each(:named) j CROSS JOIN purchases p ON p.id = j.value"
        " CROSS JOIN products r ON r.id = p.product_id"
        f" CROSS JOIN contacts c ON c.id = p.contact_id WHERE {_NEEDS_SERVICE}",
        {"named": json.dumps(list(purchase_ids))},
    )
    return [Serviced._make(row) for row in rows.fetchall()]


def closed_services(connection: sqlite3.Connection, purchase_ids: Iterable[int]) -> set[int]:
    """Return of which purchases the service was closed by hand."""
    rows = connection.execute(
        "SELECT DISTINCT f.purchase_id FROM json_each(:named) j"
        " CROSS JOIN follow_ups f ON f.purchase_id = j.value WHERE f.kind = 'service'"
        "  AND f.state <> 'open' AND f.occurrence IS NOT NULL",
        {"named": json.dumps(list(purchase_ids))},
    )
    return {purchase_id for (purchase_id,) in rows.fetchall()}


def load(connection: sqlite3.Connection, since: str, until: str) -> dict[str, int]:
    """Return day -> how many open follow-ups are due on it."""
    rows = connection.execute(
        "SELECT due_on, count(*) FROM follow_ups WHERE state = 'open'"
        " AND due_on BETWEEN :since AND :until GROUP BY due_on",
        {"since": since, "until": until},
    )
    return dict(rows.fetchall())
