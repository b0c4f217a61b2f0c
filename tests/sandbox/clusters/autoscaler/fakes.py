"""A cluster, an AWS and a time by hand, for the autoscaler's loop."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.sandbox.clusters.autoscaler.things import GPU, GPU_TAINT, group, node

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import AwsError
from sigopt_sandbox.clusters.autoscaler.acts.events import Events
from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.removals import Removals
from sigopt_sandbox.clusters.autoscaler.acts.status_map import StatusMap
from sigopt_sandbox.clusters.autoscaler.acts.taints import Taints
from sigopt_sandbox.clusters.autoscaler.growing import Growing
from sigopt_sandbox.clusters.autoscaler.loop import Loop
from sigopt_sandbox.clusters.autoscaler.memory import Memory
from sigopt_sandbox.clusters.autoscaler.rules.backoffs import Backoffs
from sigopt_sandbox.clusters.autoscaler.shrinking import Shrinking
from sigopt_sandbox.clusters.autoscaler.tools import Tools
from sigopt_sandbox.clusters.autoscaler.values.groups import Group, Instance
from sigopt_sandbox.clusters.autoscaler.values.nodes import GPU_LABEL, Node
from sigopt_sandbox.clusters.autoscaler.values.pods import read_pod
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings
from sigopt_sandbox.clusters.real.kube_api import ApiError

MINUTE = 60.0
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
_VERSIONS = itertools.count(1)


class Hand:
    """Time that passes only when a test, or a wait, lets it."""

    speed = 60.0

    def __init__(self) -> None:
        self._now = 10_000.0

    def now(self) -> float:
        return self._now

    def pass_by(self, seconds: float) -> None:
        self._now += seconds

    def moment(self) -> datetime:
        """Now as a timestamp of the cluster."""
        return NOON + timedelta(seconds=self._now)

    def age(self, moment: datetime | None) -> float:
        return (self.moment() - moment).total_seconds() if moment else 0.0

    def real(self, seconds: float) -> float:
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.pass_by(seconds)


@dataclass
class FakeCluster:
    """An API server's objects by their paths, and what it refuses."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    """Parts of "VERB path": such requests are answered with 403."""
    guarded: set[str] = field(default_factory=set)
    """Pods that a disruption budget protects."""

    def put(self, path: str, item: dict[str, Any]) -> None:
        metadata = {
            "uid": f"uid-{path}",
            **item["metadata"],
            "resourceVersion": f"{next(_VERSIONS)}",
        }
        self.objects[path] = {**item, "metadata": metadata}

    def of(self, part: str) -> list[dict[str, Any]]:
        return [item for path, item in self.objects.items() if f"/{part}/" in path]

    # What the watched collections are

    @property
    def nodes(self) -> list[dict[str, Any]]:
        return self.of("nodes")

    @property
    def pods(self) -> list[dict[str, Any]]:
        return self.of("pods")

    @property
    def daemon_sets(self) -> list[dict[str, Any]]:
        return []

    @property
    def budgets(self) -> list[dict[str, Any]]:
        return []

    # What KubeApi does

    async def get(self, path: str) -> dict[str, Any] | None:
        self._check("GET", path)
        return self.objects.get(path)

    async def replace(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._check("PUT", path)
        self.put(path, dict(body))
        return self.objects[path]

    async def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._check("POST", path)
        self.put(f"{path}/{body['metadata']['name']}", dict(body))
        return self.objects[f"{path}/{body['metadata']['name']}"]

    async def create(self, path: str, body: Mapping[str, Any]) -> bool:
        await self.ask(path, body)
        return True

    async def merge(self, path: str, patch: Mapping[str, Any]) -> None:
        self._check("PATCH", path)
        self.objects[path].update(patch)

    async def evict(self, name: str, namespace: str) -> bool:
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        self._check("POST", f"{path}/eviction")
        if name in self.guarded:
            return False
        self.objects.pop(path, None)
        return True

    def _check(self, verb: str, path: str) -> None:
        if any(part in f"{verb} {path}" for part in self.forbidden):
            raise ApiError(403, f"{verb} {path} is forbidden")


@dataclass
class FakeCloud:
    """Groups that become what they are set to when a test lets them, and what AWS refuses."""

    found: dict[str, Group]
    templates: dict[str, Node]
    refused: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    """Groups whose launches fail."""
    set_to: list[tuple[str, int]] = field(default_factory=list)
    terminated: list[str] = field(default_factory=list)

    async def groups(self, _tags: object) -> dict[str, Group]:
        self._check("DescribeAutoScalingGroups")
        return dict(self.found)

    async def set_desired(self, name: str, size: int) -> None:
        self._check("SetDesiredCapacity")
        self.set_to.append((name, size))
        self.found[name] = replace(self.found[name], desired=size)

    async def terminate(self, instance: str) -> None:
        self._check("TerminateInstanceInAutoScalingGroup")
        self.terminated.append(instance)
        for name, one in self.found.items():
            left = tuple(i for i in one.instances if i.id != instance)
            if len(left) < len(one.instances):
                self.found[name] = replace(one, desired=one.desired - 1, instances=left)

    async def launch_failed(self, name: str, _since: object) -> bool:
        return name in self.failing

    async def template(self, of: Group) -> Node | None:
        return self.templates.get(of.name)

    def launch(self, name: str, instance: str) -> None:
        there = self.found[name]
        launched = (*there.instances, Instance(instance, "us-west-2a", "InService"))
        self.found[name] = replace(there, instances=launched)

    def _check(self, action: str) -> None:
        if action in self.refused:
            raise AwsError("autoscaling", action, "api error AccessDenied: not authorized")


@dataclass
class Scene:
    """An autoscaler among the fakes."""

    loop: Loop
    cluster: FakeCluster
    cloud: FakeCloud
    time: Hand
    log: Path

    async def look(self, seconds: float = MINUTE) -> None:
        """Let time pass, and the autoscaler look; what it began has ended afterwards."""
        self.time.pass_by(seconds)
        await self.loop.once()
        while self.loop.shrinking.removals.going:
            await asyncio.sleep(0)

    def events(self, reason: str) -> list[str]:
        return [one["message"] for one in self.cluster.of("events") if one["reason"] == reason]

    def join(self, name: str, instance: str, gpus: int = 0, accelerator: bool = True) -> None:
        """An instance of a group becomes a Node, made now."""
        labels = {GPU_LABEL: "nvidia-tesla-t4"} if accelerator and name == "gpu" else {}
        now = self.time.moment().isoformat()
        amounts = {"cpu": "4", "memory": "16Gi", "pods": "29"} | ({GPU: str(gpus)} if gpus else {})
        taints = [vars(GPU_TAINT)] if name == "gpu" else []
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": now}
        self.cluster.put(
            f"/api/v1/nodes/{instance}",
            {
                "metadata": {"name": instance, "labels": labels, "creationTimestamp": now},
                "spec": {"providerID": f"aws:///us-west-2a/{instance}", "taints": taints},
                "status": {"allocatable": amounts, "capacity": amounts, "conditions": [ready]},
            },
        )

    def add_pod(self, name: str, on: str = "", **requests: str) -> None:
        """A pod of a Job that waits, or runs on a node."""
        waiting = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
        owner = {"kind": "Job", "name": "job", "controller": True}
        resources = {
            "requests": {key.replace("gpu", GPU): value for key, value in requests.items()}
        }
        self.cluster.put(
            f"/api/v1/namespaces/default/pods/{name}",
            {
                "metadata": {
                    "name": name,
                    "namespace": "default",
                    "creationTimestamp": self.time.moment().isoformat(),
                    "ownerReferences": [owner],
                },
                "spec": {
                    "containers": [{"name": "c", "resources": resources}],
                    "tolerations": [{"key": GPU, "operator": "Exists"}],
                    "nodeName": on,
                },
                "status": {"conditions": [] if on else [waiting]},
            },
        )

    def remove(self, path: str) -> None:
        del self.cluster.objects[f"/api/v1/{path}"]


async def scene(tmp_path: Path, **settings: Any) -> Scene:
    """A cluster with a cpu and a gpu group at zero, of at most three nodes each."""
    time, cluster = Hand(), FakeCluster()
    machine = {"cpu": "4", "memory": "16Gi", "pods": "110"}
    templates = {
        "cpu": node("cpu-template", allocatable=machine),
        "gpu": node("gpu-template", allocatable=machine | {GPU: "1"}, taints=(GPU_TAINT,)),
    }
    cloud = FakeCloud({name: group(name) for name in templates}, templates)
    log = tmp_path / "cluster-autoscaler.log"
    journal = Journal(log)
    events = Events(cluster, journal)  # type: ignore[arg-type]  # a fake
    tools = Tools(
        settings=Settings(**settings),
        watched=cluster,
        api=cluster,  # type: ignore[arg-type]  # a fake
        cloud=cloud,  # type: ignore[arg-type]  # a fake
        events=events,
        status=StatusMap(cluster, events, journal, "kube-system", "status", wanted=True),  # type: ignore[arg-type]  # a fake
        taints=Taints(cluster, journal),  # type: ignore[arg-type]  # a fake
        journal=journal,
        times=time,  # type: ignore[arg-type]  # a fake
        chance=Random(1),
    )
    memory = Memory(Backoffs(tools.settings))
    removals = Removals(
        api=tools.api,
        cloud=tools.cloud,
        taints=tools.taints,
        events=events,
        status=tools.status,
        settings=tools.settings,
        times=tools.times,
        pods=lambda: [read_pod(item) for item in cluster.pods],
    )
    shrinking = Shrinking(tools, memory, removals)
    removals.when_ended(shrinking.ended)
    loop = Loop(tools, memory, Growing(tools, memory), shrinking)
    await tools.status.initialize()
    return Scene(loop, cluster, cloud, time, log)
