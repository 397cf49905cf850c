"""What tells whose a company is in an import, and the companies of near names found by it.

A chain lists every branch under one name. So companies of one name are found by what they share,
never one after the other: ten thousand branches would be fifty million pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.domain.company import link_domain, loose_names, mail_domain
from crm_cli.store import import_companies as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator


class Company(NamedTuple):
    """A company that another one may be: of the store (``contact_id``), a row of the file
    (``n``), or one that rows name (``key``)."""

    name: str
    folded: str
    contact_id: int | None = None
    n: int | None = None
    key: str | None = None

    @property
    def shown(self) -> str:
        """Its name, with its number where it has one."""
        return f"{self.name!r} (#{self.contact_id})" if self.contact_id else repr(self.name)


class Evidence(NamedTuple):
    """Domains of its own, phone numbers, and the systems that have a number for it."""

    domains: frozenset[str]
    phones: frozenset[str]
    systems: frozenset[str]


def of_stored(connection: sqlite3.Connection, contact_id: int) -> Evidence:
    """Return what the store tells of a company."""
    ways = store.stored_ways(connection, contact_id)
    return _evidence(ways, store.stored_systems(connection, contact_id))


def of_row(connection: sqlite3.Connection, n: int) -> Evidence:
    """Return what a staged row tells of the company it is."""
    return _evidence(store.row_ways(connection, n), store.row_systems(connection, n))


def _evidence(ways: Iterable[tuple[str, str]], systems: set[str]) -> Evidence:
    found = list(ways)
    domains = {mail_domain(value) for kind, value in found if kind == "email"}
    domains |= {link_domain(value) for kind, value in found if kind == "link"}
    return Evidence(
        frozenset(domain for domain in domains if domain),
        frozenset(value for kind, value in found if kind == "phone"),
        frozenset(systems),
    )


class Alike:
    """The companies of the near names that ``names`` (folded) have: ``add`` them, then ask."""

    def __init__(self, connection: sqlite3.Connection, names: Iterable[str]) -> None:
        self.connection = connection
        wanted = {loose for folded in names for loose in loose_names(folded)}
        # What is known of a company is read once another one of its name is met, mostly never.
        self._waiting: dict[str, list[Company]] = {loose: [] for loose in wanted}
        self._kinds: dict[str, dict[tuple[frozenset[str], bool, str], Company]] = {}
        self._reached: dict[tuple[str, str, str], dict[frozenset[str], dict[Company, None]]] = {}

    def add(self, company: Company) -> None:
        """Take a company in, if one of the names is near its own."""
        for loose in loose_names(company.folded):
            if loose in self._waiting:
                self._waiting[loose].append(company)

    def has(self, folded: str) -> bool:
        """Say whether there is any company of nearly this name."""
        return any(
            self._waiting[loose] or loose in self._kinds for loose in loose_names(folded)
        )  # fmt: skip

    def of(self, company: Company) -> Evidence:
        """Return what is known of a company of the store, or of a row."""
        if company.contact_id:
            return of_stored(self.connection, company.contact_id)
        return of_row(self.connection, company.n or 0)

    def sharing(self, folded: str, told: Evidence) -> list[Company]:
        """Return the companies of nearly this name that share a domain or a phone number, but
        those with a number of a same system: two numbers there are two companies here."""
        found: dict[Company, None] = {}
        for loose in loose_names(folded):
            self._read(loose)
            for way in _ways(told, asks=True):
                for systems, companies in self._reached.get((loose, *way), {}).items():
                    if not systems & told.systems:
                        found.update(companies)
        return list(found)

    def open(self, folded: str, told: Evidence) -> list[Company]:
        """Return those of nearly this name of which nothing says that they are others, one of
        each whole name."""
        found: dict[str, Company] = {}
        for loose in loose_names(folded):
            self._read(loose)
            for (systems, has_domains, name), other in self._kinds.get(loose, {}).items():
                if not (systems & told.systems or (told.domains and has_domains)):
                    found.setdefault(name, other)
        return list(found.values())

    def _read(self, loose: str) -> None:
        for company in self._waiting[loose]:
            told = self.of(company)
            kind = (told.systems, bool(told.domains), company.folded)
            self._kinds.setdefault(loose, {}).setdefault(kind, company)
            for way in _ways(told):
                reached = self._reached.setdefault((loose, *way), {})
                reached.setdefault(told.systems, {})[company] = None
        self._waiting[loose].clear()


def _ways(told: Evidence, *, asks: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the keys under which a company is kept, or is asked after: as ``share_domain`` has
    it, ``shop.edge.com`` is ``edge.com`` and the other way round."""
    for phone in told.phones:
        yield "phone", phone
    for domain in told.domains:
        yield "domain", domain
        if asks:
            yield "within", domain
        outer = domain.partition(".")[2]
        while outer:
            yield "domain" if asks else "within", outer
            outer = outer.partition(".")[2]
