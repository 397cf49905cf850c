"""Arguments that are no text: every word a verb takes is read or refused, never a bug."""

from __future__ import annotations

import importlib
import inspect
import typing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

NO_UTF8 = "a\udcff"
"""What Python makes of the bytes ``a\\xff`` on the command line."""

NEEDED: dict[str, dict[str, str]] = {
    "contact": {
        "name": "Zed", "who": "1", "other": "2", "kind": "partner", "tags": "new", "text": "note",
    },
    "product": {"name": "New", "what": "1"},
    "purchase": {"who": "1", "product": "Tea", "amount": "5", "what": "1"},
}  # fmt: skip


def cases() -> list[Any]:
    """Return (noun, verb, the words of a run with one hostile value) for every parameter."""
    found = []
    for noun, needed in NEEDED.items():
        verbs = importlib.import_module(f"crm_cli.commands.{noun}").GROUP.verbs
        for verb, made in verbs.items():
            if verb in {"import", "export"}:
                continue
            hints = typing.get_type_hints(made.function, include_extras=True)
            parameters = inspect.signature(made.function).parameters
            for hostile, hint in hints.items():
                if hostile in {"ctx", "return"} or bool in typing.get_args(hint):
                    continue
                words, options = [], []
                for name, parameter in parameters.items():
                    if name == "ctx":
                        continue
                    mark = typing.get_args(hints[name])[1]
                    value = NO_UTF8 if name == hostile else needed.get(name)
                    is_argument = type(mark).__name__ == "ArgumentInfo"
                    required = parameter.default is inspect.Parameter.empty
                    if name != hostile and not required and not (is_argument and value):
                        continue
                    if is_argument:
                        words.append(str(value))
                    else:
                        option = next(
                            (d for d in mark.param_decls or () if d.startswith("--")),
                            "--" + name.replace("_", "-"),
                        )
                        options += [option, str(value)]
                found.append(
                    pytest.param(
                        noun, verb, [*options, "--", *words], id=f"{noun}-{verb}-{hostile}"
                    )
                )
    return found


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """One record of each noun."""
    crm("contact", "add", "Ada", "--email", "ada@example.com", "--tag", "vip")
    crm("contact", "add", "Bob")
    crm("product", "add", "Tea", "5")
    crm("purchase", "add", "1", "Tea", "--order", "A")
    return crm


@pytest.mark.parametrize(("noun", "verb", "words"), cases())
def test_what_is_no_text_is_refused(shop: Crm, noun: str, verb: str, words: list[str]) -> None:
    run = shop(noun, verb, "--yes", "--json", *words, code=None) if verb not in {
        "list", "show",
    } else shop(noun, verb, "--json", *words, code=None)  # fmt: skip
    assert run.code in ({0, 2, 3} if verb == "list" else {2, 3}), run
    assert "bug" not in run.err
    if run.code:
        run.error["message"].encode(errors="backslashreplace")
