"""When the model is learnt where there are many leads: not behind every change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from crm_cli.queries.lead_scoring import SMALL
from tests.leads import scored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

BY_THIRTY = 30
"""Of so many closed leads one was won: enough of both, and odds that are easily known."""


@pytest.fixture
def many(crm: Crm) -> Crm:
    """A contact and more closed leads than are learnt from on the way, which nothing scored."""
    crm("contact", "add", "Ada", "-q")
    scored.add_closed(
        crm.db, [{"won": number % BY_THIRTY == 0} for number in range(SMALL + BY_THIRTY)]
    )
    return crm


def learnt_from(crm: Crm) -> int | None:
    """Return how many closed leads the kept model was learnt from."""
    with closing(sqlite3.connect(crm.db)) as direct:
        row = direct.execute("SELECT won + lost FROM score_counts WHERE field = ''").fetchone()
    return None if row is None else int(row[0])


def test_an_open_lead_never_makes_the_model_be_learnt(many: Crm) -> None:
    many("lead", "add", 1, "Roof", "900", "-q")
    many("lead", "edit", "roof", "--value", "950", "-q")
    assert learnt_from(many) is None
    assert many.json("lead", "show", "roof")["score"] is None
    assert "nothing was learnt from 68 won and 1962 lost leads yet" in many("lead", "score").err


@pytest.mark.parametrize("way", [("lead", "score", "--refresh"), ("remind", "refresh")])
def test_a_refresh_learns_it(many: Crm, way: tuple[str, ...]) -> None:
    many("lead", "add", 1, "Roof", "900", "-q")
    many(*way)
    assert learnt_from(many) == SMALL + BY_THIRTY
    assert many.json("lead", "list")[0]["score"] == 3  # 68 of 2030 were won


def test_so_does_the_first_lead_that_is_closed(many: Crm) -> None:
    many("lead", "add", 1, "Roof", "900", "-q")
    many("lead", "add", 1, "Door", "400", "-q")
    many("lead", "win", "door", "-q")
    assert learnt_from(many) == SMALL + BY_THIRTY + 1
    assert many.json("lead", "list")[0]["score"] == 3


def test_later_a_tenth_more_of_them_does(many: Crm, tmp_path: Path) -> None:
    many("lead", "score", "--refresh")
    tenth = (SMALL + BY_THIRTY) // 10
    file = tmp_path / "leads.csv"
    file.write_text("title,name\n" + "Roof,Ada\n" * tenth, encoding="utf-8")
    many("lead", "import", file)
    ids = many("lead", "list", "-f", "ids").out.split()
    many("lead", "lose", "price", "--where", f"id < {ids[-1]}", "--yes", "-q")
    assert learnt_from(many) == SMALL + BY_THIRTY
    many("lead", "lose", ids[-1], "price", "-q")
    assert learnt_from(many) == SMALL + BY_THIRTY + tenth
    many("undo")
    assert learnt_from(many) == SMALL + BY_THIRTY + tenth
