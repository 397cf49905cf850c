"""What a verb reads beside its options: names from stdin, long text, the options that were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.context import AppContext


def whos(app: AppContext, who: str) -> list[str]:
    """Return the one name, or for ``-`` every line (or NUL-ended piece) of stdin.

    Raises UsageError when stdin names nobody.
    """
    if who != "-":
        return [who]
    text = app.stdin.read()
    names = [name.strip() for name in text.replace("\0", "\n").split("\n")]
    found = [name for name in names if name]
    if not found:
        raise errors.UsageError("stdin names nobody", hint="pipe ids in: crm contact list -f ids")
    return found


def long_text(app: AppContext, text: str | None, what: str) -> str:
    """Return the text given, stdin for ``-``, or on a terminal what ``$EDITOR`` leaves.

    Raises UsageError where there is no text.
    """
    if text == "-":
        return str(app.stdin.read())
    if text is not None:
        return text
    if not app.stdin_is_terminal:
        raise errors.UsageError(
            f"the {what} is missing", hint="give it as an argument, or - for stdin"
        )
    edited = _edited(app)
    if not edited.strip():
        raise errors.Refused(f"the {what} was left empty; nothing was written")
    return edited


def _edited(app: AppContext) -> str:
    """Return what the user's editor leaves in an empty file of its own (0600)."""
    import shlex
    import subprocess
    import tempfile
    from pathlib import Path

    editor = app.environment.get("VISUAL") or app.environment.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crm.txt"
        path.touch(mode=0o600)
        try:
            # The editor is the user's own choice, and the path is ours.
            done = subprocess.run([*shlex.split(editor), str(path)], check=False)  # noqa: S603
        except OSError as error:
            raise errors.UsageError(
                f"the editor {editor!r} cannot be started: {error.strerror}",
                hint="set EDITOR, or give the text as an argument",
            ) from None
        if done.returncode:
            raise errors.Refused(f"{editor} ended with {done.returncode}; nothing was written")
        return path.read_text(encoding="utf-8", errors="replace")


def used(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options (a verb's ``locals()``) that were used on the command line."""
    return {
        name: value
        for name, value in options.items()
        if name != "ctx" and value is not None and value is not False and value != []
    }
