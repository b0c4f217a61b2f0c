"""An update of a setting that EKS could not make: told, and retried slowly; the rest goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import UpdateClusterSetting, UpdateClusterVersion
from sigopt_operator.plan.control_plane.setting import (
    ClusterSetting,
    DeletionProtection,
    EndpointAccess,
    Logging,
    SecretsEncryption,
)
from sigopt_operator.plan.control_plane.settings import unsettled_settings
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.snapshot import Release, Update
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish

KEY = "arn:aws:kms:us-west-2:111122223333:key/1"
WHY = "AccessDenied: canary of a key policy"
NARROW = EndpointAccess(public_cidrs=("203.0.113.0/24",))
ENCRYPTED = replace(w.WANT, kms_key_arn=KEY)


def ended(
    setting: ClusterSetting, minutes: float, status: str = "Failed", **asked: str
) -> dict[str, Update]:
    """The newest update of that kind, begun so long ago."""
    kind = setting.update_type
    errors = (WHY,) if status == "Failed" else ()
    update = Update("u-1", kind, status, w.ago(minutes=minutes), asked=asked, errors=errors)
    return {kind: update}


def step(want: Wish, updates: dict[str, Update], **cluster: Any) -> Step:
    found = replace(w.cluster(), setting_updates=updates, **cluster)
    plan = decide(want, replace(w.finished(), cluster=found), w.MOMENT)
    return next(p.step for p in plan.parts if p.part.name == "ControlPlane")


@pytest.mark.parametrize(
    ("wished", "setting", "field"),
    [
        pytest.param(
            {"kms_key_arn": KEY},
            SecretsEncryption(KEY),
            f"spec.secretsEncryption.kmsKeyArn: found none, wanted {KEY}",
            id="encryption",
        ),
        pytest.param(
            {"logging": ("audit",)},
            Logging(("audit",)),
            "spec.logging: found none, wanted audit",
            id="logging",
        ),
        pytest.param(
            {"endpoint_access": NARROW},
            NARROW,
            "spec.endpointAccess.publicCidrs: found 0.0.0.0/0, wanted 203.0.113.0/24",
            id="endpoint access",
        ),
        pytest.param(
            {"deletion_protection": True},
            DeletionProtection(on=True),
            "spec.deletionProtection: found false, wanted true",
            id="deletion protection",
        ),
    ],
)
def test_a_failed_change_is_told_with_the_field_and_eks_words_and_retried_after_a_while(
    wished: dict[str, Any], setting: ClusterSetting, field: str
) -> None:
    want = replace(w.WANT, **wished)
    held = step(want, ended(setting, minutes=14))
    assert held.actions == ()
    assert held.blocked is not None
    assert held.blocked.reason == "SettingUpdateFailed"
    for words in (field, str(setting), WHY, "again 15 minutes after"):
        assert words in held.blocked.message
    (again,) = step(want, ended(setting, minutes=16)).actions
    assert isinstance(again, UpdateClusterSetting)
    assert again.setting == setting


@pytest.mark.parametrize("status", ["Successful", "Cancelled"])
def test_what_did_not_fail_is_asked_for_at_once(status: str) -> None:
    """Somebody changed it back since, or stopped it."""
    assert step(ENCRYPTED, ended(SecretsEncryption(KEY), 1, status)).actions


def test_a_change_under_way_is_waited_for_since_it_began_although_the_status_is_active() -> None:
    found = step(ENCRYPTED, ended(SecretsEncryption(KEY), 3, "InProgress"))
    assert found.actions == ()
    (waiting,) = found.waiting
    assert waiting.since == w.ago(minutes=3)
    assert "encryption of Secrets" in waiting.what


def test_another_setting_is_changed_beside_the_one_that_failed_and_the_failure_is_still_told() -> (
    None
):
    want = replace(w.WANT, logging=("audit",), deletion_protection=True)
    found = step(want, ended(Logging(("audit",)), minutes=1))
    (action,) = found.actions
    assert isinstance(action, UpdateClusterSetting)
    assert action.setting == DeletionProtection(on=True)
    assert found.blocked is not None
    assert WHY in found.blocked.message


def test_the_version_goes_up_although_a_setting_cannot_be_had() -> None:
    want = replace(ENCRYPTED, version="1.35")
    updates = ended(SecretsEncryption(KEY), minutes=1)
    cluster = replace(w.cluster(), setting_updates=updates)
    seen = replace(
        w.finished(), cluster=cluster, insights=(), releases=(Release("1.35"), Release("1.34"))
    )
    plan = decide(want, seen, w.MOMENT)
    ((_, action),) = plan.actions
    assert isinstance(action, UpdateClusterVersion)
    assert not plan.done


@pytest.mark.parametrize(
    ("setting", "asked", "same"),
    [
        pytest.param(Logging(("api", "audit")), {}, True, id="EKS tells nothing of it"),
        pytest.param(
            Logging(("api", "audit")),
            {
                "ClusterLogging": json.dumps(
                    {
                        "clusterLogging": [
                            {"types": ["audit", "api"], "enabled": True},
                            {"types": ["scheduler"], "enabled": False},
                        ]
                    }
                )
            },
            True,
            id="the same logs",
        ),
        pytest.param(
            Logging(("api",)),
            {"ClusterLogging": '{"clusterLogging":[{"types":["audit"],"enabled":true}]}'},
            False,
            id="other logs",
        ),
        pytest.param(Logging(("api",)), {"ClusterLogging": "{odd"}, True, id="in no known form"),
        pytest.param(
            NARROW, {"PublicAccessCidrs": '["203.0.113.0/24"]'}, True, id="the same addresses"
        ),
        pytest.param(NARROW, {"PublicAccessCidrs": '["0.0.0.0/0"]'}, False, id="other addresses"),
        pytest.param(
            EndpointAccess(), {"PublicAccessCidrs": '["0.0.0.0/0"]'}, True, id="from everywhere"
        ),
        pytest.param(
            EndpointAccess(public=False),
            {"EndpointPublicAccess": "false", "PublicAccessCidrs": '["0.0.0.0/0"]'},
            True,
            id="addresses do not matter where it is not public",
        ),
        pytest.param(NARROW, {"EndpointPrivateAccess": "false"}, False, id="closed within"),
        pytest.param(
            SecretsEncryption(KEY),
            {"EncryptionConfig": json.dumps([{"provider": {"keyArn": KEY}}])},
            True,
            id="the same key",
        ),
        pytest.param(
            SecretsEncryption(KEY),
            {"EncryptionConfig": json.dumps([{"provider": {"keyArn": "another"}}])},
            False,
            id="another key",
        ),
        pytest.param(
            DeletionProtection(on=True), {"DeletionProtection": "false"}, False, id="the opposite"
        ),
    ],
)
def test_an_edit_of_what_failed_is_tried_at_once(
    setting: ClusterSetting, asked: dict[str, str], same: bool
) -> None:
    assert setting.asked_in(asked) is same


def test_a_protection_that_cannot_be_lifted_is_told_in_a_deletion_too() -> None:
    updates = ended(DeletionProtection(on=False), minutes=1)
    cluster = replace(w.cluster(), deletion_protection=True, setting_updates=updates)
    seen = replace(w.finished(), cluster=cluster, node_groups=(), launch_templates=())
    plan = decide(w.deleting(), seen, w.MOMENT)
    assert plan.actions == ()
    (blocked,) = [p.step.blocked for p in plan.parts if p.step.blocked]
    assert WHY in blocked.message


@pytest.mark.parametrize(
    ("want", "found", "settings"),
    [
        pytest.param(w.WANT, {}, (), id="as wished: nothing is asked"),
        pytest.param(ENCRYPTED, {}, (SecretsEncryption(KEY),), id="due"),
        pytest.param(ENCRYPTED, {"kms_key_arn": "other"}, (), id="can never be had"),
        pytest.param(
            w.deleting(), {"logging": ("api",)}, (), id="deleting: what goes is left as it is"
        ),
        pytest.param(
            w.deleting(),
            {"deletion_protection": True},
            (DeletionProtection(on=False),),
            id="deleting: but for what is in the way",
        ),
    ],
)
def test_updates_are_looked_at_only_of_what_is_not_as_wished(
    want: Wish, found: dict[str, Any], settings: tuple[ClusterSetting, ...]
) -> None:
    assert unsettled_settings(want, replace(w.cluster(), **found)) == settings
