"""What SQL answers is what plain Python finds in the exported records, whatever is asked.

The records come from ``contact export -f jsonl`` and ``purchase export``; nothing here knows how
a filter is compiled.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.clock import Clock
from crm_cli.domain.values import fold, search_key
from crm_cli.queries import filtering
from crm_cli.session import Session
from crm_cli.store import contacts, filters
from tests.conftest import NOW, Crm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Record = dict[str, Any]
    Holds = Callable[[Record], bool]

TODAY = date(2026, 6, 15)
NAMES = ("Ada Müller", "Müller", "Mueller", "MULLER AG", "Zoë Åström", "Bob  Smith", "O'Brien", "Smithers",
         "Straße", "a", "ﬁn", "Łódź", "Jürgen Groß", "x_%y")  # fmt: skip
CITIES = ("Bern", "bern", "Zürich", "Zuerich", "St. Gallen", "New  York", "B*n")
TAGS = ("VIP", "big fish", "Größe")
OWNERS = ("Anna", "anna", "Béla")
DAYS = [TODAY + timedelta(days=n) for n in (-400, -90, -89, -31, -1, 0, 1, 40)]


@pytest.fixture
def asked(crm: Crm) -> Iterator[tuple[Session, list[Record]]]:
    """A session over eighty contacts made by chance from a fixed seed, and their records."""
    draw = random.Random(20260615)
    people = []
    for number in range(80):
        person: Record = {
            "kind": draw.choice(["person", "person", "company"]), "name": draw.choice(NAMES),
            "role": draw.choice(["prospect", "customer", "supplier"]),
            "owner": draw.choice([None, *OWNERS]), "birthday": draw.choice(
                [None, "1990-05-31", "--05-31", "--02-29", "2000-01-01"]),
            "notes": draw.choice([None, "Größe 5\n\nund mehr", "big  ORDER", "é"]),
            "tags": draw.sample(TAGS, draw.randrange(3)),
            "addresses": [{"city": draw.choice([None, *CITIES]), "postcode": draw.choice(
                ["3000", "8001", None]), "street": "s"} for _ in range(draw.randrange(3))],
            "emails": [{"value": f"p{number}@{draw.choice(['acme.com', 'x.org'])}"}
                       for _ in range(draw.randrange(2))],
            "external_ids": [f"s:{number}"],
        }  # fmt: skip
        people.append(person)
    lines = "\n".join(json.dumps(person) for person in people)
    source = crm.db.parent / "people.jsonl"
    source.write_text(lines, encoding="utf-8")
    crm("contact", "import", source)
    rows = ["customer,date,amount,sku"]
    for number in range(0, 80, 2):
        rows += [
            f"s:{number},{draw.choice(DAYS)},{draw.choice(['0', '10', '40.50', '600', '-10'])},BOX"
            for _ in range(draw.randrange(1, 4))
        ]
    source = crm.db.parent / "purchases.csv"
    source.write_text("\n".join(rows), encoding="utf-8")
    crm("purchase", "import", source)
    crm("contact", "archive", "3")
    records = [json.loads(line) for line in crm("contact", "export", "-f", "jsonl").out.split("\n")
               if line]  # fmt: skip
    firsts: dict[int, str] = {}
    for line in crm("purchase", "export", "-f", "jsonl").out.splitlines():
        row = json.loads(line)
        if row["kind"] == "sale" and row["on"] <= TODAY.isoformat():
            firsts[row["contact_id"]] = min(row["on"], firsts.get(row["contact_id"], "9999"))
    for record in records:
        record["first_purchase_on"] = firsts.get(record["id"])
    assert len(records) == 80
    assert any(record["orders"] == 0 and record["revenue"] for record in records)
    session = Session(path=crm.db, clock=Clock(NOW), who=lambda: "tester", arguments=())
    yield session, records
    session.close()


# -- the same question twice: as text, and as a function of the record ------------------------


def lines(text: str | None) -> list[str]:
    return search_key(text).split("\n") if text else []


def text_question(
    field: str, read: Callable[[Record], list[str | None]], words: tuple[str, ...]
) -> st.SearchStrategy[tuple[str, Holds]]:
    def build(word: str, how: str) -> tuple[str, Holds]:
        needle = fold(word)
        tests: dict[str, Callable[[str], bool]] = {
            "=": lambda line: line == needle,
            "~": lambda line: needle in line,
            "begins": lambda line: line.startswith(needle),
            "ends": lambda line: line.endswith(needle),
        }
        quoted = "'" + word.replace("'", "''") + "'"
        text = {"begins": f"{field} = {word}*", "ends": f"{field}:*{word}"}.get(
            how, f"{field} {how} {quoted}"
        )
        return text, lambda r: any(tests[how](line) for v in read(r) for line in lines(v))

    plain = tuple(word for word in words if word.isalnum())
    return st.one_of(
        st.builds(build, st.sampled_from(words), st.sampled_from(["=", "~"])),
        st.builds(build, st.sampled_from((*plain, "b", "mue", "ß")), st.sampled_from(
            ["~", "begins", "ends"])),
    )  # fmt: skip


def ordered_question(
    field: str, read: Callable[[Record], Any], values: list[tuple[str, Any, Any]]
) -> st.SearchStrategy[tuple[str, Holds]]:
    def build(value: tuple[str, Any, Any], sign: str) -> tuple[str, Holds]:
        typed, low, high = value

        def holds(record: Record) -> bool:
            found = read(record)
            return found is not None and {
                "=": low <= found <= high, "<": found < low, "<=": found <= high,
                ">": found > high, ">=": found >= low,
            }[sign]  # fmt: skip

        return f"{field} {sign} {typed}", holds

    return st.builds(build, st.sampled_from(values), st.sampled_from(["=", "<", "<=", ">", ">="]))


def fixed(*pairs: tuple[str, Holds]) -> st.SearchStrategy[tuple[str, Holds]]:
    return st.sampled_from(pairs)


def cities(record: Record) -> list[str | None]:
    return [address["city"] for address in record["addresses"]]


DAY_WORDS = [(day.isoformat(), day.isoformat(), day.isoformat()) for day in DAYS] + [
    ("-90d", "2026-03-17", "2026-03-17"), ("2026", "2026-01-01", "2026-12-31"),
    ("2026-05", "2026-05-01", "2026-05-31"), ("today", "2026-06-15", "2026-06-15"),
    ("2026-Q2", "2026-04-01", "2026-06-30"),
]  # fmt: skip
NUMBERS = [(text, float(text), float(text)) for text in ("-10", "0", "1", "2", "40.50", "40.505",
                                                         "600", "1200")]  # fmt: skip


def full_birthday(record: Record) -> str | None:
    return record["birthday"] if record["birthday"] and record["birthday"][0] != "-" else None


CONDITIONS = st.one_of(
    text_question("name", lambda r: [r["name"]], NAMES),
    text_question("city", cities, CITIES),
    text_question("notes", lambda r: [r["notes"]], ("Größe", "order", "big order", "5 und")),
    text_question("owner", lambda r: [r["owner"]], OWNERS),
    text_question("tag", lambda r: [fold(tag) for tag in r["tags"]], TAGS),
    ordered_question("last_purchase", lambda r: r["last_purchase_on"], DAY_WORDS),
    ordered_question("first_purchase", lambda r: r["first_purchase_on"], DAY_WORDS),
    ordered_question("revenue", lambda r: r["revenue"] and float(r["revenue"]), NUMBERS),
    ordered_question("orders", lambda r: r["orders"], NUMBERS),
    ordered_question("id", lambda r: r["id"], NUMBERS),
    ordered_question("birthday", full_birthday, [("1995", "1995-01-01", "1995-12-31"),
                                                 ("2000-01-01", "2000-01-01", "2000-01-01")]),
    fixed(
        ("archived", lambda r: r["archived_at"] is not None),
        ("role = customer", lambda r: r["role"] == "customer"),
        ("role in (customer, Supplier)", lambda r: r["role"] in {"customer", "supplier"}),
        ("kind != person", lambda r: r["kind"] != "person"),
        ("city in (bern, zurich)", lambda r: any(
            key in {"bern", "zurich"} for city in cities(r) for key in lines(city))),
        ("city not in (bern, zurich)", lambda r: not any(
            key in {"bern", "zurich"} for city in cities(r) for key in lines(city))),
        ("city is empty", lambda r: not any(cities(r))),
        ("tag is not empty", lambda r: bool(r["tags"])),
        ("email ~ ACME", lambda r: any("acme" in e["value"] for e in r["emails"])),
        ("email is empty", lambda r: not r["emails"]),
        ("email = p1@x.org", lambda r: any(e["value"] == "p1@x.org" for e in r["emails"])),
        ("postcode > 4000", lambda r: any((a["postcode"] or "") > "4000" for a in r["addresses"])),
        ("birthday = --05-31", lambda r: (r["birthday"] or "")[-6:] == "-05-31"),
        ("birthday is empty", lambda r: r["birthday"] is None),
        ("external_id = s:7", lambda r: "s:7" in r["external_ids"]),
        ("revenue is empty", lambda r: r["revenue"] is None),
        ("last_purchase is empty", lambda r: r["last_purchase_on"] is None),
        ("created = today", lambda r: datetime.fromisoformat(
            r["created_at"]).astimezone(UTC).date() == TODAY),
    ),
)  # fmt: skip


def joined(
    children: st.SearchStrategy[tuple[str, Holds]],
) -> st.SearchStrategy[tuple[str, Holds]]:
    def both(a: tuple[str, Holds], b: tuple[str, Holds]) -> tuple[str, Holds]:
        return f"({a[0]}) and ({b[0]})", lambda r: a[1](r) and b[1](r)

    def either(a: tuple[str, Holds], b: tuple[str, Holds]) -> tuple[str, Holds]:
        return f"({a[0]}) or ({b[0]})", lambda r: a[1](r) or b[1](r)

    def opposite(a: tuple[str, Holds]) -> tuple[str, Holds]:
        return f"not ({a[0]})", lambda r: not a[1](r)

    return st.one_of(
        st.builds(both, children, children),
        st.builds(either, children, children),
        st.builds(opposite, children),
    )


def check(asked: tuple[Session, list[Record]], question: tuple[str, Holds]) -> None:
    session, records = asked
    text, holds = question
    try:
        found = filtering.read(session, "contact", text)
    except errors.InvalidValue as error:
        # A word that no contact has is refused, and no other filter made here is.
        if "no contact has the" not in error.message:
            raise
        return
    expected = [record["id"] for record in records if holds(record)]
    chosen = [n for chunk in filters.ids(session.reader, "contact", found.chosen) for n in chunk]
    assert chosen == expected, (text, found.chosen.sql)
    listed = [row[0] for row in contacts.flat_rows(session.reader, {}, None, found.chosen)]
    assert listed == expected


QUIET = (HealthCheck.function_scoped_fixture,)


def test_filters_answer_as_python_does(asked: tuple[Session, list[Record]]) -> None:
    @settings(max_examples=400, deadline=None, suppress_health_check=QUIET)
    @given(st.recursive(CONDITIONS, joined, max_leaves=6))
    def run(question: tuple[str, Holds]) -> None:
        check(asked, question)

    run()


GARBAGE = st.lists(
    st.sampled_from(
        ["name", "city", "tag", "revenue", "orders", "birthday", "created", "phone", "email",
         "country", "external_id", "notes", "archived", "last_purchase", "postcode", "company",
         "=", "!=", "<", ">=", "~", "!~", "in", "not", "and", "or", "is", "empty", "(", ")", ",",
         "''", "'%_*'", "*", "**", "*a*", "x:", ":", "-90d", "1e9", "5 CHF", "2026-13", "--99",
         "9999-12-31", "0001-01-01", "-9999y", "999999999999999", "é\u0301", "\u202e", "⑤", "'\n'"]
    ),
    min_size=1, max_size=9,
).map(" ".join)  # fmt: skip


def test_no_words_of_the_language_break_the_store(asked: tuple[Session, list[Record]]) -> None:
    """Field, operator and value in any order: an answer or a refusal, never a fault."""
    session, records = asked

    @settings(max_examples=400, deadline=None, suppress_health_check=QUIET)
    @given(GARBAGE)
    def run(text: str) -> None:
        try:
            found = filtering.read(session, "contact", text)
        except errors.CrmError as error:
            if error.exit_code != 2:
                raise
            return
        for _ in filters.ids(session.reader, "contact", found.chosen):
            pass
        assert all(value is not None for value in found.chosen.parameters.values())

    run()
    assert records
