"""A creation that fails at any part says why, keeps what works, and never makes a second of it."""

from __future__ import annotations

from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

NAME = "unlucky"
FAILURES = {
    f"stack/{NAME}-sigopt/AccessRole": "CREATE_FAILED:canary of a role",
    f"cluster/{NAME}": "FAILED:canary of a control plane",
    f"addon/{NAME}/vpc-cni": "CREATE_FAILED:canary of an add-on",
    f"nodegroup/{NAME}/system-*": "CREATE_FAILED:canary of a node group",
}


def test_every_part_may_fail_once_and_the_cluster_still_becomes_ready(
    operator: Installed, person: Person
) -> None:
    for what, how in FAILURES.items():
        person.sandbox.fail(what, how)
    person.apply(NAME, SPEC)
    person.waits_until_ready(NAME)
    told = person.events(NAME)
    for reason, canary in (
        ("StackFailed", "canary of a role"),
        ("ControlPlaneFailed", "canary of a control plane"),
        ("AddonFailed", "canary of an add-on"),
        ("NodeGroupFailed", "canary of a node group"),
    ):
        assert reason in told, told
        assert canary in told, told
    _nothing_is_there_twice(person)
    person.delete(NAME)
    person.waits_until_gone(NAME)
    assert person.left_in_aws(NAME) == []


def _nothing_is_there_twice(person: Person) -> None:
    eks, told = client(person.sandbox, "eks"), person.events(NAME)
    assert told.count(f"create CloudFormation stack {NAME}-sigopt") == 1, told
    assert sorted(eks.list_addons(clusterName=NAME)["addons"]) == [
        "coredns",
        "eks-pod-identity-agent",
        "kube-proxy",
        "vpc-cni",
    ]
    groups = eks.list_nodegroups(clusterName=NAME)["nodegroups"]
    assert sorted(group.split("-")[0] for group in groups) == ["cpu", "system"]
    vpcs = {leak["id"] for leak in person.left_in_aws(NAME) if leak["kind"] == "ec2:vpc"}
    assert len(vpcs) == 1


def test_a_deletion_after_a_failed_creation_does_not_wait_for_it_to_be_mended(
    operator: Installed, person: Person
) -> None:
    name = "hopeless"
    person.sandbox.fail(f"stack/{name}-sigopt/NatGateway", "CREATE_FAILED:canary of a quota")
    person.apply(name, SPEC)
    eventually(
        lambda: "StackFailed" in person.events(name), lambda: str(person.status(name)), within=60
    )
    person.delete(name)
    person.waits_until_gone(name)
    assert person.left_in_aws(name) == []
