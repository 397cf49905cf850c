"""Dates that come round, dates that come once, of contacts and of purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm
    from tests.rules.conftest import Rows

    Due = Callable[..., list[str]]
    At = Callable[[str], None]
    Read = Callable[..., Rows]

RULE = ("remind", "rule", "add")


def test_a_birthday_comes_every_year_once(crm: Crm, rows: Read, at: At) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-07-31")
    crm("contact", "add", "Bob", "--birthday", "--07-20")
    crm("contact", "add", "Carl")
    crm(*RULE, "birthday", "--before", "1 week")
    assert [(row["due_on"], row["text"]) for row in rows()] == [
        ("2026-07-24", "Birthday on 2026-07-31, turns 36"),
        ("2026-07-13", "Birthday on 2026-07-20"),
    ]
    at("2026-07-25T10:00:00Z")
    crm("remind", "done", "1")
    assert [(row["due_on"], row["text"]) for row in rows(1)] == [
        ("2027-07-24", "Birthday on 2027-07-31, turns 37")
    ]
    for _ in range(3):
        crm("remind", "refresh")
    assert len(rows(1, state=None)) == 2


def test_the_text_names_contact_date_and_age(crm: Crm, rows: Read) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-07-31")
    crm("contact", "add", "Bob", "--birthday", "--07-20")
    crm(*RULE, "birthday", "--text", "{name} turns {age} on {date} {{x}}")
    assert [row["text"] for row in rows()] == [
        "Ada turns 36 on 2026-07-31 {x}", "Bob turns ? on 2026-07-20 {x}",
    ]  # fmt: skip
    crm("remind", "rule", "edit", "1", "--text", "Card for {name}: {age}")
    assert [row["text"] for row in rows()] == ["Card for Ada: 36", "Card for Bob: ?"]


def test_one_passed_by_stays_for_two_weeks_and_does_not_pile_up(
    crm: Crm, rows: Read, at: At
) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-07-31")
    crm(*RULE, "birthday", "--before", "3d")
    (before,) = rows()
    for day in ("2026-07-28", "2026-07-31", "2026-08-14"):
        at(f"{day}T10:00:00Z")
        crm("remind", "refresh")
        assert rows() == [before]
    at("2026-08-15T10:00:00Z")
    crm("remind", "refresh")
    (after,) = rows(state=None)
    assert (after["due_on"], after["uid"]) == ("2027-07-28", before["uid"])
    assert after["sequence"] > before["sequence"]


def test_one_put_off_stays_there_and_for_two_weeks_after(crm: Crm, rows: Read, at: At) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-06-20")
    crm(*RULE, "birthday", "--before", "7d")
    crm("remind", "snooze", "1", "2026-07-20")
    for day in ("2026-06-21", "2026-07-08", "2026-07-20", "2026-08-03"):
        at(f"{day}T10:00:00Z")
        crm("remind", "refresh")
        assert [row["due_on"] for row in rows()] == ["2026-07-20"], day
    at("2026-08-04T10:00:00Z")
    crm("remind", "refresh")
    assert [row["due_on"] for row in rows()] == ["2027-06-13"]


def test_one_that_is_near_is_due_today_and_not_overdue(crm: Crm, rows: Read) -> None:
    crm(*RULE, "birthday", "--before", "30d")
    crm("contact", "add", "Ada", "--birthday", "1990-06-17")
    assert [row["due_on"] for row in rows()] == ["2026-06-15"]
    assert [row["overdue"] for row in crm.json("remind", "list")] == [False]


def test_it_follows_the_field(crm: Crm, rows: Read) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-07-31")
    crm(*RULE, "birthday", "--before", "7d")
    crm("contact", "edit", "ada", "--birthday", "1990-08-31")
    assert [row["due_on"] for row in rows()] == ["2026-08-24"]
    crm("contact", "edit", "ada", "--unset", "birthday")
    assert rows() == []
    crm("undo")
    assert [row["due_on"] for row in rows()] == ["2026-08-24"]
    crm("undo")
    assert [row["due_on"] for row in rows()] == ["2026-07-24"]
    crm("remind", "rule", "edit", "1", "--before", "14d")
    assert [row["due_on"] for row in rows()] == ["2026-07-17"]
    assert len(rows(state=None)) == 1


def test_two_rules_may_remind_of_one_date(crm: Crm, rows: Read) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-07-31", "--tag", "vip")
    crm(*RULE, "birthday", "--before", "1d")
    crm(*RULE, "birthday", "--before", "2 weeks", "--tag", "vip")
    assert [row["due_on"] for row in rows()] == ["2026-07-30", "2026-07-17"]
    crm("contact", "untag", "ada", "vip")
    assert [row["due_on"] for row in rows()] == ["2026-07-30"]


def test_a_contract_ends_once(crm: Crm, rows: Read, at: At) -> None:
    crm("field", "add", "contact", "contract_end", "date")
    crm("contact", "add", "Ada", "--set", "contract_end=2026-12-31")
    crm("contact", "add", "Bob", "--set", "contract_end=2020-12-31")  # long ago
    crm(*RULE, "contract-end", "--before", "30d")
    assert [(row["contact_id"], row["due_on"], row["text"]) for row in rows()] == [
        (1, "2026-12-01", "Contract end on 2026-12-31")
    ]
    at("2027-03-01T10:00:00Z")
    crm("remind", "refresh")
    assert len(rows()) == 1  # not done: it stays
    crm("remind", "done", "1")
    crm("remind", "refresh")
    assert rows() == []
    crm("contact", "edit", "ada", "--set", "contract_end=2028-12-31")
    assert [row["due_on"] for row in rows()] == ["2028-12-01"]
    crm("field", "edit", "contact.contract_end", "--name", "contract_until")
    (rule,) = crm.json("remind", "rule", "list")
    assert (rule["field"], rule["problem"]) == ("contract_until", None)
    assert len(rows()) == 1


def test_what_was_done_of_a_date_stays_done_when_another_was_closed_before(
    crm: Crm, rows: Read
) -> None:
    crm("contact", "add", "Ada")
    crm("field", "add", "contact", "contract_end", "date")
    crm(*RULE, "contract_end")
    for day in ("2026-12-31", "2026-09-30"):
        crm("contact", "edit", "1", "--set", f"contract_end={day}")
        (row,) = rows()
        assert row["due_on"] == day
        crm("remind", "done", row["id"])
        assert rows() == []


def test_a_date_field_may_come_every_year(crm: Crm, rows: Read) -> None:
    crm("field", "add", "contact", "wedding", "date")
    crm("contact", "add", "Ada", "--set", "wedding=2016-09-10")
    crm(*RULE, "wedding", "--yearly")
    assert [(row["due_on"], row["text"]) for row in rows()] == [
        ("2026-09-10", "Wedding on 2026-09-10 (10 years)")
    ]


def test_a_warranty_is_a_purchases(crm: Crm, rows: Read) -> None:
    crm("field", "add", "purchase", "warranty", "date")
    crm("contact", "add", "Ada")
    crm("purchase", "add", "ada", "Boiler", "900", "--set", "warranty=2027-06-30")
    crm("purchase", "add", "ada", "Pump", "90", "--set", "warranty=2026-09-30")
    crm("purchase", "add", "ada", "Hose", "9")
    crm(*RULE, "purchase.warranty", "--before", "10d")
    assert [(row["purchase_id"], row["due_on"]) for row in rows()] == [
        (1, "2027-06-20"), (2, "2026-09-20"),
    ]  # fmt: skip
    crm("purchase", "edit", "2", "--set", "warranty=2026-10-30")
    assert [row["due_on"] for row in rows()] == ["2027-06-20", "2026-10-20"]
    crm("purchase", "delete", "2", "--yes")
    assert [row["due_on"] for row in rows()] == ["2027-06-20"]
    crm("undo")
    assert [row["due_on"] for row in rows()] == ["2027-06-20", "2026-10-20"]


def test_a_field_that_is_gone_takes_nothing_back_and_is_told(crm: Crm, rows: Read) -> None:
    crm("field", "add", "contact", "contract_end", "date")
    crm("contact", "add", "Ada", "--set", "contract_end=2026-12-31")
    crm(*RULE, "contract_end")
    crm("field", "retire", "contact.contract_end")
    assert "no date field" in crm("remind", "rule", "list").err
    assert len(rows()) == 1
    assert "rule 1" in crm("field", "delete", "contact.contract_end", "--yes").err


def test_no_days_before_is_the_day_itself(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--birthday", "1980-06-20")
    for before in ("0", "0d", "0 days"):
        rule = crm.id(*RULE, "birthday", "--before", before)
        (row,) = crm.json("remind", "list")
        assert row["due_on"] == "2026-06-20"
        crm("remind", "rule", "delete", rule, "--yes")
