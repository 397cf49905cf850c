"""Naming a record: from what a person typed to the one contact that is meant.

Digits are an id; with ``@`` an e-mail; ``+`` or seven digits and more a phone if no such id;
``system:value`` or any external id of that value; else a unique part of a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import fold, read_email, read_phone
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3

_ID = re.compile(r"#?([1-9]\d{0,17})")
_PHONE = re.compile(r"\+?[\d ()./-]{7,}")


def contact_id(
    connection: sqlite3.Connection, text: str, *, country: str | None = None
) -> int:
    """Return the id of the one contact that ``text`` names.

    Raises NotFound (with the nearest names) or Ambiguous (with the candidates).
    """
    who = text.strip()
    for ids in _ways(connection, who, country):
        if len(ids) == 1:
            return ids[0]
        if ids:
            raise errors.Ambiguous(
                f"{who!r} may be any of {len(ids)} contacts",
                hint="name one by its id",
                candidates=store.labels(connection, ids[:20]),
            )
    raise errors.NotFound(f"no contact {who!r}", hint=_nearest(connection, who))


def _ways(connection: sqlite3.Connection, who: str, country: str | None):  # type: ignore[no-untyped-def]
    """Yield the ids each way of reading finds, in the order of precedence."""
    if matched := _ID.fullmatch(who):
        number = int(matched[1])
        if store.row(connection, number) is not None:
            yield [number]
            return
    if "@" in who and ":" not in who:
        try:
            yield store.ids_by_email(connection, read_email(who))
        except errors.InvalidValue:
            pass
    if _PHONE.fullmatch(who) and sum(char.isdigit() for char in who) >= 7:
        try:
            yield store.ids_by_phone(connection, read_phone(who, country))
        except errors.InvalidValue:
            pass
    system, colon, value = who.partition(":")
    if colon and system and value:
        yield store.ids_by_external_id(connection, value, system)
    yield store.ids_by_external_id(connection, who)
    if fold(who):
        yield store.ids_by_name(connection, fold(who))


def _nearest(connection: sqlite3.Connection, who: str) -> str:
    from difflib import get_close_matches

    by_name = {name.split("\n")[0]: number for name, number in store.names(connection)}
    near = get_close_matches(fold(who), by_name, 3, 0.6) if len(by_name) <= 5000 else []
    if not near:
        return "see crm contact list"
    return "did you mean " + ", ".join(f"{name} (#{by_name[name]})" for name in near) + "?"
