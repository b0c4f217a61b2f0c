"""Replacing a pool: new first, old after; failures, reverts, further edits, drains that stick."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.node_pools.drains import draining
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.ownership import TAG_ATTEMPT
from sigopt_operator.plan.snapshot import KeptPod, NodeGroup, Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Pool, Wish

BIGGER = replace(w.CPU, instance_type="m7g.large")
LARGER = replace(w.CPU, volume_size=80)
OLD, NEW, NEWER = (node_group_name(pool) for pool in (w.CPU, BIGGER, LARGER))


def with_cpu(pool: Pool) -> Wish:
    return replace(w.WANT, pools=(w.SYSTEM, pool))


def seen_with(*groups: NodeGroup, kept: tuple[KeptPod, ...] | None = None) -> Snapshot:
    every = (w.group(w.SYSTEM), *groups)
    templates = tuple(w.template(pool) for pool in (w.SYSTEM, w.CPU, BIGGER, LARGER))
    return replace(
        w.finished(), facts=w.FACTS, node_groups=every, launch_templates=templates, kept_pods=kept
    )


def told(plan: Plan) -> list[str]:
    return [str(a) for _, a in plan.actions if "launch template" not in str(a)]


def step(plan: Plan) -> Step:
    return next(p.step for p in plan.parts if p.part.name == "NodePools")


def test_progress_names_both_while_the_new_one_is_made() -> None:
    seen = seen_with(w.group(w.CPU), w.group(BIGGER, status="CREATING"))
    (waiting,) = step(decide(with_cpu(BIGGER), seen, w.MOMENT)).waiting
    assert waiting.what == f"EKS to create node group {NEW}, which replaces {OLD}"


def test_progress_names_both_while_the_old_one_is_drained() -> None:
    seen = seen_with(w.group(w.CPU, status="DELETING"), w.group(BIGGER))
    (waiting,) = step(decide(with_cpu(BIGGER), seen, w.MOMENT)).waiting
    assert waiting.what == f"EKS to drain and delete node group {OLD}, which {NEW} replaces"


def test_a_new_one_that_fails_leaves_the_old_one_and_says_what_to_do() -> None:
    words = "AsgInstanceLaunchFailures: VcpuLimitExceeded - You have requested more"
    failed = replace(w.group(BIGGER, status="CREATE_FAILED"), health=(words,))
    plan = decide(with_cpu(BIGGER), seen_with(w.group(w.CPU), failed), w.MOMENT)
    assert told(plan) == [f"delete node group {NEW}"]
    blocked = step(plan).blocked
    assert blocked is not None
    assert words in blocked.message
    assert "ask for a higher vCPU quota" in blocked.message
    assert f"The pool goes on with {OLD}." in blocked.message


@pytest.mark.parametrize("status", ["CREATING", "ACTIVE", "CREATE_FAILED"])
def test_reverting_halfway_only_deletes_the_new_one(status: str) -> None:
    seen = seen_with(w.group(w.CPU), w.group(BIGGER, status=status))
    assert told(decide(w.WANT, seen, w.MOMENT)) == [f"delete node group {NEW}"]


def test_editing_again_deletes_what_does_not_serve_and_keeps_what_does() -> None:
    seen = seen_with(w.group(w.CPU), w.group(BIGGER, status="CREATING"))
    plan = decide(with_cpu(LARGER), seen, w.MOMENT)
    assert told(plan) == [
        f"create node group {NEWER} (t3.medium)",
        f"delete node group {NEW}",
    ]


def test_of_two_that_serve_and_are_not_wanted_the_newer_one_stays() -> None:
    newer = replace(w.group(BIGGER), created_at=w.ago(seconds=5))
    seen = seen_with(w.group(w.CPU), newer, w.group(LARGER, status="CREATING"))
    assert told(decide(with_cpu(LARGER), seen, w.MOMENT)) == [f"delete node group {OLD}"]


def failed_at(attempt: int, minutes_ago: float) -> NodeGroup:
    group = w.group(BIGGER, status="CREATE_FAILED")
    tags = {**group.tags, TAG_ATTEMPT: str(attempt)}
    return replace(group, tags=tags, created_at=w.ago(minutes=minutes_ago))


@pytest.mark.parametrize(
    ("attempt", "minutes_ago", "tried_again"),
    [
        pytest.param(1, 20, True, id="the first attempt: at once"),
        pytest.param(2, 20, True, id="the second: at once"),
        pytest.param(3, 20, False, id="the third: not yet"),
        pytest.param(3, 61, True, id="the third, an hour later"),
        pytest.param(9, 20, False, id="a later one: not yet either"),
    ],
)
def test_what_keeps_failing_is_tried_slowly(
    attempt: int, minutes_ago: float, tried_again: bool
) -> None:
    plan = decide(
        with_cpu(BIGGER), seen_with(w.group(w.CPU), failed_at(attempt, minutes_ago)), w.MOMENT
    )
    assert bool(told(plan)) == tried_again
    blocked = step(plan).blocked
    assert blocked is not None
    assert (f"It failed {attempt} times" in blocked.message) == (not tried_again)


def test_the_number_of_the_attempt_goes_to_the_template_and_from_there_to_the_next() -> None:
    seen = seen_with(failed_at(2, 20))
    (delete,) = [
        a for _, a in decide(with_cpu(BIGGER), seen, w.MOMENT).actions if "delete node" in str(a)
    ]
    assert getattr(delete, "failed", None) == ("lt-cpu", 2)
    kept = replace(w.template(BIGGER), tags={**w.WANT.tags, TAG_ATTEMPT: "2"})
    later = replace(seen_with(), launch_templates=(w.template(w.SYSTEM), kept))
    (create,) = [a for _, a in decide(with_cpu(BIGGER), later, w.MOMENT).actions]
    assert getattr(create, "tags", {})[TAG_ATTEMPT] == "3"


def test_a_pod_that_keeps_a_node_is_named_with_its_budget() -> None:
    kept = tuple(KeptPod(OLD, "ml", f"train-{n}", "keep") for n in range(5))
    seen = seen_with(w.group(w.CPU, status="DELETING"), w.group(BIGGER), kept=kept)
    (waiting,) = step(decide(with_cpu(BIGGER), seen, w.MOMENT)).waiting
    assert "pod ml/train-0 stays because of PodDisruptionBudget ml/keep" in waiting.what
    assert waiting.what.endswith(", and 2 more")


def test_only_node_groups_that_are_being_emptied_are_asked_about() -> None:
    groups = (w.group(w.SYSTEM), w.group(w.CPU, status="DELETING"))
    assert draining(groups) == (OLD,)


def test_the_attempts_are_an_hour_apart_in_aws_time() -> None:
    fast = replace(w.MOMENT, speed=60.0)
    minute = replace(failed_at(3, 0), created_at=w.NOW - timedelta(seconds=61))
    assert told(decide(with_cpu(BIGGER), seen_with(minute), fast))


def test_an_old_one_stays_while_what_has_the_name_of_the_new_one_is_not_ours() -> None:
    foreign = replace(w.group(BIGGER), tags=w.FOREIGN)
    plan = decide(with_cpu(BIGGER), seen_with(w.group(w.CPU), foreign), w.MOMENT)
    assert told(plan) == []
    blocked = step(plan).blocked
    assert blocked is not None
    assert blocked.reason == "NameConflict"
