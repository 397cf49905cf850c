"""Patterns that a whole value has to match, and which of them could keep a computer busy.

The regular expressions of Python go back and try again wherever a part may match in several ways;
nested, that can take longer than anybody waits. A pattern is taken only where the product of
these ways is small for every value of up to ``LONGEST`` characters; longer values match none.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

from crm_cli import errors

LONGEST = 250
"""Characters of the longest value that is held against a pattern."""

LONGEST_PATTERN = 500
_MOST_WAYS = (LONGEST + 1) ** 3
_MOST_ROUNDS = 1000

_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}")
_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL
)


@lru_cache(maxsize=64)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern that ``read_pattern`` took."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Say whether the whole of a text is what the pattern asks for."""
    return len(text) <= LONGEST and compiled(pattern).fullmatch(text) is not None


def read_pattern(text: str) -> str:
    """Return a typed pattern. Raises InvalidValue: where it is wrong, or why it is refused."""
    hint = "write it as [A-Z]{2}-[0-9]+; a sign that means itself has a \\ before it"
    if len(text) > LONGEST_PATTERN:
        raise errors.InvalidValue(
            f"the pattern has {len(text)} characters; {LONGEST_PATTERN} are the most", hint=hint
        )
    try:
        compiled(text)
    except re.error as error:
        at = error.pos or 0
        near = f" ({text[at : at + 12]})" if text[at:] else ""
        raise errors.InvalidValue(
            f"the pattern {text!r} is wrong at character {at + 1}{near}: {error.msg}", hint=hint
        ) from None
    except (OverflowError, RecursionError):
        raise errors.InvalidValue(f"the pattern {text!r} is too large", hint=hint) from None
    _Reader(text).read()
    return text


class _Group:
    """A group being read: the ways in which what stands in it may match, so far."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.before = 0
        self.ways = 1
        self.rounds = 1

    @property
    def total(self) -> int:
        """The ways of all its branches."""
        return self.before + self.ways


class _Reader:
    """Counts the ways in which a pattern may match a value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.groups = [_Group(0)]

    def read(self) -> None:
        """Count the whole pattern. Raises InvalidValue where it has too many ways."""
        text, at = self.text, 0
        while at < len(text):
            start, ways, rounds = at, 1, 1
            sign = text[at]
            if sign == "\\":
                at = _ESCAPE.match(text, at).end()  # type: ignore[union-attr]
            elif sign == "[":
                at = _class_end(text, at)
            elif sign == "(":
                at = self._open(at)
                continue
            elif sign == "|":
                group = self.groups[-1]
                group.before, group.ways = group.total, 1
                at += 1
                continue
            elif sign == ")":
                group = self.groups.pop()
                start, ways, rounds = group.start, group.total, group.rounds
                at += 1
            else:
                at += 1
            at = self._repeated(start, at, ways, rounds)
        whole = self.groups[0]
        self._refuse(0, whole.total, whole.rounds)

    def _open(self, at: int) -> int:
        """Return where the content of a group begins."""
        text = self.text
        if text.startswith("(?#", at):
            return text.index(")", at) + 1
        flags = re.compile(r"\(\?([a-zA-Z]*)(-[a-zA-Z]+)?([:)])").match(text, at)
        if flags is not None and "x" in flags[1]:
            raise errors.InvalidValue(
                "a pattern is written without blanks and remarks: (?x) is not for it",
                hint="leave the x out",
            )
        if flags is not None and flags[3] == ")":
            return flags.end()
        self.groups.append(_Group(at))
        inner = re.compile(
            r"\((?:\?(?:P<\w+>|P=\w+|<[=!]|[=!>:]|\(\w+\)|[a-zA-Z]*(?:-[a-zA-Z]+)?:))?"
        ).match(text, at)
        return inner.end() if inner is not None else at + 1

    def _repeated(self, start: int, at: int, ways: int, rounds: int) -> int:
        """Take what was read from ``start`` on into its group, with the repeat behind it; return
        where that ends."""
        text = self.text
        least = most = 1
        if text[at : at + 1] in {"*", "+", "?"}:
            least, most = {"*": (0, LONGEST), "+": (1, LONGEST), "?": (0, 1)}[text[at]]
            at += 1
        elif (found := _REPEAT.match(text, at)) is not None and (found[1] or found[2]):
            least = int(found[1] or 0)
            most = least if not found[2] else int(found[3]) if found[3] else LONGEST
            at = found.end()
            rounds *= max(least, 1)
        else:
            self._add(start, ways, rounds)
            return at
        if text[at : at + 1] in {"?", "+"}:  # lazy and possessive ones
            at += 1
        most = min(most, LONGEST)
        # In each round the part may match in any of its ways.
        total = 1 if most == 0 else ways ** min(most, 64) if ways > 1 else 1
        self._add(start, total * max(most - min(least, most) + 1, 1), rounds)
        return at

    def _add(self, start: int, ways: int, rounds: int) -> None:
        self._refuse(start, ways, rounds)
        group = self.groups[-1]
        group.ways *= ways
        group.rounds = max(group.rounds, rounds)

    def _refuse(self, start: int, ways: int, rounds: int) -> None:
        if ways > _MOST_WAYS or rounds > _MOST_ROUNDS:
            raise errors.InvalidValue(
                f"the pattern {self.text!r} could match in too many ways, from character"
                f" {start + 1} on: a value that does not fit could take for ever",
                hint="repeat what has one shape: [0-9 ]+ for ([0-9]+ ?)+, [ab]* for (a|b)*;"
                " three open repeats such as .* are the most",
            )


def _class_end(text: str, at: int) -> int:
    """Return where a set of characters (``[...]``) that begins here ends."""
    at += 2 if text.startswith("[^", at) else 1
    first = at
    while text[at] != "]" or at == first:
        at += 2 if text[at] == "\\" else 1
    return at + 1
