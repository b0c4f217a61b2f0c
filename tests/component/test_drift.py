"""What somebody changed by hand in AWS is found in time, mended, and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import FakeAws, refusal

from sigopt_operator.plan.moment import DRIFT_WITHIN
from sigopt_operator.plan.schedule import STEADY_ROUNDS

GPU = {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}
WANTED = {**SPEC, "gpu": GPU}
MOST_CALLS_OF_A_STEADY_ROUND = 5
OPERATOR = "arn:aws:iam::111122223333:role/ops/operator"
SHARED = "arn:aws:iam::111122223333:role/tiny-k8s-access-role"
WITHIN = DRIFT_WITHIN + timedelta(seconds=30)
DEEPER = 3 * DRIFT_WITHIN + timedelta(minutes=2)


ANN = "arn:aws:iam::111122223333:user/ann"
SHARED_WITH_ANN = {**WANTED, "access": {"principals": [ANN]}}


def group(aws: FakeAws, pool: str) -> dict[str, Any]:
    return next(told for name, told in aws.groups.items() if name.startswith(pool))


def limits(aws: FakeAws) -> None:
    group(aws, "cpu")["scalingConfig"]["maxSize"] = 9


def removed_group(aws: FakeAws) -> None:
    del aws.groups[group(aws, "cpu")["nodegroupName"]]


def removed_addon(aws: FakeAws) -> None:
    del aws.addons["coredns"]


def removed_entry(aws: FakeAws) -> None:
    del aws.entries[OPERATOR]


def removed_policy(aws: FakeAws) -> None:
    aws.entries[SHARED].clear()


def logging(aws: FakeAws) -> None:
    aws.clusters["tiny"]["logging"] = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}


def endpoint(aws: FakeAws) -> None:
    aws.clusters["tiny"]["resourcesVpcConfig"]["endpointPrivateAccess"] = False


def protected(aws: FakeAws) -> None:
    aws.clusters["tiny"]["deletionProtection"] = True


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(limits, "spec.cpu.maxNodes: found 9, wanted 4", id="limits"),
        pytest.param(removed_group, "spec.cpu: found no node group, wanted", id="node group"),
        pytest.param(removed_addon, "add-on coredns: found none, wanted", id="add-on"),
        pytest.param(removed_entry, f"entry of {OPERATOR}: found none", id="access entry"),
        pytest.param(removed_policy, f"entry of {SHARED}: found with policies none", id="policy"),
        pytest.param(logging, "spec.logging: found audit, wanted none", id="logging"),
        pytest.param(
            endpoint, "spec.endpointAccess.private: found false, wanted true", id="endpoint"
        ),
        pytest.param(
            protected, "spec.deletionProtection: found true, wanted false", id="protection"
        ),
    ],
)
def test_a_change_by_hand_is_mended_within_five_minutes_and_told(
    rig: Rig, change: Callable[[FakeAws], None], words: str
) -> None:
    rig.settle(WANTED)
    changed_at = rig.minutes
    change(rig.aws)
    while not rig.told("DriftRepaired"):
        assert timedelta(minutes=rig.minutes - changed_at) <= WITHIN, rig.aws.calls
        rig.next_round()
    assert [message for message in rig.told("DriftRepaired") if words in message]
    rig.until_steady()


def untrusted(aws: FakeAws) -> None:
    trust = aws.iam["tiny-k8s-access-role"]["trust"]
    trust["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::999988887777:root"}


def detached(aws: FakeAws) -> None:
    aws.iam["tiny-node-role"]["attached"].pop(0)


def rewritten(aws: FakeAws) -> None:
    aws.iam["tiny-autoscaler-role"]["inline"].clear()


def removed_role(aws: FakeAws) -> None:
    del aws.iam["tiny-autoscaler-role"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(untrusted, "trust policy of IAM role tiny-k8s-access-role", id="trust"),
        pytest.param(detached, "attached policies of IAM role tiny-node-role", id="attached"),
        pytest.param(rewritten, "policy scale-own-groups of IAM role", id="inline policy"),
        pytest.param(removed_role, "IAM role tiny-autoscaler-role: found none", id="role"),
    ],
)
def test_a_role_that_somebody_changed_is_mended_by_the_deeper_look(
    rig: Rig, change: Callable[[FakeAws], None], words: str
) -> None:
    rig.settle(SHARED_WITH_ANN)
    as_made = repr(sorted(rig.aws.iam["tiny-node-role"]["attached"]))
    changed_at = rig.minutes
    change(rig.aws)
    while not rig.told("DriftRepaired"):
        assert timedelta(minutes=rig.minutes - changed_at) <= DEEPER
        rig.next_round()
    assert [message for message in rig.told("DriftRepaired") if words in message]
    assert repr(sorted(rig.aws.iam["tiny-node-role"]["attached"])) == as_made
    assert "999988887777" not in repr(rig.aws.iam)
    assert "scale-own-groups" in rig.aws.iam["tiny-autoscaler-role"]["inline"]


def test_among_many_access_entries_a_change_is_found_as_soon(rig: Rig) -> None:
    arns = [f"arn:aws:iam::111122223333:user/u{number}" for number in range(60)]
    entries = [{"principal": arn, "policy": "AmazonEKSViewPolicy"} for arn in arns]
    rig.settle({**WANTED, "access": {"entries": entries}})
    for arn in (SHARED, arns[7]):
        changed_at = rig.minutes
        told = len(rig.told("DriftRepaired"))
        rig.aws.entries[arn].clear()
        while len(rig.told("DriftRepaired")) == told:
            assert timedelta(minutes=rig.minutes - changed_at) <= WITHIN
            rig.next_round()
    changed_at = rig.minutes
    detached(rig.aws)
    while not any("attached policies" in message for message in rig.told("DriftRepaired")):
        assert timedelta(minutes=rig.minutes - changed_at) <= DEEPER
        rig.next_round()


def test_a_role_that_was_mended_by_halves_is_mended_by_the_next_round(rig: Rig) -> None:
    rig.settle(WANTED)
    policies = list(rig.aws.iam["tiny-node-role"]["attached"])
    del rig.aws.iam["tiny-node-role"]
    down = refusal("ServiceUnavailable", "down", "AttachRolePolicy", 503)
    rig.aws.failing["attach_role_policy"] = down
    while "create_role" not in rig.aws.calls:
        rig.next_round()
    rig.aws.failing.clear()
    rig.next_round()
    assert rig.aws.iam["tiny-node-role"]["attached"] == policies


def test_what_is_not_ours_and_the_desired_size_stay(rig: Rig) -> None:
    rig.settle(WANTED)
    untrusted(rig.aws)
    rig.aws.entries[ANN] = {"arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy": ()}
    rig.aws.addons["theirs"] = {**rig.aws.addons["coredns"], "addonName": "theirs", "tags": {}}
    rig.aws.iam["tiny-node-role"]["attached"].append("arn:aws:iam::aws:policy/AddedByHand")
    group(rig.aws, "cpu")["scalingConfig"]["desiredSize"] = 3
    changes = list(rig.aws.changes)
    for _ in range(25):
        rig.next_round()
    assert rig.aws.changes == changes
    assert rig.status["phase"] == "Ready"
    assert [p["desiredNodes"] for p in rig.status["pools"] if p["name"] == "cpu"] == [3]


def test_an_edit_of_the_spec_is_no_drift(rig: Rig) -> None:
    rig.settle(WANTED)
    rig.api.apply(KEY, {**WANTED, "cpu": {**SPEC["cpu"], "maxNodes": 9}, "logging": ["audit"]})
    rig.round()
    rig.until_steady()
    assert rig.told("DriftRepaired") == []
    limits(rig.aws)
    group(rig.aws, "cpu")["scalingConfig"]["maxSize"] = 7
    for _ in range(6):
        rig.next_round()
    assert rig.told("DriftRepaired") == ["repaired spec.cpu.maxNodes: found 7, wanted 9"]


FINER = [
    {"principal": f"arn:aws:iam::111122223333:user/{name}", "policy": "AmazonEKSViewPolicy"}
    for name in ("ann", "bob", "cy")
]


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(WANTED, id="nobody is named"),
        pytest.param({**WANTED, "access": {"principals": [ANN], "entries": FINER}}, id="shared"),
    ],
)
def test_a_steady_round_costs_five_calls_at_most_and_every_thing_is_looked_at(
    rig: Rig, spec: dict[str, Any]
) -> None:
    rig.settle(spec)
    rounds = 3 * STEADY_ROUNDS * 2
    rig.aws.calls.clear()
    costs = []
    for _ in range(rounds):
        before = len(rig.aws.calls)
        assert rig.next_round() == DRIFT_WITHIN / STEADY_ROUNDS
        costs.append(len(rig.aws.calls) - before)
    assert max(costs) <= MOST_CALLS_OF_A_STEADY_ROUND, costs
    asked = {call: rig.aws.calls.count(call) for call in sorted(set(rig.aws.calls))}
    assert asked["describe_cluster"] >= rounds / STEADY_ROUNDS
    assert asked["describe_nodegroup"] >= 3 * rounds / STEADY_ROUNDS
    assert asked["get_role"] >= 4
    assert asked["describe_access_entry"] >= 2
    assert asked["describe_stacks"] >= 1
    assert asked["describe_route_tables"] >= 1
    assert asked["describe_subnets"] >= 1
