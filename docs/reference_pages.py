"""The reference pages, each made from the code it describes and from nothing else."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_cli import errors, reports
from crm_cli.app import build_root
from crm_cli.commands import ENTRIES
from crm_cli.context import AppContext
from crm_cli.store import connection
from docs.columns_page import lines as columns_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EXAMPLES = Path(__file__).parent / "examples.txt"
MADE = "<!-- Made by `make docs` from the code; do not edit. -->\n"


# -- commands -----------------------------------------------------------------------------------


def leaves() -> Iterator[tuple[str, Any, Any]]:
    """Yield (path without ``crm``, command, context) of every verb, in the order of help."""
    app = AppContext([])
    root = build_root()
    yield from _leaves(root, root.context_class(root, info_name="crm", obj=app), "")


def _leaves(group: Any, context: Any, prefix: str) -> Iterator[tuple[str, Any, Any]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = command.context_class(command, info_name=name, parent=context)
        if hasattr(command, "members"):
            yield from _leaves(command, inner, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command, inner


def examples() -> dict[str, list[str]]:
    """Return command path -> example lines, from ``docs/examples.txt``."""
    paths = sorted((path for path, _, _ in leaves()), key=len, reverse=True)
    found: dict[str, list[str]] = {path: [] for path in paths}
    for line in example_lines():
        words = line.removeprefix("crm ")
        path = next((path for path in paths if f"{words} ".startswith(f"{path} ")), None)
        if path is None:
            raise ValueError(f"{EXAMPLES.name}: no such command: {line}")
        found[path].append(line)
    return found


def example_lines() -> list[str]:
    """Return the lines of ``docs/examples.txt`` in order, without comments."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _cell(text: str | None) -> str:
    return (text or "").replace("\n", " ").replace("|", "\\|").strip()


def _option_cell(option: Any, context: Any) -> str:
    names = sorted(option.opts, key=len, reverse=True) + list(option.secondary_opts)
    value = "" if option.is_flag else f" {_metavar(option, context)}"
    return ", ".join(f"`{name}{value}`" for name in names)


def _metavar(parameter: Any, context: Any) -> str:
    shown = parameter.metavar or parameter.make_metavar(context)
    return str(shown).strip("[]{}<>").replace("str", "TEXT").replace("int", "N").upper()


def _option_rows(options: Sequence[Any], context: Any) -> list[str]:
    rows = ["| option | meaning |", "| --- | --- |"]
    rows += [f"| {_option_cell(one, context)} | {_cell(one.help)} |" for one in options]
    return rows


def _usage(path: str, arguments: Sequence[Any]) -> str:
    words = [f"crm {path}"]
    for argument in arguments:
        name = str(argument.metavar or argument.name).strip("[]{}").upper()
        name += "..." if argument.nargs == -1 and not name.endswith("...") else ""
        words.append(name if argument.required else f"[{name}]")
    return " ".join([*words, "[OPTIONS]"])


def _section(path: str, command: Any, context: Any, lines: list[str]) -> list[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    own = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    out = [f"### `crm {path}`", ""]
    out += [inspect.cleandoc(command.help or "").split("\f")[0].strip(), ""]
    out += ["```", _usage(path, arguments), "```", ""]
    if arguments:
        out += ["| argument | meaning |", "| --- | --- |"]
        for one in arguments:
            name = str(one.metavar or one.name).strip("[]{}").upper()
            out.append(f"| `{name}` | {_cell(one.help)} |")
        out.append("")
    if own:
        out += [*_option_rows([one for one in own if "--help" not in one.opts], context), ""]
    taken = {name for one in command.shared for name in one.opts}
    kinds = [
        text
        for option, text in (("--columns", "[rows](#rows)"), ("--dry-run", "[writing](#writing)"))
        if option in taken
    ]
    if kinds:
        out += [f"Also the options of {' and '.join(kinds)}.", ""]
    if lines:
        out += ["```sh", *lines, "```", ""]
    return out


def commands_page() -> str:
    """Every command: usage, arguments, options, examples."""
    app = AppContext([])
    root = build_root()
    context = root.context_class(root, info_name="crm", obj=app)
    from crm_cli import app as module

    out = [MADE, "# Commands", ""]
    out += ["`crm [OPTIONS] GROUP VERB ...`: options stand before the group or after the verb,", ""]
    out[-2:] = [
        "Global options stand before the group or after the verb; the later one wins. A value",
        "that begins with `-` follows `--`. Every command has `--help`.",
        "",
        "## Global options",
        "",
        *_option_rows([one for one in root.params if "--help" not in one.opts], context),
        "",
        "## Rows",
        "",
        "Every command that prints a list takes these.",
        "",
        *_option_rows(module._row_options(), context),  # noqa: SLF001 - shown as they are built
        "",
        "## Writing",
        "",
        "Every command that changes something takes these.",
        "",
        *_option_rows(module._write_options(), context),  # noqa: SLF001
        "",
    ]
    known = examples()
    heading = ""
    for path, command, inner in leaves():
        top = path.split(" ")[0]
        if top != heading:
            heading = top
            out += [f"## {top}", "", ENTRIES[top].help, ""]
        out += _section(path, command, inner, known[path])
    return "\n".join(out).rstrip() + "\n"


# -- errors -------------------------------------------------------------------------------------


def _tree(kind: type[errors.CrmError]) -> Iterator[type[errors.CrmError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)


def errors_page() -> str:
    """Exit codes, and the code words of the error tree."""
    out = [MADE, "# Errors and exit codes", ""]
    out += [
        "Data goes to stdout, everything else to stderr. With a JSON format an error is one JSON",
        'object on stderr: `{"error": {"code": "not-found", "message": "...", "hint": "..."}}`;',
        "`candidates` is there when records are listed with it.",
        "",
        "## Exit codes",
        "",
        "| exit | name | meaning |",
        "| --- | --- | --- |",
    ]
    out += [f"| {code} | {name} | {_cell(meaning)} |" for code, name, meaning in errors.EXIT_CODES]
    out += ["", "## Error codes", "", "| code | exit | meaning |", "| --- | --- | --- |"]
    told: dict[str, tuple[int, str]] = {}
    for kind in _tree(errors.CrmError):
        meaning = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("``", "`")
        if kind is errors.CrmError:
            meaning = "A fault of the program itself."
        if kind is not errors.StoreError:  # only its subclasses are raised
            told.setdefault(kind.code, (kind.exit_code, meaning))
    for code, (status, meaning) in sorted(told.items(), key=lambda item: (item[1][0], item[0])):
        out.append(f"| `{code}` | {status} | {_cell(meaning)} |")
    return "\n".join(out) + "\n"


# -- schema -------------------------------------------------------------------------------------


def schema_page() -> str:
    """Show the views that are promised, then every table, from a store made in memory."""
    store = connection.open_memory()
    try:
        views = _names(store, "view")
        out = [MADE, "# The database file", ""]
        out += [
            "One SQLite file. The views are a promise: columns are only ever added, so a",
            "spreadsheet, a notebook or `crm db sql` may rely on them. The tables are the",
            "program's own and may change with any version; write to them only through `crm`.",
            "",
            "Days (`_on`) are `YYYY-MM-DD`, instants (`_at`) UTC `YYYY-MM-DDTHH:MM:SSZ`, `is_`",
            "columns 0 or 1; amounts are whole minor units (cents) with a currency beside them.",
            "",
            "## Views",
            "",
        ]
        for view in views:
            columns = [row[1] for row in store.execute(f'PRAGMA table_info("{view}")')]
            listed = ", ".join(f"`{name}`" for name in columns)
            out += [f"### `{view}`", "", listed, ""]
        out += ["## Tables", ""]
        for table in _names(store, "table"):
            out += _table_section(store, table)
    finally:
        store.close()
    return "\n".join(out).rstrip() + "\n"


def _names(store: Any, kind: str) -> list[str]:
    rows = store.execute(
        "SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite_%'"
        " AND name NOT GLOB 'search_index_*' ORDER BY name",
        (kind,),
    )
    return [name for (name,) in rows]


def _table_section(store: Any, table: str) -> list[str]:
    links = {row[3]: f"`{row[2]}`" for row in store.execute(f'PRAGMA foreign_key_list("{table}")')}
    out = [f"### `{table}`", "", "| column | type | may be empty | refers to |"]
    out.append("| --- | --- | --- | --- |")
    for _, name, kind, required, default, key in store.execute(f'PRAGMA table_info("{table}")'):
        shown = f"{kind}, default {default}" if default is not None else kind
        empty = "" if required or key else "yes"
        out.append(f"| `{name}` | {_cell(shown)} | {empty} | {links.get(name, '')} |")
    out.append("")
    indexes = []
    for _, name, unique, *_ in store.execute(f'PRAGMA index_list("{table}")'):
        columns = [row[2] for row in store.execute(f'PRAGMA index_info("{name}")')]
        word = "unique" if unique else "index"
        indexes.append(f"{word} ({', '.join(str(column) for column in columns)})")
    if indexes:
        out += [f"Indexes: {'; '.join(sorted(indexes))}.", ""]
    return out


# -- reports ------------------------------------------------------------------------------------


def reports_page() -> str:
    """Every report with its definition, as the report itself prints it."""
    out = [MADE, "# Reports", ""]
    out += [
        "The definitions as they stand in the code; each report prints its own under the figures,",
        "with the bounds it used and what it left out. The options of each are in",
        "[Commands](commands.md#report), the JSON keys in",
        "[crm in scripts](../scripting.md#json-keys).",
        "`crm report explain NAME ROW:COLUMN` lists the records behind a figure. Rates (to four",
        "decimals) and averages are rounded once, half away from zero; a rate on a base of nothing",
        "is empty, never 0.",
        "",
    ]
    for name, entry in reports.REPORTS.items():
        module = importlib.import_module(f"crm_cli.reports.{entry.module}")
        details = textwrap.wrap(entry.details, 98)
        out += [f"## `{name}`", "", entry.help, "", *details, ""]
        computed = (inspect.getdoc(module) or "").replace("``", "`").partition("\n\n")[2]
        if computed:
            out += ["How it is computed:", "", computed, ""]
    out += ["## Segments", "", *_segments()]
    return "\n".join(out).rstrip() + "\n"


def _segments() -> list[str]:
    out = ["| segment | name | what to do next |", "| --- | --- | --- |"]
    store = connection.open_memory()
    try:
        rows = store.execute(
            "SELECT key, label, note FROM picklist_values WHERE list = 'segment' ORDER BY position"
        )
        out += [f"| `{key}` | {label} | {note} |" for key, label, note in rows]
    finally:
        store.close()
    return out


def columns_page() -> str:
    """Every field of an import with the headers that mean it, and the presets."""
    return "\n".join([MADE, *columns_lines()]).rstrip() + "\n"


PAGES = {
    "commands.md": commands_page,
    "errors.md": errors_page,
    "schema.md": schema_page,
    "reports.md": reports_page,
    "columns.md": columns_page,
}
"""File below docs/reference -> the function that makes it."""
