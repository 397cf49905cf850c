"""Who buys and what: customers and products as a file's cells name them, staged once each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.contact import plain_number
from crm_cli.domain.values import (
    fold,
    one_line_street,
    read_currency,
    read_email,
    read_phone,
    search_key,
)
from crm_cli.services.import_values import country_code, hash63, problem
from crm_cli.services.importing import RowProblem
from crm_cli.store import import_purchase_customers as store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

CUSTOMER_FIELDS = ("contact_uid", "contact_id", "customer", "email", "phone", "name")
_ADDRESS = ("country", "street", "street_more", "city", "region", "postcode")
TOLD_FIELDS = (*CUSTOMER_FIELDS, *_ADDRESS)
"""What tells of a customer; an address names nobody, and its country says whose a local number
is."""
GOODS_FIELDS = ("sku", "product", "currency")

_NOTHING_ELSE = (None,) * 4
_BY_NAME, _NUMBER_IS_NAME = 1, 2
"""How a customer is told by name: alone, or where the number is expected."""


class Customers:
    """The customers of a file; ``known`` leads from what a row tells to a customer's number."""

    def __init__(self, job: Job, match: Sequence[str]) -> None:
        request, session = job.request, job.session
        self._job = job
        self._by_name = "name" in match
        self._country = request.country or session.setting("country") or None
        preset = job.plan.preset
        self._system = request.source or (preset and preset.source) or "customer"
        # A product's own number is never a name, even one of letters alone.
        self._may_be_name = not (preset and preset.source)
        self._count = 0
        self._has_kept = False
        self.known: dict[Any, int] = {}

    def number(self, key: Any, told: Sequence[str], line: int, staging: Staging) -> int:
        """Return the number of the customer a row tells of. Raises RowProblem."""
        number = self.known.get(key)
        if number is None:
            self.recall({key})
            number = self.known.get(key)
        if number is None:
            number = self.known[key] = self.stage(told, line, staging)
        return number

    def stage(self, told: Sequence[str], line: int, staging: Staging) -> int:
        """Stage a customer not met before, told in the order of ``TOLD_FIELDS``.

        Returns the customer's number. Raises RowProblem.
        """
        number = told[CUSTOMER_FIELDS.index("customer")]
        row: tuple[Any, ...]
        bare = number.isascii() and number.isalnum() and not number.isalpha()
        if bare and number == "".join(told):
            # Told by a number alone, as in most files: nothing needs a closer look.
            row = (None, None, self._system, number, *_NOTHING_ELSE, "", line, 0)
        else:
            row = self._row(told, line)
        self._count += 1
        staging.add("s_customers", (self._count, *row, None, 0, None, None))
        if any(address := _address(told[len(CUSTOMER_FIELDS) :])):
            staging.add("s_addresses", (self._count, *address))
        return self._count

    def _row(self, told: Sequence[str], line: int) -> tuple[Any, ...]:
        uid, local, number, email, phone, name, country, *_ = [text.strip() for text in told]
        name = " ".join(name.split())
        if "@" in number and not email:
            email, number = number, ""
        by_name = 0
        system, value = self._split(number) if number else (None, None)
        if value and not name and self._may_be_name and not any(char.isdigit() for char in value):
            name, by_name = " ".join(value.split()), _NUMBER_IS_NAME
            if self._by_name:
                system = value = None
        if email:
            try:
                email = read_email(email)
            except errors.InvalidValue as error:
                raise problem("email", error) from None
        # Who is told by name alone gets it as a number, and is known by it the next time.
        if name and not (uid or local or value or email or phone or by_name):
            by_name = _BY_NAME
            if not self._by_name:
                system, value = self._system, fold(name)
        e164 = None
        if phone:
            try:
                e164 = read_phone(phone, country_code(country) or self._country)
            except errors.InvalidValue:
                self._job.warnings.add("phone", "phone numbers could not be read", line)
        if local and not (local.isascii() and local.isdigit() and len(local) < 18):
            raise RowProblem("contact_id", f"{local!r} is not the id of a contact")
        if not (uid or local or value or email or phone or name):
            raise RowProblem("customer", "names no customer")
        return (
            uid or None, int(local) if local else None, system, value, email or None, e164,
            phone or None, name or None, search_key(name) if name else "", line, by_name,
        )  # fmt: skip

    def _split(self, number: str) -> tuple[str, str]:
        """Return system and value of a customer number."""
        system, colon, value = (part.strip() for part in number.partition(":"))
        if not (colon and system and value):
            system, value = self._system, number
        return system, plain_number(system, value)

    # -- more than memory holds ---------------------------------------------------------------

    def recall(self, keys: Iterable[Any]) -> None:
        """Take customers back into memory that found no room in it since they were met."""
        if self._has_kept:
            texts = {_text(key): key for key in keys}
            found = store.recall(self._job.session.writer, list(texts))
            self.known.update((texts[text], number) for text, number in found.items())

    def keep(self) -> None:
        """Move the customers out of memory: they are many, and taking one for new that was met
        before costs at every later step."""
        known = ((_text(key), number) for key, number in self.known.items())
        store.remember(self._job.session.writer, known)
        self._has_kept = True
        self.known.clear()


def _address(told: Sequence[str]) -> tuple[str | None, ...]:
    """Return street, city, region, postcode and country, as ``_ADDRESS`` tells them."""
    country, _, more, city, region, postcode = (" ".join(x.split()) for x in told)
    street = " ".join(one_line_street(told[1]).split())
    street = ", ".join(part for part in (street, more) if part)
    # Shopify writes an apostrophe before a code, so that a spreadsheet keeps its zeros.
    postcode = postcode.removeprefix("'")
    return tuple(part or None for part in (street, city, region, postcode, country))


def _text(key: Any) -> str:
    return key if isinstance(key, str) else "\x1f".join(key)


class Good(NamedTuple):
    """A product in a currency, as staged."""

    number: int
    what: str
    currency: str
    base: int
    """Its part of the fingerprint of a sale."""
    amounts: dict[str, int]
    """Amounts read in its currency: text -> minor units."""


class Goods:
    """The products of a file; ``known`` leads from what a row tells to the product."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._products = self._count = 0
        self.known: dict[Any, Good] = {}
        self._without_product: dict[str, Good] = {}
        self.amounts: dict[str, dict[str, int]] = {}

    def good(self, key: Any, told: Sequence[str], line: int, staging: Staging) -> Good:
        """Return what a row's goods share. Raises RowProblem."""
        good = self.known.get(key)
        if good is None:
            good = self.known[key] = self.stage(told, line, staging)
        return good

    def without_product(self, currency: str, line: int, staging: Staging) -> Good:
        """Return the goods that are money alone, a refund. Raises RowProblem."""
        good = self._without_product.get(currency)
        if good is None:
            good = self._without_product[currency] = self.stage(("", "", currency), line, staging)
        return good

    def stage(self, told: Sequence[str], line: int, staging: Staging) -> Good:
        """Stage goods not met before, told in the order of ``GOODS_FIELDS``. Raises RowProblem."""
        sku, name = (" ".join(text.split()) for text in told[:2])
        currency = _currency(told[2]) if told[2].strip() else self._currency
        product, what = None, ""
        if sku or name:
            self._products += 1
            product, what = self._products, sku or fold(name)
            row = (product, sku or None, name or sku, search_key(name or sku), line)
            staging.add("s_products", (*row, None, 0))
        self._count += 1
        staging.add("s_goods", (self._count, product, currency))
        base = hash63(f"{what}\x1f{currency}\x1fsale")
        return Good(self._count, what, currency, base, self.amounts.setdefault(currency, {}))


def _currency(text: str) -> str:
    try:
        return read_currency(text)
    except errors.InvalidValue as error:
        raise problem("currency", error) from None
