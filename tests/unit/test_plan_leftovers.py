"""What workloads made goes before the network: by the cluster's hand first, then by its tags."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.left import (
    ClusterObject,
    Interface,
    Left,
    LoadBalancer,
    SecurityGroup,
    TargetGroup,
    Volume,
    Workload,
    of_cluster,
)

WANT = replace(w.deleting(), deleting_since=w.ago(seconds=10))
OLD = replace(WANT, deleting_since=w.ago(days=1), removal_since=w.ago(minutes=61))
HELD_SO_FAR = replace(OLD, removal_since=None)
FULL = replace(w.finished(), left=Left(), workload=Workload())
WEB = ClusterObject("Service", "shop", "web")
DATA = ClusterObject("PersistentVolumeClaim", "shop", "data")
BALANCER = LoadBalancer("k8s-shop-web", "arn:lb")
TARGETS = TargetGroup("k8s-shop-web-tg", "arn:tg")
OWNED = {"kubernetes.io/cluster/tiny": "owned"}
LINGERING = Interface("eni-1", "ELB app/k8s-shop-web/1", True, "amazon-elb", None, ("sg-1",))
NETWORK_ONLY = Snapshot(identity=w.WHO, stack=w.stack())


def step(plan: Plan, part: str) -> Step:
    return next(p.step for p in plan.parts if p.part.name == part)


def asked(want: Wish, seen: Snapshot, moment: Moment = w.MOMENT) -> list[str]:
    return [str(action) for _, action in decide(want, seen, moment).actions]


def actions(seen: Snapshot, moment: Moment = w.MOMENT) -> list[str]:
    return asked(WANT, seen, moment)


@pytest.mark.parametrize(
    ("tags", "belongs"),
    [
        pytest.param(OWNED, True, id="cloud provider"),
        pytest.param({"elbv2.k8s.aws/cluster": "tiny"}, True, id="load balancer controller"),
        pytest.param({"kubernetes.io/cluster/tiny": "shared"}, False, id="shared"),
        pytest.param({"kubernetes.io/cluster/tiny-2": "owned"}, False, id="a longer name"),
        pytest.param({"elbv2.k8s.aws/cluster": "tiny-2"}, False, id="a longer name, newer"),
        pytest.param({"KubernetesCluster": "tiny"}, False, id="a tag that others use too"),
        pytest.param({}, False, id="no tags"),
    ],
)
def test_whose_it_is_stands_in_the_tags(tags: dict[str, str], belongs: bool) -> None:
    assert of_cluster(tags, "tiny") is belongs


GOING = replace(WEB, deleting_since=w.ago(seconds=30))
HANGING = replace(WEB, deleting_since=w.ago(minutes=11))
CLAIM_IN_USE = replace(DATA, deleting_since=w.ago(minutes=3))
NODE_GROUPS = [f"delete node group {node_group_name(pool)}" for pool in w.WANT.pools]


@pytest.mark.parametrize(
    ("workload", "left", "expected"),
    [
        pytest.param(
            Workload(objects=(WEB, DATA)),
            Left(load_balancers=(BALANCER,)),
            [
                "delete Service shop/web in the cluster",
                "delete PersistentVolumeClaim shop/data in the cluster",
            ],
            id="through Kubernetes first",
        ),
        pytest.param(
            Workload(objects=(GOING,)),
            Left(load_balancers=(BALANCER,)),
            [],
            id="its controller works",
        ),
        pytest.param(
            Workload(objects=(HANGING,)),
            Left(load_balancers=(BALANCER,), target_groups=(TARGETS,)),
            ["delete load balancer k8s-shop-web"],
            id="its controller is gone: by the tags",
        ),
        pytest.param(
            Workload(),
            Left(target_groups=(TARGETS,)),
            ["delete target group k8s-shop-web-tg"],
            id="target groups follow",
        ),
        pytest.param(
            Workload(objects=(CLAIM_IN_USE,)), Left(), NODE_GROUPS, id="a claim goes with its pods"
        ),
        pytest.param(
            Workload(problem="silence"),
            Left(load_balancers=(BALANCER,)),
            [],
            id="its API is silent",
        ),
        pytest.param(Workload(), Left(), NODE_GROUPS, id="nothing is left: node groups"),
    ],
)
def test_what_workloads_made_goes_before_the_nodes(
    workload: Workload, left: Left, expected: list[str]
) -> None:
    assert actions(replace(FULL, workload=workload, left=left)) == expected


def test_a_cluster_whose_api_is_silent_is_not_waited_for_for_ever() -> None:
    later = Moment(w.NOW + timedelta(minutes=3))
    silent = replace(FULL, workload=Workload(problem="silence"), left=Left())
    assert step(decide(WANT, silent, w.MOMENT), "Workload").waiting
    assert actions(silent, later) == NODE_GROUPS
    nothing_ever_ran = replace(silent, node_groups=(), launch_templates=())
    assert actions(nothing_ever_ran) == ["delete EKS cluster tiny"]


def test_one_question_that_fails_when_the_nodes_are_gone_is_asked_again() -> None:
    ran = replace(WANT, stood=True, deleting_since=w.ago(minutes=20))
    silent = Workload(problem="silence", silent_since=w.ago(seconds=5))
    seen = replace(FULL, node_groups=(), launch_templates=(), workload=silent, left=Left())
    plan = decide(ran, seen, w.MOMENT)
    assert plan.actions == ()
    assert step(plan, "Workload").waiting
    for_good = replace(silent, silent_since=w.ago(minutes=3))
    ((_, last),) = decide(ran, replace(seen, workload=for_good), w.MOMENT).actions
    assert str(last) == "delete EKS cluster tiny"


def test_what_makes_its_objects_again_for_ever_does_not_hold_the_deletion() -> None:
    again = replace(FULL, workload=Workload(objects=(WEB,)))
    assert asked(OLD, again) == NODE_GROUPS
    assert asked(HELD_SO_FAR, again) == ["delete Service shop/web in the cluster"]


NO_NODES = replace(FULL, node_groups=(), launch_templates=())


def test_volumes_and_leaked_interfaces_go_between_the_nodes_and_the_control_plane() -> None:
    left = Left(
        volumes=(Volume("vol-1", "shop/data"), Volume("vol-2", "shop/more", in_use=True)),
        interfaces=(
            Interface("eni-1", "aws-K8S-i-1"),
            Interface("eni-2", "aws-K8S-i-2", in_use=True),
            LINGERING,
        ),
    )
    plan = decide(WANT, replace(NO_NODES, left=left), w.MOMENT)
    assert [str(action) for _, action in plan.actions] == [
        "delete volume vol-1 of claim shop/data",
        "delete left network interface eni-1",
    ]
    (waiting,) = step(plan, "ControlPlane").waiting
    assert waiting.what == "volume vol-2 of claim shop/more to be detached"


HELD = Volume("vol-2", "shop/more", in_use=True, instances=("i-123",))


def test_a_volume_that_stays_attached_for_an_hour_is_told_and_still_waited_for() -> None:
    seen = replace(NO_NODES, left=Left(volumes=(HELD,)))
    young = step(decide(HELD_SO_FAR, seen, w.MOMENT), "ControlPlane")
    assert (young.blocked, bool(young.waiting)) == (None, True)
    late = step(decide(OLD, seen, w.MOMENT), "ControlPlane")
    assert late.blocked
    assert late.blocked.reason == "VolumeInUse"
    assert "volume vol-2 of claim shop/more (attached to i-123)" in late.blocked.message
    assert "aws ec2 detach-volume --region us-west-2 --volume-id vol-2" in late.blocked.message
    assert [waiting.what for waiting in late.waiting] == [
        "volume vol-2 of claim shop/more (attached to i-123) to be detached"
    ]
    detached = replace(seen, left=Left(volumes=(Volume("vol-2", "shop/more"),)))
    plan = decide(OLD, detached, w.MOMENT)
    assert [str(action) for _, action in plan.actions] == ["delete volume vol-2 of claim shop/more"]
    assert step(plan, "ControlPlane").blocked is None


def test_a_free_volume_goes_beside_one_that_stays_attached() -> None:
    left = Left(volumes=(Volume("vol-1", "shop/data"), HELD))
    plan = decide(OLD, replace(NO_NODES, left=left), w.MOMENT)
    assert [str(action) for _, action in plan.actions] == ["delete volume vol-1 of claim shop/data"]
    assert "vol-1" not in str(step(plan, "ControlPlane").blocked)


def test_a_lingering_interface_is_waited_for_by_name_before_the_network_goes() -> None:
    group = SecurityGroup("sg-1", "k8s-shop-web", OWNED)
    left = Left(interfaces=(LINGERING,), security_groups=(group,))
    plan = decide(WANT, replace(NETWORK_ONLY, left=left), w.MOMENT)
    assert plan.actions == ()
    (waiting,) = step(plan, "Network").waiting
    assert "eni-1 (ELB app/k8s-shop-web/1, amazon-elb)" in waiting.what
    assert step(plan, "Network").blocked is None


@pytest.mark.parametrize(
    ("theirs", "whose"),
    [
        pytest.param(
            Interface("eni-9", "", True, "i-123", w.ago(days=2)),
            "eni-9 (i-123, attached since 2026-11-21T12:00:00Z)",
            id="an instance",
        ),
        pytest.param(
            Interface("eni-9", "ours, do not touch"), "eni-9 (ours, do not touch)", id="kept apart"
        ),
    ],
)
def test_somebody_elses_interface_in_the_network_blocks_and_is_named(
    theirs: Interface, whose: str
) -> None:
    plan = decide(WANT, replace(NETWORK_ONLY, left=Left(interfaces=(theirs,))), w.MOMENT)
    assert plan.actions == ()
    blocked = step(plan, "Network").blocked
    assert blocked
    assert blocked.reason == "NetworkInUse"
    assert whose in blocked.message


def test_an_interface_of_awss_own_that_does_not_go_within_an_hour_is_for_a_person() -> None:
    endpoint = Interface("eni-9", "VPC Endpoint Interface vpce-1", True, "111122223333")
    seen = replace(NETWORK_ONLY, left=Left(interfaces=(endpoint,)))
    young = step(decide(HELD_SO_FAR, seen, w.MOMENT), "Network")
    assert (young.blocked, bool(young.waiting)) == (None, True)
    blocked = step(decide(OLD, seen, w.MOMENT), "Network").blocked
    assert blocked
    assert blocked.reason == "NetworkInUse"
    assert "VPC Endpoint Interface vpce-1" in blocked.message


def test_the_clusters_groups_go_after_the_rules_that_name_them_and_others_stay() -> None:
    first = SecurityGroup("sg-1", "k8s-traffic", {"elbv2.k8s.aws/cluster": "tiny"})
    second = SecurityGroup("sg-2", "eks-cluster-sg-tiny", OWNED, frozenset({"sg-1", "sg-2"}))
    other = SecurityGroup("sg-3", "by-hand", {}, frozenset({"sg-9"}))
    seen = replace(NETWORK_ONLY, left=Left(security_groups=(first, second, other)))
    plan = decide(WANT, seen, w.MOMENT)
    assert [(str(action), getattr(action, "named_by", ())) for _, action in plan.actions] == [
        ("delete security group k8s-traffic (sg-1)", ("sg-2",)),
        ("delete security group eks-cluster-sg-tiny (sg-2)", ()),
    ]


def test_a_strangers_rule_that_names_a_group_of_the_cluster_is_left_and_told() -> None:
    mine = SecurityGroup("sg-1", "k8s-traffic", OWNED)
    other = SecurityGroup("sg-3", "by-hand", {}, frozenset({"sg-1"}))
    seen = replace(NETWORK_ONLY, left=Left(security_groups=(mine, other)))
    plan = decide(WANT, seen, w.MOMENT)
    assert plan.actions == ()
    blocked = step(plan, "Network").blocked
    assert blocked
    assert "security group by-hand (sg-3) that names sg-1" in blocked.message


def test_a_network_that_cannot_be_deleted_names_strangers_groups_in_it() -> None:
    failed = replace(w.stack(status="DELETE_FAILED"), since=w.ago(minutes=5))
    other = SecurityGroup("sg-3", "by-hand", {})
    seen = replace(NETWORK_ONLY, stack=failed, left=Left(security_groups=(other,)))
    blocked = step(decide(WANT, seen, w.MOMENT), "Network").blocked
    assert blocked
    assert "by-hand (sg-3)" in blocked.message


def test_of_a_cluster_that_is_somebody_elses_nothing_is_deleted_in_it() -> None:
    foreign = replace(w.cluster(), tags=w.FOREIGN)
    seen = Snapshot(identity=w.WHO, cluster=foreign, workload=Workload(objects=(WEB,)))
    assert actions(seen) == []
