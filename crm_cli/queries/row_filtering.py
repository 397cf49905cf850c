"""``--where`` on the small lists: the filter language over the keys of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import filter_fields as domain
from crm_cli.domain.filter import Condition, Joined, Not, parse, wrong
from crm_cli.domain.row_filter import Group, Test, as_number, holds
from crm_cli.domain.values import fold
from crm_cli.queries import filter_values
from crm_cli.result import Kind, Level, Message, Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.domain.filter import Tree, Value
    from crm_cli.domain.filter_fields import Field
    from crm_cli.domain.row_filter import Part
    from crm_cli.result import Table
    from crm_cli.session import Session

_KINDS = {
    Kind.ID: "number", Kind.INTEGER: "number", Kind.NUMBER: "number", Kind.RATE: "number",
    Kind.MONEY: "number", Kind.DATE: "day", Kind.INSTANT: "instant", Kind.FLAG: "flag",
    Kind.LIST: "tag", Kind.TEXT: "text",
}  # fmt: skip
_ENDS = {(False, True): "begins", (True, False): "ends", (True, True): "has"}


def narrowed(
    session: Session, table: Table, where: str | None, words: Mapping[str, Sequence[str]], *,
    numbers: Sequence[str] = (),
) -> Result:  # fmt: skip
    """Return the rows of a list that a filter chooses, all without one, and its remarks.

    ``words`` names the text columns that work like a list, with the words that may be in them
    beside those that are, ``numbers`` text columns that hold decimals. Raises InvalidValue as
    ``filtering.read`` does.
    """
    if where is None:
        return Result(body=table)
    reader = _Reader(session, table, words, numbers)
    part = reader.part(parse(where))
    keys = [column.key for column in table.columns]
    rows = [row for row in table.rows if holds(part, dict(zip(keys, row, strict=True)))]
    return Result(body=table._replace(rows=rows), messages=reader.remarks)


class _Reader:
    """Turns a tree of words into a tree of tests of a table's columns."""

    def __init__(
        self, session: Session, table: Table, words: Mapping[str, Sequence[str]],
        numbers: Sequence[str],
    ) -> None:  # fmt: skip
        self.session = session
        self.table = table
        self.words = words
        self.remarks: list[Message] = []
        kinds = {column.key: _KINDS[column.kind] for column in table.columns}
        kinds.update(dict.fromkeys(words, "word") | dict.fromkeys(numbers, "number"))
        self.fields = {key: domain.Field(key, kind) for key, kind in kinds.items()}

    def part(self, tree: Tree) -> Part:
        if isinstance(tree, Not):
            return Group("not", (self.part(tree.part),))
        if isinstance(tree, Joined):
            return Group(tree.word, tuple(self.part(part) for part in tree.parts))
        return self.tested(tree)

    def tested(self, condition: Condition) -> Part:
        field = domain.find(self.table.noun, self.fields, condition.field, condition.at)
        domain.check_sign(field, condition.sign, condition.at)
        if condition.sign in {"empty", "flag"}:
            return Test(field, condition.sign)
        sign = "=" if condition.sign == "in" else condition.sign
        found = []
        for value in condition.values:
            if not value.text.strip():
                raise wrong(value.at, "the value is empty", f"write {field.name} is empty")
            try:
                found.append(self.test(field, sign, value))
            except errors.InvalidValue as error:
                if error.message.startswith("filter, "):
                    raise
                raise domain.bad_value(value.at, error) from None
        return found[0] if len(found) == 1 else Group("or", tuple(found))

    def test(self, field: Field, sign: str, value: Value) -> Part:
        if field.kind == "flag":
            test = Test(field, "flag")
            return test if filter_values.yes_or_no(value.text) else Group("not", (test,))
        if field.kind == "number":
            number = self.number(value.text)
            return _ordered(field, sign, number, number)
        if field.kind == "instant" and (timed := filter_values.moments(self.session, value.text)):
            return _ordered(field, sign, *timed)
        if field.kind in {"day", "instant"}:
            low, high = filter_values.days(self.session, value.text)
            ends = low.isoformat(), high.isoformat()
            if value.text.strip() != ends[0]:
                span = ends[0] if low == high else f"{ends[0]} to {ends[1]}"
                self.remarks.append(Message(f"{field.name} {value.text.strip()!r}: {span}"))
            if field.kind == "instant":
                ends = filter_values.instants(self.session, low, high)
            return _ordered(field, sign, *ends)
        return self.text(field, sign, value)

    def number(self, text: str) -> Any:
        from decimal import InvalidOperation

        try:
            found = as_number(text.strip().removeprefix("#"))
        except InvalidOperation:
            found = None
        if found is None or not found.is_finite():
            raise errors.InvalidValue(f"{text!r} is not a number", hint="write it as 2 or 0.5")
        return found

    def text(self, field: Field, sign: str, value: Value) -> Test:
        typed = value.text.strip()
        if sign == "~":
            return Test(field, "has", fold(typed))
        if not value.is_quoted and typed.strip("*") and "*" in (typed[0], typed[-1]):
            how = _ENDS[typed[0] == "*", typed[-1] == "*"]
            return Test(field, how, fold(typed.strip("*")))
        self.check(field, value)
        return Test(field, "in", fold(typed))

    def check(self, field: Field, value: Value) -> None:
        """Say that no row has a text: an error where it is one of a list, else a remark."""
        at = [column.key for column in self.table.columns].index(field.name)
        known: dict[str, str] = {fold(word): word for word in self.words.get(field.name, ())}
        for row in self.table.rows:
            cells = row[at] if isinstance(row[at], list | tuple) else [row[at]]
            known.update({fold(str(cell)): str(cell) for cell in cells if cell is not None})
        if fold(value.text) in known:
            return
        from difflib import get_close_matches

        near = get_close_matches(fold(value.text), known, 1, 0.6)
        hint = f"did you mean {known[near[0]]}?" if near else None
        message = f"no {self.table.noun} has the {field.name.replace('_', ' ')} {value.text!r}"
        if known and field.kind in {"word", "tag"}:
            raise wrong(value.at, message, hint or f"it is one of {', '.join(known.values())}")
        self.remarks.append(Message(message + (f"; {hint}" if hint else ""), Level.WARNING))


def _ordered(field: Field, sign: str, low: Any, high: Any) -> Test:
    """Return the test of a value that reaches from ``low`` to ``high``, as a month does."""
    if sign == "=":
        return Test(field, "span", (low, high))
    return Test(field, sign, low if sign in {"<", ">="} else high)
