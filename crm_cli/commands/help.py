"""``crm help``: short tables on what every command shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from crm_cli import errors
from crm_cli.commands import ENTRIES, Verb
from crm_cli.result import Column, Kind, Message, Result, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = (
    ("table", "for people: coloured and fitted on a terminal, plain aligned text elsewhere"),
    ("json", "one document: an array for a list, an object for a record or a report"),
    ("jsonl", "one object a line"),
    ("csv", "RFC 4180, exact data; --for-spreadsheet defuses formulas"),
    ("tsv", "tab-separated; a tab or newline inside a value is written \\t, \\n"),
    ("markdown", "a pipe table"),
    ("html", "one page without scripts"),
    ("ids", "ids alone, one a line; with -0 each ends in NUL"),
)
DATES = (
    ("2026-05-31", "a day; 20260531 is the same"),
    ("today, tomorrow, yesterday", "days of the business's time zone"),
    ("friday, next friday", "the coming one; the one of next week"),
    ("in 2 weeks, 3 days ago, +3d, -1m", "counted from today: d, w, m, q, y"),
    ("end of month, start of year", "also of week, quarter, next month"),
    ("tomorrow 9:30", "any day may be followed by a time"),
    ("31/05/2026", "only with --dates dmy or --dates mdy"),
    ("2026, 2026-Q2, 2026-05, 2026-W07", "periods"),
    ("this-month, last-quarter, ytd, all", "periods counted from today"),
)
ENVIRONMENT = (
    ("CRM_DB", "the database file (--db goes before it)"),
    ("CRM_CONFIG", "the file of your personal settings"),
    ("CRM_NOW", "the instant taken as now, ISO 8601"),
    ("CRM_USER", "who acts, as the history shows it"),
    ("CRM_PAGER, PAGER", "the pager for long output on a terminal; empty for none"),
    ("VISUAL, EDITOR", "the editor for a long text that was not given; vi without it"),
    ("CRM_SMTP_PASSWORD", "the password of the mail server"),
    ("CRM_SMTP_PASSWORD_COMMAND", "else the program that prints it (no shell)"),
    ("CRM_SMTP_PASSWORD_FILE", "else the file of mode 0600 that holds it"),
    ("CRM_MAIL_COMMAND", "the program that sends, with mail_via command (no shell)"),
    ("NO_COLOR", "any text: no colour"),
    ("FORCE_COLOR", "any text: colour even where nobody looks"),
    ("COLUMNS", "the width to fit tables to on a terminal"),
)
FILTERS = (
    ("role = customer", "equal; case and accents do not count"),
    ("name ~ smith", "holds the text; city = B* begins so, email = *@acme.com ends so"),
    ("revenue > 500", "also < <= >=; amounts in major units, 500 CHF"),
    ("last_purchase < -90d", "days and periods as under crm help dates"),
    ("tag:vip", "the same as tag = vip"),
    ("city in (Bern, 'New York')", "one of several; quotation marks around blanks"),
    ("email is empty", "no value; is not empty"),
    ("!=  !~  not in", "the opposites, which hold for missing values too"),
    ("a and (b or not c)", "and binds closer than or"),
    ("archived", "a flag stands alone"),
    ("segment = regulars", "a saved or built-in segment"),
)
REPEATS = (
    ("daily, weekly, monthly, quarterly, yearly", "counted from the first day"),
    ("every 2 weeks, every 3 months", "days, weeks, months, quarters, years; 1 to 999"),
    ("every friday, every monday, thursday", "on these days of the week"),
    ("weekdays", "Monday to Friday"),
    ("last day of month", "31 January, 28 February, 31 March ..."),
    ("monthly from the 31st", "the 31st, or the month's last day; it does not drift"),
    ("yearly from 29 February", "28 February in common years"),
)
MAIL = (
    ("crm config set sender you@example.com", "from whom mail comes"),
    ("crm config set remind_to you@example.com", "who gets the reminders"),
    ("crm config set smtp_host mail.example.com", "its server; smtp_port, smtp_user too"),
    ("crm config set smtp_password_file FILE", "its password, in a file of mode 0600"),
    ("crm config set smtp_password_command CMD", "or printed by a program"),
    ("crm config set mail_via sendmail", "or no server: this machine's mail"),
    ("crm remind send --test you@example.com", "one mail, to try it"),
    ("crm remind schedule --every 15m --install", "from then on by itself"),
    ("crm remind status", "whether it works; crm today tells"),
)
NAMING = (
    ("42, #42", "an id"),
    ("ada@example.com", "an e-mail address"),
    ("+41446681800", "a phone number: + or seven digits and more"),
    ("shop:1042", "an external id with its system; 1042A alone if no other has it"),
    ("lovelace", "a part of a name that only one has"),
    ("-", "ids from stdin, one a line"),
)


def _table(noun: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> Table:
    columns = [Column(key, label) for key, label in heads]
    return Table(noun=noun, columns=columns, rows=rows, id_key=heads[0][0])


def _exit_codes() -> Table:
    return Table(
        noun="exit code",
        columns=(
            Column("code", "Code", Kind.INTEGER), Column("name", "Name"),
            Column("meaning", "Meaning"),
        ),
        rows=errors.EXIT_CODES,
        id_key="code",
    )  # fmt: skip


def _columns() -> Table:
    from crm_cli.services import import_fields

    return import_fields.table()


TOPICS = {
    "exit-codes": ("what each exit status means", _exit_codes),
    "formats": (
        "the output formats of -f",
        lambda: _table("format", (("format", "Format"), ("prints", "What it prints")), FORMATS),
    ),
    "dates": (
        "how dates and periods are typed",
        lambda: _table("form", (("form", "Write"), ("meaning", "Meaning")), DATES),
    ),
    "environment": (
        "the environment variables that count",
        lambda: _table("variable", (("variable", "Variable"), ("meaning", "Meaning")), ENVIRONMENT),
    ),
    "filters": (
        "how a filter is written: --where",
        lambda: _table("form", (("form", "Write"), ("meaning", "Meaning")), FILTERS),
    ),
    "naming": (
        "how a record is named on the command line",
        lambda: _table("form", (("form", "Write"), ("meaning", "What is found")), NAMING),
    ),
    "repeats": (
        "how a follow-up comes again: --repeat",
        lambda: _table("form", (("form", "Write"), ("meaning", "Meaning")), REPEATS),
    ),
    "mail": (
        "how reminders come by mail, step by step",
        lambda: _table("step", (("step", "Write"), ("meaning", "Meaning")), MAIL),
    ),
    "columns": ("the fields of an import; --columns field,headers: what it recognises", _columns),
}
"""Topic -> (a line about it, its table)."""


def show(
    ctx: typer.Context,
    topic: Annotated[Optional[str], typer.Argument(help="A topic or a command.")] = None,
    words: Annotated[Optional[list[str]], typer.Argument(help="A command's verb.")] = None,
) -> Result:
    """Topics: exit-codes, formats, dates, filters, environment, naming ...; or a command."""
    if topic is None:
        rows = [(name, about) for name, (about, _) in TOPICS.items()]
        heads = (("topic", "Topic"), ("about", "About"))
        note = "see crm help TOPIC, or crm --help for the commands"
        return Result(body=_table("topic", heads, rows), messages=[Message(note)])
    if topic in TOPICS and not words:
        return Result(body=TOPICS[topic][1]())
    if topic in ENTRIES:
        return Result(body=Text(_command_help(ctx, [topic, *(words or ())]) + "\n"))
    raise _unknown(topic)


def _command_help(ctx: typer.Context, path: Sequence[str]) -> str:
    """Return what ``--help`` of a command prints. Raises UsageError for a verb there is not."""
    place = ctx.find_root()
    command = place.command
    for word in path:
        find = getattr(command, "get_command", None)
        found = find(place, word) if find else None
        if found is None:
            raise errors.UsageError(
                f"no such command {f'{place.command_path} {word}'!r}",
                hint=f"see {place.command_path} --help",
            )
        command = found
        place = typer.Context(command, parent=place, info_name=word)
    return str(place.get_help())


def _unknown(topic: str) -> errors.UsageError:
    from difflib import get_close_matches

    near = get_close_matches(topic, [*TOPICS, *ENTRIES], 1)
    guess = f"did you mean {near[0]}? " if near else ""
    if topic in {"add", "list", "show", "edit", "delete", "import", "export", "tag"}:
        guess = f"see crm help contact {topic}; "
    return errors.UsageError(
        f"there is no help on {topic!r}", hint=f"{guess}topics are {', '.join(TOPICS)}"
    )


HELP = Verb(show, rows=True)
