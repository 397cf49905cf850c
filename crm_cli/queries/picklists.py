"""Choosing from a picklist: by key, label or alias, whatever the case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import fold
from crm_cli.store import picklists as store

if TYPE_CHECKING:
    import sqlite3


def choose(
    connection: sqlite3.Connection, name: str, text: str, *, with_retired: bool = False
) -> str:
    """Return the key of the value that ``text`` means: its key, label or an alias.

    Retired values can be filtered by, but not given. Raises InvalidValue with the nearest.
    """
    if store.has_key(connection, name, text):
        return text
    wanted = fold(text)
    words: dict[str, str] = {}
    for key, label, aliases in store.values(connection, name, with_retired=with_retired):
        for word in (key, label, *aliases):
            words.setdefault(fold(word), key)
    if wanted in words:
        return words[wanted]
    from difflib import get_close_matches

    near = get_close_matches(wanted, words, 1)
    hint = f"did you mean {words[near[0]]}? " if near else ""
    raise errors.InvalidValue(
        f"{text!r} is not a {'choice' if '.' in name else name}",
        hint=f"{hint}it is one of {', '.join(dict.fromkeys(words.values()))}",
    )
