"""Consent: who may be written to, on which channel and for what, and what a file's words mean.

A contact's consent is a row of events for each channel and purpose. What was recorded last is in
force; without any event there is no consent. See docs/decisions/0019-consent.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHANNELS = ("email", "phone", "sms", "post", "messenger")
PURPOSES = ("marketing", "service", "profiling")
GRANTED, WITHDRAWN = "granted", "withdrawn"
STATES = (GRANTED, WITHDRAWN)

EVENT = ("channel", "purpose", "state", "at", "basis", "source", "proof")
"""An event as it is shown and exported; all but the first three may be None."""


def in_force(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the last event of each channel and purpose, by channel, then purpose; ``events``
    come in the order in which they were recorded."""
    last = {(event["channel"], event["purpose"]): event for event in events}
    return [
        {name: last[channel, purpose][name] for name in EVENT}
        for channel in CHANNELS
        for purpose in PURPOSES
        if (channel, purpose) in last
    ]


BASES = {
    "unsubscribed": (
        "unsubscribed opted out,opt out,optout,opted out,left,withdrawn,revoked,objected,"
        "do not email,do not contact,do not allow,blocked,blocklisted,blacklisted,suppressed,"
        "abgemeldet,ausgetragen,widerrufen,widersprochen,gesperrt,"
        "desabonne,desabonnee,desinscrit,desinscrite,retire,bloque"
    ),
    "declined": "no,n,false,0,off,declined,refused,denied,nein,abgelehnt,non,faux,falsch,refuse",
    "bounced": "cleaned,bounced,hard bounced,hard bounce,bounce,invalid,unzustellbar,rejete",
    "complained": "complained,complaint,spam,abuse,reported as spam,marked as spam",
}
"""Basis of a withdrawal -> the words by which files say it."""

_YES = (
    "subscribed,opted in,opt in,optin,granted,agreed,accepted,confirmed,yes,y,true,1,on,x,"
    "abonniert,angemeldet,eingetragen,eingewilligt,zugestimmt,bestatigt,ja,wahr,"
    "abonne,abonnee,inscrit,inscrite,accepte,confirme,oui,vrai"
)
_NEITHER = (
    "non subscribed,nonsubscribed,not subscribed,never subscribed,not opted in,no consent,"
    "unconfirmed,pending,unknown,transactional,archived,allow,none,nicht abonniert,"
    "unbestatigt,ausstehend,unbekannt,non abonne,non inscrit,en attente,inconnu"
)


class Told(NamedTuple):
    """What a word of a file says: ``state`` is None where it is neither a yes nor a no."""

    state: str | None
    basis: str | None = None


def _words() -> dict[str, Told]:
    known = {word: Told(None) for word in _NEITHER.split(",")}
    known.update(dict.fromkeys(_YES.split(","), Told(GRANTED, "consent")))
    for basis, words in BASES.items():
        known.update(dict.fromkeys([*words.split(","), basis], Told(WITHDRAWN, basis)))
    return known


_KNOWN: dict[str, Told] = {}


def read_state(text: str) -> Told:
    """Return what a cell says of a consent. Raises InvalidValue for a word nobody knows: a no in
    a language not known here may not be lost."""
    if not _KNOWN:
        _KNOWN.update(_words())
    word = fold(text.replace("-", " ").replace("_", " "))
    if word not in _KNOWN:
        raise errors.InvalidValue(
            f"{text!r} is neither a yes nor a no", hint="write subscribed or unsubscribed"
        )
    return _KNOWN[word]


def read_event(told: Mapping[str, Any]) -> dict[str, str | None]:
    """Return an event of our own export, checked; ``at`` stays as it is written. Raises
    InvalidValue."""
    event: dict[str, str | None] = {}
    for name in EVENT:
        value = told.get(name)
        if value is not None and not isinstance(value, str):
            raise errors.InvalidValue(f"{name} of a consent is text, not {value!r}")
        event[name] = (value or "").replace("\r\n", "\n").strip() or None
    for name, allowed in (("channel", CHANNELS), ("purpose", PURPOSES), ("state", STATES)):
        if event[name] not in allowed:
            raise errors.InvalidValue(
                f"{event[name] or ''!r} is no {name} of a consent",
                hint=f"write one of {', '.join(allowed)}",
            )
    return event
