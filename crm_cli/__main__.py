"""The entry point: run the app and turn whatever happens into text and an exit status."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

    from crm_cli.context import AppContext
    from crm_cli.errors import CrmError


class Terminated(BaseException):
    """SIGTERM arrived; transactions roll back as for Ctrl-C."""


def main(arguments: list[str] | None = None) -> int:
    """Run ``crm`` with the given arguments (default: the process's) and return its status."""
    args = sys.argv[1:] if arguments is None else arguments
    if "--version" in args and set(args) <= {"--version", "--json", "-f", "--format", "json"}:
        # Asked by every installer and editor plug-in: answered before anything is loaded.
        from crm_cli import version_text

        print(version_text(as_json=len(args) > 1))
        return _flush(0)
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    status = _guarded(list(args))
    return _flush(status)


def _guarded(args: list[str]) -> int:
    from crm_cli import errors
    from crm_cli.context import AppContext

    context = AppContext(args)
    try:
        from crm_cli import app

        try:
            return app.run(context)
        finally:
            context.close()
    except errors.CrmError as error:
        return _report(error, args)
    except BrokenPipeError:
        _discard_stdout()
        return 0
    except (KeyboardInterrupt, EOFError):
        return _report(errors.Interrupted(f"interrupted; {_state(context)}"), args)
    except Terminated:
        return _report(errors.Ended(f"terminated; {_state(context)}"), args)
    except Exception as error:  # the last net: no traceback ever reaches a user
        return _unexpected(error, args)


def _state(context: AppContext) -> str:
    """Say what an interruption left behind."""
    entry_id = context.written_entry
    if entry_id:
        return f"the change was written before that (undo: crm undo {entry_id})"
    return "nothing was written"


def _unexpected(error: Exception, args: list[str]) -> int:
    from crm_cli import errors

    translated = _translate(error)
    if translated is not None:
        return _report(translated, args)
    if "--debug" in args:
        raise error
    bug = errors.CrmError(
        f"{type(error).__name__}: {error}",
        hint="this is a bug; run the command again with --debug and report what it shows",
    )
    return _report(bug, args)


def _translate(error: Exception) -> CrmError | None:
    """Map Typer's usage errors and the system's to ours."""
    from crm_cli import errors

    show = getattr(error, "format_message", None)
    if show is not None and getattr(error, "exit_code", None) == 2:
        context: Any = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "crm"
        return errors.UsageError(show(), hint=f"see {command} --help")
    if type(error).__name__ == "Abort":
        return errors.Interrupted("interrupted; nothing was written")
    if type(error).__module__ == "sqlite3":
        from crm_cli.store.failures import translate

        problem: Any = error
        return translate(problem, None)
    if isinstance(error, OSError):
        if error.errno == 28:
            _discard_stdout()
            return errors.StoreFull("the disk is full", hint="free some space and try again")
        where = f"{error.filename}: " if error.filename else ""
        return errors.BadFile(f"{where}{error.strerror or error}")
    return None


def _report(error: CrmError, args: list[str]) -> int:
    """Print one error on stderr: a line and a hint, or one JSON object."""
    if _wants_json(args):
        import json

        print(json.dumps({"error": error.as_json()}, ensure_ascii=False), file=sys.stderr)
        return error.exit_code
    from crm_cli.domain.values import safe

    print(f"crm: {safe(error.message)}", file=sys.stderr)
    for candidate in error.candidates:
        words = "  ".join(str(value) for value in candidate.values() if value is not None)
        print(f"  {safe(words)}", file=sys.stderr)
    if error.hint:
        print(f"hint: {safe(error.hint)}", file=sys.stderr)
    return error.exit_code


def _wants_json(args: list[str]) -> bool:
    """Say whether a JSON format was asked for; the last format named counts."""
    chosen = ""
    for index, word in enumerate(args):
        if word == "--":
            break
        if word == "--json":
            chosen = "json"
        elif word in {"-f", "--format"} and index + 1 < len(args):
            chosen = args[index + 1]
        elif word.startswith("--format="):
            chosen = word.removeprefix("--format=")
        elif word.startswith("-f") and not word.startswith("--") and len(word) > 2:
            chosen = word[2:].removeprefix("=")
    return chosen in {"json", "jsonl"}


def _flush(status: int) -> int:
    """Write out what is buffered; a closed pipe is fine, a full disk is not."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
        return 0 if status == 0 else status
    except OSError as error:
        _discard_stdout()
        print(f"crm: writing the output failed: {error.strerror}", file=sys.stderr)
        return 10
    return status


def _discard_stdout() -> None:
    """Point stdout nowhere, so that the interpreter's last flush cannot complain."""
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
    except (OSError, ValueError):
        pass


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Terminated


def entry_point() -> None:
    """Run as the ``crm`` script."""
    sys.exit(main())


if __name__ == "__main__":
    entry_point()
