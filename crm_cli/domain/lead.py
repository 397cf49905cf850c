"""Leads: how likely one is, what it is worth by that, and what people type for it.

Probabilities are basis points (4000 is 40 %), values minor units of a currency.
"""

from __future__ import annotations

from crm_cli import errors

STATES = ("open", "won", "lost")
FORECASTS = ("commit", "best", "pipeline", "omitted")
"""How sure the owner is that it comes in; ``omitted`` is in no sum of a forecast."""

COMMIT, BEST = 8000, 5000
"""From which probability on an open lead counts as commit, or as best case, where its owner has
not said."""

CERTAIN = 10_000

TERMS = ("value", "currency", "probability", "expected_on", "forecast", "owner")
"""What a lead promises: columns whose former values are kept in ``lead_terms``."""

FROZEN = ("value", "currency", "probability", "expected_on", "forecast")
"""Columns that no edit changes once a lead is closed."""


def probability(state: str, own: int | None, of_stage: int) -> int:
    """Return how likely a lead is won: its own odds or its stage's; closed ones are certain."""
    if state != "open":
        return CERTAIN if state == "won" else 0
    return of_stage if own is None else own


def weighted(value: int | None, odds: int) -> int | None:
    """Return value times probability, rounded half up once; None where nobody knows the value.

    100 at 99 % and 200 at 0 % are 99 and 0: sums are sums of these (metrics page, "Leads").
    """
    return None if value is None else (value * odds + 5000) // CERTAIN


def category(state: str, own: str | None, odds: int) -> str | None:
    """Return the forecast category of a lead: its owner's word, else by its probability; None
    for a closed one, which is in no forecast."""
    if state != "open":
        return None
    if own is not None:
        return own
    return "commit" if odds >= COMMIT else "best" if odds >= BEST else "pipeline"


def read_probability(text: str) -> int:
    """Read ``40``, ``40%``, ``12.5 %`` or ``12,5`` into basis points. Raises InvalidValue, also
    for a bare ``0.4``: some mean 0.4 % by it, others 40 %."""
    bare = text.strip().removesuffix("%").rstrip().replace(",", ".")
    whole, point, fraction = bare.partition(".")
    is_number = whole.isascii() and whole.isdigit() and len(whole) <= 3
    if point:
        is_number = is_number and fraction.isascii() and fraction.isdigit() and len(fraction) <= 2
    found = int(whole + fraction.ljust(2, "0")) if is_number else -1
    if not 0 <= found <= CERTAIN:
        raise errors.InvalidValue(
            f"{text!r} is not a probability", hint="write 40 or 40%, from 0 to 100"
        )
    if 0 < found < 100 and "%" not in text:
        part = f"{found / 100:g}"
        raise errors.InvalidValue(
            f"{text.strip()} may mean {part} % or {found} %", hint=f"write {found}, or {part}%"
        )
    return found


def percent_text(odds: int) -> str:
    """Return basis points as people read them: ``40 %``, ``12.5 %``."""
    whole, rest = divmod(odds, 100)
    return f"{whole} %" if not rest else f"{odds / 100:g} %"


def read_forecast(text: str) -> str:
    """Read a forecast category. Raises InvalidValue."""
    from crm_cli.domain.contact import choose

    return choose("forecast category", text, FORECASTS)
