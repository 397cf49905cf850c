"""One mail's bytes as a row: whatever a mail may hold, it is read or rejected with a reason."""

from __future__ import annotations

import base64
import io
import time

import pytest

from crm_cli.exchange.mailbox import MBOX, Mailbox, mails
from crm_cli.exchange.mailbox_html import plain_text
from crm_cli.exchange.mailbox_parts import pieces
from crm_cli.exchange.mailbox_reader import (
    BULK,
    DELETED,
    LONGEST_BODY,
    MAIL,
    REJECTED,
    Mail,
    Wanted,
    read,
)
from tests.log_import.mails import mail

NOW = Wanted("2026-06-15T10:00:00Z")


def row(raw: bytes, envelope: str = "", *, mbox: bool = False, wanted: Wanted = NOW) -> Mail:
    return read(raw, envelope, wanted, mbox=mbox)


def test_a_plain_mail() -> None:
    found = row(mail("Could you send ten boxes?"))
    assert found == Mail(
        MAIL, "", "2026-06-01T09:12:00Z", "1@example.org", None,
        (("Ada Lovelace", "ada@example.org"),), (), (("", "us@firm.example.org"),), (), (),
        "Boxes", "Could you send ten boxes?",
    )  # fmt: skip


# -- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Mon, 1 Jun 2026 11:12:00 +0200", "2026-06-01T09:12:00Z"),
        ("1 Jun 2026 11:12 +0200 (CEST)", "2026-06-01T09:12:00Z"),
        ("Mon, 01 Jun 2026 11:12:60 -0000", "2026-06-01T11:12:59Z"),
        ("Mon, 1 Jun 26 11:12:00 EST", "2026-06-01T16:12:00Z"),
        ("Mon, 1 Jun 2026 11:12:00 PDT", "2026-06-01T18:12:00Z"),
        ("Mon Jun  1 11:12:00 2026", "2026-06-01T11:12:00Z"),
        ("Mon, 1 Jun 2026 11:12:00", "2026-06-01T11:12:00Z"),
        ("Mon, 1 June 2026 11:12:00 GMT", "2026-06-01T11:12:00Z"),
        ("Mon,\n 1 Jun\n 2026 11:12:00 +0545", "2026-06-01T05:27:00Z"),
        ("31 Dec 2025 23:30:00 -0100", "2026-01-01T00:30:00Z"),
    ],
)
def test_every_form_of_a_date(text: str, at: str) -> None:
    assert row(mail(Date=text)).at == at


@pytest.mark.parametrize("text", ["yesterday", "", "32 Jun 2026 10:00 +0000", "Thu, 1 Jan 1970 00:00:00 +0000"])  # fmt: skip
def test_where_the_date_says_nothing_the_server_does(text: str) -> None:
    received = "from a by b; Mon, 1 Jun 2026 12:00:00 +0000"
    assert row(mail(Date=text, Received=received)).at == "2026-06-01T12:00:00Z"


def test_and_then_the_line_of_the_mbox() -> None:
    envelope = "From x@example.org Mon Jun  1 08:00:00 2026"
    assert row(mail(Date=None), envelope).at == "2026-06-01T08:00:00Z"
    gmail = "From 1790@xxx Mon Jun 01 08:00:00 +0000 2026"
    assert row(mail(Date=None), gmail).at == "2026-06-01T08:00:00Z"


def test_a_mail_without_any_date_is_rejected() -> None:
    assert row(mail(Date=None)) == Mail(REJECTED, "has no date")
    found = row(mail(Date="the day after"))
    assert found == Mail(REJECTED, "its date cannot be read: 'the day after'")


def test_a_date_to_come_is_none_that_a_mail_has() -> None:
    ahead = "Mon, 1 Jun 2099 10:00:00 +0000"
    assert row(mail(Date=ahead)).reason == "is dated 2099-06-01T10:00:00Z, which is still to come"
    received = "by b; Mon, 1 Jun 2026 12:00:00 +0000"
    assert row(mail(Date=ahead, Received=received)).at == "2026-06-01T12:00:00Z"


# -- people and words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("ada@example.org", [("", "ada@example.org")]),
        ("ADA@Example.ORG", [("", "ada@example.org")]),
        ('"Lovelace, Ada" <ada@example.org>', [("Lovelace, Ada", "ada@example.org")]),
        ("ada@example.org (Ada Lovelace)", [("Ada Lovelace", "ada@example.org")]),
        ("=?utf-8?q?J=C3=BCrg?= <j@example.org>", [("Jürg", "j@example.org")]),
        ('"=?utf-8?B?SsO8cmc=?=" <j@example.org>', [("Jürg", "j@example.org")]),
        ("Jürg <j@example.org>", [("Jürg", "j@example.org")]),
        ("ada@example.org <ada@example.org>", [("", "ada@example.org")]),
        ("'Ada' <ada@example.org>", [("Ada", "ada@example.org")]),
        ("a@example.org, b@example.org,, c@example.org", [("", "a@example.org"), ("", "b@example.org"), ("", "c@example.org")]),
        ("Team: a@example.org, Bob <b@example.org>;", [("", "a@example.org"), ("Bob", "b@example.org")]),
        ("undisclosed-recipients:;", []),
        ('"ada@example.org" <mallory@example.org>', [("ada@example.org", "mallory@example.org")]),
        ('"a\\"b" <q@example.org>', [('a"b', "q@example.org")]),
        ("bob@example.org <mallory@example.net>", [("bob@example.org", "mallory@example.net")]),
        ("a@example.org; b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("ada@example.org, ADA@example.org", [("", "ada@example.org")]),
        ("no address at all", []),
    ],
)  # fmt: skip
def test_the_people_of_a_field(text: str, people: list[tuple[str, str]]) -> None:
    assert list(row(mail(To=text)).to) == people


@pytest.mark.parametrize(
    "text",
    [
        "Ada <ada@example.org> Bob <bob@example.org>", "<ada@example.org>; Bob <bob@example.org",
        "Ada <ada@example.org>> , bob@example.org", "ada@example.org bob@example.org",
    ],
)  # fmt: skip
def test_of_a_broken_field_the_addresses(text: str) -> None:
    assert [address for _, address in row(mail(To=text)).to] == [
        "ada@example.org",
        "bob@example.org",
    ]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("=?utf-8?Q?Gr=C3=BCezi_mitenand?=", "Grüezi mitenand"),
        ("=?iso-8859-1?q?Gr=FCezi?= =?iso-8859-1?q?_mitenand?=", "Grüezi mitenand"),
        ("Re: =?UTF-8?B?R3LDvGV6aQ==?= (2)", "Re: Grüezi (2)"),
        # a character cut in two by the program that wrote it
        ("=?utf-8?B?w7w=?= =?utf-8?B?ww==?= =?utf-8?B?vA==?=", "üü"),
        ("=?utf-8?Q?a?=\n =?utf-8?Q?b?=", "ab"),
        ("folded\n subject", "folded subject"),
        ("=?x-nobody-knows?Q?caf=E9?=", "café"),
        ("=?utf-8?Q?broken=C3?=", "broken\ufffd"),
        ("=?utf-8*de?Q?sprache?=", "sprache"),
        ("caf\udce9 au lait", "café au lait"),
        ("=?utf-8?Q?line=0Abreak=00?=", "line break"),
        (None, None),
        ("  ", None),
    ],
)
def test_the_subject(text: str | None, subject: str | None) -> None:
    assert row(mail(Subject=text)).subject == subject


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("<a.B@Example.org>", "a.B@Example.org"),
        ("  <a@b> ", "a@b"),
        ("no-brackets@example.org", "no-brackets@example.org"),
        ("<folded\n @example.org>", "folded@example.org"),
    ],
)
def test_a_message_id_stands_bare_and_as_it_was(text: str, known: str) -> None:
    found = row(mail(Message_ID=text))
    assert (found.message_id, found.fingerprint) == (known, None)


def test_without_message_id_a_mail_is_known_by_what_it_says() -> None:
    one, same, other = (
        row(mail(body, Message_ID=None)) for body in ("Hello", "Hello", "Hello again")
    )
    assert one.message_id is None
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint is not None
    assert one.fingerprint != other.fingerprint
    crlf = mail("Hello", Message_ID=None).replace(b"\n", b"\r\n")
    assert row(crlf).fingerprint == one.fingerprint


def test_no_sender_no_mail() -> None:
    assert row(mail(From=None)).reason == "has no sender"
    assert row(mail(From="nobody")).reason == "its sender cannot be read: 'nobody'"
    assert row(mail(From=None, Sender="ada@example.org")).sender[0][1] == "ada@example.org"


# -- bodies -----------------------------------------------------------------------------------


def body(content: str | bytes, kind: str = "text/plain", encoding: str | None = None) -> str | None:
    head = mail("", Content_Type=kind, Content_Transfer_Encoding=encoding).rstrip(b"\n") + b"\n\n"
    return row(head + (content.encode() if isinstance(content, str) else content)).body


def parts(kind: str, *pieces: str, boundary: str = "b1") -> str | None:
    inner = "".join(f"--{boundary}\n{piece}\n" for piece in pieces)
    return body(f"preamble\n{inner}--{boundary}--\nepilogue", f'{kind}; boundary="{boundary}"')


def test_transfer_encodings_and_charsets() -> None:
    assert body("Gr=C3=BCezi =\nmitenand", encoding="quoted-printable") == "Grüezi mitenand"
    assert (
        body("Gr=FCezi=20=\nmit", "text/plain; charset=iso-8859-1", "quoted-printable")
        == "Grüezi mit"
    )
    assert body(base64.encodebytes("Grüezi".encode()), encoding="BASE64") == "Grüezi"
    assert body("Gr\xfcezi".encode("latin-1"), "text/plain; charset=iso-8859-1") == "Grüezi"
    assert body(b"\x93quoted\x94 \x80", "text/plain; charset=iso-8859-1") == "“quoted” €"
    assert body(b"caf\xe9") == "café"  # 8 bits and no charset
    assert body("Grüezi") == "Grüezi"
    assert body("Привет".encode("koi8-r"), "text/plain; charset=KOI8-R") == "Привет"
    assert body("日本".encode("iso-2022-jp"), "text/plain; charset=iso-2022-jp") == "日本"
    assert body("中文".encode("gb18030"), "text/plain; charset=gb2312") == "中文"
    assert body("hi".encode("utf-16"), "text/plain; charset=utf-16") == "hi"
    assert body(b"caf\xe9", "text/plain; charset=no-such-thing") == "café"
    assert body(b"caf\xe9 \\u00e9", "text/plain; charset=unicode_escape") == "café \\u00e9"
    assert body(b"caf\xe9", "text/plain; charset=utf-8") == "caf\ufffd"
    assert body(b"+2AA-x", "text/plain; charset=utf-7") == "\ufffdx"


def test_truncated_base64_gives_what_there_is() -> None:
    whole = base64.b64encode(b"Hello world, how are you").decode()
    assert body(whole[:10], encoding="base64") == "Hello w"
    assert body(whole[:9], encoding="base64") == "Hello"
    assert body("!!!", encoding="base64") is None
    assert body(f"{whole[:8]}\n\n{whole[8:]}", encoding="base64") == "Hello world, how are you"


def test_control_characters_go() -> None:
    assert body("a\0b\x1b[31mred\x07\r\nline\tcell") == "ab[31mred\nline\tcell"


def test_of_two_ways_to_say_it_the_plain_one() -> None:
    plain, html = "Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>html</p>"
    assert parts("multipart/alternative", plain, html) == "plain"
    assert parts("multipart/alternative", html, plain) == "plain"
    assert parts("multipart/alternative", "Content-Type: text/plain\n\n \n", html) == "html"
    assert parts("multipart/alternative", html) == "html"


def test_nested_parts_and_attachments_by_name() -> None:
    inner = (
        'Content-Type: multipart/alternative; boundary="b1x"\n\n--b1x\nContent-Type: text/plain\n\n'
        "said\n--b1x\nContent-Type: text/html\n\n<p>said</p>\n--b1x--\n"
    )
    pdf = (
        "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment;"
        ' filename="Offer, final.pdf"\nContent-Transfer-Encoding: base64\n\nAAAA'
    )
    odd = "Content-Type: image/png\nContent-Disposition: attachment; filename*=utf-8''caf%C3%A9.png\n\nx"
    word = 'Content-Type: text/plain; name="=?utf-8?Q?B=C3=BCro.txt?="\nContent-Disposition: attachment\n\nno'
    forwarded = "Content-Type: message/rfc822\n\nSubject: inner\n\ninner text"
    last = "Content-Type: text/plain\n\nand a footer"
    assert parts("multipart/mixed", inner, pdf, odd, word, forwarded, last) == (
        "said\n\nand a footer\n\n[attached: Offer, final.pdf, café.png, Büro.txt, message/rfc822]"
    )


def test_pictures_of_a_page_are_no_attachments() -> None:
    picture = "Content-Type: image/png; name=logo.png\nContent-ID: <x>\nContent-Disposition: inline; filename=logo.png\n\nx"
    html = "Content-Type: text/html\n\n<p>Hello</p><img src=cid:x>"
    assert parts("multipart/related", html, picture) == "Hello"
    assert parts("multipart/mixed", picture) == "[attached: logo.png]"


def test_a_boundary_that_begins_like_another_and_one_that_never_ends() -> None:
    raw = mail(
        "--b\nContent-Type: text/plain\n\none\n--bb\nis text\n--b\n\ntwo",
        Content_Type="multipart/mixed; boundary=b",
    )
    assert row(raw).body == "one\n--bb\nis text\n\ntwo"


def test_what_a_type_may_look_like() -> None:
    assert body("x", "text") == "x"
    assert body("x", "multipart/mixed") == "x"
    assert body("<p>x</p>", "TEXT/HTML; charset") == "x"
    assert body("x", 'text/plain; charset="utf-8') == "x"
    assert body("%PDF", "application/pdf") == "[attached: application/pdf]"
    assert body("BEGIN:VCALENDAR", "text/calendar") == "[attached: text/calendar]"
    inner = "--q r\n\nhello\n--q r--"
    assert body(inner, 'multipart/mixed; boundary*0="q "; boundary*1="r"') == "hello"


def test_a_long_text_is_cut_and_says_so() -> None:
    found = body("x" * (LONGEST_BODY + 5))
    assert found is not None
    assert found.startswith("x" * 100)
    assert found.endswith(f"\n\n[cut off: the text has {LONGEST_BODY + 5} characters]")
    assert body("x" * LONGEST_BODY) == "x" * LONGEST_BODY


def test_html_as_text() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>no</title><style>p {x}</style></head><body>"
        "<!-- no <p>no</p> --><p>Dear&nbsp;Ada,</p><p>one<br>two</p><ul><li>a<li>b</ul>"
        "<script>if (a < b) alert('no')</script><table><tr><td>1</td><td>2</td></tr></table>"
        "<a href='https://example.org'>here</a> 5 &lt; 6 <!--[if mso]><p>no</p><![endif]-->end</body>"
    )
    assert plain_text(page) == "Dear Ada,\n\none\ntwo\n\n- a\n- b\n\n1 2\n\nhere 5 < 6 end"


def test_html_that_is_never_closed_costs_no_more() -> None:
    for piece in ("<a ", "<!--", "<style>", "<p", "<![", "&#", "</", "<script><!--"):
        started = time.process_time()
        plain_text(piece * 200_000)
        assert time.process_time() - started < 3, piece
    started = time.process_time()
    assert plain_text("x<" + "a" * 500_000).startswith("x")
    assert time.process_time() - started < 3


# -- what tells one mail from another ---------------------------------------------------------


@pytest.mark.parametrize("text", ["<>", " ", "<  >", "<.>", None])
def test_a_message_id_that_names_nothing_is_none(text: str | None) -> None:
    found = row(mail(Message_ID=text))
    assert found.message_id is None
    assert found.fingerprint != row(mail("Other", Message_ID=text)).fingerprint


@pytest.mark.parametrize("text", ["<Ab.1@x>", " <Ab.1@x> ", "<Ab.1@x", "Ab.1@x", "<Ab.\n 1@x>"])
def test_a_message_id_is_one_however_it_is_folded(text: str) -> None:
    assert row(mail(Message_ID=text)).message_id == "Ab.1@x"


def test_a_clock_that_is_fast_by_minutes_loses_no_mail() -> None:
    assert row(mail(Date="Mon, 15 Jun 2026 12:02:00 +0200")).at == NOW.latest
    assert row(mail(Date="Mon, 15 Jun 2026 12:16:00 +0200")).kind == REJECTED


def test_a_mail_without_message_id_is_the_same_whenever_it_is_imported() -> None:
    raw = mail(
        Message_ID=None, Date="Mon, 15 Jun 2026 12:14:00 +0200",
        Received="by x; Mon, 15 Jun 2026 11:59:00 +0200",
    )  # fmt: skip
    later = row(raw, wanted=Wanted("2026-06-16T10:00:00Z"))
    assert (row(raw).at, later.at) == ("2026-06-15T09:59:00Z", "2026-06-15T10:14:00Z")
    assert row(raw).fingerprint == later.fingerprint


def test_a_subject_keeps_what_emoji_and_writings_are_made_of() -> None:
    told = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} \u0645\u06cc\u200c\u062e\u0648"
    assert row(mail(Subject=told)).subject == told
    assert row(mail(Subject="a\x1bb\0c")).subject == "a\ufffdb\ufffdc"


# -- what is no mail, or none that counts -----------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"List_Id": "<x.example.org>"}, BULK),
        ({"Auto_Submitted": "auto-generated"}, BULK),
        ({"Auto_Submitted": "auto-replied; x=y"}, BULK),
        ({"Precedence": "Bulk"}, BULK),
        ({"Auto_Submitted": "No"}, MAIL),
        ({"Auto_Submitted": "no (really)"}, MAIL),
        ({"X_Mozilla_Status": "0009"}, DELETED),
        ({"X_Mozilla_Status": "0001"}, MAIL),
        ({"X_Gmail_Labels": "Opened,Spam"}, DELETED),
        ({"X_Gmail_Labels": "=?utf-8?Q?Entw=C3=BCrfe?="}, DELETED),
        ({"X_Gmail_Labels": "Inbox,Important"}, MAIL),
    ],
)
def test_lists_machines_and_the_bin(fields: dict[str, str], kind: int) -> None:
    assert row(mail(**fields)).kind == kind


def test_lists_are_read_when_asked_for() -> None:
    assert row(mail(List_Id="<x>"), wanted=Wanted(NOW.latest, bulk=True)).kind == MAIL


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"just some text", "is no mail: it has no head"),
        (b"\0\0\0\xff\xfe", "is no mail: it has no head"),
        (b"x" * (1 << 20), "is no mail: it has no head"),
        (b"From: a@example.org", "has no date"),
    ],
)
def test_what_is_no_mail(raw: bytes, reason: str) -> None:
    assert row(raw) == Mail(REJECTED, reason)


HURTFUL = (
    "(" * 50_000, '"' * 50_001, "=?utf-8?q?" * 30_000, "<" * 50_000, "a@b," * 30_000,
    "; x=" * 30_000, "\\" * 50_000, " " * 100_000, "a@" * 40_000, "a." * 40_000, "<@" * 30_000,
    "a@b;" * 30_000, "a b@c <" * 10_000, "\n x" * 50_000, "(a@b" * 1900, '"a@b' * 1900, " " * 29_000 + "a@", "\t" * 25_000 + "a@b <",
)  # fmt: skip


@pytest.mark.parametrize("name", ["To", "Subject", "Date", "Message_ID", "Content_Type", "From", "Received"])  # fmt: skip
def test_a_head_made_to_hurt_is_read_in_time(name: str) -> None:
    started = time.process_time()
    for piece in HURTFUL:
        assert row(mail(**{name: piece})).kind in {MAIL, REJECTED}
        assert row(mail(**{name: f"x@example.org {piece}"})).kind in {MAIL, REJECTED}
    assert time.process_time() - started < 10


def test_parts_made_to_hurt_are_read_in_time() -> None:
    started = time.process_time()
    deep = "".join(
        f'--{n}\nContent-Type: multipart/mixed; boundary="{n + 1}"\n\n' for n in range(300)
    )
    assert row(mail(deep, Content_Type="multipart/mixed; boundary=0")).body is None
    many = "--b\n\nx\n" * 50_000
    assert row(mail(many, Content_Type="multipart/mixed; boundary=b")).kind == MAIL
    alike = "--b\n\nx" + "\n--bc" * 1_000_000
    assert row(mail(alike, Content_Type="multipart/mixed; boundary=b")).kind == MAIL
    line = row(mail("x" * (1 << 20)))
    assert line.body is not None
    assert line.body.endswith("characters]")
    assert time.process_time() - started < 10


def test_lines_that_nearly_begin_a_mail_cost_no_more() -> None:
    started = time.process_time()
    for piece in ("Jan 1 00:00 ", "Jan ", " ", "Jan 1 00:00:00 x 2026 "):
        line = b"From " + piece.encode() * (1_000_000 // len(piece))
        for raw in (line, b"From a@x Mon Jun  1 09:12:00 2026\nTo: x\n\nhi\n" + line + b"\n"):
            assert len(list(mails(Mailbox(MBOX, "in", io.BytesIO(raw))))) <= 1
    assert time.process_time() - started < 5


def test_the_parts_between_the_lines_of_a_boundary() -> None:
    assert pieces(b"--b\none\n--bc\n--b  \n\n--b--\nafter", "b") == [b"one\n--bc", b""]
    assert pieces(b"--b\n--b\none", "b") == [b"", b"one"]
    assert pieces(b"none", "b") == []


def test_a_quoted_from_line_loses_one_mark_in_an_mbox_alone() -> None:
    raw = mail("Hello\n>From here on\n>>From there\n>Fromage")
    assert row(raw, mbox=True).body == "Hello\nFrom here on\n>From there\n>Fromage"
    assert row(raw).body == "Hello\n>From here on\n>>From there\n>Fromage"
