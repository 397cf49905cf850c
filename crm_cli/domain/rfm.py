"""RFM: from recency, frequency and value to scores, and from scores to a named segment."""

from __future__ import annotations

from typing import NamedTuple

from crm_cli import errors

_CODES = {
    "champions": "555 554 544 545 454 455 445",
    "loyal": "543 444 435 355 354 345 344 335",
    "potential-loyalist": (
        "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341"
        " 333 323"
    ),
    "new": "512 511 422 421 412 411 311",
    "promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "need-attention": "535 534 443 434 343 334 325 324",
    "about-to-sleep": "331 321 312 221 213 231 241 251",
    "at-risk": (
        "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124"
    ),
    "cannot-lose": "155 154 144 214 215 115 114 113",
    "hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "lost": "111 112 121 131 141 151",
}

SEGMENTS: dict[str, tuple[int, ...]] = {
    name: tuple(map(int, codes.split())) for name, codes in _CODES.items()
}
"""Segment -> its codes (recency, frequency and monetary score side by side); all 125, once."""

SEGMENT_OF: dict[int, str] = {code: name for name, codes in SEGMENTS.items() for code in codes}
"""Code -> segment."""

SCORES = 5
"""Scores run from 1 to 5, 5 best."""


class Cuts(NamedTuple):
    """Four values a dimension: the score is 1 + how many of them a customer's value exceeds."""

    recency: tuple[int, ...] | None
    frequency: tuple[int, ...] | None
    monetary: tuple[int, ...] | None


def cut_positions(customers: int) -> tuple[int, ...]:
    """Return which of the values, sorted from the worst on and counted from 0, are the cuts.

    The score 1 + floor(5 k / n), with k of n customers strictly worse, is at least s + 1
    exactly when k >= ceil(s n / 5), that is when the value exceeds the one at
    ceil(s n / 5) - 1: twelve values are all that scoring a million customers needs.
    """
    return tuple(-(-step * customers // SCORES) - 1 for step in range(1, SCORES))


def check_segment(text: str) -> str:
    """Return a segment's name. Raises InvalidValue with the nearest one."""
    name = text.strip().lower().replace(" ", "-").replace("_", "-")
    if name in SEGMENTS:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, SEGMENTS, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"{text!r} is not a segment", hint=f"{hint}segments are {', '.join(SEGMENTS)}"
    )


def read_cuts(texts: list[str], currency: str) -> Cuts:
    """Read ``--cuts``: ``r=30,90,180,365``, ``f=2,3,5,10``, ``m=50,100,500,1000``.

    Recency: at most so many days score 5, 4, 3, 2. Frequency and value: so many and more
    score 2, 3, 4, 5; values in major units of ``currency``. The recency of the result is in
    days, negated, so that more is better as in the others. Raises InvalidValue.
    """
    from crm_cli.domain.values import read_amount

    found: dict[str, tuple[int, ...]] = {}
    for text in texts:
        name, _, numbers = text.partition("=")
        key = {"recency": "r", "frequency": "f", "monetary": "m", "value": "m"}.get(name, name)
        parts = numbers.split(",")
        if key not in {"r", "f", "m"} or len(parts) != SCORES - 1:
            raise _not_cuts(text)
        if key in found:
            raise errors.InvalidValue(f"{text!r}: the cut points of {key} are given twice")
        try:
            values = [read_amount(part, currency) if key == "m" else int(part) for part in parts]
        except ValueError:
            raise _not_cuts(text) from None
        if values != sorted(set(values)):
            raise errors.InvalidValue(f"{text!r}: the cut points must rise from left to right")
        # "At least v" is "more than v - 1": all values are whole numbers.
        found[key] = (
            tuple(-value - 1 for value in reversed(values))
            if key == "r"
            else tuple(value - 1 for value in values)
        )
    return Cuts(found.get("r"), found.get("f"), found.get("m"))


def _not_cuts(text: str) -> errors.InvalidValue:
    return errors.InvalidValue(
        f"{text!r} are no cut points",
        hint="write four rising numbers: r=30,90,180,365 or f=2,3,5,10 or m=50,100,500,1000",
    )
