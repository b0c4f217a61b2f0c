"""What an operator's process is at a moment, from /proc and from its own metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

_LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
KB = 1024


@dataclass(frozen=True)
class Sample:
    """One look, between two waves, when nothing is going on."""

    wave: int
    lives: int
    """That were lived in the wave."""
    resident: float
    """Bytes of memory (VmRSS)."""
    threads: int
    files: int
    """Open file descriptors; connections are most of them."""
    queued: int
    """Keys that wait for a worker."""
    later: int
    """Keys whose next round has its time."""
    running: int
    """Rounds that run."""
    resources: int
    """In the operator's own census."""
    log_lines: float
    """Written in the wave, for each life."""
    log_bytes: float
    rounds: int
    """Since the process began."""
    aws_calls: int


@dataclass
class Sampler:
    """Looks at one process."""

    pid: int
    log: Path
    metrics_url: str
    _lines: int = 0
    _bytes: int = 0
    _pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))

    def metrics(self) -> Mapping[str, float]:
        """The operator's own figures, each the sum over its labels."""
        return summed(self._pool.request("GET", self.metrics_url, timeout=30.0).data.decode())

    def look(self, wave: int, lives: int, told: Mapping[str, float]) -> Sample:
        """How it is now, after so many lives; `told` are its figures."""
        status = _status(self.pid)
        text = self.log.read_bytes()
        lines, written = text.count(b"\n"), len(text)
        had, self._lines, self._bytes = (self._lines, self._bytes), lines, written
        return Sample(
            wave=wave,
            lives=lives,
            resident=float(status["VmRSS"].split()[0]) * KB,
            threads=int(status["Threads"]),
            files=len(list(Path(f"/proc/{self.pid}/fd").iterdir())),
            queued=int(told["sigopt_operator_queue_length"]),
            later=int(told["sigopt_operator_queue_later"]),
            running=int(told["sigopt_operator_rounds_running"]),
            resources=int(told["sigopt_operator_resources"]),
            log_lines=(lines - had[0]) / lives,
            log_bytes=(written - had[1]) / lives,
            rounds=int(told["sigopt_operator_rounds_total"]),
            aws_calls=int(told.get("sigopt_operator_aws_calls_total", 0)),
        )


def summed(text: str) -> Mapping[str, float]:
    """The figures in Prometheus' text format, each the sum over its labels."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            found[match[1]] = found.get(match[1], 0.0) + float(match[3])
    return found


def _status(pid: int) -> Mapping[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
