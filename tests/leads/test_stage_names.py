"""Naming stages: by key, name, former name or the beginning of one."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from crm_cli import errors
from crm_cli.queries import stages
from crm_cli.store.migrations import m0004_leads

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def store() -> sqlite3.Connection:
    """Two pipelines: sales as it comes, and partners with a won stage of another name."""
    connection = sqlite3.connect(":memory:")
    for statement in m0004_leads.STAGES:
        connection.execute(statement)
    connection.executescript(
        """
        INSERT INTO pipelines (id, key, name, position) VALUES (1, 'sales', 'Sales', 1),
               (2, 'partners', 'Partner programme', 2), (3, 'old', 'Old', 3);
        UPDATE pipelines SET is_retired = 1 WHERE id = 3;
        """
    )
    rows = [
        (1, key, name, "[]", kind, place, odds, 0)
        for place, (key, name, kind, odds, _) in enumerate(m0004_leads.DEFAULT_STAGES)
    ]
    rows += [
        (2, "new", "Applied", '["New", "Angefragt"]', "open", 1, 2000, 0),
        (2, "pilot", "Pilot phase", "[]", "open", 2, 5000, 0),
        (2, "pilot-2", "Second pilot", "[]", "open", 3, 6000, 1),
        (2, "signed", "Signed", "[]", "won", 4, 10_000, 0),
        (2, "declined", "Declined", "[]", "lost", 5, 0, 0),
        (3, "dusty", "Dusty", "[]", "open", 1, 0, 0),
    ]
    connection.executemany(
        "INSERT INTO stages (pipeline_id, key, name, aliases, kind, position, probability,"
        " is_retired) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    return connection


@pytest.mark.parametrize(
    ("text", "pipeline", "within", "expected"),
    [
        ("proposal", None, None, "sales/proposal"),
        ("PROPOSAL ", None, None, "sales/proposal"),
        ("nego", None, None, "sales/negotiation"),
        ("new", None, None, "sales/new"),
        ("new", "partner programme", None, "partners/new"),
        ("new", "part", 1, "partners/new"),
        ("new", None, 2, "partners/new"),
        ("applied", None, None, "partners/new"),
        ("angefragt", None, None, "partners/new"),
        ("partners/new", None, None, "partners/new"),
        ("partners/new", None, 1, "partners/new"),
        ("pilot", None, None, "partners/pilot"),
        ("phase", None, None, "partners/pilot"),
        ("won", None, 2, "partners/signed"),
        ("lost", None, 2, "partners/declined"),
        ("lost", None, None, "sales/lost"),
    ],
)
def test_a_stage_is_found(
    store: sqlite3.Connection, text: str, pipeline: str | None, within: int | None, expected: str
) -> None:
    found = stages.resolve_stage(store, text, pipeline, within)
    assert f"{found.pipeline}/{found.key}" == expected


@pytest.mark.parametrize(
    ("text", "within", "kind", "said"),
    [
        ("propsal", None, errors.NotFound, "did you mean Proposal"),
        ("pilot", 1, errors.NotFound, "the pipeline Sales has no stage 'pilot'"),
        ("", None, errors.NotFound, "no stage ''"),
        ("second", None, errors.Refused, "crm lead stage restore partners/pilot-2"),
        ("n", None, errors.Ambiguous, "sales/new, sales/negotiation"),
    ],
)
def test_a_stage_that_is_not_found_says_what_there_is(
    store: sqlite3.Connection, text: str, within: int | None, kind: type[errors.CrmError], said: str
) -> None:
    with pytest.raises(kind) as caught:
        stages.resolve_stage(store, text, within=within)
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_pipelines_are_named_like_stages(store: sqlite3.Connection) -> None:
    assert stages.resolve_pipeline(store).key == "sales"
    assert stages.resolve_pipeline(store, "programme").key == "partners"
    assert stages.resolve_pipeline(store, "old", retired=True).key == "old"
    with pytest.raises(errors.Refused):
        stages.resolve_pipeline(store, "old")
    with pytest.raises(errors.NotFound, match="no pipeline 'purchasing'"):
        stages.resolve_pipeline(store, "purchasing")


def test_filters_mean_the_stage_of_every_pipeline(store: sqlite3.Connection) -> None:
    found = [f"{row.pipeline}/{row.key}" for row in stages.stages_named(store, "new")]
    assert found == ["sales/new", "partners/new"]


def test_where_leads_begin_and_end(store: sqlite3.Connection) -> None:
    assert stages.first_stage(store, 2).key == "new"
    assert stages.won_stage(store, 2).key == "signed"
    assert stages.lost_stage(store, 2).key == "declined"


def test_a_stage_is_listed_of_every_pipeline_that_has_it(crm: Crm) -> None:
    """The key of one is the name of another: neither is left out in silence."""
    crm("contact", "add", "Ada", "-q")
    crm("lead", "pipeline", "add", "Partners", "--stages", "Enquiry, Talks", "-q")
    crm("lead", "stage", "rename", "new", "Enquiry", "-q")
    crm("lead", "add", "ada", "Ours", "-q")
    crm("lead", "add", "ada", "Theirs", "--pipeline", "partners", "-q")
    assert len(crm.json("lead", "list", "--stage", "enquiry")) == 2
    assert len(crm.json("lead", "list", "--where", "stage = enquiry")) == 2
    (only,) = crm.json("lead", "list", "--stage", "enquiry", "--pipeline", "partners")
    assert only["title"] == "Theirs"
