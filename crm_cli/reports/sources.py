"""What each source brings: leads, how many are won and how fast, and what is sold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.rounding import ratio
from crm_cli.domain.values import fold, money_text
from crm_cli.reports import REPORTS, lead_bounds, lead_state, sales_sums, scope, source
from crm_cli.reports.sales_sums import Dimension
from crm_cli.result import Column, Kind, Look, Report
from crm_cli.store import lead_spellings, population

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Result
    from crm_cli.session import Session

DEFINITION = REPORTS["sources"].definition


class Group(NamedTuple):
    """What leads and sales are summed by: SQL of a lead (``b``), and how purchases are grouped by
    their contact's own."""

    of_lead: str
    of_sale: Dimension


_CONTACT = "JOIN contacts c ON c.id = l.contact_id"
GROUPS = {
    "source": Group("b.source", Dimension("c.source", "c.source", _CONTACT, "contact_id")),
    "campaign": Group("b.campaign", Dimension("c.campaign", "c.campaign", _CONTACT, "contact_id")),
    "referrer": Group(
        "b.referred_by_id",
        Dimension("NULL", "c.referred_by_id", _CONTACT, "contact_id"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesRequest:
    """What ``report sources`` was asked."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str = "source"


class Sums(NamedTuple):
    """Leads of a source, days that won ones took, values in minor units; orders and revenue."""

    opened: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    won_value: int = 0
    won_days: int = 0
    orders: int = 0
    revenue: int = 0

    def __add__(self, other: tuple[Any, ...]) -> Sums:
        """Return both together."""
        return Sums(*map(int.__add__, self, other))


def check(by: str) -> None:
    """Raise InvalidValue for what leads and sales are not summed by."""
    if by not in GROUPS:
        raise errors.InvalidValue(
            f"{by!r} is nothing sources are counted by", hint=f"write --by {', '.join(GROUPS)}"
        )


def report(session: Session, request: SourcesRequest) -> Result:
    """Count leads and sales by where they come from (``DEFINITION``).

    Rows: source, campaign, or referrer_id and referrer (null where there is none); opened, open,
    won, lost, win_rate, won_value, currency, average_days_to_win, orders, revenue, sales_currency.
    Totals: the figures. Raises InvalidValue, NotFound, RateMissing.
    """
    check(request.by)
    chosen = lead_state.read(session, request.bounds)
    found = lead_bounds.closed_states(session, chosen, "state = 'won'", alone=True)
    groups = _leads(session, chosen, found, request.by)
    lines = sales_lines(session, chosen)
    everything = sum(groups.values(), Sums())
    sold = sales_sums.from_lines(
        lines.reader, lines.chosen, lines.found, None, GROUPS[request.by].of_sale
    )
    words = spelled(session, request.by)
    for (_, told), (orders, revenue, _) in sold.by_cell.items():
        key = words.setdefault(fold(told), told) if isinstance(told, str) else told
        sums = Sums(orders=orders, revenue=revenue)
        groups[key] = groups.get(key, Sums()) + sums
        everything += sums
    everything = everything._replace(orders=sold.orders)
    names = _names(session) if request.by == "referrer" else {}
    order = sorted(groups, key=lambda key: _rank(groups[key], key))
    currencies = (found.currency, lines.found.currency)
    rows = [
        {**_named(key, request.by, names), **_figures(groups[key], *currencies)} for key in order
    ]
    heads = _heads(request.by)
    totals = _figures(everything, *currencies)
    columns = [*heads, *FIGURES]
    body = Report(
        name="sources",
        title=f"Leads and sales by {request.by}",
        definition=DEFINITION,
        parameters={"by": request.by},
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        footer=("all", *[None] * (len(heads) - 1), *totals.values()),
        notes=_notes(session, chosen, request.by),
        look=Look.BARS,
        picture_key="won",
        default_columns=_shown_columns(heads[0].key, *currencies),
    )
    return lead_bounds.result(chosen, body)


FIGURES = (
    Column("opened", "Opened", Kind.INTEGER),
    Column("open", "Open", Kind.INTEGER),
    Column("won", "Won", Kind.INTEGER),
    Column("lost", "Lost", Kind.INTEGER),
    Column("win_rate", "Win rate", Kind.RATE),
    Column("won_value", "Won value", Kind.MONEY),
    Column("currency", "Currency"),
    Column("average_days_to_win", "Days to win", Kind.NUMBER),
    Column("orders", "Orders", Kind.INTEGER),
    Column("revenue", "Revenue", Kind.MONEY),
    Column("sales_currency", "Sales in"),
)


def _shown_columns(head: str, currency: str, sales_currency: str) -> list[str]:
    """Return what people see, money first: a narrow window leaves out the last ones."""
    money = ["won_value", "currency", "revenue"]
    if currency != sales_currency:
        money.append("sales_currency")
    return [
        head, "opened", "open", "won", "lost", "win_rate", *money, "average_days_to_win", "orders"
    ]  # fmt: skip


def _heads(by: str) -> list[Column]:
    if by == "referrer":
        return [Column("referrer", "Referrer"), Column("referrer_id", "ID", Kind.ID)]
    return [Column(by, by.capitalize())]


def _named(key: Any, by: str, names: Mapping[int, str]) -> dict[str, Any]:
    if by == "referrer":
        return {"referrer": names.get(key), "referrer_id": key}
    return {by: key}


def _names(session: Session) -> dict[int, str]:
    return dict(
        session.reader.execute(
            "SELECT c.id, c.name FROM contacts c WHERE c.id IN"
            " (SELECT referred_by_id FROM leads UNION SELECT referred_by_id FROM contacts)"
        ).fetchall()
    )


def spelled(session: Session, by: str) -> dict[str, str]:
    """Return folded source or campaign -> how most leads spell it."""
    if by == "referrer":
        return {}
    found = lead_spellings.spellings(session.reader, by)
    return {key: texts[0] for key, texts in found.items()}


def _rank(sums: Sums, key: Any) -> tuple[Any, ...]:
    return -sums.won_value, -sums.won, -sums.opened, -sums.revenue, key is None, str(key)


def _leads(session: Session, chosen: LeadScope, found: States, by: str) -> dict[Any, Sums]:
    days = lead_bounds.days_to_close(session, chosen)
    rows = session.reader.execute(
        f"""
        WITH {found.sql}
        SELECT {GROUPS[by].of_lead}, sum(b.opened_at >= :since AND b.opened_at < :until),
               sum(b.state = 'open'),
               sum(b.state = 'won' AND {lead_bounds.CLOSED}),
               sum(b.state = 'lost' AND {lead_bounds.CLOSED}),
               sum(iif(b.state = 'won' AND {lead_bounds.CLOSED}, b.amount, NULL)),
               sum(iif(b.state = 'won' AND {lead_bounds.CLOSED}, {days}, NULL))
          FROM states b GROUP BY 1
        """,
        found.parameters,
    ).fetchall()
    groups = {key: Sums(*(figure or 0 for figure in figures)) for key, *figures in rows}
    return {key: sums for key, sums in groups.items() if any(sums)}


class Sold(NamedTuple):
    """The purchases of a scope: what reads them, their bounds, and the lines."""

    reader: population.Reader
    chosen: scope.Scope
    found: source.Lines


def sales_lines(session: Session, chosen: LeadScope) -> Sold:
    """Return the purchases in a scope's period; where leads are narrowed, those of their contacts.
    Raises RateMissing."""
    bounds = scope.Scope(
        as_of=chosen.as_of, since=chosen.since, until=chosen.until, home=chosen.home
    )
    reader: population.Reader = session.reader
    if chosen.is_narrowed:
        base, parameters = lead_state.base(session.reader, chosen)
        row = session.reader.execute(
            f"WITH {base} SELECT json_group_array(contact_id), count(*) FROM"
            " (SELECT DISTINCT contact_id FROM base)",
            parameters,
        ).fetchone()
        reader = population.Narrowed(session.reader, population.Ids(*row))
    lines = source.lines(reader, sales_sums.bounded(bounds), chosen.home, bounds.sql["as_of"])
    return Sold(reader, bounds, lines)


def _figures(sums: Sums, currency: str, sales_currency: str) -> dict[str, Any]:
    return {
        "opened": sums.opened,
        "open": sums.open,
        "won": sums.won,
        "lost": sums.lost,
        "win_rate": ratio(sums.won, sums.won + sums.lost),
        "won_value": money_text(sums.won_value, currency),
        "currency": currency,
        "average_days_to_win": ratio(sums.won_days, sums.won, 2),
        "orders": sums.orders,
        "revenue": money_text(sums.revenue, sales_currency),
        "sales_currency": sales_currency,
    }


def _notes(session: Session, chosen: LeadScope, by: str) -> Sequence[str]:
    whose = "the contacts of these leads" if chosen.is_narrowed else "all contacts"
    notes = [
        lead_bounds.said(chosen, "leads opened, leads closed, and sales"),
        f"Open are those of the as-of day; orders and revenue are of {whose}, by their own {by}.",
    ]
    if chosen.as_of < session.today:
        notes.append("Sources, campaigns and referrers are as they are now.")
    return notes
