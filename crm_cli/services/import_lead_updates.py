"""What a file says of leads that are known: ``fill`` fills what is empty and never what is closed;
``update`` takes what the file tells, and then another stage is a move with its history."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from crm_cli.domain.lead import FROZEN, TERMS
from crm_cli.services.leads_change import change_terms
from crm_cli.store import import_lead_updates as store
from crm_cli.store import lead_history

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.import_lead_updates import Known, Stay

PLAIN = ("source", "campaign", "owner", "notes", "external_id", "referred_by_id")
"""What may be said of any lead, closed or not."""
_LOSS = ("loss_reason", "competitor")
_CHUNK = 500


class Updates:
    """The changes of one import to the leads there are."""

    def __init__(self, job: Job, unit: Unit) -> None:
        self._job = job
        self._unit = unit
        self._overwrite = job.request.on_match == "update"
        self._now = unit.at
        self._zone = job.session.zone
        self._changes = store.Changes([], [], [], [], [])
        self._stays: dict[int, tuple[Stay, dict[str, Any]]] = {}
        """Stays of the lead at hand, and the cells that change."""
        self._misfits: list[str] = []
        """Days that the file tells of the lead at hand and its history does not allow."""

    def stage(self) -> set[int]:
        """Stage every change; return the rows that make one."""
        connection = self._unit.connection
        for one in store.known(connection):
            self._of(connection, one)
            if len(self._changes.updates) >= _CHUNK:
                store.stage(connection, self._changes)
        store.stage(connection, self._changes)
        return store.rows_changed(connection)

    def write(self) -> None:
        """Put what was staged into the unit; new stays are written with those of new leads."""
        unit, connection = self._unit, self._unit.connection
        if store.counted(connection, "l_updates"):
            unit.update_stream(
                "leads", store.UPDATE_COLUMNS, store.images(connection), store.rows(connection)
            )
        if store.counted(connection, "l_stay_updates"):
            unit.update_stream(
                "stage_changes", store.STAY_COLUMNS, store.stay_images(connection),
                store.stay_rows(connection),
            )  # fmt: skip
        if terms := store.counted(connection, "l_terms"):
            first = unit.draw("lead_terms", terms)
            unit.insert_select(
                "lead_terms", ("id", *store.TERM_COLUMNS), store.NEW_TERMS, {"first": first},
                first, terms,
            )  # fmt: skip

    # -- one lead -----------------------------------------------------------------------------

    def _of(self, connection: sqlite3.Connection, one: Known) -> None:
        told, held = one.told, one.held
        after = dict(held)
        differs: list[str] = []
        is_closed = held["state"] != "open"
        self._plain(told, held, after, differs)
        moves = told["stage_told"] and told["stage"] != held["stage_id"]
        if moves and not self._overwrite:
            differs.append("stage")
            moves = False
        if self._overwrite or not is_closed:
            # A closed lead's terms stand but where the file says that it is open again.
            self._terms(told, held, after, differs, frozen=is_closed and not moves)
        at = self._now
        if moves:
            at = self._move(connection, one, after)
        elif is_closed:
            self._closing(connection, one, after, differs)
        if self._overwrite:
            self._opening(connection, one, after)
        elif told["opened_told"] and self._day(told["opened_at"]) != self._day(held["opened_at"]):
            differs.append("opened_at")
        self._stage_stays()
        if self._misfits:
            self._job.warnings.add(
                "days-kept",
                "the file's days do not fit the moves since; those of the lead were kept",
                told["line"], fields=self._misfits,
            )  # fmt: skip
            self._misfits.clear()
        if differs:
            self._job.warnings.add(
                "lead-differs",
                "the file says otherwise than the lead known; --on-match update takes it",
                told["line"], fields=differs,
            )  # fmt: skip
        image = {name: [held[name], after[name]] for name in held if held[name] != after[name]}
        if not image:
            return
        if any(name in image for name in TERMS):
            self._note_terms(connection, one, after, at)
        after["updated_at"] = self._now
        image["updated_at"] = [held["updated_at"], self._now]
        self._changes.updates.append(
            (told["n"], one.lead_id, store.json_cells(image),
             store.json_cells([after[name] for name in store.UPDATE_COLUMNS]))
        )  # fmt: skip

    def _note_terms(
        self, connection: sqlite3.Connection, one: Known, after: dict[str, Any], at: str
    ) -> None:
        """Keep what the lead promised until an instant. Where it was changed after that already,
        what the file tells was so from then on, as what is entered late."""
        held = one.held
        if at < self._now and lead_history.terms_after(connection, one.lead_id, at):
            names = FROZEN if after["state"] != "open" else TERMS
            cells = {
                name: after[name] for name in names
                if after["state"] != "open" or after[name] != held[name]
            }  # fmt: skip
            change_terms(self._unit, {**held, "id": one.lead_id}, cells, at)
        else:
            self._changes.terms.append((one.lead_id, at, *(held[name] for name in TERMS)))

    def _plain(
        self, told: dict[str, Any], held: dict[str, Any], after: dict[str, Any], differs: list[str]
    ) -> None:
        told["source"] = told["source_told"]
        names = [*PLAIN, *(_LOSS if held["state"] == "lost" == told["state"] else ())]
        for name in names:
            self._take(name, told[name], held, after, differs)
        if "notes" in differs:
            differs.remove("notes")  # people add to them: that is no news every hour
        if told["title_told"] and told["title"] != held["title"]:
            if self._overwrite:
                after["title"], after["folded"] = told["title"], told["folded"]
            else:
                differs.append("title")

    def _take(
        self, name: str, new: Any, held: dict[str, Any], after: dict[str, Any],
        differs: list[str],
    ) -> None:  # fmt: skip
        if new is None or new == held[name]:
            return
        if self._overwrite or held[name] is None:
            after[name] = new
        else:
            differs.append(name)

    def _terms(
        self, told: dict[str, Any], held: dict[str, Any], after: dict[str, Any],
        differs: list[str], *, frozen: bool,
    ) -> None:  # fmt: skip
        if told["value"] is not None:
            pair, old = (told["value"], told["currency"]), (held["value"], held["currency"])
            if pair != old and (self._overwrite or held["value"] is None):
                after["value"], after["currency"] = pair
            elif pair != old:
                differs.append("value")
        if frozen:
            return
        self._take("expected_on", told["expected_on"], held, after, differs)
        if not self._overwrite:
            return
        if told["odds_told"]:
            after["probability"] = told["probability"]
        if told["forecast"] is not None:
            after["forecast"] = told["forecast"]

    # -- moves ----------------------------------------------------------------------------------

    def _move(self, connection: sqlite3.Connection, one: Known, after: dict[str, Any]) -> str:
        """Move a lead to the stage that the file tells, at the file's own date where it has one
        and the lead was there by then. Returns when."""
        told = one.told
        current = store.stays(connection, one.lead_id)[-1]
        wanted = told["closed_at"] if told["state"] != "open" else told["since"]
        is_told = told["closed_told"] if told["state"] != "open" else told["since_told"]
        at = wanted if is_told else self._now
        if at < current.entered_at:
            if told["state"] != "open":
                at = current.entered_at
                self._job.warnings.add(
                    "closed-before-moved",
                    "leads are closed before they came to the stage where they are; they are"
                    " closed when they came there",
                    told["line"],
                )
            else:
                at = self._now
        self._change_stay(current, {"left_at": at})
        after["stage_id"], after["state"], after["stage_since"] = told["stage"], told["state"], at
        after["closed_at"] = at if told["state"] != "open" else None
        if told["state"] != "open":
            after["probability"] = None
        lost = told["state"] == "lost"
        after["loss_reason"] = told["loss_reason"] if lost else None
        after["competitor"] = told["competitor"] if lost else None
        self._changes.stays.append(
            (one.lead_id, told["stage"], at, None, after["loss_reason"], after["competitor"])
        )
        if told["state"] == "won":
            self._changes.won.append((one.contact_id,))
        return str(at)

    def _closing(
        self, connection: sqlite3.Connection, one: Known, after: dict[str, Any],
        differs: list[str],
    ) -> None:  # fmt: skip
        """Move the closing of a closed lead, and what it was lost for, where the file says
        otherwise."""
        told, held = one.told, one.held
        cells: dict[str, Any] = {
            name: after[name] for name in _LOSS if after[name] != held[name]
        }  # fmt: skip
        stays = store.stays(connection, one.lead_id)
        current = stays[-1]
        same_day = (
            not told["closed_told"]
            or told["state"] != held["state"]
            or (self._day(told["closed_at"]) == self._day(held["closed_at"]))
        )
        if not same_day and not self._overwrite:
            differs.append("closed_at")
        elif not same_day:
            at = told["closed_at"]
            before = stays[-2] if len(stays) > 1 else None
            floor = before.entered_at if before else held["opened_at"]
            if at < floor and before and len(stays) == 2:
                # Opened later than it is closed now: opened on that day, as a new one would be.
                self._change_stay(before, {"entered_at": at, "left_at": at})
                after["opened_at"] = at
            elif at < floor:
                self._misfits.append("closed_at")
                at = None
            elif before:
                self._change_stay(before, {"left_at": at})
            if at:
                cells["entered_at"] = after["closed_at"] = after["stage_since"] = at
        if cells:
            self._change_stay(current, cells)

    def _opening(self, connection: sqlite3.Connection, one: Known, after: dict[str, Any]) -> None:
        """Move the opening where the file tells another day, and the first stay allows it."""
        told, held = one.told, one.held
        if not told["opened_told"] or after["opened_at"] != held["opened_at"]:
            return
        if self._day(told["opened_at"]) == self._day(held["opened_at"]):
            return
        first, *more = store.stays(connection, one.lead_id)
        at = told["opened_at"]
        if more:
            _, cells = self._stays.get(more[0].id, (None, {}))
            limit = cells.get("entered_at", more[0].entered_at)
        else:
            has_moved = after["stage_since"] != held["stage_since"]
            limit = after["stage_since"] if has_moved else self._now
        if at > limit:
            self._misfits.append("opened_at")
            return
        after["opened_at"] = at
        self._change_stay(first, {"entered_at": at})
        if not more and after["stage_since"] == held["stage_since"]:
            after["stage_since"] = at

    def _change_stay(self, stay: Stay, cells: dict[str, Any]) -> None:
        _, known = self._stays.setdefault(stay.id, (stay, {}))
        known.update(cells)

    def _stage_stays(self) -> None:
        """Stage what changes in the stays of one lead."""
        for stay, cells in self._stays.values():
            old = {name: getattr(stay, name) for name in store.STAY_COLUMNS}
            new = {**old, **cells}
            image = {name: [old[name], new[name]] for name in old if old[name] != new[name]}
            if image:
                self._changes.stay_updates.append(
                    (stay.id, store.json_cells(image), store.json_cells(list(new.values())))
                )
        self._stays.clear()

    def _day(self, instant: str | None) -> str:
        if instant is None:
            return ""
        return datetime.fromisoformat(instant).astimezone(self._zone).date().isoformat()
