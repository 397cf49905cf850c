"""How filled products, purchases and leads are: the same figures as of contacts, without roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.custom_field import REQUIRABLE
from crm_cli.domain.rounding import ratio
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, scope
from crm_cli.reports.completeness_fields import Wanted, complete, named, own_fields
from crm_cli.reports.evidence import ALL, Cell, Found, check_column
from crm_cli.reports.lead_state import LeadScope
from crm_cli.result import Column, Kind, Report, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.session import Session
    from crm_cli.store.population import Reader


class _Record(NamedTuple):
    """A record type ``p``: its table, who of it counts, what it should have where the owner
    requires nothing, how it is listed, and what is said of that."""

    table: str
    counted: str
    core: tuple[str, ...]
    columns: tuple[Column, ...]
    listed: str
    order: str
    first: str
    left_out: str


_COLUMNS = {
    "product": "product_id", "order": "order_number", "expected": "expected_on",
    "referrer": "referred_by_id",
}  # fmt: skip
"""Field -> its column, where that has another name."""

RECORDS = {
    "product": _Record(
        "products", "p.is_active", ("category", "price"),
        (Column("product_id", "ID", Kind.ID), Column("product", "Product"),
         Column("missing", "Missing", Kind.LIST), Column("purchases", "Purchases", Kind.INTEGER)),
        "p.id, p.name, (SELECT count(*) FROM purchases x WHERE x.product_id = p.id) AS sold",
        "sold DESC, p.id", "What was bought most often comes first.", "retired products",
    ),
    "purchase": _Record(
        "purchases", "p.kind = 'sale' AND p.purchased_on <= :as_of", ("product",),
        (Column("id", "ID", Kind.ID), Column("contact", "Contact"), Column("on", "On", Kind.DATE),
         Column("missing", "Missing", Kind.LIST), Column("amount", "Amount", Kind.MONEY),
         Column("currency", "Currency")),
        "p.id, (SELECT c.name FROM contacts c WHERE c.id = p.contact_id), p.purchased_on,"
        " p.amount, p.currency",
        "p.purchased_on DESC, p.id DESC", "The newest come first.", "returns",
    ),
    "lead": _Record(
        "leads", "p.state = 'open' AND p.opened_at < :end AND (:leads IS NULL OR p.id IN"
        " (SELECT value FROM json_each(:leads))) AND (:owners IS NULL OR p.owner IN"
        " (SELECT value FROM json_each(:owners))) AND (:pipeline IS NULL OR p.stage_id IN"
        " (SELECT s.id FROM stages s WHERE s.pipeline_id = :pipeline))",
        ("value", "expected", "owner"),
        (Column("lead_id", "ID", Kind.ID), Column("lead", "Lead"), Column("contact", "Contact"),
         Column("missing", "Missing", Kind.LIST), Column("value", "Value", Kind.MONEY),
         Column("currency", "Currency"), Column("owner", "Owner")),
        "p.id, p.title, (SELECT c.name FROM contacts c WHERE c.id = p.contact_id), p.value,"
        " p.currency, p.owner",
        "p.opened_at DESC, p.id DESC", "The newest come first.", "closed leads",
    ),
}  # fmt: skip


def check(noun: str, role: str | None, bounds: scope.Bounds) -> None:
    """Raise InvalidValue for a record type that does not exist, UsageError for what narrows
    contacts where products are counted."""
    from crm_cli.domain.contact import choose

    choose("--of", noun, ("contact", *RECORDS))
    if role is not None:
        raise errors.UsageError(
            f"--role is of contacts, not of {noun}s",
            hint="--where 'role = customer' chooses whose purchases are meant",
        )
    if noun == "product" and (bounds.where is not None or bounds.segment is not None):
        raise errors.UsageError(
            "--where and --segment choose contacts, and products have none",
            hint="crm product list --where 'category is empty'",
        )


def definition(noun: str) -> str:
    """Return the definition of the figures, said of this record type."""
    return REPORTS["completeness"].definition.replace("contacts", f"{noun}s")


def fields_of(session: Session, noun: str) -> list[Wanted]:
    """Return every field of a record that may be empty, the owner's own last."""
    built_in = {key: f"p.{_COLUMNS.get(key, key)} IS NOT NULL" for key in REQUIRABLE[noun]}
    return own_fields(session.reader, noun, "p", built_in)


def asked_for(noun: str, fields: Sequence[Wanted]) -> list[Wanted]:
    """Return the fields that make a record complete: those required, else its core."""
    core = RECORDS[noun].core
    return [one for one in fields if one.is_required] or [one for one in fields if one.key in core]


Chosen = scope.Scope | LeadScope


def _bounds(chosen: Chosen) -> dict[str, Any]:
    """Return the parameters of a statement over records of a scope."""
    if isinstance(chosen, LeadScope):
        return {
            "end": chosen.end, "leads": chosen.leads, "owners": chosen.owners,
            "pipeline": chosen.pipeline_id,
        }  # fmt: skip
    return dict(chosen.sql)


def report(
    session: Session, chosen: Chosen, noun: str, field_name: str | None, *, ask: bool
) -> tuple[Report, list[str]]:
    """Count what records have, or list those that lack something; and say, of a
    narrowed report, of how many it speaks. Raises InvalidValue for a field that does not exist."""
    reader = _reader(session, chosen)
    record, everything = RECORDS[noun], fields_of(session, noun)
    asked = asked_for(noun, everything)
    if field_name is not None:
        asked = [named(everything, field_name, noun)]
    if not ask and field_name is None:
        body = _filled(reader, chosen, noun, everything, asked)
    else:
        condition = " OR ".join(f"NOT ({one.filled})" for one in asked)
        rows = _listed(reader, chosen, noun, asked, condition)
        body = Report(
            name="completeness",
            title=f"{noun.capitalize()}s without {', '.join(one.key for one in asked)}",
            definition=record.first,
            parameters={**chosen.parameters, "of": noun},
            rows=[_as_mapping(noun, row) for row in rows],
            totals={"records": len(rows), "asked_for": [one.key for one in asked]},
            columns=record.columns,
            cells=rows,
            notes=[
                f"Lacking something: {scope.counted(len(rows), noun)}. Left out: {record.left_out}."
            ],
        )
    return body, _outside(session, chosen, noun)


def _reader(session: Session, chosen: Chosen) -> Reader:
    return session.reader if isinstance(chosen, LeadScope) else chosen.reader(session)


def _outside(session: Session, chosen: Chosen, noun: str) -> list[str]:
    if isinstance(chosen, LeadScope) or chosen.population is None:
        return []
    from crm_cli.reports.population import line

    record = RECORDS[noun]
    sql = f"SELECT count(*) FROM {record.table} p WHERE {record.counted}"
    (mine,) = chosen.population.reader.execute(sql, chosen.sql).fetchone()
    (everything,) = session.reader.execute(sql, chosen.sql).fetchone()
    return [line(chosen, chosen.population, mine, everything - mine, noun)]


def _filled(
    reader: Reader, chosen: Chosen, noun: str, fields: Sequence[Wanted],
    asked: Sequence[Wanted],
) -> Report:  # fmt: skip
    record = RECORDS[noun]
    sums = ", ".join(f"coalesce(sum({one.filled}), 0)" for one in fields)
    records, whole, *counted = reader.execute(
        f"SELECT count(*), coalesce(sum({complete(asked)}), 0), {sums} FROM {record.table} p"
        f" WHERE {record.counted}",
        _bounds(chosen),
    ).fetchone()
    rows = [
        {
            "field": one.key, "required": one.is_required, "custom": one.is_custom,
            "records": records, "filled": filled, "missing": records - filled,
            "rate": ratio(filled, records), "roles": {},
        }
        for one, filled in zip(fields, counted, strict=True)
        if records
    ]  # fmt: skip
    keys = [one.key for one in asked]
    rows.sort(key=lambda row: (row["field"] not in keys, -row["rate"]))
    columns = (
        Column("field", "Field"), Column("required", "Required", Kind.FLAG),
        Column("filled", "Filled", Kind.INTEGER), Column("missing", "Missing", Kind.INTEGER),
        Column("rate", "Rate", Kind.RATE),
    )  # fmt: skip
    is_said = asked[0].is_required
    return Report(
        name="completeness",
        title=f"How filled {noun}s are as of {chosen.as_of}",
        definition=definition(noun),
        parameters={**chosen.parameters, "of": noun},
        rows=rows,
        totals={
            "records": records, "complete": whole, "rate": ratio(whole, records),
            "asked_for": keys,
        },
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        notes=[
            f"{whole} of {scope.counted(records, noun)} have all of {', '.join(keys)}"
            + ("." if is_said else f"; crm field edit {noun}.FIELD --required says what."),
            "Which first: --ask, or --missing FIELD.",
            f"What they hold now. Left out: {record.left_out}.",
        ],
    )  # fmt: skip


def _listed(
    reader: Reader, chosen: Chosen, noun: str, asked: Sequence[Wanted], condition: str
) -> list[tuple[Any, ...]]:
    """Return the records for which a condition holds, in the order of their columns."""
    record = RECORDS[noun]
    lacks = ", ".join(f"NOT ({one.filled})" for one in asked)
    width = len(record.columns) - 1
    found = reader.execute(
        f"SELECT {record.listed}, {lacks} FROM {record.table} p"
        f" WHERE {record.counted} AND ({condition}) ORDER BY {record.order}",
        _bounds(chosen),
    ).fetchall()
    rows = []
    for values in found:
        cells = list(values[:width])
        if noun != "product" and cells[3] is not None:
            cells[3] = money_text(cells[3], cells[4])
        missing = [one.key for one, is_lacking in zip(asked, values[width:], strict=True)
                   if is_lacking]  # fmt: skip
        place = [column.key for column in record.columns].index("missing")
        rows.append((*cells[:place], missing, *cells[place:]))
    return rows


def _as_mapping(noun: str, row: Sequence[Any]) -> dict[str, Any]:
    return {column.key: value for column, value in zip(RECORDS[noun].columns, row, strict=True)}


def explained(session: Session, noun: str, chosen: Chosen, cell: Cell) -> Found:
    """Return the records behind a figure, as of contacts. Raises InvalidValue."""
    everything = fields_of(session, noun)
    asked = asked_for(noun, everything)
    condition = "1"
    if cell.row == ALL:
        check_column(cell.column, ("complete", "records", "rate"), "completeness")
        if cell.column != "records":
            condition = complete(asked)
    else:
        asked = [named(everything, cell.row, noun)]
        check_column(cell.column, ("filled", "missing", "rate", "records"), "completeness")
        if cell.column != "records":
            is_missing = cell.column == "missing"
            condition = f"NOT ({asked[0].filled})" if is_missing else asked[0].filled
    rows = _listed(_reader(session, chosen), chosen, noun, asked, condition)
    columns = RECORDS[noun].columns
    table = Table(noun=noun, columns=columns, rows=rows, id_key=columns[0].key)
    notes = [*_outside(session, chosen, noun), f"Left out: {RECORDS[noun].left_out}."]
    return Found(table, notes)
