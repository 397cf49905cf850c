"""Conditions lead to their rows by an index wherever one serves, and bind every value."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.clock import Clock
from crm_cli.queries import filtering
from crm_cli.session import Session
from crm_cli.store.filter_sources import ROWS
from tests.conftest import NOW, Crm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def session(shop: Crm) -> Iterator[Session]:
    shop("product", "add", "Cup", "9", "--sku", "CUP-1")
    opened = Session(path=shop.db, clock=Clock(NOW), who=lambda: "tester", arguments=())
    # What lies after today makes sums take the long way.
    with sqlite3.connect(shop.db) as direct:
        direct.execute("DELETE FROM purchases WHERE purchased_on > '2026-06-15'")
    direct.close()
    yield opened
    opened.close()


def plan(session: Session, noun: str, where: str) -> list[str]:
    chosen = filtering.read(session, noun, where).chosen
    table, alias = ROWS[noun]
    rows = session.reader.execute(
        f"EXPLAIN QUERY PLAN SELECT {alias}.id FROM {table} {alias} WHERE {chosen.sql}"
        f" ORDER BY {alias}.id",
        chosen.parameters,
    ).fetchall()
    return [row[-1] for row in rows]


INDEXED: dict[tuple[str, str], str] = {
    ("contact", "email = ada@acme.com"): "emails_value",
    ("contact", "email = ada*"): "emails_value",
    ("contact", "phone = +41446681800"): "phones_value",
    ("contact", "tag:vip"): "contact_tags_tag",
    ("contact", "consent = granted"): "consent_events_state",
    ("contact", "external_id = shop:1"): "external_ids_value",
    ("contact", "name = 'ada muller'"): "contacts_folded",
    ("contact", "name = smith*"): "contacts_folded",
    ("contact", "company = 'acme ag'"): "contacts_company",
    ("contact", "city = bern"): "addresses_city",
    ("contact", "revenue > 500"): "customers_revenue",
    ("contact", "revenue = 600"): "customers_revenue",
    ("contact", "orders >= 2"): "customers_orders",
    ("contact", "orders < 2"): "customers_orders",
    ("contact", "last_purchase < -90d"): "customers_scores",
    ("contact", "last_purchase = 2026-06"): "customers_scores",
    ("contact", "id in (1, 2)"): "PRIMARY KEY",
    ("contact", "role = customer and name = ada* and city = bern"): "contacts_folded",
    ("contact", "archived and (tag:vip or email = ada@acme.com)"): "emails_value",
    ("purchase", "on >= -30d"): "purchases_on",
    ("purchase", "contact_id = 1"): "purchases_contact",
    ("purchase", "contact = 'ada muller'"): "contacts_folded",
    ("purchase", "product = box"): "purchases_product",
    ("product", "sku = cup-1"): "products_sku",
    ("product", "name = box"): "products_folded",
}


@pytest.mark.parametrize(("noun", "where"), INDEXED)
def test_an_index_leads_to_the_rows(session: Session, noun: str, where: str) -> None:
    steps = plan(session, noun, where)
    assert any(INDEXED[noun, where] in step for step in steps), steps
    # A complement (orders < 2 holds for whoever bought nothing) has everybody in it, and no
    # index knows its order.
    everybody = "orders < 2" in where
    scans = [step for step in steps if step.startswith("SCAN") and "subquery" not in step]
    assert [step for step in scans if not everybody or step != "SCAN c"] == []


def test_where_a_name_leads_no_other_list_is_made(session: Session) -> None:
    steps = plan(session, "contact", "name = ada* and city = bern and revenue > 1 and tag:vip")
    assert not [step for step in steps if step.startswith("LIST SUBQUERY")], steps


def test_no_word_of_the_user_stands_in_a_statement(session: Session) -> None:
    where = (
        "name = xyzzy1* or notes ~ xyzzy2 or email ~ xyzzy3 or phone ~ 987651"
        " or external_id = xyzzy4:xyzzy5 or id = 987652 or revenue > 987653 or city = xyzzy6"
        ' or postcode = xyzzy7 or link ~ "xyzzy8\'" or last_purchase < 1987-01-01 or tag ~ xyzzy9'
        " or birthday = 1987-01-02 or created < 1987-01-03 or uid = xyzzy10 or tag:vip"
    )
    sql = filtering.read(session, "contact", where).chosen.sql
    for word in ("xyzzy", "98765", "1987", "vip", "'\""):
        assert word not in sql
    purchases = "amount > 98.7651 EUR or quantity = 9876 or description ~ xyzzy or on < 1987-01-01"
    sql = filtering.read(session, "purchase", purchases).chosen.sql
    for word in ("xyzzy", "9876", "1987", "EUR"):
        assert word not in sql


@pytest.mark.parametrize(
    "where",
    [
        "tag:vip and revenue > 0 and last_purchase <= today",
        "orders > 0 and revenue > 0 and tag:vip",
    ],
)
def test_the_shortest_list_leads(session: Session, where: str) -> None:
    steps = plan(session, "contact", where)
    assert len([step for step in steps if "LIST SUBQUERY" in step]) == 1
    chosen = filtering.read(session, "contact", where).chosen
    assert "c.id IN (SELECT ct.contact_id" in chosen.sql


def test_the_filter_is_read_only_where_one_is_given(shop: Crm, monkeypatch: Any) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(filtering, "read", refuse)
    assert shop("contact", "list", "-f", "ids").out
    assert shop("contact", "export").out
    with pytest.raises(AssertionError):
        plan(Session(path=shop.db, clock=Clock(NOW), who=str, arguments=()), "contact", "id = 1")
