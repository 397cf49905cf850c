"""Every command explains itself: help, meanings of its options, an example that runs."""

from __future__ import annotations

import pytest

from docs import reference_pages

LEAVES = {path: command for path, command, _ in reference_pages.leaves()}


@pytest.mark.parametrize("path", LEAVES)
def test_a_command_has_a_help_line_that_is_a_sentence(path: str) -> None:
    first = (LEAVES[path].help or "").strip().split("\n")[0]
    assert first
    assert first[0].isupper()
    assert first.rstrip().endswith((".", ":")), first


@pytest.mark.parametrize("path", LEAVES)
def test_every_parameter_of_a_command_says_what_it_means(path: str) -> None:
    silent = [
        parameter.name
        for parameter in LEAVES[path].params
        if not parameter.help and not getattr(parameter, "hidden", False)
    ]
    assert silent == []


def test_every_command_has_an_example() -> None:
    lacking = [path for path, lines in reference_pages.examples().items() if not lines]
    assert lacking == []
