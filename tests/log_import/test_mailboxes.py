"""Where mails stand: mbox, Maildir, folders and single files, found by what they hold."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.exchange import mailbox, mailbox_worker
from crm_cli.exchange.mailbox_open import opened
from crm_cli.exchange.mailbox_reader import MAIL, REJECTED, Wanted
from tests.log_import.mails import ENVELOPE, mail, mbox

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

NOW = Wanted("2026-06-15T10:00:00Z")
CRLF = b"\r\n"


def box_of(content: bytes) -> mailbox.Mailbox:
    assert mailbox.kind_of(content[:4096], "in") == mailbox.MBOX
    return mailbox.Mailbox(mailbox.MBOX, "in", io.BytesIO(content))


def subjects(content: bytes) -> list[str | None]:
    return [row.subject for _, row in mailbox_worker.rows(box_of(content), NOW)]


def numbered(count: int, body: str = "Hello") -> list[bytes]:
    return [mail(body, Message_ID=f"<{n}@x>", Subject=str(n)) for n in range(count)]


@pytest.mark.parametrize("end", [b"\n", CRLF])
def test_an_mbox_of_either_line_end(end: bytes) -> None:
    assert subjects(mbox(*numbered(5)).replace(b"\n", end)) == ["0", "1", "2", "3", "4"]


def test_from_at_the_start_of_a_line_is_text_unless_a_mail_begins_there() -> None:
    texts = (
        "From here on it is text", "\nFrom me to you, 5 Jan 10:00:00 2026 was a day",
        "From ada@example.org Mon Jun  1 09:12:00 2026\nis a line, and no head behind it",
    )  # fmt: skip
    for text in texts:
        raw = b"".join(f"{ENVELOPE}\n".encode() + one for one in numbered(2, text))
        rows = [row for _, row in mailbox_worker.rows(box_of(raw), NOW)]
        assert [row.subject for row in rows] == ["0", "1"], text
        assert rows[0].body == text.strip()


@pytest.mark.parametrize(
    "envelope",
    [
        "From - Mon Jun  1 09:12:00 2026",
        "From MAILER-DAEMON Mon Jun  1 09:12:00 2026",
        "From 1790@xxx Mon Jun 01 08:00:00 +0000 2026",
        "From ada@example.org Mon Jun  1 09:12 CEST 2026",
        "From ada@example.org  Mon Jun  1 09:12:00 2026 remote from mx",
    ],
)
def test_lines_of_many_programs(envelope: str) -> None:
    assert subjects(mbox(*numbered(3), envelope=envelope)) == ["0", "1", "2"]


def test_a_mark_at_the_start_empty_lines_and_no_line_end_at_the_end() -> None:
    raw = mbox(*numbered(2))
    assert subjects(b"\xef\xbb\xbf" + raw) == ["0", "1"]
    assert subjects(b"\n\n" + raw) == ["0", "1"]
    assert subjects(raw.rstrip(b"\n")) == ["0", "1"]


def test_places_are_bytes_of_the_file() -> None:
    raw = mbox(*numbered(3))
    for place, _ in mailbox_worker.rows(box_of(raw), NOW):
        assert raw[int(place.split()[1]) :].startswith(ENVELOPE.encode())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=30), st.integers(4200, 9000))
def test_mails_are_cut_the_same_whatever_the_size_of_the_chunks(
    sizes: list[int], chunk: int
) -> None:
    raw = mbox(*(mail("x" * size + "\nFrom x", Subject=str(at)) for at, size in enumerate(sizes)))

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size, chunk) if size is not None and size > 0 else size)

    handle: BinaryIO = Slow(raw)
    cut = list(mailbox.mails(mailbox.Mailbox(mailbox.MBOX, "in", handle)))
    assert len(cut) == len(sizes)
    assert cut == list(mailbox.mails(mailbox.Mailbox(mailbox.MBOX, "in", io.BytesIO(raw))))


def test_a_mail_too_long_to_hold_keeps_its_head_and_the_next_one_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailbox, "LONGEST", 100_000)
    monkeypatch.setattr(mailbox, "_CHUNK", 10_000)
    raw = mbox(mail("a" * 500_000, Subject="long"), mail(Subject="next"))
    cut = list(mailbox.mails(mailbox.Mailbox(mailbox.MBOX, "in", io.BytesIO(raw))))
    assert [b"Subject: " + one.content.split(b"Subject: ")[1][:4] for one in cut] == [
        b"Subject: long", b"Subject: next",
    ]  # fmt: skip
    assert len(cut[0].content) <= 100_000


def test_a_large_mbox_is_read_in_a_process_of_its_own_with_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(*numbered(450), mail(Date=None)))
    found = opened(str(path), None, recursive=False)
    assert found.box is not None
    here = list(mailbox_worker.rows(found.box, NOW))
    monkeypatch.setattr(mailbox_worker, "_LARGE", 0)
    there = [row for block in mailbox_worker.blocks(found.box, NOW) for row in block]
    assert there == here
    found.close()


def test_a_process_that_is_left_early_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(*numbered(2000, "x" * 2000)))
    found = opened(str(path), None, recursive=False)
    assert found.box is not None
    monkeypatch.setattr(mailbox_worker, "_LARGE", 0)
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def noted(*words: object, **more: object) -> object:
        started.append(real(*words, **more))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    blocks = mailbox_worker.blocks(found.box, NOW)
    assert len(next(blocks)) == mailbox_worker.BLOCK
    blocks.close()
    assert started[0].returncode is not None
    found.close()


def test_a_process_that_dies_is_an_error_and_not_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(*numbered(3)))
    found = opened(str(path), None, recursive=False)
    assert found.box is not None
    monkeypatch.setattr(mailbox_worker, "_LARGE", 0)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(errors.BadFile, match="could not be read to its end"):
        list(mailbox_worker.blocks(found.box, NOW))
    found.close()


# -- folders and files ------------------------------------------------------------------------


def folder(top: Path, *, recursive: bool = False) -> list[tuple[str, int]]:
    found = opened(str(top), None, recursive=recursive)
    assert found.box is not None
    rows = [(place, row.kind) for place, row in mailbox_worker.rows(found.box, NOW)]
    found.close()
    return rows


def test_a_maildir_without_what_was_thrown_away(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("cur/1:2,S", "cur/2:2,ST", "cur/3:2,D", "new/4", "tmp/5", ".Sent/cur/6:2,S"):
        (tmp_path / name).write_bytes(mail())
    assert folder(tmp_path) == [("cur/1:2,S", MAIL), ("cur/2:2,ST", 2), ("cur/3:2,D", 2), ("new/4", MAIL)]  # fmt: skip
    assert (".Sent/cur/6:2,S", MAIL) in folder(tmp_path, recursive=True)


def test_a_folder_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail())
    (tmp_path / "b.EML").write_bytes(b"")
    (tmp_path / "readme.txt").write_text("no mail")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "c.eml").write_bytes(mail())
    (tmp_path / "in" / "d.emlx").write_bytes(b"%d\n" % len(mail()) + mail() + b"<?xml?><plist/>")
    assert folder(tmp_path) == [("a.eml", MAIL), ("b.EML", REJECTED)]
    assert folder(tmp_path, recursive=True) == [
        ("a.eml", MAIL), ("b.EML", REJECTED), ("in/c.eml", MAIL), ("in/d.emlx", MAIL),
    ]  # fmt: skip


def test_the_export_of_apple_mail_is_a_folder_with_an_mbox(tmp_path: Path) -> None:
    top = tmp_path / "Inbox.mbox"
    top.mkdir()
    (top / "mbox").write_bytes(mbox(*numbered(2)))
    assert [kind for _, kind in folder(top)] == [MAIL, MAIL]


def test_a_folder_without_mails_says_what_would_be_one(tmp_path: Path) -> None:
    with pytest.raises(errors.BadFile, match="holds no mails"):
        opened(str(tmp_path), None, recursive=False)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "c.eml").write_bytes(mail())
    with pytest.raises(errors.BadFile) as found:
        opened(str(tmp_path), None, recursive=False)
    assert found.value.hint == "its folders do: add --recursive"


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (mail(), "one.eml", mailbox.SINGLE),
        (mail(), "-", mailbox.SINGLE),
        (b"Return-Path: <a@x>\r\n" + mail(), "-", mailbox.SINGLE),
        (mbox(mail()), "Inbox", mailbox.MBOX),
        (b"", "one.eml", mailbox.SINGLE),
        (b"From,To,Date\na,b,2026-06-01\n", "talks.csv", None),
        (b"date: day,contact\n2026-06-01,ada@example.org\n", "talks.csv", None),
        (b'{"at": "2026-06-01"}\n', "talks.jsonl", None),
        (b"Date;Contact\n", "talks.csv", None),
    ],
)
def test_what_a_file_is(content: bytes, name: str, kind: str | None) -> None:
    assert mailbox.kind_of(content, name) == kind
