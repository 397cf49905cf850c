"""What goes out comes in again as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Crm

if TYPE_CHECKING:
    from tests.imports.helpers import Files

LOCAL = {"id", "company_id", "referred_by", "contact_id", "product_id", "returns_id"}
"""Numbers that are each store's own."""


def records(text: str) -> list[dict[str, Any]]:
    """Return exported records without what is a store's own."""
    return [
        {key: value for key, value in json.loads(line).items() if key not in LOCAL}
        for line in text.split("\n")
        if line
    ]


def fill(files: Files) -> None:
    """Put a bit of everything into the store."""
    crm = files.crm
    crm("config", "set", "country", "CH")
    crm("contact", "add", "Bob")
    crm("contact", "delete", 1, "--yes")
    crm("contact", "add", "Analytical Ltd", "--kind", "company", "--email", "office@x.org")
    crm("contact", "add", "Ada", "--company", "Analytical Ltd", "--email", "work:ada@x.org",
        "--email", "home:ada@y.org", "--phone", "044 668 18 00", "--phone", "+41446681801",
        "--tag", "vip", "--tag", "a, b; c", "--external-id", "shop:1", "--link",
        "https://x.org", "--street", "Gasse 1", "--city", "Bern", "--birthday", "1990-05-31",
        "--notes", "two\nlines", "--owner", "Eve", "--referred-by", "2")  # fmt: skip
    files.load(
        "contact",
        "email,name,opt in time,consent proof,do not call\n"
        'work@z.org,Zoë,2026-01-05 10:00,"signed, ""here""; twice",yes\n',
    )
    crm("contact", "add", "=cmd()", "--role", "partner", "--language", "de")
    crm("contact", "archive", "=cmd()")
    crm("product", "add", "Tea", "4.90 CHF", "--sku", "TEA", "--category", "Drinks")
    crm("product", "add", "Pump", "--service-interval", "12 months")
    crm("product", "retire", "Pump")
    crm("purchase", "add", "Ada", "Tea", "9.80 CHF", "--on", "2026-01-05", "--order", "A1",
        "--quantity", "2", "--channel", "web")  # fmt: skip
    crm("purchase", "add", "Ada", "Tea", "5 EUR", "--on", "2026-02-05")
    crm("purchase", "return", 1, "4")


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("order", ["contacts first", "purchases first"])
def test_everything_into_an_empty_store(
    files: Files, kind: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(files)
    nouns = ["contact", "product", "purchase"]
    paths = {noun: files.folder / f"{noun}.{kind}" for noun in nouns}
    for noun, path in paths.items():
        run = files.crm(noun, "export", path)
        assert run.out == ""
        assert str(path) in run.err
    before = {noun: records(files.crm(noun, "export", "-f", "jsonl").out) for noun in nouns}
    monkeypatch.setenv("CRM_DB", str(files.folder / "other.db"))
    for noun in nouns if order == "contacts first" else reversed(nouns):
        run = files.crm(noun, "import", paths[noun], "--on-match", "update", "--json")
        assert run.json["rejected"] == 0
        assert run.json["unknown_columns"] == []
    for noun in nouns:
        after = records(files.crm(noun, "export", "-f", "jsonl").out)
        key = "uid"
        expected = sorted(before[noun], key=lambda record: record[key])
        found = sorted(after, key=lambda record: record[key])
        if order == "purchases first" and noun == "contact":
            for record in expected + found:
                del record["created_at"], record["updated_at"], record["archived_at"]
        if order == "purchases first" and noun == "product":
            continue
        if order == "purchases first" and noun == "purchase":
            for record in expected + found:
                del record["product_uid"]
        assert found == expected
    for noun in nouns:
        again = files.crm.json(noun, "import", paths[noun])
        assert again["unchanged"] == again["read"] > 0


def test_an_export_back_into_its_own_store_changes_nothing(files: Files) -> None:
    fill(files)
    before = files.dump()
    for noun in ("contact", "product", "purchase"):
        for kind in ("csv", "jsonl"):
            path = files.folder / f"{noun}.{kind}"
            files.crm(noun, "export", path)
            result = files.crm.json(noun, "import", path)
            assert result["unchanged"] == result["read"] > 0
    assert files.dump() == before


def test_the_csv_is_plain_rfc_4180(files: Files) -> None:
    files.crm("contact", "add", 'Ada "the" King, Countess')
    out = files.crm.process("contact", "export", CRM_DB=str(files.crm.db)).out
    assert out.startswith("id,uid,kind,name,")
    assert '"Ada ""the"" King, Countess"' in out


def test_formulas_are_defused_on_request_and_restored(files: Files) -> None:
    files.crm("contact", "add", "=1+1", "--phone", "+41446681800")
    path = files.folder / "sheet.csv"
    files.crm("contact", "export", path, "--for-spreadsheet")
    text = path.read_text(encoding="utf-8")
    assert ",'=1+1," in text
    assert ",+41446681800," in text
    assert files.crm.json("contact", "import", path)["unchanged"] == 1


def test_formats_and_files(files: Files) -> None:
    files.crm("contact", "add", "Ada")
    assert files.crm("contact", "export", "-", "-f", "csv").out.count("\n") == 2
    run = files.crm("contact", "export", "-f", "html", "--json", code=2)
    assert run.error["code"] == "invalid"
    run = files.crm("contact", "export", files.folder / "no" / "x.csv", code=6)
    assert "cannot be written" in run.err
    assert "exported 1 contact" in files.crm("contact", "export").err


names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
).filter(lambda text: bool(text.split()))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_any_text_survives_the_way_out_and_in(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, people: list[tuple[str, str]],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("trip")
    monkeypatch.setenv("CRM_DB", str(folder / "one.db"))
    crm = Crm(folder / "one.db", capsys.readouterr)
    lines = [json.dumps({"name": name, "notes": notes.replace("\0", "")}) for name, notes in people]
    source = folder / "in.jsonl"
    source.write_text("\n".join(lines), encoding="utf-8")
    crm("contact", "import", source)
    before = records(crm("contact", "export", "-f", "jsonl").out)
    assert [record["name"] for record in before] == [" ".join(name.split()) for name, _ in people]
    path = folder / "out.csv"
    crm("contact", "export", path)
    monkeypatch.setenv("CRM_DB", str(folder / "two.db"))
    crm("contact", "import", path)
    assert records(crm("contact", "export", "-f", "jsonl").out) == before


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_relations_go_with_their_contacts(
    files: Files, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = files.crm
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    crm("contact", "add", "Acme", "--kind", "company")
    crm("contact", "link", "Ada", "Bob", "--kind", "family")
    crm("contact", "link", "Bob", "Acme", "--kind", "employment", "--title", "Cook",
        "--since", "2020-02-01", "--until", "2024-05-31")  # fmt: skip
    path = files.folder / f"all.{kind}"
    crm("contact", "export", path)
    monkeypatch.setenv("CRM_DB", str(files.folder / "empty.db"))
    crm("contact", "add", "Somebody else")
    assert crm.json("contact", "import", path)["created"] == 3
    (family,) = crm.json("contact", "show", "Ada")["relations"]
    assert (family["other"], family["kind"]) == ("Bob", "family")
    (job,) = crm.json("contact", "show", "Bob")["relations"]
    assert (job["other"], job["title"], job["started_on"], job["ended_on"]) == (
        "Acme", "Cook", "2020-02-01", "2024-05-31",
    )  # fmt: skip
    again = crm.json("contact", "import", path)
    assert (again["import"], again["unchanged"], again["warnings"]) == (None, 3, [])


def test_a_relation_that_comes_later_is_added_and_a_stranger_is_named(files: Files) -> None:
    header = "uid,name,relations\n"
    ada = "00000000-0000-7000-8000-000000000001,Ada,"
    bob = "00000000-0000-7000-8000-000000000002,Bob,\n"
    tie = '"[{""other_uid"": ""00000000-0000-7000-8000-000000000002"", ""kind"": ""family""}]"\n'
    (warning,) = files.load("contact", header + ada + tie)["warnings"]
    assert (warning["kind"], warning["lines"]) == ("relation-unknown", [2])
    assert files.counts("contact", header + ada + tie + bob) == (2, 1, 1, 0, 0)
    assert files.rows("SELECT contact_id, other_id, kind FROM relations") == [(1, 2, "family")]
    assert files.counts("contact", header + ada + tie + bob) == (2, 0, 0, 2, 0)
    files.crm("undo", "--yes")
    assert files.rows("SELECT count(*) FROM relations") == [(0,)]
    assert files.counts("contact", header + ada + "[1]\n", code=6)[-1] == 1


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_records_that_agree_in_a_key_stay_apart(
    files: Files, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Archived and living, old and new, or alike on purpose: each is one record there too."""
    crm = files.crm
    crm("contact", "add", "Old", "--email", "a@x.ch", "--phone", "+41446681801")
    crm("contact", "archive", "1")
    crm("contact", "add", "New", "--email", "a@x.ch", "--external-id", "shop:1")
    crm("contact", "add", "Twin", "--email", "a@x.ch", "--allow-duplicate")
    crm("contact", "add", "Old", "--phone", "+41446681801")
    crm("product", "add", "Tea", "1", "--sku", "T")
    crm("product", "retire", "1")
    crm("product", "add", "Better Tea", "2", "--sku", "T")
    before = {}
    for noun in ("contact", "product"):
        crm(noun, "export", files.folder / f"{noun}.{kind}")
        before[noun] = records(crm(noun, "export", "-f", "jsonl").out)
    monkeypatch.setenv("CRM_DB", str(files.folder / "other.db"))
    for noun, count in (("contact", 4), ("product", 2)):
        file = files.folder / f"{noun}.{kind}"
        first = crm.json(noun, "import", file)
        assert (first["created"], first["rejected"]) == (count, 0)
        assert records(crm(noun, "export", "-f", "jsonl").out) == before[noun]
        again = crm.json(noun, "import", file, "--on-match", "update")
        assert (again["unchanged"], again["rejected"]) == (count, 0)


def test_a_record_of_the_file_is_not_taken_for_another_of_the_store(files: Files) -> None:
    """Of two that share an address the file adds the one that is missing."""
    crm = files.crm
    crm("contact", "add", "One", "--email", "a@x.ch")
    crm("contact", "add", "Two", "--email", "a@x.ch", "--allow-duplicate")
    crm("contact", "export", files.folder / "all.csv")
    crm("undo")
    again = crm.json("contact", "import", files.folder / "all.csv")
    assert (again["created"], again["unchanged"]) == (1, 1)
    assert [row["name"] for row in crm.json("contact", "list")] == ["One", "Two"]


def test_an_address_without_uuids_is_still_one_contact(files: Files) -> None:
    crm = files.crm
    crm("contact", "add", "One", "--email", "a@x.ch")
    uid = crm.json("contact", "show", "1")["uid"]
    text = f"uid,name,email\n{uid},One,a@x.ch\n,Uno,a@x.ch\n"
    assert files.counts("contact", text) == (2, 0, 0, 2, 0)
