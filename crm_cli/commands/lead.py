"""``crm lead``: sales from the first interest to won or lost."""

from __future__ import annotations

from crm_cli.commands import Group

GROUP = Group("lead", "Sales from the first interest to won or lost.")
