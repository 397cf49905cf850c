"""``examples/nightly-import.sh`` as a shop's cron runs it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "nightly-import.sh"
TOOLS = ("sh", "awk", "sed", "tr", "mkdir", "mktemp", "rm", "rmdir", "mv", "date", "cat", "dirname",
         "cp", "flock")  # fmt: skip


class Shop:
    """A folder of lists, and the script with few other programs on its path."""

    def __init__(self, crm: Crm, folder: Path) -> None:
        self.crm = crm
        self.folder = folder
        self.inbox = folder / "the shop's inbox"
        self.inbox.mkdir()
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.mails = folder / "mails"
        for tool in TOOLS:
            found = shutil.which(tool)
            if found is not None:
                (self.bin / tool).symlink_to(found)
        self.program("crm", f'exec "{sys.executable}" -m crm_cli "$@"')
        self.program("post", f'cat >>"{self.mails}"; echo "--" >>"{self.mails}"')

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def put(self, name: str, text: str) -> None:
        (self.inbox / name).write_text(text, encoding="utf-8")

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PATH": str(self.bin), "MAIL_TO": "owner@example.com"}
        return subprocess.Popen(
            ["sh", str(SCRIPT), *arguments], env={**environment, "MAIL_COMMAND": "post", **settings},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def night(self, code: int = 0, **settings: str) -> str:
        """Run the script over the inbox and return what it printed."""
        process = self.start(str(self.inbox), str(self.crm.db), **settings)
        out, err = process.communicate()
        assert process.returncode == code, (out, err)
        return out + err

    def files(self, under: str = "") -> list[str]:
        folder = self.inbox / under
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(path.name for path in found if path.is_file() and path.name[0] != ".")


@pytest.fixture
def shop(crm: Crm, tmp_path: Path) -> Shop:
    return Shop(crm, tmp_path)


def without_day(names: list[str]) -> list[str]:
    return [re.sub(r"-\d{4}-\d\d-\d\d", "", name) for name in names]


LISTS: dict[str, str] = {
    "Purchases May.csv": "customer,date,sku,amount\nC1,2026-05-04,TEA,4.90\nC2,2026-05-05,TEA,9.80\n",
    "contacts.csv": "customer_id,name,email\nC1,Ada,ada@x.org\nC2,Bob,bob@x.org\n",
    "products.csv": "sku,name,price\nTEA,Tea,4.90\n",
}


def test_two_nights_and_nothing_new_in_the_second(shop: Shop) -> None:
    for name, text in LISTS.items():
        shop.put(name, text)
    first = shop.night()
    # What a purchase names stands in the store before it, whatever the order of the files.
    assert first.splitlines() == [
        "products.csv: 1 read, 1 created, 0 updated, 0 unchanged, 0 rejected",
        "contacts.csv: 2 read, 2 created, 0 updated, 0 unchanged, 0 rejected",
        "Purchases May.csv: 2 read, 2 created, 0 updated, 0 unchanged, 0 rejected",
        "3 files, 5 rows read, 0 rejected, 0 failed",
    ]
    assert shop.files() == []
    assert without_day(shop.files("done")) == ["Purchases May.csv", "contacts.csv", "products.csv"]
    assert [row["name"] for row in shop.crm.json("contact", "list")] == ["Ada", "Bob"]
    assert shop.night() == "0 files, 0 rows read, 0 rejected, 0 failed\n"
    for name, text in LISTS.items():
        shop.put(name, text)
    again = shop.night()
    assert again.count(" 0 created, 0 updated,") == 3
    assert len(shop.files("done")) == 6
    assert len(shop.crm.json("purchase", "list")) == 2
    assert not shop.mails.exists()


def test_a_list_of_no_known_kind_does_not_go_unnoticed(shop: Shop) -> None:
    shop.put("all-people.csv", LISTS["contacts.csv"])
    shop.put("read me.txt", "prices change in May")
    shop.put("from my phone.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Eve\nEND:VCARD\n")
    out = shop.night(6)
    assert "all-people.csv: left where it is: begin its name with" in out
    assert "from my phone.vcf: 1 read, 1 created" in out
    assert shop.files() == ["all-people.csv", "read me.txt"]
    assert "rejected, 1 failed" in shop.mails.read_text(encoding="utf-8")


def test_a_bad_file_stays_and_the_others_come_in(shop: Shop) -> None:
    shop.put("contacts.csv", "name,email\nAda,ada@x.org\nBob,nowhere\nEve,nobody\n")
    shop.put("contacts-empty.csv", "")
    shop.put("orders.csv", LISTS["Purchases May.csv"])
    shop.put("notes.csv", "a,b\n1,2\n")
    shop.put("products.csv.part", "sku,na")
    out = shop.night(6)
    assert "contacts-empty.csv: NOT IMPORTED (exit 6), it stays in the inbox" in out
    assert "contacts.csv: 3 read, 1 created, 0 updated, 0 unchanged, 2 rejected" in out
    assert "orders.csv: 2 read, 2 created" in out
    assert "notes.csv: left where it is" in out
    assert "products.csv.part: left where it is" in out
    assert shop.files() == ["contacts-empty.csv", "notes.csv", "products.csv.part"]
    mail = shop.mails.read_text(encoding="utf-8")
    assert mail.startswith(
        "To: owner@example.com\nSubject: crm import: 2 of 5 rows rejected, 2 failed\n"
    )
    assert mail.endswith(f"\n\n{out}--\n")
    assert mail.count("To:") == 1
    # The mended rows are one more list of contacts.
    (rejects,) = (shop.inbox / "rejected").iterdir()
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    mended = rejects.read_text(encoding="utf-8").replace("nowhere", "bob@x.org")
    shop.put(rejects.name, mended.replace("nobody", "eve@x.org"))
    (shop.inbox / "contacts-empty.csv").unlink()
    (shop.inbox / "notes.csv").unlink()
    assert "2 read, 2 created" in shop.night()
    assert len(shop.crm.json("contact", "list")) == 5


def test_rejects_of_one_night_outlast_the_next(shop: Shop) -> None:
    shop.put("contacts.csv", "name,email\nBob,nowhere\n")
    shop.night(6)
    shop.put("contacts.csv", "name,email\nAda,ada@x.org\n")
    shop.night()
    assert without_day(shop.files("rejected")) == ["contacts.rejects.csv"]
    assert without_day(shop.files("done")) == ["contacts-2.csv", "contacts.csv"]


def test_the_worst_code_is_the_last_word(shop: Shop) -> None:
    shop.put("contacts.csv", "name,email\nBob,nowhere\n")
    shop.put("contacts-2.csv", "name,email\nEve,eve@x.org\n")
    shop.crm.db.write_text("no store", encoding="utf-8")
    out = shop.night(10)
    assert out.count("NOT IMPORTED (exit 10)") == 2
    assert shop.files() == ["contacts-2.csv", "contacts.csv"]
    shop.crm.db.unlink()
    assert "the report could not be mailed" in shop.night(75, MAIL_COMMAND="false")


def test_what_brings_the_files_may_fail(shop: Shop) -> None:
    fetch = f'printf "name\\nAda\\n" >"{shop.inbox}/contacts fetched.csv"'
    assert "1 read, 1 created" in shop.night(FETCH_COMMAND=fetch)
    shop.put("contacts.csv", "name\nBob\n")
    out = shop.night(75, FETCH_COMMAND="echo the shop is down >&2; exit 3")
    assert "the files could not be fetched:\n    the shop is down\n" in out
    assert "1 read, 1 created" in out
    assert "Subject: crm import: 0 of 1 rows rejected, 1 failed" in shop.mails.read_text()


@pytest.mark.parametrize("lock", ["flock", "folder"])
def test_one_run_at_a_time(shop: Shop, lock: str) -> None:
    if lock == "folder":
        (shop.bin / "flock").unlink(missing_ok=True)
    here, on = shop.folder / "here", shop.folder / "on"
    os.mkfifo(here)
    os.mkfifo(on)
    shop.put("contacts.csv", "name\nAda\n")
    first = shop.start(str(shop.inbox), str(shop.crm.db),
                       FETCH_COMMAND=f'echo here >"{here}"; read line <"{on}"')  # fmt: skip
    assert here.read_text() == "here\n"
    assert "another run is at work" in shop.night(75)
    on.write_text("go\n")
    out, _ = first.communicate()
    assert (first.returncode, "1 read, 1 created" in out) == (0, True)
    shop.night()


def test_the_demonstration_and_a_store_named_by_the_environment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = shop.start()
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "contacts from the fair.csv: 2 read, 1 created" in out
    assert out.endswith("0 files, 0 rows read, 0 rejected, 0 failed\n")
    assert not shop.crm.db.exists()
    shop.put("contacts.csv", "name\nAda\n")
    process = shop.start(str(shop.inbox))
    process.communicate()
    assert [row["name"] for row in shop.crm.json("contact", "list")] == ["Ada"]


def test_a_shell_that_knows_posix_only_reads_it() -> None:
    shells: list[Any] = [shell for shell in ("dash", "sh") if shutil.which(shell)]
    for shell in shells:
        done = subprocess.run([shell, "-n", SCRIPT], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
