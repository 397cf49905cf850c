"""Any contacts, products and purchases leave in every format and come back as they were.

Both stores have the same fields of the owner's and the same country; the second holds nothing
else. Compared is what ``export -f jsonl`` says of each, without the numbers that are a store's own.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Crm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

NOUNS = ("product", "contact", "purchase")
LOCAL = {"id", "company_id", "referred_by", "contact_id", "product_id", "returns_id", "other_id"}
"""Numbers that are each store's own: uids stand beside them."""

NASTY = (
    'say "hi"', "it's", "a;b", "a,b", "a|b", "a\\b", "\\n", "a\\,b", "=1+1", "+1", "-x", "@x", "'=1", "'",
    '"', '""', ";", ",", "x:::y", "tab\there", "\u202etfel", "\u200e", "e\u0301", "\U0001f469\u200d\U0001f52c",
    "\ufeff", "\u2028", "\x85", "\xa0x", "\x1b[31m", "null", "true", "007", "1e3", "12,50", "2026-01-05",
    "<b>", "[/]", "{}", "[]", "&amp;", "a^n", "^'", "BEGIN:VCARD", "a=b", "=C3=BC", "x" * 200, "_x0041_",
)  # fmt: skip


def lines(size: int = 20) -> SearchStrategy[str]:
    """One line of text as every field takes it: no blanks at its ends or doubled."""
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=size)
    return (
        st.one_of(st.sampled_from(NASTY), text)
        .map(lambda found: " ".join(found.split()))
        .filter(bool)
    )


def block() -> SearchStrategy[str]:
    """Text of several lines, as notes are."""
    return st.lists(lines(), min_size=1, max_size=4).map("\n".join)


def some(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


words = st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True)
days = st.dates().filter(lambda day: day.year not in {0, 1604}).map(lambda day: day.isoformat())
instants = st.datetimes().map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20))
labels = some(
    st.one_of(
        st.sampled_from(["home", "work", "mobile", "Home", "WORK mobile", "linkedin"]),
        lines(8).filter(lambda text: not text.startswith("_$!<")),
    )
)
emails = st.builds("{}@{}.example.com".format, words, words)
phones = st.one_of(
    st.from_regex(r"\+41446681[0-9]{3}", fullmatch=True),
    st.sampled_from(
        ["044 668 18 00", "(044) 668-18-01", "+1 202 555 0143", "12345", "0800 FLOWERS"]
    ),
)
addresses = st.dictionaries(
    st.sampled_from(["street", "city", "region", "postcode", "country"]), lines(12), min_size=1
)
custom = st.fixed_dictionaries(
    {},
    optional={
        "hobby": lines(), "weight": st.integers(-(10**9), 10**9).map(lambda n: n / 1000),
        "budget": st.integers(0, 10**9).map(lambda n: f"{n / 100:.2f}"), "since": days,
        "vegan": st.booleans(), "size": st.sampled_from(["S", "M", "XL"]),
        "site": words.map("https://{}.example.com/a?b=c;d".format),
    },
)  # fmt: skip
FIELDS = (
    ("hobby", "text"), ("weight", "number"), ("budget", "money"), ("since", "date"), ("vegan", "flag"),
    ("size", "choice", "--choice", "S,M,XL"), ("site", "link"),
)  # fmt: skip
ROLES = ("prospect", "customer", "former", "supplier", "partner", "other")


def uid(noun: int, number: int) -> str:
    return f"00000000-0000-8000-8000-{noun}{number:011}"


def entries(values: SearchStrategy[str], size: int) -> SearchStrategy[list[dict[str, Any]]]:
    return st.lists(
        st.builds(lambda value, label: {"value": value, "label": label}, values, labels),
        max_size=size, unique_by=lambda entry: entry["value"],
    )  # fmt: skip


@st.composite
def people(draw: Any, number: int, count: int) -> dict[str, Any]:
    """One contact; it may be tied to any other of the file, before or after it."""
    others = st.integers(0, count - 1).filter(lambda other: other != number)
    tie = st.builds(
        lambda other, kind, title, began, ended: {
            "other_uid": uid(1, other), "kind": kind, "title": title,
            "started_on": min(began, ended) if began and ended else began,
            "ended_on": max(began, ended) if began and ended else ended,
        },
        others, st.sampled_from(["family", "partner", "employment"]), some(lines(10)),
        some(days), some(days),
    )  # fmt: skip
    found: dict[str, Any] = {
        "uid": uid(1, number),
        "kind": draw(st.sampled_from(["person", "person", "company"])),
        "name": draw(lines()),
        "emails": draw(entries(emails, 3)),
        "phones": draw(entries(phones, 3)),
        "links": draw(entries(words.map("https://{}.example.com".format), 2)),
        "addresses": [
            {**parts, "label": draw(labels)} for parts in draw(st.lists(addresses, max_size=2))
        ],
        "tags": draw(st.lists(lines(10), max_size=3)),
        "external_ids": draw(
            st.lists(st.builds("{}:{}".format, words, words), max_size=2).map(
                lambda ids: [f"{one}{number}" for one in ids]
            )
        ),
        "birthday": draw(some(st.one_of(days, days.map(lambda day: f"-{day[4:]}")))),
        "role": draw(st.sampled_from(ROLES)),
        "notes": draw(some(block())),
        "created_at": draw(some(st.just("2020-02-29T23:59:59Z"))),
        "archived_at": draw(some(st.just("2025-12-31T00:00:00Z"))),
        "relations": draw(st.lists(tie, max_size=2)) if count > 1 else [],
        "fields": draw(custom),
    }
    for name in (
        "first_name", "last_name", "company", "job_title", "language", "source", "campaign", "owner",
    ):  # fmt: skip
        found[name] = draw(some(words if name == "language" else lines(12)))
    if count > 1 and draw(st.booleans()):
        found["referred_by_uid"] = uid(1, draw(others))
    return found


@st.composite
def businesses(draw: Any) -> dict[str, list[dict[str, Any]]]:
    """Contacts, products, and what was bought and came back."""
    count = draw(st.integers(1, 4))
    contacts = [draw(people(number, count)) for number in range(count)]
    products = [
        {
            "uid": uid(2, number), "name": f"{draw(lines(12))} {number}",
            "sku": draw(some(lines(8).map(f"{{}}{number}".format))),
            "category": draw(some(lines(10))), "price": price, "currency": currency,
            "service_interval": draw(some(st.sampled_from(["12 months", "90 days"]))),
            "active": draw(st.booleans()),
        }
        for number in range(draw(st.integers(0, 3)))
        for price, currency in [draw(prices())]
    ]  # fmt: skip
    purchases: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 6))):
        sales = [one for one in purchases if one["kind"] == "sale"]
        returned = draw(st.sampled_from(sales)) if sales and draw(st.booleans()) else None
        amount, currency = draw(prices(least=0))
        product = draw(some(st.sampled_from(products))) if products else None
        one = {
            "uid": uid(3, number), "contact_uid": uid(1, draw(st.integers(0, count - 1))),
            "on": draw(st.dates(dt.date(1971, 1, 1), dt.date(2026, 6, 15))).isoformat(),
            "order_number": draw(some(st.sampled_from(["A1", "=A2", "0012"]))), "kind": "sale",
            "quantity": draw(st.integers(1, 10**7)) / 1000, "amount": amount, "currency": currency,
            "description": draw(block()) if product is None else draw(some(block())),
            "channel": draw(some(lines(8))), "campaign": draw(some(lines(8))),
            "external_id": draw(some(words.map(f"x:{{}}{number}".format))),
        }  # fmt: skip
        if product is not None:
            one |= {
                "product_uid": product["uid"],
                "product": product["name"],
                "sku": product["sku"],
            }
        if returned is not None:
            one |= {
                "kind": "return", "returns_uid": returned["uid"],
                "contact_uid": returned["contact_uid"], "currency": returned["currency"],
                "amount": returned["amount"], "order_number": returned["order_number"],
                "on": max(one["on"], returned["on"]), "quantity": returned["quantity"],
            }  # fmt: skip
        purchases.append(one)
    return {"contact": contacts, "product": products, "purchase": purchases}


@st.composite
def prices(draw: Any, least: int = 0) -> tuple[str, str]:
    """An amount in a currency of none, two or three decimals."""
    currency, decimals = draw(st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3)]))
    minor = draw(st.integers(least, 10**9))
    return f"{minor / 10**decimals:.{decimals}f}", currency


@pytest.fixture
def pair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Crm]:
    """``pair("one.db")`` is the program over a new store of that name."""
    template = tmp_path / "template.db"
    monkeypatch.setenv("CRM_DB", str(template))
    crm = Crm(template, capsys.readouterr)
    crm("config", "set", "country", "CH")
    for noun in NOUNS:
        for name, kind, *more in FIELDS if noun == "contact" else FIELDS[:2]:
            crm("field", "add", noun, name, "--kind", kind, *more)
    connection = sqlite3.connect(template)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()

    def opened(name: str) -> Crm:
        for leftover in tmp_path.glob(f"{name}*"):
            leftover.unlink()
        shutil.copyfile(template, tmp_path / name)
        monkeypatch.setenv("CRM_DB", str(tmp_path / name))
        return Crm(tmp_path / name, capsys.readouterr)

    return opened


def said(crm: Crm, noun: str) -> list[dict[str, Any]]:
    """Return what a store says of its records, by their uids."""
    found = [
        json.loads(line) for line in crm(noun, "export", "-f", "jsonl").out.split("\n") if line
    ]
    for one in found:
        for key in LOCAL:
            one.pop(key, None)
        for relation in one.get("relations", ()):
            del relation["other_id"]
    return sorted(found, key=lambda one: str(one["uid"]))


def fill(crm: Crm, folder: Path, business: dict[str, list[dict[str, Any]]]) -> None:
    """Bring the records in, those that the store takes."""
    for noun in NOUNS:
        if business[noun]:
            source = folder / f"{noun}-source.jsonl"
            source.write_text("\n".join(map(json.dumps, business[noun])), encoding="utf-8")
            crm(noun, "import", source, "--json", code=None)


def times(count: int) -> settings:
    return settings(
        max_examples=count, deadline=None, derandomize=True, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "xlsx"])
@times(12)
@given(business=businesses())
def test_all_records_as_tables(
    pair: Callable[[str], Crm], tmp_path: Path, ending: str, business: Any
) -> None:
    one = pair("one.db")
    fill(one, tmp_path, business)
    before = {noun: said(one, noun) for noun in NOUNS}
    assert len(before["contact"]) >= len(business["contact"])
    for noun in NOUNS:
        one(noun, "export", tmp_path / f"{noun}.{ending}")
        if before[noun]:
            result = one.json(noun, "import", tmp_path / f"{noun}.{ending}")
            assert (result["import"], result["unchanged"]) == (None, len(before[noun])), result
    other = pair("other.db")
    for noun in NOUNS:
        if before[noun]:
            result = other.json(noun, "import", tmp_path / f"{noun}.{ending}")
            assert result["created"] == len(before[noun]), result
            assert result["unknown_columns"] == [], result
    for noun in NOUNS:
        assert said(other, noun) == before[noun]


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@times(12)
@given(business=businesses())
def test_contacts_as_cards(
    pair: Callable[[str], Crm], tmp_path: Path, version: str, business: Any
) -> None:
    one = pair("one.db")
    fill(one, tmp_path, {**business, "product": [], "purchase": []})
    before = said(one, "contact")
    path = tmp_path / "out.vcf"
    one("contact", "export", path, "--vcard", version)
    other = pair("other.db")
    assert other.json("contact", "import", path)["created"] == len(before)
    assert said(other, "contact") == before
