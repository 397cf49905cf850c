"""Hand-made results, and the renderer run on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest

from crm_cli.context import AppContext
from crm_cli.render import show
from crm_cli.result import Column, Kind, Look, Message, Report, Result, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.result import Body

HOSTILE = (
    "[/] [bold]x :smile:",
    "esc\x1b[31mred\x07bell",
    "right \u202etfel",
    "=1+1",
    "<script>alert(1)</script>",
    "a|b*c_d_ `e` [f](g)",
    "line\nbreak\ttab",
    "back\\slash",
    "\x9bC1 and zero\u200bwidth",
    "山田 太郎",
    "Zoë Müller",
    "e\u0301le\u0300ve",
)

COHORTS = {
    "1997-01": [781, 124, 95, 70],
    "1997-02": [857, 134, 110],
    "1997-03": [719, 87],
}


class Show(Protocol):
    """Print a body with the options given."""

    def __call__(self, body: Body, *messages: Message, **options: Any) -> Shown: ...


class MakeTable(Protocol):
    """Make a table from columns ``(key, kind)`` and rows."""

    def __call__(
        self, columns: Sequence[tuple[str, Kind]], *rows: Sequence[Any], **more: Any
    ) -> Table: ...


class Shown(NamedTuple):
    """What the renderer left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Show:
    """Print a body: ``shown(body, format="csv", limit=2)``."""

    def run(body: Body, *messages: Message, **options: Any) -> Shown:
        app = AppContext([], {})
        app.options.update(options)
        capsys.readouterr()
        code = show(Result(body=body, messages=messages), app)
        captured = capsys.readouterr()
        return Shown(code, captured.out, captured.err)

    return run


@pytest.fixture
def table() -> MakeTable:
    """Make a table from columns ``(key, kind)`` and rows."""

    def make(columns: Sequence[tuple[str, Kind]], *rows: Sequence[Any], **more: Any) -> Table:
        made = [Column(key, key.replace("_", " ").title(), kind) for key, kind in columns]
        return Table(**{"noun": "contact", **more}, columns=made, rows=rows)

    return make


@pytest.fixture
def people(table: MakeTable) -> Table:
    """Four contacts with gaps."""
    return table(
        [
            ("id", Kind.ID), ("name", Kind.TEXT), ("revenue", Kind.MONEY),
            ("currency", Kind.TEXT), ("tags", Kind.LIST), ("active", Kind.FLAG),
        ],
        (1, "Zoë", "9.50", "EUR", ["vip", "new"], True),
        (2, "adam", "100.00", "EUR", [], False),
        (10, "Bob", None, None, [], None),
        (3, "Äda", "-20.00", "EUR", ["vip"], True),
    )  # fmt: skip


@pytest.fixture
def hostile(table: MakeTable) -> Table:
    """A contact for each name that wants to be more than text."""
    rows = [(number, name, [name]) for number, name in enumerate(HOSTILE, 1)]
    return table([("id", Kind.ID), ("name", Kind.TEXT), ("tags", Kind.LIST)], *rows)


@pytest.fixture
def retention() -> Report:
    """A small cohort table; the last cell of each row is still open."""
    rows: list[dict[str, Any]] = [
        {"cohort": name, "size": active[0], "rate": [round(n / active[0], 4) for n in active]}
        for name, active in COHORTS.items()
    ]
    cells = [
        [row["cohort"], row["size"], *row["rate"], *[None] * (4 - len(row["rate"]))] for row in rows
    ]
    return Report(
        name="retention",
        title="Retention by month",
        definition="Share of a cohort with an order in the period.",
        parameters={"by": "month"},
        rows=rows,
        totals={"size": 2357},
        columns=[
            Column("cohort", "Cohort"),
            Column("size", "Size", Kind.INTEGER),
            *(Column(f"p{n}", str(n), Kind.RATE) for n in range(4)),
        ],
        cells=cells,
        footer=["all", 2357, 1.0, 0.1464, 0.1252, 0.0896],
        notes=["as of 1997-04-15"],
        look=Look.HEAT,
        open_cells=frozenset({(0, 5), (1, 4), (2, 3)}),
    )


@pytest.fixture
def segments() -> Report:
    """Three segments with money in one currency."""
    rows = [
        {
            "segment": "champions",
            "customers": 40,
            "share": 0.5,
            "revenue": "900.00",
            "currency": "USD",
        },
        {"segment": "new", "customers": 30, "share": 0.375, "revenue": "80.50", "currency": "USD"},
        {"segment": "lost", "customers": 10, "share": 0.125, "revenue": "7.00", "currency": "USD"},
    ]
    return Report(
        name="segments",
        title="Segments",
        definition="By recency, frequency and revenue.",
        parameters={"as_of": "1998-06-30"},
        rows=rows,
        totals={"customers": 80},
        columns=[
            Column("segment", "Segment"),
            Column("customers", "Customers", Kind.INTEGER),
            Column("share", "Share", Kind.RATE),
            Column("revenue", "Revenue", Kind.MONEY),
            Column("currency", "Currency"),
        ],
        cells=[list(row.values()) for row in rows],
        footer=["all", 80, 1.0, "987.50", "USD"],
        look=Look.BARS,
        picture_key="customers",
    )
