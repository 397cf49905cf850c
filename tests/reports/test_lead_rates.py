"""Many leads in few days: the rates of all days are looked up, and every amount is the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from crm_cli.reports import lead_rates
from tests.leads.scored import session_of
from tests.reports.lead_rows import Leads

if TYPE_CHECKING:
    from crm_cli.session import Session
    from tests.conftest import Crm

CENTS = Decimal("0.01")
RATES = {"CHF": ("0.91", "0.97", "1.03"), "USD": ("0.8", "0.85", "0.9")}
"""Euro for one of each, from 1, 3 and 5 June on."""


@pytest.fixture
def many(crm: Crm) -> tuple[Crm, dict[str, Decimal]]:
    """Two hundred leads of five days in Denver, every 37 minutes one, and their value in euro by
    state: an open lead at the rate of the day it was opened, a won one of the next day's."""
    zone = ZoneInfo("America/Denver")
    crm("config", "set", "timezone", "America/Denver")
    crm("contact", "add", "Ada")
    for code, rates in RATES.items():
        for day, rate in zip((1, 3, 5), rates, strict=True):
            crm("config", "rate", "add", code, rate, "--on", f"2026-06-0{day}")
    leads = Leads(crm.db)
    sums = {"open": Decimal(0), "won": Decimal(0)}
    at = datetime(2026, 6, 1, 6, 5, tzinfo=UTC)  # five past midnight in Denver
    for number in range(200):
        state = ("open", "won")[number % 3 == 0]
        code = ("EUR", "CHF", "USD")[number % 7 % 3]
        value = Decimal(1999 + 37 * number) / 100
        stays = [(f"{at:%Y-%m-%dT%H:%M:%SZ}", "new")]
        closed = at + timedelta(hours=24)
        if state == "won":
            stays.append((f"{closed:%Y-%m-%dT%H:%M:%SZ}", "won"))
        leads.add(*stays, value=int(value * 100), currency=code)
        day = (at if state == "open" else closed).astimezone(zone).day
        euro = Decimal(1 if code == "EUR" else RATES[code][(day >= 3) + (day >= 5)])
        sums[state] += (value * euro).quantize(CENTS, ROUND_HALF_UP)
        at += timedelta(minutes=37)
    leads.connection.commit()
    leads.connection.close()
    return crm, sums


def test_amounts_are_those_of_each_leads_own_day(many: tuple[Crm, dict[str, Decimal]]) -> None:
    crm, sums = many
    totals = crm.json("report", "pipeline", "--as-of", "2026-06-08")["totals"]
    assert (totals["value"], totals["currency"]) == (str(sums["open"]), "EUR")
    totals = crm.json("report", "losses", "--as-of", "2026-06-08")["totals"]
    assert totals["won_value"] == str(sums["won"])
    board = crm.json("lead", "board", "--limit", "1", "--now", "2026-06-08")["totals"]
    assert board["value"] == str(sums["open"])


def test_leads_that_are_more_than_days_ask_for_all_days(
    many: tuple[Crm, dict[str, Decimal]],
) -> None:
    crm, _ = many
    session: Session = session_of(crm.db)
    end = "2026-06-09T06:00:00Z"
    table = lead_rates.every_day(session, ["CHF", "USD"], "EUR", end)
    assert table is not None
    assert [row[:3] for row in table][:3] == [
        ["CHF", "2026-06-01", "2026-06-01T06:00:00Z"],
        ["USD", "2026-06-01", "2026-06-01T06:00:00Z"],
        ["CHF", "2026-06-02", "2026-06-02T06:00:00Z"],
    ]
    assert len(table) == 2 * 9
    # Fewer leads than days: those are asked which they need.
    assert lead_rates.every_day(session, ["CHF", "USD"], "EUR", "2026-12-09T06:00:00Z") is None
    session.close()


def test_a_rate_that_one_day_misses_names_the_lead(many: tuple[Crm, dict[str, Decimal]]) -> None:
    crm, _ = many
    with closing(sqlite3.connect(crm.db)) as direct, direct:
        direct.execute("DELETE FROM currency_rates WHERE base = 'USD' AND valid_on < '2026-06-05'")
    run = crm("report", "pipeline", "--as-of", "2026-06-08", "--json", code=5)
    assert run.error["code"] == "rate-missing"
    assert "USD to EUR" in run.error["message"]
    assert "on 2026-06-01" in run.error["message"]
