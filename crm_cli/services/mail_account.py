"""The account that mail leaves by: the business's settings, and secrets from outside the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.mail_settings import WAYS, is_this_machine, people
from crm_cli.mail.account import Account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.session import Session


_KEYS = (
    "sender", "reply_to", "mail_via", "mail_timeout", "smtp_host", "smtp_port", "smtp_security",
    "smtp_user", "smtp_ca_file",
)  # fmt: skip


def account(
    session: Session,
    secrets: Mapping[str, str],
    *,
    via: str | None = None,
    command: str | None = None,
    rehearses: bool = False,
) -> Account:
    """Return how mail leaves in this run.

    ``secrets`` is what ``config.mail_secrets`` found, ``via`` and ``command`` what the command
    line said. A password is read only where one is needed, which may run a program: call this
    when there is something to send, and with no unit open. Whoever only ``rehearses`` is told
    where no password is named, and gets none. Raises InvalidValue for settings that cannot be
    meant or lack something, TryLater for a password that cannot be had now.
    """
    settings = {key: session.setting(key) for key in _KEYS}
    way = via or ("command" if command else settings["mail_via"])
    if way not in WAYS:
        raise errors.InvalidValue(f"{way!r} is no way for mail", hint=f"write {', '.join(WAYS)}")
    if not settings["sender"]:
        raise errors.InvalidValue(
            "nobody is set from whom mail comes",
            hint="crm config set sender 'Your Business <you@example.com>'",
        )
    timeout = float(settings["mail_timeout"])
    words: tuple[str, ...] = ()
    secret = None
    if way == "command" and (command or "mail_command" in secrets):
        from crm_cli.mail.password import words_of

        words = words_of(command or secrets["mail_command"], "mail_command")
    elif way == "smtp" and settings["smtp_user"]:
        secret = _password(secrets, timeout, rehearses=rehearses)
    return Account(
        via=way,
        sender=settings["sender"],
        reply_to=settings["reply_to"],
        host=settings["smtp_host"],
        port=int(settings["smtp_port"]) if settings["smtp_port"] else None,
        security=settings["smtp_security"] or _usual_security(settings),
        user=settings["smtp_user"],
        password=secret,
        ca_file=settings["smtp_ca_file"],
        command=words,
        timeout=timeout,
    )


def mailbox_of(session: Session, owner: str) -> str | None:
    """Return the mailbox of a record's owner after the setting ``people``, None if unknown.

    An owner that is an e-mail address is its own mailbox.
    """
    found = people(session.setting("people")).get(owner.strip().lower())
    if found is None and "@" in owner and " " not in owner.strip():
        return owner.strip()
    return found


def _usual_security(settings: Mapping[str, str]) -> str:
    """Port 465 speaks TLS from the first byte on; on this machine nobody listens in."""
    if settings["smtp_port"] == "465":
        return "tls"
    return "none" if is_this_machine(settings["smtp_host"]) else "starttls"


def _password(secrets: Mapping[str, str], timeout: float, *, rehearses: bool) -> str | None:
    if rehearses and secrets.keys() & {"password", "password_command", "password_file"}:
        return None
    from crm_cli.mail.password import password

    found = password(secrets, timeout)
    if found is None:
        raise errors.InvalidValue(
            "smtp_user is set, and there is no password for it",
            hint="set CRM_SMTP_PASSWORD, or: crm config set smtp_password_file PATH (mode 0600)",
        )
    return found
