"""smtplib's dialogue with a deadline, and with an ear for a server that speaks out of turn."""

from __future__ import annotations

import re
import smtplib
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

_LONGEST_REPLY = 65_536
_MOST_LINES = 1000
_PLAIN_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


class TooSlow(OSError):
    """The time that one answer, or the whole mail, may take is over."""


class Dialogue(smtplib.SMTP):
    """An SMTP connection. Each answer may take ``timeout`` seconds, all together what ``allow``
    said: a server that sends a byte now and then does not hold a run for ever."""

    def __init__(self, host: str, timeout: float) -> None:
        # A name of its own keeps smtplib from asking the DNS for one, which can take minutes.
        super().__init__(local_hostname=_own_name(), timeout=timeout)
        self._host = host.rstrip(".")  # which the certificate has to bear
        self.tls: ssl.SSLContext | None = None
        """Encrypt from the first byte on."""
        self._received = b""
        self._patience = timeout
        self._deadline = time.monotonic() + timeout

    def allow(self, timeout: float, times: int = 1) -> None:
        """Give the next steps ``times`` × ``timeout`` seconds in all, each at most one."""
        self._patience = timeout
        self._deadline = time.monotonic() + timeout * times

    def _left(self, until: float | None = None) -> float:
        """Return the seconds a step may still take. Raises TooSlow."""
        left = min(self._deadline, until if until is not None else self._deadline)
        left -= time.monotonic()
        if left <= 0:
            raise TooSlow("no answer in time")
        return min(left, self._patience)

    # -- what smtplib calls -------------------------------------------------------------------

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del timeout
        failure: OSError = OSError("it has no address")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise OSError("that can be no server's name") from None
        for family, kind, protocol, _, address in found:
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(self._left())
                opened.connect(address)
                # The last dot leaves by itself: it shall not wait until the rest is acknowledged.
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.tls is not None:
                    opened.settimeout(self._left())
                    opened = self.tls.wrap_socket(opened, server_hostname=self._host)
            except OSError as error:
                opened.close()
                failure = error
                continue
            except BaseException:
                opened.close()
                raise
            return opened
        raise failure

    def send(self, s: bytes | str) -> None:  # type: ignore[override]
        """Send all of it. Raises SMTPServerDisconnected and TooSlow."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        try:
            self.sock.settimeout(self._left())
            self.sock.sendall(data)
        except TimeoutError:
            self.close()
            raise TooSlow("no answer in time") from None
        except TooSlow:
            self.close()
            raise
        except OSError:
            self.close()
            raise smtplib.SMTPServerDisconnected("connection lost") from None

    def getreply(self) -> tuple[int, bytes]:
        """Return (code, text) of the next reply, (-1, text) where it has no code.

        Raises SMTPServerDisconnected and TooSlow.
        """
        until = time.monotonic() + self._patience
        said: list[bytes] = []
        while True:
            line = self._line(until)
            said.append(line[4:].strip())
            code = int(line[:3]) if line[:3].isdigit() else -1
            if code == -1:
                return -1, b" ".join([*said[:-1], line])
            if line[3:4] != b"-":
                return code, b"\n".join(said)
            if len(said) > _MOST_LINES:
                self.close()
                raise smtplib.SMTPServerDisconnected("an answer without end")

    def _line(self, until: float) -> bytes:
        while b"\n" not in self._received:
            if len(self._received) > _LONGEST_REPLY:
                self.close()
                raise smtplib.SMTPServerDisconnected("Line too long")
            self._received += self._receive(self._left(until))
        line, _, self._received = self._received.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self, seconds: float) -> bytes:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self.sock.settimeout(seconds)
        try:
            received = self.sock.recv(8192)
        except TimeoutError:
            self.close()
            raise TooSlow("no answer in time") from None
        except OSError:
            self.close()
            raise smtplib.SMTPServerDisconnected("connection lost") from None
        if not received:
            self.close()
            raise smtplib.SMTPServerDisconnected("connection lost")
        return bytes(received)

    def starttls(self, *, context: ssl.SSLContext | None = None) -> tuple[int, bytes]:  # type: ignore[override]
        """Encrypt from here on; what was said in the clear counts for nothing.

        Raises SMTPServerDisconnected where the server sent more than its answer: it would be
        taken for a reply given under encryption.
        """
        code, said = self.docmd("STARTTLS")
        if code != 220 or context is None or self.sock is None:
            return code, said
        if self._received:
            self.close()
            raise smtplib.SMTPServerDisconnected("more than an answer to STARTTLS")
        self.sock.settimeout(self._left())
        self.sock = context.wrap_socket(self.sock, server_hostname=self._host)
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False
        return code, said

    # -- out of turn --------------------------------------------------------------------------

    def spoken_early(self) -> tuple[int, bytes] | None:
        """Return the reply that came before its time, (-1, reason) where the server hung up,
        None while it listens, as it should."""
        if not self._received:
            if self.sock is None:
                return -1, b"the connection was lost"
            self.sock.setblocking(False)  # noqa: FBT003
            try:
                received = self.sock.recv(8192)
            except (BlockingIOError, InterruptedError):
                return None
            except OSError as error:
                # TLS has errors of its own for "nothing there".
                if type(error).__name__ in {"SSLWantReadError", "SSLWantWriteError"}:
                    return None
                return -1, b"the connection was lost"
            if not received:
                return -1, b"the connection was lost"
            self._received = bytes(received)
        try:
            return self.getreply()
        except (OSError, smtplib.SMTPException):
            return -1, b"the connection was lost"


def _own_name() -> str:
    """Return the name for EHLO: this machine's where it is a full one, else an address literal."""
    name = socket.gethostname()
    return name if _PLAIN_HOST.fullmatch(name) else "[127.0.0.1]"
