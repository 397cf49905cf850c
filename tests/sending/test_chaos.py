"""Kill -9 at any moment, two senders at once, a server that drops, stalls and refuses: never twice,
never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sending import chaos

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_never_twice_never_lost(tmp_path: Path) -> None:
    figures = chaos.run(tmp_path, rounds=15, seed=2)
    assert (figures.twice, figures.lost, figures.crashed) == (0, 0, 0), figures
    assert figures.items == 45
    assert figures.sent + figures.in_doubt + figures.failed == figures.items
    # The trouble was real.
    assert figures.killed > 5, figures
    assert figures.sent > 10, figures
