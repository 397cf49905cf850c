"""Who gets a new lead: the first route whose filter it passes, and whose turn it is there.

Nothing is written to remember whose turn it is: it is counted from the leads that came by a
route, so taking one back gives its place back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import route as domain
from crm_cli.domain.values import exponent, fold
from crm_cli.queries import lead_routes as queries
from crm_cli.result import Level, Message
from crm_cli.store import lead_routes as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from crm_cli.domain.route import Part, Pending, Route
    from crm_cli.session import Session


class Assignment(NamedTuple):
    """Who gets a lead, and by which route."""

    owner: str
    route_id: int
    reason: str
    """``route 2: source = web``"""


class Router:
    """Assigns leads one by one, as they are added: each counts for the next.

    Of thousands of leads of contacts in the store, tell ``learn`` their ids first: then a chunk
    of them costs three queries, and none a query of its own.
    """

    def __init__(self, session: Session, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.remarks: list[Message] = []
        """What is to be said: routes that cannot be read, and are passed over."""
        self._routes: list[tuple[Route, Part]] = []
        for route in store.routes(connection):
            if route.is_paused:
                continue
            try:
                self._routes.append((route, queries.read(session, route.expression)))
            except errors.CrmError as error:
                said = f"route {route.id} is passed over: {error.message}"
                self.remarks.append(Message(said, Level.WARNING))
        asked = {name for _, part in self._routes for name in queries.named(part)}
        self._asks_contact = not asked.isdisjoint(domain.OF_CONTACT)
        self._held: dict[int, dict[str, int]] = {}
        self._contacts: dict[int, dict[str, Any]] = {}
        self._countries: dict[str, str] = {}

    @property
    def is_idle(self) -> bool:
        """Whether there is no route that works: nobody need ask."""
        return not self._routes

    def learn(self, contact_ids: Iterable[int]) -> None:
        """Read what routes ask of contacts, of many at once; forgets those learnt before."""
        if self._asks_contact:
            listed = f"[{','.join(map(str, contact_ids))}]"
            self._contacts = store.contacts(self.connection, listed)

    def assign(self, lead: Pending) -> Assignment | None:
        """Return who gets a lead that is being added now, None where no route fits; it counts."""
        if not self._routes:
            return None
        route = queries.first_of(self._routes, self.values(lead))
        if route is None:
            return None
        held = self._held.get(route.id)
        if held is None:
            held = self._held[route.id] = queries.held(self.connection, route)
        owner = domain.turn(route.names, held)
        held[fold(owner)] = held.get(fold(owner), 0) + 1
        return Assignment(owner, route.id, f"route {route.id}: {route.asked}")

    def values(self, lead: Pending) -> dict[str, Any]:
        """Return what routes may ask of a lead, as ``domain.route.holds`` takes it."""
        values: dict[str, Any] = {
            name: _texts(getattr(lead, name))
            for name in domain.OF_LEAD
            if name not in {"value", "currency"}
        }
        values["currency"] = _texts(lead.currency)
        if lead.value is not None and lead.currency is not None:
            scale = 10 ** (4 - exponent(lead.currency))
            values["value"] = (lead.value * scale, lead.currency)
        if self._asks_contact:
            contact = self._contact(lead)
            values |= {name: _texts(contact.get(name)) for name in domain.OF_CONTACT}
            values["country"] = [self._country(text) for text in values["country"]]
        return values

    def _contact(self, lead: Pending) -> Mapping[str, Any]:
        if lead.contact_id is None:
            return lead.contact
        found = self._contacts.get(lead.contact_id)
        if found is None:
            found = store.contacts(self.connection, f"[{lead.contact_id}]").get(lead.contact_id)
            self._contacts[lead.contact_id] = found = found or {}
        return {**found, **lead.contact}

    def _country(self, text: str) -> str:
        found = self._countries.get(text)
        if found is None:
            found = self._countries[text] = queries.country(text)
        return found


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    several = value if isinstance(value, list | tuple) else [value]
    return [text for text in several if text]
