"""Naming a lead: its number, an external id, its contact's address, part of a title or name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.queries import resolve
from crm_cli.store import lead_names as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


def lead_id(connection: sqlite3.Connection, text: str, *, country: str | None = None) -> int:
    """Return the id of the one lead that ``text`` names.

    Digits are an id; ``system:value`` an external id, the lead's own before its contact's; an
    e-mail or a phone means the contact's leads; else the title or the contact's name, whole ones
    before parts. Of several leads the only open one is meant. ``country`` is where a phone number
    without ``+`` belongs (``resolve.country_for``). Raises NotFound (with the nearest titles),
    Ambiguous (with the candidates), or UsageError for ``-``.
    """
    what = resolve.typed(text, "lead's name")
    if what == "-":
        raise errors.UsageError(
            "one lead is meant here, and - reads ids from stdin", hint="name the lead"
        )
    if (wanted := resolve.number(what)) is not None and store.by_id(connection, wanted):
        return wanted
    for found in _ways(connection, what, country):
        still = [number for number, state in found if state == "open"]
        if len(found) == 1 or len(still) == 1:
            return still[0] if still else found[0][0]
        if found:
            # The open ones first: one of them is most likely meant.
            ids = [*still, *(number for number, _ in found if number not in still)]
            raise errors.Ambiguous(
                f"{what!r} may be any of {len(ids)} leads",
                hint="name one by its id",
                candidates=store.labels(connection, ids[: resolve.CANDIDATES]),
            )
    raise errors.NotFound(f"no lead {what!r}", hint=_hint(connection, what))


def _ways(connection: sqlite3.Connection, what: str, country: str | None) -> Iterator[store.Found]:
    """Yield what each way of reading finds, in the order of precedence."""
    from crm_cli.domain.values import fold, search_key

    is_id = resolve.number(what) is not None
    if not what or (is_id and what.startswith("#")):
        return
    yield store.by_external_id(connection, what)
    # Nor is it a number that somebody has elsewhere, unless it is long enough for a phone's.
    for archived in (False, True) if not is_id or len(what) >= 7 else ():
        for ids in resolve.addressed(connection, what, country, archived=archived):
            yield store.of_contacts(connection, ids)
    if not fold(what):
        return
    # As for contacts: a number that is no id is at most a whole title or name, for a script's
    # stale id must not hit whatever has these digits in it.
    for whole in (True,) if is_id else (True, False):
        yield sorted(
            {
                lead
                for key in search_key(what).split("\n")
                for lead in store.named(connection, key, whole=whole)
            }
        )


def _hint(connection: sqlite3.Connection, what: str) -> str:
    from crm_cli.domain.values import fold

    trashed = store.trashed(connection, what)
    if trashed is not None:
        return f"it lies in the trash: crm trash restore {trashed}"
    if resolve.number(what) is not None:
        return "see crm lead list --all"
    near = resolve.nearest(fold(what), store.titles(connection))
    if not near:
        return "see crm lead list --all; a new one comes in by crm lead add WHO TITLE"
    labels = store.labels(connection, [found for _, found in near])
    shown = ", ".join(f"{label['title']} (#{label['id']})" for label in labels)
    return f"did you mean {shown}?"
