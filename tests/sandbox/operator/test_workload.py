"""What the operator puts into a cluster, and that a scientist can use it: with real tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.people import GPU, SPEC, Person
from tests.sandbox.operator.workloads import ADMIN, inside
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

NAME = "trains"
KUBE_SYSTEM = ("-n", "kube-system")
TRAINING = ("-n", "orchestrate")
QUOTA = {"count/jobs.batch": "5"}
WANTED = {
    **SPEC,
    "cpu": {**SPEC["cpu"], "minNodes": 1},
    "gpu": {**GPU, "taints": [{"key": "team", "value": "vision", "effect": "NoSchedule"}]},
    "autoscaler": {"scaleDownDelay": "1m"},
    "training": {"quota": QUOTA},
    "access": {"principals": [ADMIN]},
}
GPU_TOLERATIONS = [
    {"key": "nvidia.com/gpu", "operator": "Exists"},
    {"key": "team", "value": "vision"},
]


@dataclass(frozen=True)
class Scientist:
    """Somebody who may assume the access role, in the cluster."""

    person: Person
    kubectl: Kubectl

    def get(self, kind: str, *where: str) -> list[dict[str, Any]]:
        told = self.kubectl.must("get", kind, *where, "-o", "json")
        items: list[dict[str, Any]] = json.loads(told)["items"]
        return items

    def names(self, kind: str, *where: str) -> set[str]:
        return {item["metadata"]["name"] for item in self.get(kind, *where)}

    def submits(self, name: str, **pod: Any) -> None:
        """A training run, as a person writes it."""
        self.kubectl.must("apply", "-f", "-", stdin=job(name, **pod))

    def waits_for(self, name: str) -> None:
        """Until the run is done."""
        self.kubectl.must(
            *("wait", f"job/{name}", *TRAINING, "--for=condition=Complete", "--timeout=150s")
        )

    def pool_of(self, name: str) -> str:
        """The pool of the node on which the run's pod ran."""
        (pod,) = self.get("pods", *TRAINING, "-l", f"job-name={name}")
        nodes = {node["metadata"]["name"]: node for node in self.get("nodes")}
        node = nodes[pod["spec"]["nodeName"]]
        return str(node["metadata"]["labels"]["orchestrate.sigopt.com/node-group-type"])


def job(name: str, gpus: int = 0, **pod: Any) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "train", "image": "registry.example.com/train:1"}
    if gpus:
        container["resources"] = {"limits": {"nvidia.com/gpu": gpus}}
    spec = {"restartPolicy": "Never", "containers": [container], **pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "orchestrate"},
        "spec": {"template": {"spec": spec}},
    }


def on(pool: str) -> dict[str, Any]:
    return {"nodeSelector": {"orchestrate.sigopt.com/node-group-type": pool}}


@pytest.fixture
def scientist(operator: Installed, person: Person, tmp_path: Path) -> Iterator[Scientist]:
    person.apply(NAME, WANTED)
    person.waits_until_ready(NAME)
    yield Scientist(person, inside(person, NAME, tmp_path))
    person.delete(NAME)
    person.waits_until_gone(NAME)
    assert person.left_in_aws(NAME) == []


def test_a_cluster_is_ready_to_train_on(scientist: Scientist) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    _the_autoscaler_runs_on_the_system_pool(scientist)
    _a_run_goes_to_the_cpu_pool(scientist)
    _the_quota_and_pod_security_hold(scientist)
    _what_somebody_deletes_returns_and_what_they_add_stays(scientist)
    _a_gpu_run_makes_its_pool_grow_from_zero_and_runs_there_alone(scientist)
    _what_is_switched_off_goes(scientist)


def _the_autoscaler_runs_on_the_system_pool(scientist: Scientist) -> None:
    (pod,) = scientist.get("pods", *KUBE_SYSTEM, "-l", "app=cluster-autoscaler")
    assert pod["status"]["phase"] == "Running"
    assert pod["spec"]["containers"][0]["image"].endswith("cluster-autoscaler:v1.34.5")
    assert pod["metadata"]["annotations"]["orchestrate.sigopt.com/pod-identity"].startswith("a-")
    (plugin,) = scientist.get("daemonsets", *KUBE_SYSTEM, "-l", "app=nvidia-device-plugin")
    assert plugin["status"]["desiredNumberScheduled"] == 0


def _a_run_goes_to_the_cpu_pool(scientist: Scientist) -> None:
    scientist.submits("on-cpu", **on("cpu"), serviceAccountName="controller")
    scientist.waits_for("on-cpu")
    assert scientist.pool_of("on-cpu") == "cpu"


def _the_quota_and_pod_security_hold(scientist: Scientist) -> None:
    (quota,) = scientist.get("resourcequotas", *TRAINING)
    assert quota["spec"]["hard"] == QUOTA
    reaching = {"hostNetwork": True, "containers": [{"name": "c", "image": "x"}]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "reaching", "namespace": "orchestrate"},
        "spec": reaching,
    }
    refused = scientist.kubectl("apply", "-f", "-", stdin=pod)
    assert 'violates PodSecurity "baseline' in refused.err


def _what_somebody_deletes_returns_and_what_they_add_stays(scientist: Scientist) -> None:
    scientist.kubectl.must("create", "configmap", "theirs", *TRAINING)
    scientist.kubectl.must("delete", "deployment", "cluster-autoscaler", *KUBE_SYSTEM)
    scientist.kubectl.must("delete", "rolebinding", "orchestrate:controller", *TRAINING)
    eventually(
        lambda: (
            "orchestrate:controller" in scientist.names("rolebindings", *TRAINING)
            and "cluster-autoscaler" in scientist.names("deployments", *KUBE_SYSTEM)
        ),
        lambda: f"what was deleted returns: {scientist.person.status(NAME)}",
        within=90,
    )
    assert "theirs" in scientist.names("configmaps", *TRAINING)
    repaired = "repaired Deployment kube-system/cluster-autoscaler"
    eventually(
        lambda: repaired in scientist.person.events(NAME),
        lambda: f"{repaired!r} in {scientist.person.events(NAME)}",
        within=90,
    )
    scientist.person.waits_until_ready(NAME)


def _a_gpu_run_makes_its_pool_grow_from_zero_and_runs_there_alone(scientist: Scientist) -> None:
    scientist.submits("on-gpu", gpus=1, tolerations=GPU_TOLERATIONS)
    scientist.waits_for("on-gpu")
    assert scientist.pool_of("on-gpu") == "gpu"
    eventually(
        lambda: (
            not [
                node
                for node in scientist.get("nodes")
                if node["metadata"]["labels"]["orchestrate.sigopt.com/node-group-type"] == "gpu"
            ]
        ),
        lambda: f"the pool is empty again: {scientist.names('nodes')}",
        within=150,
    )
    pools = {pool["name"]: pool for pool in scientist.person.status(NAME)["pools"]}
    assert pools["system"]["desiredNodes"] >= 1


def _what_is_switched_off_goes(scientist: Scientist) -> None:
    off = {**WANTED, "autoscaler": {"enabled": False}, "training": {"enabled": False}}
    scientist.person.apply(NAME, off)
    scientist.person.waits_until_ready(NAME)
    assert "cluster-autoscaler" not in scientist.names("deployments", *KUBE_SYSTEM)
    assert scientist.names("resourcequotas", *TRAINING) == set()
    assert "theirs" in scientist.names("configmaps", *TRAINING)
