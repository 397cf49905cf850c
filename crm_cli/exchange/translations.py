"""German and French headers that mean a field without ``--map``, beside the English synonyms.

Accents and written-out umlauts do not count: ``Prenom``, ``Strasse`` and ``Waehrung`` are found
as well. What means two things is left out: a German ``Titel`` is Dr. here and CEO there.
"""

from __future__ import annotations

_EMAIL = (
    "e mail adresse, email adresse, mailadresse, adresse e mail, adresse email, adresse mail,"
    " adresse électronique, adresse de messagerie, courriel, courrier électronique, mél"
)
_PHONE = (
    "telefon, telefonnummer, telefon nr, rufnummer, festnetz, téléphone, tél,"
    " numéro de téléphone, n de téléphone, no de téléphone, téléphone fixe"
)
_CUSTOMER = (
    "kundennummer, kunden nr, kundennr, kunden id, numéro client, numéro de client,"
    " n client, n de client, no client, id client, code client"
)
_SKU = (
    "artikelnummer, artikel nr, artikelnr, art nr, produktnummer, produkt nr, référence, réf,"
    " référence produit, référence article, code article, code produit"
)
_PRODUCT = (
    "produkt, artikel, produktname, artikelname, artikelbezeichnung, bezeichnung, produit,"
    " nom du produit, nom de l article, désignation"
)
_PRICE = "preis, einzelpreis, stückpreis, prix, prix unitaire, prix à l unité"
_CURRENCY = "währung, devise, monnaie"
_CAMPAIGN = "kampagne, campagne"

TRANSLATIONS: dict[str, dict[str, str]] = {
    "contact": {
        "name": "vollständiger name, ganzer name, anzeigename, kontaktname, ansprechpartner,"
        " nom complet, nom du contact, nom",
        "first_name": "vorname, vornamen, prénom, prénoms",
        "middle_name": "zweiter vorname, weitere vornamen, deuxième prénom",
        "last_name": "nachname, familienname, zuname, nom de famille",
        "company": "firma, firmenname, unternehmen, unternehmensname, name des unternehmens,"
        " société, entreprise, nom de l entreprise, nom de la société, raison sociale",
        "job_title": "funktion, stellenbezeichnung, berufsbezeichnung, jobbezeichnung, jobtitel,"
        " fonction, poste, intitulé du poste, titre du poste",
        "email": _EMAIL,
        "phone": _PHONE,
        "phone@mobile": "mobil, mobiltelefon, mobiltelefonnummer, mobilnummer, mobil nr, handy,"
        " handynummer, natel, portable, téléphone portable, téléphone mobile, tél mobile,"
        " tél portable, numéro de portable, numéro de téléphone mobile,"
        " numéro de téléphone portable",
        "phone@work": "telefon geschäftlich, telefon geschäft, telefon g, telefon büro,"
        " telefon arbeit, geschäftstelefon, téléphone professionnel, téléphone bureau,"
        " tél professionnel, tél prof, tél bureau",
        "phone@home": "telefon privat, telefon p, telefon zuhause, téléphone privé,"
        " téléphone domicile, téléphone personnel, tél privé, tél domicile",
        "street": "straße, straße nr, straße hausnummer, straße und hausnummer, straße und nr,"
        " adresse, rue, rue et numéro, adresse postale",
        "street2": "adresszusatz, adresszeile 2, complément d adresse",
        "city": "ort, stadt, wohnort, ortschaft, ville, localité, commune",
        "region": "kanton, bundesland, bundesland kanton, bundesland region, région, état région,"
        " département",
        "postcode": "plz, postleitzahl, code postal, npa, cp",
        "country": "land, land region, pays, pays région",
        "link": "webseite, webadresse, internet, internetadresse, website url, site web,"
        " site internet, page web, url du site web",
        "birthday": "geburtstag, geburtsdatum, geb datum, date de naissance, anniversaire, né le",
        "language": "sprache, korrespondenzsprache, langue",
        "tags": "schlagwörter, schlagworte, stichwörter, stichworte, kategorien, kategorie,"
        " gruppen, gruppe, étiquettes, étiquette, mots clés, catégories, catégorie, groupes,"
        " groupe, balises, libellés",
        "source": "quelle, herkunft, leadquelle, lead quelle, ursprüngliche quelle, origine,"
        " provenance, source d origine",
        "campaign": _CAMPAIGN,
        "owner": "betreuer, kundenbetreuer, kontaktinhaber, kontakt inhaber, besitzer,"
        " zuständiger mitarbeiter, responsable, propriétaire, propriétaire du contact",
        "notes": "notiz, notizen, bemerkung, bemerkungen, kommentar, kommentare, anmerkung,"
        " anmerkungen, remarque, remarques, commentaire, commentaires",
        "external_id": _CUSTOMER,
    },
    "purchase": {
        "customer": f"{_CUSTOMER}, kunde",
        "name": "kundenname, name des kunden, käufer, nom du client, nom client, acheteur",
        "email": f"{_EMAIL}, e mail des kunden, kunden e mail, e mail du client, e mail client",
        "phone": _PHONE,
        "on": "datum, bestelldatum, kaufdatum, rechnungsdatum, verkaufsdatum, auftragsdatum,"
        " belegdatum, date de commande, date d achat, date de vente, date de facture,"
        " date de la commande, date de la facture",
        "order_number": "bestellnummer, bestell nr, bestellung, auftragsnummer, auftrags nr,"
        " auftrag, rechnungsnummer, rechnungs nr, rechnung, belegnummer, beleg nr,"
        " numéro de commande, n commande, n de commande, no de commande, commande,"
        " numéro de facture, n facture, n de facture, no de facture, facture",
        "sku": _SKU,
        "product": _PRODUCT,
        "description": "beschreibung, libellé",
        "quantity": "menge, anzahl, stück, stückzahl, quantité, qté",
        "amount": "betrag, gesamtbetrag, gesamtpreis, gesamt, summe, zeilensumme, umsatz,"
        " montant, montant total, prix total, total ligne",
        "price": _PRICE,
        "currency": _CURRENCY,
        "channel": "kanal, verkaufskanal, vertriebskanal, canal, canal de vente",
        "campaign": _CAMPAIGN,
    },
    "lead": {
        "customer": _CUSTOMER,
        "name": "kontakt, kontaktname, ansprechpartner, kontaktperson, kunde, kundenname,"
        " vollständiger name, ihr name, nom du contact, nom complet, votre nom, client,"
        " nom du client, nom",
        "first_name": "vorname, prénom",
        "last_name": "nachname, familienname, nom de famille",
        "email": f"{_EMAIL}, ihre e mail, ihre e mail adresse, votre e mail, votre email",
        "phone": f"{_PHONE}, mobil, handy, mobiltelefon, portable, téléphone portable",
        "company": "firma, firmenname, unternehmen, unternehmensname, société, entreprise,"
        " nom de l entreprise, raison sociale, organisation",
        "job_title": "funktion, fonction, poste",
        "street": "straße, straße nr, straße hausnummer, adresse, rue",
        "city": "ort, stadt, ville, localité",
        "region": "kanton, bundesland, région",
        "postcode": "plz, postleitzahl, code postal, npa",
        "country": "land, pays",
        "title": "titel, betreff, thema, projekt, verkaufschance, dealname, deal name, objet,"
        " sujet, titre, projet, opportunité, affaire",
        "message": "nachricht, ihre nachricht, anfrage, mitteilung, frage, kommentar,"
        " votre message, demande, question, commentaire",
        "stage": "phase, stufe, verkaufsphase, deal phase, étape, étape de vente",
        "state": "statut, état",
        "value": "wert, betrag, auftragswert, volumen, summe, valeur, montant",
        "currency": _CURRENCY,
        "probability": "wahrscheinlichkeit, abschlusswahrscheinlichkeit, chance, probabilité",
        "close_date": "abschlussdatum, date de clôture, date de fermeture",
        "expected_on": "erwartet am, erwartetes abschlussdatum, erwarteter abschluss,"
        " voraussichtlicher abschluss, date de clôture prévue, clôture prévue",
        "opened_at": "erstellt am, erstellt, erstelldatum, erstellungsdatum, eröffnet am,"
        " eingegangen am, eingang am, datum, zeitpunkt, zeitstempel, date de création, créé le,"
        " ouvert le, reçu le, horodateur, horodatage",
        "closed_at": "abgeschlossen am, geschlossen am, clôturé le, fermé le",
        "changed_at": "geändert am, zuletzt geändert, modifié le",
        "loss_reason": "verlustgrund, grund für verlust, raison de la perte, motif de perte",
        "competitor": "mitbewerber, konkurrent, wettbewerber, concurrent",
        "source": "quelle, herkunft, leadquelle, lead quelle, origine, provenance",
        "campaign": _CAMPAIGN,
        "owner": "betreuer, besitzer, inhaber, verantwortlich, zuständig, deal inhaber,"
        " zuständiger mitarbeiter, responsable, propriétaire",
        "next_step": "nächster schritt, nächste aktion, prochaine étape, prochaine action",
        "next_step_on": "nächster schritt am, wiedervorlage, date de la prochaine étape, relance",
        "notes": "notiz, notizen, bemerkung, bemerkungen, beschreibung, remarque, remarques",
        "tags": "schlagwörter, stichwörter, étiquettes, mots clés",
    },
    "product": {
        "sku": _SKU,
        "name": f"{_PRODUCT}, nom",
        "category": "kategorie, warengruppe, produktgruppe, artikelgruppe, catégorie,"
        " groupe de produits, famille",
        "price": f"{_PRICE}, verkaufspreis, listenpreis, prix de vente, prix catalogue",
        "currency": _CURRENCY,
        "active": "aktiv, actif",
    },
    "interaction": {
        "customer": _CUSTOMER,
        "name": "kontakt, kontaktname, ansprechpartner, kunde, kundenname, nom du contact, client,"
        " nom du client",
        "email": _EMAIL,
        "phone": _PHONE,
        "at": "datum, zeitpunkt, datum uhrzeit, gesprächsdatum, date heure, horodatage",
        "time": "uhrzeit, zeit, heure",
        "channel": "kanal, art, typ, aktivitätstyp, canal, type d activité",
        "direction": "richtung, sens",
        "subject": "betreff, thema, titel, objet, sujet, titre",
        "body": "notiz, notizen, bemerkung, bemerkungen, inhalt, beschreibung, gesprächsnotiz,"
        " remarque, remarques, commentaire, commentaires, contenu",
        "outcome": "ergebnis, resultat, résultat",
        "duration_minutes": "dauer, dauer min, minuten, durée, durée min",
        "by": "mitarbeiter, bearbeiter, zuständig, collaborateur, responsable",
        "campaign": _CAMPAIGN,
        "done": "erledigt, terminé, statut",
    },
}
"""noun -> field -> headers, as ``synonyms.SYNONYMS``."""

FIRST_NAMES = frozenset({"vorname", "vornamen", "prenom", "prenoms"})
"""Folded headers beside which a bare ``Name`` or ``Nom`` is the last name."""
