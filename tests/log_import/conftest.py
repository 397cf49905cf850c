"""Fixtures of the tests of ``log import``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.log_import.mails import Box

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def box(crm: Crm, tmp_path: Path) -> Box:
    """Mailboxes, imported into a store that knows Ada and Bob."""
    folder = tmp_path / "mail"
    folder.mkdir()
    return Box(crm, folder)
