"""What an import has to say beside its counts: notes by kind, each counted, with first lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SAMPLE = 5
"""How many lines, and how many records, a warning names."""


@dataclass(slots=True)
class Warnings:
    """Counted notes by kind, each with the first few lines and records they concern."""

    texts: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    whom: dict[str, dict[str, None]] = field(default_factory=dict)
    fields: dict[str, Counter[str]] = field(default_factory=dict)

    def add(
        self, kind: str, message: str, line: int | None = None, count: int = 1,
        whom: str | None = None, fields: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Count one more of a kind; the first message of a kind stands for all.

        ``whom`` names the record it concerns (``#4 Anna Meier``), ``fields`` those of its fields.
        """
        self.texts.setdefault(kind, message)
        self.counts[kind] += count
        known = self.lines.setdefault(kind, [])
        if line is not None and len(known) < SAMPLE:
            known.append(line)
        if whom is not None:
            named = self.whom.setdefault(kind, {})
            if len(named) <= SAMPLE:  # one more than is shown tells that there are more
                named[whom] = None
        if fields:
            self.fields.setdefault(kind, Counter()).update(fields)

    def add_lines(
        self, kind: str, message: str, lines: Sequence[int], count: int, whom: Iterable[str] = ()
    ) -> None:
        """Count several of a kind at once; ``lines`` are the first of them, and ``whom`` the
        records these concern. None adds nothing."""
        if count:
            self.add(kind, message, None, count)
            known = self.lines[kind]
            known.extend(lines[: SAMPLE - len(known)])
            self.whom.setdefault(kind, {}).update(dict.fromkeys(whom))

    def as_json(self) -> list[dict[str, Any]]:
        """Return the list that stands in the result."""
        return [
            {
                "kind": kind,
                "message": f"{text}{self._fields(kind)}{self._whom(kind)}",
                "count": self.counts[kind],
                "lines": self.lines[kind],
            }
            for kind, text in self.texts.items()
        ]

    def _whom(self, kind: str) -> str:
        named = list(self.whom.get(kind, ()))
        if not named:
            return ""
        more = ", ..." if len(named) > SAMPLE or self.counts[kind] > SAMPLE else ""
        return f": {', '.join(named[:SAMPLE])}{more}"

    def _fields(self, kind: str) -> str:
        counted = self.fields.get(kind)
        if not counted:
            return ""
        if self.counts[kind] == 1:
            return f": {', '.join(counted)}"
        return ": " + ", ".join(f"{count}x {name}" for name, count in counted.most_common())


def said(warning: Mapping[str, Any]) -> str:
    """Return a warning of ``as_json`` as one line for people."""
    lines = ", ".join(str(line) for line in warning["lines"])
    more = ", ..." if warning["count"] > len(warning["lines"]) else ""
    where = f" (line{'s' if warning['count'] > 1 else ''} {lines}{more})" if lines else ""
    times = f"{warning['count']}x " if warning["count"] > 1 else ""
    return f"{times}{warning['message']}{where}"
