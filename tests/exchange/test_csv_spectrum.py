"""The CSV files of csv-spectrum (tests/fixtures/README.md) say what their JSON says."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.exchange.source import open_source
from crm_cli.exchange.table import open_table

if TYPE_CHECKING:
    from tests.conftest import Crm

FOLDER = Path(__file__).parents[1] / "fixtures" / "csv-spectrum"
NAMES = sorted(path.stem for path in (FOLDER / "csvs").iterdir())
WRONG = {"location_coordinates": {"Contact Phone Number": "2095257564"}}
"""Where the package's JSON says something else than its CSV."""


def expected(name: str) -> list[dict[str, str]]:
    told = json.loads((FOLDER / "json" / f"{name}.json").read_bytes())
    records: list[dict[str, str]] = told if isinstance(told, list) else [told]
    return [{**record, **WRONG.get(name, {})} for record in records]


def test_all_files_are_here() -> None:
    assert len(NAMES) == 12


@pytest.mark.parametrize("size", [0, 1, 2, 1000], ids=["rows", "by one", "by two", "at once"])
@pytest.mark.parametrize("encoding", ["as it is", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_what_its_json_says(name: str, encoding: str, size: int) -> None:
    content = (FOLDER / "csvs" / f"{name}.csv").read_bytes()
    if encoding != "as it is":
        content = content.decode().encode(encoding)
    with closing(open_source("-", io.BytesIO(content))) as source:
        table = open_table(source)
        found: list[list[str]] = []
        if size:
            for _, cells, problems in table.blocks(size):
                assert problems is None
                found += cells
        else:
            for _, row, problem in table.rows():
                assert problem is None
                found.append(row)
        records = [dict(zip(table.header, row, strict=True)) for row in found]
    assert records == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_becomes_contacts_that_say_the_same(name: str, crm: Crm) -> None:
    path = FOLDER / "csvs" / f"{name}.csv"
    wanted = expected(name)
    first = next(iter(wanted[0]))
    options = ["--keep-unknown"]
    if first != "first":  # which is a name; elsewhere every row needs something to be called by
        options += ["--map", f"{first}=name"]
    result = crm.json("contact", "import", path, "--rejects", crm.db.with_name("r.csv"), *options)
    assert (result["created"], result["rejected"]) == (len(wanted), 0)
    told: list[dict[str, Any]] = [
        json.loads(line) for line in crm("contact", "export", "-f", "jsonl").out.splitlines()
    ]
    texts = [json.dumps(record, ensure_ascii=False) for record in told]
    for record, text in zip(wanted, texts, strict=True):
        for value in record.values():
            lines = value.replace("\r\n", "\n").split("\n")
            assert all(json.dumps(line.strip(), ensure_ascii=False)[1:-1] in text for line in lines)
