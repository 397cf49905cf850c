"""The ``--where`` language: from text to a tree of conditions, and the errors on the way.

::

    either    = all {"or" all}
    all       = one {"and" one}
    one       = "not" one | "(" either ")" | condition
    condition = FIELD                              a flag: archived
              | FIELD:VALUE                        tag:vip
              | FIELD OPERATOR VALUE               revenue > 500
              | FIELD ["not"] "in" "(" VALUE {"," VALUE} ")"
              | FIELD "is" ["not"] "empty"
    OPERATOR  = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"

A value is a word, or text in quotation marks (doubled inside) where it has blanks or signs of
the language; an amount may be followed by its currency. What a field is and what may be said
of it is not known here: see ``domain.filter_fields``.
"""

from __future__ import annotations

from typing import NamedTuple

from crm_cli import errors

MOST_VALUES = 500
"""So many values a filter may hold: SQLite takes that many parameters everywhere."""

MOST_BRACKETS = 50
LONGEST = 20_000

KEYWORDS = frozenset({"and", "or", "not", "in", "is", "empty"})
_SIGNS = {
    "=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
    "~": "~", "!~": "!~",
}  # fmt: skip
_MEANT = {"=<": "<=", "=>": ">=", "=~": "~", "~=": "~", "=!": "!=", "===": "=", "!==": "!="}


class Value(NamedTuple):
    """A value as typed; ``at`` counts the characters of the filter from 1."""

    text: str
    at: int
    is_quoted: bool = False


class Condition(NamedTuple):
    """One statement about a field.

    ``sign`` is one of the operators, ``in``, ``empty``, or ``flag`` for a field that stands
    alone; ``!=``, ``!~`` and ``not in`` arrive as ``Not`` around the plain one.
    """

    field: str
    at: int
    sign: str
    values: tuple[Value, ...] = ()


class Not(NamedTuple):
    """The opposite of a part."""

    part: Tree


class Joined(NamedTuple):
    """Two parts or more that all hold (``and``), or of which one does (``or``)."""

    word: str
    parts: tuple[Tree, ...]


Tree = Condition | Not | Joined


def wrong(at: int, message: str, hint: str | None = None) -> errors.InvalidValue:
    """Return the error for what stands at a character of the filter."""
    return errors.InvalidValue(f"filter, character {at}: {message}", hint=hint)


def parse(text: str) -> Tree:
    """Return the tree of a filter. Raises InvalidValue naming the character it is about."""
    if len(text) > LONGEST:
        raise errors.InvalidValue(
            f"the filter is longer than {LONGEST} characters", hint="ids can be piped: who -"
        )
    if "\0" in text or not _is_text(text):
        raise errors.InvalidValue("the filter is not valid text", hint="retype it")
    return _Parser(_tokens(text)).whole()


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# -- words ------------------------------------------------------------------------------------


class _Token(NamedTuple):
    """``kind`` is ``word``, ``quoted``, ``sign``, ``end`` or the bracket or comma itself."""

    kind: str
    text: str
    at: int
    end: int

    @property
    def keyword(self) -> str:
        """The keyword a bare word is, or nothing."""
        word = self.text.lower() if self.kind == "word" else ""
        return word if word in KEYWORDS else ""

    @property
    def shown(self) -> str:
        """The token as a message names it."""
        return "the end" if self.kind == "end" else repr(self.text)


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    while at < len(text):
        char = text[at]
        if char.isspace():
            at += 1
            continue
        if char in "(),":
            token = _Token(char, char, at + 1, at + 1)
        elif char in "\"'":
            token = _quoted(text, at)
        elif _is_sign(text, at):
            token = _sign(text, at)
        else:
            token = _word(text, at)
        found.append(token)
        at = token.end
    found.append(_Token("end", "", len(text) + 1, len(text)))
    return found


def _is_sign(text: str, at: int) -> bool:
    # An exclamation mark alone belongs to a word: Yahoo!
    return text[at] in "=<>~" or (text[at] == "!" and text[at + 1 : at + 2] in {"=", "~"})


def _sign(text: str, at: int) -> _Token:
    end = at
    while end < len(text) and text[end] in "=<>~!":
        end += 1
    sign = text[at:end]
    if sign not in _SIGNS:
        meant = f"did you mean {_MEANT[sign]}? " if sign in _MEANT else ""
        raise wrong(at + 1, f"{sign!r} is not an operator", f"{meant}write = != < <= > >= ~ or !~")
    return _Token("sign", _SIGNS[sign], at + 1, end)


def _quoted(text: str, at: int) -> _Token:
    mark = text[at]
    parts = []
    start = at + 1
    while True:
        end = text.find(mark, start)
        if end < 0:
            raise wrong(
                at + 1, "a quotation mark is open",
                f"end the value with {mark}; a mark inside it is written twice",
            )  # fmt: skip
        parts.append(text[start:end])
        if text[end + 1 : end + 2] != mark:
            return _Token("quoted", mark.join(parts), at + 1, end + 1)
        start = end + 2


def _word(text: str, at: int) -> _Token:
    end = at + 1
    while end < len(text) and not (
        text[end].isspace()
        or text[end] in "(),"
        or _is_sign(text, end)
        or (text[end] in "\"'" and text[end - 1] == ":")
    ):
        end += 1
    return _Token("word", text[at:end], at + 1, end)


# -- sentences --------------------------------------------------------------------------------


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.values = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.position]

    def take(self) -> _Token:
        token = self.tokens[self.position]
        if token.kind != "end":
            self.position += 1
        return token

    def takes(self, keyword: str) -> bool:
        """Step over a keyword, if it comes next."""
        if self.next.keyword != keyword:
            return False
        self.position += 1
        return True

    def whole(self) -> Tree:
        if self.next.kind == "end":
            raise wrong(1, "it is empty", "leave --where out to see everything")
        tree = self.either(0)
        if self.next.kind != "end":
            raise self.unexpected()
        return tree

    def unexpected(self) -> errors.InvalidValue:
        """Say what cannot follow a condition, and what may have been meant."""
        token, before = self.next, self.tokens[self.position - 1]
        if token.kind == ")":
            return wrong(token.at, "')' closes nothing")
        if token.kind == ",":
            return wrong(
                token.at, "',' is not expected",
                "several values stand in brackets: city in (Bern, Basel); decimals have a point",
            )  # fmt: skip
        if token.text in {"&", "&&", "|", "||", ";"}:
            return wrong(token.at, f"{token.shown} is not expected", "write and, or")
        follower = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        starts = (
            ":" in token.text or token.keyword == "not" or token.kind == "("
            or follower.kind == "sign" or follower.keyword in {"in", "is"}
        )  # fmt: skip
        if starts or before.kind == ")":
            return wrong(token.at, f"{token.shown} is not expected", "join conditions with and, or")
        if token.kind in {"word", "quoted"} and before.kind == "word":
            return wrong(
                token.at, f"{token.shown} is not expected",
                f'put a value with blanks in quotation marks: "{before.text} {token.text}"',
            )  # fmt: skip
        return wrong(token.at, f"{token.shown} is not expected", "join conditions with and, or")

    def either(self, depth: int) -> Tree:
        return self.joined("or", depth)

    def joined(self, word: str, depth: int) -> Tree:
        part = self.joined("and", depth) if word == "or" else self.one(depth)
        parts = [part]
        while self.takes(word):
            parts.append(self.joined("and", depth) if word == "or" else self.one(depth))
        return part if len(parts) == 1 else Joined(word, tuple(parts))

    def one(self, depth: int) -> Tree:
        is_negated = False
        while self.takes("not"):
            is_negated = not is_negated
        opening = self.next
        if opening.kind == "(":
            if depth == MOST_BRACKETS:
                raise wrong(opening.at, f"more than {MOST_BRACKETS} brackets stand in each other")
            self.take()
            part = self.either(depth + 1)
            if self.next.kind == "end":
                raise wrong(opening.at, "'(' is never closed")
            if self.next.kind != ")":
                raise self.unexpected()
            self.take()
        else:
            part = self.condition()
        return Not(part) if is_negated else part

    def condition(self) -> Tree:
        token = self.next
        if token.kind != "word" or token.keyword:
            raise wrong(
                token.at, f"a field is expected here, not {token.shown}",
                'write conditions such as role = customer, tag:vip or notes ~ "big order"',
            )  # fmt: skip
        self.take()
        field, colon, rest = token.text.partition(":")
        if colon:
            return self.tagged(token, field, rest)
        at = token.at
        if self.next.kind == "sign":
            sign = self.take().text
            value = self.value()
            if sign in {"=", "!="} and not value.text.strip():
                plain = Condition(field, at, "empty")
            else:
                plain = Condition(field, at, sign.removeprefix("!"), (value,))
            return Not(plain) if sign[0] == "!" else plain
        if self.takes("is"):
            is_negated = self.takes("not")
            if not self.takes("empty"):
                raise wrong(
                    self.next.at, f"'empty' is expected after 'is', not {self.next.shown}",
                    f"write {field} is empty, or {field} = VALUE",
                )  # fmt: skip
            plain = Condition(field, at, "empty")
            return Not(plain) if is_negated else plain
        if self.next.keyword == "in" or self.negates_in():
            is_negated = self.takes("not")
            self.take()
            plain = Condition(field, at, "in", self.several())
            return Not(plain) if is_negated else plain
        return Condition(field, at, "flag")

    def negates_in(self) -> bool:
        return self.next.keyword == "not" and self.tokens[self.position + 1].keyword == "in"

    def tagged(self, token: _Token, field: str, rest: str) -> Tree:
        """Read ``tag:vip`` and ``tag:"big fish"``."""
        if not rest:
            value = self.value()
        else:
            self.count()
            value = Value(rest, token.at + len(field) + 1)
        if not value.text.strip():
            return Condition(field, token.at, "empty")
        return Condition(field, token.at, "=", (value,))

    def several(self) -> tuple[Value, ...]:
        opening = self.take()
        if opening.kind != "(":
            raise wrong(
                opening.at, f"'(' is expected after 'in', not {opening.shown}",
                "write city in (Bern, Basel)",
            )  # fmt: skip
        values = [self.value()]
        while self.next.kind == ",":
            self.take()
            values.append(self.value())
        if self.next.kind == "end":
            raise wrong(opening.at, "'(' is never closed")
        if self.next.kind != ")":
            token, before = self.next, self.tokens[self.position - 1]
            raise wrong(
                token.at, f"{token.shown} is not expected",
                "part values with commas, and put those with blanks in quotation marks:"
                f' "{before.text} {token.text}"' if token.kind == "word" else None,
            )  # fmt: skip
        self.take()
        return tuple(values)

    def value(self) -> Value:
        token = self.next
        follower = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        is_word_in = token.keyword == "in" and follower.text != "("  # direction = in
        if token.kind not in {"word", "quoted"} or (token.keyword and not is_word_in):
            hint = f'put the word in quotation marks: "{token.text}"' if token.keyword else None
            raise wrong(token.at, f"a value is expected here, not {token.shown}", hint)
        self.take()
        self.count()
        after = self.next
        if (
            token.kind == after.kind == "word"
            and token.text[0] in "+-0123456789."
            and len(after.text) == 3
            and after.text.isalpha()
            and not after.keyword
        ):
            # 500 CHF
            self.take()
            return Value(f"{token.text} {after.text}", token.at)
        return Value(token.text, token.at, token.kind == "quoted")

    def count(self) -> None:
        self.values += 1
        if self.values > MOST_VALUES:
            raise errors.InvalidValue(
                f"the filter holds more than {MOST_VALUES} values",
                hint="pipe ids instead: ... -f ids | crm contact show -",
            )
