"""Mail over SMTP, with exact knowledge of what is certain.

Until the last dot of a message has been given to the operating system, the server must throw
away what it has (RFC 5321, 4.1.1.4): whatever breaks before is certainly not delivered. From then
on until the answer has been read nobody knows. Everything here is arranged around that moment.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.mail_settings import SECURITY, is_this_machine
from crm_cli.mail.account import PATIENCE, PORTS
from crm_cli.mail.dialogue import Dialogue, TooSlow
from crm_cli.mail.outcome import About, Fate, Outcome
from crm_cli.mail.replies import of_recipient, of_sender, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.mail.account import Account

_PIECE = 65_536
_CLOSING = 421
"""The server hangs up, whatever it was asked."""


class _Failed(Exception):
    """A step before the message's data did not succeed; nothing of it has left."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.said)
        self.outcome = outcome


class Smtp:
    """One server; the connection is opened by the first mail and kept for the next ones."""

    channel = "smtp"
    is_read_by_people = False

    def __init__(self, account: Account) -> None:
        """Check the account. Raises InvalidValue for one that cannot be meant."""
        if not account.host:
            raise errors.InvalidValue(
                "no mail server is set",
                hint="crm config set smtp_host smtp.example.com, or use --via sendmail",
            )
        if account.security not in SECURITY:
            raise errors.InvalidValue(
                f"{account.security!r} is no security", hint=f"write {', '.join(SECURITY)}"
            )
        if account.security == "none" and account.user and not is_this_machine(account.host):
            raise errors.InvalidValue(
                "smtp_security none would send the password for all to read",
                hint="crm config set smtp_security starttls, or unset smtp_user",
            )
        self._account = account
        self._port = account.port or PORTS[account.security]
        self._tls = None if account.security == "none" else _tls_of(account)
        self._open: Dialogue | None = None

    # -- what the protocol of transports promises ---------------------------------------------

    def deliver(
        self,
        message: bytes,
        sender: str,
        recipient: str,
        before_handing_over: Callable[[], None],
    ) -> Outcome:
        """Send one mail. See Transport.deliver."""
        try:
            dialogue = self._agreed(message, sender, recipient)
        except _Failed as failure:
            return failure.outcome
        try:
            before_handing_over()
        except BaseException:
            # The server waits for data; without a last dot it throws the mail away.
            self._drop()
            raise
        return self._hand_over(dialogue, message)

    def close(self) -> None:
        """Say QUIT and hang up."""
        dialogue, self._open = self._open, None
        if dialogue is None:
            return
        try:
            dialogue.allow(min(self._account.timeout, 5.0))
            dialogue.docmd("QUIT")
        except (OSError, smtplib.SMTPException):
            pass
        dialogue.close()

    # -- before the data ------------------------------------------------------------------------

    def _agreed(self, message: bytes, sender: str, recipient: str) -> Dialogue:
        """Return the dialogue after the server has answered 354. Raises _Failed."""
        kept = self._open
        if kept is not None:
            try:
                return self._envelope(kept, message, sender, recipient)
            except (smtplib.SMTPServerDisconnected, TooSlow):
                # Servers hang up on a connection that was silent for long: open a new one.
                self._drop()
            except _Failed as failure:
                # Or they say so: enough mails over this one, or enough silence.
                if failure.outcome.code != _CLOSING:
                    raise
        try:
            return self._envelope(self._connected(), message, sender, recipient)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise _Failed(
                Outcome(Fate.TRY_LATER, f"{self._name}: {_reason(error)}", About.SERVER)
            ) from error

    def _envelope(
        self, dialogue: Dialogue, message: bytes, sender: str, recipient: str
    ) -> Dialogue:
        dialogue.allow(self._account.timeout, PATIENCE)
        options = []
        if dialogue.has_extn("size"):
            options.append(f"size={len(message)}")
        if not message.isascii() and dialogue.has_extn("8bitmime"):
            options.append("body=8bitmime")
        if not (sender.isascii() and recipient.isascii() and _head(message).isascii()):
            if not dialogue.has_extn("smtputf8"):
                self._reset(dialogue)
                raise _Failed(
                    Outcome(
                        Fate.REFUSED,
                        f"{self._name} takes no addresses outside ASCII (no SMTPUTF8):"
                        f" {words(recipient if not recipient.isascii() else sender)}",
                        About.ADDRESS if not recipient.isascii() else About.SERVER,
                    )
                )
            options.append("SMTPUTF8")
        code, said = dialogue.mail(sender, options)
        self._demand(dialogue, code, said, about=of_sender(code, said))
        code, said = dialogue.rcpt(recipient)
        self._demand(dialogue, code, said, about=of_recipient(code, said))
        code, said = dialogue.docmd("DATA")
        if code != 354:
            self._demand(dialogue, code, said, about=About.MESSAGE, expected=354)
        return dialogue

    def _demand(
        self, dialogue: Dialogue, code: int, said: bytes, *, about: About, expected: int = 250
    ) -> None:
        """Raise _Failed unless the server agreed; the connection is made fit for the next mail."""
        if code == expected or (expected == 250 and code == 251):
            return
        if code == _CLOSING or not 400 <= code <= 599:
            self._drop()
            if code == _CLOSING:
                about = About.SERVER
        else:
            self._reset(dialogue)
        raise _Failed(_refusal(code, said, about))

    def _reset(self, dialogue: Dialogue) -> None:
        try:
            code, _ = dialogue.rset()
        except (OSError, smtplib.SMTPException):
            code = -1
        if code != 250:
            self._drop()

    # -- the data -------------------------------------------------------------------------------

    def _hand_over(self, dialogue: Dialogue, message: bytes) -> Outcome:
        data = _quoted(message)
        try:
            dialogue.allow(self._account.timeout, PATIENCE)
            for start in range(0, len(data), _PIECE):
                dialogue.send(data[start : start + _PIECE])
            early = dialogue.spoken_early()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            said = f"{self._name}: cut off before the end of the message: {_reason(error)}"
            return Outcome(Fate.TRY_LATER, said, About.SERVER, None, handed_over=True)
        except BaseException:
            self._drop()
            raise
        if early is not None:
            # The server answered, or hung up, in the middle of the message: it has not seen the
            # last dot, and never will.
            self._drop()
            code, said_early = early
            outcome = _refusal(code, said_early, About.MESSAGE)
            return outcome._replace(handed_over=True)
        return self._answer(dialogue)

    def _answer(self, dialogue: Dialogue) -> Outcome:
        """Send the last dot and read what the server says."""
        try:
            # The longest wait of all: who hangs up on a slow server here knows nothing.
            dialogue.allow(self._account.timeout * PATIENCE)
            dialogue.send(b".\r\n")
        except (OSError, smtplib.SMTPException) as error:
            # Not all of the three bytes were taken, so that the message has no end.
            self._drop()
            told = f"{self._name}: cut off before the end of the message: {_reason(error)}"
            return Outcome(Fate.TRY_LATER, told, About.SERVER, None, handed_over=True)
        except BaseException:
            self._drop()
            raise
        try:
            code, said = dialogue.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            told = f"{self._name}: no answer after the end of the message: {_reason(error)}"
            return Outcome(Fate.UNKNOWN, told, About.SERVER, None, handed_over=True)
        except BaseException:
            self._drop()
            raise
        if 200 <= code <= 299:
            return Outcome(Fate.DELIVERED, words(said), None, code, handed_over=True)
        if not 400 <= code <= 599:
            self._drop()
            told = f"{self._name}: an answer that means nothing: {code} {words(said)}"
            return Outcome(Fate.UNKNOWN, told, About.SERVER, code, handed_over=True)
        if code == _CLOSING:
            self._drop()
        about = About.SERVER if code == _CLOSING else About.MESSAGE
        return _refusal(code, said, about)._replace(handed_over=True)

    # -- the connection -------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return f"{words(self._account.host)}:{self._port}"

    def _drop(self) -> None:
        dialogue, self._open = self._open, None
        if dialogue is not None:
            dialogue.close()

    def _connected(self) -> Dialogue:
        """Return a new connection, greeted, encrypted and logged in. Raises _Failed, OSError."""
        account = self._account
        dialogue = self._open = Dialogue(account.host, account.timeout)
        dialogue.allow(account.timeout, PATIENCE)
        if account.security == "tls":
            dialogue.tls = self._tls
        self._demand_from(
            *dialogue.connect(account.host, self._port), step="greeting", expected=220
        )
        self._hello(dialogue)
        if account.security == "starttls":
            if not dialogue.has_extn("starttls"):
                self._drop()
                said = f"{self._name} offers no STARTTLS; nothing was sent unencrypted"
                raise _Failed(Outcome(Fate.TRY_LATER, said, About.SERVER))
            self._demand_from(*dialogue.starttls(context=self._tls), step="STARTTLS", expected=220)
            self._hello(dialogue)
        if account.user:
            self._log_in(dialogue)
        return dialogue

    def _hello(self, dialogue: Dialogue) -> None:
        code, said = dialogue.ehlo()
        if code != 250 and self._account.security != "starttls":
            code, said = dialogue.helo()
        self._demand_from(code, said, step="EHLO")

    def _demand_from(self, code: int, said: bytes, *, step: str, expected: int = 250) -> None:
        if code != expected:
            self._drop()
            outcome = _refusal(code, said, About.SERVER)
            raise _Failed(outcome._replace(said=f"{self._name}, {step}: {outcome.said}"))

    def _log_in(self, dialogue: Dialogue) -> None:
        user, password = self._account.user, self._account.password or ""
        refused = ""
        try:
            if (user + password).isascii():
                dialogue.login(user, password)
            elif "PLAIN" in dialogue.esmtp_features.get("auth", "").upper().split():
                # smtplib knows ASCII alone; PLAIN is UTF-8 (RFC 4616).
                secret = b64encode(f"\0{user}\0{password}".encode()).decode()
                code, said = dialogue.docmd("AUTH", f"PLAIN {secret}")
                said = _without(said, user, password)
                self._demand_from(code, said, step="login", expected=235)
            else:
                refused = "this server takes only ASCII in user and password"
        except smtplib.SMTPResponseException as error:
            # The server's words alone: an exception may hold what was sent.
            told = error.smtp_error
            told = told.encode() if isinstance(told, str) else told
            told = _without(told, user, password)
            self._demand_from(error.smtp_code, told, step="login", expected=235)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException:
            refused = "this server offers no login that is known; with none, unset smtp_user"
        except ValueError:  # its challenge is no base64
            refused = "this server asks for the login in a way that cannot be read"
        if refused:
            self._drop()
            raise _Failed(Outcome(Fate.REFUSED, f"{self._name}: {refused}", About.SERVER))


def _tls_of(account: Account) -> ssl.SSLContext:
    """Return a context that checks the server's certificate and name."""
    try:
        return ssl.create_default_context(cafile=account.ca_file or None)
    except (OSError, ValueError) as error:
        raise errors.InvalidValue(
            f"smtp_ca_file: {words(account.ca_file)} holds no certificates: {_reason(error)}",
            hint="name a PEM file, or unset smtp_ca_file",
        ) from None


def _without(said: bytes, user: str, password: str) -> bytes:
    """Return what a server said of a login without the password, were it to repeat it."""
    secret = password.encode()
    forms = (b64encode(b"\0%b\0%b" % (user.encode(), secret)), b64encode(secret), secret)
    for form in filter(None, forms):
        said = said.replace(form, b"...")
    return said


def _quoted(message: bytes) -> bytes:
    """Return a message as DATA wants it: CRLF line ends only, a dot before each first dot."""
    data = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    data = re.sub(rb"(?m)^\.", b"..", data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def _head(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[0]


def _refusal(code: int, said: bytes, about: About) -> Outcome:
    told = f"{code} {words(said)}".strip() if code > 0 else words(said) or "an empty answer"
    if 500 <= code <= 599:
        return Outcome(Fate.REFUSED, told, about, code)
    # An address is marked as bad only by a refusal for good.
    about = About.MESSAGE if about is About.ADDRESS else about
    return Outcome(Fate.TRY_LATER, told, about, code if code > 0 else None)


def _reason(error: BaseException) -> str:
    """Return why a connection failed, without Python's own wrapping."""
    if isinstance(error, (TooSlow, socket.gaierror, ssl.SSLCertVerificationError)):
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate does not hold: {error.verify_message}"
        return str(error.args[-1])
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the connection was lost"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return words(error.strerror)
    return words(str(error))
