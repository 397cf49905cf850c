"""The cells of a lead's row: what it is worth, how likely it is, and when what was so."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.clock import NOON, instant_text, wall_instant
from crm_cli.domain.lead import CERTAIN
from crm_cli.domain.values import read_amount, read_currency
from crm_cli.services.import_values import DateReader, plain_amount, problem
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.services.importing import Job

_NAMED = re.compile(r"\s*([A-Za-z]{3})\s*(?=[\d(+-])|(?<=[\d).,-])\s*([A-Za-z]{3})\s*$")
_MARKS = {"€": "EUR", "£": "GBP"}
_MOST_KNOWN = 10_000


class When(NamedTuple):
    """An instant; ``is_day`` where the file tells a day alone, whose noon it is."""

    at: str
    day: str
    is_day: bool


def read_days_of_closing(cell: dict[str, str]) -> None:
    """Take a day in the columns ``Won``, ``Lost`` and ``Closed`` for the day on which it was: some
    programs keep a mark there, and people who keep their own lists the date."""
    for name in ("is_won", "is_lost", "is_closed"):
        text = cell[name]
        if len(text) > 1 and any(char.isdigit() for char in text):
            cell["closed_at"] = cell["closed_at"] or text
            cell[name] = "yes"


class Cells:
    """Reads single cells of leads; each text of a date once."""

    def __init__(self, job: Job) -> None:
        request, session = job.request, job.session
        preset = job.plan.preset
        self.warnings: list[tuple[str, str]] = []
        """What is to be said of the row at hand, if it is taken."""
        self._dates = DateReader(session.zone, request.dates or session.date_order)
        self._zone = session.zone
        self._today = session.today.isoformat()
        self._now = session.now_text
        self._decimal = request.decimal
        self._currency = (request.currency or session.setting("currency")).upper()
        self._tells_none = request.currency is None
        self._odds = preset.odds if preset else ""
        self._known: dict[tuple[str, str], When] = {}

    def warn(self, kind: str, message: str) -> None:
        """Note what is to be said of the row at hand."""
        self.warnings.append((kind, message))

    # -- money ------------------------------------------------------------------------------

    def money(self, cell: Mapping[str, str]) -> tuple[int | None, str | None]:
        """Return value in minor units and currency, both None without a value. Raises
        RowProblem."""
        text, told = cell["value"], cell["currency"]
        if not text:
            return None, None
        named = _NAMED.search(text)
        mark = next((_MARKS[mark] for mark in _MARKS if mark in text), None)
        try:
            inside = read_currency(named[1] or named[2]) if named else mark
            currency = read_currency(told) if told else inside
            if currency is None:
                currency = self._currency
                if self._tells_none:
                    self.warn(
                        "no-currency",
                        f"amounts without a currency were taken as {currency}; say --currency if"
                        " they are not",
                    )
            elif inside and inside != currency:
                raise RowProblem("value", f"{text!r} is not in {currency}, as the row says")
            value = read_amount(plain_amount(text, currency), currency, self._decimal)
        except errors.InvalidValue as error:
            raise problem("value", error) from None
        if value < 0:
            raise RowProblem("value", f"{text!r} is negative: a lead is worth nothing or more")
        return value, currency

    def odds(self, text: str) -> int | None:
        """Return a probability in basis points: ``40``, ``40 %``, ``0.4``, where the file does
        not say which, up to 1 for a part of one. Raises RowProblem."""
        if not text:
            return None
        bare = text.removesuffix("%").strip().replace(",", ".")
        whole, _, fraction = bare.partition(".")
        if not (whole + fraction).isdigit() or not (whole + fraction).isascii():
            raise RowProblem("probability", f"{text!r} is not a probability; write 40 or 40 %")
        of_one = self._odds == "fraction" or (self._odds != "percent" and "%" not in text)
        digits = int(whole or 0) * 10_000 + int(f"{fraction:0<4}"[:4])
        up = int(f"{fraction:0<5}"[4]) >= 5
        if "%" not in text and of_one and digits <= 10_000:
            return min(digits + up, CERTAIN)
        found = (digits + 50) // 100
        if found > CERTAIN:
            raise RowProblem("probability", f"{text!r} is more than 100 %")
        return found

    # -- time -------------------------------------------------------------------------------

    def day(self, text: str, field: str) -> str | None:
        """Return a day. Raises RowProblem."""
        return self.when(text, field).day if text else None

    def when(self, text: str, field: str) -> When:
        """Return when a cell says, a day alone as its noon and today's not later than now. Raises
        RowProblem."""
        found = self._known.get((text, field))
        if found is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            found = self._known[text, field] = self._when(text, field)
        return found

    def _when(self, text: str, field: str) -> When:
        try:
            day = self._dates.day(text)
            if ":" in text:
                return When(self._dates.instant(text), day, is_day=False)
            at = instant_text(wall_instant(date.fromisoformat(day), NOON, self._zone))
        except (ValueError, OverflowError) as error:
            raise RowProblem(field, str(error)) from None
        except errors.InvalidValue as error:
            raise problem(field, error) from None
        return When(min(at, self._now) if day == self._today else at, day, is_day=True)

    @property
    def now(self) -> When:
        """This moment."""
        return When(self._now, self._today, is_day=False)
