"""Who the autoscaler is in AWS and in its cluster: what its Pod would be, and nothing else."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import NoCredentialsError
from sigopt_sandbox.clusters.autoscaler.acts.identity import PodIdentity
from sigopt_sandbox.clusters.autoscaler.acts.token import has_token
from sigopt_sandbox.clusters.autoscaler.keeper import available, container_of
from sigopt_sandbox.clusters.wanted import ClusterKey

CREATED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEY = ClusterKey("111122223333", "us-west-2", "demo")


@dataclass
class Eks:
    """What EKS answers, and what it was asked."""

    answer: dict[str, Any] | None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def pod_credentials(self, _key: ClusterKey, *who: str) -> dict[str, Any] | None:
        self.asked.append(who)
        return self.answer


def association(made_after: float = -60, lasts: float = 3600, refused: str = "") -> dict[str, Any]:
    """An association made so many seconds after the pod, and its session."""
    credentials = {
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretAccessKey": "secret",
        "SessionToken": "token",
        "Expiration": (datetime.now(UTC) + timedelta(seconds=lasts)).isoformat(),
    }
    return {
        "associationId": "a-1",
        "createdAt": (CREATED + timedelta(seconds=made_after)).timestamp(),
        "roleArn": "arn:aws:iam::111122223333:role/demo-autoscaler-role",
        "credentials": None if refused else credentials,
        "refused": refused,
    }


def pod(image: str = "cluster-autoscaler:v1.34.5", **more: Any) -> dict[str, Any]:
    ready = {"type": "Ready", "status": "True"}
    return {
        "metadata": {
            "namespace": "kube-system",
            "name": "autoscaler-1",
            "uid": "u-1",
            "creationTimestamp": "2026-11-25T12:00:00Z",
            "ownerReferences": [{"kind": "ReplicaSet"}],
        },
        "spec": {
            "nodeName": "node-1",
            "serviceAccountName": "cluster-autoscaler",
            "containers": [{"name": "c", "image": f"registry.k8s.io/autoscaling/{image}"}],
        },
        "status": {"phase": "Running", "conditions": [ready]},
    } | more


AGENT = pod("eks-pod-identity-agent:v0.1.30")


def identity(eks: Eks, *pods: dict[str, Any]) -> PodIdentity:
    return PodIdentity(eks, KEY, pod(), lambda: pods or [AGENT])  # type: ignore[arg-type]  # a fake


async def _refused(who: PodIdentity) -> str:
    with pytest.raises(NoCredentialsError) as refused:
        await who.credentials()
    return str(refused.value)


async def test_it_has_the_session_of_its_service_accounts_role() -> None:
    eks = Eks(association())
    found = await identity(eks).credentials()
    assert (found.access_key, found.token) == ("ASIAEXAMPLE", "token")
    assert eks.asked == [("kube-system", "cluster-autoscaler", "autoscaler-1", "u-1")]


@pytest.mark.parametrize(
    ("answer", "pods", "why"),
    [
        pytest.param(None, [AGENT], "had no pod identity association", id="no association"),
        pytest.param(association(60), [AGENT], "the pod is older than", id="made after the pod"),
        pytest.param(association(), [pod()], "no pod of eks-pod-identity-agent", id="no agent"),
        pytest.param(
            association(),
            [AGENT | {"spec": AGENT["spec"] | {"nodeName": "node-2"}}],
            "no pod of eks-pod-identity-agent",
            id="an agent on another node",
        ),
        pytest.param(
            association(),
            [AGENT | {"status": {"phase": "Pending"}}],
            "no pod of eks-pod-identity-agent",
            id="an agent that does not run",
        ),
        pytest.param(
            association(refused="EKS does not have permissions"),
            [AGENT],
            "(AccessDeniedException): EKS does not have permissions",
            id="a role that does not trust EKS",
        ),
    ],
)
async def test_it_has_no_credentials(
    answer: dict[str, Any] | None, pods: list[dict[str, Any]], why: str
) -> None:
    assert why in await _refused(identity(Eks(answer), *pods))


async def test_timestamps_of_a_second_are_not_taken_at_their_word() -> None:
    assert await identity(Eks(association(0.9))).credentials()


async def test_what_was_not_injected_when_the_pod_was_created_does_not_come_later() -> None:
    eks = Eks(None)
    who = identity(eks)
    await _refused(who)
    eks.answer = association(-60)
    assert "the pod is older than" in await _refused(who)


async def test_a_session_is_used_until_shortly_before_it_expires() -> None:
    eks = Eks(association())
    who = identity(eks)
    assert await who.credentials() is await who.credentials()
    assert len(eks.asked) == 1
    short = Eks(association(lasts=60))
    who = identity(short)
    await who.credentials()
    await who.credentials()
    assert len(short.asked) == 2


async def test_an_association_that_is_made_anew_serves_pods_that_had_one() -> None:
    eks = Eks(association(lasts=60))
    who = identity(eks)
    await who.credentials()
    eks.answer = None
    assert "is gone" in await _refused(who)
    eks.answer = association(600)
    assert await who.credentials()


@pytest.mark.parametrize(
    ("image", "is_it"),
    [
        ("registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.5", True),
        ("localhost:5000/cluster-autoscaler", True),
        ("mirror.example/team/cluster-autoscaler@sha256:0123", True),
        ("cluster-autoscaler", True),
        ("registry.k8s.io/cpa/cluster-proportional-autoscaler:1.9", False),
        ("example/cluster-autoscaler/exporter:1", False),
    ],
)
def test_the_program_is_known_by_the_name_of_its_image(image: str, is_it: bool) -> None:
    assert (container_of([{"image": "sidecar"}, {"image": image}]) is not None) is is_it


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({}, True, id="runs and is ready"),
        pytest.param({"status": {"phase": "Pending"}}, False, id="waits for a node"),
        pytest.param(
            {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}},
            False,
            id="not ready",
        ),
        pytest.param(
            {"metadata": pod()["metadata"] | {"deletionTimestamp": "2026-11-25T13:00:00Z"}},
            False,
            id="on its way out",
        ),
        pytest.param(
            {"metadata": pod()["metadata"] | {"ownerReferences": []}}, False, id="of nobody"
        ),
        pytest.param({"spec": AGENT["spec"]}, False, id="another program"),
    ],
)
def test_it_acts_for_a_pod(more: dict[str, Any], expected: bool) -> None:
    assert available(pod(**more)) is expected


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ([{"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}], True),
        ([{"projected": {"sources": [{"configMap": {"name": "ca"}}]}}], False),
        ([], False),
    ],
)
def test_without_a_mounted_token_it_is_nobody_in_its_cluster(
    volumes: list[dict[str, Any]], expected: bool
) -> None:
    assert has_token({"spec": {"volumes": volumes}}) is expected
