"""An update of a pool's limits, labels or taints that EKS could not make."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import UpdateNodeGroupConfig, UpdateNodeGroupVersion
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.node_pools.part import node_group_name, unsettled
from sigopt_operator.plan.node_pools.taint import Taint
from sigopt_operator.plan.snapshot import NodeGroup, Update
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Pool, Wish

WHY = "OperationNotPermitted: canary"
TAINT = Taint("team", "vision", "NO_SCHEDULE")
TOLD = {"key": "team", "value": "vision", "effect": "NO_SCHEDULE"}


def failed(minutes: float, status: str = "Failed", **asked: str) -> Update:
    """The newest update of a node group's settings, begun so long ago."""
    return Update("u-1", "ConfigUpdate", status, w.ago(minutes=minutes), asked=asked, errors=(WHY,))


def step(pool: Pool, update: Update | None, **found: object) -> Step:
    group = replace(w.group(w.CPU), config_update=update, **found)  # type: ignore[arg-type]  # of any field
    seen = replace(w.finished(), node_groups=(w.group(w.SYSTEM), group))
    plan = decide(with_cpu(pool), seen, w.MOMENT)
    return next(p.step for p in plan.parts if p.part.name == "NodePools")


def with_cpu(pool: Pool) -> Wish:
    return replace(w.WANT, pools=(w.SYSTEM, pool))


LABELLED = replace(w.CPU, labels={"team": "vision"})


def test_it_is_told_with_the_field_and_eks_words_and_retried_after_a_while() -> None:
    held = step(LABELLED, failed(minutes=14))
    assert held.actions == ()
    assert held.blocked is not None
    assert held.blocked.reason == "PoolUpdateFailed"
    for words in ("spec.cpu.labels", "team=vision", WHY, "again 15 minutes after"):
        assert words in held.blocked.message
    (again,) = step(LABELLED, failed(minutes=16)).actions
    assert isinstance(again, UpdateNodeGroupConfig)


def test_the_attempt_after_a_failed_one_is_another_request() -> None:
    tokens = set()
    for update in (None, failed(20), replace(failed(20), id="u-2")):
        (action,) = step(LABELLED, update).actions
        assert isinstance(action, UpdateNodeGroupConfig)
        tokens.add(action.token)
    assert len(tokens) == 3


@pytest.mark.parametrize("status", ["Successful", "Cancelled"])
def test_what_did_not_fail_is_asked_for_at_once(status: str) -> None:
    assert step(LABELLED, failed(1, status)).actions


def test_one_under_way_is_waited_for_since_it_began_although_the_status_is_active() -> None:
    found = step(LABELLED, failed(1, "InProgress"))
    assert found.actions == ()
    (waiting,) = found.waiting
    assert waiting.since == w.ago(minutes=1)


def test_the_version_follows_the_control_plane_all_the_same_and_the_failure_is_still_told() -> None:
    found = step(LABELLED, failed(1), version="1.33")
    (action,) = found.actions
    assert isinstance(action, UpdateNodeGroupVersion)
    assert found.blocked is not None
    assert WHY in found.blocked.message
    assert not found.ready


@pytest.mark.parametrize(
    ("pool", "asked", "same"),
    [
        pytest.param(LABELLED, {}, True, id="EKS tells nothing of it"),
        pytest.param(LABELLED, {"LabelsToAdd": '{"team":"vision"}'}, True, id="the same label"),
        pytest.param(LABELLED, {"LabelsToAdd": '{"team":"sound"}'}, False, id="another label"),
        pytest.param(LABELLED, {"LabelsToAdd": "{odd"}, True, id="in no known form"),
        pytest.param(LABELLED, {"LabelsToRemove": '["old"]'}, False, id="only what goes"),
        pytest.param(
            replace(w.CPU, max_nodes=9), {"MinSize": "0", "MaxSize": "9"}, True, id="same limits"
        ),
        pytest.param(
            replace(w.CPU, max_nodes=9), {"MinSize": "0", "MaxSize": "8"}, False, id="other limits"
        ),
        pytest.param(LABELLED, {"MaxSize": "9"}, False, id="limits, and now labels"),
        pytest.param(
            replace(LABELLED, max_nodes=9),
            {"MinSize": "0", "MaxSize": "9"},
            False,
            id="the same limits, and now labels too",
        ),
        pytest.param(
            replace(w.CPU, taints=(TAINT,)),
            {"TaintsToAdd": json.dumps([TOLD])},
            True,
            id="the same taint",
        ),
        pytest.param(
            replace(w.CPU, taints=(TAINT,)),
            {"TaintsToAdd": json.dumps([{**TOLD, "value": "sound"}])},
            False,
            id="a taint of another value",
        ),
        pytest.param(
            replace(w.CPU, taints=(TAINT,)), {"TaintsToAdd": "[1]"}, True, id="taints of no form"
        ),
    ],
)
def test_an_edit_of_what_failed_is_tried_at_once(
    pool: Pool, asked: dict[str, str], same: bool
) -> None:
    found = step(pool, failed(1, **asked))
    assert bool(found.blocked) is same
    assert bool(found.actions) is not same


@pytest.mark.parametrize(
    ("pool", "group", "looked_at"),
    [
        pytest.param(w.CPU, w.group(w.CPU), False, id="as wished: nothing is asked"),
        pytest.param(LABELLED, w.group(w.CPU), True, id="due"),
        pytest.param(LABELLED, w.group(w.CPU, status="CREATING"), False, id="it is being made"),
        pytest.param(LABELLED, w.group(w.GPU), False, id="of no pool of the spec"),
    ],
)
def test_updates_are_looked_at_only_of_what_is_not_as_wished(
    pool: Pool, group: NodeGroup, looked_at: bool
) -> None:
    assert node_group_name(pool) == node_group_name(w.CPU)
    assert unsettled(with_cpu(pool), w.finished(), group) is looked_at


@pytest.mark.parametrize(
    ("pool", "found", "action"),
    [
        pytest.param(w.CPU, {"version": "1.33"}, UpdateNodeGroupVersion, id="an upgrade is due"),
        pytest.param(LABELLED, {}, UpdateNodeGroupConfig, id="labels are due"),
    ],
)
def test_what_ails_a_node_group_is_told_also_while_something_is_due(
    pool: Pool, found: dict[str, str], action: type
) -> None:
    """EKS may refuse to update it for just that, in words that do not name it."""
    no_room = "AsgInstanceLaunchFailures: InsufficientInstanceCapacity"
    found_step = step(pool, None, status="DEGRADED", health=(no_room,), **found)
    assert [type(due) for due in found_step.actions] == [action]
    assert f"{node_group_name(w.CPU)}: {no_room}" in found_step.degraded
    going_on = step(pool, None, status="UPDATING", health=(no_room,), **found)
    assert going_on.waiting
    assert f"{node_group_name(w.CPU)}: {no_room}" in going_on.degraded
