"""Consents in files: a no is never lost, a yes needs its proof, and both leave again."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Crm
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


def test_skip_leaves_a_yes_of_a_known_contact_alone(files: Files) -> None:
    files.load("contact", "email\nada@x.org\n")
    result = files.load("contact", YES, "--on-match", "skip")
    assert (result["unchanged"], result["import"], result["warnings"]) == (1, None, [])
    assert files.counts("contact", YES.replace("ada@", "bob@"), "--on-match", "skip")[1] == 1
    assert state(files, "bob@x.org") == "granted"


def test_a_row_known_by_its_cells_is_heard_too(files: Files) -> None:
    files.load("contact", "name,subscribed,opt in date\nAda,yes,2026-05-01\n")
    text = "name,subscribed\nAda,no\n"
    assert files.counts("contact", text) == (1, 0, 1, 0, 0)
    assert state(files, "Ada") == "withdrawn"
    assert files.counts("contact", text) == (1, 0, 0, 1, 0)


# -- the ratchet, whatever comes ------------------------------------------------------------------

Saying = tuple[str, str | None]
SAYINGS: tuple[Saying, ...] = (
    ("no", None), ("unsubscribed", None), ("", "out"), ("cleaned", None), ("yes", "in"),
    ("subscribed", "in"), ("", "in"), ("yes", None), ("pending", "in"), ("", None),
)  # fmt: skip
TIMES = ("2019-01-01", "2020-06-01 12:00", "2026-01-01T00:00:00+02:00")


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from(SAYINGS), st.sampled_from(TIMES)), min_size=1,
                     max_size=3),
            st.sampled_from(["fill", "update", "skip"]),
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_who_once_said_no_is_never_granted_by_any_imports(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, imports: list[tuple[list[tuple[Saying, str]], str]],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("ratchet")
    monkeypatch.setenv("CRM_DB", str(folder / "one.db"))
    files = Files(Crm(folder / "one.db", capsys.readouterr), folder)
    expected: str | None = None
    for number, (rows, on_match) in enumerate(imports):
        text = "email,marketing consent,opt in at,opt out at\n"
        for (word, column), at in rows:
            opt_in, opt_out = (at if column == wanted else "" for wanted in ("in", "out"))
            text += f"ada@x.org,{word},{opt_in},{opt_out}\n"
        said = {saying for saying, _ in rows}
        if said & {*SAYINGS[:4]}:
            expected = "withdrawn"
        elif said & {*SAYINGS[4:7]} and not (number and on_match == "skip"):
            # A known contact is passed over by --on-match skip, but a no is heard.
            expected = expected or "granted"
        files.load("contact", text, "--on-match", on_match)
        assert state(files, "ada@x.org") == expected
        again = files.load("contact", text, "--on-match", on_match)
        assert again["unchanged"] == again["read"]


# -- other lists ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("Subscription status", "Unsubscribed", "withdrawn"),
        ("Newsletter-Status", "abgemeldet", "withdrawn"),
        ("Statut d'abonnement", "désabonné", "withdrawn"),
        ("Accepts Email Marketing", "no", "withdrawn"),
        ("Email consent", "Hard bounced", "withdrawn"),
        ("Einwilligung am", "03.05.2026 10:00", "granted"),
        ("Date d'inscription newsletter", "03/05/2026", "granted"),
        ("Opt-in time", "2026-05-03T10:00:00+02:00", "granted"),
        ("Proof of consent", "form of 3 May, in the folder", "granted"),
        ("Email Opt Out", "1", "withdrawn"),
        ("E-Mail Opt-out", "Ja", "withdrawn"),
        ("Unsubscribed", "2026-05-03 10:00", "withdrawn"),
        ("Abgemeldet am", "03.05.2026", "withdrawn"),
        ("Unsubscribed from all email", "false", None),
        ("Email opt out", "0", None),
        ("Marketing consent", "Non-subscribed", None),
        ("Marketing consent", "oui", None),
        ("Marketing consent", "", None),
    ],
)
def test_columns_of_any_list(files: Files, header: str, cell: str, expected: str | None) -> None:
    text = f"name;email;{header}\nAda;ada@x.org;{cell}\n"
    result = files.load("contact", text, "--dates", "dmy")
    assert (result["unknown_columns"], state(files, "ada@x.org")) == ([], expected)
    assert warnings(result) == ({"consent-unproven": [2]} if cell == "oui" else {})
    assert files.counts("contact", text, "--dates", "dmy") == (1, 0, 0, 1, 0)


def test_times_are_those_of_the_business_unless_they_say_otherwise(files: Files) -> None:
    files.crm("config", "set", "timezone", "Europe/Zurich")
    text = "email,opt in time\na@x.org,2026-05-03 10:00\nb@x.org,2026-05-03T10:00:00Z\n"
    files.load("contact", f"{text}c@x.org,2026-05-03\n")
    assert [consents(files, f"{who}@x.org")[0][3] for who in "abc"] == [
        "2026-05-03T08:00:00Z", "2026-05-03T10:00:00Z", "2026-05-02T22:00:00Z",
    ]  # fmt: skip
    files.load("contact", SUBSCRIBED)
    assert consents(files, "ada@x.org")[0][3] == "2020-02-03T04:05:06Z"


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("marketing consent", "nej tak", "neither a yes nor a no"),
        ("email opt out", "maybe", "neither a yes nor a no"),
        ("opt in at", "soon", "is not a date"),
        ("opt out at", "03/04/2026", "--dates"),
        ("consents", "yes", "is not a JSON list"),
        ("consents", '"[1]"', "is not a JSON list"),
        ("consents", '"[{""channel"": ""fax""}]"', "is no channel of a consent"),
        (
            "consents",
            '"[{""channel"": ""email"", ""purpose"": ""marketing"", ""state"": ""maybe""}]"',
            "is no state",
        ),
        (
            "consents",
            (
                '"[{""channel"": ""email"", ""purpose"": ""marketing"", ""state"": ""granted"",'
                ' ""proof"": 1}]"'
            ),
            "is text, not 1",
        ),
    ],
)
def test_what_cannot_be_read_rejects_its_row(
    files: Files, column: str, cell: str, reason: str
) -> None:
    result = files.load("contact", f"email,{column}\nada@x.org,{cell}\n", code=6)
    (rejected,) = result["rejections"]
    assert rejected["field"] == column.replace(" ", "_")
    assert reason in rejected["reason"]


def test_a_yes_of_our_own_layout_needs_its_proof_too(files: Files) -> None:
    told = {"channel": "sms", "purpose": "profiling", "state": "granted"}
    lines = [
        {"name": "Ada", "consents": [told]},
        {"name": "Bob", "consents": [{**told, "proof": 'signed\n§ 4; "x"'}]},
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, lines))
    assert warnings(files.load("contact", text, name="in.jsonl")) == {"consent-unproven": [1]}
    assert consents(files, "Ada") == []
    assert consents(files, "Bob") == [
        ("sms", "profiling", "granted", None, None, "in.jsonl", 'signed\n§ 4; "x"')
    ]


@pytest.mark.parametrize(
    ("preset", "header", "rows", "expected"),
    [
        (
            "hubspot", "Record ID,First Name,Email,Lifecycle Stage,Unsubscribed from all email",
            ["1,Ada,ada@x.org,lead,true", "2,Bob,bob@x.org,lead,false"], "withdrawn None",
        ),
        (
            "salesforce", "LastName,Email,MailingCity,HasOptedOutOfEmail,DoNotCall",
            ["Ada,ada@x.org,Bern,1,0", "Bob,bob@x.org,Bern,0,1"], "withdrawn None",
        ),
        (
            "zoho", ("Record Id,Last Name,Account Name,Email,Email Opt Out,Unsubscribed Mode,"
            "Unsubscribed Time"),
            ["z1,Ada,X,ada@x.org,true,Manual,2026-01-02 10:00:00", "z2,Bob,X,bob@x.org,false,,"],
            "withdrawn None",
        ),
        (
            "pipedrive", "Person - Name,Person - Email - Work,Person - ID,Person - Marketing status",
            ["Ada,ada@x.org,1,Unsubscribed", "Bob,bob@x.org,2,Subscribed"], "withdrawn None",
        ),
        (
            "freshsales", "ID,Last name,Emails,Sales owner,Subscription status",
            ["1,Ada,ada@x.org,Ann,Reported as spam", "2,Bob,bob@x.org,Ann,Not subscribed"],
            "withdrawn None",
        ),
        (
            "dynamics", ("(Do Not Modify) Contact,Full Name,Email,Do not allow Emails,"
            "Do not allow Bulk Emails,Do not allow Phone Calls"),
            ["1,Ada,ada@x.org,Allow,Do Not Allow,Allow", "2,Bob,bob@x.org,Allow,Allow,Allow"],
            "withdrawn None",
        ),
    ],
)  # fmt: skip
def test_opt_outs_of_other_products(
    files: Files, preset: str, header: str, rows: list[str], expected: str
) -> None:
    text = "\n".join([header, *rows, ""])
    result = files.load("contact", text)
    assert result["unknown_columns"] == (["Lifecycle Stage"] if preset == "hubspot" else [])
    assert f"{state(files, 'ada@x.org')} {state(files, 'bob@x.org')}" == expected
    assert files.counts("contact", text) == (2, 0, 0, 2, 0)
    if preset == "salesforce":
        assert [entry[:3] for entry in consents(files, "bob@x.org")] == [
            ("phone", "marketing", "withdrawn")
        ]
    if preset == "zoho":
        assert consents(files, "ada@x.org")[0][3:] == (
            "2026-01-02T10:00:00Z", "unsubscribed", "zoho", "reason Manual",
        )  # fmt: skip


# -- where it stands, and how it goes -------------------------------------------------------------


def test_the_page_and_the_filters(files: Files) -> None:
    files.load("contact", SUBSCRIBED)
    files.load("contact", UNSUBSCRIBED)
    files.load("contact", "email,do not call\nada@x.org,yes\n")
    page = files.crm("contact", "show", "cid@x.org").out
    assert (
        "consents      email marketing: withdrawn 2021-01-02 03:04 (unsubscribed, mailchimp):"
        " opted in 2019-01-01T10:00:00Z from 1.1.1.1; campaign Spring sale, c77; reason OTHER,"
        " too many, really\n"
    ) in page
    asked = {
        "consent = granted": "1", "consent = withdrawn": "3 4", "consent is empty": "2",
        "consent != withdrawn": "1 2", "consent_phone = withdrawn and consent_email = granted": "1",
        "name ~ cid and consent = withdrawn": "3", "consent_sms = granted": "",
    }  # fmt: skip
    for where, ids in asked.items():
        found = files.crm("contact", "list", "--where", where, "-f", "ids").out
        assert found.split() == ids.split(), where
    error = files.crm("contact", "list", "--where", "consent = maybe", "--json", code=2).error
    assert error["code"] == "invalid"


def test_delete_restore_undo_and_redo(files: Files) -> None:
    files.load("contact", YES)
    out = files.load("contact", "email,opt out at\nada@x.org,2026-06-01\n")["import"]
    before = consents(files, "ada@x.org")
    files.crm("contact", "delete", "ada@x.org", "--yes")
    assert files.rows("SELECT count(*) FROM consent_events") == [(0,)]
    files.crm("trash", "restore", 1)
    assert consents(files, "ada@x.org") == before
    files.crm("undo")
    files.crm("undo")
    assert consents(files, "ada@x.org") == before
    assert [row[0] for row in files.rows("SELECT state FROM consent_events ORDER BY id")] == [
        "granted", "withdrawn",
    ]  # fmt: skip
    files.crm("undo", out)
    assert state(files, "ada@x.org") == "granted"
    files.crm("redo")
    assert consents(files, "ada@x.org") == before


@pytest.mark.parametrize("plain_first", [False, True])
def test_a_no_outlives_the_deletion_of_its_contact(files: Files, plain_first: bool) -> None:
    withdraw(files)
    before = consents(files, "ada@x.org")
    files.crm("contact", "delete", "ada@x.org", "--yes")
    if plain_first:
        files.load("contact", "email,name\nada@x.org,Ada\n")
    result = files.load("contact", YES + "bob@x.org,yes,2026-05-01\n")
    assert warnings(result) == {"consent-kept-withdrawn": [2]}
    assert (consents(files, "ada@x.org"), state(files, "bob@x.org")) == (before, "granted")
    assert files.load("contact", YES)["unchanged"] == 1
    # What was granted when it was deleted says nothing of later.
    files.crm("contact", "delete", "bob@x.org", "--yes")
    files.load("contact", YES.replace("ada@", "bob@"))
    assert state(files, "bob@x.org") == "granted"


def test_columns_that_only_tell_more_are_named(files: Files) -> None:
    result = files.load("contact", "email,Opt-in IP,Confirmation date\nada@x.org,1.1.1.1,x\n")
    assert result["unknown_columns"] == ["Opt-in IP", "Confirmation date"]


def test_a_dry_run_tells_and_writes_nothing(files: Files) -> None:
    withdraw(files)
    result = files.load("contact", YES, "--dry-run")
    assert warnings(result) == {"consent-kept-withdrawn": [2]}
    no = "email,opt out at\nbob@x.org,2026-06-01\n"
    assert files.load("contact", no, "--dry-run")["created"] == 1
    assert files.rows("SELECT count(*) FROM consent_events") == [(1,)]


def test_a_layout_that_has_an_opt_out_fills_it_and_the_rest_is_told(files: Files) -> None:
    files.load("contact", UNSUBSCRIBED)
    files.load("contact", SUBSCRIBED)
    for layout, column in (("salesforce", "Email Opt Out"), ("zoho", "Email Opt Out")):
        run = files.crm("contact", "export", "--layout", layout)
        rows = list(csv.DictReader(io.StringIO(run.out)))
        assert [row[column] for row in rows] == ["true", "true", "", ""]
        assert "consents (1)" in run.err
        assert files.load("contact", run.out)["unchanged"] == 4
    assert "consents (3)" in files.crm("contact", "export", "--layout", "google").err


def test_an_edit_leaves_consents_alone(files: Files) -> None:
    withdraw(files)
    changed = files.crm.json("contact", "edit", "ada@x.org", "--name", "Ada King")
    assert [entry["state"] for entry in changed["consents"]] == ["withdrawn"]
    files.crm("contact", "edit", "1", "--remove-email", "ada@x.org", "--email", "ada@y.org")
    assert state(files, "1") == "withdrawn"
