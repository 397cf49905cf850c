"""The reference page of the columns that an import understands, made from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.exchange import presets
from crm_cli.exchange.synonyms import SYNONYMS
from crm_cli.services import import_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

VERBS = {
    "contact": "contacts", "purchase": "purchases", "lead": "leads", "product": "products",
    "interaction": "talks",
}  # fmt: skip


INTRODUCTION = """\
# Columns of an import

What `crm contact import`, `crm purchase import`, `crm product import` and `crm log import` make
of the columns of a file. `crm help columns` shows the same list in the terminal.

A header that stands here is understood as it is; case, blanks, hyphens and underscores do not
matter (`E-Mail` and `e_mail` are the same). The usual titles in German and French are known as
well (`Vorname`, `PLZ`, `Kundennummer`, `Prénom`, `Code postal` ...), accents or not; a `Name` or
`Nom` beside a first name is the last name. Any other column is named with its field:
`--map "Spitzname=name" --map "Ref.=external_id"`; an empty field leaves a column out:
`--map "Internal="`. A custom field is found by its name or label, or as `field:size`. What nobody
knows is named on stderr and left out, or kept as custom fields with `--keep-unknown`.

Of two columns that mean the same field the one whose header stands first in its line is taken,
and the other one is named. E-mails, phones, links and addresses may stand in several columns:
`email`, `email_2`, `email_3`, with `email_2_label` beside them, `phone_2_label` and
`phone_2_raw`, `city_2`, `street_2`, `address_2_label`.

- A phone number without `+` belongs to the country of its row, else to `--country`, else to the
  business's. Several e-mails or tags in a cell are parted by `;` or `,`.
- A bare customer number is an external id of the system that `--source` names, `customer`
  without it; `shop:1042` names its own.
- A contact without a name goes by first, middle and last name, else by e-mail, phone or number.
- A purchase's amount is the line's total; where there is none, price times quantity. A time with
  an offset becomes the business's day; without one it is the date as written. The lines of one
  customer with one order number are one order.
- Companies, customers and products that nobody knows are made; customers are not with
  `--unknown reject`.

A spreadsheet's sheet is read as a CSV file of the same cells would be. JSON Lines take the keys
that `export -f jsonl` writes, vCards are laid out in the columns of contacts
([address books](../address-books.md)).

"""


def lines() -> list[str]:
    """Return the page below its first line."""
    out = INTRODUCTION.splitlines()
    for noun in SYNONYMS:
        out += [f"## {VERBS[noun].capitalize()}", ""]
        out += ["| field | what a column of it holds | headers recognised |", "| --- | --- | --- |"]
        out += [
            f"| `{field}` | {_cell(meaning)} | {', '.join(f'`{one}`' for one in headers)} |"
            for field, meaning, headers in import_fields.fields(noun)
        ]
        spare = ", ".join(f"`{one}`" for one in import_fields.passed_over(noun))
        out += ["", f"Understood and not needed: {spare}.", ""]
    out += ["## Layouts of other programs", ""]
    out += [
        "Recognised by their headers, or named with `--preset`. Of several columns of a field the",
        "first is taken; `phone@work` is a phone with the label work, `{n}` any number. Columns of",
        "these layouts that have no field here are named on stderr where a row fills them.",
        "",
    ]
    for names in presets.NAMES.values():
        for name in names:
            out += _preset(name)
    return out


def _preset(name: str) -> list[str]:
    preset = presets.load(name)
    out = [f"### `--preset {name}`", ""]
    out += [f"For {VERBS[preset.noun]}; recognised by its columns:", ""]
    out += [f"- {_quoted(titles)}" for titles in preset.recognised_by]
    out += ["", "| field | columns |", "| --- | --- |"]
    columns: dict[str, list[str]] = {}
    for title, field in preset.columns.items():
        translated = (other.partition("#")[0] for other in preset.also.get(title, ()))
        columns.setdefault(field, []).extend(dict.fromkeys((title, *translated)))
    out += [f"| `{field}` | {_cell(_quoted(titles))} |" for field, titles in columns.items()]
    return [*out, ""]


def _quoted(titles: Iterable[str]) -> str:
    return ", ".join(f"`{title}`" for title in titles)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
