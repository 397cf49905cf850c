"""The only place that prints data: chooses the format once and writes to stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from crm_cli.result import Level, Record, Result, Table

if TYPE_CHECKING:
    from crm_cli.context import AppContext


def show(result: Result, app: AppContext) -> int:
    """Print a result in the chosen format and return the exit status."""
    import json

    write = sys.stdout.write
    body = result.body
    if isinstance(body, Table):
        keys = [column.key for column in body.columns]
        write("[" + ",\n ".join(json.dumps(dict(zip(keys, row)), ensure_ascii=False) for row in body.rows) + "]\n")
    elif isinstance(body, Record):
        write(json.dumps(body.values, ensure_ascii=False, indent=2) + "\n")
    for message in result.messages:
        if message.level is Level.WARNING or not app.options.get("quiet"):
            print(message.text, file=sys.stderr)
    return result.exit_code


def progress(what: str, permille: int | None) -> None:
    """Redraw the progress line."""
