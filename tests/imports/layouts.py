"""Files as other products write them: made up by us in the layouts that the products document."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Layout:
    """A header and rows; ``needed`` are the columns by which it is recognised."""

    preset: str
    noun: str
    header: Sequence[str]
    rows: Sequence[dict[str, str]]
    needed: Sequence[str]

    def text(self, header: Sequence[str] | None = None) -> str:
        """Return the file, with these columns in this order."""
        columns = list(header or self.header)
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows([row.get(name, "") for name in columns] for row in self.rows)
        return stream.getvalue()


OUTLOOK = Layout(
    "outlook",
    "contact",
    (
        "First Name,Middle Name,Last Name,Title,Suffix,Company,Department,Job Title,"
        "Business Street,Business Street 2,Business City,Business State,Business Postal Code,"
        "Business Country/Region,Home Street,Home City,Home Postal Code,Home Country/Region,"
        "Business Fax,Business Phone,Business Phone 2,Home Phone,Mobile Phone,Primary Phone,"
        "Birthday,Anniversary,Categories,E-mail Address,E-mail Type,E-mail Display Name,"
        "E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,Gender,Notes,Priority,Private,"
        "Sensitivity,Web Page"
    ).split(","),
    [
        {
            "First Name": "Ada", "Middle Name": "King", "Last Name": "Lovelace",
            "Company": "Analytical Ltd", "Job Title": "Countess", "Business Street": "Gasse 1",
            "Business Street 2": "3rd floor", "Business City": "Bern",
            "Business Postal Code": "3011", "Business Country/Region": "Switzerland",
            "Home Street": "Weg 2", "Home City": "Thun", "Business Fax": "031 333 00 00",
            "Business Phone": "031 333 33 33", "Mobile Phone": "+41 79 222 22 22",
            "Birthday": "1815-12-10", "Anniversary": "0/0/00", "Categories": "Clients;Friends",
            "E-mail Address": "ada@x.org", "E-mail Type": "SMTP",
            "E-mail Display Name": "Ada (ada@x.org)", "E-mail 2 Address": "ada@home.org",
            "E-mail 2 Type": "SMTP", "Gender": "Unspecified", "Notes": "two\nlines",
            "Priority": "Normal", "Private": "False", "Sensitivity": "Normal",
            "Web Page": "www.example.org",
        },
        {
            "First Name": "Bob", "Last Name": "Babbage", "Company": "ANALYTICAL Ltd",
            "Birthday": "0/0/00", "E-mail Address": "bob@x.org", "Priority": "Normal",
        },
        {"Company": "Engines plc", "Business Phone": "+44 20 7946 0958"},
    ],
    ("First Name", "Last Name", "E-mail Address", "Business Phone"),
)  # fmt: skip

HUBSPOT = Layout(
    "hubspot",
    "contact",
    (
        "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,"
        "Last Activity Date (GMT+1),Lead Status,Marketing contact status,Create Date,"
        "Associated Company,Lifecycle Stage,Mobile Phone Number,Job Title,City,Country/Region,"
        "Additional email addresses,Date of birth,Fax Number"
    ).split(","),
    [
        {
            "Record ID": "901", "First Name": "Gaëlle", "Last Name": "Perrin",
            "Email": "g.perrin@x.fr", "Phone Number": "04 50 11 22 33",
            "Contact owner": "Inès Moreau", "Create Date": "2024-03-12 09:14",
            "Associated Company": "Fromagerie Perrin", "Lifecycle Stage": "Customer",
            "Job Title": "Buyer", "City": "Annecy", "Country/Region": "France",
            "Additional email addresses": "gaelle@y.fr;g@z.fr", "Date of birth": "1980-01-31",
            "Fax Number": "04 50 11 22 34",
        },
        {
            "Record ID": "902", "Email": "claire@x.fr", "Lifecycle Stage": "Lead",
            "Associated Company": "Fromagerie Perrin",
        },
    ],
    ("Record ID", "Email", "Lifecycle Stage"),
)  # fmt: skip

SALESFORCE = Layout(
    "salesforce",
    "contact",
    (
        "Salutation,First Name,Last Name,Title,Account Name,Mailing Street,Mailing City,"
        "Mailing State/Province,Mailing Zip/Postal Code,Mailing Country,Phone,Fax,Mobile,Email,"
        "Contact Owner,Contact ID,Birthdate,Lead Source,Email Opt Out,Description"
    ).split(","),
    [
        {
            "Salutation": "Ms.", "First Name": "Rose", "Last Name": "Gonzalez",
            "Title": "SVP", "Account Name": "Edge Inc", "Mailing Street": "313 Main St\nSuite 5",
            "Mailing City": "Austin", "Mailing State/Province": "TX",
            "Mailing Zip/Postal Code": "78767", "Mailing Country": "USA",
            "Phone": "(512) 757-6000", "Fax": "(512) 757-9000", "Mobile": "(512) 757-9340",
            "Email": "rose@x.com", "Contact Owner": "Ann Admin",
            "Contact ID": "0031t00000AbCdE", "Birthdate": "1975-08-09", "Lead Source": "Web",
            "Email Opt Out": "1", "Description": "Likes tea",
        },
        {
            "Last Name": "Forbes", "Account Name": "Edge Inc.", "Contact ID": "0031t00000AbCdF",
            "Email Opt Out": "0",
        },
    ],
    ("Last Name", "Email", "Contact ID", "Account Name"),
)  # fmt: skip

STRIPE = Layout(
    "stripe",
    "purchase",
    (
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
        "Converted Amount Refunded,Converted Currency,Decline Reason,Description,Fee,"
        "PaymentIntent ID,Refunded date (UTC),Statement Descriptor,Status,Seller Message,"
        "Taxes On Fee,Card ID,Customer ID,Customer Description,Customer Email,Invoice ID,Transfer"
    ).split(","),
    [
        {
            "id": "ch_1", "Created date (UTC)": "2026-02-23 23:30:00", "Amount": "1,250.00",
            "Amount Refunded": "0.00", "Currency": "eur", "Captured": "true",
            "Converted Amount": "1,250.00", "Description": "Desk", "Fee": "37.50",
            "Status": "Paid", "Customer ID": "cus_1", "Customer Email": "ada@x.org",
        },
        {
            "id": "ch_2", "Created date (UTC)": "2026-02-25 10:00:00", "Amount": "20.00",
            "Amount Refunded": "8.00", "Currency": "usd", "Description": "Lamp", "Fee": "0.80",
            "Refunded date (UTC)": "2026-03-02 23:59:00", "Status": "Refunded",
            "Customer Email": "bob@x.org",
        },
        {
            "id": "ch_3", "Created date (UTC)": "2026-02-25 11:00:00", "Amount": "20.00",
            "Amount Refunded": "0.00", "Currency": "eur", "Decline Reason": "generic_decline",
            "Status": "Failed", "Customer Email": "bob@x.org",
        },
        {
            "id": "ch_4", "Created date (UTC)": "2026-02-25 10:00:00", "Amount": "20.00",
            "Amount Refunded": "0.00", "Currency": "usd", "Description": "Lamp",
            "Status": "Paid", "Customer Email": "bob@x.org",
        },
    ],
    ("id", "Created date (UTC)", "Amount", "Currency", "Status", "Customer Email"),
)  # fmt: skip

SQUARE = Layout(
    "square",
    "purchase",
    (
        "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,"
        "Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,"
        "Event Type,Location,Dining Option,Customer ID,Customer Name,Customer Reference ID,Unit,"
        "Count,GTIN,Itemization Type,Commission,Employee,Fulfillment Note,Channel,Token"
    ).split(","),
    [
        {
            "Date": "2026-05-18", "Time": "12:59:30", "Category": "Coffee", "Item": "Latte",
            "Qty": "2.0", "Price Point Name": "Large", "SKU": "L-1", "Gross Sales": "$10.00",
            "Discounts": "-$2.00", "Net Sales": "$8.00", "Tax": "$0.70", "Transaction ID": "t1",
            "Event Type": "Payment", "Customer ID": "C1", "Customer Name": "Ada Lovelace",
        },
        {
            "Date": "2026-05-18", "Item": "Latte", "Qty": "1.0", "Price Point Name": "Small",
            "SKU": "L-1", "Net Sales": "$3.00", "Transaction ID": "t1", "Event Type": "Payment",
            "Customer ID": "C1", "Customer Name": "Ada Lovelace",
        },
        {
            "Date": "2026-05-20", "Item": "Latte", "Qty": "-1.0", "SKU": "L-1",
            "Net Sales": "-$3.00", "Transaction ID": "t1", "Event Type": "Refund",
            "Customer ID": "C1", "Customer Name": "Ada Lovelace",
        },
        {
            "Date": "2026-05-20", "Item": "Grinder", "Qty": "1.0", "Net Sales": "$1,250.00",
            "Transaction ID": "t2", "Event Type": "Payment", "Customer ID": "C2",
            "Customer Name": "Bob",
        },
    ],
    (
        "Date", "Item", "Qty", "Net Sales", "Transaction ID", "Event Type", "Customer ID",
        "Price Point Name", "SKU",
    ),
)  # fmt: skip

LAYOUTS = (OUTLOOK, HUBSPOT, SALESFORCE, STRIPE, SQUARE)
