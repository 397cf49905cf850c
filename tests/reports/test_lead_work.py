"""Losses, sources, workload and stranded leads, as users meet them; tables made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reports.lead_rows import Leads

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def leads(crm: Crm) -> Leads:
    crm("contact", "add", "Ada", "--email", "ada@example.org")
    return Leads(crm.db)


def test_the_win_rate_of_the_definitions_page(leads: Leads, crm: Crm) -> None:
    for _ in range(12):
        leads.add(("2026-01-05", "new"), ("2026-02-01", "won"), value=100, source="web")
    for _ in range(8):
        leads.add(("2026-01-05", "new"), ("2026-02-01", "lost"), value=300, loss_reason="price")
    for _ in range(30):
        leads.add(("2026-01-05", "new"))
    totals = crm.json("report", "losses")["totals"]
    assert (totals["won"], totals["lost"], totals["open"]) == (12, 8, 30)
    assert (totals["win_rate"], totals["win_rate_by_value"]) == (0.6, 0.3333)
    said = crm("report", "losses").out
    assert "Won: 12 of 20 closed (60.0 %); by value 33.3 %. Open ones (30) are in neither." in said
    rows = {row["source"]: row for row in crm.json("report", "sources")["rows"]}
    assert (rows["web"]["win_rate"], rows[None]["win_rate"]) == (1.0, 0.0)
    assert rows["web"]["average_days_to_win"] == 27.0
    nothing = crm.json("report", "losses", "--period", "2020")["totals"]
    assert (nothing["win_rate"], nothing["lost"]) == (None, 0)


def test_a_reason_is_that_of_the_day_and_a_period_that_of_closing(leads: Leads, crm: Crm) -> None:
    lead = leads.add(
        ("2026-02-01", "new"), ("2026-02-10", "proposal"), ("2026-03-01", "lost"),
        ("2026-04-01", "proposal"), ("2026-05-20", "lost"),
        loss_reason="competitor", competitor="Acme", value=5000,
    )  # fmt: skip
    leads.connection.execute(
        "UPDATE stage_changes SET loss_reason = 'price' WHERE lead_id = ? AND left_at IS NOT NULL"
        " AND stage_id = 7", (lead,),
    )  # fmt: skip
    leads.connection.execute(
        "UPDATE stage_changes SET loss_reason = 'competitor', competitor = 'Acme'"
        " WHERE lead_id = ? AND left_at IS NULL", (lead,),
    )  # fmt: skip
    leads.connection.commit()

    def reasons(*options: str) -> dict[str | None, int]:
        rows = crm.json("report", "losses", *options)["rows"]
        return {row[options[1] if options[:1] == ("--by",) else "reason"]: row["lost"]
                for row in rows}  # fmt: skip

    assert reasons("--as-of", "2026-03-31") == {"price": 1}
    assert reasons("--as-of", "2026-04-01") == {}
    assert reasons("--by", "competitor") == {"Acme": 1}
    assert reasons("--by", "stage") == {"proposal": 1}
    assert reasons("--period", "2026-05") == {"competitor": 1}
    assert reasons("--period", "2026-03") == {}
    # Noted in June: still May's.
    leads.connection.execute(
        "UPDATE leads SET notes = 'Called again', updated_at = '2026-06-14T10:00:00Z'"
    )
    leads.connection.commit()
    assert reasons("--period", "2026-05") == {"competitor": 1}
    assert "Went to a competitor" in crm("report", "losses").out


def test_each_lead_counts_at_the_rate_of_its_own_day(leads: Leads, crm: Crm) -> None:
    crm("config", "rate", "add", "CHF", "0.90", "--on", "2026-01-01")
    crm("config", "rate", "add", "CHF", "1.10", "--on", "2026-03-01")
    for day in ("2026-02-10", "2026-04-01"):
        leads.add(("2026-01-05", "new"), (day, "lost"), value=10000, currency="CHF")
    leads.add(("2026-01-05", "new"), ("2026-02-01", "lost"), value=10000)
    (row,) = crm.json("report", "losses")["rows"]
    assert (row["value"], row["currency"], row["without_value"]) == ("300.00", "EUR", 0)
    crm("config", "currency", "EUR", code=None)
    leads.add(("2026-01-05", "new"), ("2026-02-01", "won"), value=10000, currency="USD")
    run = crm("report", "losses", "--json", code=5)
    assert run.error["code"] == "rate-missing"
    for word in ("#4", "USD", "EUR", "2026-02-01"):
        assert word in run.error["message"]
    # A report that does not ask for it needs no rate.
    assert crm.json("report", "funnel")["totals"]["leads"] == 4


def test_open_work_and_stranded_leads(leads: Leads, crm: Crm) -> None:
    big = leads.add(("2026-05-01", "negotiation"), owner="zoe", value=100000)
    small = leads.add(("2026-06-10", "new"), owner="zoe", value=1000)
    bare = leads.add(("2026-06-01", "qualified"), title="Bare", folded="bare")
    crm("remind", "add", "ada@example.org", "2026-06-20", "Call", "--lead", str(small))
    crm("remind", "add", "ada@example.org", "2026-06-10", "Send", "--kind", "promise",
        "--owner", "zoe")  # fmt: skip
    rows = {row["owner"]: row for row in crm.json("report", "workload")["rows"]}
    assert rows["zoe"] == {
        "owner": "zoe", "leads": 2, "value": "1010.00", "weighted": "801.00", "without_value": 0,
        "stale": 1, "no_next_step": 1, "follow_ups": 2, "due": 0, "overdue": 1,
        "promises_late": 1, "currency": "EUR",
    }  # fmt: skip
    assert (rows[None]["leads"], rows[None]["without_value"], rows[None]["follow_ups"]) == (1, 1, 0)
    body = crm.json("report", "stranded")
    assert [(row["id"], row["stale"], row["contact_follow_up_on"]) for row in body["rows"]] == [
        (big, True, "2026-06-10"), (bare, False, "2026-06-10"),
    ]  # fmt: skip
    assert body["totals"] == {
        "open": 3, "stranded": 2, "share": 0.6667, "stale": 1, "value": "1000.00",
        "without_value": 1, "currency": "EUR",
    }  # fmt: skip
    # Before the follow-up was written down, that lead had none either.
    past = crm.json("report", "stranded", "--as-of", "2026-06-12")
    assert [row["id"] for row in past["rows"]] == [big, small, bare]
    assert crm.json("report", "workload", "--owner", "Zoe")["totals"]["leads"] == 2
    assert crm.json("report", "stranded", "--where", "title ~ bare")["totals"]["open"] == 1
    assert crm("report", "stranded", "-f", "csv", "--limit", "1").out.count("\n") == 2


def test_a_report_on_leads_is_printed_in_every_format(leads: Leads, crm: Crm) -> None:
    leads.add(("2026-05-01", "new"), ("2026-06-01", "won"), value=500, source="=web", owner="zoe")
    leads.add(("2026-05-01", "new"), ("2026-06-01", "lost"), value=500, owner="zoe")
    leads.add(("2026-05-01", "new"), owner="zoe")
    for name in ("funnel", "velocity", "losses", "sources", "workload", "stranded"):
        for form in ("table", "json", "jsonl", "csv", "tsv", "markdown", "html"):
            assert crm("report", name, "-f", form).out.strip(), (name, form)
        body = crm.json("report", name, "--pipeline", "sales", "--segment", "champions")
        assert body["parameters"]["segment"] == "champions"
        assert body["parameters"]["pipeline"] == "sales"


def test_sources_count_what_was_sold_to_the_contacts_of_a_source(leads: Leads, crm: Crm) -> None:
    crm("contact", "add", "Bob", "--source", "fair")
    crm("purchase", "add", "Bob", "Tea", "12.50", "--on", "2026-05-03")
    crm("purchase", "add", "Bob", "Tea", "10", "--on", "2026-06-03")
    leads.add(("2026-05-01", "new"), ("2026-05-11", "won"), value=500, source="fair")
    body = crm.json("report", "sources", "--period", "2026-05")
    assert body["rows"] == [
        {"source": "fair", "opened": 1, "open": 0, "won": 1, "lost": 0, "win_rate": 1.0,
         "won_value": "5.00", "currency": "EUR", "average_days_to_win": 10.0, "orders": 1,
         "revenue": "12.50", "sales_currency": "EUR"},
    ]  # fmt: skip
    assert len(crm.json("report", "explain", "sources", "fair:orders", "--period", "2026-05")) == 1
    by = ("--by", "referrer")
    assert crm.json("report", "sources", *by)["rows"][0]["referrer_id"] is None
    assert len(crm.json("report", "explain", "sources", "(none):won", *by)) == 1
    # Narrowed, sales are those of the contacts of these leads: Ada bought nothing.
    narrowed = crm.json("report", "sources", "--where", "source = fair")
    assert narrowed["totals"]["orders"] == 0


def test_what_a_report_is_not_counted_by_is_refused(leads: Leads, crm: Crm) -> None:
    leads.add(("2026-05-01", "new"), ("2026-06-01", "lost"), loss_reason="price")
    assert "did you mean reason" in crm("report", "losses", "--by", "reson", code=2).err
    assert "--by source, campaign" in crm("report", "sources", "--by", "owner", code=2).err
    assert "no row 'timing'" in crm("report", "explain", "losses", "timing:lost", code=3).err
    assert "no row 'max'" in crm("report", "explain", "workload", "max:leads", code=3).err
    assert "no row '#1'" in crm("report", "explain", "stranded", "#1:stage", code=3).err
    assert "did you mean lost" in crm("report", "explain", "losses", "price:last", code=2).err


def test_open_work_of_a_past_day_is_what_it_was_then(leads: Leads, crm: Crm) -> None:
    number = leads.add(("2026-05-01", "new"), owner="zoe", value=1000)
    crm("remind", "add", "2026-06-20", "Call", "--lead", number, "--now", "2026-06-10T10:00:00Z")
    then = {
        name: crm.json("report", name, "--now", "2026-06-12T20:00:00Z")["totals"]
        for name in ("workload", "stranded")
    }
    assert then["workload"]["follow_ups"] == 1
    assert then["stranded"]["stranded"] == 0
    # Later it is called off, and the lead is handed over.
    crm("remind", "cancel", "1", "--now", "2026-06-13T10:00:00Z")
    crm("lead", "edit", number, "--owner", "ana", "--now", "2026-06-13T11:00:00Z")
    for name, totals in then.items():
        assert crm.json("report", name, "--as-of", "2026-06-12")["totals"] == totals
    (row,) = crm.json("report", "workload", "--as-of", "2026-06-12")["rows"]
    assert (row["owner"], row["leads"], row["follow_ups"]) == ("zoe", 1, 1)
    assert len(crm.json("report", "explain", "workload", "zoe:follow_ups",
                        "--as-of", "2026-06-12")) == 1  # fmt: skip
    assert crm.json("report", "stranded", "--as-of", "2026-06-13")["totals"]["stranded"] == 1
    assert crm.json("report", "workload")["totals"]["follow_ups"] == 0
