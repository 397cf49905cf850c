"""The records of an export, some hundred at a time, and the rows of our own layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli.exchange.cells import join_list
from crm_cli.store import exports as store
from crm_cli.store import fields

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from crm_cli.store.filters import Chosen

Rows = tuple[list[str], "Iterable[Mapping[str, Any]]"]

# -- contacts -------------------------------------------------------------------------------------


def contact_records(
    connection: sqlite3.Connection, today: str = "9999-12-31", only: Chosen | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield full records; their figures count nothing after ``today``."""
    from crm_cli.queries.contacts import kept_lines, record_values
    from crm_cli.queries.customers import keep_to
    from crm_cli.store.contacts import parts

    for ids in store.ids(connection, "contacts", only):
        found = parts(connection, ids)
        others = {
            other
            for part in found
            for other in (
                part.row["company_id"],
                part.row["referred_by_id"],
                *(tie["other_id"] for tie in part.relations),
            )
            if other
        }
        uids = store.uids(connection, "contacts", sorted(others))
        for part in found:
            keep_to(connection, part, today)
            values = record_values(part)
            values["company_uid"] = uids.get(part.row["company_id"])
            values["referred_by_uid"] = uids.get(part.row["referred_by_id"])
            for tie in values["relations"]:
                tie["other_uid"] = uids.get(tie["other_id"])
            if kept := kept_lines(part):
                values["vcard_properties"] = kept
            yield values


def _contact_rows(connection: sqlite3.Connection, only: Chosen | None) -> Rows:
    emails, phones, addresses, links = (
        store.most_entries(connection, table)
        for table in ("emails", "phones", "addresses", "links")
    )
    raw = ("", "_raw", "_label") if store.has_other_raw(connection) else ("", "_label")
    twins = store.has_twin_companies(connection)
    header = ["id", "uid", "kind", "name", "first_name", "last_name", "company"]
    header += ["company_uid"] if twins else []
    header += ["job_title", "role"]
    header += _numbered("email", max(emails, 1), ("", "_label"))
    header += _numbered("phone", max(phones, 1), raw)
    for number in range(1, max(addresses, 1) + 1):
        tail = "" if number == 1 else f"_{number}"
        header += [f"{part}{tail}" for part in ("street", "city", "region", "postcode", "country")]
        header.append(f"address{tail}_label")
    header += _numbered("link", links, ("", "_label"))
    header += [
        "birthday", "language", "tags", "source", "campaign", "owner", "referred_by_uid",
        "external_ids", "notes", "created_at", "updated_at", "archived_at",
    ]  # fmt: skip
    for name, table in (
        ("consents", "consent_events"), ("relations", "relations"),
        ("vcard_properties", "contact_properties"),
    ):  # fmt: skip
        header += [name] if store.count(connection, table) else []
    header += fields.export_columns(connection, "contact")
    return header, (_contact_row(record) for record in contact_records(connection, only=only))


def _numbered(name: str, count: int, tails: Sequence[str]) -> list[str]:
    return [
        f"{name}{tail}" if number == 1 else f"{name}_{number}{tail}"
        for number in range(1, count + 1)
        for tail in tails
    ]


_TIE = ("other_uid", "other", "kind", "title", "started_on", "ended_on")


def _contact_row(record: Mapping[str, Any]) -> dict[str, Any]:
    from crm_cli.exchange.json_lines import flatten

    row: dict[str, Any] = flatten(
        {name: record[name] for name in ("emails", "phones", "addresses", "links")}
    )
    row.update({name: value for name, value in record.items() if not isinstance(value, list)})
    row["tags"] = join_list(record["tags"])
    row["external_ids"] = join_list(record["external_ids"])
    ties = [{name: tie[name] for name in _TIE if tie[name]} for tie in record["relations"]]
    row["relations"] = json.dumps(ties, ensure_ascii=False) if ties else ""
    consents = [{name: text for name, text in x.items() if text} for x in record["consents"]]
    row["consents"] = json.dumps(consents, ensure_ascii=False) if consents else ""
    kept = record.get("vcard_properties")
    row["vcard_properties"] = json.dumps(kept, ensure_ascii=False) if kept else ""
    return {**row, **record["fields"]}


# -- products and purchases -----------------------------------------------------------------------


def _product_records(
    connection: sqlite3.Connection, only: Chosen | None
) -> Iterator[Mapping[str, Any]]:
    from crm_cli.queries.products import record_values
    from crm_cli.store.products import rows

    for ids in store.ids(connection, "products", only):
        values = fields.objects(connection, "product", ids)
        for row in rows(connection, store.AMONG, {"ids": json.dumps(ids)}):
            yield {**record_values(row), "fields": values[row["id"]]}


def _flat(records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield records with a key for each custom field."""
    return ({**record, **record["fields"]} for record in records)


def _product_rows(connection: sqlite3.Connection, only: Chosen | None) -> Rows:
    header = [
        "id", "uid", "sku", "name", "category", "price", "currency", "service_interval", "active",
        *fields.export_columns(connection, "product"),
    ]  # fmt: skip
    return header, _flat(_product_records(connection, only))


def purchase_records(
    connection: sqlite3.Connection, only: Chosen | None
) -> Iterator[Mapping[str, Any]]:
    """Yield full records of purchases and returns."""
    from crm_cli.queries.purchases import record_values
    from crm_cli.store.purchases import flat_rows

    for ids in store.ids(connection, "purchases", only):
        among = {"ids": json.dumps(ids)}
        links = store.purchase_links(connection, among)
        custom = fields.objects(connection, "purchase", ids)
        for row in flat_rows(connection, store.AMONG, among):
            values = record_values(row)
            contact, returned, product = links[values["id"]]
            yield {
                **values,
                "contact_uid": contact,
                "returns_uid": returned,
                "product_uid": product,
                "fields": custom[values["id"]],
            }


def _purchase_rows(connection: sqlite3.Connection, only: Chosen | None) -> Rows:
    header = [
        "id", "uid", "on", "contact", "contact_uid", "order_number", "kind", "product", "sku",
        "description", "quantity", "amount", "currency", "channel", "campaign", "external_id",
        "returns_uid", *fields.export_columns(connection, "purchase"),
    ]  # fmt: skip
    return header, _flat(purchase_records(connection, only))


RECORDS: dict[str, Callable[[sqlite3.Connection, Chosen | None], Iterator[Mapping[str, Any]]]] = {
    "product": _product_records,
    "purchase": purchase_records,
}
LAYOUTS: dict[str, Callable[[sqlite3.Connection, Chosen | None], Rows]] = {
    "contact": _contact_rows,
    "product": _product_rows,
    "purchase": _purchase_rows,
}
