"""An operator killed at any moment and started again goes on where AWS is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.operator_of_a_sandbox import Deployment, deployed
from tests.waiting import until

from sigopt_sandbox.launcher import Sandbox

NAME = "often-killed"
MANIFEST = {
    "apiVersion": "orchestrate.sigopt.com/v1alpha1",
    "kind": "SigOptCluster",
    "metadata": {"name": NAME, "namespace": "default"},
    "spec": {
        "provider": "aws",
        "region": "us-west-2",
        "cpu": {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2},
    },
}
LONG = 120.0


class Cluster:
    """What a person sees of the resource."""

    def __init__(self, deployment: Deployment) -> None:
        self._kubectl = deployment.kubectl

    def find(self) -> dict[str, Any] | None:
        text = self._kubectl.must("get", "soc", NAME, "--ignore-not-found", "-o", "json")
        found: dict[str, Any] | None = json.loads(text) if text else None
        return found

    def status(self) -> dict[str, Any]:
        found = self.find()
        assert found is not None, "it is gone"
        status: dict[str, Any] = found["status"]
        return status

    def done(self) -> int:
        return int(self.status().get("progress", {}).get("done", 0))

    def phase(self) -> str | None:
        return self.status().get("phase")


@pytest.fixture
def deployment(sandbox: Sandbox, tmp_path: Path) -> Iterator[Deployment]:
    found = deployed(sandbox, tmp_path)
    yield found
    # Whatever went wrong: a finalizer that stays would hold up every later cleanup.
    patch = '{"metadata":{"finalizers":null}}'
    if found.kubectl.must("get", "soc", NAME, "--ignore-not-found"):
        found.kubectl.must("delete", "soc", NAME, "--wait=false")
        found.kubectl("patch", "soc", NAME, "--type=merge", "-p", patch)


async def test_a_creation_and_a_deletion_survive_kill_9_at_every_step(
    deployment: Deployment,
) -> None:
    deployment.kubectl.must("create", "-f", "-", stdin=MANIFEST)
    cluster = Cluster(deployment)
    uid = (cluster.find() or {})["metadata"]["uid"]
    for step in (1, 2, 3):
        with deployment.operator() as operator:
            await until(lambda: cluster.done() >= step, f"{step} parts are done", LONG)  # noqa: B023 - awaited here
            operator.kill()
    with deployment.operator() as operator:
        await until(lambda: cluster.phase() == "Ready", "Ready", LONG)
        deployment.kubectl.must("delete", "soc", NAME, "--wait=false")
        await until(lambda: cluster.phase() == "Deleting", "the deletion began", LONG)
        operator.kill()
    with deployment.operator() as operator:
        await until(lambda: cluster.find() is None, "it is gone", LONG)
        operator.terminate()
        assert operator.wait(10) == 0
    ours = [leak for leak in deployment.sandbox.leaks() if _is_ours(leak, uid)]
    assert ours == []
    assert "Traceback" not in deployment.log.read_text()


def _is_ours(leak: dict[str, Any], uid: str) -> bool:
    return NAME in json.dumps(leak) or uid in json.dumps(leak)
