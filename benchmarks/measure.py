"""Running one process and reading what it cost from the operating system."""

from __future__ import annotations

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import termios
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import resource
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

TERMINAL_ROWS, TERMINAL_COLUMNS = 50, 120


class BenchmarkError(Exception):
    """A measured command failed, so its time means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run: CPU and elapsed seconds, peak memory in MiB."""

    cpu: float
    elapsed: float
    peak: float


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
    terminal: bool = False,
    statuses: Sequence[int] = (0,),
) -> Cost:
    """Run a command to its end, its output thrown away, and return its cost.

    ``terminal`` gives it a pseudo terminal as stdin, stdout and stderr. Raises BenchmarkError
    when it exits with a status not in ``statuses``.
    """
    words = [str(word) for word in command]
    env = {**os.environ, **(environment or {})}
    started = time.perf_counter()
    if terminal:
        status, usage, said = _on_terminal(words, env)
    else:
        status, usage, said = _piped(words, env, stdin)
    elapsed = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    if code not in statuses:
        raise BenchmarkError(f"{' '.join(words)}: exit {code}\n{said[-2000:]}")
    return Cost(cpu=usage.ru_utime + usage.ru_stime, elapsed=elapsed, peak=usage.ru_maxrss / 1024)


def _piped(
    words: list[str], env: dict[str, str], stdin: str | None
) -> tuple[int, resource.struct_rusage, str]:
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=env,
    )
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin.encode())
        process.stdin.close()
    said = process.stderr.read().decode(errors="replace") if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stderr:
        process.stderr.close()
    return status, usage, said


def _on_terminal(words: list[str], env: dict[str, str]) -> tuple[int, resource.struct_rusage, str]:
    ours, theirs = pty.openpty()
    size = struct.pack("HHHH", TERMINAL_ROWS, TERMINAL_COLUMNS, 0, 0)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    env = {**env, "TERM": "xterm-256color", "PAGER": "cat"}
    process = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # Linux says EIO when the other side is closed
        pass
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    os.close(ours)
    return status, usage, seen.decode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Several runs of one command."""

    costs: tuple[Cost, ...]

    @property
    def cpu(self) -> float:
        """The best CPU time, in seconds."""
        return min(cost.cpu for cost in self.costs)

    @property
    def median(self) -> float:
        """The median CPU time, in seconds."""
        return statistics.median(cost.cpu for cost in self.costs)

    @property
    def elapsed(self) -> float:
        """The best elapsed time, in seconds."""
        return min(cost.elapsed for cost in self.costs)

    @property
    def peak(self) -> float:
        """The highest peak memory, in MiB."""
        return max(cost.peak for cost in self.costs)


def alternate(runners: Mapping[str, Callable[[], Cost]], times: int) -> dict[str, Series]:
    """Run every runner ``times`` times in turn, so that a busy minute hits all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in runners}
    for _ in range(times):
        for name, runner in runners.items():
            costs[name].append(runner())
    return {name: Series(costs=tuple(found)) for name, found in costs.items()}
