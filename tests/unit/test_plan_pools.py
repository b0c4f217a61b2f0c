"""Pools: limits, replacement, removal, images, labels and zones."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import Action, CreateNodeGroup, UpdateNodeGroupConfig
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.node_pools.part import (
    is_launch_template,
    launch_template_name,
    node_group_name,
)
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.wish import Pool, Wish

BIGGER = replace(w.CPU, instance_type="m7g.large")
CLUSTERS = ("tiny", "tiny-prod", "tiny-cpu", "tiny-cpu-1a2b3c4d", "tin", "ti.y")
"""Names that begin with each other's."""


def actions(want: Wish, seen: Snapshot) -> list[Action]:
    return [action for _, action in decide(want, seen, w.MOMENT).actions]


def with_cpu(pool: Pool) -> Wish:
    return replace(w.WANT, pools=(w.SYSTEM, pool))


@pytest.mark.parametrize(
    ("limits", "desired", "sent"),
    [
        pytest.param((0, 9), 3, None, id="desired is admitted: it is the autoscaler's"),
        pytest.param((5, 9), 3, 5, id="desired is below the new minimum: raised to it"),
        pytest.param((0, 2), 3, 2, id="desired is above the new maximum: lowered to it"),
    ],
)
def test_limits_are_set_in_place_and_the_desired_size_is_only_clamped(
    limits: tuple[int, int], desired: int, sent: int | None
) -> None:
    group = replace(w.group(w.CPU), desired_size=desired)
    seen = replace(w.finished(), node_groups=(w.group(w.SYSTEM), group))
    want = with_cpu(replace(w.CPU, min_nodes=limits[0], max_nodes=limits[1]))
    (action,) = actions(want, seen)
    assert isinstance(action, UpdateNodeGroupConfig)
    assert (action.limits, action.desired_size) == (limits, sent)


def test_a_desired_size_that_the_autoscaler_chose_is_left_alone() -> None:
    group = replace(w.group(w.CPU), desired_size=4)
    seen = replace(w.finished(), node_groups=(w.group(w.SYSTEM), group))
    assert actions(w.WANT, seen) == []


def test_another_instance_type_is_a_new_node_group_first() -> None:
    seen = replace(w.finished(), facts=w.FACTS)
    assert [str(a) for a in actions(with_cpu(BIGGER), seen)] == [
        f"create node group {node_group_name(BIGGER)} (m7g.large)"
    ]


def test_the_old_node_group_goes_once_the_new_one_is_active() -> None:
    old, new = w.group(w.CPU), w.group(BIGGER)
    creating = replace(new, status="CREATING")
    want = with_cpu(BIGGER)
    system = w.group(w.SYSTEM)
    assert actions(want, replace(w.finished(), node_groups=(system, old, creating))) == []
    (action,) = actions(want, replace(w.finished(), node_groups=(system, old, new)))
    assert str(action) == f"delete node group {old.name}"


def test_a_pool_that_is_no_longer_wanted_goes() -> None:
    want = replace(w.WANT, pools=(w.SYSTEM,))
    assert [str(a) for a in actions(want, w.finished())] == [
        f"delete node group {node_group_name(w.CPU)}"
    ]


def test_the_launch_template_goes_after_its_node_group() -> None:
    want = replace(w.WANT, pools=(w.SYSTEM,))
    seen = replace(w.finished(), node_groups=(w.group(w.SYSTEM),))
    assert [str(a) for a in actions(want, seen)] == [
        f"delete launch template tiny-{node_group_name(w.CPU)}"
    ]


@pytest.mark.parametrize("pool", [w.SYSTEM, w.CPU, w.GPU, BIGGER], ids=lambda pool: pool.name)
def test_a_launch_template_is_of_the_cluster_that_it_was_made_for(pool: Pool) -> None:
    made = {name: launch_template_name(name, node_group_name(pool)) for name in CLUSTERS}
    assert [
        (name, of) for name in CLUSTERS for of in CLUSTERS if is_launch_template(made[name], of)
    ] == [(name, name) for name in CLUSTERS]


@pytest.mark.parametrize(
    "name", ["tiny", "tiny-", "tiny-theirs", "tiny-cpu-1a2b3c4d-old", "x-cpu-1a2b3c4d"]
)
def test_nor_is_what_has_another_form_of_a_name(name: str) -> None:
    assert not is_launch_template(name, "tiny")


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_failed_node_group_is_deleted_to_be_made_again_and_says_why(status: str) -> None:
    failed = replace(w.group(w.CPU, status=status), health=("VcpuLimitExceeded: ask for more",))
    seen = replace(w.finished(), node_groups=(w.group(w.SYSTEM), failed))
    plan = decide(w.WANT, seen, w.MOMENT)
    assert [str(a) for _, a in plan.actions] == [f"delete node group {failed.name}"]
    (blocked,) = (p.step.blocked for p in plan.parts if p.step.blocked)
    assert failed.name in blocked.message
    assert "VcpuLimitExceeded: ask for more" in blocked.message


def test_a_degraded_node_group_works_and_is_said() -> None:
    sick = replace(w.group(w.CPU, status="DEGRADED"), health=("AsgInstanceLaunchFailures: none",))
    plan = decide(w.WANT, replace(w.finished(), node_groups=(w.group(w.SYSTEM), sick)), w.MOMENT)
    assert plan.done
    (step,) = (p.step for p in plan.parts if p.part.name == "NodePools")
    assert "AsgInstanceLaunchFailures" in step.degraded


def created(pool: Pool) -> CreateNodeGroup:
    want = replace(w.WANT, pools=(w.SYSTEM, pool))
    seen = replace(w.finished(want), facts=w.FACTS, node_groups=(w.group(w.SYSTEM),))
    (action,) = actions(want, replace(seen, launch_templates=()))
    assert isinstance(action, CreateNodeGroup)
    return action


@pytest.mark.parametrize(
    ("pool", "image"),
    [
        (w.CPU, "AL2023_x86_64_STANDARD"),
        (replace(w.CPU, instance_type="m7g.large"), "AL2023_ARM_64_STANDARD"),
        (w.GPU, "AL2023_x86_64_NVIDIA"),
        (replace(w.GPU, instance_type="g5g.xlarge"), "AL2023_ARM_64_NVIDIA"),
    ],
    ids=["x86", "arm", "gpu on x86", "gpu on arm"],
)
def test_the_image_fits_the_architecture_and_the_gpu(pool: Pool, image: str) -> None:
    assert created(pool).ami_type == image


def test_a_gpu_pool_is_tainted_with_a_value_and_labelled_for_the_autoscaler() -> None:
    action = created(w.GPU)
    assert [(t.key, t.value, t.effect) for t in action.taints] == [
        ("nvidia.com/gpu", "present", "NO_SCHEDULE")
    ]
    assert action.labels["k8s.amazonaws.com/accelerator"] == "nvidia-a10g"
    assert action.labels["orchestrate.sigopt.com/node-group-type"] == "gpu"
    assert created(w.CPU).taints == ()


def test_only_subnets_in_zones_that_sell_the_type_are_used() -> None:
    narrow = replace(w.FACTS.types["t3.medium"], zones=("us-west-2b",))
    facts = replace(w.FACTS, types={**w.FACTS.types, "t3.medium": narrow})
    seen = replace(w.finished(), facts=facts, node_groups=(w.group(w.SYSTEM),))
    (action,) = actions(w.WANT, seen)
    assert isinstance(action, CreateNodeGroup)
    assert action.subnet_ids == ("PrivateSubnet1-id",)


def test_a_name_depends_on_the_immutable_part_alone() -> None:
    assert node_group_name(w.CPU) == node_group_name(replace(w.CPU, min_nodes=3, max_nodes=9))
    others = [replace(w.CPU, instance_type="m7g.large"), replace(w.CPU, volume_size=99)]
    assert len({node_group_name(pool) for pool in (w.CPU, *others)}) == 3
