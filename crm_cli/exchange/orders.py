"""Exports that write an order on several rows, with what concerns the whole order on the first.

Rows are completed and what stands per order is brought down to the lines: a discount of the
whole order is spread over its lines in proportion, a refund is held to what the lines cost.
The result is again a row under the same header, so that a rejected line can be fed back alone.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from crm_cli.exchange.columns import normal
from crm_cli.exchange.refed import is_refed

if TYPE_CHECKING:
    from collections.abc import Generator

    from crm_cli.exchange.columns import Plan

Row = tuple[int, list[str], str | None]

_CENT = Decimal("0.01")
_NOT_SHARED = "its order has a line that cannot be read, so that the discount cannot be shared out"


def completed(rows: Generator[Row], header: list[str], plan: Plan) -> Generator[Row]:
    """Yield the rows with order-level cells filled down and amounts brought to the lines."""
    preset = plan.preset
    if preset is None or preset.order is None:
        yield from rows
        return
    titles = {normal(title): at for at, title in enumerate(plan.names)}
    order_at = titles.get(normal(preset.order), plan.index("order_number"))
    if order_at < 0:
        yield from rows
        return
    down = [titles[normal(name)] for name in preset.filled_down if normal(name) in titles]
    # Lines of a reject file have their part of the discount already, but for those below.
    spread = preset.spread_discount
    refed = is_refed(header)
    group: list[Row] = []
    for row in rows:
        same = group and row[2] is None and row[1][order_at] == group[0][1][order_at]
        if group and not same:
            yield from _finished(group, down, plan, spread=spread and _is_whole(group, refed=refed))
            group = []
        if row[2] is None and row[1][order_at]:
            group.append(row)
        else:
            yield row
    yield from _finished(group, down, plan, spread=spread and _is_whole(group, refed=refed))


def _is_whole(group: list[Row], *, refed: bool) -> bool:
    """Say whether the discount that stands on an order's lines is the whole order's."""
    return not refed or any(cells[-1] == _NOT_SHARED for _, cells, _ in group)


def _finished(group: list[Row], down: list[int], plan: Plan, *, spread: bool) -> list[Row]:
    if not group:
        return []
    first = group[0][1]
    for _, cells, _ in group[1:]:
        for at in down:
            cells[at] = cells[at] or first[at]
    refund = plan.index("order_refund")
    for _, cells, _ in group[1:] if refund >= 0 else ():
        cells[refund] = ""  # Some exports write it on every line.
    if spread:
        group = _with_shares(group, plan)
    try:
        _spread(group, plan)
    except InvalidOperation:
        pass  # A number that cannot be read is reported with its own row.
    return group


def _number(cells: list[str], at: int) -> Decimal:
    return Decimal(cells[at].strip() or "0") if at >= 0 else Decimal(0)


def _lines(group: list[Row], plan: Plan) -> list[Decimal]:
    """Return what each line costs before its discount."""
    price, quantity, amount = (plan.index(name) for name in ("price", "quantity", "amount"))
    return [
        _number(cells, amount)
        if amount >= 0 and cells[amount].strip()
        else _number(cells, price) * _number(cells, quantity)
        for _, cells, _ in group
    ]


def _with_shares(group: list[Row], plan: Plan) -> list[Row]:
    """Give every line its part of the discount that the first line tells of the whole order.

    Where a line cannot be read no part is known, and the others wait with it.
    """
    at = plan.index("line_discount")
    try:
        if at >= 0 and _number(group[0][1], at):
            _share(group, at, _lines(group, plan))
    except InvalidOperation:
        return [row if _is_bad(row, plan) else (row[0], row[1], _NOT_SHARED) for row in group]
    return group


def _is_bad(row: Row, plan: Plan) -> bool:
    try:
        _lines([row], plan)
    except InvalidOperation:
        return True
    return False


def _share(group: list[Row], at: int, lines: list[Decimal]) -> None:
    left = abs(_number(group[0][1], at))
    weight = sum(lines, Decimal(0))
    for (_, cells, _), line in zip(group, lines, strict=True):
        share = (left * line / weight).quantize(_CENT, ROUND_HALF_UP) if weight else left
        cells[at] = str(share) if share else ""
        left, weight = left - share, weight - line


def _spread(group: list[Row], plan: Plan) -> None:
    discount = plan.index("line_discount")
    subtotal, refund = plan.index("order_subtotal"), plan.index("order_refund")
    lines = [
        line - _number(cells, discount)
        for line, (_, cells, _) in zip(_lines(group, plan), group, strict=True)
    ]
    total = sum(lines, Decimal(0))
    first = group[0][1]
    if subtotal >= 0 and discount >= 0 and first[subtotal].strip() and total > 0:
        rest = total - _number(first, subtotal)
        left, weight = rest, total
        if 0 < rest <= total:
            for (_, cells, _), line in zip(group, lines, strict=True):
                share = (left * line / weight).quantize(_CENT, ROUND_HALF_UP) if weight else left
                cells[discount] = str(_number(cells, discount) + share)
                left, weight = left - share, weight - line
            total -= rest
        first[subtotal] = ""
    if refund >= 0 and _number(first, refund) > total:
        first[refund] = str(total)
