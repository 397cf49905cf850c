"""Tying tags to leads and taking them off: no tag changes a figure, or a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.services.contacts_tags import known_tags, settled
from crm_cli.store import lead_history
from crm_cli.store import leads as store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.bulk import Work


def change(work: Work, given: Mapping[str, Any]) -> None:
    """Give the leads of a change the tags of ``tag``, and take off those of ``untag``, or with
    ``--unset tag`` all others. Raises NotFound for a tag that nobody has, InvalidValue."""
    taken_off = known_tags(work.connection, given.get("untag") or ())
    kept = _tie(work, given.get("tag") or ())
    if not kept.isdisjoint(taken_off):
        raise errors.UsageError("a tag is both given and taken off", hint="leave one out")
    if "tag" in given.get("unset", ()):
        _drop(work, lead_history.UNTAGGED, sorted(kept), "other tags: none")
    elif taken_off:
        _drop(
            work, lead_history.TAGGED, list(taken_off), f"without {', '.join(taken_off.values())}"
        )


def _tie(work: Work, labels: Sequence[str]) -> set[int]:
    tags = settled(work.unit, labels) if work.ids else {}
    for tag_id, label, is_new in tags.values():
        held = set() if is_new else lead_history.tags_held(work.connection, tag_id, work.listed)
        missing = [one for one in work.ids if one not in held]
        _insert(work, missing, tag_id)
        work.note_all(missing, f"tag: {label}")
    return {tag_id for tag_id, _, _ in tags.values()}


def _insert(work: Work, lead_ids: Sequence[int], tag_id: int) -> None:
    # Rows are read when the batch runs, so that each tag needs names of its own.
    first = work.unit.draw("lead_tags", len(lead_ids))
    rows = ((first + number, one, tag_id) for number, one in enumerate(lead_ids))
    columns = ("id", "lead_id", "tag_id")
    work.unit.insert_stream("lead_tags", columns, rows, first, len(lead_ids))


def _drop(work: Work, where: str, tags: Sequence[int], text: str) -> None:
    named = {"ids": work.listed, "tags": store.array(tags)}
    held = lead_history.tagged(work.connection, where, named["ids"], named["tags"])
    if held:
        work.unit.delete_where("lead_tags", where, named)
        work.note_all(held, text)
