"""Making, changing, retiring and deleting custom fields; their checks: ``field_checks``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import choose
from crm_cli.domain.custom_field import (
    BUILT_IN,
    COLUMN_OF,
    KINDS,
    REQUIRABLE,
    RESERVED,
    RESERVED_OF_LEADS,
    Field,
    Value,
    key_of,
    read_value,
    typed,
)
from crm_cli.domain.field_checks import check
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import fields as queries
from crm_cli.queries.field_checks import broken
from crm_cli.result import Level, Message
from crm_cli.services import field_checks
from crm_cli.services.outcome import ask, read_day, written
from crm_cli.services.unit import Unit
from crm_cli.store import fields as store
from crm_cli.store import picklists

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Record, Result
    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOptions:
    """What ``field add`` or ``field edit`` was told, as typed: record, name, kind, label, choice,
    required, optional, default, note, active, and the checks (``field_checks.OPTIONS``)."""

    given: Mapping[str, Any]


def add(session: Session, options: FieldOptions) -> Result:
    """Add a custom field. Raises InvalidValue, and Duplicate for a name in use."""
    given = options.given
    remarks: list[Message] = []
    noun = queries.read_noun(given["record"])
    kind = _kind(given)
    with Unit(session) as unit:
        key, label = _names(unit, noun, given)
        row: dict[str, Any] = {
            "noun": noun, "key": key, "label": label, "kind": kind, "preset": None,
            "note": read_text(given.get("note", ""), "note") or None,
            "position": store.next_position(unit.connection, noun),
            "is_required": int(bool(given.get("required"))), "is_retired": 0,
        }  # fmt: skip
        keys = _add_choices(unit, f"{noun}.{key}", kind, given, {})
        if kind == "choice" and not keys:
            raise errors.InvalidValue(
                f"{label} has nothing to choose from", hint="add --choice S --choice M ..."
            )
        row |= field_checks.cells(session, Field(id=0, **row), given, remarks)
        row["preset"] = _preset(session, Field(id=0, **row), given, keys, remarks)
        field_id = unit.insert("fields", **row)
        unit.count_records(1)
        body = unit.commit(
            f"added the field {label} of {noun}s",
            then=lambda connection: queries.record(connection, field_id),
        )
    return written(body, unit, remarks)


def _kind(given: Mapping[str, Any]) -> str:
    named = given.get("kind")
    if named is None and given.get("choice"):
        return "choice"
    kind = choose("kind of field", named or "text", KINDS)
    if given.get("choice") and kind != "choice":
        raise errors.UsageError(f"--choice is for the kind choice, not {kind}")
    return kind


def _names(unit: Unit, noun: str, given: Mapping[str, Any]) -> tuple[str, str]:
    """Return key and label of a new name. Raises InvalidValue and Duplicate."""
    label = read_text(given.get("label") or given["name"], "name")
    key = key_of(read_text(given["name"], "name"))
    refuse_name(noun, key, given["name"])
    taken = {field.key: field for field in store.everything(unit.connection) if field.noun == noun}
    if key in taken:
        raise errors.Duplicate(
            f"{noun}s have a field {key} already (#{taken[key].id})",
            hint=f"crm field edit {noun}.{key} changes it, --active brings a retired one back",
            candidates=[{"id": taken[key].id, "name": f"{noun}.{key}"}],
        )
    for money in (field.key for field in taken.values() if field.kind == "money"):
        if key == f"{money}_currency":
            raise errors.InvalidValue(
                f"{key} is the currency of the field {money}", hint="choose another name"
            )
    return key, label


def refuse_name(noun: str, key: str, text: str) -> None:
    """Refuse a name that means something else already. Raises InvalidValue."""
    if not key:
        raise errors.InvalidValue(f"{text!r} is not a name", hint="use letters, such as size")
    if is_reserved(noun, key):
        raise errors.InvalidValue(
            f"{key!r} means something else already", hint=f"call it my_{key}, or what it is for"
        )


def is_reserved(noun: str, key: str) -> bool:
    """Say whether a name is that of a column of a record type, or a header that an import takes
    for one. What means something of leads alone is free for the fields of others."""
    from crm_cli.exchange.columns import field_target, is_translated
    from crm_cli.exchange.synonyms import SYNONYMS

    reserved = RESERVED_OF_LEADS if noun == "lead" else RESERVED
    return key in reserved or any(
        field_target(other, key) and not is_translated(other, key)
        for other in SYNONYMS
        if noun == "lead" or other != "lead"
    )


def _add_choices(
    unit: Unit, name: str, kind: str, given: Mapping[str, Any], known: Mapping[str, str]
) -> dict[str, str]:
    """Add the choices named; return folded word -> key of all. ``known`` are those there are."""
    words = dict(known)
    position = len(set(known.values()))
    for text in given.get("choice", ()) if kind == "choice" else ():
        for part in text.split(","):
            label = read_text(part, "choice")
            if not label or fold(label) in words:
                continue
            position += 1
            unit.insert(
                "picklist_values", list=name, key=label, label=label, aliases="[]",
                position=position, is_retired=0,
            )  # fmt: skip
            words[fold(label)] = label
    return words


def _preset(
    session: Session, field: Field, given: Mapping[str, Any], keys: Mapping[str, str],
    remarks: list[Message],
) -> str | None:  # fmt: skip
    """Return the default as typed, once it is found to be right. Raises InvalidValue."""
    text = field.preset if given.get("default") is None else given["default"]
    if text is None or not text.strip():
        return None
    if field.is_unique:
        raise errors.InvalidValue(
            f"no two {field.noun}s share a value of {field.key}, so it has no default",
            hint="add --default '', or --not-unique",
        )

    def chosen(word: str) -> str:
        if fold(word) not in keys:
            raise errors.InvalidValue(
                f"{word!r} is not a choice", hint=f"it is one of {', '.join(keys.values())}"
            )
        return keys[fold(word)]

    value = read_value(
        field, text, currency=session.setting("currency"), choose=chosen,
        read_day=lambda typed_day: read_day(session, typed_day, "default", remarks),
    )  # fmt: skip
    try:
        check(field, value)
    except errors.InvalidValue as error:
        raise errors.InvalidValue(
            f"the default does not fit: {error.message}", hint="give a --default that does, or ''"
        ) from None
    return read_text(text, "default", lines=True)


def edit(session: Session, names: Sequence[str], options: FieldOptions) -> Result:
    """Change a field: its name, label, kind, note, default, choices, checks, or whether it is
    required. Values that a check would not let in stay; how many they are is said.

    A field of the record itself (``contact.email``) can be made required, one of text checked.
    Raises NotFound, Ambiguous, InvalidValue, Duplicate, and Conflict where a value does not fit
    the new kind.
    """
    given = options.given
    remarks: list[Message] = []
    if given.get("required") and given.get("optional"):
        raise errors.UsageError("--required and --optional say the opposite")
    with Unit(session) as unit:
        own = _own(names)
        if own is not None:
            field_id = _change_own(unit, *own, given)
            what = f"{own[0]}.{own[1]}"
        else:
            field = queries.find(unit.connection, *names)
            field_id, what = field.id, f"{field.noun}.{field.key}"
            _change(unit, field, given, remarks)
        unit.count_records(1)
        body, count = unit.commit(
            f"edited the field {what}", then=lambda connection: _shown(connection, field_id, given)
        )
    if count:
        values = f"{count} values do" if count > 1 else "1 value does"
        remarks.append(
            Message(f"{values} not fit: crm field check {what} lists them", Level.WARNING)
        )
    return written(body, unit, remarks)


def _shown(
    connection: sqlite3.Connection, field_id: int, given: Mapping[str, Any]
) -> tuple[Record, int]:
    """Return a changed field, and how many values its checks would not let in."""
    count = 0
    if not given.keys().isdisjoint({*field_checks.OPTIONS, "kind", "active"}):
        field = store.row(connection, field_id)
        count = len(broken(connection, field)) if field else 0
    return queries.record(connection, field_id), count


def _own(names: Sequence[str]) -> tuple[str, str] | None:
    """Return (record type, field) where the names mean a field of the record itself."""
    words = ".".join(names).split(".") if len(names) > 1 or "." in names[0] else []
    if len(words) != 2 or words[0].removesuffix("s") not in REQUIRABLE:
        return None
    noun, key = words[0].removesuffix("s"), words[1].strip().lower().replace("-", "_")
    key = "order" if (noun, key) == ("purchase", "order_number") else key
    return (noun, key) if key in REQUIRABLE[noun] else None


def _change_own(unit: Unit, noun: str, key: str, given: Mapping[str, Any]) -> int:
    """Require or check a field of the record itself; return the id of the row that says so."""
    allowed = {"required", "optional", "note", "first", "second", *field_checks.OPTIONS}
    others = sorted(given.keys() - allowed)
    if others:
        raise errors.InvalidValue(
            f"{key} is a {noun}'s own field: --{others[0]} cannot be changed",
            hint=f"crm field edit {noun}.{key} --required, or --optional",
        )
    row = next(
        (f for f in store.everything(unit.connection) if (f.noun, f.key) == (noun, key)), None
    )
    field = row or Field(
        id=0, noun=noun, key=key, label=key.replace("_", " ").capitalize(), kind=BUILT_IN,
        preset=None, note=None, position=0, is_required=0, is_retired=0,
    )  # fmt: skip
    cells = field_checks.cells(unit.session, field, given, [])
    if given.get("required") or given.get("optional"):
        cells["is_required"] = int(bool(given.get("required")))
    if given.get("note") is not None:
        cells["note"] = read_text(given["note"], "note") or None
    if row is not None:
        unit.update("fields", row.id, row._asdict(), cells)
        return row.id
    values = field._replace(**cells)._asdict()
    del values["id"]
    return unit.insert("fields", **values)


def _change(unit: Unit, field: Field, given: Mapping[str, Any], remarks: list[Message]) -> None:
    cells: dict[str, Any] = {}
    if given.get("name") is not None:
        key, cells["label"] = _names(unit, field.noun, given)
        cells["key"] = key
        _rename(unit, field, key)
    if given.get("label") is not None:
        cells["label"] = read_text(given["label"], "label")
    if given.get("note") is not None:
        cells["note"] = read_text(given["note"], "note") or None
    if given.get("required") or given.get("optional"):
        cells["is_required"] = int(bool(given.get("required")))
    if given.get("active"):
        cells["is_retired"] = 0
    kind = _kind({**given, "kind": given.get("kind") or field.kind})
    words = _words(unit, field) if kind == "choice" else {}
    if given.get("choice"):
        if "key" in cells:
            raise errors.UsageError("rename the field first, then add choices")
        words = _add_choices(unit, field.picklist, kind, given, words)
    after = field._replace(**{**cells, "kind": kind})
    if kind != field.kind:
        _convert(unit, field, after, words)
        cells["kind"] = kind
        after = after._replace(preset=None)
    checks = field_checks.cells(unit.session, after, given, remarks, before=field)
    after = after._replace(**checks)
    cells |= checks
    if "default" in given or checks:
        cells["preset"] = _preset(unit.session, after, given, words, remarks)
    unit.update("fields", field.id, field._asdict(), cells)


def _rename(unit: Unit, field: Field, key: str) -> None:
    """Let choices, saved filters and rules follow a field to its new name."""
    unit.update_where(
        "picklist_values", {"list": f"{field.noun}.{key}"}, "t.list = :old",
        {"old": field.picklist},
    )  # fmt: skip
    if field.noun == "contact" and key != field.key:
        from crm_cli.services import segments

        segments.rename_field(unit, field.key, key)
    if field.noun == "lead" and key != field.key:
        from crm_cli.services import lead_fields

        lead_fields.rename_field(unit, field.key, key)
    if key != field.key:
        from crm_cli.services import rules_names

        rules_names.rename_field(unit, field.noun, field.key, key)


def _words(unit: Unit, field: Field) -> dict[str, str]:
    words: dict[str, str] = {}
    for key, label, aliases in picklists.values(unit.connection, field.picklist):
        for word in (key, label, *aliases):
            words.setdefault(fold(word), key)
    return words


def _convert(unit: Unit, before: Field, after: Field, words: Mapping[str, str]) -> None:
    """Read every value anew as the other kind. Raises Conflict, naming the first that is none."""

    def chosen(word: str) -> str:
        if fold(word) not in words:
            raise errors.InvalidValue(f"{word!r} is not a choice")
        return words[fold(word)]

    if before.preset is not None:
        unit.update("fields", before.id, before._asdict(), {"preset": None})
    for row_id, *owners, text, folded, number, currency in store.filled(
        unit.connection, before.id, -1
    ):
        old = Value(text, folded, number, currency)
        try:
            new = read_value(
                after, typed(before.kind, old), currency=unit.session.setting("currency"),
                read_day=lambda day: read_day(unit.session, day, after.key, []),
                choose=chosen,
            )  # fmt: skip
        except errors.InvalidValue as error:
            noun = before.noun
            record_id = dict(zip(COLUMN_OF, owners, strict=True))[noun]
            raise errors.Conflict(
                f"{noun} {record_id}: {error.message}; nothing was written",
                hint=f"crm {noun} edit {record_id} --set {before.key}=..., then change the kind",
            ) from None
        unit.update("field_values", row_id, old._asdict(), new._asdict())


def retire(session: Session, names: Sequence[str]) -> Result:
    """Ask for a field no more; its values stay where they are. Raises NotFound, Ambiguous."""
    with Unit(session) as unit:
        field = queries.find(unit.connection, *names)
        unit.update("fields", field.id, field._asdict(), {"is_retired": 1})
        unit.count_records(1)
        body = unit.commit(
            f"retired the field {field.noun}.{field.key}",
            then=lambda connection: queries.record(connection, field.id),
        )
    return written(body, unit)


def delete(session: Session, names: Sequence[str]) -> Result:
    """Delete a field with all its values, after asking. Raises NotFound, Ambiguous."""
    found = queries.find(session.reader, *names)
    count = store.used(session.reader).get(found.id, 0)
    what = f"{found.noun}.{found.key}"
    ask(session, f"Delete the field {what}" + (f" with {count} values?" if count else "?"))
    with Unit(session) as unit:
        field = queries.find(unit.connection, str(found.id))
        body = queries.record(unit.connection, field.id)
        unit.delete_where("field_values", "t.field_id = :field", {"field": field.id})
        unit.delete_where("picklist_values", "t.list = :list", {"list": field.picklist})
        unit.delete("fields", field.id)
        unit.count_records(1 + count)
        remarks = []
        if field.noun == "contact":
            from crm_cli.services import segments

            remarks = segments.losing_field(unit.connection, field.key)
        if field.noun == "lead":
            from crm_cli.services import lead_fields

            remarks = lead_fields.losing_field(unit.connection, field.key)
        from crm_cli.services import rules_names

        remarks += rules_names.losing_field(unit.connection, field.noun, field.key)
        unit.commit(f"deleted the field {what}")
    return written(body, unit, remarks)
