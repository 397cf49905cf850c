"""Random months of a store that is fed by files and worked on by hand: nothing is doubled, nothing
reopened, and the history of every lead has no gap."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import pytest

from tests.leads.test_import import files

if TYPE_CHECKING:
    from tests.imports.helpers import Files

__all__ = ["files"]

HEADER = (
    "deal id,title,contact,email,stage,amount,currency,probability,created,close date,lost reason,"
    "owner,tags,message"
)
STAGES = ("new", "contacted", "qualified", "proposal", "negotiation", "won", "lost")
OPENED = ("", "2026-03-01", "2026-04-10 09:30", "2026-07-01")
CLOSED = ("", "2026-02-01", "2026-05-20", "2026-07-10", "2026-09-01")


def row(rng: random.Random, number: int, *, numbered: bool) -> list[str]:
    """A row of a deal or of a form."""
    who = rng.randrange(4)
    return [
        str(number) if numbered else "",
        rng.choice(("Roof", "Windows", "Door")) if numbered else "",
        ("Ann Bell", "Bob Cole", "Dan Low", "")[who],
        ("ann@x.org", "bob@x.org", "", "cy@x.org")[who],
        rng.choice(STAGES) if numbered else "",
        rng.choice(("", "100", "250.50")),
        rng.choice(("EUR", "USD")),
        rng.choice(("", "40", "90")),
        rng.choice(OPENED),
        rng.choice(CLOSED) if numbered else "",
        rng.choice(("", "Price", "Bought used")),
        rng.choice(("", "zoe", "max")),
        rng.choice(("", "hot", "big; hot")),
        "" if numbered else rng.choice(("Call me", "Tea for forty", "Call me")),
    ]


def later(rng: random.Random, cells: list[str]) -> list[str]:
    """The same deal in a later state of the other program."""
    other = row(rng, 0, numbered=bool(cells[0]))
    at = rng.sample((4, 5, 7, 8, 9, 10, 11, 12) if cells[0] else (5, 7, 11, 12), 3)
    return [other[n] if n in at else cell for n, cell in enumerate(cells)]


def text(rows: list[list[str]]) -> str:
    """Rows as a file."""
    return "\n".join([HEADER, *(",".join(cells) for cells in rows)]) + "\n"


def check_history(files: Files) -> None:
    """Stays follow each other from the opening on, and the last one is where the lead is."""
    for number, state, opened, closed, since, stage in files.rows(
        "SELECT id, state, opened_at, closed_at, stage_since, stage_id FROM leads"
    ):
        stays = files.rows(
            "SELECT h.entered_at, h.left_at, h.stage_id, s.kind FROM stage_changes h"
            f" JOIN stages s ON s.id = h.stage_id WHERE h.lead_id = {number}"
            " ORDER BY h.entered_at, h.id"
        )
        assert stays[0][0] == opened
        for one, following in itertools.pairwise(stays):
            assert one[0] <= one[1] == following[0]
        assert stays[-1][:3] == (since, None, stage)
        assert stays[-1][3] == state
        assert closed == (None if state == "open" else since)
        terms = files.rows(f"SELECT until_at FROM lead_terms WHERE lead_id = {number} ORDER BY 1")
        assert all(opened <= until for (until,) in terms)
    keys = files.rows("SELECT external_id FROM leads WHERE external_id IS NOT NULL")
    assert len(set(keys)) == len(keys)


def by_hand(rng: random.Random, files: Files) -> None:
    """Somebody works on a lead."""
    rows = files.rows("SELECT id, state FROM leads ORDER BY id")
    if not rows:
        return
    number, state = rng.choice(rows)
    crm = files.crm
    todo = rng.choice(("edit", "move", "win", "lose", "reopen", "delete", "owner"))
    if todo == "edit" and state == "open":
        crm("lead", "edit", number, "--value", rng.choice(("77 EUR", "88 USD")))
    elif todo == "owner":
        crm("lead", "edit", number, "--owner", "kim", "--title", "Renamed")
    elif todo == "move" and state == "open":
        crm("lead", "move", number, rng.choice(STAGES[:5]), code=None)
    elif todo == "win" and state == "open":
        crm("lead", "win", number, code=None)
    elif todo == "lose" and state == "open":
        crm("lead", "lose", number, "price", code=None)
    elif todo == "reopen" and state != "open":
        crm("lead", "reopen", number, code=None)
    elif todo == "delete":
        crm("lead", "delete", number, "--yes")
        if rng.random() < 0.3:
            crm("undo")


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_doubled_or_reopened(
    files: Files, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    files.load("lead", "title,contact\nOld,Dora\n")
    files.crm("undo")
    deals = [row(rng, n, numbered=True) for n in range(1, 6)]
    forms = [row(rng, 0, numbered=False) for _ in range(4)]
    content = [*deals, *forms]
    for day in (15, 16, 19, 25, 31):
        monkeypatch.setenv("CRM_NOW", f"2026-07-{day}T12:00:00Z")
        before, held = files.dump(), dict(files.rows("SELECT id, state FROM leads"))
        stays = dict(files.rows("SELECT id, stage_id FROM leads"))
        on_match = rng.choice(("fill", "update"))
        options = ("--on-match", on_match, *rng.choice(((), ("--replace-lists",))))
        result = files.load("lead", text(content), *options, code=None)
        assert not result["rejected"], result["rejections"]
        check_history(files)
        if on_match == "fill":
            assert {k: v for k, v in files.rows("SELECT id, state FROM leads") if k in held} == held
            now = dict(files.rows("SELECT id, stage_id FROM leads"))
            assert {key: now[key] for key in stays} == stays
        after = files.dump()
        again = files.load("lead", text(content), *options)
        assert (again["created"], again["updated"], again["import"]) == (0, 0, None)
        assert files.dump() == after
        if result["import"] and rng.random() < 0.4:
            files.crm("undo")
            assert files.dump() == before
            files.crm("redo")
            assert files.dump() == after
        for _ in range(rng.randrange(4)):
            by_hand(rng, files)
            check_history(files)
        content = [later(rng, cells) if rng.random() < 0.5 else cells for cells in content]
        if rng.random() < 0.5:
            content.append(row(rng, 0, numbered=False))
        assert len(files.rows("SELECT 1 FROM leads")) <= len(content)
