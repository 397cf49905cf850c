"""``make bench``: run the cases, print a row for each figure, write them as JSON Lines.

``--smoke`` takes tiny sizes, to see that every case still runs; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import cases, measure
from crm_cli import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments name; return 1 when a case could not run, 0 whatever the figures."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    sizes = cases.SMOKE if chosen.smoke else cases.FULL
    named = chosen.cases or [*cases.CASES, *(["large"] if chosen.large else [])]
    functions = {**cases.CASES, "large": cases.large_reports}
    for name in named:
        if name not in functions:
            parser.error(f"no case {name!r}; there are {', '.join(functions)}")
    with tempfile.TemporaryDirectory(prefix="crm-bench-", ignore_cleanup_errors=True) as made:
        folder = Path(chosen.folder or made).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        bench = cases.Bench(folder=folder, sizes=sizes, say=print)
        for name in named:
            try:
                functions[name](bench)
            except measure.BenchmarkError as error:
                print(f"{name}: {error}", file=sys.stderr)
                return 1
    if chosen.smoke:
        print(f"{len(named)} cases ran; tiny sizes, no figure counts")
        return 0
    _summary(bench.figures)
    print(f"written to {_write(bench.figures)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "cases",
        nargs="*",
        metavar="CASE",
        help=f"which cases (default: all): {', '.join(cases.CASES)}, large",
    )
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, one run each")
    parser.add_argument(
        "--large", action="store_true", help="also 1,000,000 customers, 10,000,000 purchases"
    )
    parser.add_argument("--folder", help="keep inputs and stores here and use them again")
    return parser


def _summary(figures: Sequence[cases.Figure]) -> None:
    judged = [figure for figure in figures if figure.verdict]
    missed = [figure for figure in judged if figure.verdict == "missed"]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} targets met")
    for figure in missed:
        print(f"missed: {cases.line(figure)}")


def _write(figures: Sequence[cases.Figure]) -> Path:
    """Write one JSON object a figure and return the file."""
    RESULTS.mkdir(exist_ok=True)
    at = datetime.now(UTC)
    path = RESULTS / f"{at:%Y%m%dT%H%M%SZ}.jsonl"
    machine = {
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "crm": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "cores": os.cpu_count(),
    }
    with path.open("w", encoding="utf-8") as file:
        for figure in figures:
            row = {
                **machine,
                "case": figure.case,
                "what": figure.what,
                "value": round(figure.value, 4),
                "unit": figure.unit,
                "target": figure.target,
                "goal": figure.goal,
                "verdict": figure.verdict or None,
                "detail": figure.detail,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path
