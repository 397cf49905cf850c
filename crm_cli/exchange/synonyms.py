"""The headers that mean a field without ``--map``: our own names and usual synonyms."""

from __future__ import annotations

SYNONYMS: dict[str, dict[str, str]] = {
    "contact": {
        "uid": "uid",
        "kind": "kind, contact kind",
        "name": "name, full name, fullname, display name, contact name, customer name, contact",
        "first_name": "first name, firstname, given name, forename, first",
        "middle_name": "middle name, additional name",
        "last_name": "last name, lastname, surname, family name, last",
        "company": "company, company name, organization, organisation, organization name, employer",
        "company_uid": "company uid",
        "company_external_id": "company external id",
        "job_title": "job title, title, position, function",
        "role": "role",
        "email": "email, e mail, mail, email address, e mail address, emails, e mails",
        "email@work": "work email, work e mail, business email",
        "email@home": "home email, home e mail, personal email, private email",
        "phone": "phone, phone number, telephone, telephone number, tel, phones",
        "phone@mobile": "mobile, mobile phone, mobile number, cell, cell phone, cellphone",
        "phone@work": "work phone, business phone, office phone",
        "phone@home": "home phone",
        "street": "street, address, street address, address line 1, street 1",
        "street2": "address line 2, street address 2",
        "city": "city, town",
        "region": "region, state, province, canton, county",
        "postcode": "postcode, post code, postal code, zip, zip code",
        "country": "country, country code",
        "link": "link, website, web site, url, web, homepage, links, websites",
        "link@domain": "domain, domain name, company domain, company domain name",
        "link@linkedin": "linkedin, linkedin url, linkedin profile",
        "birthday": "birthday, date of birth, birth date, birthdate, dob",
        "language": "language",
        "tags": "tags, tag, labels, groups, categories, keywords",
        "source": "source, lead source",
        "campaign": "campaign",
        "owner": "owner, contact owner",
        "referred_by": "referred by",
        "referred_by_uid": "referred by uid",
        "notes": "notes, note, comment, comments, remarks",
        "relations": "relations",
        "vcard_properties": "vcard properties",
        "external_id": "external id, external ids, customer id, customer, customer number,"
        " customer no, client id, client number",
        "consents": "consents",
        "marketing_consent": "marketing consent, email marketing consent, email consent,"
        " e mail consent, newsletter consent, email marketing, email marketing status,"
        " email subscription status, subscription status, subscriber status, newsletter status,"
        " accepts email marketing, accepts marketing, opt in status, subscribed,"
        " werbeeinwilligung, newsletter einwilligung, einwilligung newsletter, newsletterstatus,"
        " abostatus, consentement marketing, consentement newsletter, consentement e mail,"
        " statut d abonnement, abonné à la newsletter",
        "opt_in_at": "opt in at, opt in time, opt in date, optin time, optin date, opted in at,"
        " subscribed at, subscribed on, subscription date, consent date, date of consent,"
        " anmeldedatum newsletter, einwilligung am, opt in datum, date d inscription newsletter,"
        " date de consentement, date d opt in",
        "opt_in_ip": "opt in ip, optin ip, ip opt in, signup ip, opt in ip address",
        "confirmed_at": "confirm time, confirmed at, confirmation date, double opt in date,"
        " double opt in time, doi date, doi datum, date de confirmation",
        "confirmed_ip": "confirm ip, confirmed ip, confirmation ip, doi ip",
        "consent_proof": "consent proof, proof of consent, nachweis der einwilligung,"
        " preuve de consentement",
        "email_opt_out": "email opt out, e mail opt out, email optout, opted out of email,"
        " unsubscribed, unsubscribed from all email, newsletter abgemeldet, désabonné, désinscrit",
        "phone_opt_out": "phone opt out, do not call, do not allow phone calls",
        "opt_out_at": "opt out at, opt out time, opt out date, unsub time, unsubscribed at,"
        " unsubscribed on, unsubscribe date, unsubscribe time, abmeldedatum, abgemeldet am,"
        " date de désabonnement, date de désinscription",
        "opt_out_campaign": "unsub campaign title, unsubscribe campaign",
        "opt_out_reason": "unsub reason, unsubscribe reason, opt out reason, abmeldegrund,"
        " motif de désabonnement",
        "bounced_at": "bounced at, bounce date, clean time, cleaned at",
        "created_at": "created at",
        "updated_at": "updated at",
        "archived_at": "archived at",
        "": "company id, orders, revenue, currency, last purchase on, last contacted at, segment,"
        " next follow up on, fields",
    },
    "purchase": {
        "uid": "uid",
        "contact_uid": "contact uid",
        "customer": "customer id, customer, customer number, customer no, client id, client",
        "name": "customer name, contact, contact name, billing name, client name, name",
        "email": "email, e mail, customer email, email address, contact email",
        "phone": "phone, customer phone, contact phone, telephone",
        "on": "on, date, purchase date, order date, purchased on, purchased at, day, invoice date,"
        " invoicedate, sold on, created at, paid at, timestamp, datetime, time",
        "order_number": "order number, order, order id, order no, invoice number, invoice,"
        " invoice no, invoiceno, receipt number, receipt",
        "line": "line, line number, line no, order line",
        "kind": "kind, type",
        "sku": "sku, product code, item code, stockcode, stock code, article number, product id,"
        " item id",
        "product": "product, item, product name, item name, article",
        "description": "description, details",
        "quantity": "quantity, qty, units, pieces, count",
        "amount": "amount, line total, line amount, total, total amount, revenue, sales, value",
        "price": "price, unit price, price each, unitprice",
        "currency": "currency, currency code",
        "channel": "channel, sales channel",
        "campaign": "campaign",
        "external_id": "external id, line id, transaction id",
        "returns_uid": "returns uid",
        "contact_id": "contact id",
        "": "returns id, product uid",
    },
    "lead": {
        "uid": "uid, lead uid",
        "external_id": "external id, external ids, lead id, deal id, opportunity id, record id,"
        " entry id, submission id, response id, id",
        "contact_uid": "contact uid",
        "contact_id": "contact id",
        "customer": "customer id, customer, customer number, customer no, client id,"
        " client number, contact external id",
        "name": "contact, contact name, full name, your name, contact person, person, person name,"
        " primary contact, associated contact, customer name, client name, name",
        "first_name": "first name, firstname, given name, forename",
        "last_name": "last name, lastname, surname, family name",
        "email": "email, e mail, email address, e mail address, your email, contact email,"
        " person email, customer email, mail",
        "phone": "phone, phone number, telephone, your phone, contact phone, person phone, tel,"
        " mobile, mobile phone",
        "company": "company, company name, account, account name, organization, organisation,"
        " organization name, associated company",
        "company_external_id": "company id, company number, account id, organization id",
        "job_title": "job title, position, function",
        "street": "street, address, street address, address line 1",
        "city": "city, town",
        "region": "region, state province, province, canton, county",
        "postcode": "postcode, post code, postal code, zip, zip code",
        "country": "country, country code",
        "title": "title, lead, lead title, lead name, deal, deal name, deal title, opportunity,"
        " opportunity name, opportunity title, subject, topic, your subject",
        "message": "message, your message, enquiry, inquiry, comments, comment",
        "pipeline": "pipeline, pipeline name, sales pipeline, deal pipeline",
        "stage": "stage, deal stage, stage name, sales stage, lead status, lead stage, phase,"
        " pipeline stage",
        "state": "state, status, deal status, opportunity status",
        "is_won": "is won, won, is closed won",
        "is_lost": "is lost, lost, is closed lost",
        "is_closed": "is closed, closed",
        "value": "value, amount, deal value, deal amount, deal size, opportunity amount,"
        " expected value, estimated value",
        "currency": "currency, currency code, deal currency, amount currency, currency iso code",
        "probability": "probability, win probability, deal probability, odds",
        "forecast": "forecast, forecast category",
        "close_date": "close date, closing date, closedate",
        "expected_on": "expected on, expected close date, expected, expected closing date,"
        " estimated close date, expected closing",
        "opened_at": "opened at, opened, opened on, open date, created at, created, created on,"
        " create date, created date, date created, creation date, created time, timestamp,"
        " submitted at, submitted on, submission date, submission time, received, received at,"
        " date, date time, datetime, time",
        "stage_since": "stage since, in stage since, last stage change date, stage change time,"
        " stage change date, date entered stage, stage entered at, last stage change",
        "closed_at": "closed at, closed on, closed date, date closed, won date, lost date,"
        " close time",
        "changed_at": "updated at, last modified date, last modified, modified, modified at,"
        " modified time, last activity date, update time, last updated",
        "loss_reason": "loss reason, lost reason, reason lost, closed lost reason,"
        " reason for loss, reason for loss of deal, lost because",
        "competitor": "competitor, lost to, main competitor, main competitors, competitors",
        "source": "source, lead source, original source, utm source",
        "campaign": "campaign, campaign name, campaign source, primary campaign source,"
        " utm campaign",
        "referred_by_uid": "referred by uid",
        "owner": "owner, lead owner, deal owner, opportunity owner, account owner, assigned to,"
        " assigned user, sales rep, salesperson, responsible, rep",
        "next_step": "next step, next steps, next activity, next action, next task",
        "next_step_on": "next step on, next step date, next activity date, next action date,"
        " next follow up on, follow up date, next contact date",
        "notes": "notes, note, description, deal description, details, remarks, internal notes",
        "tags": "tags, tag, labels, label",
        "": "weighted value, score, age days, stage age days, referred by, referred by name,"
        " fields, stale, rotten days, purchase id, last contacted at",
    },
    "product": {
        "uid": "uid",
        "sku": "sku, product code, item code, article number, product id, item id",
        "name": "name, product name, product, item, item name, title, description",
        "category": "category, product type, group, product group",
        "price": "price, unit price, list price, amount",
        "currency": "currency, currency code",
        "service_interval": "service interval",
        "active": "active, is active",
        "": "id",
    },
    "interaction": {
        "own_id": "id",
        "contact_id": "contact id",
        "contact_uid": "contact uid",
        "customer": "customer id, customer, customer number, customer no, client id, client number",
        "name": "contact, contact name, associated contact, associated contacts, contact person,"
        " person, customer name, client, name, with, who, company account",
        "email": "email, e mail, contact email, email address, e mail address,"
        " associated contact email, associated contact emails, customer email, person email",
        "phone": "phone, contact phone, phone number, telephone, number",
        "at": "at, happened at, date, activity date, when, date and time, date time, datetime,"
        " timestamp, start, start date, start date time, call date, meeting date, due date, day,"
        " completed date time, created date, create date, created at",
        "time": "time, start time, activity time, due time",
        "channel": "channel, activity type, type, engagement type, interaction type, kind,"
        " task subtype",
        "direction": "direction, call direction, email direction, call type, in or out",
        "subject": "subject, title, activity subject, activity title, topic, call title,"
        " meeting name, email subject, activity",
        "body": "body, text, notes, note, description, activity notes, note body, call notes,"
        " full comments, comments, comment, message, content, details, public description",
        "outcome": "outcome, result, call outcome, meeting outcome, call result, disposition",
        "sentiment": "sentiment, mood",
        "duration_minutes": "duration minutes, minutes, duration, duration min, call duration,"
        " duration hh mm, length",
        "duration_seconds": "duration seconds, call duration seconds, seconds",
        "by": "by, owner, assigned to, activity assigned to, assigned to user, user, logged by,"
        " created by, rep, activity owner",
        "campaign": "campaign",
        "message_id": "message id",
        "done": "done, status, task status, activity status, completed, marked as done",
        "lead": "lead id, lead, deal id, associated deal ids, opportunity id, what id",
        "": "ticket id, summary, follow ups, uid",
    },
}
"""noun -> field -> headers, best first; ``@`` presets a label; "" is understood and not needed."""
