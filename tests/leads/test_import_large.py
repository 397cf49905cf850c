"""Ten thousand leads as HubSpot and Salesforce export them: every oddity met with the right figure
or a warning that names it, held against the generator's own reckoning."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.leads import generated
from tests.leads.test_import import files, kinds

if TYPE_CHECKING:
    from tests.imports.helpers import Files

__all__ = ["files"]

COUNT = 10_000


def check(files: Files, result: dict[str, Any], expected: generated.Expected) -> None:
    """The store holds what the file means."""
    assert result["read"] == expected.read
    assert result["created"] == expected.created
    assert (result["unchanged"], result["rejected"]) == (expected.repeated, expected.rejected)
    said = kinds(result)
    spelt = said.pop("company-spelt")
    assert said.pop("loss-reason") == 1
    # Of people whom rows place in several companies the first row is believed.
    assert said.pop("contact-differs") > 100
    assert said == {kind: count for kind, count in expected.warnings.items() if count}
    assert spelt > 100

    rows = files.rows
    assert dict(rows("SELECT s.key, count(*) FROM leads l JOIN stages s ON s.id = l.stage_id"
                     " GROUP BY 1")) == expected.stages  # fmt: skip
    sums = rows("SELECT state, currency, sum(value) FROM leads WHERE value IS NOT NULL"
                " GROUP BY 1, 2")  # fmt: skip
    assert {(state, currency): value for state, currency, value in sums} == expected.values
    assert dict(rows("SELECT owner, count(*) FROM leads GROUP BY 1")) == expected.owners
    reasons = rows("SELECT loss_reason, count(*) FROM leads WHERE state = 'lost' GROUP BY 1")
    assert dict(reasons) == expected.reasons
    for column, days in (("opened_at", expected.opened_days), ("closed_at", expected.closed_days)):
        found = rows(f"SELECT substr({column}, 1, 10), count(*) FROM leads"
                     f" WHERE {column} IS NOT NULL GROUP BY 1")  # fmt: skip
        assert Counter(dict(found)) == days

    # A company is one however it is spelt, a person one by the address.
    assert dict(rows("SELECT kind, count(*) FROM contacts GROUP BY 1")) == {
        "company": len(expected.companies),
        "person": len(expected.people) + len(expected.titles),
    }
    # No stay ends before it began, and each begins when the one before ended.
    assert rows("SELECT count(*) FROM stage_changes a JOIN stage_changes b ON b.lead_id = a.lead_id"
                " AND b.id = a.id + 1 WHERE a.left_at IS NOT b.entered_at") == [(0,)]  # fmt: skip
    assert rows("SELECT count(*) FROM leads WHERE closed_at < opened_at") == [(0,)]
    assert rows("SELECT count(*) FROM stage_changes WHERE left_at IS NULL") == [(expected.created,)]

    weighted: Counter[str] = Counter()
    for lead in files.crm.json("lead", "list", "--state", "open"):
        if lead["weighted_value"] is not None:
            weighted[lead["currency"]] += int(lead["weighted_value"].replace(".", ""))
    assert weighted == expected.weighted


def check_again(
    files: Files, content: str | bytes, expected: generated.Expected, *options: str
) -> None:
    """The same file changes nothing, and one undo takes all of it back."""
    before = files.dump()
    again = files.load("lead", content, *options, code=6)
    assert (again["created"], again["updated"], again["import"]) == (0, 0, None)
    assert again["rejected"] == expected.rejected
    assert files.dump() == before
    files.crm("undo")
    for table in ("leads", "stage_changes", "contacts", "emails"):
        assert files.rows(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("seed", [1])
def test_hubspot_deals(files: Files, seed: int) -> None:
    text, expected = generated.hubspot(seed, COUNT)
    result = files.load("lead", text, code=6)
    check(files, result, expected)
    assert min(expected.warnings.values()) >= 20
    check_again(files, text, expected)


@pytest.mark.parametrize("seed", [2])
def test_salesforce_opportunities(files: Files, seed: int) -> None:
    content, expected = generated.salesforce(seed, COUNT)
    options = ("--dates", "dmy", "--decimal", ",")
    result = files.load("lead", content, *options, code=6)
    check(files, result, expected)
    assert {row["field"] for row in result["rejections"]} == {"stage"}
    check_again(files, content, expected, *options)
