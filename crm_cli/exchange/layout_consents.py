"""The columns in which products tell the state of a consent to mailings, when, and from where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTED_IN = re.compile(r"opted in (\S+?)(?: from (\S+?))?")
_CONFIRMED = re.compile(r"confirmed (\S+?)(?: from (\S+?))?")


def marketing_cells(
    event: Mapping[str, str | None],
    words: Mapping[str, str],
    titles: Mapping[str, str],
    cells: dict[str, str],
) -> bool:
    """Write a consent into the columns that ``titles`` (field -> title) has; ``words`` are the
    product's for a state or a basis. Returns whether nothing of it is lost."""
    state, basis = str(event["state"]), event["basis"] or ""

    def put(name: str, text: str | None) -> bool:
        if text and name in titles:
            cells[titles[name]] = text
        return not text or name in titles

    whole = put("marketing_consent", words.get(basis, words[state]))
    when = _plain(event["at"])
    proof = [part for part in (event["proof"] or "").split("; ") if part]
    if state == "withdrawn":
        is_bounce = basis == "bounced" and "bounced" in words
        whole &= put("bounced_at" if is_bounce else "opt_out_at", when)
        # That an address takes no mail is what the state says already.
        return whole and all(is_bounce and part.endswith(" takes no mail") for part in proof)
    whole &= put("opt_in_at", when)
    for part in proof:
        opted, confirmed = _OPTED_IN.fullmatch(part), _CONFIRMED.fullmatch(part)
        if opted:
            whole &= _plain(opted[1]) == when and put("opt_in_ip", opted[2])
        elif confirmed:
            whole &= put("confirmed_at", _plain(confirmed[1])) and put("confirmed_ip", confirmed[2])
        else:
            whole = False
    return whole


def _plain(at: str | None) -> str | None:
    """Return a time in UTC as products write it: ``2027-04-03 07:30:00``."""
    return at.replace("T", " ").removesuffix("Z") if at else None
