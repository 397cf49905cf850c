"""Other processes, signals, limits and closed doors: all or nothing, and one clear line."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

HUNG = 60
"""Seconds after which a process counts as hung; nothing here waits that long when it works."""

SLOW_UNIT = """
import sys
from pathlib import Path
from crm_cli.__main__ import main
from crm_cli.services import contacts
from crm_cli.services.unit import Unit
from crm_cli.result import Result

def slow(session, request):
    with Unit(session) as unit:
        first = unit.draw("tags", 1_000_000)
        def rows():
            for number in range(1_000_000):
                if number == 50_000:
                    print("half-way", flush=True)
                    sys.stdin.readline()
                yield (first + number, f"t{number}", f"T{number}")
        unit.insert_stream("tags", ("id", "key", "label"), rows(), first, 1_000_000)
        unit.commit("a million tags")
    return Result()

contacts.add = slow
sys.exit(main(["contact", "add", "x"]))
"""
"""The program with one verb replaced by a write that stops half-way until it is told to go on."""


LONG_STATEMENT = """
import sys
from crm_cli.__main__ import main
from crm_cli.services import contacts
from crm_cli.services.unit import Unit
from crm_cli.store.connection import translating
from crm_cli.store.staging import watching

ENDLESS = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"

def long(session, request):
    told = []
    def tell():
        if not told:
            told.append(print("at work", flush=True))
    with Unit(session) as unit, translating(session.path), watching(session.writer, tell):
        session.writer.execute(ENDLESS)

contacts.add = long
sys.exit(main(["contact", "add", "x", "--json"]))
"""
"""The program with one verb replaced by a statement without an end, watched as an import is."""


def error_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    _, err = process.communicate(timeout=HUNG)
    found: dict[str, Any] = json.loads(err.strip().splitlines()[-1])["error"]
    return found


def tags(crm: Crm) -> int:
    return int(crm.json("db", "sql", "SELECT count(*) AS n FROM tags")[0]["n"])


@pytest.fixture
def lock(crm: Crm) -> Any:
    """Another process's write lock on a store with one contact."""
    crm("contact", "add", "Ada")
    connection = sqlite3.connect(crm.db, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_a_lock_held_by_another_process(crm: Crm, lock: sqlite3.Connection) -> None:
    run = crm("contact", "add", "Bob", "--lock-timeout", "0.2", "--json", code=10)
    assert run.error["code"] == "store-locked"
    assert "--lock-timeout" in run.error["hint"]
    assert [c["name"] for c in crm.json("contact", "list")] == ["Ada"]  # readers go on
    lock.execute("ROLLBACK")
    crm("contact", "add", "Bob", "--lock-timeout", "0.2")


def test_waiting_for_a_lock_ends_when_it_is_let_go(
    crm: Crm, lock: sqlite3.Connection, start: Any
) -> None:
    process = start("contact", "add", "Bob", "-f", "ids")
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    lock.execute("ROLLBACK")
    assert process.communicate(timeout=HUNG)[0] == "2\n"
    assert process.returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_waiting_for_a_lock(
    crm: Crm, lock: sqlite3.Connection, start: Any, number: int, code: int
) -> None:
    del lock
    process = start("contact", "add", "Bob", "--json")
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    process.send_signal(number)
    assert error_of(process)["code"] == "interrupted"
    assert process.returncode == code


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_stopped_in_the_middle_of_a_write(crm: Crm, start: Any, number: int, code: int) -> None:
    crm("contact", "add", "Ada")
    process = start(script=SLOW_UNIT)
    assert process.stdout.readline() == "half-way\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=HUNG)
    assert process.returncode == code
    assert "Traceback" not in err
    assert tags(crm) == 0
    assert crm("history", "--json").json[0]["summary"] == "added Ada"
    assert crm.json("db", "sql", "PRAGMA page_count")
    crm("contact", "add", "Bob")
    with sqlite3.connect(crm.db) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_runaway_query_can_be_stopped(crm: Crm, start: Any, number: int, code: int) -> None:
    crm("contact", "add", "Ada")
    endless = (
        "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
    )
    process = start("db", "sql", endless, "--json")
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    process.send_signal(number)
    assert error_of(process)["code"] == "interrupted"
    assert process.returncode == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_inside_a_long_statement_of_an_import(
    crm: Crm, start: Any, number: int, code: int
) -> None:
    """It strikes as SQLite calls back, and what it raises there SQLite drops."""
    crm("contact", "add", "Ada")
    process = start(script=LONG_STATEMENT)
    assert process.stdout.readline() == "at work\n"
    process.send_signal(number)
    assert error_of(process)["code"] == "interrupted"
    assert process.returncode == code


def test_many_processes_write_at_once(crm: Crm, start: Any) -> None:
    """They also race to make the store: whoever is second uses the first one's."""
    running = [start("contact", "add", f"Contact {number}", "-f", "ids") for number in range(6)]
    ids = [process.communicate(timeout=HUNG)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 6
    assert sorted(map(int, ids)) == [1, 2, 3, 4, 5, 6]
    assert len(crm.json("contact", "list")) == 6
    assert {path.name for path in crm.db.parent.glob("crm.db*")} <= {
        "crm.db", "crm.db-wal", "crm.db-shm"
    }  # fmt: skip


def test_a_closed_pipe_is_silent(crm: Crm, start: Any) -> None:
    crm("demo", crm.db.parent / "demo.db")
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-m", "crm_cli", "--db", crm.db.parent / "demo.db", "contact", "list"],
        stdout=write_end, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_a_full_disk_under_stdout(crm: Crm, output: str) -> None:
    crm("contact", "add", "Ada")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crm_cli", "contact", "list", "-f", output],
            stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    assert done.returncode == 10
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_closed_stdin_and_stderr(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    for closed in ("<&-", "2>&-"):
        done = subprocess.run(
            ["sh", "-c", f'"$0" -m crm_cli contact list -f ids {closed}', sys.executable],
            capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, b"1\n"), done


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from crm_cli.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("limit", [0, 4096, 100_000])
def test_a_disk_that_is_full_before_the_store_is_made(crm: Crm, start: Any, limit: int) -> None:
    process = start(limit, "contact", "add", "Ada", "--json", script=LIMITED)
    assert error_of(process)["code"] == "store-full"
    assert process.returncode == 10
    assert list(crm.db.parent.glob("*crm.db*")) == []
    crm("contact", "add", "Ada")


def test_a_disk_that_fills_up_during_a_change(crm: Crm, start: Any) -> None:
    crm("contact", "add", "Ada")
    process = start(30_000, "contact", "add", "x" * 60_000, "--json", script=LIMITED)
    assert error_of(process)["code"] == "store-full"
    assert process.returncode == 10
    assert [c["name"] for c in crm.json("contact", "list")] == ["Ada"]
    assert len(crm.json("history")) == 1
    with sqlite3.connect(crm.db) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _copy_of_store(crm: Crm, folder: Path) -> Path:
    """A store without a log."""
    crm("contact", "add", "Ada")
    target = folder / "crm.db"
    connection = sqlite3.connect(crm.db)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    target.write_bytes(crm.db.read_bytes())
    return target


def test_a_read_only_folder_can_be_read_and_not_written(
    crm: Crm, start: Any, powerless: dict[str, Any], folder: Path
) -> None:
    target = _copy_of_store(crm, folder)
    folder.chmod(0o555)
    reading = start("contact", "list", "--db", target, "--json", **powerless)
    out, err = reading.communicate(timeout=HUNG)
    assert (reading.returncode, err) == (0, "")
    assert json.loads(out)[0]["name"] == "Ada"
    writing = start("contact", "add", "Bob", "--db", target, "--json", **powerless)
    assert error_of(writing)["code"] == "store-readonly"
    assert writing.returncode == 10
    assert [path.name for path in folder.iterdir()] == ["crm.db"]


def test_a_read_only_file_is_not_written(
    crm: Crm, start: Any, powerless: dict[str, Any], folder: Path
) -> None:
    target = _copy_of_store(crm, folder)
    target.chmod(0o444)
    before = target.read_bytes()
    process = start("contact", "add", "Bob", "--db", target, "--json", **powerless)
    assert error_of(process)["code"] == "store-readonly"
    assert process.returncode == 10
    assert target.read_bytes() == before


def test_a_file_that_may_not_be_read(
    crm: Crm, start: Any, powerless: dict[str, Any], folder: Path
) -> None:
    target = _copy_of_store(crm, folder)
    target.chmod(0o000)
    process = start("contact", "list", "--db", target, "--json", **powerless)
    assert error_of(process)["code"] == "store-readonly"


def test_a_folder_that_may_not_be_made(start: Any, powerless: dict[str, Any], folder: Path) -> None:
    folder.chmod(0o555)
    target = folder / "new" / "crm.db"
    process = start("contact", "add", "Bob", "--db", target, "--json", **powerless)
    assert error_of(process)["code"] == "store-readonly"
    assert process.returncode == 10


def test_a_folder_that_may_not_be_entered(
    crm: Crm, start: Any, powerless: dict[str, Any], folder: Path
) -> None:
    target = _copy_of_store(crm, folder)
    folder.chmod(0o000)
    process = start("contact", "list", "--db", target, "--json", **powerless)
    assert error_of(process)["code"] == "store-readonly"


def test_a_settings_file_that_cannot_be_read_or_written(
    crm: Crm, start: Any, powerless: dict[str, Any], folder: Path
) -> None:
    crm("contact", "add", "Ada")
    settings = folder / "config.toml"
    settings.write_text('format = "json"\n')
    folder.chmod(0o555)
    environment = {**os.environ, "CRM_CONFIG": str(settings)}
    writing = start("config", "set", "color", "never", "--json", env=environment, **powerless)
    assert error_of(writing)["code"] == "invalid"
    assert writing.returncode == 2
    assert settings.read_text() == 'format = "json"\n'
    settings.chmod(0o000)
    reading = start("contact", "list", env=environment, **powerless)
    _, err = reading.communicate(timeout=HUNG)
    assert reading.returncode == 2
    assert str(settings) in err
    assert len(err.splitlines()) == 2


def test_home_is_not_set(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    environment = {key: value for key, value in os.environ.items() if key != "HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "crm_cli", "contact", "list", "-f", "ids"],
        env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"1\n", b"")


def test_a_home_that_nobody_knows(crm: Crm) -> None:
    for name in ("CRM_DB", "CRM_CONFIG"):
        run = crm.process("contact", "list", **{name: "~no-such-person/crm"})
        assert run.code == 2, run
        assert "~no-such-person/crm" in run.err
        assert len(run.err.splitlines()) == 2
