"""Any entry taken back at any time: done and undone again, or refused as a conflict, never a bug."""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_cli.__main__ import main
from tests.history.snapshot import snapshot

IDS = st.integers(1, 4)
DAYS = st.sampled_from(["2026-01-31", "2026-02-01"])
EXPECTED = {0, 2, 3, 4, 5}
"""Done, or refused with a reason; 1 is a bug."""


class AnyOrder(RuleBasedStateMachine):
    """A few records that hang on each other, and the history taken back in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        self.run("contact", "add", "Acme", "--kind", "company")
        self.run("contact", "add", "Ada", "--company", "Acme", "--email", "a@x.ch")
        self.run("product", "add", "Tea", "3", "--sku", "T")
        self.run("purchase", "add", "2", "Tea", "5", "--on", "2026-01-31")

    def teardown(self) -> None:
        self.folder.cleanup()

    def run(self, *arguments: object) -> int:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([str(argument) for argument in arguments])
        assert status in EXPECTED, (arguments, err.getvalue())
        return status

    @rule(company=IDS, email=st.sampled_from("ab"))
    def add(self, company: int, email: str) -> None:
        self.run("contact", "add", "Bob", "--company", company, "--email", f"{email}@x.ch",
                 "--external-id", f"shop:{email}")  # fmt: skip

    @rule(number=IDS, option=st.sampled_from(["--company", "--referred-by"]), other=IDS)
    def point(self, number: int, option: str, other: int) -> None:
        self.run("contact", "edit", number, option, other)

    @rule(number=IDS, other=IDS, more=st.sampled_from([(), ("--remove",)]))
    def link(self, number: int, other: int, more: tuple[str, ...]) -> None:
        self.run("contact", "link", number, other, "--kind", "family", *more)

    @rule(number=IDS, verb=st.sampled_from(["tag", "untag"]))
    def tag(self, number: int, verb: str) -> None:
        self.run("contact", verb, number, "vip")

    @rule(number=IDS, verb=st.sampled_from(["archive", "restore"]))
    def archive(self, number: int, verb: str) -> None:
        self.run("contact", verb, number)

    @rule(number=IDS, what=st.sampled_from(["email a@x.ch", "external-id shop:a"]),
          verb=st.sampled_from(["--", "--remove-"]))  # fmt: skip
    def key(self, number: int, what: str, verb: str) -> None:
        option, value = what.split()
        self.run("contact", "edit", number, f"{verb}{option}", value)

    @rule(number=IDS)
    def delete(self, number: int) -> None:
        self.run("contact", "delete", number, "--yes")

    @rule()
    def delete_together(self) -> None:
        kept, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(b"1\n2\n"))
        try:
            self.run("contact", "delete", "-", "--yes")
        finally:
            sys.stdin = kept

    @rule(number=IDS, product=st.sampled_from(["Tea", "Cup"]), day=DAYS)
    def buy(self, number: int, product: str, day: str) -> None:
        self.run("purchase", "add", number, product, "5", "--on", day)

    @rule(number=IDS, day=DAYS)
    def change_purchase(self, number: int, day: str) -> None:
        self.run("purchase", "edit", number, "--on", day, "--product", "Tea")

    @rule(number=IDS)
    def send_back(self, number: int) -> None:
        self.run("purchase", "return", number, "2")

    @rule(number=IDS, who=IDS)
    def move(self, number: int, who: int) -> None:
        self.run("purchase", "edit", number, "--who", who)

    @rule(number=IDS)
    def delete_purchase(self, number: int) -> None:
        self.run("purchase", "delete", number, "--yes")

    @rule(
        number=IDS, verb=st.sampled_from([("retire",), ("edit", "--active"), ("edit", "--sku=T")])
    )
    def product(self, number: int, verb: tuple[str, ...]) -> None:
        self.run("product", verb[0], number, *verb[1:])

    @rule(verb=st.sampled_from([("add", "USD", "1.1", "--on", "2026-01-01"), ("remove", "1"),
                                ("remove", "2")]))  # fmt: skip
    def rate(self, verb: tuple[str, ...]) -> None:
        self.run("config", "rate", *verb)

    @rule(value=st.sampled_from([("set", "country", "CH"), ("unset", "country")]))
    def setting(self, value: tuple[str, ...]) -> None:
        self.run("config", *value)

    @rule()
    def export_and_import(self) -> None:
        file = Path(self.folder.name) / "all.csv"
        if not file.exists():
            self.run("contact", "export", file)
        else:
            self.run("contact", "import", file)

    @rule(number=st.integers(1, 4))
    def restore(self, number: int) -> None:
        self.run("trash", "restore", number)

    @rule(back=st.integers(0, 12))
    def undo(self, back: int) -> None:
        """Undone and done again, everything is as it was before."""
        ((newest,),) = self._read("SELECT max(id) FROM entries")
        before = snapshot(self.path)
        if self.run("undo", newest - back) == 0:
            assert self.run("undo", newest + 1) == 0
        assert snapshot(self.path) == before

    @rule(verb=st.sampled_from(["undo", "redo"]))
    def step(self, verb: str) -> None:
        self.run(verb)

    def _read(self, sql: str) -> list[tuple[int, ...]]:
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    @invariant()
    def nothing_hangs_in_the_air(self) -> None:
        assert self._read("PRAGMA foreign_key_check") == []

    @invariant()
    def figures_are_those_of_the_purchases(self) -> None:
        expected = self._read(
            "SELECT contact_id, sum(CASE kind WHEN 'sale' THEN amount ELSE -amount END)"
            "  FROM purchases GROUP BY contact_id ORDER BY contact_id"
        )
        assert self._read("SELECT contact_id, revenue FROM customers ORDER BY 1") == expected


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "unused")


AnyOrder.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TestAnyOrder = AnyOrder.TestCase
