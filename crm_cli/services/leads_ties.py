"""What becomes of leads, and of what names them, when contacts or purchases go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store import contact_removal

if TYPE_CHECKING:
    from crm_cli.services.unit import Unit


def untie(unit: Unit, contact_ids: str) -> None:
    """Free what stays from what goes with contacts (a JSON array) that are deleted: leads they
    referred or bought by, talks of others about a lead of theirs."""
    for (table, column), where in contact_removal.LEADS_OF_OTHERS.items():
        unit.update_where(table, {column: None}, where, {"ids": contact_ids})


def forget_purchases(unit: Unit, purchase_ids: str) -> None:
    """Let won leads stand without the sales (a JSON array of ids) that are deleted."""
    where = contact_removal.WON_BY_THEM
    unit.update_where("leads", {"purchase_id": None}, where, {"ids": purchase_ids})
