"""The pages say what the code does: made pages are fresh, commands in pages run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate, reference_pages, transcripts

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", reference_pages.PAGES)
def test_a_reference_page_is_what_make_docs_writes(name: str) -> None:
    kept = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert kept == reference_pages.PAGES[name](), "run make docs"


@pytest.mark.parametrize("name", generate.TOLD)
def test_the_output_shown_on_a_page_is_what_the_program_prints(name: str) -> None:
    kept = (ROOT / name).read_text(encoding="utf-8")
    assert transcripts.commands(kept), "the page shows no command"
    assert kept == transcripts.refreshed(kept), "run make docs"


def test_the_examples_of_the_reference_run_in_their_order(tmp_path: Path) -> None:
    folder = tmp_path / "shell"
    folder.mkdir()
    shell = transcripts.Shell(folder)
    for line in reference_pages.example_lines():
        shell.run(line)


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md"))
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page
    broken = [
        target
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert broken == []
