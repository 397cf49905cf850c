"""Laws of stages: no sequence of edits loses a lead, or moves a figure of a past day."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

WHOLE = (
    "SELECT (SELECT count(*) FROM leads) AS leads,"
    # A stay that is open, the lead's own stage, its kind and its instant are one and the same.
    " (SELECT count(*) FROM leads l WHERE 1 <> (SELECT count(*) FROM stage_changes h"
    "   JOIN stages s ON s.id = h.stage_id WHERE h.lead_id = l.id AND h.left_at IS NULL"
    "   AND h.stage_id = l.stage_id AND s.kind = l.state AND h.entered_at = l.stage_since))"
    "  AS torn,"
    " (SELECT count(*) FROM leads l WHERE l.closed_at IS NOT NULL AND l.closed_at <> l.stage_since)"
    "  AS misdated,"
    # Stays follow each other without a gap, from the opening on.
    " (SELECT count(*) FROM (SELECT h.entered_at, lag(h.left_at, 1, l.opened_at) OVER"
    "   (PARTITION BY h.lead_id ORDER BY h.entered_at, h.id) AS before"
    "   FROM stage_changes h JOIN leads l ON l.id = h.lead_id) WHERE entered_at <> before) AS gaps,"
    # A lead is closed once, however often its stage is renamed, merged or taken away.
    " (SELECT count(*) FROM (SELECT s.kind, lag(s.kind) OVER"
    "   (PARTITION BY h.lead_id ORDER BY h.entered_at, h.id) AS before"
    "   FROM stage_changes h JOIN stages s ON s.id = h.stage_id)"
    "  WHERE kind <> 'open' AND kind = before) AS closed_twice,"
    " (SELECT count(*) FROM pipelines p WHERE NOT EXISTS (SELECT 1 FROM stages s"
    "   WHERE s.pipeline_id = p.id AND s.kind = 'open' AND NOT s.is_retired)"
    "  OR 1 <> (SELECT count(*) FROM stages s WHERE s.pipeline_id = p.id AND s.kind = 'won'"
    "   AND NOT s.is_retired) OR NOT EXISTS (SELECT 1 FROM stages s WHERE s.pipeline_id = p.id"
    "   AND s.kind = 'lost' AND NOT s.is_retired)) AS misshapen,"
    " (SELECT count(*) FROM leads l JOIN stages s ON s.id = l.stage_id WHERE s.is_retired)"
    "  AS stranded"
)


class World:
    """A store in the hands of somebody who changes stages and leads as chance has it."""

    def __init__(self, crm: Crm, seed: int) -> None:
        self.crm = crm
        self.chance = random.Random(seed)
        self.day = 1
        self.leads = 0
        self.made = 0

    def run(self, *arguments: object) -> int:
        """Run a command at noon of the day; a refusal is as good as a change."""
        at = f"2026-03-{self.day:02}T12:00:00Z"
        code = self.crm(*arguments, "--yes", "--now", at, "-q", code=None).code
        assert code in {0, 2, 3, 4, 5}, arguments
        return code

    def stages(self, *, retired: bool = False) -> list[dict[str, Any]]:
        rows = self.crm.json("lead", "stage", "list", "--all")
        return [row for row in rows if row["active"] is not retired]

    def a_stage(self, *, retired: bool = False, kind: str = "", held: bool = False) -> str:
        """Return a stage; ``kind`` and ``held`` (by leads) where there is such a one."""
        rows = self.stages(retired=retired) or self.stages()
        rows = [row for row in rows if not kind or row["kind"] == kind] or rows
        rows = [row for row in rows if row["leads"] or not held] or rows
        row = self.chance.choice(rows)
        return f"{row['pipeline']}/{row['key']}"

    def past(self) -> list[Any]:
        """What every report says of the days before, stage by stage."""
        days = {self.day - 1}
        told: list[Any] = []
        for day in days:
            at = ("--as-of", f"2026-03-{day:02}", "--now", f"2026-03-{self.day:02}T12:00:00Z")
            report = self.crm.json("report", "pipeline", *at)
            rows = {(r["pipeline"], r["stage"]): r for r in report["rows"] if r["leads"]}
            told.append((rows, report["totals"]))
        return told

    def whole(self) -> dict[str, int]:
        row: dict[str, int] = self.crm.json("db", "sql", WHOLE)[0]
        return row

    # -- what is done -----------------------------------------------------------------------------

    def work(self) -> None:
        """Do something to leads, as their owners do."""
        verb = self.chance.choice(("add", "add", "move", "move", "win", "lose", "lose", "reopen"))
        lead = self.chance.randint(1, self.leads or 1)
        if verb == "add":
            more = ("--probability", "33") if self.chance.random() < 0.3 else ()
            self.leads += not self.run(
                "lead", "add", "1", f"deal {self.leads}", self.chance.randint(1, 999), *more,
                "--stage", self.a_stage(kind="open"),
            )  # fmt: skip
        elif verb == "move":
            self.run("lead", "move", lead, self.a_stage(), "--reason", "price")
        elif verb == "lose":
            self.run("lead", "lose", lead, "price")
        else:
            self.run("lead", verb, lead)

    def edit(self) -> tuple[str, bool]:
        """Change stages; return how, and whether it was done."""
        verb = self.chance.choice(
            ("add", "odds", "odds", "rename", "order", "remove", "move-to", "move-to", "move-to",
             "merge", "merge", "restore", "kind", "pipeline")
        )  # fmt: skip
        self.made += 1
        kind = self.chance.choice(("open", "open", "lost", ""))
        stage, other = self.a_stage(kind=kind, held=True), self.a_stage(kind=kind)
        new, odds = f"Stage {self.made}", self.chance.choice((10, 35, 60, 80))
        done = self.run(*{
            "add": ("lead", "stage", "add", new, "--kind", self.chance.choice(("open", "lost")),
                    "--pipeline", other.partition("/")[0]),
            "odds": ("lead", "stage", "edit", stage, "--probability", odds),
            "rename": ("lead", "stage", "rename", stage, new),
            "order": ("lead", "stage", "order", stage),
            "remove": ("lead", "stage", "remove", stage),
            "move-to": ("lead", "stage", "remove", stage, "--move-to", other),
            "merge": ("lead", "stage", "merge", other, stage),
            "restore": ("lead", "stage", "restore", self.a_stage(retired=True)),
            "kind": ("lead", "stage", "edit", stage, "--kind", "lost"),
            "pipeline": ("lead", "pipeline", "add", new, "--like", "sales"),
        }[verb])  # fmt: skip
        return verb, done == 0


@pytest.mark.parametrize("seed", [5, 32])
def test_no_edit_of_stages_loses_a_lead_or_moves_a_past_figure(crm: Crm, seed: int) -> None:
    crm("contact", "add", "Ada", "-q")
    world = World(crm, seed)
    done: set[str] = set()
    crm("lead", "stage", "add", "No fit", "--kind", "lost", "-q")
    for _ in range(12):
        world.work()
    for step in range(2, 38):
        world.day = 1 + step // 2
        world.work()
        before, shape = world.past(), world.crm.json("lead", "stage", "list", "--all")
        verb, is_done = world.edit()
        after = world.past()
        if verb == "merge":  # stages that become one are one row from then on
            before, after = [[totals for _, totals in told] for told in (before, after)]
        assert after == before, verb
        found = world.whole()
        assert found.pop("leads") == world.leads
        assert not any(found.values()), (verb, found)
        if is_done and crm.json("lead", "stage", "list", "--all") != shape:
            done.add(verb)
            if world.chance.random() < 0.3:
                world.run("undo")
                assert crm.json("lead", "stage", "list", "--all") == shape, verb
                assert not any(list(world.whole().values())[1:])
    assert len(done) > 4


# -- closed leads ---------------------------------------------------------------------------------


@pytest.fixture
def lost(crm: Crm) -> Crm:
    """A store with a lead lost in May, and a second stage of lost ones."""
    crm("contact", "add", "Ada", "-q")
    crm("lead", "stage", "add", "No fit", "--kind", "lost", "-q")
    crm("lead", "add", "ada", "One", "100", "--opened", "2026-05-01", "-q")
    crm("lead", "lose", "1", "price", "--on", "2026-05-20", "-q")
    return crm


def test_a_lost_lead_changes_its_stage_and_neither_day_nor_count(lost: Crm) -> None:
    before = lost.json("lead", "show", "1")
    run = lost("lead", "stage", "remove", "lost", "--move-to", "no fit")
    assert "moved 1 lead from Lost to No fit" in run.err
    after = lost.json("lead", "show", "1")
    assert after["stage"] == "no-fit"
    told = ("state", "closed_at", "stage_since", "loss_reason", "age_days", "stage_age_days")
    assert [after[key] for key in told] == [before[key] for key in told]
    assert len(lost.json("db", "sql", "SELECT * FROM stage_changes")) == 2
    lost("lead", "reopen", "1")
    lost("lead", "lose", "1", "timing")
    assert lost.json("lead", "show", "1")["stage"] == "no-fit"
    assert lost("undo").code == lost("undo").code == lost("undo").code == 0
    assert lost.json("lead", "show", "1") == before


def test_stages_of_lost_leads_become_one(lost: Crm) -> None:
    lost("lead", "stage", "merge", "no fit", "lost", "--yes")
    assert lost.json("lead", "show", "1")["stage"] == "no-fit"
    lost("lead", "stage", "remove", "no fit", "--move-to", "won", code=5)


def test_a_stage_waits_for_the_lead_in_the_trash(lost: Crm) -> None:
    lost("lead", "add", "ada", "Two", "--stage", "proposal", "-q")
    lost("lead", "delete", "2", "--yes", "-q")
    # Nothing is in it, and nothing ever was; but the deleted lead would come back to it.
    run = lost("lead", "stage", "remove", "proposal")
    assert "Proposal was used: it retires" in run.err
    lost("lead", "stage", "edit", "proposal", "--kind", "lost", code=5)
    lost("trash", "restore", "1")
    assert lost.json("lead", "show", "2")["stage"] == "proposal"
    lost("lead", "move", "2", "negotiation")
    assert lost.json("lead", "show", "2")["stage"] == "negotiation"


def test_a_merged_stage_waits_for_the_lead_in_the_trash(lost: Crm) -> None:
    lost("lead", "stage", "add", "Offer", "--probability", "60", "-q")
    lost("lead", "add", "ada", "Two", "--stage", "offer", "-q")
    lost("lead", "delete", "2", "--yes", "-q")
    lost("lead", "stage", "merge", "proposal", "offer", "--yes")
    lost("trash", "restore", "1")
    assert lost.json("lead", "show", "2")["stage"] == "offer"


def test_what_moved_on_since_is_a_conflict(lost: Crm) -> None:
    lost("lead", "add", "ada", "Two", "-q")
    run = lost("lead", "stage", "remove", "new", "--move-to", "contacted")
    entry = run.err.strip().rsplit(" ", 1)[1]
    lost("lead", "move", "2", "proposal")
    lost("undo", entry, code=4)
    assert lost.json("lead", "show", "2")["stage"] == "proposal"


def test_a_former_probability_weighs_the_days_it_was_so(lost: Crm) -> None:
    lost("lead", "add", "ada", "Two", "200", "--stage", "proposal", "--opened", "2026-06-01", "-q")
    lost("lead", "stage", "edit", "proposal", "--probability", "90")
    weighted = {
        day: lost.json("report", "pipeline", "--as-of", day)["totals"]["weighted"]
        for day in ("2026-06-14", "2026-06-15")
    }
    assert weighted == {"2026-06-14": "120.00", "2026-06-15": "180.00"}
