"""The password of the mail server: from the environment, a program, or a file of one's own."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import has_lone_surrogate, safe

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 4096
"""Bytes of a password; a file that holds more is another file."""


def password(secrets: Mapping[str, str], timeout: float) -> str | None:
    """Return the password that ``config.mail_secrets`` leads to, None where none is named.

    Raises InvalidValue for a program or file that cannot be used or must not be, TryLater for a
    program that fails or takes longer than ``timeout`` seconds. No message holds a password.
    """
    if "password" in secrets:
        if has_lone_surrogate(secrets["password"]):
            raise errors.InvalidValue("CRM_SMTP_PASSWORD: the password is no UTF-8 text")
        return secrets["password"]
    if "password_command" in secrets:
        return _of_command(secrets["password_command"], timeout)
    if "password_file" in secrets:
        return _of_file(Path(secrets["password_file"]).expanduser())
    return None


def words_of(command: str, what: str) -> tuple[str, ...]:
    """Return a command line's words, without a shell. Raises InvalidValue."""
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError:
        words = []
    if not words:
        raise errors.InvalidValue(
            f"{what} is no command line", hint="check its quotes; a shell is: sh -c '...'"
        )
    return tuple(words)


def _of_command(command: str, timeout: float) -> str:
    words = words_of(command, "smtp_password_command")
    name = safe(words[0])
    try:
        # Its questions and errors go to the terminal; what it prints is the password.
        done = subprocess.run(  # noqa: S603 - the owner's own program, no shell
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise errors.TryLater(
            f"smtp_password_command: {name} took longer than {timeout:g} seconds",
            hint="run it by hand; under cron nobody can answer its questions",
        ) from None
    except OSError as failure:
        raise errors.InvalidValue(
            f"smtp_password_command: {name}: {failure.strerror}", hint="write its whole path"
        ) from None
    if done.returncode != 0:
        raise errors.TryLater(
            f"smtp_password_command: {name} failed (exit {done.returncode})",
            hint="run it by hand; under cron nobody can answer its questions",
        )
    return _first_line(done.stdout[:LONGEST], f"smtp_password_command: {name}")


def _of_file(path: Path) -> str:
    where = f"smtp_password_file: {safe(str(path))}"
    try:
        # A pipe would be waited for without end.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(number, "rb") as file:  # noqa: PTH123 - a number
            found = os.fstat(file.fileno())
            _check_private(found, where, path)
            content = file.read(LONGEST)
    except OSError as failure:
        raise errors.InvalidValue(
            f"{where}: {failure.strerror}", hint="name a file of your own with the password in it"
        ) from None
    return _first_line(content, where)


def _check_private(found: os.stat_result, where: str, path: Path) -> None:
    if os.name == "nt":  # rights are kept elsewhere there
        return
    if not stat.S_ISREG(found.st_mode):
        raise errors.InvalidValue(f"{where} is no file")
    if found.st_uid != os.geteuid():
        raise errors.InvalidValue(
            f"{where} belongs to somebody else", hint="make a file of your own"
        )
    if found.st_mode & 0o077:
        raise errors.InvalidValue(
            f"{where} can be read by others (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"chmod 600 {shlex.quote(str(path))}",
        )


def _first_line(content: bytes, where: str) -> str:
    line = content.partition(b"\n")[0].rstrip(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise errors.InvalidValue(f"{where}: the password is no UTF-8 text") from None
    if not text or "\0" in text:
        raise errors.InvalidValue(f"{where}: there is no password on its first line")
    return text
