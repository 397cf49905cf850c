"""Consents in files: a no is never lost, a yes needs its proof, and both leave again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

COMMON = "MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP"
PLACE = "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
SUBSCRIBED = (
    f"Email Address,First Name,Last Name,{COMMON},{PLACE}\n"
    "ada@x.org,Ada,King,2,2020-02-03 04:05:06,1.2.3.4,2020-02-03 04:06:00,1.2.3.5,,,,,,,,"
    "2020-03-01 00:00:00,11,e1,,\n"
    "bob@x.org,Bob,Byte,2,,,2020-02-03 04:06:00,9.9.9.9,,,,,,,,2020-03-01 00:00:00,12,e2,,\n"
)
UNSUBSCRIBED = (
    f"Email Address,First Name,Last Name,{COMMON},{PLACE},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,"
    "UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER\n"
    "cid@x.org,Cid,Code,2,2019-01-01 10:00:00,1.1.1.1,2019-01-01 10:00:00,1.1.1.1,,,,,,,,"
    '2021-01-01 00:00:00,13,e3,,,2021-01-02 03:04:05,Spring sale,c77,OTHER,"too many, really"\n'
    "dan@x.org,Dan,Disk,2,2019-01-01 10:00:00,1.1.1.1,,,,,,,,,,2021-01-01 00:00:00,14,e4,,,,,,,\n"
)
CLEANED = (
    f"Email Address,First Name,Last Name,{COMMON},{PLACE},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,"
    "CLEAN_CAMPAIGN_ID\n"
    "eve@x.org,Eve,Edit,2,2019-01-01 10:00:00,1.1.1.1,,,,,,,,,,2021-01-01 00:00:00,15,e5,,,"
    "2021-05-06 07:08:09,Summer,c78\n"
)
NONSUBSCRIBED = (
    f"Email Address,First Name,Last Name,{COMMON},{PLACE}\n"
    "fay@x.org,Fay,File,2,2020-02-03 04:05:06,,2020-02-03 04:06:00,,,,,,,,,"
    "2020-03-01 00:00:00,16,e6,,\n"
)
AUDIENCE = {
    "subscribed_members_export_a1b2.csv": SUBSCRIBED,
    "unsubscribed_members_export_a1b2.csv": UNSUBSCRIBED,
    "cleaned_email_audience_export_a1b2.csv": CLEANED,
    "nonsubscribed_email_audience_export_a1b2.csv": NONSUBSCRIBED,
}
EVENT = ("channel", "purpose", "state", "at", "basis", "source", "proof")


def consents(files: Files, who: str) -> list[tuple[Any, ...]]:
    """Return a contact's consents, as tuples in the order of ``EVENT``."""
    found = files.crm.json("contact", "show", who)["consents"]
    assert all(tuple(entry) == EVENT for entry in found)
    return [tuple(entry.values()) for entry in found]


def state(files: Files, who: str) -> str | None:
    """Return what is in force for mailings to a contact."""
    found = [entry[2] for entry in consents(files, who) if entry[:2] == ("email", "marketing")]
    return found[0] if found else None


def warnings(result: dict[str, Any]) -> dict[str, list[int]]:
    return {warning["kind"]: warning["lines"] for warning in result["warnings"]}


# -- Mailchimp ------------------------------------------------------------------------------------


def test_the_four_files_of_an_audience(files: Files) -> None:
    told = {
        name: warnings(files.load("contact", text, name=name)) for name, text in AUDIENCE.items()
    }
    assert consents(files, "ada@x.org") == [
        (
            "email", "marketing", "granted", "2020-02-03T04:05:06Z", "consent", "mailchimp",
            ("opted in 2020-02-03T04:05:06Z from 1.2.3.4; confirmed 2020-02-03T04:06:00Z from"
            " 1.2.3.5"),
        )
    ]  # fmt: skip
    # Who was imported there has a time of confirmation too: it proves nothing.
    assert consents(files, "bob@x.org") == []
    assert told["subscribed_members_export_a1b2.csv"] == {"consent-unproven": [3]}
    assert consents(files, "cid@x.org") == [
        (
            "email", "marketing", "withdrawn", "2021-01-02T03:04:05Z", "unsubscribed", "mailchimp",
            ("opted in 2019-01-01T10:00:00Z from 1.1.1.1; campaign Spring sale, c77; reason OTHER,"
            " too many, really"),
        )
    ]  # fmt: skip
    # The file says it of everybody in it, with a time or without.
    assert state(files, "dan@x.org") == "withdrawn"
    assert consents(files, "eve@x.org") == [
        (
            "email", "marketing", "withdrawn", "2021-05-06T07:08:09Z", "bounced", "mailchimp",
            ("opted in 2019-01-01T10:00:00Z from 1.1.1.1; campaign Summer, c78; eve@x.org takes no"
            " mail"),
        )
    ]  # fmt: skip
    assert consents(files, "fay@x.org") == []
    assert told["nonsubscribed_email_audience_export_a1b2.csv"] == {}


def test_an_audience_again_and_from_one_store_into_another(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in AUDIENCE.items():
        assert files.load("contact", text, name=name)["unknown_columns"] == []
    events = files.rows("SELECT * FROM consent_events")
    for name, text in AUDIENCE.items():
        again = files.load("contact", text, name=name)
        assert again["unchanged"] == again["read"]
    assert files.rows("SELECT * FROM consent_events") == events
    before = {x["uid"]: x["consents"] for x in exported(files)}
    assert sum(map(len, before.values())) == 4
    for kind in ("csv", "jsonl", "vcf"):
        path = files.folder / f"out.{kind}"
        files.crm("contact", "export", path)
        assert files.crm.json("contact", "import", path)["unchanged"] == 6
        with monkeypatch.context() as other:
            other.setenv("CRM_DB", str(files.folder / f"{kind}.db"))
            for expected in ("created", "unchanged"):
                result = files.crm.json("contact", "import", path)
                assert (result[expected], result["unknown_columns"]) == (6, [])
                assert result["warnings"] == []
            assert {x["uid"]: x["consents"] for x in exported(files)} == before


def exported(files: Files) -> list[dict[str, Any]]:
    return list(map(json.loads, files.crm("contact", "export", "-f", "jsonl").out.splitlines()))


def test_a_file_of_another_name_is_known_by_its_columns(files: Files) -> None:
    for text in (SUBSCRIBED, UNSUBSCRIBED, CLEANED):
        files.load("contact", text, name="mailchimp.csv")
    states = [state(files, f"{who}@x.org") for who in ("ada", "bob", "cid", "dan", "eve")]
    assert states == ["granted", None, "withdrawn", "withdrawn", "withdrawn"]
    # A name that somebody gave says less, never more.
    files.load("contact", NONSUBSCRIBED, name="mailchimp-nonsubscribed.csv")
    assert state(files, "fay@x.org") is None
    files.load("contact", SUBSCRIBED.replace("@x", "@y"), name="cleaned-up subscribers.csv")
    assert state(files, "ada@y.org") == "granted"


# -- the ratchet ----------------------------------------------------------------------------------

YES = "email,marketing consent,opt in time\nada@x.org,subscribed,2026-05-01 10:00\n"


def withdraw(files: Files, at: str = "2020-01-01T00:00:00Z") -> None:
    files.load("contact", f"email,name,opt out at\nada@x.org,Ada,{at}\n", name="out.csv")
    assert state(files, "ada@x.org") == "withdrawn"


@pytest.mark.parametrize("on_match", ["fill", "update", "skip"])
@pytest.mark.parametrize("lists", [(), ("--replace-lists",)])
def test_a_no_stays_a_no(files: Files, on_match: str, lists: tuple[str, ...]) -> None:
    withdraw(files)
    text = YES.replace("consent,", "consent,job title,").replace("subscribed,", "subscribed,Chief,")
    result = files.load("contact", text, "--on-match", on_match, *lists)
    assert warnings(result) == {"consent-kept-withdrawn": [2]}
    assert "#1 ada@x.org" in result["warnings"][0]["message"]
    assert state(files, "ada@x.org") == "withdrawn"
    # The row's other cells are taken as ever.
    job = files.crm.json("contact", "show", "ada@x.org")["job_title"]
    assert job == (None if on_match == "skip" else "Chief")


def test_a_yes_without_proof_is_told_against_a_no(files: Files) -> None:
    withdraw(files)
    result = files.load("contact", "email,subscribed\nada@x.org,yes\n")
    assert warnings(result) == {"consent-kept-withdrawn": [2]}
    # Where the yes is known with its proof already, it goes without saying.
    files.load("contact", YES.replace("ada@", "bob@"))
    assert files.load("contact", "email,subscribed\nbob@x.org,yes\n")["warnings"] == []


@pytest.mark.parametrize("on_match", ["fill", "update", "skip"])
def test_a_no_wins_over_a_younger_yes_and_only_once(files: Files, on_match: str) -> None:
    assert files.counts("contact", YES) == (1, 1, 0, 0, 0)
    out = "email,opt out at\nada@x.org,2019-01-01 10:00\n"
    first = files.load("contact", out, "--on-match", on_match)
    assert (first["updated"], state(files, "ada@x.org")) == (1, "withdrawn")
    assert files.counts("contact", out, "--on-match", on_match) == (1, 0, 0, 1, 0)
    assert files.counts("contact", YES) == (1, 0, 0, 1, 0)
    files.crm("undo", first["import"])
    assert consents(files, "ada@x.org")[0][2:4] == ("granted", "2026-05-01T10:00:00Z")


def test_a_failed_match_writes_nothing_and_the_row_comes_back(files: Files) -> None:
    files.load("contact", YES)
    result = files.load("contact", "email,subscribed\nada@x.org,no\n", "--on-match", "fail", code=6)
    assert (result["rejected"], state(files, "ada@x.org")) == (1, "granted")


@pytest.mark.parametrize("on_match", ["fill", "skip"])
@pytest.mark.parametrize("turned", [False, True])
def test_of_several_rows_the_most_restrictive_holds(
    files: Files, on_match: str, turned: bool
) -> None:
    rows = [
        "ada@x.org,yes,2026-05-01", "ada@x.org,no,", "bob@x.org,yes,2026-05-02",
        "bob@x.org,yes,2026-05-01",
    ]  # fmt: skip
    head = "email,subscribed,opt in date\n"
    text = head + "\n".join(rows[::-1] if turned else rows) + "\n"
    result = files.load("contact", text, "--on-match", on_match)
    assert warnings(result) == {"consent-kept-withdrawn": [5 if turned else 2]}
    assert (state(files, "ada@x.org"), state(files, "bob@x.org")) == ("withdrawn", "granted")
    assert consents(files, "bob@x.org")[0][3] == "2026-05-02T00:00:00Z"
    assert files.counts("contact", text, "--on-match", on_match) == (4, 0, 0, 4, 0)


def test_a_row_known_by_its_cells_is_heard_too(files: Files) -> None:
    files.load("contact", "name,subscribed,opt in date\nAda,yes,2026-05-01\n")
    text = "name,subscribed\nAda,no\n"
    assert files.counts("contact", text) == (1, 0, 1, 0, 0)
    assert state(files, "Ada") == "withdrawn"
    assert files.counts("contact", text) == (1, 0, 0, 1, 0)
