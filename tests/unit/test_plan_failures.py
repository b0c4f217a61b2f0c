"""A creation that fails: why, in AWS's words, and when what cannot be mended is made anew."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step

FAILED_CLUSTER = replace(
    w.cluster(status="FAILED"), health=("AccessDenied: canary",), created_at=w.ago(minutes=10)
)
FAILED_ADDON = replace(
    w.addon("vpc-cni", "CREATE_FAILED"),
    health=("ConfigurationConflict: canary",),
    created_at=w.ago(minutes=1),
)
BROKEN = Snapshot(identity=w.WHO, stack=w.stack(), cluster=FAILED_CLUSTER)
WITHOUT_CNI = replace(
    w.finished(),
    addons=(FAILED_ADDON, *(a for a in w.finished().addons if a.name != "vpc-cni")),
)


def step(plan: Plan, part: str) -> Step:
    return next(p.step for p in plan.parts if p.part.name == part)


@pytest.mark.parametrize(
    ("seen", "part", "reason", "again"),
    [
        pytest.param(
            BROKEN, "ControlPlane", "ControlPlaneFailed", "delete EKS cluster tiny", id="cluster"
        ),
        pytest.param(WITHOUT_CNI, "Addons", "AddonFailed", "remove add-on vpc-cni", id="add-on"),
    ],
)
def test_what_never_heals_is_told_at_once_and_made_anew_after_a_while(
    seen: Snapshot, part: str, reason: str, again: str
) -> None:
    now, later = w.MOMENT, Moment(w.NOW + timedelta(minutes=6))
    blocked = step(decide(w.WANT, seen, now), part).blocked
    assert blocked
    assert blocked.reason == reason
    assert "canary" in blocked.message
    assert [str(action) for _, action in decide(w.WANT, seen, now).actions] == []
    assert [str(action) for _, action in decide(w.WANT, seen, later).actions] == [again]


def test_a_deletion_does_not_wait_until_a_failed_control_plane_would_be_made_anew() -> None:
    plan = decide(w.deleting(), BROKEN, w.MOMENT)
    assert [str(action) for _, action in plan.actions] == ["delete EKS cluster tiny"]


def test_an_add_on_that_eks_calls_degraded_is_waited_for_in_eks_words() -> None:
    degraded = replace(w.addon("coredns", "DEGRADED"), health=("InsufficientNumberOfReplicas: c",))
    addons = (degraded, *(a for a in w.finished().addons if a.name != "coredns"))
    told = step(decide(w.WANT, replace(w.finished(), addons=addons), w.MOMENT), "Addons")
    assert not told.ready
    assert told.blocked is None
    assert "InsufficientNumberOfReplicas: c" in told.waiting[0].what


@pytest.mark.parametrize(
    ("status", "tags", "since"),
    [
        pytest.param("CREATING", w.WANT.tags, True, id="being made"),
        pytest.param("DELETING", w.WANT.tags, False, id="put back while it is removed"),
        pytest.param("DEGRADED", w.WANT.tags, False, id="degraded"),
        pytest.param("DEGRADED", w.FOREIGN, False, id="somebody else's, degraded"),
        pytest.param("CREATING", w.FOREIGN, True, id="somebody else's, being made"),
    ],
)
def test_an_add_on_is_waited_for_since_its_creation_only_while_that_lasts(
    status: str, tags: dict[str, str], since: bool
) -> None:
    old = replace(w.addon("coredns", status), tags=tags, created_at=w.ago(days=90))
    addons = (old, *(a for a in w.finished().addons if a.name != "coredns"))
    plan = decide(w.WANT, replace(w.finished(), addons=addons), w.MOMENT)
    (waiting,) = step(plan, "Addons").waiting
    assert waiting.since == (old.created_at if since else None)
    assert "coredns" in waiting.what
    looked_at_often = timedelta(seconds=10)
    assert (plan.look_after < looked_at_often) is (status == "DELETING")
