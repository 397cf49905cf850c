"""sqlite3's errors, translated."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crm_cli import errors
from crm_cli.store.connection import begin, translating
from crm_cli.store.failures import translate, watch_signals


class Failure(sqlite3.OperationalError):
    """An error as SQLite raises it, with an extended name."""

    def __init__(self, name: str, message: str = "as it says") -> None:
        super().__init__(message)
        self.sqlite_errorname = name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_BUSY", errors.StoreLocked),
        ("SQLITE_BUSY_SNAPSHOT", errors.StoreLocked),
        ("SQLITE_LOCKED", errors.StoreLocked),
        ("SQLITE_PROTOCOL", errors.StoreLocked),
        ("SQLITE_READONLY", errors.StoreReadOnly),
        ("SQLITE_READONLY_DIRECTORY", errors.StoreReadOnly),
        ("SQLITE_CANTOPEN", errors.StoreReadOnly),
        ("SQLITE_PERM", errors.StoreReadOnly),
        ("SQLITE_FULL", errors.StoreFull),
        ("SQLITE_IOERR_WRITE", errors.StoreFull),
        ("SQLITE_IOERR_SHMSIZE", errors.StoreFull),
        ("SQLITE_IOERR_READ", errors.StoreDamaged),
        ("SQLITE_IOERR", errors.StoreDamaged),
        ("SQLITE_CORRUPT", errors.StoreDamaged),
        ("SQLITE_CORRUPT_VTAB", errors.StoreDamaged),
        ("SQLITE_NOTADB", errors.StoreForeign),
        ("SQLITE_INTERRUPT", errors.Interrupted),
    ],
)
def test_what_an_error_becomes(name: str, kind: type[errors.CrmError]) -> None:
    found = translate(Failure(name), Path("/data/crm.db"))
    assert type(found) is kind
    assert found.exit_code == (130 if kind is errors.Interrupted else 10)
    if kind is not errors.Interrupted:
        assert "/data/crm.db" in found.message
        assert found.hint


def test_without_a_path_it_still_says_what() -> None:
    found = translate(Failure("SQLITE_BUSY"), None)
    assert found is not None
    assert found.message == "the store is locked by another process"


@pytest.mark.parametrize("name", ["SQLITE_ERROR", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_MISUSE", ""])
def test_a_fault_of_the_program_stays_one(name: str) -> None:
    failure = Failure(name)
    assert translate(failure, None) is None
    with pytest.raises(Failure), translating(None):
        raise failure


def test_a_broken_guard_is_a_conflict() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE guards (holds INTEGER CONSTRAINT guard_holds CHECK (holds = 1))"
    )
    with pytest.raises(errors.Conflict), translating(None):
        connection.execute("INSERT INTO guards VALUES (0)")
    connection.close()


ENDLESS = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


@pytest.mark.parametrize(
    ("stop", "kind"), [(KeyboardInterrupt, errors.Interrupted), (SystemExit, errors.Ended)]
)
def test_a_signal_ends_a_statement(stop: type[BaseException], kind: type[errors.CrmError]) -> None:
    """The signal is a real one, sent by a timer; its handler raises, as ours do."""
    import signal

    def strike(number: int, frame: object) -> None:
        del number, frame
        raise stop

    connection = sqlite3.connect(":memory:")
    watch_signals(connection)
    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(errors.Interrupted) as raised, translating(None):
            connection.execute(ENDLESS)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert type(raised.value) is kind
    assert connection.execute("SELECT 1").fetchone() == (1,)
    connection.close()


@pytest.mark.parametrize("timeout", [float("nan"), float("-inf"), float("inf"), -1.0, 0.0])
def test_any_number_is_a_time_to_wait(tmp_path: Path, timeout: float) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    begin(connection, timeout)
    assert connection.in_transaction
    connection.close()


def test_beginning_gives_up_in_time_and_puts_the_waiting_back(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    first = sqlite3.connect(path, isolation_level=None)
    second = sqlite3.connect(path, isolation_level=None)
    begin(first, 5)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        begin(second, 0.05)
    first.execute("ROLLBACK")
    begin(second, 7)
    assert second.execute("PRAGMA busy_timeout").fetchone() == (7000,)
    first.close()
    second.close()
