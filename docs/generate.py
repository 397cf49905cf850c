"""``make docs``: write what is made from the code; ``--check`` only says what would change.

Made are docs/reference/, the output in the ``console`` blocks of the other pages, and the
README's picture.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))  # started as a file: the packages are beside docs/

TOLD = (
    "README.md",
    "docs/guide.md",
    "docs/fields.md",
    "docs/scripting.md",
    "docs/walkthrough.md",
    "docs/talks.md",
    "docs/leads.md",
    "docs/lead-imports.md",
    "docs/lead-lists.md",
)
"""Pages written by hand, with output of the program in them."""


def made() -> dict[Path, str]:
    """Return file -> what it has to hold."""
    from docs import picture, reference_pages, transcripts

    files = {DOCS / "reference" / name: make() for name, make in reference_pages.PAGES.items()}
    for name in TOLD:
        page = ROOT / name
        files[page] = transcripts.refreshed(page.read_text(encoding="utf-8"))
    files[DOCS / "picture.svg"] = picture.svg()
    return files


def main(arguments: list[str]) -> int:
    """Write or check; return 1 when a check finds a difference."""
    check = "--check" in arguments
    stale = 0
    for path, text in made().items():
        now = path.read_text(encoding="utf-8") if path.exists() else ""
        if now == text:
            continue
        stale += 1
        name = path.relative_to(ROOT)
        if check:
            lines = difflib.unified_diff(
                now.splitlines(), text.splitlines(), f"{name} (kept)", f"{name} (made)", lineterm=""
            )
            print("\n".join(lines))
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    if check and stale:
        print(f"{stale} pages differ from what the code says: run make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
