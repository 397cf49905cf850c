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
_SHORT = 300
"""Characters of fields that are kept once they were read: most mails are from the same people."""
_LIBRARY = 8_000
"""Characters that the library is asked to read."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}"
_DOMAIN = r"[A-Za-z0-9.-]{1,255}"
_PLAIN = re.compile(
    # Ada Lovelace <ada@example.org>, "Lovelace, Ada" <ada@example.org>, ada@example.org
    rf"\s*+(?:(?:\"([^\"\\]*)\"\s*|([^\"<>,;:()\\\[\]]*))<({_ATOM}@{_DOMAIN})>"
    rf"|({_ATOM}@{_DOMAIN}))\s*(?:,|\Z)",
    re.ASCII,
)
_ADDRESS = re.compile(rf"{_ATOM}@{_DOMAIN}", re.ASCII)
_ANGLE = re.compile(r"<\s?([^<>\s@]{1,64}@[^<>\s@]{1,255})\s?>")
_BETWEEN = re.compile(r"[\s<>,;:()\"\[\]]+")


@lru_cache(maxsize=50_000)
def address(text: str) -> str:
    """Return an address as the store keeps it; one that is none in lower case."""
    try:
        return read_email(text)
    except errors.InvalidValue:
        return text.strip().lower()


def people(text: str) -> tuple[Person, ...]:
    """Return the people of a field in their order, each address once.

    Groups are their members, comments behind a bare address its name. What cannot be read as the
    standards have it gives the addresses that stand in angle brackets, else all there are.
    """
    if "@" not in text:
        return ()
    return _known(text) if len(text) < _SHORT else _read(text)


def _read(text: str) -> tuple[Person, ...]:
    return tuple(_plain(text) or _odd(text))


_known = lru_cache(maxsize=20_000)(_read)


def _plain(text: str) -> list[Person]:
    """Return the people of a field in which everything is as most programs write it."""
    text = text.strip()
    at, end = 0, len(text)
    found: dict[str, str] = {}
    while at < end and len(found) < MOST:
        one = _PLAIN.match(text, at)
        if one is None:
            return []
        quoted, unquoted, angle, bare = one.groups()
        name = quoted if quoted is not None else unquoted or ""
        found.setdefault(address(angle or bare), words(name) if name else "")
        at = one.end()
    return [(_name(name, mail), mail) for mail, name in found.items()]


def _odd(text: str) -> list[Person]:
    from email.utils import getaddresses

    pairs: list[tuple[str, str]] = []
    if len(text) <= _LIBRARY and text.count("(") < 100:
        try:
            # Some write semicolons between addresses; after a group one stands too.
            pairs = getaddresses([text if ":" in text else text.replace(";", ",")])
        except (ValueError, IndexError, RecursionError, TypeError):
            pairs = []
    found: dict[str, str] = {}
    for name, mail in pairs:
        local, _, domain = mail.partition("@")
        if local and domain and "@" not in domain and not _BETWEEN.search(mail):
            found.setdefault(address(mail), words(name))
    angles = [address(mail) for mail in _ANGLE.findall(text)]
    if not found or (angles and "(" not in text and _before_angle(found, angles, text)):
        mails = angles or [
            address(piece) for piece in _BETWEEN.split(text)
            if "@" in piece and len(piece) < 320 and _ADDRESS.fullmatch(piece)
        ]  # fmt: skip
        found = {mail: found.get(mail, "") for mail in mails}
    return [(_name(name, mail), mail) for mail, name in list(found.items())[:MOST]]


def _before_angle(found: dict[str, str], angles: list[str], text: str) -> bool:
    """Say whether the library took a part of somebody's name for an address, or lost one: what
    stands in angle brackets is whom the others are named after."""
    if not set(angles).issubset(found):
        return True
    others = [mail for mail in found if mail not in angles]
    return any(re.search(rf"{re.escape(mail)}\s*<", text, re.IGNORECASE) for mail in others)


def _name(name: str, mail: str) -> str:
    """Return a name without quotation marks; an address is no name."""
    bare = name.strip().strip("'\"").strip()
    return "" if bare.lower() == mail else bare
