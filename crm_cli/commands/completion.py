"""``crm completion``: the script that lets a shell complete commands and options."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_cli import errors
from crm_cli.commands import Verb
from crm_cli.result import Result, Text

PLACES = {
    "bash": "~/.local/share/bash-completion/completions/crm",
    "zsh": "_crm in a folder of your $fpath",
    "fish": "~/.config/fish/completions/crm.fish",
    "powershell": "your $PROFILE",
    "pwsh": "your $PROFILE",
}
"""Shell -> the file it reads completions from."""


def show(
    shell: Annotated[str, typer.Argument(help="bash, zsh, fish or powershell.")],
) -> Result:
    """Print the completion script: source <(crm completion bash)."""
    if shell not in PLACES:
        raise errors.InvalidValue(
            f"there is no completion for {shell!r}",
            hint="shells are bash, zsh, fish and powershell",
        )
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="crm", complete_var="_CRM_COMPLETE", shell=shell)
    # At the end: zsh wants its own mark in the first line.
    return Result(body=Text(f"{script}\n# This script goes into {PLACES[shell]}\n"))


COMPLETION = Verb(show)
