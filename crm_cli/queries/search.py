"""Full-text search over contacts, products, purchases, interactions and leads, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import search as domain
from crm_cli.domain.values import fold, read_text
from crm_cli.result import Column, Kind, Level, Message, Result, Table
from crm_cli.store import search as store
from crm_cli.store.search_texts import CODES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from crm_cli.session import Session

COLUMNS = (
    Column("type", "Type"),
    Column("id", "ID", Kind.ID),
    Column("name", "Name"),
    Column("snippet", "Found"),
    Column("found_in", "Found in", Kind.LIST),
    Column("contact", "Contact"),
)
SHOWN = ("type", "id", "name", "snippet")
"""What people see; the contact too, where purchases, talks or leads are among what was found."""

LEAST_ALIKE = 70
"""Of a hundred: how alike a word must be to be suggested."""


def read_kinds(text: str | None) -> tuple[str, ...]:
    """Return the record types that ``--in`` names, all without it. Raises InvalidValue."""
    if text is None:
        return tuple(CODES)
    named = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in named:
        if name not in CODES:
            from difflib import get_close_matches

            near = get_close_matches(name, CODES, 1)
            raise errors.InvalidValue(
                f"there is no record type {name!r} to search in",
                hint=(f"did you mean {near[0]}? " if near else "")
                + f"record types are {', '.join(CODES)}",
            )
    if not named:
        raise errors.InvalidValue("--in names no record type", hint="write --in contact,product")
    return tuple(kind for kind in CODES if kind in named)


def search(
    session: Session, words: Sequence[str], *, within: str | None, archived: bool | None,
    limit: int | None, for_ids: bool = False, ids_only: bool = False, where: str | None = None,
) -> Result:  # fmt: skip
    """Return the records that have every word, best first: by their names, whole words before
    beginnings, then anywhere.

    ``within`` lists record types; ``archived`` is False for records in use, True for archived
    contacts and retired products, None for both. Where no word begins so, what stands within
    words is found, and then a part of a phone number. ``where`` leaves of it the records for which
    a filter holds, of the types that have its fields. ``for_ids`` refuses several record types;
    with ``ids_only`` the table has no more than the ids. Raises InvalidValue and UsageError.
    """
    kinds, chosen = read_kinds(within), None
    messages: list[Message] = []
    if where is not None:
        from crm_cli.queries import search_filter

        chosen = search_filter.choose(session, kinds, where, messages)
        kinds, archived = chosen.kinds, None if chosen.tells_hidden else archived
    if for_ids and where is None:
        # Many types may have the fields of a filter, and records of one be found.
        _tell_apart(kinds)
    text = read_text(" ".join(words), "search text")
    if not text:
        raise errors.UsageError("there is nothing to search for", hint="crm search WORD...")
    query = domain.parse(text)
    searcher = _Searcher(session.reader, query, kinds, archived)
    found = searcher.by_any_way(limit if chosen is None else None, messages)
    if not found:
        messages.append(_hint(searcher.advice()))
    elif chosen is not None:
        met = [key for key in found if store.split(key) in chosen.records]
        if not met:
            messages.append(_hint(f"{len(found)} found for {text!r}, none where {where}"))
        found = met[:limit]
    if for_ids:
        kinds = _tell_apart(tuple(dict.fromkeys(store.split(key)[0] for key in found)) or kinds[:1])
    if ids_only:
        # Words marked in a hundred thousand texts, for nobody to see, took most of the time.
        rows = [store.split(key) for key in found]
        ids = Table(noun="", columns=COLUMNS[:2], rows=rows)
        return Result(body=ids, messages=messages)
    return Result(body=_table(session.reader, found, searcher.query, kinds), messages=messages)


def _tell_apart(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one record type of which ids are wanted. Raises UsageError for several."""
    if len(kinds) > 1:
        raise errors.UsageError(
            "ids of several record types cannot be told apart",
            hint="name one: --in contact, --in purchase ...",
        )
    return kinds


def _hint(text: str) -> Message:
    return Message(text, Level.HINT)


class _Searcher:
    """One search: what is asked, of which records."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        query: domain.Query,
        kinds: Sequence[str],
        archived: bool | None,
    ) -> None:
        self.connection = connection
        self.query = query
        self.kinds = kinds
        self.archived = archived

    def _keys(self, **asked: Any) -> list[int]:
        asked = {"archived": self.archived, **asked}
        return store.keys(self.connection, self.kinds, **asked)

    def _ways(self) -> Iterator[dict[str, Any]]:
        """Yield what is asked of the index, best first; a later way finds more."""
        query = self.query
        if query.terms:
            for column in ("name", None):
                for prefix in (False, True):
                    yield {"match": domain.match(query.terms, prefix=prefix, column=column)}
        if query.digits:
            others = domain.match(query.others, prefix=True) if query.others else None
            yield {"match": others, "digits": query.digits}
        if query.is_unspaced:
            yield {"within": self._parts()}

    def by_any_way(self, limit: int | None, messages: list[Message]) -> list[int]:
        """Return what was found by words, else within words, else by a part of a phone number,
        with a remark about that; ``query`` is then the one that found it."""
        text = self.query.text
        found = self.found(limit)
        if not found:
            found = self.inside(limit)
            if found and self.query.terms and not self.query.is_unspaced:
                messages.append(_hint(f"no word begins with {text!r}: these contain it"))
        if not found and self.query.bit:
            self.query = self.query._replace(digits=self.query.bit, others=())
            found = self.of_phones(limit)
            if found:
                said = f"nothing begins with {text!r}: these phone numbers contain it"
                messages.append(_hint(said))
        return found

    def found(self, limit: int | None) -> list[int]:
        """Return the keys of what was found by words, best first."""
        found: dict[int, None] = {}
        for way in self._ways():
            if limit is not None and len(found) >= limit:
                break
            # What a way before found may come again.
            most = None if limit is None else limit + len(found)
            found |= dict.fromkeys(self._keys(**way, limit=most))
        return list(found)[:limit]

    def inside(self, limit: int | None) -> list[int]:
        """Return the keys of the records that hold every word anywhere."""
        parts = self._parts()
        return self._keys(within=parts, limit=limit) if parts else []

    def of_phones(self, limit: int | None) -> list[int]:
        """Return the keys of the contacts that have the digits in a phone number."""
        return self._keys(digits=self.query.digits, limit=limit)

    def _parts(self) -> list[tuple[str, str]]:
        texts = [term.text for term in self.query.terms] or self.query.signs
        return [(text.lower(), fold(text) or text) for text in texts]

    # -- nothing found ------------------------------------------------------------------------

    def advice(self) -> str:
        """Return what may help: other records that have it, or the nearest words."""
        text = self.query.text
        nothing = f"nothing found for {text!r}"
        if not self.query.terms and not self.query.signs:
            return f"{nothing}: it holds no letter and no digit"
        if self.archived is False:
            for way in self._ways():
                if self._keys(**way, archived=True, limit=1):
                    return f"{nothing}; archived or retired records have it: add --all"
        meant = self._meant()
        if meant is None:
            apart = " together" if len(self.query.terms) > 1 else ""
            return nothing if not apart else f"{nothing}: no record has these words{apart}"
        if fold(meant) == fold(text):
            return f"{nothing} in {', '.join(self.kinds)}; records of another type have it"
        return f"{nothing}; did you mean {meant!r}?" if meant else nothing

    def _meant(self) -> str | None:
        """Return the text with its unknown words replaced by the nearest there are; empty
        where there is none, None where every word is known."""
        unknown = [
            term for term in self.query.terms
            if not self._keys(match=domain.match([term], prefix=True), archived=None, limit=1)
        ]  # fmt: skip
        if not unknown:
            return None
        words = store.words(self.connection)
        text = self.query.text
        for term in unknown:
            nearest = _nearest(domain.folded_words(term.text), words)
            if nearest is None:
                return ""
            text = text.replace(term.text, nearest)
        return text


def _nearest(sought: Sequence[str], words: Sequence[tuple[str, int]]) -> str | None:
    """Return the words with each that is not there replaced by the one most like it, the more
    frequent of equals; None where nothing is like one of them."""
    from rapidfuzz import fuzz, process

    there = dict(words)
    found = []
    for word in sought:
        if word in there:
            found.append(word)
            continue
        near = process.extract(
            word, list(there), scorer=fuzz.ratio, limit=10, score_cutoff=LEAST_ALIKE
        )
        if not near:
            return None
        found.append(max(near, key=lambda match: (match[1], there[match[0]]))[0])
    return " ".join(found)


# -- what is shown ----------------------------------------------------------------------------


def _table(
    connection: sqlite3.Connection, found: Sequence[int], query: domain.Query,
    kinds: Sequence[str],
) -> Table:  # fmt: skip
    records = {key: store.split(key) for key in found}
    texts = store.texts(connection, found)
    numbers: dict[int, list[str]] = {}
    if query.digits:
        ids = [record_id for kind, record_id in records.values() if kind == "contact"]
        for contact_id, phone in store.phones(connection, ids):
            numbers.setdefault(contact_id, []).append(phone)
    purchases = _purchases(connection, [i for kind, i in records.values() if kind == "purchase"])
    talks = _talks(connection, [i for kind, i in records.values() if kind == "interaction"])
    leads = _leads(connection, [i for kind, i in records.values() if kind == "lead"])
    rows = []
    for key, (kind, record_id) in records.items():
        name, body = texts[key]
        pieces = store.pieces(kind, name, body)
        contact = None
        if kind == "contact":
            pieces += [("phones", phone) for phone in numbers.get(record_id, ())]
        elif kind == "purchase":
            name, contact = purchases[record_id]
        elif kind == "interaction":
            name, contact = talks[record_id]
        elif kind == "lead":
            contact = leads[record_id]
        fields, snippet = domain.snippet(pieces, query)
        rows.append((kind, record_id, name, snippet, fields, contact))
    shown = (*SHOWN, "contact") if purchases or talks or leads else SHOWN
    # Said already, and better.
    noun = "result" if rows else ""
    id_key = "id" if len(kinds) == 1 else "none"
    return Table(noun=noun, columns=COLUMNS, rows=rows, id_key=id_key, default_columns=shown)


def _purchases(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return purchase -> (what was bought, by whom)."""
    if not ids:
        return {}
    from crm_cli.store import purchases

    found = {}
    for start in range(0, len(ids), 500):
        for label in purchases.labels(connection, ids[start : start + 500]):
            what = label["product"] or f"purchase {label['id']}"
            found[label["id"]] = (what, label["contact"])
    return found


def _talks(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return interaction -> (channel and day, with whom)."""
    if not ids:
        return {}
    from crm_cli.store import interactions

    found = {}
    for label in interactions.labels(connection, ids):
        what = label["subject"] or f"{label['channel']} {label['at'][:10]}"
        found[label["id"]] = (what, label["contact"])
    return found


def _leads(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return lead -> with whom."""
    if not ids:
        return {}
    from crm_cli.store import lead_names

    return {label["id"]: label["contact"] for label in lead_names.labels(connection, ids)}
