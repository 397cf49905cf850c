"""Which records a bulk verb is about: those a filter chooses, or ids that were piped in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.store import bulk as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.result import Message
    from crm_cli.session import Session

DECIDE = frozenset({"archived", "archived_at", "active", "state", "done", "done_by"})
"""Fields of which a filter itself decides about what lists leave out, when it names one: the
archived, the retired, the closed. (A contact's region is no state.)"""

DECIDE_LEADS = DECIDE | {"stage", "closed", "loss_reason", "competitor", "purchase_id"}
"""The same of leads."""

NAMED = 20
"""So many of the ids that do not exist are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A filter as typed, a segment's name, or both; or else ids."""

    where: str | None = None
    segment: str | None = None
    ids: Sequence[int] | None = None
    is_named: bool = False
    """The ids stood on the command line, and did not come through a pipe."""

    @property
    def is_piped(self) -> bool:
        """Whether each record was named, and none is a matter of a condition."""
        return self.ids is not None


def choose(
    session: Session, noun: str, selection: Selection, remarks: list[Message], *,
    hidden: bool | None = False,
) -> list[int]:  # fmt: skip
    """Return the ids of the records meant, each once; remarks of a filter are added.

    A filter leaves archived contacts, retired products, closed follow-ups and leads out unless it
    names ``archived``, ``active`` or ``state`` (see ``DECIDE``); ``hidden`` asks for
    these alone, None for both. Raises InvalidValue for what is no filter, NotFound for a segment
    or an id that does not exist.
    """
    connection = session.reader
    if selection.ids is not None:
        ids = list(dict.fromkeys(selection.ids))
        known = store.known_ids(connection, noun, store.array(ids))
        if missing := [number for number in ids if number not in known]:
            raise _missing(noun, missing)
        return ids
    from crm_cli.queries import filtering

    if selection.segment is not None:
        from crm_cli.queries import segments

        segments.check(connection, selection.segment)
    found = filtering.read(session, noun, selection.where, segment=selection.segment)
    remarks += found.remarks
    if found.fields & (DECIDE_LEADS if noun == "lead" else DECIDE):
        hidden = None
    return store.chosen_ids(connection, noun, found.chosen, hidden=hidden)


GROUPS = {"follow-up": "remind"}
"""Record types whose group of commands is called otherwise."""


def _missing(noun: str, missing: Sequence[int]) -> errors.NotFound:
    named = ", ".join(map(str, missing[:NAMED]))
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return errors.NotFound(
        f"no {noun} {named}{more}; nothing was written",
        hint=f"see crm {GROUPS.get(noun, noun)} list",
    )
