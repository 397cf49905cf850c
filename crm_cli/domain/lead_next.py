"""Which lead to call next: the order, in whole numbers.

First come leads with a step that is due, the earliest first. The others, of which no step is
open, are ordered by

    worth x (1 + days in stage / limit) x days of silence / usual days

where each fraction is at most 1. ``limit`` is the stage's limit for ageing, else twice the usual,
else 30 days; ``usual`` the median stay in the stage, else half its limit, else 15 days. With
nobody spoken to since the lead was opened the last fraction is 1: who just asked does not wait.
"""

from __future__ import annotations

from typing import NamedTuple

LIMIT, USUAL = 30, 15
"""Days where nothing is known of a stage."""

FEWEST = 5
"""Finished stays from which on a stage has a usual length."""


class Pace(NamedTuple):
    """How long leads stay in a stage: ``limit`` and ``usual`` as reckoned with, ``rotten`` the
    limit that was set, ``median`` of its finished stays; None where there is none."""

    limit: int
    usual: int
    rotten: int | None
    median: int | None


def pace(rotten: int | None, stays: list[int]) -> Pace:
    """Return the pace of a stage from its limit and the days of its finished stays."""
    middle = None
    if len(stays) >= FEWEST:
        ordered = sorted(stays)
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2
    limit = rotten or (2 * middle if middle else LIMIT)
    usual = middle if middle is not None else rotten // 2 if rotten else USUAL
    return Pace(max(limit, 1), max(usual, 1), rotten, middle)


def priority(worth: int, known: Pace, in_stage: int, silent: int | None) -> int:
    """Return how urgent a call is; ``silent`` are the days since the last talk, None where there
    was none since the lead was opened."""
    aged = known.limit + min(max(in_stage, 0), known.limit)
    quiet = known.usual if silent is None else min(max(silent, 0), known.usual)
    return worth * aged * quiet // (known.limit * known.usual)


def bound(worth: int, known: Pace, in_stage: int) -> int:
    """Return what no priority of so much worth exceeds, if it is so long in its stage."""
    return priority(worth, known, in_stage, None)


def of_unvalued(chance: int, middle: int) -> int:
    """Return the worth of a lead whose value nobody knows: the median worth (``middle``) of those
    that have one, at an even chance, and more or less by its own (basis points)."""
    return middle * chance // 5000 if middle else chance
