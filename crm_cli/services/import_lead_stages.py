"""Which stage a row of leads means: by ours, by ``--map-stage``, by what products call theirs."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain import stage as domain
from crm_cli.domain.lead_words import DEFAULT_PIPELINES, STAGES, squeezed
from crm_cli.domain.values import fold
from crm_cli.services.importing import RowProblem
from crm_cli.store import stages as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.domain.stage import Pipeline, Stage
    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit

_NAMED_BEHIND = re.compile(r"(.+?)\s*\(([^()]*)\)\s*")
"""``Closed won (Sales Pipeline)``: a stage with its pipeline."""


class Place(NamedTuple):
    """Where a lead stands: in which stage, open or closed; ``before`` is the open stage it was
    closed in, None where nobody told; ``first`` that in which leads of the pipeline begin."""

    stage: int
    state: str
    before: int | None
    first: int
    odds: int
    """The stage's probability in basis points."""


class _Made(NamedTuple):
    pipeline_id: int
    key: str
    name: str
    kind: str


class Stages:
    """The stages of the store and those that ``--make-stages`` makes: they have numbers below
    nothing until ``make``."""

    def __init__(self, job: Job) -> None:
        connection = job.session.writer
        self._job = job
        self._pipelines = [row for row in store.pipelines(connection) if not row.is_retired]
        self._stages = {
            pipeline.id: store.stages(connection, pipeline.id) for pipeline in self._pipelines
        }
        self._words = {key: _words(rows) for key, rows in self._stages.items()}
        self._mapped = self._read_maps(job.request.map_stages)
        self._places: dict[tuple[str, str, str], Place] = {}
        self._made: list[_Made] = []
        self._unknown_pipelines: Counter[str] = Counter()
        self.created: list[str] = []
        self.pipelines_made: dict[int, str] = {}
        """Stage that was made -> the key of its pipeline."""

    def _read_maps(self, maps: Sequence[str]) -> dict[str, str]:
        """Read ``Theirs=ours``. Raises InvalidValue."""
        found = {}
        for text in maps:
            theirs, equals, ours = (part.strip() for part in text.rpartition("="))
            if not (equals and theirs and ours):
                raise errors.InvalidValue(
                    f"--map-stage {text!r} does not say which stage is which",
                    hint='write --map-stage "Closed Won=won"',
                )
            if not any(self._meant(pipeline, ours) for pipeline in self._pipelines):
                known = domain.words([x for rows in self._stages.values() for x in rows])
                raise errors.InvalidValue(
                    f"--map-stage {text!r}: there is no stage {ours!r}",
                    hint=f"it is one of {known}",
                )
            found[squeezed(theirs)] = ours
        return found

    # -- one row ------------------------------------------------------------------------------

    def place(self, pipeline: str, stage: str, state: str) -> Place:
        """Return where a row's lead stands; ``state`` is open, won, lost or nothing. Raises
        RowProblem."""
        key = (pipeline, stage, state)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = self._place(pipeline, stage, state)
        if pipeline and pipeline in self._unknown_pipelines:
            self._unknown_pipelines[pipeline] += 1
        return found

    def _place(self, pipeline_text: str, text: str, state: str) -> Place:
        if text and (matched := _NAMED_BEHIND.fullmatch(text)):
            behind = self._pipeline_named(matched[2])
            if behind and squeezed(text) not in self._mapped:
                text, pipeline_text = matched[1], pipeline_text or matched[2]
        pipeline = self._pipeline(pipeline_text)
        rows = self._stages[pipeline.id]
        first = next(row for row in rows if row.kind == "open" and not row.is_retired)
        found = self._stage(pipeline, text) if text else None
        if found is None and text and state not in {"won", "lost"}:
            if not self._job.request.make_stages:
                raise RowProblem(
                    "stage",
                    f"{text!r} is no stage of {pipeline.name}: it is one of {domain.words(rows)};"
                    f' say --map-stage "{text}=..." or --make-stages',
                )
            return self._make(pipeline, text, first)
        closing = self._closing(pipeline, state) if state in {"won", "lost"} else None
        if found is None:
            found = closing or first
            return Place(found.id, found.kind, None, first.id, found.probability)
        if found.kind == "open" and closing is not None:
            return Place(closing.id, closing.kind, found.id, first.id, closing.probability)
        return Place(found.id, found.kind, None, first.id, found.probability)

    def _stage(self, pipeline: Pipeline, text: str) -> Stage | None:
        word = squeezed(text)
        if word in self._mapped:
            ours = self._mapped[word]
            others = (other for other in self._pipelines if other.id != pipeline.id)
            for one in (pipeline, *others):
                if found := self._meant(one, ours):
                    return found
        words = self._words[pipeline.id]
        if word in words:
            return words[word]
        key = STAGES.get(word)
        if key is None:
            return None
        if found := words.get(squeezed(key)):
            return found
        kind = key if key in {"won", "lost"} else ""
        return self._closing(pipeline, kind) if kind else None

    def _meant(self, pipeline: Pipeline, text: str) -> Stage | None:
        found = domain.meant(self._stages[pipeline.id], text.rpartition("/")[2])
        return found[0] if found else None

    def _closing(self, pipeline: Pipeline, kind: str) -> Stage:
        rows = [row for row in self._stages[pipeline.id] if row.kind == kind]
        return next((row for row in rows if not row.is_retired), rows[0])

    def _pipeline(self, text: str) -> Pipeline:
        if not text:
            return self._pipelines[0]
        # Zoho writes a pipeline with its layout behind: ``Standard (Standard)``.
        found = self._pipeline_named(text) or self._pipeline_named(text.partition("(")[0])
        if found is None:
            self._unknown_pipelines.setdefault(text, 0)
        return found or self._pipelines[0]

    def _pipeline_named(self, text: str) -> Pipeline | None:
        wanted = squeezed(text)
        for row in self._pipelines:
            if wanted in {squeezed(word) for word in (row.key, row.name, *domain.aliases(row))}:
                return row
        bare = " ".join(word for word in fold(text).split() if word != "pipeline")
        if bare and (found := domain.meant(self._pipelines, bare)):
            return found[0]
        return self._pipelines[0] if wanted in DEFAULT_PIPELINES else None

    # -- stages that are made ---------------------------------------------------------------------

    def _make(self, pipeline: Pipeline, text: str, first: Stage) -> Place:
        key = "-".join(re.findall(r"[^\W_]+", fold(text))) or f"stage-{len(self._made) + 1}"
        for at, made in enumerate(self._made):
            if (made.pipeline_id, made.key) == (pipeline.id, key):
                return Place(-at - 1, "open", None, first.id, NEW_ODDS)
        self._made.append(_Made(pipeline.id, key, " ".join(text.split()), "open"))
        return Place(-len(self._made), "open", None, first.id, NEW_ODDS)

    def make(self, unit: Unit, used: set[int]) -> dict[int, int]:
        """Make the new stages that rows use, behind the open ones there are. Returns provisional
        number -> id."""
        ids: dict[int, int] = {}
        for pipeline_id, rows in self._stages.items():
            new = [
                (-at - 1, made) for at, made in enumerate(self._made)
                if made.pipeline_id == pipeline_id and -at - 1 in used
            ]  # fmt: skip
            if not new:
                continue
            last = max(row.position for row in rows if row.kind == "open")
            for row in rows:
                if row.position > last:
                    after = {"position": row.position + len(new)}
                    unit.update("stages", row.id, row._asdict(), after)
            for place, (number, made) in enumerate(new, start=1):
                ids[number] = unit.insert(
                    "stages", pipeline_id=pipeline_id, key=made.key, name=made.name,
                    kind=made.kind, position=last + place, probability=NEW_ODDS,
                )  # fmt: skip
                self.created.append(made.name)
                self.pipelines_made[ids[number]] = rows[0].pipeline
        return ids

    def say(self) -> None:
        """Say which pipelines nobody knows."""
        warnings = self._job.warnings
        for name, count in self._unknown_pipelines.items():
            warnings.add(
                "pipeline",
                f"pipelines nobody knows were taken for {self._pipelines[0].name};"
                " crm lead pipeline add makes one",
                count=count, whom=name,
            )  # fmt: skip
        if self.created:
            warnings.add(
                "stages-made",
                f"stages were made with a probability of {NEW_ODDS // 100} %;"
                " crm lead stage edit changes it",
                count=len(self.created), whom=", ".join(self.created),
            )  # fmt: skip


NEW_ODDS = 5000
"""Probability of a stage that an import makes, in basis points: nobody knows better."""


def _words(rows: Sequence[Stage]) -> dict[str, Stage]:
    """Return squeezed word -> stage: keys and names before aliases, those in use first."""
    found: dict[str, Stage] = {}
    for row in sorted(rows, key=lambda row: row.is_retired):
        for word in (row.key, row.name):
            found.setdefault(squeezed(word), row)
    for row in sorted(rows, key=lambda row: row.is_retired):
        for word in domain.aliases(row):
            found.setdefault(squeezed(word), row)
    return found
