"""What a running autoscaler works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from sigopt_sandbox.clusters.autoscaler.acts.cloud import Cloud
from sigopt_sandbox.clusters.autoscaler.acts.events import Events
from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.status_map import StatusMap
from sigopt_sandbox.clusters.autoscaler.acts.taints import Taints
from sigopt_sandbox.clusters.autoscaler.acts.times import Times
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings
from sigopt_sandbox.clusters.real.kube_api import KubeApi

Items = Iterable[Mapping[str, Any]]


class Watched(Protocol):
    """The collections of the cluster that are followed, as the API server gives their objects."""

    @property
    def nodes(self) -> Items:
        """Every Node."""

    @property
    def pods(self) -> Items:
        """Every Pod."""

    @property
    def daemon_sets(self) -> Items:
        """Every DaemonSet."""

    @property
    def budgets(self) -> Items:
        """Every PodDisruptionBudget."""


@dataclass(frozen=True)
class Tools:
    """The Pod's settings and its ways into the cluster and into AWS."""

    settings: Settings
    watched: Watched
    api: KubeApi
    """As the Pod's service account."""
    cloud: Cloud
    """As the Pod's role."""
    events: Events
    status: StatusMap
    taints: Taints
    journal: Journal
    times: Times
    chance: Random
