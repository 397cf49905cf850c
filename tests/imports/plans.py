"""Shared by the tests of plans: what a plan says, held against what an import does."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.imports.helpers import COUNTS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pytest

    from tests.conftest import Crm

UNSAID = {
    "id", "uid", "company_id", "contact_id", "product_id", "returns_id", "created_at",
    "updated_at", "company_uid", "contact_uid", "product_uid", "returns_uid", "referred_by_uid",
}  # fmt: skip
FIGURES = {
    "orders", "revenue", "currency", "last_purchase_on", "segment", "next_follow_up_on",
}  # fmt: skip
LEAD_FIGURES = {
    "weighted_value", "score", "next_follow_up_on", "age_days", "stage_age_days", "stale",
    "rotten_days", "referred_by", "purchase_id",
}  # fmt: skip
NOUNS = ("contact", "product", "purchase", "lead")


def lines(path: Path) -> list[dict[str, Any]]:
    """Every line of a plan."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a plan, by their fates."""
    return [line for line in lines(path) if "line" in line]


def change(path: Path, number: int, **values: Any) -> None:
    """Change the row of a line, as somebody with an editor would; None takes it out."""
    found = lines(path)
    for line in found:
        if line.get("line") == number:
            line.update(values)
    path.write_text("".join(json.dumps(line) + "\n" for line in found), encoding="utf-8")


def drop(path: Path, number: int) -> None:
    """Delete the row of a line."""
    kept = [line for line in lines(path) if line.get("line") != number]
    path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")


def exported(crm: Crm, noun: str) -> list[dict[str, Any]]:
    """Every record of a noun, in full."""
    text = crm(noun, "export", "-f", "jsonl").out
    return [json.loads(line) for line in text.split("\n") if line]


def everything(crm: Crm) -> dict[str, list[dict[str, Any]]]:
    """What the store holds, without what is drawn by lot or from the clock."""
    return {
        noun: [
            {k: v for k, v in record.items() if k not in UNSAID or k.endswith("_id")}
            for record in exported(crm, noun)
        ]
        for noun in NOUNS
    }


def differences(
    noun: str, before: dict[str, Any] | None, after: dict[str, Any], unsaid: Collection[str] = ()
) -> dict[str, Any]:
    """What two exports of one record differ in, as a plan tells it; ``unsaid`` are keys that are
    another record's."""
    found: dict[str, Any] = {}
    told: Any
    figures = {"contact": FIGURES, "lead": LEAD_FIGURES}.get(noun, set())
    for key in after.keys() - UNSAID - set(unsaid) - figures:
        old, new = (before or {}).get(key), after[key]
        if isinstance(new, list):
            came = [entry for entry in new if entry not in (old or [])]
            went = [entry for entry in old or [] if entry not in new]
            told = {name: part for name, part in (("added", came), ("removed", went)) if part}
        elif isinstance(new, dict):
            told = {
                name: [(old or {}).get(name), value]
                for name, value in new.items()
                if (old or {}).get(name) != value
            }
        else:
            told = [old, new] if old != new else None
        if told:
            found[key] = told
    return found


def check(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, noun: str, path: Path, *options: str
) -> dict[str, Any]:
    """Plan and apply a file, and import it into a copy of the store: both come to the same, and
    to what the plan says. Returns the result of the import."""
    original = str(crm.db)
    copy = crm.db.with_name("direct.db")
    for beside in crm.db.parent.glob("direct.db*"):
        beside.unlink()
    if crm.db.exists():
        shutil.copy(crm.db, copy)
    before, held = everything(crm), {kind: exported(crm, kind) for kind in NOUNS}
    plan = path.with_name("plan.jsonl")
    planned = crm.json(noun, "import", path, *options, "--plan", plan, code=None)
    assert everything(crm) == before

    monkeypatch.setenv("CRM_DB", str(copy))
    direct = crm.json(noun, "import", path, *options, code=None)
    expected, became = everything(crm), {kind: exported(crm, kind) for kind in NOUNS}
    monkeypatch.setenv("CRM_DB", original)
    counts = {name: direct[name] for name in COUNTS}
    assert {name: planned[name] for name in COUNTS} == counts
    assert planned["warnings"] == direct["warnings"]

    head, told = lines(plan)[0], rows(plan)
    assert {name: head["counts"][name] for name in COUNTS} == counts
    fates = Counter(row["fate"] for row in told)
    assert {name: fates[name] for name in COUNTS[1:]} == {n: counts[n] for n in COUNTS[1:]}
    assert len(told) == counts["read"]
    for kind in NOUNS:
        said = told if kind == noun else []
        said = [*said, *(line for line in lines(plan) if line.get("also") == kind)]
        # A purchase shows its product's name and SKU; a list of products may change those.
        unsaid = {"product", "sku"} if (noun, kind) == ("product", "purchase") else ()
        _check_changes(kind, said, held[kind], became[kind], unsaid)

    path.unlink()
    applied: dict[str, Any] = crm.json(noun, "import", "--apply", plan, code=None)
    assert {name: applied[name] for name in COUNTS} == counts
    assert everything(crm) == expected
    again = crm(noun, "import", "--apply", plan, "--json", code=4)
    assert again.error["code"] == "conflict"
    assert "applied already" in again.error["message"]
    assert everything(crm) == expected
    if applied["import"]:
        crm("undo")
        assert everything(crm) == before
    return applied


def _check_changes(
    noun: str, told: list[dict[str, Any]], held: list[dict[str, Any]], became: list[dict[str, Any]],
    unsaid: Collection[str],
) -> None:  # fmt: skip
    """Every record that differs between two exports is told once, with just these differences."""
    before = {record["id"]: record for record in held}
    after = {record["id"]: record for record in became}
    changed = {
        number: found
        for number, record in after.items()
        if number in before and (found := differences(noun, before[number], record, unsaid))
    }
    said = {row["id"]: row["changes"] for row in told if row["fate"] == "updated" and row["id"]
            and "changes" in row}  # fmt: skip
    assert {number: found for number, found in said.items() if found} == changed
    made = [differences(noun, None, after[number]) for number in sorted(after.keys() - before)]
    new = [dict(sorted(row["changes"].items())) for row in told if row["fate"] == "created"]
    made = [dict(sorted(found.items())) for found in made]
    assert all(row["id"] is None for row in told if row["fate"] == "created")
    assert sorted(new, key=json.dumps) == sorted(made, key=json.dumps)
