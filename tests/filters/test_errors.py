"""A filter that cannot be meant is refused at its character, with what may have been meant."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.domain.filter import KEYWORDS, MOST_VALUES, parse

if TYPE_CHECKING:
    from tests.conftest import Crm

WRONG: dict[str, tuple[int, str]] = {
    "role = custmer": (8, "did you mean customer"),
    "rolle = customer": (1, "did you mean role"),
    "city = Bern and rolle = customer": (17, "did you mean role"),
    "kind = persn": (8, "did you mean person"),
    "tag:vpi": (5, "did you mean vip"),
    "not tag in (vip, vpi)": (18, "did you mean vip"),
    "owner = ana": (9, "did you mean Anna"),
    "source = fiar": (10, "did you mean fair"),
    "company = acmee": (11, "did you mean Acme AG"),
    "country = Switzrland": (11, "did you mean Switzerland"),
    "email = foo": (9, "name@example.com"),
    "phone = '044 668 18 00'": (9, "crm config set country"),
    "phone ~ x": (9, "write digits"),
    "revenue > abc": (11, "12.50"),
    "revenue > 12,50": (13, "decimals have a point"),
    "revenue > '1,234'": (11, "write 1234.00 or 1.234"),
    "revenue > 5 USD": (11, ""),
    "revenue > 5 XYZ": (11, "ISO 4217"),
    "last_purchase < soon": (17, "today"),
    "last_purchase < 03/04/2026": (17, "write 2026-04-03 or 2026-03-04"),
    "last_purchase = all": (17, "day or month"),
    "created > 9999-12-31": (11, ""),
    "birthday = --13": (12, "--05"),
    "birthday < --05": (12, "="),
    "orders > 1.2345": (10, ""),
    "archived > 3": (1, "not archived"),
    "archived = maybe": (12, "yes or no"),
    "role ~ cust": (1, "in (...)"),
    "role < customer": (1, "in (...)"),
    "role": (1, "role = VALUE"),
    "": (1, "leave --where out"),
    "  ": (1, "leave --where out"),
    "city = New York": (12, '"New York"'),
    "city = Bern role = customer": (13, "join conditions"),
    "city = Bern tag:vip": (13, "join conditions"),
    "city = Bern (tag:vip)": (13, "join conditions"),
    "(tag:vip) tag:vip": (11, "join conditions"),
    "tag:vip && tag:vip": (9, "and, or"),
    "(city = Bern": (1, ""),
    "city = Bern)": (12, ""),
    "()": (2, "role = customer"),
    "city in Bern": (9, "city in (Bern, Basel)"),
    "city in (Bern Basel)": (15, "commas"),
    "city in (Bern": (9, ""),
    "city in ()": (10, ""),
    "city in (Bern,)": (15, ""),
    "city =< Bern": (6, "did you mean <="),
    "city => Bern": (6, "did you mean >="),
    "city =": (7, ""),
    "city = and": (8, '"and"'),
    "city is full": (9, "is empty"),
    "name ~ 'smith": (8, "written twice"),
    "name ~ ''": (8, "is empty"),
    "= 3": (1, "role = customer"),
    "and": (1, "role = customer"),
    "tag:vip and": (12, "role = customer"),
    "not": (4, "role = customer"),
    "(" * 60 + "archived" + ")" * 60: (51, ""),
}


def test_what_is_wrong_is_named_with_its_place(shop: Crm) -> None:
    for where, (at, hint) in WRONG.items():
        error = shop("contact", "list", "--where", where, "--json", code=2).error
        assert error["code"] == "invalid", where
        assert error["message"].startswith(f"filter, character {at}: "), (where, error)
        assert hint in (error["hint"] or ""), (where, error)


@pytest.mark.parametrize("noun", ["contact", "product", "purchase"])
def test_lists_and_exports_of_all_kinds_refuse_it(shop: Crm, noun: str) -> None:
    for verb in ("list", "export"):
        run = shop(noun, verb, "--where", "nosuch = 1", code=2)
        assert f"filter, character 1: a {noun} has no field 'nosuch'" in run.err
        assert run.out == ""


def test_an_unknown_word_of_free_text_is_an_empty_answer_with_a_remark(shop: Crm) -> None:
    run = shop("contact", "list", "--where", "city = Brn", "-f", "ids")
    assert run.out == ""
    assert "no contact has the city 'Brn'; did you mean Bern?" in run.err


def test_a_failed_export_leaves_no_file(shop: Crm) -> None:
    target = shop.db.parent / "out.csv"
    shop("contact", "export", target, "--where", "rolle = x", code=2)
    assert not target.exists()


def test_too_much_is_refused_and_much_is_not(shop: Crm) -> None:
    many = " or ".join(["id = 3"] * MOST_VALUES)
    assert shop("contact", "list", "--where", many, "-f", "ids").out.split() == ["3"]
    listed = ", ".join(map(str, range(1, MOST_VALUES + 1)))
    run = shop("contact", "list", "--where", f"id in ({listed})", "-f", "ids")
    assert run.out.split() == ["1", "2", "3", "4"]
    for wrong in (f"{many} or id = 3", f"id in ({listed}, 1)", f"name = {'x' * 20_000}"):
        error = shop("contact", "list", "--where", wrong, "--json", code=2).error
        assert error["code"] == "invalid"
    negated = "not " * 2001 + "id = 3"
    assert shop("contact", "list", "--where", negated, "-f", "ids").out.split() == ["1", "2", "4"]


PIECES = st.sampled_from(
    [*KEYWORDS, "(", ")", ",", "=", "!=", "<", "~", "!~", "'", '"', " ", "tag:", "role", "city",
     "revenue", "last_purchase", "archived", "birthday", "phone", "email", "external_id", "-90d",
     "500", "500 CHF", "2026-05", "--05", "*", "x*", "é", "\n", "!", ":", "#", "\x00", "\ud800",
     "999999999999999999999", "+", "."]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=14).map(" ".join))
def test_no_text_breaks_the_language(text: str) -> None:
    with suppress(errors.InvalidValue):
        assert parse(text)
