"""Whose a new lead is: who was named, else by the routes, else its contact's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.route import Pending
from crm_cli.result import Message
from crm_cli.services.lead_routes import Router

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.domain.stage import Stage
    from crm_cli.services.leads_party import Party
    from crm_cli.services.unit import Unit


class Turns:
    """The routes at work while leads are added in one unit."""

    def __init__(self, unit: Unit, given: Mapping[str, Any], remarks: list[Message]) -> None:
        self._router = Router(unit.session, unit.connection)
        self._given = given
        self._remarks = remarks
        remarks += self._router.remarks

    def cells(self, party: Party, stage: Stage, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns owner and route_id of a lead, nothing where no route fits."""
        made: dict[str, Any] = {}
        if party.row is None:
            made = {"contact": party.name, "company": self._given.get("company"),
                    "role": "prospect"}  # fmt: skip
        lead = Pending(
            contact_id=None if party.row is None else party.id, contact=made,
            title=cells.get("title"), source=cells.get("source"), campaign=cells.get("campaign"),
            value=cells.get("value"), currency=cells.get("currency"), pipeline=stage.pipeline,
            tag=self._given.get("tag", ()),
        )  # fmt: skip
        found = self._router.assign(lead)
        if found is None:
            return {}
        self._remarks.append(Message(f"{found.owner} gets it: {found.reason}"))
        return {"owner": found.owner, "route_id": found.route_id}
