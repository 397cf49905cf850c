"""Files that are not what they should be: one clear line, the right code, nothing touched."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from crm_cli.store.identity import APPLICATION_ID, file_system_of
from tests.faults.conftest import folder_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

COMMANDS = (("contact", "list"), ("contact", "add", "Ada"), ("db", "status"), ("db", "migrate"),
            ("db", "sql", "SELECT 1"), ("config", "set", "currency", "CHF"))  # fmt: skip


@pytest.fixture
def lair(tmp_path: Path) -> Path:
    """A folder with nothing but the file under test."""
    folder = tmp_path / "lair"
    folder.mkdir()
    return folder


def foreign(path: Path, mode: str = "delete", application_id: int = 0, version: int = 0) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE notes (text)")
    connection.execute("INSERT INTO notes VALUES ('mine')")
    connection.execute(f"PRAGMA application_id = {application_id}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()


def refused(crm: Crm, path: Path, code: str) -> None:
    for command in COMMANDS:
        before = folder_bytes(path.parent)
        run = crm(*command, "--db", path, "--json", code=10)
        assert run.out == ""
        assert run.error["code"] == code, run
        assert str(path) in run.error["message"]
        assert folder_bytes(path.parent) == before, command
        people = crm(*command, "--db", path, code=10)
        assert people.err.startswith("crm: ")
        assert "Traceback" not in people.err
        assert len(people.err.splitlines()) <= 2


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("application_id", [0, 252006675])
def test_a_database_of_another_program(
    crm: Crm, lair: Path, mode: str, application_id: int
) -> None:
    foreign(lair / "notes.db", mode, application_id, version=1)
    refused(crm, lair / "notes.db", "store-foreign")
    assert set(folder_bytes(lair)) == {"notes.db"}


@pytest.mark.parametrize(
    "content", [b"x", b"name,email\nAda,ada@example.com\n" * 100, b"\0" * 4096]
)
def test_a_file_that_is_no_database(crm: Crm, lair: Path, content: bytes) -> None:
    (lair / "people.csv").write_bytes(content)
    refused(crm, lair / "people.csv", "store-foreign")


def test_a_file_of_a_newer_program(crm: Crm, lair: Path) -> None:
    foreign(lair / "new.db", "wal", APPLICATION_ID, version=999)
    refused(crm, lair / "new.db", "store-newer")


def test_a_newer_version_still_in_the_log(crm: Crm, lair: Path) -> None:
    path = lair / "new.db"
    crm("contact", "add", "Ada", "--db", path)
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 999")
    try:
        run = crm("contact", "add", "Bob", "--db", path, "--json", code=10)
    finally:
        other.close()
    assert run.error["code"] == "store-newer"


def test_a_folder_for_a_store(crm: Crm, lair: Path) -> None:
    run = crm("contact", "add", "Ada", "--db", lair, "--json", code=10)
    assert run.error["code"] == "store-foreign"
    assert "folder" in run.error["message"]
    assert list(lair.iterdir()) == []


def test_a_device_for_a_store(crm: Crm) -> None:
    run = crm("contact", "add", "Ada", "--db", "/dev/null", "--json", code=10)
    assert run.error["code"] == "store-foreign"


def test_a_path_through_a_file(crm: Crm, lair: Path) -> None:
    (lair / "file").write_text("x")
    run = crm("contact", "list", "--db", lair / "file" / "crm.db", "--json", code=10)
    assert run.error["code"] == "store-readonly"


def test_a_path_too_long(crm: Crm, lair: Path) -> None:
    run = crm("contact", "list", "--db", lair / ("x" * 5000), "--json", code=10)
    assert run.error["code"] == "store-readonly"


def test_a_link_to_nowhere_is_no_empty_store(crm: Crm, lair: Path) -> None:
    link = lair / "crm.db"
    link.symlink_to("/nonexistent-disk/crm.db")
    for command in COMMANDS:
        run = crm(*command, "--db", link, "--json", code=10)
        assert run.error["code"] == "store-readonly"
        assert "/nonexistent-disk/crm.db" in run.error["message"]
    assert link.is_symlink()


def test_a_link_to_a_store_is_the_store(crm: Crm, lair: Path) -> None:
    crm("contact", "add", "Ada")
    (lair / "link.db").symlink_to(crm.db)
    assert crm.json("contact", "list", "--db", lair / "link.db")[0]["name"] == "Ada"


def test_an_empty_file_becomes_a_store(crm: Crm, lair: Path) -> None:
    path = lair / "crm.db"
    path.touch()
    assert crm.json("contact", "list", "--db", path) == []
    assert path.read_bytes() == b""
    crm("contact", "add", "Ada", "--db", path)
    assert len(crm.json("contact", "list", "--db", path)) == 1


def _filled(crm: Crm, path: Path) -> bytes:
    crm("contact", "add", "Ada", "--db", path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    return path.read_bytes()


def test_a_damaged_file(crm: Crm, lair: Path) -> None:
    path = lair / "crm.db"
    content = bytearray(_filled(crm, path))
    content[100:4096] = b"\xa5" * 3996
    path.write_bytes(content)
    for command in (("contact", "list"), ("contact", "add", "Bob"), ("db", "status"),
                    ("db", "sql", "SELECT * FROM crm_contacts")):  # fmt: skip
        run = crm(*command, "--db", path, "--json", code=10)
        assert run.error["code"] == "store-damaged", run
        assert run.error["hint"]
        assert path.read_bytes() == content


def test_damage_met_while_reading_rows(crm: Crm, lair: Path) -> None:
    """The first page is whole; the table's own pages are not."""
    path = lair / "crm.db"
    content = bytearray(_filled(crm, path))
    connection = sqlite3.connect(path)
    (root,) = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'contacts'"
    ).fetchone()
    connection.close()
    content[(root - 1) * 4096 : root * 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    for command in (("contact", "list"), ("contact", "show", "1"), ("contact", "edit", "1")):
        run = crm(*command, "--db", path, "--json", code=None)
        if run.code != 2:  # "edit" with nothing to edit may say so first
            assert (run.code, run.error["code"]) == (10, "store-damaged"), run


@pytest.mark.parametrize("length", [50, 100, 3000, 8192])
def test_a_truncated_file(crm: Crm, lair: Path, length: int) -> None:
    path = lair / "crm.db"
    content = _filled(crm, path)[:length]
    path.write_bytes(content)
    run = crm("contact", "list", "--db", path, "--json", code=10)
    assert run.error["code"] in {"store-damaged", "store-foreign"}
    assert path.read_bytes() == content


def test_a_half_made_store_is_made_again(crm: Crm, lair: Path) -> None:
    """A process killed while it made an empty file into a store leaves a hot journal."""
    path = lair / "crm.db"
    content = _filled(crm, path)
    # A journal that says "there were no pages": what SQLite leaves before a first commit.
    journal = bytes.fromhex("d9d505f920a163d7") + (0).to_bytes(4, "big") + (7).to_bytes(4, "big")
    journal += (0).to_bytes(4, "big") + (512).to_bytes(4, "big") + (4096).to_bytes(4, "big")
    path.write_bytes(content)
    (lair / "crm.db-journal").write_bytes(journal.ljust(512, b"\0"))
    assert crm.json("contact", "list", "--db", path) == []
    crm("contact", "add", "Bob", "--db", path)
    assert [c["name"] for c in crm.json("contact", "list", "--db", path)] == ["Bob"]


def test_permissions_of_what_is_made(crm: Crm, lair: Path) -> None:
    path = lair / "new" / "crm.db"
    crm("contact", "add", "Ada", "--db", path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in path.parent.iterdir()), sorted(
        path.parent.iterdir()
    )


def test_nothing_is_left_of_the_making(crm: Crm, lair: Path) -> None:
    crm("contact", "add", "Ada", "--db", lair / "crm.db")
    assert {file.name for file in lair.iterdir()} <= {"crm.db", "crm.db-wal", "crm.db-shm"}


def test_read_only_refuses_and_makes_nothing(crm: Crm, lair: Path) -> None:
    path = lair / "crm.db"
    run = crm("contact", "add", "Ada", "--db", path, "--read-only", "--json", code=10)
    assert run.error["code"] == "store-readonly"
    assert list(lair.iterdir()) == []
    crm("contact", "add", "Ada", "--db", path)
    before = folder_bytes(lair)["crm.db"]
    assert crm("config", "set", "currency", "CHF", "--db", path, "--read-only", code=10)
    assert crm.json("contact", "list", "--db", path, "--read-only")[0]["name"] == "Ada"
    assert folder_bytes(lair)["crm.db"] == before


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ada", "ext4"),
        ("/mnt/nas/crm", "nfs4"),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nasty", "ext4"),
        ("/mnt/with blank/x", "cifs"),
        ("/mnt/nas/local/x", "xfs"),
        ("/over/x", "fuse.sshfs"),
    ],
)
def test_the_file_system_of_a_folder(folder: str, kind: str) -> None:
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\n"
        "nas:/x /mnt/nas nfs4 rw 0 0\n"
        "//nas/x /mnt/with\\040blank cifs rw 0 0\n"
        "/dev/sdb1 /mnt/nas/local xfs rw 0 0\n"
        "/dev/sdc1 /over ext4 rw 0 0\n"
        "ada@host: /over fuse.sshfs rw 0 0\n"
        "odd line\n"
    )
    assert file_system_of(folder, mounts) == kind
