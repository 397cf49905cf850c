"""Custom fields: their names, their kinds, and how typed text becomes a typed value.

A value is kept as (text, folded, number, currency), see the schema: a number in thousandths,
money in minor units, a flag as 0 or 1; everything else as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import (
    fold,
    money_text,
    quantity_number,
    read_money,
    read_quantity,
    read_text,
    search_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KINDS = ("text", "number", "money", "date", "flag", "choice", "link")
BUILT_IN = "built-in"
"""The kind of a row that makes a column of the record itself required, or checked."""

NOUNS = ("contact", "product", "purchase", "lead")
"""Record types that can have custom fields."""

COLUMN_OF = {
    "contact": "contact_id", "product": "product_id", "purchase": "purchase_id",
    "lead": "lead_id",
}  # fmt: skip
"""Record type -> the column of ``field_values`` that names its record."""

REQUIRABLE: dict[str, tuple[str, ...]] = {
    "contact": (
        "first_name", "last_name", "company", "job_title", "email", "phone", "street", "city",
        "region", "postcode", "country", "link", "birthday", "language", "source", "campaign",
        "owner", "referred_by", "notes", "tag", "external_id",
    ),
    "product": ("sku", "category", "price", "service_interval"),
    "purchase": ("product", "order", "channel", "campaign", "description", "external_id"),
    "lead": (
        "value", "expected", "source", "campaign", "referrer", "owner", "notes", "external_id",
    ),
}  # fmt: skip
"""Record type -> what its own options call the fields that may be empty."""

PEOPLE_ONLY = frozenset({"first_name", "last_name", "company", "job_title", "birthday"})
"""Fields that a company need not have, required or not."""

RESERVED = frozenset(
    "and or not in id uid kind name first_name last_name company company_id company_uid job_title"
    " role email emails phone phones address addresses street city region postcode country link"
    " links birthday language tag tags source campaign owner referred_by referred_by_uid fields"
    " external_id external_ids consents segment last_contacted last_contacted_at next_follow_up"
    " next_follow_up_on orders revenue currency last_purchase last_purchase_on first_purchase"
    " first_purchase_on notes relations created created_at updated updated_at archived archived_at"
    " sku category price service_interval active is_active contact contact_id contact_uid on"
    " order order_number product product_id product_uid description quantity amount channel"
    " consent consent_email consent_phone consent_sms consent_post interactions"
    " returns_id returns_uid returns line set unset all text age folded record is empty".split()
)
"""Names that mean something else in a filter, a list or a file."""

RESERVED_OF_LEADS = RESERVED | frozenset(
    "title stage pipeline state probability odds value weighted weighted_value score expected"
    " expected_on forecast referrer referred_by_name opened opened_at closed closed_at stage_since"
    " stage_age stage_age_days contact_tag age_days stale rotten rotten_days loss_reason reason"
    " competitor purchase purchase_id lead lead_id follow_up about".split()
)
"""Names that a field of leads cannot have; other records may use what only leads have."""


class Field(NamedTuple):
    """A custom field. ``preset`` is its default as typed; of the checks see ``field_checks``."""

    id: int
    noun: str
    key: str
    label: str
    kind: str
    preset: str | None
    note: str | None
    position: int
    is_required: int
    is_retired: int
    pattern: str | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    limit_currency: str | None = None
    is_unique: int = 0

    @property
    def picklist(self) -> str:
        """The list that holds its choices."""
        return f"{self.noun}.{self.key}"


class Value(NamedTuple):
    """A value as it is stored."""

    text: str | None = None
    folded: str | None = None
    number: int | None = None
    currency: str | None = None


def key_of(text: str) -> str:
    """Return the name by which a field is called: ``Shirt size`` -> ``shirt_size``."""
    key = "_".join(re.findall(r"[^\W_]+", fold(text)))
    return f"field_{key}" if key[:1].isdigit() else key


_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "1", "on", "x", "ja", "oui", "si"), 1),
    **dict.fromkeys(("no", "n", "false", "0", "off", "nein", "non"), 0),
}


def read_value(
    field: Field, text: str, *, currency: str, decimal: str | None = None,
    read_day: Callable[[str], str], choose: Callable[[str], str],
) -> Value:  # fmt: skip
    """Return a typed text as a value of the field's kind.

    ``read_day`` reads a date, ``choose`` finds the key of a choice; ``currency`` is meant where
    an amount names none. Raises InvalidValue, naming the field.
    """
    try:
        if field.kind == "number":
            return Value(number=_number(text, decimal))
        if field.kind == "money":
            minor, named = read_money(text, currency, decimal)
            return Value(number=minor, currency=named)
        if field.kind == "flag":
            return Value(number=_flag(text))
        if field.kind == "date":
            found = read_day(text)
        elif field.kind == "choice":
            found = choose(text)
        elif field.kind == "link":
            from crm_cli.domain.contact import read_link

            found = read_link(text)
        else:
            found = read_text(text, field.key, lines=True)
    except errors.InvalidValue as error:
        raise errors.InvalidValue(f"{field.key}: {error.message}", hint=error.hint) from None
    return Value(text=found, folded=fold(found) if field.kind == "choice" else search_key(found))


def _number(text: str, decimal: str | None) -> int:
    try:
        return read_quantity(text, decimal)
    except errors.InvalidValue as error:
        message = error.message.replace("a quantity", "a number")
        raise errors.InvalidValue(message, hint=error.hint) from None


def _flag(text: str) -> int:
    found = _FLAGS.get(fold(text))
    if found is None:
        raise errors.InvalidValue(f"{text!r} is neither yes nor no", hint="write yes or no")
    return found


def shown(kind: str, value: Value) -> Any:
    """Return a stored value as JSON carries it; the currency of money stands beside it."""
    if kind == "money" and value.number is not None and value.currency is not None:
        return money_text(value.number, value.currency)
    if kind == "number" and value.number is not None:
        return quantity_number(value.number)
    if kind == "flag":
        return bool(value.number)
    return value.text


def spread(fields: Mapping[str, str], values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the JSON object ``fields`` of a record: key -> value, null where there is none.

    ``fields`` maps the keys of all fields in their order to their kinds. Money has its currency
    beside it: ``budget``, ``budget_currency``.
    """
    found: dict[str, Any] = {}
    for key, kind in fields.items():
        value = values.get(key)
        found[key] = None if value is None else shown(kind, value)
        if kind == "money":
            found[f"{key}_currency"] = None if value is None else value.currency
    return found


def typed(kind: str, value: Value) -> str:
    """Return a value as it could be typed: what undoing a conversion needs, and messages."""
    found = shown(kind, value)
    if kind == "flag":
        return "yes" if found else "no"
    return f"{found} {value.currency}" if kind == "money" else str(found)
