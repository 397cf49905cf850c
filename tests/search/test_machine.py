"""Whatever is done in whatever order: the index is what a fresh build of it would be."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_cli.__main__ import main
from tests.search.checks import check

NAMES = st.sampled_from(["Ada Meier", "Bob", "Zoë Groß", "Acme AG", "李雷"])
WORDS = st.sampled_from(["tea", "vip", "Ärzte", "two words"])
NUMBERS = st.integers(1, 6)


class Business(RuleBasedStateMachine):
    """Everything that can change what is indexed, in any order; a refusal is as good."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        self.run("field", "add", "contact", "Size", "--kind", "number")
        self.run("field", "add", "contact", "Colour", "--kind", "choice", "--choices", "red,blue")
        self.run("field", "add", "product", "Maker", "--kind", "text")
        self.run("field", "add", "purchase", "Seller", "--kind", "text")
        self.run("field", "add", "lead", "Model", "--kind", "text")
        for name in ("Ada", "Bob"):
            address = f"{name}@ex.com"
            self.run(
                "contact", "add", name, "--company", "Acme", "--email", address,
                "--set", "colour=red",
            )  # fmt: skip

    def teardown(self) -> None:
        self.folder.cleanup()

    def run(self, *arguments: object) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = main([*map(str, arguments), "--yes"])
        assert status != 1, (arguments, out.getvalue())

    @rule(name=NAMES, word=WORDS, number=NUMBERS)
    def add(self, name: str, word: str, number: int) -> None:
        self.run(
            "contact", "add", name, "--email", f"c{number}@example.com", "--allow-duplicate",
            "--tag", word, "--company", "Acme", "--set", f"size={number}", "--first-name", word,
        )  # fmt: skip

    @rule(who=NUMBERS, name=NAMES, word=WORDS)
    def edit(self, who: int, name: str, word: str) -> None:
        self.run(
            "contact", "edit", who, "--name", name, "--notes", word, "--set", "colour=red",
            "--external-id", f"shop:{who}", "--city", word, "--phone", f"+417912345{who:02d}",
        )  # fmt: skip

    @rule(who=NUMBERS, field=st.sampled_from(["notes", "company", "size", "job_title"]))
    def empty(self, who: int, field: str) -> None:
        self.run("contact", "edit", who, "--unset", field)

    @rule(who=NUMBERS, number=NUMBERS)
    def take_off(self, who: int, number: int) -> None:
        self.run("contact", "edit", who, "--remove-email", f"c{number}@example.com")

    @rule(who=NUMBERS, word=WORDS, verb=st.sampled_from(["tag", "untag", "note"]))
    def say(self, who: int, word: str, verb: str) -> None:
        self.run("contact", verb, who, word)

    @rule(who=NUMBERS, verb=st.sampled_from(["delete", "archive", "restore"]))
    def hide(self, who: int, verb: str) -> None:
        self.run("contact", verb, who)

    @rule(number=NUMBERS)
    def restore(self, number: int) -> None:
        self.run("trash", "restore", number)

    @rule(who=NUMBERS, word=WORDS)
    def buy(self, who: int, word: str) -> None:
        self.run(
            "purchase", "add", who, word, 5, "--order", f"O-{who}", "--description", word,
            "--set", "seller=Béla",
        )  # fmt: skip

    @rule(number=NUMBERS, word=WORDS)
    def change_what_was_bought(self, number: int, word: str) -> None:
        self.run("purchase", "edit", number, "--description", word)
        self.run("product", "edit", number, "--name", word, "--set", f"maker={word}")

    @rule(number=NUMBERS, verb=st.sampled_from(["return", "delete"]))
    def take_back(self, number: int, verb: str) -> None:
        self.run("purchase", verb, number)

    @rule(who=NUMBERS, word=WORDS, number=NUMBERS)
    def want(self, who: int, word: str, number: int) -> None:
        self.run(
            "lead", "add", who, word, 5, "--notes", word, "--external-id", f"deal:{number}",
            "--set", f"model={word}",
        )  # fmt: skip

    @rule(number=NUMBERS, word=WORDS)
    def change_what_is_wanted(self, number: int, word: str) -> None:
        self.run("lead", "edit", number, "--title", word, "--notes", word, "--set", "model=")

    @rule(number=NUMBERS, word=WORDS)
    def lose(self, number: int, word: str) -> None:
        self.run("lead", "lose", number, "price", "--competitor", word)

    @rule(number=NUMBERS, verb=st.sampled_from(["delete", "reopen", "win"]))
    def end(self, number: int, verb: str) -> None:
        self.run("lead", verb, number)

    @rule(word=st.sampled_from(["red", "blue", "dark red", "navy"]))
    def rename_a_choice(self, word: str) -> None:
        self.run("picklist", "rename", "contact.colour", "red", word)

    @rule()
    def merge_choices(self) -> None:
        self.run("picklist", "merge", "contact.colour", "blue", "red")

    @rule(rows=st.lists(st.tuples(NAMES, NUMBERS, WORDS), min_size=1, max_size=4))
    def import_contacts(self, rows: list[tuple[str, int, str]]) -> None:
        file = Path(self.folder.name) / "people.csv"
        lines = [f'"{name}",c{key}@example.com,{word},Acme' for name, key, word in rows]
        file.write_text("\n".join(["name,email,city,company", *lines]), encoding="utf-8")
        self.run("contact", "import", file, "--on-match", "update")

    @rule(rows=st.lists(st.tuples(NAMES, NUMBERS, NAMES), min_size=1, max_size=4))
    def import_by_number(self, rows: list[tuple[str, int, str]]) -> None:
        """People and companies that may be called otherwise, and work for one another."""
        file = Path(self.folder.name) / "known.csv"
        lines = [f'"{name}",shop:{key},{company},red' for name, key, company in rows]
        header = "name,external_id,company,colour"
        file.write_text("\n".join([header, *lines]), encoding="utf-8")
        self.run("contact", "import", file, "--on-match", "update")

    @rule(rows=st.lists(st.tuples(NUMBERS, WORDS), min_size=1, max_size=4))
    def import_purchases(self, rows: list[tuple[int, str]]) -> None:
        file = Path(self.folder.name) / "orders.csv"
        lines = [f"{key},2026-05-0{key},{word},5,O{key},{word}" for key, word in rows]
        file.write_text(
            "\n".join(["customer,date,product,amount,order number,description", *lines]),
            encoding="utf-8",
        )
        self.run("purchase", "import", file)

    @rule(number=st.integers(1, 30))
    def undo_one(self, number: int) -> None:
        self.run("undo", number)

    @rule(verb=st.sampled_from(["undo", "redo"]))
    def undo(self, verb: str) -> None:
        self.run(verb)

    @invariant()
    def is_what_a_fresh_build_gives(self) -> None:
        check(self.path)


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
