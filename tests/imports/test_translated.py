"""Titles of columns in German and French: of the products that translate them, and of anyone's
own lists."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

GERMAN = {
    "hubspot": {
        "Datensatz-ID": "901", "Vorname": "Jürg", "Nachname": "Müller", "E-Mail": "j@x.example",
        "Telefonnummer": "044 668 18 00", "Mobiltelefonnummer": "079 123 45 67",
        "Kontakt-Inhaber": "Sam", "Zugehöriges Unternehmen": "Müller AG", "Lead-Status": "Neu",
        "Jobbezeichnung": "Chef", "Stadt": "Bern", "Postleitzahl": "3011",
        "Land/Region": "Schweiz",
    },
    "salesforce": {
        "Vorname": "Jürg", "Nachname": "Müller", "Titel": "Chef", "Accountname": "Müller AG",
        "Postanschrift (Straße)": "Gasse 1", "Postanschrift (Ort)": "Bern",
        "Postanschrift (Postleitzahl)": "3011", "Postanschrift (Land)": "Schweiz",
        "Telefon": "044 668 18 00", "Mobil": "079 123 45 67", "E-Mail": "j@x.example",
        "Kontaktinhaber": "Sam",
    },
    "pipedrive": {
        "Person - Name": "Jürg Müller", "Person - Vorname": "Jürg", "Person - Nachname": "Müller",
        "Person - Organisation": "Müller AG", "Person - Jobtitel": "Chef",
        "Person - Telefon - Arbeit": "+41 44 668 18 00",
        "Person - Telefon - Mobil": "+41 79 123 45 67",
        "Person - E-Mail - Arbeit": "j@x.example", "Person - Besitzer": "Sam",
    },
    "zoho": {
        "Datensatz-ID": "zcrm_1", "Vorname": "Jürg", "Nachname": "Müller", "Titel": "Chef",
        "Kontoname": "Müller AG", "Telefon": "044 668 18 00", "Mobil": "079 123 45 67",
        "E-Mail": "j@x.example", "Postanschrift PLZ": "3011", "Postanschrift Ort": "Bern",
        "Postanschrift Land": "Schweiz", "Kontakt-Besitzer": "Sam",
    },
    "dynamics": {
        "(Nicht ändern) Kontakt": "465b158c", "Vollständiger Name": "Jürg Müller",
        "Vorname": "Jürg", "Nachname": "Müller", "Position": "Chef", "Firmenname": "Müller AG",
        "Telefon (geschäftlich)": "044 668 18 00", "Mobiltelefon": "079 123 45 67",
        "E-Mail": "j@x.example", "Adresse 1: Ort": "Bern", "Adresse 1: Land/Region": "Schweiz",
        "Adresse 1: Postleitzahl": "3011", "Besitzer": "Sam",
    },
    "mailchimp": {
        "E-Mail-Adresse": "j@x.example", "Vorname": "Jürg", "Nachname": "Müller",
        "Telefonnummer": "+41 44 668 18 00", "Geburtstag": "05/31", "MEMBER_RATING": "2",
        "LEID": "1", "EUID": "e1", "LAST_CHANGED": "2024-01-01 10:00:00",
    },
    "own": {
        "Vorname": "Jürg", "Name": "Müller", "Funktion": "Chef", "Firma": "Müller AG",
        "Telefon": "044 668 18 00", "Natel": "079 123 45 67", "E-Mail-Adresse": "j@x.example",
        "Strasse": "Gasse 1", "PLZ": "3011", "Ort": "Bern", "Land": "Schweiz", "Betreuer": "Sam",
        "Bemerkungen": "mag Tee", "Kundennummer": "K-1",
    },
}  # fmt: skip
FRENCH = {
    "hubspot": {
        "ID de l'enregistrement": "901", "Prénom": "Zoé", "Nom": "Martin", "E-mail": "z@x.example",
        "Numéro de téléphone": "01 45 67 89 10", "Propriétaire du contact": "Sam",
        "Entreprise associée": "Martin SA", "Statut du lead": "Nouveau",
        "Intitulé du poste": "Cheffe", "Ville": "Paris", "Code postal": "75007", "Pays": "France",
    },
    "salesforce": {
        "Prénom": "Zoé", "Nom de famille": "Martin", "Titre": "Cheffe",
        "Nom du compte": "Martin SA", "Rue (adresse postale)": "1 rue du Bac",
        "Ville (adresse postale)": "Paris", "Code postal (adresse postale)": "75007",
        "Pays (adresse postale)": "France", "Téléphone": "01 45 67 89 10",
        "Adresse e-mail": "z@x.example", "Propriétaire du contact": "Sam",
    },
    "pipedrive": {
        "Personne - Nom": "Zoé Martin", "Personne - Prénom": "Zoé",
        "Personne - Nom de famille": "Martin", "Personne - Organisation": "Martin SA",
        "Personne - Fonction": "Cheffe", "Personne - Téléphone - Bureau": "+33 1 45 67 89 10",
        "Personne - E-mail - Bureau": "z@x.example", "Personne - Propriétaire": "Sam",
    },
    "zoho": {
        "ID de l'enregistrement": "zcrm_1", "Prénom": "Zoé", "Nom": "Martin", "Titre": "Cheffe",
        "Nom du compte": "Martin SA", "Téléphone": "01 45 67 89 10", "E-mail": "z@x.example",
        "Ville (adresse postale)": "Paris", "Code postal (adresse postale)": "75007",
        "Pays (adresse postale)": "France", "Propriétaire du contact": "Sam",
    },
    "dynamics": {
        "(Ne pas modifier) Contact": "465b158c", "Nom complet": "Zoé Martin", "Prénom": "Zoé",
        "Nom": "Martin", "Fonction": "Cheffe", "Nom de la société": "Martin SA",
        "Téléphone professionnel": "01 45 67 89 10", "Courrier électronique": "z@x.example",
        "Adresse 1 : ville": "Paris", "Adresse 1 : pays/région": "France",
        "Adresse 1 : code postal": "75007", "Propriétaire": "Sam",
    },
    "mailchimp": {
        "Adresse e-mail": "z@x.example", "Prénom": "Zoé", "Nom": "Martin",
        "Numéro de téléphone": "+33 1 45 67 89 10", "Anniversaire": "05/31", "LEID": "1",
        "EUID": "e1", "LAST_CHANGED": "2024-01-01 10:00:00",
    },
    "own": {
        "Prénom": "Zoé", "NOM": "Martin", "Fonction": "Cheffe", "Société": "Martin SA",
        "Tél.": "01 45 67 89 10", "Courriel": "z@x.example", "Rue": "1 rue du Bac", "NPA": "75007",
        "Ville": "Paris", "Pays": "France", "Responsable": "Sam", "Remarques": "aime le thé",
        "N° client": "K-1",
    },
}  # fmt: skip
EXPECTED = {
    "de": {
        "name": "Jürg Müller", "first_name": "Jürg", "last_name": "Müller", "company": "Müller AG",
        "job_title": "Chef", "email": "j@x.example", "phone": "+41446681800", "city": "Bern",
        "postcode": "3011", "owner": "Sam",
    },
    "fr": {
        "name": "Zoé Martin", "first_name": "Zoé", "last_name": "Martin", "company": "Martin SA",
        "job_title": "Cheffe", "email": "z@x.example", "phone": "+33145678910", "city": "Paris",
        "postcode": "75007", "owner": "Sam",
    },
}  # fmt: skip
LISTS = [("de", name, row) for name, row in GERMAN.items()] + [
    ("fr", name, row) for name, row in FRENCH.items()
]


def _csv(row: dict[str, str], separator: str = ";") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([list(row), list(row.values())])
    return text.getvalue()


def _flat(contact: dict[str, Any]) -> dict[str, Any]:
    emails, phones, addresses = (contact[key] for key in ("emails", "phones", "addresses"))
    wanted = ("name", "first_name", "last_name", "company", "job_title", "owner")
    found = {key: contact[key] for key in wanted}
    numbers = [phone["value"] for phone in phones]
    fixed = [number for number in numbers if not number.startswith(("+4179", "+336"))]
    found |= {"email": emails[0]["value"], "phone": fixed[0]}
    return found | {key: addresses[0][key] if addresses else None for key in ("city", "postcode")}


@pytest.mark.parametrize(("language", "name", "row"), LISTS)
def test_titles_in_german_and_french_are_known(
    files: Files, language: str, name: str, row: dict[str, str]
) -> None:
    options = ("--dates", "mdy", "--country", "CH" if language == "de" else "FR")
    first = files.load("contact", _csv(row), *options)
    assert (first["created"], first["rejected"]) == (1, 0)
    assert set(first["unknown_columns"]) <= {"Lead-Status", "Statut du lead"}
    again = files.load("contact", _csv(row), *options)
    assert again["unchanged"] == 1
    turned = files.load("contact", _csv(dict(reversed(row.items())), ","), *options)
    assert turned["unchanged"] == 1
    said = files.crm("contact", "import", files.write(_csv(row)), *options, "--dry-run").err
    assert (f"read as {name} export" in said) == (name != "own")
    found = _flat(files.crm.json("contact", "show", 1))
    # Mailchimp keeps no more than this of anybody.
    told = {key for key in found if found[key]} if name == "mailchimp" else found.keys()
    told = told - ({"city", "postcode"} if name == "pipedrive" else set())
    assert {key: found[key] for key in told} == {key: EXPECTED[language][key] for key in told}


def test_a_name_beside_a_first_name_is_the_last_name(files: Files) -> None:
    files.load("contact", "Name;Vorname;E-Mail\nMüller;Jürg;a@x.org\n")
    files.load("contact", "Nom;Courriel\nZoé Martin;b@x.org\n")
    files.load("contact", "Name,Vorname,Nachname,E-Mail\nDr. Eva Lang,Eva,Lang,c@x.org\n")
    rows = [files.crm.json("contact", "show", number) for number in (1, 2, 3)]
    assert [(row["name"], row["last_name"]) for row in rows] == [
        ("Jürg Müller", "Müller"), ("Zoé Martin", None), ("Dr. Eva Lang", "Lang"),
    ]  # fmt: skip


def test_purchases_and_products_have_german_and_french_titles(files: Files) -> None:
    files.load(
        "product", "Artikelnummer;Bezeichnung;Kategorie;Preis;Währung\nS1;Tee;Ess;9.50;CHF\n"
    )
    files.load("product", "Référence;Désignation;Catégorie;Prix;Devise\nS2;Thé;Bar;8.50;EUR\n")
    products = files.crm.json("product", "list")
    assert [(row["sku"], row["name"], row["price"], row["currency"]) for row in products] == [
        ("S1", "Tee", "9.50", "CHF"), ("S2", "Thé", "8.50", "EUR"),
    ]  # fmt: skip
    german = "Kundennummer;Datum;Bestellnummer;Artikel;Menge;Betrag;Waehrung\nK1;2026-05-31;7;Tee;2;19.00;CHF\n"
    french = "N° client;Date de commande;N° de commande;Produit;Qté;Montant\nK1;2026-05-31;8;Thé;1;8.50\n"
    assert files.load("purchase", german)["unknown_columns"] == []
    assert files.load("purchase", french)["unknown_columns"] == []
    rows = files.crm.json("purchase", "list")
    assert [(r["order_number"], r["product"], r["quantity"], r["amount"]) for r in rows] == [
        ("7", "Tee", 2, "19.00"), ("8", "Thé", 1, "8.50"),
    ]  # fmt: skip


def test_square_and_woocommerce_in_french_and_german(files: Files) -> None:
    square = {
        "Date": "2026-02-01", "Heure": "09:14:55", "Article": "Latte", "Qté": "2",
        "Ventes brutes": "9,00 €", "Ventes nettes": "9,00 €", "ID de transaction": "tx1",
        "Type d'événement": "Paiement", "ID client": "C1", "Nom du client": "Lara",
    }  # fmt: skip
    woo = {
        "Bestellnummer": "12", "Bestellstatus": "Abgeschlossen", "Bestelldatum": "2026-03-01",
        "Vorname (Rechnung)": "Eva", "Nachname (Rechnung)": "Ein",
        "E-Mail (Rechnung)": "e@x.example", "Artikelname": "Tasse", "Menge": "2",
        "Artikelpreis": "12.50",
    }  # fmt: skip
    for row in (square, woo):
        assert files.load("purchase", _csv(row))["created"] == 1
        assert files.load("purchase", _csv(row))["unchanged"] == 1
    assert [row["amount"] for row in files.crm.json("purchase", "list")] == ["9.00", "25.00"]


def test_a_field_of_ones_own_comes_before_a_translated_title(files: Files) -> None:
    files.crm("field", "add", "contact", "Herkunft")
    files.crm("field", "add", "contact", "Kanton", "--choice", "BE,ZH")
    text = "Vorname;Name;Herkunft;Kanton;Ort\nZoé;Martin;Messe;BE;Bern\n"
    assert files.load("contact", text)["unknown_columns"] == []
    assert files.load("contact", text)["unchanged"] == 1
    contact = files.crm.json("contact", "show", 1)
    assert contact["fields"] == {"herkunft": "Messe", "kanton": "BE"}
    assert (contact["source"], contact["addresses"][0]["region"]) == (None, None)
    mapped = files.load("contact", text.replace("Zoé", "Bob"), "--map", "Herkunft=source")
    assert mapped["created"] == 1
    assert files.crm.json("contact", "show", 2)["source"] == "Messe"


@pytest.mark.parametrize("name", ["own", "hubspot"])
def test_accents_may_stand_behind_their_letters(files: Files, name: str) -> None:
    text = unicodedata.normalize("NFD", _csv({"Prénom": "Zoé", **FRENCH[name]}))
    result = files.load("contact", text, "--country", "FR")
    assert "Prénom" not in {unicodedata.normalize("NFC", x) for x in result["unknown_columns"]}
    assert files.crm.json("contact", "show", 1)["last_name"] == "Martin"
    assert unicodedata.normalize("NFC", files.crm.json("contact", "show", 1)["first_name"]) == "Zoé"
