"""The settings of a control plane: what differs, and the one change to begin with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import DeleteCluster, UpdateClusterSetting
from sigopt_operator.plan.control_plane.setting import (
    DeletionProtection,
    EndpointAccess,
    Logging,
    SecretsEncryption,
)
from sigopt_operator.plan.control_plane.settings import change_settings
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.wish import Wish

KEY = "arn:aws:kms:us-west-2:111122223333:key/1"
OTHER = "arn:aws:kms:us-west-2:111122223333:key/2"
NARROW = EndpointAccess(public_cidrs=("203.0.113.0/24",))
CLOSED = EndpointAccess(public=False)


@pytest.mark.parametrize(
    ("want", "status"),
    [
        pytest.param(w.WANT, "ACTIVE", id="nothing is due"),
        pytest.param(replace(w.WANT, logging=("audit",)), "ACTIVE", id="a setting is due"),
        pytest.param(replace(w.WANT, version="1.35"), "ACTIVE", id="a version is due"),
        pytest.param(w.WANT, "UPDATING", id="an update goes on"),
    ],
)
def test_what_ails_the_control_plane_is_told_whatever_is_due(want: Wish, status: str) -> None:
    ailing = replace(w.cluster(status=status), health=("KmsKeyDisabled: canary",))
    plan = decide(want, replace(w.finished(), cluster=ailing), w.MOMENT)
    (step,) = (p.step for p in plan.parts if p.part.name == "ControlPlane")
    assert step.degraded == "KmsKeyDisabled: canary"


@pytest.mark.parametrize(
    ("wished", "found"),
    [
        pytest.param({}, {}, id="nothing said"),
        pytest.param({"logging": ("api", "audit")}, {"logging": ("api", "audit")}, id="logging"),
        pytest.param({"endpoint_access": NARROW}, {"endpoint_access": NARROW}, id="endpoint"),
        pytest.param(
            {"endpoint_access": CLOSED},
            {"endpoint_access": replace(CLOSED, public_cidrs=("203.0.113.0/24",))},
            id="blocks do not matter where it is not public",
        ),
        pytest.param({}, {"kms_key_arn": KEY}, id="encryption that somebody switched on stays"),
    ],
)
def test_what_is_as_wished_is_left_alone(wished: dict[str, Any], found: dict[str, Any]) -> None:
    cluster = replace(w.cluster(), **found)
    assert change_settings(replace(w.WANT, **wished), cluster, w.MOMENT) is None


@pytest.mark.parametrize(
    ("wished", "found", "setting", "words"),
    [
        pytest.param(
            {"endpoint_access": NARROW},
            {},
            NARROW,
            ["spec.endpointAccess.publicCidrs: found 0.0.0.0/0, wanted 203.0.113.0/24"],
            id="fewer addresses",
        ),
        pytest.param(
            {},
            {"endpoint_access": CLOSED},
            EndpointAccess(),
            ["spec.endpointAccess.public: found false, wanted true"],
            id="closed by hand",
        ),
        pytest.param(
            {"logging": ("audit",)},
            {"logging": ("api",)},
            Logging(("audit",)),
            ["spec.logging: found api, wanted audit"],
            id="other logs",
        ),
        pytest.param(
            {"deletion_protection": True},
            {},
            DeletionProtection(on=True),
            ["spec.deletionProtection: found false, wanted true"],
            id="protection on",
        ),
        pytest.param(
            {"kms_key_arn": KEY},
            {},
            SecretsEncryption(KEY),
            [f"spec.secretsEncryption.kmsKeyArn: found none, wanted {KEY}"],
            id="encryption on",
        ),
        pytest.param(
            {"logging": ("audit",), "endpoint_access": NARROW, "kms_key_arn": KEY},
            {},
            NARROW,
            ["spec.endpointAccess.publicCidrs: found 0.0.0.0/0, wanted 203.0.113.0/24"],
            id="one kind at a time",
        ),
    ],
)
def test_what_differs_is_changed_one_kind_a_call(
    wished: dict[str, Any], found: dict[str, Any], setting: object, words: list[str]
) -> None:
    seen = replace(w.finished(), cluster=replace(w.cluster(), **found))
    plan = decide(replace(w.WANT, **wished), seen, w.MOMENT)
    ((part, action),) = plan.actions
    assert part.name == "ControlPlane"
    assert isinstance(action, UpdateClusterSetting)
    assert action.setting == setting
    assert [str(difference) for difference in action.differences] == words
    assert not plan.done


def test_another_key_is_refused_with_the_way_out_and_the_rest_goes_on() -> None:
    want = replace(w.WANT, kms_key_arn=OTHER)
    cluster = replace(w.cluster(), kms_key_arn=KEY)
    seen = replace(w.finished(), cluster=cluster, access_entries=())
    plan = decide(want, seen, w.MOMENT)
    blocked = _step(plan, "ControlPlane").blocked
    assert blocked is not None
    assert blocked.reason == "EncryptionCannotChange"
    assert KEY in blocked.message
    assert [part.name for part, _ in plan.actions] == ["Access", "Access"]


def test_settings_are_there_from_the_creation_on() -> None:
    want = replace(
        w.WANT,
        endpoint_access=NARROW,
        logging=("audit",),
        kms_key_arn=KEY,
        deletion_protection=True,
    )
    plan = decide(want, replace(w.EMPTY, stack=w.stack(want)), w.MOMENT)
    ((_, action),) = plan.actions
    told = (action.endpoint_access, action.logging, action.kms_key_arn, action.deletion_protection)  # type: ignore[union-attr] # a CreateCluster, or this fails
    assert told == (NARROW, ("audit",), KEY, True)


def test_a_protected_cluster_is_not_deleted_and_nothing_before_it_is() -> None:
    want = replace(w.deleting(), deletion_protection=True)
    cluster = replace(w.cluster(), deletion_protection=True)
    plan = decide(want, replace(w.finished(), cluster=cluster), w.MOMENT)
    assert plan.actions == ()
    assert not plan.done
    blocked = _step(plan, "ControlPlane").blocked
    assert blocked is not None
    assert blocked.reason == "DeletionProtected"
    assert "spec.deletionProtection" in blocked.message


def test_protection_that_the_spec_let_go_of_is_switched_off_before_the_deletion() -> None:
    cluster = replace(w.cluster(), deletion_protection=True)
    seen = replace(w.finished(), cluster=cluster, node_groups=(), launch_templates=())
    plan = decide(w.deleting(), seen, w.MOMENT)
    ((_, action),) = plan.actions
    assert isinstance(action, UpdateClusterSetting)
    assert action.setting == DeletionProtection(on=False)
    updating = replace(seen, cluster=replace(cluster, status="UPDATING"))
    assert decide(w.deleting(), updating, w.MOMENT).actions == ()
    ready = replace(seen, cluster=w.cluster())
    ((_, last),) = decide(w.deleting(), ready, w.MOMENT).actions
    assert last == DeleteCluster("tiny")


@pytest.mark.parametrize("status", ["CREATING", "FAILED"])
def test_one_that_never_came_about_is_deleted_at_once_whatever_protection_it_was_made_with(
    status: str,
) -> None:
    cluster = replace(w.cluster(), status=status, deletion_protection=True)
    seen = replace(w.finished(), cluster=cluster, node_groups=(), launch_templates=())
    ((_, action),) = decide(w.deleting(), seen, w.MOMENT).actions
    assert action == DeleteCluster("tiny")


def test_somebody_elses_cluster_is_no_obstacle_to_a_deletion() -> None:
    want = replace(w.deleting(), deletion_protection=True)
    theirs = replace(w.cluster(), tags=w.FOREIGN, deletion_protection=True)
    seen = replace(w.EMPTY, cluster=theirs)
    assert decide(want, seen, w.MOMENT).done


def _step(plan: Plan, part: str) -> Any:
    return next(planned.step for planned in plan.parts if planned.part.name == part)
