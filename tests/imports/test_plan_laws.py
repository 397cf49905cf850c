"""For any store and any file: a plan applied is the file imported, and the plan said so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import Crm
from tests.imports import plans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


PHASES = (Phase.explicit, Phase.generate)


def cell(*choices: str) -> st.SearchStrategy[str]:
    """A cell that is often empty, and often the same as another one."""
    return st.sampled_from(["", *choices])


PEOPLE = {
    "uid": cell("", "", "00000000-0000-7000-8000-000000000001"),
    "name": cell("Ann", "Bob", "Anna Meier", "Acme"),
    "email": cell("ann@x.org", "bob@x.org", "cy@x.org", "nonsense"),
    "phone": cell("+41446681800", "+41446681801", "044 668 18 00"),
    "company": cell("Acme", "Beta Ltd"),
    "external_ids": cell("shop:1", "shop:2"),
    "tags": cell("vip", "new; vip"),
    "job_title": cell("Cook", "Chef"),
    "city": cell("Bern", "Basel"),
    "birthday": cell("1990-05-31", "03/04/1999"),
    "size": cell("XL", "S"),
}
GOODS = {
    "sku": cell("T1", "T2"),
    "name": cell("Tea", "Green tea", "Cup"),
    "category": cell("Drinks", "Food"),
    "price": cell("4.90", "5", "-1", "dear"),
    "active": cell("true", "no", "perhaps"),
    "size": cell("XL", "S"),
}
SALES = {
    "customer": cell("1", "2"),
    "email": cell("ann@x.org", "bob@x.org"),
    "name": cell("Ann", "Bob"),
    "date": st.sampled_from(["2026-01-05", "2026-01-06", "2026-02-01", "03/04/2026", ""]),
    "product": cell("Tea", "Cup"),
    "amount": st.sampled_from(["9.80", "5.00", "-5.00", "much"]),
    "order_number": cell("A1", "A2"),
    "channel": cell("web", "shop"),
    "size": cell("XL"),
}
DEALS = {
    "deal id": cell("1", "2", "3"),
    "title": cell("Roof", "Windows"),
    "contact": cell("Ann", "Bob"),
    "email": cell("ann@x.org", "bob@x.org", "nonsense"),
    "account": cell("Acme", "Müller AG", "MUELLER AG"),
    "stage": cell("new", "proposal", "Closed Won", "lost", "limbo"),
    "status": cell("open", "won", "lost"),
    "amount": cell("12.50", "900", "-1", "much"),
    "currency": cell("EUR", "USD"),
    "probability": cell("40", "0.9", "150"),
    "created": cell("2026-01-05", "2026-02-01 10:00", "03/04/2026"),
    "close date": cell("2026-01-02", "2026-03-01", "2030-01-01"),
    "lost reason": cell("Price", "Bought used"),
    "owner": cell("zoe", "max"),
    "tags": cell("hot", "big; hot"),
    "next step": cell("Call"),
    "next step date": cell("2030-02-01"),
    "size": cell("XL", "S"),
}
CELLS: dict[str, dict[str, st.SearchStrategy[str]]] = {
    "contact": PEOPLE, "product": GOODS, "purchase": SALES, "lead": DEALS,
}  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, noun: str) -> list[dict[str, str]]:
    """Rows under some of a noun's columns."""
    cells = CELLS[noun]
    needed = {
        "contact": {"name"}, "product": {"name"}, "purchase": {"customer", "date", "amount"},
        "lead": {"title"},
    }  # fmt: skip
    columns = [name for name in cells if name in needed[noun] or draw(st.booleans())]
    return draw(st.lists(st.fixed_dictionaries({n: cells[n] for n in columns}), min_size=1,
                         max_size=6))  # fmt: skip


def options(draw: st.DrawFn, noun: str) -> list[str]:
    """Some options that decide about the fates of rows."""
    found = ["--on-match", draw(st.sampled_from(["fill", "update", "skip", "fail"]))]
    found += ["--keep-unknown"] if draw(st.booleans()) else []
    found += ["--dates", "dmy"] if noun != "product" and draw(st.booleans()) else []
    if noun == "contact":
        found += ["--replace-lists"] if draw(st.booleans()) else []
        found += draw(st.sampled_from([[], ["--match", "name"], ["--match", "email"]]))
    if noun != "product":
        found += ["--tag", "list"] if draw(st.booleans()) else []
    if noun in {"purchase", "lead"}:
        found += ["--unknown", "reject"] if draw(st.booleans()) else []
    if noun == "lead":
        found += ["--make-stages"] if draw(st.booleans()) else []
        found += ["--replace-lists"] if draw(st.booleans()) else []
        found += ["--map-stage", "limbo=qualified"] if draw(st.booleans()) else []
    return found


def written(rows: Sequence[dict[str, str]], kind: str) -> str:
    """Rows as a file."""
    if kind == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows)
    header = list(rows[0])
    return "\n".join([",".join(header), *(",".join(row.values()) for row in rows)]) + "\n"


@pytest.mark.parametrize("noun", ["contact", "product", "purchase", "lead"])
@settings(
    max_examples=20,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_plan_applied_is_the_file_imported(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, noun: str, data: Any,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("law")
    monkeypatch.setenv("CRM_DB", str(folder / "crm.db"))
    crm = Crm(folder / "crm.db", capsys.readouterr)
    for first in plans.NOUNS:
        if data.draw(st.booleans()):
            path = folder / "first.csv"
            path.write_text(written(data.draw(tables(first)), "csv"), encoding="utf-8")
            crm(first, "import", path, "--keep-unknown", code=None)
    kind = data.draw(st.sampled_from(["csv", "jsonl"]))
    path = folder / f"in.{kind}"
    path.write_text(written(data.draw(tables(noun)), kind), encoding="utf-8")
    said = data.draw(st.composite(options)(noun))
    plans.check(crm, monkeypatch, noun, path, *said)


def test_a_product_called_otherwise_is_told_of_itself_alone(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its purchases show the new name, and are told nothing of."""
    crm("product", "add", "Cup", "--sku", "T1")
    crm("contact", "add", "Ann")
    crm("purchase", "add", "Ann", "Cup", "5.00")
    path = tmp_path / "products.csv"
    path.write_text("sku,name\nT1,Green tea\n", encoding="utf-8")
    result = plans.check(crm, monkeypatch, "product", path, "--on-match", "update")
    assert result["updated"] == 1
