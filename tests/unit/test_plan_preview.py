"""The whole plan in words, walked ahead to its end, with durations and disruption."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import Action
from sigopt_operator.plan.control_plane.setting import EndpointAccess
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.network.subnets import control_plane_subnets
from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.preview.walk import EFFECTS, done, settled
from sigopt_operator.plan.preview.words import Preview, preview
from sigopt_operator.plan.snapshot import AddonOffer, RouteTable, Snapshot, Subnet, Vpc
from sigopt_operator.plan.wish import AddonWish, Wish

READY = replace(w.finished(), facts=w.FACTS)
BIGGER = replace(w.CPU, instance_type="m7g.large")
AUTOSCALER_ROLE = "arn:aws:iam::111122223333:role/tiny-autoscaler-role"


def of(*pools: object, **changes: object) -> Wish:
    return replace(w.WANT, pools=pools, **changes)  # type: ignore[arg-type] # the table's fields


def told(found: Preview) -> list[str]:
    return [f"{change.kind}: {change}" for change in found.changes]


def test_a_creation_is_told_whole_in_its_order() -> None:
    found = preview(w.WANT, w.EMPTY, w.MOMENT)
    assert [line.split(" (")[0] for line in told(found)] == [
        "create: create CloudFormation stack tiny-sigopt: a VPC over us-west-2a, us-west-2b, "
        "us-west-2c with one NAT gateway, and the cluster's IAM roles",
        "create: create EKS cluster tiny with Kubernetes 1.34",
        f"create: grant AmazonEKSClusterAdminPolicy to {w.WHO.principal_arn}",
        f"create: grant AmazonEKSClusterAdminPolicy to {w.SHARED}",
        *(
            f"create: install add-on {name}"
            for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
        ),
        "create: create node group system-c474c1bb",
        "create: create node group cpu-e1d4d99b",
        f"create: give service account kube-system/cluster-autoscaler the role {AUTOSCALER_ROLE}",
        "create: install training in the cluster",
        "create: install add-on coredns",
        "create: tag the auto scaling group of node group system-c474c1bb",
        "create: tag the auto scaling group of node group cpu-e1d4d99b",
        "create: install cluster-autoscaler v1.34.5 in the cluster",
    ]
    assert found.summary == "15 to create; about 18 minutes in all"
    assert not found.obstacles


@pytest.mark.parametrize(
    ("want", "seen", "lines", "summary"),
    [
        pytest.param(w.WANT, READY, [], "nothing is to be done", id="nothing"),
        pytest.param(
            of(w.SYSTEM, BIGGER),
            READY,
            [
                "replace: create node group cpu-d73890b7 (m7g.large) of 0 to 4 nodes, then delete "
                "node group cpu-e1d4d99b (about 8 minutes; the new one first; then its pods are "
                "evicted",
                "delete: delete launch template tiny-cpu-e1d4d99b (seconds; no disruption",
            ],
            "1 to create, 1 to replace, 1 to delete; about 8 minutes in all",
            id="a pool of another type is a replacement",
        ),
        pytest.param(
            of(w.SYSTEM, replace(w.CPU, max_nodes=9)),
            READY,
            ["change: set node group cpu-e1d4d99b to 0..9 nodes"],
            "1 to change; about 3 minutes in all",
            id="limits change in place",
        ),
        pytest.param(
            of(w.SYSTEM, replace(w.CPU, max_nodes=1)),
            replace(
                READY,
                node_groups=(w.group(w.SYSTEM), replace(w.group(w.CPU), desired_size=3)),
            ),
            ["2 nodes go: its pods end, whatever their disruption budgets"],
            "1 to change; about 3 minutes in all",
            id="nodes that would go are counted",
        ),
        pytest.param(
            of(w.SYSTEM, replace(w.CPU, taints=(Taint("team", "vision", "NO_EXECUTE"),))),
            READY,
            ["running pods that do not tolerate the new taint are evicted at once"],
            "1 to change; about 3 minutes in all",
            id="a taint that evicts",
        ),
        pytest.param(
            replace(w.WANT, endpoint_access=EndpointAccess(public_cidrs=("203.0.113.0/24",))),
            READY,
            ["who reaches its API from elsewhere"],
            "1 to change; about 3 minutes in all",
            id="an endpoint for fewer",
        ),
        pytest.param(
            of(w.SYSTEM),
            READY,
            ["delete: delete node group cpu-e1d4d99b (about 5 minutes; its pods are evicted"],
            "2 to delete; about 5 minutes in all",
            id="a pool that goes",
        ),
        pytest.param(
            replace(w.WANT, version="1.36"),
            READY,
            [
                "upgrade control plane tiny from Kubernetes 1.34 to 1.35, then 1.36",
                "upgrade node group system-c474c1bb from Kubernetes 1.34 to 1.35",
                "upgrade control plane tiny from Kubernetes 1.35 to 1.36",
                "upgrade node group cpu-e1d4d99b from Kubernetes 1.35 to 1.36",
            ],
            "8 to change",
            id="two minor versions, one after the other",
        ),
        pytest.param(
            w.deleting(),
            READY,
            [
                "delete: delete node group system",
                "delete: delete EKS cluster tiny (about 3 minutes; everything that runs in tiny",
                "delete: delete CloudFormation stack tiny-sigopt (about 2 minutes",
            ],
            "6 to delete",
            id="a deletion",
        ),
    ],
)
def test_a_change_is_told_with_its_duration_and_disruption(
    want: Wish, seen: Snapshot, lines: list[str], summary: str
) -> None:
    found = preview(want, seen, w.MOMENT)
    text = "\n".join(told(found))
    assert [line for line in lines if line not in text] == []
    assert found.summary.startswith(summary)


def test_what_preflight_finds_is_an_obstacle_and_nothing_would_be_done() -> None:
    found = preview(of(w.SYSTEM, replace(w.CPU, instance_type="zz9.huge")), w.EMPTY, w.MOMENT)
    assert found.changes == ()
    assert "zz9.huge" in found.obstacles[0]
    assert found.summary == "nothing can be done yet"


def test_what_aws_has_under_way_is_not_told_again() -> None:
    seen = replace(w.EMPTY, stack=w.stack(status="CREATE_IN_PROGRESS"))
    assert not [line for line in told(preview(w.WANT, seen, w.MOMENT)) if "CloudFormation" in line]


NOT_LISTED = ("PrivateSubnet0", "PrivateSubnet1", "PrivateSubnet2", "PrivateRoute", "AccessRole")


@pytest.mark.parametrize(
    "listed", [w.stack().resources.keys() - set(NOT_LISTED), set()], ids=["some", "nothing"]
)
@pytest.mark.parametrize("want", [w.WANT, replace(w.WANT, principals=(w.WHO.principal_arn,))])
def test_what_a_stack_does_not_list_yet_hides_nothing_of_the_plan(
    want: Wish, listed: set[str]
) -> None:
    begun = w.stack(status="CREATE_IN_PROGRESS")
    begun = replace(begun, resources={name: begun.resources[name] for name in sorted(listed)})
    found = preview(want, replace(w.EMPTY, stack=begun), w.MOMENT)
    assert told(found) == told(preview(want, w.EMPTY, w.MOMENT))[1:]
    assert found.summary == "14 to create; about 17 minutes in all"


def test_subnets_that_cloudformation_has_no_ids_of_yet_are_as_many_zones() -> None:
    begun = w.stack(status="CREATE_IN_PROGRESS", without=NOT_LISTED)
    unknown = {name: replace(r, physical_id="") for name, r in begun.resources.items()}
    ahead = settled(replace(w.EMPTY, stack=replace(begun, resources=unknown)))
    assert set(control_plane_subnets(w.WANT, ahead).values()) == set(w.EVERYWHERE[:3])


IN_A_FOURTH_ZONE = of(w.SYSTEM, replace(w.CPU, instance_type="p5.48xlarge"))
LOOKED_AT = Vpc(
    "vpc-1",
    tables=(RouteTable("rtb-1", way_out="nat-1", main=True),),
    subnets=tuple(
        Subnet(f"PrivateSubnet{i}-id", zone.name, zone.id, "vpc-1")
        for i, zone in enumerate(w.ZONES[:3])
    ),
)


@pytest.mark.parametrize("vpc", [None, LOOKED_AT], ids=["not looked at", "looked at"])
def test_a_replacement_in_a_zone_that_the_stack_gets_first_is_told(vpc: Vpc | None) -> None:
    found = preview(IN_A_FOURTH_ZONE, replace(READY, vpc=vpc), w.MOMENT)
    assert [change.kind for change in found.changes] == ["change", "replace", "create", "delete"]
    assert found.summary == (
        "1 to create, 1 to replace, 1 to change, 1 to delete; about 11 minutes in all"
    )


@pytest.mark.parametrize("vpc", [None, LOOKED_AT], ids=["not looked at", "looked at"])
def test_a_replacement_in_a_zone_that_the_stack_is_getting_is_told(vpc: Vpc | None) -> None:
    listed = w.stack().resources
    amid = replace(w.stack(IN_A_FOURTH_ZONE, "UPDATE_IN_PROGRESS"), resources=listed)
    found = preview(IN_A_FOURTH_ZONE, replace(READY, stack=amid, vpc=vpc), w.MOMENT)
    assert [change.kind for change in found.changes] == ["replace", "create", "delete"]


def test_of_a_stack_that_is_taken_away_nothing_more_is_taken_as_made() -> None:
    going = replace(w.stack(status="ROLLBACK_IN_PROGRESS"), resources={})
    assert settled(replace(w.EMPTY, stack=going)).stack == replace(
        going, status="ROLLBACK_COMPLETE"
    )


@pytest.mark.parametrize(
    "status",
    ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"],
)
@pytest.mark.parametrize("want", [w.deleting(), replace(w.WANT, version="1.36")])
def test_a_stack_that_is_cleaned_up_after_hides_nothing_of_the_plan(
    want: Wish, status: str
) -> None:
    standing = replace(READY, stack=w.stack(status="UPDATE_COMPLETE"))
    amid = replace(READY, stack=w.stack(status=status))
    assert told(preview(want, amid, w.MOMENT)) == told(preview(want, standing, w.MOMENT))


def test_what_is_done_once_a_dead_entry_was_made_anew_is_previewed_too() -> None:
    own, *others = w.finished().access_entries
    assert own.principal_arn == w.WHO.principal_arn
    dead = replace(own, tags=w.WANT.tags, made_at=w.ago(minutes=60))
    who = replace(w.WHO, principal_made_at=w.ago(minutes=5))
    seen = replace(READY, identity=who, access_entries=(dead, *others), pod_identity=None)
    text = "\n".join(told(preview(w.WANT, seen, w.MOMENT)))
    assert "its access entry made anew" in text
    assert "give service account kube-system/cluster-autoscaler" in text


def test_an_add_on_that_is_put_off_is_previewed_once_and_as_pinned() -> None:
    pinned = AddonWish("metrics-server", "v1.0.0-eksbuild.1")
    offers = {"coredns": AddonOffer("v1", ("v1",))}
    want = replace(w.WANT, version="1.36", addons=(pinned,))
    lines = told(preview(want, replace(READY, addon_offers=offers, insights=()), w.MOMENT))
    (line,) = (line for line in lines if "metrics-server" in line)
    assert line.startswith("create: install add-on metrics-server")


@pytest.mark.parametrize("want", [w.WANT, of(w.SYSTEM, BIGGER, w.GPU), w.deleting()])
@pytest.mark.parametrize("seen", [w.EMPTY, READY], ids=["nothing yet", "a cluster"])
def test_what_is_done_then_is_what_was_previewed(want: Wish, seen: Snapshot) -> None:
    """Round by round, one action of each round at a time, as when AWS is slow."""
    lines = told(preview(want, seen, w.MOMENT))
    for _ in range(40):
        now = decide(want, seen, w.MOMENT).actions
        if not now:
            break
        action = now[0][1]
        assert [line for line in lines if str(action) in line]
        seen = settled(done(seen, action, w.MOMENT))
    assert decide(want, seen, w.MOMENT).done


def test_no_action_lacks_an_effect() -> None:
    assert set(get_args(Action)) - set(EFFECTS) == set()


def test_with_the_policy_plan_nothing_is_done_and_each_part_says_what_it_would() -> None:
    plan = decide(replace(w.WANT, planned=True), w.EMPTY, w.MOMENT)
    assert plan.actions == ()
    assert [p.step.message for p in plan.parts if p.step.because] == [
        "planned; would create CloudFormation stack tiny-sigopt"
    ]
