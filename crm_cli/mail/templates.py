"""Texts of mails from templates: the built-in ones, or the owner's own beside them.

Jinja2 in its sandbox, strict about names: what a template does not know is an error before
anything is sent. A template is a text (``digest.txt``, whose first line says the subject) and, of
the same name, HTML with the same content (``digest.html``).
"""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crm_cli import errors
from crm_cli.domain.values import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

BUILT_IN = Path(__file__).with_name("built_in")
NAMES = ("digest", "each", "service", "test")
"""The templates there are, in the order in which they are listed."""

MOST_ROUNDS = 1_000_000
"""How often loops and macros may come round in one part of a mail: about a second."""
LARGEST = 10_000_000
"""Characters that one part of a mail may have."""

_SUBJECT = re.compile(r"Subject:[ \t]*(.*)\n?")


class Written(NamedTuple):
    """What a template made: the subject on one line, and both parts; ``html`` None without one."""

    subject: str
    text: str
    html: str | None


class Templates:
    """The templates in force: those of the owner's folder, and built-in ones for the rest."""

    def __init__(self, folder: Path | None = None) -> None:
        """Look into the owner's folder. Raises InvalidValue where it is none, or holds files
        that would never be used."""
        self._folder = folder
        self._own = _own_files(folder) if folder is not None else frozenset()
        self._environments: dict[Path, _Sandbox] = {}

    def write(self, name: str, values: Mapping[str, Any]) -> Written:
        """Return what the template makes of the values.

        An owner's text without HTML beside it makes a plain mail: the built-in HTML would say
        something else. Raises InvalidValue with file and line for a template that cannot be
        read, names something that does not exist, or does not come to an end.
        """
        own_text, own_html = f"{name}.txt" in self._own, f"{name}.html" in self._own
        if own_html and not own_text:
            raise errors.InvalidValue(
                f"{self._folder}: {name}.html has no {name}.txt beside it",
                hint="both say the same; begin with: crm remind template copy FOLDER",
            )
        text = self._part(f"{name}.txt", values)
        matched = _SUBJECT.match(text)
        if matched is None or not matched[1].strip():
            raise errors.InvalidValue(
                f"{self.place(f'{name}.txt')}, line 1: no subject",
                hint="begin the file with: Subject: words",
            )
        html = self._part(f"{name}.html", values) if own_html or not own_text else None
        return Written(" ".join(matched[1].split()), text[matched.end() :].strip("\n") + "\n", html)

    def place(self, file: str) -> Path:
        """Return the file that is in force: the owner's, or the built-in one."""
        is_own = self._folder is not None and file in self._own
        return (self._folder if is_own and self._folder else BUILT_IN) / file

    def _part(self, file: str, values: Mapping[str, Any]) -> str:
        folder = self.place(file).parent
        environment = self._environments.get(folder)
        if environment is None:
            environment = self._environments[folder] = _environment(folder)
        try:
            environment.rounds_left = MOST_ROUNDS
            return _joined(environment.get_template(file), values)
        except _TooMuch as failure:
            where = _line_of(failure.__traceback__, folder, file)
            raise errors.InvalidValue(f"{where}: {failure}", hint="look at its loops") from None
        except jinja2.TemplateSyntaxError as failure:
            where = f"{failure.filename or folder / file}, line {failure.lineno}"
            raise _unusable(where, failure.message or "cannot be read") from None
        except UnicodeDecodeError:
            raise _unusable(str(folder / file), "this is no UTF-8 text") from None
        except jinja2.TemplateNotFound as failure:
            where = _line_of(failure.__traceback__, folder, file)
            raise _unusable(where, f"there is no file {failure.name}") from None
        except OSError as failure:
            raise _unusable(str(folder / file), failure.strerror or str(failure)) from None
        except (errors.CrmError, MemoryError):
            raise
        except Exception as failure:  # noqa: BLE001 - whatever the owner's expression does
            where = _line_of(failure.__traceback__, folder, file)
            raise _unusable(where, str(failure) or type(failure).__name__) from None


def copy(folder: Path) -> list[Path]:
    """Write the built-in templates into a folder, to begin one's own with, and return the files.

    Raises Conflict, and writes nothing, where one of them is there; InvalidValue where the folder
    cannot be written.
    """
    sources = sorted(path for path in BUILT_IN.iterdir() if path.suffix in {".txt", ".html"})
    there = [folder / path.name for path in sources if (folder / path.name).exists()]
    if there:
        raise errors.Conflict(f"{there[0]} exists already", hint="name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sources:
            (folder / path.name).write_bytes(path.read_bytes())
    except OSError as failure:
        raise errors.InvalidValue(f"{folder}: {failure.strerror}", hint="name another") from None
    return [folder / path.name for path in sources]


def _own_files(folder: Path) -> frozenset[str]:
    try:
        files = frozenset(path.name for path in folder.iterdir() if path.is_file())
    except OSError as failure:
        raise errors.InvalidValue(
            f"templates: {folder}: {failure.strerror}",
            hint="make it with: crm remind template copy FOLDER",
        ) from None
    known = {f"{name}.{ending}" for name in NAMES for ending in ("txt", "html")}
    if not files & known:
        raise errors.InvalidValue(
            f"templates: {folder} holds none of {', '.join(sorted(known))}",
            hint="make them with: crm remind template copy FOLDER",
        )
    return files


def _environment(folder: Path) -> _Sandbox:
    environment = _Sandbox(
        # The built-in files may be extended and included by the owner's.
        loader=_Loader([folder, BUILT_IN]),
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["day"] = _day
    environment.filters["line"] = _line
    environment.filters["_counted"] = _counted
    return environment


def _day(value: object, shown: str = "%A, %-d %B %Y") -> str:
    """Show an ISO date: ``Monday, 15 June 2026``, or as strftime's ``shown`` says."""
    from datetime import date

    day = date.fromisoformat(str(value)[:10])
    # Windows has no %-d; English names whatever the locale, as the sentences around them are.
    shown = shown.replace("%-d", str(day.day)).replace("%-m", str(day.month))
    shown = shown.replace("%A", _DAYS[day.weekday()]).replace("%a", _DAYS[day.weekday()][:3])
    shown = shown.replace("%B", _MONTHS[day.month - 1]).replace("%b", _MONTHS[day.month - 1][:3])
    return day.strftime(shown)


def _line(value: object) -> str:
    """Return a text on one line."""
    return " ".join(str(value).split())


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


# -- bounds -------------------------------------------------------------------------------------


class _TooMuch(Exception):
    """A template that does not end, or says too much."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, which also refuses to multiply texts and raise numbers without end."""

    rounds_left = MOST_ROUNDS
    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(
        self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any
    ) -> Any:
        """Compute, unless the result would be huge."""
        if operator == "*":
            for many, times in ((left, right), (right, left)):
                is_repeated = isinstance(many, (str, list, tuple)) and isinstance(times, int)
                if is_repeated and len(many) * times > LARGEST:
                    raise _TooMuch("a text or list is repeated too often")
        elif operator == "**":
            if abs(left) > 10**6 or abs(right) > 100:
                raise _TooMuch("a power is too large")
        elif isinstance(left, str) and re.search(r"\d{5}|\*", left):
            raise _TooMuch("a text is filled up too far")
        return super().call_binop(context, operator, left, right)

    def count_call(self) -> None:
        """Count one call of a macro or template, which costs as much as many rounds."""
        self.count(50)

    def count(self, rounds: int) -> None:
        """Count rounds of a loop; see _Loader."""
        self.rounds_left -= rounds
        if self.rounds_left < 0:
            raise _TooMuch("it does not come to an end")


@jinja2.pass_context
def _counted(context: jinja2.runtime.Context, values: Iterable[Any]) -> Iterator[Any]:
    """Yield the values of a loop and count them."""
    environment = cast("_Sandbox", context.environment)
    for value in values:
        environment.count(1)
        yield value


class _Loader(jinja2.FileSystemLoader):
    """Loads a template with a count at the head of everything that can come round again.

    A time limit would depend on the machine, and a limit of the output alone does not end a loop
    that says nothing.
    """

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: Any = None,  # noqa: A002 - Jinja2's name
    ) -> jinja2.Template:
        """Return the template. Raises TemplateNotFound and TemplateSyntaxError."""
        source, filename, uptodate = self.get_source(environment, name)
        tree = environment.parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        again: list[Any] = [tree, *tree.find_all((nodes.Macro, nodes.CallBlock))]
        again += [loop for loop in tree.find_all(nodes.For) if loop.recursive]
        for node in again:
            count = nodes.Call(nodes.EnvironmentAttribute("count_call"), [], [], None, None)
            node.body.insert(0, nodes.ExprStmt(count, lineno=node.lineno))
        code = environment.compile(tree, name, filename)
        return environment.template_class.from_code(environment, code, globals or {}, uptodate)


def _joined(template: jinja2.Template, values: Mapping[str, Any]) -> str:
    parts, length = [], 0
    for part in template.generate(**values):
        length += len(part)
        if length > LARGEST:
            raise _TooMuch(f"the mail is larger than {LARGEST:,} characters")
        parts.append(part)
    return "".join(parts)


def _unusable(where: str, what: str) -> errors.InvalidValue:
    return errors.InvalidValue(
        f"{where}: {safe(what)}", hint="crm remind template list says which names there are"
    )


def _line_of(trace: TracebackType | None, folder: Path, file: str) -> str:
    """Return the file and line of the owner's template in which an expression failed."""
    for frame in reversed(traceback.extract_tb(trace)):
        if frame.filename.startswith((str(folder), str(BUILT_IN))):
            return f"{frame.filename}, line {frame.lineno}"
    return str(folder / file)
