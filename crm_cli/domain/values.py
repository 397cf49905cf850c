"""Values that the whole program shares: text for comparing and for showing, money, addresses.

Functions, not classes: an import runs each of them a million times.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

# Patterns are compiled on first use: every command imports this module, few need them all.

# -- text for comparing -----------------------------------------------------------------------

_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ı": "i",
        "ħ": "h",
        "ŋ": "n",
        "ŧ": "t",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
    }
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


class _Uncombined(dict[int, "int | None"]):
    """Every character as itself, combining ones as nothing; looked up once each."""

    def __missing__(self, code: int) -> int | None:
        import unicodedata

        self[code] = found = None if unicodedata.combining(chr(code)) else code
        return found


_BARE = _Uncombined()


def fold(text: str) -> str:
    """Return the text without case, accents and repeated blanks: ``Zoë  ÅS`` -> ``zoe as``."""
    if text.isascii():
        return " ".join(text.lower().split())
    import unicodedata

    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_BARE)
    return " ".join(bare.casefold().translate(_PLAIN).split())


def search_key(text: str) -> str:
    """Return what a name is found by: its folded form, and where they differ a second line
    with umlauts written out (``müller`` -> ``muller``, ``mueller``)."""
    folded = fold(text)
    if text.isascii():
        return folded
    import unicodedata

    written_out = fold(unicodedata.normalize("NFC", text).casefold().translate(_UMLAUTS))
    return folded if written_out == folded else f"{folded}\n{written_out}"


def may_be_written_out(folded: str) -> bool:
    """Say whether a folded text could hold an umlaut written out: only then the second line of
    a search key is asked. An ``e`` alone is no part of ``ü``."""
    return any(pair in folded for pair in ("ae", "oe", "ue", "aa"))


def stands_in(how: str, needle: str, lines: Sequence[str]) -> bool:
    """Say whether a folded text stands in the lines of a search key, as filters in SQL do."""
    if not may_be_written_out(needle):
        lines = lines[:1]
    if how == "in":
        return needle in lines
    if how == "begins":
        return any(line.startswith(needle) for line in lines)
    if how == "ends":
        return any(line.endswith(needle) for line in lines)
    return any(needle in line for line in lines)


# -- text for showing -------------------------------------------------------------------------


@cache
def _unsafe() -> re.Pattern[str]:
    return re.compile(
        "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb"
        "\ud800-\udfff\U000e0000-\U000e007f]"
    )


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code in {0x200C, 0x200D} and _joins(found.string, found.start()):
        return found[0]
    if code == 0x202F:  # a narrow blank, common in French and Swiss figures
        return " "
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _joins(text: str, at: int) -> bool:
    """Say whether a joiner or non-joiner stands where writing needs it: between characters of
    an emoji, or of a script beyond Latin (Persian and Indic names). In Latin text it would only
    make two names look the same."""
    return 0 < at < len(text) - 1 and all(
        ord(char) >= 0x300 and not _unsafe().match(char) for char in (text[at - 1], text[at + 1])
    )


def safe(text: str, *, keep_newlines: bool = False) -> str:
    """Return text that a terminal shows and does not obey.

    Control, escape, bidirectional and zero-width characters become visible escapes, joiners
    that the writing needs apart; a newline becomes a blank unless kept.
    """
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    shown = [_unsafe().sub(_visible, line.replace("\t", " ")) for line in lines]
    return ("\n" if keep_newlines else " ").join(shown)


def has_lone_surrogate(text: str) -> bool:
    """Say whether the text cannot be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def read_text(text: str, what: str, *, lines: bool = False) -> str:
    """Return typed text without blanks around it, on one line unless ``lines``; all else is
    kept as it is. Raises InvalidValue for text that no file could hold."""
    if "\x00" in text or has_lone_surrogate(text):
        raise errors.InvalidValue(
            f"the {what} is not valid text", hint="it holds bytes that are no UTF-8; retype it"
        )
    return text.replace("\r\n", "\n").strip() if lines else " ".join(text.split())


def one_line_street(text: str) -> str:
    """Return a street's lines as one, a comma between them: an address has five parts of one line
    each, which lists, filters and envelopes count on."""
    if "\n" not in text and "\r" not in text:
        return text
    lines = (" ".join(line.split()).strip(",").rstrip() for line in text.splitlines())
    return ", ".join(line for line in lines if line)


# -- money ------------------------------------------------------------------------------------

CURRENCIES = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP"
    " BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP"
    " GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES"
    " KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR"
    " MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB"
    " RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD"
    " TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPF YER ZAR ZMW"
    " ZWG".split()
)
"""ISO 4217 codes that money may be in."""

_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
}


def exponent(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def read_currency(text: str) -> str:
    """Return an ISO 4217 code in capitals. Raises InvalidValue."""
    code = text.strip().upper()
    if code not in CURRENCIES:
        raise errors.InvalidValue(
            f"{text!r} is not a currency", hint="write an ISO 4217 code such as EUR, CHF or USD"
        )
    return code


_SYMBOLS = {"€": "EUR", "£": "GBP"}


@cache
def _amount() -> re.Pattern[str]:
    return re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")


@cache
def _typed() -> re.Pattern[str]:
    return re.compile(
        r"([A-Za-z]{3}|[€£])?\s*([+-]?[0-9.,'’\u00a0\u202f ]*[0-9])\s*([A-Za-z]{3}|[€£])?"
    )


@cache
def _grouped() -> re.Pattern[str]:
    # Groups of three, or of two before the last three as in India.
    return re.compile(r"[0-9]{1,3}(?:[ '.,][0-9]{2,3})*[ '.,][0-9]{3}|[0-9]+")


def read_amount(text: str, currency: str, decimal: str | None = None) -> int:
    """Read a plain amount in major units into minor units: ``12.50`` -> 1250.

    ``decimal`` is ``.`` or ``,``; without it a lone comma before one or two digits counts as
    the decimal sign, and a separator that could be either is refused. Raises InvalidValue.
    """
    plain = _plain_number(text, decimal)
    matched = _amount().fullmatch(plain)
    if not matched:
        raise errors.InvalidValue(f"{text!r} is not an amount", hint="write it as 12.50")
    sign, whole, fraction = matched[1], matched[2].lstrip("0"), matched[3] or ""
    digits = exponent(currency)
    fraction = fraction.rstrip("0")
    if len(fraction) > digits:
        raise errors.InvalidValue(
            f"{text!r} has more than the {digits} decimals of {currency}", hint="round it first"
        )
    if len(whole) > MOST_DIGITS:
        raise errors.InvalidValue(f"{text!r} is too large an amount")
    minor = int(whole + fraction.ljust(digits, "0") or "0")
    return -minor if sign == "-" else minor


MOST_DIGITS = 13
"""Digits before the decimal sign: above any real price, and thousands of them still add up in
the 64 bits of SQLite's integers."""


def _plain_number(text: str, decimal: str | None) -> str:
    """Return a number as digits, with a point before its decimals."""
    number = text.strip()
    if decimal != "," and _amount().fullmatch(number):
        return number
    for blank in ("\u00a0", "\u202f"):
        number = number.replace(blank, " ")
    number = number.replace("’", "'")
    sign = number[:1] if number[:1] in {"+", "-"} else ""
    number = number.removeprefix(sign).lstrip()
    mark = decimal or _decimal_sign(number, text)
    whole, point, fraction = number.partition(mark)
    matched = _grouped().fullmatch(whole)
    if (
        not (matched or (not whole and fraction))
        or (fraction and not (fraction.isascii() and fraction.isdigit()))
        or len({char for char in whole if not char.isdigit()}) > 1
    ):
        raise errors.InvalidValue(f"{text!r} is not a number", hint="write it as 1234.50")
    digits = "".join(char for char in whole if char.isdigit()) or "0"
    return f"{sign}{digits}.{fraction}" if point and fraction else sign + digits


def _decimal_sign(number: str, text: str) -> str:
    dots, commas = number.count("."), number.count(",")
    if dots and commas:
        last = max(number.rfind("."), number.rfind(","))
        if number.count(number[last]) == 1:
            return number[last]
        raise errors.InvalidValue(f"{text!r} is not a number", hint="write it as 1234.50")
    if commas == 1:
        whole, _, fraction = number.partition(",")
        if len(fraction) in {1, 2}:
            return ","
        digits = "".join(char for char in whole if char.isdigit()) or "0"
        thousands = f"{digits}{fraction}.00 or " if len(fraction) == 3 else ""
        raise errors.InvalidValue(
            f"{text!r} can be read in two ways", hint=f"write {thousands}{digits}.{fraction}"
        )
    # Several of one kind part thousands; a lone point is the decimal sign.
    return "," if dots > 1 else "."


def read_money(text: str, default_currency: str, decimal: str | None = None) -> tuple[int, str]:
    """Read ``12.50``, ``12.50 CHF`` or ``CHF 12.50``. Returns (minor units, currency).

    Raises InvalidValue.
    """
    matched = _typed().fullmatch(text.strip())
    if not matched or (matched[1] and matched[3]):
        raise errors.InvalidValue(f"{text!r} is not an amount", hint="write 12.50 or 12.50 CHF")
    named = matched[1] or matched[3]
    currency = read_currency(_SYMBOLS.get(named, named)) if named else default_currency
    return read_amount(matched[2], currency, decimal), currency


def money_text(minor: int, currency: str) -> str:
    """Return minor units as decimal text in major units: 1250, EUR -> ``12.50``."""
    digits = exponent(currency)
    if not digits:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{fraction:0{digits}d}"


def read_quantity(text: str, decimal: str | None = None) -> int:
    """Read a quantity into thousandths: ``2`` -> 2000. Raises InvalidValue."""
    plain = _plain_number(text, decimal)
    matched = _amount().fullmatch(plain)
    if not matched:
        raise errors.InvalidValue(f"{text!r} is not a quantity", hint="write it as 2 or 0.5")
    whole, fraction = matched[2].lstrip("0"), (matched[3] or "").rstrip("0")
    if len(fraction) > 3 or len(whole) > 12:
        raise errors.InvalidValue(
            f"{text!r} has more than three decimals, or too many digits", hint="round it first"
        )
    value = int(whole + fraction.ljust(3, "0"))
    return -value if matched[1] == "-" else value


def quantity_number(thousandths: int) -> int | float:
    """Return thousandths as the number JSON carries: 2000 -> 2, 500 -> 0.5."""
    whole, rest = divmod(thousandths, 1000)
    return whole if not rest else thousandths / 1000


# -- e-mail addresses -------------------------------------------------------------------------


# Plain ASCII addresses need only this; whatever it does not take, email-validator decides. It
# must accept nothing that email-validator refuses (a property test holds the two together).
@cache
def _plain_email() -> re.Pattern[str]:
    return re.compile(
        r"(?=.{1,64}@)[a-z0-9_+&'-]+(?:\.[a-z0-9_+&'-]+)*"
        r"@(?=.{1,180}$)(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<!-)\.)+(?P<tld>[a-z]{2,24})"
    )


_SPECIAL_TLDS = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})


def read_email(text: str) -> str:
    """Return an address in its normal form, in lower case. Raises InvalidValue."""
    address = text.strip().removeprefix("mailto:").lower()
    matched = _plain_email().fullmatch(address)
    if matched and matched["tld"] not in _SPECIAL_TLDS:
        return address
    return _validated_email(address, text)


def _validated_email(address: str, original: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        raise errors.InvalidValue(
            f"{original!r} is not an e-mail address: {str(error).rstrip('.')}",
            hint="write name@example.com",
        ) from None
    return checked.normalized.lower()


def wire_address(address: str) -> str:
    """Return an address as every mail server takes it: its domain in ASCII (``xn--...``). One
    whose name before the @ is outside ASCII has no such form and stays."""
    if address.isascii():
        return address
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return address
    return checked.ascii_email or address


# -- phone numbers ----------------------------------------------------------------------------


@cache
def _international() -> re.Pattern[str]:
    return re.compile(r"(?:\+|00)[1-9][0-9]{7,14}")


_PHONE_FILLING = str.maketrans("", "", " -./()\u00a0\u2011\u202f")


def read_phone(text: str, country: str | None) -> str:
    """Return E.164. A number with ``+`` and 8 to 15 digits is taken as typed.

    ``country`` is the ISO 3166 code that a local number belongs to. Raises InvalidValue for
    a local number without a country, or one that is not valid there.
    """
    bare = text.strip().removeprefix("tel:").replace("(0)", "").translate(_PHONE_FILLING)
    if _international().fullmatch(bare):
        return "+" + bare.lstrip("+") if bare[0] == "+" else "+" + bare[2:]
    if not any(char.isdigit() for char in text):
        raise errors.InvalidValue(f"{text!r} is not a phone number", hint="write +41446681800")
    if not country and not bare.startswith("+"):
        raise errors.InvalidValue(
            f"{text!r} is a local phone number",
            hint="write it with +, name the --country, or: crm config set country CH",
        )
    return _parsed_phone(text, country)


@lru_cache(maxsize=4096)
def _parsed_phone(text: str, country: str | None) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as error:
        raise errors.InvalidValue(
            f"{text!r} is not a phone number: {error}", hint="write +41446681800"
        ) from None
    if not phonenumbers.is_valid_number(number):
        where = f" in {country}" if country else ""
        raise errors.InvalidValue(
            f"{text!r} is not a valid phone number{where}", hint="write +41446681800"
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
