"""Small worlds for the tests of contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def ada(crm: Crm) -> dict[str, Any]:
    """A contact with something in every list."""
    record: dict[str, Any] = crm.json(
        "contact", "add", "Ada Lovelace", "--first-name", "Ada", "--last-name", "Lovelace",
        "--email", "work:ada@example.com", "--email", "ada@home.example",
        "--phone", "+41 44 668 18 00", "--company", "Analytical Engines", "--job-title", "Analyst",
        "--street", "St James's Square 12", "--city", "London", "--country", "GB",
        "--link", "blog:https://ada.example/notes", "--birthday", "1815-12-10",
        "--language", "en", "--source", "fair", "--owner", "Charles", "--tag", "VIP",
        "--tag", "math", "--external-id", "shop:1", "--notes", "met at the fair",
    )  # fmt: skip
    return record
