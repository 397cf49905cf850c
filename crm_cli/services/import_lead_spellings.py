"""Owners, sources and campaigns of a file of leads, written as the business writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.values import fold
from crm_cli.queries import people
from crm_cli.store import import_leads, lead_spellings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit


def spell_words(job: Job, unit: Unit) -> None:
    """Spell what is staged as the setting ``people`` has its owners, else as leads have it, else
    as the file has it most; warn of owners whom the setting does not name."""
    connection = unit.connection
    known = people.known(unit.session)
    for column in lead_spellings.COLUMNS:
        told = import_leads.words(connection, column)
        if not told:
            continue
        held = lead_spellings.spellings(connection, column)
        usual = {key: texts[0] for key, texts in held.items()}
        if column == "owner":
            usual |= known
            _warn_of_unknown(job, told, known)
        for text in told:
            usual.setdefault(fold(text), text)
        import_leads.spell(
            connection, column,
            [(usual[fold(text)], text) for text in told if usual[fold(text)] != text],
        )  # fmt: skip


def _warn_of_unknown(job: Job, told: Mapping[str, int], known: Mapping[str, str]) -> None:
    from difflib import get_close_matches

    for name, count in told.items():
        if known and fold(name) not in known:
            near = get_close_matches(fold(name), known, 1)
            job.warnings.add(
                "owner", "rows have owners that the setting people does not name",
                count=count, whom=f"{name} ({known[near[0]]}?)" if near else name,
            )  # fmt: skip
