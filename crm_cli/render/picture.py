"""A table or report as an SVG picture, as a terminal shows it."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from crm_cli.render.layout import Paper, page
from crm_cli.render.terminal import write

if TYPE_CHECKING:
    from crm_cli.result import Report, Table

_FOREIGN = re.compile(r"@font-face \{\{.*?\}\}|<!--.*?-->", re.DOTALL)
_THEME = TerminalTheme(
    (30, 34, 42),
    (220, 223, 228),
    [
        (60, 64, 72), (224, 108, 117), (152, 195, 121), (229, 192, 123),
        (97, 175, 239), (198, 120, 221), (86, 182, 194), (220, 223, 228),
    ],
)  # fmt: skip


def picture(body: Table | Report, title: str, *, width: int = 110) -> str:
    """Return the body as one SVG document that fetches nothing and is the same every time."""
    console = Console(
        file=io.StringIO(),
        width=width,
        record=True,
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    write(page(body, Paper(width=width, zone=lambda: None, bar="█")), console)
    # The stock template loads its font from a server; the reader's own monospace font will do.
    template = _FOREIGN.sub("", CONSOLE_SVG_FORMAT)
    return console.export_svg(title=title, theme=_THEME, code_format=template, unique_id="crm")
