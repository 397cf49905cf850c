"""The board for people: a column a stage as wide as fits, or the stages one below the other.

A card has three lines: number and title, contact, value and age. On paper without a width
nothing is cut: there a stage is a table, and each card one line of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import safe
from crm_cli.render.layout import Cards, Heading, Paper
from crm_cli.render.values import RIGHT, padded, shorten, width, wrapped
from crm_cli.result import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.render.layout import Block
    from crm_cli.result import Report

    Line = list[tuple[str, str]]

GAP = 2
NARROWEST, WIDEST = 14, 36
"""Cells of a column; with less room the stages go on below, with more the board ends."""


def blocks_of(body: Report, paper: Paper) -> list[Block]:
    """Return the pipeline's name with its sums, and the stages."""
    text = f"{safe(body.title)}: {_summed(body.totals)}"
    title = Heading("\n".join(wrapped(text, paper.width)))
    currency = _one(body)
    if paper.width is None:
        return [title, *(part for row in body.rows for part in _listed(row, currency))]
    rows = list(body.rows)
    per_band = max(1, (paper.width + GAP) // (NARROWEST + GAP))
    # As many in each band as in the others: 7 stages on 5 places are 4 and 3.
    bands = -(-len(rows) // per_band)
    per_band = -(-len(rows) // bands) if bands else 1
    room = min(WIDEST, (paper.width + GAP) // per_band - GAP)
    return [
        title,
        *(_band(rows[at : at + per_band], room, currency) for at in range(0, len(rows), per_band)),
    ]


def _one(body: Report) -> str | None:
    """Return the currency that goes without saying: the one of all cards and of the sums."""
    used = {card["currency"] for row in body.rows for card in row["cards"]} - {None}
    currency: str | None = body.totals["currency"]
    return currency if used <= {currency} else None


def _summed(row: Mapping[str, Any]) -> str:
    parts = [_counted(row["leads"])]
    if row["value"] is not None:
        parts += [f"{row['value']} {row['currency']}", f"weighted {row['weighted']}"]
    if row["stale"]:
        parts.append(f"{row['stale']} stale")
    return ", ".join(parts)


def _counted(number: int) -> str:
    return f"{number} lead{'' if number == 1 else 's'}"


# -- columns side by side -------------------------------------------------------------------------


def _band(rows: Sequence[Mapping[str, Any]], room: int, currency: str | None) -> Cards:
    columns = [[*_head(row, room), *_cards(row, room, currency)] for row in rows]
    height = max(len(column) for column in columns)
    lines: list[Line] = []
    for at in range(height):
        line: Line = []
        for number, column in enumerate(columns):
            parts = column[at] if at < len(column) else []
            used = sum(width(text) for text, _ in parts)
            gap = GAP if number < len(columns) - 1 else 0
            line += [*parts, (" " * (room - used + gap), "")]
        lines.append(line)
    return Cards(lines)


def _head(row: Mapping[str, Any], room: int) -> list[Line]:
    """Return the stage's name, how many, and the sums."""
    count = _counted(row["leads"]) + (f", {row['stale']}!" if row["stale"] else "")
    lines: list[Line] = [[(shorten(safe(row["name"]), room), "head")], [(shorten(count, room), "")]]
    for word, brief, figure in (("", "", row["value"]), ("weighted ", "w. ", row["weighted"])):
        text = "" if figure is None else _fitting(
            (f"{word}{figure} {row['currency']}", f"{word}{figure}", f"{brief}{figure}",
             f"{brief}{figure.partition('.')[0]}"), room
        )  # fmt: skip
        lines.append([(text, "aside" if word else "")])
    return lines


def _cards(row: Mapping[str, Any], room: int, currency: str | None) -> list[Line]:
    lines: list[Line] = []
    for card in row["cards"]:
        number = f"#{card['id']} "
        rest = room - len(number)
        lines += [
            [],
            [(number, "id"), (shorten(safe(card["title"]), rest), "")],
            [(shorten(safe(card["contact"]), room), "aside")],
            _foot(card, room, currency),
        ]
    missing = row["leads"] - len(row["cards"])
    return [*lines, [], [(shorten(f"+ {missing} more", room), "aside")]] if missing else lines


def _foot(card: Mapping[str, Any], room: int, currency: str | None) -> Line:
    """Return value at the left and age at the right; a stale one is marked."""
    age = f"{card['age_days']}d{'!' if card['stale'] else ''}"
    value = ""
    if card["value"] is not None:
        whole = card["value"].partition(".")[0]
        unit = "" if card["currency"] == currency else f" {card['currency']}"
        value = _fitting((f"{card['value']}{unit}", f"{whole}{unit}", whole), room - len(age) - 1)
    blanks = " " * max(1, room - len(value) - len(age))
    return [(value, ""), (blanks, ""), (age, "alarm" if card["stale"] else "aside")]


def _fitting(texts: Sequence[str], room: int) -> str:
    """Return the first text that fits; of the last one what fits of it."""
    return next((text for text in texts if len(text) <= room), shorten(texts[-1], room))


# -- one below the other --------------------------------------------------------------------------


_LISTED = (
    ("id", Kind.TEXT), ("title", Kind.TEXT), ("contact", Kind.TEXT), ("value", Kind.MONEY),
    ("currency", Kind.TEXT), ("age", Kind.INTEGER), ("owner", Kind.TEXT),
)  # fmt: skip


def _listed(row: Mapping[str, Any], currency: str | None) -> list[Block]:
    """Return a stage as a heading and its cards as aligned lines."""
    lines: list[Line] = [[(f"{safe(row['name'])}: {_summed(row)}", "head")]]
    cards = [
        {
            "id": f"#{card['id']}",
            **{key: card[key] for key in ("title", "contact", "value", "owner")},
            "age": f"{card['age_days']}d{'!' if card['stale'] else ' '}",
            "currency": None if card["currency"] == currency else card["currency"],
        }
        for card in row["cards"]
    ]
    columns = [
        padded([str(card[key] or "") for card in cards], right=kind in RIGHT, limit=None)
        for key, kind in _LISTED
        if any(card[key] for card in cards)
    ]
    if columns:
        lines += [[("  ".join(cells), "")] for cells in zip(*columns, strict=True)]
    missing = row["leads"] - len(cards)
    if missing:
        lines.append([(f"+ {missing} more", "aside")])
    return [Cards(lines)]
