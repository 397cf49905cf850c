"""Which modules each way into the program may load.

Start-up is most of what a command costs, and one import in the wrong place is all it takes.
A budget in milliseconds fails on a busy machine; these lists do not. When one of them has to
grow, measure first (``make bench CASES=start-up``), then change the list in the same commit.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import Crm

PROBE = """
import os, sys
from crm_cli.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
with open(os.environ["PROBE_FILE"], "w", encoding="utf-8") as file:
    file.write("\\n".join(sys.modules))
"""

NEVER = {
    "asyncio",
    "click",
    "csv",
    "dateutil",
    "decimal",
    "email_validator",
    "http",
    "importlib.metadata",
    "logging",
    "phonenumbers",
    "pydantic",
    "rapidfuzz",
    "rich",
    "sqlite_utils",
    "ssl",
    "tomlkit",
    "unittest",
}
"""Heavy, and of no use to any path below."""

VERSION = {"crm_cli", "crm_cli.__main__"}
ROOT = VERSION | {
    "crm_cli.app",
    "crm_cli.clock",
    "crm_cli.commands",
    "crm_cli.config",
    "crm_cli.context",
    "crm_cli.errors",
}
CONTACT = ROOT | {
    "crm_cli.commands.contact",
    "crm_cli.result",
}
READ = CONTACT | {
    "crm_cli.queries",
    "crm_cli.queries.contacts",
    "crm_cli.render",
    "crm_cli.session",
    "crm_cli.store",
    "crm_cli.store.connection",
    "crm_cli.store.contacts",
    "crm_cli.store.failures",
    "crm_cli.store.identity",
    "crm_cli.store.migrations",
}
PLAIN = READ | {
    "crm_cli.domain",
    "crm_cli.domain.values",
    "crm_cli.render.layout",
    "crm_cli.render.people",
    "crm_cli.render.shape",
    "crm_cli.render.text",
    "crm_cli.render.values",
}
SHOW_JSON = READ | {
    "crm_cli.queries.resolve",
    "crm_cli.render.json_text",
}
LIST = PLAIN | {"crm_cli.store.settings"}  # the zone of last contacts
ADD = PLAIN | {
    "crm_cli.commands.inputs",
    "crm_cli.domain.contact",
    "crm_cli.render.record_page",
    "crm_cli.services",
    "crm_cli.services.contacts",
    "crm_cli.services.outcome",
    "crm_cli.services.unit",
    "crm_cli.store.batch",
    "crm_cli.store.journal",
    "crm_cli.store.rules_in_force",
    "crm_cli.store.search_index",
    "crm_cli.store.search_texts",
    "crm_cli.store.settings",
    "crm_cli.store.summaries",
}
_OF_CONTACTS = {
    "crm_cli.commands.contact", "crm_cli.queries.contacts", "crm_cli.store.contacts",
}  # fmt: skip
SEARCH = (PLAIN - _OF_CONTACTS) | {
    "crm_cli.commands.search",
    "crm_cli.domain.search",
    "crm_cli.queries.search",
    "crm_cli.store.search",
    "crm_cli.store.search_texts",
}

TODAY = (PLAIN - _OF_CONTACTS) | {
    "crm_cli.commands.today",
    "crm_cli.domain.follow_up",
    "crm_cli.queries.heartbeat",
    "crm_cli.queries.today",
    "crm_cli.queries.today_page",
    "crm_cli.render.record_page",
    "crm_cli.store.heartbeat",
    "crm_cli.store.settings",
    "crm_cli.store.today",
}
TODAY_JSON = TODAY - {
    name for name in TODAY if name.startswith("crm_cli.render.") or name.endswith("_page")
} | {"crm_cli.render.json_text"}  # fmt: skip

REMIND_LIST = (PLAIN - _OF_CONTACTS) | {
    "crm_cli.commands.remind",
    "crm_cli.domain.follow_up",
    "crm_cli.queries.follow_ups",
    "crm_cli.store.follow_ups",
    "crm_cli.store.settings",
}
REMIND_ADD = (ADD - {"crm_cli.commands.contact", "crm_cli.domain.contact",
                     "crm_cli.queries.contacts", "crm_cli.services.contacts"}) | {
    "crm_cli.commands.remind",
    "crm_cli.domain.follow_up",
    "crm_cli.queries.follow_ups",
    "crm_cli.queries.resolve",
    "crm_cli.services.follow_ups",
    "crm_cli.store.follow_ups",
}  # fmt: skip
LOG_LIST = (PLAIN - _OF_CONTACTS) | {
    "crm_cli.commands.log",
    "crm_cli.domain.interaction",
    "crm_cli.queries.interactions",
    "crm_cli.store.interactions",
    "crm_cli.store.picklists",
    "crm_cli.store.settings",
}
LOG_CALL = (ADD - {"crm_cli.commands.contact", "crm_cli.domain.contact", "crm_cli.queries.contacts",
                   "crm_cli.services.contacts"}) | LOG_LIST | {
    "crm_cli.queries.picklists",
    "crm_cli.queries.resolve",
    "crm_cli.services.interactions",
    "crm_cli.store.activity",
}  # fmt: skip

LEAD_LIST = (PLAIN - _OF_CONTACTS) | {
    "crm_cli.commands.lead",
    "crm_cli.commands.lead_list",
    "crm_cli.domain.lead",
    "crm_cli.queries.lead_lists",
    "crm_cli.queries.leads",
    "crm_cli.store.leads",
    "crm_cli.store.settings",
}
LEAD_ADD = (REMIND_ADD - {
    "crm_cli.commands.remind", "crm_cli.domain.follow_up", "crm_cli.queries.follow_ups",
    "crm_cli.services.follow_ups", "crm_cli.store.follow_ups",
}) | {
    "crm_cli.commands.lead",
    "crm_cli.domain.lead",
    "crm_cli.domain.rounding",
    "crm_cli.domain.stage",
    "crm_cli.queries.leads",
    "crm_cli.queries.stages",
    "crm_cli.services.leads",
    "crm_cli.services.leads_party",
    "crm_cli.store.lead_worth",
    "crm_cli.store.leads",
    "crm_cli.store.stages",
}  # fmt: skip

LEAD_NEXT = (LEAD_LIST - {"crm_cli.commands.lead_list", "crm_cli.queries.lead_lists"}) | {
    "crm_cli.commands.lead_next",
    "crm_cli.domain.lead_next",
    "crm_cli.queries.lead_next",
    "crm_cli.render.record_page",
    "crm_cli.store.activity",
    "crm_cli.store.lead_next",
    "crm_cli.store.lead_worth",
}

COMPLETION = {"_CRM_COMPLETE": "complete_bash", "COMP_WORDS": "crm con", "COMP_CWORD": "1"}
VERB_COMPLETION = COMPLETION | {"COMP_WORDS": "crm contact sh", "COMP_CWORD": "2"}

PATHS: dict[str, tuple[tuple[str, ...], Mapping[str, str], set[str]]] = {
    "version": (("--version",), {}, VERSION),
    "help": (("--help",), {}, ROOT),
    "completion": ((), COMPLETION, ROOT),
    "completion of a verb": ((), VERB_COMPLETION, CONTACT),
    "contact show --json": (("contact", "show", "1", "--json"), {}, SHOW_JSON),
    "contact list, piped": (("contact", "list"), {}, LIST),
    "search, piped": (("search", "ada"), {}, SEARCH),
    "remind list, piped": (("remind", "list"), {}, REMIND_LIST),
    "lead add WHO TITLE VALUE": (
        ("lead", "add", "1", "New website", "1200", "--quiet"), {}, LEAD_ADD,
    ),
    "lead list, piped": (("lead", "list"), {}, LEAD_LIST),
    "lead next, piped": (("lead", "next", "--now", "2026-06-20T10:00:00Z"), {}, LEAD_NEXT),
    "remind add": (("remind", "add", "1", "tomorrow 9:30", "call", "--quiet"), {}, REMIND_ADD),
    "today, piped": (("today",), {}, TODAY),
    "today --json": (("today", "--json"), {}, TODAY_JSON),
    "log call WHO TEXT": (("log", "call", "1", "hello", "--quiet"), {}, LOG_CALL),
    "log list, piped": (("log", "list"), {}, LOG_LIST),
    "contact add NAME": (("contact", "add", "Grace Hopper", "--quiet"), {}, ADD),
    "contact add NAME --email --phone": (
        (
            "contact", "add", "Grace Hopper", "--quiet",
            "--email", "grace@example.com", "--phone", "+41446681801",
        ),
        {},
        ADD,
    ),
}  # fmt: skip
"""Way in -> arguments, environment, the modules of ours that it may load."""


def loaded(folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str]) -> set[str]:
    """Run the program in a process of its own and return the modules it loaded."""
    probe = folder / "modules.txt"
    subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        env={**os.environ, "PROBE_FILE": str(probe), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return set(probe.read_text(encoding="utf-8").splitlines())


RULES = {
    "crm_cli.domain.reminder_rule",
    "crm_cli.queries.rules_plan",
    "crm_cli.services.rules_refresh",
    "crm_cli.store.rules",
    "crm_cli.store.rules_touched",
}


def test_a_rule_that_is_not_about_a_contact_costs_its_change_little(
    crm: Crm, tmp_path: Path
) -> None:
    crm("contact", "add", "Ada Lovelace", "--tag", "vip", "--quiet")
    crm("remind", "rule", "add", "every 6 weeks", "--tag", "vip", "--quiet")
    modules = loaded(tmp_path, ("contact", "add", "Grace Hopper", "--quiet"), {})
    assert {name for name in modules if name.split(".")[0] == "crm_cli"} == ADD | RULES
    assert modules & (NEVER | {"string"}) == set()


@pytest.mark.parametrize("way", PATHS)
def test_a_way_in_loads_what_its_list_says(crm: Crm, tmp_path: Path, way: str) -> None:
    crm("contact", "add", "Ada Lovelace", "--email", "ada@example.com", "--quiet")
    if way == "remind list, piped":
        crm("remind", "add", "1", "friday", "call", "--quiet")
    if way.startswith("lead "):
        crm("lead", "add", "1", "Website", "1200", "--quiet")
    crm("log", "call", "1", "About the tea", "--quiet")
    arguments, environment, allowed = PATHS[way]
    modules = loaded(tmp_path, arguments, environment)
    ours = {name for name in modules if name.split(".")[0] == "crm_cli"}
    assert ours == allowed
    assert modules & NEVER == set()
