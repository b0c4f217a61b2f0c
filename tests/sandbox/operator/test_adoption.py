"""Clusters that are kept, and clusters that are taken over when it is asked for."""

from __future__ import annotations

from typing import Any

from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import NODE_GROUP, client, theirs

from sigopt_sandbox.installed import Installed

KEPT = "kept"
FOREIGN = "taken-over"
ADOPTED = {**SPEC, "adopt": True, "deletionPolicy": "Delete"}


def conflict(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "NameConflict" for c in status.get("conditions", ()))


def test_retain_during_a_deletion_keeps_the_cluster_and_a_namesake_may_take_it_over(
    operator: Installed, person: Person
) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    person.apply(KEPT, SPEC)
    person.waits_until_ready(KEPT)
    _retain_is_honoured_while_it_is_deleted(person)
    _its_namesake_is_told_what_taking_over_would_change(person)
    person.apply(KEPT, ADOPTED)
    person.waits_until_ready(KEPT)
    assert "take over EKS cluster kept" in person.events(KEPT)
    person.delete(KEPT)
    person.waits_until_gone(KEPT)
    assert person.left_in_aws(KEPT) == []


def _retain_is_honoured_while_it_is_deleted(person: Person) -> None:
    person.sandbox.freeze(f"nodegroup/{KEPT}/*")
    person.delete(KEPT)
    person.waits(KEPT, lambda s: s["phase"] == "Deleting", "the deletion began")
    person.apply(KEPT, {**SPEC, "deletionPolicy": "Retain"})
    person.waits_until_gone(KEPT)
    person.sandbox.freeze(f"nodegroup/{KEPT}/*", on=False)
    assert _cluster(person)["status"] == "ACTIVE"


def _its_namesake_is_told_what_taking_over_would_change(person: Person) -> None:
    before = _cluster(person)["tags"]
    person.apply(KEPT, SPEC)
    person.waits(KEPT, conflict, "it says whose the name is")
    told = person.condition(KEPT, "PreflightPassed")["message"]
    for words in ("spec.adopt: true", "take over EKS cluster kept", "CloudFormation stack kept-"):
        assert words in told
    assert _cluster(person)["tags"] == before


def _cluster(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = client(person.sandbox, "eks").describe_cluster(name=KEPT)["cluster"]
    return found


def test_a_cluster_of_somebody_else_is_taken_over_and_what_is_theirs_stays(
    operator: Installed, person: Person
) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    with theirs(person.sandbox, FOREIGN) as cluster:
        cluster.make_cluster()
        cluster.make_node_group()
        person.apply(FOREIGN, SPEC)
        person.waits(FOREIGN, conflict, "it says whose the name is")
        told = person.condition(FOREIGN, "PreflightPassed")["message"]
        assert "node groups workers would stay as they are" in told
        person.apply(FOREIGN, ADOPTED)
        person.waits_until_ready(FOREIGN)
        assert [pool["name"] for pool in person.status(FOREIGN)["pools"]] == ["system", "cpu"]
        groups = cluster.eks.list_nodegroups(clusterName=FOREIGN)["nodegroups"]
        assert NODE_GROUP in groups
        person.delete(FOREIGN)
        person.waits(FOREIGN, held, "it says whose node groups hold the deletion up")
        assert cluster.eks.list_nodegroups(clusterName=FOREIGN)["nodegroups"] == [NODE_GROUP]
        cluster.eks.delete_nodegroup(clusterName=FOREIGN, nodegroupName=NODE_GROUP)
        person.waits_until_gone(FOREIGN)
        assert FOREIGN not in cluster.eks.list_clusters()["clusters"]
        vpcs = client(person.sandbox, "ec2").describe_subnets(SubnetIds=list(cluster.subnets))
        assert len(vpcs["Subnets"]) == len(cluster.subnets)
    assert person.left_in_aws(FOREIGN) == []


def held(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "NodeGroupsOfOthers" for c in status.get("conditions", ()))
