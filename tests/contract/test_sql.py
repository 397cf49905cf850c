"""Where SQL may stand, and what no statement may ask: see docs/decisions/0002."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import crm_cli

PACKAGE = Path(crm_cli.__file__).parent
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM"
    r"|CREATE\s+(TABLE|VIEW|INDEX|TRIGGER)|PRAGMA\s)",
    re.DOTALL,
)
HOMES = ("store/", "reports/", "services/unit.py")

UNREPEATABLE = re.compile(
    r"\b(CURRENT_(TIMESTAMP|DATE|TIME)|last_insert_rowid|random|randomblob|total_changes|changes)"
    r"\(|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|'now'|CREATE\s+(TEMP\s+)?TRIGGER",
    re.IGNORECASE,
)
"""What would give another answer when the same batch is replayed elsewhere."""

PYTHON_IN_SQL = re.compile(r"\bcreate_(function|aggregate|collation|window_function)\b")

MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def texts(path: Path) -> list[tuple[int, str]]:
    """Return (line, text) of every string that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, documented)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in docstrings:
                found.append((node.lineno, node.value))
        elif isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "x" for p in node.values]
            found.append((node.lineno, "".join(str(part) for part in parts)))
    return found


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(HOMES)])
def test_no_sql_stands_outside_the_store_and_the_reports(module: str) -> None:
    found = [f"line {line}: {text[:60]}" for line, text in texts(PACKAGE / module)
             if SQL.search(text)]  # fmt: skip
    assert found == []


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith(HOMES)])
def test_no_statement_asks_the_clock_chance_or_the_last_row(module: str) -> None:
    found = [f"line {line}: {text[:60]}" for line, text in texts(PACKAGE / module)
             if UNREPEATABLE.search(text)]  # fmt: skip
    assert found == []


@pytest.mark.parametrize("module", MODULES)
def test_no_python_function_is_called_from_sql(module: str) -> None:
    assert not PYTHON_IN_SQL.search((PACKAGE / module).read_text(encoding="utf-8"))


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text('"""SELECT a FROM doc"""\nx = f"SELECT {1} FROM t WHERE at < \'now\'"\n')
    ((line, text), *_) = [pair for pair in texts(sample) if SQL.search(pair[1])]
    assert line == 2
    assert UNREPEATABLE.search(text)
