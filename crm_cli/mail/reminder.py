"""What the templates of reminders may name: plain values, all of them text, numbers or lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One follow-up as a template sees it: ``{{ item.text }}``. What is not known is ''.

    ``due_on`` is the business's day (ISO) and ``due_time`` its time (``09:30``); ``days_overdue``
    counts days, 0 for what is due today; ``is_overdue`` also says so of a time that is over today.
    ``last_talk`` is a line such as ``2026-05-20 call: asked for the offer``.
    """

    id: int
    text: str
    due_on: str
    contact: str
    contact_id: int
    kind: str = "task"
    due_time: str = ""
    days_overdue: int = 0
    is_overdue: bool = False
    company: str = ""
    phone: str = ""
    email: str = ""
    last_talk: str = ""
    owner: str = ""
    repeat: str = ""
    product: str = ""
    bought_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What holds for the whole mail: who sends it to whom, and the business's day and time."""

    business: str
    recipient: str
    today: str
    time: str

    def values(self) -> dict[str, Any]:
        """Return these as a template's values."""
        return {
            "business": self.business,
            "recipient": self.recipient,
            "today": self.today,
            "time": self.time,
        }


def digest(items: Sequence[Item], sending: Sending, older: int = 0) -> dict[str, Any]:
    """Return the values of ``digest``: all items in their order, and the same in two groups.
    ``older``: so many open ones were due too long ago to be mailed."""
    return {
        **sending.values(),
        "items": list(items),
        "overdue": [item for item in items if item.days_overdue],
        "due_today": [item for item in items if not item.days_overdue],
        "count": len(items),
        "older": older,
    }


def each(item: Item, sending: Sending) -> dict[str, Any]:
    """Return the values of ``each``."""
    return {**sending.values(), "item": item}


def service(item: Item, sending: Sending) -> dict[str, Any]:
    """Return the values of ``service``, which goes to a customer: nothing of the owner's notes."""
    return {
        **sending.values(),
        "contact": item.contact,
        "product": item.product,
        "bought_on": item.bought_on,
        "due_on": item.due_on,
    }


def test(sending: Sending) -> dict[str, Any]:
    """Return the values of ``test``."""
    return sending.values()


_ALWAYS = (
    ("business", "the name in the setting sender"),
    ("recipient", "the address the mail goes to"),
    ("today", "the business's day: 2026-06-15"),
    ("time", "the business's time: 09:30"),
)
_ITEM = (
    ("id", "its number"),
    ("text", "what is to be done"),
    ("kind", "task, promise, touch, date or service"),
    ("due_on", "the day: 2026-06-15"),
    ("due_time", "the time: 09:30, or ''"),
    ("days_overdue", "days since it was due, 0 today"),
    ("is_overdue", "whether its day or time is over"),
    ("contact", "whom it is about"),
    ("contact_id", "the contact's number"),
    ("company", "the contact's company"),
    ("phone", "the contact's main phone"),
    ("email", "the contact's main e-mail"),
    ("last_talk", "day, channel and subject of the last talk"),
    ("owner", "whose it is"),
    ("repeat", "how it comes again"),
    ("product", "of a service: what was bought"),
    ("bought_on", "of a service: the day of the purchase"),
)
VARIABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "digest": (
        *_ALWAYS,
        ("items", "all follow-ups, in their order"),
        ("overdue", "those of earlier days"),
        ("due_today", "those of today"),
        ("count", "how many there are"),
        ("older", "how many open ones were due too long ago to be mailed"),
        *((f"item.{name}", about) for name, about in _ITEM),
    ),
    "each": (*_ALWAYS, *((f"item.{name}", about) for name, about in _ITEM)),
    "service": (
        *_ALWAYS,
        ("contact", "the customer's name"),
        ("product", "what was bought, or ''"),
        ("bought_on", "the day of the purchase, or ''"),
        ("due_on", "the day the service is due"),
    ),
    "test": _ALWAYS,
}
"""Template -> its variables, each with what it is. ``item`` is one of a list, or the one."""
