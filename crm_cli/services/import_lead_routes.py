"""Owners for the leads of a file that name none: by the routes, in the order of the file.

Closed leads are nobody's work, and get none. A thousand leads cost a handful of queries.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crm_cli.domain.route import Pending
from crm_cli.services.lead_routes import Router
from crm_cli.store import import_lead_routes as store
from crm_cli.store.leads import array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit

AT_ONCE = 1000


def route(job: Job, unit: Unit, pipelines: Mapping[int, str], tags: Sequence[str]) -> None:
    """Give staged leads without an owner to those whose turn it is.

    ``pipelines`` tells that of stages the import makes, ``tags`` those that every lead gets.
    """
    connection = unit.connection
    router = Router(unit.session, connection)
    for remark in router.remarks:
        job.warnings.add("route", remark.text)
    if router.is_idle:
        return
    given: Counter[str] = Counter()
    last = -1
    while rows := store.unowned(connection, last, AT_ONCE):
        first, last = rows[0].n, rows[-1].n
        router.learn(row.contact_id for row in rows if row.is_known)
        new = store.made(connection, array({row.contact_id for row in rows if not row.is_known}))
        labels: dict[int, list[str]] = {}
        for n, label in store.tags(connection, first, last):
            labels.setdefault(n, [*tags]).append(label)
        taken = []
        for row in rows:
            lead = Pending(
                contact_id=row.contact_id if row.is_known else None,
                contact={} if row.is_known else {"role": "prospect", **_told(new, row.contact_id)},
                title=row.title, source=row.source, campaign=row.campaign, value=row.value,
                currency=row.currency, pipeline=row.pipeline or pipelines.get(row.stage),
                tag=labels.get(row.n, tags),
            )  # fmt: skip
            if found := router.assign(lead):
                taken.append((found.owner, found.route_id, row.n))
                given[found.owner] += 1
        store.take(connection, taken)
    if given:
        shares = ", ".join(f"{owner} {count}" for owner, count in sorted(given.items()))
        said = f"leads without an owner were given to those whose turn it is: {shares}"
        job.warnings.add("routed", said, count=sum(given.values()))


def _told(new: Mapping[int, dict[str, object]], contact_id: int) -> dict[str, object]:
    told = new.get(contact_id, {})
    return {name: value for name, value in told.items() if value is not None}
