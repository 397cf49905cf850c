"""One test of a filter in SQL: a column compared with bound values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import may_be_written_out
from crm_cli.store.filter_sources import ROWS, Source, source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.domain.filter_fields import Field


class Test(NamedTuple):
    """One test of a field, its values read.

    ``sign``: ``in`` (one of the values), ``span`` (within one of the (low, high) pairs), ``<
    <= > >=``, ``has begins ends`` (a part of the text), ``empty``, ``flag``. Days are ISO text,
    money minor units, or ten-thousandths where the row has the currency.
    """

    field: Field
    sign: str
    values: tuple[Any, ...] = ()
    is_negated: bool = False
    currency: str | None = None


class Parameters:
    """The bound values of a statement, named as they come."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        """Bind a value and return what stands for it in the statement."""
        name = f"w{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def several(self, values: Sequence[Any]) -> str:
        """Return what stands after IN; many values go as one list."""
        if len(values) <= 50:
            return f"({', '.join(map(self.add, values))})"
        import json

        return f"(SELECT value FROM json_each({self.add(json.dumps(values))}))"


def plain_condition(noun: str, test: Test, holder: Parameters, *, is_led: bool) -> str:
    """Return the condition that a test is; ``is_led``: another leads to the rows."""
    found = source(noun, test.field)
    if test.sign == "empty":
        return found.empty or f"{found.column} IS NULL"
    if test.field.kind == "birthday" and test.sign in {"begins", "ends"}:
        # A month (-05-) or a day of the year (-05-31), whatever the year.
        tail = "substr(c.birthday, -6)"
        return comparison(test, Source(tail), holder)
    if found.key and test.sign == "in":
        return f"{found.key} IN {holder.several(test.values)}"
    condition = comparison(test, found, holder)
    if test.currency is not None:
        own = f"{ROWS[noun][1]}.currency"
        column = "v.currency" if test.field.custom is not None else own
        condition = f"{condition} AND {column} = {holder.add(test.currency)}"
    if is_led and found.beside:
        return found.beside.format(f"({condition})")
    return found.within.format(condition)


HIGHEST = "\U0010ffff"
"""Sorts after everything that may follow a prefix."""


def comparison(test: Test, found: Source, holder: Parameters) -> str:
    """Return the comparison of a column with the values."""
    column = found.column
    if test.sign == "flag":
        return column
    if test.field.kind == "external" and test.sign == "in":
        return " OR ".join(_external(pair, holder) for pair in test.values)
    if found.is_folded and test.sign in {"in", "begins", "ends", "has"}:
        return f"({' OR '.join(_folded(test.sign, column, v, holder) for v in test.values)})"
    if found.is_folded and test.sign in {"<=", ">"}:
        # A second line, with umlauts written out, makes a name no greater than itself.
        sign = "<" if test.sign == "<=" else ">="
        return f"{column} {sign} {holder.add(test.values[0] + chr(11))}"
    if test.field.kind == "code":
        return _code(test, column, holder)
    if test.sign == "in":
        if len(test.values) == 1:
            return f"{column} = {holder.add(test.values[0])}"
        return f"{column} IN {holder.several(test.values)}"
    if test.sign == "span":
        spans = [_span(column, low, high, holder) for low, high in test.values]
        return spans[0] if len(spans) == 1 else f"({' OR '.join(spans)})"
    (value,) = test.values
    if test.sign == "has":
        return f"instr({column}, {holder.add(value)}) > 0"
    if test.sign == "begins":
        return f"{column} >= {holder.add(value)} AND {column} < {holder.add(value + HIGHEST)}"
    if test.sign == "ends":
        name = holder.add(value)
        return f"substr({column}, -length({name})) = {name}"
    return f"{column} {test.sign} {holder.add(value)}"


def _span(column: str, low: Any, high: Any, holder: Parameters) -> str:
    if low == high:
        return f"{column} = {holder.add(low)}"
    return f"{column} BETWEEN {holder.add(low)} AND {holder.add(high)}"


def _code(test: Test, column: str, holder: Parameters) -> str:
    """Codes are compared without the case of ASCII letters."""
    if test.sign == "in":
        return f"{column} COLLATE NOCASE IN {holder.several(test.values)}"
    (value,) = test.values
    if test.sign == "has":
        return f"instr(lower({column}), lower({holder.add(value)})) > 0"
    name = holder.add(value)
    if test.sign == "begins":
        return f"substr({column}, 1, length({name})) = {name} COLLATE NOCASE"
    if test.sign == "ends":
        return f"substr({column}, -length({name})) = {name} COLLATE NOCASE"
    return f"{column} {test.sign} {name} COLLATE NOCASE"


def _folded(sign: str, column: str, value: str, holder: Parameters) -> str:
    """Compare with the lines of a folded column: the first by index, the second (umlauts
    written out) only for text that could be one."""
    name = holder.add(value)
    is_written_out = may_be_written_out(value)
    if sign in {"has", "ends"}:
        end = " || char(10)" if sign == "ends" else ""
        condition = f"instr({column}{end}, {name}{end}) > 0"
        first = f"instr({column}{end}, {name}{end}) < instr({column} || char(10), char(10))"
        return condition if is_written_out else f"({condition} AND {first})"
    if sign == "begins":
        condition = f"({column} >= {name} AND {column} < {holder.add(value + HIGHEST)})"
        second = f"instr({column}, char(10) || {name}) > 0"
    else:
        condition = (
            f"{column} = {name}"
            f" OR ({column} > {name} || char(10) AND {column} < {name} || char(11))"
        )
        second = f"instr({column} || char(10), char(10) || {name} || char(10)) > 0"
    return f"{condition} OR {second}" if is_written_out else condition


def _external(pair: tuple[str, str, str], holder: Parameters) -> str:
    """``shop:1`` is a value of a system, or a value with a colon in it."""
    whole, system, value = pair
    condition = f"x.value = {holder.add(whole)}"
    if not system:
        return condition
    return (
        f"{condition} OR (x.value = {holder.add(value)}"
        f" AND x.system = {holder.add(system)} COLLATE NOCASE)"
    )
