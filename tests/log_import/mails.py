"""Mails and mailboxes made for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

US = "us@firm.example.org"
ENVELOPE = "From somebody@example.org Mon Jun  1 09:12:00 2026"


def mail(body: str = "Hello", **fields: str | None) -> bytes:
    """Return a mail: Ada writes to us, unless ``fields`` (``From_``, ``Message_ID``) say
    otherwise; None leaves a field out."""
    told: dict[str, str | None] = {
        "Message-ID": "<1@example.org>",
        "Date": "Mon, 1 Jun 2026 11:12:00 +0200",
        "From": "Ada Lovelace <ada@example.org>",
        "To": US,
        "Subject": "Boxes",
    }
    told |= {name.rstrip("_").replace("_", "-"): text for name, text in fields.items()}
    head = "".join(f"{name}: {text}\n" for name, text in told.items() if text is not None)
    return f"{head}\n{body}\n".encode("utf-8", "surrogateescape")


def mbox(*mails: bytes, envelope: str = ENVELOPE) -> bytes:
    """Return an mbox; lines that begin with From are quoted, as mboxrd has it."""
    parts = []
    for one in mails:
        lines = one.split(b"\n")
        quoted = [b">" + x if x.lstrip(b">").startswith(b"From ") else x for x in lines]
        parts.append(envelope.encode() + b"\n" + b"\n".join(quoted) + b"\n")
    return b"".join(parts)


class Box:
    """Writes mailboxes and imports them into a store that knows Ada, Bob and who we are."""

    def __init__(self, crm: Crm, folder: Path) -> None:
        self.crm = crm
        self.folder = folder
        crm("config", "set", "sender", f"The Firm <{US}>")
        self.ada = crm.id("contact", "add", "Ada Lovelace", "--email", "ada@example.org")
        self.bob = crm.id("contact", "add", "Bob Byron", "--email", "bob@example.org")

    def write(self, content: bytes, name: str = "in.mbox") -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def maildir(self, **mails: bytes) -> Path:
        """Write a Maildir; a name that begins with ``new_`` goes there."""
        top = self.folder / "Maildir"
        for name in ("cur", "new", "tmp"):
            (top / name).mkdir(parents=True, exist_ok=True)
        for name, content in mails.items():
            part, bare = ("new", name[4:]) if name.startswith("new_") else ("cur", f"{name}:2,S")
            (top / part / bare).write_bytes(content)
        return top

    def load(self, path: Path | bytes, *options: object, code: int = 0) -> dict[str, Any]:
        """Import and return the result; the law of counts holds."""
        if isinstance(path, bytes):
            path = self.write(path)
        result: dict[str, Any] = self.crm.json("log", "import", path, *options, code=code)
        counts = (result[key] for key in ("created", "updated", "unchanged", "rejected"))
        assert result["read"] == sum(counts)
        return result

    def talks(self) -> list[dict[str, Any]]:
        """Return all interactions, each in full."""
        ids = self.crm("log", "list", "-f", "ids").out.split()
        return [self.crm.json("log", "show", number) for number in ids]
