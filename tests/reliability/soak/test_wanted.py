"""An account that is as a spec says is found so, and anything that is otherwise is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.reliability.soak.example import NAME, SPEC, TAGS, UID, Things, dump, things
from tests.reliability.soak.wanted import Account, Wanted, inside_unlike, unlike

from sigopt_operator.plan.ownership import TAG_UID

WANTED = Wanted(NAME, UID, SPEC)
GROUP, CLUSTER = f"{NAME}/cpu-1", NAME


def found(account: Things, wanted: Wanted = WANTED) -> list[str]:
    return unlike(wanted, Account.of(dump(account)))


def test_what_is_as_it_says_is_not_unlike() -> None:
    assert found(things()) == []


def test_what_aws_still_shows_though_it_is_gone_does_not_count() -> None:
    account = things()
    account["ec2:natgateway"]["nat-0"] = {"tags": TAGS, "status": "deleted"}
    assert found(account) == []


def _record(kind: str, key: str, **fields: Any) -> Callable[[Things], None]:
    def spoil(account: Things) -> None:
        account[kind][key]["record"] |= fields

    return spoil


def _gone(kind: str, key: str) -> Callable[[Things], None]:
    def spoil(account: Things) -> None:
        del account[kind][key]

    return spoil


def _twice(kind: str, key: str) -> Callable[[Things], None]:
    def spoil(account: Things) -> None:
        account[kind]["another"] = account[kind][key]

    return spoil


def _tagged(kind: str, key: str, **tags: str) -> Callable[[Things], None]:
    def spoil(account: Things) -> None:
        account[kind][key]["tags"] = TAGS | tags

    return spoil


SPOILT: list[Any] = [
    (_gone("cloudformation:stack", f"{NAME}-sigopt"), "NetworkReady: stacks"),
    (_record("cloudformation:stack", f"{NAME}-sigopt", StackStatus="UPDATE_FAILED"), "stack is"),
    (_twice("ec2:vpc", "vpc-1"), "2 of ec2:vpc"),
    (_record("iam:role", f"{NAME}-node-role", AttachedPolicies=[]), "nodes' policies"),
    (_gone("eks:cluster", CLUSTER), "clusters []"),
    (_record("eks:cluster", CLUSTER, status="UPDATING"), "its status"),
    (_record("eks:cluster", CLUSTER, version="1.33"), "its version"),
    (_record("eks:cluster", CLUSTER, logging={"clusterLogging": []}), "its logs"),
    (_record("eks:cluster", CLUSTER, deletionProtection=True), "its protection"),
    (_record("eks:cluster", CLUSTER, access={}), "access entries"),
    (_gone("iam:role", f"{NAME}-k8s-access-role"), "no access role"),
    (
        _record("iam:role", f"{NAME}-k8s-access-role", AssumeRolePolicyDocument='{"Statement":[]}'),
        "whom the access role trusts",
    ),
    (_gone("eks:addon", f"{NAME}/coredns"), "AddonsReady: which there are"),
    (_record("eks:addon", f"{NAME}/coredns", status="DEGRADED"), "coredns's status"),
    (_gone("eks:nodegroup", GROUP), "node groups of"),
    (_twice("eks:nodegroup", GROUP), "node groups of"),
    (_record("eks:nodegroup", GROUP, status="UPDATING"), "cpu-1: status"),
    (_record("eks:nodegroup", GROUP, version="1.33"), "cpu's version"),
    (_record("eks:nodegroup", GROUP, instanceTypes=["t3.medium"]), "cpu-1: types"),
    (_record("eks:nodegroup", GROUP, scalingConfig={"minSize": 0, "maxSize": 2}), "cpu-1: most"),
    (_record("eks:nodegroup", GROUP, labels={}), "cpu-1: labels"),
    (_record("eks:nodegroup", f"{NAME}/gpu-1", taints=None), "gpu-1: taints"),
    (_gone("ec2:launch-template", "lt-cpu"), "launch templates"),
    (_gone("autoscaling:group", "asg-cpu"), "auto scaling groups"),
    (_tagged("eks:nodegroup", GROUP, owner="bob"), "tags: eks:nodegroup"),
    (_tagged("autoscaling:group", "asg-cpu", stage="x"), "tags: autoscaling:group"),
    (_tagged("eks:addon", f"{NAME}/coredns", **{TAG_UID: "another"}), "whose eks:addon"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILT)
def test_what_is_otherwise_is_told(spoil: Callable[[Things], None], words: str) -> None:
    account = things()
    spoil(account)
    assert [told for told in found(account) if words in told]


def test_without_a_version_any_will_do_and_without_principals_any_trust() -> None:
    spec = {k: v for k, v in SPEC.items() if k != "kubernetesVersion"}
    spec["access"] = {"entries": SPEC["access"]["entries"]}
    assert found(things(), Wanted(NAME, UID, spec)) == []


INSIDE = (
    "Deployment/cluster-autoscaler",
    "DaemonSet/nvidia-device-plugin",
    "Namespace/orchestrate",
)
BESIDE = (f"Secret/{NAME}-kubeconfig",)


def test_what_is_inside_and_beside_is_told_where_it_is_not_as_wished() -> None:
    assert inside_unlike(WANTED, INSIDE, BESIDE) == []
    (told,) = inside_unlike(WANTED, INSIDE[1:], BESIDE)
    assert "cluster-autoscaler is missing" in told
    gpuless = Wanted(NAME, UID, {k: v for k, v in SPEC.items() if k != "gpu"})
    (told,) = inside_unlike(gpuless, INSIDE, BESIDE)
    assert "nvidia-device-plugin is still there" in told
    (told,) = inside_unlike(WANTED, INSIDE, (*BESIDE, "Secret/former"))
    assert "Secret/former" in told
