"""Files of any shape, and imports that are cut off."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Crm
from tests.imports.helpers import COUNTS, Files

if TYPE_CHECKING:
    from pathlib import Path

pieces = st.sampled_from(
    [b"name", b"email", b"customer", b"date", b"amount", b"Ada", b"a@x.org", b"2026-01-05", b"12.50",
     b"-3", b",", b",", b",", b";", b"\t", b"\n", b"\n", b"\r\n", b"\r", b'"', b'""', b"'=1",
     b"\0", b"\xff", b"\xef\xbb\xbf", "Zoë".encode(), b" ", b"{}", b'{"name": "Ada"}']
)  # fmt: skip


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["contact", "product", "purchase"]),
    st.one_of(
        st.binary(max_size=200),
        st.lists(pieces, max_size=60).map(b"".join),
        st.lists(pieces, max_size=60).map(lambda found: b"name,email,phone\n" + b"".join(found)),
        st.lists(pieces, max_size=60).map(
            lambda found: b"customer,date,amount\n" + b"".join(found)
        ),
    ),
)
def test_the_law_of_counts_holds_for_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, noun: str, content: bytes,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("any")
    monkeypatch.setenv("CRM_DB", str(folder / "crm.db"))
    monkeypatch.chdir(folder)
    crm = Crm(folder / "crm.db", capsys.readouterr)
    path = folder / "in.csv"
    path.write_bytes(content)
    run = crm(noun, "import", path, "--json", code=None)
    assert run.code in {0, 6}, run
    if not run.out:
        assert run.error["code"] == "bad-file"
        return
    result = run.json
    assert result["read"] == sum(result[key] for key in COUNTS[1:])
    assert result["rejected"] == len(_rejects(folder / "in.csv.rejects.csv"))
    again = crm(noun, "import", path, "--json", code=None).json
    assert again["created"] == again["updated"] == 0
    assert again["rejected"] == result["rejected"]


def _rejects(path: Path) -> list[list[str]]:
    """Return the rows of a reject file, read as an import without options reads them."""
    from crm_cli.exchange.source import open_source
    from crm_cli.exchange.table import open_table

    if not path.exists():
        return []
    source = open_source(str(path), None)
    try:
        table = open_table(source)
        assert table.header[-3:] == ["_line", "_field", "_reason"]
        return [cells for _, cells, _ in table.rows()]
    finally:
        source.close()


LATE = """
import os, signal, sys
from crm_cli.store.batch import Batch
run = Batch.run
number = getattr(signal, sys.argv.pop(1))
def cut(self, connection):
    run(self, connection)
    os.kill(os.getpid(), number)
Batch.run = cut
from crm_cli.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("name", "code"), [("SIGKILL", -9), ("SIGINT", 130), ("SIGTERM", 143)])
def test_an_import_cut_off_before_its_commit_leaves_nothing(
    files: Files, name: str, code: int
) -> None:
    files.load("contact", "name,email\nAda,a@x.org\n")
    before = files.dump()
    text = "name,email\n" + "".join(f"P {n},p{n}@x.org\n" for n in range(3000))
    path = files.write(text, "many.csv")
    done = subprocess.run(
        [sys.executable, "-c", LATE, name, "contact", "import", str(path)],
        env={**os.environ, "CRM_DB": str(files.crm.db)}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done
    assert b"Traceback" not in done.stderr
    assert files.dump() == before
    assert files.rows("PRAGMA integrity_check") == [("ok",)]
    assert files.counts("contact", text)[1] == 3000


def test_a_store_that_is_locked(files: Files) -> None:
    files.load("contact", "name\nAda\n")
    other = sqlite3.connect(files.crm.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    run = files.crm("contact", "import", files.write("name\nBob\n"), "--lock-timeout", "0.1",
                    "--json", code=10)  # fmt: skip
    other.close()
    assert run.error["code"] == "store-locked"
    assert files.counts("contact", "name\nBob\n")[1] == 1


def test_files_that_cannot_be_used(files: Files) -> None:
    for content in ("", "\n\n", b"PK\x03\x04"):
        run = files.crm("contact", "import", files.write(content), "--json", code=6)
        assert run.error["code"] == "bad-file"
    run = files.crm("contact", "import", files.folder / "none.csv", "--json", code=6)
    assert run.error["code"] == "bad-file"
    assert not files.crm.db.exists()
    assert files.counts("contact", "name,email\n") == (0, 0, 0, 0, 0)


def test_rejects_that_cannot_be_written_stop_the_import(files: Files) -> None:
    path = files.write("name,email\nAda,a@x.org\nBob,bob@\n")
    run = files.crm("contact", "import", path, "--rejects", files.folder / "no" / "r.csv",
                    "--json", code=6)  # fmt: skip
    assert "nothing was imported" in run.error["message"]
    assert files.crm.json("contact", "list") == []


def test_interrupting_a_long_statement(files: Files) -> None:
    """Ctrl-C reaches SQLite while it works inside one statement."""
    program = LATE.replace(
        "    run(self, connection)\n",
        "    import threading\n"
        "    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "    connection.execute('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
        " SELECT count(*) FROM c WHERE x < 0')\n",
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "SIGINT", "contact", "import",
         str(files.write("name\nAda\n"))],
        env={**os.environ, "CRM_DB": str(files.crm.db)}, capture_output=True, check=False,
        timeout=30,
    )  # fmt: skip
    assert done.returncode == 130, done
    assert signal.SIGINT
    assert files.rows("SELECT count(*) FROM contacts") == [(0,)]


def test_rows_bad_in_shape_are_rejected_again_until_they_are_mended(files: Files) -> None:
    text = 'name,email,city\nAda,ada@x.org,Bern,7,8\n"Eve,eve@x.org,Bern\nBob\n'
    assert files.counts("contact", text, code=6) == (3, 0, 0, 0, 3)
    rejects = (files.folder / "in.csv.rejects.csv").read_text(encoding="utf-8")
    again = files.load("contact", rejects, code=6, name="again.csv")
    assert again["rejected"] == 3
    assert "never closed" in str(again["rejections"])
    once_more = (files.folder / "again.csv.rejects.csv").read_text(encoding="utf-8")
    mended = once_more.replace('"Bern,7,8"', "Bern").replace("Bob,,", "Bob,bob@x.org,")
    assert files.counts("contact", mended, code=6, name="mended.csv") == (3, 2, 0, 0, 1)
