"""Whose file is it: looked at as bytes, before SQLite may touch a file that is not ours."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from crm_cli import errors
from crm_cli.store.migrations import SCHEMA_VERSION

APPLICATION_ID = 0x43524D31
"""``CRM1``: marks a file as ours, so that no other SQLite file is ever adopted."""

MAGIC = b"SQLite format 3\x00"
HEADER = 100
"""Bytes of a database's header; user_version at 60, application_id at 68, big-endian."""

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "ncpfs", "davfs", "9p", "ceph",
     "glusterfs", "lustre", "fuse.sshfs", "fuse.glusterfs", "fuse.davfs2", "fuse.rclone"}
)  # fmt: skip
"""File systems on which a write-ahead log's shared memory does not work."""


def exists(path: Path) -> bool:
    """Say whether there is a file. Raises StoreForeign for a folder, a device and the like,
    StoreReadOnly for a path that may not be looked at or a link to nowhere."""
    import stat

    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise errors.StoreReadOnly(
                f"{path} is a link to {path.readlink()}, which is not there",
                hint="is a disk not mounted? Else remove the link",
            ) from None
        return False
    except NotADirectoryError:
        raise errors.StoreReadOnly(
            f"{path}: a part of this path is a file, not a folder",
            hint="name another file with --db",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise errors.StoreReadOnly(
            f"{path} may not be looked at: {reason}", hint="check the permissions of its folder"
        ) from error
    if stat.S_ISDIR(mode):
        raise errors.StoreForeign(f"{path} is a folder", hint="name a file with --db")
    if not stat.S_ISREG(mode):
        raise errors.StoreForeign(f"{path} is no regular file", hint="name another with --db")
    return True


def check(path: Path) -> bool:
    """Return whether an existing file holds a store of ours; False: it is empty.

    Raises StoreForeign, StoreNewer, or StoreReadOnly where it cannot be read. The file is
    read as bytes, so that no lock, log or change can come of it.
    """
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
    except OSError as error:
        raise errors.StoreReadOnly(
            f"{path} cannot be read: {error.strerror}", hint="check the permissions of the file"
        ) from error
    if not header:
        return False
    if len(header) < HEADER or not header.startswith(MAGIC):
        raise errors.StoreForeign(
            f"{path} is not a database of this program; it was left as it was",
            hint="name another file with --db",
        )
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise errors.StoreForeign(
            f"{path} is a database of another program; it was left as it was",
            hint="name another file with --db",
        )
    refuse_newer(path, int.from_bytes(header[60:64], "big"))
    return True


def refuse_newer(path: Path, version: int) -> None:
    """Raise StoreNewer for a schema this program does not know."""
    if version > SCHEMA_VERSION:
        raise errors.StoreNewer(
            f"{path} has schema {version}, this program knows up to {SCHEMA_VERSION};"
            " it was left as it was",
            hint="upgrade the program (pipx upgrade crm-cli)",
        )


def refuse_network(path: Path) -> None:
    """Raise StoreReadOnly for a folder that lies on another machine (known on Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        folder = str(path.resolve().parent)
    except OSError:
        return
    kind = file_system_of(folder, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise errors.StoreReadOnly(
            f"{path} lies on a network file system ({kind}), where SQLite's write-ahead log"
            " does not work",
            hint="keep the store on a local disk (--db) and copy backups to the network",
        )


def file_system_of(folder: str, mounts: str) -> str:
    """Return the type of the file system a folder is on, by the text of ``/proc/mounts``."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1]
        for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
            point = point.replace(code, char)
        inside = folder == point or folder.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # a later mount covers an earlier one
            best, kind = point, fields[2]
    return kind


def folder_is_closed(path: Path) -> bool:
    """Say whether nothing can be made beside the file."""
    return not os.access(path.parent, os.W_OK)
