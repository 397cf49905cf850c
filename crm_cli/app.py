"""The root command: global options, lazily loaded groups, and the way of a result out.

Every group and verb is built when it is named and not before: a verb's Typer command costs
as much as its options, and a group has hundreds of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from crm_cli import errors, version_text
from crm_cli.config import FORMATS
from crm_cli.context import check_choice, format_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crm_cli.commands import Elsewhere, Group, Verb
    from crm_cli.context import AppContext
    from crm_cli.result import Result

PROGRAM = "crm"
INTERRUPTED = 130


# -- options every command shares -------------------------------------------------------------


def _remember(ctx: Any, param: Any, value: Any) -> None:
    """Store a given option in the AppContext; what stands later wins."""
    if value is not None and value is not False:
        app = ctx.find_root().obj
        if app is not None:
            app.options[param.name] = value


def _format(ctx: Any, param: Any, value: Any) -> None:
    if value is not None:
        # At once, so that a wrong name is an error even where a later one wins.
        check_choice("format", value, FORMATS)
    _remember(ctx, param, value)


def _json(ctx: Any, param: Any, value: Any) -> None:
    del param
    app = ctx.find_root().obj
    if value and app is not None:
        app.options["format"] = "json"


def _option(
    *names: str,
    help: str,  # noqa: A002 - Typer's own word
    flag: bool = False,
    hidden: bool = True,
    **more: Any,
) -> TyperOption:
    return TyperOption(
        param_decls=list(names),
        help=help,
        is_flag=flag or None,
        default=False if flag else None,
        expose_value=False,
        callback=more.pop("callback", _remember),
        hidden=hidden,
        **more,
    )


def _global_options(*, hidden: bool) -> list[TyperOption]:
    return [
        _option("--db", help="The database file.", metavar="FILE", hidden=hidden),
        _option(
            "--now", help="Take this instant as now (ISO 8601).", metavar="INSTANT", hidden=hidden
        ),
        _option("--as", "actor", help="Who acts.", metavar="NAME", hidden=hidden),
        _option("--read-only", help="Refuse every change.", flag=True, hidden=hidden),
        _option(
            "--quiet", "-q", help="On stderr only warnings and errors.", flag=True, hidden=hidden
        ),
        _option("--color", help="auto, always or never.", metavar="WHEN", hidden=hidden),
        _option("--debug", help="Show the traceback of a bug.", flag=True, hidden=hidden),
        _option(
            "--dates", help="How 03/04/2027 is meant: dmy or mdy.", metavar="ORDER", hidden=hidden
        ),
        _option(
            "--lock-timeout",
            help="Wait so many seconds for the store.",
            metavar="S",
            type=float,
            hidden=hidden,
        ),
    ]


def _format_options(*, seldom_hidden: bool = True, formats: str = "") -> list[TyperOption]:
    return [
        _option(
            "--format",
            "-f",
            help=formats or "table, json, jsonl, csv, tsv, markdown, html or ids.",
            metavar="FORMAT",
            hidden=False,
            callback=_format,
        ),
        _option(
            "--json",
            help="The same as -f json.",
            flag=True,
            hidden=bool(formats),
            callback=_json,
        ),
        _option(
            "-0", "nul", help="With -f ids: end each with NUL.", flag=True, hidden=seldom_hidden
        ),
        _option(
            "--for-spreadsheet",
            help="With csv, tsv: defuse formulas.",
            flag=True,
            hidden=seldom_hidden,
        ),
    ]


def _row_options() -> list[TyperOption]:
    return [
        _option("--columns", help="Show these columns: a,b.", metavar="A,B", hidden=False),
        _option("--sort", help="Sort by these: -value,name.", metavar="KEYS", hidden=False),
        _option("--limit", help="At most N rows.", metavar="N", type=int, hidden=False),
        _option("--fail-empty", help="Exit 3 when nothing is found.", flag=True, hidden=False),
    ]


def _write_options() -> list[TyperOption]:
    return [
        _option("--dry-run", help="Say what would happen; write nothing.", flag=True, hidden=False),
        _option("--yes", "-y", help="Do not ask.", flag=True, hidden=False),
    ]


def _placeholder(param: Any) -> str | None:
    """Return what stands for a parameter's value in help."""
    if param.param_type_name == "argument":
        return f"{param.name.upper()}{'...' if param.nargs != 1 else ''}"
    if param.is_flag:
        return None
    return "N" if param.type.name in {"integer", "float"} else "TEXT"


# -- building commands on demand ----------------------------------------------------------------


_MENDERS = {f"{PROGRAM} config set", f"{PROGRAM} config unset"}


class LeafCommand(TyperCommand):
    """A verb with the shared options after its own."""

    shared: Sequence[TyperOption] = ()

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the verb's own parameters, then the shared ones, then ``--help``."""
        own = super().get_params(ctx)
        taken = {name for param in own for name in param.opts}
        return [
            *own[:-1],
            *(option for option in self.shared if not taken.intersection(option.opts)),
            *own[-1:],
        ]

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words after the command's name; what must be there stands bare. From here on,
        that is in the whole of the help, values are named as the reference pages name them: NAME,
        TEXT, N."""
        for param in self.get_params(ctx):
            if param.metavar is None:
                param.metavar = _placeholder(param)
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Read the arguments; an error in them says where, so that the hint names this verb."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "ctx", self) is None:
                error.ctx = ctx  # type: ignore[attr-defined]
            raise

    def invoke(self, ctx: Any) -> Any:
        """Check what only the output needs before anything is written, then run."""
        app = ctx.find_root().obj
        app.check_options(mends_settings=ctx.command_path in _MENDERS)
        return super().invoke(ctx)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Complete without help texts: preparing them costs more than everything else."""
        return _without_help(super().shell_complete(ctx, incomplete))


_OTHER_WORDS: dict[str, tuple[str, ...]] = {
    "find": ("list",), "search": ("list",), "ls": ("list",), "all": ("list",),
    "get": ("show",), "view": ("show",), "info": ("show",), "open": ("show",),
    "new": ("add",), "create": ("add",), "insert": ("add",),
    "change": ("edit",), "update": ("edit",), "modify": ("edit",), "rename": ("edit",),
    "remove": ("delete", "retire"), "rm": ("delete", "retire"), "del": ("delete", "retire"),
}  # fmt: skip
"""What verbs are called elsewhere -> what they are called here."""


class LazyGroup(TyperGroup):
    """A group whose members are known by name and help line, and built when called for."""

    members: dict[str, tuple[str, Callable[[], Any]]]

    def __init__(
        self, *, members: dict[str, tuple[str, Callable[[], Any]]], **attributes: Any
    ) -> None:
        super().__init__(rich_markup_mode=None, **attributes)
        self.members = members

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, importing nothing."""
        del ctx
        return list(self.members)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Build one member."""
        del ctx
        member = self.members.get(cmd_name)
        return member[1]() if member else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the member named, or say which one may be meant."""
        name = args[0]
        if name not in self.members and not ctx.resilient_parsing and not name.startswith("-"):
            from difflib import get_close_matches

            meant = self.meant_by(name)
            near = meant or get_close_matches(name, self.members, 3, 0.5)
            hint = (
                f"did you mean {' or '.join(near)}?" if near else f"see {ctx.command_path} --help"
            )
            raise errors.UsageError(f"no such command {f'{ctx.command_path} {name}'!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def meant_by(self, name: str) -> list[str]:
        """Return the member that people call so elsewhere, if there is one."""
        return [word for word in _OTHER_WORDS.get(name.lower(), ()) if word in self.members][:1]

    def invoke(self, ctx: Any) -> Any:
        """Print the group's help where no verb was named, as gh does."""
        if not ctx._protected_args and not self.invoke_without_command:
            typer.echo(ctx.get_help())
            raise typer.Exit(0)
        return super().invoke(ctx)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the members from the table, by panel at the root."""
        del ctx
        for heading, rows in self._sections():
            with formatter.section(heading):
                formatter.write_dl(rows)

    def _sections(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        yield "Commands", [(name, line) for name, (line, _) in self.members.items()]

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Complete from the table of names; options as every command does."""
        from typer.core import CompletionItem  # type: ignore[attr-defined]

        names = [CompletionItem(name) for name in self.members if name.startswith(incomplete)]
        options = super(TyperGroup, self).shell_complete(ctx, incomplete)
        return names + _without_help(options)


def _without_help(items: Iterable[Any]) -> list[Any]:
    found = list(items)
    for item in found:
        item.help = None
    return found


class RootGroup(LazyGroup):
    """``crm`` itself: panels in its help."""

    def meant_by(self, name: str) -> list[str]:
        """Return the command of contacts that people look for without naming the noun."""
        if name.lower() in {"find", "grep", "lookup"}:
            return ["search"]
        known = name in {"list", "show", "add", "edit", "delete", "note", "import", "export"}
        words = (name,) if known else _OTHER_WORDS.get(name.lower(), ())
        return [f"contact {words[0]}"] if words else []

    def _sections(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        from crm_cli.commands import ENTRIES

        panels: dict[str, list[tuple[str, str]]] = {}
        for name, entry in ENTRIES.items():
            panels.setdefault(entry.panel, []).append((name, entry.help))
        yield from panels.items()


def build_verb(name: str, verb: Verb) -> TyperCommand:
    """Turn a verb into a Typer command with its shared options."""
    holder = typer.Typer(add_completion=False, rich_markup_mode=None)
    holder.command(name, cls=LeafCommand)(verb.function)
    command = typer.main.get_command(holder)
    if not isinstance(command, LeafCommand):
        raise TypeError(name)
    command.name = name
    command.shared = [
        *_format_options(formats=verb.formats),
        *(_row_options() if verb.rows else ()),
        *(_write_options() if verb.writes else ()),
        *_global_options(hidden=True),
        _version_option(hidden=True),
    ]
    return command


def build_group(group: Group) -> LazyGroup:
    """Turn a noun into a lazily built Typer group."""

    def maker(name: str, verb: Verb) -> Callable[[], Any]:
        return lambda: build_verb(name, verb)

    def loader(name: str, verb: Elsewhere) -> Callable[[], Any]:
        return lambda: build_verb(name, verb.load())

    def inner_maker(inner: Group) -> Callable[[], Any]:
        return lambda: build_group(inner)

    members: dict[str, tuple[str, Callable[[], Any]]] = {
        name: (verb.help_line, maker(name, verb)) for name, verb in group.verbs.items()
    }
    for name, other in group.verbs_elsewhere.items():
        members[name] = (other.help_line, loader(name, other))
    for name, inner in group.groups.items():
        members[name] = (inner.help, inner_maker(inner))
    return LazyGroup(
        name=group.name,
        help=group.help,
        members=members,
        params=[
            *_format_options(),
            *_global_options(hidden=True),
            _version_option(hidden=True),
        ],
    )


def _load(name: str) -> Callable[[], Any]:
    def load() -> Any:
        from crm_cli.commands import ENTRIES, Group

        entry = ENTRIES[name]
        module = importlib.import_module(f"crm_cli.commands.{entry.module}")
        target = getattr(module, entry.attribute)
        return build_group(target) if isinstance(target, Group) else build_verb(name, target)

    return load


def build_root() -> RootGroup:
    """Return the root command; no command module is imported for it."""
    from crm_cli.commands import ENTRIES

    return RootGroup(
        name=PROGRAM,
        help=(
            "A customer relationship manager over one local SQLite file.\n\n"
            "Options before the command or after the verb; the later wins."
        ),
        epilog="crm COMMAND --help shows a command's own options; crm help lists the topics.",
        members={name: (entry.help, _load(name)) for name, entry in ENTRIES.items()},
        params=[
            *_global_options(hidden=False),
            *_format_options(seldom_hidden=False),
            _version_option(hidden=False),
        ],
    )


# -- version, and the way out ---------------------------------------------------------------------


def _version_option(*, hidden: bool) -> TyperOption:
    def show(ctx: Any, param: Any, value: Any) -> None:
        del param
        if value and not ctx.resilient_parsing:
            # This runs before the options behind it are read.
            named = format_named(ctx.find_root().obj.arguments)
            typer.echo(version_text(as_json=named in {"json", "jsonl"}))
            raise typer.Exit(0)

    return _option(
        "--version", help="Show the versions and leave.", flag=True, hidden=hidden, callback=show
    )


def _deliver(app: AppContext, result: Result | None) -> int:
    """Hand a command's result to the renderer and return the exit status."""
    if result is None:
        return 0
    render = importlib.import_module("crm_cli.render")
    app.say_the_rest()
    status: int = render.show(result, app)
    if result.then is not None:
        app.flush()
        result.then()
    return status


def run(app: AppContext) -> int:
    """Run the command line in ``app`` and return the exit status.

    Raises CrmError, and Typer's own usage errors, for ``main`` to map.
    """
    if f"_{PROGRAM.upper()}_COMPLETE" in app.environment:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()
    try:
        outcome = build_root().main(
            args=app.arguments, prog_name=PROGRAM, standalone_mode=False, obj=app
        )
    except SystemExit as stop:
        # Typer makes an exit status 1 of a pipe closed under help; main knows better.
        if isinstance(stop.__context__, BrokenPipeError):
            raise stop.__context__ from None
        raise
    if outcome == INTERRUPTED:  # Typer made an exit status of it; main has something to say
        raise KeyboardInterrupt
    # Printed outside Typer's main, which would turn a closed pipe into exit status 1.
    return outcome if isinstance(outcome, int) else _deliver(app, outcome)
