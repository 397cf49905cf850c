"""vCards as phones and address books write them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.exchange.source import open_source
from crm_cli.exchange.vcard_table import VcardTable
from tests.imports.helpers import COUNTS

if TYPE_CHECKING:
    from tests.imports.helpers import Files

IOS = r"""BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.5.1//EN
N:Muster;Anna;Maria;Dr.;
FN:Dr. Anna Maria Muster
NICKNAME:Änni
ORG:Beispiel AG;Verkauf;
TITLE:Leiterin Verkauf
EMAIL;type=INTERNET;type=HOME:anna@privat.example.ch
EMAIL;type=INTERNET;type=WORK;type=pref:Anna@Beispiel.ch
item1.EMAIL;type=INTERNET:kasse@verein.ch
item1.X-ABLabel:Verein
TEL;type=CELL;type=VOICE;type=pref:+41 79 123 45 67
TEL;type=IPHONE;type=CELL;type=VOICE:+41 79 123 45 68
TEL;type=WORK;type=VOICE:+41 44 668 18 00
TEL;type=WORK;type=FAX:+41 44 668 18 01
item2.ADR;type=HOME;type=pref:;;Gasse 1\nHinterhaus;Bern;BE;3011;Schweiz
item2.X-ABADR:ch
item3.URL;type=pref:https\://beispiel.ch
item3.X-ABLabel:_$!<HomePage>!$_
BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-31
item4.X-ABDATE;type=pref:2010-06-12
item4.X-ABLabel:_$!<Anniversary>!$_
item5.X-ABRELATEDNAMES;type=pref:Beat Muster
item5.X-ABLabel:_$!<Spouse>!$_
NOTE:Zeile eins\nZeile zwei\, mit Komma\; und Strich
  punkt
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAw
 MEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/
X-SOCIALPROFILE;type=linkedin;x-user=anna:http://www.linkedin.com/in/anna
UID:5C1B9A2E-1111-2222-3333-444455556666
REV:2024-06-03T08:00:00Z
END:VCARD
BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.5.1//EN
N:;;;;
FN:Werkstatt Huber
ORG:Werkstatt Huber;
TEL;type=MAIN:+41 31 300 00 00
X-ABShowAs:COMPANY
UID:7777AAAA-1111-2222-3333-444455556666
END:VCARD
"""

ANDROID = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg=20=
M=C3=BCller
TEL;CELL;PREF:+41791112233
TEL;WORK:0446681800
TEL;X-Ferien:+41794445566
EMAIL;HOME:joerg@example.com
ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;H=C3=B6heweg 3=3B 2. Stock;Z=C3=BCrich;;8001;CH
NOTE;ENCODING=QUOTED-PRINTABLE:erste Zeile=0D=0A=
zweite Zeile
BDAY:1985-12-24
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoH
 BwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsN

X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Jogi;1;;;;;;;;;;;;;
END:VCARD
"""

OUTLOOK = """BEGIN:VCARD
VERSION:2.1
X-MS-OL-DEFAULT-CHARSET:iso-8859-1
N;LANGUAGE=de;CHARSET=Windows-1252:Hürlimann;Köbi;;Herr
FN;CHARSET=Windows-1252:Köbi Hürlimann
ORG;CHARSET=Windows-1252:Brauerei Hürlimann;Versand
TITLE;CHARSET=Windows-1252:Geschäftsführer
ROLE:Chef
NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=Windows-1252:Trifft man im =84B=E4ren=93=0D=0AC:=5Cdaten
TEL;WORK;VOICE:+41 (44) 668 18 05
TEL;CELL;VOICE:+41 79 668 18 05
TEL;WORK;FAX:+41 44 668 18 06
ADR;WORK;PREF;CHARSET=Windows-1252:;;Brunaustr. 3;Zürich;ZH;8002;Schweiz
LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE;CHARSET=Windows-1252:Brunaustr. 3=0D=0A=
8002 Z=FCrich
X-MS-OL-DEFAULT-POSTAL-ADDRESS:2
URL;WORK:http://www.example.com/bier
BDAY:19600302
EMAIL;PREF;INTERNET:koebi@example.com
X-MS-CARDPICTURE;TYPE=JPEG;ENCODING=BASE64:
 /9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQY

X-MS-OL-DESIGN;CHARSET=utf-8:<card xmlns="http://schemas.microsoft.com/office/outlook/12/electronicbusinesscards" ver="1.0"/>
REV:20240603T080000Z
END:VCARD
"""

GOOGLE = """BEGIN:VCARD
VERSION:3.0
FN:Eva Lang
N:Lang;Eva;;;
NICKNAME:Evi
EMAIL;TYPE=INTERNET;TYPE=HOME:eva@gmail.com
EMAIL;TYPE=INTERNET:eva.lang@firma.example.com
TEL;TYPE=CELL:+43 660 1234567
item1.TEL:+43 1 234567
item1.X-ABLabel:Atelier
item2.ORG:Atelier Lang
item2.TITLE:Künstlerin
ADR;TYPE=HOME:;;Ring 1;Wien;;1010;AT;Ring 1\\nWien 1010\\nAT
item3.URL:http://www.google.com/profiles/1234
item3.X-ABLabel:PROFILE
BDAY:19790401
item4.X-ABDATE:20010908
item4.X-ABLabel:_$!<Anniversary>!$_
NOTE:Kunde seit 2019
CATEGORIES:Stammkunden,myContacts,Wien\\, Mitte
PHOTO:https://lh3.googleusercontent.com/contacts/abc
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:
N:;;;;
EMAIL;TYPE=INTERNET:nur.mail@example.com
END:VCARD
"""

FOUR = """BEGIN:VCARD
VERSION:4.0
UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
FN;PREF=2;LANGUAGE=en:Simon
FN;PREF=1:Simon Perreault
N:Perreault;Simon;;;ing. jr,M.Sc.
BDAY:--0203
ANNIVERSARY:20090808T1430-0500
GENDER:M
LANG;PREF=2:en
LANG;PREF=1:fr
ORG;TYPE=work:Viagenie
ADR;TYPE=work;LABEL="Suite D2-630\\n2875 Laurier":;Suite D2-630;2875 Laurier;
 Quebec;QC;G1V 2M2;Canada
TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102
TEL;VALUE=uri;TYPE="work,cell,voice,video,text":tel:+1-418-262-6501
EMAIL;TYPE=work;PREF=50:simon.perreault@viagenie.ca
EMAIL;PREF=1:mailto:simon@example.org
GEO;TYPE=work:geo:46.772673,-71.282945
KEY;TYPE=work:data:application/pgp-keys;base64,AAAA
PHOTO:data:image/jpeg;base64,AAAA
RELATED;TYPE=contact:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
TZ:-0500
URL;TYPE=home:http://nomis80.org
IMPP;PREF=1:xmpp:alice@example.com
END:VCARD
BEGIN:VCARD
VERSION:4.0
KIND:org
FN:Viagenie
EMAIL:info@viagenie.ca
END:VCARD
"""


def shown(files: Files, who: object) -> dict[str, Any]:
    found: dict[str, Any] = files.crm.json("contact", "show", who)
    return found


def values(record: dict[str, Any], name: str) -> list[tuple[str, str | None]]:
    return [(entry["value"] or entry["raw"], entry["label"]) for entry in record[name]]


def kept(files: Files) -> set[tuple[str, str]]:
    return set(files.rows("SELECT name, value FROM contact_properties"))


def load(files: Files, content: str | bytes, *options: str, **more: Any) -> dict[str, Any]:
    return files.load("contact", content, *options, name="cards.vcf", **more)


def test_what_an_iphone_writes(files: Files) -> None:
    result = load(files, IOS.replace("\n", "\r\n"))
    assert (result["read"], result["created"], result["contacts_created"]) == (2, 2, 1)
    (warning,) = result["warnings"]
    assert (warning["kind"], warning["count"], warning["lines"]) == ("binary", 1, [1])
    anna = shown(files, "anna@beispiel.ch")
    assert (anna["name"], anna["first_name"], anna["last_name"]) == (
        "Dr. Anna Maria Muster", "Anna", "Muster",
    )  # fmt: skip
    assert (anna["company"], anna["job_title"]) == ("Beispiel AG", "Leiterin Verkauf")
    assert values(anna, "emails") == [
        ("anna@beispiel.ch", "work"), ("anna@privat.example.ch", "home"),
        ("kasse@verein.ch", "Verein"),
    ]  # fmt: skip
    assert values(anna, "phones") == [
        ("+41791234567", "mobile"), ("+41791234568", "mobile"), ("+41446681800", "work"),
    ]  # fmt: skip
    assert anna["addresses"] == [
        {
            "label": "home", "street": "Gasse 1, Hinterhaus", "city": "Bern", "region": "BE",
            "postcode": "3011", "country": "Schweiz",
        }
    ]  # fmt: skip
    assert anna["links"] == [
        {"value": "https://beispiel.ch", "label": "homepage"},
        {"value": "http://www.linkedin.com/in/anna", "label": "linkedin"},
    ]
    assert anna["birthday"] == "--05-31"
    assert anna["notes"] == "Zeile eins\nZeile zwei, mit Komma; und Strich punkt"
    assert anna["external_ids"] == ["vcard:5C1B9A2E-1111-2222-3333-444455556666"]
    assert kept(files) >= {
        ("N", "Muster;Anna;Maria;Dr.;"), ("ORG", "Beispiel AG;Verkauf;"), ("NICKNAME", "Änni"),
        ("X-ABDATE", "2010-06-12"), ("X-ABRELATEDNAMES", "Beat Muster"),
        ("TEL", "+41 44 668 18 01"), ("X-ABLABEL", "_$!<Spouse>!$_"),
    }  # fmt: skip
    garage = shown(files, "Werkstatt Huber")
    assert (garage["kind"], garage["company"]) == ("company", None)
    assert values(garage, "phones") == [("+41313000000", "main")]


def test_what_an_android_phone_writes(files: Files) -> None:
    result = load(files, ANDROID, "--country", "CH")
    assert [warning["kind"] for warning in result["warnings"]] == ["binary"]
    joerg = shown(files, 1)
    assert (joerg["name"], joerg["first_name"], joerg["last_name"]) == (
        "Jörg Müller", "Jörg", "Müller",
    )  # fmt: skip
    assert values(joerg, "phones") == [
        ("+41791112233", "mobile"), ("+41446681800", "work"), ("+41794445566", "x-ferien"),
    ]  # fmt: skip
    assert joerg["addresses"][0]["street"] == "Höheweg 3; 2. Stock"
    assert joerg["addresses"][0]["city"] == "Zürich"
    assert joerg["notes"] == "erste Zeile\nzweite Zeile"
    assert joerg["birthday"] == "1985-12-24"
    assert [name for name, _ in kept(files)] == ["X-ANDROID-CUSTOM"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_what_outlook_writes(files: Files, encoding: str) -> None:
    text = OUTLOOK if encoding == "cp1252" else OUTLOOK.replace(";CHARSET=Windows-1252:H", ":H")
    content = text.encode(encoding)
    if encoding == "utf-8":
        content = content.replace(b";CHARSET=Windows-1252", b";CHARSET=utf-8")
        content = content.replace(b"=84B=E4ren=93", "„Bären“".encode())
    load(files, content)
    koebi = shown(files, 1)
    assert (koebi["name"], koebi["company"]) == ("Köbi Hürlimann", "Brauerei Hürlimann")
    assert koebi["job_title"] == "Geschäftsführer"
    assert koebi["notes"] == "Trifft man im „Bären“\nC:\\daten"
    assert values(koebi, "phones") == [("+41446681805", "work"), ("+41796681805", "mobile")]
    assert koebi["addresses"][0]["city"] == "Zürich"
    assert koebi["birthday"] == "1960-03-02"
    assert koebi["links"] == [{"value": "http://www.example.com/bier", "label": "work"}]
    assert ("ROLE", "Chef") in kept(files)


def test_what_google_writes(files: Files) -> None:
    result = load(files, GOOGLE)
    assert (result["created"], result["warnings"]) == (2, [])
    eva = shown(files, "eva@gmail.com")
    assert values(eva, "emails") == [
        ("eva@gmail.com", "home"), ("eva.lang@firma.example.com", None),
    ]  # fmt: skip
    assert values(eva, "phones") == [("+436601234567", "mobile"), ("+431234567", "Atelier")]
    assert (eva["company"], eva["job_title"]) == ("Atelier Lang", "Künstlerin")
    assert eva["tags"] == ["Stammkunden", "Wien, Mitte"]
    assert eva["birthday"] == "1979-04-01"
    assert ("PHOTO", "https://lh3.googleusercontent.com/contacts/abc") in kept(files)
    assert shown(files, 2)["name"] == "nur.mail@example.com"


def test_what_version_4_adds(files: Files) -> None:
    result = load(files, FOUR)
    assert result["created"] == 2
    simon = shown(files, "simon@example.org")
    assert (simon["name"], simon["birthday"], simon["language"]) == (
        "Simon Perreault", "--02-03", "fr",
    )  # fmt: skip
    assert simon["emails"][0]["value"] == "simon@example.org"
    assert simon["phones"][0]["raw"] == "+1-418-656-9254 ext. 102"
    assert values(simon, "phones")[1] == ("+14182626501", "work mobile")
    assert simon["addresses"][0]["street"] == "2875 Laurier, Suite D2-630"
    assert {"ANNIVERSARY", "GENDER", "GEO", "TZ", "IMPP", "RELATED", "FN", "LANG"} <= {
        name for name, _ in kept(files)
    }
    assert shown(files, "info@viagenie.ca")["kind"] == "company"


@pytest.mark.parametrize("card", [IOS, ANDROID, GOOGLE, FOUR, OUTLOOK])
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_everything_a_card_says_leaves_and_comes_back(
    files: Files, card: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(files, card.encode("cp1252" if card is OUTLOOK else "utf-8"))
    assert load(files, card.encode("cp1252" if card is OUTLOOK else "utf-8"))["import"] is None
    out = files.crm("contact", "export", "--vcard", version).out
    before = files.crm("contact", "export", "-f", "jsonl").out
    again = files.load("contact", out, name="out.vcf")
    assert again["unchanged"] == again["read"]
    monkeypatch.setenv("CRM_DB", str(files.folder / "other.db"))
    other = files.load("contact", out, name="out.vcf")
    assert (other["created"], other.get("contacts_created", 0)) == (other["read"], 0)
    assert files.crm("contact", "export", "-f", "jsonl").out == before


def test_cards_come_through_a_pipe_and_as_utf_16(files: Files) -> None:
    run = files.crm.process("contact", "import", "-", "--json", stdin=GOOGLE)
    assert run.json["created"] == 2
    again = load(files, GOOGLE.encode("utf-16"))
    assert (again["unchanged"], again["created"]) == (2, 0)


APERO = (
    "BEGIN:VCARD\nVERSION:3.0\nN:Apéro;;;;\nFN:Apéro\nX-ADDRESSBOOKSERVER-KIND:group\n"
    "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:5C1B9A2E-1111-2222-3333-444455556666\n"
    "UID:aaaa\nEND:VCARD\n"
)


def test_a_group_is_a_tag_of_its_members(files: Files) -> None:
    result = load(files, IOS + APERO)
    assert (result["read"], result["created"]) == (2, 2)
    assert shown(files, "anna@beispiel.ch")["tags"] == ["Apéro"]
    assert "card-group" in [warning["kind"] for warning in result["warnings"]]


def test_a_folded_character_and_a_folded_word(files: Files) -> None:
    """Old phones cut lines at octets; 2.1 folds at a blank, which stays."""
    name = "Zoë Müller".encode()
    content = (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:" + name[:6] + b"\r\n " + name[6:] + b"\r\nNOTE:Zo\xc3"
        b"\r\n \xab\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Bob\r\n Meier\r\nEND:VCARD\r\n"
    )
    run = files.crm("contact", "import", files.write(content, "cards.vcf"))
    assert "cp1252" not in run.err
    assert shown(files, 1)["notes"] == "Zoë"
    assert shown(files, 2)["name"] == "Bob Meier"


BAD = """BEGIN:VCARD
VERSION:3.0
FN:Good
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Anna
not a property
END:VCARD
between two cards
and more of it
BEGIN:VCARD
FN:Bob
EMAIL:bob at example
END:VCARD
BEGIN:VCARD
VERSION:5.0
FN:Later
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Open
BEGIN:VCARD
VERSION:3.0
NOTE:nobody
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Cut off
"""


def test_a_bad_card_is_rejected_with_its_line_and_the_others_come_in(files: Files) -> None:
    result = load(files, BAD, code=6)
    assert [result[key] for key in COUNTS] == [8, 1, 0, 0, 7]
    told = {row["line"]: row["reason"] for row in result["rejections"]}
    assert told[5].startswith("line 8 has no colon: 'not a property'")
    assert told[10].startswith("stands outside of a card")
    assert "is not an e-mail address" in told[12]
    assert "'5.0'" in told[16]
    assert told[20] == "has no END:VCARD (the next card begins in line 23)"
    assert told[23].startswith("has no name")
    assert told[27] == "has no END:VCARD"
    assert result["rejects_file"].endswith("cards.vcf.rejects.vcf")


def test_rejected_cards_are_mended_and_fed_back(files: Files) -> None:
    first = load(files, BAD, code=6)
    path = Path(first["rejects_file"])
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text(encoding="utf-8")
    assert "X-CRM-REJECTED:line 12\\, email: " in text
    assert "Good" not in text
    back = files.crm.json("contact", "import", path, code=6)
    assert [back[key] for key in COUNTS] == [7, 0, 0, 0, 7]
    mended = (
        text.replace("not a property\n", "").replace("bob at example", "bob@example.com")
        .replace("VERSION:5.0", "VERSION:4.0").replace("NOTE:nobody", "FN:Somebody")
        .replace("FN:Open\n", "FN:Open\nEND:VCARD\n").replace("between two cards\n", "")
        .replace("and more of it\n", "") + "END:VCARD\n"
    )  # fmt: skip
    result = files.load("contact", mended, name="mended.vcf")
    assert [result[key] for key in COUNTS] == [6, 6, 0, 0, 0]


def test_a_clean_run_removes_the_rejects_of_the_one_before(files: Files) -> None:
    path = Path(load(files, BAD, code=6)["rejects_file"])
    assert path.exists()
    load(files, GOOGLE)
    assert not path.exists()
    path.write_text("BEGIN:VCARD\nFN:mine\nEND:VCARD\n")
    assert load(files, GOOGLE)["rejected"] == 0
    assert "mine" in path.read_text()
    path.rename(files.folder / "other.vcf.rejects.vcf")
    run = files.crm("contact", "import", files.write(BAD, "other.vcf"), code=6)
    assert "is no file of rejected rows" in run.err


def test_rejected_cards_that_were_edited_are_kept(files: Files) -> None:
    path = Path(load(files, BAD, code=6)["rejects_file"])
    written = path.read_bytes()
    path.write_bytes(written.replace(b"END:VCARD", b"NOTE:mended\r\nEND:VCARD", 1))
    edited = path.read_bytes()
    again = load(files, BAD, code=6)
    aside = path.with_name("cards.vcf.rejects.edited.vcf")
    assert [warning["kind"] for warning in again["warnings"]].count("rejects-kept") == 1
    assert (path.read_bytes(), aside.read_bytes()) == (written, edited)
    path.write_bytes(edited)
    load(files, GOOGLE)
    assert path.read_bytes() == edited


def test_rejected_cards_come_back_with_the_options_of_their_input(files: Files) -> None:
    """A file of another encoding is copied as UTF-8 and marked so: the mark counts more."""
    text = "BEGIN:VCARD\nVERSION:9.9\nFN:Zoé Müller\nEND:VCARD\n"
    source = files.folder / "old.vcf"
    source.write_bytes(text.encode("cp1252"))
    said = ("--encoding", "cp1252")
    first = files.crm.json("contact", "import", source, *said, code=6)
    rejects = Path(first["rejects_file"])
    assert "FN:Zoé Müller" in rejects.read_text(encoding="utf-8-sig")
    rejects.write_text(rejects.read_text(encoding="utf-8").replace("9.9", "3.0"), encoding="utf-8")
    assert files.crm.json("contact", "import", rejects, *said)["created"] == 1
    assert files.crm.json("contact", "list")[0]["name"] == "Zoé Müller"


def test_undo_takes_cards_back_with_all_they_brought(files: Files) -> None:
    load(files, IOS)
    assert kept(files)
    files.crm("undo", "--yes")
    assert kept(files) == set()
    assert files.crm.json("contact", "list") == []
    files.crm("redo")
    assert ("NICKNAME", "Änni") in kept(files)


def test_a_later_card_adds_what_is_new(files: Files) -> None:
    load(files, IOS)
    more = IOS.replace("NICKNAME:Änni", "NICKNAME:Änni\nX-SKYPE:anna")
    result = load(files, more)
    assert (result["updated"], result["unchanged"]) == (1, 1)
    assert ("X-SKYPE", "anna") in kept(files)
    files.crm("undo")
    assert ("X-SKYPE", "anna") not in kept(files)
    files.crm("contact", "delete", 1, "--yes")
    assert ("NICKNAME", "Änni") not in kept(files)
    files.crm("trash", "restore", "1")
    assert ("NICKNAME", "Änni") in kept(files)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_cards_brought_leaves_in_other_formats_too(
    files: Files, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(files, IOS)
    path = files.folder / f"all.{kind}"
    files.crm("contact", "export", path)
    before = kept(files)
    monkeypatch.setenv("CRM_DB", str(files.folder / "other.db"))
    result = files.crm.json("contact", "import", path)
    assert result["unknown_columns"] == []
    files.crm.db = files.folder / "other.db"
    assert kept(files) == before
    assert files.counts("contact", "name,vcard_properties\nAda,[1]\n", code=6)[-1] == 1


def test_a_company_that_changed_leaves_no_old_units(files: Files) -> None:
    load(files, IOS)
    assert "ORG:Beispiel AG;Verkauf;" in files.crm("contact", "export", "--vcard", "3.0").out
    files.crm("contact", "edit", "1", "--company", "Neu GmbH", "--last-name", "Meier")
    out = files.crm("contact", "export", "--vcard", "3.0").out
    assert "ORG:Neu GmbH\r\n" in out
    assert "Verkauf;" not in out
    assert "N:Meier;Anna;;;\r\n" in out


def test_cards_are_people_and_not_purchases(files: Files) -> None:
    path = files.write(IOS, "cards.vcf")
    assert "crm contact import" in files.crm("purchase", "import", path, code=6).err
    assert files.crm("product", "export", "x.vcf", "--json", code=2).error["code"] == "invalid"
    for options in (["--vcard", "2.1"], ["--vcard", "3.0", "-f", "csv"]):
        assert files.crm("contact", "export", *options, code=2).out == ""
    text = files.write("name\nAda\n", "no.vcf")
    assert "holds no vCard" in files.crm("contact", "import", text, code=6).err


def test_the_ending_chooses_the_format(files: Files) -> None:
    load(files, IOS)
    path = files.folder / "Out.VCF"
    files.crm("contact", "export", path)
    content = path.read_bytes()
    assert content.startswith(b"BEGIN:VCARD\r\nVERSION:3.0\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_card_with_two_like_addresses_changes_nothing_the_second_time(files: Files) -> None:
    card = (
        "BEGIN:VCARD\nFN:Ada\nEMAIL:a@x.org\nADR:;;Gasse 1;;;;\nADR:;;Gasse 1;Bern;;;\nEND:VCARD\n"
    )
    assert load(files, card)["created"] == 1
    assert load(files, card)["unchanged"] == 1
    assert len(shown(files, 1)["addresses"]) == 2


def test_custom_fields_travel_with_cards(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def fields() -> None:
        files.crm("field", "add", "contact", "Shoe size", "number")
        files.crm("field", "add", "contact", "Budget", "money")
        files.crm("field", "add", "contact", "Newsletter", "flag")

    fields()
    files.crm("contact", "add", "Ada", "--set", "shoe_size=41.5", "--set", "budget=12.50 CHF",
              "--set", "newsletter=yes")  # fmt: skip
    before = shown(files, 1)["fields"]
    assert len(before) >= 3
    out = files.crm("contact", "export", "--vcard", "4.0").out
    monkeypatch.setenv("CRM_DB", str(files.folder / "other.db"))
    fields()
    assert files.load("contact", out, name="out.vcf")["unknown_columns"] == []
    assert shown(files, 1)["fields"] == before
    monkeypatch.setenv("CRM_DB", str(files.folder / "third.db"))
    assert "field:budget" in files.load("contact", out, name="out.vcf")["unknown_columns"]


@pytest.mark.parametrize("cards", [IOS, IOS + APERO], ids=["people", "and a group"])
def test_a_file_too_large_to_be_held_is_read_alike(
    cards: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.vcf"
    path.write_text(cards * 3 + "BEGIN:VCARD\nFN:open", encoding="utf-8")

    def read() -> tuple[list[str], list[Any], list[Any]]:
        with closing(open_source(str(path), None)) as source:
            table = VcardTable(source)
            rows = list(table.rows())
            assert list(table.rows()) == rows
            return table.header, rows, list(table.remarks)

    held = read()
    monkeypatch.setattr("crm_cli.exchange.vcard_table.HELD_BYTES", 0)
    assert read() == held
