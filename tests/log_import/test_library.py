"""Our reader against the standard library's: any mail that it writes we read as it does."""

from __future__ import annotations

import base64
import quopri
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_cli.exchange.mailbox_reader import MAIL, Wanted, read

NOW = Wanted("2026-06-15T10:00:00Z")
LETTERS = st.characters(
    codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters="\xa0\u3000"
)
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=12), max_size=12).map(
    lambda words: " ".join(" ".join(words).split())
)
TEXTS = st.lists(WORDS, max_size=12).map("\n".join)
PLAIN = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
PEOPLE = st.builds(
    lambda name, user, domain: Address(name, user, f"{domain}.example.org"),
    st.text(st.characters(codec="utf-8", categories=["L", "Zs"]), max_size=20).map(
        lambda text: " ".join(text.split())
    ),
    PLAIN, PLAIN,
)  # fmt: skip
CHARSETS = st.sampled_from(["utf-8", "iso-8859-1", "utf-16", "iso-2022-jp", "koi8-r", "us-ascii"])
ENCODINGS = st.sampled_from([None, "base64", "quoted-printable", "8bit"])


@settings(max_examples=100, deadline=None)
@given(
    subject=WORDS, sender=PEOPLE, to=st.lists(PEOPLE, max_size=4), cc=st.lists(PEOPLE, max_size=2),
    at=st.datetimes(
        min_value=datetime.fromisoformat("1980-01-01"),
        max_value=datetime.fromisoformat("2026-01-01"),
        timezones=st.timezones(),
    ),
    text=TEXTS, encoding=ENCODINGS, html=st.booleans(), attached=st.booleans(),
)  # fmt: skip
def test_what_the_library_writes_is_read_as_it_reads_it(  # noqa: PLR0917 - of a mail's parts
    subject: str, sender: Address, to: list[Address], cc: list[Address], at: datetime, text: str,
    encoding: str | None, html: bool, attached: bool,
) -> None:  # fmt: skip
    message = EmailMessage(policy=policy.SMTP.clone(max_line_length=998))
    message["Message-ID"] = "<x@example.org>"
    message["Date"] = format_datetime(at)
    message["From"] = sender
    if to:
        message["To"] = to
    if cc:
        message["Cc"] = cc
    message["Subject"] = subject
    message.set_content(text, cte=encoding)
    if html:
        message.add_alternative("<p>no</p>", subtype="html")
    if attached:
        message.add_attachment(b"%PDF", "application", "pdf", filename=f"{subject[:20]}x.pdf")
    raw = message.as_bytes()
    theirs = message_from_bytes(raw, policy=policy.default)
    ours = read(raw, "", NOW)
    assert ours.kind == MAIL, ours.reason
    assert (ours.subject or "") == " ".join(str(theirs["subject"]).split())
    for name, found in (("from", ours.sender), ("to", ours.to), ("cc", ours.cc)):
        addresses = theirs[name].addresses if theirs[name] is not None else ()
        # Of two encoded words beside each other the library keeps the blank between them, which
        # RFC 2047 takes out.
        expected: dict[str, str] = {}
        for one in addresses:
            expected.setdefault(one.addr_spec.lower(), "".join(one.display_name.split()))
        assert {mail: "".join(name.split()) for name, mail in found} == expected
    moment = theirs["date"].datetime.astimezone(UTC)
    assert ours.at == moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    part = theirs.get_body(("plain",))
    assert part is not None
    expected_text = part.get_content().replace("\r\n", "\n").strip()
    if html and not expected_text:  # an empty text says nothing: the other way to say it does
        expected_text = "no"
    body = ours.body or ""
    if attached:
        body, _, names = body.rpartition("[attached: ")
        (file,) = theirs.iter_attachments()
        assert (
            names
            == f"{' '.join((file.get_filename() or '').replace(chr(92), '/').rpartition('/')[2].split())}]"
        )
    assert body.strip() == expected_text


@settings(max_examples=80, deadline=None)
@given(
    text=TEXTS, charset=CHARSETS, encoding=st.sampled_from(["base64", "quoted-printable", "8bit"])
)
def test_a_charset_and_an_encoding_are_undone_as_the_library_does(
    text: str, charset: str, encoding: str
) -> None:
    try:
        data = text.encode(charset)
    except UnicodeEncodeError:
        return
    if charset.startswith("utf-16") and encoding != "base64":
        return
    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(
        encoding, lambda raw: raw
    )(data)
    raw = (
        f"Message-ID: <1@x>\nDate: Mon, 1 Jun 2026 10:00:00 +0000\nFrom: a@example.org\n"
        f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    ).encode() + body
    theirs = message_from_bytes(raw, policy=policy.default).get_content()
    assert (read(raw, "", NOW).body or "") == theirs.strip()


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_a_mail_or_a_reason(head: bytes, body: bytes) -> None:
    for raw in (
        head,
        b"From: a@example.org\nDate: Mon, 1 Jun 2026 10:00:00 +0000\n" + head + b"\n\n" + body,
    ):
        found = read(raw, "", NOW)
        assert found.kind == MAIL or found.reason or found.kind in {1, 2}
        for text in (found.subject, found.body, found.message_id, *(n for n, _ in found.to)):
            if text is not None:
                text.encode()
                assert "\0" not in text
        assert "cannot be read (" not in found.reason
