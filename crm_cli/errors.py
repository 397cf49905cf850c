"""The one tree of errors: every failure a user can meet has a code word and an exit code here.

Raise the narrowest class; ``__main__.main`` is the only place that turns one into text and
an exit status. Messages say what is wrong and where; the hint says what to do now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class CrmError(Exception):
    """Base of every error the program raises on purpose.

    ``candidates`` lists records (as JSON-ready mappings with at least ``id``) that the
    user may have meant or that stand in the way.
    """

    code: ClassVar[str] = "bug"
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        candidates: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.candidates = tuple(candidates)

    def as_json(self) -> dict[str, Any]:
        """Return the object that stands under ``error`` in JSON mode."""
        body: dict[str, Any] = {"code": self.code, "message": self.message, "hint": self.hint}
        if self.candidates:
            body["candidates"] = [dict(candidate) for candidate in self.candidates]
        return body


class UsageError(CrmError):
    """The command line itself is wrong: an unknown option, a missing argument."""

    code, exit_code = "usage", 2


class InvalidValue(CrmError):
    """A value that cannot be read: a date, an amount, an e-mail address, a format name."""

    code, exit_code = "invalid", 2


class NotFound(CrmError):
    """The record that was named does not exist."""

    code, exit_code = "not-found", 3


class Ambiguous(CrmError):
    """Several records answer to the name; ``candidates`` lists them."""

    code, exit_code = "ambiguous", 4


class Duplicate(CrmError):
    """A living record already has this unique value."""

    code, exit_code = "duplicate", 4


class Conflict(CrmError):
    """Something changed in between, or other records hang on this one."""

    code, exit_code = "conflict", 4


class Refused(CrmError):
    """A rule of the business forbids it, however often it is asked."""

    code, exit_code = "refused", 5


class RateMissing(Refused):
    """Amounts in several currencies meet and a day's rate is not known."""

    code = "rate-missing"


class BadFile(CrmError):
    """An input file cannot be read at all."""

    code, exit_code = "bad-file", 6


class RowsRejected(CrmError):
    """Under ``--strict``: some rows of the input were refused, so nothing was written."""

    code, exit_code = "rows-rejected", 6


class CheckFailed(CrmError):
    """A check did not hold."""

    code, exit_code = "check-failed", 7


class StoreError(CrmError):
    """The database file cannot be used; the subclasses say why."""

    code, exit_code = "store-damaged", 10


class StoreLocked(StoreError):
    """Another process holds the write lock for longer than the time-out."""

    code = "store-locked"


class StoreDamaged(StoreError):
    """SQLite reports that the file is corrupt or cannot be read."""

    code = "store-damaged"


class StoreReadOnly(StoreError):
    """The file, its folder or this run does not allow writing."""

    code = "store-readonly"


class StoreFull(StoreError):
    """The disk is full; the change was rolled back."""

    code = "store-full"


class StoreNewer(StoreError):
    """The file was written by a newer version of the program."""

    code = "store-newer"


class StoreForeign(StoreError):
    """The file is not a store of this program; it was left as it was."""

    code = "store-foreign"


class TryLater(CrmError):
    """A passing condition; the same command may succeed later."""

    code, exit_code = "try-later", 75


class Interrupted(CrmError):
    """The user or the system stopped the program; nothing half-done remains."""

    code, exit_code = "interrupted", 130


class Ended(Interrupted):
    """SIGTERM stopped the program; nothing half-done remains."""

    exit_code = 143


EXIT_CODES: tuple[tuple[int, str, str], ...] = (
    (0, "done", "also: nothing found in a list, nothing due"),
    (1, "bug", "a fault of the program; please report it"),
    (2, "usage", "usage or an invalid value"),
    (3, "not found", "the record named does not exist, or nothing under --fail-empty"),
    (4, "conflict", "conflict, duplicate or an ambiguous name"),
    (5, "refused", "a rule refused it (consent, closed record, missing rate)"),
    (6, "input", "the input file is bad, or some of its rows were rejected"),
    (7, "check", "a check did not hold; a reminder failed for good or is in doubt"),
    (10, "store", "the store is locked, damaged, read-only, full, newer or not ours"),
    (75, "later", "try again later"),
    (130, "interrupted", "interrupted (Ctrl-C)"),
    (143, "terminated", "terminated (SIGTERM)"),
)
"""Every exit status with its short name and meaning, in the order help prints them."""
