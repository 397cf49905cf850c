"""Changing picklists. Records keep the key of a value: where the owner's own value is renamed or
merged, they are changed along; the program's own values keep their keys, which scripts know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import picklists as queries
from crm_cli.services.outcome import ask, written
from crm_cli.services.unit import Unit
from crm_cli.store import fields as store_fields
from crm_cli.store import picklists as store
from crm_cli.store.migrations import m0001_foundation, m0003_talks_and_follow_ups, m0004_leads

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from crm_cli.result import Body, Result
    from crm_cli.services.stage_values import StageList
    from crm_cli.session import Session
    from crm_cli.store.picklists import Value

COMPUTED = frozenset({"segment"})
"""Lists whose values the program works out itself: they can be renamed, and nothing else."""

NEEDED = {
    "role": ("prospect", "customer"),
    "relation": ("employment", "referral"),
    "channel": ("call", "email", "meeting", "chat", "visit", "note"),
}
"""Values that the program itself gives to records."""


def add(
    session: Session, name: str, text: str, *, aliases: Sequence[str] = (), note: str | None = None
) -> Result:
    """Add a value. Raises NotFound, InvalidValue, Refused, and Duplicate for a word in use."""
    if (stages := _of_stages(session, name)) is not None:
        return stages.add(text, aliases, note)
    with Unit(session) as unit:
        listed = queries.find_list(unit.connection, name)
        _refuse_computed(listed, "a segment is saved with crm segment save")
        label = _word(text)
        key = label if "." in listed else fold(label).replace(" ", "-")
        rows = store.rows(unit.connection, listed)
        others = [_word(word) for alias in aliases for word in alias.split(",") if fold(word)]
        for word in (label, *others):
            _refuse_taken(rows, word, None)
        value_id = unit.insert(
            "picklist_values", list=listed, key=key, label=label, position=rows[-1].position + 1,
            aliases=_json(others), note=read_text(note or "", "note") or None, is_retired=0,
        )  # fmt: skip
        return _commit(unit, listed, f"added {label} to the list {listed}", value_id)


def rename(session: Session, name: str, text: str, new: str) -> Result:
    """Give a value another name; the old one stays an alias, so that files still find it.

    Raises NotFound, InvalidValue, and Duplicate for a word in use.
    """
    if (stages := _of_stages(session, name)) is not None:
        return stages.rename(text, new)
    with Unit(session) as unit:
        listed = queries.find_list(unit.connection, name)
        row = queries.find_value(unit.connection, listed, text)
        label = _word(new)
        _refuse_taken(store.rows(unit.connection, listed), label, row)
        cells: dict[str, Any] = {"label": label}
        old = [row.label]
        if not _is_built_in(row):
            cells["key"] = label if "." in listed else fold(label).replace(" ", "-")
            old.append(row.key)
        known = {fold(word): word for word in reversed([*json.loads(row.aliases), *old])}
        known.pop(fold(label), None)
        kept = reversed(known.values())
        unit.update("picklist_values", row.id, row._asdict(), {**cells, "aliases": _json(kept)})
        if "key" in cells:
            _move(unit, listed, row.key, cells["key"])
        summary = f"renamed {row.label} to {label} in the list {listed}"
        return _commit(unit, listed, summary, row.id)


def merge(session: Session, name: str, survivor: str, others: Sequence[str]) -> Result:
    """Make one value of several, in every record that has one of them; asks first.

    Raises NotFound, InvalidValue and Refused.
    """
    if (stages := _of_stages(session, name)) is not None:
        return stages.merge(survivor, others)
    listed = queries.find_list(session.reader, name)
    used = store.counts(session.reader, listed)
    found = [queries.find_value(session.reader, listed, other) for other in others]
    count = sum(used.get(row.key, 0) for row in found)
    words = ", ".join(row.label for row in found)
    ask(session, f"Merge {words} into {survivor}, in {count} records?")
    with Unit(session) as unit:
        _refuse_computed(listed, "rename it, if you call it otherwise")
        kept = queries.find_value(unit.connection, listed, survivor)
        aliases = json.loads(kept.aliases)
        for other in others:
            row = queries.find_value(unit.connection, listed, other)
            if row.id == kept.id:
                raise errors.InvalidValue(
                    f"{kept.label} cannot be merged into itself", hint="name another value"
                )
            _refuse_needed(row)
            aliases += [row.label, row.key, *json.loads(row.aliases)]
            _move(unit, listed, row.key, kept.key)
            unit.delete("picklist_values", row.id)
        own = {fold(kept.key), fold(kept.label)}
        words_kept = {fold(word): word for word in reversed(aliases) if fold(word) not in own}
        unit.update(
            "picklist_values", kept.id, kept._asdict(),
            {"aliases": _json(reversed(words_kept.values()))},
        )  # fmt: skip
        unit.count_records(count)
        summary = f"merged {words} into {kept.label} in the list {listed}"
        return _commit(unit, listed, summary, kept.id)


def set_retired(session: Session, name: str, texts: Sequence[str], *, retired: bool) -> Result:
    """Offer values no more, or again; records keep them. Raises NotFound and Refused."""
    if (stages := _of_stages(session, name)) is not None:
        return stages.retire(texts) if retired else stages.restore(texts)
    with Unit(session) as unit:
        listed = queries.find_list(unit.connection, name)
        _refuse_computed(listed, "the program works them out")
        rows = [queries.find_value(unit.connection, listed, text) for text in texts]
        living = {row.id for row in store.rows(unit.connection, listed) if not row.is_retired}
        for row in rows:
            if retired:
                _refuse_needed(row)
            unit.update("picklist_values", row.id, row._asdict(), {"is_retired": int(retired)})
        if retired and not living.difference(row.id for row in rows):
            raise errors.Refused(
                f"nothing would be left to choose in the list {listed}",
                hint="add another value first",
            )
        if retired:
            _clear_defaults(unit, listed, rows)
        words = ", ".join(row.label for row in rows)
        summary = f"{'retired' if retired else 'restored'} {words} in the list {listed}"
        return _commit(unit, listed, summary, rows[0].id if len(rows) == 1 else None)


def order(session: Session, name: str, texts: Sequence[str]) -> Result:
    """Put the values named first, in this order; the others follow as they stood."""
    if (stages := _of_stages(session, name)) is not None:
        return stages.order(texts)
    with Unit(session) as unit:
        listed = queries.find_list(unit.connection, name)
        first = [queries.find_value(unit.connection, listed, text) for text in texts]
        rest = [row for row in store.rows(unit.connection, listed) if row not in first]
        for position, row in enumerate(dict.fromkeys([*first, *rest]), start=1):
            unit.update("picklist_values", row.id, row._asdict(), {"position": position})
        return _commit(unit, listed, f"ordered the list {listed}")


def delete(session: Session, name: str, text: str) -> Result:
    """Delete a value that no record has. Raises NotFound, and Refused for one in use."""
    if (stages := _of_stages(session, name)) is not None:
        return stages.delete(text)
    with Unit(session) as unit:
        listed = queries.find_list(unit.connection, name)
        row = queries.find_value(unit.connection, listed, text)
        used = store.counts(unit.connection, listed).get(row.key, 0)
        if used:
            raise errors.Refused(
                f"{used} record{'s have' if used > 1 else ' has'} {row.label}",
                hint=f"crm picklist retire {listed} {row.key!r} keeps it readable",
            )
        if _is_built_in(row) or len(store.rows(unit.connection, listed)) == 1:
            raise errors.Refused(
                f"{row.label} belongs to the list {listed}",
                hint=f"crm picklist retire {listed} {row.key!r} hides it",
            )
        _clear_defaults(unit, listed, [row])
        unit.delete("picklist_values", row.id)
        return _commit(unit, listed, f"deleted {row.label} from the list {listed}")


# -- helpers --------------------------------------------------------------------------------------


def _of_stages(session: Session, name: str) -> StageList | None:
    """Return the stages of a pipeline as a list, None where another list is meant."""
    from crm_cli.queries import stage_lists

    pipeline = stage_lists.pipeline_of(session.reader, name)
    if pipeline is None:
        return None
    from crm_cli.services.stage_values import StageList

    return StageList(session, pipeline)


def _commit(unit: Unit, listed: str, summary: str, value_id: int | None = None) -> Result:
    """Write; show the value that was changed or, where it is several, the list."""
    unit.count_records(1)

    def read(connection: sqlite3.Connection) -> Body:
        if value_id is None:
            return queries.table(connection, listed, retired=None)
        return queries.record(connection, value_id)

    return written(unit.commit(summary, then=read), unit)


def _json(words: Iterable[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)


def _word(text: str) -> str:
    word = read_text(text, "value")
    if not fold(word):
        raise errors.InvalidValue("a value needs a name", hint="crm picklist add LIST NAME")
    return word


def _is_built_in(row: Value) -> bool:
    lists = (
        m0001_foundation.PICKLISTS, m0003_talks_and_follow_ups.PICKLISTS, m0004_leads.PICKLISTS
    )  # fmt: skip
    return any(row.key == value[0] for known in lists for value in known.get(row.list, ()))


def _refuse_computed(listed: str, hint: str) -> None:
    if listed in COMPUTED:
        raise errors.Refused(f"the values of the list {listed} can only be renamed", hint=hint)


def _refuse_needed(row: Value) -> None:
    if row.key in NEEDED.get(row.list, ()):
        raise errors.Refused(
            f"the program itself needs {row.label} in the list {row.list}",
            hint=f"crm picklist rename {row.list} {row.key} NAME calls it otherwise",
        )


def _refuse_taken(rows: Sequence[Value], word: str, but: Value | None) -> None:
    wanted = fold(word)
    for row in rows:
        words = (row.key, row.label, *json.loads(row.aliases))
        if (but is None or row.id != but.id) and any(fold(one) == wanted for one in words):
            again = f"crm picklist restore {row.list} {row.key!r}" if row.is_retired else (
                f"crm picklist merge {row.list} makes one of two"
            )  # fmt: skip
            raise errors.Duplicate(f"{word!r} is {row.label} already", hint=again)


def _clear_defaults(unit: Unit, listed: str, rows: Sequence[Value]) -> None:
    """Take the default from a field where it is a value that is offered no more: else no new
    record could be made without naming another."""
    words = {fold(w) for row in rows for w in (row.key, row.label, *json.loads(row.aliases))}
    for field in store_fields.everything(unit.connection):
        if field.picklist == listed and field.preset is not None and fold(field.preset) in words:
            unit.update("fields", field.id, field._asdict(), {"preset": None})


def _move(unit: Unit, listed: str, old: str, new: str) -> None:
    """Give every record with one key another."""
    use = store.use_of(unit.connection, listed)
    if use is None or old == new:
        return
    cells: dict[str, Any] = {use.column: new}
    if use.table == "field_values":
        cells["folded"] = fold(new)
    elif use.table in {"contacts", "interactions", "leads"}:
        cells["updated_at"] = unit.at
    where = f"t.{use.column} = :old AND {use.where}"
    unit.update_where(use.table, cells, where, {"old": old, **use.parameters})
    if (past := store.PAST.get(listed)) is not None:
        where = f"t.{past.column} = :old"
        unit.update_where(past.table, {past.column: new}, where, {"old": old})
