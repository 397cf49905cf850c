"""The model over whole stores, held against a second reckoning written from docs/lead-scores.md
alone: every field, as the rows stand, in loops over leads."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from math import exp, log
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

DAY = "{}T08:00:00Z"


@dataclass(frozen=True)
class Shape:
    """What a random store is like: sizes, and how many words, owners and cities there are."""

    seed: int
    won: int = 60
    lost: int = 80
    words: int = 4
    cities: int = 4
    missing: float = 0.3
    everywhere: bool = False
    """Whether a tag is on every closed lead."""


SHAPES = [
    Shape(1),
    Shape(2, won=30, lost=400),
    Shape(3, won=300, lost=30, words=900, cities=500),  # nearly every value once
    Shape(4, missing=1.0),
    Shape(5, missing=0.0, words=1, cities=1),  # of one value each: ties everywhere
    Shape(6, everywhere=True),
    Shape(7, won=200, lost=200, words=60, missing=0.6),
]


class Words:
    """Words drawn at random, some missing, some in capitals or with spaces around."""

    def __init__(self, shape: Shape) -> None:
        self.dice = random.Random(shape.seed)
        self.missing = shape.missing

    def some(self, stem: str, number: int) -> str | None:
        if self.dice.random() < self.missing:
            return None
        word = f"{stem}{self.dice.randrange(number)}"
        if self.dice.random() < 0.1:
            return self.dice.choice([word, word.upper(), f" {word} "])
        return word


def fill(path: Path, shape: Shape) -> None:
    """Insert contacts, closed leads, and twenty open ones with some words nobody had."""
    words = Words(shape)
    with closing(sqlite3.connect(path)) as direct, direct:
        add_people(direct, shape, words)
        add_names(direct)
        states = ["won"] * shape.won + ["lost"] * shape.lost + ["open"] * 20
        words.dice.shuffle(states)
        for number, state in enumerate(states, start=1):
            add_lead(direct, shape, words, number, state)
            add_marks(direct, shape, words, number, is_open=state == "open")


def add_people(direct: sqlite3.Connection, shape: Shape, words: Words) -> None:
    dice, some = words.dice, words.some
    columns = [row[1] for row in direct.execute("PRAGMA table_info(contacts)")]
    rest = ", ".join(name for name in columns if name not in {"id", "uid", "kind"})
    for number in range(2, 41):
        direct.execute(
            f"INSERT INTO contacts (id, uid, kind, {rest})"
            f" SELECT ?1, ?1, ?2, {rest} FROM contacts WHERE id = 1",
            (number, dice.choice(["person", "company"])),
        )
    for number in range(1, 41):
        for _ in range(dice.randrange(3)):
            direct.execute(
                "INSERT INTO addresses (contact_id, city, country) VALUES (?, ?, ?)",
                (number, some("city", shape.cities), some("c", 3)),
            )
        if dice.random() < 0.5:
            direct.execute(
                "INSERT INTO customers (contact_id, first_on, orders, order_days)"
                " VALUES (?, ?, 1, 1)",
                (number, f"2026-0{dice.randint(1, 4)}-10"),
            )


def add_names(direct: sqlite3.Connection) -> None:
    direct.execute(
        "INSERT INTO pipelines (id, key, name, position) VALUES (50, 'partners', 'Partners', 9)"
    )
    direct.executemany(
        "INSERT INTO stages (id, pipeline_id, key, name, kind, position, probability)"
        " VALUES (?, 50, ?, ?, ?, ?, ?)",
        [(51, "a", "A", "open", 1, 5000), (52, "w", "W", "won", 2, 10000),
         (53, "l", "L", "lost", 3, 0)],
    )  # fmt: skip
    direct.executemany(
        "INSERT INTO tags (id, key, label) VALUES (?, ?, ?)",
        [(900, "hot", "Hot"), (901, "cold", "Cold"), (902, "all", "All")],
    )
    direct.executemany(
        "INSERT INTO fields (id, noun, key, label, kind, position, is_retired)"
        " VALUES (?, 'lead', ?, ?, ?, ?, ?)",
        [(80, "roof", "Roof", "choice", 1, 0), (81, "urgent", "Urgent", "flag", 2, 0),
         (82, "old", "Old", "choice", 3, 1), (83, "remark", "Remark", "text", 4, 0)],
    )  # fmt: skip


def add_lead(
    direct: sqlite3.Connection, shape: Shape, words: Words, number: int, state: str
) -> None:
    dice, some = words.dice, words.some
    is_open = state == "open"
    known = shape.words + is_open  # an open one may have a word more
    value = None if dice.random() < shape.missing else dice.randrange(1, 40) * 5000
    opened = f"2026-0{dice.randint(1, 4)}-{dice.randint(1, 28):02}"
    direct.execute(
        "INSERT INTO leads (id, uid, contact_id, title, folded, stage_id, state, value,"
        " currency, source, campaign, owner, referred_by_id, opened_at, stage_since,"
        " closed_at, created_at, updated_at)"
        " VALUES (?1, ?1, ?2, 'x', 'x', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
        " ?11, ?11)",
        (
            number, dice.randint(1, 40),
            dice.choice({"open": (1, 51), "won": (6, 52), "lost": (7, 53)}[state]),
            state, value,
            None if value is None else dice.choice(["EUR", "EUR", "USD", "JPY"]),
            some("s", known), some("k", known), some("o", known),
            dice.choice([None, None, 1]), DAY.format(opened), DAY.format("2026-05-20"),
            None if is_open else DAY.format("2026-05-20"),
        ),
    )  # fmt: skip
    for _ in range(dice.choice([0, 0, 1, 2])):
        before = dice.choice(["2026-05-01", "2026-05-20", "2026-06-01"])
        cells = dice.choice([(None, None), (70_000, "EUR"), (1_000, "USD")])
        direct.execute(
            "INSERT INTO lead_terms (lead_id, until_at, value, currency, owner)"
            " VALUES (?, ?, ?, ?, ?)",
            (number, DAY.format(before), *cells, some("o", known)),
        )


def add_marks(
    direct: sqlite3.Connection, shape: Shape, words: Words, number: int, *, is_open: bool
) -> None:
    dice, some = words.dice, words.some
    for tag in (900, 901):
        if dice.random() < 0.3:
            direct.execute("INSERT INTO lead_tags (lead_id, tag_id) VALUES (?, ?)", (number, tag))
    if shape.everywhere and (not is_open or dice.random() < 0.5):
        direct.execute("INSERT INTO lead_tags (lead_id, tag_id) VALUES (?, 902)", (number,))
    for of_field in (80, 82, 83):
        if (text := some("f", 3)) is not None:
            direct.execute(
                "INSERT INTO field_values (field_id, lead_id, text, folded) VALUES (?, ?, ?, ?)",
                (of_field, number, text.strip().lower(), text),
            )
    if dice.random() < 0.5:
        direct.execute(
            "INSERT INTO field_values (field_id, lead_id, number) VALUES (81, ?, ?)",
            (number, dice.randint(0, 1)),
        )


# -- the second reckoning -------------------------------------------------------------------------


class Case(NamedTuple):
    """A lead: how it stands, and what is known of it."""

    id: int
    state: str
    values: dict[str, str]


@dataclass
class Book:
    """What was read, and what the page says about it."""

    closed: list[Case] = field(default_factory=list)
    open: list[Case] = field(default_factory=list)

    def probability(self, values: dict[str, str], closed: list[Case]) -> float:
        """The page's formula, by walking over all closed leads for each field."""
        won = [case.values for case in closed if case.state == "won"]
        lost = [case.values for case in closed if case.state == "lost"]
        odds = log(len(won) / len(lost))
        for name, value in values.items():
            seen = {case.values[name] for case in closed if name in case.values}
            if not seen:
                continue
            shares = []
            for side in (won, lost):
                having = [given[name] for given in side if name in given]
                shares.append((having.count(value) + 1) / (len(having) + len(seen) + 1))
            odds += log(shares[0] / shares[1])
        return 1 / (1 + exp(-odds))


def read(path: Path) -> Book:
    """Read leads as the page describes their fields."""
    with closing(sqlite3.connect(path)) as direct:
        direct.row_factory = sqlite3.Row
        rows = direct.execute("SELECT * FROM leads ORDER BY id").fetchall()
        stages = dict(
            direct.execute(
                "SELECT s.id, p.key FROM stages s JOIN pipelines p ON p.id = s.pipeline_id"
            ).fetchall()
        )
        kinds = dict(direct.execute("SELECT id, kind FROM contacts").fetchall())
        bought = dict(direct.execute("SELECT contact_id, first_on FROM customers").fetchall())
        places: dict[tuple[int, str], str] = {}
        for row in direct.execute("SELECT * FROM addresses ORDER BY id"):
            for name in ("city", "country"):
                if row[name] is not None:
                    places.setdefault((row["contact_id"], name), row[name])
        terms: dict[int, list[sqlite3.Row]] = {}
        for row in direct.execute("SELECT * FROM lead_terms ORDER BY until_at, id"):
            terms.setdefault(row["lead_id"], []).append(row)
        tags: dict[int, set[str]] = {}
        for lead, key in direct.execute(
            "SELECT lead_id, key FROM lead_tags l JOIN tags t ON t.id = l.tag_id"
        ):
            tags.setdefault(lead, set()).add(key)
        own: dict[int, dict[str, str]] = {}
        for lead, key, kind, text, number in direct.execute(
            "SELECT lead_id, key, kind, text, number FROM field_values v"
            " JOIN fields f ON f.id = v.field_id WHERE NOT is_retired AND kind <> 'text'"
        ):
            value = ("yes" if number else "no") if kind == "flag" else text
            own.setdefault(lead, {})[f"field {key}"] = value
    known_tags = {tag for row in rows if row["state"] != "open" for tag in tags.get(row["id"], ())}
    amounts: dict[str, list[int]] = {}
    read: list[tuple[sqlite3.Row, Any]] = []
    for row in rows:
        before = row
        if row["state"] != "open":
            later = [
                term for term in terms.get(row["id"], []) if term["until_at"] >= row["closed_at"]
            ]
            before = later[0] if later else row
            if before["value"] is not None:
                amounts.setdefault(before["currency"], []).append(before["value"])
        read.append((row, before))
    book = Book()
    for row, before in read:
        who = row["contact_id"]
        cells = {
            "source": row["source"], "campaign": row["campaign"], "owner": before["owner"],
            "pipeline": stages[row["stage_id"]],
            "referrer": "no" if row["referred_by_id"] is None else "yes", "kind": kinds[who],
            "country": places.get((who, "country")), "city": places.get((who, "city")),
            "bought before": (
                "yes" if who in bought and bought[who] < row["opened_at"][:10] else "no"
            ),
            **own.get(row["id"], {}),
            **{
                f"tag {tag}": "yes" if tag in tags.get(row["id"], ()) else "no"
                for tag in known_tags
            },
        }  # fmt: skip
        mine = sorted(amounts.get(before["currency"], []))
        if before["value"] is not None and len(mine) >= 4:
            cuts = [mine[len(mine) * part // 4] for part in (1, 2, 3)]
            cells["value"] = str(1 + sum(before["value"] >= cut for cut in cuts))
        values = {
            name: text.strip().lower() for name, text in cells.items() if text and text.strip()
        }
        (book.open if row["state"] == "open" else book.closed).append(
            Case(row["id"], row["state"], values)
        )
    return book


# -- held against the program ---------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"store-{shape.seed}")
def test_the_program_agrees_with_the_page_over_whole_stores(crm: Crm, shape: Shape) -> None:
    crm("contact", "add", "Ada", "-q")
    fill(crm.db, shape)
    crm("lead", "score", "--refresh", "-q")
    book = read(crm.db)
    told = crm.json("lead", "score", *(case.id for case in book.open), "--why")
    kept = {row["id"]: row for row in crm.json("lead", "score")}
    assert len(told) == len(book.open) == 20
    for found, case in zip(told, book.open, strict=True):
        wanted = book.probability(case.values, book.closed)
        assert abs(found["probability"] - wanted) < 1e-9, case
        total = sum(line["log_odds"] for line in found["contributions"])
        assert abs(1 / (1 + exp(-total)) - wanted) < 1e-9
        assert found["score"] == kept[case.id]["score"] == int(100 * wanted + 0.5)
        listed = {line["name"]: line["value"] for line in found["contributions"][1:]}
        in_model = {name for closed in book.closed for name in closed.values}
        assert listed == {k: v for k, v in case.values.items() if k in in_model}

    model = crm.json("lead", "score", "--model")
    assert (model["won"], model["lost"]) == (shape.won, shape.lost)
    assert model["base_rate"] == shape.won / (shape.won + shape.lost)
    for found in model["fields"]:
        for side in ("won", "lost"):
            wanted_counts = Counter(
                case.values[found["field"]]
                for case in book.closed
                if case.state == side and found["field"] in case.values
            )
            assert found[side] == wanted_counts.total()
            assert {
                line["value"]: line[side] for line in found["values"] if line[side]
            } == wanted_counts
    errors = []
    for at, case in enumerate(book.closed):
        others = book.closed[:at] + book.closed[at + 1 :]
        errors.append((book.probability(case.values, others) - (case.state == "won")) ** 2)
    assert abs(model["brier"] - sum(errors) / len(errors)) < 1e-9
    cases = sum(tenth["cases"] for tenth in model["deciles"])
    assert cases == len(book.closed)
    won = sum(tenth["cases"] * tenth["observed"] for tenth in model["deciles"])
    assert won == pytest.approx(shape.won)
