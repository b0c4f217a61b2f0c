"""The same loop with an empty wish: each thing verified gone before the next that it needs."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.workload.left import Interface, Left, SecurityGroup

GONE = Snapshot(identity=w.WHO)
FULL = replace(w.finished(), left=None)
POOLS = [node_group_name(pool) for pool in w.WANT.pools]
LEFT = Left(interfaces=(Interface("eni-1", "aws-K8S-i-1"),))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(FULL, [f"delete node group {n}" for n in POOLS], id="all: pools first"),
        pytest.param(
            replace(
                FULL,
                node_groups=tuple(w.group(p, status="DELETING") for p in w.WANT.pools),
            ),
            [],
            id="pools are being drained: wait",
        ),
        pytest.param(
            replace(FULL, node_groups=()),
            [f"delete launch template tiny-{n}" for n in POOLS],
            id="pools gone: their launch templates",
        ),
        pytest.param(
            replace(FULL, node_groups=(), launch_templates=(), left=LEFT),
            ["delete left network interface eni-1"],
            id="an interface of the CNI is left: before the control plane",
        ),
        pytest.param(
            replace(FULL, node_groups=(), launch_templates=(), left=Left()),
            ["delete EKS cluster tiny"],
            id="nothing inside: control plane",
        ),
        pytest.param(
            replace(GONE, stack=w.stack(), cluster=w.cluster(status="DELETING")),
            [],
            id="control plane is being deleted: wait",
        ),
        pytest.param(
            replace(GONE, stack=w.stack()),
            ["delete CloudFormation stack tiny-sigopt"],
            id="control plane gone: network",
        ),
        pytest.param(
            replace(GONE, stack=w.stack(status="CREATE_IN_PROGRESS")),
            ["delete CloudFormation stack tiny-sigopt"],
            id="network is being created: its deletion need not wait",
        ),
        pytest.param(
            replace(GONE, cluster=w.cluster(status="CREATING"), stack=w.stack(), left=Left()),
            ["delete EKS cluster tiny"],
            id="control plane is being created: its deletion need not wait",
        ),
        pytest.param(
            replace(GONE, stack=w.stack(status="DELETE_IN_PROGRESS")), [], id="stack going: wait"
        ),
        pytest.param(
            replace(GONE, stack=w.stack(status="REVIEW_IN_PROGRESS")),
            ["delete CloudFormation stack tiny-sigopt"],
            id="only a change set was made of the network: its deletion need not wait",
        ),
        pytest.param(
            replace(GONE, stack=w.stack(status="UPDATE_ROLLBACK_FAILED")),
            ["delete CloudFormation stack tiny-sigopt"],
            id="an update of the network could not be taken back: its deletion can",
        ),
    ],
)
def test_deletion_goes_in_order(seen: Snapshot, expected: list[str]) -> None:
    plan = decide(w.deleting(), seen, w.MOMENT)
    assert [str(action) for _, action in plan.actions] == expected
    assert not plan.done


@pytest.mark.parametrize(
    "status",
    [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
    ],
)
def test_a_network_that_is_being_changed_is_deleted_after_that(status: str) -> None:
    plan = decide(w.deleting(), replace(GONE, stack=w.stack(status=status)), w.MOMENT)
    assert plan.actions == ()
    assert not plan.done
    (step,) = (p.step for p in plan.parts if p.part.name == "Network")
    assert step.blocked is None
    (waiting,) = step.waiting
    assert waiting.since == w.stack().since
    assert status in waiting.what
    assert "cannot be deleted before" in waiting.what


def test_what_stands_in_a_network_that_is_being_changed_is_taken_away_meanwhile() -> None:
    group = SecurityGroup("sg-1", "k8s-traffic", {"kubernetes.io/cluster/tiny": "owned"})
    changing = w.stack(status="UPDATE_IN_PROGRESS")
    seen = replace(GONE, stack=changing, left=Left(security_groups=(group,)))
    ((_, action),) = decide(w.deleting(), seen, w.MOMENT).actions
    assert str(action) == "delete security group k8s-traffic (sg-1)"


def test_it_is_done_when_nothing_of_ours_is_left() -> None:
    assert decide(w.deleting(), GONE, w.MOMENT).done


def test_what_is_not_ours_is_left_standing() -> None:
    foreign = Snapshot(
        identity=w.WHO,
        stack=replace(w.stack(), tags=w.FOREIGN),
        cluster=replace(w.cluster(), tags=w.FOREIGN),
        node_groups=(replace(w.group(w.CPU), tags=w.FOREIGN),),
        launch_templates=(replace(w.template(w.CPU), tags=w.FOREIGN),),
        left=LEFT,
    )
    plan = decide(w.deleting(), foreign, w.MOMENT)
    assert plan.actions == ()
    assert plan.done


def test_a_node_group_that_could_not_be_deleted_is_tried_again_and_said() -> None:
    group = replace(w.group(w.CPU, status="DELETE_FAILED"), health=("AccessDenied: no rights",))
    plan = decide(w.deleting(), replace(FULL, node_groups=(group,)), w.MOMENT)
    (step,) = (p.step for p in plan.parts if p.part.name == "NodePools")
    assert step.blocked
    assert "AccessDenied: no rights" in step.blocked.message
    assert next(str(a) for _, a in plan.actions) == f"delete node group {group.name}"
