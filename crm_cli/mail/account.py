"""Everything a transport needs to know, as one plain value; and the transport made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.mail_settings import WAYS

if TYPE_CHECKING:
    from typing import BinaryIO

    from crm_cli.mail.transport import Transport

PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Port by security, where none is set."""

TIMEOUT = 30.0
"""Seconds that a server may let one answer wait."""

PATIENCE = 5
"""How many time-outs one mail may take in all: its way to the data, the data, the answer after
it, or a program's whole work. However often a server says a little, a run goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How mail leaves: ``via`` is one of ``WAYS``, which are also the channels of the ledger.

    ``sender`` and ``reply_to`` are ``name@example.com`` or ``Name <name@example.com>``. ``port``
    None is the usual one of ``security``. ``command`` is the program and its arguments.
    The password never appears in ``repr``.
    """

    via: str = "smtp"
    sender: str = ""
    reply_to: str = ""
    host: str = ""
    port: int | None = None
    security: str = "starttls"
    user: str = ""
    password: str | None = field(default=None, repr=False)
    ca_file: str = ""
    command: tuple[str, ...] = ()
    timeout: float = TIMEOUT


def open_transport(account: Account, stdout: BinaryIO) -> Transport:
    """Return the transport of an account; nothing is connected or started yet.

    ``stdout`` is where the way ``stdout`` writes. Raises UsageError or InvalidValue for an
    account that lacks what its way needs.
    """
    if account.via == "smtp":
        from crm_cli.mail.smtp import Smtp

        return Smtp(account)
    if account.via == "stdout":
        from crm_cli.mail.stdout import Stdout

        return Stdout(stdout)
    if account.via == "sendmail":
        from crm_cli.mail.programs import sendmail

        return sendmail(account)
    if account.via == "command":
        from crm_cli.mail.programs import command

        return command(account)
    raise errors.InvalidValue(
        f"{account.via!r} is no way for mail", hint=f"ways are {', '.join(WAYS)}"
    )
