"""Winning leads: the contact becomes a customer, and the sale is written where it is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import money_text
from crm_cli.result import Level, Message
from crm_cli.services import leads, leads_moves
from crm_cli.services.leads_change import carry_out_on, in_words, open_ones, telling
from crm_cli.store import purchases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.domain.stage import Stage
    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.services.bulk import Work
    from crm_cli.services.leads import LeadFields
    from crm_cli.services.leads_change import Row
    from crm_cli.session import Session


def win(session: Session, selection: Selection, fields: LeadFields) -> Result:
    """Close leads as won; ``amount`` becomes the value, ``purchase`` and ``product`` write the
    sale on the closing day.

    Raises Refused for a closed lead and for a sale that is written already, InvalidValue, and
    UsageError for a sale without an amount.
    """
    given = fields.given

    def prepare(work: Work) -> None:
        rows = open_ones(work, selection)
        if len(rows) > 1 and given.get("amount") is not None:
            raise errors.InvalidValue(
                "several leads cannot get one amount", hint="win them one by one"
            )
        made: dict[str, int] = {}
        for row in rows:
            close(work, row, leads_moves.closing_stage(work, row, "won", given), given, made)
        work.remarks[:] = dict.fromkeys(work.remarks)

    return carry_out_on(session, selection, ("win", "won"), prepare, given=given)


def close(
    work: Work, row: Row, stage: Stage, given: Mapping[str, Any],
    made: dict[str, int] | None = None,
) -> None:  # fmt: skip
    """Win one lead within a bulk change; ``made`` holds the products made before it."""
    told = leads.money_cells(work.unit.session, row, given, "amount")
    told |= leads_moves.noted(row, given)
    is_sale = bool(given.get("purchase")) or given.get("product") is not None
    if is_sale:
        _refuse_sale(row, {**row, **told})
        told["purchase_id"] = work.unit.draw("purchases")
    at = leads_moves.change(work, row, stage, given, told)
    if told and "value" in told:
        work.note([row["id"]], telling(row["id"], in_words(row, told)))
    _warn_of_value(work, {**row, **told})
    if is_sale:
        _sell(work, {**row, **told}, at, given, {} if made is None else made)
    from crm_cli.services.purchases import lift

    lift(work.unit, row["contact_id"], work.remarks)
    leads_moves.tell_follow_ups(work, row, given)


def _warn_of_value(work: Work, after: Mapping[str, Any]) -> None:
    """Warn of a lead that is won without a value, or with another than its sale, which was
    written when it was won before, has."""
    number, lead = after["id"], f"lead {after['id']}"
    if after["value"] is None:
        if len(work.ids) > leads_moves.MOST_SAID:
            number, lead = "LEAD", "of them, one or more"
        work.remarks.append(
            Message(
                f"{lead} is won without a value, so sums leave it out (crm lead reopen {number},"
                f" then crm lead win {number} AMOUNT)",
                Level.WARNING,
            )
        )
        return
    sale = after["purchase_id"]
    row = purchases.row(work.connection, sale) if sale is not None else None
    if row is None or (row["amount"], row["currency"]) == (after["value"], after["currency"]):
        return
    amount, value = (
        _money(row["amount"], row["currency"]),
        _money(after["value"], after["currency"]),
    )
    work.remarks.append(
        Message(
            f"purchase {sale}, the sale of {lead}, says {amount} and the lead {value}"
            f" (crm purchase edit {sale} --amount '{value}')",
            Level.WARNING,
        )
    )


def _money(value: int | None, currency: str) -> str:
    return "no amount" if value is None else f"{money_text(value, currency)} {currency}"


def _refuse_sale(row: Row, after: Mapping[str, Any]) -> None:
    if row["purchase_id"] is not None:
        raise errors.Refused(
            f"the sale of lead {row['id']} is written already: purchase {row['purchase_id']}",
            hint="win it without --purchase and --product",
        )
    if after["value"] is None:
        raise errors.UsageError(
            f"how much was lead {row['id']}? It has no value",
            hint=f"crm lead win {row['id']} AMOUNT --purchase",
        )


def _sell(
    work: Work, row: Mapping[str, Any], at: str, given: Mapping[str, Any], made: dict[str, int]
) -> None:
    """Write the sale of a lead on the day on which it was closed at the instant ``at``."""
    from crm_cli.services import fields as custom
    from crm_cli.services.purchase_lines import Line, line_cells
    from crm_cli.services.purchases import UNSETTABLE

    unit = work.unit
    zone = unit.session.zone
    day = datetime.fromisoformat(at).astimezone(zone).date().isoformat()
    amount = f"{money_text(row['value'], row['currency'])} {row['currency']}"
    product = given.get("product") or row["title"]
    line = line_cells(unit, {}, Line(product, amount, None), made, work.remarks)
    told = {"product": product, "on": day, "amount": amount, "campaign": row["campaign"]}
    unit.insert(
        "purchases", id=row["purchase_id"], contact_id=row["contact_id"], kind="sale",
        purchased_on=day, campaign=row["campaign"], **line,
    )  # fmt: skip
    try:
        split = custom.split(unit.connection, "purchase", told, UNSETTABLE)
        custom.write(unit, "purchase", row["purchase_id"], split, work.remarks, is_new=True)
    except errors.InvalidValue as error:
        raise errors.InvalidValue(
            f"the sale cannot be written with the lead: {error.message}",
            hint="win it without --purchase, then: crm purchase add",
        ) from None
    unit.count_records(1)
    work.remarks.append(Message(f"wrote purchase {row['purchase_id']}: {product}, {amount}, {day}"))
