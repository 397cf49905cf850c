"""docs/filters.md names what there is, and what it shows is understood."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crm_cli.domain.custom_field import RESERVED, RESERVED_OF_LEADS
from crm_cli.domain.filter import KEYWORDS
from crm_cli.domain.filter_fields import ALIASES, SIGNS, built_in
from crm_cli.store.search_texts import WITH_FIELDS

if TYPE_CHECKING:
    from tests.conftest import Crm

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
FIELDS = PAGE.partition("## Fields")[2].partition("## Segments")[0]


@pytest.mark.parametrize(
    "noun", ["contact", "product", "purchase", "interaction", "follow-up", "lead"]
)
def test_every_field_stands_on_the_page(noun: str) -> None:
    part = FIELDS.partition(f"{noun.capitalize()}s:")[2]
    part = part.partition("\n\n")[0]
    assert set(built_in(noun)) == set(re.findall(r"`([a-z_]+)`", part))


def test_every_alias_means_a_field_and_every_kind_is_known() -> None:
    for noun, aliases in ALIASES.items():
        fields = built_in(noun)
        assert set(aliases.values()) <= set(fields)
        assert not set(aliases) & set(fields)
        assert {field.kind for field in fields.values()} <= set(SIGNS)


def test_no_custom_field_can_hide_a_field_or_a_word_of_the_language() -> None:
    for noun in WITH_FIELDS:
        reserved = RESERVED_OF_LEADS if noun == "lead" else RESERVED
        assert set(built_in(noun)) - reserved == set()
    assert set(KEYWORDS) - RESERVED == set()


def test_the_commands_on_the_page_run(shop: Crm) -> None:
    import shlex

    shop("product", "add", "Gift", "30", "--category", "gifts")
    folder = shop.db.parent
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) == 18
    for line in commands:
        words = [str(folder / w) if w.endswith(".csv") else w for w in shlex.split(line)]
        shop(*words[1:])
