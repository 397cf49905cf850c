"""Who works here: the owners that the setting ``people`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.values import fold, read_text
from crm_cli.result import Level, Message

if TYPE_CHECKING:
    from crm_cli.session import Session


def known(session: Session) -> dict[str, str]:
    """Return folded name -> name of the people in the setting; empty where it was never set."""
    text = session.setting("people")
    if not text:
        return {}
    from crm_cli.domain.mail_settings import people

    names = (mailbox.rpartition(" <")[0].strip('"') for mailbox in people(text).values())
    return {fold(name): name for name in names}


def owner(session: Session, text: str, remarks: list[Message]) -> str | None:
    """Read an owner's name, written as the setting has it; a warning with the nearest for
    somebody it does not name. Raises InvalidValue for what is no text."""
    name = " ".join(read_text(text, "owner").split())
    people = known(session)
    if not name or not people:
        return name or None
    if fold(name) in people:
        return people[fold(name)]
    from difflib import get_close_matches

    near = get_close_matches(fold(name), people, 1)
    guess = f"did you mean {people[near[0]]}? " if near else ""
    remarks.append(
        Message(
            f"nobody is called {name}: {guess}people are {', '.join(people.values())}"
            " (crm config set people)",
            Level.WARNING,
        )
    )
    return name
