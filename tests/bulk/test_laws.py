"""A bulk edit is the same edit done to one after the other."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli.__main__ import main
from tests.history.snapshot import snapshot

OWNERS = st.sampled_from(["Anna", "Zoe"])
CITIES = st.sampled_from(["Bern", "Zürich"])
SOME_OPTIONS: st.SearchStrategy[dict[str, list[str]]] = st.fixed_dictionaries(
    {},
    optional={
        "--owner": OWNERS.map(lambda word: [word]),
        "--role": st.sampled_from(["customer", "partner"]).map(lambda word: [word]),
        "--language": st.just(["de"]),
        "--city": CITIES.map(lambda word: [word]),
        "--street": st.just(["Lane 1"]),
        "--address-label": st.just(["Home"]),
        "--tag": st.lists(st.sampled_from(["vip", "VIP", "new"]), min_size=1, max_size=2),
        "--link": st.lists(st.sampled_from(["a.ch", "https://a.ch"]), min_size=1, max_size=2),
        "--notes": st.just(["called"]),
        "--set": st.lists(
            st.sampled_from(["size=S", "shoe=41.5", "budget=5 CHF", "born=2026-01-02"]),
            min_size=1, max_size=2, unique_by=lambda text: text[:3],
        ),
        "--unset": st.lists(
            st.sampled_from(["source", "job_title", "link", "address", "phone", "email", "due"]),
            min_size=1, max_size=2,
        ),
    },
)  # fmt: skip
CONTACTS = st.lists(SOME_OPTIONS, min_size=1, max_size=5)
WHERE = st.sampled_from(["id > 0", "owner = anna or id > 2", "not (role = customer)"])


def run(*words: str) -> int:
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return main([*words, "--quiet"])


def words_of(options: dict[str, list[str]], *left_out: str) -> list[str]:
    return [
        word
        for name, values in options.items()
        if name not in left_out
        for value in values
        for word in (name, value)
    ]


def world(contacts: list[dict[str, list[str]]]) -> None:
    for name, kind in (("size", "choice"), ("shoe", "number"), ("budget", "money"),
                       ("born", "date"), ("due", "text")):  # fmt: skip
        more = ["--choice", "S,M"] if kind == "choice" else []
        assert run("field", "add", "contact", name, "--kind", kind, *more) == 0
    run("segment", "save", "anybody", "owner in (Anna, Zoe) or id > 0")
    for number, options in enumerate(contacts):
        words = words_of(options, "--unset", *([] if "--city" in options else ["--address-label"]))
        run("contact", "add", f"C{number}", *words, "--source", "fair", "--set", "due=x",
            "--phone", f"+4144668180{number}", "--email", f"c{number}@x.ch")  # fmt: skip


def content(path: Path) -> dict[str, list[Any]]:
    """The rows of every table by what they say; ids and the history are each store's own."""
    found: dict[str, list[Any]] = {}
    links = {"tag_id": "tags"}
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    labels = {row["id"]: row["label"] for row in connection.execute("SELECT id, label FROM tags")}
    for table in snapshot(path):
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
        for row in rows:
            if table not in {"contacts", "fields", "saved_segments"}:
                row.pop("id", None)
            row.pop("uid", None)
            if "tag_id" in row:
                row["tag_id"] = labels[row["tag_id"]], links["tag_id"]
        found[table] = sorted(json.dumps(row, sort_keys=True) for row in rows)
    connection.close()
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contacts=CONTACTS, options=SOME_OPTIONS.filter(bool), where=WHERE)
def test_many_at_once_are_each_by_itself(
    contacts: list[dict[str, list[str]]], options: dict[str, list[str]], where: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = os.environ["CRM_DB"]
        try:
            once, each = Path(folder) / "once.db", Path(folder) / "each.db"
            os.environ["CRM_DB"] = str(once)
            world(contacts)
            os.environ["CRM_DB"] = str(each)
            world(contacts)
            out = StringIO()
            with redirect_stdout(out), redirect_stderr(StringIO()):
                chosen = main(["contact", "list", "--where", where, "-f", "ids"])
            ids = out.getvalue().split() if chosen == 0 else []
            words = words_of(options)
            statuses = [run("contact", "edit", number, *words) for number in ids]
            os.environ["CRM_DB"] = str(once)
            before = snapshot(once)
            status = run("contact", "edit", "--where", where, *words, "--yes")
            assert (status != 0) == (chosen != 0 or any(statuses))
            if status:
                assert snapshot(once) == before
                return
            after = content(once)
            assert after == content(each)
            if snapshot(once) != before:
                full = snapshot(once)
                assert run("undo") == 0
                assert snapshot(once) == before
                assert run("redo") == 0
                assert snapshot(once) == full
        finally:
            os.environ["CRM_DB"] = kept
