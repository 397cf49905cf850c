"""Boards of monday, as they are exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.imports.helpers import COUNTS
from tests.imports.test_spreadsheets import sheet

if TYPE_CHECKING:
    from tests.imports.helpers import Files

TITLES = ["Name", "Subitems", "Email", "Phone", "Accounts", "Budget"]
BOARD: list[list[Any]] = [
    ["Contacts"],
    ["Everybody we know"],
    ["Active Customers"],
    TITLES,
    ["Ada King", "Call, Visit", "ada@x.org", "+41791111111", "Edge AG", 10],
    ["Subitems", "Name", "Owner", "Status"],
    ["", "Call", "Eve", "Done"],
    ["", "Visit", "Eve", ""],
    ["Bob", "", "bob@x.org", "", "Edge AG", 5],
    ["", "", "", "", "", 15],
    [],
    ["Group Title"],
    TITLES,
    ["Eve Only"],
    ["Dan", "", "dan@x.org", "", "", ""],
    [],
    ["Inactive"],
    TITLES,
]


def load(files: Files, content: bytes, code: int = 0) -> dict[str, Any]:
    return files.load("contact", content, name="board.xlsx", code=code)


def test_a_board_as_it_is_exported(files: Files) -> None:
    content = sheet(BOARD, "contacts")
    result = load(files, content)
    assert [result[key] for key in COUNTS] == [4, 4, 0, 0, 0]
    assert result["contacts_created"] == 1
    assert [(w["kind"], w["count"], w["lines"]) for w in result["warnings"]] == [
        ("subitem", 2, [7, 8]), ("sums", 1, [10]),
    ]  # fmt: skip
    assert result["unknown_columns"] == ["Subitems", "Budget"]
    shown = {
        name: files.crm.json("contact", "show", name)["tags"]
        for name in ("Ada King", "Bob", "Eve Only", "Dan")
    }
    # The name that a group has from the start says nothing.
    assert shown == {
        "Ada King": ["Active Customers"], "Bob": ["Active Customers"], "Eve Only": [], "Dan": [],
    }  # fmt: skip
    assert [load(files, content)[key] for key in COUNTS] == [4, 0, 0, 4, 0]
    # The same board, saved as CSV.
    text = "".join(",".join(f'"{cell}"' for cell in [*row, *[""] * 6][:6]) + "\n" for row in BOARD)
    again = files.load("contact", text)
    assert [again[key] for key in COUNTS] == [4, 0, 0, 4, 0]
    assert [w["kind"] for w in again["warnings"]] == ["subitem", "sums"]


def test_a_board_of_one_group_and_a_bad_row(files: Files) -> None:
    rows = [["Contacts"], ["VIP"], TITLES, ["Ada", "", "no address", "", "", ""],
            ["Bob", "", "bob@x.org", "", "", ""]]  # fmt: skip
    result = load(files, sheet(rows), code=6)
    assert [result[key] for key in COUNTS] == [2, 1, 0, 0, 1]
    assert files.crm.json("contact", "show", "Bob")["tags"] == ["VIP"]
    fixed = Path(result["rejects_file"]).read_text(encoding="utf-8")
    fixed = fixed.replace("no address", "ada@x.org")
    assert files.counts("contact", fixed) == (1, 1, 0, 0, 0)
    assert files.crm.json("contact", "show", "Ada")["tags"] == ["VIP"]


def test_titles_above_a_list_are_no_board(files: Files) -> None:
    rows = [["Our customers"], ["as of May"], ["Name", "Email", "Phone"], ["Ada", "a@x.org", ""]]
    assert load(files, sheet(rows))["created"] == 1
    assert files.crm.json("contact", "show", "Ada")["tags"] == []
