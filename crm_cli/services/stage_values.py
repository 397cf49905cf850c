"""The stages of a pipeline as a picklist (``stage``, ``stage.partners``): the same changes as by
``crm lead stage``, shown as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.queries import picklists as queries
from crm_cli.services import stage_moves, stages

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.domain.stage import Pipeline
    from crm_cli.result import Body, Result
    from crm_cli.session import Session


def shown(connection: sqlite3.Connection, pipeline_id: int, stage_id: int | None) -> Body:
    """Return what a verb of picklists prints: the value, or the list."""
    if stage_id is None:
        return queries.stage_table(connection, pipeline_id, retired=None)
    return queries.stage_record(connection, pipeline_id, stage_id)


class StageList(NamedTuple):
    """The stages of one pipeline; the methods raise what ``crm lead stage`` raises."""

    session: Session
    pipeline: Pipeline

    def add(self, name: str, aliases: Sequence[str], note: str | None) -> Result:
        """Add a stage that is open."""
        given = {"pipeline": self.pipeline.key, "alias": list(aliases)}
        if note is not None:
            given["note"] = note
        return stages.add(self.session, name, given, show=shown)

    def rename(self, text: str, new: str) -> Result:
        """Give a stage another name."""
        return stages.rename(self.session, text, new, self.pipeline.key, show=shown)

    def merge(self, survivor: str, others: Sequence[str]) -> Result:
        """Make one stage of several."""
        return stage_moves.merge(self.session, survivor, others, self.pipeline.key, show=shown)

    def retire(self, texts: Sequence[str]) -> Result:
        """Offer stages no more that hold no lead."""
        return stage_moves.remove(self.session, texts, self.pipeline.key, show=shown, deletes=False)

    def delete(self, text: str) -> Result:
        """Delete a stage that no lead ever was in."""
        return stage_moves.remove(self.session, [text], self.pipeline.key, show=shown, deletes=True)

    def restore(self, texts: Sequence[str]) -> Result:
        """Take up retired stages again."""
        return stages.restore(self.session, texts, self.pipeline.key, show=shown)

    def order(self, texts: Sequence[str]) -> Result:
        """Put stages first, in this order."""
        return stages.order(self.session, texts, self.pipeline.key, show=shown)
