"""Fixtures of the tests of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.imports.helpers import Files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def files(crm: Crm, tmp_path: Path) -> Files:
    """Input files, imported into an empty store."""
    return Files(crm, tmp_path)
