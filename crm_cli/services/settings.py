"""Changing settings: the business's in the store, with history; one's own in the user file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_cli.domain.business import READERS, read_setting, unknown_setting
from crm_cli.queries import settings as queries
from crm_cli.result import Level, Message, Result
from crm_cli.services.unit import Unit
from crm_cli.store import settings as store

if TYPE_CHECKING:
    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSetting:
    """What ``config set`` (``value`` a text) or ``config unset`` (None) was told."""

    key: str
    value: str | None
    personal_keys: tuple[str, ...] = ()
    """What else could have been meant, for the hint."""


def change(session: Session, request: ChangeSetting) -> Result:
    """Set or unset a setting of the business. Raises InvalidValue."""
    key = request.key
    if key not in READERS:
        raise unknown_setting(key, (*READERS, *request.personal_keys))
    value = None if request.value is None else read_setting(key, request.value)
    with Unit(session) as unit:
        if key == EVERY:
            keep_interval(unit, value)
        else:
            put(unit, key, value)
        unit.count_records(1)
        body = unit.commit(
            f"unset {key}" if value is None else f"set {key} to {value}",
            then=lambda _: queries.record(session, queries.Personal(), key),
        )
    session.forget_settings()
    if session.dry_run:
        return Result(body=body, messages=[Message("dry run: nothing was written")])
    if not unit.entry_id:
        return Result(body=body, messages=[Message("nothing changed")])
    return Result(body=body, messages=[*_warnings(session, key), _undo(unit)])


def put(unit: Unit, key: str, value: str | None) -> bool:
    """Write a setting (None: take it away); return whether that changes anything."""
    row = store.find(unit.connection, key)
    if value is None:
        if row is not None:
            unit.delete("settings", row[0])
        return row is not None
    if row is None:
        unit.insert("settings", key=key, value=value)
    else:
        unit.update("settings", row[0], {"value": row[1]}, {"value": value})
    return row is None or row[1] != value


EVERY = "remind_every"


def keep_interval(unit: Unit, every: str | None, *, again: bool = False) -> None:
    """Write how often the reminders run, and since when: a run is not late before it could have
    been. The same interval leaves that alone, unless it was installed anew (``again``)."""
    from crm_cli.store import heartbeat

    if put(unit, EVERY, every) or again:
        put(unit, heartbeat.SCHEDULED_AT, None if every is None else unit.at)


def _undo(unit: Unit) -> Message:
    return Message(f"undo: crm undo {unit.entry_id}", Level.HINT)


def _warnings(session: Session, key: str) -> list[Message]:
    """Say where a new currency needs rates: it makes no old amount worth less."""
    if key != "currency":
        return []
    currency = session.setting("currency")
    others = [code for code in store.purchase_currencies(session.reader) if code != currency]
    if not others:
        return []
    return [
        Message(
            f"purchases in {', '.join(others)} keep their currency; where several meet, reports"
            f" need rates: crm config rate add {others[0]} RATE --in {currency}",
            Level.WARNING,
        )
    ]
