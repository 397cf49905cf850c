"""Countries as people write them: ISO 3166-1 codes, English names, and the usual others."""

from __future__ import annotations

from functools import cache

from crm_cli import errors
from crm_cli.domain.values import fold

_NAMES = """
AD Andorra|AE United Arab Emirates/UAE|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania
AM Armenia|AO Angola|AQ Antarctica|AR Argentina|AS American Samoa|AT Austria/Österreich/Oesterreich
AU Australia|AW Aruba|AX Åland Islands/Aland|AZ Azerbaijan|BA Bosnia and Herzegovina/Bosnia
BB Barbados|BD Bangladesh|BE Belgium/Belgique/België/Belgien|BF Burkina Faso|BG Bulgaria|BH Bahrain
BI Burundi|BJ Benin|BL Saint Barthélemy|BM Bermuda|BN Brunei/Brunei Darussalam|BO Bolivia
BQ Bonaire, Sint Eustatius and Saba|BR Brazil/Brasil|BS Bahamas/The Bahamas|BT Bhutan
BV Bouvet Island|BW Botswana|BY Belarus|BZ Belize|CA Canada|CC Cocos Islands/Keeling Islands
CD Democratic Republic of the Congo/DR Congo|CF Central African Republic|CG Congo
CH Switzerland/Schweiz/Suisse/Svizzera/Svizra|CI Côte d'Ivoire/Ivory Coast|CK Cook Islands|CL Chile
CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cabo Verde/Cape Verde|CW Curaçao
CX Christmas Island|CY Cyprus|CZ Czechia/Czech Republic/Česko
DE Germany/Deutschland/Allemagne/Germania|DJ Djibouti|DK Denmark/Danmark|DM Dominica
DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|EH Western Sahara|ER Eritrea
ES Spain/España/Spanien|ET Ethiopia|FI Finland/Suomi|FJ Fiji|FK Falkland Islands|FM Micronesia
FO Faroe Islands|FR France/Frankreich/Francia|GA Gabon
GB United Kingdom/UK/Great Britain/Britain/England/Scotland/Wales/Northern Ireland|GD Grenada
GE Georgia|GF French Guiana|GG Guernsey|GH Ghana|GI Gibraltar|GL Greenland|GM Gambia/The Gambia
GN Guinea|GP Guadeloupe|GQ Equatorial Guinea|GR Greece|GS South Georgia|GT Guatemala|GU Guam
GW Guinea-Bissau|GY Guyana|HK Hong Kong|HM Heard Island and McDonald Islands|HN Honduras
HR Croatia/Hrvatska|HT Haiti|HU Hungary/Magyarország|ID Indonesia|IE Ireland|IL Israel
IM Isle of Man|IN India|IO British Indian Ocean Territory|IQ Iraq|IR Iran|IS Iceland
IT Italy/Italia/Italien/Italie|JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan
KH Cambodia|KI Kiribati|KM Comoros|KN Saint Kitts and Nevis|KP North Korea
KR South Korea/Korea/Republic of Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon
LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania
LU Luxembourg/Luxemburg|LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro
MF Saint Martin|MG Madagascar|MH Marshall Islands|MK North Macedonia/Macedonia|ML Mali
MM Myanmar/Burma|MN Mongolia|MO Macao/Macau|MP Northern Mariana Islands|MQ Martinique|MR Mauritania
MS Montserrat|MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico/México|MY Malaysia
MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger|NF Norfolk Island|NG Nigeria|NI Nicaragua
NL Netherlands/The Netherlands/Nederland/Holland/Niederlande|NO Norway/Norge|NP Nepal|NR Nauru
NU Niue|NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia|PG Papua New Guinea
PH Philippines/The Philippines|PK Pakistan|PL Poland/Polska|PM Saint Pierre and Miquelon
PN Pitcairn|PR Puerto Rico|PS Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar|RE Réunion
RO Romania|RS Serbia|RU Russia/Russian Federation|RW Rwanda|SA Saudi Arabia|SB Solomon Islands
SC Seychelles|SD Sudan|SE Sweden/Sverige|SG Singapore|SH Saint Helena|SI Slovenia
SJ Svalbard and Jan Mayen|SK Slovakia|SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia
SR Suriname|SS South Sudan|ST São Tomé and Príncipe|SV El Salvador|SX Sint Maarten|SY Syria
SZ Eswatini/Swaziland|TC Turks and Caicos Islands|TD Chad|TF French Southern Territories|TG Togo
TH Thailand|TJ Tajikistan|TK Tokelau|TL Timor-Leste/East Timor|TM Turkmenistan|TN Tunisia|TO Tonga
TR Turkey/Türkiye|TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda
UM United States Minor Outlying Islands|US United States/USA/United States of America/America
UY Uruguay|UZ Uzbekistan|VA Vatican City/Holy See|VC Saint Vincent and the Grenadines|VE Venezuela
VG British Virgin Islands|VI US Virgin Islands|VN Vietnam/Viet Nam|VU Vanuatu|WF Wallis and Futuna
WS Samoa|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe
"""
_TRANSLATED = """
AT Autriche|AL Albanien/Albanie|AU Australien/Australie|BA Bosnien und Herzegowina/Bosnien
BG Bulgarien/Bulgarie|BR Brasilien/Brésil|CA Kanada|CN Chine|CY Zypern/Chypre
CZ Tschechien/Tschechische Republik/Tchéquie/République tchèque|DK Dänemark/Danemark
DZ Algerien/Algérie|EE Estland/Estonie|EG Ägypten/Égypte|ES Espagne|FI Finnland/Finlande
GB Großbritannien/Vereinigtes Königreich/Royaume-Uni/Grande-Bretagne|GR Griechenland/Grèce
HR Kroatien/Croatie|HU Ungarn/Hongrie|IE Irland/Irlande|IN Indien/Inde|IS Island/Islande
JP Japon|KR Südkorea/Corée du Sud|LT Litauen/Lituanie|LV Lettland/Lettonie|MA Marokko/Maroc
MK Nordmazedonien/Macédoine du Nord|MT Malte|MX Mexiko/Mexique|NL Pays-Bas|NO Norwegen/Norvège
NZ Neuseeland/Nouvelle-Zélande|PL Polen/Pologne|RO Rumänien/Roumanie|RS Serbien/Serbie
RU Russland/Russie|SE Schweden/Suède|SI Slowenien/Slovénie|SK Slowakei/Slovaquie
TH Thaïlande|TN Tunesien/Tunisie|TR Türkei/Turquie
US Vereinigte Staaten/Vereinigte Staaten von Amerika/États-Unis/États-Unis d'Amérique
ZA Südafrika/Afrique du Sud
"""
"""German and French names that differ, of the countries that lists here name most."""


def _key(text: str) -> str:
    return fold(text).replace(".", "").replace("-", " ")


@cache
def _codes() -> dict[str, str]:
    """Return folded name or code -> code."""
    codes = {}
    for entry in (_NAMES.strip() + _TRANSLATED.rstrip()).replace("\n", "|").split("|"):
        code, _, names = entry.partition(" ")
        codes.update(dict.fromkeys((_key(name) for name in (code, *names.split("/"))), code))
    return codes


def read_code(text: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country's code or name. Raises InvalidValue with
    the nearest name."""
    codes = _codes()
    found = codes.get(_key(text))
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(_key(text), codes, 1, 0.7)
        guess = f"did you mean {near[0].title()} ({codes[near[0]]})? " if near else ""
        raise errors.InvalidValue(
            f"{text!r} is not a country",
            hint=f"{guess}write an ISO 3166 code such as CH, DE or US, or an English name",
        )
    return found


def read_country_name(text: str) -> str:
    """Return a code in capitals (``GB`` for ``uk``), a name as typed. Raises InvalidValue."""
    code = read_code(text)
    return code if len(text) == 2 else text
