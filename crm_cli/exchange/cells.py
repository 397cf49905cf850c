"""Conventions inside one cell: lists in a cell, and formulas that a spreadsheet would run.

A list is parted by ``;``; a value that holds a separator or a quote stands in double quotes.
An exported cell that begins with a formula sign gets an apostrophe under ``--for-spreadsheet``;
a value that already looks like that gets one always, so that reading it back is never a guess.
"""

from __future__ import annotations

import re
from functools import lru_cache

FORMULA_SIGNS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""Characters that start a formula in some spreadsheet, full-width twins included."""

GUARDED_BYTES = rb"'[=+\-@\t\r\n\xef'\x00]"
"""What a file must hold somewhere before any cell of it can need ``restore``."""


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(f"'+[{FORMULA_SIGNS}]"),
        re.compile(f"'*[{FORMULA_SIGNS}]"),
        re.compile(r"[+-]?\d[\d .,()/'-]*"),
    )


def guard(text: str) -> str:
    """Return a cell that ``restore`` turns back into ``text`` (formulas stay formulas)."""
    if text[:1] == "'" and _patterns()[0].match(text):
        return "'" + text
    return text


def defuse(text: str) -> str:
    """Return a cell that no spreadsheet runs; numbers and phone numbers stay as they are."""
    if text[:1].isalnum() or not text:
        return text
    _, risky, number = _patterns()
    if risky.match(text) and not number.fullmatch(text):
        return "'" + text
    return text


def restore(text: str) -> str:
    """Undo ``guard`` and ``defuse``."""
    if text[:1] == "'" and _patterns()[0].match(text):
        return text[1:]
    return text


def join_list(values: list[str]) -> str:
    """Return one cell for several values: ``a; "b; c"``."""
    return "; ".join(
        '"' + value.replace('"', '""') + '"'
        if any(sign in value for sign in ';,|"') or value != value.strip() or ":::" in value
        else value
        for value in values
    )


def split_list(text: str) -> list[str]:
    """Read a cell with several values parted by ``;``, ``,``, ``|`` or Google's ``:::``."""
    if text.isalnum():  # by far the most
        return [text]
    if '"' not in text:
        if not any(sign in text for sign in (";", ",", "|", ":::")):
            return [text.strip()] if text and not text.isspace() else []
        parts = re.split(r"\s*(?:[;,|]|:::)\s*", text)
        return [part.strip() for part in parts if part.strip()]
    found: list[str] = []
    for matched in re.finditer(r'\s*(?:"((?:[^"]|"")*)"|([^;,|]+?))\s*(?:[;,|]|:::|$)', text):
        if matched[1] is not None:
            found.append(matched[1].replace('""', '"'))
        elif matched[2].strip():
            found.append(matched[2].strip())
    return found
