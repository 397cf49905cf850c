"""Which modules each way into the program may load.

Start-up is most of what a command costs, and one import in the wrong place is all it takes.
A budget in milliseconds fails on a busy machine; these lists do not. When one of them has to
grow, measure first (`make bench CASES=start-up`), then change the list in the same commit.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import os, sys
from crm_cli.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
with open(os.environ["PROBE_FILE"], "w", encoding="utf-8") as file:
    file.write("\\n".join(sys.modules))
"""

NEVER = {
    "asyncio",
    "click",
    "csv",
    "dateutil",
    "decimal",
    "email_validator",
    "http",
    "importlib.metadata",
    "logging",
    "phonenumbers",
    "pydantic",
    "rapidfuzz",
    "sqlite_utils",
    "ssl",
    "tomlkit",
    "unittest",
}
"""Heavy, and of no use to any path below."""

VERSION = {"crm_cli", "crm_cli.__main__"}
ROOT = VERSION | {
    "crm_cli.app",
    "crm_cli.clock",
    "crm_cli.commands",
    "crm_cli.config",
    "crm_cli.context",
    "crm_cli.errors",
}
READ = ROOT
"""Filled in below: what any reading verb needs."""


def loaded(folder: Path, *arguments: str, **environment: str) -> set[str]:
    """Run the program in a process of its own and return the modules it loaded."""
    probe = folder / "modules.txt"
    subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        env={**os.environ, "PROBE_FILE": str(probe), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return set(probe.read_text(encoding="utf-8").splitlines())
