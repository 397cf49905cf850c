"""Orders in the layout of a shop, to leave to; and what that layout cannot carry.

A shop tells a refund of an order as an amount beside it: the days and the goods of returns have
no place there, nor has a return without its order.
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from crm_cli.domain.values import exponent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ADDRESS = ("street", "city", "region", "postcode", "country")


class Line(NamedTuple):
    """A purchase or return and its contact, both as JSON records."""

    values: Mapping[str, Any]
    contact: Mapping[str, Any]

    @property
    def order(self) -> tuple[Any, ...]:
        """Return what the lines of one order share."""
        if self.values["order_number"] is None:
            return (self.values["id"],)
        return tuple(self.values[name] for name in ("contact_id", "order_number", "currency"))

    @property
    def amount(self) -> Decimal:
        """Return the line's total."""
        return Decimal(self.values["amount"])

    @property
    def quantity(self) -> Decimal:
        """Return how many were bought."""
        return Decimal(str(self.values["quantity"]))


class OrderWriter:
    """Writes orders as rows, title -> cell; ``lost`` counts what no column took, ``left_out`` the
    returns that are written nowhere."""

    header: ClassVar[list[str]]
    unsaid: ClassVar[tuple[str, ...]]
    """What a line may tell and no column takes."""

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()
        self.left_out = 0
        self._number_before: str | None = None

    def rows(self, order: Sequence[Line]) -> list[dict[str, str]]:
        """Return the rows of one order."""
        sales = [line for line in order if line.values["kind"] == "sale"]
        returns = [line for line in order if line.values["kind"] != "sale"]
        number = order[0].values["order_number"]
        if not sales:
            return self._leave_out("returns without their order", returns)
        refund = self._refund(sales, returns, is_first=number != self._number_before)
        self._number_before = number
        if number is None:
            self.lost["orders without a number"] += 1
        contact = sales[0].contact
        if not (contact["emails"] or contact["phones"]):
            self.lost["customers without an e-mail address or a phone"] += 1
        found = [self.line(line) for line in sales]
        for line, row in zip(sales, found, strict=True):
            self._count_unsaid(line.values)
            row.update(self.of_order(line, refund))
        found[0].update(self.of_first(sales, refund))
        return found

    def _refund(self, sales: Sequence[Line], returns: Sequence[Line], *, is_first: bool) -> Decimal:
        """Return the order's refund. Where orders of one number follow each other, the rows of
        the second are not its own: it can have none."""
        refund = sum((line.amount for line in returns), Decimal(0))
        if refund > sum((line.amount for line in sales), Decimal(0)) or not is_first:
            self._leave_out("refunds above their order", returns)
            return Decimal(0)
        self.lost["returns put together"] += max(len(returns) - 1, 0)
        day = min(line.values["on"] for line in sales)
        for line in returns:
            self.lost["days of returns"] += line.values["on"] != day
            self.lost["products of returns"] += line.values["product"] is not None
        return refund

    def _leave_out(self, what: str, lines: Sequence[Line]) -> list[dict[str, str]]:
        self.lost[what] += len(lines)
        self.left_out += len(lines)
        return []

    def _count_unsaid(self, values: Mapping[str, Any]) -> None:
        for name in self.unsaid:
            self.lost[name.replace("_", " ")] += values[name] is not None
        for name, value in values["fields"].items():
            self.lost[name] += value is not None

    def line(self, line: Line) -> dict[str, str]:
        """Return the cells that tell of a line."""
        raise NotImplementedError

    def of_order(self, line: Line, refund: Decimal) -> dict[str, str]:
        """Return the cells that every row of an order has."""
        raise NotImplementedError

    def of_first(self, sales: Sequence[Line], refund: Decimal) -> dict[str, str]:
        """Return the cells of an order's first row only."""
        raise NotImplementedError


class ShopifyWriter(OrderWriter):
    """Shopify's "Orders > Export", which its import apps take; they add up the lines."""

    header: ClassVar = [
        "Name", "Email", "Financial Status", "Currency", "Created at",
        "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku",
        "Lineitem discount", "Billing Name", "Billing Street", "Billing City", "Billing Zip",
        "Billing Province", "Billing Country", "Phone", "Refunded Amount", "Source",
    ]  # fmt: skip
    unsaid: ClassVar = ("campaign", "external_id")

    def line(self, line: Line) -> dict[str, str]:
        """Return the cells that tell of a line; what a price cannot say to the cent is said by a
        discount."""
        values, quantity = line.values, line.quantity or Decimal(1)
        step = Decimal(1).scaleb(-exponent(values["currency"]))
        price = (line.amount / quantity).quantize(step, ROUND_CEILING)
        discount = (price * quantity).quantize(step, ROUND_HALF_UP) - line.amount
        self.lost["descriptions"] += bool(values["product"] and values["description"])
        return {
            "Lineitem quantity": _plain(quantity),
            "Lineitem name": values["product"] or values["description"] or "",
            "Lineitem price": str(price),
            "Lineitem sku": values["sku"] or "",
            "Lineitem discount": str(discount),
        }

    def of_order(self, line: Line, refund: Decimal) -> dict[str, str]:
        """Return the cells that every row of an order has."""
        del refund
        values, contact = line.values, line.contact
        street, city, region, postcode, country = _address(contact)
        return {
            "Name": values["order_number"] or "",
            "Email": _first(contact["emails"]),
            "Currency": values["currency"],
            "Created at": values["on"],
            "Billing Name": contact["name"],
            "Billing Street": street,
            "Billing City": city,
            "Billing Zip": postcode,
            "Billing Province": region,
            "Billing Country": country,
            "Phone": _first(contact["phones"]),
            "Source": values["channel"] or "",
        }

    def of_first(self, sales: Sequence[Line], refund: Decimal) -> dict[str, str]:
        """Return the cells of an order's first row only."""
        total = sum((line.amount for line in sales), Decimal(0))
        state = "paid" if not refund else "refunded" if refund == total else "partially_refunded"
        return {
            "Financial Status": state,
            "Refunded Amount": str(refund) if refund else "0.00",
        }


class WooCommerceWriter(OrderWriter):
    """The layout of "Advanced Order Export", which order importers of WooCommerce take."""

    header: ClassVar = [
        "Order Number", "Order Status", "Order Date", "Order Currency", "First Name (Billing)",
        "Last Name (Billing)", "Address 1 (Billing)", "City (Billing)", "State Name (Billing)",
        "Postcode (Billing)", "Country Code (Billing)", "Email (Billing)", "Phone (Billing)",
        "Item Name", "Product Variation", "SKU", "Quantity", "Item Cost", "Order Line (w/o tax)",
        "Order Refund Amount",
    ]  # fmt: skip
    unsaid: ClassVar = ("channel", "campaign", "external_id")

    def line(self, line: Line) -> dict[str, str]:
        """Return the cells that tell of a line."""
        values, quantity = line.values, line.quantity or Decimal(1)
        step = Decimal(1).scaleb(-exponent(values["currency"]))
        return {
            "Item Name": values["product"] or "",
            "Product Variation": values["description"] or "",
            "SKU": values["sku"] or "",
            "Quantity": _plain(quantity),
            "Item Cost": str((line.amount / quantity).quantize(step, ROUND_HALF_UP)),
            "Order Line (w/o tax)": str(line.amount),
        }

    def of_order(self, line: Line, refund: Decimal) -> dict[str, str]:
        """Return the cells that every row of an order has."""
        values, contact = line.values, line.contact
        first, last = contact["first_name"] or "", contact["last_name"] or ""
        if f"{first} {last}".strip() != contact["name"]:
            first, last = contact["name"], ""
        street, city, region, postcode, country = _address(contact)
        return {
            "Order Number": values["order_number"] or "",
            "Order Status": "completed",
            "Order Date": values["on"],
            "Order Currency": values["currency"],
            "First Name (Billing)": first,
            "Last Name (Billing)": last,
            "Address 1 (Billing)": street,
            "City (Billing)": city,
            "State Name (Billing)": region,
            "Postcode (Billing)": postcode,
            "Country Code (Billing)": country,
            "Email (Billing)": _first(contact["emails"]),
            "Phone (Billing)": _first(contact["phones"]),
            "Order Refund Amount": str(refund or "0.00"),
        }

    def of_first(self, sales: Sequence[Line], refund: Decimal) -> dict[str, str]:
        """Return the cells of an order's first row only."""
        del sales, refund
        return {}


def _plain(number: Decimal) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _first(entries: Sequence[Mapping[str, str | None]]) -> str:
    return next((x["value"] or x.get("raw") or "" for x in entries), "")


def _address(contact: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parts of the contact's main address."""
    main: Mapping[str, str | None] = next(iter(contact["addresses"]), {})
    return tuple(main.get(part) or "" for part in _ADDRESS)


WRITERS: dict[str, type[OrderWriter]] = {
    "shopify": ShopifyWriter,
    "woocommerce": WooCommerceWriter,
}
