"""Which company a typed name means when no company is called so: see docs/decisions/0020."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.company import link_domain, loose_names, mail_domain, share_domain
from crm_cli.domain.values import search_key
from crm_cli.store import import_companies as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def near(connection: sqlite3.Connection, name: str) -> list[tuple[int, str]]:
    """Return (id, name) of the living companies of nearly this name."""
    wanted = loose_names(search_key(name))
    return [
        (company_id, label)
        for company_id, label, folded in store.known(connection)
        if wanted & loose_names(folded)
    ]


def with_domain(
    connection: sqlite3.Connection, companies: Iterable[tuple[int, str]], emails: Iterable[str]
) -> tuple[int, str] | None:
    """Return the one of some companies that has the domain of one of the e-mail addresses."""
    told = {domain for email in emails if (domain := mail_domain(email))}
    found = [
        company
        for company in companies
        if told and share_domain(told, _domains(connection, company[0]))
    ]
    return found[0] if len(found) == 1 else None


def _domains(connection: sqlite3.Connection, company_id: int) -> set[str]:
    ways = store.stored_ways(connection, company_id)
    found = {mail_domain(value) for kind, value in ways if kind == "email"}
    found |= {link_domain(value) for kind, value in ways if kind == "link"}
    return {domain for domain in found if domain}
