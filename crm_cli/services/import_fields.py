"""The fields that an import knows and the headers it recognises, as a table to look into."""

from __future__ import annotations

from crm_cli.exchange.columns import normal
from crm_cli.exchange.meanings import MEANINGS
from crm_cli.exchange.synonyms import SYNONYMS
from crm_cli.result import Column, Table

COLUMNS = (
    Column("record", "Import of"),
    Column("field", "Field"),
    Column("meaning", "What a column of it holds"),
    Column("headers", "Headers recognised"),
)


def fields(noun: str) -> list[tuple[str, str, list[str]]]:
    """Return (field, its meaning, headers that mean it without ``--map``, best first).

    What is another field with a label (``mobile``: a phone) has the first header as its name.
    """
    found = []
    for name, listed in SYNONYMS[noun].items():
        headers = [header.strip() for header in listed.split(",")]
        field, _, label = name.partition("@")
        if label:
            meaning = f"as {field}, with the label {label}"
            found.append((headers[0].replace(" ", "_"), meaning, headers))
        elif field:
            own = normal(field)
            rest = [header for header in headers if header != own]
            found.append((field, MEANINGS[noun][field], [own, *rest]))
    return found


def passed_over(noun: str) -> list[str]:
    """Return the headers that are understood and not needed."""
    return [header.strip() for header in SYNONYMS[noun].get("", "").split(",") if header]


def table() -> Table:
    """Return every field of every noun that can be imported; ``headers`` parted by commas."""
    return Table(
        noun="field",
        columns=COLUMNS,
        rows=[
            (noun, field, meaning, ", ".join(headers))
            for noun in SYNONYMS
            for field, meaning, headers in fields(noun)
        ],
        id_key="field",
        default_columns=("record", "field", "meaning"),
    )
