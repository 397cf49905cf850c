"""Reading use cases of figures: one measure family a module, one definition a report.

``REPORTS`` is the one home of each definition: it stands under the figures, in ``--help`` and
in the reference pages.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A report: the module that computes it, its help line, and what its figures mean."""

    module: str
    help: str
    definition: str


REPORTS: dict[str, Entry] = {
    "segments": Entry(
        "segments",
        "Customers by recency, frequency and value (RFM).",
        "Recency is the days from the last order to the as-of day, frequency the number of"
        " orders, value the revenue (sales less returns). Scores 1 to 5, 5 best: 1 + floor(5 k /"
        " n) with k of n customers strictly worse, so equal values share a score. The three"
        " scores name the segment; shares are of all customers.",
    ),
    "retention": Entry(
        "retention",
        "Cohorts by first order, and how many came back.",
        "A cohort is the period of the first order; column i is the i-th period after it. A"
        " customer is active in a period with at least one order (rolling: in it or any later"
        " one). The rate is of the cohort's size, or of its revenue in column 0. The average is"
        " weighted by that base, over closed periods only.",
    ),
    "repeat": Entry(
        "repeat",
        "Repeat rate, and the days between orders.",
        "The repeat rate is customers with two or more orders over all customers; by day, with"
        " orders on two or more days. A gap is the days between two neighbouring days with an"
        " order of one customer.",
    ),
    "sales": Entry(
        "sales",
        "Revenue by period and dimension.",
        "Revenue is sales less returns, each on its own day; an order counts on the earliest day"
        " of its number, and once in each group that it has a line in.",
    ),
}
"""Report -> what it is, in the order help shows them."""
