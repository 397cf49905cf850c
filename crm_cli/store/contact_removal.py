"""What goes when contacts are deleted, as conditions on the rows (``t``) of each table."""

from __future__ import annotations

from crm_cli.store.contacts import CHILDREN

_OF = "t.contact_id IN (SELECT value FROM json_each(:ids))"

_OF_TALKS = (
    "t.interaction_id IN (SELECT i.id FROM interactions i"
    " WHERE i.contact_id IN (SELECT value FROM json_each(:ids)))"
)

_OF_LEADS = (
    "t.lead_id IN (SELECT l.id FROM leads l"
    " WHERE l.contact_id IN (SELECT value FROM json_each(:ids)))"
)

HANGING: dict[str, str] = {
    "field_values": f"{_OF} OR t.purchase_id IN (SELECT p.id FROM purchases p"
    f" WHERE p.contact_id IN (SELECT value FROM json_each(:ids))) OR {_OF_LEADS}",
    "relations": f"{_OF} OR t.other_id IN (SELECT value FROM json_each(:ids))",
    **dict.fromkeys(
        (
            "follow_ups", "reminder_rules", "purchases", "import_tombstones",
            "import_fingerprints", "contact_tags", *CHILDREN,
        ),
        _OF,
    ),
    "interaction_tombstones": _OF,
    "lead_tombstones": _OF,
    "interaction_participants": f"{_OF} OR {_OF_TALKS}",
    "interactions": _OF,
    **dict.fromkeys(("stage_changes", "lead_terms", "lead_tags"), _OF_LEADS),
    "leads": _OF,
    "contacts": "t.id IN (SELECT value FROM json_each(:ids))",
}  # fmt: skip
"""Which rows (``t``) leave with the contacts ``:ids`` (a JSON array), children first."""


LEADS_OF_OTHERS = {
    ("leads", "referred_by_id"): "t.referred_by_id IN (SELECT value FROM json_each(:ids))"
    f" AND NOT {_OF}",
    ("leads", "purchase_id"): "t.purchase_id IN (SELECT p.id FROM purchases p"
    f" WHERE p.contact_id IN (SELECT value FROM json_each(:ids))) AND NOT {_OF}",
    ("interactions", "lead_id"): f"{_OF_LEADS} AND NOT {_OF}",
}
"""(table, column) -> which rows (``t``) of others lose what goes with the contacts ``:ids``;
follow-ups apart, which have ties of other kinds too."""


WON_BY_THEM = "t.purchase_id IN (SELECT value FROM json_each(:ids))"
"""Condition on leads (``t``): those whose winning wrote the purchases ``:ids``."""


def in_words(purchases: int, talks: int, follow_ups: int, leads: int) -> str:
    """Return what goes with contacts: `` with 9 purchases, 4 talks``."""
    counts = (
        (purchases, "purchase"), (talks, "talk"), (follow_ups, "follow-up"), (leads, "lead"),
    )  # fmt: skip
    said = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count]
    return f" with {', '.join(said)}" if said else ""


_STAYS = "t.id NOT IN (SELECT value FROM json_each(:ids))"
_NAMES_IT = "coalesce(t.{} IN (SELECT value FROM json_each(:ids)), 0)"

POINTING: tuple[tuple[tuple[str, ...], str], ...] = tuple(
    (
        columns,
        " AND ".join(
            (_STAYS, *(
                ("" if name in columns else "NOT ") + _NAMES_IT.format(name)
                for name in ("company_id", "referred_by_id")
            ))
        ),
    )
    for columns in (("company_id", "referred_by_id"), ("company_id",), ("referred_by_id",))
)  # fmt: skip
"""Which contacts (``t``) that stay name one of those, and in which columns. The sets are
disjoint: a row may be changed only once in an entry."""
