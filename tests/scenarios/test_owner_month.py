"""October in a bicycle shop in Zurich: Ada and Ben, seven customers, and cron.

Every morning at seven cron runs ``crm remind send`` as a process of its own, against a mail server
that listens on loopback. Everything else that happens is a command somebody types. Which reminder
has to reach whom on which morning stands in ``LETTERS``, written by hand from the calendar: at the
end of the month the mails the server has taken are read and compared with it, line by line.

October 2026 begins on a Thursday; in the night to Sunday the 25th the clocks go back.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.smtp_server import Rule, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.conftest import Crm, Run
    from tests.smtp_server import Mail

ADA, BEN = "ada@velo.example", "ben@velo.example"
LUCA = "luca@example.com"

LETTERS = [
    # Thursday 1 October is when they begin; the statement of September is a day late already.
    ("10-02 07:00", ADA, "Send Marta the quote"),
    ("10-02 07:00", ADA, "Send the statement"),
    ("10-05 07:00", BEN, "Have the brake pads ready"),
    # The computer is off on Friday and Saturday: what was due then comes on Sunday.
    ("10-11 07:00", ADA, "Tyres for the rental bikes"),
    ("10-11 07:00", ADA, "Card for Nora Frei, 36 on 2026-10-18"),
    ("10-11 07:00", BEN, "Luca fetches his helmet"),
    # On Monday cron starts twice at the same moment.
    ("10-12 07:00", ADA, "Ask Marta about the quote"),
    # Luca wants to hear of the service himself.
    ("10-14 07:00", BEN, "Service: E-bike"),
    ("10-14 07:00", LUCA, "E-bike: service is due"),
    # Put off, it is due again; the mail server takes it at the third try.
    ("10-15 08:30", ADA, "Ask Marta about the quote"),
    # Eva's service falls on Friday the 16th, when the shop is closed.
    ("10-19 07:00", ADA, "Service: E-bike"),
    ("10-19 07:00", BEN, "Count the stock"),
    # Petra has unsubscribed: Ben hears of her service, she does not.
    ("10-20 07:00", BEN, "Service: E-bike"),
    # Two weeks after Simon's pads were in.
    ("10-21 07:00", BEN, "Stay in touch (every 2 weeks)"),
    # The first of the two half past twos of this night.
    ("10-25 02:45", ADA, "Restart the till"),
    ("10-26 07:00", BEN, "Count the stock"),
    # Two weeks after Marta was asked about the quote.
    ("10-29 07:00", ADA, "Stay in touch (every 2 weeks)"),
    ("10-31 07:00", ADA, "Send the statement"),
    ("10-31 07:00", ADA, "Ask Zoe which colour"),
]
"""Morning, who gets it, what it says. Two lines of one morning and person are one mail."""

CUSTOMERS = [
    {"name": "Marta Keller", "email": "marta@example.com", "tags": "vip", "owner": "Ada"},
    {"name": "Simon Novak", "email": "simon@example.com", "tags": "vip", "owner": "Ben"},
    {"name": "Hotel Alpenblick", "email": "office@alpenblick.example", "owner": "Ada"},
    {"name": "Nora Frei", "email": "nora@example.com", "birthday": "1990-10-18", "owner": "Ada"},
    {"name": "Luca Bianchi", "email": LUCA, "owner": "Ben"},
    {"name": "Petra Vogt", "email": "petra@example.com", "owner": "Ben"},
    {"name": "Eva Roth", "email": "eva@example.com", "owner": "Ada"},
]


def service_mails(state: str, on: str, proof: str | None) -> str:
    """Return a consent to service mails, or its end, as a list of customers tells it."""
    consent = {"channel": "email", "purpose": "service", "state": state, "at": on, "proof": proof}
    return json.dumps([consent])


class Shop:
    """The shop's store and clock, and the mail server of its provider."""

    def __init__(
        self, crm: Crm, server: SmtpServer, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.crm = crm
        self.server = server
        self.folder = folder
        self._environment = monkeypatch
        self._next_cron = date(2026, 10, 2)

    def at(self, moment: str) -> None:
        """Set the clock: of the wall in the shop, or an instant."""
        self._environment.setenv("CRM_NOW", f"2026-{moment}")

    def cron(self, moment: str, code: int = 0) -> Run:
        """Let cron run at this moment; what it prints would come as a mail."""
        run = self.crm.process(*self.cron_line(moment))
        assert run.code == code, run
        return run

    def cron_line(self, moment: str) -> Sequence[str]:
        return "remind", "send", "--to-owners", "--to-contacts", "--now", f"2026-{moment}"

    def mornings_until(self, last: str) -> None:
        """Let cron run at seven on every day since the last one, up to this one."""
        end = date.fromisoformat(f"2026-{last}")
        while self._next_cron <= end:
            self.cron(f"{self._next_cron:%m-%d} 07:00")
            self._next_cron += timedelta(days=1)

    def no_cron_until(self, day: str) -> None:
        """Pass over the mornings before this day."""
        self._next_cron = date.fromisoformat(f"2026-{day}")

    def import_customers(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        file = self.folder / "customers.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        counts: dict[str, Any] = self.crm.json("contact", "import", file, "--on-match", "update")
        return counts

    def open_one(self, where: str) -> int:
        """Return the id of the one open follow-up for which a filter holds."""
        (found,) = self.crm("remind", "list", "--where", where, "-f", "ids").out.split()
        return int(found)

    def rows(self, *words: str) -> list[dict[str, Any]]:
        """Return the rows of a report."""
        rows: list[dict[str, Any]] = self.crm.json("report", *words)["rows"]
        return rows


@pytest.fixture
def shop(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with SmtpServer() as server:
        yield Shop(crm, server, tmp_path, monkeypatch)


def test_a_month_in_which_nothing_is_forgotten_and_nothing_comes_twice(shop: Shop) -> None:
    they_set_it_up(shop)
    the_first_days(shop)
    a_promise_is_kept_late(shop)
    the_computer_is_off(shop)
    cron_runs_twice_at_once(shop)
    ben_closes_the_wrong_one(shop)
    the_mail_server_is_down(shop)
    a_holiday_and_an_unsubscribed_customer(shop)
    the_clocks_go_back(shop)
    the_last_days(shop)
    the_mails_are_counted(shop)
    the_ledger_agrees(shop)
    the_reports_agree(shop)
    november_is_known(shop)


# -- how it went --------------------------------------------------------------------------------


def they_set_it_up(shop: Shop) -> None:
    crm = shop.crm
    shop.at("10-01 09:00")
    for key, value in (
        ("timezone", "Europe/Zurich"), ("country", "CH"), ("currency", "CHF"),
        ("holidays", "2026-10-16"), ("sender", f"Velo Zürich <{ADA}>"), ("remind_to", ADA),
        ("people", f"Ada <{ADA}>, Ben <{BEN}>"), ("smtp_host", "127.0.0.1"),
        ("smtp_port", str(shop.server.port)), ("smtp_security", "none"),
    ):  # fmt: skip
        crm("config", "set", key, value)
    assert "remind send" in crm("remind", "schedule", "--every", "daily 7:00").out
    agreed = service_mails("granted", "2025-10-14", "ticked on the sales slip")
    told = [
        {**row, "role": "customer", **({"consents": agreed} if row["owner"] == "Ben" else {})}
        for row in CUSTOMERS
    ]
    assert shop.import_customers(told)["created"] == 7
    crm("product", "add", "E-bike", "2400", "--service-interval", "12 months")
    crm("purchase", "add", "luca", "E-bike", "2400", "--on", "2025-10-14")
    crm("purchase", "add", "eva", "E-bike", "2400", "--on", "2025-10-16")
    crm("purchase", "add", "petra", "E-bike", "2600", "--on", "2025-10-20")
    crm("remind", "rule", "add", "every 2 weeks", "--tag", "vip")
    crm("remind", "rule", "add", "birthday", "--before", "7d", "--text",
        "Card for {name}, {age} on {date}")  # fmt: skip


def the_first_days(shop: Shop) -> None:
    crm = shop.crm
    shop.at("10-01 10:00")
    crm("log", "call", "marta", "Wants a quote for a cargo bike", "--outcome", "interested",
        "--duration", "12", "--follow-up", "tomorrow", "--about", "Send Marta the quote",
        "--as", "Ada")  # fmt: skip
    crm("log", "call", "simon", "The brake squeaks", "--direction", "in", "--promise", "monday",
        "--about", "Have the brake pads ready", "--as", "Ben")  # fmt: skip
    statement = crm.id("remind", "add", "alpenblick", "2026-09-30", "Send the statement",
                       "--repeat", "last day of month")  # fmt: skip
    crm("remind", "send", "--test", ADA)
    shop.mornings_until("10-02")
    shop.at("10-02 08:30")
    quote = shop.open_one("text ~ quote")
    crm("remind", "done", quote, "--log", "Here it is", "--channel", "email", "--next", "+10d",
        "--about", "Ask Marta about the quote", "--as", "Ada")  # fmt: skip
    assert "next is follow-up" in crm("remind", "done", statement).err
    assert crm.json("remind", "show", shop.open_one("text ~ statement"))["due_on"] == "2026-10-31"


def a_promise_is_kept_late(shop: Shop) -> None:
    crm = shop.crm
    # Due on Monday, and mailed then; Ben forgets. The screen goes on telling, the mail does not.
    shop.mornings_until("10-07")
    shop.at("10-07 09:00")
    morning = crm.json("today")
    assert [(row["text"], row["overdue"]) for row in morning["promises"]] == [
        ("Have the brake pads ready", True)
    ]
    crm("remind", "done", morning["promises"][0]["id"], "--log", "The pads are in", "--no-next",
        "--as", "Ben")  # fmt: skip
    crm("remind", "add", "luca", "thursday 10:00", "Luca fetches his helmet")
    crm("remind", "add", "alpenblick", "friday", "Tyres for the rental bikes")


def the_computer_is_off(shop: Shop) -> None:
    crm = shop.crm
    shop.mornings_until("10-08")  # the helmet is due at ten, three hours after cron
    shop.no_cron_until("10-11")
    shop.at("10-10 16:00")
    assert "reminders" in crm("today").out
    crm("remind", "status", code=7)
    shop.mornings_until("10-11")
    shop.at("10-11 09:00")
    crm("remind", "status")
    for text in ("helmet", "Tyres"):
        crm("remind", "done", shop.open_one(f"text ~ {text}"), "--no-next")
    crm("remind", "done", shop.open_one("text ~ card"), "--no-next", "--as", "Ada")


def cron_runs_twice_at_once(shop: Shop) -> None:
    crm = shop.crm
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "crm_cli", *shop.cron_line("10-12 07:00"), "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(json.loads(out)["sent"] for out, _ in said) == [0, 1]
    shop.no_cron_until("10-13")
    shop.at("10-12 09:00")
    crm("remind", "snooze", shop.open_one("text ~ quote"), "thursday")
    crm("log", "meeting", "alpenblick", "Twelve bikes for the winter", "--with", "nora",
        "--duration", "1h30", "--outcome", "agreed", "--promise", "2026-10-22",
        "--about", "Offer for the winter", "--as", "Ada")  # fmt: skip
    assert crm.json("contact", "show", "nora")["last_contacted_at"] == "2026-10-12T07:00:00Z"


def ben_closes_the_wrong_one(shop: Shop) -> None:
    crm = shop.crm
    saddle = crm.id("remind", "add", "nora", "wednesday", "Show Nora the saddle")
    crm("remind", "add", "alpenblick", "2026-10-19 06:30", "Count the stock", "--repeat",
        "weekly", "--owner", "Ben")  # fmt: skip
    shop.mornings_until("10-13")
    shop.at("10-13 17:00")
    crm("remind", "cancel", saddle)
    crm("remind", "done", shop.open_one("contact = 'luca bianchi' and kind = service"),
        "--no-next", "--as", "Ben")  # fmt: skip
    crm("undo", "--as", "Ben")
    shop.mornings_until("10-14")
    shop.at("10-14 15:00")
    crm("remind", "done", shop.open_one("contact = 'luca bianchi' and kind = service"),
        "--log", "Chain and brakes changed", "--channel", "visit", "--no-next",
        "--as", "Ben")  # fmt: skip
    crm("purchase", "add", "luca", "Pannier", "90.50")
    assert crm.json("contact", "brief", "luca")["orders"] == 2
    crm("log", "note", "petra", "Wrote: unsubscribe", "--as", "Ben")
    no_more = service_mails("withdrawn", "2026-10-14", None)
    shop.import_customers([{"email": "petra@example.com", "consents": no_more}])


def the_mail_server_is_down(shop: Shop) -> None:
    crm, server = shop.crm, shop.server
    server.now_follows(Rule("connect", "drop"))
    assert "waiting" in shop.cron("10-15 07:00", code=75).err
    server.now_follows(Rule("rcpt", "450 4.2.0 come back later"))
    assert "come back later" in shop.cron("10-15 07:30", code=75).err
    server.now_follows()
    shop.at("10-15 08:00")
    assert "450 4.2.0 come back later" in crm("remind", "status").out
    shop.cron("10-15 08:30")
    shop.no_cron_until("10-16")
    shop.at("10-15 09:00")
    crm("remind", "status")
    # Marta has been asked twice, and was spoken to: the next two weeks count from here.
    crm("remind", "done", shop.open_one("text ~ quote"), "--log", "She takes it", "--no-next",
        "--as", "Ada")  # fmt: skip


def a_holiday_and_an_unsubscribed_customer(shop: Shop) -> None:
    crm = shop.crm
    shop.mornings_until("10-19")
    shop.at("10-19 08:00")
    crm("remind", "done", shop.open_one("text ~ stock"), "--no-next")
    shop.mornings_until("10-21")
    shop.at("10-21 11:00")
    crm("remind", "done", shop.open_one("text ~ offer"), "--no-next", "--as", "Ada")
    shop.mornings_until("10-22")
    shop.at("10-22 14:00")
    crm("log", "call", "simon", "--outcome", "no-answer", "--as", "Ben")
    crm("log", "chat", "nora", "Thanks for the card", "--direction", "in", "--sentiment", "good",
        "--as", "Ada")  # fmt: skip


def the_clocks_go_back(shop: Shop) -> None:
    crm = shop.crm
    shop.at("10-23 18:00")
    crm("remind", "add", "alpenblick", "2026-10-25 2:30", "Restart the till")
    shop.mornings_until("10-24")
    for half_past in ("00:15", "00:45", "01:15", "01:45"):  # 02:15, 02:45, and both once more
        shop.cron(f"10-25T{half_past}:00Z")
    shop.mornings_until("10-25")
    shop.at("10-25 09:00")
    crm("remind", "done", shop.open_one("text ~ till"), "--no-next")
    # At a quarter past six it is not half past six, in summer time it would be.
    shop.cron("10-26T05:15:00Z")
    shop.mornings_until("10-26")
    shop.at("10-26 08:00")
    crm("remind", "done", shop.open_one("text ~ stock"), "--no-next")


def the_last_days(shop: Shop) -> None:
    crm = shop.crm
    shop.mornings_until("10-30")
    shop.at("10-30 16:00")
    crm("log", "visit", "marta", "Her cargo bike is ready", "--duration", "20", "--as", "Ada")
    crm("purchase", "add", "marta", "Cargo bike", "5200")
    crm("log", "email", "Zoe Ende <zoe@example.com>", "Sent the price list", "--follow-up", "+1d",
        "--about", "Ask Zoe which colour", "--as", "Ada")  # fmt: skip
    shop.mornings_until("10-31")
    shop.at("10-31 18:00")
    crm("remind", "done", shop.open_one("text ~ statement"), "--no-next")
    assert crm.json("remind", "show", shop.open_one("text ~ statement"))["due_on"] == "2026-11-30"
    # Half an hour into November, and still October in Greenwich.
    shop.at("11-01 00:30")
    crm("log", "chat", "marta", "Rides well", "--direction", "in", "--as", "Ada")
    shop.no_cron_until("11-01")
    shop.mornings_until("11-01")


# -- what it came to ----------------------------------------------------------------------------


def read(mail: Mail) -> list[tuple[str, str, str]]:
    """Return what one mail says, as ``LETTERS`` does."""
    message = mail.message
    sent_at = parsedate_to_datetime(message["Date"]).astimezone(ZoneInfo("Europe/Zurich"))
    (to,) = mail.recipients
    part = message.get_body(("plain",))
    assert part is not None
    items = re.findall(r"^\* (.*) \(#\d+\)\r?$", part.get_content(), re.MULTILINE)
    subject = str(message["Subject"]).removesuffix(" (Velo Zürich)")
    return [(f"{sent_at:%m-%d %H:%M}", to, item) for item in items or [subject]]


def the_mails_are_counted(shop: Shop) -> None:
    test, *mails = shop.server.mails
    assert "Test mail" in str(test.message["Subject"])
    said = [line for mail in mails for line in read(mail)]
    assert sorted(said) == sorted(LETTERS)
    assert len(mails) == len({(morning, to) for morning, to, _ in LETTERS})
    assert len({mail.message["Message-ID"] for mail in mails}) == len(mails)


def the_ledger_agrees(shop: Shop) -> None:
    rows = shop.crm.json("remind", "deliveries")
    assert [row["state"] for row in rows].count("sent") == len(LETTERS)
    assert [(row["recipient"], row["error"]) for row in rows if row["state"] != "sent"] == [
        ("eva@example.com", "no consent to service mails"),
        ("petra@example.com", "no consent to service mails"),
    ]
    shop.crm("remind", "status", "--now", "2026-11-01 09:00")  # 0: nothing to be looked at


def the_reports_agree(shop: Shop) -> None:
    shop.at("11-01 09:00")
    october = ("--period", "2026-10")
    # Ada: Marta's two calls, mail and visit (12 and 20 minutes), the hotel's meeting (90) with
    # Nora, Nora's chat, Zoe's mail; not Marta's chat, which was in November. Ben: Simon's three
    # calls, Luca's visit, the note about Petra.
    assert picked(shop.rows("activity", *october),
                  "by", "interactions", "in", "out", "contacts", "minutes", "follow_ups_done") == [
        ("Ada", 7, 1, 6, 4, 122, 4), ("Ben", 5, 1, 3, 3, 0, 2), ("tester", 0, 0, 0, 0, 0, 7),
    ]  # fmt: skip
    assert picked(shop.rows("channels", *october),
                  "channel", "interactions", "in", "out", "contacts", "minutes") == [
        ("call", 5, 1, 4, 2, 12), ("email", 2, 0, 2, 2, 0), ("visit", 2, 0, 2, 2, 20),
        ("chat", 1, 1, 0, 1, 0), ("meeting", 1, 0, 1, 2, 90), ("note", 1, 0, 0, 1, 0),
    ]  # fmt: skip
    # Promised to Simon for Monday and done on Wednesday; to the hotel, and done a day early.
    assert picked(shop.rows("promises", *october), "contact", "kept", "late", "open") == [
        ("Simon Novak", 0, 1, 0), ("Hotel Alpenblick", 1, 0, 0),
    ]  # fmt: skip
    # A note is no talk, and Petra and Eva bought long before they were entered.
    assert picked(shop.rows("quiet", "--idle", "14", "--as-of", "2026-10-31"),
                  "contact", "silence_days", "never", "revenue") == [
        ("Petra Vogt", 376, True, "2600.00"), ("Luca Bianchi", 17, False, "2490.50"),
        ("Eva Roth", 380, True, "2400.00"), ("Hotel Alpenblick", 19, False, None),
    ]  # fmt: skip


def november_is_known(shop: Shop) -> None:
    """What is open, and for when: nothing that was done, moved or cancelled is among it."""
    open_ones = shop.crm.json("remind", "list", "--sort", "due_on,contact")
    assert picked(open_ones, "due_on", "contact", "text") == [
        ("2026-10-19", "Eva Roth", "Service: E-bike"),
        ("2026-10-20", "Petra Vogt", "Service: E-bike"),
        ("2026-10-31", "Zoe Ende", "Ask Zoe which colour"),
        ("2026-11-02", "Hotel Alpenblick", "Count the stock"),
        # Two weeks after the call nobody answered; after the chat, from a Sunday to Monday.
        ("2026-11-05", "Simon Novak", "Stay in touch (every 2 weeks)"),
        ("2026-11-16", "Marta Keller", "Stay in touch (every 2 weeks)"),
        ("2026-11-30", "Hotel Alpenblick", "Send the statement"),
        ("2027-10-11", "Nora Frei", "Card for Nora Frei, 37 on 2027-10-18"),
    ]


def picked(rows: Sequence[dict[str, Any]], *keys: str) -> list[tuple[Any, ...]]:
    """Return some keys of rows."""
    return [tuple(row[key] for key in keys) for row in rows]
