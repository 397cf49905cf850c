"""Where an import's rejected rows go, and what becomes of the file of an earlier run.

A file as an import wrote it is written anew or removed; one that somebody edited since is kept,
for the corrections in it are nowhere else. The store knows what it wrote by the content's digest.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.exchange import rejects
from crm_cli.store import imports as store
from crm_cli.store.connection import translating

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from crm_cli.services.import_warnings import Warnings
    from crm_cli.services.importing import Job
    from crm_cli.session import Session
    from crm_cli.store.staging import Staging


def write_rejects(
    path: Path,
    job: Job,
    staging: Staging,
    connection: sqlite3.Connection,
) -> str | None:
    """Write the rejected rows of a table; see ``put``."""
    return put(path, lambda: _write(path, job, staging), connection, job.warnings)


def put(
    path: Path, write: Callable[[], None], connection: sqlite3.Connection, warnings: Warnings
) -> str | None:
    """Let ``write`` write the rejected rows to a path and return the file's digest, None where it
    is no plain file.

    An edited file in its place is given another name, which a warning tells. Raises BadFile
    rather than write over a file that is none of ours, and StoreFull.
    """
    try:
        aside = _set_aside(path, connection)
        try:
            write()
        except BaseException:
            if aside is not None:
                aside.rename(path.resolve())
            raise
        written = rejects.digest(path)
        if aside is not None and rejects.digest(aside) == written:
            aside.unlink()
        elif aside is not None:
            warnings.add(
                "rejects-kept", f"{path} was edited since it was written: it is kept as {aside}"
            )
    except OSError as error:
        raise errors.BadFile(
            f"the rejected rows cannot be written to {path}: {error.strerror};"
            " nothing was imported",
            hint="name another file with --rejects",
        ) from None
    return written


def _write(path: Path, job: Job, staging: Staging) -> None:
    from crm_cli.exchange.vcard_table import CardTable

    if isinstance(job.table, CardTable) and job.table.rejects_ending == ".vcf":
        with closing(staging.rejected()) as rejected:
            job.table.write_rejects(path, rejected)
    else:
        rejects.write(path, job.table, job.rows, staging.rejected)


def _set_aside(path: Path, connection: sqlite3.Connection) -> Path | None:
    """Move an edited file away and return where it is. Raises BadFile for somebody's file."""
    digest = rejects.digest(path)
    if digest is None or not path.stat().st_size or store.has_written(connection, digest):
        return None
    if not rejects.is_ours(path) and not store.has_written_to(connection, str(path)):
        raise errors.BadFile(
            f"{path} is there already and is no file of rejected rows; nothing was imported",
            hint="name another file with --rejects, or move that one away",
        )
    return rejects.set_aside(path)


def clear_rejects(path: Path, session: Session, remarks: list[str]) -> None:
    """Remove the file that an earlier run wrote, once nothing is rejected any more."""
    if not rejects.is_ours(path):
        return
    with translating(session.path):
        is_as_written = store.has_written(session.writer, rejects.digest(path))
    if is_as_written:
        path.unlink()
    else:
        remarks.append(f"{path} was edited since it was written, so it stays")
