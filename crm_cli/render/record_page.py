"""A record's page: its fields by name, then tables of what hangs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import safe
from crm_cli.render.layout import GAP, Block, Fields, Heading, Paper, table_blocks
from crm_cli.render.shape import ABSENT, grid_of
from crm_cli.render.values import entry, flat, instant, percent, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.result import Record


_MONEY = frozenset({"price", "amount", "revenue", "value", "weighted_value", "budget", "cost"})
_RATES = frozenset({"probability", "share", "rate"})
_UNSHOWN = frozenset({"uid"})
_SAID = {"import": frozenset({"rejections", "warnings", "unknown_columns"})}
"""noun -> keys that people read on stderr, in sentences."""

_NUMBERS = frozenset({"referred_by"})
"""Keys whose value is the id of another record."""

_SELF_EVIDENT = frozenset({"street", "city"})
"""Keys of nested objects that read without their names: an address."""


def blocks_of(body: Record, paper: Paper) -> list[Block]:
    """Return the title, the fields that hold something, then the sections."""
    blocks: list[Block] = []
    if body.title:
        blocks.append(Heading(safe(body.title)))
    pairs = record_fields(body, paper)
    left = max((len(name) for name, _ in pairs), default=0)
    room = None if paper.width is None else max(20, paper.width - left - GAP)
    blocks.append(
        Fields(
            [
                (safe(name).ljust(left) if first else " " * left, line)
                for name, lines in pairs
                for first, line in _first_and_rest(lines, room)
            ]
        )
    )
    for section in body.sections:
        grid = grid_of(section.table, {}, people=True)
        if grid.rows:
            blocks.append(Heading(f"{safe(section.title)} ({len(grid.rows)})"))
            blocks += table_blocks(grid, paper)
    return blocks


def record_fields(body: Record, paper: Paper) -> list[tuple[str, list[str]]]:
    """Return a record's fields that hold something, each with its lines, not yet made safe."""
    values = body.values if body.shown is None else body.shown
    # What a section shows as a table stands there alone.
    sections = {section.title.lower() for section in body.sections}
    unshown = _UNSHOWN | sections | _SAID.get(body.noun, frozenset())
    # A record that is named needs no line for its id: "company  Engines Ltd (#2)".
    named = {f"{key}_id" for key, value in values.items() if value} & values.keys()
    return [
        (key.replace("_", " "), lines)
        for key, kept in values.items()
        if key not in unshown | named
        and (value := body.words[key].get(kept, kept) if key in body.words else kept) is not None
        and (lines := _field_lines(key, value, values, paper))
    ]


def _first_and_rest(lines: list[str], room: int | None) -> list[tuple[bool, str]]:
    shown = [part for line in lines for part in wrapped(safe(line, keep_newlines=True), room)]
    return [(at == 0, line) for at, line in enumerate(shown)]


def _field_lines(key: str, value: Any, record: Mapping[str, Any], paper: Paper) -> list[str]:
    """Return a record's value as lines, none where it is empty."""
    if value is None or value in ABSENT or value == {}:
        return []
    if key == "currency" and any(record.get(name) is not None for name in _MONEY):
        return []
    if isinstance(value, dict):
        return [
            f"{name.replace('_', ' ')}: {_plain(name, inner, paper)}"
            + (f" {value[f'{name}_currency']}" if f"{name}_currency" in value else "")
            for name, inner in value.items()
            if inner is not None
            and not (name.endswith("_currency") and name.removesuffix("_currency") in value)
        ]
    if isinstance(value, list | tuple):
        if any(isinstance(item, dict) for item in value):
            several = len(value) > 1
            return [
                _entry_line(item, paper, several=several) if isinstance(item, dict) else str(item)
                for item in value
            ]
        # A list of numbers is one of records: "follow ups  1" would read as how many.
        return [", ".join(f"#{item}" if type(item) is int else str(item) for item in value)]
    if key in _MONEY and isinstance(value, str) and record.get("currency"):
        return [f"{value} {record['currency']}"]
    number = record.get(f"{key}_id")
    return [_plain(key, value, paper) + (f" (#{number})" if number else "")]


def _plain(key: str, value: Any, paper: Paper) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in _RATES and isinstance(value, int | float):
        return percent(value, always_decimal=False)
    if key in _NUMBERS and isinstance(value, int):
        return f"#{value}"
    if isinstance(value, str) and (key == "at" or key.endswith("_at")) and value.endswith("Z"):
        return instant(value, paper.zone())
    return flat(value, ", ")


def _tie(item: Mapping[str, Any]) -> str:
    """Return ``partner: Bob (#3), co-founder, since 2026-11-20`` for a relation."""
    days = [f"{word} {item[key]}" for word, key in _TIE_DAYS if item.get(key)]
    more = ", ".join([*([str(item["title"])] if item.get("title") else []), *days])
    text = f"{item['kind']}: {item['other']} (#{item.get('other_id')})"
    return f"{text}, {more}" if more else text


_TIE_DAYS = (("since", "started_on"), ("until", "ended_on"))


def _named(item: Mapping[str, Any]) -> str:
    """Return ``kind partner, other Bob (#3), started on 2026-11-20``."""
    parts = []
    for key, value in item.items():
        if value in ABSENT or (key.endswith("_id") and item.get(key[:-3])):
            continue
        number = item.get(f"{key}_id")
        shown = flat(value, ", ") + (f" (#{number})" if number else "")
        parts.append(f"{key.replace('_', ' ')} {shown}")
    return ", ".join(parts)


def _consent(item: Mapping[str, Any], paper: Paper) -> str:
    """Return ``email marketing: withdrawn 2026-05-31 09:30 (unsubscribed, mailchimp): proof``."""
    text = f"{item['channel']} {item['purpose']}: {item['state']}"
    if item.get("at"):
        text += f" {instant(item['at'], paper.zone())}"
    named = ", ".join(item[key] for key in ("basis", "source") if item.get(key))
    text += f" ({named})" if named else ""
    return f"{text}: {flat(item['proof'], ', ')}" if item.get("proof") else text


def _entry_line(item: Mapping[str, Any], paper: Paper, *, several: bool) -> str:
    """Return ``ada@example.com (work, primary)`` for an entry with a value, label and flags.

    Of a single entry it goes without saying that it is the primary one.
    """
    if "other_id" in item:
        return _tie(item)
    if item.keys() == {"id", "name"}:
        return f"{item['name']} (#{item['id']})"
    if "purpose" in item:
        return _consent(item, paper)
    marks = [str(item["label"])] if item.get("label") else []
    marks += [
        name for name, inner in item.items() if inner is True and (several or name != "primary")
    ]
    shown = {
        name: inner
        for name, inner in item.items()
        if name != "label" and not isinstance(inner, bool)
    }
    text = entry(shown, ", ") if "value" in item or _SELF_EVIDENT & item.keys() else _named(shown)
    return f"{text} ({', '.join(marks)})" if marks else text
