"""The settings of a control plane, changed in place, in a network that exists already."""

from __future__ import annotations

from typing import Any

from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import Theirs, client, theirs

from sigopt_sandbox.installed import Installed

NAME = "guest"
KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_settings_of_a_cluster_in_subnets_that_exist(operator: Installed, person: Person) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    with theirs(person.sandbox, NAME) as ground:
        spec = {
            **SPEC,
            "network": {"subnetIds": list(ground.subnets)},
            "logging": ["audit"],
            "deletionProtection": True,
        }
        person.apply(NAME, spec)
        person.waits_until_ready(NAME)
        _it_stands_in_their_subnets(ground)
        _a_setting_that_eks_cannot_change_is_told_and_tried_again(person, ground, spec)
        _settings_change_in_place(person, ground, spec)
        _protection_holds_until_the_spec_lets_go(person, ground, spec)
        _their_network_stays(ground)


def _it_stands_in_their_subnets(ground: Theirs) -> None:
    cluster = ground.cluster()
    assert sorted(cluster["resourcesVpcConfig"]["subnetIds"]) == sorted(ground.subnets)
    assert _logged(cluster) == {"audit"}
    assert cluster["deletionProtection"] is True
    cloudformation = client(ground.sandbox, "cloudformation")
    made = cloudformation.describe_stack_resources(StackName=f"{NAME}-sigopt")["StackResources"]
    assert {resource["ResourceType"] for resource in made} == {"AWS::IAM::Role"}
    for name in ground.eks.list_nodegroups(clusterName=NAME)["nodegroups"]:
        group = ground.eks.describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"]
        assert set(group["subnets"]) <= set(ground.subnets)


def _a_setting_that_eks_cannot_change_is_told_and_tried_again(
    person: Person, ground: Theirs, spec: dict[str, Any]
) -> None:
    words = "The log group could not be written"
    person.sandbox.fail(f"update/{NAME}", f"Failed:AccessDenied: {words}")
    person.apply(NAME, {**spec, "logging": ["authenticator"]})
    person.waits(NAME, _refused, "it says that EKS could not change it")
    told = person.condition(NAME, "ControlPlaneReady")["message"]
    assert "spec.logging: found audit, wanted authenticator" in told
    assert f"AccessDenied: {words}" in told
    # No edit and no restart: what was in the way is gone, and the operator tries again by itself.
    person.waits_until_ready(NAME)
    assert _logged(ground.cluster()) == {"authenticator"}


def _refused(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "SettingUpdateFailed" for c in status.get("conditions", ()))


def _settings_change_in_place(person: Person, ground: Theirs, spec: dict[str, Any]) -> None:
    """Several kinds at once, which EKS takes one after the other."""
    changed = {
        **spec,
        "logging": ["api", "scheduler"],
        "endpointAccess": {"private": False},
        "secretsEncryption": {"kmsKeyArn": KEY},
    }
    created_at = ground.cluster()["createdAt"]
    person.apply(NAME, changed)
    person.waits_until_ready(NAME)
    cluster = ground.cluster()
    assert cluster["createdAt"] == created_at
    assert _logged(cluster) == {"api", "scheduler"}
    assert cluster["resourcesVpcConfig"]["endpointPrivateAccess"] is False
    assert cluster["encryptionConfig"][0]["provider"]["keyArn"] == KEY
    assert "DriftRepaired" not in person.events(NAME)
    spec |= changed


def _protection_holds_until_the_spec_lets_go(
    person: Person, ground: Theirs, spec: dict[str, Any]
) -> None:
    person.delete(NAME)
    person.waits(NAME, _held, "it says that it is protected")
    told = person.condition(NAME, "ControlPlaneReady")["message"]
    assert "spec.deletionProtection" in told
    assert ground.cluster()["status"] == "ACTIVE"
    assert len(ground.eks.list_nodegroups(clusterName=NAME)["nodegroups"]) == 2
    person.apply(NAME, {**spec, "deletionProtection": False})
    person.waits_until_gone(NAME)
    assert person.left_in_aws(f"{NAME}-sigopt") == []
    assert NAME not in ground.eks.list_clusters()["clusters"]


def _held(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "DeletionProtected" for c in status.get("conditions", ()))


def _their_network_stays(ground: Theirs) -> None:
    told = client(ground.sandbox, "ec2").describe_subnets(SubnetIds=list(ground.subnets))
    assert len(told["Subnets"]) == len(ground.subnets)


def _logged(cluster: dict[str, Any]) -> set[str]:
    setups = cluster["logging"]["clusterLogging"]
    return {kind for setup in setups if setup["enabled"] for kind in setup["types"]}
