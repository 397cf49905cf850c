"""Which column of a file means which field: our own names, usual synonyms, presets, ``--map``.

A target is (field, position, part): ``("email", 2, "label")`` is the label of the second e-mail.
Fields that a record has once stand at position 1 with the part ``value``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import fold, search_key
from crm_cli.exchange.synonyms import SYNONYMS
from crm_cli.exchange.translations import FIRST_NAMES, TRANSLATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.exchange.preset import Preset


class Target(NamedTuple):
    """Where a column's cells go."""

    field: str
    position: int = 1
    part: str = "value"


ADDRESS_PARTS = ("street", "street2", "city", "region", "postcode", "country")

LISTS = frozenset({"email", "phone", "link", "address", "tags", "external_id"})
"""Fields of a contact that may stand in several columns."""

BOOKKEEPING = ("_line", "_field", "_reason")
"""Columns that a reject file adds; read back, they say nothing."""

CARD_MARK = "X-CRM-REJECTED"
"""The property by which a file of rejected cards says why; read back, it says nothing."""


@dataclass(slots=True)
class Plan:
    """What the columns of one file mean: ``targets`` by column index; ``unknown`` are named
    to the user, and ``lost`` are their columns; ``spare`` are columns that a preset does not use.
    Both are named only where a row fills them (``name_filled``); ``names`` are the titles,
    translated ones as the preset has them; ``labels`` are
    fixed labels of list entries; ``translated`` are the columns known by a German or French
    word alone, which a custom field of that name comes before; ``preset`` gives more rules."""

    targets: dict[int, Target] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    spare: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    labels: dict[tuple[str, int], str] = field(default_factory=dict)
    translated: list[int] = field(default_factory=list)
    preset: Preset | None = None

    def index(self, name: str, position: int = 1, part: str = "value") -> int:
        """Return the column of a target, -1 where there is none."""
        wanted = Target(name, position, part)
        return next((at for at, target in self.targets.items() if target == wanted), -1)

    def indexes(self, name: str) -> list[int]:
        """Return every column of a field's values in order of position."""
        found = [
            (target.position, at)
            for at, target in self.targets.items()
            if target.field == name and target.part == "value"
        ]
        return [at for _, at in sorted(found)]

    @property
    def fields(self) -> set[str]:
        """Return the fields that have a column."""
        return {target.field for target in self.targets.values()}


def normal(header: str) -> str:
    """Return a header as the synonym tables write it: ``E-Mail_2`` -> ``e mail 2``."""
    if not header.isascii():  # Macs write an accent behind its letter.
        from unicodedata import normalize

        header = normalize("NFC", header)
    return " ".join(re.findall(r"[^\W_]+", header.lower()))


_NUMBERED = re.compile(r"(.+?)(?: (\d{1,2}))?(?: (label|raw))?")


def field_target(noun: str, text: str) -> tuple[Target, str | None] | None:
    """Return (target, fixed label) of a field or header by its name, or None.

    ``email``, ``email_2``, ``email_2_label``, ``mobile``, ``city_2``; ("", ...) is a column
    that is understood and not needed.
    """
    key = fold(normal(text))
    lookup = _lookup(noun)
    if noun == "contact" and (matched := re.fullmatch(r"address(?: (\d{1,2}))? label", key)):
        return Target("address", int(matched[1] or 1), "label"), None
    if key in lookup:
        return _typed(noun, lookup[key], 1, None)
    if noun != "contact":  # only a contact has several
        return None
    matched = _NUMBERED.fullmatch(key)
    if matched and matched[1] in lookup:
        found = _typed(noun, lookup[matched[1]], int(matched[2] or 1), matched[3])
        if found[0].field in {"email", "phone", "link", "address"}:
            return found
    return None


def _typed(noun: str, name: str, position: int, part: str | None) -> tuple[Target, str | None]:
    bare, _, label = name.partition("@")
    if noun == "contact" and bare in ADDRESS_PARTS:
        return Target("address", position, bare), None
    return Target(bare, position, part or "value"), label or None


def is_translated(noun: str, header: str) -> bool:
    """Say whether a header is known as a German or French word only."""
    words = SYNONYMS[noun].values()
    key = fold(normal(header))
    return key in _lookup(noun) and not any(
        key == known.strip() for headers in words for known in headers.split(",")
    )


_LOOKUPS: dict[str, dict[str, str]] = {}


def _lookup(noun: str) -> dict[str, str]:
    if noun not in _LOOKUPS:
        found: dict[str, str] = {}
        for words in (SYNONYMS[noun], TRANSLATIONS[noun]):
            for name, headers in words.items():
                for header in headers.split(","):
                    for key in search_key(header.strip()).split("\n"):
                        found.setdefault(key, name)
        own = {normal(name): name for name in SYNONYMS[noun] if name and "@" not in name}
        _LOOKUPS[noun] = found | own
    return _LOOKUPS[noun]


def plan_columns(
    noun: str,
    header: Sequence[str],
    *,
    preset: Preset | None = None,
    maps: Iterable[str] = (),
) -> Plan:
    """Decide what every column means.

    Raises InvalidValue for a ``--map`` that names no column, no field, or one field of a record
    for two columns, and BadFile where two columns of the same name mean one field.
    """
    names = _with_last_name(preset.names(header) if preset else header)
    plan = Plan(preset=preset, names=names)
    wanted = read_maps(noun, header, maps)
    best = [*(preset.known if preset else ()), *_lookup(noun)]
    ranks = {name: rank for rank, name in reversed(list(enumerate(best)))}
    key_of = preset.key if preset else lambda title: fold(normal(title))
    # Explicit ones first, then the better synonyms: the first to claim a field keeps it.
    order = sorted(
        range(len(header)),
        key=lambda at: (at not in wanted, ranks.get(key_of(names[at]), len(best)), at),
    )
    claimed: dict[Target, int] = {}
    spare = preset.spare(names) if preset else set()
    silent = preset.silent if preset else ()
    lost: list[int] = []
    for at in order:
        if header[at] in BOOKKEEPING or not header[at]:
            continue
        found = wanted.get(at)
        if found is None and normal(names[at]) in spare:
            plan.spare += [at] if normal(names[at]) not in silent else []
            continue
        found = found or _recognise(noun, names[at], preset)
        if found is None:
            if normal(names[at]) not in silent:
                lost.append(at)
            continue
        target, label = found
        if not target.field:
            continue
        target, taken = _free(noun, target, claimed)
        if taken is not None:
            if preset and at not in wanted and key_of(names[at]) != key_of(names[taken]):
                plan.spare += [at] if normal(names[at]) not in silent else []
                continue
            _refuse_twins(f"{noun} {target.field}", header, wanted, taken, at)
            lost.append(at)
            continue
        claimed[target] = at
        if at not in wanted and is_translated(noun, header[at]):
            plan.translated.append(at)
        if label:
            plan.labels[(target.field, target.position)] = label
    plan.targets = {at: target for target, at in claimed.items()}
    plan.lost = sorted(lost)
    plan.unknown = [header[at] for at in plan.lost]
    _settle_ids(noun, header, plan)
    return plan


def _with_last_name(names: Sequence[str]) -> list[str]:
    """Return the titles with a ``Name`` beside ``Vorname``, a ``Nom`` beside ``Prénom`` as what
    it is there: the last name."""
    keys = [fold(normal(name)) for name in names]
    if FIRST_NAMES.isdisjoint(keys) or {"nachname", "familienname", "nom de famille"} & {*keys}:
        return list(names)
    return [
        "last name" if key in {"name", "nom"} else name
        for key, name in zip(keys, names, strict=True)
    ]


def _refuse_twins(
    what: str, header: Sequence[str], wanted: Mapping[int, object], taken: int, at: int
) -> None:
    """Raise for two columns of one field where nothing says which of them is meant."""
    noun, _, name = what.partition(" ")
    one, other = header[taken], header[at]
    if at in wanted and taken in wanted and one != other:
        raise errors.InvalidValue(
            f"--map: columns {one!r} and {other!r} cannot both be {name}",
            hint=f"a {noun} has one {name}: name the column that holds it",
        )
    if one.strip().lower() == other.strip().lower() or at in wanted:
        raise errors.BadFile(
            f"columns {taken + 1} ({one}) and {at + 1} ({other}) both mean {name}",
            hint=f'rename one, or leave one out with --map "{other}="',
        )


def name_filled(plan: Plan, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Add to ``plan.unknown`` the spare columns that a row fills, so that none goes in silence,
    and take out those that no row fills. Reads no further than needed.

    A column that stands in for another one is lost only where the one used says otherwise.
    """
    titles = {normal(title): at for at, title in enumerate(plan.names)}
    chains = [
        [titles[normal(title)] for title in (name, *others) if normal(title) in titles]
        for name, others in (plan.preset.instead if plan.preset else {}).items()
    ]
    chain_of = {at: chain for chain in chains for at in chain}
    open_ones, filled = set(plan.spare), set[int]()
    empty = set(plan.lost)
    usual = frozenset(plan.preset.usual if plan.preset else ())
    for cells in rows:
        if empty:
            empty -= {at for at in empty if at < len(cells) and cells[at].strip()}
        found = {
            at
            for at in open_ones
            if at < len(cells)
            and (text := cells[at].strip())
            and text not in usual
            and text != next((cells[x].strip() for x in chain_of.get(at, ()) if cells[x]), "")
        }
        if found:
            filled |= found
            open_ones -= found
        if not (open_ones or empty):
            break
    names = {*plan.unknown, *(header[at] for at in filled)}
    used = ({*plan.targets, *plan.spare} - filled) | empty
    plan.unknown = [name for at, name in enumerate(header) if name in names and at not in used]


def _settle_ids(noun: str, header: Sequence[str], plan: Plan) -> None:
    """Pass over a plain ``id`` beside our uid: it is this store's own number."""
    ours = "uid" in plan.fields or "last_contacted_at" in header or "contact_id" in header
    if noun != "product" and ours:
        own = {"id", "product id"}
        plan.unknown = [name for name in plan.unknown if normal(name) not in own]
    if noun in {"purchase", "lead"} and "contact_uid" in plan.fields:
        plan.targets = {at: t for at, t in plan.targets.items() if t.field != "contact_id"}
    if noun == "lead" and ours:
        # Beside our uid a plain id is no number of another product, and a record's own instants
        # are not the lead's.
        plan.targets = {
            at: t for at, t in plan.targets.items()
            if not (t.field == "external_id" and normal(header[at]) == "id")
        }  # fmt: skip
        kept = {"created at", "updated at"}
        plan.targets = {at: t for at, t in plan.targets.items() if normal(header[at]) not in kept}
        plan.unknown = [name for name in plan.unknown if normal(name) not in kept]


def _free(noun: str, target: Target, claimed: Mapping[Target, int]) -> tuple[Target, int | None]:
    """Return the target, moved to a free position where the field is a list."""
    if target not in claimed:
        return target, None
    if noun == "contact" and target.part == "value" and target.field in LISTS:
        position = target.position
        while Target(target.field, position) in claimed:
            position += 1
        return Target(target.field, position), None
    return target, claimed[target]


def _recognise(noun: str, header: str, preset: Preset | None) -> tuple[Target, str | None] | None:
    found = preset.target(header) if preset else None
    if found is None and (preset is None or noun in {"contact", "lead"}):
        # What one product calls a column, others do too; amounts are too dear for that guess.
        silent = preset.silent if preset else ()
        found = None if normal(header) in silent else field_target(noun, header)
        if preset and found and noun == "lead" and found[0].field in _DEAR:
            return None
    return found


_DEAR = frozenset({"value", "currency", "probability"})


def read_maps(
    noun: str, header: Sequence[str], maps: Iterable[str]
) -> dict[int, tuple[Target, str | None]]:
    """Read ``Their column=field``; an empty field leaves the column out."""
    from difflib import get_close_matches

    found: dict[int, tuple[Target, str | None]] = {}
    for text in maps:
        column, equals, name = text.rpartition("=")
        if not equals:
            raise errors.InvalidValue(
                f"--map {text!r} has no =", hint='write --map "Their column=field"'
            )
        places = [
            at for at, title in enumerate(header) if title.strip().lower() == column.strip().lower()
        ]
        if not places:
            near = get_close_matches(column, header, 3, 0.4)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            raise errors.InvalidValue(
                f"--map: the file has no column {column!r}",
                hint=f"{hint}its columns are {', '.join(header)}",
            )
        name = name.strip()
        target = (Target("", 1), None) if not name or name == "ignore" else field_target(noun, name)
        if target is None:
            known = [key.split("@")[0] for key in SYNONYMS[noun] if key]
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise errors.InvalidValue(
                f"--map: a {noun} has no field {name!r}",
                hint=f"{hint}fields are {', '.join(dict.fromkeys(known))}",
            )
        for at in places:
            if found.setdefault(at, target) != target:
                raise errors.InvalidValue(
                    f"--map names the column {column!r} twice", hint="a column means one field"
                )
    return found
