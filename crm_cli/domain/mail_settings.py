"""The settings of mail: which server, which way, from whom and to whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import read_email, safe

if TYPE_CHECKING:
    from collections.abc import Callable

WAYS = ("smtp", "sendmail", "command", "stdout")
SECURITY = ("starttls", "tls", "none")

_NAMED = re.compile(r'"?([^"<>@]*?)"?\s*<([^<>]+)>')
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_HERE = re.compile(r"localhost|::1|127(?:\.[0-9]{1,3}){3}")
_WHOLE_PATH = re.compile(r"/.+|[A-Za-z]:[\\/].+|\\\\.+")


def read_mailbox(text: str) -> str:
    """Return ``name@example.com`` or ``Name <name@example.com>``. Raises InvalidValue."""
    matched = _NAMED.fullmatch(text.strip())
    if matched is None:
        return read_email(text)
    address = read_email(matched[2])
    return f"{matched[1]} <{address}>" if matched[1] else address


def mailboxes(text: str) -> list[str]:
    """Return the addresses of a list parted by commas, each once. Raises InvalidValue."""
    found: dict[str, str] = {}
    for part in re.split(r"[,;]", text):
        if part.strip():
            mailbox = read_mailbox(part)
            found.setdefault(bare_address(mailbox), mailbox)
    return list(found.values())


def bare_address(mailbox: str) -> str:
    """Return ``name@example.com`` of ``Name <name@example.com>``."""
    return mailbox.rpartition("<")[2].rstrip(">").strip()


def people(text: str) -> dict[str, str]:
    """Return who has which mailbox: the name of an owner in lower case -> ``Ada <ada@firm.ch>``.

    Raises InvalidValue for an address without a name, and for one name twice.
    """
    found: dict[str, str] = {}
    for part in re.split(r"[,;]", text):
        if not part.strip():
            continue
        mailbox = read_mailbox(part)
        name = mailbox.partition(" <")[0] if mailbox.endswith(">") else ""
        if not name:
            raise errors.InvalidValue(
                f"{safe(mailbox)}: whose address is that?",
                hint="write Ada <ada@firm.ch>, Bob <bob@firm.ch>",
            )
        if found.setdefault(name.lower(), mailbox) != mailbox:
            raise errors.InvalidValue(
                f"{safe(name)} stands twice, with two addresses", hint="write one address a name"
            )
    return found


# -- one reader a setting -----------------------------------------------------------------------


def read_mailboxes(text: str) -> str:
    """Return a list of addresses. Raises InvalidValue."""
    return ", ".join(mailboxes(text))


def read_people(text: str) -> str:
    """Return a list of people with their addresses. Raises InvalidValue."""
    return ", ".join(people(text).values())


def read_host(text: str) -> str:
    """Return a server's name or address, in lower case. Raises InvalidValue."""
    if _HOST.fullmatch(text) and len(text) <= 253:
        return text.lower()
    # What was typed is not shown: it may hold a login.
    raise errors.InvalidValue(
        "smtp_host is the name of a server alone",
        hint="write smtp.example.com; its port, user and security are settings of their own",
    )


def is_this_machine(host: str) -> bool:
    """Say whether nobody can listen in on the way to a server: 127.0.0.1, not 127.evil.example."""
    return _HERE.fullmatch(host) is not None


def read_port(text: str) -> str:
    """Return a port's number. Raises InvalidValue."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return str(int(text))
    raise errors.InvalidValue(f"{safe(text)!r} is no port", hint="write 587, 465 or 25")


def read_security(text: str) -> str:
    """Return ``starttls``, ``tls`` or ``none``. Raises InvalidValue."""
    word = {"ssl": "tls", "ssl/tls": "tls", "plain": "none"}.get(text.lower(), text.lower())
    return _one_of(word, SECURITY, "way to encrypt")


def read_way(text: str) -> str:
    """Return a way for mail. Raises InvalidValue."""
    return _one_of(text.lower(), WAYS, "way for mail")


def _one_of(word: str, allowed: tuple[str, ...], what: str) -> str:
    if word in allowed:
        return word
    raise errors.InvalidValue(f"{safe(word)!r} is no {what}", hint=f"write {', '.join(allowed)}")


def read_user(text: str) -> str:
    """Return a user's name at the mail server. Raises InvalidValue."""
    if text.isprintable() and len(text) <= 255:
        return text
    raise errors.InvalidValue("smtp_user: a user's name is one line of text")


def read_timeout(text: str) -> str:
    """Return seconds, 1 to 600. Raises InvalidValue."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 600:
        return str(int(text))
    raise errors.InvalidValue(f"{safe(text)!r} is no time-out", hint="write seconds, 1 to 600")


def read_whole_path(text: str) -> str:
    """Return a path from the root, which cron finds from any folder. Raises InvalidValue."""
    if _WHOLE_PATH.fullmatch(text):
        return text
    raise errors.InvalidValue(
        f"{safe(text)!r} is not a whole path", hint="write it from the root: /home/ada/mail"
    )


READERS: dict[str, Callable[[str], str]] = {
    "sender": read_mailbox,
    "reply_to": read_mailbox,
    "remind_to": read_mailboxes,
    "people": read_people,
    "mail_via": read_way,
    "mail_templates": read_whole_path,
    "mail_timeout": read_timeout,
    "smtp_host": read_host,
    "smtp_port": read_port,
    "smtp_security": read_security,
    "smtp_user": read_user,
    "smtp_ca_file": read_whole_path,
}
"""Every setting of mail and what reads it."""
