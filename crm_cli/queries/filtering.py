"""From a filter as typed to a condition for the store: fields found, values read.

``read`` is the one way in. What a value means depends on its field's kind and on the business:
its today, time zone, country and currency, the picklists and the words in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import filter_fields as domain
from crm_cli.domain.filter import Condition, Joined, Not, Value, parse, wrong
from crm_cli.domain.values import fold, search_key, stands_in
from crm_cli.queries import filter_values
from crm_cli.result import Level, Message
from crm_cli.store import filters as store
from crm_cli.store.filter_sources import custom_fields
from crm_cli.store.filter_sums import World, has_later
from crm_cli.store.filter_tests import Test
from crm_cli.store.filters import Group

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.domain.filter import Tree
    from crm_cli.domain.filter_fields import Field
    from crm_cli.session import Session
    from crm_cli.store.filters import Bound, Chosen


class Filter(NamedTuple):
    """A filter that is ready: its condition, the fields it names, and remarks for people."""

    chosen: Chosen
    fields: frozenset[str]
    remarks: list[Message]


def read(
    session: Session, noun: str, text: str | None, *, naming: str | None = None,
    segment: str | None = None, lenient: bool = False,
) -> Filter:  # fmt: skip
    """Read a filter of a record type; ``naming`` is the segment it is to be, which it cannot be
    made of. ``segment`` names one that narrows it further, or stands alone. ``lenient``: a word
    that nothing has yet is a remark; so it is for rules, which wait for what is to come.

    Raises InvalidValue, with the character it is about, for text that is no filter, a field
    that does not exist, a value that cannot be read, and a word (role, tag, owner ...) that is
    unknown.
    """
    reader = _Reader(session, noun)
    reader.is_lenient = lenient
    if naming is not None:
        reader.segments.append(naming)
    parts: list[Tree] = [] if text is None else [parse(text)]
    if segment is not None:
        parts.append(Condition("segment", 1, "=", (Value(segment, 1, is_quoted=True),)))
    tree = parts[0] if len(parts) == 1 else Joined("and", tuple(parts))
    bound = reader.bound(tree, is_negated=False)
    chosen = store.compiled(noun, bound, reader.world(), session.reader)
    return Filter(chosen, frozenset(reader.named), reader.remarks)


def fields_of(session: Session, noun: str) -> dict[str, Field]:
    """Return every field a filter of this record type may name, custom ones last."""
    found = domain.built_in(noun)
    for field_id, key, kind in custom_fields(session.reader, noun):
        detail = f"{noun}.{key}" if kind == "choice" else ""
        found.setdefault(key, domain.Field(key, _CUSTOM_KINDS[kind], detail, field_id))
    return found


_CUSTOM_KINDS = {
    "text": "folded", "link": "folded", "number": "quantity", "money": "money", "date": "day",
    "flag": "flag", "choice": "picklist",
}  # fmt: skip
_ENDS = {(False, True): "begins", (True, False): "ends", (True, True): "has"}


class _Reader:
    """Turns a tree of words into a tree of tests, negations pushed down to them."""

    def __init__(self, session: Session, noun: str) -> None:
        self.session = session
        self.noun = noun
        self.fields = fields_of(session, noun)
        self.named: set[str] = set()
        self.remarks: list[Message] = []
        self.segments: list[str] = []
        self.is_lenient = False
        self.words: dict[str, list[tuple[Any, str]]] = {}

    def bound(self, tree: Tree, *, is_negated: bool) -> Bound:
        if isinstance(tree, Not):
            return self.bound(tree.part, is_negated=not is_negated)
        if isinstance(tree, Joined):
            word = tree.word if not is_negated else {"and": "or", "or": "and"}[tree.word]
            parts = tuple(self.bound(part, is_negated=is_negated) for part in tree.parts)
            return Group(word, parts)
        return self.tested(tree, is_negated=is_negated)

    def tested(self, condition: Condition, *, is_negated: bool) -> Bound:
        field = domain.find(self.noun, self.fields, condition.field, condition.at)
        domain.check_sign(field, condition.sign, condition.at)
        self.named.add(field.name)
        if condition.sign in {"empty", "flag"} and field.kind not in {"overdue", "stale"}:
            return Test(field, condition.sign, is_negated=is_negated)
        if field.kind in {"overdue", "stale"}:
            return self.flagged(field, condition, is_negated=is_negated)
        if field.kind == "age":
            return self.age(field, condition, is_negated=is_negated)
        if field.kind == "segment":
            found = tuple(
                self.segment(field, value, is_negated=is_negated) for value in condition.values
            )
            return found[0] if len(found) == 1 else Group("and" if is_negated else "or", found)
        sign = "=" if condition.sign == "in" else condition.sign
        if len(condition.values) > 1 and field.kind in {"text", "word"}:
            # Read once for all values.
            self.words[field.name] = self.words_in_use(field)
        tests = []
        for value in condition.values:
            try:
                tests.append(self.test(field, sign, value))
            except errors.InvalidValue as error:
                if error.message.startswith("filter, "):
                    raise
                raise domain.bad_value(value.at, error) from None
        joined = _merged(tests)
        # "none of them" is "not one, and not the other".
        parts = tuple(test._replace(is_negated=test.is_negated != is_negated) for test in joined)
        return parts[0] if len(parts) == 1 else Group("and" if is_negated else "or", parts)

    def test(self, field: Field, sign: str, value: Value) -> Test:
        """Return the test of one value."""
        if not value.text.strip():
            raise wrong(value.at, "the value is empty", f"write {field.name} is empty")
        return _READERS[field.kind](self, field, sign, value)

    # -- text ---------------------------------------------------------------------------------

    def part_of(self, sign: str, value: Value) -> tuple[str, str]:
        """Return how a text is compared, and with what: ``Sm*`` is a beginning."""
        text = value.text.strip()
        if sign != "=":
            return ("has" if sign == "~" else sign), text
        if value.is_quoted or not text.strip("*"):
            return "in", text
        return _ENDS.get((text[0] == "*", text[-1] == "*"), "in"), text.strip("*")

    def text(self, field: Field, sign: str, value: Value) -> Test:
        """Text without a folded column: SQLite cannot fold, so the words in use are asked."""
        how, typed = self.part_of(sign, value)
        needle = fold(typed)
        known = self.words.get(field.name)
        if known is None:
            known = store.words(self.session.reader, self.noun, field, needle)
        found = [key for key, text in known if stands_in(how, needle, search_key(text).split("\n"))]
        if not found and how == "in":
            self.unknown(field, value, [text for _, text in self.words_in_use(field)])
        return Test(field, "in", tuple(found))

    def words_in_use(self, field: Field) -> list[tuple[Any, str]]:
        return store.words(self.session.reader, self.noun, field)

    def unknown(self, field: Field, value: Value, known: list[str]) -> None:
        """Say that nobody has a value: an error where it is one of a list, else a remark."""
        folded = {fold(word): word for word in known if len(word) < 100}
        near = domain.nearest(fold(value.text), folded)
        hint = near and near.replace(*_shown(near, folded))
        message = f"no {self.noun} has the {field.name.replace('_', ' ')} {value.text!r}"
        is_list = field.kind in {"word", "tag"} or field.detail == "strict"
        if known and is_list and not self.is_lenient:
            raise wrong(value.at, message, hint)
        self.remarks.append(Message(message + (f"; {hint}" if hint else ""), Level.WARNING))

    def folded(self, field: Field, sign: str, value: Value) -> Test:
        how, typed = self.part_of(sign, value)
        test = Test(field, how, (fold(typed),))
        if how == "in" and field.custom is None:
            strict = field.detail == "strict"
            if strict and not store.is_known(self.session.reader, self.noun, test):
                self.unknown(field, value, store.names(self.session.reader, self.noun, field))
        return test

    def tag(self, field: Field, sign: str, value: Value) -> Test:
        how, typed = self.part_of(sign, value)
        test = Test(field, how, (fold(typed),))
        if how == "in" and not store.is_known(self.session.reader, self.noun, test):
            self.unknown(field, value, [text for _, text in self.words_in_use(field)])
        return test

    def code(self, field: Field, sign: str, value: Value) -> Test:
        how, typed = self.part_of(sign, value)
        return Test(field, how, (typed,))

    def uid(self, field: Field, sign: str, value: Value) -> Test:
        del sign
        return Test(field, "in", (value.text.strip().lower(),))

    def email(self, field: Field, sign: str, value: Value) -> Test:
        how, typed = self.part_of(sign, value)
        if how != "in":
            return Test(field, how, (typed.lower(),))
        from crm_cli.domain.values import read_email

        return Test(field, how, (read_email(typed),))

    def phone(self, field: Field, sign: str, value: Value) -> Test:
        how, typed = self.part_of(sign, value)
        if how != "in":
            return Test(field, how, (filter_values.phone_part(typed, how),))
        from crm_cli.domain.values import read_phone

        return Test(field, how, (read_phone(typed, self.session.setting("country") or None),))

    def external(self, field: Field, sign: str, value: Value) -> Test:
        how, typed = self.part_of(sign, value)
        if how != "in":
            return Test(field, how, (typed,))
        system, colon, rest = typed.partition(":")
        return Test(field, how, ((typed, system if colon and rest else "", rest),))

    # -- lists --------------------------------------------------------------------------------

    def country(self, field: Field, sign: str, value: Value) -> Test:
        del sign
        known = [text for _, text in self.words_in_use(field)]
        found = filter_values.countries(value.text.strip(), known)
        return Test(field, "in", tuple(found))

    def currency(self, field: Field, sign: str, value: Value) -> Test:
        del sign
        from crm_cli.domain.values import read_currency

        return Test(field, "in", (read_currency(value.text),))

    def choice(self, field: Field, sign: str, value: Value) -> Test:
        del sign
        from crm_cli.domain.contact import choose

        return Test(field, "in", (choose(field.name, value.text, field.detail.split(",")),))

    def picklist(self, field: Field, sign: str, value: Value) -> Test:
        del sign
        from crm_cli.queries import picklists

        connection = self.session.reader
        key = picklists.choose(connection, field.detail, value.text, with_retired=True)
        return Test(field, "in", (key,))

    def flag(self, field: Field, sign: str, value: Value) -> Test:
        del sign
        return Test(field, "flag", is_negated=not filter_values.yes_or_no(value.text))

    def segment(self, field: Field, value: Value, *, is_negated: bool) -> Bound:
        """Put a saved segment's own conditions in its place, or the members of a built-in one."""
        from crm_cli.queries import segments
        from crm_cli.store.segments import saved

        key = fold(value.text)
        if key in self.segments:
            raise wrong(value.at, f"the segment {value.text} would be made of itself")
        found = saved(self.session.reader, key)
        if found is None:
            name = segments.rfm_name(self.session.reader, value.text)
            if name is None:
                hint = segments.near(self.session.reader, value.text)
                raise wrong(value.at, f"no segment {value.text!r}", hint)
            members = tuple(segments.rfm_ids(self.session, name))
            return Test(field, "in", members, is_negated=is_negated)
        self.segments.append(key)
        try:
            return self.bound(parse(found.expression), is_negated=is_negated)
        except errors.InvalidValue as error:
            raise wrong(value.at, f"segment {found.name}: {error.message}", error.hint) from None
        finally:
            self.segments.pop()

    def flagged(self, field: Field, condition: Condition, *, is_negated: bool) -> Bound:
        """Put in its place which follow-ups are overdue, which leads stale."""
        if condition.sign == "=":
            (value,) = condition.values
            try:
                is_negated = is_negated is filter_values.yes_or_no(value.text)
            except errors.InvalidValue as error:
                raise domain.bad_value(value.at, error) from None
        if field.kind == "stale":
            from crm_cli.queries import filter_leads

            found = filter_leads.stale(self.session)
            return filter_leads.opposite(found) if is_negated else found
        return self.overdue(is_negated=is_negated)

    def overdue(self, *, is_negated: bool) -> Bound:
        """Put in its place which follow-ups are: of today those whose time is past."""
        from crm_cli.queries.follow_ups import passed_today

        passed = ", ".join(map(str, passed_today(self.session)))
        of_today = f" or id in ({passed})" if passed else ""
        text = f"state = open and (due < {self.session.today.isoformat()}{of_today})"
        named = set(self.named)
        tree = self.bound(parse(text), is_negated=is_negated)
        self.named = named  # what it stands for was not said: the closed ones stay away
        return tree

    def stage(self, field: Field, sign: str, value: Value) -> Test:
        del sign
        from crm_cli.queries import filter_leads

        return filter_leads.stages(self.session, field, value)

    # -- what has an order --------------------------------------------------------------------

    def number(self, field: Field, sign: str, value: Value) -> Test:
        thousandths = filter_values.thousandths(value.text.strip().removeprefix("#"), value.text)
        return _ordered(field, sign, -(-thousandths // 1000), thousandths // 1000)

    def percent(self, field: Field, sign: str, value: Value) -> Test:
        from crm_cli.queries import filter_leads

        return _ordered(field, sign, *filter_leads.percent(value))

    def age(self, field: Field, condition: Condition, *, is_negated: bool) -> Bound:
        """Put in its place what begins on a day, or on the days between two."""
        from crm_cli.queries import filter_leads

        sign = "=" if condition.sign == "in" else condition.sign
        found = []
        for value in condition.values:
            try:
                found.append(filter_leads.age(self.session, field, sign, value))
            except errors.InvalidValue as error:
                raise domain.bad_value(value.at, error) from None
        whole = found[0] if len(found) == 1 else Group("or", tuple(found))
        return filter_leads.opposite(whole) if is_negated else whole

    def quantity(self, field: Field, sign: str, value: Value) -> Test:
        thousandths = filter_values.thousandths(value.text.strip(), value.text)
        return _ordered(field, sign, thousandths, thousandths)

    def money(self, field: Field, sign: str, value: Value) -> Test:
        """Read an amount of rows that have a currency each: without one any is meant."""
        amount, currency = filter_values.money(value.text)
        return _ordered(field, sign, amount, amount)._replace(currency=currency)

    def revenue(self, field: Field, sign: str, value: Value) -> Test:
        amount, currency = filter_values.money(value.text)
        mine = filter_values.revenue_currency(self.session)
        if currency is not None and currency != mine:
            raise wrong(value.at, f"revenue is in {mine} here, not in {currency}", "convert it")
        low, high = filter_values.minor_units(amount, mine)
        return _ordered(field, sign, low, high)

    def day(self, field: Field, sign: str, value: Value) -> Test:
        low, high = filter_values.days(self.session, value.text)
        self.echo(field, value, low.isoformat(), high.isoformat())
        return _ordered(field, sign, low.isoformat(), high.isoformat())

    def instant(self, field: Field, sign: str, value: Value) -> Test:
        if timed := filter_values.moments(self.session, value.text):
            self.echo(field, value, *timed)
            return _ordered(field, sign, *timed)
        low, high = filter_values.days(self.session, value.text)
        self.echo(field, value, low.isoformat(), high.isoformat())
        return _ordered(field, sign, *filter_values.instants(self.session, low, high))

    def birthday(self, field: Field, sign: str, value: Value) -> Test:
        yearless = filter_values.birthday_without_year(value.text)
        if yearless is None:
            return self.day(field, sign, value)
        if sign != "=":
            raise wrong(value.at, "a birthday without its year comes every year", "compare with =")
        # "-05-" is a month, "-05-31" a day of it.
        return Test(field, "ends" if yearless[-1] != "-" else "begins", (yearless,))

    def echo(self, field: Field, value: Value, low: str, high: str) -> None:
        """Say how a day was understood that was not typed as one."""
        if value.text.strip() != low:
            span = low if low == high else f"{low} to {high}"
            self.remarks.append(Message(f"{field.name} {value.text.strip()!r}: {span}"))

    # -- sums ---------------------------------------------------------------------------------

    def world(self) -> World:
        """Return what the sums that were named depend on."""
        sums = {"orders", "revenue", "first_purchase", "last_purchase"}
        if self.noun != "contact" or not self.named & sums:
            return World()
        today = self.session.today.isoformat()
        with_later = has_later(self.session.reader, today)
        if "revenue" not in self.named:
            return World(today, with_later)
        currency = filter_values.revenue_currency(self.session)
        return World(today, with_later, currency, filter_values.converted(self.session))


def _shown(hint: str, folded: dict[str, str]) -> tuple[str, str]:
    """Return the folded word in a hint, and the same as it is written."""
    word = hint.removeprefix("did you mean ").removesuffix("?")
    return word, folded.get(word, word)


def _ordered(field: Field, sign: str, low: Any, high: Any) -> Test:
    """Return the test of a value that reaches from ``low`` to ``high``: a day, a month, or an
    amount between two of the smallest coins, which nothing equals."""
    if sign == "=":
        return Test(field, "span", ((low, high),))
    return Test(field, sign, (low if sign in {"<", ">="} else high,))


def _merged(tests: list[Test]) -> list[Test]:
    """Put tests for equality together: one list for the statement."""
    merged: dict[Any, Test] = {}
    for number, test in enumerate(tests):
        plain = test.sign in {"in", "span"}
        key = (test.sign, test.currency) if plain else number
        if key in merged:
            test = test._replace(values=merged[key].values + test.values)  # noqa: PLW2901
        merged[key] = test
    return list(merged.values())


_READERS: dict[str, Callable[[_Reader, Field, str, Value], Test]] = {
    kind: getattr(_Reader, kind)
    for kind in domain.SIGNS
    if kind not in {"word", "later", "segment", "overdue", "stale", "age", "pipeline"}
} | {"word": _Reader.text, "pipeline": _Reader.stage}
