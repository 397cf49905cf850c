"""The README's picture: the retention table of examples/, drawn by the program itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

from crm_cli.clock import Clock
from crm_cli.render.picture import picture
from crm_cli.reports import retention
from crm_cli.reports.scope import Bounds
from crm_cli.result import Report
from crm_cli.session import Session
from docs.transcripts import NOW, Shell

COMMANDS = (
    "crm contact import examples/contacts.csv --quiet",
    "crm purchase import examples/purchases.csv --quiet",
)
TITLE = "crm report retention"


def svg() -> str:
    """Return the picture as one SVG document, the same every time.

    Raises TranscriptError when the examples cannot be imported.
    """
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(Path(folder))
        for line in COMMANDS:
            shell.run(line)
        session = Session(
            path=shell.work / "crm.db",
            clock=Clock(NOW),
            who=lambda: "ana",
            arguments=(),
            read_only=True,
        )
        try:
            request = retention.RetentionRequest(bounds=Bounds(period="ytd"))
            body = retention.report(session, request).body
        finally:
            session.close()
    if not isinstance(body, Report):
        raise TypeError(body)
    return picture(body, TITLE).rstrip() + "\n"
