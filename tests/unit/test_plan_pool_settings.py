"""Labels, taints, spot capacity, and the tags of what stands behind a pool."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import (
    Action,
    CreateNodeGroup,
    DeleteLaunchTemplate,
    InstallComponent,
    Retag,
    TagScalingGroup,
    UpdateNodeGroupConfig,
    UpdateStack,
)
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.node_pools.group_tags import TEMPLATE
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.ownership import TAG_ATTEMPT
from sigopt_operator.plan.snapshot import AccessEntry, NodeGroup, ScalingGroup, Snapshot
from sigopt_operator.plan.wish import Pool, Wish

TAINT = Taint("team", "vision", "NO_SCHEDULE")
LABELLED = replace(w.CPU, labels={"team": "vision"}, taints=(TAINT,))


def with_cpu(pool: Pool, **changed: object) -> Wish:
    return replace(w.WANT, pools=(w.SYSTEM, pool), **changed)  # type: ignore[arg-type]  # of any field


def seen_with(group: NodeGroup) -> Snapshot:
    return replace(w.finished(), node_groups=(w.group(w.SYSTEM), group))


def actions(want: Wish, seen: Snapshot) -> list[Action]:
    """What is to be done, but for launch templates of pools that a test does without, and for what
    a pool of GPUs brings into the cluster."""
    planned = [action for _, action in decide(want, seen, w.MOMENT).actions]
    others = (DeleteLaunchTemplate, InstallComponent)
    return [action for action in planned if not isinstance(action, others)]


def configured(want: Wish, seen: Snapshot) -> UpdateNodeGroupConfig:
    (action,) = actions(want, seen)
    assert isinstance(action, UpdateNodeGroupConfig)
    return action


def test_labels_and_taints_are_added_in_place_in_one_call() -> None:
    action = configured(with_cpu(LABELLED), w.finished())
    assert (dict(action.labels), action.no_labels) == ({"team": "vision"}, ())
    assert (action.taints, action.no_taints) == ((TAINT,), ())
    assert (action.limits, action.desired_size) == (None, None)


def test_what_is_no_longer_wanted_or_was_put_on_by_hand_is_taken_off() -> None:
    stray = Taint("stray", "x", "NO_EXECUTE")
    group = replace(w.group(w.CPU), taints=(stray,))
    action = configured(w.WANT, seen_with(replace(group, labels={**group.labels, "stray": "x"})))
    assert (dict(action.labels), action.no_labels) == ({}, ("stray",))
    assert (action.taints, action.no_taints) == ((), (stray,))


def test_a_taint_with_another_value_is_set_anew_and_not_taken_off() -> None:
    group = replace(w.group(LABELLED), taints=(replace(TAINT, value="other"),))
    action = configured(with_cpu(LABELLED), seen_with(group))
    assert (action.taints, action.no_taints) == ((TAINT,), ())


def test_what_was_found_is_told_by_field_found_and_wanted() -> None:
    group = replace(w.group(w.CPU), labels={}, max_size=9)
    told = [str(d) for d in configured(w.WANT, seen_with(group)).differences]
    assert told == [
        "spec.cpu.maxNodes: found 9, wanted 4",
        "spec.cpu.labels: found none, wanted orchestrate.sigopt.com/node-group-type=cpu",
    ]


def test_labels_that_name_the_gpu_come_back_from_what_aws_says() -> None:
    want = replace(w.WANT, pools=(w.SYSTEM, w.GPU))
    bare = replace(w.group(w.GPU), labels={"orchestrate.sigopt.com/node-group-type": "gpu"})
    action = configured(want, replace(seen_with(bare), facts=w.FACTS))
    assert action.labels["k8s.amazonaws.com/accelerator"] == "nvidia-a10g"
    assert action.labels["nvidia.com/gpu.count"] == "1"
    assert actions(want, seen_with(w.group(w.GPU))) == []


def test_spot_with_several_types_is_another_node_group_where_all_are_sold() -> None:
    spot = replace(w.CPU, spot=True, more_types=("t3.large",))
    narrow = replace(w.FACTS.types["t3.large"], zones=("us-west-2a", "us-west-2b"))
    facts = replace(w.FACTS, types={**w.FACTS.types, "t3.large": narrow})
    (action,) = actions(with_cpu(spot), replace(w.finished(), facts=facts))
    assert isinstance(action, CreateNodeGroup)
    assert action.spot
    assert action.instance_types == ("t3.medium", "t3.large")
    assert action.subnet_ids == ("PrivateSubnet0-id", "PrivateSubnet1-id")
    assert node_group_name(spot) != node_group_name(w.CPU)


@pytest.mark.parametrize(
    "same", [replace(w.CPU, labels={"a": "b"}), replace(w.CPU, taints=(TAINT,))]
)
def test_labels_and_taints_make_no_other_node_group(same: Pool) -> None:
    assert node_group_name(same) == node_group_name(w.CPU)


def scaled(pool: Pool, **tags: str) -> NodeGroup:
    group = w.group(pool)
    behind = ScalingGroup("eks-cpu", pool.min_nodes, pool.max_nodes, pool.min_nodes, tags)
    return replace(group, auto_scaling_group="eks-cpu", scaling=behind)


def tagged(want: Wish, seen: Snapshot) -> TagScalingGroup:
    (action,) = actions(want, seen)
    assert isinstance(action, TagScalingGroup)
    return action


def test_the_group_behind_says_what_a_node_of_an_empty_pool_would_be() -> None:
    want = replace(w.WANT, pools=(w.SYSTEM, w.GPU))
    action = tagged(want, seen_with(scaled(w.GPU)))
    assert action.own[f"{TEMPLATE}resources/nvidia.com/gpu"] == "1"
    assert action.own[f"{TEMPLATE}resources/ephemeral-storage"] == "100G"
    assert action.own[f"{TEMPLATE}taint/nvidia.com/gpu"] == "present:NoSchedule"
    assert action.own[f"{TEMPLATE}label/k8s.amazonaws.com/accelerator"] == "nvidia-a10g"
    assert dict(action.propagated) == want.tags
    assert not action.on_instances


def full_tags(want: Wish, pool: Pool) -> dict[str, str]:
    action = tagged(want, seen_with(scaled(pool)))
    return {**action.own, **action.propagated, "k8s.io/cluster-autoscaler/enabled": "true"}


def test_tags_that_are_missing_or_stale_are_mended_and_those_of_others_stay() -> None:
    have = full_tags(w.WANT, w.CPU)
    assert actions(w.WANT, seen_with(scaled(w.CPU, **have))) == []
    label = f"{TEMPLATE}label/orchestrate.sigopt.com/node-group-type"
    options = f"{TEMPLATE}autoscaling-options/scaledownunneededtime"
    stale = {**have, f"{TEMPLATE}label/old": "x", options: "1m", "theirs": "x"}
    del stale[label]
    action = tagged(w.WANT, seen_with(scaled(w.CPU, **stale)))
    assert (dict(action.own), dict(action.remove)) == (
        {label: "cpu"},
        {f"{TEMPLATE}label/old": "x"},
    )


def test_a_group_has_no_more_tags_than_auto_scaling_admits() -> None:
    many = replace(w.CPU, labels={f"label-{n}": "x" for n in range(40)})
    want = with_cpu(many, spec_tags={f"tag-{n}": "x" for n in range(20)})
    seen = replace(seen_with(scaled(many)), stack=w.stack(want), cluster=w.cluster(want))
    (action,) = [a for a in actions(want, seen) if isinstance(a, TagScalingGroup)]
    assert len(action.own) + len(action.propagated) <= 45


OWNER = replace(w.WANT, spec_tags={"owner": "ann"})


def test_tags_of_the_spec_are_put_on_what_stands_and_the_stack_comes_last() -> None:
    first = [str(a) for a in actions(OWNER, w.finished())]
    assert len(first) == len({*first}) == 10
    assert all("owner=ann" in told for told in first)
    followed = replace(w.finished(OWNER), stack=w.stack(w.WANT))
    addons = tuple(replace(a, tags=OWNER.tags) for a in followed.addons)
    identity = replace(w.ASSOCIATION, tags=OWNER.tags)
    followed = replace(followed, addons=addons, pod_identity=identity)
    assert [str(a) for a in actions(OWNER, followed)] == ["update CloudFormation stack tiny-sigopt"]


@pytest.mark.parametrize(
    ("status", "tags", "held"),
    [
        pytest.param("UPDATING", None, True, id="EKS is updating the node group"),
        pytest.param("CREATING", None, True, id="EKS is making it"),
        pytest.param("ACTIVE", {"owner": "ann"}, True, id="a tag has yet to go"),
        pytest.param("ACTIVE", {}, False, id="it has followed"),
        pytest.param("DEGRADED", None, False, id="nobody knows, and that may last"),
    ],
)
def test_the_stack_which_alone_remembers_former_tags_waits_for_the_auto_scaling_groups(
    status: str, tags: dict[str, str] | None, held: bool
) -> None:
    followed = replace(w.finished(), stack=w.stack(OWNER))
    scaling = None if tags is None else scaled(w.CPU, **w.WANT.tags, **tags).scaling
    late = replace(w.group(w.CPU, status=status), scaling=scaling)
    seen = replace(followed, node_groups=(w.group(w.SYSTEM), late))
    updates = [a for a in actions(w.WANT, seen) if isinstance(a, UpdateStack)]
    assert bool(updates) is not held


LARGER = with_cpu(replace(w.CPU, volume_size=80))
"""Another volume size: another node group, and the former one stands in for it."""


def replaced(status: str | None, stand_in: NodeGroup) -> Snapshot:
    """All has followed an edit that took the tag off again, but for what stands behind that one."""
    new = w.group(LARGER.pools[1], status=status or "")
    lately = {**new.tags, TAG_ATTEMPT: "3"}
    groups = (w.group(w.SYSTEM), stand_in, *([replace(new, tags=lately)] if status else []))
    return replace(w.finished(), stack=w.stack(OWNER), node_groups=groups)


@pytest.mark.parametrize("status", [None, "CREATE_FAILED"])
def test_what_stands_in_for_a_new_node_group_follows_an_edit_of_tags_and_then_the_stack(
    status: str | None,
) -> None:
    have = full_tags(w.WANT, w.CPU)
    late = replaced(status, scaled(w.CPU, **have, owner="ann"))
    found = [a for a in actions(LARGER, late) if isinstance(a, TagScalingGroup | UpdateStack)]
    (action,) = found
    assert isinstance(action, TagScalingGroup)
    assert (action.name, action.on_instances) == (node_group_name(w.CPU), True)
    assert (dict(action.propagated), dict(action.remove)) == ({}, {"owner": "ann"})
    then = actions(LARGER, replaced(status, scaled(w.CPU, **have)))
    assert [a for a in then if isinstance(a, UpdateStack)]
    assert not [a for a in then if isinstance(a, TagScalingGroup)]


def test_it_says_of_its_nodes_what_it_said_unless_tags_of_the_spec_need_the_room() -> None:
    """Its nodes are those of an earlier spec."""
    many = {f"{TEMPLATE}label/label-{n:02}": "x" for n in range(40)}
    disk = {f"{TEMPLATE}resources/ephemeral-storage": "50G"}
    seen = replaced("CREATING", scaled(w.CPU, **w.WANT.tags, **many, **disk))
    want = replace(LARGER, spec_tags={f"tag-{n}": "x" for n in range(20)})
    (action,) = [a for a in actions(want, seen) if isinstance(a, TagScalingGroup)]
    assert dict(action.own) == {}
    assert dict(action.propagated) == want.spec_tags
    assert action.remove.keys() < many.keys()
    assert len(many | disk | w.WANT.tags) - len(action.remove) + 20 == 45


def test_a_former_node_group_that_is_to_go_does_not_hold_the_stack() -> None:
    have = full_tags(w.WANT, w.CPU)
    seen = replaced("ACTIVE", scaled(w.CPU, **have, owner="ann"))
    found = actions(LARGER, seen)
    assert [a for a in found if isinstance(a, UpdateStack)]
    assert not [a for a in found if isinstance(a, TagScalingGroup)]


def test_a_tag_that_left_the_spec_is_taken_off_and_one_of_others_stays() -> None:
    seen = w.finished(OWNER)
    assert seen.cluster is not None
    busy = replace(seen.cluster, tags={**seen.cluster.tags, "theirs": "x"})
    found = [a for a in actions(w.WANT, replace(seen, cluster=busy)) if isinstance(a, Retag)]
    (cluster,) = [a for a in found if a.kind == "EKS cluster"]
    assert (dict(cluster.put), dict(cluster.remove)) == ({}, {"owner": "ann"})


def test_instances_follow_an_edit_of_tags_but_not_the_first_tags_of_their_group() -> None:
    have = full_tags(w.WANT, w.CPU)
    seen = replace(seen_with(scaled(w.CPU, **have)), stack=w.stack(OWNER))
    (action,) = [a for a in actions(OWNER, seen) if isinstance(a, TagScalingGroup)]
    assert action.on_instances
    assert dict(action.propagated) == {"owner": "ann"}
    assert action.uid == OWNER.uid


def test_access_entries_follow_once_their_tags_were_asked() -> None:
    entry = AccessEntry(w.SHARED, w.entries()[1].policies, "arn:entry", w.WANT.tags)
    seen = replace(w.finished(), access_entries=(w.entries()[0], entry))
    told = [a.name for a in actions(OWNER, seen) if isinstance(a, Retag) and a.area == "Access"]
    assert told == [w.SHARED]
