"""A report as an SVG picture."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from crm_cli.render.picture import picture

if TYPE_CHECKING:
    from crm_cli.result import Report, Table


def test_a_picture_is_one_svg_that_fetches_nothing(
    retention: Report, segments: Report, hostile: Table
) -> None:
    for body in (retention, segments, hostile):
        svg = picture(body, "crm <report>")
        assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own text
        assert "://" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert svg == picture(body, "crm <report>")
    assert "champions" in picture(segments, "t")
