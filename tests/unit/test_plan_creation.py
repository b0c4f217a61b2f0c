"""What is started when, from nothing to Ready."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import CreateStack
from sigopt_operator.plan.addons.part import BEFORE_NODES
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.snapshot import Connection, Snapshot

NETWORK = w.stack(status="CREATE_IN_PROGRESS", without=("PrivateRoute", "NodeRole"))
ACTIVE = Snapshot(identity=w.WHO, facts=w.FACTS, stack=w.stack(), cluster=w.cluster())
EARLY_ADDONS = tuple(w.addon(n, "CREATING") for n in BEFORE_NODES)


def named(seen: Snapshot) -> list[str]:
    return [str(action) for _, action in decide(w.WANT, seen, w.MOMENT).actions]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(w.EMPTY, ["create CloudFormation stack tiny-sigopt"], id="nothing: network"),
        pytest.param(
            replace(
                w.EMPTY,
                stack=w.stack(status="CREATE_IN_PROGRESS", without=("PrivateSubnet1",)),
            ),
            [],
            id="a subnet is missing: wait",
        ),
        pytest.param(
            replace(w.EMPTY, stack=NETWORK),
            ["create EKS cluster tiny"],
            id="subnets and role stand: control plane, without waiting for the NAT gateway",
        ),
        pytest.param(
            replace(w.EMPTY, stack=NETWORK, cluster=w.cluster(status="CREATING")),
            [],
            id="control plane is being created: wait",
        ),
        pytest.param(
            ACTIVE,
            [
                f"grant AmazonEKSClusterAdminPolicy to {w.WHO.principal_arn}",
                f"grant AmazonEKSClusterAdminPolicy to {w.SHARED}",
                "install add-on vpc-cni",
                "install add-on kube-proxy",
                "install add-on eks-pod-identity-agent",
            ],
            id="control plane ACTIVE: access, and the add-ons that nodes need",
        ),
        pytest.param(
            replace(ACTIVE, addons=EARLY_ADDONS, access_entries=w.entries()),
            [
                f"create node group {node_group_name(w.SYSTEM)} (t3.large)",
                f"create node group {node_group_name(w.CPU)} (t3.medium)",
            ],
            id="add-ons asked for: node groups side by side",
        ),
        pytest.param(
            replace(
                ACTIVE,
                addons=EARLY_ADDONS,
                access_entries=w.entries(),
                node_groups=(w.group(w.SYSTEM), w.group(w.CPU, status="CREATING")),
            ),
            ["install add-on coredns"],
            id="system nodes stand: CoreDNS, though the cpu pool is not there yet",
        ),
        pytest.param(w.finished(), [], id="everything stands: nothing to do"),
    ],
)
def test_each_part_starts_when_what_it_needs_exists(seen: Snapshot, expected: list[str]) -> None:
    assert named(seen) == expected


def test_it_is_done_only_when_every_part_is_ready() -> None:
    assert decide(w.WANT, w.finished(), w.MOMENT).done
    deaf = replace(w.finished(), connection=Connection(problem="Unauthorized"))
    assert not decide(w.WANT, deaf, w.MOMENT).done
    untested = replace(w.finished(), connection=None)
    assert not decide(w.WANT, untested, w.MOMENT).done


def test_node_groups_wait_for_the_way_out_to_the_internet() -> None:
    seen = replace(ACTIVE, stack=NETWORK, addons=EARLY_ADDONS, access_entries=w.entries())
    assert named(seen) == []


def test_the_same_snapshot_gives_the_same_plan_with_the_same_tokens() -> None:
    assert decide(w.WANT, w.EMPTY, w.MOMENT) == decide(w.WANT, w.EMPTY, w.MOMENT)
    (_, action), *_ = decide(w.WANT, w.EMPTY, w.MOMENT).actions
    other = replace(w.WANT, uid="another")
    (_, theirs), *_ = decide(other, w.EMPTY, w.MOMENT).actions
    assert isinstance(action, CreateStack)
    assert isinstance(theirs, CreateStack)
    assert action.token != theirs.token
    assert 33 <= len(action.token) <= 126
