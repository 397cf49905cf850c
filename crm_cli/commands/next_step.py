"""What ``remind done`` asks on a terminal: the next step, so that nobody is left without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.context import AppContext
    from crm_cli.queries.selection import Selection


def asked(app: AppContext, chosen: Selection, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the next step, where somebody at a terminal names one.

    Asked of one follow-up that does not repeat, unless the options say already, or ``--yes``.
    Raises UsageError for options that contradict each other, NotFound and Refused.
    """
    found = dict(given)
    if found.get("no_next") and "next" in found:
        raise errors.UsageError("--next and --no-next say the opposite", hint="leave one out")
    if "about" in found and "next" not in found:
        raise errors.UsageError("--about is what the next step is", hint="add --next WHEN")
    answered = found.keys() & {"next", "no_next"}
    one = chosen.ids[0] if chosen.is_named and chosen.ids and len(chosen.ids) == 1 else None
    if answered or one is None or not app.stdin_is_terminal or not app.shows_people:
        return found
    if app.options.get("yes") or app.dry_run:
        return found
    from crm_cli.queries import follow_ups

    row = follow_ups.to_close(app.session, one)
    if row["repeat_text"] is not None:
        return found
    when = _when(app, row["contact"])
    if when:
        found["next"] = when
        text = app.answer(f"What? [{row['text'].split(chr(10))[0]}] ")
        if text:
            found["about"] = text
    return found


def _when(app: AppContext, contact: str) -> str:
    """Return the day that was answered, which can be read; empty for none."""
    from crm_cli.services.follow_ups import read_due

    while True:
        when = app.answer(f"Next step with {contact}: when? (tomorrow, +2w ...; empty: none) ")
        try:
            if when:
                read_due(app.session, when, [])
        except errors.InvalidValue as error:
            app.say(f"{error.message}; {error.hint}")
        else:
            return when
