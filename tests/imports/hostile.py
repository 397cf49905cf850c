"""Files that nobody should send, and what must hold for whatever comes of them."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

import xlsxwriter
from hypothesis import strategies as st

from tests.history.snapshot import snapshot
from tests.imports.helpers import COUNTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from tests.conftest import Crm, Run

NOUNS = ("contact", "product", "purchase")


class Hostile(NamedTuple):
    """A file, what it is fed to, and with which options."""

    noun: str
    ending: str
    content: bytes
    options: tuple[str, ...]


# -- the laws -------------------------------------------------------------------------------------


def seed(crm: Crm) -> None:
    """Fill a store with a bit of everything, so that rows match, clash and hang on something."""
    crm("config", "set", "country", "CH")
    crm("contact", "add", "Ada Lovelace", "--email", "ada@x.org", "--phone", "044 668 18 00",
        "--external-id", "shop:1", "--company", "Acme", "--tag", "vip", "--notes", "two\nlines")  # fmt: skip
    crm("contact", "add", "Bob", "--email", "bob@x.org", "--birthday", "1990-05-31")
    crm("contact", "archive", "Bob")
    crm("contact", "add", "Eve", "--email", "eve@x.org")
    crm("contact", "delete", "Eve", "--yes")
    crm("contact", "add", "Acme Ltd", "--kind", "company", "--link", "https://acme.example.com")
    crm("field", "add", "contact", "size", "--kind", "number")
    crm("field", "add", "contact", "vip_since", "--kind", "date")
    crm("product", "add", "Tea", "4.90", "--sku", "TEA")
    crm("purchase", "add", "Ada", "Tea", "9.80", "--on", "2026-01-05", "--order", "A1")
    crm("purchase", "return", "1", "4.90")


def check(crm: Crm, folder: Path, template: Path, hostile: Hostile) -> str:
    """Import a hostile file into a copy of the template: the laws hold. Return what it came to:
    ``refused``, ``rows`` or ``rejects``."""
    for leftover in folder.iterdir():
        leftover.unlink()
    shutil.copyfile(template, crm.db)
    before = snapshot(crm.db)
    path = folder / f"in.{hostile.ending}"
    path.write_bytes(hostile.content)
    run = crm(hostile.noun, "import", path, *hostile.options, "--json", code=None)
    assert "Traceback" not in run.err, run
    assert run.code in {0, 2, 4, 6}, run
    sound(crm.db)
    if not run.out:
        assert run.error["code"] in {"bad-file", "invalid", "rows-rejected", "conflict"}, run
        assert run.error["hint"], run
        assert snapshot(crm.db) == before
        assert not list(folder.glob("*rejects*"))
        return "refused"
    result = lawful(run)
    if "--dry-run" in hostile.options:
        assert snapshot(crm.db) == before
        assert not list(folder.glob("*rejects*"))
        return "rows"
    rejects = result["rejects_file"]
    assert (rejects is not None) == bool(result["rejected"]) == bool(list(folder.glob("*rejects*")))
    after = snapshot(crm.db)
    again = lawful(crm(hostile.noun, "import", path, *hostile.options, "--json", code=None))
    assert again["created"] == 0, again
    if "fail" not in hostile.options:  # what was new is known now
        assert again["rejected"] == result["rejected"], again
    if "update" not in hostile.options:
        assert again["updated"] == 0, again
        assert snapshot(crm.db) == after
    if again["rejects_file"] is not None:
        fed_back(crm, hostile, again["rejects_file"], again)
    undone(crm, before)
    return "rejects" if rejects else "rows"


def lawful(run: Run) -> dict[str, Any]:
    """Return the result of an import; its counts add up and its exit code says what they say."""
    assert "Traceback" not in run.err, run
    assert run.out, run
    result: dict[str, Any] = run.json
    assert result["read"] == sum(result[key] for key in COUNTS[1:]), result
    assert run.code == (6 if result["rejected"] else 0), run
    assert len(result["rejections"]) == min(result["rejected"], 20)
    lines = [row["line"] for row in result["rejections"]]
    assert lines == sorted(set(lines)), result
    return result


def fed_back(crm: Crm, hostile: Hostile, rejects: str, result: dict[str, Any]) -> None:
    """A reject file nobody mended holds as many rows as were rejected, and they are rejected
    again, each for its reason, with the options of the input or none."""
    back = lawful(crm(hostile.noun, "import", rejects, *hostile.options, "--json", code=None))
    assert (back["read"], back["created"]) == (result["rejected"], 0), (back, result)
    assert back["rejected"] == result["rejected"], (back, result)


def undone(crm: Crm, before: dict[str, Any]) -> None:
    """Undo all that was imported: the store holds what it held."""
    for _ in range(4):
        if snapshot(crm.db) == before:
            return
        crm("undo")
    assert snapshot(crm.db) == before
    sound(crm.db)


def sound(db: Path) -> None:
    """The store is whole, and every reference in it leads somewhere."""
    connection = sqlite3.connect(db)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()


# -- options --------------------------------------------------------------------------------------

COMMON = (
    (), (), (), (), ("--strict",), ("--on-match", "update"), ("--on-match", "skip"),
    ("--on-match", "fail"), ("--keep-unknown",), ("--dry-run",), ("--dates", "dmy"),
    ("--delimiter", ";"), ("--delimiter", "tab"), ("--encoding", "cp1252"),
    ("--encoding", "utf-16"), ("--encoding", "utf-7"), ("--encoding", "utf-32"), ("--require-complete",),
)  # fmt: skip
OWN: dict[str, tuple[tuple[str, ...], ...]] = {
    "contact": (("--replace-lists",), ("--match", "name"), ("--match", "phone"), ("--tag", "x"),
                ("--country", "DE"), ("--source", "shop"), ("--preset", "own"),
                ("--unknown", "reject"), ("--decimal", ","), ("--currency", "JPY")),
    "product": (("--match", "name"), ("--decimal", ","), ("--currency", "JPY")),
    "purchase": (("--unknown", "reject"), ("--decimal", ","), ("--currency", "JPY"),
                 ("--match", "email"), ("--source", "shop"), ("--preset", "own")),
}  # fmt: skip
options: dict[str, SearchStrategy[tuple[str, ...]]] = {
    noun: st.sampled_from([*COMMON, *OWN[noun]]) for noun in NOUNS
}


def files(ending: str, contents: dict[str, SearchStrategy[bytes]]) -> SearchStrategy[Hostile]:
    """Return files of one kind for each noun that has some."""
    return st.one_of(
        *(
            st.builds(Hostile, st.just(noun), st.just(ending), content, options[noun])
            for noun, content in contents.items()
        )
    )


# -- damage to any bytes --------------------------------------------------------------------------

SCRAPS = (
    b"", b"\0", b'"', b'""', b"'", b",", b";", b"\t", b"|", b"\r", b"\n", b"\r\n", b"\n\n", b"\\",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff", b"\x80", b"\x81", b"\xc3", b"\x1a", b"\x1b[2J",
    b"sep=;\n", b"sep=\t\r\n", b"{", b"}", b"[", b"\\ud800", b"\\u0000", b"=cmd()", b"-", b"+", b"@",
    "\u2028".encode(), "\u202e".encode(), b"9" * 40, b"x" * 3000, b"1e999", b"0", b" ", b"\xc2\xa0",
    b"BEGIN:VCARD", b"END:VCARD\n", b"_line,_field,_reason", b"ada@x.org", b"shop:1", b"NULL",
)  # fmt: skip


class Damage(NamedTuple):
    """One change to some bytes: at a place (in millionths), so many taken out, these put in."""

    at: int
    length: int
    text: bytes

    def done_to(self, content: bytes) -> bytes:
        at = len(content) * self.at // 1_000_000
        return content[:at] + self.text + content[at + self.length :]


damages = st.lists(
    st.builds(
        Damage, st.integers(0, 1_000_000), st.one_of(st.just(0), st.integers(0, 12)),
        st.one_of(st.sampled_from(SCRAPS), st.sampled_from(SCRAPS), st.binary(max_size=4)),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def damaged(content: bytes, found: Sequence[Damage]) -> bytes:
    """Return the content after all the damage."""
    for one in found:
        content = one.done_to(content)
    return content


def wounded(contents: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    """Return these contents: as they are, damaged, and cut off."""
    return st.one_of(
        contents,
        st.builds(damaged, contents, damages),
        st.builds(lambda content, at: content[: len(content) * at // 100], contents,
                  st.integers(0, 100)),
    )  # fmt: skip


# -- tables ---------------------------------------------------------------------------------------

HEADERS: dict[str, tuple[str, ...]] = {
    "contact": (
        "name", "first_name", "last_name", "email", "email_2", "email_2_label", "phone", "phone_2",
        "company", "kind", "role", "street", "city", "country", "link", "birthday", "tags", "notes",
        "external_id", "customer_id", "referred_by", "relations", "uid", "company_uid", "language",
        "created_at", "archived_at", "field:size", "field:vip_since", "size", "vcard_properties",
    ),
    "product": ("sku", "name", "price", "currency", "category", "service_interval", "active", "uid"),
    "purchase": (
        "customer", "email", "phone", "name", "date", "order_number", "line", "product", "sku",
        "quantity", "price", "amount", "currency", "kind", "description", "external_id", "uid",
        "channel", "returns_uid", "contact_uid", "tax",
    ),
}  # fmt: skip
CELLS = (
    "", "", "", "Ada", "Bob", "Zoë \U0001f600", "Acme", "ada@x.org", "bob@x.org", "eve@x.org", "A@X.ORG",
    "new@y.org", "nobody@", "a@x.org; b@x.org", "0446681800", "+41 44 668 18 00", "+4144668180", "07",
    "shop:1", "1", "A1", "customer:7", ":", "a:b:c", "TEA", "Tea", "Pump", "2026-01-05", "05.01.2026",
    "03/04/2026", "2026-02-30", "--05-31", "31.05.", "12.50", "12,50", "1'234.50", "-3", "1e3", "NaN",
    "99999999999999999999", "0", "0.001", "0.0001", "EUR", "chf", "XXX", "JPY", "sale", "return",
    "company", "person", "customer", "king", "CH", "Schweiz", "Atlantis", "de", "x; y", '"a; b"; c',
    "=1+1", "'=1+1", "-x", "@x", "two\nlines", "two\r\nlines", "cr\ronly", 'say "hi"', '"', "'",
    "a\tb", "a|b", " padded ", "\u202eright", "\x1b[31mred", "\u2028", "\ufeff", "\xa0", "\0", "[]", "{}",
    '[{"kind": "family", "other": "Bob"}]', "null", "true", "x" * 5000, "sep=;", "12 months",
    "00000000-0000-8000-8000-000000000001", "https://x.org", "javascript:alert(1)", "2026-01-05T10:00Z",
)  # fmt: skip
cells = st.one_of(st.sampled_from(CELLS), st.sampled_from(CELLS), st.text(max_size=12))


def titles(noun: str) -> SearchStrategy[list[str]]:
    """Return headers: known ones, doubled, empty, strange."""
    known = st.sampled_from(HEADERS[noun])
    strange = st.sampled_from(
        ["", " ", "Name", "NAME ", "E-Mail", "x", "_line", "_reason", "field:", "id", "sep=", "\ufeffname",
         '"name"', "a\nb", "1", "email_99", "phone_0", "k" * 300, "\0", "Ünïcode"]
    )  # fmt: skip
    base = {"contact": ["name"], "product": ["name"], "purchase": ["customer", "date", "amount"]}
    return st.builds(
        lambda first, more: first + more,
        st.sampled_from([base[noun], base[noun], []]),
        st.lists(st.one_of(known, known, known, strange), max_size=6),
    )


def tables(noun: str) -> SearchStrategy[list[list[str]]]:
    """Return a header and rows, most as wide as it."""
    return titles(noun).flatmap(
        lambda header: st.lists(
            st.one_of(
                st.lists(cells, min_size=len(header), max_size=len(header)),
                st.lists(cells, min_size=len(header), max_size=len(header)),
                st.lists(cells, max_size=len(header) + 2),
            ),
            max_size=6,
        ).map(lambda rows: [header, *rows])
    )


def delimited(
    rows: list[list[str]], delimiter: str, ending: str, quoting: str, encoding: str, top: str
) -> bytes:
    """Write rows as a program with its own idea of CSV does."""

    def cell(text: str) -> str:
        if quoting == "none":
            return text
        if quoting == "all" or any(sign in text for sign in (delimiter, '"', "\r", "\n")):
            doubled = text if quoting == "careless" else text.replace('"', '""')
            return f'"{doubled}"'
        return text

    text = top + "".join(delimiter.join(map(cell, row)) + ending for row in rows)
    marked = {"utf-16-le+": "\ufeff", "utf-16-be+": "\ufeff", "utf-32-le+": "\ufeff"}.get(
        encoding, ""
    )
    return (marked + text).encode(
        encoding.rstrip("+"), "surrogatepass" if "utf" in encoding else "replace"
    )


def delimited_files(noun: str) -> SearchStrategy[bytes]:
    """Return CSV of any make, whole or damaged."""
    return wounded(
        st.builds(
            delimited,
            tables(noun),
            st.sampled_from([",", ",", ";", "\t", "|", "#"]),
            st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n", "\r\r\n", "\n,\n", "\x0b"]),
            st.sampled_from(["minimal", "minimal", "all", "careless", "none"]),
            st.sampled_from(
                ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-le+", "utf-16-be",
                 "utf-16-be+", "utf-32", "utf-32-le+", "cp1252", "latin-1", "mac-roman", "shift_jis",
                 "utf-7", "cp037"]
            ),
            st.sampled_from(["", "", "", "", "sep=;\n", "sep=,\r\n", "\n\n", "Report of May\n\n", " \r\n"]),
        )
    )  # fmt: skip


# -- JSON Lines -----------------------------------------------------------------------------------

json_values: SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.sampled_from(CELLS), st.none(), st.booleans(), st.integers(-(10**20), 10**20),
        st.floats(), st.sampled_from(["\ud800", "\udfff x", "a\0b"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["value", "label", "primary", "raw", "city", "x", ""]), inner,
                        max_size=3),
    ),
    max_leaves=5,
)  # fmt: skip


def json_files(noun: str) -> SearchStrategy[bytes]:
    """Return JSON Lines and arrays of records of any shape."""
    lists = ["emails", "phones", "addresses", "links", "tags", "fields", "external_ids", "consents"]
    keys = st.one_of(st.sampled_from([*HEADERS[noun], *lists]), st.text(max_size=6))
    base: dict[str, SearchStrategy[Any]] = {
        "contact": st.fixed_dictionaries({"name": cells}),
        "product": st.fixed_dictionaries({"name": cells}),
        "purchase": st.fixed_dictionaries(
            {"customer": st.just("shop:1"), "date": st.just("2026-01-05"), "amount": cells}
        ),
    }
    record = st.builds(
        lambda plain, more: json.dumps({**plain, **more}), base[noun],
        st.dictionaries(keys, json_values, max_size=4),
    )  # fmt: skip
    line = st.one_of(
        record, record, record, record,
        st.sampled_from(["", "  ", "nonsense", "[1]", "{}", "null", '"x"', "{", '{"name": "A"} {}',
                         '{"name": NaN}', '{"name": 1e999}', '{"name": "A", "name": "B"}',
                         '{"name": "\\ud800"}', "[" * 5000, '{"a":' * 3000, "1" * 5000,
                         '{"size": ' + "9" * 5000 + "}", "\ufeff{}"]),
    )  # fmt: skip
    lines = st.lists(line, max_size=6)
    return wounded(
        st.one_of(
            lines.map(lambda found: "\n".join(found).encode()),
            lines.map(lambda found: "\r\n".join(found).encode("utf-16")),
            st.lists(record, max_size=4).map(lambda found: f"[{', '.join(found)}]".encode()),
        )
    )


# -- vCards ---------------------------------------------------------------------------------------

CARD_LINES = (
    "VERSION:2.1", "VERSION:3.0", "VERSION:4.0", "VERSION:9", "FN:Ada Lovelace", "FN:", "FN",
    "N:Lovelace;Ada;;;", "N:;;;;", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Zo=C3=AB;;;",
    "N;CHARSET=nonsense;ENCODING=QUOTED-PRINTABLE:=FF;=3B", "NOTE;ENCODING=QUOTED-PRINTABLE:soft=",
    "EMAIL;TYPE=WORK,pref:ada@x.org", "EMAIL:nobody", "email;home:New@Y.org", "TEL;CELL:044 668 18 00",
    "TEL;VALUE=uri:tel:+41-44-668-18-00;ext=5", "TEL;FAX:1", 'TEL;TYPE="work,voice":12', "item1.TEL:0446681801",
    "item1.X-ABLabel:_$!<Main>!$_", "item2.X-ABADR:ch", "ADR;WORK:;;Gasse 1;Bern;;3011;CH", "ADR:;;;;;;",
    "ADR;ENCODING=QUOTED-PRINTABLE:;;a=0D=0Ab;;;;", "BDAY:1990-05-31", "BDAY:--0531", "BDAY:19900231",
    "BDAY;VALUE=text:circa 1800", "ORG:Acme;Sales", "ORG:;;", "TITLE:Cook\\, Chef", "CATEGORIES:a,b\\,c,,",
    "NOTE:a\\nb\\;c\\\\", "NOTE:open\\", "URL:https://x.org", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ",
    " SkZJRgABAQ==", "PHOTO;BASE64:AAAA", "  AAAA", "", "AGENT:", "BEGIN:VCARD", "END:VCARD", "KIND:group",
    "KIND:org", "X-ADDRESSBOOKSERVER-KIND:group", "MEMBER:urn:uuid:1", "UID:urn:uuid:1", "UID:x",
    "UID:00000000-0000-8000-8000-000000000001", "X-CRM-ROLE:king", "X-CRM-EXTERNAL-ID:shop:1",
    "X-CRM-EXTERNAL-ID::", "X-CRM-REJECTED:why", "X-CRM-RELATION:[1]", "X-CRM-CREATED:now", "REV:x",
    "RELATED;TYPE=friend:urn:uuid:1", "LANG:de", "GENDER:F", ";:", ":", "no colon", 'X-A;B="c;d:e', "\x00",
    "\x1a", "SOCIALPROFILE;TYPE=x:https://x.org/ada", "IMPP:xmpp:ada@x.org", "X-CRM-FIELD;NAME=size:banana",
)  # fmt: skip


def card_files() -> SearchStrategy[bytes]:
    """Return vCards of any version and make, whole or damaged."""
    line = st.one_of(st.sampled_from(CARD_LINES), st.sampled_from(CARD_LINES), st.text(max_size=10))
    card = st.lists(line, max_size=9).map(
        lambda found: ["BEGIN:VCARD", "FN:A", *found, "END:VCARD"]
    )

    def written(cards: list[list[str]], ending: str, encoding: str) -> bytes:
        text = ending.join(line for lines in cards for line in [*lines, ""])
        return text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")

    return wounded(
        st.builds(
            written, st.lists(card, max_size=4), st.sampled_from(["\r\n", "\r\n", "\n", "\r"]),
            st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"]),
        )
    )  # fmt: skip


# -- spreadsheets ---------------------------------------------------------------------------------


def sheet_bytes(rows: list[list[str]]) -> bytes:
    """Return an .xlsx file of text cells, numbers where they look like some."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    page = book.add_worksheet("Sheet")
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            clean = "".join(sign if sign < "\ud800" or sign > "\udfff" else "?" for sign in text)
            if clean.isdecimal() and clean.isascii() and len(clean) < 16:
                page.write_number(at, column, int(clean))
            else:
                page.write_string(at, column, clean)
    book.close()
    return buffer.getvalue()


def with_parts(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return a workbook whose parts were changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return buffer.getvalue()


def sheet_files(noun: str) -> SearchStrategy[bytes]:
    """Return spreadsheets, whole, damaged in their archive or in one of its parts."""
    whole = tables(noun).map(sheet_bytes)
    parts = st.sampled_from(
        ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml",
         "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]
    )  # fmt: skip
    scraps = st.sampled_from(
        [b"<", b"&", b'"', b"99999999", b"-1", b"s", b't="e"', b"\xff", b"&#0;", b""]
    )
    return st.one_of(
        whole,
        wounded(whole),
        st.builds(
            lambda content, part, at, length, text: with_parts(
                content,
                lambda name, old: Damage(at, length, text).done_to(old) if name == part else old,
            ),
            whole, parts, st.integers(0, 1_000_000), st.integers(0, 30), scraps,
        ),
    )  # fmt: skip
