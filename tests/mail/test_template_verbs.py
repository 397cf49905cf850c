"""``crm remind template``: the names, the texts, and a copy to change."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from crm_cli.mail.templates import BUILT_IN, NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


def test_list_names_every_variable(crm: Crm) -> None:
    rows = crm.json("remind", "template", "list")
    assert {row["template"] for row in rows} == set(NAMES)
    assert {"template": "each", "variable": "item.text", "about": "what is to be done"} in rows
    one = crm.json("remind", "template", "list", "--where", "template = service")
    assert {row["template"] for row in one} == {"service"}
    crm("remind", "template", "list", "--where", "template = sevice", code=2)


def test_show_prints_the_one_in_force(crm: Crm, tmp_path: Path) -> None:
    built_in = (BUILT_IN / "each.txt").read_text(encoding="utf-8")
    assert crm("remind", "template", "show", "each").out == built_in
    assert crm("remind", "template", "show", "each", "--html").out.startswith("<!DOCTYPE html>")
    folder = tmp_path / "my mail"
    run = crm("remind", "template", "copy", str(folder))
    assert f"crm config set mail_templates '{folder}'" in run.err
    assert len(run.out.splitlines()) == 1 + 2 * len(NAMES)
    crm("config", "set", "mail_templates", str(folder))
    (folder / "each.txt").write_text("Subject: mine\n", encoding="utf-8")
    shown = crm("remind", "template", "show", "each")
    assert shown.out == "Subject: mine\n"
    assert str(folder / "each.txt") in shown.err


def test_what_cannot_be(crm: Crm, tmp_path: Path) -> None:
    error = crm("remind", "template", "show", "eech", "--json", code=3).error
    assert "digest, each" in error["hint"]
    crm("remind", "template", "copy", str(tmp_path / "mail"))
    assert crm("remind", "template", "copy", str(tmp_path / "mail"), "--json", code=4).error
    (tmp_path / "file").write_text("", encoding="utf-8")
    crm("remind", "template", "copy", str(tmp_path / "file"), code=2)
    crm("config", "set", "mail_templates", str(tmp_path / "gone"))
    assert "No such file" in crm("remind", "template", "show", "each", code=2).err


def test_templates_are_tried_before_anything_is_sent(crm: Crm, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    crm("remind", "template", "copy", str(folder))
    crm("contact", "add", "Ada")
    crm("remind", "add", "1", "2026-06-15", "Call")
    own = folder / "digest.txt"
    own.write_text("Subject: Mine\n\n{{ itemz }}\n", encoding="utf-8")
    send = ("remind", "send", "--via", "stdout", "--templates", str(folder))
    run = crm(*send, code=75)
    assert run.out == ""
    assert f"{own}, line 3: 'itemz' is undefined" in run.err
    own.write_text("Subject: Mine\n\n{{ items[0].text }}!\n", encoding="utf-8")
    later = ("--now", "2026-06-15T10:05:00Z")
    run = crm(*send, *later)
    assert "\nSubject: Mine\n" in run.out and "\n\nCall!\n" in run.out
    assert crm(*send, *later).out == ""


def test_with_nothing_to_send_nothing_is_loaded_to_send_it(crm: Crm) -> None:
    """Cron asks every few minutes."""
    crm("contact", "add", "Ada")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "crm_cli", "remind", "send", "--to", "a@b.ch"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "crm_cli.services.sending" in loaded
    assert not loaded & {"jinja2", "smtplib", "ssl", "email.message", "asyncio"}
