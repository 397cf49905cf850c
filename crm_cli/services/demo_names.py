"""What the made-up business of ``crm demo`` is made of: names, streets, goods."""

from __future__ import annotations

FIRST_NAMES = tuple(
    "Aoife Ciarán Niamh Seán Siobhán Oisín Róisín Cillian Orla Declan Gráinne Fionn Maeve Eoin"
    " Clodagh Padraig Sinéad Conor Deirdre Ruairí Emma James Sarah Michael Laura David Rachel Mark"
    " Hannah Paul Kate Brian Lucy Stephen Anna Daniel Grace Thomas Ruth Peter Zoë Łukasz Agnieszka"
    " Marek Katarzyna Piotr Inês João Marta Tiago Lea Jonas Mia Felix Chloé Hugo Léa Nadia Omar"
    " Priya Arjun Mei Wei Amara Chidi Ifeoma Søren Ingrid Núria Jordi Giulia Matteo Elif Emre"
    " Yuki Dmytro Olena".split()
)
LAST_NAMES = tuple(
    "Murphy Kelly O'Sullivan Walsh Smith O'Brien Byrne Ryan O'Connor O'Neill Reilly Doyle McCarthy"
    " Gallagher Doherty Kennedy Lynch Murray Quinn Moore McLoughlin Carroll Connolly Daly Wilson"
    " Dunne Brennan Burke Collins Campbell Clarke Johnston Hughes Farrell Fitzgerald Brown Martin"
    " Maguire Nolan Flynn Thompson Callaghan Duffy Mahony Boyle Healy Shea White Sweeney Hayes"
    " Kavanagh Power McGrath Moran Brady Stewart Casey Foley Fitzpatrick Leary McDonnell MacMahon"
    " Kowalski Nowak Wiśniewska Silva Santos Ferreira Müller Schäfer Dubois Lefèvre Haddad Sharma"
    " Patel Chen Okafor Eze Nielsen Puig Rossi Yılmaz Tanaka Kovalenko".split()
)
TOWNS = (
    ("Dublin", "Dublin", 12), ("Cork", "Cork", 5), ("Galway", "Galway", 4),
    ("Limerick", "Limerick", 3), ("Kilkenny", "Kilkenny", 2), ("Waterford", "Waterford", 2),
    ("Sligo", "Sligo", 1), ("Bray", "Wicklow", 2), ("Greystones", "Wicklow", 1),
    ("Naas", "Kildare", 1), ("Drogheda", "Louth", 1), ("Ennis", "Clare", 1),
)  # fmt: skip
"""Town, county and how many customers of a hundred or so live there."""
STREETS = (
    "Main Street", "Church Road", "Harbour View", "Mill Lane", "Castle Street", "The Green",
    "Bridge Street", "Quay Road", "Orchard Close", "Abbey Terrace", "Station Road", "Hill Park",
)  # fmt: skip

COMPANY_WORDS = (
    "Liffey", "Harbour", "Atlantic", "Northside", "Claddagh", "Burren", "Lee Valley", "Tideway",
    "Greystone", "Kestrel", "Old Mill", "Blackthorn", "Silver Birch", "Skellig", "Curragh",
    "Boyne", "Slate & Co", "Lantern", "Foxglove", "Copper Kettle", "Rookery", "Marlfield",
    "Saltee", "Wild Atlantic", "Corrib",
)  # fmt: skip
COMPANY_KINDS = (
    ("Café", 10), ("Bistro", 4), ("Hotel", 4), ("Bakery", 4), ("Design", 4), ("Architects", 4),
    ("Software", 5), ("Dental", 3), ("Books", 4), ("Law", 3), ("Coworking", 3), ("Studio", 4),
)  # fmt: skip
CAFES = frozenset({"Café", "Bistro", "Hotel", "Bakery", "Coworking"})
"""Kinds of company that buy by the sack."""
SUPPLIERS = ("Finca La Esperanza", "Yirgacheffe Union", "Harbour Freight Forwarding", "Paper & Tin")
JOBS = ("Owner", "Office manager", "Head of purchasing", "Assistant", "Barista", "Manager")

PRODUCTS: tuple[tuple[str, str, str, int, int], ...] = (
    ("HSE-250", "House blend 250 g", "Coffee", 890, 30),
    ("HSE-1000", "House blend 1 kg", "Coffee", 2990, 18),
    ("ETH-250", "Ethiopia Yirgacheffe 250 g", "Coffee", 1190, 16),
    ("COL-250", "Colombia Huila 250 g", "Coffee", 1090, 16),
    ("BRA-1000", "Brazil Cerrado 1 kg", "Coffee", 2790, 10),
    ("DEC-250", "Decaf Peru 250 g", "Coffee", 1050, 8),
    ("SUB-3", "Tasting box, three coffees", "Coffee", 2690, 8),
    ("FLT-100", "Paper filters, 100", "Accessories", 690, 12),
    ("V60-01", "Pour-over cone", "Accessories", 1450, 5),
    ("CUP-02", "Stoneware cups, pair", "Accessories", 2400, 5),
    ("KTL-01", "Gooseneck kettle", "Accessories", 5900, 3),
    ("SCL-01", "Brewing scale", "Accessories", 3900, 3),
    ("GRD-H", "Hand grinder", "Grinders", 8900, 3),
    ("GRD-E", "Electric grinder", "Grinders", 24900, 2),
    ("ESP-1", "Espresso machine, one group", "Machines", 64900, 1),
    ("CRS-1", "Course: espresso at home", "Courses", 8500, 3),
    ("CRS-2", "Course: latte art", "Courses", 7500, 2),
    ("GFT-30", "Gift card 30", "Gifts", 3000, 3),
    ("GFT-BOX", "Christmas box", "Gifts", 4900, 0),
    ("SRV-1", "Machine service", "Service", 12000, 1),
)
"""SKU, name, category, price in cents, and how often it is taken."""
WHOLESALE = ("HSE-1000", "BRA-1000")
RETURNED = frozenset({"Accessories", "Grinders", "Machines"})
SEASON = (0.85, 0.9, 1.0, 1.0, 0.95, 0.8, 0.65, 0.7, 1.0, 1.1, 1.35, 1.9)
"""How busy each month is, January to December, against an average one."""
