"""``log import`` of mailboxes: matched by address, both ways, once each, and all taken back."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.log_import.mails import US, mail, mbox

if TYPE_CHECKING:
    from tests.conftest import Crm
    from tests.log_import.mails import Box

BOB = "Bob Byron <bob@example.org>"
ADA = "Ada Lovelace <ada@example.org>"


def dump(crm: Crm) -> list[str]:
    """All records of the store, without its history."""
    connection = sqlite3.connect(crm.db)
    tables = (
        "contacts", "emails", "interactions", "interaction_participants", "contact_activity",
        "contact_tags", "tags",
    )  # fmt: skip
    try:
        return [str(row) for name in tables for row in connection.execute(f"SELECT * FROM {name}")]
    finally:
        connection.close()


def test_both_ways_and_who_else_took_part(box: Box) -> None:
    box.crm("config", "set", "people", f"Ursula <{US}>, Max <max@firm.example.org>")
    result = box.load(
        mbox(
            mail(Cc=f"{BOB}, max@firm.example.org", To="max@firm.example.org", Message_ID="<in@x>"),
            mail(
                "Sent", Message_ID="<out@x>", From=US, To=f"x@example.net, {BOB}, {ADA}",
                Date="Tue, 2 Jun 2026 10:00:00 +0000",
            ),
            mail(Message_ID="<cc@x>", From="x@example.net", Cc=ADA),
        )
    )  # fmt: skip
    assert (result["read"], result["created"], result["unmatched"]) == (3, 2, 1)
    came, went = box.talks()
    shared = {"channel": "email", "subject": "Boxes", "contact_id": box.ada}
    assert came | shared | {
        "direction": "in", "at": "2026-06-01T09:12:00Z", "body": "Hello", "message_id": "in@x",
        "participants": [{"id": box.bob, "name": "Bob Byron"}], "by": "Max",
    } == came  # fmt: skip
    assert went | shared | {
        "direction": "out", "at": "2026-06-02T10:00:00Z", "body": "Sent", "by": "Ursula",
        "contact_id": box.bob, "participants": [{"id": box.ada, "name": "Ada Lovelace"}],
    } == went  # fmt: skip
    assert result["unknown"] == [{"email": "x@example.net", "name": None, "mails": 2}]
    (row,) = [row for row in box.crm.json("contact", "list") if row["id"] == box.ada]
    assert row["last_contacted_at"] == "2026-06-02T10:00:00Z"
    assert box.crm.json("search", "sent", "--in", "interaction") != []


def test_a_mail_is_taken_once_wherever_it_stands(box: Box) -> None:
    one, two = mail(Message_ID="<1@x>"), mail(Message_ID="<2@x>")
    bare = mail("No number", Message_ID=None)
    path = box.write(mbox(one, two, bare, one, bare))
    result = box.load(path)
    assert (result["created"], result["known"]) == (3, 2)
    before = dump(box.crm)
    assert box.load(path)["created"] == 0
    assert box.load(mbox(bare, two, mail(Message_ID="<3@x>")))["created"] == 1
    assert box.load(box.maildir(a=one, new_b=bare.replace(b"\n", b"\r\n")))["created"] == 0
    assert box.load(box.write(two, "two.eml"))["created"] == 0
    box.crm("undo")
    assert dump(box.crm) == before


def test_one_undo_takes_everything_back_and_redo_brings_it_again(box: Box) -> None:
    empty = dump(box.crm)
    result = box.load(
        mbox(mail(Cc=BOB), mail(From="Cleo <cleo@example.net>", Message_ID="<2@x>")),
        "--add-unknown", "--tag", "Mail",
    )  # fmt: skip
    assert (result["created"], result["contacts_created"]) == (2, 1)
    full = dump(box.crm)
    box.crm("undo", result["import"])
    assert dump(box.crm) == empty
    box.crm("redo")
    assert dump(box.crm) == full
    box.crm("undo")
    assert box.load(box.folder / "in.mbox")["created"] == 1


def test_a_deleted_mail_does_not_come_back(box: Box) -> None:
    path = box.write(mbox(mail(), mail("No number", Message_ID=None)))
    box.load(path)
    for number in box.crm("log", "list", "-f", "ids").out.split():
        box.crm("log", "delete", number, "--yes")
    assert box.load(path)["created"] == 0
    (line, *_) = box.crm.json("trash", "list")
    box.crm("trash", "restore", line["id"])
    result = box.load(path)
    assert (result["created"], result["known"]) == (0, 2)


def test_nothing_is_recorded_of_strangers_lists_and_ourselves(box: Box) -> None:
    raw = mbox(
        mail(Message_ID="<1@x>", From="Zed <ZED@example.net>"),
        mail(Message_ID="<2@x>", From="zed@example.net"),
        mail(Message_ID="<3@x>", List_Id="<list.example.org>"),
        mail(Message_ID="<4@x>", Auto_Submitted="auto-replied"),
        mail(Message_ID="<5@x>", From=US, To=US),
        mail(Message_ID="<6@x>", X_Mozilla_Status="0008"),
    )
    result = box.load(raw)
    assert {name: result[name] for name in result if name.startswith(("skipped", "unm", "cre"))} == {
        "created": 0, "unmatched": 2, "skipped_lists": 2, "skipped_ours": 1, "skipped_deleted": 1,
        "skipped_days": 0,
    }  # fmt: skip
    assert result["unknown"] == [{"email": "zed@example.net", "name": "Zed", "mails": 2}]
    assert result["unchanged"] == 6
    said = box.crm("log", "import", box.folder / "in.mbox").err
    assert "1 address is no contact's: Zed <zed@example.net> (2); --add-unknown" in said
    assert "2 from lists and machines left out (--with-lists takes them)" in said
    assert box.load(raw, "--with-lists")["created"] == 2


def test_strangers_become_contacts_but_no_machines(box: Box) -> None:
    raw = mbox(
        mail(Message_ID="<1@x>", From="zed@example.net"),
        mail(Message_ID="<2@x>", From='"Zed, Z." <zed@example.net>'),
        mail(Message_ID="<3@x>", From="Shop <no-reply@shop.example.net>"),
        mail(Message_ID="<4@x>", From="bounces+x=y@mail.example.net"),
        mail(Message_ID="<5@x>", From="not an address @ all"),
        mail(Message_ID="<6@x>", From=US, To="New <new@example.net>", Cc="copy@example.net"),
    )
    result = box.load(raw, "--add-unknown", "--source", "mail", code=6)
    assert (result["created"], result["contacts_created"], result["rejected"]) == (3, 2, 1)
    assert [one["email"] for one in result["unknown"]] == [
        "bounces+x=y@mail.example.net", "copy@example.net", "no-reply@shop.example.net",
    ]  # fmt: skip
    made = {row["name"]: row for row in box.crm.json("contact", "list")}
    assert made["Zed, Z."]["email"] == "zed@example.net"
    assert made["New"]["email"] == "new@example.net"
    assert box.crm.json("contact", "show", made["New"]["id"])["source"] == "mail"
    again = box.load(raw, "--add-unknown", code=6)
    assert (again["created"], again["contacts_created"]) == (0, 0)


def test_a_form_on_our_site_is_a_mail_of_who_filled_it_in(box: Box) -> None:
    raw = mbox(mail(From=f"Web form <{US}>", Reply_To=ADA))
    assert box.load(raw)["created"] == 1
    (talk,) = box.talks()
    assert (talk["contact_id"], talk["direction"]) == (box.ada, "in")
    other = mbox(mail(Message_ID="<2@x>", From="portal@example.net", Reply_To=BOB))
    assert box.load(other)["created"] == 1
    assert box.talks()[1]["contact_id"] == box.bob


def test_who_we_are_must_be_known(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(mail(From="x@firm.example.org", To="ada@example.org")))
    crm("contact", "add", "Ada", "--email", "ada@example.org")
    run = crm("log", "import", path, code=2)
    assert "which addresses are your own is not known" in run.err
    assert crm("log", "import", path, "--own", "nonsense", code=2)
    assert crm.json("log", "import", path, "--own", "@firm.example.org")["created"] == 1
    assert crm.json("log", "list")[0]["direction"] == "out"


def test_an_archived_contact_gets_its_mails_and_a_warning(box: Box) -> None:
    box.crm("contact", "archive", box.ada)
    result = box.load(mbox(mail()))
    assert result["created"] == 1
    assert result["warnings"][0]["kind"] == "archived"
    assert "#1 Ada Lovelace" in result["warnings"][0]["message"]


def test_a_part_of_a_mailbox_by_days(box: Box) -> None:
    box.crm("config", "set", "timezone", "Europe/Zurich")
    raw = mbox(
        mail(Message_ID="<1@x>", Date="Sun, 31 May 2026 22:30:00 +0000"),
        mail(Message_ID="<2@x>", Date="Mon, 1 Jun 2026 21:59:59 +0000"),
        mail(Message_ID="<3@x>", Date="Mon, 1 Jun 2026 22:00:00 +0000"),
    )
    result = box.load(raw, "--since", "2026-06-01", "--until", "2026-06-01")
    assert (result["created"], result["skipped_days"]) == (2, 1)
    assert box.load(raw)["created"] == 1
    assert box.crm("log", "import", box.folder / "in.mbox", "--since", "soon", code=2)


def test_rejected_mails_go_to_a_file_that_comes_back_mended(box: Box) -> None:
    raw = mbox(
        mail(Message_ID="<1@x>"), mail("From x\nis text", Message_ID="<2@x>", Date="never"),
        mail(Message_ID="<3@x>", From=None), envelope="From x",
    )  # fmt: skip
    raw = raw.replace(b"From x\nM", b"From x Thu Jan  1 00:00:00 1970\nM")
    path = box.write(raw)
    result = box.load(path, code=6)
    assert (result["created"], result["rejected"]) == (1, 2)
    first = result["rejections"][0]
    assert (first["line"], first["reason"]) == (2, "its date cannot be read: 'never'")
    assert raw[int(first["place"].split()[1]) :].startswith(b"From x Thu")
    rejects = box.folder / "in.mbox.rejects.mbox"
    assert result["rejects_file"] == str(rejects)
    assert rejects.stat().st_mode & 0o777 == 0o600
    kept = rejects.read_bytes()
    assert b"X-CRM-REJECTED: its date cannot be read: 'never'\n" in kept
    assert box.load(path, code=6)["created"] == 0
    assert rejects.read_bytes() == kept
    mended = kept.replace(b"Date: never", b"Date: Mon, 1 Jun 2026 10:00:00 +0000")
    mended = mended.replace(b"Subject: Boxes\n\nHello", b"From: ada@example.org\n\nHello")
    assert box.load(box.write(mended, "mended.mbox"))["created"] == 2
    assert {talk["body"] for talk in box.talks()} == {"Hello", "From x\nis text"}
    assert box.crm("log", "import", path, "--strict", code=6).out == ""
    assert "2 of 3 mails are bad" in box.crm("log", "import", path, "--strict", code=6).err


def test_a_dry_run_counts_and_writes_nothing(box: Box) -> None:
    before = dump(box.crm)
    path = box.write(mbox(mail(), mail(From="z@example.net", Message_ID="<2@x>"), mail(Date=None)))
    path.write_bytes(
        path.read_bytes().replace(b"Mon Jun  1 09:12:00 2026", b"Mon Jun  1 09:12:00 2096")
    )
    result = box.load(path, "--add-unknown", "--dry-run", code=6)
    assert (result["created"], result["contacts_created"], result["rejected"]) == (2, 1, 1)
    assert (result["dry_run"], result["import"]) == (True, None)
    assert dump(box.crm) == before
    assert not (box.folder / "in.mbox.rejects.mbox").exists()


def test_stdin_a_maildir_and_a_folder(box: Box) -> None:
    run = box.crm.process("log", "import", "-", "--json", stdin=mbox(mail()))
    assert (run.code, run.json["created"], run.json["source"]) == (0, 1, "stdin")
    top = box.maildir(a=mail(Message_ID="<2@x>"), new_b=mail(Message_ID="<3@x>"), c=b"")
    result = box.load(top, code=6)
    assert (result["created"], result["rejected"]) == (2, 1)
    assert result["rejections"][0]["place"] == "cur/c:2,S"
    assert result["rejects_file"] == str(box.folder / "Maildir.rejects.mbox")
    box.write(mail(Message_ID="<4@x>"), "out/x.eml")
    assert box.load(box.folder / "out")["created"] == 1


def test_what_is_no_mailbox_says_so(box: Box) -> None:
    for name in ("nothing", "nothing.mbox"):
        assert box.crm("log", "import", box.folder / name, code=6).err
    assert "holds no mails" in box.crm("log", "import", box.folder, code=6).err
    run = box.crm("log", "import", box.write(b"", "empty.mbox"), code=6)
    assert "Traceback" not in run.err
    assert box.crm("log", "import", code=2)


def test_a_large_mbox_the_same_as_a_small_one(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_cli.exchange import mailbox_worker

    monkeypatch.setattr(mailbox_worker, "_LARGE", 0)
    raw = mbox(*(mail(Message_ID=f"<{n}@x>", Subject=str(n)) for n in range(450)), mail(Date="x"))
    raw = raw[: raw.rindex(b"From somebody")] + mbox(mail(Date="x"), envelope="From x")[7:]
    result = box.load(raw)
    assert result["created"] == 450
    subjects = [row["subject"] for row in box.crm.json("log", "list")]
    assert subjects == [str(n) for n in range(450)]


WAITS = (
    "import os, signal, sys\n"
    "from crm_cli.store import batch\n"
    "real = batch.Batch.run\n"
    "def run(self, connection):\n"
    "    steps = [step for step in self._steps]\n"
    "    self._steps = steps[: len(steps) // 2]\n"
    "    real(self, connection)\n"
    "    os.kill(os.getpid(), {number})\n"
    "    signal.pause()\n"
    "batch.Batch.run = run\n"
    "from crm_cli.__main__ import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


@pytest.mark.parametrize(("name", "code"), [("SIGKILL", -9), ("SIGINT", 130), ("SIGTERM", 143)])
def test_cut_off_in_the_middle_nothing_was_written(box: Box, name: str, code: int) -> None:
    path = box.write(mbox(*(mail(Message_ID=f"<{n}@x>", Cc=BOB) for n in range(50))))
    before = dump(box.crm)
    done = subprocess.run(
        [sys.executable, "-c", WAITS.format(number=int(getattr(signal, name))), "log", "import", path],
        env=dict(os.environ), capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert dump(box.crm) == before
    assert box.load(path)["created"] == 50


def test_cut_off_while_reading_no_process_is_left(box: Box, tmp_path: Path) -> None:
    path = box.write(mbox(*(mail("x" * 20_000, Message_ID=f"<{n}@x>") for n in range(3000))))
    script = (
        "import os, signal, subprocess, sys\n"
        "from crm_cli.services import import_mail\n"
        "real = subprocess.Popen\n"
        "def noted(*words, **more):\n"
        "    process = real(*words, **more)\n"
        "    open(sys.argv.pop(1), 'w').write(str(process.pid))\n"
        "    return process\n"
        "subprocess.Popen = noted\n"
        "def stop(self): os.kill(os.getpid(), signal.SIGKILL)\n"
        "import_mail.MailImport._tell_reading = stop\n"
        "from crm_cli.__main__ import main\n"
        "main([*sys.argv[2:]])\n"
    )
    noted = tmp_path / "pid"
    done = subprocess.run(
        [sys.executable, "-c", script, noted, "log", "import", path],
        env=dict(os.environ), capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    _gone(int(noted.read_text()))
    assert box.load(path)["created"] == 3000


def _gone(pid: int) -> None:
    """Wait until a process whose pipe broke has ended."""
    for _ in range(1_000_000):
        try:
            os.kill(pid, 0)
            status = Path(f"/proc/{pid}/stat").read_text().split()[2]
        except (OSError, IndexError):
            return
        if status == "Z":
            return
    pytest.fail(f"process {pid} runs on")


def test_the_law_of_counts_holds_for_any_bytes(box: Box) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    pieces = st.sampled_from(
        [b"From a@x Mon Jun  1 09:12:00 2026\n", b"From: ada@example.org\n", b"\n", b"\r\n", b"\0",
         b"Date: Mon, 1 Jun 2026 10:00:00 +0000\n", b"Message-ID: <1@x>\n", b"To: us@firm.example.org\n",
         b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n", b"--b--\n", b"\xff\xfe", b"text ",
         b" folded\n", b">From x\n", b"Content-Transfer-Encoding: base64\n", b"From nobody\n"]
    )  # fmt: skip

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.lists(pieces, max_size=40).map(b"".join))
    def holds(content: bytes) -> None:
        path = box.write(b"From a@x Mon Jun  1 09:12:00 2026\n" + content)
        run = box.crm("log", "import", path, "--json", code=None)
        assert run.code in {0, 6}, run
        result: dict[str, Any] = run.json
        names = ("created", "updated", "unchanged", "rejected")
        assert result["read"] == sum(result[name] for name in names)
        assert box.crm.json("log", "import", path, code=None)["created"] == 0

    holds()


def test_an_address_that_several_contacts_have(box: Box) -> None:
    box.crm("contact", "add", "Zoe", "--email", "ada@example.org", "--allow-duplicate")
    result = box.load(mbox(mail(), mail(Message_ID="<2@x>", From_="bob@example.org")))
    assert [talk["contact_id"] for talk in box.talks()] == [box.ada, box.bob]
    (warning,) = result["warnings"]
    assert (warning["kind"], warning["count"]) == ("shared-address", 1)
    assert "#1 Ada Lovelace (ada@example.org)" in warning["message"]


def test_who_filled_in_a_form_becomes_the_contact_and_not_the_machine(box: Box) -> None:
    form = mail(From_="Forms <no-reply@forms.example.com>", Reply_To="Zoe <zoe@example.org>")
    result = box.load(mbox(form))
    assert [one["email"] for one in result["unknown"]] == [
        "no-reply@forms.example.com", "zoe@example.org",
    ]  # fmt: skip
    assert box.load(mbox(form), "--add-unknown")["contacts_created"] == 1
    (talk,) = box.talks()
    assert (talk["contact"], talk["direction"]) == ("Zoe", "in")
    person = mail(From_="Yan <yan@example.org>", Reply_To="list@example.org", Message_ID="<2@x>")
    box.load(mbox(person), "--add-unknown")
    assert box.talks()[1]["contact"] == "Yan"
    assert len(box.crm.json("contact", "list")) == 4


@pytest.mark.parametrize("message_id", ["<1@x>", None])
def test_of_two_copies_the_one_counts_that_is_with_somebody_known(
    box: Box, message_id: str | None
) -> None:
    got, kept = (
        mail(From_=US, To="zed@example.org", Message_ID=message_id, Bcc=bcc)
        for bcc in (None, "ada@example.org")
    )
    result = box.load(mbox(got, kept, got))
    assert (result["created"], result["known"], result["unmatched"]) == (1, 2, 0)
    assert box.talks()[0]["contact_id"] == box.ada


def test_a_strangers_name_brings_no_controls(box: Box) -> None:
    box.load(mbox(mail(From_='"Zo\x07e\u202e" <zoe@example.org>')), "--add-unknown")
    assert box.talks()[0]["contact"] == "Zoe"
