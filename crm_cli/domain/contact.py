"""A contact's fields: which there are, and how typed text becomes what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_FIELDS = (
    "first_name", "last_name", "job_title", "language", "source", "campaign", "owner",
)  # fmt: skip
"""Columns that keep one line of text as it is typed."""

ADDRESS_FIELDS = ("street", "city", "region", "postcode", "country")

LIST_FIELDS = {
    "email": "emails",
    "phone": "phones",
    "link": "links",
    "address": "addresses",
    "external_id": "external_ids",
    "tag": "tags",
}
"""What ``--unset`` calls a list, and the table it is in."""

UNSETTABLE = (
    *TEXT_FIELDS, "company", "birthday", "referred_by", "notes", *ADDRESS_FIELDS, *LIST_FIELDS,
)  # fmt: skip

KINDS = ("person", "company")


def choose(what: str, text: str, allowed: Iterable[str]) -> str:
    """Return the allowed word that is meant, whatever its case, ``-`` or ``_``.

    Raises InvalidValue with the nearest one.
    """
    words = tuple(allowed)
    for word in words:
        if text.strip().lower().replace("-", "_") == word.lower().replace("-", "_"):
            return word
    from difflib import get_close_matches

    near = get_close_matches(text.strip().lower(), words, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    wrong = f"{what} cannot be {text!r}" if what.startswith("--") else f"{text!r} is not a {what}"
    raise errors.InvalidValue(wrong, hint=f"{hint}it is one of {', '.join(words)}")


def split_label(text: str) -> tuple[str | None, str]:
    """Split ``work:ada@example.com`` into label and value; a URL's scheme is no label."""
    label, colon, value = text.partition(":")
    if (
        not colon
        or value.startswith("//")
        or not label.strip()
        or label.strip().lower() in {"mailto", "tel"}
        or any(char in label for char in "@+/.?")
    ):
        return None, text.strip()
    return read_text(label, "label"), value.strip()


def split_external_id(text: str, default_system: str | None = None) -> tuple[str, str]:
    """Split ``shop:1``; a bare number belongs to ``default_system`` or ``customer``.

    Raises InvalidValue.
    """
    bare = read_text(text, "external id")
    system, colon, value = bare.partition(":")
    if not colon:
        system, value = default_system or "customer", bare
    if not system.strip() or not value.strip():
        raise errors.InvalidValue(
            f"{text!r} is not an external id", hint="write system:value, such as shop:1042"
        )
    return system.strip(), plain_number(system.strip(), value.strip())


_CASES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def plain_number(system: str, value: str) -> str:
    """Return a record's number in the form in which it is kept.

    Salesforce writes one id in two ways: 15 characters whose case tells, or 18, of which the last
    three repeat that case for programs that lose it. The first 15 decide.
    """
    if len(value) != 18 or not (value.isascii() and value.isalnum()):
        return value
    if system.lower() not in {"salesforce", "salesforce-account"}:
        return value
    told = "".join(
        _CASES[sum(value[at + bit].isupper() << bit for bit in range(5))] for at in (0, 5, 10)
    )
    return value[:15] if value[15:].upper() == told else value


def read_link(text: str) -> str:
    """Return a web address with its scheme. Raises InvalidValue."""
    link = read_text(text, "link")
    scheme, separator, rest = link.partition("://")
    if not separator:
        scheme, rest = "https", link
    host = rest.split("/", 1)[0]
    if " " in link or scheme.lower() not in {"http", "https"} or "." not in host.strip("."):
        raise errors.InvalidValue(
            f"{text!r} is not a web address", hint="write https://example.com/page"
        )
    return f"{scheme}://{rest}"


def read_birthday_without_year(text: str) -> str | None:
    """Return ``--MM-DD`` for ``--05-31`` or ``05-31``, None for any other text.

    29 February is a birthday. Raises InvalidValue for a day that no year has.
    """
    bare = text.strip().removeprefix("--")
    month, dash, day = bare.partition("-")
    if not (dash and month.isdecimal() and day.isdecimal() and len(month) <= 2 and len(day) <= 2):
        return None
    lengths = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= lengths[int(month) - 1]:
        raise errors.InvalidValue(f"{text!r} is not a birthday", hint="write --05-31 or 1990-05-31")
    return f"--{int(month):02}-{int(day):02}"
