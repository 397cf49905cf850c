"""The first line of a plan: what was read, how, and in what state of which store."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
ENDINGS = (".csv", ".vcf", ".mbox")
MAILBOXES = ("mbox", "Maildir", "folder", "mail")
NOUNS = ("contact", "product", "purchase", "interaction", "lead")

OPTIONS: dict[str, type] = {
    "maps": list,
    "match": str,
    "on_match": str,
    "strict": bool,
    "unknown": str,
    "replace_lists": bool,
    "decimal": str,
    "dates": str,
    "country": str,
    "currency": str,
    "source": str,
    "tags": list,
    "keep_unknown": bool,
    "require_complete": bool,
    "same_companies": list,
    "map_stages": list,
    "make_stages": bool,
}
"""Options of an import that decide what becomes of its rows, and what each of them holds."""

OF_MAILS: dict[str, type] = {
    "own": list, "with_lists": bool, "add_unknown": bool, "since": str, "until": str,
    "source": str, "tags": list, "strict": bool,
}  # fmt: skip
"""The same of mails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """``state`` is (number, UUID) of the history's newest entry when the plan was made, None
    where there was none; ``preset`` the layout it was read as; ``options`` by name."""

    plan_id: str
    noun: str
    source: str
    header: list[str]
    options: dict[str, Any]
    preset: str | None
    read: int
    state: tuple[int, str] | None
    delimiter: str
    encoding: str
    ending: str


def as_json(
    head: Head, *, program: str, made_at: str, columns: Mapping[str, str | None],
    counts: Mapping[str, int],
) -> dict[str, Any]:  # fmt: skip
    """Return the object that stands in the first line."""
    return {
        "plan": VERSION,
        "noun": head.noun,
        "source": head.source,
        "counts": dict(counts),
        "made_at": made_at,
        "program": program,
        "id": head.plan_id,
        "state": head.state and {"entry": head.state[0], "uid": head.state[1]},
        "options": head.options,
        "preset": head.preset,
        "header": head.header,
        "columns": dict(columns),
        "written_as": {
            "delimiter": head.delimiter, "encoding": head.encoding, "ending": head.ending,
        },
    }  # fmt: skip


def read_head(name: str, number: int, value: Mapping[str, Any]) -> Head:
    """Return what the first line says. Raises BadFile where it is none."""
    version = value.get("plan")
    if version is None or isinstance(version, bool) or not isinstance(version, int):
        raise errors.BadFile(
            f"{name} is no plan of an import: line {number} does not say so",
            hint="a plan is made by crm contact import FILE --plan PLAN",
        )
    if version != VERSION:
        raise errors.BadFile(
            f"{name} is a plan of version {version}; this program reads version {VERSION}",
            hint="apply it with the program that made it, or make it again",
        )
    try:
        return _read(value)
    except (KeyError, TypeError, ValueError, LookupError) as error:
        told = f"lacks {error}" if isinstance(error, KeyError) else f"is broken: {error}"
        raise errors.BadFile(
            f"{name}: line {number} {told}; nothing was written", hint="make the plan again"
        ) from None


def _read(value: Mapping[str, Any]) -> Head:
    header = [_text(title, "header") for title in _list(value["header"], "header")]
    if not header:
        raise ValueError("header names no column")
    read = value["counts"]["read"] if isinstance(value["counts"], dict) else None
    if not isinstance(read, int) or isinstance(read, bool) or read < 0:
        raise ValueError("counts say not how many rows were read")
    written = value["written_as"]
    if not isinstance(written, dict):
        raise TypeError("written_as is no object")
    delimiter = _text(written["delimiter"], "delimiter")
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise ValueError(f"{delimiter!r} is no delimiter")
    noun = _text(value["noun"], "noun")
    if noun not in NOUNS:
        raise ValueError(f"nobody imports {noun!r}")
    preset = value.get("preset")
    ending = _ending(written["ending"])
    if ending == ".mbox" and noun != "interaction":
        raise ValueError(f"mails are no {noun}s")
    return Head(
        plan_id=_text(value["id"], "id"),
        noun=noun,
        source=_name(value["source"]),
        header=header,
        options=_options(value["options"], OF_MAILS if ending == ".mbox" else OPTIONS),
        preset=None if preset is None else _text(preset, "preset"),
        read=read,
        state=_state(value["state"]),
        delimiter=delimiter,
        encoding=_encoding(written["encoding"]),
        ending=ending,
    )


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{what} is no text")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{what} is no list")
    return value


def _name(value: Any) -> str:
    name = _text(value, "source")
    if not name.strip() or any(ord(sign) < 32 for sign in name):
        raise ValueError("source is no file's name")
    return name


def _options(value: Any, known: Mapping[str, type]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("options are no object")
    for name, told in value.items():
        kind = known.get(name)
        if kind is None:
            raise ValueError(f"there is no option {name!r}")
        if told is not None and type(told) is not kind:
            raise TypeError(f"option {name} cannot be {told!r}")
        if kind is list and not _are_texts(told or [], pairs=name == "same_companies"):
            raise TypeError(f"option {name} is no list of texts")
    return {name: told for name, told in value.items() if told is not None}


def _are_texts(told: Any, *, pairs: bool) -> bool:
    if pairs:
        return all(isinstance(p, list) and len(p) == 2 and _are_texts(p, pairs=False) for p in told)
    return all(isinstance(text, str) for text in told)


def _state(value: Any) -> tuple[int, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or type(value["entry"]) is not int:
        raise TypeError("state tells no entry of a history")
    if not -(1 << 62) < value["entry"] < 1 << 62:
        raise ValueError("state tells no entry of a history")
    return value["entry"], _text(value["uid"], "state")


def _encoding(value: Any) -> str:
    name = codecs.lookup(_text(value, "encoding")).name
    "".encode(name)
    return name


def _ending(value: Any) -> str:
    if value not in ENDINGS:
        raise ValueError(f"no file of rejected rows ends with {value!r}")
    return str(value)
