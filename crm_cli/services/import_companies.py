"""Companies are made once: which of a file's companies is one that is known by a near name.

A near name (see ``domain.company``) and a common domain make them one; a near name alone is a
question: asked on a terminal before the write, elsewhere a warning, and both are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain.company import loose_names, mail_domain, share_domain
from crm_cli.services.import_company_evidence import Alike, Company, Evidence, of_row, of_stored
from crm_cli.store import import_companies as store
from crm_cli.store import import_contacts as staged

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from crm_cli.services.importing import Job

MOST_QUESTIONS = 5
"""Questions one by one; what is left is settled by one more."""


class Question(NamedTuple):
    """A company of the file, in its ``line``, and another one of nearly its name."""

    line: int
    name: str
    folded: str
    other: Company

    @property
    def pair(self) -> tuple[str, str]:
        """What the answer is kept by."""
        return self.folded, self.other.folded


class Namesakes:
    """Finds, in one import, the companies of near names. ``same`` are the pairs of folded names
    that somebody said are one company, ``different`` those that are two; ``questions`` are open."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.same = {(one, other) for one, other in job.request.same_companies}
        self.different: set[tuple[str, str]] = set()
        self.questions: list[Question] = []
        self._evidence: dict[Company, Evidence | None] = {}

    # -- rows that are companies --------------------------------------------------------------

    def match_rows(self, connection: sqlite3.Connection) -> bool:
        """Let rows that are companies mean one known by a near name. Returns whether any does."""
        self.questions = []
        found = False
        rows = store.company_rows(connection)
        if not rows:
            return False
        alike = Alike(connection, [folded for _, _, _, folded in rows])
        for contact_id, name, folded in store.known(connection):
            alike.add(Company(name, folded, contact_id))
        staged.index_lists(connection)
        for n, line, name, folded in rows:
            own = Company(name, folded, n=n)
            other = self._one_of(alike, own, line) if alike.has(folded) else None
            if other is None:
                alike.add(own)
            elif other.contact_id:
                store.take_row_for(connection, n, other.contact_id)
                found = True
            elif other.n:
                store.let_row_follow(connection, n, other.n)
                found = True
        return found

    def _near(
        self, connection: sqlite3.Connection, names: Iterable[str]
    ) -> dict[str, list[Company]]:
        """Return loose name -> companies of the store, for the loose forms of folded names."""
        near: dict[str, list[Company]] = {
            loose: [] for folded in names for loose in loose_names(folded)
        }
        for contact_id, name, folded in store.known(connection):
            for loose in loose_names(folded):
                if loose in near:
                    near[loose].append(Company(name, folded, contact_id))
        return near

    def _one_of(self, alike: Alike, own: Company, line: int) -> Company | None:
        """Return the company of a near name that a row's is; else ask after it."""
        told = alike.of(own)
        sure = alike.sharing(own.folded, told)
        if len(sure) > 1:
            sure = [other for other in sure if other.folded == own.folded] or sure
        if len(sure) == 1:
            return sure[0]
        return self._answered(own, sure or alike.open(own.folded, told), line)

    def _answered(self, own: Company, others: list[Company], line: int) -> Company | None:
        for other in others:
            if (own.folded, other.folded) in self.same:
                return other
        left = [other for other in others if (own.folded, other.folded) not in self.different]
        if left:
            self.questions.append(Question(line, own.name, own.folded, left[0]))
        return None

    # -- companies that rows name -------------------------------------------------------------

    def settle_names(self, connection: sqlite3.Connection) -> None:
        """Find the companies that rows name nearly as another one is called."""
        self._evidence.clear()
        names = store.open_names(connection)
        if not names:
            return
        near = self._near(connection, [folded for _, _, folded, _ in names])
        for n, contact_id, name, folded in store.new_company_rows(connection):
            for loose in loose_names(folded):
                if loose in near:
                    near[loose].append(Company(name, folded, contact_id, n))
        store.index_names(connection)
        for key, name, folded, line in names:
            own = Company(name, folded, key=key)
            others = list(dict.fromkeys(x for loose in loose_names(folded) for x in near[loose]))
            other = self._named(connection, own, others, line) if others else None
            if other is None:
                for loose in loose_names(folded):
                    near[loose].append(own)
            elif other.contact_id:
                store.settle(connection, key, other.contact_id)
            elif other.key:
                store.rename(connection, key, other.key)

    def _named(
        self, connection: sqlite3.Connection, own: Company, others: list[Company], line: int
    ) -> Company | None:
        """Return the company that rows name by ``own``: the one with the domain of their e-mail
        addresses, or where people of those rows are known to be."""
        key = own.key or ""
        if numbered := store.systems_told(connection, key):
            others = [x for x in others if not numbered & self._systems_of(connection, x)]
        domains = {mail_domain(value) for value in store.people_of(connection, key)} - {None}
        told = {domain for domain in domains if domain}
        sure = [
            other
            for other in others
            if (known := told and self._file_evidence(connection, other))
            and share_domain(told, known.domains)
        ]
        if len(sure) != 1:
            employers = store.employers_of(connection, key)
            sure = [other for other in sure or others if other.contact_id in employers]
        return sure[0] if len(sure) == 1 else self._answered(own, others, line)

    def _systems_of(self, connection: sqlite3.Connection, company: Company) -> AbstractSet[str]:
        if company.key is not None:
            return store.systems_told(connection, company.key)
        told = self._file_evidence(connection, company)
        return told.systems if told else set()

    def _file_evidence(self, connection: sqlite3.Connection, company: Company) -> Evidence | None:
        """Return the evidence of a company of the store or, where a row makes it, of that row."""
        if company not in self._evidence:
            told = None
            if company.n:
                told = of_row(connection, company.n)
            elif company.contact_id:
                told = of_stored(connection, company.contact_id)
            self._evidence[company] = told
        return self._evidence[company]

    # -- questions ----------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask somebody at the terminal which of the pairs are one company."""
        confirm = self.job.session.confirm
        if confirm is None:
            return
        pairs = {question.pair: question for question in self.questions}
        left = list(pairs.values())
        for question in left[:MOST_QUESTIONS]:
            text = f"line {question.line}: is {question.name!r} the company {question.other.shown}?"
            (self.same if _agreed(confirm, text) else self.different).add(question.pair)
        if rest := left[MOST_QUESTIONS:]:
            text = (
                f"{len(rest)} more companies have nearly the name of another one"
                f" ({', '.join(f'{x.name!r}: {x.other.name!r}' for x in rest[:3])} ...):"
                " are all of them the same?"
            )
            answered = self.same if _agreed(confirm, text) else self.different
            answered.update(question.pair for question in rest)

    def warn(self, connection: sqlite3.Connection) -> None:
        """Warn of the pairs that nobody said are one company and that are two now."""
        keys = [question.folded for question in self.questions]
        made = store.made(connection, keys)
        for question in sorted(self.questions, key=lambda asked: asked.line):
            if question.folded in made:
                self.job.warnings.add(
                    "company-near",
                    "companies have nearly the name of another one"
                    f" ({question.name!r}, {question.other.name!r}); both were kept: write them"
                    " alike if they are one",
                    question.line,
                )


def _agreed(confirm: object, question: str) -> bool:
    try:
        confirm(question)  # type: ignore[operator]
    except errors.Refused:
        return False
    return True
