"""What the options that narrow ``contact list`` mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.contact import KINDS, choose
from crm_cli.domain.values import fold, search_key
from crm_cli.queries import picklists, resolve
from crm_cli.result import Level, Message
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def read_filters(connection: sqlite3.Connection, filters: dict[str, str]) -> list[Message]:
    """Turn what was typed into what the store compares with, in place.

    Returns remarks where a tag, owner or source is in use nowhere, with the nearest one that
    is. Raises InvalidValue, NotFound and Ambiguous.
    """
    for name, text in filters.items():
        resolve.typed(text, name)
    if "kind" in filters:
        filters["kind"] = choose("kind", filters["kind"], KINDS)
    if "role" in filters:
        filters["role"] = picklists.choose(connection, "role", filters["role"], with_retired=True)
    if "company" in filters:
        filters["company"] = str(resolve.contact_id(connection, filters["company"]))
    if any(char.isdigit() for char in filters.get("text", "")):
        filters["ids"] = _by_number(connection, filters.pop("text").strip())
    elif "text" in filters:
        keys = search_key(filters["text"]).split("\n")
        if len(keys) == 1:
            filters["text"] = keys[0]
        else:  # Müller is Mueller too
            del filters["text"]
            filters["ids"] = _ids(
                {found for key in keys
                 for found in store.ids_holding(connection, key, digits=None, number=None)}
            )  # fmt: skip
    if "tag" in filters:
        filters["tag"] = fold(filters["tag"])
    remarks = []
    for column in ("tag", "owner", "source"):
        if column in filters:
            remark = _unused(connection, column, filters[column])
            if remark:
                remarks.append(Message(remark, Level.WARNING))
    return remarks


FEWEST_DIGITS = 4
"""So many digits and more may be a part of a phone number; fewer are in nearly all of them."""


def _by_number(connection: sqlite3.Connection, text: str) -> str:
    """Return, as a JSON array, the ids of the contacts that a text with digits in it means: an
    id, or a part of a name, an e-mail or a phone number, in national writing too."""
    number = resolve.number(text)
    if text.startswith("#") and number is not None:
        return f"[{number}]"
    digits = "".join(char for char in text if char.isdigit())
    is_phone = all(char.isdigit() or char in "+ ()./-" for char in text)
    part = digits.lstrip("0") if is_phone and len(digits) >= FEWEST_DIGITS else ""
    found = store.ids_holding(connection, fold(text), digits=part or None, number=number)
    return _ids(found)


def _ids(found: Iterable[int]) -> str:
    return f"[{', '.join(map(str, found))}]"


def _unused(connection: sqlite3.Connection, column: str, wanted: str) -> str | None:
    words = {fold(word): word for word in store.used_words(connection, column)}
    if fold(wanted) in words:
        return None
    from difflib import get_close_matches

    near = get_close_matches(fold(wanted), words, 1)
    return f"no contact has the {column} {wanted!r}" + (
        f"; did you mean {words[near[0]]!r}?" if near else ""
    )
