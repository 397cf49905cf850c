"""The layout of another program's export, as the files in ``presets`` describe it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from crm_cli.exchange.columns import Target, normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Known = dict[str, tuple[Target, str | None]]

_TARGET = re.compile(r"([a-z_]+)(\d*)(?:\.([a-z_]+\d?))?(?:@(.+))?")
_NUMBER = re.compile(r"\b\d+\b")


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One layout.

    ``recognised_by`` lists sets of columns: a file that has every one of a set is of this
    layout. ``columns`` maps a header (``{n}`` is a number) to a target (``read_target``); of
    several columns of one target the first in this order is used. ``also`` gives a header's
    translations; ``Titre#2`` is the second column of that name. ``ignored`` are columns without
    a field, named to the user where a row fills them; ``repeated`` say nothing that others do
    not say, and ``second_best`` are used where the better one of their field is missing;
    ``unless`` leaves a column out where the file has another one.

    Cells: ``instead`` says which columns stand in for an empty one, ``joined`` which are put
    together with blanks, ``values`` what a product's word means, ``empty`` which words mean
    nothing, ``usual`` what the product writes into a column that nobody filled, ``utc`` which
    columns are times in UTC that do not say so. ``separator`` parts several values in a cell;
    ``footer`` is how the lines below the table begin. ``system_tags`` and ``system_tag_prefix`` are
    the product's own groups, no tags. ``states``
    is for products that write a file for each state of a consent: how its name begins -> state.

    ``source`` is the system of its numbers, ``company_source`` that of the companies' numbers that
    rows tell of people; ``kind`` says what every row is.

    Orders: ``order`` names the column that groups the lines of one order, ``filled_down`` those
    that stand on an order's first line only; with ``spread_discount`` the discount is one of the
    whole order, with ``whole_orders`` a row is an order; ``void_states`` were never paid.

    Leaving: ``layout`` are the columns of ``export --layout``, ``many`` those that take several
    values; ``people_only`` lists no companies, ``yearless`` takes birthdays without a year,
    ``tag_separator`` parts tags and ``tag_before`` is the group that everybody is in; ``needed`` is
    the field without which nobody is taken; ``opt_out_word`` and ``consent_words`` (state or basis
    -> word) say a no, and a yes.

    ``address_separator`` parts the parts of an address that stand in one cell: street, city,
    region, postcode, country.

    Leads: ``odds`` says how probabilities are written, ``percent`` or ``fraction``.
    """

    name: str
    noun: str
    recognised_by: Sequence[Sequence[str]]
    columns: Mapping[str, str]
    also: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ignored: Sequence[str] = ()
    repeated: Sequence[str] = ()
    second_best: Sequence[str] = ()
    unless: Mapping[str, Sequence[str]] = field(default_factory=dict)
    instead: Mapping[str, Sequence[str]] = field(default_factory=dict)
    joined: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    footer: Sequence[str] = ()
    empty: Sequence[str] = ()
    usual: Sequence[str] = ()
    utc: Sequence[str] = ()
    separator: str | None = None
    system_tag_prefix: str | None = None
    system_tags: Sequence[str] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    order: str | None = None
    filled_down: Sequence[str] = ()
    spread_discount: bool = False
    whole_orders: bool = False
    void_states: Sequence[str] = ()
    source: str | None = None
    company_source: str | None = None
    kind: str | None = None
    layout: Sequence[str] = ()
    many: Sequence[str] = ()
    people_only: bool = False
    yearless: bool = False
    tag_separator: str = "; "
    tag_before: str = ""
    needed: str | None = None
    opt_out_word: str = "true"
    consent_words: Mapping[str, str] = field(default_factory=dict)
    address_separator: str | None = None
    odds: str = ""

    def names(self, header: Sequence[str]) -> list[str]:
        """Return the header, translated titles as ``columns`` has them."""
        titles = {
            _numbered(theirs.partition("#")[0]) + theirs.partition("#")[2]: ours
            for ours, others in self.also.items()
            for theirs in others
        }
        seen: dict[str, int] = {}
        found = []
        for title in header:
            key = normal(title)
            seen[key] = count = seen.get(key, 0) + 1
            ours = titles.get(key if count == 1 else f"{key}{count}")
            number = _NUMBER.search(key)
            if ours is None and number:
                ours = titles.get(_NUMBER.sub("0", key, count=1))
            found.append(ours.replace("{n}", number[0] if number else "1") if ours else title)
        return found

    @cached_property
    def known(self) -> Known:
        """Return header as ``key`` has it -> target and fixed label, the best first."""
        return {_numbered(title): read_target(name) for title, name in self.columns.items()}

    @cached_property
    def silent(self) -> frozenset[str]:
        """Return the columns that need no naming: they repeat others, or are part of them."""
        used = [*self.repeated, *self.second_best]
        used += [other for others in self.joined.values() for other in others]
        return frozenset(map(normal, [*used, *([self.order] if self.order else [])]))

    def key(self, title: str) -> str:
        """Return a title as ``known`` has it, if it does; ``0`` stands for any number."""
        key = normal(title)
        if key in self.known:
            return key
        numbered = _NUMBER.sub("0", key, count=1)
        return numbered if numbered in self.known else key

    def target(self, title: str) -> tuple[Target, str | None] | None:
        """Return the target and fixed label of a column, None where there is none."""
        found = self.known.get(self.key(title))
        if found is None or normal(title) in self.known:
            return found
        number = _NUMBER.search(normal(title))
        return found[0]._replace(position=int(number[0]) if number else 1), found[1]

    def spare(self, names: Sequence[str]) -> set[str]:
        """Return the columns that are there because of no field: keys as ``key`` has them."""
        titles = {normal(title) for title in names}
        found = {normal(title) for title in self.ignored} - set(self.known)
        for title, others in self.unless.items():
            if not titles.isdisjoint(map(normal, others)):
                titles.discard(normal(title))
                found.add(normal(title))
        return found


def _numbered(title: str) -> str:
    """Return a title's normal form, ``0`` for any number."""
    return normal(title.replace("{n}", " 0 "))


def read_target(name: str) -> tuple[Target, str | None]:
    """Read ``email``, ``email.label``, ``phone@work``, or ``address2.city@home``: of the second
    address, which is labelled home. Raises ValueError."""
    matched = _TARGET.fullmatch(name)
    if matched is None:
        raise ValueError(name)
    return Target(matched[1], int(matched[2] or 1), matched[3] or "value"), matched[4]
