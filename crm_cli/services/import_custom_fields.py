"""Custom fields in an import: which columns hold their values, how a cell is read, and the fields
that ``--keep-unknown`` makes of columns nobody knows.

A file's own names come first: only a column that means nothing else is looked up here, by the
field's name (``size``, ``field:size``), its label, or for money ``budget_currency``.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.custom_field import COLUMN_OF, Field, Value, key_of, read_value
from crm_cli.domain.field_checks import check
from crm_cli.domain.values import fold, read_currency, read_text, search_key
from crm_cli.exchange.columns import field_target, read_maps
from crm_cli.services.fields import read as typed_value
from crm_cli.services.import_values import DateReader, plain_amount, problem
from crm_cli.services.importing import RowProblem
from crm_cli.store import fields as store
from crm_cli.store import import_contact_merge as merged
from crm_cli.store import import_fields as staged
from crm_cli.store import picklists

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Container, Iterable, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit

PREFIX = "field:"
_ROWS_OF = {"product": "s_items", "purchase": "s_purchases", "lead": "l_leads"}


MOST_KNOWN = 20_000
"""Cells whose value is kept at most: few words stand in most columns again and again."""

LONGEST_KNOWN = 40
"""Characters of such a cell at most."""


class Column(NamedTuple):
    """A column of the file that holds a field's values; ``currency_at`` is -1 without one."""

    at: int
    field: Field
    choose: Callable[[str], str]
    currency_at: int = -1


def split_maps(noun: str, maps: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Return the ``--map`` options without those that may name a custom field, for which the
    column is left out; and these: column -> name."""
    own, custom = [], {}
    for text in maps:
        column, equals, name = text.rpartition("=")
        bare = name.strip()
        if equals and bare not in {"", "ignore"} and field_target(noun, bare) is None:
            custom[column.strip().lower()] = bare
            own.append(f"{column}=")
        else:
            own.append(text)
    return own, custom


class CustomColumns:
    """What an import knows of custom fields; falsy where the file and the owner have none."""

    def __init__(self, job: Job, maps: dict[str, str]) -> None:
        self.job = job
        request, connection = job.request, job.session.writer
        self.noun = request.noun
        self.known = store.fields(connection, self.noun)
        self.keys = {field.id: field.key for field in self.known}
        self.made: list[Field] = []
        self.created: list[str] = []
        """The names of the fields that ``--keep-unknown`` made."""
        self.columns: list[Column] = []
        self.cells_read: dict[tuple[int, str], tuple[Any, ...]] = {}
        """(column, cell) -> what it was read as."""
        self.required = store.required(connection, self.noun) if request.require_complete else []
        self.checks = {field.key: field for field in store.checked(connection, self.noun)}
        """The record's own fields that have an entry check."""
        self.unique: list[Field] = []
        """Fields that the file fills and of which no two records share a value."""
        if not (self.known or maps or request.keep_unknown):
            self.presets: list[tuple[Field, Value]] = []
            return
        self.dates = DateReader(job.session.zone, request.dates or job.session.date_order)
        self.currency = (request.currency or job.session.setting("currency")).upper()
        header = job.table.header
        self._adopt(header, maps)
        if request.keep_unknown:
            self._keep(header)
        self.unique = [column.field for column in self.columns if column.field.is_unique]
        self.presets = [
            (field, typed_value(job.session, connection, field, field.preset, []))
            for field in self.known
            if field.preset is not None
        ]

    def __bool__(self) -> bool:
        return bool(self.columns or self.presets or self.required or self.checks)

    # -- columns ----------------------------------------------------------------------------

    def _adopt(self, header: Sequence[str], maps: dict[str, str]) -> None:
        """Find the columns that hold known fields."""
        plan = self.job.plan
        for at in plan.translated:
            if plan.preset is None and self._named(header[at]) is not None:
                plan.unknown.append(header[at])
                del plan.targets[at]
        places = {
            at: title
            for at, title in enumerate(header)
            if title in plan.unknown and at not in plan.targets
        }
        for at, title in enumerate(header):
            name = maps.get(title.strip().lower())
            if name is not None:
                if self._named(name) is None and not self._money_of(name):
                    read_maps(self.noun, header, [f"{title}={name}"])  # raises, with the nearest
                places[at] = name
        taken = set()
        currencies: dict[str, int] = {}
        for at, name in places.items():
            field = self._named(name)
            if field is None:
                if money := self._money_of(name):
                    currencies[money] = at
                    taken.add(at)
            else:
                self.columns.append(Column(at, field, self._chooser(field)))
                taken.add(at)
        self.columns = [
            column._replace(currency_at=currencies.get(column.field.key, -1))
            for column in self.columns
        ]
        self.unknown = [at for at in places if at not in taken]
        plan.unknown = [header[at] for at in self.unknown]

    def _named(self, name: str) -> Field | None:
        """Return the field of this name or label that no column fills yet."""
        key, word = key_of(_bare(name)), fold(_bare(name))
        filled = {column.field for column in self.columns}
        known = [field for field in self.known if field not in filled]
        for field in known:
            if field.key == key:
                return field
        return next((field for field in known if fold(field.label) == word), None)

    def _money_of(self, name: str) -> str | None:
        """Return the key of the field whose currency a column of this name holds."""
        stem, _, rest = key_of(_bare(name)).rpartition("_")
        is_money = any((field.key, field.kind) == (stem, "money") for field in self.known)
        return stem if rest == "currency" and is_money else None

    def _keep(self, header: Sequence[str]) -> None:
        """``--keep-unknown``: make a field of text of every column nobody knows."""
        from crm_cli.services.fields_define import is_reserved

        plan = self.job.plan
        used = {field.key for field in store.everything(self.job.session.writer)
                if field.noun == self.noun}  # fmt: skip
        for at in self.unknown:
            label = read_text(_bare(header[at]), "column")
            key = key_of(label) or f"column_{at + 1}"
            key = f"{key}_field" if is_reserved(self.noun, key) else key
            number, stem = 2, key
            while key in used:
                key, number = f"{stem}_{number}", number + 1
            used.add(key)
            field = Field(
                id=-len(self.made) - 1, noun=self.noun, key=key, label=label, kind="text",
                preset=None, note=None, position=0, is_required=0, is_retired=0,
            )  # fmt: skip
            self.made.append(field)
            self.columns.append(Column(at, field, str))
        plan.unknown = []

    def _chooser(self, field: Field) -> Callable[[str], str]:
        # What is retired is not offered, but records have it, and an export of them comes back.
        words: dict[str, str] = {}
        offered: set[str] = set()
        for with_retired in (False, True) if field.kind == "choice" else ():
            for key, label, aliases in picklists.values(
                self.job.session.writer, field.picklist, with_retired=with_retired
            ):
                if not with_retired:
                    offered.add(key)
                for word in (key, label, *aliases):
                    words.setdefault(fold(word), key)

        def choose(text: str) -> str:
            if fold(text) not in words:
                known = ", ".join(key for key in dict.fromkeys(words.values()) if key in offered)
                raise errors.InvalidValue(f"{text!r} is not a choice; it is one of {known}")
            key = words[fold(text)]
            if key not in offered:
                self.job.warnings.add("retired-choice", "choices that are retired were kept")
            return key

        return choose

    # -- cells ------------------------------------------------------------------------------

    def read(self, cells: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return (field id, text, folded, number, currency) of a row's values. Raises
        RowProblem."""
        found = []
        for number, column in enumerate(self.columns):
            cell = cells[column.at]
            if not cell:
                continue
            if known := self.cells_read.get((number, cell)):
                found.append(known)
            elif text := cell.strip():
                named = cells[column.currency_at].strip() if column.currency_at >= 0 else ""
                try:
                    value = (column.field.id, *self._value(column, text, named))
                except errors.InvalidValue as error:
                    error.message = error.message.removeprefix(f"{column.field.key}: ")
                    raise problem(column.field.key, error) from None
                except ValueError as error:
                    raise problem(column.field.key, error) from None
                found.append(value)
                # A choice may have to be warned of each time it is read, and a sum of money
                # means what the cell beside it says.
                if (
                    column.field.kind not in {"choice", "money"}
                    and len(cell) <= LONGEST_KNOWN and len(self.cells_read) < MOST_KNOWN
                ):  # fmt: skip
                    self.cells_read[number, cell] = value
        return found

    def _value(self, column: Column, text: str, named: str) -> Value:
        field, request = column.field, self.job.request
        if field.kind == "text":  # by far the most
            value = _text_value(text)
            if field.pattern is not None or field.max_length is not None:
                check(field, value)
            return value
        currency = self.currency
        if field.kind == "money" and named:
            currency = read_currency(named)
            text = plain_amount(text, currency)
        value = read_value(
            field, text, currency=currency, decimal=request.decimal,
            read_day=self.dates.day, choose=column.choose,
        )  # fmt: skip
        check(field, value)
        return value

    def refuse_own(self, key: str, text: str | None) -> None:
        """Refuse a row for the text of one of the record's own fields. Raises RowProblem."""
        if text and key in self.checks:
            field = self.checks[key]
            try:
                check(field, Value(text=text))
            except errors.InvalidValue as error:
                error.message = error.message.removeprefix(f"{key}: ")
                raise problem(key, error) from None

    # -- writing ----------------------------------------------------------------------------

    def settle(self, unit: Unit, taken: str) -> None:
        """Make the fields of ``--keep-unknown`` that a row fills, and name them in what is
        staged; ``taken`` selects the rows that are neither rejected nor passed over."""
        filled = staged.filled_fields(unit.connection, taken)
        position = store.next_position(unit.connection, self.noun)
        for field in self.made:
            if field.id not in filled:
                continue
            cells = {**field._asdict(), "position": position}
            del cells["id"]
            made = unit.insert("fields", **cells)
            self.created.append(field.key)
            self.keys[made] = field.key
            staged.rename_field(unit.connection, field.id, made)
            position += 1

    def write(self, unit: Unit) -> list[int]:
        """Put the values of products or purchases into the unit, once ``s_field_rows`` and
        ``s_field_new`` tell whose they are. Returns the rows that say something new of a known
        record."""
        connection, column = unit.connection, COLUMN_OF[self.noun]
        overwrite = self.job.request.on_match == "update"
        if self.job.request.on_match == "skip":
            staged.pass_over_known(connection)
        self.settle(unit, staged.TAKEN)
        if self.job.request.on_match == "fill":
            self._warn_kept(connection)
        for field, value in self.presets:
            staged.stage_preset(connection, "s_field_new", field.id, value)
        staged.stage_values(connection, column, overwrite=overwrite)
        count = staged.values_to_add(connection)
        if count:
            first = unit.draw("field_values", count)
            unit.insert_select(
                "field_values", ("id", column, *staged.VALUE), staged.NEW_VALUES,
                {"first": first}, first, count,
            )  # fmt: skip
        if merged.change_count(connection, "x_field_values"):
            unit.update_stream(
                "field_values", staged.VALUE[1:], merged.images(connection, "x_field_values"),
                merged.changed_rows(connection, "x_field_values"),
            )  # fmt: skip
        return staged.rows_with_news(connection, column, overwrite=overwrite)

    def _warn_kept(self, connection: sqlite3.Connection) -> None:
        """Say where a product or purchase keeps a value of which a row says otherwise."""
        rows = staged.kept_values(connection, COLUMN_OF[self.noun], _ROWS_OF[self.noun])
        for line, several in groupby(rows, key=itemgetter(0)):
            self.job.warnings.add(
                f"{self.noun}-fields-differ",
                f"the file says otherwise than the {self.noun} known in its custom fields, which"
                " were kept (--on-match update takes the file's)",
                line, fields=[self.keys[field_id] for _, field_id in several],
            )  # fmt: skip

    def refuse_incomplete(self, filled: Container[str], values: Sequence[tuple[Any, ...]]) -> None:
        """Refuse a row without what ``--require-complete`` asks for: ``filled`` are the record's
        own fields, ``values`` those of custom ones. Raises RowProblem."""
        told = {value[0] for value in values} | {field.id for field, _ in self.presets}
        for field in self.required:
            if field.key not in filled and field.id not in told:
                raise RowProblem(field.key, f"is empty; a {self.noun} needs it")


@lru_cache(maxsize=16384)
def _short_value(text: str) -> Value:
    return Value(text=text, folded=search_key(text))


def _text_value(text: str) -> Value:
    """Return the value of a field of text; short ones are said again and again."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(plain) <= 40:
        return _short_value(plain)
    return Value(text=plain, folded=search_key(plain))


def _bare(name: str) -> str:
    return name.strip()[len(PREFIX) :] if name.strip().lower().startswith(PREFIX) else name.strip()
