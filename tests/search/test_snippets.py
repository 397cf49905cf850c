"""Where a snippet's words stand: found by a pattern in plain text, word by word in any other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crm_cli.domain import search

PIECES = st.lists(
    st.sampled_from([
        "anna", "costa", "COSTA", "co", "st", "o", "ss", "müller", "Mueller", "é", "x_y", "x-y",
        "a.b@c.com", " ", "  ", "-", "_", ".", "12", "+41", "Ł", "ångström",
    ]),
    min_size=1, max_size=7,
).map("".join)  # fmt: skip
ASKED = st.sampled_from([
    "costa", "co", "anna ro", '"co st"', "x y", '"x y"', "x_y", "mueller", "muller", "müll", "é",
    '"a b"', "ros cos", "a.b@c", "o", "lo", "aang",
])  # fmt: skip


@given(text=PIECES, asked=ASKED)
def test_a_pattern_finds_what_reading_word_by_word_finds(text: str, asked: str) -> None:
    terms = search.parse(asked).terms
    # A sign that is no letter of Latin scripts, and no part of a word, takes the long way.
    assert search._spans(text, terms, None) == [
        (start - 2, end - 2) for start, end in search._spans(f"→ {text}", terms, None)
    ]
