"""Spreadsheets in and out."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Crm
from tests.imports.helpers import COUNTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from tests.imports.helpers import Files

OLD = Path(__file__).with_name("files") / "people.xls"


def workbook(fill: Callable[[Any], None], **options: Any) -> bytes:
    """Return an .xlsx file; ``fill`` writes into the open workbook."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, options)
    fill(book)
    book.close()
    return buffer.getvalue()


def sheet(rows: Sequence[Sequence[Any]], name: str = "Sheet1") -> bytes:
    """Return an .xlsx file of plain cells; days are days."""

    def fill(book: Any) -> None:
        page = book.add_worksheet(name)
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, dt.date):
                    page.write_datetime(at, column, value, day)
                elif isinstance(value, str):
                    page.write_string(at, column, value)
                else:
                    page.write(at, column, value)

    return workbook(fill)


def load(files: Files, content: bytes, *options: str, **more: Any) -> dict[str, Any]:
    return files.load("contact", content, *options, name="people.xlsx", **more)


def test_typed_cells_are_read_as_a_csv_would_have_them(files: Files) -> None:
    result = load(
        files,
        sheet(
            [
                ["Name", "Email", "Birthday", "Schuhe", "Rabatt", "Aktiv", "Gesehen", "Quote"],
                ["Ada", "ada@x.org", dt.date(1990, 5, 31), 3011, 0.1, True,
                 dt.datetime(2026, 1, 2, 3, 4), 1e-7],  # noqa: DTZ001
            ]
        ),
        "--keep-unknown",
    )  # fmt: skip
    assert (result["created"], result["rejected"]) == (1, 0)
    (ada,) = [files.crm.json("contact", "show", 1)]
    assert ada["birthday"] == "1990-05-31"
    told = {str(value) for value in ada["fields"].values()}
    assert {"3011", "0.1", "true", "2026-01-02 03:04:00", "0.0000001"} <= told


def test_titles_merged_cells_and_gaps(files: Files) -> None:
    def fill(book: Any) -> None:
        page = book.add_worksheet("Liste")
        page.merge_range(0, 0, 0, 3, "Kundenliste")
        page.write(1, 0, "Stand:")
        page.write(1, 1, 2026)
        page.write_row(4, 0, ["Name", "Email", "Company", "Notes"])
        page.write_row(5, 0, ["Ada", "ada@x.org"])
        page.merge_range(5, 2, 7, 2, "Acme")
        page.write_row(7, 0, ["Bob", "bob@x.org"])
        page.write_formula(7, 3, '="x"&"y"', None, "xy")
        page.write(7, 5, "stray")
        page.write_formula(9, 3, "=NA()", None, "#N/A")

    result = load(files, workbook(fill))
    assert [result[key] for key in COUNTS] == [2, 2, 0, 0, 0]
    (warning,) = result["warnings"]
    assert (warning["kind"], warning["lines"]) == ("no-title", [8])
    bob = files.crm.json("contact", "show", "Bob")
    assert (bob["company"], bob["notes"]) == ("Acme", "xy")
    assert load(files, workbook(fill))["unchanged"] == 2


def test_a_bad_row_is_named_as_the_spreadsheet_counts(files: Files) -> None:
    rows: list[list[Any]] = [["Name", "Email", "Birthday"], [], ["Ada", "nobody"]]
    rows.append(["Bob", "b@x.org", 12.5])
    result = load(files, sheet(rows), code=6)
    assert [(row["line"], row["field"]) for row in result["rejections"]] == [
        (3, "email"), (4, "birthday"),
    ]  # fmt: skip
    path = Path(result["rejects_file"])
    assert path.name == "people.xlsx.rejects.csv"
    mended = path.read_text().replace("nobody", "ada@x.org").replace("12.5", "")
    assert files.counts("contact", mended, name="mended.csv") == (2, 2, 0, 0, 0)


def test_a_sheet_is_chosen_by_name_or_number(files: Files) -> None:
    def fill(book: Any) -> None:
        hidden = book.add_worksheet("Alt")
        hidden.write_row(0, 0, ["Name", "Email"])
        hidden.write_row(1, 0, ["Old", "old@x.org"])
        book.add_worksheet("Leer").activate()
        for name in ("Kunden", "Lieferanten"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["Name"])
            page.write_row(1, 0, [f"Wer von {name}"])
        hidden.hide()

    run = files.crm("contact", "import", files.write(workbook(fill), "b.xlsx"), "--dry-run")
    assert "only the sheet 'Kunden' was read (--sheet for Lieferanten)" in run.err
    for chosen, name in (("lieferanten", "Wer von Lieferanten"), ("1", "Old")):
        load(files, workbook(fill), "--sheet", chosen)
        assert name in [row["name"] for row in files.crm.json("contact", "list")]
    run = files.crm("contact", "import", files.folder / "b.xlsx", "--sheet", "Kundn", code=2)
    assert "its sheets are Alt, Leer, Kunden, Lieferanten" in run.err
    run = files.crm("contact", "import", files.folder / "b.xlsx", "--sheet", "Leer", code=6)
    assert "has nothing in the sheet 'Leer'" in run.err
    run = files.crm("contact", "import", files.write("name\nA\n"), "--sheet", "1", code=2)
    assert "is no spreadsheet" in run.err


def test_an_old_excel_file(files: Files) -> None:
    result = files.load("contact", OLD.read_bytes(), name="people.xls")
    assert (result["created"], result["unknown_columns"]) == (2, ["Active"])
    zoe = files.crm.json("contact", "show", "zoe@example.org")
    assert (zoe["name"], zoe["birthday"]) == ("Zoë Müller", "1990-05-31")
    assert zoe["addresses"][0]["postcode"] == "8001"


def test_a_libreoffice_file_through_a_pipe(files: Files) -> None:
    def cell(text: str) -> str:
        return (
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p>'
            "</table:table-cell>"
        )

    day = '<table:table-cell office:value-type="date" office:date-value="1990-05-31"/>'
    rows = [cell("Name") + cell("E-Mail") + cell("Birthday"), cell("Ada") + cell("a@x.org") + day]
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<office:document-content xmlns:office="{names}office:1.0"'
        f' xmlns:table="{names}table:1.0" xmlns:text="{names}text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="A">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        parts.writestr("mimetype", kind)
        parts.writestr("content.xml", content)
        parts.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}manifest:1.0"/>',
        )
    run = files.crm.process("contact", "import", "-", "--json", stdin=buffer.getvalue())
    assert run.json["created"] == 1, run
    assert files.crm.json("contact", "show", 1)["birthday"] == "1990-05-31"


def test_other_archives_damage_and_size_are_said(files: Files) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        parts.writestr("people.csv", "name\nAda\n")
    far = sheet([["Name"], ["Ada"]])
    with zipfile.ZipFile(io.BytesIO(far)) as parts:
        named = {part: parts.read(part) for part in parts.namelist()}
    page = "xl/worksheets/sheet1.xml"
    named[page] = named[page].replace(b'r="A2"', b'r="XFD1048576"')
    wide = io.BytesIO()
    with zipfile.ZipFile(wide, "w") as parts:
        for part, text in named.items():
            parts.writestr(part, text)
    for content, words in (
        (buffer.getvalue(), "an archive (zip)"),
        (far[:900], "cannot be read as a spreadsheet"),
        (b"\xd0\xcf\x11\xe0" + bytes(2000), "cannot be read as a spreadsheet"),
        (wide.getvalue(), "too large"),
    ):
        run = files.crm("contact", "import", files.write(content, "x.xlsx"), code=6)
        assert words in run.err


def test_without_the_extra_the_message_names_it(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    files.crm("contact", "add", "Ada")
    path = files.write(sheet([["Name"], ["Ada"]]), "x.xlsx")
    for arguments in (["import", path], ["export", files.folder / "out.xlsx"]):
        run = files.crm("contact", *arguments, code=6)
        assert "pip install 'crm-cli[excel]'" in run.err
    assert not (files.folder / "out.xlsx").exists()


# -- out ------------------------------------------------------------------------------------------


def test_an_export_holds_days_and_numbers_and_no_formula(files: Files) -> None:
    import python_calamine

    crm = files.crm
    crm("contact", "add", "=1+1", "--birthday", "1990-05-31", "--phone", "+41446681800")
    crm("contact", "add", "Old", "--birthday", "1850-01-02", "--email", "https://x@x.org",
        "--notes", "https://x.org", code=None)  # fmt: skip
    crm("contact", "add", "Young", "--birthday", "--05-31", "--notes", "007")
    crm("purchase", "add", "Young", "Tea", "12.50", "--on", "2026-01-05", "--quantity", "2")
    for noun in ("contact", "product", "purchase"):
        crm(noun, "export", files.folder / f"{noun}.xlsx")
    book = python_calamine.CalamineWorkbook.from_path(files.folder / "contact.xlsx")
    header, *rows = book.get_sheet_by_name("contacts").to_python()
    told = [dict(zip(header, row, strict=True)) for row in rows]
    assert (told[0]["name"], told[0]["birthday"]) == ("=1+1", dt.date(1990, 5, 31))
    assert told[0]["phone"] == "+41446681800"
    assert (told[-1]["birthday"], told[-1]["notes"]) == ("--05-31", "007")
    book = python_calamine.CalamineWorkbook.from_path(files.folder / "purchase.xlsx")
    header, row = book.get_sheet_by_name("purchases").to_python()
    sold = dict(zip(header, row, strict=True))
    assert (sold["on"], sold["amount"], sold["quantity"]) == (dt.date(2026, 1, 5), 12.5, 2)
    assert (files.folder / "contact.xlsx").stat().st_mode & 0o777 == 0o600


def test_what_leaves_in_spreadsheets_comes_back(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = files.crm
    crm("contact", "add", "Acme", "--kind", "company")
    crm("contact", "add", "Ada", "--company", "Acme", "--email", "a@x.org", "--tag", "a; b",
        "--birthday", "1990-05-31", "--notes", "two\nlines", "--external-id", "shop:0042",
        "--postcode", "01067", "--city", "Dresden")  # fmt: skip
    crm("product", "add", "Tea", "4.90 CHF", "--sku", "007")
    crm("purchase", "add", "Ada", "Tea", "9.80 CHF", "--on", "2026-01-05", "--order", "0012")
    crm("purchase", "return", 1, "4")
    nouns = ("contact", "product", "purchase")
    before = {}
    for noun in nouns:
        crm(noun, "export", files.folder / f"{noun}.xlsx")
        before[noun] = records(crm(noun, "export", "-f", "jsonl").out)
        assert crm.json(noun, "import", files.folder / f"{noun}.xlsx")["import"] is None
    monkeypatch.setenv("CRM_DB", str(files.folder / "other.db"))
    for noun in nouns:
        result = crm.json(noun, "import", files.folder / f"{noun}.xlsx")
        assert (result["rejected"], result["unknown_columns"]) == (0, [])
    for noun in nouns:
        assert records(crm(noun, "export", "-f", "jsonl").out) == before[noun]


LOCAL = {"id", "company_id", "referred_by", "contact_id", "product_id", "returns_id"}


def records(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.split("\n") if line]
    plain = [{key: value for key, value in one.items() if key not in LOCAL} for one in found]
    return sorted(plain, key=lambda one: str(one["uid"]))


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(texts.filter(lambda text: bool(text.split())), texts), min_size=1,
                max_size=5))  # fmt: skip
def test_any_text_survives_a_spreadsheet(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, people: list[tuple[str, str]],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("sheets")
    monkeypatch.setenv("CRM_DB", str(folder / "one.db"))
    crm = Crm(folder / "one.db", capsys.readouterr)
    source = folder / "in.jsonl"
    source.write_text(
        "\n".join(json.dumps({"name": name, "notes": notes}) for name, notes in people),
        encoding="utf-8",
    )
    crm("contact", "import", source)
    before = records(crm("contact", "export", "-f", "jsonl").out)
    crm("contact", "export", folder / "out.xlsx")
    monkeypatch.setenv("CRM_DB", str(folder / "two.db"))
    assert crm.json("contact", "import", folder / "out.xlsx")["created"] == len(before)
    assert records(crm("contact", "export", "-f", "jsonl").out) == before


def test_what_no_sheet_can_hold_is_refused(files: Files) -> None:
    files.crm("contact", "add", "Ada", "--notes", "x" * 40_000)
    path = files.folder / "out.xlsx"
    run = files.crm("contact", "export", path, code=2)
    assert "notes in row 2 is longer" in run.err
    assert list(files.folder.glob("*out.xlsx*")) == []
    run = files.crm("contact", "export", files.folder / "out.ods", code=2)
    assert f"write {path}, or say the format" in run.err
    assert files.crm("contact", "export", files.folder / "no" / "x.xlsx", code=6).out == ""


# -- damage ---------------------------------------------------------------------------------------

GOOD = sheet([["Name", "Email", "Birthday"], ["Ada", "a@x.org", dt.date(1990, 5, 31)], ["Bob", 7]])
with zipfile.ZipFile(io.BytesIO(GOOD)) as _parts:
    INNER = {name: _parts.read(name) for name in _parts.namelist()}


def broken(part: str, start: int, length: int, text: bytes) -> bytes:
    """Return GOOD with some bytes of one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        for name, content in INNER.items():
            at = start % max(len(content), 1)
            changed = content[:at] + text + content[at + length :]
            parts.writestr(name, changed if name == part else content)
    return buffer.getvalue()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.builds(
            broken, st.sampled_from(sorted(INNER)), st.integers(0, 4000), st.integers(0, 40),
            st.one_of(st.binary(max_size=6), st.sampled_from([b"", b'"', b"<", b"99999999", b"s"])),
        ),
        st.builds(
            lambda source, at, text: source[: at % len(source)] + text
            + source[at % len(source) + len(text) :],
            st.sampled_from([GOOD, OLD.read_bytes()]), st.integers(8, 9000), st.binary(max_size=8),
        ),
    )
)  # fmt: skip
def test_a_damaged_spreadsheet_is_rows_or_a_bad_file(
    tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, content: bytes,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("any")
    monkeypatch.setenv("CRM_DB", str(folder / "crm.db"))
    monkeypatch.chdir(folder)
    crm = Crm(folder / "crm.db", capfd.readouterr)
    path = folder / "in.xlsx"
    path.write_bytes(content)
    run = crm("contact", "import", path, "--json", code=None)
    assert run.code in {0, 6}, run
    assert "panicked" not in run.err
    if not run.out:
        assert run.error["code"] == "bad-file"
        return
    assert run.json["read"] == sum(run.json[key] for key in COUNTS[1:])
