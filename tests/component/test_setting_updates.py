"""Round by round: a setting of the control plane that EKS cannot change."""

from __future__ import annotations

from tests.component.rounds import KEY, SPEC, Rig

LOGGED = {**SPEC, "logging": ["audit"]}
WHY = "AccessDenied: canary of a log group"


def refused(rig: Rig) -> None:
    """A cluster that is Ready, and an edit of its logging that ends Failed."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.failed[""] = WHY
    rig.api.apply(KEY, LOGGED)
    rig.minutes -= 9
    rig.round()
    rig.aws.advance()


def test_it_is_told_in_the_condition_and_tried_again_after_a_quarter_of_an_hour(rig: Rig) -> None:
    refused(rig)
    rig.aws.calls.clear()
    rig.round()
    found = rig.condition("ControlPlaneReady")
    assert found["reason"] == "SettingUpdateFailed"
    assert "spec.logging: found none, wanted audit" in found["message"]
    assert WHY in found["message"]
    assert rig.status["phase"] == "Blocked"
    assert rig.aws.changes == []
    rig.until_steady()
    assert rig.aws.calls.count("update_cluster_config") == 1


def test_an_edit_is_tried_at_once(rig: Rig) -> None:
    refused(rig)
    rig.api.apply(KEY, {**SPEC, "logging": ["api"]})
    rig.minutes -= 9
    rig.round()
    assert rig.aws.calls[-1] == "update_cluster_config"
    rig.until_steady()


def test_encryption_is_asked_for_once_although_the_status_does_not_show_it(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    key = {"kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:key/1"}
    rig.api.apply(KEY, {**SPEC, "secretsEncryption": key})
    for _ in range(3):
        rig.round()
        assert "encryption of Secrets" in rig.status["progress"]["waitingFor"]["what"]
    rig.until_steady()
    assert rig.aws.calls.count("associate_encryption_config") == 1


def test_updates_are_not_asked_where_all_is_as_wished(rig: Rig) -> None:
    rig.api.apply(KEY, LOGGED)
    rig.until_steady()
    for _ in range(3):
        rig.round()
    assert not {"list_updates", "describe_update"} & set(rig.aws.calls)


def test_an_edit_that_is_taken_back_before_eks_shows_it_is_not_ready_until_it_is_undone(
    rig: Rig,
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.apply(KEY, LOGGED)
    rig.reconciler(KEY)
    rig.aws.clusters["tiny"]["status"] = "ACTIVE"  # "right after the call it may still say so"
    rig.api.apply(KEY, SPEC)
    rig.reconciler(KEY)
    assert rig.status["phase"] == "Updating"
    assert "an earlier spec asked for" in rig.status["progress"]["waitingFor"]["what"]
    rig.aws.advance()
    rig.until_steady()
    assert rig.aws.calls.count("update_cluster_config") == 2
