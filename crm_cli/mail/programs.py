"""Mail by a program of this machine: sendmail, or one the owner names."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.mail.account import PATIENCE
from crm_cli.mail.outcome import About, Fate, Outcome
from crm_cli.mail.replies import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.mail.account import Account

TEMPORARY = 75
"""EX_TEMPFAIL of sysexits.h, which crm itself answers with, too."""

_FOR_GOOD = 65
"""EX_DATAERR: it will never take this mail."""
_OF_THE_ADDRESS = frozenset({67, 68})
"""EX_NOUSER, EX_NOHOST."""
_OF_THE_SERVER = frozenset({64, 69, 70, 71, 72, 73, 74, 76, 77, 78, 126, 127})
"""Usage, service, operating system, files, protocol, permission, configuration; not startable."""
_LAST_SIGNAL = 64

PLACES = ("/usr/sbin", "/usr/lib", "/usr/local/sbin")
"""Where sendmail lies beside PATH: cron's is short."""


GRACE = 5.0
"""Seconds until a program that was killed has to be gone."""


class Program:
    """Starts a program for each mail, without a shell; the message is its standard input.

    ``{sender}`` and ``{recipient}`` as a whole argument stand for the bare addresses.
    """

    is_read_by_people = False

    def __init__(self, channel: str, arguments: tuple[str, ...], timeout: float) -> None:
        """Take the program and its arguments, and the seconds it may take for one mail."""
        self.channel = channel
        self._arguments = arguments
        self._timeout = timeout

    def deliver(
        self,
        message: bytes,
        sender: str,
        recipient: str,
        before_handing_over: Callable[[], None],
    ) -> Outcome:
        """Run the program. See Transport.deliver."""
        if recipient.startswith("-") or sender.startswith("-"):
            said = f"{words(recipient)}: a program would take an address with - for an option"
            return Outcome(Fate.REFUSED, said, About.ADDRESS)
        filled = {"{sender}": sender, "{recipient}": recipient}
        arguments = [filled.get(argument, argument) for argument in self._arguments]
        # Files, not pipes: a program that reads nothing or leaves a child behind blocks nobody.
        with ExitStack() as files:
            try:
                letter = files.enter_context(tempfile.TemporaryFile())
                spoken = files.enter_context(tempfile.TemporaryFile())
                letter.write(message.replace(b"\r\n", b"\n"))
                letter.seek(0)
            except OSError as error:
                told = f"{tempfile.gettempdir()}: {error.strerror or error}"
                return Outcome(Fate.TRY_LATER, told, About.SERVER)
            before_handing_over()
            try:
                started = subprocess.Popen(  # noqa: S603 - the owner's own program, no shell
                    arguments, stdin=letter, stdout=spoken, stderr=spoken, start_new_session=True
                )
            except (OSError, ValueError) as error:
                told = f"{words(arguments[0])}: {getattr(error, 'strerror', None) or error}"
                return Outcome(Fate.TRY_LATER, told, About.SERVER, None, handed_over=True)
            late = self._wait(started)
            spoken.seek(0)
            heard = words(spoken.read(2000))
        return self._outcome(started.returncode or 0, heard, late=late)

    def _wait(self, started: subprocess.Popen[bytes]) -> bool:
        """Wait for the program; kill it with its children when it is late, and say so."""
        try:
            started.wait(self._timeout)
        except subprocess.TimeoutExpired:
            with suppress(OSError):  # it may run as somebody else
                if hasattr(os, "killpg"):
                    os.killpg(started.pid, signal.SIGKILL)
                else:
                    started.kill()
            with suppress(subprocess.TimeoutExpired):
                started.wait(GRACE)
            return True
        return False

    def _outcome(self, status: int, heard: str, *, late: bool) -> Outcome:
        name = words(self._arguments[0].rpartition("/")[2])
        if late:
            told = f"{name}: not done after {self._timeout:g} seconds, and stopped"
            return Outcome(Fate.UNKNOWN, told, About.SERVER, None, handed_over=True)
        if status == 0:
            return Outcome(Fate.DELIVERED, heard, None, 0, handed_over=True)
        told = f"{name}: {heard or 'no words'} (exit {status})"
        if status < 0 or status > 128:
            number = -status if status < 0 else status - 128
            if number <= _LAST_SIGNAL:
                told = f"{name}: stopped by signal {number}"
            return Outcome(Fate.UNKNOWN, told, About.SERVER, status, handed_over=True)
        if status == TEMPORARY:
            return Outcome(Fate.TRY_LATER, told, About.SERVER, status, handed_over=True)
        if status in _OF_THE_SERVER:
            return Outcome(Fate.REFUSED, told, About.SERVER, status, handed_over=True)
        if status in _OF_THE_ADDRESS or status == _FOR_GOOD:
            about = About.MESSAGE if status == _FOR_GOOD else About.ADDRESS
            return Outcome(Fate.REFUSED, told, about, status, handed_over=True)
        # Most programs have one word for every failure, and most failures pass: no network.
        return Outcome(Fate.TRY_LATER, told, About.MESSAGE, status, handed_over=True)

    def close(self) -> None:
        """Nothing is open."""


def sendmail(account: Account) -> Program:
    """Return ``sendmail -i -f SENDER RECIPIENT``. Raises InvalidValue where there is none."""
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), *PLACES))
    found = shutil.which("sendmail", path=places)
    if found is None:
        raise errors.InvalidValue(
            "there is no sendmail on this machine",
            hint="set smtp_host and use --via smtp, or install a mail server",
        )
    arguments = (found, "-i", "-f", "{sender}", "{recipient}")
    return Program("sendmail", arguments, account.timeout * PATIENCE)


def command(account: Account) -> Program:
    """Return the owner's own program. Raises InvalidValue where none is named or found."""
    if not account.command:
        raise errors.InvalidValue(
            "no mail command is named",
            hint="set CRM_MAIL_COMMAND, or mail_command in your settings file",
        )
    if shutil.which(account.command[0]) is None:
        raise errors.InvalidValue(
            f"mail command {words(account.command[0])}: there is no such program",
            hint="write its whole path",
        )
    return Program("command", account.command, account.timeout * PATIENCE)
