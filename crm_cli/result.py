"""What a command returns: plain values with column kinds, and no wording or layout.

Values are JSON-ready: text, int, float, bool, None, lists and mappings of these. Money is a
decimal text in major units (``"12.50"``) with a currency beside it, a date is
``YYYY-MM-DD``, an instant ``YYYY-MM-DDTHH:MM:SSZ``, a rate a number from 0 to 1.

Every command loads this module, so its classes are named tuples: a frozen dataclass takes six
times as long to create. Always name the fields when building one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class Kind(StrEnum):
    """How a column's values are to be read; the renderer decides how each one looks."""

    TEXT = "text"
    ID = "id"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    RATE = "rate"
    FLAG = "flag"
    LIST = "list"


class Column(NamedTuple):
    """One column of a table: its JSON key, the words above it and the kind of its values.

    ``words`` are what people read in place of a value: the owner's names of a picklist's keys;
    ``texts`` is the same row by row, where a value alone does not say it. ``least`` are the cells
    that a text is not cut below: other columns are left out before. ``is_below``: on a terminal
    the text stands on lines of its own below its row.
    """

    key: str
    label: str
    kind: Kind = Kind.TEXT
    words: Mapping[str, str] | None = None
    texts: Sequence[Any] | None = None
    least: int = 8
    is_below: bool = False


class Table(NamedTuple):
    """Rows of one record type. ``rows`` are tuples in the order of ``columns``.

    ``noun`` names one row for counts and for "nothing found"; ``id_key`` is the column that
    ``-f ids`` prints. ``is_computed``: its rates read as those of a report.
    """

    noun: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    id_key: str = "id"
    default_columns: Sequence[str] | None = None
    is_computed: bool = False


class Section(NamedTuple):
    """A titled table under a record, such as the purchases on a contact's page."""

    title: str
    table: Table


class Record(NamedTuple):
    """One record: ``values`` is its JSON object; ``sections`` are shown to people only.

    ``words`` are what people read in place of a value: field -> value -> the owner's name of it.
    ``shown`` are the fields that people read in place of ``values``: a page that says in a line
    what the object holds in lists.
    """

    noun: str
    values: Mapping[str, Any]
    sections: Sequence[Section] = ()
    title: str | None = None
    id_key: str = "id"
    words: Mapping[str, Mapping[str, str]] = {}
    shown: Mapping[str, Any] | None = None


class Look(StrEnum):
    """The picture a report asks for on a terminal; other formats print the same figures."""

    PLAIN = "plain"
    BARS = "bars"
    HEAT = "heat"
    BOARD = "board"


class Report(NamedTuple):
    """A computed table: its JSON ``rows`` as mappings, and how people see them.

    ``rows`` is what JSON carries under that key. ``columns``/``cells`` is the same as a
    flat table for CSV, and in ``default_columns`` for people. ``definition`` is one line;
    ``notes`` say the bounds used and what was left out. ``look`` and ``picture_key`` choose bars
    or a heat map.
    """

    name: str
    title: str
    definition: str
    parameters: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    totals: Mapping[str, Any]
    columns: Sequence[Column]
    cells: Sequence[Sequence[Any]]
    footer: Sequence[Any] | None = None
    notes: Sequence[str] = ()
    look: Look = Look.PLAIN
    picture_key: str | None = None
    open_cells: frozenset[tuple[int, int]] = frozenset()
    """(row, column) positions of ``cells`` whose period ``as_of`` does not close."""
    default_columns: Sequence[str] | None = None
    open_means: str = "period still open"
    """What the mark of open cells says."""


class Text(NamedTuple):
    """Text that is data as it stands: a CSV export, a completion script, an SQL answer."""

    content: str


class Stream(NamedTuple):
    """Data too long to hold, as pieces of text written to stdout one by one as they come."""

    chunks: Iterable[str]


class Several(NamedTuple):
    """Several results one below the other; JSON makes an array of them."""

    bodies: Sequence[Table | Record | Report]


Body = Table | Record | Report | Text | Stream | Several | None


class Level(StrEnum):
    """How loud a message is; ``--quiet`` drops everything below ``WARNING``."""

    INFO = "info"
    HINT = "hint"
    WARNING = "warning"


class Message(NamedTuple):
    """A line for people on stderr."""

    text: str
    level: Level = Level.INFO


class Result(NamedTuple):
    """The whole outcome of a command: data for stdout, talk for stderr, the exit status.

    ``has_matches``: something was found, even if there is nothing to print of it. ``then`` is
    called once the data has left for stdout, and not where that failed.
    """

    body: Body = None
    messages: Sequence[Message] = ()
    exit_code: int = 0
    has_matches: bool = False
    then: Callable[[], None] | None = None
