"""Any contacts as vCards and back; files of cards of any shape."""

from __future__ import annotations

import io
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.exchange.source import open_source
from crm_cli.exchange.vcard import escape, quoted, split, unescape
from crm_cli.exchange.vcard_table import VcardTable
from crm_cli.exchange.vcard_writer import fold
from tests.conftest import Crm
from tests.imports.helpers import COUNTS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
lines = texts.map(lambda text: " ".join(text.split()))
filled = lines.filter(bool)
words = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
emails = st.builds("{}@{}.example.com".format, words, words)
phones = st.one_of(
    st.from_regex(r"\+[1-9][0-9]{8,13}", fullmatch=True),
    st.from_regex(r"0[1-9] [0-9]{3} [0-9]{2}", fullmatch=True),
)
labels = st.one_of(
    st.none(), st.sampled_from(["home", "work", "mobile", "work mobile", "Home", "linkedin"]),
    filled.filter(lambda text: not text.startswith("_$!<")),
)  # fmt: skip
days = st.dates().filter(lambda day: day.year not in {1604, 0}).map(lambda day: day.isoformat())
birthdays = st.one_of(st.none(), days, days.map(lambda day: f"-{day[4:]}"))
addresses = st.builds(
    lambda parts, label: {**parts, "label": label},
    st.dictionaries(
        st.sampled_from(["street", "city", "region", "postcode", "country"]), filled, min_size=1
    ),
    labels,
)  # fmt: skip
contacts = st.fixed_dictionaries(
    {"name": filled, "kind": st.sampled_from(["person", "company"])},
    optional={
        "first_name": filled, "last_name": filled, "company": filled, "job_title": filled,
        "role": st.sampled_from(["prospect", "customer", "partner"]), "language": words,
        "source": filled, "campaign": filled, "owner": filled, "birthday": birthdays,
        "notes": texts.map(lambda text: text.replace("\r", "\n").strip()),
        "tags": st.lists(filled, max_size=3), "external_ids": st.lists(
            st.builds("{}:{}".format, st.sampled_from(["shop", "vcard"]), words), max_size=2
        ),
        "emails": st.lists(st.builds(lambda v, n: {"value": v, "label": n}, emails, labels),
                           max_size=3),
        "phones": st.lists(st.builds(lambda v, n: {"value": v, "label": n}, phones, labels),
                           max_size=3),
        "addresses": st.lists(addresses, max_size=2),
        "links": st.lists(st.builds(lambda v, n: {"value": f"https://{v}.example.com/{v}",
                                                  "label": n}, words, labels), max_size=2),
    },
)  # fmt: skip

SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LOCAL = {"id", "company_id", "referred_by"}


def records(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.split("\n") if line]
    plain = [{key: value for key, value in one.items() if key not in LOCAL} for one in found]
    return sorted(plain, key=lambda one: str(one["uid"]))


@SETTINGS
@given(st.lists(contacts, min_size=1, max_size=5), st.sampled_from(["3.0", "4.0"]))
def test_any_contacts_leave_as_cards_and_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, people: list[dict[str, Any]], version: str,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("cards")
    monkeypatch.setenv("CRM_DB", str(folder / "one.db"))
    crm = Crm(folder / "one.db", capsys.readouterr)
    source = folder / "in.jsonl"
    source.write_text("\n".join(map(json.dumps, people)), encoding="utf-8")
    crm("contact", "import", source, code=None)
    before = records(crm("contact", "export", "-f", "jsonl").out)
    out = crm("contact", "export", "--vcard", version).out
    assert all(len(line.encode()) <= 75 for line in out.split("\r\n"))
    path = folder / "out.vcf"
    path.write_bytes(out.encode())
    monkeypatch.setenv("CRM_DB", str(folder / "two.db"))
    if not before:
        return
    result = crm.json("contact", "import", path)
    assert (result["created"], result.get("contacts_created", 0)) == (len(before), 0)
    assert records(crm("contact", "export", "-f", "jsonl").out) == before
    again = crm.json("contact", "import", path, "--on-match", "update")
    assert again["unchanged"] == len(before)


def test_a_card_of_control_signs_is_text(crm: Crm, tmp_path: Path) -> None:
    name = "\x01" * 40
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"name": name}), encoding="utf-8")
    crm("contact", "import", path)
    crm("contact", "export", tmp_path / "out.vcf")
    assert name in (tmp_path / "out.vcf").read_text(encoding="utf-8")
    again = crm.json("contact", "import", tmp_path / "out.vcf")
    assert (again["read"], again["unchanged"]) == (1, 1)


@given(texts)
def test_a_text_is_escaped_and_meant_again(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert unescape(escape(text)) == plain
    assert split(f"{escape(text)};b", ";") == [escape(text), "b"]


@given(texts)
def test_a_folded_line_is_short_and_unfolds_to_itself(text: str) -> None:
    line = text.replace("\r", "").replace("\n", "")
    folded = fold(line)
    assert folded.replace("\r\n ", "") == line
    assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))


# -- files of any shape ---------------------------------------------------------------------------

pieces = st.one_of(
    st.sampled_from(
        [
            "BEGIN:VCARD\r\n", "BEGIN:VCARD\n", "END:VCARD\r\n", "END:VCARD\n", "begin:vcard\r",
            "VERSION:2.1\n", "VERSION:3.0\r\n", "VERSION:4.0\n", "VERSION:x\n", "FN:Ada\n",
            "FN:Ada\r\n", "N:Lovelace;Ada;;;\n", "N:;;;;\n", "N\n", "FN:\n", "FN\n", "\n", " \n",
            "EMAIL:a@x.org\n", "EMAIL:nobody\n", "EMAIL;TYPE=home,pref:b@x.org\n", "UID:1\n",
            "UID:urn:uuid:00000000-0000-8000-8000-000000000001\n", "TEL;CELL:+41446681800\n",
            'TEL;TYPE="work,fax":12\n', "TEL:\n", "item1.TEL:1\n", "item1.X-ABLabel:x\n",
            "ADR:;;;;;;\n", "ADR:a\n", "ADR:a;b;c;d;e;f;g;h\n", "BDAY:banana\n", "BDAY:--0231\n",
            "BDAY:1990\n", "BDAY:19900531\n", "CATEGORIES:a,b\\,c,,\n", "NOTE:a\\\n",
            "NOTE;ENCODING=QUOTED-PRINTABLE:=C3=\n=BC=ZZ=\n", "FN;QUOTED-PRINTABLE:=00\n",
            "N;CHARSET=none;ENCODING=QUOTED-PRINTABLE:=FF;=3B\n", "PHOTO;BASE64:AAAA\n AAAA\n\n",
            "PHOTO;ENCODING=b:A\n", "AGENT:\n", "AGENT:\nBEGIN:VCARD\nFN:In\nEND:VCARD\n",
            "KIND:group\n", "KIND:org\n", "KIND:device\n", "MEMBER:urn:uuid:1\n", "ORG:;;x\n",
            "ORG:Ada\n", 'X-A;B="c;d:e\n', "X-A;=:\n", ";:\n", ":\n", "X-CRM-REJECTED:why\n",
            "X-CRM-RELATION:{\n", "X-CRM-RELATION:[1]\n", "X-CRM-ROLE:king\n", "X-CRM-UID:1\n",
            "X-CRM-CREATED:now\n", "X-CRM-EXTERNAL-ID::\n", "X-CRM-EXTERNAL-ID:a:b\n",
            "RELATED:urn:uuid:00000000-0000-8000-8000-000000000002\n", " folded\n", "\tfolded\n",
            "\x00", "\x1a", "\ufeff", "ü", "\\", "=", ":", ";", '"',
        ]
    ),
    st.text(max_size=8),
)  # fmt: skip
bodies = st.lists(pieces, max_size=30).map("".join)
whole = st.lists(bodies.map(lambda text: f"BEGIN:VCARD\nFN:A\n{text}\nEND:VCARD\n"), max_size=4)
files_of_cards = st.one_of(
    bodies.map(lambda text: text.encode("utf-8", "replace")),
    whole.map(lambda cards: "".join(cards).encode("utf-8", "replace")),
    bodies.map(lambda text: f"BEGIN:VCARD\n{text}".encode("cp1252", "replace")),
    st.tuples(st.binary(max_size=60), bodies).map(
        lambda both: b"BEGIN:VCARD\n" + both[0] + both[1].encode("utf-8", "replace")
    ),
)


@settings(
    max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files_of_cards)
def test_any_bytes_are_rows_or_a_bad_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rejects.vcf"
    try:
        with closing(open_source("-", io.BytesIO(content))) as source:
            table = VcardTable(source)
            rows = list(table.rows())
            assert list(table.rows()) == rows
            bad = [(line, None, problem) for line, _, problem in rows if problem]
            table.write_rejects(path, bad)
    except errors.BadFile:
        return
    assert all(len(cells) == len(table.header) for _, cells, _ in rows)
    numbers = [line for line, _, _ in rows]
    assert numbers == sorted(set(numbers))
    if bad:
        with closing(open_source(str(path), None)) as source:
            again = [problem for _, _, problem in VcardTable(source).rows()]
        assert len(again) == len(bad)
        assert all(again)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files_of_cards)
def test_the_law_of_counts_holds_for_any_cards(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, content: bytes,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("any")
    monkeypatch.setenv("CRM_DB", str(folder / "crm.db"))
    monkeypatch.chdir(folder)
    crm = Crm(folder / "crm.db", capsys.readouterr)
    path = folder / "in.vcf"
    path.write_bytes(content)
    run = crm("contact", "import", path, "--json", code=None)
    assert run.code in {0, 6}, run
    if not run.out:
        assert run.error["code"] == "bad-file"
        return
    result = run.json
    assert result["read"] == sum(result[key] for key in COUNTS[1:])
    again = crm("contact", "import", path, "--json", code=None).json
    assert again["created"] == again["updated"] == 0
    assert again["rejected"] == result["rejected"]
    if result["rejected"]:
        back = crm("contact", "import", result["rejects_file"], "--json", code=6).json
        assert (back["read"], back["rejected"]) == (result["rejected"], result["rejected"])


def test_a_parameter_is_written_as_it_is_meant() -> None:
    assert quoted('a "b"; c^\n') == "\"a ^'b^'; c^^^n\""
