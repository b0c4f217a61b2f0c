"""What an operator process has used and done so far, by /proc and by its own /metrics."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import urllib3
from prometheus_client.parser import text_string_to_metric_families

from sigopt_sandbox.processes import Child

TICKS = os.sysconf("SC_CLK_TCK")
_PROBES = re.compile(r"probes on (http://[\d.]+:\d+)")
OF = "sigopt_operator_"

Sample = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Reading:
    """One look at the process."""

    at: float
    """Seconds of a clock that only goes forward."""
    cpu: float
    """Seconds of CPU since it began."""
    memory: float
    """MiB resident."""
    peak: float
    """The most that ever was, in MiB."""
    threads: int
    samples: dict[Sample, float]
    """Of /metrics."""

    def sum(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name (without our prefix) that have these labels."""
        wanted = set(labels.items())
        return sum(
            value
            for (called, has), value in self.samples.items()
            if called == OF + name and wanted <= has
        )

    def counts(self, name: str, *labels: str) -> dict[str, float]:
        """The samples of that name, by these labels."""
        found: dict[str, float] = {}
        for (called, has), value in self.samples.items():
            if called == OF + name:
                key = " ".join(dict(has)[label] for label in labels)
                found[key] = found.get(key, 0.0) + value
        return found


def read(operator: Child) -> Reading:
    """Look at the process now."""
    status = Path(f"/proc/{operator.pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    # After the name, which is in parentheses and may have anything in it.
    stat = Path(f"/proc/{operator.pid}/stat").read_text().rpartition(")")[2].split()
    return Reading(
        at=time.monotonic(),
        cpu=(int(stat[11]) + int(stat[12])) / TICKS,
        memory=_mib(fields["VmRSS"]),
        peak=_mib(fields["VmHWM"]),
        threads=int(fields["Threads"]),
        samples=_samples(operator),
    )


def _mib(told: str) -> float:
    return int(told.split()[0]) / 1024


def _samples(operator: Child) -> dict[Sample, float]:
    found = _PROBES.search(operator.log.read_text())
    if found is None:
        raise LookupError("the operator's log does not say where its probes are")
    text = urllib3.request("GET", f"{found[1]}/metrics", timeout=60.0).data.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
