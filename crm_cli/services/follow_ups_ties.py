"""What becomes of follow-ups when the contact, purchase or talk they are tied to goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.result import Message
from crm_cli.store import follow_ups as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.unit import Unit


def untie(unit: Unit, contact_ids: str) -> None:
    """Free the follow-ups of others from what goes with contacts (a JSON array) that are deleted:
    a purchase or a talk that came to them later."""
    for row in store.tied_to(unit.connection, contact_ids):
        ties = {name: None for name, value in row.items() if name != "id" and value is not None}
        unit.update("follow_ups", row["id"], row, {**ties})


def hand_over(
    unit: Unit, purchase_ids: Sequence[int], contact_id: int, remarks: list[Message]
) -> None:
    """Let the open follow-ups of purchases go along to the contact that they are handed to."""
    for purchase_id in purchase_ids:
        asked = {"purchase": purchase_id, "state": "open"}
        for found in store.listed(unit.connection, asked):
            row = {"contact_id": found.contact_id, "sequence": found.sequence}
            cells = {"contact_id": contact_id, "sequence": found.sequence + 1}
            unit.update("follow_ups", found.id, row, cells)
            remarks.append(Message(f"its follow-up {found.id} moved along"))


def forget_purchases(unit: Unit, purchase_ids: str) -> None:
    """Delete what rules made of these purchases (a JSON array): service, dates; free what people
    made from them."""
    named = {"ids": purchase_ids}
    unit.update_where("follow_ups", {"purchase_id": None}, store.BY_HAND, named)
    unit.delete_where("follow_ups", store.BY_RULE, named)
