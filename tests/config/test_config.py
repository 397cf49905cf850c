"""``crm config``: whose setting it is, where it comes from, and what it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli import errors
from crm_cli.domain import business

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings" / "config.toml"
    monkeypatch.setenv("CRM_CONFIG", str(path))
    return path


def test_list_says_where_each_comes_from(
    crm: Crm, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm("config", "set", "timezone", "Europe/Zurich")
    crm("config", "set", "dates", "dmy")
    monkeypatch.setenv("NO_COLOR", "1")
    rows = {row["key"]: row for row in crm.json("config", "list")}
    assert set(rows) == {
        "timezone", "currency", "country", "working_hours", "holidays", "first_weekday",
        "remind_every", "lead_scoring", "sender", "reply_to", "remind_to", "people", "mail_via", "mail_templates",
        "mail_timeout", "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_ca_file",
        "db", "format", "color", "dates", "smtp_password_command", "smtp_password_file",
        "mail_command",
    }  # fmt: skip
    found = {key: (rows[key]["value"], rows[key]["source"]) for key in rows}
    assert found["timezone"] == ("Europe/Zurich", "store")
    assert found["currency"] == ("EUR", "default")
    assert found["dates"] == ("dmy", "file")
    assert found["color"] == ("never", "environment")
    assert found["db"] == (str(crm.db), "environment")
    assert found["format"] == ("table", "default")
    by_option = {row["key"]: row for row in crm.json("config", "list", "--color", "always")}
    assert (by_option["color"]["value"], by_option["color"]["source"]) == ("always", "option")


def test_get_prints_the_bare_value(crm: Crm) -> None:
    assert crm("config", "get", "currency").out == "EUR\n"
    assert crm("config", "get", "country").out == "\n"
    assert crm.json("config", "get", "currency")["value"] == "EUR"


def test_the_list_says_what_a_setting_decides_today(crm: Crm) -> None:
    """What nothing uses yet is said to be so: a weekday set must not look like a week moved."""
    about = {row["key"]: row["about"] for row in crm.json("config", "list")}
    assert all(about.values())
    idle = {key for key, words in about.items() if words.startswith("nothing yet")}
    assert idle == {"first_weekday"}
    assert "weeks of reports begin on Monday" in crm("config", "list").out


@pytest.mark.parametrize("kept", ["markdown", "json", "ids"])
def test_a_script_reads_the_bare_value_whatever_format_is_set(crm: Crm, kept: str) -> None:
    crm("config", "set", "format", kept)
    assert crm("config", "get", "currency").out == "EUR\n"
    assert crm("config", "get", "currency", "-f", "table").out == "EUR\n"
    assert crm("config", "get", "currency", "-f", "csv").out.startswith("key,value")


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("timezone", "europe/zurich", "Europe/Zurich"),
        ("timezone", "America/New York", "America/New_York"),
        ("currency", "chf", "CHF"),
        ("country", "ch", "CH"),
        ("country", "UK", "GB"),
        ("country", "Switzerland", "CH"),
        ("first_weekday", "sun", "sunday"),
        ("working_hours", "always", "always"),
        ("working_hours", "Mon-Fri 9-17", "mon-fri 09:00-17:00"),
        (
            "working_hours",
            "sat 10-12,13-16; mon 8:30-24",
            "mon 08:30-24:00; sat 10:00-12:00,13:00-16:00",
        ),
        ("working_hours", "fri-mon 9-12", "mon 09:00-12:00; fri-sun 09:00-12:00"),
        ("working_hours", "mon,tue,wed 9-12", "mon-wed 09:00-12:00"),
        ("holidays", "2027-03-29, 12-25 12-25", "12-25, 2027-03-29"),
        ("sender", "Ada@Example.com", "ada@example.com"),
        ("sender", "Ada  Lovelace <Ada@Example.com>", "Ada Lovelace <ada@example.com>"),
        ("remind_to", "b@firm.ch; Ada <A@firm.ch>,b@firm.ch", "b@firm.ch, Ada <a@firm.ch>"),
        ("people", "Ada <Ada@firm.ch>,Bob <b@firm.ch>", "Ada <ada@firm.ch>, Bob <b@firm.ch>"),
        ("mail_via", "SMTP", "smtp"),
        ("mail_timeout", "5", "5"),
        ("mail_templates", "/home/ada/mail", "/home/ada/mail"),
        ("smtp_host", "SMTP.Example.com", "smtp.example.com"),
        ("smtp_host", "::1", "::1"),
        ("smtp_port", "0587", "587"),
        ("smtp_security", "SSL", "tls"),
        ("smtp_user", "ada@firm.ch", "ada@firm.ch"),
    ],
)
def test_a_setting_is_kept_in_one_spelling(crm: Crm, key: str, typed: str, stored: str) -> None:
    assert crm.json("config", "set", key, typed)["value"] == stored
    assert crm("config", "get", key).out == f"{stored}\n"
    assert "nothing changed" in crm("config", "set", key, typed).err


@pytest.mark.parametrize(
    ("key", "typed", "hint"),
    [
        ("timezone", "Europe/Zurch", "Europe/Zurich"),
        ("timezone", "zurich", "Europe/Zurich"),
        ("timezone", "../../etc/passwd", "Europe/Zurich"),
        ("timezone", "x\x00y", "Europe/Zurich"),
        ("currency", "EURO", "EUR"),
        ("country", "XX", "CH"),
        ("country", "Switzerlnd", "CH"),
        ("first_weekday", "s", "monday"),
        ("working_hours", "9-17", "mon-fri"),
        ("working_hours", "mon 17-9", "mon-fri"),
        ("working_hours", "mon 9-12,11-14", "mon-fri"),
        ("working_hours", "mon 9-25", "mon-fri"),
        ("holidays", "christmas", "12-25"),
        ("holidays", "2027-02-30", "12-25"),
        ("sender", "nobody", "name@example.com"),
        ("remind_to", "ada@firm.ch, nobody", "name@example.com"),
        ("people", "ada@firm.ch", "Ada <ada@firm.ch>"),
        ("people", "Ada <a@firm.ch>, ada <b@firm.ch>", "one address a name"),
        ("mail_via", "pigeon", "sendmail"),
        ("mail_timeout", "0", "600"),
        ("mail_templates", "templates", "from the root"),
        ("smtp_host", "smtp.example.com:587", "port"),
        ("smtp_host", "a b", "smtp.example.com"),
        ("smtp_port", "70000", "587"),
        ("smtp_port", "²5", "587"),
        ("smtp_security", "yes", "starttls"),
        ("smtp_password", "x", "CRM_SMTP_PASSWORD"),
        ("sender", "", "unset"),
        ("color", "pink", "always"),
        ("format", "yaml", "json"),
    ],
)
def test_what_cannot_be_is_refused(crm: Crm, key: str, typed: str, hint: str) -> None:
    error = crm("config", "set", key, typed, "--json", code=2).error
    assert error["code"] == "invalid"
    assert hint in error["hint"]
    assert not crm.db.exists()


@pytest.mark.parametrize("command", [("get",), ("set",), ("unset",)])
def test_an_unknown_setting_names_the_nearest(crm: Crm, command: tuple[str]) -> None:
    value = ("x",) if command == ("set",) else ()
    error = crm("config", *command, "time-zone", *value, "--json", code=2).error
    assert "did you mean timezone?" in error["hint"]
    assert "format" in error["hint"]


def test_a_business_setting_is_undone_and_redone(crm: Crm) -> None:
    crm("config", "set", "currency", "CHF")
    crm("config", "set", "currency", "USD")
    crm("undo")
    assert crm("config", "get", "currency").out == "CHF\n"
    crm("undo")
    assert crm("config", "get", "currency").out == "EUR\n"
    crm("redo")
    assert crm("config", "get", "currency").out == "CHF\n"
    crm("config", "unset", "currency")
    assert crm.json("config", "get", "currency")["source"] == "default"
    crm("undo")
    assert crm.json("config", "get", "currency")["source"] == "store"


def test_the_time_zone_decides_what_today_is(crm: Crm) -> None:
    crm("config", "set", "timezone", "Pacific/Auckland")
    rate = crm.json("config", "rate", "add", "USD", "0.9", "--now", "2026-06-15T20:00:00Z")
    assert rate["on"] == "2026-06-16"


def test_a_rehearsal_writes_nothing(crm: Crm, user_file: Path) -> None:
    assert crm.json("config", "set", "currency", "CHF", "--dry-run")["value"] == "CHF"
    crm("config", "set", "format", "json", "--dry-run")
    assert not crm.db.exists()
    assert not user_file.exists()


def test_a_personal_setting_is_written_with_care(crm: Crm, user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text('# mine\nformat = "csv"  # for the sheet\n')
    run = crm("config", "set", "color", "never")
    assert str(user_file) in run.err
    assert "undo" in run.err
    assert user_file.read_text() == '# mine\nformat = "csv"  # for the sheet\ncolor = "never"\n'
    assert user_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in user_file.parent.iterdir()] == ["config.toml"]
    crm("config", "unset", "color")
    assert user_file.read_text() == '# mine\nformat = "csv"  # for the sheet\n'
    crm("config", "unset", "color")
    assert not crm.db.exists()


def test_the_format_of_the_file_is_used(crm: Crm, user_file: Path) -> None:
    crm("config", "set", "format", "json")
    assert crm("contact", "list").out.strip() == "[]"
    assert crm("contact", "list", "-f", "csv").out.startswith("id,")


def test_a_store_is_kept_as_an_absolute_path(
    crm: Crm, user_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    crm("config", "set", "db", "mine.db")
    assert f'db = "{tmp_path / "mine.db"}"' in user_file.read_text()
    monkeypatch.delenv("CRM_DB")
    monkeypatch.chdir("/")
    crm("contact", "add", "Ada")
    assert (tmp_path / "mine.db").exists()


def test_a_linked_file_stays_a_link(crm: Crm, user_file: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text('format = "csv"\n')
    user_file.parent.mkdir()
    user_file.symlink_to(tmp_path / "dotfiles.toml")
    crm("config", "set", "color", "never")
    assert user_file.is_symlink()
    assert 'color = "never"' in (tmp_path / "dotfiles.toml").read_text()


@pytest.mark.parametrize(
    "content",
    [b"format = ", b'colour = "never"\n', b"format = 3\n", b'format = "yaml"\n', b"\xff\xfe\x00",
     b"[format]\nx = 1\n"],
)  # fmt: skip
def test_a_broken_file_is_named_and_left_alone(crm: Crm, user_file: Path, content: bytes) -> None:
    user_file.parent.mkdir()
    user_file.write_bytes(content)
    run = crm("contact", "list", code=2)
    assert str(user_file) in run.err
    assert len(run.err.splitlines()) == 2
    assert user_file.read_bytes() == content


def test_a_folder_for_a_settings_file(crm: Crm, user_file: Path) -> None:
    user_file.mkdir(parents=True)
    assert crm("contact", "list", "--json", code=2).error["code"] == "invalid"


def test_a_wrong_value_in_the_file_can_be_set_right(crm: Crm, user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text('format = "yaml"\n')
    crm("config", "set", "format", "json")
    assert user_file.read_text() == 'format = "json"\n'


def test_global_options_before_it_do_not_keep_config_from_mending(
    crm: Crm, user_file: Path
) -> None:
    user_file.parent.mkdir()
    user_file.write_text('color = "pink"\n')
    crm("--db", crm.db, "config", "set", "color", "never")
    assert user_file.read_text() == 'color = "never"\n'


def test_a_json_format_of_the_file_makes_errors_json_too(crm: Crm, user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text('format = "json"\n')
    assert crm("contact", "show", "99", code=3).error["code"] == "not-found"
    assert "crm: no contact" in crm("contact", "show", "99", "-f", "table", code=3).err


def test_holidays_of_a_year() -> None:
    days = business.parse_holidays("02-29, 12-25, 2027-03-29", 2027)
    assert sorted(day.isoformat() for day in days) == ["2027-03-29", "2027-12-25"]
    assert len(business.parse_holidays("02-29, 12-25", 2028)) == 2


def test_working_hours_as_spans() -> None:
    spans = business.parse_working_hours("fri 13-24; fri 9-12")
    assert [(s.weekday, s.opens.hour, s.closes and s.closes.hour) for s in spans] == [
        (4, 9, 12), (4, 13, None)
    ]  # fmt: skip
    with pytest.raises(errors.InvalidValue):
        business.parse_working_hours("fri 13-24; fri 23-24")


def test_a_rehearsal_shows_the_value_as_it_would_be(crm: Crm, user_file: Path) -> None:
    """Set and unset alike; the file stays as it is."""
    assert crm.json("config", "set", "dates", "dmy", "--dry-run") == {
        "key": "dates", "value": "dmy", "source": "file", "scope": "personal",
        "about": "how 03/04/2027 is meant without --dates",
    }  # fmt: skip
    assert not user_file.exists()
    crm("config", "set", "dates", "mdy")
    shown = crm.json("config", "unset", "dates", "--dry-run")
    assert (shown["value"], shown["source"]) == (None, "default")
    assert crm("config", "get", "dates").out == "mdy\n"
    shown = crm.json("config", "set", "timezone", "Europe/Zurich", "--dry-run")
    assert (shown["value"], shown["source"]) == ("Europe/Zurich", "store")
    assert crm("config", "get", "timezone").out == "UTC\n"


@pytest.mark.parametrize("words", [("set", "color", "never"), ("unset", "color")])
def test_a_read_only_run_leaves_the_settings_file(
    crm: Crm, user_file: Path, words: tuple[str, ...]
) -> None:
    user_file.parent.mkdir()
    user_file.write_text('color = "always"\n')
    run = crm("--read-only", "config", *words, "--json", code=10)
    assert run.error["code"] == "store-readonly"
    assert user_file.read_text() == 'color = "always"\n'
