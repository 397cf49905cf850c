"""Templates: both parts say the same, and what is wrong with the owner's own is said with its line."""

from __future__ import annotations

import re
from dataclasses import fields
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli import errors
from crm_cli.mail import reminder
from crm_cli.mail.reminder import Item, Sending
from crm_cli.mail.templates import BUILT_IN, NAMES, Templates, copy

if TYPE_CHECKING:
    from pathlib import Path

SENDING = Sending(business="Firm & Sons", recipient="ada@firm.ch", today="2026-06-15", time="09:30")
OFFER = Item(
    id=12, text="Call about\nthe <b>offer</b> & more", kind="promise", due_on="2026-06-12",
    days_overdue=3, is_overdue=True, contact="Ada <Lovelace>", contact_id=3, company="R&D Ltd",
    phone="+41 44 668 18 00", email="ada@example.com", owner="Bob", product="Pump <3>",
    last_talk='2026-05-20 call: asked\nfor "more"', bought_on="2025-06-12",
)  # fmt: skip
BARE = Item(
    id=13, text="Visit", due_on="2026-06-15", due_time="14:00", contact="Grace", contact_id=4
)

VALUES: dict[str, list[dict[str, Any]]] = {
    "digest": [
        reminder.digest(items, SENDING)
        for items in ([OFFER, BARE], [BARE], [OFFER], [OFFER, OFFER, BARE, BARE])
    ],
    "each": [reminder.each(OFFER, SENDING), reminder.each(BARE, SENDING)],
    "service": [reminder.service(OFFER, SENDING), reminder.service(BARE, SENDING)],
    "test": [reminder.test(SENDING)],
}
CASES = [
    pytest.param(name, values, id=f"{name}-{number}")
    for name in NAMES
    for number, values in enumerate(VALUES[name])
]


class _Words(HTMLParser):
    """The words of a page, as a reader sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        if tag in {"div", "p", "li", "h1", "h2", "br", "ul"}:
            self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data


def words(html: str) -> list[str]:
    parser = _Words()
    parser.feed(html)
    return parser.text.split()


@pytest.mark.parametrize(("name", "values"), CASES)
def test_text_and_html_say_the_same(name: str, values: dict[str, Any]) -> None:
    written = Templates().write(name, values)
    assert written.html is not None
    told = [word for word in written.text.split() if word != "*"]  # the list's own sign
    assert words(written.html) == told
    assert len(told) > 5


@pytest.mark.parametrize(("name", "values"), CASES)
def test_what_people_typed_is_text_in_both(name: str, values: dict[str, Any]) -> None:
    written = Templates().write(name, values)
    assert written.html is not None
    assert "<b>" not in written.html.replace("<body", "")
    assert "<Lovelace>" not in written.html
    assert "&amp;lt;" not in written.html
    assert "\n" not in written.subject
    assert written.subject
    assert "Subject:" not in written.text
    assert "\n\n\n" not in written.text


def test_the_digest_says_what_is_needed_to_call() -> None:
    written = Templates().write("digest", VALUES["digest"][0])
    assert written.subject == "2 follow-ups for Monday, 15 June 2026, 1 overdue"
    assert written.text == (
        "Follow-ups for Monday, 15 June 2026\n"
        "\n"
        "Overdue (1)\n"
        "\n"
        "* Call about\n"
        "  the <b>offer</b> & more (#12)\n"
        "  Ada <Lovelace>, R&D Ltd\n"
        "  Phone: +41 44 668 18 00\n"
        "  E-mail: ada@example.com\n"
        "  Due: Friday, 12 June 2026, 3 days ago\n"
        "  Last talk: 2026-05-20 call: asked\n"
        '  for "more"\n'
        "  Whose: Bob\n"
        "\n"
        "Today (1)\n"
        "\n"
        "* Visit (#13)\n"
        "  Grace\n"
        "  Due: Monday, 15 June 2026 at 14:00\n"
        "\n"
        "Done with one? crm remind done NUMBER\n"
    )


def test_the_subject_of_one_follow_up_is_one_line() -> None:
    written = Templates().write("each", VALUES["each"][0])
    assert written.subject == "Overdue: Call about the <b>offer</b> & more (Ada <Lovelace>)"
    assert Templates().write("each", VALUES["each"][1]).subject == "Visit (Grace)"


def test_a_customer_reads_nothing_of_the_owners_notes() -> None:
    written = Templates().write("service", VALUES["service"][0])
    assert "Pump <3>" in written.text and "Thursday, 12 June 2025" in written.text
    for own in ("offer", "Bob", "asked", "#12", "crm "):
        assert own not in written.text


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_that_is_named_on_the_list_exists_and_no_other(name: str) -> None:
    values = VALUES[name][0]
    named = {variable for variable, _ in reminder.VARIABLES[name]}
    assert {word for word in named if "." not in word} == set(values) - {"item"}
    items = {word.removeprefix("item.") for word in named if "." in word}
    if items:
        assert items == {field.name for field in fields(Item)}
    used = re.findall(r"\bitem\.(\w+)", (BUILT_IN / f"{name}.txt").read_text(encoding="utf-8"))
    assert set(used) <= items


# -- the owner's own ----------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with the built-in templates to change."""
    folder = tmp_path / "mail"
    copy(folder)
    return folder


def test_a_copy_is_complete_and_overwrites_nothing(own: Path) -> None:
    assert sorted(path.name for path in own.iterdir()) == sorted(
        f"{name}.{ending}" for name in NAMES for ending in ("txt", "html")
    )
    (own / "each.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(errors.Conflict):
        copy(own)
    assert (own / "each.txt").read_text(encoding="utf-8") == "mine"


def test_ones_own_text_without_html_makes_a_plain_mail(own: Path) -> None:
    (own / "each.txt").write_text(
        "Subject: Für {{ item.contact }}\n\n{{ item.due_on|day('%d.%m.%Y') }} {{ item.text|line }}",
        encoding="utf-8",
    )
    (own / "each.html").unlink()
    written = Templates(own).write("each", VALUES["each"][0])
    assert written.subject == "Für Ada <Lovelace>"
    assert written.text == "12.06.2026 Call about the <b>offer</b> & more\n"
    assert written.html is None
    assert Templates(own).write("test", VALUES["test"][0]).html is not None


def test_only_what_is_in_the_folder_is_ones_own(own: Path) -> None:
    for path in own.iterdir():
        if path.name != "test.txt":
            path.unlink()
    (own / "test.txt").write_text("Subject: x\n{% include 'each.txt' %}", encoding="utf-8")
    values = {**VALUES["test"][0], **VALUES["each"][1]}
    assert "Visit" in Templates(own).write("test", values).text
    assert Templates(own).write("digest", VALUES["digest"][0]).html is not None


@pytest.mark.parametrize(
    ("content", "line", "words_of_it"),
    [
        ("Subject: x\n\n{{ item.nonsense }}", 3, "nonsense"),
        ("Subject: x\n\n{{ nonsense }}", 3, "'nonsense' is undefined"),
        ("Subject: x\n{% if %}", 2, "Expected an expression"),
        ("Subject: x\n\n\n{% for a in items %}\n", 4, "Unexpected end of template"),
        ("Subject: x\n{{ item.text|nonsense }}", 2, "nonsense"),
        ("Subject: x\n{{ 1 // 0 }}", 2, "zero"),
        ("Subject: x\n{% for a in range(10**6) %}{% endfor %}", 2, "Range too big"),
        (
            "Subject: x\n{% for a in range(9999) %}{% for b in range(9999) %}\n{% endfor %}{% endfor %}",
            2, "does not come to an end",
        ),
        ("Subject: x\n{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}\n{{ m() }}", 2, "recursion"),
        ("Subject: x\n{% include 'each.txt' %}", 2, "recursion"),
        ("Subject: x\n{{ 'x' * 10**9 }}", 2, "too often"),
        ("Subject: x\n{{ 10**10**10 }}", 2, "too large"),
        ("Subject: x\n{{ '%999999999d' % 1 }}", 2, "too far"),
        ("Subject: x\n{{ item.__class__.__mro__ }}", 2, "unsafe"),
        ("Subject: x\n{{ ''.__class__ }}", 2, "unsafe"),
        ("Subject: x\n{{ items.append(1) }}", 2, "undefined"),
        ("Subject: x\n{% include '../../etc/passwd' %}", 2, "no file"),
        ("Subject: x\n{% include '/etc/passwd' %}", 2, "no file"),
        ("no subject", 1, "no subject"),
        ("Subject:  \n\nx", 1, "no subject"),
        ("", 1, "no subject"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_template_is_said_with_its_line(
    own: Path, content: str, line: int, words_of_it: str
) -> None:
    (own / "each.txt").write_text(content, encoding="utf-8")
    with pytest.raises(errors.InvalidValue) as failure:
        Templates(own).write("each", VALUES["each"][0])
    assert words_of_it in failure.value.message
    assert failure.value.message.startswith(f"{own / 'each.txt'}, line {line}: ")
    assert failure.value.hint


def test_a_template_that_is_no_text(own: Path) -> None:
    (own / "each.txt").write_bytes(b"Subject: \xff")
    with pytest.raises(errors.InvalidValue, match=r"each\.txt: this is no UTF-8 text"):
        Templates(own).write("each", VALUES["each"][0])


def test_html_alone_is_refused(own: Path) -> None:
    (own / "each.txt").unlink()
    with pytest.raises(errors.InvalidValue, match=r"each\.html has no each\.txt"):
        Templates(own).write("each", VALUES["each"][0])


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidValue, match="No such file"):
        Templates(tmp_path / "nowhere")
    with pytest.raises(errors.InvalidValue, match="holds none of"):
        Templates(tmp_path)


def test_a_digest_of_thousands_comes_to_an_end() -> None:
    many = [OFFER] * 3000
    written = Templates().write("digest", reminder.digest(many, SENDING))
    assert written.text.count("(#12)") == 3000
