"""Two people of a business in Denver, where UTC is tomorrow already in the evening."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def office(crm: Crm) -> Crm:
    """Ada (1), who has an owner, and Bob (2)."""
    crm("contact", "add", "Ada Lovelace", "--email", "ada@example.com", "--owner", "eve", "-q")
    crm("contact", "add", "Bob Bern", "--email", "bob@example.com", "-q")
    return crm
