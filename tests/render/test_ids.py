"""``-f ids`` reads no more than it prints, and prints what the list would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.filters.conftest import shop

if TYPE_CHECKING:
    from tests.conftest import Crm

__all__ = ["shop"]


@pytest.mark.parametrize(
    "words",
    [
        ("contact", "list"),
        ("contact", "list", "--all", "--sort", "-name"),
        ("contact", "list", "o", "--limit", "2"),
        ("contact", "list", "--where", "revenue > 1 or tag:vip or company is not empty"),
        ("contact", "list", "--role", "customer", "--where", "not (orders = 0)"),
        ("segment", "members", "all", "--limit", "2"),
        ("purchase", "list"),
        ("purchase", "list", "--sort", "-amount", "--limit", "2"),
        ("purchase", "list", "--kind", "sale", "--where", "contact ~ a and product is not empty"),
        ("search", "a", "--in", "contact"),
        ("search", "a", "--in", "contact", "--sort", "-name", "--limit", "2"),
    ],
    ids=" ".join,
)
def test_the_ids_are_those_of_the_list(shop: Crm, words: tuple[str, ...]) -> None:
    shop("segment", "save", "all", "id > 0")
    rows = shop.json(*words)
    assert rows
    assert shop(*words, "-f", "ids").out.split() == [str(row["id"]) for row in rows]
