"""Ids alone, one a line or NUL-terminated, for pipes into other commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import safe
from crm_cli.render.shape import grid_of
from crm_cli.result import Record, Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crm_cli.result import Body

_REPORT_KEYS = ("contact_id", "id")


def pieces(body: Body, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids. Raises UsageError for a result that has none."""
    end = "\0" if options.get("nul") else "\n"
    found = _ids(body, {**options, "columns": None})
    text = [str(value) for value in found if value is not None]
    if end == "\n":
        text = [safe(value) for value in text]
    if text:
        yield end.join(text) + end


def _ids(body: Body, options: Mapping[str, Any]) -> list[Any]:
    if isinstance(body, Record):
        if body.id_key in body.values:
            return [body.values[body.id_key]]
        raise _without(f"this {body.noun}")
    if not isinstance(body, Table | Report):
        return []
    keys = [column.key for column in body.columns]
    wanted = (body.id_key,) if isinstance(body, Table) else _REPORT_KEYS
    key = next((key for key in wanted if key in keys), None)
    if key is None:
        raise _without("this list" if isinstance(body, Table) else f"the {body.name} report")
    at = keys.index(key)
    return [row[at] for row in grid_of(body, options, people=False).rows]


def _without(what: str) -> errors.UsageError:
    return errors.UsageError(f"{what} has no ids", hint="choose another --format")
