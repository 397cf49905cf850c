"""When two companies' names are so near that they may be one company, and what domain is one's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_FORMS = frozenset(
    "ab ag aps as asa bv co company corp corporation cv doo eg eu gbr gmbh inc incorporated kft kg"
    " kgaa limited llc llp lp ltd mbh nv ohg oy oyj plc pte pty sa sagl sarl sas sasu sc se sl snc"
    " spa spzoo srl srl sro ug the".split()
)
_BETWEEN = frozenset({"and", "und", "et"})
"""Words for the sign ``&``, which counts for nothing."""

FREE_MAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com"
    " icloud.com me.com mac.com proton.me protonmail.com pm.me tutanota.com tuta.com mail.com"
    " email.com zoho.com fastmail.com hey.com gmx.ch gmx.de gmx.at gmx.net gmx.com web.de"
    " t-online.de freenet.de arcor.de online.de posteo.de posteo.ch mailbox.org 1und1.de"
    " bluewin.ch bluemail.ch hispeed.ch sunrise.ch swissonline.ch hotmail.ch outlook.ch yahoo.ch"
    " ticino.com vtxnet.ch quickline.ch gmx.fr hotmail.fr live.fr outlook.fr yahoo.fr orange.fr"
    " wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr hotmail.de outlook.de live.de yahoo.de"
    " hotmail.it live.it libero.it virgilio.it alice.it tin.it tiscali.it yahoo.it aon.at"
    " chello.at hotmail.co.uk live.co.uk yahoo.co.uk outlook.co.uk btinternet.com sky.com"
    " talktalk.net virginmedia.com blueyonder.co.uk ntlworld.com comcast.net verizon.net att.net"
    " sbcglobal.net cox.net charter.net bellsouth.net earthlink.net rocketmail.com shaw.ca"
    " rogers.com sympatico.ca yahoo.ca hotmail.es yahoo.es telefonica.net ziggo.nl kpnmail.nl"
    " hotmail.nl live.nl home.nl telenet.be skynet.be hotmail.be live.be wp.pl o2.pl onet.pl"
    " interia.pl seznam.cz centrum.cz mail.ru yandex.ru yandex.com bk.ru list.ru inbox.ru ukr.net"
    " qq.com 163.com 126.com naver.com daum.net hanmail.net rediffmail.com yahoo.co.in"
    " yahoo.com.br uol.com.br bol.com.br terra.com.br yahoo.com.au bigpond.com"
    " optusnet.com.au xtra.co.nz luxweb.lu pt.lu telia.com".split()
)
"""Domains at which everybody may have an address: no company's key."""

_SHARED_HOSTS = frozenset(
    "facebook.com fb.com instagram.com linkedin.com twitter.com x.com xing.com youtube.com"
    " tiktok.com pinterest.com google.com goo.gl maps.app.goo.gl linktr.ee yelp.com local.ch"
    " search.ch etsy.com ebay.com amazon.com github.com t.me wa.me".split()
)
"""Hosts of pages that say nothing about whose they are."""


def loose_name(folded: str) -> str:
    """Return a folded name without signs, words for ``&`` and the legal form at its end:
    ``edge inc.`` -> ``edge``, ``meier und co`` -> ``meier``.

    A name of nothing else stays as it is.
    """
    all_words = re.findall(r"[^\W_]+", folded.partition("\n")[0].replace(".", ""))
    words = [word for word in all_words if word not in _BETWEEN]
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    return " ".join(words) or folded


def loose_names(folded: str) -> set[str]:
    """Return the loose forms of a search key: with umlauts written out too, if it has any."""
    return {loose_name(line) for line in folded.split("\n")}


def mail_domain(email: str) -> str | None:
    """Return the domain of an e-mail address, None where everybody may have one."""
    domain = email.rpartition("@")[2].lower()
    return None if domain in FREE_MAIL or not domain else domain


def link_domain(link: str) -> str | None:
    """Return the domain of a web address (``https://www.edge.com/en`` -> ``edge.com``), None
    for a page among others' pages."""
    rest = link.partition("://")[2] or link
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0].rpartition("@")[2].lower().strip(".")
    host = host.removeprefix("www.")
    if "." not in host or host in _SHARED_HOSTS or host in FREE_MAIL:
        return None
    return None if ".".join(host.split(".")[-2:]) in _SHARED_HOSTS else host


def share_domain(some: AbstractSet[str], others: AbstractSet[str]) -> bool:
    """Say whether two sets of domains have one in common, or one within the other's
    (``shop.edge.com`` and ``edge.com``)."""
    return any(
        one == other or one.endswith("." + other) or other.endswith("." + one)
        for one in some
        for other in others
    )
