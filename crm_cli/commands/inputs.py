"""What a verb reads beside its options: names from stdin, long text, the options that were used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

    from crm_cli.context import AppContext
    from crm_cli.queries.selection import Selection


def whos(app: AppContext, who: str) -> list[str]:
    """Return the one name, or for ``-`` the ids that stdin holds, as ``#42``."""
    return [f"#{number}" for number in piped_ids(app)] if who == "-" else [who]


def who_and_text(words: Sequence[str | None], lead: str | None) -> tuple[str | None, str | None]:
    """Return WHO and TEXT of ``log``. About a lead one word alone is the text, and WHO (None) the
    lead's contact; unless it is a number or an e-mail address, which is nothing that was said.

    Raises UsageError where nobody is named at all.
    """
    who, text = words
    if lead is None:
        if who is None:
            raise errors.UsageError("Missing argument 'WHO'.", hint="name whom it was with")
        return who, text
    if who is None or text is not None or _names_one(who):
        return who, text
    return None, who


def who_when_and_text(
    words: Sequence[str | None], lead: str | None
) -> tuple[str | None, str, str | None]:
    """Return WHO, WHEN and TEXT of ``remind add``. About a lead two words are WHEN and TEXT, one
    is WHEN, and WHO (None) is the lead's contact.

    Raises UsageError where nobody, or no day, is named.
    """
    who, when, text = words
    if lead is not None and text is None:
        who, when, text = None, who, when
    if lead is None and who is None:
        raise errors.UsageError("Missing argument 'WHO'.", hint="write WHO WHEN TEXT")
    if when is None:
        raise errors.UsageError("Missing argument 'WHEN'.", hint="write WHO WHEN TEXT")
    return who, when, text


def _names_one(word: str) -> bool:
    """Say whether a word can only be somebody: ``42``, ``#42``, ``ada@example.com``."""
    from crm_cli.queries.resolve import number

    return number(word) is not None or ("@" in word and not any(map(str.isspace, word)))


def piped_ids(app: AppContext) -> list[int]:
    """Return the ids that stdin holds, one a line or each ended by NUL.

    Raises InvalidValue naming the line that is no id, UsageError where there is no stdin.
    """
    from crm_cli.queries.resolve import number

    if getattr(app.stdin, "name", "") == os.devnull:  # what a closed stdin was replaced with
        raise errors.UsageError("stdin is closed", hint="pipe ids in: crm contact list -f ids")
    ids = []
    lines = stdin_text(app).replace("\0", "\n").split("\n")
    for at, line in enumerate(lines, 1):
        # Files put together may have a byte-order mark in the middle.
        text = line.strip().strip("\ufeff")
        found = number(text) if text else None
        if text and found is None:
            raise errors.InvalidValue(
                f"stdin, line {at}: {text[:60]!r} is not an id; nothing was written",
                hint="pipe ids in: crm contact list -f ids",
            )
        if found is not None:
            ids.append(found)
    return ids


def selection(
    app: AppContext, who: str | None, where: str | None, segment: str | None = None,
    what: str = "WHO",
) -> Selection | None:  # fmt: skip
    """Return which records a bulk verb is about, None where ``who`` names one.

    Raises UsageError for a name beside a filter, and for neither.
    """
    if where is None and segment is None:
        if who is None:
            raise errors.UsageError(
                f"{what} is missing", hint="name one, or choose some with --where EXPR"
            )
        if who != "-":
            return None
        from crm_cli.queries.selection import Selection

        return Selection(ids=piped_ids(app))
    if who is not None:
        raise errors.UsageError(
            f"{who!r} and a filter name records at once", hint=f"leave {what} out, or the filter"
        )
    from crm_cli.queries.selection import Selection

    return Selection(where=where, segment=segment)


def numbered(
    app: AppContext, words: Sequence[str] | None, where: str | None, noun: str = "follow-up"
) -> Selection:
    """Return which records a verb is about that knows them by their numbers alone: those named,
    those that stdin holds (``-``), or those that a filter chooses.

    Raises UsageError for numbers beside a filter and for neither, NotFound for what is no number.
    """
    from crm_cli.queries.resolve import number, typed
    from crm_cli.queries.selection import GROUPS, Selection

    if where is not None:
        if words:
            raise errors.UsageError(
                f"{words[0]!r} and a filter name records at once", hint="leave one of them out"
            )
        return Selection(where=where)
    if not words:
        raise errors.UsageError(
            "ID is missing", hint="name one or several, or choose some with --where EXPR"
        )
    if "-" in words:
        if len(words) > 1:
            raise errors.UsageError("- reads the ids from stdin", hint="name no others beside it")
        return Selection(ids=piped_ids(app))
    ids = []
    for word in words:
        found = number(typed(word, f"{noun}'s number"))
        if found is None:
            raise errors.NotFound(
                f"no {noun} {word!r}; nothing was written",
                hint=f"see crm {GROUPS.get(noun, noun)} list",
            )
        ids.append(found)
    return Selection(ids=ids, is_named=True)


def leads_named(app: AppContext, what: str | None, where: str | None) -> Selection:
    """Return which leads a verb is about: the one that is named, those that stdin holds (``-``),
    or those that a filter chooses. Raises UsageError, NotFound and Ambiguous."""
    chosen = selection(app, what, where, what="LEAD")
    if chosen is None:
        from crm_cli.queries.resolve import lead_id
        from crm_cli.queries.selection import Selection

        chosen = Selection(ids=[lead_id(app.session.reader, what or "")], is_named=True)
    return chosen


def lead_and_word(
    words: Sequence[str] | None, where: str | None, what: str
) -> tuple[str | None, str]:
    """Split ``LEAD STAGE`` into the lead and the word after it; beside a filter there is the word
    alone. Raises UsageError where one is missing or too many are there."""
    given = list(words or ())
    wanted = 2 if where is None else 1
    if len(given) < wanted:
        raise errors.UsageError(
            f"{'LEAD' if not given and where is None else what} is missing",
            hint=f"write LEAD {what}, or --where EXPR {what}",
        )
    if len(given) > wanted:
        raise errors.UsageError(
            f"{given[wanted]!r} is one word too many",
            hint=f"write LEAD {what}, each in quotation marks where it has blanks",
        )
    return (None if where is not None else given[0]), given[-1]


def numbers_first(words: Sequence[str], where: str | None) -> tuple[list[str], str]:
    """Split ``3 4 next friday`` into numbers and the rest, a day; beside a filter all is the day.

    Raises UsageError where no day is left.
    """
    from crm_cli.queries.resolve import number

    count = 0
    if where is None:
        while count < len(words) - 1 and (words[count] == "-" or number(words[count]) is not None):
            count += 1
        if not count:
            raise errors.UsageError(
                "WHEN is missing" if len(words) == 1 else f"{words[0]!r} is no number",
                hint="write ID... WHEN: crm remind snooze 3 monday",
            )
    return list(words[:count]), " ".join(words[count:])


def tagged(
    app: AppContext, words: Sequence[str], where: str | None, segment: str | None
) -> tuple[Selection | None, Sequence[str]]:
    """Return whom ``tag`` is about (None: the first word names one) and the tags.

    Beside a filter every word is a tag. Raises UsageError for one that can only be a contact.
    """
    if where is None and segment is None:
        if len(words) < 2:
            raise errors.UsageError(
                f"{'TAG' if words else 'WHO'} is missing",
                hint="write WHO TAG..., or --where EXPR TAG...",
            )
        return selection(app, words[0], None), words[1:]
    if not words:
        raise errors.UsageError("TAG is missing", hint="write --where EXPR TAG...")
    first = words[0]
    if first == "-" or "@" in first or (len(words) > 1 and first.lstrip("#").isdecimal()):
        return selection(app, first, where, segment), words[1:]
    return selection(app, None, where, segment), words


def stdin_text(app: AppContext) -> str:
    """Return all of stdin, which is UTF-8 (or UTF-16 with its mark) whatever the locale.

    Raises UsageError where it cannot be read, InvalidValue for bytes that are no text.
    """
    binary = getattr(app.stdin, "buffer", None)
    if binary is None:
        return app.stdin.read()
    try:
        raw: bytes = binary.read()
    except OSError as error:
        raise errors.UsageError(f"stdin cannot be read: {error.strerror}") from None
    encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise errors.InvalidValue("stdin is not UTF-8 text", hint="convert it first") from None


def long_text(app: AppContext, text: str | None, what: str, who: str | None = None) -> str:
    """Return the text given, stdin for ``-``, or on a terminal what ``$EDITOR`` leaves.

    Raises UsageError where there is no text, or where ``who`` has taken stdin already.
    """
    if text == "-":
        if who == "-":
            raise errors.UsageError(
                f"stdin cannot be the ids and the {what} at once", hint="name one of them"
            )
        found = stdin_text(app)
        if not found.strip():
            raise errors.UsageError(f"stdin holds no {what}; nothing was written")
        return found
    if text is not None:
        return text
    if not app.stdin_is_terminal:
        raise errors.UsageError(
            f"the {what} is missing", hint="give it as an argument, or - for stdin"
        )
    edited = _edited(app, what)
    if not edited.strip():
        raise errors.Refused(f"the {what} was left empty; nothing was written")
    return edited


def _edited(app: AppContext, what: str) -> str:
    """Return what the user's editor leaves in an empty file of its own (0600), which goes with
    the editor, and with the terminal should that be closed."""
    import shlex
    import tempfile
    from pathlib import Path

    editor = app.environment.get("VISUAL") or app.environment.get("EDITOR") or "vi"
    try:
        words = shlex.split(editor)
    except ValueError:
        raise errors.UsageError(
            f"the editor {editor!r} is no command: a quotation mark is open", hint="set EDITOR"
        ) from None
    app.say(f"the {what} is written in {editor} (set EDITOR for another); empty: none is added")
    with tempfile.TemporaryDirectory(prefix="crm-") as folder:
        path = Path(folder) / "crm.txt"
        path.touch(mode=0o600)
        try:
            code = _run([*words, str(path)])
        except OSError as error:
            raise errors.UsageError(
                f"the editor {editor!r} cannot be started: {error.strerror}",
                hint="set EDITOR, or give the text as an argument",
            ) from None
        if code:
            raise errors.Refused(f"{editor} ended with {code}; nothing was written")
        return path.read_text(encoding="utf-8", errors="replace")


def _run(command: list[str]) -> int:
    """Run the user's editor and return its exit status; raise KeyboardInterrupt, once it is gone,
    where the terminal is closed: else that would end the program before it can clear up."""
    import signal
    import subprocess

    running: list[subprocess.Popen[bytes]] = []
    missed: list[int] = []

    def hang_up(number: int, frame: FrameType | None) -> None:
        del frame
        if running:
            raise KeyboardInterrupt
        # Raised while the editor is being started, it would leave the editor behind.
        missed.append(number)

    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None or signal.getsignal(hangup) is not signal.SIG_DFL:
        hangup = None
    else:
        signal.signal(hangup, hang_up)
    try:
        # The editor is the user's own choice, and the path is ours.
        with subprocess.Popen(command) as process:  # noqa: S603
            try:
                running.append(process)
                if missed:
                    raise KeyboardInterrupt
                return process.wait()
            except BaseException:
                process.kill()
                raise
    finally:
        if hangup is not None:
            signal.signal(hangup, signal.SIG_DFL)


def used(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options (a verb's ``locals()``) that were used on the command line."""
    return {
        name.rstrip("_"): value
        for name, value in options.items()
        if name != "ctx" and value is not None and value is not False and value != []
    }


def said_once(argument: str | None, option: str | None, name: str) -> str | None:
    """Return what was said as an argument or as the option of that name. Raises UsageError where
    it was said twice."""
    if argument is not None and option is not None:
        raise errors.UsageError(f"the {name} is given twice", hint=f"leave --{name} out")
    return option if argument is None else argument


def used_with_notes(
    app: AppContext, options: Mapping[str, Any], aside: Sequence[str] = (),
    who: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what ``used`` does, but for some; notes of ``-`` are read from stdin, unless ``who``
    has taken it. Raises UsageError."""
    given = {name: value for name, value in used(options).items() if name not in aside}
    if given.get("notes") == "-":
        given["notes"] = long_text(app, "-", "notes", who or given.get("who"))
    return given
