"""A small business to ask questions of, and the way to ask them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """1 Ada Müller (Zürich, VIP, 600 in January), 2 Acme AG, 3 Bob Smith (Bern, 40.50 in June and
    100 still to come), 4 Cleo Smithers (Basel), 5 an archived Dora."""
    add = ("contact", "add")
    crm(
        *add, "Ada Müller", "--email", "ada@acme.com", "--city", "Zürich", "--country", "Schweiz",
        "--tag", "VIP", "--tag", "big fish", "--role", "customer", "--phone", "+41 44 668 18 00",
        "--owner", "Anna", "--birthday", "1990-05-31", "--external-id", "shop:1",
        "--company", "Acme AG", "--first-name", "Ada", "--last-name", "Müller",
        "--postcode", "8001",
    )  # fmt: skip
    crm(
        *add, "Bob Smith", "--email", "bob@x.org", "--city", "Bern", "--country", "CH",
        "--source", "fair", "--notes", "Big order\nof Größe 5", "--postcode", "3000",
        "--external-id", "x:1",
    )  # fmt: skip
    crm(*add, "Cleo Smithers", "--city", "Basel", "--birthday", "--05-10", "--postcode", "4001")
    crm(*add, "Dora", "--city", "Bern")
    crm("contact", "archive", "Dora")
    crm("purchase", "add", "1", "Box", "600", "--on", "2026-01-01", "--channel", "shop")
    crm("purchase", "add", "3", "Box", "40.50", "--on", "2026-06-01", "--channel", "web")
    crm("purchase", "add", "3", "Tea", "100", "--on", "2026-12-01", "--order", "A-1")
    return crm


@pytest.fixture
def ids(shop: Crm) -> Callable[..., list[int]]:
    """``ids("tag:vip")``: who a filter chooses."""

    def ask(where: str, noun: str = "contact") -> list[int]:
        return [int(line) for line in shop(noun, "list", "--where", where, "-f", "ids").out.split()]

    return ask
