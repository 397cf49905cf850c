"""A real SMTP server on loopback that keeps what it accepts and misbehaves by rule.

In a test: ``with SmtpServer(Rule("rcpt", "550 5.1.1 nobody")) as server`` and then
``server.port``, ``server.mails``. As a process of its own, for programs that are killed::

    python -m tests.smtp_server FOLDER '[{"stage": "kept", "act": "drop", "chance": 0.1}]'

prints its port and keeps each mail in FOLDER (``read_folder`` returns them) until stdin ends.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from email.message import EmailMessage

STAGES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot", "kept")
"""connect: before the greeting; data: instead of 354; body: in the middle of the message, once
``after`` bytes of it have come; dot: the whole message has come and is not kept; kept: it is
kept, and not answered yet."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What goes wrong, and when.

    ``act`` is a reply (``450 4.2.0 later``), ``stall`` (say nothing more), ``drop`` (hang up) or
    ``dribble`` (a byte of a reply now and then, for ever). ``mail`` is the number of the mail it
    holds for, from 1 (at connect: of the connection), ``recipient`` its address; ``times`` how
    often at most; ``chance`` how probable it is each time.
    """

    stage: str
    act: str
    mail: int | None = None
    recipient: str | None = None
    times: int | None = None
    after: int = 1
    chance: float = 1.0

    def __post_init__(self) -> None:
        assert self.stage in STAGES, self.stage


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that was kept, as bytes and with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    options: tuple[str, ...] = ()

    @property
    def message(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        read = message_from_bytes(self.content, policy=default)
        assert not read.defects, read.defects
        return read


@dataclass(slots=True)
class _State:
    rules: tuple[Rule, ...]
    folder: Path | None
    random: Random
    logins: dict[str, str]
    needs_login: bool
    kept: list[Mail] = field(default_factory=list)
    connections: int = 0
    mails: int = 0
    commands: list[str] = field(default_factory=list)
    used: dict[int, int] = field(default_factory=dict)
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)

    def rule(self, stage: str, number: int, recipient: str = "") -> Rule | None:
        for index, rule in enumerate(self.rules):
            if (
                rule.stage == stage
                and rule.mail in {None, number}
                and rule.recipient in {None, recipient}
                and (rule.times is None or self.used.get(index, 0) < rule.times)
                and (rule.chance >= 1 or self.random.random() < rule.chance)
            ):
                self.used[index] = self.used.get(index, 0) + 1
                return rule
        return None

    def keep(self, mail: Mail) -> None:
        self.kept.append(mail)
        if self.folder is not None:
            path = self.folder / f"{len(list(self.folder.glob('*.eml'))) + 1:06d}.eml"
            envelope = {"sender": mail.sender, "recipients": mail.recipients}
            path.with_suffix(".json").write_text(json.dumps(envelope), encoding="utf-8")
            path.write_bytes(mail.content)


class _Dialogue(SMTP):
    """One connection."""

    def __init__(self, state: _State, **options: Any) -> None:
        super().__init__(self, hostname="test.example", ident="ESMTP", **options)
        self._state = state
        self._in_body = 0
        self._body_rule: Rule | None = None
        for name in ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"):
            self._smtp_methods[name] = self._command(name, self._smtp_methods[name])

    def _command(self, name: str, method: Callable[[str], Any]) -> Callable[[str], Any]:
        async def ask(arg: str) -> None:
            state = self._state
            state.commands.append(f"{name} {arg or ''}".strip())
            recipient = ""
            if name == "MAIL":
                state.mails += 1
                if state.needs_login and not (self.session and self.session.authenticated):
                    await self.push("530 5.7.0 Authentication required")
                    return
            done_meanwhile = state.meanwhile.pop(name.lower(), None)
            if done_meanwhile is not None:
                done_meanwhile()
            if name == "RCPT":
                recipient = arg.partition("<")[2].partition(">")[0]
            if name == "DATA" and self.envelope and self.envelope.rcpt_tos:
                recipient = self.envelope.rcpt_tos[0]
            rule = state.rule(name.lower(), state.mails, recipient)
            if rule is not None and await self._misbehave(rule):
                return
            if name == "DATA":
                self._in_body = 0
                self._body_rule = state.rule("body", state.mails, recipient)
            await method(arg)
            self._body_rule = None

        return ask

    @property
    def _wire(self) -> asyncio.Transport | None:
        return cast("asyncio.Transport | None", self.transport)

    async def _misbehave(self, rule: Rule) -> bool:
        """Do what the rule says; return whether the command is over with that."""
        wire = self._wire
        if wire is None:
            return True
        if rule.act == "drop":
            wire.abort()
        elif rule.act == "stall":
            await asyncio.Event().wait()
        elif rule.act == "dribble":
            while True:
                wire.write(b"2")
                await asyncio.sleep(0.02)
        else:
            await self.push(rule.act)
            if rule.act.startswith("421"):
                wire.close()
        return True

    async def _handle_client(self) -> None:
        self._state.connections += 1
        rule = self._state.rule("connect", self._state.connections)
        if rule is not None:
            try:
                await self._misbehave(rule)
            except asyncio.CancelledError:
                return
            if self.transport is not None:
                self.transport.close()
            return
        await super()._handle_client()

    def data_received(self, data: bytes) -> None:
        rule, wire = self._body_rule, self._wire
        if rule is not None and wire is not None:
            self._in_body += len(data)
            if self._in_body >= rule.after:
                if rule.act == "drop":
                    wire.abort()
                    return
                if rule.act == "stall":
                    wire.pause_reading()
                    return
                self._body_rule = None
                wire.write(f"{rule.act}\r\n".encode())
        super().data_received(data)

    # -- aiosmtpd's hooks: this object is its own handler ---------------------------------------

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        state = self._state
        done_meanwhile = state.meanwhile.pop("body", None)
        if done_meanwhile is not None:
            done_meanwhile()
        recipients = tuple(envelope.rcpt_tos)
        rule = state.rule("dot", state.mails, recipients[0])
        if rule is not None:
            return await self._instead_of_answer(rule)
        assert isinstance(envelope.original_content, bytes)
        options = tuple(envelope.mail_options)
        state.keep(
            Mail(str(envelope.mail_from), recipients, bytes(envelope.original_content), options)
        )
        rule = state.rule("kept", state.mails, recipients[0])
        if rule is not None:
            return await self._instead_of_answer(rule)
        return f"250 2.0.0 kept as {len(state.kept)}"

    async def _instead_of_answer(self, rule: Rule) -> str:
        if rule.act in {"drop", "stall", "dribble"}:
            await self._misbehave(rule)
            await asyncio.Event().wait()  # until the lost connection ends this task
        return rule.act


class SmtpServer:
    """A server in a thread of its own, from ``with`` to its end.

    ``tls`` is the folder of ``certificate``; with it the server offers STARTTLS, or encrypts from
    the first byte on (``implicit``). ``logins`` are user -> password; with any, mail needs one.
    """

    def __init__(
        self,
        *rules: Rule,
        folder: Path | None = None,
        tls: Path | None = None,
        implicit: bool = False,
        logins: dict[str, str] | None = None,
        smtputf8: bool = True,
        seed: int = 1,
    ) -> None:
        self._state = _State(
            rules=rules, folder=folder, random=Random(seed), logins=logins or {},
            needs_login=bool(logins),
        )  # fmt: skip
        self._context = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
        self._implicit = implicit
        self._smtputf8 = smtputf8
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._dialogues: list[_Dialogue] = []
        self.port = 0

    # -- what it saw ----------------------------------------------------------------------------

    @property
    def mails(self) -> list[Mail]:
        """The mails it kept, in their order."""
        return list(self._state.kept)

    @property
    def commands(self) -> list[str]:
        """What clients said: ``MAIL FROM:<a@b.ch> size=12``."""
        return list(self._state.commands)

    @property
    def connections(self) -> int:
        """How many connections were opened."""
        return self._state.connections

    def now_follows(self, *rules: Rule) -> None:
        """Misbehave by other rules from here on, and count mails from 1 again."""
        self._state.rules, self._state.used, self._state.mails = rules, {}, 0

    def meanwhile(self, stage: str, act: Callable[[], object]) -> None:
        """Let something happen, once, while a client waits for the next answer of a stage."""
        self._state.meanwhile[stage] = act

    # -- its thread -----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        del server, session, envelope, mechanism
        assert isinstance(data, LoginPassword)
        known = self._state.logins.get(data.login.decode())
        return AuthResult(success=known == data.password.decode(), handled=False)

    def _dialogue(self) -> _Dialogue:
        dialogue = _Dialogue(
            self._state,
            loop=self._loop,
            enable_SMTPUTF8=self._smtputf8,
            tls_context=None if self._implicit else self._context,
            auth_require_tls=False,
            authenticator=self._authenticate if self._state.logins else None,
            auth_exclude_mechanism=() if self._state.logins else ("LOGIN", "PLAIN"),
        )
        self._dialogues.append(dialogue)
        return dialogue

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        # Connections that are dropped on purpose are no news.
        self._loop.set_exception_handler(lambda *_: None)
        server = self._loop.run_until_complete(
            self._loop.create_server(
                self._dialogue, "127.0.0.1", 0, ssl=self._context if self._implicit else None
            )
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for dialogue in self._dialogues:
            if dialogue.transport is not None:
                cast("asyncio.Transport", dialogue.transport).abort()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        for _ in range(3):  # the ends of the connections
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


def certificate(folder: Path) -> Path:
    """Make ``cert.pem`` and ``key.pem`` for localhost in the folder, and return the folder."""
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return folder


# -- a process of its own -----------------------------------------------------------------------


class SmtpProcess:
    """The same server as a process that outlives whoever is killed."""

    def __init__(self, folder: Path, *rules: Rule) -> None:
        self.folder = folder
        self._rules = json.dumps([asdict(rule) for rule in rules])
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.smtp_server", str(self.folder), self._rules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.communicate(timeout=10)

    @property
    def mails(self) -> list[Mail]:
        """The mails it kept so far."""
        return read_folder(self.folder)


def read_folder(folder: Path) -> list[Mail]:
    """Return the mails that a server kept in a folder, in their order."""
    mails = []
    for path in sorted(folder.glob("*.eml")):
        envelope = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        mails.append(Mail(envelope["sender"], tuple(envelope["recipients"]), path.read_bytes()))
    return mails


def main(arguments: Sequence[str]) -> None:
    """Serve until stdin ends."""
    folder, rules = Path(arguments[0]), json.loads(arguments[1] if arguments[1:] else "[]")
    with SmtpServer(*(Rule(**rule) for rule in rules), folder=folder) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
