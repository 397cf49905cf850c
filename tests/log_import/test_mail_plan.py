"""``log import --plan`` and ``--apply`` of mails: what becomes of each, and doing just that, once."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.imports import plans
from tests.log_import.mails import US, mail, mbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.log_import.mails import Box

BROKEN = mail("broken: \xe9", From_="nobody", Message_ID="<bad@x>")
MAILS = (
    mail("known before", Message_ID="<0@x>"),
    mail('Say "hi"\n\n  twice', Message_ID="<1@x>", To=f"{US}, bob@example.org"),
    mail("sent", Message_ID=None, From_=US, To='"Zoe \\"Z\\" O\'Neil" <zoe@example.org>'),
    mail("sent", Message_ID=None, From_=US, To="zoe@example.org"),
    BROKEN,
    mail(Message_ID="<2@x>", From_=US, To=US),
    mail(Message_ID="<3@x>", List_Id="<l>"),
    mail(Message_ID="<4@x>", X_Mozilla_Status="0009"),
    mail(Message_ID="<5@x>", Date="Mon, 1 Jun 2020 11:12:00 +0200"),
    mail(Message_ID="<6@x>", From_="Café Müller <müller@exämple.org>", Reply_To="q@example.org"),
    mail(Message_ID="<7@x>", From_="no-reply@example.org"),
)
OPTIONS = ("--since", "2026-01-01", "--add-unknown", "--tag", "from-mail", "--own", "@ours.example")


@pytest.fixture
def inbox(box: Box) -> Path:
    """A mailbox of which one mail is known."""
    box.load(box.write(mbox(MAILS[0]), "before.mbox"))
    return box.write(mbox(*MAILS), "in.mbox")


def everything(box: Box) -> list[dict[str, Any]]:
    listed = [*box.crm.json("contact", "list"), *box.talks()]
    unsaid = {"id", "uid", "contact_id", "participants"}
    return [
        {k: v for k, v in one.items() if k not in unsaid}
        | {"with": [other["name"] for other in one.get("participants", ())]}
        for one in listed
    ]


def test_a_plan_tells_the_fate_of_each_mail(box: Box, inbox: Path) -> None:
    before = everything(box)
    plan = inbox.with_name("plan.jsonl")
    ran = box.crm("log", "import", inbox, *OPTIONS, "--plan", plan, code=6)
    assert f"crm log import --apply {plan}" in ran.err
    assert everything(box) == before
    assert not inbox.with_name("in.mbox.rejects.mbox").exists()
    told = plans.rows(plan)
    assert [(row["fate"], row.get("why"), row.get("name"), row.get("contact_id"))
            for row in told] == [
        ("unchanged", "known", None, None),
        ("created", None, "Ada Lovelace", box.ada),
        ("created", None, 'Zoe "Z" O\'Neil', None),
        ("unchanged", "known", None, None),
        ("rejected", None, None, None),
        ("unchanged", "skipped_ours", None, None),
        ("unchanged", "skipped_lists", None, None),
        ("unchanged", "skipped_deleted", None, None),
        ("unchanged", "skipped_days", None, None),
        ("created", None, "Café Müller", None),
        ("unchanged", "unmatched", None, None),
    ]  # fmt: skip
    assert (told[1]["with"], told[1]["direction"]) == (["Bob Byron"], "in")
    also = [line["name"] for line in plans.lines(plan) if line.get("also") == "contact"]
    assert also == ['Zoe "Z" O\'Neil', "Café Müller"]
    assert told[1]["cells"]["subject"] == "Boxes"


@pytest.mark.parametrize("form", ["mbox", "Maildir"])
def test_a_plan_applied_is_the_import(box: Box, inbox: Path, form: str) -> None:
    if form == "Maildir":
        inbox = box.maildir(**{f"m{at:02}": one for at, one in enumerate(MAILS)})
    before = everything(box)
    plan = box.folder / "plan.jsonl"
    planned = box.load(inbox, *OPTIONS, "--plan", plan, code=6)
    direct_result = box.load(inbox, *OPTIONS, code=6)
    direct = everything(box)
    rejects = box.folder / f"{inbox.name}.rejects.mbox"
    kept = rejects.read_bytes()
    box.crm("undo")
    assert everything(box) == before
    moved = box.crm("log", "import", "--apply", plan, "--json", code=4)
    assert "has changed since" in moved.error["message"]

    box.load(inbox, *OPTIONS, "--plan", plan, code=6)
    shutil.rmtree(inbox) if inbox.is_dir() else inbox.unlink()
    rejects.unlink()
    rehearsed = box.crm.json("log", "import", "--apply", plan, "--dry-run", code=6)
    applied = box.crm.json("log", "import", "--apply", plan, code=6)
    same = ("read", "created", "unchanged", "rejected", "known", "unmatched", "contacts_created",
            "skipped_ours", "skipped_lists", "skipped_deleted", "skipped_days", "warnings")  # fmt: skip
    for result in (planned, rehearsed, applied):
        assert {key: result[key] for key in same} == {key: direct_result[key] for key in same}
    # A quotation mark in a stranger's name becomes an apostrophe on the way through a plan.
    assert json.dumps(everything(box)).replace("'Z'", '\\"Z\\"') == json.dumps(direct)
    assert BROKEN.rstrip() in kept
    assert BROKEN.rstrip() in rejects.read_bytes()
    again = box.crm("log", "import", "--apply", plan, "--json", code=4)
    assert "applied already" in again.error["message"]
    box.crm("undo")
    assert everything(box) == before


def test_a_mail_taken_out_of_a_plan_is_not_imported(box: Box, inbox: Path) -> None:
    plan = inbox.with_name("plan.jsonl")
    box.load(inbox, "--since", "2026-01-01", "--plan", plan, code=6)
    plans.drop(plan, 2)
    plans.drop(plan, 5)
    result = box.crm.json("log", "import", "--apply", plan)
    assert (result["read"], result["created"], result["rejected"]) == (9, 0, 0)


def test_a_plan_to_stdout_and_from_stdin(box: Box, inbox: Path) -> None:
    plan = box.crm("log", "import", inbox, "--plan", "-", code=6).out
    ran = box.crm.process("log", "import", "--apply", "-", "--json", stdin=plan)
    assert (ran.code, ran.json["created"]) == (6, 2)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"kind": "letter"}, "of no kind"),
        ({"at": "2026-13-99"}, "moment"),
        ({"at": "2099-01-01T00:00:00Z"}, "still to come"),
        ({"message_id": "", "fingerprint": ""}, "neither message_id nor fingerprint"),
        ({"from": "nobody"}, "no sender"),
        ({"body": "x" * 200_000}, "longer than"),
    ],
)
def test_a_mail_that_somebody_spoilt_in_a_plan_is_rejected(
    box: Box, inbox: Path, cells: dict[str, str], reason: str
) -> None:
    plan = inbox.with_name("plan.jsonl")
    box.load(box.write(mbox(MAILS[1]), "in.mbox"), "--plan", plan)
    (row,) = plans.rows(plan)
    plans.change(plan, 1, cells={**row["cells"], **cells})
    result = box.crm.json("log", "import", "--apply", plan, code=6)
    assert reason in result["rejections"][0]["reason"]


def test_a_plan_of_mails_takes_its_own_options_alone(box: Box, inbox: Path) -> None:
    plan = inbox.with_name("plan.jsonl")
    box.load(inbox, "--plan", plan, code=6)
    for options in (("--own", "a@example.org"), ("--tag", "x"), ("--since", "2026-01-01")):
        assert box.crm("log", "import", "--apply", plan, *options, code=2)
    assert box.crm("contact", "import", "--apply", plan, code=6)
    strict = box.crm("log", "import", "--apply", plan, "--strict", "--json", code=6)
    assert strict.error["code"] == "rows-rejected"
    head = plans.lines(plan)[0]
    text = plan.read_text(encoding="utf-8")
    for changed in (
        {"header": ["at"]}, {"options": {"maps": ["x=y"]}}, {"preset": "outlook"},
        {"options": {"since": "someday"}}, {"options": {"own": ["no address"]}},
    ):  # fmt: skip
        lines = [json.dumps({**head, **changed}), *text.splitlines()[1:]]
        plan.write_text("\n".join(lines) + "\n", encoding="utf-8")
        broken = box.crm("log", "import", "--apply", plan, "--json", code=6)
        assert broken.error["code"] == "bad-file", changed


def test_a_plan_of_a_large_mailbox_tells_every_mail(box: Box) -> None:
    some = [
        mail(f"text {at} " * 200, Message_ID=f"<{at}@x>", From_="nobody" if at % 400 == 7 else "ada@example.org")
        for at in range(2000)
    ]  # fmt: skip
    inbox = box.write(mbox(*some))
    assert inbox.stat().st_size > 3 << 20
    plan = box.folder / "plan.jsonl"
    box.load(inbox, "--plan", plan, code=6)
    told = plans.rows(plan)
    assert [row["line"] for row in told if row["fate"] == "rejected"] == [8, 408, 808, 1208, 1608]
    texts = [row.get("mail") or row["cells"]["body"] for row in told]
    assert [text for at, text in enumerate(texts) if f"text {at} text {at} " not in text] == []
    applied = box.crm.json("log", "import", "--apply", plan, code=6)
    assert (applied["created"], applied["rejected"]) == (1995, 5)
