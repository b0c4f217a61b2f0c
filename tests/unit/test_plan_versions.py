"""Versions: one minor step at a time, the control plane first, then node groups, then add-ons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import world as w

from sigopt_operator.api.status import ConditionType
from sigopt_operator.plan.actions import UpdateNodeGroupVersion
from sigopt_operator.plan.addons.part import BEFORE_NODES
from sigopt_operator.plan.control_plane.upgrade import insights_due
from sigopt_operator.plan.control_plane.versions import RETRY_AFTER
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.snapshot import KeptPod, NodeGroup, Release, Snapshot, Update
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish

WANT = replace(w.WANT, version="1.36")
OFFERED = tuple(Release(version) for version in ("1.36", "1.35", "1.34"))
NOTHING_AGAINST = ()


def standing(
    version: str = "1.34",
    *,
    status: str = "ACTIVE",
    pools: str = "1.34",
    update: Update | None = None,
    insights: tuple[str, ...] | None = NOTHING_AGAINST,
) -> Snapshot:
    """A finished cluster of that version, its pools of theirs."""
    seen = w.finished()
    cluster = replace(w.cluster(), version=version, status=status, last_update=update)
    return replace(
        seen,
        cluster=cluster,
        installed=w.installed(version=version),
        node_groups=tuple(replace(group, version=pools) for group in seen.node_groups),
        releases=OFFERED,
        insights=insights,
    )


def an_update(
    status: str, version: str, *, minutes: float = 5, errors: tuple[str, ...] = ()
) -> Update:
    return Update("u-1", "VersionUpdate", status, w.ago(minutes=minutes), version, errors=errors)


def told(plan: Plan) -> list[str]:
    return [str(action) for _, action in plan.actions]


def step(plan: Plan, kind: ConditionType) -> Step:
    return next(p.step for p in plan.parts if p.part.condition is kind)


def control_plane(want: Wish, seen: Snapshot) -> Step:
    return step(decide(want, seen, w.MOMENT), ConditionType.CONTROL_PLANE_READY)


def group_names() -> list[str]:
    return [group.name for group in w.finished().node_groups]


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        pytest.param("1.35", "1.34 to 1.35", id="the next one"),
        pytest.param("1.36", "1.34 to 1.35, then 1.36", id="one minor at a time"),
    ],
)
def test_the_control_plane_takes_one_step_when_all_else_has_its_version(
    wanted: str, path: str
) -> None:
    plan = decide(replace(w.WANT, version=wanted), standing(), w.MOMENT)
    assert told(plan) == [f"upgrade control plane tiny from Kubernetes {path}"]
    assert not plan.done


@pytest.mark.parametrize(
    "want", [replace(w.WANT, version=None), w.WANT], ids=["omitted: kept", "the one it has"]
)
def test_a_version_that_is_there_or_not_named_is_kept(want: Wish) -> None:
    plan = decide(want, standing(), w.MOMENT)
    assert told(plan) == []
    assert plan.done


def test_pools_follow_before_the_next_step() -> None:
    plan = decide(WANT, standing("1.35"), w.MOMENT)
    assert told(plan) == [
        f"upgrade node group {name} from Kubernetes 1.34 to 1.35" for name in group_names()
    ]
    held = step(plan, ConditionType.CONTROL_PLANE_READY)
    assert "on the way to 1.36: waits for the node pools" in held.message


DONE_LATELY = an_update("Successful", "1.35", minutes=40)
DONE_LONG_AGO = an_update("Successful", "1.35", minutes=25 * 60)


def test_a_node_group_whose_update_succeeded_is_not_updated_twice_because_readings_lag() -> None:
    """A second update would move every pod once more."""
    seen = standing("1.35")
    groups = tuple(replace(group, last_update=DONE_LATELY) for group in seen.node_groups)
    plan = decide(replace(w.WANT, version="1.35"), replace(seen, node_groups=groups), w.MOMENT)
    assert told(plan) == []
    waiting = step(plan, ConditionType.NODE_POOLS_READY).waiting
    assert {"to show" in each.what for each in waiting} == {True}


def test_a_control_plane_whose_update_succeeded_is_not_updated_twice_because_readings_lag() -> None:
    seen = standing(update=DONE_LATELY)
    held = control_plane(replace(w.WANT, version="1.35"), seen)
    assert held.actions == ()
    assert "to show" in held.waiting[0].what


def test_one_that_never_shows_what_succeeded_is_updated_again_at_last() -> None:
    seen = standing("1.35")
    groups = tuple(replace(group, last_update=DONE_LONG_AGO) for group in seen.node_groups)
    plan = decide(replace(w.WANT, version="1.35"), replace(seen, node_groups=groups), w.MOMENT)
    assert len(told(plan)) == len(groups)
    assert control_plane(replace(w.WANT, version="1.35"), standing(update=DONE_LONG_AGO)).actions


def test_a_pool_that_is_made_meanwhile_holds_the_next_step() -> None:
    seen = standing("1.35", pools="1.35")
    system, cpu = seen.node_groups
    seen = replace(seen, node_groups=(system, replace(cpu, status="CREATING")))
    assert told(decide(WANT, seen, w.MOMENT)) == []


def test_a_pool_ahead_of_the_control_plane_is_left_alone() -> None:
    plan = decide(w.WANT, standing("1.34", pools="1.35"), w.MOMENT)
    assert told(plan) == []


def test_somebody_elses_node_group_is_not_upgraded() -> None:
    seen = standing("1.35", pools="1.35")
    theirs = replace(w.group(w.GPU), name="theirs", version="1.34", tags=w.FOREIGN)
    seen = replace(seen, node_groups=(*seen.node_groups, theirs))
    plan = decide(replace(w.WANT, version="1.35"), seen, w.MOMENT)
    assert told(plan) == []


def test_while_the_control_plane_updates_the_other_parts_stay_as_they_are() -> None:
    seen = standing(status="UPDATING", update=an_update("InProgress", "1.35"))
    plan = decide(WANT, seen, w.MOMENT)
    assert [p.part.name for p in plan.parts if not p.step.ready] == ["ControlPlane"]
    (waiting,) = step(plan, ConditionType.CONTROL_PLANE_READY).waiting
    assert waiting.what == (
        "EKS to upgrade the control plane tiny from Kubernetes 1.34 to 1.35, then 1.36"
    )
    assert waiting.since == w.ago(minutes=5)


@pytest.mark.parametrize("status", ["UPDATING", "ACTIVE"])
def test_a_control_plane_that_eks_rolls_back_is_not_told_to_be_upgraded(status: str) -> None:
    back = replace(an_update("InProgress", "1.34"), kind="VersionRollback")
    (waiting,) = control_plane(WANT, standing("1.35", status=status, update=back)).waiting
    assert waiting.what == "EKS to roll the control plane tiny back to Kubernetes 1.34"
    assert waiting.since == w.ago(minutes=5)


def test_a_new_pool_waits_until_the_control_plane_is_updated() -> None:
    seen = standing(status="UPDATING", update=an_update("InProgress", "1.35"))
    seen = replace(seen, node_groups=seen.node_groups[:1], facts=w.FACTS)
    plan = decide(WANT, seen, w.MOMENT)
    assert told(plan) == []
    held = step(plan, ConditionType.NODE_POOLS_READY)
    assert "waits until the control plane is updated" in held.message


def test_an_accepted_update_that_the_status_does_not_show_yet_is_not_asked_for_again() -> None:
    seen = standing(update=an_update("InProgress", "1.35"))
    assert told(decide(WANT, seen, w.MOMENT)) == []


def test_a_node_group_that_eks_updates_says_to_which_version() -> None:
    seen = standing("1.35", pools="1.35")
    system, cpu = seen.node_groups
    busy = replace(system, status="UPDATING", last_update=an_update("InProgress", "1.35"))
    plan = decide(replace(WANT, version="1.35"), replace(seen, node_groups=(busy, cpu)), w.MOMENT)
    (waiting,) = step(plan, ConditionType.NODE_POOLS_READY).waiting
    assert waiting.what == f"EKS to upgrade node group {system.name} to Kubernetes 1.35"


def test_a_version_below_the_clusters_says_the_way_out() -> None:
    blocked = control_plane(replace(w.WANT, version="1.33"), standing()).blocked
    assert blocked is not None
    assert blocked.reason == "VersionBelowCluster"
    assert 'Write "1.34" or leave the field out' in blocked.message


def test_a_version_not_on_offer_lists_those_above_the_clusters() -> None:
    seen = standing("1.34")
    blocked = control_plane(replace(w.WANT, version="1.40"), seen).blocked
    assert blocked is not None
    assert blocked.reason == "VersionNotOnOffer"
    assert "on offer above 1.34 are 1.36, 1.35" in blocked.message


def test_the_rest_of_the_cluster_goes_on_while_a_version_is_refused() -> None:
    seen = replace(standing(), addons=())
    plan = decide(replace(w.WANT, version="1.40"), seen, w.MOMENT)
    assert f"install add-on {BEFORE_NODES[0]}" in told(plan)


def test_insights_that_eks_reports_as_errors_block_the_step_and_are_quoted() -> None:
    seen = standing(insights=("Deprecated APIs removed in Kubernetes v1.35: canary of an API",))
    found = control_plane(WANT, seen)
    assert found.blocked is not None
    assert found.blocked.reason == "UpgradeNotReady"
    assert "canary of an API" in found.blocked.message
    assert f"--region {WANT.region} --cluster-name {WANT.cluster_name}" in found.blocked.message
    assert found.actions == ()


@pytest.mark.parametrize(
    ("seen", "due"),
    [
        pytest.param(standing(insights=None), "1.35", id="just before a step"),
        pytest.param(standing("1.35", insights=None), None, id="not while pools follow"),
        pytest.param(standing("1.36", pools="1.36", insights=None), None, id="not at the target"),
        pytest.param(standing(status="UPDATING", insights=None), None, id="not during a step"),
    ],
)
def test_insights_are_asked_only_before_a_step(seen: Snapshot, due: str | None) -> None:
    assert insights_due(WANT, seen, w.MOMENT) == due
    assert "upgrade control plane" not in str(told(decide(WANT, seen, w.MOMENT)))


FAILED = "IpNotAvailable: canary of full subnets"


@pytest.mark.parametrize(
    ("minutes", "again"),
    [
        pytest.param(30, False, id="half an hour ago: told, not repeated"),
        pytest.param(61, True, id="more than an hour ago: tried again"),
    ],
)
def test_a_failed_upgrade_of_the_control_plane_is_told_and_retried_slowly(
    minutes: float, again: bool
) -> None:
    failed = an_update("Failed", "1.35", minutes=minutes, errors=(FAILED,))
    found = control_plane(WANT, standing(update=failed))
    assert bool(found.actions) is again
    if not again:
        assert found.blocked is not None
        assert found.blocked.reason == "UpgradeFailed"
        assert FAILED in found.blocked.message


@pytest.mark.parametrize("again", [False, True])
def test_a_failed_upgrade_of_a_node_group_is_told_and_retried_slowly(again: bool) -> None:
    minutes = (RETRY_AFTER + timedelta(minutes=1 if again else -1)) / timedelta(minutes=1)
    words = "PodEvictionFailure: Reached max retries while trying to evict pods (ip-10-0-0-1)"
    failed = an_update("Failed", "1.35", minutes=minutes, errors=(words,))
    seen = standing("1.35", pools="1.35")
    system, cpu = seen.node_groups
    stuck = replace(system, version="1.34", last_update=failed)
    plan = decide(WANT, replace(seen, node_groups=(stuck, cpu)), w.MOMENT)
    found = step(plan, ConditionType.NODE_POOLS_READY)
    assert bool(found.actions) is again
    assert found.blocked is not None  # an attempt may take longer than the pause
    assert found.blocked.reason == "UpgradeFailed"
    assert words in found.blocked.message


def _token(group: NodeGroup) -> str:
    seen = replace(standing("1.35"), node_groups=(group, *standing().node_groups[1:]))
    actions = [action for _, action in decide(WANT, seen, w.MOMENT).actions]
    (found,) = (
        a for a in actions if isinstance(a, UpdateNodeGroupVersion) and a.name == group.name
    )
    return found.token


def test_the_attempt_after_a_failure_is_another_request_and_a_repeated_one_is_not() -> None:
    first = w.group(w.SYSTEM)
    second = replace(first, last_update=an_update("Failed", "1.35", minutes=90))
    assert _token(first) == _token(first)
    assert _token(first) != _token(second)


def test_what_holds_up_an_upgrade_is_named_while_it_goes_on() -> None:
    seen = standing("1.35", pools="1.35")
    system, cpu = seen.node_groups
    moving = replace(
        system,
        version="1.34",
        status="UPDATING",
        last_update=an_update("InProgress", "1.35", minutes=70),
    )
    kept = KeptPod(system.name, "shop", "web-0", "budget web")
    seen = replace(seen, node_groups=(moving, cpu), kept_pods=(kept,))
    (waiting,) = step(decide(WANT, seen, w.MOMENT), ConditionType.NODE_POOLS_READY).waiting
    assert str(kept) in waiting.what
