"""Searching: what a typed text asks for, how words may be spelt, and the snippet of a record.

Every word of the text has to begin a word of the record. The index folds case and accents; what
it does not fold (``ß``, ``ø``, ``ł``, umlauts written out) is asked for in every spelling.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from crm_cli.domain.values import fold, search_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_FORMS = 64
"""Spellings of one word that are asked for at most."""

SHORTEST_NUMBER = 6
"""Digits from which a number may be a phone's; with ``+`` before it, from four."""

SHORTEST_BIT = 4
"""Digits that are looked for in phone numbers where nothing else was found."""

BEFORE, BEHIND = "[", "]"
"""What stands around the words found."""

ROOM = 72
"""Characters of a long text that a snippet shows."""

PARTS = 3
"""Fields that a snippet shows at most."""


class Term(NamedTuple):
    """A word or a phrase: as typed, and its spellings, the likely ones first."""

    text: str
    forms: tuple[str, ...]


class Query(NamedTuple):
    """What is searched for.

    ``terms`` are all words; ``digits`` those of a phone number among them, which ``others``
    are not part of; ``bit`` is a text of a few digits, which may be a part of one.
    ``is_unspaced``: of a script that writes no blanks between words.
    ``signs`` are characters that are no letters, where there is nothing else.
    """

    text: str
    terms: tuple[Term, ...]
    others: tuple[Term, ...]
    digits: str | None
    bit: str | None
    is_unspaced: bool
    signs: tuple[str, ...]


# -- reading ----------------------------------------------------------------------------------


def parse(text: str) -> Query:
    """Read what was typed: words, and phrases between quotation marks. Nothing is an error."""
    digits, rest = _number(text)
    terms = tuple(_terms(text))
    signs = () if terms else tuple(word for word in text.split() if not word.isascii())
    return Query(
        text=text,
        terms=terms,
        others=tuple(_terms(rest)) if digits else terms,
        digits=digits,
        bit=_bit(text) if digits is None else None,
        is_unspaced=bool(_unspaced().search(text)),
        signs=signs,
    )


def _terms(text: str) -> Iterator[Term]:
    seen = set()
    for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', text):
        typed = " ".join((phrase or word).split())
        if typed not in seen and _word().search(typed):
            seen.add(typed)
            yield Term(typed, _forms(typed))


def _number(text: str) -> tuple[str | None, str]:
    """Return the digits of a phone number in the text, without what stands before the country's
    code or the area's, and the text without it."""
    found = re.search(r"(?<![\w@.-])\+?\(?\d[\d\s()./\u2011\u00a0\u202f-]*", text)
    if found is None:
        return None, text
    typed = found[0].replace("(0)", "")
    plus, digits = typed.startswith("+"), re.sub(r"\D", "", typed)
    bare = digits if plus else digits.lstrip("0")
    if len(bare) < (4 if plus else SHORTEST_NUMBER) or text[found.end() :][:1].isalpha():
        return None, text
    return bare, f"{text[: found.start()]} {text[found.end() :]}"


def _bit(text: str) -> str | None:
    """Return the digits of a text that is nothing else, and too short for a phone number."""
    bare = re.sub(r"[\s()./+-]", "", text)
    return bare if bare.isascii() and bare.isdecimal() and len(bare) >= SHORTEST_BIT else None


@cache
def _word() -> re.Pattern[str]:
    """Return what a word is to the index; marks that combine belong to the letter before."""
    return re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(
        "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
        "\uf900-\ufaff\U00020000-\U0003ffff]"
    )


# -- spellings --------------------------------------------------------------------------------

_SPELLINGS: tuple[dict[str, str], ...] = (
    {"a": "ae", "o": "oe", "u": "ue"},
    {"ae": "a", "oe": "o", "ue": "u", "aa": "a"},
    {"ss": "ß"},
    {"ae": "æ", "oe": "ø", "o": "ø"},
    {"oe": "œ"},
    {"l": "ł"},
    {"d": "đ"},
    {"ae": "æ", "d": "ð", "th": "þ"},
    {"i": "ı"},
    {"h": "ħ"},
    {"е": "ё", "и": "й", "і": "ї", "у": "ў"},
    {"α": "ά", "ε": "έ", "η": "ή", "ι": "ί", "ο": "ό", "υ": "ύ", "ω": "ώ"},
)
"""For each family of languages: letters of a folded word -> how the index may have them."""


def _forms(typed: str) -> tuple[str, ...]:
    """Return the spellings of a word or phrase: itself, folded, umlauts written out, and every
    letter as other languages have it."""
    folded, *written_out = search_key(typed).split("\n")
    forms = dict.fromkeys((typed, folded, *written_out))
    if folded.replace(" ", "").replace("-", "").isalpha() and len(folded) <= 40:
        for spelling in _SPELLINGS:
            forms |= dict.fromkeys(_respelt(folded, spelling))
        if folded.endswith("s"):  # typed up to the middle of a word with ß
            forms[f"{folded[:-1]}ß"] = None
    return tuple(forms)[:MOST_FORMS]


def _respelt(word: str, spelling: dict[str, str]) -> Iterator[str]:
    """Yield the word with some of its letters spelt otherwise: every choice of up to three
    places, else one place or all."""
    letters = sorted(spelling, key=len, reverse=True)
    places = [(m.start(), m[0]) for m in re.finditer("|".join(letters), word)]
    if letters[0] == "ae" and len(letters) == 4:  # at its end the word may just not be complete
        places = [place for place in places if place[0] + len(place[1]) < len(word)]
    sizes = range(1, len(places) + 1) if len(places) <= 3 else (1, len(places))
    for size in sizes:
        for chosen in combinations(places, size):
            respelt, end = "", 0
            for start, old in chosen:
                respelt += word[end:start] + spelling[old]
                end = start + len(old)
            yield respelt + word[end:]


def match(terms: Iterable[Term], *, prefix: bool, column: str | None = None) -> str:
    """Return the expression of FTS5 that all terms are found by: whole words, or with
    ``prefix`` their beginnings; in one column only, if named."""
    star = " *" if prefix else ""
    every = " AND ".join(
        "({})".format(" OR ".join('"{}"{}'.format(form.replace('"', ""), star) for form in forms))
        for _, forms in terms
    )
    return f"{{{column}}} : ({every})" if column else every


# -- the snippet ------------------------------------------------------------------------------


def snippet(pieces: Sequence[tuple[str, str]], query: Query) -> tuple[list[str], str]:
    """Return the fields (of ``(field, text)``) in which the words stand, and what they say
    there, the words in brackets."""
    terms = query.terms
    if query.digits and any(query.digits in re.sub(r"\D", "", text) for _, text in pieces):
        terms = query.others
    places = [_spans(text, terms, query.digits) for _, text in pieces]
    if not any(places):
        sought = [term.text.lower() for term in terms] or query.signs
        places = [_within(text, sought) for _, text in pieces]
    found = [(field, _marked(text, at))
             for (field, text), at in zip(pieces, places, strict=True) if at]  # fmt: skip
    shown = [text for _, text in found[:PARTS]] or [_marked(text, []) for _, text in pieces[:1]]
    return list(dict.fromkeys(field for field, _ in found)), " · ".join(shown)


def _spans(text: str, terms: Sequence[Term], digits: str | None) -> list[tuple[int, int]]:
    """Return where the words stand in a text, in order and without overlaps."""
    if digits and digits in re.sub(r"\D", "", text):
        return [(0, len(text))]
    plain = text if text.isascii() else text.translate(_letters())
    if plain.isascii():
        # Each letter has its place still; a pattern takes a fifth of the time.
        return _merged([found.span() for term in terms for found in _pattern(term).finditer(plain)])
    words = [(m.start(), m.end(), m[0].lower()) for m in _word().finditer(text)]
    words = [(start, end, f"{word}\n{search_key(word)}") for start, end, word in words]
    return _merged([span for term in terms for span in _places(words, term)])


@cache
def _letters() -> dict[int, str]:
    """Return the letters of Latin scripts that fold to one letter -> that letter."""
    folded = {code: fold(chr(code)) for code in range(0xC0, 0x180)}
    return {code: letter for code, letter in folded.items() if len(letter) == 1}


@cache
def _pattern(term: Term) -> re.Pattern[str]:
    """Return what finds a term in a text without accents: whole words, the last one begun."""
    spellings = sorted(
        (r"[\W_]+".join(map(re.escape, words)) for words in _sequences(term)
         if all(word.isascii() for word in words)),
        key=len, reverse=True,
    )  # fmt: skip
    # An expression that never matches, where no spelling is plain.
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(spellings) or '(?!)'})[^\W_]*", re.IGNORECASE)


def _within(text: str, sought: Iterable[str]) -> list[tuple[int, int]]:
    """Return where texts stand within words."""
    low = text.lower()
    if len(low) != len(text):
        return []
    found = ((low.find(part), len(part)) for part in sought)
    return _merged([(at, at + length) for at, length in found if at >= 0])


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(spans) < 2:
        return spans
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _places(words: Sequence[tuple[int, int, str]], term: Term) -> Iterator[tuple[int, int]]:
    for sought in _sequences(term):
        *firsts, last = sought
        for at in range(len(words) - len(firsts)):
            end = at + len(firsts)
            if _begins(words[end][2], last) and all(
                first in words[at + n][2].split("\n") for n, first in enumerate(firsts)
            ):
                yield words[at][0], words[end][1]


@cache
def _sequences(term: Term) -> list[list[str]]:
    """Return the spellings of a term as lists of words."""
    found = {tuple(_word().findall(form.lower())) for form in term.forms}
    return [list(words) for words in found if words]


def _begins(word: str, beginning: str) -> bool:
    return word.startswith(beginning) or f"\n{beginning}" in word


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the text around the first place on one line, with the places marked."""
    start, end = 0, len(text)
    if len(text) > ROOM:
        middle = spans[0][0] if spans else 0
        start = max(0, min(middle - ROOM // 3, len(text) - ROOM))
        end = min(len(text), max(start + ROOM, spans[0][1] if spans else 0))
        start = text.rfind(" ", 0, start + 1) + 1 if start else 0
        end = text.find(" ", end) if text.find(" ", end) >= 0 else len(text)
    pieces, at = [], start
    for first, last in spans:
        if first >= at and last <= end:
            pieces += [text[at:first], BEFORE, text[first:last], BEHIND]
            at = last
    shown = " ".join("".join([*pieces, text[at:end]]).split()).strip(", ")
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"


# -- suggestions ------------------------------------------------------------------------------


def folded_words(text: str) -> list[str]:
    """Return the words of a text as the index has them, nearly."""
    return _word().findall(fold(text))
