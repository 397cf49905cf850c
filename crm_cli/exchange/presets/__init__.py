"""Layouts of other programs' exports, one small TOML file each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.exchange.columns import normal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.exchange.preset import Preset

NAMES = {
    "contact": (
        "google",
        "google-old",
        "dynamics",
        "dynamics-accounts",
        "pipedrive",
        "pipedrive-organizations",
        "mailchimp",
        "zoho",
        "zoho-accounts",
        "hubspot-companies",
        "hubspot",
        "monday",
        "kommo",
        "freshsales",
        "salesforce",
        "salesforce-accounts",
        "outlook",
        "apple",
    ),
    "purchase": ("shopify", "stripe", "square", "woocommerce", "woocommerce-items"),
    "product": (),
    "lead": (
        "zoho-deals",
        "hubspot-deals",
        "pipedrive-deals",
        "salesforce-opportunities",
        "frappe-deals",
        "zoho-leads",
        "frappe-leads",
        "salesforce-leads",
        "espocrm-opportunities",
        "espocrm-leads",
    ),
}
"""noun -> the presets there are, those with the plainer titles last; each is a file
``<name>.toml`` beside this module."""

LAYOUTS = (
    "google",
    "outlook",
    "hubspot",
    "salesforce",
    "pipedrive",
    "zoho",
    "monday",
    "freshsales",
    "kommo",
    "dynamics",
    "mailchimp",
)
"""The presets that contacts can be written in, to leave to; Apple's programs take vCards."""

ORDER_LAYOUTS = ("shopify", "woocommerce")
"""The presets that purchases can be written in."""

LEAD_LAYOUTS = {
    "hubspot": "hubspot-deals",
    "salesforce": "salesforce-opportunities",
    "pipedrive": "pipedrive-deals",
    "zoho": "zoho-deals",
}
"""Product -> the preset that leads can be written in, to leave to."""

_START = "\nrecognised_by = "


def _text(name: str) -> str:
    from pathlib import Path

    # As importlib.resources would, at a tenth of the cost: every import of contacts comes here.
    loader: Any = globals()["__loader__"]
    content: bytes = loader.get_data(str(Path(__file__).with_name(f"{name}.toml")))
    return content.decode()


def load(name: str) -> Preset:
    """Return a preset by its name."""
    import tomllib

    from crm_cli.exchange.preset import Preset

    content: dict[str, Any] = tomllib.loads(_text(name))
    return Preset(name=name, **content)


def choose(noun: str, name: str | None, header: Sequence[str]) -> Preset | None:
    """Return the preset named, else the one the header fits, else None.

    Raises InvalidValue for a name that does not exist for this noun.
    """
    known: tuple[str, ...] = NAMES.get(noun, ())
    if name is not None:
        if name == "own":
            return None
        # A product's layouts of several times have one name before the dash.
        family = [other for other in known if other == name or other.startswith(f"{name}-")]
        if not family:
            raise errors.InvalidValue(
                f"{name!r} is not a preset for {noun}s",
                hint="presets are " + ", ".join((*known, "own")),
            )
        return load(_fitting(family, header) or (name if name in family else family[0]))
    fitting = _fitting(known, header)
    return load(fitting) if fitting else None


def _fitting(known: Sequence[str], header: Sequence[str]) -> str | None:
    titles = {normal(title) for title in header}
    if {"uid", "contact uid"} & titles:  # our own export
        return None
    return next((name for name in known if _fits(name, titles)), None)


def _fits(name: str, titles: set[str]) -> bool:
    """Say whether a header is a preset's.

    Every import asks for every preset: what recognises one is a paragraph of its own, lists of
    plain strings, and no more of the file is understood than that.
    """
    rules = _text(name).partition(_START)[2].partition("\n\n")[0]
    return any(
        titles.issuperset(map(normal, re.findall('"([^"]+)"', needed)))
        for needed in re.findall(r"\[([^\[\]]+)\]", rules)
    )
