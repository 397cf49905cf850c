"""When two companies' names are so near that they may be one company."""

from __future__ import annotations

import re

_FORMS = frozenset(
    "ab ag aps as asa bv co company corp corporation cv doo eg eu gbr gmbh inc incorporated kft kg"
    " kgaa limited llc llp lp ltd mbh nv ohg oy oyj plc pte pty sa sagl sarl sas sasu sc se sl snc"
    " spa spzoo srl srl sro ug und and the".split()
)


def loose_name(folded: str) -> str:
    """Return a folded name without signs and the legal form at its end: ``edge inc.`` -> ``edge``.

    A name of nothing else stays as it is.
    """
    words = re.findall(r"[^\W_]+", folded.partition("\n")[0].replace(".", ""))
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    return " ".join(words) or folded
