"""What keeps an entry from being taken back, or a record from coming back: never a bug report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


def conflict(crm: Crm, *arguments: object) -> list[str]:
    """Run what must be refused, and return the reasons given; nothing may be written."""
    before = snapshot(crm.db)
    run = crm(*arguments, "--json", code=4)
    assert snapshot(crm.db) == before
    return [candidate["reason"] for candidate in run.error["candidates"]]


# -- undo -------------------------------------------------------------------------------------


def test_a_cell_that_would_name_a_deleted_record_is_a_conflict(crm: Crm) -> None:
    crm("contact", "add", "Acme", "--kind", "company")
    crm("contact", "add", "Beta", "--kind", "company")
    crm("contact", "add", "Pam", "--company", "Acme")
    crm("contact", "edit", "3", "--company", "Beta")
    crm("contact", "delete", "1", "--yes")
    assert conflict(crm, "undo", "4") == ["needs contact 1, which is gone"]


def test_what_hung_on_a_product_that_is_gone_does_not_come_back(crm: Crm) -> None:
    crm("product", "add", "Tea", "3")
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "5")
    crm("contact", "delete", "1", "--yes")
    crm("undo", "1")
    assert conflict(crm, "undo", "4") == ["needs product 1, which is gone"]


def test_a_tag_given_again_keeps_the_old_one_away(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "tag", "1", "vip")
    crm("contact", "untag", "1", "vip")
    crm("contact", "tag", "1", "vip")
    assert conflict(crm, "undo", "3") == ["was added again"]


def test_a_rate_given_again_keeps_the_old_one_away(crm: Crm) -> None:
    crm("config", "rate", "add", "USD", "1.1", "--on", "2026-01-01")
    crm("config", "rate", "remove", "1", "--yes")
    crm("config", "rate", "add", "USD", "1.2", "--on", "2026-01-01")
    assert conflict(crm, "undo", "2") == ["USD EUR 2026-01-01 was added again"]


def test_a_contact_imported_again_keeps_the_deleted_one_away(crm: Crm, tmp_path: Path) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "export", tmp_path / "all.csv")
    crm("contact", "delete", "1", "--yes")
    crm("contact", "import", tmp_path / "all.csv")
    assert conflict(crm, "undo", "2") == ["came back as #2"]
    assert conflict(crm, "trash", "restore", "1") == ["came back as #2"]


def test_a_customer_number_given_to_another_is_a_conflict(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--external-id", "shop:1")
    crm("contact", "edit", "1", "--remove-external-id", "shop:1")
    crm("contact", "add", "Bob", "--external-id", "Shop:1")
    assert conflict(crm, "undo", "2") == ["Shop:1 now belongs to contact 2"]


# -- the trash --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_who_was_deleted_together_comes_back_one_by_one_and_tied(
    crm: Crm, order: tuple[int, int]
) -> None:
    crm("contact", "add", "Acme", "--kind", "company")
    crm("contact", "add", "Pam", "--company", "Acme", "--referred-by", "1")
    crm("contact", "add", "Stays", "--company", "Acme", "--referred-by", "2")
    crm("contact", "link", "2", "1", "--kind", "partner")
    before = snapshot(crm.db)
    crm.process("contact", "delete", "-", "--yes", stdin="1\n2\n")
    first, second = order
    run = crm("trash", "restore", first)
    assert f"left out its tie to contact {second}, which is gone" in run.err
    only_one = snapshot(crm.db)
    crm("trash", "restore", second)
    after = snapshot(crm.db)
    assert after == before
    crm("undo")
    assert snapshot(crm.db) == only_one


def test_a_purchase_waits_for_its_contact(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "5")
    crm("purchase", "delete", "1", "--yes")
    crm("contact", "delete", "1", "--yes")
    assert conflict(crm, "trash", "restore", "1") == ["needs contact 1, which is gone"]
    crm("trash", "restore", "2")
    assert crm.json("trash", "restore", "1")["amount"] == "5.00"


def test_a_return_waits_for_its_sale(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "5")
    crm("purchase", "return", "1", "2")
    crm("purchase", "delete", "2", "--yes")
    crm("purchase", "delete", "1", "--yes")
    assert conflict(crm, "trash", "restore", "1") == ["needs purchase 1, which is gone"]


def test_a_return_deleted_with_its_sale_leaves_the_trash_with_it(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "5")
    crm("purchase", "return", "1", "2")
    crm.process("purchase", "delete", "-", "--yes", stdin="1\n2\n")
    crm("trash", "restore", "1")
    assert crm.json("trash", "list") == []
    assert len(crm.json("purchase", "list")) == 2


def test_a_purchase_comes_back_without_a_product_that_is_gone(crm: Crm) -> None:
    crm("product", "add", "Tea", "3")
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "5")
    crm("purchase", "delete", "1", "--yes")
    crm("undo", "1")
    run = crm("trash", "restore", "1")
    assert "left out its tie to product 1, which is gone" in run.err
    assert crm.json("purchase", "show", "1")["product"] is None
