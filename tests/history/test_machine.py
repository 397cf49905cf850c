"""Commands, undo and redo in any order, held against a plain model of the business."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crm_cli.__main__ import main
from tests.history.snapshot import snapshot

NAMES = st.sampled_from(["Ada", "Bob", "Zoë", "=1+1", "[/] x", "李雷"])
OWNERS = st.sampled_from(["carol", "dan"])
TAGS = st.sampled_from(["vip", "news", "Ärzte"])
AMOUNTS = st.integers(1, 99)
DAYS = st.sampled_from(["2026-01-31", "2026-02-01", "2026-05-05", "2026-06-15"])


def run(*arguments: object) -> tuple[int, str]:
    """Run the program in this process and return (status, stdout)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue()


class Business(RuleBasedStateMachine):
    """The model: contacts and purchases as dictionaries, undo as a stack of copies."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        self.contacts: dict[int, dict[str, Any]] = {}
        self.purchases: dict[int, dict[str, Any]] = {}
        self.done: list[tuple[Any, Any]] = []
        self.undone: list[tuple[Any, Any]] = []
        self.next_contact = self.next_purchase = 1
        run("config", "set", "currency", "EUR")
        self.start = self._stored()

    def teardown(self) -> None:
        self.folder.cleanup()

    # -- the model's own undo -----------------------------------------------------------------

    def _state(self) -> Any:
        return copy.deepcopy((self.contacts, self.purchases))

    def _stored(self) -> Any:
        return snapshot(self.path) if self.path.exists() else None

    def _change(self, *arguments: object, expect: int = 0) -> str:
        before = (self._state(), self._stored())
        status, out = run(*arguments, "--json")
        assert status == expect, (arguments, out)
        if status == 0:
            self.done.append(before)
            self.undone.clear()
        return out

    def _pick(self, index: int) -> int:
        living = sorted(self.contacts)
        return living[index % len(living)]

    # -- commands -----------------------------------------------------------------------------

    @rule(name=NAMES, owner=OWNERS)
    def add(self, name: str, owner: str) -> None:
        address = f"c{self.next_contact}@example.com"
        out = json.loads(self._change("contact", "add", name, "--owner", owner, "--email", address))
        assert out["id"] == self.next_contact
        self.contacts[self.next_contact] = {
            "name": name, "owner": owner, "email": address, "tags": set(), "orders": 0,
            "cents": 0, "role": "prospect", "archived": False,
        }  # fmt: skip
        self.next_contact += 1

    @precondition(lambda self: self.contacts)
    @rule(index=st.integers(0, 9), name=NAMES)
    def rename(self, index: int, name: str) -> None:
        number = self._pick(index)
        if self.contacts[number]["name"] == name:
            return
        self._change("contact", "edit", number, "--name", name)
        self.contacts[number]["name"] = name

    @precondition(lambda self: self.contacts)
    @rule(index=st.integers(0, 9), tag=TAGS)
    def tag(self, index: int, tag: str) -> None:
        number = self._pick(index)
        if tag in self.contacts[number]["tags"]:
            return
        self._change("contact", "tag", number, tag)
        self.contacts[number]["tags"].add(tag)

    @precondition(lambda self: self.contacts)
    @rule(index=st.integers(0, 9), amount=AMOUNTS, day=DAYS)
    def buy(self, index: int, amount: int, day: str) -> None:
        number = self._pick(index)
        self._change("purchase", "add", number, "Tea", amount, "--on", day)
        contact = self.contacts[number]
        contact["orders"] += 1
        contact["cents"] += amount * 100
        contact["role"] = "customer"
        self.purchases[self.next_purchase] = {
            "contact": number,
            "cents": amount * 100,
            "left": amount * 100,
        }
        self.next_purchase += 1

    @precondition(lambda self: self.purchases)
    @rule(index=st.integers(0, 9))
    def send_back(self, index: int) -> None:
        sales = [n for n, p in sorted(self.purchases.items()) if p.get("left")]
        if not sales:
            return
        sale = sales[index % len(sales)]
        self._change("purchase", "return", sale)
        left = self.purchases[sale]["left"]
        number = self.purchases[sale]["contact"]
        self.contacts[number]["cents"] -= left
        self.purchases[sale]["left"] = 0
        self.purchases[self.next_purchase] = {"contact": number, "cents": -left}
        self.next_purchase += 1

    @precondition(lambda self: self.contacts)
    @rule(index=st.integers(0, 9))
    def delete(self, index: int) -> None:
        number = self._pick(index)
        self._change("contact", "delete", number, "--yes")
        del self.contacts[number]
        self.purchases = {n: p for n, p in self.purchases.items() if p["contact"] != number}

    @precondition(lambda self: self.contacts)
    @rule(index=st.integers(0, 9))
    def archive_or_restore(self, index: int) -> None:
        number = self._pick(index)
        verb = "restore" if self.contacts[number]["archived"] else "archive"
        self._change("contact", verb, number)
        self.contacts[number]["archived"] = not self.contacts[number]["archived"]

    @rule(rows=st.lists(st.tuples(NAMES, st.integers(1, 40)), min_size=1, max_size=4))
    def import_file(self, rows: list[tuple[str, int]]) -> None:
        taken = {contact["email"]: number for number, contact in self.contacts.items()}
        fresh: dict[str, str] = {}
        for name, key in rows:
            fresh.setdefault(f"i{key}@example.com", name)
        new = {address: name for address, name in fresh.items() if address not in taken}
        file = Path(self.folder.name) / "people.csv"
        lines = ["name,email", *(f'"{name}",{address}' for address, name in new.items())]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if not new:
            return
        counts = json.loads(self._change("contact", "import", file))
        assert counts["created"] == len(new)
        for address, name in new.items():
            self.contacts[self.next_contact] = {
                "name": name, "owner": None, "email": address, "tags": set(), "orders": 0,
                "cents": 0, "role": "prospect", "archived": False,
            }  # fmt: skip
            self.next_contact += 1

    # -- undo and redo ------------------------------------------------------------------------

    @rule()
    def undo(self) -> None:
        now = (self._state(), self._stored())
        if not self.done:
            return
        status, _ = run("undo", "--yes")
        assert status == 0
        (self.contacts, self.purchases), stored = self.done.pop()
        self.undone.append(now)
        assert self._stored() == stored

    @rule()
    def redo(self) -> None:
        now = (self._state(), self._stored())
        status, _ = run("redo", "--yes")
        if not self.undone:
            assert status == 3
            return
        assert status == 0
        (self.contacts, self.purchases), stored = self.undone.pop()
        self.done.append(now)
        assert self._stored() == stored

    # -- what the program shows ---------------------------------------------------------------

    @invariant()
    def shows_what_the_model_says(self) -> None:
        status, out = run("contact", "export", "-", "-f", "jsonl")
        assert status == 0
        shown = {
            record["id"]: {
                "name": record["name"],
                "owner": record["owner"],
                "email": record["emails"][0]["value"],
                "tags": set(record["tags"]),
                "orders": record["orders"],
                "cents": round(float(record["revenue"] or 0) * 100),
                "role": record["role"],
                "archived": record["archived_at"] is not None,
            }
            for record in map(json.loads, out.splitlines())
        }
        assert shown == self.contacts

    @invariant()
    def purchases_are_the_models(self) -> None:
        status, out = run("purchase", "list", "--json")
        assert status == 0
        shown = {
            row["id"]: (row["contact_id"], round(float(row["amount"]) * 100))
            for row in json.loads(out)
        }
        assert shown == {n: (p["contact"], abs(p["cents"])) for n, p in self.purchases.items()}


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "unused")


Business.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TestBusiness = Business.TestCase
