"""What every import asks of its columns and its ``--match`` before it reads a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.importing import Job


def without_column(job: Job, missing: str) -> errors.BadFile:
    """Return the error of a file that has no column for what is ``missing``."""
    return errors.BadFile(
        f"{job.table.source.name}: no column for {missing}",
        hint="its columns are "
        + ", ".join(job.table.header)
        + '; say which is which with --map "Their column=field"',
    )


def keys_to_match(
    job: Job, allowed: Sequence[str], default: Sequence[str] | None = None
) -> Sequence[str]:
    """Return the keys by which rows find records, in their order: the one of ``--match``, or
    without it ``default`` (all that are allowed). Raises InvalidValue."""
    asked = job.request.match
    if asked is None:
        return allowed if default is None else default
    if asked not in allowed:
        raise errors.InvalidValue(
            f"--match cannot be {asked!r}", hint=f"write one of {', '.join(allowed)}"
        )
    return (asked,)
