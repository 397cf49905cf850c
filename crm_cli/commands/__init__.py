"""The table of commands, and how a command module declares its verbs.

Only the module named on the command line is imported; help and completion of the root read
``ENTRIES`` alone. A verb is a plain function from typed parameters to a ``Result``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.result import Result


class Entry(NamedTuple):
    """Where a top-level name lives: module, attribute (a Group or a Verb), help line, panel."""

    module: str
    attribute: str
    help: str
    panel: str


RECORDS, FIGURES, SAFETY, SETUP = "Records", "Figures", "Taking things back", "Set-up"

ENTRIES: dict[str, Entry] = {
    "today": Entry("today", "TODAY", "The morning screen: what is due, and who to call.", RECORDS),
    "contact": Entry("contact", "GROUP", "People and companies.", RECORDS),
    "product": Entry("product", "GROUP", "What you sell.", RECORDS),
    "purchase": Entry("purchase", "GROUP", "Sales and returns.", RECORDS),
    "log": Entry("log", "GROUP", "What was said: calls, e-mails, meetings, notes.", RECORDS),
    "lead": Entry("lead", "GROUP", "Sales from the first interest to won or lost.", RECORDS),
    "remind": Entry("remind", "GROUP", "Follow-ups: what is to be done, and when.", RECORDS),
    "segment": Entry("segment", "GROUP", "Named filters of contacts, and who is in them.", RECORDS),
    "search": Entry("search", "SEARCH", "Find records by words in any of their fields.", RECORDS),
    "goal": Entry("goal", "GROUP", "Goals: what is aimed at, and how far it is.", FIGURES),
    "report": Entry("report", "GROUP", "Who buys and comes back, talks, leads, sales.", FIGURES),
    "history": Entry("history", "HISTORY", "List what was changed, by whom and when.", SAFETY),
    "undo": Entry("history", "UNDO", "Take back the last change, or entry N.", SAFETY),
    "redo": Entry("history", "REDO", "Do again what was undone last.", SAFETY),
    "trash": Entry("trash", "GROUP", "Deleted records: list, restore, empty.", SAFETY),
    "field": Entry("field", "GROUP", "Custom fields of contacts, products, leads ...", SETUP),
    "picklist": Entry("picklist", "GROUP", "Lists of choices: roles, relations, yours.", SETUP),
    "config": Entry("config", "GROUP", "Settings of the business and of yourself.", SETUP),
    "db": Entry("db", "GROUP", "The database file: status, migrate, sql.", SETUP),
    "demo": Entry("demo", "DEMO", "Fill a file with a made-up business and report on it.", SETUP),
    "completion": Entry("completion", "COMPLETION", "Print the completion script.", SETUP),
    "help": Entry("help", "HELP", "Topics: filters, naming, dates, columns, formats ...", SETUP),
}
"""Top-level names in the order help shows them."""


class Verb(NamedTuple):
    """One command: its function and which shared options it takes.

    ``writes`` adds --dry-run and --yes; ``rows`` adds --columns, --sort, --limit and
    --fail-empty. ``formats`` names the formats in help where not all of them are taken.
    """

    function: Callable[..., Result]
    writes: bool = False
    rows: bool = False
    hidden: bool = False
    formats: str = ""

    @property
    def help_line(self) -> str:
        """The first line of the docstring."""
        return (self.function.__doc__ or "").strip().split("\n", 1)[0]


class Elsewhere(NamedTuple):
    """A verb that is defined in another module, imported only when the verb is named."""

    module: str
    attribute: str
    help_line: str

    def load(self) -> Verb:
        """Import the module and return the verb."""
        from importlib import import_module

        verb: Verb = getattr(import_module(f"crm_cli.commands.{self.module}"), self.attribute)
        return verb


class Group:
    """A noun with its verbs."""

    def __init__(self, name: str, help: str) -> None:  # noqa: A002 - the word users know
        self.name = name
        self.help = help
        self.verbs: dict[str, Verb] = {}
        self.verbs_elsewhere: dict[str, Elsewhere] = {}
        self.groups: dict[str, Group] = {}

    def verb(
        self, name: str, *, writes: bool = False, rows: bool = False
    ) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
        """Register a function under a name."""

        def register(function: Callable[..., Result]) -> Callable[..., Result]:
            self.verbs[name] = Verb(function, writes, rows)
            return function

        return register

    def elsewhere(self, name: str, module: str, attribute: str, help_line: str) -> None:
        """Register a verb that another module holds in ``attribute``."""
        self.verbs_elsewhere[name] = Elsewhere(module, attribute, help_line)

    def group(self, name: str, help: str) -> Group:  # noqa: A002
        """Register and return a group inside this one (``config rate add``)."""
        inner = self.groups[name] = Group(name, help)
        return inner
