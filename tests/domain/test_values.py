"""Values: what is read is what was meant, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.domain import values

CURRENCY = st.sampled_from(["EUR", "JPY", "BHD", "CLF", "CHF"])
LOCAL = st.text("abz09._+&'-!\u00e9 @", min_size=1, max_size=70)
DOMAIN = st.text("abz09.-\u00fc_", min_size=1, max_size=70)


@given(LOCAL, DOMAIN, st.sampled_from(["com", "ch", "test", "local", "c", "xn--p1ai", "c0m"]))
def test_an_accepted_address_is_one_that_email_validator_accepts(
    local: str, domain: str, last: str
) -> None:
    address = f"{local}@{domain}.{last}"
    try:
        value = values.read_email(address)
    except errors.InvalidValue:
        return
    checked = validate_email(value, check_deliverability=False)
    assert checked.normalized.lower() == value


@given(st.from_regex(r"[a-z0-9.+_-]{1,66}@([a-z0-9-]{1,65}\.){1,4}[a-z-]{1,26}", fullmatch=True))
def test_the_plain_pattern_never_differs_from_email_validator(address: str) -> None:
    try:
        expected = validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        with pytest.raises(errors.InvalidValue):
            values.read_email(address)
    else:
        assert values.read_email(address) == expected


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("mailto:ada@example.com", "ada@example.com"),
        ("m\u00fcller@example.com", "m\u00fcller@example.com"),
    ],
)
def test_addresses_get_one_form(typed: str, value: str) -> None:
    assert values.read_email(typed) == value


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@x.com", "a b@x.com", "a@x", "a..b@x.com"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        values.read_email(text)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = values.fold(text)
    assert values.fold(once) == once


@given(st.text())
def test_folding_does_not_see_case(text: str) -> None:
    assert values.fold(text.upper().lower()) == values.fold(text.upper())


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Zo\u00eb   \u00c5S ", "zoe as"),
        ("M\u00fcller", "muller"),
        ("Stra\u00dfe", "strasse"),
        ("\u01ffre", "ore"),
        ("O\u2019Brien", "o'brien"),
        ("\u0130stanbul", "istanbul"),
    ],
)
def test_folding_by_example(text: str, folded: str) -> None:
    assert values.fold(text) == folded


def test_umlauts_are_found_in_both_spellings() -> None:
    assert values.search_key("M\u00fcller").split("\n") == ["muller", "mueller"]
    assert values.search_key("Miller") == "miller"


@given(st.integers(-(10**13) + 1, 10**13 - 1), CURRENCY)
def test_money_survives_the_round_trip(minor: int, currency: str) -> None:
    text = values.money_text(minor, currency)
    assert values.read_amount(text, currency) == minor
    assert values.read_money(f"{text} {currency}", "USD") == (minor, currency)
    assert values.read_money(f"{currency} {text}", "USD") == (minor, currency)


@given(st.text("0123456789.,' -+", max_size=14), st.sampled_from([None, ".", ","]))
def test_an_amount_is_the_number_its_digits_say_or_refused(text: str, sign: str | None) -> None:
    try:
        minor = values.read_amount(text, "EUR", sign)
    except errors.InvalidValue:
        return
    digits = "".join(char for char in text if char.isdigit())
    assert str(abs(minor)).lstrip("0").rstrip("0") == digits.lstrip("0").rstrip("0")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.50", 1250), ("12", 1200), ("1,5", 150), (".5", 50), ("1'234.50", 123450),
        ("1.234,50", 123450), ("1,234,567", 123456700), ("1 234,50", 123450),
        ("1\u00a0234.5", 123450), ("-4.20", -420), ("12.500", 1250), ("1,23,456.00", 12345600),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them(text: str, minor: int) -> None:
    assert values.read_amount(text, "EUR") == minor


@pytest.mark.parametrize(
    "text",
    ["", "x", "1,234", "1.234", "1.2.3", "1,2,3", "12 50", "1e5", "--5", "1.234.56", "\u0661\u0662",
     "9" * 14, "12.505", "NaN", "0x10"],
)  # fmt: skip
def test_an_amount_that_may_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        values.read_amount(text, "EUR")


@pytest.mark.parametrize(("text", "sign"), [("12.50", ","), ("1,5", "."), ("1.23", ",")])
def test_the_wrong_decimal_sign_never_scales_an_amount(text: str, sign: str) -> None:
    with pytest.raises(errors.InvalidValue):
        values.read_amount(text, "EUR", sign)


@pytest.mark.parametrize("text", ["12.50 XXX", "CHF 5 EUR", "CHF", "5 E", ""])
def test_money_with_a_wrong_currency_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        values.read_money(text, "EUR")


@given(st.integers(1, 10**9))
def test_quantities_survive_the_round_trip(thousandths: int) -> None:
    number = values.quantity_number(thousandths)
    assert values.read_quantity(str(Decimal(thousandths) / 1000)) == thousandths
    assert Decimal(str(number)) * 1000 == thousandths


def test_leading_zeros_are_no_digits() -> None:
    assert values.read_amount("0" * 5000 + "1", "EUR") == 100
    assert values.read_quantity("0" * 5000 + "2") == 2000
    assert values.read_amount("000", "JPY") == 0


@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("+41 44 668 18 00", None, "+41446681800"),
        ("0041 44 668 18 00", None, "+41446681800"),
        ("044 668 18 00", "CH", "+41446681800"),
        ("+41 (0)44 668 18 00", None, "+41446681800"),
        ("tel:+41446681800", None, "+41446681800"),
    ],
)
def test_phones_get_one_form(text: str, country: str | None, value: str) -> None:
    assert values.read_phone(text, country) == value


@pytest.mark.parametrize(
    ("text", "country"), [("044 668 18 00", None), ("12", "CH"), ("abc", "CH"), ("", None)]
)
def test_what_is_no_phone_is_refused(text: str, country: str | None) -> None:
    with pytest.raises(errors.InvalidValue):
        values.read_phone(text, country)


@given(st.text())
def test_text_made_safe_obeys_no_terminal(text: str) -> None:
    shown = values.safe(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert not any(char in shown for char in "\u202e\u200b\u2066\ufeff\x1b")
    assert values.safe(shown) == shown


def test_text_that_no_file_holds_is_refused() -> None:
    for text in ("a\ud800b", "a\x00b"):
        with pytest.raises(errors.InvalidValue):
            values.read_text(text, "name")
    assert values.read_text("  a \x1b[31m  b ", "name") == "a \x1b[31m b"


@pytest.mark.parametrize(
    "text",
    ["\U0001f469\u200d\U0001f4bb", "\u0645\u06cc\u200c\u062e", "\u0d28\u0d4d\u200d\u0d31",
     "\U0001f3f3\ufe0f\u200d\U0001f308"],
)  # fmt: skip
def test_joiners_that_writing_needs_are_shown_as_they_are(text: str) -> None:
    assert values.safe(text) == text


@pytest.mark.parametrize(
    "text", ["A\u200dda", "\u200d\u0645", "\u0645\u200d", "\u0645\u200d\u202e\u0645",
             "\u0645\u200d\u200d\u0645", "\u0645\u200b\u0645"],
)  # fmt: skip
def test_other_invisible_characters_stay_visible(text: str) -> None:
    assert "\\u20" in values.safe(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("1,234", "write 1234.00 or 1.234"), ("12,3456", "write 12.3456"),
     ("1,2.3,4", "write it as 1234.50")],
)  # fmt: skip
def test_an_amount_of_two_readings_is_refused_with_spellings_that_work(
    text: str, hint: str
) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        values.read_amount(text, "CLF")
    assert caught.value.hint == hint
