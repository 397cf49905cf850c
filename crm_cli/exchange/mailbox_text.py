"""The bytes of a mail's text made into characters, whatever was said of them."""

from __future__ import annotations

import binascii
import codecs
import re
from functools import lru_cache

_CONTROLS = bytes(code for code in [*range(32), 127] if code not in b"\t\n")
_STRANGE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ALIASES = {
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932",
    "x-mac-roman": "mac-roman", "macintosh": "mac-roman", "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7", "cp-850": "cp850", "x-windows-1252": "cp1252",
    "ansi_x3.110-1983": "cp1252", "windows-1252": "cp1252",
}  # fmt: skip
_WESTERN = frozenset({"iso8859-1", "cp1252", "iso8859-15"})
_ONE_BYTE = ("iso8859-", "cp125", "koi8-", "mac-", "cp437", "cp85", "cp866", "tis-620")
_NO_CHARSETS = frozenset(
    {
        "unicode-escape",
        "raw-unicode-escape",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "undefined",
        "mbcs",
        "oem",
    }
)


@lru_cache(maxsize=256)
def _codec(charset: str) -> tuple[str, bool]:
    """Return (codec, whether control bytes can be taken out before decoding); an unknown charset
    is an empty codec."""
    name = charset.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    if name in {"", "us-ascii", "ascii", "utf-8", "utf8"}:
        return "", True
    try:
        found = codecs.lookup(name)
        known = found.name
        "".encode(known)
    except (LookupError, ValueError, TypeError, UnicodeError):
        return "", True
    if known in _NO_CHARSETS or known == "ascii":
        return "", True
    # What is called Latin-1 is cp1252: the places where they differ are controls in the one.
    if known == "iso8859-1":
        known = "cp1252"
    return known, known.startswith(_ONE_BYTE)


def decoded(data: bytes, charset: str = "") -> str:
    """Return text without control characters other than tabs and line ends.

    Raises nothing: without a charset, and with one nobody knows, the bytes are UTF-8 where they
    can be, else cp1252; what has no meaning becomes U+FFFD.
    """
    codec, is_plain = _codec(charset)
    if is_plain:
        data = data.translate(None, _CONTROLS)
        if not codec:
            try:
                return data.decode()
            except UnicodeDecodeError:
                if charset.strip().lower() in {"utf-8", "utf8"}:
                    return data.decode(errors="replace")
                return data.decode("cp1252", errors="replace")
        return data.decode(codec, errors="replace")
    try:
        text = data.decode(codec, errors="replace")
    except (UnicodeError, ValueError):
        text = data.decode("cp1252", errors="replace")
    return _STRANGE.sub(_replaced, text.replace("\r\n", "\n").replace("\r", "\n"))


def _replaced(found: re.Match[str]) -> str:
    return "\ufffd" if found[0] >= "\ud800" else ""


def unquoted_printable(data: bytes) -> bytes:
    """Return the bytes of quoted-printable; a broken escape stands as it is."""
    return binascii.a2b_qp(data)


_NO_BASE64 = bytes(
    code
    for code in range(256)
    if code not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)


def unwrapped_base64(data: bytes) -> bytes:
    """Return the bytes of base64; where it is cut off, what there is of it."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        bare = data.partition(b"=")[0].translate(None, _NO_BASE64)
        whole = len(bare) - (len(bare) % 4 == 1)
        bare = bare[:whole]
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))


def content(data: bytes, encoding: str) -> bytes:
    """Return a part's bytes, its transfer encoding undone."""
    if not encoding:
        return data
    name = encoding.strip().lower()
    if name == "quoted-printable":
        return unquoted_printable(data)
    if name == "base64":
        return unwrapped_base64(data)
    return data
