"""Leads in the layouts of other products: what comes back from them is what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.exchange.presets import LEAD_LAYOUTS
from tests.leads.test_import import files, leads

if TYPE_CHECKING:
    from tests.imports.helpers import Files

__all__ = ["files"]

DEALS = (
    "title,name,email,account,stage,amount,currency,probability,close date,created,owner,lost reason,"
    "notes,tags\n"
    "Windows,Ada Lovelace,ada@x.org,Analytical Ltd,won,12000,CHF,,2026-05-04 10:15,2026-03-01 09:00,"
    "zoe,,Oak,hot\n"
    "Doors,,,Beta GmbH,proposal,800.50,EUR,33,2026-08-31,2026-04-02 08:30,max,,,\n"
    "Roof,,,Beta GmbH,lost,,,,2026-06-01 12:00,2026-05-01 12:00,,Too expensive,,\n"
)
KEPT = (
    "l.title", "c.name", "s.key", "l.state", "l.value", "l.currency", "l.probability",
    "l.expected_on", "l.opened_at", "l.closed_at", "l.owner", "l.loss_reason", "l.notes",
)  # fmt: skip


@pytest.mark.parametrize("product", LEAD_LAYOUTS)
def test_what_was_written_comes_back(
    files: Files, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.crm("config", "set", "timezone", "Europe/Zurich")
    files.load("lead", DEALS)
    before = leads(files, *KEPT)
    path = files.folder / "leave.csv"
    said = files.crm("lead", "export", path, "--layout", product).err
    assert "exported 3 leads" in said
    assert ("tags" in said) == (product == "salesforce")
    files.crm.db = files.folder / "other.db"
    monkeypatch.setenv("CRM_DB", str(files.crm.db))
    files.crm("config", "set", "timezone", "Europe/Zurich")
    result: dict[str, Any] = files.crm.json("lead", "import", path)
    assert (result["created"], result["unknown_columns"]) == (3, [])
    assert leads(files, *KEPT) == before
    assert files.rows("SELECT value FROM emails") == [("ada@x.org",)]


def test_what_has_no_place_is_named(files: Files) -> None:
    files.load("lead", "id,title,account,next step,next step date\n7,Doors,Beta,Call,2026-08-01\n")
    said = files.crm("lead", "export", "-", "--layout", "zoho").err
    assert "has no place for: external ids (1), next steps (1)" in said
    assert "shopify" in files.crm("lead", "export", "--layout", "shopify", code=2).err
