"""What a mail server's reply is about."""

from __future__ import annotations

import re

from crm_cli.domain.values import safe
from crm_cli.mail.outcome import About

_ENHANCED = re.compile(rb"\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
_NOT_THE_ADDRESS = frozenset({500, 501, 502, 503, 504, 521, 530, 534, 535, 538, 554, 555})
"""Replies to RCPT that speak of the dialogue, the login or the client."""


def words(said: bytes | str) -> str:
    """Return what a server or a program said: one line, safe to show, not too long."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    line = safe(" ".join(text.split()))
    return line if len(line) <= 300 else f"{line[:299]}…"


def of_sender(code: int, said: bytes) -> About:
    """Return what a reply to MAIL is about: the server, unless the mail is too large for it."""
    matched = _ENHANCED.match(said)
    is_size = (matched[1], matched[2]) in {(b"3", b"4"), (b"2", b"3")} if matched else code == 552
    return About.MESSAGE if is_size else About.SERVER


def of_recipient(code: int, said: bytes) -> About:
    """Return what a reply to RCPT is about.

    Most refusals are of the address. One for reasons of policy (``5.7.1 relaying denied``: no
    login) is the server's, and says nothing about an address that may be perfectly good.
    """
    if not 500 <= code <= 599:
        return About.MESSAGE
    matched = _ENHANCED.match(said)
    if matched:
        subject = int(matched[1])
        # 1: addressing, 2: mailbox; 3 to 7: systems, network, protocol, content, policy.
        return About.ADDRESS if subject in {0, 1, 2} else About.SERVER
    if re.search(rb"(?i)\brelay", said):
        return About.SERVER
    return About.SERVER if code in _NOT_THE_ADDRESS else About.ADDRESS
