"""Routes: who gets a new lead, told by what is known of it when it is added.

A lead that is being added is not in the store yet, so a route's filter may only ask for what it
says itself and what its contact is; the words mean what they mean in every filter of leads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.filter_fields import Field
from crm_cli.domain.values import fold, read_text, search_key, stands_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OF_LEAD = ("title", "source", "campaign", "value", "currency", "pipeline", "tag")
OF_CONTACT = ("contact", "company", "city", "country", "role", "contact_tag")
FIELDS = {
    name: Field(name, {"value": "money", "currency": "currency", "pipeline": "choice",
                       "country": "country", "role": "picklist"}.get(name, "text"))
    for name in (*OF_LEAD, *OF_CONTACT)
}  # fmt: skip
"""What a route may ask for: the fields of a lead that are known when it is added."""

SHORTCUTS = ("source", "campaign", "pipeline", "city", "country", "role")
"""Fields that have an option of their own: ``--city Bern``."""

MOST_OWNERS = 100


class Route(NamedTuple):
    """A rule of assignment. ``owners`` is a JSON array of names; no expression: every lead."""

    id: int
    position: int
    expression: str | None
    owners: str
    is_paused: int
    created_at: str
    updated_at: str

    @property
    def names(self) -> list[str]:
        """The owners who take turns, in their order."""
        import json

        found: list[str] = json.loads(self.owners)
        return found

    @property
    def asked(self) -> str:
        """What it asks for, in words."""
        return self.expression or "every lead"


class Pending(NamedTuple):
    """A lead that is being added; ``value`` in minor units of ``currency``, ``pipeline`` a key.

    ``contact_id`` is that of a contact that is in the store. Of one that is made along,
    ``contact`` tells what is known: contact, company, city, country, role (a key), contact_tag;
    each a text, or a list of texts.
    """

    contact_id: int | None = None
    title: str | None = None
    source: str | None = None
    campaign: str | None = None
    value: int | None = None
    currency: str | None = None
    pipeline: str | None = None
    tag: Sequence[str] = ()
    contact: Mapping[str, Any] = {}


class Test(NamedTuple):
    """One test of a field: ``how`` is ``in has begins ends empty = < <= > >=``."""

    field: str
    how: str
    value: Any = None


class Group(NamedTuple):
    """Parts of which all (``and``), one (``or``) or not one (``not``) must hold."""

    word: str
    parts: tuple[Part, ...]


Part = Test | Group


def holds(part: Part, values: Mapping[str, Any]) -> bool:
    """Say whether a lead passes. ``values`` maps fields to lists of texts; ``value`` to
    (ten-thousandths of a major unit, currency), or None. What is absent equals nothing."""
    if isinstance(part, Group):
        found = (holds(inner, values) for inner in part.parts)
        return all(found) if part.word == "and" else any(found) is (part.word == "or")
    cells = values.get(part.field)
    if part.how == "empty":
        return not cells
    if not cells:
        return False
    if part.field == "value":
        amount, currency = part.value
        return currency in {None, cells[1]} and _ORDERED[part.how](cells[0], amount)
    if part.field in _EXACT:
        return any(cell == part.value for cell in cells)
    return any(stands_in(part.how, part.value, search_key(cell).split("\n")) for cell in cells)


_EXACT = frozenset({"currency", "pipeline", "role", "country"})
"""Fields whose values are keys and codes."""

_ORDERED: dict[str, Callable[[int, int], bool]] = {
    "=": lambda cell, value: cell == value,
    "<": lambda cell, value: cell < value,
    "<=": lambda cell, value: cell <= value,
    ">": lambda cell, value: cell > value,
    ">=": lambda cell, value: cell >= value,
}


def turn(owners: Sequence[str], held: Mapping[str, int]) -> str:
    """Return whose turn it is: the owner who holds the fewest leads of the route (``held``, by
    folded name), of several the first."""
    return min(owners, key=lambda owner: held.get(fold(owner), 0))


def read_owners(texts: Sequence[str]) -> list[str]:
    """Read the names of those who take turns; commas part them too. Raises InvalidValue."""
    found: dict[str, str] = {}
    for text in texts:
        for word in read_text(text, "owner").split(","):
            name = " ".join(word.split())
            if not name:
                raise errors.InvalidValue("an owner needs a name", hint="write Ada Bob Cleo")
            if fold(name) in found:
                raise errors.InvalidValue(
                    f"{name} stands twice among the owners", hint="name everybody once"
                )
            found[fold(name)] = name
    if not found:
        raise errors.InvalidValue("a route needs an owner", hint="crm lead route add Ada Bob")
    if len(found) > MOST_OWNERS:
        raise errors.InvalidValue(f"a route has at most {MOST_OWNERS} owners")
    return list(found.values())


def quoted(text: str) -> str:
    """Return a text as a value of the filter language."""
    return '"' + text.replace('"', '""') + '"'
