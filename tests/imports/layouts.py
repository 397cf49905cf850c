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

    @classmethod
    def of(cls, preset: str, noun: str, text: str, needed: str) -> Layout:
        """Return the layout of a file as it is; ``needed`` as its header would be written."""
        rows = list(csv.DictReader(io.StringIO(text)))
        return cls(preset, noun, list(rows[0]), rows, needed.split(","))

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

ZOHO = Layout(
    "zoho",
    "contact",
    (
        "Record Id,Contact Owner.id,Contact Owner,Lead Source,First Name,Last Name,"
        "Account Name.id,Account Name,Email,Title,Phone,Other Phone,Fax,Mobile,Date of Birth,"
        "Email Opt Out,Created Time,Contact Name,Mailing Street,Mailing City,Mailing Zip,"
        "Mailing Country,Description,Secondary Email,Tag"
    ).split(","),
    [
        {
            "Record Id": "zcrm_4150868000000424001", "Contact Owner.id": "zcrm_1",
            "Contact Owner": "Ann Admin", "Lead Source": "Trade Show", "First Name": "Kris",
            "Last Name": "Marrier", "Account Name.id": "zcrm_2", "Account Name": "King Ltd",
            "Email": "kris@x.com", "Title": "CFO", "Phone": "044 668 18 00",
            "Fax": "044 668 18 01", "Date of Birth": "1980-01-31", "Email Opt Out": "false",
            "Created Time": "2024-01-31 10:00:00", "Contact Name": "Kris Marrier",
            "Mailing City": "Zürich", "Mailing Zip": "8001", "Mailing Country": "Switzerland",
            "Description": "met in Bern", "Secondary Email": "kris@home.com", "Tag": "VIP,Fair",
        },
        {
            "Record Id": "zcrm_4150868000000424002", "Last Name": "Morasca",
            "Account Name": "king ltd", "Email Opt Out": "true",
        },
    ],
    ("Record Id", "Last Name", "Account Name", "Email"),
)  # fmt: skip

PIPEDRIVE = Layout(
    "pipedrive",
    "contact",
    (
        "Person - ID,Person - Name,Person - First name,Person - Last name,Person - Label,"
        "Person - Organization,Person - Email - Work,Person - Email - Home,Person - Email - Other,"
        "Person - Phone - Work,Person - Phone - Home,Person - Phone - Mobile,"
        "Person - Phone - Other,Person - Open deals,Person - Owner,Person - Person created,"
        "Person - Postal address,Person - Marketing status,Person - Notes"
    ).split(","),
    [
        {
            "Person - ID": "17", "Person - Name": "Ada Lovelace", "Person - First name": "Ada",
            "Person - Last name": "Lovelace", "Person - Label": "Hot lead, Customer",
            "Person - Organization": "Analytical Ltd",
            "Person - Email - Work": "ada@x.org, a.lovelace@x.org",
            "Person - Phone - Work": "+41 44 668 18 00, +41 44 668 18 01",
            "Person - Phone - Mobile": "+41 79 222 22 22", "Person - Open deals": "0",
            "Person - Owner": "Ann", "Person - Person created": "2024-01-31 10:00:00",
            "Person - Postal address": "Gasse 1, 3011 Bern, Switzerland",
            "Person - Marketing status": "No consent", "Person - Notes": "tea",
        },
        {"Person - ID": "18", "Person - Name": "Bob", "Person - Organization": "Analytical Ltd"},
    ],
    ("Person - Name", "Person - Email - Work", "Person - ID"),
)  # fmt: skip

HUBSPOT_COMPANIES = Layout.of(
    "hubspot-companies", "contact",
    "Record ID,Company name,Company owner,Create Date,Phone Number,Last Activity Date,City,"
    "Country/Region,Industry,Company Domain Name,Website URL\n"
    "501,Fromagerie Perrin SA,Inès Moreau,2024-03-12 09:14,+33 4 50 11 22 33,,Annecy,France,"
    "FOOD_PRODUCTION,perrin.fr,https://www.perrin.fr/shop\n"
    "502,Édge,,2024-03-12 09:15,,,,,,edge.org,\n",
    "Record ID,Company name,Company Domain Name",
)  # fmt: skip

SALESFORCE_ACCOUNTS = Layout.of(
    "salesforce-accounts", "contact",
    "Account Name,Account Owner,Account ID,Billing Street,Billing City,Billing State/Province,"
    "Billing Zip/Postal Code,Billing Country,Phone,Fax,Website,Parent Account,Type,Industry,"
    "Employees,Last Modified Date\n"
    "Edge Holding,Ann,0015g00000AAAAA,Gasse 1,Bern,BE,3011,Switzerland,+41 31 333 33 33,"
    "+41 31 333 33 34,www.edge.ch,,Customer,Energy,0,2024-01-31\n"
    "Edge AG,Ann,0015g00000AAAAB,,,,,,,,edge.ch,Edge Holding,,,120,2024-01-31\n",
    "Account ID,Account Name,Billing Street",
)  # fmt: skip

ZOHO_ACCOUNTS = Layout.of(
    "zoho-accounts", "contact",
    "Record Id,Account Owner.id,Account Owner,Rating,Account Name,Phone,Fax,Parent Account.id,"
    "Parent Account,Website,Account Type,Industry,Employees,Billing Street,Billing City,"
    "Billing State,Billing Code,Billing Country,Description,Tag,Locked\n"
    "zcrm_31,zcrm_1,Ann,,King Ltd,+44 20 7946 0958,,,,http://king.com,Customer,,0,Weg 2,Leeds,,"
    "LS1,United Kingdom,old friends,vip,false\n"
    "zcrm_32,zcrm_1,Ann,,Morlong,,,zcrm_31,King Ltd,morlong.com,,,0,,,,,,,,false\n",
    "Record Id,Account Name,Billing Code",
)  # fmt: skip

PIPEDRIVE_ORGANIZATIONS = Layout.of(
    "pipedrive-organizations", "contact",
    "Organization - Name,Organization - Labels,Organization - Address,Organization - Website,"
    "Organization - People,Organization - Closed deals,Organization - Open deals,"
    "Organization - Next activity date,Organization - Owner,Organization - ID\n"
    'Analytical Ltd,"Customer, VIP","Gasse 1, 3011 Bern, Switzerland",x.org,2,0,1,,Ann,17\n'
    "Engines plc,,,,0,0,0,,Ann,18\n",
    "Organization - Name,Organization - ID",
)  # fmt: skip

DYNAMICS_ACCOUNTS = Layout.of(
    "dynamics-accounts", "contact",
    "(Do Not Modify) Account,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,"
    "Account Name,Main Phone,Email,Website,Address 1: City,Primary Contact,Parent Account,Status\n"
    "a16b3f4b-1be7-e611-8101-e0071b6af231,abc=,2024-01-31 10:00,A. Datum,+1 555 010 0158,"
    "info@adatum.com,http://www.adatum.com,Redmond,Rene Valdes,,Active\n"
    "a16b3f4b-1be7-e611-8101-e0071b6af232,abc=,2024-01-31 10:00,Litware,,,,,,A. Datum,Active\n",
    "(Do Not Modify) Account,Account Name",
)  # fmt: skip

MONDAY = Layout(
    "monday",
    "contact",
    (
        "Name,Subitems,Email,Accounts,Deals,Phone,Title,Type,Priority,Comments,"
        "Item ID (auto generated)"
    ).split(","),
    [
        {
            "Name": "Leilani Krause", "Email": "leilani@x.com", "Accounts": "Ridge Software",
            "Deals": "Big deal", "Phone": "+1 854 544 4021", "Title": "COO", "Type": "Customer",
            "Priority": "High", "Comments": "tea", "Item ID (auto generated)": "2145559999",
        },
        {
            "Name": "Amanda Smith", "Email": "amanda@y.com", "Accounts": "Ridge Software",
            "Item ID (auto generated)": "2145560000",
        },
    ],
    ("Name", "Email", "Phone", "Item ID (auto generated)"),
)  # fmt: skip

FRESHSALES = Layout(
    "freshsales",
    "contact",
    (
        "ID,First name,Last name,Job title,Emails,Work,Mobile,Sales accounts,Lifecycle stage,"
        "Status,Sales owner,Address,City,State,Zipcode,Country,Tags,Subscription status,"
        "External ID,Created at"
    ).split(","),
    [
        {
            "ID": "70001", "First name": "Jane", "Last name": "Sampleton", "Job title": "Manager",
            "Emails": "jane@x.com;janes@y.com", "Work": "2125550100;2125550101",
            "Mobile": "(212) 555-0102", "Sales accounts": "Widgetz.io",
            "Lifecycle stage": "Lead", "Status": "Qualified", "Sales owner": "ann@x.com",
            "City": "New York", "State": "NY", "Zipcode": "10001", "Country": "United States",
            "Tags": "fair;vip", "Subscription status": "Subscribed",
        },
        {"ID": "70002", "Last name": "Roe", "Sales accounts": "Widgetz.io", "External ID": "e-2"},
    ],
    ("ID", "Last name", "Emails", "Sales owner"),
)  # fmt: skip

KOMMO = Layout(
    "kommo",
    "contact",
    (
        "ID,Тип,Полное имя контакта,Имя,Фамилия,Название компании,Ответственный,"
        "Дата создания контакта,Кем создан контакт,Сделки,Теги,Примечание 1,Рабочий телефон,"
        "Рабочий прямой телефон,Мобильный телефон,Факс,Домашний телефон,Другой телефон,"
        "Рабочий email,Личный email,Другой email,Web,Адрес,Должность"
    ).split(","),
    [
        {
            "ID": "501", "Тип": "контакт", "Полное имя контакта": "Иван Петров", "Имя": "Иван",
            "Фамилия": "Петров", "Название компании": "Ромашка", "Ответственный": "Анна",
            "Дата создания контакта": "31.01.2024 10:00:00", "Теги": "клиент, выставка",
            "Рабочий телефон": "+74951234567, +74951234568", "Факс": "+74951234569",
            "Рабочий email": "ivan@x.ru", "Личный email": "ivan@mail.ru", "Должность": "Директор",
        },
        {
            "ID": "502", "Тип": "компания", "Полное имя контакта": "Ромашка",
            "Рабочий телефон": "+74951234500",
        },
    ],
    (
        "ID", "Тип", "Полное имя контакта", "Рабочий телефон", "Рабочий прямой телефон",
        "Рабочий email",
    ),
)  # fmt: skip

DYNAMICS = Layout(
    "dynamics",
    "contact",
    (
        "(Do Not Modify) Contact,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,"
        "Full Name,First Name,Last Name,Email,Company Name,Business Phone,Mobile Phone,Fax,"
        "Job Title,Address 1: Street 1,Address 1: Street 2,Address 1: City,"
        "Address 1: ZIP/Postal Code,Address 1: Country/Region,Birthday,Status,Owner,"
        "Do not allow Emails"
    ).split(","),
    [
        {
            "(Do Not Modify) Contact": "49a0e5b9-88df-e311-b8e5-6c3be5a8b200",
            "(Do Not Modify) Row Checksum": "rZ8x==",
            "(Do Not Modify) Modified On": "2026-01-31 10:00", "Full Name": "Susanna Stubberod",
            "First Name": "Susanna", "Last Name": "Stubberod", "Email": "susanna@x.com",
            "Company Name": "Fourth Coffee", "Business Phone": "555-0133",
            "Mobile Phone": "+1 425 555 0133", "Fax": "555-0134", "Job Title": "Manager",
            "Address 1: Street 1": "1 Microsoft Way", "Address 1: Street 2": "Suite 2",
            "Address 1: City": "Redmond", "Address 1: ZIP/Postal Code": "98007",
            "Address 1: Country/Region": "U.S.", "Birthday": "1980-01-31", "Status": "Active",
            "Owner": "Ann Admin", "Do not allow Emails": "Allow",
        },
        {
            "(Do Not Modify) Contact": "49a0e5b9-88df-e311-b8e5-6c3be5a8b201",
            "Full Name": "Bob", "Company Name": "Fourth Coffee",
        },
    ],
    ("(Do Not Modify) Contact", "Full Name", "Email"),
)  # fmt: skip

MAILCHIMP = Layout(
    "mailchimp",
    "contact",
    (
        "Email Address,First Name,Last Name,Address,Phone Number,Birthday,MEMBER_RATING,"
        "OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,"
        "CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
    ).split(","),
    [
        {
            "Email Address": "marc@x.fr", "First Name": "Marc", "Last Name": "Dubois",
            "Address": "Rue 1  Lyon    69001  FR", "MEMBER_RATING": "2",
            "OPTIN_TIME": "2020-02-03 04:05:06", "OPTIN_IP": "1.2.3.4",
            "CONFIRM_TIME": "2020-02-03 04:06:00", "LEID": "123", "EUID": "abc",
            "TAGS": '"VIP","Blog, weekly"',
        },
        {"Email Address": "eve@x.fr", "MEMBER_RATING": "2", "EUID": "def"},
    ],
    ("Email Address", "MEMBER_RATING", "EUID"),
)  # fmt: skip

APPLE = Layout(
    "apple",
    "contact",
    (
        "First name,Middle name,Last name,Nickname,Organization,Job title,Email (home),"
        "Email (work),Phone (mobile),Phone (iPhone),Phone (work fax),Street (home),City (home),"
        "ZIP (home),Country (home),Birthday,Note,Groups"
    ).split(","),
    [
        {
            "First name": "Ada", "Last name": "Lovelace", "Organization": "Analytical Ltd",
            "Email (home)": "ada@home.org", "Phone (iPhone)": "079 222 22 22",
            "Phone (work fax)": "031 333 00 00", "City (home)": "Bern",
            "Country (home)": "Switzerland", "Birthday": "1604-05-31", "Groups": "Friends",
        },
        {"Organization": "Engines plc", "Email (work)": "info@engines.org"},
    ],
    ("First name", "Last name", "Email (home)", "Phone (iPhone)", "Organization", "Email (work)"),
)  # fmt: skip

WOOCOMMERCE = Layout(
    "woocommerce",
    "purchase",
    (
        "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),"
        "Last Name (Billing),Company (Billing),Address 1&2 (Billing),City (Billing),"
        "Email (Billing),Phone (Billing),Payment Method Title,Cart Discount Amount,"
        "Order Subtotal Amount,Shipping Method Title,Order Shipping Amount,Order Refund Amount,"
        "Order Total Amount,SKU,Item #,Item Name,Quantity,Item Cost,Coupon Code,Discount Amount"
    ).split(","),
    [
        {
            "Order Number": "801", "Order Status": "Completed", "Order Date": "2026-03-12 10:22",
            "First Name (Billing)": "Ada", "Last Name (Billing)": "Lovelace",
            "Email (Billing)": "ada@x.org", "Cart Discount Amount": "4.00",
            "Order Subtotal Amount": "40.00", "Order Refund Amount": "9.00", "SKU": "TEA",
            "Item #": "1", "Item Name": "Tea", "Quantity": "3", "Item Cost": "10.00",
        },
        {
            "Order Number": "801", "Order Status": "Completed", "Order Date": "2026-03-12 10:22",
            "First Name (Billing)": "Ada", "Last Name (Billing)": "Lovelace",
            "Email (Billing)": "ada@x.org", "Cart Discount Amount": "4.00",
            "Order Subtotal Amount": "40.00", "Order Refund Amount": "9.00", "SKU": "CUP",
            "Item #": "2", "Item Name": "Cup", "Quantity": "1", "Item Cost": "10.00",
        },
        {
            "Order Number": "802", "Order Status": "Cancelled", "Order Date": "2026-03-13 10:22",
            "First Name (Billing)": "Bob", "Email (Billing)": "bob@x.org", "Item Name": "Tea",
            "Quantity": "1", "Item Cost": "10.00",
        },
        {
            "Order Number": "803", "Order Status": "Processing", "Order Date": "2026-03-14 10:22",
            "First Name (Billing)": "Bob", "Email (Billing)": "bob@x.org", "Item Name": "Tea",
            "Quantity": "1", "Item Cost": "10.00",
        },
    ],
    (
        "Order Number", "Order Status", "Order Date", "Email (Billing)", "Item Name", "SKU",
        "Quantity", "Item Cost", "Order Refund Amount", "Cart Discount Amount",
    ),
)  # fmt: skip

WOOCOMMERCE_ITEMS = Layout(
    "woocommerce-items",
    "purchase",
    (
        "order_id,order_number,date,status,shipping_total,discount_total,order_total,"
        "refunded_total,order_currency,payment_method,customer_id,billing_first_name,"
        "billing_last_name,billing_email,billing_phone,item_id,item_name,item_sku,item_quantity,"
        "item_subtotal,item_total,item_meta"
    ).split(","),
    [
        {
            "order_id": "900", "order_number": "801", "date": "2026-03-12 10:22:00",
            "status": "completed", "order_total": "38.00", "refunded_total": "9.00",
            "order_currency": "CHF", "customer_id": "7", "billing_first_name": "Ada",
            "billing_last_name": "Lovelace", "billing_email": "ada@x.org", "item_name": "Tea",
            "item_sku": "TEA", "item_quantity": "3", "item_subtotal": "30.00",
            "item_total": "27.00", "item_meta": "Size: large",
        },
        {
            "order_id": "900", "order_number": "801", "date": "2026-03-12 10:22:00",
            "status": "completed", "order_total": "38.00", "refunded_total": "9.00",
            "order_currency": "CHF", "customer_id": "7", "billing_first_name": "Ada",
            "billing_last_name": "Lovelace", "billing_email": "ada@x.org", "item_name": "Cup",
            "item_sku": "CUP", "item_quantity": "1", "item_subtotal": "10.00",
            "item_total": "9.00",
        },
        {
            "order_id": "901", "order_number": "802", "date": "2026-03-13 10:22:00",
            "status": "failed", "order_currency": "CHF", "customer_id": "0",
            "billing_first_name": "Bob", "billing_email": "bob@x.org", "item_name": "Tea",
            "item_quantity": "1", "item_total": "9.00",
        },
    ],
    (
        "order_number", "date", "status", "order_currency", "billing_email", "item_name",
        "item_sku", "item_quantity", "item_total", "refunded_total",
    ),
)  # fmt: skip

LAYOUTS = (
    OUTLOOK, HUBSPOT, SALESFORCE, ZOHO, PIPEDRIVE, MONDAY, FRESHSALES, KOMMO, DYNAMICS, MAILCHIMP,
    APPLE, STRIPE, SQUARE, WOOCOMMERCE, WOOCOMMERCE_ITEMS, HUBSPOT_COMPANIES, SALESFORCE_ACCOUNTS,
    ZOHO_ACCOUNTS, PIPEDRIVE_ORGANIZATIONS, DYNAMICS_ACCOUNTS,
)  # fmt: skip
