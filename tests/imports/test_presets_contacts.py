"""What becomes of the contacts that other products export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.imports import layouts

if TYPE_CHECKING:
    from tests.imports.helpers import Files


def told(files: Files, who: str) -> dict[str, Any]:
    """Return what a contact's fields hold, the empty ones and the store's own left out."""
    found = files.crm.json("contact", "show", who)
    own = ("id", "uid", "company_id", "role", "created_at", "updated_at", "kind", "orders")
    record = {name: value for name, value in found.items() if value and name not in own}
    for name in ("emails", "phones"):
        record[name] = [(x["value"], x["label"]) for x in found[name]]
    return record


def test_outlook(files: Files) -> None:
    result = files.load("contact", layouts.OUTLOOK.text(), "--country", "GB")
    # Two spellings of one company are one company.
    assert (result["created"], result["contacts_created"]) == (3, 1)
    assert result["unknown_columns"] == ["Business Fax"]
    assert told(files, "ada@home.org") == {
        "name": "Ada King Lovelace", "first_name": "Ada", "last_name": "Lovelace",
        "company": "Analytical Ltd", "job_title": "Countess", "birthday": "1815-12-10",
        "emails": [("ada@x.org", None), ("ada@home.org", None)],
        # The row's own country goes before --country.
        "phones": [("+41792222222", "mobile"), ("+41313333333", "work")],
        "addresses": [
            {"label": "work", "street": "Gasse 1, 3rd floor", "city": "Bern", "region": None,
             "postcode": "3011", "country": "Switzerland"},
            {"label": "home", "street": "Weg 2", "city": "Thun", "region": None,
             "postcode": None, "country": None},
        ],
        "links": [{"value": "https://www.example.org", "label": None}],
        "tags": ["Clients", "Friends"], "notes": "two\nlines",
    }  # fmt: skip
    assert files.crm.json("contact", "show", "Engines plc")["kind"] == "company"


def test_outlook_addresses_inside_an_exchange_server(files: Files) -> None:
    text = (
        "First Name,Last Name,E-mail Address,E-mail Type,E-mail 2 Address,Business Phone\n"
        "Ada,Lovelace,/o=ExchangeLabs/ou=Administrative Group/cn=Recipients/cn=ada,EX,ada@x.org,\n"
    )
    result = files.load("contact", text)
    assert [(w["kind"], w["count"]) for w in result["warnings"]] == [("exchange", 1)]
    assert told(files, "ada@x.org")["emails"] == [("ada@x.org", None)]


GERMAN = (
    '"Anrede";"Vorname";"Weitere Vornamen";"Nachname";"Suffix";"Firma";"Abteilung";"Position";'
    '"Straße geschäftlich";"Ort geschäftlich";"Postleitzahl geschäftlich";'
    '"Land/Region geschäftlich";"Fax geschäftlich";"Telefon geschäftlich";"Telefon privat";'
    '"Mobiltelefon";"E-Mail-Adresse";"E-Mail-Typ";"Geburtstag";"Kategorien";"Notizen";'
    '"Priorität";"Privat";"Vertraulichkeit"\r\n'
    '"Frau";"Ada";;"Müller";;"Käserei AG";;"Chefin";"Gasse 1";"Bern";"3011";"Schweiz";'
    '"031 333 00 00";"031 333 33 33";;"079 222 22 22";"ada@x.ch";"SMTP";"31.1.1980";'
    '"Kunden;Freunde";"grüezi";"Normal";"Falsch";"Normal"\r\n'
    ';"Bob";;"Ochs";;"Käserei AG";;;;;;;;;;;"bob@x.ch";"SMTP";"0.0.00";;;"Normal";"Aus";"Normal"'
    "\r\n"
)


def test_outlook_in_german(files: Files) -> None:
    result = files.load("contact", GERMAN.encode("cp1252"), "--dates", "dmy")
    assert (result["created"], result["contacts_created"]) == (2, 1)
    assert result["unknown_columns"] == ["Anrede", "Fax geschäftlich"]
    ada = told(files, "ada@x.ch")
    assert (ada["name"], ada["company"], ada["job_title"], ada["birthday"], ada["tags"]) == (
        "Ada Müller", "Käserei AG", "Chefin", "1980-01-31", ["Freunde", "Kunden"],
    )  # fmt: skip
    assert ada["phones"] == [("+41792222222", "mobile"), ("+41313333333", "work")]
    assert ada["addresses"][0]["country"] == "Schweiz"
    assert "birthday" not in told(files, "bob@x.ch")
    assert files.counts("contact", GERMAN.encode("cp1252"), "--dates", "dmy") == (2, 0, 0, 2, 0)


FRENCH = (
    "Titre,Prénom,Deuxième prénom,Nom,Suffixe,Société,Service,Titre,Rue (bureau),"
    "Ville (bureau),Code postal (bureau),Pays/Région (bureau),Télécopie (bureau),"
    "Téléphone (bureau),Téléphone (domicile),Tél. mobile,Adresse de messagerie,"
    "Anniversaire,Catégories,Notes,Priorité,Privé,Page Web\n"
    "Mme,Ève,,Dubois,,Crèmerie SA,,Gérante,Rue 1,Lyon,69001,France,04 72 00 00 00,"
    "04 72 11 22 33,,06 12 34 56 78,eve@x.fr,31/01/1980,Clients,Bonjour,Normale,Faux,x.fr\n"
)


def test_outlook_in_french(files: Files) -> None:
    result = files.load("contact", FRENCH, "--dates", "dmy")
    assert result["unknown_columns"] == ["Titre", "Télécopie (bureau)"]
    assert told(files, "eve@x.fr") == {
        "name": "Ève Dubois", "first_name": "Ève", "last_name": "Dubois",
        "company": "Crèmerie SA", "job_title": "Gérante", "birthday": "1980-01-31",
        "emails": [("eve@x.fr", None)],
        "phones": [("+33612345678", "mobile"), ("+33472112233", "work")],
        "addresses": [{"label": "work", "street": "Rue 1", "city": "Lyon", "region": None,
                       "postcode": "69001", "country": "France"}],
        "links": [{"value": "https://x.fr", "label": None}], "tags": ["Clients"],
        "notes": "Bonjour",
    }  # fmt: skip
    assert files.counts("contact", FRENCH, "--dates", "dmy") == (1, 0, 0, 1, 0)


def test_hubspot(files: Files) -> None:
    result = files.load("contact", layouts.HUBSPOT.text())
    assert (result["created"], result["contacts_created"]) == (2, 1)
    assert result["unknown_columns"] == [
        "Create Date", "Lifecycle Stage", "Fax Number",
    ]  # fmt: skip
    assert told(files, "hubspot:901") == {
        "name": "Gaëlle Perrin", "first_name": "Gaëlle", "last_name": "Perrin",
        "company": "Fromagerie Perrin", "job_title": "Buyer", "birthday": "1980-01-31",
        "emails": [("g.perrin@x.fr", None), ("gaelle@y.fr", None), ("g@z.fr", None)],
        "phones": [("+33450112233", None)], "owner": "Inès Moreau",
        "addresses": [{"label": None, "street": None, "city": "Annecy", "region": None,
                       "postcode": None, "country": "France"}],
        "external_ids": ["hubspot:901"],
    }  # fmt: skip
    # Somebody without a name is not the company.
    claire = files.crm.json("contact", "show", "claire@x.fr")
    assert (claire["kind"], claire["name"], claire["company"]) == (
        "person", "claire@x.fr", "Fromagerie Perrin",
    )  # fmt: skip


def test_salesforce(files: Files) -> None:
    result = files.load("contact", layouts.SALESFORCE.text())
    assert result["unknown_columns"] == ["Salutation", "Fax"]
    rose = told(files, "salesforce:0031t00000AbCdE")
    assert (rose["name"], rose["company"], rose["job_title"], rose["source"], rose["owner"]) == (
        "Rose Gonzalez", "Edge Inc", "SVP", "Web", "Ann Admin",
    )  # fmt: skip
    assert rose["phones"] == [("+15127576000", "work"), ("+15127579340", "mobile")]
    assert rose["birthday"] == "1975-08-09"


def test_salesforce_by_the_names_of_its_api(files: Files) -> None:
    text = (
        "Id,AccountId,LastName,FirstName,MailingStreet,MailingCity,MailingCountry,Phone,"
        "MobilePhone,Email,Title,IsDeleted,HasOptedOutOfEmail,CreatedDate\n"
        "0031t00000AbCdE,0011t,Gonzalez,Rose,1 Main St,Austin,USA,(512) 757-6000,,rose@x.com,SVP,"
        "false,false,2024-01-01T00:00:00.000Z\n"
    )
    result = files.load("contact", text)
    assert result["unknown_columns"] == ["CreatedDate"]
    assert [(w["kind"], w["lines"]) for w in result["warnings"]] == [("company-unknown", [2])]
    rose = told(files, "salesforce:0031t00000AbCdE")
    assert (rose["name"], rose["phones"]) == ("Rose Gonzalez", [("+15127576000", "work")])


def test_fax_numbers_of_google_are_no_phones(files: Files) -> None:
    text = (
        "First Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,"
        "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        "Ada,Lovelace,,* myContacts,*,ada@x.org,Work Fax,+41313330000,Mobile,+41792222222\n"
    )
    result = files.load("contact", text)
    assert [(w["kind"], w["count"], w["lines"]) for w in result["warnings"]] == [("fax", 1, [2])]
    assert told(files, "ada@x.org")["phones"] == [("+41792222222", "Mobile")]


def test_zoho(files: Files) -> None:
    result = files.load("contact", layouts.ZOHO.text())
    assert (result["created"], result["contacts_created"]) == (2, 1)
    assert result["unknown_columns"] == ["Fax", "Created Time"]
    assert told(files, "zoho:zcrm_4150868000000424001") == {
        "name": "Kris Marrier", "first_name": "Kris", "last_name": "Marrier",
        "company": "King Ltd", "job_title": "CFO", "birthday": "1980-01-31",
        "source": "Trade Show", "owner": "Ann Admin", "notes": "met in Bern",
        "emails": [("kris@x.com", None), ("kris@home.com", None)],
        "phones": [("+41446681800", "work")], "tags": ["Fair", "VIP"],
        "addresses": [{"label": None, "street": None, "city": "Zürich", "region": None,
                       "postcode": "8001", "country": "Switzerland"}],
        "external_ids": ["zoho:zcrm_4150868000000424001"],
    }  # fmt: skip


def test_pipedrive(files: Files) -> None:
    result = files.load("contact", layouts.PIPEDRIVE.text())
    assert (result["created"], result["contacts_created"]) == (2, 1)
    ada = told(files, "pipedrive:17")
    assert ada["emails"] == [("ada@x.org", "work"), ("a.lovelace@x.org", "work")]
    assert ada["phones"] == [
        ("+41792222222", "mobile"), ("+41446681800", "work"), ("+41446681801", "work"),
    ]  # fmt: skip
    assert (ada["tags"], ada["owner"]) == (["Customer", "Hot lead"], "Ann")
    assert result["unknown_columns"] == ["Person - Open deals", "Person - Person created"]
    assert "consents" not in ada


BOARD = (
    "Contacts,,,,\n"
    ",,,,\n"
    "Active Customers,,,,\n"
    "Name,Email,Phone,Accounts,Item ID (auto generated)\n"
    "Leilani Krause,leilani@x.com,+18545444021,Ridge Software,1\n"
    "Amanda Smith,amanda@y.com,,Ridge Software,2\n"
    ",,,,\n"
    "Inactive,,,,\n"
    "Name,Email,Phone,Accounts,Item ID (auto generated)\n"
    "Only Name,,,,\n"
    "Steven Lee,steven@z.com,,,3\n"
)


def test_a_board_of_monday_with_its_groups(files: Files) -> None:
    result = files.load("contact", BOARD)
    assert (result["read"], result["created"], result["contacts_created"]) == (4, 4, 1)
    assert result["unknown_columns"] == []
    assert told(files, "amanda@y.com")["tags"] == ["Active Customers"]
    assert told(files, "monday:3")["tags"] == ["Inactive"]
    # A name alone is somebody, unless titles follow.
    assert told(files, "Only Name")["tags"] == ["Inactive"]
    assert files.counts("contact", BOARD) == (4, 0, 0, 4, 0)
    ragged = BOARD.replace(",,,,\n", "\n")
    assert files.counts("contact", ragged.replace("Only Name\n", "")) == (3, 0, 0, 3, 0)


def test_a_title_above_other_files_is_no_board(files: Files) -> None:
    assert files.load("contact", "name\nAda\nBob\n")["created"] == 2
    assert files.load("contact", "email\nEve,x,y\nada@x.org\n", code=6)["read"] == 2


def test_freshsales(files: Files) -> None:
    result = files.load("contact", layouts.FRESHSALES.text())
    assert result["unknown_columns"] == ["Lifecycle stage", "Status"]
    jane = told(files, "janes@y.com")
    assert jane["phones"] == [
        ("+12125550100", "work"), ("+12125550101", "work"), ("+12125550102", "mobile"),
    ]  # fmt: skip
    assert (jane["tags"], jane["company"], jane["owner"]) == (
        ["fair", "vip"], "Widgetz.io", "ann@x.com",
    )  # fmt: skip


def test_kommo_in_russian_and_english(files: Files) -> None:
    result = files.load("contact", layouts.KOMMO.text())
    # The company stands in the file itself and is not made again.
    assert (result["created"], result["contacts_created"]) == (2, 0)
    ivan = told(files, "kommo:501")
    assert (ivan["company"], ivan["job_title"], ivan["tags"]) == (
        "Ромашка", "Директор", ["выставка", "клиент"],
    )  # fmt: skip
    assert ivan["phones"] == [("+74951234567", "work"), ("+74951234568", "work")]
    assert files.crm.json("contact", "show", "Ромашка")["kind"] == "company"
    english = (
        "ID,Type,Full name,Company,Responsible user,Tags,Work phone,Work direct phone,Work email\n"
        "501,contact,Иван Петров,Ромашка,Анна,клиент,+74951234567,,ivan@x.ru\n"
    )
    assert files.counts("contact", english) == (1, 0, 0, 1, 0)


def test_dynamics(files: Files) -> None:
    result = files.load("contact", layouts.DYNAMICS.text())
    assert result["unknown_columns"] == ["Fax", "Status"]
    susanna = told(files, "dynamics:49a0e5b9-88df-e311-b8e5-6c3be5a8b200")
    assert (susanna["name"], susanna["company"], susanna["owner"]) == (
        "Susanna Stubberod", "Fourth Coffee", "Ann Admin",
    )  # fmt: skip
    assert susanna["addresses"][0]["street"] == "1 Microsoft Way, Suite 2"


def test_mailchimp(files: Files) -> None:
    result = files.load("contact", layouts.MAILCHIMP.text())
    assert result["unknown_columns"] == []
    marc = told(files, "marc@x.fr")
    assert (marc["name"], marc["tags"]) == ("Marc Dubois", ["Blog, weekly", "VIP"])
    assert [(x["state"], x["at"]) for x in marc["consents"]] == [
        ("granted", "2020-02-03T04:05:06Z")
    ]
    # Nobody knows when Eve agreed: she comes in without a consent, and that is said.
    assert told(files, "eve@x.fr")["name"] == "eve@x.fr"
    assert [(w["kind"], w["lines"]) for w in result["warnings"]] == [("consent-unproven", [3])]


def test_birthdays_without_a_year(files: Files) -> None:
    text = "Email Address,Birthday,MEMBER_RATING\nada@x.org,05/31,2\nbob@x.org,02/29,2\n"
    # Nobody knows which is the month until it is said.
    assert files.load("contact", text, code=6)["rejected"] == 2
    files.load("contact", text, "--dates", "mdy")
    assert told(files, "ada@x.org")["birthday"] == "--05-31"
    assert told(files, "bob@x.org")["birthday"] == "--02-29"
    german = "name,email,birthday\nEve,eve@x.org,31.05.\n"
    files.load("contact", german, "--dates", "dmy")
    assert told(files, "eve@x.org")["birthday"] == "--05-31"


def test_apple(files: Files) -> None:
    result = files.load("contact", layouts.APPLE.text())
    assert result["unknown_columns"] == ["Phone (work fax)"]
    ada = told(files, "ada@home.org")
    assert (ada["birthday"], ada["phones"], ada["tags"]) == (
        "--05-31", [("+41792222222", "iPhone")], ["Friends"],
    )  # fmt: skip
    assert files.crm.json("contact", "show", "info@engines.org")["kind"] == "company"


def test_google_in_german_and_french(files: Files) -> None:
    german = (
        "Vorname,Nachname,Name der Organisation,Geburtstag,Labels,E-Mail 1 – Label,"
        "E-Mail 1 – Wert,Telefon 1 – Label,Telefon 1 – Wert,Telefon 2 – Label,Telefon 2 – Wert\n"
        "Ada,Müller,Käserei AG,1980-01-31,* myContacts ::: Kunden,*,ada@x.ch,Mobil,+41792222222,"
        "Arbeit Fax,+41313330000\n"
    )
    result = files.load("contact", german)
    assert (result["created"], result["unknown_columns"]) == (1, [])
    ada = told(files, "ada@x.ch")
    assert (ada["name"], ada["company"], ada["tags"], ada["phones"]) == (
        "Ada Müller", "Käserei AG", ["Kunden"], [("+41792222222", "Mobil")],
    )  # fmt: skip
    french = (
        "Prénom,Nom,Nom de l'organisation,Libellés,E-mail 1 - Libellé,E-mail 1 - Valeur,"
        "Adresse 1 - Ville\nÈve,Dubois,Crèmerie SA,Clients,Bureau,eve@x.fr,Lyon\n"
    )
    assert files.load("contact", french)["unknown_columns"] == []
    eve = told(files, "eve@x.fr")
    assert (eve["name"], eve["tags"], eve["emails"], eve["addresses"][0]["city"]) == (
        "Ève Dubois", ["Clients"], [("eve@x.fr", "Bureau")], "Lyon",
    )  # fmt: skip


def test_a_list_of_ones_own_is_no_product_s(files: Files) -> None:
    text = "First Name,Last Name,Email,Phone,Company,Title,City\nAda,Lovelace,ada@x.org,,,Dr,Bern\n"
    run = files.crm("contact", "import", files.write(text))
    assert "read as" not in run.err
    files.crm("contact", "add", "Bob", "--email", "bob@x.org")
    export = files.crm("contact", "export").out
    assert "read as" not in files.crm("contact", "import", files.write(export)).err
