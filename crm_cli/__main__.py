"""The entry point: run the app and turn whatever happens into text and an exit status."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from crm_cli.context import AppContext
    from crm_cli.errors import CrmError

DISK_FULL = 28
"""ENOSPC, without loading errno."""


class Terminated(BaseException):
    """SIGTERM arrived; transactions roll back as for Ctrl-C."""


def main(arguments: list[str] | None = None) -> int:
    """Run ``crm`` with the given arguments (default: the process's) and return its status."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    _open_streams()
    context: AppContext | None = None
    try:
        if "--version" in args and set(args) <= {"--version", "--json", "-f", "--format", "json"}:
            # Asked by every installer and editor plug-in: answered before anything is loaded.
            from crm_cli import version_text

            print(version_text(as_json=len(args) > 1), flush=True)
            return 0
        _signals.clear()
        signal.signal(signal.SIGTERM, _terminate)
        from crm_cli.context import AppContext

        context = AppContext(args)
        return _run(context)
    except BrokenPipeError:
        _discard_stdout()
        return 0
    except (KeyboardInterrupt, EOFError, Terminated) as stop:
        return _stopped(stop, context, args)
    except Exception as error:  # the last net: no traceback ever reaches a user
        return _failed(error, context, args)


def _run(context: AppContext) -> int:
    from crm_cli import app

    try:
        status = app.run(context)
    finally:
        context.close()
    # Here and not at the interpreter's end, so that a full disk is noticed.
    sys.stdout.flush()
    return status


def _open_streams() -> None:
    """Give closed standard streams somewhere to go, and write UTF-8 whatever the locale."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _state(context: AppContext | None) -> str:
    """Say what a run that ended early left behind."""
    if context is not None and context.left_behind:
        return context.left_behind
    if context is not None and context.written_entry:
        return f"the change was written before that (undo: crm undo {context.written_entry})"
    return "nothing was written"


def _stopped(stop: BaseException, context: AppContext | None, args: list[str]) -> int:
    from crm_cli import errors

    if isinstance(stop, Terminated):
        return _report(errors.Ended(f"terminated; {_state(context)}"), context, args)
    return _report(errors.Interrupted(f"interrupted; {_state(context)}"), context, args)


def _failed(error: Exception, context: AppContext | None, args: list[str]) -> int:
    from crm_cli import errors

    translated = error if isinstance(error, errors.CrmError) else _translate(error, context)
    if isinstance(translated, errors.Interrupted) and _signals:
        # Raised while SQLite called back, SIGTERM got lost: a statement was just interrupted.
        translated = errors.Ended(f"terminated; {_state(context)}")
    if translated is not None:
        return _report(translated, context, args)
    if "--debug" in args:
        raise error
    bug = errors.CrmError(
        f"{type(error).__name__}: {error}",
        hint="this is a bug; run the command again with --debug and report what it shows",
    )
    return _report(bug, context, args)


def _translate(error: Exception, context: AppContext | None) -> CrmError | None:
    """Map Typer's usage errors, the system's and SQLite's to ours; None: a bug."""
    from crm_cli import errors

    show = getattr(error, "format_message", None)
    if show is not None and getattr(error, "exit_code", None) == 2:
        parsing: Any = getattr(error, "ctx", None)
        command = parsing.command_path if parsing is not None else "crm"
        message = show()
        quotes = ""
        if parsing is not None and message.startswith("Missing argument"):
            missing: Any = error
            words = " ".join(parsing.command.collect_usage_pieces(parsing)[1:])
            name = missing.param.make_metavar(parsing).strip("[]{}.")
            message = f"{name} is missing: {command} {words}"
        if message.startswith("Got unexpected extra argument"):
            usage = " ".join(parsing.command.collect_usage_pieces(parsing)[1:])
            quotes = (
                f"it is written {command} {usage}; words that belong together stand in quotes"
                ' ("Ada Lovelace"); '
            )
        return errors.UsageError(message, hint=f"{quotes}see {command} --help")
    if type(error).__name__ == "Abort":
        return errors.Interrupted(f"interrupted; {_state(context)}")
    if type(error).__module__ == "sqlite3":
        from crm_cli.store.failures import translate

        problem: Any = error
        return translate(problem, None)
    if isinstance(error, UnicodeEncodeError):
        return errors.InvalidValue(
            "a value holds bytes that are no text in UTF-8", hint="write it in UTF-8"
        )
    if isinstance(error, OverflowError):
        return errors.InvalidValue("a number or a date is too large", hint="write a smaller one")
    if isinstance(error, OSError):
        if error.errno == DISK_FULL:
            _discard_stdout()
            return errors.StoreFull(
                f"the disk is full, so that the output may be cut off; {_state(context)}",
                hint="free some space, or send the output elsewhere",
            )
        where = f"{error.filename}: " if error.filename else ""
        return errors.BadFile(f"{where}{error.strerror or error}")
    return None


def _report(error: CrmError, context: AppContext | None, args: list[str]) -> int:
    """Print one error on stderr: a line and a hint, or one JSON object."""
    from crm_cli.context import format_named

    as_json = (format_named(args) or _format_of_file(context)) in {"json", "jsonl"}
    try:
        text = _json_object(error) if as_json else "\n".join(_lines(error))
        print(text, file=sys.stderr, flush=True)
    except OSError:  # nobody reads stderr: the status says it all
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    return error.exit_code


def _json_object(error: CrmError) -> str:
    import json
    from importlib import import_module

    text = json.dumps({"error": error.as_json()}, ensure_ascii=False)
    plain: str = import_module("crm_cli.render.json_text").plain(text)
    return plain


def _lines(error: CrmError) -> Iterator[str]:
    from crm_cli.domain.values import safe

    message = f"crm: {safe(error.message)}"
    if sys.stderr.isatty():
        from importlib import import_module

        yield from import_module("crm_cli.render").on_stderr(message)
    else:
        yield message
    for candidate in error.candidates:
        # The owner's name of a stage is read in place of its key.
        key = "stage" if "stage_name" in candidate else None
        words = "  ".join(
            str(value) for name, value in candidate.items() if value is not None and name != key
        )
        yield f"  {safe(words)}"
    if error.hint:
        # Left in one piece, for it may be a command to copy.
        yield f"hint: {safe(error.hint)}"


def _format_of_file(context: AppContext | None) -> str:
    """Return the format of the user's file, nothing where it cannot be read."""
    from crm_cli import errors

    try:
        return context.user.get("format", "") if context is not None else ""
    except errors.CrmError:
        return ""


def _discard_stdout() -> None:
    """Point stdout nowhere, so that the interpreter's last flush cannot complain."""
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
    except (OSError, ValueError):
        pass


_signals: list[int] = []
"""What ``_terminate`` was called for."""


def _terminate(number: int, frame: FrameType | None) -> None:
    del frame
    _signals.append(number)
    raise Terminated


def entry_point() -> None:
    """Run as the ``crm`` script."""
    # Imports make many objects and no garbage: looking for some costs a twentieth of a command.
    gc.set_threshold(50_000)
    status = main()
    # The interpreter's own last look for garbage costs a tenth of a command, for memory that
    # goes back with the process; files and stores are closed by now.
    gc.freeze()
    sys.exit(status)


if __name__ == "__main__":
    entry_point()
