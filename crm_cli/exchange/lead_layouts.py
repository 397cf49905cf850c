"""Leads in the layout of another product, to leave to; and what that layout cannot carry."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crm_cli.exchange.cells import join_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from crm_cli.exchange.preset import Preset

_CLOSED = {"won": "Closed Won", "lost": "Closed Lost"}
_PLAIN = ("title", "value", "currency", "owner", "source", "campaign", "competitor", "notes")
_LOST = {"referred_by": "referrers", "next_follow_up_on": "next steps", "purchase_id": "sales"}


class LeadLayout:
    """The columns of a product and what goes into them; ``lost`` counts what no column took."""

    def __init__(
        self, preset: Preset, zone: tzinfo, stages: Mapping[str, str], reasons: Mapping[str, str]
    ) -> None:
        self.preset = preset
        self.header = list(preset.layout)
        self.lost: Counter[str] = Counter()
        self._zone = zone
        self._stages = stages
        self._reasons = reasons
        self._titles: dict[str, str] = {}
        for title in self.header:
            found = preset.target(title)
            if found is None:
                raise ValueError(title)
            self._titles.setdefault(found[0].field, title)

    def row(self, lead: Mapping[str, Any], contact: Mapping[str, Any]) -> dict[str, str]:
        """Return title -> cell of a lead, a JSON record as its contact's is."""
        cells: dict[str, str] = {}
        for name in _PLAIN:
            self._put(cells, name, lead[name])
        self._put_standing(cells, lead)
        self._put_days(cells, lead)
        self._put_contact(cells, contact)
        if lead["loss_reason"]:
            reason = lead["loss_reason"]
            self._put(cells, "loss_reason", self._reasons.get(reason, reason))
        if lead["tags"]:
            separator = self.preset.tag_separator
            words = [join_list([tag]) if separator.strip() in tag else tag for tag in lead["tags"]]
            self._put(cells, "tags", separator.join(words))
        system, _, value = (lead["external_id"] or "").partition(":")
        if value and system == self.preset.source:
            self._put(cells, "external_id", value)
        elif lead["external_id"]:
            self.lost["external ids"] += 1
        for key, what in _LOST.items():
            self.lost[what] += lead.get(key) is not None
        for name, value in (lead["fields"] or {}).items():
            self.lost[name] += value is not None
        return cells

    def _put(self, cells: dict[str, str], name: str, value: Any) -> None:
        if value in (None, ""):
            return
        if name in self._titles:
            cells[self._titles[name]] = str(value)
        else:
            self.lost[name.replace("_", " ")] += 1

    def _put_standing(self, cells: dict[str, str], lead: Mapping[str, Any]) -> None:
        state, odds = lead["state"], lead["probability"]
        pipeline = lead["pipeline"]
        self._put(cells, "pipeline", self._stages.get(pipeline, pipeline))
        stage = self._stages.get(f"{lead['pipeline']}/{lead['stage']}", lead["stage"])
        if "state" in self._titles:
            cells[self._titles["state"]] = state.capitalize()
            stage = stage if state == "open" else ""
        elif state in _CLOSED:
            stage = _CLOSED[state]
        self._put(cells, "stage", stage)
        if state == "open":
            shown = odds if self.preset.odds == "fraction" else odds * 100
            self._put(cells, "probability", f"{shown:.4f}".rstrip("0").rstrip("."))

    def _put_days(self, cells: dict[str, str], lead: Mapping[str, Any]) -> None:
        self._put(cells, "opened_at", self._wall(lead["opened_at"]))
        closed = self._wall(lead["closed_at"]) if lead["closed_at"] else None
        if "close_date" in self._titles:
            self._put(cells, "close_date", closed or lead["expected_on"])
            self.lost["expected days of closed leads"] += bool(closed and lead["expected_on"])
        else:
            self._put(cells, "closed_at", closed)
            self._put(cells, "expected_on", lead["expected_on"])

    def _wall(self, instant: str) -> str:
        moment = datetime.fromisoformat(instant).astimezone(self._zone)
        return moment.replace(tzinfo=None).isoformat(" ")

    def _put_contact(self, cells: dict[str, str], contact: Mapping[str, Any]) -> None:
        email = next((entry["value"] for entry in contact["emails"]), None)
        phone = next((entry["value"] or entry.get("raw") for entry in contact["phones"]), None)
        if contact["kind"] == "company":
            self._put(cells, "company", contact["name"])
            return
        name = contact["name"]
        if email and "email" not in self._titles and name != email:
            name = f"{name} ({email})"
        self._put(cells, "name", name)
        self._put(cells, "company", contact["company"])
        if "email" in self._titles:
            self._put(cells, "email", email)
        if "phone" in self._titles:
            self._put(cells, "phone", phone)
