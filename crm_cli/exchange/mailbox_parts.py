"""What a mail says: its text out of all its parts, and the names of what is attached.

Of several ways to say the same the plain text is taken, else HTML made plain. Attached files are
named and nothing else of them is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from crm_cli.exchange.mailbox_headers import fields_of, head_text, words
from crm_cli.exchange.mailbox_text import content, decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

DEEPEST = 12
"""Parts within parts; what lies deeper is left out."""
MOST_BYTES = 4 << 20
"""Of one text part: what is kept is far less."""
MOST_PARTS = 1_000
LONGEST_TYPE = 2_000
"""Characters of a Content-Type that are read."""


class Said(NamedTuple):
    """The text of a part, whether it was plain, and the names of attached files."""

    text: str = ""
    is_plain: bool = True
    attached: tuple[str, ...] = ()


class _Type(NamedTuple):
    name: str
    parameters: Mapping[str, str]


_PARAMETER = re.compile(r";\s*([^\s=;\"]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;\s]*))", re.DOTALL)


@lru_cache(maxsize=512)
def _read_type(text: str) -> _Type:
    name, _, _ = text.partition(";")
    name = name.strip().lower()
    if name.count("/") != 1:
        # RFC 2045: what makes no sense is plain text.
        name = "text/plain" if name not in {"multipart", "html"} else f"text/{name}"
    found: dict[str, str] = {}
    for key, quoted, bare in _PARAMETER.findall(text):
        value = re.sub(r"\\(.)", r"\1", quoted) if "\\" in quoted else quoted
        found.setdefault(key.lower(), value or bare)
    return _Type(name, found)


def split_head(raw: bytes) -> tuple[bytes, bytes]:
    """Return (head, body) of a mail or part whose lines end with LF."""
    if raw[:1] == b"\n":
        return b"", raw[1:]
    head, blank, body = raw.partition(b"\n\n")
    if not blank and b":" not in raw.partition(b"\n")[0]:
        return b"", raw
    return head, body


def said(fields: Mapping[str, str], body: bytes, depth: int = 0, default: str = "") -> Said:
    """Return what a mail or a part of it says. Raises nothing, whatever the bytes are."""
    told = fields.get("content-type", "")[:LONGEST_TYPE]
    kind = _read_type(told.strip() or default or "text/plain")
    placed = fields.get("content-disposition", "")[:LONGEST_TYPE]
    name = kind.name
    if name.startswith("multipart/"):
        boundary = kind.parameters.get("boundary") or _continued(told, "boundary")
        if boundary and depth < DEEPEST:
            return _of_parts(name, pieces(body, boundary), depth)
        return Said(decoded(body[:MOST_BYTES], "").strip()) if not boundary else Said()
    if placed.strip().lower().startswith("attachment"):
        return Said(attached=(_file_name(kind, told, placed),))
    if name in {"text/plain", "text/html"} and not _is_file(placed):
        data = content(body, fields.get("content-transfer-encoding", ""))
        text = decoded(data[:MOST_BYTES], kind.parameters.get("charset", ""))
        if name == "text/plain":
            return Said(text.strip())
        from crm_cli.exchange.mailbox_html import plain_text

        return Said(plain_text(text), is_plain=False)
    if name in {"message/delivery-status", "text/rfc822-headers", "application/pgp-signature",
                "application/pkcs7-signature", "application/x-pkcs7-signature",
                "application/pgp-encrypted"}:  # fmt: skip
        return Said()
    if name.startswith("text/") and not _is_file(placed) and name != "text/calendar":
        data = content(body, fields.get("content-transfer-encoding", ""))
        return Said(decoded(data[:MOST_BYTES], kind.parameters.get("charset", "")).strip())
    return Said(attached=(_file_name(kind, told, placed),))


def _of_parts(name: str, parts: list[bytes], depth: int) -> Said:
    default = "message/rfc822" if name == "multipart/digest" else ""
    found: list[Said] = []
    for raw in parts[:MOST_PARTS]:
        head, body = split_head(raw)
        fields = fields_of(head_text(head)) if head else {}
        if name == "multipart/related" and found and "content-disposition" not in fields:
            continue  # pictures of an HTML page
        if name == "multipart/related" and found and "content-id" in fields:
            continue
        if (
            name == "multipart/alternative"
            and any(one.text and one.is_plain for one in found)
            and _read_type(fields.get("content-type", "")[:LONGEST_TYPE].strip()).name
            == "text/html"
        ):
            continue  # said already
        found.append(said(fields, body, depth + 1, default))
    attached = tuple(other for one in found for other in one.attached)
    if name == "multipart/alternative":
        plain = [one for one in found if one.text and one.is_plain]
        chosen = (plain or [one for one in found if one.text] or [Said()])[0]
        return Said(chosen.text, chosen.is_plain, attached)
    texts = [one for one in found if one.text]
    return Said(
        "\n\n".join(one.text for one in texts), all(one.is_plain for one in texts), attached
    )


_LINE_END = re.compile(rb"(--)?[ \t\r\f\v]*+(?:\n|\Z)")


def pieces(body: bytes, boundary: str) -> list[bytes]:
    """Return the parts between the lines of a boundary, the first ones of too many; a missing
    last line is no matter."""
    mark = b"\n--" + boundary.encode("utf-8", "surrogateescape")
    body = b"\n" + body
    parts: list[bytes] = []
    start = -1
    at = body.find(mark)
    while at >= 0 and len(parts) < MOST_PARTS:
        line = _LINE_END.match(body, at + len(mark))
        if line is None:
            # The boundary of an inner part begins with that of the outer one.
            at = body.find(mark, at + 1)
            continue
        if start >= 0:
            parts.append(body[start:at])
        start = line.end()
        if line[1]:
            return parts
        # The line's end may be the one before the next boundary.
        at = body.find(mark, start - 1)
    if start >= 0 and len(parts) < MOST_PARTS:
        parts.append(body[start:])
    return parts


def _is_file(placed: str) -> bool:
    return bool(placed) and bool(_read_type(placed.strip()).parameters.get("filename"))


def _file_name(kind: _Type, told: str, placed: str) -> str:
    """Return what an attached file is called; what has no name, by its type."""
    for text, key in ((placed, "filename"), (told, "name")):
        if not text:
            continue
        found = _read_type(text.strip()).parameters.get(key)
        if not found and f"{key}*" in text.lower():
            found = _continued(text, key)
        if found:
            return " ".join(words(found).replace("\\", "/").rpartition("/")[2].split())[:200]
    return kind.name


def _continued(text: str, key: str) -> str:
    """Return a parameter written as RFC 2231 has it, in pieces or with a charset."""
    from email.message import Message
    from email.utils import collapse_rfc2231_value

    part = Message()
    try:
        part["Content-Type"] = " ".join(text.split())
        found = part.get_param(key)
        return collapse_rfc2231_value(found) if found else ""
    except (ValueError, IndexError, TypeError, LookupError, KeyError):
        return ""
