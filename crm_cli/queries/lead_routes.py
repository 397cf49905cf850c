"""Reading routes: what their filters mean, and how people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import route as domain
from crm_cli.domain.filter import Condition, Joined, Not, parse, wrong
from crm_cli.domain.filter_fields import bad_value, check_sign, nearest
from crm_cli.domain.route import Group, Test
from crm_cli.domain.values import fold
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Table
from crm_cli.store import lead_routes as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.domain.filter import Tree, Value
    from crm_cli.domain.route import Part, Route
    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("position", "Place", Kind.INTEGER),
    Column("where", "Which leads"),
    Column("owners", "Owners", Kind.LIST),
    Column("next", "Next"),
    Column("leads", "Leads", Kind.INTEGER),
    Column("state", "State"),
    Column("problem", "Problem"),
    Column("created_at", "Created", Kind.INSTANT),
    Column("updated_at", "Changed", Kind.INSTANT),
)
SHOWN = ("id", "where", "owners", "next", "leads", "state")
STATES = ("active", "paused")


def read(session: Session, expression: str | None) -> Part:
    """Return what a route asks for. Raises InvalidValue for what is no filter, or asks for more
    than is known of a lead that is being added."""
    return _part(session, parse(expression)) if expression else Group("and", ())


def named(part: Part) -> set[str]:
    """Return the fields that a filter asks for."""
    if isinstance(part, Test):
        return {part.field}
    return {name for inner in part.parts for name in named(inner)}


def listing(session: Session, where: str | None) -> Result:
    """Return the routes in the order in which they are asked, a warning for each that cannot be
    read. Raises InvalidValue."""
    from crm_cli.queries.row_filtering import narrowed

    rows = [tuple(_values(session, route).values()) for route in store.routes(session.reader)]
    table = Table(noun="route", columns=COLUMNS, rows=rows, default_columns=SHOWN)
    found = narrowed(session, table, where, {"owners": (), "state": STATES})
    problems = [
        Message(f"route {row[0]}: {row[7]}", Level.WARNING)
        for row in (found.body.rows if isinstance(found.body, Table) else ())
        if row[7]
    ]
    return found._replace(messages=[*found.messages, *problems])


def record(session: Session, route: Route) -> Record:
    """Return one route as verbs print it."""
    values = _values(session, route)
    title = f"{route.asked}: {', '.join(route.names)}"
    return Record(noun="route", values=values, title=title)


def find(connection: sqlite3.Connection, text: str) -> Route:
    """Return the route of a number. Raises NotFound."""
    from crm_cli.queries.resolve import number, typed

    wanted = number(typed(text, "route's number"))
    for route in store.routes(connection):
        if route.id == wanted:
            return route
    raise errors.NotFound(f"no route {text.strip()!r}", hint="see crm lead route list")


def held(connection: sqlite3.Connection, route: Route) -> dict[str, int]:
    """Return folded owner -> number of leads that came to them by a route."""
    counts: dict[str, int] = {}
    for owner, count in store.held(connection, route.id):
        if owner is not None:
            counts[fold(owner)] = counts.get(fold(owner), 0) + count
    return counts


def _values(session: Session, route: Route) -> dict[str, Any]:
    connection = session.reader
    problem = None
    try:
        read(session, route.expression)
    except errors.CrmError as error:
        problem = error.message
    counts = held(connection, route)
    works = not route.is_paused and problem is None
    return {
        "id": route.id,
        "position": route.position,
        "where": route.expression,
        "owners": route.names,
        "next": domain.turn(route.names, counts) if works else None,
        "leads": sum(count for _, count in store.held(connection, route.id)),
        "state": STATES[route.is_paused],
        "problem": problem,
        "created_at": route.created_at,
        "updated_at": route.updated_at,
    }


# -- filters --------------------------------------------------------------------------------------

_ALIASES = {"tags": "tag", "contact_tags": "contact_tag", "town": "city", "amount": "value",
            "name": "title", "who": "contact", "customer": "contact"}  # fmt: skip
_ENDS = {(False, True): "begins", (True, False): "ends", (True, True): "has"}


def _part(session: Session, tree: Tree) -> Part:
    if isinstance(tree, Not):
        return Group("not", (_part(session, tree.part),))
    if isinstance(tree, Joined):
        return Group(tree.word, tuple(_part(session, part) for part in tree.parts))
    return _tested(session, tree)


def _tested(session: Session, condition: Condition) -> Part:
    wanted = condition.field.lower().replace("-", "_")
    field = domain.FIELDS.get(_ALIASES.get(wanted, wanted))
    if field is None:
        raise wrong(
            condition.at, f"a route cannot ask for {condition.field!r}",
            f"{nearest(wanted, domain.FIELDS) or ''} a lead that is being added is only known by"
            f" {', '.join(domain.FIELDS)}".lstrip(),
        )  # fmt: skip
    check_sign(field, condition.sign, condition.at)
    if condition.sign == "empty":
        return Test(field.name, "empty")
    sign = "=" if condition.sign == "in" else condition.sign
    tests = []
    for value in condition.values:
        if not value.text.strip():
            raise wrong(value.at, "the value is empty", f"write {field.name} is empty")
        try:
            tests.append(_test(session, field.name, sign, value))
        except errors.InvalidValue as error:
            if error.message.startswith("filter, "):
                raise
            raise bad_value(value.at, error) from None
        except errors.CrmError as error:
            raise bad_value(value.at, errors.InvalidValue(error.message, hint=error.hint)) from None
    return tests[0] if len(tests) == 1 else Group("or", tuple(tests))


def _test(session: Session, name: str, sign: str, value: Value) -> Test:
    text = value.text.strip()
    if name == "value":
        from crm_cli.queries.filter_values import money

        return Test(name, sign, money(text))
    if name == "currency":
        from crm_cli.domain.values import read_currency

        return Test(name, sign, read_currency(text))
    if name == "country":
        return Test(name, sign, country(text, strict=True))
    if name == "role":
        from crm_cli.queries.picklists import choose

        return Test(name, sign, choose(session.reader, "role", text, with_retired=True))
    if name == "pipeline":
        from crm_cli.queries.stages import resolve_pipeline

        return Test(name, sign, resolve_pipeline(session.reader, text, retired=True).key)
    if sign == "~":
        return Test(name, "has", fold(text))
    if not value.is_quoted and text.strip("*") and "*" in (text[0], text[-1]):
        return Test(name, _ENDS[text[0] == "*", text[-1] == "*"], fold(text.strip("*")))
    return Test(name, "in", fold(text))


def country(text: str, *, strict: bool = False) -> str:
    """Return a country's code, or the folded text of what is none. Raises InvalidValue for that
    where ``strict``."""
    from crm_cli.domain.countries import read_code

    try:
        return read_code(text)
    except errors.InvalidValue:
        if strict:
            raise
        return fold(text)


def first_of(parts: Sequence[tuple[Route, Part]], values: dict[str, Any]) -> Route | None:
    """Return the first route whose filter a lead passes."""
    return next((route for route, part in parts if domain.holds(part, values)), None)
