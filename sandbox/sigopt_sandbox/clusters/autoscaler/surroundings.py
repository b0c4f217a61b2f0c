"""What an autoscaler is given from outside its cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.simulated_aws import SimulatedAws
from sigopt_sandbox.clusters.wanted import ClusterKey


@dataclass(frozen=True)
class Surroundings:
    """The cluster's API server, the simulated AWS, and the sandbox's time."""

    key: ClusterKey
    administrator: KubeApi
    """Only for what a kubelet would do: asking for the Pod's token."""
    pods: Callable[[], Iterable[Mapping[str, Any]]]
    """All pods of the cluster now."""
    session: aiohttp.ClientSession
    aws: SimulatedAws
    aws_url: str
    """Where the simulated AWS answers signed requests."""
    speed: float
    log: Path
    """The autoscaler's log file."""
