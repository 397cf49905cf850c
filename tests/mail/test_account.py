"""The account from the settings, and the password: found in its places, and shown in none."""

from __future__ import annotations

import os
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli import config, errors
from crm_cli.clock import Clock
from crm_cli.mail.account import Account, open_transport
from crm_cli.services.mail_account import account, mailbox_of
from crm_cli.session import Session

if TYPE_CHECKING:
    from tests.conftest import Crm

SECRET = "hunter2-Ä-secret"


def opened(crm: Crm) -> Session:
    return Session(
        path=crm.db, clock=Clock(datetime(2026, 6, 15, tzinfo=UTC).isoformat()),
        who=lambda: "tester", arguments=[],
    )  # fmt: skip


def secrets() -> dict[str, str]:
    user = config.read_user_file(config.config_path(os.environ))
    return config.mail_secrets(os.environ, user)


def account_of(crm: Crm, **said: Any) -> Account:
    session = opened(crm)
    try:
        return account(session, secrets(), **said)
    finally:
        session.close()


@pytest.fixture
def mail(crm: Crm) -> Crm:
    """A business with a mail server and a login there."""
    crm("config", "set", "sender", "Firm <shop@firm.ch>")
    crm("config", "set", "smtp_host", "smtp.firm.ch")
    crm("config", "set", "smtp_user", "shop")
    return crm


def private(tmp_path: Path, content: str = f"{SECRET}\nmore\n", mode: int = 0o600) -> Path:
    path = tmp_path / "pass word"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_settings_make_an_account(mail: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SMTP_PASSWORD", SECRET)
    mail("config", "set", "reply_to", "office@firm.ch")
    mail("config", "set", "mail_timeout", "7")
    found = account_of(mail)
    assert (found.via, found.host, found.port, found.security) == (
        "smtp", "smtp.firm.ch", None, "starttls",
    )  # fmt: skip
    assert (found.sender, found.reply_to) == ("Firm <shop@firm.ch>", "office@firm.ch")
    assert (found.user, found.password, found.timeout) == ("shop", SECRET, 7.0)
    assert SECRET not in repr(found) and SECRET not in str(found)


@pytest.mark.parametrize(
    ("host", "port", "security", "expected"),
    [
        ("smtp.firm.ch", None, None, "starttls"),
        ("smtp.firm.ch", "465", None, "tls"),
        ("smtp.firm.ch", "465", "starttls", "starttls"),
        ("127.0.0.1", "2525", None, "none"),
        ("localhost", None, None, "none"),
        ("localhost", None, "tls", "tls"),
        ("127.evil.example", None, None, "starttls"),
    ],
)
def test_the_security_that_is_meant(
    mail: Crm, host: str, port: str | None, security: str | None, expected: str
) -> None:
    mail("config", "unset", "smtp_user")
    for key, value in (("smtp_host", host), ("smtp_port", port), ("smtp_security", security)):
        if value:
            mail("config", "set", key, value)
    assert account_of(mail).security == expected


def test_a_name_that_only_looks_like_this_machine_gets_no_password_in_the_clear() -> None:
    way = Account(
        host="127.evil.example", security="none", user="ada", password=SECRET, sender="a@firm.ch"
    )
    with pytest.raises(errors.InvalidValue, match="for all to read"):
        open_transport(way, sys.stdout.buffer)


def test_nobody_to_send_from(crm: Crm) -> None:
    with pytest.raises(errors.InvalidValue, match="from whom") as failure:
        account_of(crm)
    assert "crm config set sender" in str(failure.value.hint)


def test_a_way_that_is_none(mail: Crm) -> None:
    with pytest.raises(errors.InvalidValue, match="pigeon"):
        account_of(mail, via="pigeon")


def test_the_mail_command_comes_from_outside_the_store(
    mail: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail("config", "set", "mail_command", "from file 'a b'")
    mail("config", "set", "mail_via", "command")
    assert account_of(mail).command == ("from", "file", "a b")
    assert "mail_command" not in mail("db", "sql", "SELECT key FROM settings").out
    monkeypatch.setenv("CRM_MAIL_COMMAND", "from environment")
    assert account_of(mail).command == ("from", "environment")
    assert account_of(mail, command="from option").command == ("from", "option")
    with pytest.raises(errors.InvalidValue, match="no command line"):
        account_of(mail, command="'open")


# -- the places of the password -----------------------------------------------------------------


def test_the_environment_comes_before_the_command_and_the_command_before_the_file(
    mail: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail("config", "set", "smtp_password_file", str(private(tmp_path)))
    assert account_of(mail).password == SECRET
    other = tmp_path / "other"
    other.write_text("other", encoding="utf-8")
    other.chmod(0o400)
    monkeypatch.setenv("CRM_SMTP_PASSWORD_FILE", str(other))
    assert account_of(mail).password == "other"
    printing = f"{shlex.quote(sys.executable)} -c \"print('by command')\""
    mail("config", "set", "smtp_password_command", printing)
    assert account_of(mail).password == "by command"
    monkeypatch.setenv("CRM_SMTP_PASSWORD_COMMAND", "printf 'by its variable\\r\\nmore'")
    assert account_of(mail).password == "by its variable"
    monkeypatch.setenv("CRM_SMTP_PASSWORD", "plain")
    assert account_of(mail).password == "plain"


def test_a_password_that_is_no_text(mail: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SMTP_PASSWORD", "\udcff")
    with pytest.raises(errors.InvalidValue, match="no UTF-8"):
        account_of(mail)


def test_no_password_is_looked_for_where_none_is_needed(
    mail: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_SMTP_PASSWORD_COMMAND", "/nowhere/pass")
    for via in ("sendmail", "stdout", "command"):
        assert account_of(mail, via=via).password is None
    mail("config", "unset", "smtp_user")
    assert account_of(mail).password is None


def test_a_user_without_password(mail: Crm) -> None:
    with pytest.raises(errors.InvalidValue, match="no password") as failure:
        account_of(mail)
    assert "CRM_SMTP_PASSWORD" in str(failure.value.hint)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_could_read_is_refused_with_the_line_that_mends_it(
    mail: Crm, tmp_path: Path, mode: int
) -> None:
    path = private(tmp_path, mode=mode)
    mail("config", "set", "smtp_password_file", str(path))
    with pytest.raises(errors.InvalidValue, match=f"mode {mode:04o}") as failure:
        account_of(mail)
    assert failure.value.hint == f"chmod 600 '{path}'"


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "no password on its first line"), ("\nx", "first line"), ("a\0b", "first line")],
)
def test_a_file_without_a_password(mail: Crm, tmp_path: Path, content: str, told: str) -> None:
    mail("config", "set", "smtp_password_file", str(private(tmp_path, content)))
    with pytest.raises(errors.InvalidValue, match=told):
        account_of(mail)


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo"])
def test_what_is_no_file_of_ones_own(mail: Crm, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "thing"
    if kind == "folder":
        path.mkdir(mode=0o700)
    elif kind == "fifo":
        os.mkfifo(path, 0o600)
    mail("config", "set", "smtp_password_file", str(path))
    with pytest.raises(errors.InvalidValue, match="smtp_password_file"):
        account_of(mail)


def test_a_file_of_somebody_else(
    mail: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = private(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    mail("config", "set", "smtp_password_file", str(path))
    with pytest.raises(errors.InvalidValue, match="somebody else"):
        account_of(mail)


@pytest.mark.parametrize(
    ("command", "kind", "told"),
    [
        ("false", errors.TryLater, "failed \\(exit 1\\)"),
        (f"sh -c 'echo {SECRET}; exit 2'", errors.TryLater, "failed \\(exit 2\\)"),
        ("sh -c 'exec sleep 60'", errors.TryLater, "took longer than 1 seconds"),
        ("/nowhere/pass", errors.InvalidValue, "No such file"),
        ("true", errors.InvalidValue, "no password on its first line"),
        ("printf '\\377'", errors.InvalidValue, "no UTF-8"),
        ("'", errors.InvalidValue, "no command line"),
    ],
)
def test_a_command_that_gives_no_password(
    mail: Crm, monkeypatch: pytest.MonkeyPatch, command: str, kind: type[errors.CrmError], told: str
) -> None:
    mail("config", "set", "mail_timeout", "1")
    monkeypatch.setenv("CRM_SMTP_PASSWORD_COMMAND", command)
    with pytest.raises(kind, match=told) as failure:
        account_of(mail)
    assert SECRET not in failure.value.message + str(failure.value.hint)


def test_a_password_command_has_no_shell(
    mail: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_SMTP_PASSWORD_COMMAND", f"echo x; touch {tmp_path}/ran")
    assert account_of(mail).password == f"x; touch {tmp_path}/ran"
    assert not (tmp_path / "ran").exists()


def test_the_password_is_shown_nowhere(
    mail: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = private(tmp_path)
    mail("config", "set", "smtp_password_file", str(path))
    said = mail("config", "set", "smtp_password_command", f"echo {SECRET}")
    monkeypatch.setenv("CRM_SMTP_PASSWORD", SECRET)
    commands = [
        ("config", "list"), ("config", "list", "--json"), ("config", "get", "smtp_password_command"),
        ("history",), ("history", "--json"), ("config", "list", "-f", "html"), ("db", "status"),
        ("db", "sql", "SELECT * FROM settings"),
    ]  # fmt: skip
    shown = [said, *(mail(*arguments, "--debug", code=None) for arguments in commands)]
    shown.append(mail("config", "set", "smtp_password", SECRET, "--debug", code=2))
    shown.append(mail("config", "set", "smtp_host", f"shop:{SECRET}@smtp.firm.ch", code=2))
    for run in shown:
        assert SECRET not in run.out + run.err, run
    assert "echo ..." in shown[1].out
    content = mail.db.read_bytes()
    assert SECRET.encode() not in content
    assert Path(config.config_path(os.environ)).stat().st_mode & 0o077 == 0


# -- whose address ------------------------------------------------------------------------------


def test_the_mailbox_of_an_owner(crm: Crm) -> None:
    crm("config", "set", "people", "Ada Lovelace <ada@firm.ch>, Bob <bob@firm.ch>")
    session = opened(crm)
    assert mailbox_of(session, "ada lovelace ") == "Ada Lovelace <ada@firm.ch>"
    assert mailbox_of(session, "BOB") == "Bob <bob@firm.ch>"
    assert mailbox_of(session, "carol@firm.ch") == "carol@firm.ch"
    assert mailbox_of(session, "Carol") is None
    assert mailbox_of(session, "") is None
    session.close()
