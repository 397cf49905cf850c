"""The people of a mail: names and addresses of its From, To and Cc fields."""

from __future__ import annotations

import re
from functools import lru_cache

from crm_cli import errors
from crm_cli.domain.values import read_email
from crm_cli.exchange.mailbox_headers import words

Person = tuple[str, str]
"""(name, address in its normal form); the name may be empty."""

MOST = 500
"""People of one field: beyond, it is no letter to anybody."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_PLAIN = re.compile(
    # Ada Lovelace <ada@example.org>, "Lovelace, Ada" <ada@example.org>, ada@example.org
    rf"\s*(?:(?:\"([^\"\\]*)\"|([^\"<>,;:()\\\[\]]*?))\s*<\s*({_ATOM}@[A-Za-z0-9.-]+)\s*>"
    rf"|({_ATOM}@[A-Za-z0-9.-]+))\s*(?:,|\Z)",
    re.ASCII,
)
_BARE = re.compile(rf"{_ATOM}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
_ANGLE = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")


@lru_cache(maxsize=50_000)
def address(text: str) -> str:
    """Return an address as the store keeps it; one that is none in lower case."""
    try:
        return read_email(text)
    except errors.InvalidValue:
        return text.strip().lower()


@lru_cache(maxsize=20_000)
def people(text: str) -> tuple[Person, ...]:
    """Return the people of a field in their order, each address once.

    Groups are their members, comments behind a bare address its name. What cannot be read as the
    standards have it gives the addresses that stand in angle brackets, else all there are.
    """
    if not text or "@" not in text:
        return ()
    return tuple(_plain(text) or _odd(text))


def _plain(text: str) -> list[Person]:
    """Return the people of a field in which everything is as most programs write it."""
    at, end = 0, len(text)
    found: dict[str, str] = {}
    while at < end:
        one = _PLAIN.match(text, at)
        if one is None:
            return []
        quoted, unquoted, angle, bare = one.groups()
        name = quoted if quoted is not None else unquoted or ""
        found.setdefault(address(angle or bare), words(name) if name else "")
        at = one.end()
        if len(found) >= MOST:
            break
    return [(_name(name, mail), mail) for mail, name in found.items()]


def _odd(text: str) -> list[Person]:
    from email.utils import getaddresses

    # What a mail says may be long and deep on purpose.
    text = text[:20_000]
    try:
        pairs = getaddresses([text])
    except (ValueError, IndexError, RecursionError, TypeError):
        pairs = []
    found: dict[str, str] = {}
    for name, mail in pairs:
        if mail.count("@") == 1 and not re.search(r"[\s<>]", mail):
            found.setdefault(address(mail), words(name))
    if _is_doubtful(found, text):
        mails = _ANGLE.findall(text) or _BARE.findall(text)
        found = {address(mail): "" for mail in mails}
    return [(_name(name, mail), mail) for mail, name in list(found.items())[:MOST]]


def _is_doubtful(found: dict[str, str], text: str) -> bool:
    """Say whether the library took a part of a name for somebody: an address that stands before
    another one in angle brackets."""
    angles = {address(mail) for mail in _ANGLE.findall(text)}
    return not found or (bool(angles) and not angles.issuperset(found) and "(" not in text)


def _name(name: str, mail: str) -> str:
    """Return a name without quotation marks; an address is no name."""
    bare = name.strip().strip("'\"").strip()
    return "" if bare.lower() == mail else bare
