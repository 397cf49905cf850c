"""HTML mails as plain text: what a reader would see, without pictures, links and styles.

One pass over the tags, of linear cost whatever the mail holds; nothing of it is ever shown as
HTML again.
"""

from __future__ import annotations

import re
from html import unescape

MOST = 1 << 20
"""Characters of HTML that are read."""

_TAG = re.compile(r"<!--|-->|<(/?)([A-Za-z][A-Za-z0-9]*+)[^<>]*+>|<[!?][^<>]*+>|</[^<>]*+>")
_HIDDEN = frozenset({"head", "style", "script", "title", "noscript", "template", "object", "svg"})
_LINES = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5"
    " h6 header hr main nav ol section table tr ul".split()
)
_PARAGRAPHS = frozenset({"p", "pre", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol", "table"})
_CELLS = frozenset({"td", "th"})


def plain_text(html: str) -> str:
    """Return the text of an HTML page or fragment."""
    html = html[:MOST]
    pieces: list[str] = []
    hidden = ""
    end = 0
    for tag in _TAG.finditer(html):
        start, closing, name = tag.start(), tag[1], (tag[2] or "").lower()
        if not hidden:
            pieces.append(" ".join(_BLANKS.split(html[end:start])))
        end = tag.end()
        if hidden == "!--":
            hidden = "" if tag[0].endswith("-->") else hidden
        elif hidden:
            hidden = "" if closing and name == hidden else hidden
        elif tag[0] == "<!--":
            hidden = "!--"
        elif name in _HIDDEN and not closing:
            hidden = "" if tag[0].endswith("/>") else name
        elif name == "li" and not closing:
            pieces.append("\n- ")
        elif name in _PARAGRAPHS:
            pieces.append("\n\n")
        elif name in _LINES:
            pieces.append("\n")
        elif name in _CELLS:
            pieces.append(" ")
    if not hidden:
        pieces.append(" ".join(_BLANKS.split(html[end:])))
    text = unescape("".join(pieces)).replace("\xa0", " ")
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


_BLANKS = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")
