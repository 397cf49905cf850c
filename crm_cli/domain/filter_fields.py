"""What filters can ask of each record type: the fields, their kinds, and what each kind allows.

A kind says how a value is read (``queries.filtering``) and compared (``store.filters``).
Custom fields come as further ``Field`` values with the id of their row in ``fields``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.domain.filter import wrong
from crm_cli.domain.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm_cli import errors


class Field(NamedTuple):
    """A field of a record type.

    ``kind`` is one of ``SIGNS``; ``detail`` what it needs beside it (the picklist's name, the
    words to choose from); ``custom`` the id of a custom field.
    """

    name: str
    kind: str
    detail: str = ""
    custom: int | None = None


_EQUAL = frozenset({"=", "in", "empty"})
_TEXT = _EQUAL | {"~"}
_ORDER = _EQUAL | {"<", "<=", ">", ">="}

SIGNS: dict[str, frozenset[str]] = {
    "text": _TEXT,
    "word": _TEXT,
    "folded": _TEXT | {"<", "<=", ">", ">="},
    "code": _TEXT | {"<", "<=", ">", ">="},
    "uid": _EQUAL,
    "tag": _TEXT,
    "email": _TEXT,
    "phone": _TEXT,
    "external": _TEXT,
    "country": _EQUAL,
    "currency": _EQUAL,
    "choice": _EQUAL,
    "picklist": _EQUAL,
    "number": _ORDER,
    "quantity": _ORDER,
    "money": _ORDER,
    "revenue": _ORDER,
    "day": _ORDER,
    "instant": _ORDER,
    "birthday": _ORDER,
    "flag": frozenset({"=", "flag"}),
    "segment": frozenset({"=", "in"}),
    "overdue": frozenset({"=", "flag"}),
    "stale": frozenset({"=", "flag"}),
    "stage": frozenset({"=", "in"}),
    "pipeline": frozenset({"=", "in"}),
    "percent": _ORDER,
    "age": _ORDER - {"empty"},
    "later": frozenset(),
}
"""Kind -> the operators it takes (each also negated).

``text`` is compared without case and accents, and a value nobody has is an empty answer;
``word`` is text that works like a list: a value in use nowhere is an error. ``folded`` is text
with a folded column beside it. ``code`` is compared as it is. ``percent`` is typed as 40 or 40%,
``age`` is a number of days.
"""

CONTACT = (
    "id number", "uid uid", "kind choice person,company", "name folded", "first_name text",
    "last_name text", "company folded strict", "company_id number", "job_title text",
    "role picklist role", "street text", "city text", "region text", "postcode code",
    "country country", "email email", "phone phone", "link code", "tag tag", "owner word",
    "source word", "campaign word", "language word", "birthday birthday", "referred_by number",
    "external_id external", "notes text", "created instant", "updated instant",
    "archived flag", "archived_at instant", "orders number", "revenue revenue",
    "first_purchase day", "last_purchase day", "segment segment",
    "consent choice granted,withdrawn", "consent_phone choice granted,withdrawn",
    "consent_sms choice granted,withdrawn", "consent_post choice granted,withdrawn",
    "last_contacted instant", "interactions number", "next_follow_up day",
)  # fmt: skip

PRODUCT = (
    "id number", "uid uid", "sku text", "name folded", "category word", "price money",
    "currency currency", "service_interval text", "active flag",
)  # fmt: skip

PURCHASE = (
    "id number", "uid uid", "contact folded", "contact_id number", "on day", "order_number code",
    "kind choice sale,return", "product folded strict", "sku text", "category word",
    "description text", "quantity quantity", "amount money", "currency currency",
    "channel word", "campaign word", "external_id code", "returns_id number",
)  # fmt: skip

INTERACTION = (
    "id number", "uid uid", "contact folded", "contact_id number", "at instant",
    "channel picklist channel", "direction choice in,out,none", "subject text", "body text",
    "outcome picklist outcome", "sentiment number", "duration number", "by word",
    "campaign word", "message_id code", "participant folded", "lead_id number",
    "lead_title folded",
)  # fmt: skip

FOLLOW_UP = (
    "id number", "uid uid", "contact folded", "contact_id number", "due day", "time code",
    "overdue overdue", "text text", "owner word",
    "kind choice task,promise,touch,date,service", "state choice open,done,cancelled",
    "repeat text", "done instant", "done_by word", "purchase_id number", "interaction_id number",
    "previous_id number", "rule_id number", "lead_id number", "lead_title folded",
    "created instant", "updated instant",
)  # fmt: skip

LEAD = (
    "id number", "uid uid", "contact folded", "contact_id number", "company folded strict",
    "city text", "country country", "role picklist role", "contact_tag tag", "title folded",
    "pipeline pipeline", "stage stage", "state choice open,won,lost", "probability percent",
    "value money", "currency currency", "weighted money", "score number", "expected day",
    "forecast choice commit,best,pipeline,omitted", "source word", "campaign word", "owner word",
    "next_follow_up day", "age age", "stage_age age", "opened instant", "closed instant",
    "stage_since instant", "loss_reason picklist loss-reason", "competitor word", "tag tag",
    "referred_by number", "external_id code", "stale stale", "notes text", "purchase_id number",
    "created instant", "updated instant",
)  # fmt: skip

ENTRY = (
    "id number", "at instant", "by word", "summary text", "records number",
    "kind choice change,undo,redo,system", "undoes number", "undone_by number", "command text",
)  # fmt: skip
"""The history."""

DELETED = (
    "id number", "noun choice contact,product,purchase,interaction,follow-up,lead",
    "record_id number", "name text", "deleted_at instant", "deleted_by word", "entry number",
)  # fmt: skip
"""The trash."""

DELIVERY = (
    "id number", "follow_up number", "occurrence code", "recipient text", "channel text",
    "state choice claimed,handing_over,sent,failed,in_doubt,skipped", "attempts number",
    "next_try_at instant", "message_id code", "claimed_at instant", "changed_at instant",
    "error text",
)  # fmt: skip
"""The ledger of the reminders that were sent."""

_LISTS = {
    "contact": CONTACT, "product": PRODUCT, "purchase": PURCHASE, "interaction": INTERACTION,
    "entry": ENTRY, "deleted record": DELETED, "follow-up": FOLLOW_UP,
    "delivery": DELIVERY, "lead": LEAD,
}  # fmt: skip

ALIASES: dict[str, dict[str, str]] = {
    "contact": {
        "emails": "email", "e_mail": "email", "mail": "email", "phones": "phone", "tags": "tag",
        "links": "link", "external_ids": "external_id", "created_at": "created",
        "updated_at": "updated", "last_purchase_on": "last_purchase",
        "first_purchase_on": "first_purchase", "last_contacted_at": "last_contacted",
        "next_follow_up_on": "next_follow_up", "zip": "postcode", "town": "city",
        "consent_email": "consent", "consents": "consent",
        "title": "job_title", "note": "notes", "state": "region", "type": "kind",
    },
    "product": {"service_every": "service_interval"},
    "purchase": {
        "day": "on", "date": "on", "order": "order_number", "customer": "contact",
        "who": "contact", "purchased_on": "on",
    },
    "interaction": {
        "text": "body", "when": "at", "day": "at", "date": "at", "on": "at", "happened_at": "at",
        "who": "contact", "customer": "contact", "duration_minutes": "duration",
        "minutes": "duration", "with": "participant", "participants": "participant",
        "by_name": "by", "type": "channel", "lead": "lead_id",
    },
    "follow-up": {
        "due_on": "due", "due_at": "due", "on": "due", "day": "due", "date": "due",
        "due_time": "time", "who": "contact", "customer": "contact", "what": "text",
        "done_at": "done", "purchase": "purchase_id", "interaction": "interaction_id",
        "rule": "rule_id", "lead": "lead_id", "created_at": "created", "updated_at": "updated",
    },
    "lead": {
        "name": "title", "who": "contact", "customer": "contact", "amount": "value",
        "weighted_value": "weighted", "expected_on": "expected", "age_days": "age",
        "stage_age_days": "stage_age", "opened_at": "opened", "closed_at": "closed",
        "next_follow_up_on": "next_follow_up", "reason": "loss_reason", "tags": "tag",
        "contact_tags": "contact_tag", "purchase": "purchase_id", "created_at": "created",
        "updated_at": "updated", "rotten": "stale", "note": "notes", "town": "city",
    },
}  # fmt: skip
"""Other names of fields: the JSON keys, and what people say."""


def built_in(noun: str) -> dict[str, Field]:
    """Return the fields that every record of a type has, by name."""
    found = {}
    for line in _LISTS[noun]:
        name, kind, *detail = line.split(" ", 2)
        found[name] = Field(name, kind, "".join(detail))
    return found


def find(noun: str, fields: Mapping[str, Field], name: str, at: int) -> Field:
    """Return the field that a filter names. Raises InvalidValue with the nearest."""
    wanted = name.lower().replace("-", "_")
    aliases = ALIASES.get(noun, {})
    found = fields.get(wanted) or fields.get(aliases.get(wanted, "")) or fields.get(fold(wanted))
    if found is None:
        article = "an" if noun[0] in "aeiou" else "a"
        raise wrong(
            at, f"{article} {noun} has no field {name!r}",
            (_elsewhere(noun, wanted) if noun in ALIASES else None)
            or nearest(wanted, (*fields, *aliases))
            or f"fields are {', '.join(fields)}",
        )  # fmt: skip
    return found


def _elsewhere(noun: str, wanted: str) -> str | None:
    """Return the hint for a field that another record type has."""
    for other in ("purchase", "product", "contact"):
        if other != noun and wanted in built_in(other):
            seen = f"{wanted} is a field of {other}s: crm {other} list --where"
            return seen + (", or crm report sales --dimension" if other == "purchase" else "")
    return None


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """Return the hint that names the known word most like the one that was typed."""
    from difflib import get_close_matches

    near = get_close_matches(wanted, list(known), 1, 0.6)
    return f"did you mean {near[0]}?" if near else None


def check_sign(field: Field, sign: str, at: int) -> None:
    """Raise InvalidValue for an operator that the field's kind does not take."""
    # A flag of one's own may be answered neither way; those that every record has are.
    if sign in SIGNS[field.kind] or (sign == "empty" and field.custom is not None):
        return
    if field.kind == "later":
        raise wrong(
            at, f"{field.name} is not known yet: this version keeps no {field.detail}",
            "leave the condition out; a filter that cannot be answered is refused, not ignored",
        )  # fmt: skip
    if sign == "flag":
        raise wrong(at, f"{field.name} stands alone", f"write {field.name} = VALUE")
    raise wrong(at, f"{field.name} cannot be compared with {sign}", _allowed(field))


def _allowed(field: Field) -> str:
    if field.kind == "flag":
        return f"write {field.name}, or not {field.name}"
    order = ("=", "<", "<=", ">", ">=", "~", "in", "empty")
    words = {"in": "in (...)", "empty": "is empty"}
    return "it takes " + ", ".join(
        words.get(sign, sign) for sign in order if sign in SIGNS[field.kind]
    )


def bad_value(at: int, error: errors.InvalidValue) -> errors.InvalidValue:
    """Return a reader's error with the place in the filter."""
    return wrong(at, error.message, error.hint)
