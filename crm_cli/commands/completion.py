"""``crm completion``: the script that lets a shell complete commands and options."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_cli import errors
from crm_cli.commands import Verb
from crm_cli.result import Result, Text

SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def show(
    shell: Annotated[str, typer.Argument(help="bash, zsh, fish or powershell.")],
) -> Result:
    """Print the completion script: source <(crm completion bash)."""
    if shell not in SHELLS:
        raise errors.InvalidValue(
            f"there is no completion for {shell!r}",
            hint="shells are bash, zsh, fish and powershell",
        )
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="crm", complete_var="_CRM_COMPLETE", shell=shell)
    return Result(body=Text(script + "\n"))


COMPLETION = Verb(show)
