"""What is said about the columns of an import is what the import does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli.exchange.columns import field_target, plan_columns
from crm_cli.exchange.meanings import MEANINGS
from crm_cli.exchange.synonyms import SYNONYMS
from crm_cli.services import import_fields

if TYPE_CHECKING:
    from tests.conftest import Crm

NOUNS = tuple(SYNONYMS)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_field_has_a_meaning_and_no_meaning_is_left_over(noun: str) -> None:
    known = [name for name in SYNONYMS[noun] if name and "@" not in name]
    assert list(MEANINGS[noun]) == known


@pytest.mark.parametrize("noun", NOUNS)
def test_a_field_and_its_meaning_fit_a_narrow_terminal(noun: str) -> None:
    for field, meaning, _ in import_fields.fields(noun):
        assert (
            len("Import of") + 2 + max(len("referred_by_uid"), len(field)) + 2 + len(meaning) <= 80
        )


@pytest.mark.parametrize("noun", NOUNS)
def test_every_header_listed_is_recognised_as_its_field(noun: str) -> None:
    for field, _, headers in import_fields.fields(noun):
        meant = field_target(noun, field)
        assert meant is not None, field
        for header in headers:
            assert field_target(noun, header) == meant, (field, header)
    for header in import_fields.passed_over(noun):
        assert plan_columns(noun, [header]).unknown == []


@pytest.mark.parametrize("noun", NOUNS)
def test_the_help_of_an_import_says_where_the_fields_are_listed(crm: Crm, noun: str) -> None:
    group = {"interaction": "log"}.get(noun, noun)
    assert "crm help columns" in " ".join(crm(group, "import", "--help").out.split())
    rows = [row for row in crm.json("help", "columns") if row["record"] == noun]
    assert [row["field"] for row in rows] == [name for name, _, _ in import_fields.fields(noun)]
    first = crm("help", "columns", "--columns", "field,headers", "-f", "csv").out
    assert "given name" in first
