"""Entry checks: what the owner asks of a value beside its kind.

A pattern and a longest length are for text; a least and a greatest value for numbers (in
thousandths), money (minor units of one currency) and days (the number 20260531). Whether a value
is another record's already is asked of the store (``services.field_checks``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.custom_field import BUILT_IN, Value, shown, typed

if TYPE_CHECKING:
    from crm_cli.domain.custom_field import Field

KINDS_WITH: dict[str, tuple[str, ...]] = {
    "pattern": ("text", "link", BUILT_IN),
    "max_length": ("text", "link", BUILT_IN),
    "min": ("number", "money", "date"),
    "max": ("number", "money", "date"),
    "unique": ("text", "number", "link"),
}
"""Check -> the kinds of fields that can have it."""

COLUMN = {
    "pattern": "pattern", "max_length": "max_length", "min": "minimum", "max": "maximum",
    "unique": "is_unique",
}  # fmt: skip
"""Check -> the column of ``fields`` that holds it."""

TEXT_COLUMNS: dict[str, tuple[str, ...]] = {
    "contact": (
        "first_name", "last_name", "job_title", "street", "city", "region", "postcode",
        "language", "source", "campaign", "owner",
    ),
    "product": ("sku", "category"),
    "purchase": ("order", "channel", "campaign", "description", "external_id"),
    "lead": ("source", "campaign", "owner", "external_id"),
}  # fmt: skip
"""Record type -> its own fields of one line of text, which can have a pattern and a length."""


def has_checks(field: Field) -> bool:
    """Say whether a single value of the field can be wrong."""
    return not (
        field.pattern is None and field.max_length is None
        and field.minimum is None and field.maximum is None
    )  # fmt: skip


def check(field: Field, value: Value) -> None:
    """Hold a value against the checks of its field. Raises InvalidValue, naming the field."""
    text = value.text
    if text is not None and field.max_length is not None and len(text) > field.max_length:
        raise _error(
            field, f"{_short(text)} has {len(text)} characters; {field.max_length} are the most"
        )
    if text is not None and field.pattern is not None:
        from crm_cli.domain.pattern import LONGEST, matches

        if len(text) > LONGEST:
            raise _error(
                field, f"{_short(text)} has {len(text)} characters; a pattern is for {LONGEST}"
            )
        if not matches(field.pattern, text):
            raise _error(field, f"{_short(text)} does not match {field.pattern}")
    if field.minimum is not None or field.maximum is not None:
        _check_limits(field, value)


def limits(field: Field) -> tuple[Any, Any, str | None]:
    """Return the least and the greatest value as JSON carries them, and the currency of both."""
    bounds = (field.minimum, field.maximum)
    if field.kind == "date":
        return *(None if one is None else _day(one) for one in bounds), None  # type: ignore[return-value]
    low, high = (
        None if one is None else shown(field.kind, Value(None, None, one, field.limit_currency))
        for one in bounds
    )
    return low, high, field.limit_currency


def _check_limits(field: Field, value: Value) -> None:
    number = value.number
    if field.kind == "date" and value.text is not None:
        number = day_number(value.text)
    if number is None:
        return
    low, high = field.minimum, field.maximum
    if field.kind == "money" and value.currency != field.limit_currency and (low or high):
        # Nothing is more than nothing in every currency; other limits are in their own.
        raise _error(
            field, f"{typed(field.kind, value)} cannot be held against a limit in"
            f" {field.limit_currency}; it is {expected(field)}",
        )  # fmt: skip
    if (low is not None and number < low) or (high is not None and number > high):
        raise _error(field, f"{typed(field.kind, value)} is not {expected(field)}")


def expected(field: Field) -> str:
    """Return the limits in words: ``1 or more``, ``between 1 and 9``."""
    low, high, currency = limits(field)
    unit = f" {currency}" if currency else ""
    if low is not None and high is not None:
        return f"between {low} and {high}{unit}"
    if field.kind == "date":
        return f"{low} or later" if high is None else f"{high} or before"
    return f"{low}{unit} or more" if high is None else f"{high}{unit} or less"


def day_number(day: str) -> int:
    """Return a day as the number that limits are kept as: 20260531."""
    return int(day.replace("-", ""))


def _day(number: int) -> str:
    digits = f"{number:08d}"
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _error(field: Field, message: str) -> errors.InvalidValue:
    hint = f"crm field edit {field.noun}.{field.key} changes what is asked for"
    return errors.InvalidValue(f"{field.key}: {message}", hint=field.note or hint)
