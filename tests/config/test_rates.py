"""Dated currency rates: by hand and from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


def listed(crm: Crm) -> list[tuple[str, str, str, str]]:
    return [
        (row["on"], row["currency"], row["rate"], row["quote"])
        for row in crm.json("config", "rate", "list")
    ]


def test_a_rate_is_added_changed_and_undone(crm: Crm) -> None:
    assert crm.json("config", "rate", "add", "usd", "0.9200") == {
        "id": 1, "on": "2026-06-15", "currency": "USD", "rate": "0.92", "quote": "EUR",
    }  # fmt: skip
    crm("config", "rate", "add", "USD", "0.93")
    crm("config", "rate", "add", "USD", "0.95", "--on", "2026-01-31")
    crm("config", "rate", "add", "USD", "0.88", "--in", "CHF")
    assert listed(crm) == [
        ("2026-06-15", "USD", "0.88", "CHF"),
        ("2026-01-31", "USD", "0.95", "EUR"),
        ("2026-06-15", "USD", "0.93", "EUR"),
    ]
    crm("undo"), crm("undo"), crm("undo")
    assert listed(crm) == [("2026-06-15", "USD", "0.92", "EUR")]
    assert "nothing changed" in crm("config", "rate", "add", "USD", "0.920").err


def test_a_rate_is_removed(crm: Crm) -> None:
    crm("config", "rate", "add", "USD", "0.92")
    assert crm.json("config", "rate", "remove", "1")["currency"] == "USD"
    assert listed(crm) == []
    assert crm("config", "rate", "remove", "1", "--json", code=3).error["code"] == "not-found"
    crm("undo")
    assert len(listed(crm)) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("USD", "0"), ("USD", "--", "-1"), ("USD", "nan"), ("USD", "1,080"), ("USD", "1e99"),
        ("EUR", "1"), ("XYZ", "1"), ("USD", "1", "--in", "USD"), ("USD", "1", "--on", "someday"),
    ],
)  # fmt: skip
def test_no_rate(crm: Crm, words: tuple[str, ...]) -> None:
    assert crm("config", "rate", "add", "--json", *words, code=2).error["code"] == "invalid"
    assert not crm.db.exists() or listed(crm) == []


FILE = """\ufeffDate;Currency;Rate;Source
2026-01-01;USD;0.95;ECB
2026-01-01;GBP;1.19;ECB

2026-01-02;USD;0.96;ECB
2026-01-02;USD;0.97;ECB
2026-01-02;GBP;;ECB
2026-01-02;???;1;ECB
2026-13-02;GBP;1.2;ECB
2026-01-01;USD;0.95;ECB
"""


def test_a_file_of_rates(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(FILE, encoding="utf-8")
    crm("config", "rate", "add", "GBP", "1.15", "--on", "2026-01-01")
    run = crm("config", "rate", "import", file, "--json", code=6)
    outcome = run.json
    counts = {k: outcome[k] for k in ("read", "created", "updated", "unchanged", "rejected")}
    assert counts == {"read": 8, "created": 2, "updated": 1, "unchanged": 1, "rejected": 4}
    assert [reject["line"] for reject in outcome["rejections"]] == [6, 7, 8, 9]
    assert f"{file}:7: no rate" in run.err
    assert outcome["import"] == 2
    assert listed(crm) == [
        ("2026-01-01", "GBP", "1.19", "EUR"),
        ("2026-01-01", "USD", "0.95", "EUR"),
        ("2026-01-02", "USD", "0.96", "EUR"),
    ]
    again = crm("config", "rate", "import", file, "--json", code=6).json
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 4)
    assert again["import"] is None
    crm("undo", "2")
    assert listed(crm) == [("2026-01-01", "GBP", "1.15", "EUR")]


def test_a_file_from_stdin_with_its_own_quote(crm: Crm) -> None:
    run = crm.process(
        "config", "rate", "import", "-", "--json",
        stdin="currency,date,rate,quote\nUSD,2026-01-01,0.9,CHF\nJPY,2026-01-01,0.006,\n",
    )  # fmt: skip
    assert run.code == 0, run
    assert listed(crm) == [
        ("2026-01-01", "JPY", "0.006", "EUR"), ("2026-01-01", "USD", "0.9", "CHF")
    ]  # fmt: skip


def test_a_rehearsal(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("date,currency,rate\n2026-01-01,USD,0.9\n")
    outcome = crm.json("config", "rate", "import", file, "--dry-run")
    assert (outcome["created"], outcome["import"], outcome["dry_run"]) == (1, None, True)
    assert not crm.db.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"day,currency,rate\n", b"date,currency,rate\n\xff\xff", b'date,currency,rate\n"x'],
)
def test_a_bad_file(crm: Crm, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rates.csv"
    file.write_bytes(content)
    assert crm("config", "rate", "import", file, "--json", code=6).error["code"] == "bad-file"
    assert crm("config", "rate", "import", tmp_path / "no.csv", "--json", code=6)
    assert crm("config", "rate", "import", tmp_path, "--json", code=6)


def test_a_day_in_words_is_echoed(crm: Crm) -> None:
    run = crm("config", "rate", "add", "USD", "0.9", "--on", "tomorrow")
    assert "--on 'tomorrow': 2026-06-16 (Tuesday)" in run.err
    assert "--on" not in crm("config", "rate", "add", "CHF", "0.9", "--on", "2026-06-16").err


def test_a_rate_may_have_a_comma(crm: Crm) -> None:
    for text, rate in (("0,8800", "0.88"), ("1,0823", "1.0823"), ("0,920", "0.92")):
        assert crm.json("config", "rate", "add", "usd", text)["rate"] == rate
    crm("config", "rate", "add", "usd", "1,234", code=2)


def test_the_result_has_the_keys_of_every_import(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("date,currency,rate\n2026-01-01,USD,x\n")
    outcome = crm.json("config", "rate", "import", file, code=6)
    file.write_text("name\nAda\n")
    assert outcome.keys() == crm.json("product", "import", file).keys() - {"unknown_columns"}


def test_the_first_rate_makes_the_store_without_a_word_of_an_empty_one(crm: Crm) -> None:
    said = crm("config", "rate", "add", "USD", "0.92").err
    assert "no store" not in said
    assert "undo: crm undo 1" in said
