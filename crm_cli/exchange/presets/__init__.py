"""Layouts of other programs' exports, one small TOML file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.exchange.columns import Preset, normal

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = {"contact": ("google", "google-old"), "purchase": ("shopify",), "product": ()}
"""noun -> the presets there are, each a file ``<name>.toml`` beside this module."""


def load(name: str) -> Preset:
    """Return a preset by its name."""
    import tomllib
    from importlib.resources import files

    text = (files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    content: dict[str, Any] = tomllib.loads(text)
    return Preset(name=name, **content)


def choose(noun: str, name: str | None, header: Sequence[str]) -> Preset | None:
    """Return the preset named, else the one the header fits, else None.

    Raises InvalidValue for a name that does not exist for this noun.
    """
    known: tuple[str, ...] = NAMES.get(noun, ())
    if name is not None:
        if name == "own":
            return None
        if name == "google":
            return _fitting(known, header) or load("google")
        if name not in known:
            raise errors.InvalidValue(
                f"{name!r} is not a preset for {noun}s",
                hint="presets are " + ", ".join((*known, "own")),
            )
        return load(name)
    return _fitting(known, header)


def _fitting(known: Sequence[str], header: Sequence[str]) -> Preset | None:
    titles = {normal(title) for title in header}
    for name in known:
        preset = load(name)
        if titles.issuperset(normal(title) for title in preset.recognised_by):
            return preset
    return None
