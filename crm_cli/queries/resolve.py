"""Naming a record: from what a person typed to the one record that is meant.

Digits are an id; with ``@`` an e-mail; ``+`` or seven digits and more a phone if no such id;
``system:value`` or any external id of that value; else a unique part of a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from crm_cli.session import Session

CANDIDATES = 20
"""So many of the records that a name may mean are listed."""


def number(text: str) -> int | None:
    """Return the id that ``42`` or ``#42`` is, None for anything else (``042`` included)."""
    digits = text.removeprefix("#")
    if digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) <= 18:
        return int(digits)
    return None


def typed(text: str, what: str) -> str:
    """Return a typed name without blanks around it. Raises InvalidValue for bytes that are no
    text: SQLite could not be asked for them."""
    if not text.isascii():
        from crm_cli.domain.values import read_text

        read_text(text, what)
    return text.replace("\0", "").strip()


def country_for(session: Session, text: str) -> str | None:
    """Return the business's country where ``text`` may be a phone number, else None.

    Most names are none, and reading the settings costs a statement.
    """
    return (session.setting("country") or None) if _is_phone(text.strip()) else None


def contact_id(
    connection: sqlite3.Connection,
    text: str,
    *,
    country: str | None = None,
    archived: bool = False,
) -> int:
    """Return the id of the one contact that ``text`` names.

    ``country`` is where a phone number without ``+`` belongs. Of several the living ones are
    meant, with ``archived`` the archived ones. Raises NotFound (with the
    nearest names), Ambiguous (with the candidates), or UsageError for ``-``.
    """
    who = typed(text, "contact's name")
    if who == "-":
        raise errors.UsageError(
            "one contact is meant here, and - reads ids from stdin",
            hint="name the contact; with xargs: crm contact list -f ids | xargs -I WHO crm ...",
        )
    if (wanted := number(who)) is not None and store.exists(connection, wanted):
        return wanted
    for ids in _ways(connection, who, country, archived=archived):
        if len(ids) == 1:
            return ids[0]
        if ids:
            raise errors.Ambiguous(
                f"{who!r} may be any of {len(ids)} contacts",
                hint="name one by its id",
                candidates=store.labels(connection, ids[:CANDIDATES]),
            )
    raise errors.NotFound(f"no contact {who!r}", hint=_hint(connection, who))


def _ways(
    connection: sqlite3.Connection, who: str, country: str | None, *, archived: bool
) -> Iterator[list[int]]:
    """Yield the ids each way of reading finds, in the order of precedence."""
    from crm_cli.domain.values import fold, search_key

    if who.startswith("#") and number(who) is not None:
        return
    yield from addressed(connection, who, country, archived=archived)
    # A number that is nobody's id is at most a whole name, never a part of one: a script's
    # stale id must not hit whoever has these digits in theirs.
    if fold(who):
        is_id = number(who) is not None
        keys = search_key(who).split("\n")
        if len(keys) == 1:
            yield store.ids_by_name(connection, keys[0], archived=archived, whole=is_id)
            return
        for whole in (True, False):  # Müller is Mueller too: whole names of both come first
            found = {
                contact_id
                for key in keys
                for contact_id in store.ids_by_name(connection, key, archived=archived, whole=whole)
            }
            yield sorted(found)


def addressed(
    connection: sqlite3.Connection, who: str, country: str | None, *, archived: bool
) -> Iterator[list[int]]:
    """Yield the contacts with this e-mail, phone and external id, as far as it may be one."""
    from crm_cli.domain.values import read_email, read_phone

    if "@" in who:
        try:
            yield store.ids_by_email(connection, read_email(who), archived=archived)
        except errors.InvalidValue:
            pass
    if _is_phone(who):
        try:
            yield store.ids_by_phone(connection, read_phone(who, country), archived=archived)
        except errors.InvalidValue:
            pass
    system, colon, value = who.partition(":")
    if colon and system and value:
        from crm_cli.domain.contact import plain_number

        kept = plain_number(system, value)
        yield store.ids_by_external_id(connection, kept, system, archived=archived)
    if who:
        yield store.ids_by_external_id(connection, who, archived=archived)


def _is_phone(who: str) -> bool:
    digits = sum(char.isdigit() for char in who)
    return digits >= (3 if who.startswith("+") else 7) and all(
        char.isdigit() or char in "+ ()./-" for char in who
    )


def _hint(connection: sqlite3.Connection, who: str) -> str:
    from crm_cli.domain.values import fold

    trashed = store.trashed_like(connection, who)
    if trashed is not None:
        return f"it lies in the trash: crm trash restore {trashed}"
    if number(who) is not None:
        return "see crm contact list"
    near = nearest(fold(who), store.names(connection))
    if not near:
        return "see crm contact list; somebody new comes in by crm contact add NAME"
    names = store.brief(connection, [found for _, found in near])
    return "did you mean " + ", ".join(f"{names[found]} (#{found})" for _, found in near) + "?"


def nearest(wanted: str, names: list[tuple[str, int]], count: int = 3) -> list[tuple[str, int]]:
    """Return the (folded name, id) pairs most like ``wanted``, at least somewhat alike."""
    if not wanted or not names:
        return []
    from rapidfuzz import fuzz, process

    found = process.extract(
        wanted, [name for name, _ in names], scorer=fuzz.ratio, limit=count, score_cutoff=60
    )
    return [names[index] for _, _, index in found]


def product_id(connection: sqlite3.Connection, text: str) -> int:
    """Return the id of the one product that ``text`` names: id, SKU, name, part of a name.

    Raises NotFound (with the nearest names) or Ambiguous (with the candidates).
    """
    found = product_or_none(connection, text)
    if found is not None:
        return found
    from crm_cli.domain.values import fold
    from crm_cli.store import products

    hint = "see crm product list"
    if number(text.strip()) is None:
        near = nearest(fold(text), products.names(connection))
        if near:
            labels = products.labels(connection, [found for _, found in near])
            shown = ", ".join(f"{label['name']} (#{label['id']})" for label in labels)
            hint = f"did you mean {shown}?"
    raise errors.NotFound(f"no product {text.strip()!r}", hint=hint)


def product_or_none(
    connection: sqlite3.Connection, text: str, *, whole: bool = False
) -> int | None:
    """Return what ``product_id`` does, None where it finds nothing.

    ``whole``: a part of a name is not enough. Raises Ambiguous; NotFound for ``#42`` that is
    no product.
    """
    from crm_cli.domain.values import fold
    from crm_cli.store import products

    what = typed(text, "product's name")
    wanted = number(what)
    if wanted is not None and products.exists(connection, wanted):
        return wanted
    if wanted is not None and what.startswith("#"):
        raise errors.NotFound(f"no product {what!r}", hint="see crm product list")
    ways = [products.ids_by_sku(connection, what)] if what else []
    if fold(what):
        # As for contacts: a number that is no id is at most a whole name.
        whole = whole or wanted is not None
        ways.append(products.ids_by_name(connection, fold(what), whole=whole))
    for ids in ways:
        if len(ids) == 1:
            return ids[0]
        if ids:
            raise errors.Ambiguous(
                f"{what!r} may be any of {len(ids)} products",
                hint="name one by its id or SKU",
                candidates=products.labels(connection, ids[:CANDIDATES]),
            )
    return None


def purchase_id(connection: sqlite3.Connection, text: str, *, sale: bool = False) -> int:
    """Return the id of the one purchase that ``text`` names: id, external id, order number.

    ``sale``: of several the sales are meant; returns have their order's number too. Raises
    NotFound or Ambiguous (the lines of an order).
    """
    from crm_cli.store import purchases

    ids = purchase_ids(connection, text)
    if sale and len(ids) > 1:
        ids = purchases.sales_among(connection, ids) or ids
    if len(ids) == 1:
        return ids[0]
    raise errors.Ambiguous(
        f"{text.strip()!r} may be any of {len(ids)} purchases",
        hint="name one by its id",
        candidates=purchases.labels(connection, ids[:CANDIDATES]),
    )


def purchase_ids(connection: sqlite3.Connection, text: str) -> list[int]:
    """Return the ids of the purchases that ``text`` names: several have the number of an order.

    Raises NotFound.
    """
    from crm_cli.store import purchases

    what = typed(text, "purchase's number")
    wanted = number(what)
    if wanted is not None and purchases.row(connection, wanted) is not None:
        return [wanted]
    ids = [] if not what or what.startswith("#") else purchases.ids_by_reference(connection, what)
    if not ids:
        raise errors.NotFound(f"no purchase {what!r}", hint="see crm purchase list")
    return ids


def lead_id(connection: sqlite3.Connection, text: str, *, country: str | None = None) -> int:
    """Return the id of the one lead that ``text`` names (see ``resolve_leads``).

    Raises NotFound (with the nearest titles) or Ambiguous (with the candidates).
    """
    from crm_cli.queries import resolve_leads

    return resolve_leads.lead_id(connection, text, country=country)
