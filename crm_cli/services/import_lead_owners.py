"""Whose the new leads of a file are: who the row names, else by the routes; whom neither tells
has the owner of the contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.route import Pending
from crm_cli.services.lead_routes import Router
from crm_cli.store import import_lead_owners as store

if TYPE_CHECKING:
    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit


def assign(job: Job, unit: Unit) -> None:
    """Ask the routes for every new lead without an owner, in the file's order."""
    router = Router(job.session, unit.connection)
    for remark in router.remarks:
        job.warnings.add("route", remark.text)
    if router.is_idle:
        return
    for rows in store.unowned(unit.connection):
        router.learn(row.contact_id for row in rows if row.contact_id is not None)
        tags = store.tags(unit.connection, rows[0].n, rows[-1].n)
        found = []
        for row in rows:
            lead = Pending(
                contact_id=row.contact_id, title=row.title, source=row.source,
                campaign=row.campaign, value=row.value, currency=row.currency,
                pipeline=row.pipeline, tag=[*tags.get(row.n, ()), *job.request.tags],
                contact=_told(row),
            )  # fmt: skip
            given = router.assign(lead)
            if given is not None:
                found.append((given.owner, given.route_id, row.n))
        store.assign(unit.connection, found)


def _told(row: store.Unowned) -> dict[str, str | None]:
    """Return what is known of a contact that is made along."""
    if row.contact_id is not None:
        return {}
    return {
        "contact": row.name, "company": row.name if row.kind == "company" else row.company,
        "role": "prospect", "city": row.city, "country": row.country,
    }  # fmt: skip
