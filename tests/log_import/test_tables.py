"""``log import`` of tables: other programs' headers, our own list, and never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.log_import.mails import US, mail, mbox

if TYPE_CHECKING:
    from tests.log_import.mails import Box

HEAD = "date,type,contact email,direction,subject,notes,outcome,duration,owner\n"


def load(box: Box, text: str, *options: str, code: int = 0, name: str = "in.csv") -> dict[str, Any]:
    return box.load(box.write(text.encode(), name), *options, code=code)


def test_a_table_of_talks(box: Box) -> None:
    box.crm("config", "set", "timezone", "Europe/Zurich")
    result = load(
        box,
        HEAD
        + "2026-06-01,Call,ada@example.org,inbound,Prices,Wants the list,Connected,0:15,Ursula\n"
        + "2026-06-02 15:30,E-Mail,bob@example.org,sent,,Sent it,,,\n"
        + "2026-06-03T08:00:00+00:00,Lunch,ada@example.org,,Lunch,,Went well,1h30,\n"
        + "2026-06-04 09:00,Deadline,ada@example.org,,Paper,,,,\n",
    )
    assert (result["read"], result["created"]) == (4, 4)
    first, second, third, fourth = box.talks()
    assert first | {
        "contact_id": box.ada, "at": "2026-06-01T10:00:00Z", "channel": "call", "direction": "in",
        "subject": "Prices", "body": "Wants the list", "outcome": "reached",
        "duration_minutes": 15, "by": "Ursula",
    } == first  # fmt: skip
    assert second | {
        "contact_id": box.bob, "at": "2026-06-02T13:30:00Z", "channel": "email",
        "direction": "out", "body": "Sent it", "by": "tester",
    } == second  # fmt: skip
    assert third | {
        "at": "2026-06-03T08:00:00Z", "channel": "meeting", "body": "Outcome: Went well",
        "duration_minutes": 90, "outcome": None,
    } == third  # fmt: skip
    assert (fourth["channel"], fourth["body"]) == ("other", "Type: Deadline")
    said = " ".join(warning["message"] for warning in result["warnings"])
    assert "channels nobody knows were taken for other: Deadline" in said
    assert "outcomes nobody knows stand in the text: Went well" in said
    (ada,) = [row for row in box.crm.json("contact", "list") if row["id"] == box.ada]
    assert ada["last_contacted_at"] == "2026-06-04T07:00:00Z"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        # the titles of other products' exports of activities
        ("Activity date,Activity type,Subject,Body,Associated contact email",
         "2026-06-01 10:00,Call,Prices,Wants it,ada@example.org"),
        ("Type,Subject,Due date,Due time,Done,Contact person,Note",
         "Call,Prices,2026-06-01,10:00,Done,Ada Lovelace,Wants it"),
        ("Subject,Contact,Date,Status,Type,Comments,Email",
         "Prices,Ada Lovelace,2026-06-01,Completed,Call,Wants it,ada@example.org"),
        ("Datum;Uhrzeit;Kanal;Richtung;Kontakt;E-Mail-Adresse;Betreff;Notiz",
         "2026-06-01;10:00;Anruf;ausgehend;Ada Lovelace;ada@example.org;Prices;Wants it"),
        ("Date,Type d'activité,Sens,Courriel,Objet,Remarque",
         "2026-06-01,appel,sortant,ada@example.org,Prices,Wants it"),
        ("Activity Date,Call Duration (Seconds),Type,Name,Subject,Full Comments",
         "2026-06-01,90,Call,Ada Lovelace,Prices,Wants it"),
    ],
)  # fmt: skip
def test_headers_of_other_programs(box: Box, head: str, row: str) -> None:
    result = load(box, f"{head}\n{row}\n")
    assert (result["created"], result["unknown_columns"]) == (1, [])
    (talk,) = box.talks()
    assert talk | {
        "contact_id": box.ada, "channel": "call", "direction": "out", "subject": "Prices",
        "body": "Wants it",
    } == talk  # fmt: skip


def test_the_same_file_twice_changes_nothing(box: Box) -> None:
    text = HEAD + "2026-06-01,call,ada@example.org,,,Hello,,,\n" * 3
    assert load(box, text)["created"] == 3
    assert load(box, text)["created"] == 0
    assert load(box, text + "2026-06-01,call,ada@example.org,,,Hello,,,\n")["created"] == 1
    box.crm("log", "delete", "1", "--yes")
    box.crm("log", "edit", "2", "--outcome", "reached")
    again = load(box, text + "2026-06-01,call,ada@example.org,,,Hello,,,\n")
    assert (again["created"], again["unchanged"]) == (0, 4)
    assert load(box, text.replace("ada@", "bob@"))["created"] == 3


def test_one_undo_takes_back_talks_and_the_contacts_made(box: Box) -> None:
    before = box.crm.json("contact", "list")
    text = "date,contact,email,notes\n2026-06-01,Cleo,cleo@example.net,Hello\n2026-06-02,Dora,,Hi\n"
    result = load(box, text, "--tag", "import")
    assert (result["created"], result["contacts_created"]) == (2, 2)
    assert [talk["contact"] for talk in box.talks()] == ["Cleo", "Dora"]
    assert load(box, text)["contacts_created"] == 0
    box.crm("undo", result["import"])
    assert box.crm.json("contact", "list") == before
    assert box.crm.json("log", "list") == []
    result = load(box, text, "--unknown", "reject", code=6)
    assert (result["created"], result["rejected"]) == (0, 2)


def test_what_cannot_be_is_rejected_and_comes_back_mended(box: Box) -> None:
    text = (
        HEAD + "2026-06-15 12:30,call,ada@example.org,,,ahead,,,\n"
        "soon,call,ada@example.org,,,when,,,\n"
        "03/04/2026,call,ada@example.org,,,which,,,\n"
        "2026-06-01,call,,,,who,,,\n"
        "2026-06-01,call,ada@example.org,sideways,,way,,,\n"
        "2026-06-01,call,ada@example.org,,,,,,\n"
        "2026-06-01,call,ada@example.org,,,long,,a while,\n"
        "2026-06-15,call,ada@example.org,,,today,,,\n"
    )
    result = load(box, text, code=6)
    assert (result["created"], result["rejected"]) == (1, 7)
    reasons = {row["line"]: (row["field"], row["reason"]) for row in result["rejections"]}
    assert reasons[2][1] == "'2026-06-15 12:30' lies ahead: what has happened is logged"
    assert {line: field for line, (field, _) in reasons.items()} == {
        2: "at", 3: "at", 4: "at", 5: "customer", 6: "direction", 7: "body", 8: "duration",
    }  # fmt: skip
    assert box.talks()[0]["at"] == "2026-06-15T10:00:00Z"  # today's is not later than now
    rejects = box.folder / "in.csv.rejects.csv"
    kept = rejects.read_text()
    mended = kept.replace("2026-06-15 12:30", "2026-06-15 09:30").replace("soon", "2026-06-02")
    rejects.write_text(mended)
    result = box.load(rejects, "--dates", "dmy", code=6)
    assert (result["created"], result["rejected"]) == (3, 4)
    assert load(box, text, "--dates", "dmy", code=6)["created"] == 0


def test_what_is_not_done_yet_is_no_talk(box: Box) -> None:
    text = (
        "Subject,Due date,Status,Contact email\nPast,2026-06-01,Completed,ada@example.org\n"
        "Late,2026-06-02,Not Started,ada@example.org\nAhead,2026-12-01,Open,ada@example.org\n"
    )
    result = load(box, text)
    assert (result["created"], result["unchanged"], result["rejected"]) == (1, 2, 0)
    assert result["warnings"][0]["count"] == 2


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_our_own_list_comes_back_and_adds_nothing(box: Box, form: str, tmp_path: Any) -> None:
    box.crm(
        "log", "call", box.ada, "Two lines\nof text", "--outcome", "reached", "--sentiment", "good"
    )
    box.crm("log", "note", box.bob, "A note", "--at", "2026-06-01 08:00")
    box.load(mbox(mail(), mail("No number", Message_ID=None)))
    listed = box.crm("log", "list", "-f", form).out
    result = load(box, listed, name=f"list.{form}")
    assert (result["read"], result["created"], result["unknown_columns"]) == (4, 0, [])
    before = box.crm.json(
        "log",
        "list",
        "--columns",
        "contact,at,channel,direction,subject,body,outcome,sentiment,by,message_id",
    )
    # another store, in which the same people have the same numbers
    box.crm("--db", tmp_path / "other.db", "contact", "add", "Ada Lovelace")
    box.crm("--db", tmp_path / "other.db", "contact", "add", "Bob Byron")
    other = box.folder / f"list.{form}"
    made = box.crm.json("--db", tmp_path / "other.db", "log", "import", other)
    assert made["created"] == 4
    assert box.crm.json("--db", tmp_path / "other.db", "log", "import", other)["created"] == 0
    after = box.crm.json(
        "--db",
        tmp_path / "other.db",
        "log",
        "list",
        "--columns",
        "contact,at,channel,direction,subject,body,outcome,sentiment,by,message_id",
    )
    assert sorted(map(str, after)) == sorted(map(str, before))
    # and one in which they have others
    box.crm("--db", tmp_path / "third.db", "contact", "add", "Somebody Else")
    run = box.crm("--db", tmp_path / "third.db", "log", "import", other, "--json", code=6)
    assert run.json["created"] == 0
    assert "contact 1 is Somebody Else here and not Ada Lovelace" in run.err


def test_a_mail_in_a_table_is_the_mail_of_the_mailbox(box: Box) -> None:
    box.load(mbox(mail(Message_ID="<a@x>")))
    text = "date,email,notes,message id\n2026-06-01,ada@example.org,Hello,<a@x>\n2026-06-01,zed@example.net,Hi,a@x\n"
    result = load(box, text)
    assert (result["created"], result["contacts_created"]) == (0, 0)


def test_options_of_the_other_kind_are_refused(box: Box) -> None:
    table = box.write(HEAD.encode() + b"2026-06-01,call,ada@example.org,,,Hello,,,\n", "t.csv")
    box.crm("log", "import", table, "--own", US, code=2)
    box.crm("log", "import", table, "--add-unknown", code=2)
    run = box.crm("log", "import", box.write(mbox(mail())), "--map", "a=b", code=2)
    assert "--map: not for mails" in run.err
    assert (
        box.crm.process("log", "import", "-", "--json", stdin=table.read_bytes()).json["created"]
        == 1
    )


def test_a_table_without_the_columns_it_needs(box: Box) -> None:
    run = box.crm("log", "import", box.write(b"foo,bar\n1,2\n", "t.csv"), code=6)
    assert "no column for the contact (contact, email, phone or customer), the day" in run.err
    text = "Wann,Wer\n2026-06-01,ada@example.org\n"
    result = load(box, text, "--map", "Wann=at", "--map", "Wer=email", code=6)
    assert result["rejections"][0]["reason"] == "says nothing: no text, subject or outcome"


def test_participants_are_not_dropped_in_silence(box: Box) -> None:
    """A list has their names alone, which may be anybody's here: the column is named."""
    head, row = "date,type,contact email,notes,participants", "2026-06-01,call,ada@example.org,Hi"
    told = load(box, f'{head}\n{row},"Bob (#2)"\n')
    assert (told["created"], told["unknown_columns"]) == (1, ["participants"])
    assert load(box, f"{head}\n{row},\n")["unknown_columns"] == []
