"""The cases, and the target each of them states.

A case is a function from the ``Bench`` to figures; it makes what it needs through the program
itself, so that nothing is measured on a store no user could have.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import generate, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PYTHON = Path(sys.executable)
CRM = PYTHON.with_name("crm")
PEAK_MIB = 200
LEADS_TO_ROWS = 2
"""A lead with its person, company, stay, score and journal against a row as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure; ``target`` is the most it may be (None: reported only)."""

    case: str
    what: str
    value: float
    unit: str
    target: float | None = None
    goal: float | None = None
    detail: str = ""

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or nothing."""
        if self.target is None:
            return ""
        return "met" if self.value <= self.target else "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the inputs are."""

    contacts: int
    more_contacts: int
    customers: int
    purchases: int
    listed: int
    talks: int
    follow_ups: int
    leads: int
    start_up_runs: int
    runs: int


FULL = Sizes(
    contacts=100_000,
    more_contacts=10_000,
    customers=100_000,
    purchases=1_000_000,
    listed=10_000,
    talks=1_000_000,
    follow_ups=10_000,
    leads=100_000,
    start_up_runs=15,
    runs=3,
)
SMOKE = Sizes(
    contacts=300,
    more_contacts=50,
    customers=100,
    purchases=1_000,
    listed=100,
    talks=1_000,
    follow_ups=100,
    leads=200,
    start_up_runs=1,
    runs=1,
)
LARGE_CUSTOMERS, LARGE_PURCHASES = 1_000_000, 10_000_000


@dataclass
class Bench:
    """The folder of one run, its inputs and stores (made when first asked for), its figures."""

    folder: Path
    sizes: Sizes
    figures: list[Figure] = field(default_factory=list)
    say: Callable[[str], None] = lambda _: None

    # -- running ----------------------------------------------------------------------------

    def crm(
        self,
        *words: str | Path,
        store: Path | None = None,
        terminal: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> measure.Cost:
        """Run the program as a user would, over one store."""
        return measure.run(
            [CRM, *words],
            environment={**self.environment(store), **(environment or {})},
            terminal=terminal,
        )

    def environment(self, store: Path | None) -> dict[str, str]:
        """Nobody's settings, one store and one today."""
        return {
            "CRM_DB": str(store or self.folder / "none.db"),
            "CRM_CONFIG": str(self.folder / "config.toml"),
            "CRM_NOW": generate.TODAY,
            "CRM_USER": "bench",
        }

    def python(self, *words: str | Path) -> measure.Cost:
        """Run the interpreter of this environment."""
        return measure.run([PYTHON, *words])

    def nothing(self) -> measure.Cost:
        """``python -c pass``: what every start costs at least."""
        return self.python("-c", "pass")

    def copy(self, store: Path, name: str) -> Path:
        """Return a fresh copy of a closed store."""
        target = self.fresh(name)
        shutil.copyfile(store, target)
        return target

    def fresh(self, name: str) -> Path:
        """Return the path of a store that does not exist."""
        target = self.folder / name
        for suffix in ("", "-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        return target

    def add(self, *figures: Figure) -> None:
        """Keep figures and say each at once."""
        for figure in figures:
            self.figures.append(figure)
            self.say(line(figure))

    # -- inputs -----------------------------------------------------------------------------

    def generated(self, name: str, *words: object) -> Path:
        """Return an input file, written by a process of its own to keep this one small."""
        path = self.folder / name
        if not path.exists():
            partial = path.with_suffix(".part")
            subprocess.run(
                [PYTHON, "-m", "benchmarks.generate", *map(str, words), str(partial)],
                check=True,
                cwd=Path(__file__).parent.parent,
            )
            partial.rename(path)
        return path

    @cached_property
    def contacts_csv(self) -> Path:
        """The contacts that most cases live among."""
        return self.generated("contacts.csv", "contacts", self.sizes.contacts)

    @cached_property
    def export_csv(self) -> Path:
        """As many contacts, in the layout of another product."""
        return self.generated("export.csv", "export", self.sizes.contacts)

    @cached_property
    def deals_csv(self) -> Path:
        """Deals in the layout of another product."""
        return self.generated("deals.csv", "deals", self.sizes.listed)

    @cached_property
    def more_csv(self) -> Path:
        """Other contacts, a tenth of them."""
        return self.generated("more.csv", "contacts", self.sizes.more_contacts, self.sizes.contacts)

    @cached_property
    def purchases_csv(self) -> Path:
        """Purchases of customers known by number."""
        return self.generated(
            "purchases.csv", "purchases", self.sizes.customers, self.sizes.purchases
        )

    # -- stores -----------------------------------------------------------------------------

    def store(self, name: str, *imports: tuple[str, Path]) -> Path:
        """Return a store made by the imports, kept for the whole run."""
        path = self.folder / name
        if not path.exists():
            partial = self.fresh(f"partial-{name}")
            for noun, source in imports:
                self.crm(noun, "import", source, "--quiet", store=partial)
            partial.rename(path)
        return path

    @cached_property
    def people(self) -> Path:
        """A store of contacts alone."""
        return self.store("people.db", ("contact", self.contacts_csv))

    @cached_property
    def mornings(self) -> Path:
        """A store of contacts, talks, follow-ups of 200 days (a twentieth is late), and
        of one in ten a birthday and a purchase."""
        sizes = self.sizes
        some = sizes.contacts // 10
        path = self.store(
            "mornings.db",
            ("contact", self.contacts_csv),
            ("contact", self.generated("birthdays.csv", "birthdays", some)),
            ("purchase", self.generated("orders.csv", "orders", some)),
            ("log", self.generated("talks.csv", "talks", sizes.contacts, sizes.talks)),
        )
        each = sizes.follow_ups // 20
        for batch in range(20):
            day = date.fromisoformat(generate.TODAY) + timedelta(days=10 * (batch - 1))
            measure.run(
                [CRM, "remind", "add", "-", day.isoformat(), "Call about the order", "--quiet"],
                environment=self.environment(path),
                stdin="\n".join(str(batch * each + number) for number in range(1, each + 1)),
            )
        return path

    def leads(self, currencies: str) -> Path:
        """Return a store of contacts and leads with five stays each, all values in ``one``
        currency or in ``several``."""
        path = self.folder / f"leads-{currencies}.db"
        if not path.exists():
            partial = self.copy(self.people, f"partial-leads-{currencies}.db")
            subprocess.run(
                [PYTHON, "-m", "benchmarks.leads", str(self.sizes.leads),
                 str(5 * self.sizes.leads), currencies, str(partial)],
                check=True,
                cwd=Path(__file__).parent.parent,
            )  # fmt: skip
            partial.rename(path)
        return path

    @cached_property
    def sales(self) -> Path:
        """A store of purchases and the customers they made."""
        return self.store("sales.db", ("purchase", self.purchases_csv))


def line(figure: Figure) -> str:
    """Return the figure as one row of the printed table."""
    limit = "" if figure.target is None else f"≤ {figure.target:g} {figure.unit}"
    value = f"{figure.value:.2f} {figure.unit}"
    text = f"{figure.case:<9} {figure.what:<56} {value:>12} {limit:>10} {figure.verdict:<7}"
    return f"{text} {figure.detail}".rstrip()


def _milliseconds(series: measure.Series) -> str:
    return f"best {series.cpu * 1000:.0f} ms, median {series.median * 1000:.0f} ms"


# -- start-up -----------------------------------------------------------------------------------


def start_up(bench: Bench) -> None:
    """CPU of whole processes against ``python -c pass``, on a store of many contacts."""
    store = bench.copy(bench.people, "start.db")
    numbers = iter(range(1_000_000))

    def added_with_ways() -> measure.Cost:
        number = next(numbers)
        return bench.crm(
            "contact",
            "add",
            "Zed Example",
            "--email",
            f"zed{number}@example.org",
            "--phone",
            f"+4178{number:07d}",
            "--quiet",
            store=store,
        )

    completing = {"_CRM_COMPLETE": "complete_bash", "COMP_WORDS": "crm con", "COMP_CWORD": "1"}
    cases: dict[str, tuple[Callable[[], measure.Cost], float]] = {
        "--version": (lambda: bench.crm("--version"), 6),
        "contact show 1 --json": (
            lambda: bench.crm("contact", "show", "1", "--json", store=store),
            8,
        ),
        "contact list --limit 20, piped": (
            lambda: bench.crm("contact", "list", "--limit", "20", store=store),
            8.5,
        ),
        "contact list --limit 20, in a terminal": (
            lambda: bench.crm("contact", "list", "--limit", "20", store=store, terminal=True),
            11,
        ),
        "contact add NAME": (
            lambda: bench.crm("contact", "add", "Zed Example", "--quiet", store=store),
            9,
        ),
        "contact add NAME --email --phone": (added_with_ways, 12),
        "--help": (lambda: bench.crm("--help"), 8),
        "completion of a word": (lambda: bench.crm(environment=completing), 8),
    }
    runners: dict[str, Callable[[], measure.Cost]] = {"pass": bench.nothing}
    runners |= {name: runner for name, (runner, _) in cases.items()}
    measure.alternate(runners, 1)  # the first run warms the page cache and writes byte code
    found = measure.alternate(runners, bench.sizes.start_up_runs)
    base = found.pop("pass")
    for name, series in found.items():
        bench.add(
            Figure(
                case="start-up",
                what=name,
                value=series.cpu / base.cpu,
                unit="×",
                target=cases[name][1],
                detail=f"{_milliseconds(series)}; pass {base.cpu * 1000:.0f} ms",
            )
        )


# -- imports ------------------------------------------------------------------------------------


def contact_import(bench: Bench) -> None:
    """Contacts against ``sqlite-utils insert --csv`` of the same file."""
    _compare_import(bench, f"{bench.sizes.contacts:,} contacts", bench.contacts_csv)


def preset_import(bench: Bench) -> None:
    """Do the same with an export of HubSpot: columns by preset, companies, custom fields."""
    what = f"{bench.sizes.contacts:,} contacts of an export"
    _compare_import(bench, what, bench.export_csv, "--keep-unknown")


def lead_import(bench: Bench) -> None:
    """Do the same with deals of HubSpot: the contact of each, its company, stage and history."""
    what = f"{bench.sizes.listed:,} leads of an export"
    _compare_import(bench, what, bench.deals_csv, noun="lead", target=LEADS_TO_ROWS)


def _compare_import(
    bench: Bench, what: str, source: Path, *options: str, noun: str = "contact", target: float = 1
) -> None:
    sqlite_utils = PYTHON.with_name("sqlite-utils")
    found = measure.alternate(
        {
            "crm": lambda: bench.crm(
                noun, "import", source, "--quiet", *options, store=bench.fresh("import.db")
            ),
            "peer": lambda: measure.run(
                [sqlite_utils, "insert", bench.fresh("peer.db"), f"{noun}s", source, "--csv"]
            ),
        },
        bench.sizes.runs,
    )
    ours, peer = found["crm"], found["peer"]
    bench.add(
        Figure(
            case="import",
            what=f"{what}, CPU against sqlite-utils insert",
            value=ours.cpu / peer.cpu,
            unit="×",
            target=target,
            detail=f"{ours.cpu:.2f} s against {peer.cpu:.2f} s",
        ),
        Figure(
            case="import",
            what=f"{what}, elapsed against sqlite-utils insert",
            value=ours.elapsed / peer.elapsed,
            unit="×",
            target=target,
            detail=f"{ours.elapsed:.2f} s against {peer.elapsed:.2f} s",
        ),
        Figure(case="import", what=f"{what}, peak", value=ours.peak, unit="MiB", target=PEAK_MIB),
    )


def contact_import_again(bench: Bench) -> None:
    """Contacts that are known already against ``sqlite-utils upsert`` of the same file."""
    source = bench.contacts_csv
    sqlite_utils = PYTHON.with_name("sqlite-utils")
    words: list[str | Path] = ["contacts", source, "--csv", "--pk", "email"]
    peer = bench.fresh("peer-again.db")
    measure.run([sqlite_utils, "insert", peer, *words])
    found = measure.alternate(
        {
            "fill": lambda: bench.crm(
                "contact", "import", source, "--quiet", store=bench.copy(bench.people, "again.db")
            ),
            "update": lambda: bench.crm(
                "contact", "import", source, "--on-match", "update", "--quiet",
                store=bench.copy(bench.people, "again.db"),
            ),
            "peer": lambda: measure.run([sqlite_utils, "upsert", peer, *words]),
        },
        bench.sizes.runs,
    )  # fmt: skip
    what = f"{bench.sizes.contacts:,} known contacts"
    for way in ("fill", "update"):
        ours = found[way]
        bench.add(
            Figure(
                case="import again",
                what=f"{what}, --on-match {way}, CPU against sqlite-utils upsert",
                value=ours.cpu / found["peer"].cpu,
                unit="×",
                target=1.5,
                detail=f"{ours.cpu:.2f} s against {found['peer'].cpu:.2f} s",
            ),
            Figure(
                case="import again",
                what=f"{what}, --on-match {way}, peak",
                value=ours.peak,
                unit="MiB",
                target=PEAK_MIB,
            ),
        )


def purchase_import(bench: Bench) -> None:
    """Purchases against the sqlite3 shell's ``.import`` of the same file."""
    source = bench.purchases_csv
    shell = shutil.which("sqlite3")
    if shell is None:
        raise measure.BenchmarkError("the sqlite3 shell is needed (Debian: sqlite3)")
    script = f'.mode csv\n.import "{source}" purchases\n'
    runners: dict[str, Callable[[], measure.Cost]] = {
        "crm": lambda: bench.crm(
            "purchase", "import", source, "--quiet", store=bench.fresh("import.db")
        ),
        "peer": lambda: measure.run([shell, bench.fresh("peer.db")], stdin=script),
    }
    found = measure.alternate(runners, max(1, bench.sizes.runs - 1))
    ours, peer = found["crm"], found["peer"]
    what = f"{bench.sizes.purchases:,} purchases"
    bench.add(
        Figure(
            case="import",
            what=f"{what}, CPU against sqlite3 .import",
            value=ours.cpu / peer.cpu,
            unit="×",
            target=12,
            goal=8,
            detail=f"{ours.cpu:.2f} s against {peer.cpu:.2f} s; goal 8 ×",
        ),
        Figure(
            case="import",
            what=f"{what}, elapsed against sqlite3 .import",
            value=ours.elapsed / peer.elapsed,
            unit="×",
            target=12,
            goal=8,
            detail=f"{ours.elapsed:.2f} s against {peer.elapsed:.2f} s; goal 8 ×",
        ),
        Figure(case="import", what=f"{what}, peak", value=ours.peak, unit="MiB", target=PEAK_MIB),
    )


MAILS_A_SECOND = 5000


def mail_import(bench: Bench) -> None:
    """Mails of one mbox among as many contacts: read, matched, written and indexed."""
    count = bench.sizes.contacts
    source = bench.generated("mails.mbox", "mails", count, count)
    words: list[str | Path] = ["log", "import", source, "--own", generate.US, "--quiet"]
    stores = iter([bench.copy(bench.people, f"mail-{run}.db") for run in range(bench.sizes.runs)])
    found = measure.alternate(
        {"crm": lambda: bench.crm(*words, store=next(stores))}, bench.sizes.runs
    )["crm"]
    again = bench.crm(*words, store=bench.folder / "mail-0.db")
    bench.add(
        Figure(
            case="import",
            what=f"{count:,} mails of one mbox, elapsed a mail",
            value=found.elapsed / count * 1e6,
            unit="µs",
            target=1e6 / MAILS_A_SECOND,
            detail=f"{count / found.elapsed:,.0f} a second, CPU {found.cpu:.2f} s",
        ),
        Figure(
            case="import",
            what=f"{count:,} mails of one mbox, peak",
            value=found.peak,
            unit="MiB",
            target=PEAK_MIB,
        ),
        Figure(
            case="import again",
            what=f"{count:,} known mails, elapsed a mail",
            value=again.elapsed / count * 1e6,
            unit="µs",
            detail=f"{count / again.elapsed:,.0f} a second, CPU {again.cpu:.2f} s",
        ),
    )


def growing_import(bench: Bench) -> None:
    """Contacts into a full store against the same file into an empty one."""
    source, people = bench.more_csv, bench.people
    empty = bench.fresh("empty.db")
    bench.crm("contact", "add", "Somebody", "--quiet", store=empty)

    def into(store: Path) -> Callable[[], measure.Cost]:
        # The copy is made before the clock starts: `run` measures the child alone.
        return lambda: bench.crm(
            "contact", "import", source, "--quiet", store=bench.copy(store, "grow.db")
        )

    # Half a second each: more runs than of the long cases, for noise counts more.
    runs = {"empty": into(empty), "full": into(people)}
    found = measure.alternate(runs, 3 * bench.sizes.runs)
    full, blank = found["full"], found["empty"]
    bench.add(
        Figure(
            case="import",
            what=f"a row of {bench.sizes.more_contacts:,} into {bench.sizes.contacts:,}, CPU",
            value=full.cpu / blank.cpu,
            unit="×",
            target=1.2,
            detail=f"{full.cpu:.2f} s against {blank.cpu:.2f} s into an empty store",
        )
    )


# -- undo ---------------------------------------------------------------------------------------


def undo(bench: Bench) -> None:
    """Take back and repeat the import of many contacts (reported, no target)."""
    for words in (("undo", "--yes"), ("redo", "--yes")):
        name = f"{words[0]} of {bench.sizes.contacts:,} imported contacts"
        if words[0] == "undo":
            store = bench.copy(bench.people, "undo.db")
        cost = bench.crm(*words, "--quiet", store=store)
        bench.add(
            Figure(
                case="undo",
                what=name,
                value=cost.cpu,
                unit="s",
                detail=f"elapsed {cost.elapsed:.2f} s, peak {cost.peak:.0f} MiB",
            )
        )


# -- reports ------------------------------------------------------------------------------------

_SCAN = (
    "import sqlite3, sys\n"
    "store = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)\n"
    "store.execute('SELECT sum(amount) FROM purchases NOT INDEXED').fetchall()\n"
)
"""One plain scan of the purchases: the least any answer from the rows themselves can cost."""

_REPORTS: dict[str, Sequence[str]] = {
    "segments": ("segments",),
    "retention": ("retention",),
}
_APART: dict[str, Sequence[str]] = {
    "segments, a past day": ("segments", "--as-of", "2025-07-01"),
    "retention, a past day": ("retention", "--as-of", "2025-07-01"),
    "retention --by week": ("retention", "--by", "week"),
    "retention --rolling": ("retention", "--rolling"),
    "retention --measure revenue": ("retention", "--measure", "revenue"),
    "repeat": ("repeat",),
    "sales": ("sales",),
}


def _report(bench: Bench, store: Path, words: Sequence[str]) -> Callable[[], measure.Cost]:
    return lambda: bench.crm("report", *words, "--json", store=store)


def reports(bench: Bench) -> None:
    """Segments and retention, whole process, from a store of customers with purchases."""
    _measure_reports(bench, bench.sales, bench.sizes.purchases, seconds=0.5)


def large_reports(bench: Bench) -> None:
    """Do the same on ten times as much, against one scan and against pandas."""
    source = bench.generated("large.csv", "purchases", LARGE_CUSTOMERS, LARGE_PURCHASES)
    store = bench.folder / "large.db"
    if not store.exists():
        partial = bench.fresh("partial-large.db")
        cost = bench.crm("purchase", "import", source, "--quiet", store=partial)
        partial.rename(store)
        bench.add(
            Figure(
                case="import",
                what=f"{LARGE_PURCHASES:,} purchases, peak",
                value=cost.peak,
                unit="MiB",
                target=PEAK_MIB,
                detail=f"CPU {cost.cpu:.0f} s, elapsed {cost.elapsed:.0f} s",
            )
        )
    _measure_reports(bench, store, LARGE_PURCHASES, scans=3)


def _measure_reports(
    bench: Bench,
    store: Path,
    purchases: int,
    *,
    seconds: float | None = None,
    scans: float | None = None,
) -> None:
    runners = {name: _report(bench, store, words) for name, words in _REPORTS.items()}
    runners["scan"] = lambda: bench.python("-c", _SCAN, store)
    measure.alternate(runners, 1)
    found = measure.alternate(runners, bench.sizes.runs)
    scan = found.pop("scan")
    scale = f"{purchases:,} purchases"
    for name, series in found.items():
        peer = bench.python("-m", "benchmarks.peer_pandas", name, store)
        bench.add(
            Figure(
                case="report",
                what=f"{name}, {scale}, CPU",
                value=series.cpu,
                unit="s",
                target=seconds,
                detail=f"elapsed {series.elapsed:.2f} s, peak {series.peak:.0f} MiB",
            ),
            Figure(
                case="report",
                what=f"{name}, {scale}, against one scan",
                value=series.cpu / scan.cpu,
                unit="×",
                target=scans,
                detail=f"scan {scan.cpu:.2f} s",
            ),
            Figure(
                case="report",
                what=f"{name}, {scale}, against pandas",
                value=series.elapsed / peer.elapsed,
                unit="×",
                target=1,
                detail=f"pandas elapsed {peer.elapsed:.2f} s, peak {peer.peak:.0f} MiB",
            ),
        )
    for name, words in _APART.items():
        cost = _report(bench, store, words)()
        bench.add(
            Figure(
                case="report",
                what=f"{name}, {scale}, CPU",
                value=cost.cpu,
                unit="s",
                detail=f"{cost.cpu / scan.cpu:.1f} scans",
            )
        )


# -- lists --------------------------------------------------------------------------------------


def lists(bench: Bench) -> None:
    """Ten thousand contacts printed, against ``python -c pass``."""
    if bench.sizes.listed == bench.sizes.contacts:
        store = bench.people
    else:
        source = bench.generated("listed.csv", "contacts", bench.sizes.listed)
        store = bench.store("listed.db", ("contact", source))
    formats = {"JSON": "json", "CSV": "csv", "plain text": "table"}
    runners = {
        f"{bench.sizes.listed:,} contacts as {label}": partial(
            bench.crm, "contact", "list", "-f", name, store=store
        )
        for label, name in formats.items()
    }
    _against_nothing(bench, "list", runners, lambda _: 20)


def _against_nothing(
    bench: Bench, case: str, runners: Mapping[str, Callable[[], measure.Cost]],
    target: Callable[[str], float | None],
) -> None:  # fmt: skip
    """Measure whole processes against ``python -c pass``; ``target`` of what each is called."""
    runners = {"pass": bench.nothing, **runners}
    measure.alternate(runners, 1)
    found = measure.alternate(runners, bench.sizes.runs + 2)
    base = found.pop("pass")
    for what, series in found.items():
        bench.add(
            Figure(
                case=case,
                what=what,
                value=series.cpu / base.cpu,
                unit="×",
                target=target(what),
                detail=_milliseconds(series),
            )
        )


_FILTERS = {
    "three conditions, a name among them": "city = bern and orders = 0 and name ~ weber",
    "three conditions on sums": "role = customer and revenue > 1200 and last_purchase < -1y",
    "a list of towns, a part of an e-mail": (
        "city in (bern, geneve, chur) and email ~ example97 and not archived"
    ),
}


def filters(bench: Bench) -> None:
    """``contact list --where`` among many contacts, against ``python -c pass``."""
    runners = {
        f"contact list --where: {label}": partial(
            bench.crm, "contact", "list", "--where", where, "--limit", "20",
            store=bench.sales if "revenue" in where else bench.people,
        )
        for label, where in _FILTERS.items()
    }  # fmt: skip
    _against_nothing(bench, "filters", runners, lambda _: 12)


def morning(bench: Bench) -> None:
    """``crm today`` among many contacts, talks and follow-ups, against ``python -c pass``."""
    runners = {
        "today, piped": partial(bench.crm, "today", store=bench.mornings),
        "today --json": partial(bench.crm, "today", "--json", store=bench.mornings),
        "today, in a terminal": partial(bench.crm, "today", store=bench.mornings, terminal=True),
    }
    _against_nothing(bench, "today", runners, lambda what: 11 if "terminal" in what else 9)


_TALK_REPORTS: dict[str, Sequence[str]] = {
    "activity": ("activity",),
    "activity --by month": ("activity", "--by", "month"),
    "channels": ("channels",),
    "quiet": ("quiet",),
    "quiet, of a day a year ago": ("quiet", "--as-of", "2025-07-01"),
    "promises": ("promises",),
    "promises --by owner": ("promises", "--by", "owner"),
}


def talk_reports(bench: Bench) -> None:
    """Run the reports on talks over many contacts, talks and a promise of each contact; all rows
    as JSON."""
    store = bench.copy(bench.mornings, "talk-reports.db")
    measure.run(
        [CRM, "remind", "add", "-", generate.TODAY, "Send it", "--kind", "promise", "--quiet"],
        environment=bench.environment(store),
        stdin="\n".join(map(str, range(1, bench.sizes.contacts + 1))),
    )
    runners = {name: _report(bench, store, words) for name, words in _TALK_REPORTS.items()}
    measure.alternate(runners, 1)
    for name, series in measure.alternate(runners, bench.sizes.runs).items():
        bench.add(
            Figure(
                case="talks",
                what=f"report {name}, {bench.sizes.talks:,} talks, CPU",
                value=series.cpu,
                unit="s",
                target=1,
                detail=f"peak {series.peak:.0f} MiB",
            )
        )


_LEAD_REPORTS = (
    "pipeline", "forecast", "funnel", "velocity", "losses", "losses --by stage", "sources",
    "workload", "stranded",
)  # fmt: skip


def lead_reports(bench: Bench) -> None:
    """Run every report on leads over many of them, as of today and of a day a year ago, with
    values in one currency and in several; all rows as JSON."""
    stays = 5 * bench.sizes.leads
    runners: dict[str, Callable[[], measure.Cost]] = {}
    for currencies in ("one", "several"):
        store = bench.leads(currencies)
        for name in _LEAD_REPORTS:
            words = name.split()
            what = f"{name}, {'one currency' if currencies == 'one' else 'several'}"
            runners[what] = _report(bench, store, words)
            runners[f"{what}, a year ago"] = _report(
                bench, store, [*words, "--as-of", "2025-07-01"]
            )
    for name, series in measure.alternate(runners, bench.sizes.runs).items():
        bench.add(
            Figure(
                case="leads",
                what=f"report {name}, {stays:,} stays, CPU",
                value=series.cpu,
                unit="s",
                target=1,
                detail=f"peak {series.peak:.0f} MiB",
            )
        )


_LEAD_VERBS: dict[str, tuple[Sequence[str], float | None]] = {
    "lead next": (("next",), 9),
    "lead list --limit 20": (("list", "--limit", "20"), 9),
    "lead list --where, three conditions": (
        ("list", "--where", "source = web and value > 20000 and stage = proposal", "--limit", "20"),
        12,
    ),
    "lead board --limit 20, as on a terminal": (("board", "--limit", "20"), 20),
    # A card a line, of every open lead: most of the cost is saying them.
    "lead board, all cards": (("board",), None),
    "lead show 1 --json": (("show", "1", "--json"), 9),
    "lead add": (("add", "1", "Bread oven", "4200", "--quiet"), 12),
}


def leads(bench: Bench) -> None:
    """Run the verbs on leads among many of them, against ``python -c pass``: in a store that is
    scored, as leads that came in by verbs and imports are, and in one that never was."""
    runners: dict[str, Callable[[], measure.Cost]] = {}
    for state in ("scored", "never scored"):
        store = bench.copy(bench.leads("one"), f"lead-verbs-{state.replace(' ', '-')}.db")
        if state == "scored":
            bench.crm("lead", "score", "--refresh", "--quiet", store=store)
        runners |= {
            f"{name}, {state}": partial(bench.crm, "lead", *words, store=store)
            for name, (words, _) in _LEAD_VERBS.items()
        }
    _against_nothing(bench, "leads", runners, lambda what: _LEAD_VERBS[what.rpartition(", ")[0]][1])


_SEARCHES: dict[str, Sequence[str]] = {
    "a word of one record": ("person4711",),
    "a word of many, the first 20": ("müller", "--limit", "20"),
    "two words of many, the first 20": ("anna", "bern", "--limit", "20"),
    "a word of one in twenty, all of them": ("müller",),
    "a phone number": ("079 000 47 11",),
    "a word that is nowhere, with a suggestion": ("lindkvist",),
}


def searches(bench: Bench) -> None:
    """``crm search`` among many contacts, against ``python -c pass``."""
    runners = {
        f"search {label}": partial(bench.crm, "search", *words, store=bench.people)
        for label, words in _SEARCHES.items()
    }
    # What is not there is looked for in everything that is; of thousands found, most of the
    # cost is saying them.
    unlimited = ("suggestion", "all of them")
    _against_nothing(
        bench, "search", runners,
        lambda what: None if any(words in what for words in unlimited) else 12,
    )  # fmt: skip


CASES: dict[str, Callable[[Bench], None]] = {
    "start-up": start_up,
    "contact-import": contact_import,
    "preset-import": preset_import,
    "contact-import-again": contact_import_again,
    "purchase-import": purchase_import,
    "lead-import": lead_import,
    "mail-import": mail_import,
    "growing-import": growing_import,
    "undo": undo,
    "reports": reports,
    "lists": lists,
    "filters": filters,
    "search": searches,
    "today": morning,
    "talk-reports": talk_reports,
    "leads": leads,
    "lead-reports": lead_reports,
}
