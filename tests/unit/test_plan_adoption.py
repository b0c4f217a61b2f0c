"""What is taken over when it is asked for, what never is, and what a person is told before."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import CreateNodeGroup, CreateStack, TakeOver, UpdateStack
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.ownership import TAG_ADOPTED, TAG_UID, ownership_tags
from sigopt_operator.plan.snapshot import Cluster, Snapshot, Subnet
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish

ASKED = replace(w.WANT, adopt=True)
BEFORE = replace(w.WANT, uid="0a1b2c3d-0000-4000-8000-00000000dead")
"""An earlier resource of the same namespace and name."""
OTHER = ownership_tags("another-uid", "vision", "their-own")
THEIRS = replace(w.cluster(), tags=w.FOREIGN, authentication_mode="API", subnet_ids=("s-1", "s-2"))
WORKERS = replace(w.group(w.CPU), name="workers", tags=w.FOREIGN)
FOREIGN = Snapshot(w.WHO, facts=w.FACTS, cluster=THEIRS, node_groups=(WORKERS,))


def preflight(want: Wish, seen: Snapshot) -> Step:
    return next(p.step for p in decide(want, seen, w.MOMENT).parts if p.part.name == "Preflight")


def taken(want: Wish, seen: Snapshot) -> list[str]:
    return [str(action) for _, action in decide(want, seen, w.MOMENT).actions]


def test_without_asking_nothing_is_taken_and_what_would_change_is_told() -> None:
    step = preflight(w.WANT, FOREIGN)
    assert taken(w.WANT, FOREIGN) == []
    assert step.blocked
    assert step.blocked.reason == "NameConflict"
    for words in (
        "spec.adopt: true",
        "take over EKS cluster tiny",
        "make CloudFormation stack tiny-sigopt with roles alone",
        "pools system, cpu",
        "the network vpc-1 and the node groups workers would stay as they are",
        "managementPolicy: Observe",
    ):
        assert words in step.blocked.message


def test_of_somebody_elses_cluster_the_control_plane_alone_is_taken_and_marked() -> None:
    (action,) = preflight(ASKED, FOREIGN).actions
    assert isinstance(action, TakeOver)
    assert str(action) == "take over EKS cluster tiny"
    assert action.tags == {**ASKED.tags, TAG_ADOPTED: "true"}
    assert taken(ASKED, FOREIGN) == ["take over EKS cluster tiny"]


def test_then_roles_alone_are_made_and_the_pools_stand_in_its_own_subnets() -> None:
    marked = replace(THEIRS, tags={**ASKED.tags, TAG_ADOPTED: "true"})
    subnets = tuple(Subnet(f"s-{n}", z.name, z.id, "vpc-1") for n, z in enumerate(w.ZONES[:2], 1))
    seen = replace(FOREIGN, cluster=marked, subnets=subnets)
    ((_, stack),) = decide(ASKED, seen, w.MOMENT).actions
    assert isinstance(stack, CreateStack)
    assert stack.design.roles_alone
    complete = replace(
        w.finished(), cluster=marked, node_groups=(WORKERS,), facts=w.FACTS, subnets=subnets
    )
    made = [a for _, a in decide(ASKED, complete, w.MOMENT).actions]
    pools = [action for action in made if isinstance(action, CreateNodeGroup)]
    assert [action.subnet_ids for action in pools] == [("s-1", "s-2")] * 2
    assert [action for action in made if "workers" in str(action)] == []


def test_of_an_earlier_resource_of_this_name_everything_is_taken() -> None:
    left = replace(w.finished(BEFORE), facts=w.FACTS)
    assert preflight(w.WANT, left).blocked
    assert taken(w.WANT, left) == []
    assert taken(ASKED, left) == [
        "take over EKS cluster tiny",
        f"take over node group {node_group_name(w.SYSTEM)}",
        f"take over node group {node_group_name(w.CPU)}",
        f"take over launch template tiny-{node_group_name(w.SYSTEM)}",
        f"take over launch template tiny-{node_group_name(w.CPU)}",
    ]
    put = [action.tags for action in preflight(ASKED, left).actions if isinstance(action, TakeOver)]
    assert len(put) == 5
    assert not any(TAG_ADOPTED in tags for tags in put)


def test_then_its_stack_is_taken_by_an_update_that_passes_the_tags_on() -> None:
    seen = replace(w.finished(ASKED), stack=w.stack(BEFORE))
    assert taken(ASKED, seen) == ["update CloudFormation stack tiny-sigopt"]
    (_, update), *_ = decide(ASKED, seen, w.MOMENT).actions
    assert isinstance(update, UpdateStack)
    assert update.tags[TAG_UID] == ASKED.uid
    busy = replace(w.stack(BEFORE), status="UPDATE_IN_PROGRESS")
    assert taken(ASKED, replace(seen, stack=busy)) == []
    assert taken(w.WANT, seen) == []


def test_amid_a_deletion_the_cluster_that_the_earlier_resource_left_is_taken_with_the_rest() -> (
    None
):
    seen = replace(w.finished(BEFORE), node_groups=(w.group(w.CPU, ASKED),))
    told = taken(replace(ASKED, deleting=True), seen)
    assert told[0] == "take over EKS cluster tiny"
    assert "delete" not in " ".join(told)


@pytest.mark.parametrize(
    ("cluster", "reason", "words"),
    [
        pytest.param(
            replace(THEIRS, tags=OTHER),
            "NameConflict",
            ["vision/their-own", "aws eks untag-resource --region us-west-2 --resource-arn arn:"],
            id="another resource's",
        ),
        pytest.param(
            replace(THEIRS, authentication_mode="CONFIG_MAP"),
            "AdoptionNotPossible",
            ["--name tiny --access-config authenticationMode=API_AND_CONFIG_MAP"],
            id="without access entries",
        ),
        pytest.param(
            replace(THEIRS, version="1.35"),
            "AdoptionNotPossible",
            ["never lowered", "1.35"],
            id="of a newer version",
        ),
        pytest.param(
            replace(THEIRS, status="FAILED", health=("AccessDenied: no role",)),
            "ControlPlaneFailed",
            ["AccessDenied: no role", "aws eks delete-cluster --region us-west-2 --name tiny"],
            id="failed, which it stays",
        ),
        pytest.param(
            replace(w.cluster(BEFORE), status="FAILED"),
            "ControlPlaneFailed",
            ["EKS gives no reason", "aws eks delete-cluster --region us-west-2 --name tiny"],
            id="failed in the hands of an earlier resource",
        ),
    ],
)
def test_what_is_never_taken_says_the_way_out(
    cluster: Cluster, reason: str, words: list[str]
) -> None:
    seen = replace(FOREIGN, cluster=cluster)
    blocked = preflight(ASKED, seen).blocked
    assert blocked
    assert blocked.reason == reason
    assert [word for word in words if word not in blocked.message] == []
    assert taken(ASKED, seen) == []


def test_what_failed_is_not_offered_to_be_taken_over() -> None:
    failed = replace(THEIRS, status="FAILED", health=("AccessDenied: no role",))
    blocked = preflight(w.WANT, replace(FOREIGN, cluster=failed)).blocked
    assert blocked
    assert blocked.reason == "NameConflict"
    assert "aws eks delete-cluster --region us-west-2 --name tiny" in blocked.message
    assert "spec.adopt" not in blocked.message


def test_a_stack_of_somebody_else_is_never_taken() -> None:
    seen = replace(FOREIGN, stack=replace(w.stack(), tags=w.FOREIGN))
    blocked = preflight(ASKED, seen).blocked
    assert blocked
    assert "CloudFormation stack tiny-sigopt" in blocked.message
    assert taken(ASKED, seen) == []


def test_a_cluster_that_is_changing_is_waited_for() -> None:
    seen = replace(FOREIGN, cluster=replace(THEIRS, status="UPDATING"))
    assert taken(ASKED, seen) == []
    assert preflight(ASKED, seen).waiting


def test_a_cluster_in_a_status_that_is_not_known_is_waited_for_and_that_is_said() -> None:
    seen = replace(FOREIGN, cluster=replace(THEIRS, status="HIBERNATING"))
    assert taken(ASKED, seen) == []
    (waiting,) = preflight(ASKED, seen).waiting
    assert "HIBERNATING, a status that this operator does not know" in str(waiting)


def test_node_groups_of_others_hold_up_the_deletion_and_are_named() -> None:
    mine = replace(THEIRS, tags={**ASKED.tags, TAG_ADOPTED: "true"})
    seen = Snapshot(w.WHO, cluster=mine, node_groups=(WORKERS,))
    plan = decide(replace(ASKED, deleting=True), seen, w.MOMENT)
    (told,) = [p.step.blocked for p in plan.parts if p.step.blocked]
    assert told.reason == "NodeGroupsOfOthers"
    assert "workers" in told.message
    assert "deletionPolicy: Retain" in told.message
    assert plan.actions == ()


def test_a_deletion_takes_over_no_cluster_whose_adoption_it_refused() -> None:
    """Somebody made one of that name after the stack that an earlier resource left was taken."""
    left = (w.template(w.CPU, BEFORE),)
    seen = Snapshot(w.WHO, stack=w.stack(ASKED), cluster=THEIRS, launch_templates=left)
    assert preflight(ASKED, seen).blocked
    gone = replace(ASKED, deleting=True)
    assert taken(gone, seen) == [f"take over launch template {left[0].name}"]
    after = replace(seen, launch_templates=(w.template(w.CPU, ASKED),))
    assert [step for step in taken(gone, after) if "EKS cluster" in step] == []
