"""`python -m tests.reliability.crowd`: how often an AWS that fails is called by 200 clusters.

Real rounds of one operator at the machine's own speed, in one account; who counts is the weather,
which every call meets, whatever becomes of it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reliability.lab import Lab, laboratory
from tests.reliability.lives import Climate
from tests.reliability.scenarios import FIRST
from tests.reliability.tenant import LONG, Tenant

from sigopt_operator.api import resource
from sigopt_operator.aws.budget import RATE

CLUSTERS = 200
AWAY = "eks ec2 cloudformation iam autoscaling servicequotas elasticloadbalancing".split()
"""All but STS: who asks is known, so that each round gets to asking everything else."""
FAILURES: Mapping[str, Climate] = {
    "every call fails with 500 or 503, or is reset": {"away": AWAY},
    "every call is throttled": {"throttled": 1.0},
}
EVERY = 1.0
SECONDS = 90.0


@dataclass(frozen=True)
class Seen:
    """What AWS saw of one operator."""

    at: tuple[float, ...]
    """Seconds since the first resource was made."""
    calls: tuple[int, ...]
    """How many there were until then."""

    @property
    def most_in_ten(self) -> int:
        """Calls in the worst ten seconds."""
        ends = [(at, self.until(at - 10)) for at in self.at]
        return max(self.until(at) - before for at, before in ends)

    def until(self, at: float) -> int:
        """How many there were."""
        return max((n for t, n in zip(self.at, self.calls, strict=True) if t <= at), default=0)


def crowd(lab: Lab, climate: Climate, *, seconds: float, rate: float = RATE) -> Seen:
    """Watch 200 resources of one account for so long, from the moment they are made."""
    with lab.tenant() as tenant:
        tenant.weather = True
        tenant.sandbox.weather(climate, tenant.account)
        flags = ("--standalone", "--clock-speed", "1", f"--aws-calls-per-second={rate}")
        tenant.start(*flags, tapped=False)
        try:
            return _watch(tenant, seconds)
        finally:
            tenant.sandbox.weather(None, tenant.account)
            assert tenant.operator is not None
            tenant.operator.kill()
            _each(tenant, _remove)


def _watch(tenant: Tenant, seconds: float) -> Seen:
    began, found = time.monotonic(), list[tuple[float, int]]()
    _each(tenant, _make)
    while time.monotonic() - began < (seconds if found and found[-1][1] else LONG):
        met = tenant.sandbox.weather_so_far().get(tenant.account, {})
        found.append((time.monotonic() - began, met.get("requests", 0)))
        tenant.wait_for_news(EVERY)
    at, calls = zip(*found, strict=True)
    return Seen(at, calls)


def _each(tenant: Tenant, do: Any) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: do(tenant, f"crowd-{number}"), range(CLUSTERS)))


def _make(tenant: Tenant, name: str) -> None:
    metadata = {"name": name, "namespace": tenant.namespace}
    kind = {"apiVersion": resource.API_VERSION, "kind": resource.KIND}
    tenant.kube("POST", tenant.collection, {**kind, "metadata": metadata, "spec": FIRST})


def _remove(tenant: Tenant, name: str) -> None:
    tenant.let_go(name)


def main() -> None:
    """Write what there was to be seen, as a table."""
    rows = ["| AWS | calls in all | in the worst ten seconds | a second, in the last half minute |"]
    rows.append("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory, laboratory(Path(directory) / "lab") as lab:
        for name, climate in FAILURES.items():
            seen = crowd(lab, climate, seconds=SECONDS)
            last = (seen.calls[-1] - seen.until(seen.at[-1] - 30)) / 30
            rows.append(f"| {name} | {seen.calls[-1]:,} | {seen.most_in_ten:,} | {last:.1f} |")
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
