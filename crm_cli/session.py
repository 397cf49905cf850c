"""What one run works with: the store, the clock, who acts, and whether it is a rehearsal.

Services, queries and reports receive a ``Session`` and nothing else from the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from contextlib import ExitStack
    from datetime import date, tzinfo
    from pathlib import Path

    from crm_cli.clock import Clock


class Session:
    """One run of the program against one store; connections open on first use."""

    def __init__(
        self,
        *,
        path: Path,
        clock: Clock,
        who: Callable[[], str],
        arguments: Sequence[str],
        dry_run: bool = False,
        read_only: bool = False,
        lock_timeout: float = 30.0,
        date_order: str | None = None,
        notify: Callable[[str], None] = lambda _: None,
        confirm: Callable[..., None] | None = None,
        is_interactive: bool = False,
        progress: Callable[[str, int | None], None] | None = None,
    ) -> None:
        self.path = path
        self.clock = clock
        self._who = who
        self._arguments = arguments
        self.dry_run = dry_run
        self.read_only = read_only
        self.lock_timeout = lock_timeout
        self.date_order = date_order
        self.notify = notify
        self.confirm = confirm
        """Ask before a risky step (question, rows it is about); raises UsageError where nobody can
        answer. None: agreed."""
        self.is_interactive = is_interactive
        """Whether somebody at a terminal could answer."""
        self.progress = progress
        """Told (what, steps done in permille or None) during long work."""
        self.written_entry = 0
        """Number of the newest entry this run committed."""
        self.left_behind = ""
        """What a run of many steps says it left where it is stopped; '' before it began."""
        self.held: ExitStack | None = None
        """What is held until the run's result has been printed."""
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._settings: dict[str, str] | None = None

    # -- who did what: asked for by writing commands only ------------------------------------

    @property
    def actor(self) -> str:
        """Who acts, as the history shows it."""
        return self._who().encode(errors="backslashreplace").decode()

    @property
    def command(self) -> str:
        """The command line, as the history shows it."""
        from shlex import quote

        line = "crm " + " ".join(quote(word) for word in self._arguments)
        # A file name need not be UTF-8; the history is.
        return line.encode(errors="backslashreplace").decode()

    # -- connections ------------------------------------------------------------------------

    @property
    def reader(self) -> sqlite3.Connection:
        """A connection for reading; an empty store in memory where the file is missing.

        Raises the StoreError family.
        """
        if self._writer is not None:
            return self._writer
        if self._reader is None:
            from crm_cli.store import connection

            opened = connection.open_reader(self.path, timeout=self.lock_timeout)
            if opened is None:
                self.notify(f"no store at {self.path} yet: showing an empty one")
                opened = connection.open_memory()
            elif connection.needs_migration(opened):
                opened.close()
                if self.read_only:
                    raise errors.StoreReadOnly(
                        f"{self.path} has an older schema and --read-only forbids migrating it",
                        hint="run crm db migrate",
                    )
                opened = self.writer
            self._reader = opened
        return self._reader

    @property
    def writer(self) -> sqlite3.Connection:
        """A connection for writing; makes or migrates the file first.

        Raises the StoreError family; StoreReadOnly under ``--read-only``.
        """
        if self.read_only:
            raise errors.StoreReadOnly(
                "this run is read-only (--read-only), and the command writes",
                hint="leave --read-only out",
            )
        if self._writer is None:
            from crm_cli.store import connection

            if self.dry_run and not self.path.exists():
                # A rehearsal on a missing file must not leave one behind.
                self._writer = connection.open_memory()
            else:
                if self._reader is not None:
                    self._reader.close()
                    self._reader = None
                self._writer = connection.open_writer(
                    self.path, timeout=self.lock_timeout, notify=self.notify
                )
        return self._writer

    def on(self, path: Path) -> Session:
        """Return a session like this one over another file; the caller closes it."""
        from copy import copy

        other = copy(self)
        other.path = path
        other._reader = other._writer = other._settings = None  # noqa: SLF001 - of this class
        return other

    def acting_as(self, name: str) -> Session:
        """Return a session like this one, over the same connections, in which somebody else acts;
        it need not be closed."""
        from copy import copy

        other = copy(self)
        other._who = lambda: name  # noqa: SLF001 - of this class
        return other

    def close(self) -> None:
        """Close what was opened, and let go of what was held."""
        if self.held is not None:
            self.held.close()
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None

    # -- the business -----------------------------------------------------------------------

    def setting(self, key: str) -> str:
        """Return a setting of the business, its default where it was never set."""
        if self._settings is None:
            from crm_cli.store import identity, settings

            if self._reader is None and self._writer is None and not identity.exists(self.path):
                # Nothing is shown yet: whoever asks may be about to make the store.
                return settings.DEFAULTS[key]
            self._settings = settings.read(self.reader)
        return self._settings[key]

    def forget_settings(self) -> None:
        """Read the settings again on next use."""
        self._settings = None

    @property
    def zone(self) -> tzinfo:
        """The business's time zone."""
        name = self.setting("timezone")
        if name == "UTC":
            # Known without the tables of all zones, which cost a twentieth of a command.
            from datetime import UTC

            return UTC
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise errors.InvalidValue(
                f"this machine does not know the business's time zone {name!r}",
                hint="pip install tzdata, or: crm config set timezone Europe/Zurich",
            ) from None

    @property
    def today(self) -> date:
        """The business's date."""
        return self.clock.today(self.zone)

    @property
    def now_text(self) -> str:
        """The current instant as stored: ``YYYY-MM-DDTHH:MM:SSZ``."""
        from crm_cli.clock import instant_text

        return instant_text(self.clock.now(self.zone if self.clock.needs_zone else None))
