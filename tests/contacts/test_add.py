"""``contact add``: every field, its refusals, and creating or updating in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

KEYS = (
    "id uid kind name first_name last_name company company_id job_title role emails phones"
    " addresses links birthday language tags source campaign owner referred_by fields external_ids"
    " consents segment last_contacted_at next_follow_up_on orders revenue currency"
    " last_purchase_on notes created_at updated_at archived_at"
).split()


def test_a_record_has_every_promised_key(ada: dict[str, Any]) -> None:
    assert [key for key in KEYS if key not in ada] == []
    assert ada["emails"] == [
        {"value": "ada@example.com", "label": "work", "primary": True},
        {"value": "ada@home.example", "label": None, "primary": False},
    ]
    assert ada["phones"] == [
        {"value": "+41446681800", "label": None, "primary": True, "raw": "+41 44 668 18 00"}
    ]
    assert ada["addresses"] == [
        {
            "label": None, "street": "St James's Square 12", "city": "London", "region": None,
            "postcode": None, "country": "GB",
        }
    ]  # fmt: skip
    assert ada["links"] == [{"value": "https://ada.example/notes", "label": "blog"}]
    assert ada["tags"] == ["math", "VIP"]
    assert ada["external_ids"] == ["shop:1"]
    assert (ada["id"], ada["kind"], ada["role"], ada["orders"]) == (1, "person", "prospect", 0)
    assert ada["created_at"] == ada["updated_at"] == "2026-06-15T10:00:00Z"
    assert (ada["company"], ada["company_id"], ada["birthday"]) == (
        "Analytical Engines", 2, "1815-12-10",
    )  # fmt: skip


def test_a_new_company_is_made_once_and_said_so(crm: Crm) -> None:
    first = crm("contact", "add", "A", "--company", "Acme & S\u00f6hne")
    assert "made the company Acme & S\u00f6hne" in first.err
    second = crm("contact", "add", "B", "--company", "acme &  sohne", "--json")
    assert "made" not in second.err
    assert second.json["company"] == "Acme & S\u00f6hne"
    assert crm.json("contact", "show", second.json["company_id"])["kind"] == "company"
    assert crm.json("contact", "add", "C", "--company", 2)["company"] == "Acme & S\u00f6hne"


def test_the_id_alone_is_printed_for_scripts(crm: Crm) -> None:
    run = crm("contact", "add", "Ada", "-f", "ids")
    assert run.out == "1\n"
    assert "undo: crm undo 1" in run.err


def test_a_name_is_never_split(crm: Crm) -> None:
    record = crm.json("contact", "add", "Ludwig van Beethoven")
    assert (record["first_name"], record["last_name"]) == (None, None)


@pytest.mark.parametrize(
    "options",
    [
        ["--email", "no-address"],
        ["--phone", "044 668 18 00"],
        ["--role", "kunde"],
        ["--kind", "robot"],
        ["--birthday", "someday"],
        ["--birthday", "2027-01-01"],
        ["--birthday", "--02-30"],
        ["--link", "javascript:alert(1)"],
        ["--external-id", "shop:"],
        ["--tag", "  "],
        ["--on-match", "maybe"],
    ],
)
def test_a_wrong_value_writes_nothing(crm: Crm, options: list[str]) -> None:
    error = crm("contact", "add", "Ada", *options, "--json", code=2).error
    assert error["code"] == "invalid"
    assert error["hint"] or "birthday" in error["message"]
    assert crm.json("contact", "list", "--all") == []


@pytest.mark.parametrize("name", ["", "   ", "\t\n"])
def test_a_contact_needs_a_name(crm: Crm, name: str) -> None:
    assert crm("contact", "add", name, "--json", code=2).error["code"] == "invalid"


def test_bytes_that_are_no_text_are_refused(crm: Crm) -> None:
    for options in (["A\udcff"], ["A", "--notes", "\udcff"], ["A", "--tag", "x\udc80"]):
        assert crm("contact", "add", *options, code=2).err.startswith("crm: ")
    assert crm.json("contact", "list") == []


@pytest.mark.parametrize(
    "name",
    ["[/] [bold]x :smile:", "a\x1b[31mb\x07c", "abc\u202edef", "=1+1", "<script>alert(1)</script>",
     "'; DROP TABLE contacts; --", "100%_\\", "\U0001f642"],
)  # fmt: skip
def test_a_hostile_name_is_kept_as_it_is(crm: Crm, name: str) -> None:
    record = crm.json("contact", "add", name)
    assert record["name"] == name
    assert crm.json("contact", "show", name)["id"] == record["id"]
    assert crm.json("contact", "list")[0]["name"] == name
    assert crm.json("contact", "list", name)[0]["name"] == name
    assert "\x1b[31m" not in crm("contact", "show", 1).out
    assert "\u202e" not in crm("contact", "list").out


def test_roles_are_taken_by_label_and_case(crm: Crm) -> None:
    assert crm.json("contact", "add", "A", "--role", "Former Customer")["role"] == "former"
    assert crm.json("contact", "add", "B", "--role", "SUPPLIER")["role"] == "supplier"
    hint = crm("contact", "add", "C", "--role", "custmer", "--json", code=2).error["hint"]
    assert "customer" in hint


def test_an_address_of_a_living_contact_is_a_duplicate(crm: Crm, ada: dict[str, Any]) -> None:
    error = crm("contact", "add", "B", "--email", "ADA@example.com", "--json", code=4).error
    assert error["code"] == "duplicate"
    assert [found["id"] for found in error["candidates"]] == [ada["id"]]
    assert "Ada Lovelace" in error["message"]
    run = crm("contact", "add", "B", "--email", "ada@example.com", "--allow-duplicate")
    assert "shared with Ada Lovelace" in run.err


def test_an_archived_or_deleted_contact_blocks_no_address(crm: Crm, ada: dict[str, Any]) -> None:
    crm("contact", "archive", ada["id"])
    other = crm.id("contact", "add", "B", "--email", "ada@example.com")
    assert crm("contact", "restore", ada["id"], "--json", code=4).error["code"] == "duplicate"
    crm("contact", "delete", other, "--yes")
    assert crm.json("contact", "restore", ada["id"])["archived_at"] is None
    crm("contact", "delete", ada["id"], "--yes")
    crm("contact", "add", "C", "--email", "ada@example.com")


def test_a_shared_phone_is_a_warning(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    run = crm("contact", "add", "B", "--phone", "+41446681800")
    assert "shared with Ada Lovelace (#1)" in run.err


def test_the_same_value_twice_is_kept_once(crm: Crm) -> None:
    record = crm.json(
        "contact", "add", "A", "--email", "a@x.com", "--email", "A@X.com", "--tag", "b",
        "--tag", "B", "--phone", "+41446681800", "--phone", "0041446681800",
    )  # fmt: skip
    assert len(record["emails"]) == len(record["phones"]) == len(record["tags"]) == 1


def test_a_local_phone_needs_a_country(crm: Crm) -> None:
    record = crm.json("contact", "add", "A", "--phone", "mobile:079 123 45 67", "--country", "ch")
    assert record["phones"][0] == {
        "value": "+41791234567", "label": "mobile", "primary": True, "raw": "079 123 45 67",
    }  # fmt: skip


def test_on_match_creates_once_and_then_updates(crm: Crm) -> None:
    call = ["contact", "add", "Ada", "--external-id", "shop:1", "--on-match", "update"]
    first = crm.json(*call)
    same = crm(*call, "--json")
    assert "nothing changed" in same.err
    updated = crm.json(*call, "--owner", "me", "--email", "ada@x.com")
    assert (updated["id"], updated["owner"]) == (first["id"], "me")
    assert [email["value"] for email in updated["emails"]] == ["ada@x.com"]
    by_email = crm.json("contact", "add", "Ada L", "--email", "ada@x.com", "--on-match", "update")
    assert (by_email["id"], by_email["name"]) == (first["id"], "Ada L")
    error = crm("contact", "add", "B", "--external-id", "shop:1", "--json", code=4).error
    assert error["code"] == "duplicate"


def test_keys_of_two_contacts_are_ambiguous(crm: Crm) -> None:
    crm("contact", "add", "A", "--external-id", "shop:1")
    crm("contact", "add", "B", "--external-id", "shop:2")
    error = crm(
        "contact", "add", "C", "--external-id", "shop:1", "--external-id", "shop:2",
        "--on-match", "update", "--json", code=4,
    ).error  # fmt: skip
    assert (error["code"], len(error["candidates"])) == ("ambiguous", 2)


def test_a_referrer_is_a_contact(crm: Crm, ada: dict[str, Any]) -> None:
    assert crm.json("contact", "add", "B", "--referred-by", "ada")["referred_by"] == ada["id"]
    crm("contact", "add", "C", "--referred-by", "nobody at all", code=3)


def test_a_rehearsal_shows_the_record_and_writes_nothing(crm: Crm) -> None:
    run = crm("contact", "add", "Ada", "--company", "Acme", "--dry-run", "--json")
    assert (run.json["name"], run.json["company"]) == ("Ada", "Acme")
    assert "nothing was written" in run.err
    assert crm.json("contact", "list") == []
    crm("contact", "add", "Ada", "--email", "bad", "--dry-run", code=2)


def test_a_company_that_is_made_names_those_like_it(crm: Crm) -> None:
    crm("contact", "add", "Bäckerei Müller AG", "--kind", "company")
    crm("contact", "add", "Müller AG Lover")
    run = crm("contact", "add", "Ada", "--company", "Müller AG")
    assert "made the company Müller AG (#4); similar: #1 Bäckerei Müller AG" in run.err
    run = crm("contact", "add", "Bob", "--company", "Confiserie Müller AG Bern")
    assert "similar: #4 Müller AG" in run.err
    assert "similar" not in crm("contact", "add", "Eva", "--company", "Acme").err


def test_a_birthday_without_its_day_says_how_it_is_written(crm: Crm) -> None:
    error = crm("contact", "add", "Ada", "--birthday", "1985", "--json", code=2).error
    assert error["hint"] == "write it as 1990-05-31, or --05-31 where the year is not known"


def test_a_taken_external_id_hints_at_what_the_verb_can_do(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--external-id", "shop:1")
    hint = crm("contact", "add", "Bob", "--external-id", "shop:1", "--json", code=4).error["hint"]
    assert "--on-match update" in hint
    crm("contact", "add", "Bob")
    hint = crm("contact", "edit", 2, "--external-id", "shop:1", "--json", code=4).error["hint"]
    assert hint == "crm contact edit 1 --remove-external-id shop:1 takes it off there"
