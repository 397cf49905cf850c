"""What holds for the layout of every product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli.exchange.presets import NAMES, choose, load
from tests.imports.layouts import LAYOUTS, Layout
from tests.imports.lead_layouts import LEAD_LAYOUTS
from tests.imports.test_presets import GOOGLE, OLD, SHOPIFY

if TYPE_CHECKING:
    from tests.imports.helpers import Files

OLDER = (
    Layout.of(
        "google", "contact", GOOGLE,
        "First Name,Organization Name,E-mail 1 - Value,Last Name,Middle Name,Phone 1 - Value",
    ),
    Layout.of("google-old", "contact", OLD + "Bob,Bob,,,,,,,,bob@x.org,,,,,,,,,\n",
              "Given Name,Family Name,E-mail 1 - Value"),
    Layout.of(
        "shopify", "purchase", SHOPIFY,
        "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem sku,Cancelled at,Refunded Amount",
    ),
    *LEAD_LAYOUTS,
)  # fmt: skip
each = pytest.mark.parametrize("layout", [*LAYOUTS, *OLDER], ids=lambda layout: layout.preset)


def test_every_preset_has_a_file_here() -> None:
    assert {layout.preset for layout in (*LAYOUTS, *OLDER)} == {
        name for names in NAMES.values() for name in names
    }


@each
def test_a_file_is_recognised_and_comes_in_once(files: Files, layout: Layout) -> None:
    first = files.load(layout.noun, layout.text())
    assert (first["rejected"], first["updated"]) == (0, 0)
    assert first["created"] >= 2
    before = files.dump()
    again = files.load(layout.noun, layout.text())
    assert again["unchanged"] == again["read"] == len(layout.rows)
    assert files.dump() == before
    assert (
        f"read as {layout.preset} export"
        in files.crm(layout.noun, "import", files.write(layout.text()), "--dry-run").err
    )


@each
def test_the_order_of_columns_does_not_matter(files: Files, layout: Layout) -> None:
    turned = layout.text(sorted(layout.header, reverse=True))
    files.load(layout.noun, turned)
    again = files.load(layout.noun, layout.text())
    assert again["unchanged"] == again["read"]


@each
def test_columns_may_be_missing(files: Files, layout: Layout) -> None:
    less = files.load(layout.noun, layout.text(layout.needed))
    assert less["rejected"] == 0
    assert less["unknown_columns"] in ([], ["Lifecycle Stage"], ["Record Id"])
    assert choose(layout.noun, None, layout.needed) is not None
    full = files.load(layout.noun, layout.text())
    assert (full["created"], full["rejected"]) == (0, 0)


@each
def test_no_column_goes_in_silence(files: Files, layout: Layout) -> None:
    odd = [*layout.header, "Shoe size"]
    rows = [{**row, "Shoe size": "43"} for row in layout.rows]
    text = type(layout)(layout.preset, layout.noun, odd, rows, layout.needed).text()
    assert files.load(layout.noun, text)["unknown_columns"][-1] == "Shoe size"
    # Each filled column means a field, or is named, or repeats what another one says.
    preset = load(layout.preset)
    result = files.load(layout.noun, layout.text())
    named = {*result["unknown_columns"], *preset.repeated}
    named |= {other for others in preset.joined.values() for other in others}
    for title in layout.header:
        cells = {row[title] for row in layout.rows if row.get(title)} - {*preset.usual}
        if cells and title not in named:
            assert preset.target(preset.names(layout.header)[layout.header.index(title)]), title


@each
def test_each_column_of_a_preset_is_one_thing_only(layout: Layout) -> None:
    preset = load(layout.preset)
    assert not {*preset.ignored} & {*preset.repeated} - {*preset.columns}
    assert not {*preset.columns} & {*preset.repeated}
    assert {*preset.second_best} <= {*preset.columns}
