"""A contact's typed fields."""

from __future__ import annotations

import pytest

from crm_cli import errors
from crm_cli.domain import contact


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ada@x.com", (None, "ada@x.com")),
        ("work:ada@x.com", ("work", "ada@x.com")),
        ("mailto:ada@x.com", (None, "mailto:ada@x.com")),
        ("https://x.com", (None, "https://x.com")),
        ("blog:https://x.com", ("blog", "https://x.com")),
        ("mobile: +41 79", ("mobile", "+41 79")),
        ("x.com:8080/a", (None, "x.com:8080/a")),
    ],
)
def test_a_label_is_told_from_the_value(text: str, parts: tuple[str | None, str]) -> None:
    assert contact.split_label(text) == parts


def test_an_external_id_has_a_system() -> None:
    assert contact.split_external_id("shop:1") == ("shop", "1")
    assert contact.split_external_id("00004") == ("customer", "00004")
    assert contact.split_external_id("00004", "cdnow") == ("cdnow", "00004")
    assert contact.split_external_id("shop:a:b") == ("shop", "a:b")
    for text in ("", "shop:", ":1"):
        with pytest.raises(errors.InvalidValue):
            contact.split_external_id(text)


@pytest.mark.parametrize(
    ("text", "kept"), [("--05-31", "--05-31"), ("5-1", "--05-01"), ("--02-29", "--02-29"),
                       ("1990-05-31", None), ("friday", None), ("²-1", None)],
)  # fmt: skip
def test_a_birthday_may_have_no_year(text: str, kept: str | None) -> None:
    assert contact.read_birthday_without_year(text) == kept


@pytest.mark.parametrize("text", ["--13-01", "--02-30", "00-10", "--04-31"])
def test_a_day_that_no_year_has_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        contact.read_birthday_without_year(text)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "no link", "ftp://x.com", "x", "https://"])
def test_a_link_is_a_web_address(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        contact.read_link(text)


def test_a_word_is_chosen_whatever_its_case() -> None:
    assert contact.choose("--unset", "Job-Title", contact.UNSETTABLE) == "job_title"
    with pytest.raises(errors.InvalidValue) as caught:
        contact.choose("--unset", "birthdya", contact.UNSETTABLE)
    assert "birthday" in str(caught.value.hint)


def test_a_wrong_word_for_an_option_is_said_as_such() -> None:
    with pytest.raises(errors.InvalidValue, match=r"^--unset cannot be 'nix'$"):
        contact.choose("--unset", "nix", ("notes",))
    with pytest.raises(errors.InvalidValue, match=r"^'robot' is not a kind$"):
        contact.choose("kind", "robot", ("person", "company"))
