"""The only place that prints: chooses the format once, data to stdout and talk to stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from crm_cli.result import Level, Report, Several, Stream, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm_cli.context import AppContext
    from crm_cli.result import Body, Message, Result

FAIL_EMPTY = 3


def show(result: Result, app: AppContext) -> int:
    """Print a result in the chosen format and return the exit status.

    Raises InvalidValue or UsageError for row options or a format that do not fit the result,
    and OSError as it comes from stdout (a closed pipe, a full disk).
    """
    if result.body is not None:
        _write(result.body, app)
    for message in result.messages:
        _tell(message, app)
    found = result.has_matches or not _is_empty(result.body)
    if result.exit_code == 0 and app.options.get("fail_empty") and not found:
        return FAIL_EMPTY
    return result.exit_code


def _write(body: Body, app: AppContext) -> None:
    kind = app.format
    if isinstance(body, Several):
        _write_several(body, app)
    elif isinstance(body, Text | Stream):
        from crm_cli.render.text import as_it_stands

        _put(as_it_stands(body, app))
    elif kind == "table":
        from crm_cli.render import people

        people.show(body, app, _put)
    else:
        if kind in {"csv", "tsv"}:
            _keep_line_ends()
        _put(_pieces(kind, body, app))


def _write_several(body: Several, app: AppContext) -> None:
    """Write each in the chosen format, parted by a blank line; in JSON as one array, in HTML on
    one page."""
    if app.format == "html":
        from crm_cli.render import html_text

        _put(html_text.pieces(body.bodies, app))
        return
    as_array = app.format == "json"
    parting = {"json": ",", "jsonl": "", "ids": ""}.get(app.format, "\n")
    _put(["["] if as_array else [])
    bodies = [part for part in body.bodies if app.format != "ids" or not isinstance(part, Report)]
    for number, part in enumerate(bodies):
        _put([parting] if number else [])
        _write(part, app)
    _put(["]\n"] if as_array else [])


def _pieces(kind: str, body: Body, app: AppContext) -> Iterable[str]:
    if kind == "json":
        from crm_cli.render import json_text

        return json_text.document(body, app.options)
    if kind == "jsonl":
        from crm_cli.render import json_text

        return json_text.lines(body, app.options)
    if kind in {"csv", "tsv"}:
        from crm_cli.render import delimited

        return delimited.pieces(kind, body, app)
    if kind == "ids":
        from crm_cli.render import ids

        return ids.pieces(body, app.options)
    if kind == "html":
        from crm_cli.render import html_text

        return html_text.pieces([body], app)
    from crm_cli.render import markdown

    return markdown.pieces(body, app)


def _keep_line_ends() -> None:
    """Write CRLF as CRLF where text streams translate line ends (Windows)."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(newline="")


def _put(pieces: Iterable[str]) -> None:
    write = sys.stdout.write
    for piece in pieces:
        write(piece)


def _tell(message: Message, app: AppContext) -> None:
    from crm_cli.domain.values import safe

    if message.level is Level.WARNING:
        print(*on_stderr(f"warning: {safe(message.text)}"), sep="\n", file=sys.stderr)
    elif not app.options.get("quiet"):
        # A hint may be a command to copy: the terminal breaks it, and copies it as one line.
        lines = [safe(message.text)]
        if message.level is not Level.HINT:
            lines = on_stderr(*lines)
        print(*lines, sep="\n", file=sys.stderr)


def on_stderr(text: str) -> list[str]:
    """Return a safe text as lines that a terminal need not break within a word; one line
    elsewhere."""
    import os

    try:
        size = os.get_terminal_size(sys.stderr.fileno()) if sys.stderr.isatty() else None
    except (OSError, ValueError, AttributeError):
        size = None
    if size is None or len(text) <= size.columns or not size.columns:
        return [text]
    from crm_cli.render.values import wrapped

    return wrapped(text, size.columns)


def _is_empty(body: Body) -> bool:
    if isinstance(body, Table):
        return not body.rows
    return isinstance(body, Report) and not body.cells


def progress(what: str, permille: int | None) -> None:
    """Redraw the progress line on stderr; None or 1000 and more clear it."""
    from crm_cli.render import progress_line

    progress_line.draw(what, permille)
