"""Exports that write an order on several rows, with what concerns the whole order on the first.

Rows are completed and what stands per order is brought down to the lines: a discount of the
whole order is spread over its lines in proportion, a refund is held to what the lines cost.
The result is again a row under the same header, so that a rejected line can be fed back alone.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from crm_cli.exchange.columns import normal

if TYPE_CHECKING:
    from collections.abc import Generator

    from crm_cli.exchange.columns import Plan

Row = tuple[int, list[str], str | None]

_CENT = Decimal("0.01")


def completed(rows: Generator[Row], header: list[str], plan: Plan) -> Generator[Row]:
    """Yield the rows with order-level cells filled down and amounts brought to the lines."""
    preset = plan.preset
    if preset is None or preset.order is None:
        yield from rows
        return
    titles = {normal(title): at for at, title in enumerate(header)}
    order_at = titles[normal(preset.order)]
    down = [titles[normal(name)] for name in preset.filled_down if normal(name) in titles]
    instead = [
        (titles[normal(name)], [titles[normal(other)] for other in others
                                if normal(other) in titles])
        for name, others in preset.instead.items()
        if normal(name) in titles
    ]  # fmt: skip
    group: list[Row] = []
    for row in rows:
        same = group and row[2] is None and row[1][order_at] == group[0][1][order_at]
        if group and not same:
            yield from _finished(group, down, plan)
            group = []
        if row[2] is None:
            for at, others in instead:
                cells = row[1]
                cells[at] = cells[at] or next((cells[x] for x in others if cells[x]), "")
        if row[2] is None and row[1][order_at]:
            group.append(row)
        else:
            yield row
    yield from _finished(group, down, plan)


def _finished(group: list[Row], down: list[int], plan: Plan) -> list[Row]:
    if not group:
        return []
    first = group[0][1]
    for _, cells, _ in group[1:]:
        for at in down:
            cells[at] = cells[at] or first[at]
    try:
        _spread(group, plan)
    except InvalidOperation:
        pass  # A number that cannot be read is reported with its own row.
    return group


def _number(cells: list[str], at: int) -> Decimal:
    return Decimal(cells[at].strip() or "0") if at >= 0 else Decimal(0)


def _spread(group: list[Row], plan: Plan) -> None:
    price, quantity = plan.index("price"), plan.index("quantity")
    discount = plan.index("line_discount")
    subtotal, refund = plan.index("order_subtotal"), plan.index("order_refund")
    lines = [
        _number(cells, price) * _number(cells, quantity) - _number(cells, discount)
        for _, cells, _ in group
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
