"""Reading settings: the business's from the store, one's own from the user file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli.domain.business import READERS, unknown_setting
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import settings as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.session import Session

COLUMNS = (
    Column("key", "Setting"),
    Column("value", "Value"),
    Column("source", "From"),
    Column("scope", "Whose"),
    Column("about", "What it decides"),
)

ABOUT = {
    "timezone": "what today is, and the hours shown",
    "currency": "amounts without one; reports of several",
    "country": "phone numbers without +",
    "working_hours": "on which days reminders of rules fall due",
    "holidays": "days off; crm config holiday import FILE.ics",
    "first_weekday": "nothing yet; weeks of reports begin on Monday",
    "sender": "from whom mail comes: Name <name@example.com>",
    "reply_to": "where answers go, if not to the sender",
    "remind_to": "who gets the reminders: addresses, parted by commas",
    "people": "whose address is which: Ada <ada@firm.ch>, Bob <bob@firm.ch>",
    "mail_via": "how mail leaves: smtp, sendmail, command or stdout",
    "mail_templates": "folder of your own texts for mails",
    "mail_timeout": "seconds a mail server may let one answer wait",
    "smtp_host": "the mail server",
    "smtp_port": "its port; by itself 587, with tls 465, with none 25",
    "smtp_security": "starttls, tls (from port 465 on by itself) or none (on this machine)",
    "smtp_user": "the login there; the password is no setting",
    "smtp_ca_file": "certificates to trust instead of this machine's (PEM)",
    "lead_scoring": "what scores leads: rules, model, or auto: the model once it has enough cases",
    "remind_every": "when a run of remind send is overdue; crm remind schedule sets it",
    "smtp_password_command": "the program that prints the password of mail",
    "smtp_password_file": "the file of mode 0600 that holds the password of mail",
    "mail_command": "the program that mail_via command runs",
    "db": "the store, where --db and CRM_DB are silent",
    "format": "the output without -f",
    "color": "colour, where --color is silent",
    "dates": "how 03/04/2027 is meant without --dates",
}
"""Setting -> what follows from it today."""

RATE_COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("on", "On", Kind.DATE),
    Column("currency", "Currency"),
    Column("rate", "Rate"),
    Column("quote", "In"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """The personal settings as this run sees them: key -> (value, where it comes from)."""

    values: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)


def listing(session: Session, personal: Personal) -> Table:
    """Return every setting with its value and its source.

    The source of a business setting is ``store`` or ``default``; of a personal one
    ``option``, ``environment``, ``file`` or ``default``.
    """
    set_ones = store.stored(session.reader)
    rows: list[tuple[Any, ...]] = [
        (key, set_ones.get(key, default) or None, "store" if key in set_ones else "default",
         "business", ABOUT[key])
        for key, default in store.DEFAULTS.items()
    ]  # fmt: skip
    rows += [
        (key, value, source, "personal", ABOUT[key])
        for key, (value, source) in personal.values.items()
    ]
    return Table(noun="setting", columns=COLUMNS, rows=rows, id_key="key")


def narrowed(session: Session, personal: Personal, where: str | None) -> Result:
    """Return the settings that a filter chooses, all without one. Raises InvalidValue."""
    from crm_cli.queries import row_filtering

    words = {
        "key": (), "scope": ("business", "personal"),
        "source": ("store", "default", "option", "environment", "file"),
    }  # fmt: skip
    return row_filtering.narrowed(session, listing(session, personal), where, words)


def record(session: Session, personal: Personal, key: str) -> Record:
    """Return one setting. Raises InvalidValue for a key that does not exist."""
    table = listing(session, personal)
    for row in table.rows:
        if row[0] == key:
            values = dict(zip((column.key for column in COLUMNS), row, strict=True))
            return Record(noun="setting", values=values, title=key, id_key="key")
    raise unknown_setting(key, (*READERS, *personal.values))


def rates(session: Session, where: str | None = None) -> Result:
    """Return every dated currency rate: 1 ``currency`` = ``rate`` ``quote`` from ``on``; or those
    that a filter chooses. Raises InvalidValue."""
    from crm_cli.queries import row_filtering
    from crm_cli.store import rates as store_rates

    table = Table(noun="rate", columns=RATE_COLUMNS, rows=store_rates.listing(session.reader))
    words: dict[str, tuple[str, ...]] = {"currency": (), "quote": ()}
    return row_filtering.narrowed(session, table, where, words, numbers=("rate",))
