"""Custom fields in files: imported, exported, kept from columns nobody knows."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

PEOPLE = """name,email,Shirt,Budget,budget currency,Met on,Vegan,Weight
Ada,ada@example.com,m,12.50,CHF,2026-05-01,yes,1.5
Bob,bob@example.com,,7,,,no,
Eve,eve@example.com,,,,,,
"""
ADA = {
    "shirt": "M", "budget": "12.50", "budget_currency": "CHF", "met_on": "2026-05-01",
    "vegan": True, "weight": 1.5,
}  # fmt: skip
NOBODY: dict[str, Any] = dict.fromkeys(ADA)


@pytest.fixture
def shop(crm: Crm, tmp_path: Path) -> Crm:
    """A store with the fields of ``PEOPLE``, and that file."""
    add_fields(crm, "contact")
    (tmp_path / "people.csv").write_text(PEOPLE)
    return crm


def add_fields(crm: Crm, noun: str) -> None:
    crm("field", "add", noun, "Shirt", "--choice", "S,M,L")
    for name, kind in (("Budget", "money"), ("Met on", "date"), ("Vegan", "flag")):
        crm("field", "add", noun, name, kind)
    crm("field", "add", noun, "Weight", "number")


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    return tuple(found[name] for name in ("created", "updated", "unchanged", "rejected"))


def fields_of(crm: Crm, record_id: int, noun: str = "contact") -> Any:
    return crm.json(noun, "show", record_id)["fields"]


def test_a_file_fills_fields_and_is_recognised_again(shop: Crm, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    assert counts(shop.json("contact", "import", source)) == (3, 0, 0, 0)
    assert fields_of(shop, 1) == ADA
    assert fields_of(shop, 2) == NOBODY | {
        "budget": "7.00", "budget_currency": "EUR", "vegan": False,
    }  # fmt: skip
    assert fields_of(shop, 3) == NOBODY
    for _ in range(2):
        assert counts(shop.json("contact", "import", source)) == (0, 0, 3, 0)
    shop("undo")
    assert shop.json("contact", "list") == []
    assert {row["used"] for row in shop.json("field", "list")} == {0}


@pytest.mark.parametrize("on_match", ["fill", "update", "skip"])
def test_known_contacts_are_filled_or_overwritten(shop: Crm, tmp_path: Path, on_match: str) -> None:
    for name in ("ada", "bob"):
        shop("contact", "add", name.title(), "--email", f"{name}@example.com")
    shop("contact", "edit", "1", "--set", "weight=9", "--set", "shirt=L")
    found = shop.json("contact", "import", tmp_path / "people.csv", "--on-match", on_match)
    assert counts(found) == ((1, 0, 2, 0) if on_match == "skip" else (1, 2, 0, 0))
    if on_match == "update":
        assert fields_of(shop, 1) == ADA
    elif on_match == "fill":
        assert fields_of(shop, 1) == ADA | {"weight": 9, "shirt": "L"}
    if on_match != "skip":
        shop("undo")
    assert fields_of(shop, 1) == NOBODY | {"weight": 9, "shirt": "L"}


def test_rows_of_one_contact_fill_each_other(shop: Crm, tmp_path: Path) -> None:
    source = tmp_path / "twice.csv"
    source.write_text("name,email,shirt,weight\nA,a@example.com,S,\nA,a@example.com,M,2\n")
    assert counts(shop.json("contact", "import", source)) == (1, 1, 0, 0)
    assert fields_of(shop, 1) == NOBODY | {"shirt": "S", "weight": 2}
    assert counts(shop.json("contact", "import", source, "--on-match", "update"))[0] == 0


def test_a_wrong_cell_rejects_its_row_by_the_fields_name(shop: Crm, tmp_path: Path) -> None:
    source = tmp_path / "wrong.csv"
    source.write_text(
        "name,shirt,met on,weight,vegan,budget\nA,XL,,,,\nB,,03/04/2027,,,\nC,,,x,,\nD,,,,so,\n"
        "E,,,,,many\nF,S,,,,\n"
    )
    found = shop.json("contact", "import", source, code=6)
    assert [row["field"] for row in found["rejections"]] == [
        "shirt", "met_on", "weight", "vegan", "budget",
    ]  # fmt: skip
    assert found["rejections"][0]["reason"] == "'XL' is not a choice; it is one of S, M, L"
    assert fields_of(shop, 1) == NOBODY | {"shirt": "S"}
    found = shop.json("contact", "import", source, "--dates", "dmy", code=6)
    assert [row["field"] for row in found["rejections"]] == ["shirt", "weight", "vegan", "budget"]


def test_unknown_columns_are_named_or_kept(crm: Crm, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("name,email,Hobby,Größe (cm),Empty\nAda,a@example.com,Chess,170,\n")
    found = crm.json("contact", "import", source)
    assert found["unknown_columns"] == ["Hobby", "Größe (cm)"]
    assert crm.json("field", "list") == []
    found = crm.json("contact", "import", source, "--keep-unknown")
    assert (found["unknown_columns"], found["fields_created"]) == ([], ["hobby", "grosse_cm"])
    assert counts(found) == (0, 1, 0, 0)
    assert fields_of(crm, 1) == {"hobby": "Chess", "grosse_cm": "170"}
    assert counts(crm.json("contact", "import", source, "--keep-unknown")) == (0, 0, 1, 0)
    assert len(crm.json("field", "list")) == 2
    crm("undo")
    assert crm.json("field", "list") == []
    assert counts(crm.json("contact", "import", source)) == (0, 0, 1, 0)


def test_a_dry_run_keeps_nothing(crm: Crm, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("name,Hobby\nAda,Chess\n")
    found = crm.json("contact", "import", source, "--keep-unknown", "--dry-run")
    assert found["fields_created"] == ["hobby"]
    assert crm.json("field", "list") == []


def test_map_names_a_custom_field(shop: Crm, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("name,Title,Grösse\nAda,L,S\n")
    shop("contact", "import", source, "--map", "Title=shirt")
    assert fields_of(shop, 1)["shirt"] == "L"
    assert shop.json("contact", "show", "1")["job_title"] is None
    shop("contact", "import", source, "--map", "Grösse=field:Shirt", "--on-match", "update")
    error = shop("contact", "import", source, "--map", "Title=shirts", "--json", code=2).error
    assert "no field 'shirts'" in error["message"]


def test_defaults_go_to_new_contacts_alone(shop: Crm, tmp_path: Path) -> None:
    shop("contact", "add", "Ada", "--email", "ada@example.com")
    shop("field", "edit", "shirt", "--default", "S")
    shop("field", "add", "contact", "Since", "date", "--default", "today")
    for arguments in ((), ("--source", "x")):
        shop("contact", "import", tmp_path / "people.csv", *arguments)
    assert [fields_of(shop, n)["shirt"] for n in (1, 2, 3)] == ["M", "S", "S"]
    plain = tmp_path / "plain.csv"
    plain.write_text("name,email\nZoe,zoe@example.com\n")
    shop("contact", "import", plain)
    assert (fields_of(shop, 4)["shirt"], fields_of(shop, 4)["since"]) == ("S", "2026-06-15")


def test_require_complete_rejects_new_ones_that_lack_something(shop: Crm, tmp_path: Path) -> None:
    shop("contact", "add", "Eve", "--email", "eve@example.com")
    for name in ("contact.email", "contact.city", "vegan"):
        shop("field", "edit", name, "--required")
    source = tmp_path / "people.csv"
    found = shop.json("contact", "import", source, "--require-complete", code=6)
    assert counts(found) == (0, 0, 1, 2)
    assert {row["field"] for row in found["rejections"]} == {"city"}
    shop("field", "edit", "contact.city", "--optional")
    assert counts(shop.json("contact", "import", source, "--require-complete")) == (2, 0, 1, 0)


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
@pytest.mark.parametrize("noun", ["contact", "product", "purchase"])
def test_what_is_exported_comes_back(crm: Crm, tmp_path: Path, noun: str, format_: str) -> None:
    add_fields(crm, noun)
    sets = ("--set", "shirt=M", "--set", "budget=12.50 CHF", "--set", "met_on=2026-05-01",
            "--set", "vegan=yes", "--set", "weight=1.5")  # fmt: skip
    if noun == "purchase":
        crm("contact", "add", "Ada", "--email", "ada@example.com")
    words = {"contact": ("Ada",), "product": ("Tea",), "purchase": ("1", "Tea", "5")}[noun]
    crm(noun, "add", *words, *sets)
    crm(noun, "add", *words[:-1], *(("Bob",) if noun != "purchase" else ("7",)))
    file = tmp_path / f"out.{format_}"
    crm(noun, "export", file)
    other = ("--db", tmp_path / "other.db")
    if noun == "purchase":
        crm("contact", "export", tmp_path / "people.csv")
        crm("contact", "import", tmp_path / "people.csv", *other)
    for words_of in (("Shirt", "--choice", "S,M,L"), ("Budget", "money"), ("Met on", "date"),
                     ("Vegan", "flag"), ("Weight", "number")):  # fmt: skip
        crm("field", "add", noun, *words_of, *other)
    assert counts(crm.json(noun, "import", file, *other)) == (2, 0, 0, 0)
    for n in (1, 2):
        assert crm.json(noun, "show", n, *other)["fields"] == fields_of(crm, n, noun)
    assert fields_of(crm, 1, noun) == ADA
    assert counts(crm.json(noun, "import", file, *other)) == (0, 0, 2, 0)


def test_an_export_has_the_columns_of_retired_fields_with_values(shop: Crm) -> None:
    shop("contact", "add", "Ada", "--set", "weight=1.5")
    shop("field", "retire", "weight")
    shop("field", "retire", "vegan")
    (row,) = csv.DictReader(io.StringIO(shop("contact", "export").out))
    assert row["weight"] == "1.5"
    assert "vegan" not in row
    assert json.loads(shop("contact", "export", "-f", "jsonl").out)["fields"]["weight"] == 1.5


@pytest.mark.parametrize(
    ("noun", "header", "row"),
    [("product", "name,price", "Tea,5"), ("purchase", "customer,date,amount", "7,2026-05-01,5")],
)
def test_other_records_are_filled_overwritten_and_kept(
    crm: Crm, tmp_path: Path, noun: str, header: str, row: str
) -> None:
    source = tmp_path / "in.csv"

    def run(cell: str, *options: str, code: int = 0) -> Any:
        source.write_text(f"{header},Shelf\n{row},{cell}\n")
        return crm.json(noun, "import", source, *options, code=code)

    assert run("A1")["unknown_columns"] == ["Shelf"]
    found = run("A1", "--keep-unknown")
    assert (found["fields_created"], counts(found)) == (["shelf"], (0, 1, 0, 0))
    assert counts(run("A1")) == (0, 0, 1, 0)
    assert counts(run("B2")) == (0, 0, 1, 0)
    assert counts(run("B2", "--on-match", "update")) == (0, 1, 0, 0)
    assert fields_of(crm, 1, noun) == {"shelf": "B2"}
    crm("undo")
    assert fields_of(crm, 1, noun) == {"shelf": "A1"}
    crm("field", "edit", "shelf", "--required")
    row = "Cup,6" if noun == "product" else "7,2026-06-01,6"
    found = run("", "--require-complete", code=6)
    assert "shelf" in (found["rejections"][0]["field"] or found["rejections"][0]["reason"])
    assert counts(run("C3", "--require-complete")) == (1, 0, 0, 0)
    assert fields_of(crm, 2, noun) == {"shelf": "C3"}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12),
            st.integers(-(10**9), 10**9),
            st.sampled_from(["", "yes", "no"]),
        ),
        min_size=1, max_size=4,
    ),
    as_json=st.booleans(),
)  # fmt: skip
def test_any_values_survive_a_round_trip(
    crm: Crm, tmp_path: Path, rows: list[tuple[str, int, str]], as_json: bool
) -> None:
    for store in (tmp_path / "a.db", tmp_path / "b.db"):
        for name in store.parent.glob(f"{store.name}*"):
            name.unlink()
        for name_, kind in (("hobby", "text"), ("weight", "number"), ("vegan", "flag")):
            crm("field", "add", "contact", name_, kind, "--db", store)
    for number, (text, thousandths, flag) in enumerate(rows):
        crm(
            "contact", "add", f"P{number}", "--set", f"hobby={text}",
            "--set", f"weight={thousandths / 1000:.3f}", "--set", f"vegan={flag}",
            "--db", tmp_path / "a.db",
        )  # fmt: skip
    file = tmp_path / f"out.{'jsonl' if as_json else 'csv'}"
    crm("contact", "export", file, "--db", tmp_path / "a.db")
    crm("contact", "import", file, "--db", tmp_path / "b.db")
    for number in range(1, len(rows) + 1):
        shown = [
            crm.json("contact", "show", number, "--db", tmp_path / name)["fields"]
            for name in ("a.db", "b.db")
        ]
        assert shown[0] == shown[1]


def test_two_columns_of_one_name_are_two_fields(crm: Crm, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("name,email,Code,Code,Title 2\nAda,a@example.com,x,y,z\n")
    found = crm.json("contact", "import", source, "--keep-unknown")
    assert found["fields_created"] == ["code", "code_2", "title_2"]
    assert fields_of(crm, 1) == {"code": "x", "code_2": "y", "title_2": "z"}
    found = crm.json("contact", "import", source)
    assert (found["unknown_columns"], counts(found)) == ([], (0, 0, 1, 0))


def test_a_value_whose_field_is_gone_is_left_out(shop: Crm, tmp_path: Path) -> None:
    shop("contact", "import", tmp_path / "people.csv")
    shop("contact", "delete", "1", "--yes")
    shop("field", "delete", "weight", "--yes")
    run = shop("trash", "restore", "1")
    assert "left out its tie to field" in run.err
    known = {key: value for key, value in ADA.items() if key != "weight"}
    assert fields_of(shop, 1) == known
