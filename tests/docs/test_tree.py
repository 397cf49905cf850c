"""The repository speaks of the project alone, and starts as the README says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ELSEWHERE = re.compile(
    "|".join(
        (
            # Put together here, so that this file does not hold what it looks for.
            r"(?<![\w.])/" + "work/",
            "/tmp" + "/w/",
            "/" + "root/",
            "pypi" + r"\.org",
            "python" + "hosted",
            "npm" + "js",
            "debian" + r"\.org",
            "chat" + "gpt",
            "anth" + "ropic",
            r"\bcl" + r"aude\b",
            r"\bsub-?" + "agent",
        )
    ),
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_speaks_of_a_machine_a_registry_or_a_tool_of_its_authors() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked()
        if path.exists()
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if ELSEWHERE.search(line)
    ]
    assert found == []


def test_the_readme_opens_with_the_way_to_start() -> None:
    opening = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:20]
    for words in ("make demo", "make test", "pipx install ."):
        assert any(words in line for line in opening), words


def test_the_changelog_has_an_unreleased_section_on_top() -> None:
    headings = [
        line
        for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("## [") and "X.Y.Z" not in line
    ]
    assert headings[0] == "## [Unreleased]"


def test_the_licence_names_its_holders() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("MIT License")
    assert "The crm-cli authors" in licence
