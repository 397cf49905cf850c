"""AppContext: the global options of one run, its streams, and the session opened on demand."""

from __future__ import annotations

import os
import sys
from datetime import UTC
from typing import TYPE_CHECKING, Any

from crm_cli import config, errors
from crm_cli.clock import Clock, read_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO, TextIO

    from crm_cli.session import Session

LARGEST_LIMIT = 2**62
"""SQLite counts in 64 bits; nobody has more rows."""

LONGEST_WAIT = 86_400
"""Seconds that ``--lock-timeout`` may say: a day."""

_NEED_A_VALUE = {
    "db": "--db", "now": "--now", "actor": "--as", "color": "--color", "dates": "--dates",
    "columns": "--columns", "sort": "--sort",
}  # fmt: skip
"""Options whose empty text would count as not given."""


class AppContext:
    """What the root callback knows. ``options`` holds only what was said on the command line.

    Nothing is opened here: ``session`` makes the Session when a command first asks for it.
    """

    def __init__(self, arguments: list[str], environment: Mapping[str, str] | None = None) -> None:
        self.arguments = arguments
        self.environment = os.environ if environment is None else environment
        self.options: dict[str, Any] = {}
        self._unsaid: list[str] = []
        self._user: dict[str, str] | None = None
        self._session: Session | None = None

    # -- streams ----------------------------------------------------------------------------

    @property
    def stdin(self) -> TextIO:
        """The stream that ``-`` means as input."""
        return sys.stdin

    @property
    def stdin_is_terminal(self) -> bool:
        """Whether somebody could answer a question."""
        try:
            return sys.stdin.isatty()
        except (AttributeError, ValueError):
            return False

    @property
    def stdout_is_terminal(self) -> bool:
        """Whether people read the output as it comes."""
        try:
            return sys.stdout.isatty()
        except (AttributeError, ValueError):
            return False

    def flush(self) -> None:
        """Let everything printed leave for stdout. Raises OSError where it cannot."""
        sys.stdout.flush()

    @property
    def stdout_bytes(self) -> BinaryIO:
        """Stdout for what is bytes already: a mail. What was printed before stands before it."""
        sys.stdout.flush()
        return sys.stdout.buffer

    def say(self, text: str) -> None:
        """Write a line for people to stderr, unless ``--quiet``.

        Under a JSON format it waits for ``say_the_rest``: when the command fails, the error
        object is all that stands on stderr.
        """
        if self.options.get("quiet"):
            return
        if self.format in {"json", "jsonl"}:
            self._unsaid.append(text)
            return
        from crm_cli.domain.values import safe

        print(safe(text), file=sys.stderr)

    def say_the_rest(self) -> None:
        """Write what waited for the command's success."""
        unsaid, self._unsaid = self._unsaid, []
        if unsaid:
            from crm_cli.domain.values import safe

            print(*map(safe, unsaid), sep="\n", file=sys.stderr)

    # -- settings ---------------------------------------------------------------------------

    @property
    def user(self) -> dict[str, str]:
        """The user file's settings."""
        if self._user is None:
            self._user = config.read_user_file(config.config_path(self.environment))
        return self._user

    @property
    def store_path(self) -> Path:
        """``--db`` > ``CRM_DB`` > user file > the platform's data folder."""
        named = self.options.get("db") or self.environment.get("CRM_DB") or self.user.get("db")
        return config.expand(named) if named else config.default_store(self.environment)

    @property
    def format(self) -> str:
        """The output format. Raises InvalidValue for one that does not exist."""
        chosen = self.options.get("format") or self.user.get("format") or "table"
        return check_choice("format", str(chosen), config.FORMATS)

    @property
    def shows_people(self) -> bool:
        """Whether the format is one that people read, and not one for programs."""
        return self.format in {"table", "markdown", "html"}

    @property
    def wants_ids(self) -> bool:
        """Whether ids alone are printed, in the order of the query: nothing else need be read."""
        return self.format == "ids" and not self.options.get("sort")

    @property
    def color(self) -> str:
        """``auto``, ``always`` or ``never``, after NO_COLOR, FORCE_COLOR and TERM=dumb."""
        chosen = self.options.get("color")
        if chosen:
            return check_choice("color", str(chosen), config.COLORS)
        return config.color_of(self.environment) or self.user.get("color", "auto")

    def check_options(self, *, mends_settings: bool = False) -> None:
        """Raise InvalidValue for a global option that cannot be meant: before a command
        writes, and also where the command happens not to use it. UsageError for -0 without ids.

        A wrong value in the user file must not keep ``config`` from mending it.
        """
        for name, option in _NEED_A_VALUE.items():
            # An empty shell variable must not send a script to the real store.
            if self.options.get(name) == "":
                raise errors.InvalidValue(f"{option} is empty", hint="give a value or leave it out")
        timeout = self.options.get("lock_timeout")
        if timeout is not None and not 0 <= timeout <= LONGEST_WAIT:
            raise errors.InvalidValue(
                f"--lock-timeout cannot be {timeout:g}", hint=f"write seconds, 0 to {LONGEST_WAIT}"
            )
        if self.now_text is not None:
            read_instant(self.now_text, UTC)
        if self.options.get("dates"):
            check_choice("date order", self.options["dates"], config.DATE_ORDERS)
        if mends_settings:
            for name, allowed in (("format", config.FORMATS), ("color", config.COLORS)):
                if self.options.get(name):
                    check_choice(name, str(self.options[name]), allowed)
            return
        if self.options.get("nul") and self.format != "ids":
            raise errors.UsageError(
                f"-0 does not go with -f {self.format}", hint="add -f ids, or leave -0 out"
            )
        _ = (self.color, self.row_limit)

    @property
    def now_text(self) -> str | None:
        """``--now`` or ``CRM_NOW`` as given."""
        return self.options.get("now") or self.environment.get("CRM_NOW") or None

    @property
    def date_order(self) -> str | None:
        """``dmy`` or ``mdy`` where the user said how numeric dates are meant."""
        chosen = self.options.get("dates") or self.user.get("dates")
        return chosen if chosen in {"dmy", "mdy"} else None

    def personal_settings(self) -> dict[str, tuple[str | None, str]]:
        """Every personal setting as this run sees it: key -> (value, where it comes from)."""
        return config.in_force(self.options, self.environment, self.user)

    def mail_secrets(self) -> dict[str, str]:
        """Where the password of mail is and which program sends; see ``config.mail_secrets``."""
        return config.mail_secrets(self.environment, self.user)

    personal_keys = tuple(config.USER_SETTINGS)
    """The settings that belong to the user's own file."""

    def change_personal(self, key: str, value: str | None) -> Path:
        """Write one personal setting (None: take it out) and return the file it is in.

        Nothing is written in a rehearsal. Raises InvalidValue, and StoreReadOnly under
        ``--read-only``.
        """
        if self.options.get("read_only"):
            raise errors.StoreReadOnly(
                "this run is read-only (--read-only), and the command writes your settings file",
                hint="leave --read-only out",
            )
        path = config.config_path(self.environment)
        self._user = config.write_user_setting(path, key, value, rehearse=self.dry_run)
        return path

    @property
    def row_limit(self) -> int | None:
        """``--limit`` where the query itself may stop early: not before a ``--sort``.

        Raises InvalidValue for a negative number.
        """
        limit: int | None = self.options.get("limit")
        if limit is not None and limit < 0:
            raise errors.InvalidValue("--limit cannot be negative")
        if limit is None or self.options.get("sort"):
            return None
        return min(limit, LARGEST_LIMIT)

    @property
    def dry_run(self) -> bool:
        """Whether to rehearse only."""
        return bool(self.options.get("dry_run"))

    # -- the session ------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The one Session of this run."""
        if self._session is None:
            from crm_cli.session import Session

            timeout = self.options.get("lock_timeout")
            self._session = Session(
                path=self.store_path,
                clock=Clock(self.now_text),
                who=lambda: self.options.get("actor") or config.actor_name(self.environment),
                arguments=self.arguments,
                dry_run=self.dry_run,
                read_only=bool(self.options.get("read_only")),
                lock_timeout=30.0 if timeout is None else float(timeout),
                date_order=self.date_order,
                notify=self.say,
                confirm=None if self.options.get("yes") else self.confirm,
                is_interactive=self.stdin_is_terminal,
                progress=self.progress if self._shows_progress else None,
            )
        return self._session

    def confirm(self, question: str, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        """Ask on a terminal, below the rows that it is about; elsewhere refuse, name the rows
        and ``--yes``.

        Raises UsageError when nobody can answer, Refused when the answer is no.
        """
        if not self.stdin_is_terminal:
            named = ", ".join(f"{row['name']} (#{row['id']})" for row in rows)
            first = f" First: {named}." if named else ""
            raise errors.UsageError(
                f"{question}{first} This needs an answer, and there is no terminal",
                hint="add --yes to go ahead, or --dry-run to see what would happen",
                candidates=rows,
            )
        from crm_cli.domain.values import safe

        for row in rows:
            words = "  ".join(str(cell) for cell in row.values() if cell is not None)
            print(f"  {safe(words)}", file=sys.stderr)
        print(f"{safe(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline().strip().lower()
        if answer not in {"y", "yes"}:
            raise errors.Refused("not confirmed; nothing was written")

    def answer(self, question: str) -> str:
        """Ask a question on a terminal and return the line that is typed; empty at its end."""
        from crm_cli.domain.values import safe

        print(safe(question), end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip()

    @property
    def _shows_progress(self) -> bool:
        try:
            return sys.stderr.isatty() and not self.options.get("quiet")
        except (AttributeError, ValueError):
            return False

    def progress(self, what: str, permille: int | None) -> None:
        """Redraw the progress line on stderr (only ever called on a terminal)."""
        from crm_cli import render

        render.progress(what, permille)

    @property
    def written_entry(self) -> int:
        """Number of the entry this run wrote, 0 while it wrote none."""
        return self._session.written_entry if self._session is not None else 0

    @property
    def left_behind(self) -> str:
        """What a run of many steps left where it was stopped, '' for any other command."""
        return self._session.left_behind if self._session is not None else ""

    def close(self) -> None:
        """Close what was opened."""
        if self._session is not None:
            self._session.close()


def check_choice(what: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return the value, or raise InvalidValue with the nearest allowed one."""
    if value in allowed:
        return value
    from difflib import get_close_matches

    near = get_close_matches(value, allowed, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"{value!r} is not a {what}", hint=f"{hint}{what}s are {', '.join(allowed)}"
    )


def format_named(args: list[str]) -> str:
    """Return the last format named on the command line, whether or not it exists."""
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
    return chosen
