"""Changing routes: who gets which new leads, in which order the routes are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import route as domain
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import lead_routes as queries
from crm_cli.queries import people
from crm_cli.result import Column, Kind, Level, Message, Result, Table
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import lead_routes as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.domain.route import Route
    from crm_cli.result import Body
    from crm_cli.session import Session


def add(session: Session, owners: Sequence[str], given: Mapping[str, Any]) -> Result:
    """Add a route: who takes turns at the new leads that its filter chooses.

    ``given`` may hold where, the shortcuts (source, campaign, pipeline, city, country, role) and
    first. Raises InvalidValue, and Duplicate for a filter that another route has.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        routes = store.routes(unit.connection)
        names = _owners(session, owners, remarks)
        expression = _expression(session, given)
        _refuse_twin(routes, expression)
        made = unit.draw("lead_routes")
        places = [route.position for route in routes]
        place = min(places, default=1) - 1 if given.get("first") else max(places, default=0) + 1
        unit.insert(
            "lead_routes", id=made, position=place, expression=expression, owners=_json(names),
            is_paused=0, created_at=unit.at, updated_at=unit.at,
        )  # fmt: skip
        new = domain.Route(made, place, expression, _json(names), 0, unit.at, unit.at)
        remarks += _hidden([*routes, new])
        return _commit(
            unit, f"added route {made}: {new.asked} to {', '.join(names)}", made, remarks
        )


def edit(session: Session, text: str, given: Mapping[str, Any]) -> Result:
    """Change a route's filter or its owners; leads that came by it keep theirs.

    ``given`` may hold where, the shortcuts, all (every lead), owner (in place of those it has),
    add_owner, remove_owner. Raises NotFound, InvalidValue, Duplicate and UsageError.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        routes = store.routes(unit.connection)
        route = queries.find(unit.connection, text)
        cells: dict[str, Any] = {}
        if given.get("all"):
            if _asks(given):
                raise errors.UsageError("--all and a filter say two things", hint="leave one out")
            cells["expression"] = None
        elif _asks(given):
            cells["expression"] = _expression(session, given)
        if "expression" in cells:
            _refuse_twin([one for one in routes if one.id != route.id], cells["expression"])
        cells |= _new_owners(session, route, given, remarks)
        if all(getattr(route, name) == value for name, value in cells.items()):
            cells = {}
        else:
            cells["updated_at"] = unit.at
        unit.update("lead_routes", route.id, route._asdict(), cells)
        after = route._replace(**cells)
        remarks += _hidden([after if one.id == route.id else one for one in routes])
        return _commit(unit, f"changed route {route.id}", route.id, remarks)


def pause(session: Session, text: str, *, paused: bool) -> Result:
    """Let a route rest, or work again. Raises NotFound."""
    with Unit(session) as unit:
        route = queries.find(unit.connection, text)
        if route.is_paused != paused:
            cells = {"is_paused": int(paused), "updated_at": unit.at}
            unit.update("lead_routes", route.id, route._asdict(), cells)
        did = "paused" if paused else "resumed"
        return _commit(unit, f"{did} route {route.id}", route.id)


def order(session: Session, texts: Sequence[str]) -> Result:
    """Ask the routes named first, in this order; the others follow as they stood. Raises
    NotFound."""
    with Unit(session) as unit:
        first = dict.fromkeys(queries.find(unit.connection, text) for text in texts)
        rest = [route for route in store.routes(unit.connection) if route not in first]
        ordered = []
        for position, route in enumerate([*first, *rest], start=1):
            unit.update("lead_routes", route.id, route._asdict(), {"position": position})
            ordered.append(route._replace(position=position))
        return _commit(unit, "ordered the routes", None, _hidden(ordered))


def remove(session: Session, text: str) -> Result:
    """Take a route out; the leads that came by it keep their owners. Raises NotFound."""
    with Unit(session) as unit:
        route = queries.find(unit.connection, text)
        shown = queries.record(session, route)
        unit.update_where("leads", {"route_id": None}, store.CAME_BY, {"route_id": route.id})
        unit.delete("lead_routes", route.id)
        unit.count_records(1)
        unit.commit(f"removed route {route.id}: {route.asked}")
    return written(shown, unit)


# -- a rehearsal ----------------------------------------------------------------------------------

TRIED = (
    Column("id", "ID", Kind.ID),
    Column("where", "Which leads"),
    Column("state", "State"),
    Column("fits", "Fits", Kind.FLAG),
    Column("owner", "Owner"),
)


def try_out(session: Session, who: str | None, given: Mapping[str, Any]) -> Result:
    """Say who would get a lead that is added now, and why; writes nothing.

    ``given`` may hold title, value, source, campaign, pipeline, tag, and of a contact that does
    not exist yet city, country, role, company. Raises NotFound, Ambiguous, InvalidValue.
    """
    from crm_cli.services.lead_routes import Router

    lead = _pending(session, who, given)
    router = Router(session, session.reader)
    values = router.values(lead)
    taken = router.assign(lead)
    rows = []
    for route in store.routes(session.reader):
        try:
            fits = domain.holds(queries.read(session, route.expression), values)
        except errors.CrmError:
            fits = False
        owner = taken.owner if taken is not None and taken.route_id == route.id else None
        state = queries.STATES[route.is_paused]
        rows.append((route.id, route.expression, state, fits, owner))
    said = [*router.remarks, Message(_told(taken))]
    return Result(body=Table(noun="route", columns=TRIED, rows=rows), messages=said)


def _told(taken: Any) -> str:
    if taken is None:
        return "no route fits: the lead gets its contact's owner"
    return f"{taken.owner} gets it: {taken.reason}"


def _pending(session: Session, who: str | None, given: Mapping[str, Any]) -> domain.Pending:
    from crm_cli.domain.values import read_money
    from crm_cli.queries import picklists, resolve
    from crm_cli.queries.stages import resolve_pipeline

    contact_id = None
    contact: dict[str, Any] = {
        name: given[name] for name in ("company", "city", "country") if name in given
    }
    if who is not None:
        country = resolve.country_for(session, who)
        contact_id = resolve.contact_id(session.reader, who, country=country)
    else:
        contact["role"] = picklists.choose(session.reader, "role", given.get("role", "prospect"))
    value, currency = None, None
    if "value" in given:
        value, currency = read_money(given["value"], session.setting("currency"))
    return domain.Pending(
        contact_id=contact_id, title=given.get("title"), source=given.get("source"),
        campaign=given.get("campaign"), value=value, currency=currency,
        pipeline=resolve_pipeline(session.reader, given.get("pipeline")).key,
        tag=given.get("tag", ()), contact=contact,
    )  # fmt: skip


# -- helpers --------------------------------------------------------------------------------------


def _owners(session: Session, texts: Sequence[str], remarks: list[Message]) -> list[str]:
    names = [people.owner(session, name, remarks) or name for name in domain.read_owners(texts)]
    return domain.read_owners(names)


def _new_owners(
    session: Session, route: Route, given: Mapping[str, Any], remarks: list[Message]
) -> dict[str, Any]:
    names = route.names
    if given.get("owner"):
        names = _owners(session, given["owner"], remarks)
    if given.get("remove_owner"):
        for gone in domain.read_owners(given["remove_owner"]):
            if fold(gone) not in map(fold, names):
                raise errors.NotFound(
                    f"{gone} is no owner of route {route.id}",
                    hint=f"its owners are {', '.join(names)}",
                )
            names = [name for name in names if fold(name) != fold(gone)]
    if given.get("add_owner"):
        names = domain.read_owners([*names, *_owners(session, given["add_owner"], remarks)])
    if not names:
        raise errors.InvalidValue(
            f"route {route.id} would have no owner", hint=f"crm lead route remove {route.id}"
        )
    return {} if names == route.names else {"owners": _json(names)}


def _asks(given: Mapping[str, Any]) -> bool:
    return "where" in given or any(name in given for name in domain.SHORTCUTS)


def _expression(session: Session, given: Mapping[str, Any]) -> str | None:
    """Return the filter that options ask for: --where and the shortcuts, all of which hold."""
    parts = []
    for name in domain.SHORTCUTS:
        if name in given:
            text = read_text(given[name], name)
            value = text if text.isalnum() and text.isascii() else domain.quoted(text)
            word = value.lower() in {"and", "or", "not", "in", "is", "empty"}
            parts.append(f"{name} = {domain.quoted(text) if word else value}")
    if "where" in given:
        where = " ".join(read_text(given["where"], "filter", lines=True).split())
        if not where:
            raise errors.InvalidValue("the filter is empty", hint="leave --where out: every lead")
        parts.append(f"({where})" if parts else where)
    expression = " and ".join(parts) or None
    queries.read(session, expression)
    return expression


def _refuse_twin(routes: Sequence[Route], expression: str | None) -> None:
    for route in routes:
        if fold(route.expression or "") == fold(expression or ""):
            raise errors.Duplicate(
                f"route {route.id} is for {route.asked} already",
                hint=f"crm lead route edit {route.id} --add-owner NAME",
            )


def _hidden(routes: Sequence[Route]) -> list[Message]:
    """Say which routes are never asked, since one before them takes every lead."""
    ordered = sorted((r for r in routes if not r.is_paused), key=lambda r: (r.position, r.id))
    for at, route in enumerate(ordered[:-1]):
        if route.expression is None:
            others = ", ".join(str(one.id) for one in ordered[at + 1 :])
            return [
                Message(
                    f"route {route.id} takes every lead: {others} behind it"
                    f" {'is' if at == len(ordered) - 2 else 'are'} never asked"
                    f" (crm lead route order {others.split(', ')[0]} ...)",
                    Level.WARNING,
                )
            ]
    return []


def _json(names: Sequence[str]) -> str:
    import json

    return json.dumps(list(names), ensure_ascii=False)


def _commit(
    unit: Unit, summary: str, route_id: int | None, remarks: Sequence[Message] = ()
) -> Result:
    unit.count_records(1)

    def read(connection: sqlite3.Connection) -> Body:
        if route_id is None:
            return queries.listing(unit.session, None).body
        (route,) = (one for one in store.routes(connection) if one.id == route_id)
        return queries.record(unit.session, route)

    return written(unit.commit(summary, then=read), unit, remarks)
