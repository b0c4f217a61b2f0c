"""Events on pods, nodes and the status ConfigMap, one for what is said again and again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.troubles import KUBERNETES, told
from sigopt_sandbox.clusters.autoscaler.values.pods import Pod
from sigopt_sandbox.clusters.real.kube_api import KubeApi
from sigopt_sandbox.clusters.resources import Resource

COMPONENT = "cluster-autoscaler"
AGAIN_SECONDS = 10.0
"""An event that was posted less than this ago is not counted up."""
_EVENT = Resource("", "v1", "Event", "events", True)
_REMEMBERED = 500


@dataclass
class _Posted:
    name: str
    count: int
    at: float


@dataclass(frozen=True)
class About:
    """The object that an event is about."""

    kind: str
    namespace: str
    name: str
    uid: str

    @classmethod
    def pod(cls, pod: Pod) -> About:
        """A pod."""
        return cls("Pod", *pod.key, pod.uid)

    @classmethod
    def node(cls, name: str) -> About:
        """A node; events of nodes carry the name in place of the UID, as kubelets' do."""
        return cls("Node", "", name, name)


@dataclass
class Events:
    """Posts as the service account; what is refused is logged, and nothing more."""

    api: KubeApi
    journal: Journal
    _posted: dict[tuple[About, str, str], _Posted] = field(default_factory=dict)

    async def post(self, about: About, reason: str, message: str, *, warning: bool = False) -> None:
        """Say something once, and count it up when it is said again."""
        key, now = (about, reason, message), time.monotonic()
        before = self._posted.get(key)
        if before and now - before.at < AGAIN_SECONDS:
            return
        namespace = about.namespace or "default"
        try:
            if before:
                await self._count_up(namespace, before)
            else:
                self._remember(key, await self._create(namespace, about, reason, message, warning))
        except KUBERNETES as error:
            self.journal.error(
                f"Server rejected event '{reason}' about {about.kind} {about.name}:"
                f" {told(error)} (will not retry!)"
            )

    def _remember(self, key: tuple[About, str, str], name: str) -> None:
        if len(self._posted) >= _REMEMBERED:
            self._posted.clear()
        self._posted[key] = _Posted(name, 1, time.monotonic())

    async def _count_up(self, namespace: str, before: _Posted) -> None:
        before.count += 1
        before.at = time.monotonic()
        patch = {"count": before.count, "lastTimestamp": _now()}
        await self.api.merge(_EVENT.path(before.name, namespace), patch)

    async def _create(
        self, namespace: str, about: About, reason: str, message: str, warning: bool
    ) -> str:
        name, now = f"{about.name}.{secrets.token_hex(8)}", _now()
        event: Mapping[str, Any] = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": about.kind,
                "name": about.name,
                "uid": about.uid,
                **({"namespace": about.namespace} if about.namespace else {}),
            },
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        await self.api.create(_EVENT.collection(namespace), event)
        return name


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
