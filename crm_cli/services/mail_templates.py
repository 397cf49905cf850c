"""The templates of mails: which names they know, what they say, and a copy to change."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.mail import templates
from crm_cli.mail.reminder import VARIABLES
from crm_cli.result import Column, Level, Message, Result, Table, Text

if TYPE_CHECKING:
    from crm_cli.session import Session

_COLUMNS = (
    Column("template", "Template"),
    Column("variable", "Variable"),
    Column("about", "What it is"),
)
_FILES = (Column("file", "File"),)


def variables(session: Session, where: str | None = None) -> Result:
    """Return every template's variables; or those that a filter chooses. Raises InvalidValue."""
    from crm_cli.queries import row_filtering

    rows = [(name, *described) for name in templates.NAMES for described in VARIABLES[name]]
    table = Table(noun="variable", columns=_COLUMNS, rows=rows, id_key="variable")
    return row_filtering.narrowed(session, table, where, {"template": templates.NAMES})


def source(session: Session, name: str, *, html: bool = False) -> Result:
    """Return what a template in force says. Raises NotFound for one that does not exist,
    InvalidValue for a folder of one's own that cannot be read."""
    if name not in templates.NAMES:
        raise errors.NotFound(
            f"there is no template {name!r}", hint=f"templates are {', '.join(templates.NAMES)}"
        )
    path = in_force(session).place(f"{name}.{'html' if html else 'txt'}")
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise errors.InvalidValue(f"{path} cannot be read: {failure}") from None
    return Result(body=Text(content), messages=[Message(str(path), Level.HINT)])


def copy(folder: str) -> Result:
    """Write the built-in templates into a folder. Raises Conflict, InvalidValue."""
    written = templates.copy(Path(folder).expanduser().absolute())
    rows = [(str(path),) for path in written]
    told = f"use them with: crm config set mail_templates {quote(str(written[0].parent))}"
    return Result(
        body=Table(noun="file", columns=_FILES, rows=rows, id_key="file"),
        messages=[Message(told, Level.HINT)],
    )


def in_force(session: Session, folder: str | None = None) -> templates.Templates:
    """Return the templates: of a folder, else of the setting ``mail_templates``, else built in.

    Raises InvalidValue for a folder that cannot be used.
    """
    named = folder or session.setting("mail_templates")
    return templates.Templates(Path(named).expanduser().absolute() if named else None)
