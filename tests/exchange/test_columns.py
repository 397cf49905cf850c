"""Which column means which field."""

from __future__ import annotations

import pytest

from crm_cli import errors
from crm_cli.exchange.columns import Target, plan_columns
from crm_cli.exchange.presets import NAMES, choose, load


def targets(noun: str, header: list[str], maps: tuple[str, ...] = ()) -> dict[str, Target]:
    plan = plan_columns(noun, header, maps=maps)
    return {header[at]: target for at, target in plan.targets.items()}


def test_usual_headers_of_contacts() -> None:
    header = ["Full Name", "E-Mail", "Mobile", "ZIP", "Town", "Customer ID", "Shoe size"]
    plan = plan_columns("contact", header)
    assert {header[at]: target.field for at, target in plan.targets.items()} == {
        "Full Name": "name", "E-Mail": "email", "Mobile": "phone", "ZIP": "address",
        "Town": "address", "Customer ID": "external_id",
    }  # fmt: skip
    assert plan.labels == {("phone", 1): "mobile"}
    assert plan.unknown == ["Shoe size"]


def test_usual_headers_of_purchases() -> None:
    found = targets("purchase", ["customer_id", "date", "item", "qty", "total", "SKU"])
    assert {header: target.field for header, target in found.items()} == {
        "customer_id": "customer", "date": "on", "item": "product", "qty": "quantity",
        "total": "amount", "SKU": "sku",
    }  # fmt: skip


def test_lists_stand_in_several_columns() -> None:
    found = targets("contact", ["name", "email", "email", "email_3", "email_3_label", "city_2"])
    assert found["email_3_label"] == Target("email", 3, "label")
    assert found["city_2"] == Target("address", 2, "city")
    plan = plan_columns("contact", ["name", "email", "email"])
    assert plan.indexes("email") == [1, 2]


def test_the_better_header_wins_and_the_other_is_named() -> None:
    plan = plan_columns("purchase", ["customer", "date", "total", "amount"])
    assert plan.index("amount") == 3
    assert plan.unknown == ["total"]


def test_two_columns_of_one_name() -> None:
    with pytest.raises(errors.BadFile, match=r"columns 1 \(Name\) and 3 \(name\)"):
        plan_columns("contact", ["Name", "email", "name"])


def test_maps() -> None:
    found = targets("contact", ["Kunde", "Post", "x"], ("Kunde=name", "post=email_2", "x="))
    assert found == {"Kunde": Target("name"), "Post": Target("email", 2)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kunde", "has no ="),
        ("Kinde=name", "no column 'Kinde'"),
        ("Kunde=nmae", "no field 'nmae'"),
    ],
)
def test_maps_that_mean_nothing(text: str, words: str) -> None:
    with pytest.raises(errors.InvalidValue, match=words) as caught:
        plan_columns("contact", ["Kunde"], maps=[text])
    assert caught.value.hint


def test_a_reject_file_is_read_as_the_file_it_came_from() -> None:
    plan = plan_columns("contact", ["name", "_line", "_field", "_reason"])
    assert plan.unknown == []
    assert plan.fields == {"name"}


def test_presets_are_recognised_by_their_headers() -> None:
    for noun, names in NAMES.items():
        for name in names:
            preset = load(name)
            assert preset.noun == noun
            assert preset.recognised_by
            for header in preset.recognised_by:
                found = choose(noun, None, list(header))
                assert found is not None
                assert found.name == name
    assert choose("contact", None, ["name", "email"]) is None
    assert choose("contact", "own", list(load("google").recognised_by[0])) is None
    with pytest.raises(errors.InvalidValue):
        choose("contact", "shopify", ["name"])
