"""Round by round: the Secrets that others use, through renames, conflicts, kills and deletions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

from sigopt_operator.plan.kubeconfig.secret import Place

PLACE = Place("ml", "tiny-kubeconfig")
MINE = Place("ml", "mine")
ARGOCD = Place("argocd", "ml.tiny")


def with_access(**access: Any) -> dict[str, Any]:
    return {**SPEC, "access": access}


def ready(rig: Rig, spec: dict[str, Any] = SPEC) -> None:
    rig.api.apply(KEY, spec)
    rig.until_steady()


def secrets(rig: Rig) -> set[Place]:
    """Where there are Secrets of ours."""
    return set(rig.api.secret_store.ours)


def test_a_cluster_has_a_kubeconfig_and_the_status_says_where_and_what_to_type(rig: Rig) -> None:
    ready(rig)
    assert secrets(rig) == {PLACE}
    assert rig.status["kubeconfigSecret"] == "tiny-kubeconfig"
    assert "argocdSecret" not in rig.status
    role = rig.status["accessRoleArn"]
    assert rig.status["connectCommand"] == (
        f"aws eks update-kubeconfig --name tiny --region us-west-2 "
        f"--role-arn {role} --assume-role-arn {role}"
    )
    assert rig.condition("KubeconfigReady")["message"] == f"Secret {PLACE}"


def test_a_quiet_round_asks_for_no_secret(rig: Rig) -> None:
    ready(rig, with_access(argocd=True))
    rig.round()
    rig.api.secret_store.calls.clear()
    rig.minutes += 0.1
    rig.reconciler(KEY)
    assert rig.api.secret_store.calls == []


def test_what_is_changed_or_removed_by_hand_is_written_again(rig: Rig) -> None:
    ready(rig)
    rig.api.secret_store.change(PLACE, value="changed")
    rig.round()
    assert rig.api.secret_store.ours[PLACE].data["value"] != "changed"
    rig.until_steady()
    rig.api.secret_store.delete(PLACE, rig.api.secret_store.find_uid(PLACE))
    rig.round()
    assert secrets(rig) == {PLACE}
    told = [e.message for e in rig.api.events if e.reason == "DriftRepaired"]
    assert f"repaired Secret {PLACE}: found none, wanted as it was written" in told


def test_another_name_takes_the_former_secret_away(rig: Rig) -> None:
    ready(rig)
    rig.api.apply(KEY, with_access(kubeconfigSecretRef={"name": "mine"}))
    rig.until_steady()
    assert secrets(rig) == {MINE}
    assert rig.status["kubeconfigSecret"] == "mine"


@pytest.mark.parametrize("killed_after", range(8))
def test_killed_at_any_moment_of_a_rename_one_secret_is_left(rig: Rig, killed_after: int) -> None:
    """Also when the name is changed back while the operator is down."""
    ready(rig)
    rig.api.apply(KEY, with_access(kubeconfigSecretRef={"name": "mine"}))
    rig.api.dies_after = killed_after
    for _ in range(6):
        rig.round_or_killed()
    rig.api.dies_after = None
    rig.restart()
    rig.api.apply(KEY, with_access(kubeconfigSecretRef={"name": "third"}))
    rig.until_steady()
    assert secrets(rig) == {Place("ml", "third")}


def test_somebody_elses_secret_is_said_and_left_and_the_cluster_is_connected(rig: Rig) -> None:
    rig.api.secret_store.theirs.add(PLACE)
    rig.api.apply(KEY, SPEC)
    for _ in range(12):
        rig.round()
        rig.aws.advance()
    told = rig.condition("KubeconfigReady")
    assert (told["status"], told["reason"]) == ("False", "NameConflict")
    assert rig.condition("Connected")["status"] == "True"
    assert "kubeconfigSecret" not in rig.status
    assert rig.api.secret_store.changes == []
    rig.api.apply(KEY, with_access(kubeconfigSecretRef={"name": "mine"}))
    rig.until_steady()
    assert secrets(rig) == {MINE}


def test_argocd_has_the_cluster_as_long_as_it_is_wanted(rig: Rig) -> None:
    ready(rig, with_access(argocd=True))
    assert secrets(rig) == {PLACE, ARGOCD}
    assert rig.status["argocdSecret"] == str(ARGOCD)
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    assert secrets(rig) == {PLACE}
    assert "argocdSecret" not in rig.status
    rig.api.secret_store.calls.clear()
    rig.round()
    assert not [call for call in rig.api.secret_store.calls if "argocd" in call]


def test_what_argocd_was_given_is_not_forgotten_while_the_control_plane_is_not_looked_into(
    rig: Rig,
) -> None:
    ready(rig, with_access(argocd=True))
    rig.aws.clusters["tiny"]["status"] = "PENDING"
    rig.api.apply(KEY, SPEC)
    rig.round()
    assert rig.status["argocdSecret"] == str(ARGOCD)
    rig.aws.clusters["tiny"]["status"] = "ACTIVE"
    rig.until_steady()
    assert secrets(rig) == {PLACE}
    assert "argocdSecret" not in rig.status


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
def test_argocd_has_it_no_more_when_the_resource_goes(rig: Rig, policy: str) -> None:
    ready(rig, {**with_access(argocd=True), "deletionPolicy": policy})
    rig.api.delete(KEY)
    rig.until_released()
    assert secrets(rig) == {PLACE}, "that goes with its owner"
    rig.api.release(KEY)
    assert secrets(rig) == set()
    assert rig.aws.nothing_stands == (policy == "Delete")


def test_without_the_right_to_delete_in_argocds_namespace_nothing_is_written_there(
    rig: Rig,
) -> None:
    rig.api.secret_store.forbidden = {"delete"}
    rig.api.apply(KEY, with_access(argocd=True))
    for _ in range(12):
        rig.round()
        rig.aws.advance()
    assert secrets(rig) == {PLACE}
    told = rig.condition("KubeconfigReady")
    assert (told["status"], told["reason"]) == ("False", "SecretRefused")
    assert "may not delete in argocd" in told["message"]
    assert "argocdSecret" not in rig.status
    rig.api.secret_store.forbidden = set()
    rig.until_steady()
    assert secrets(rig) == {PLACE, ARGOCD}
    assert rig.status["argocdSecret"] == str(ARGOCD)


@pytest.mark.parametrize("right", ["find", "delete"])
def test_where_argocd_never_got_anything_nothing_is_waited_for(rig: Rig, right: str) -> None:
    """Neither when the field is taken out, nor at the end."""
    ready(rig)
    rig.api.secret_store.forbidden = {right}
    rig.api.apply(KEY, with_access(argocd=True))
    rig.round()
    assert rig.condition("KubeconfigReady")["reason"] == "SecretRefused"
    if right == "delete":
        rig.api.apply(KEY, SPEC)
        rig.until_steady()
    rig.api.delete(KEY)
    rig.until_released()


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
def test_what_went_with_argocds_namespace_is_not_waited_for(rig: Rig, policy: str) -> None:
    """`kubectl delete namespace argocd` takes the operator's right to delete there along."""
    ready(rig, {**with_access(argocd=True), "deletionPolicy": policy})
    store = rig.api.secret_store
    store.delete(ARGOCD, store.find_uid(ARGOCD))
    store.forbidden = {"delete"}
    rig.api.delete(KEY)
    rig.until_released()


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
def test_where_argocds_namespace_cannot_be_looked_into_an_administrator_strikes_the_place_out(
    rig: Rig, policy: str
) -> None:
    """As docs/troubleshooting.md says."""
    ready(rig, {**with_access(argocd=True), "deletionPolicy": policy})
    rig.api.secret_store.forbidden = {"find", "delete"}
    rig.api.delete(KEY)
    for _ in range(20):
        assert not rig.round().released
        rig.aws.advance()
    assert rig.condition("KubeconfigReady")["reason"] == "SecretRefused"
    del rig.status["argocdSecret"]
    rig.until_released()


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
def test_a_right_that_was_taken_holds_the_resource_and_not_the_cluster(
    rig: Rig, policy: str
) -> None:
    ready(rig, {**with_access(argocd=True), "deletionPolicy": policy})
    rig.api.secret_store.forbidden = {"delete"}
    rig.api.delete(KEY)
    for _ in range(20):
        assert not rig.round().released
        rig.aws.advance()
    told = rig.condition("KubeconfigReady")
    assert (told["status"], told["reason"]) == ("False", "SecretRefused")
    assert rig.aws.nothing_stands == (policy == "Delete")
    rig.api.secret_store.forbidden = set()
    rig.until_released()
    assert ARGOCD not in secrets(rig)


def test_what_the_management_cluster_refuses_is_said(rig: Rig) -> None:
    rig.api.secret_store.forbidden = {"apply"}
    rig.api.apply(KEY, SPEC)
    for _ in range(12):
        rig.round()
        rig.aws.advance()
    assert rig.condition("KubeconfigReady")["reason"] == "SecretRefused"
    assert rig.condition("Connected")["status"] == "True"
    rig.api.secret_store.forbidden = set()
    rig.until_steady()


def test_a_pause_and_a_plan_hold_for_secrets_too(rig: Rig) -> None:
    ready(rig)
    rig.api.secret_store.calls.clear()
    renamed = with_access(kubeconfigSecretRef={"name": "mine"})
    rig.api.apply(KEY, {**renamed, "paused": True})
    rig.round()
    assert "would give up Secret" in rig.condition("KubeconfigReady")["message"]
    rig.api.apply(KEY, {**renamed, "managementPolicy": "Plan"})
    rig.round()
    plan = rig.status["plan"]["changes"]
    assert [words.partition(" (")[0] for words in plan] == [
        f"delete: give up Secret {PLACE}",
        f"create: write Secret {MINE}",
    ]
    assert rig.api.secret_store.changes == []
    rig.api.apply(KEY, renamed)
    rig.until_steady()
    assert secrets(rig) == {MINE}


def test_an_observed_cluster_has_a_kubeconfig_for_whoever_may_enter(rig: Rig) -> None:
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name="tiny", tags={"team": "other"})
    rig.aws.advance()
    rig.aws.calls.clear()
    observe = {"provider": "aws", "region": "us-west-2", "managementPolicy": "Observe"}
    ready(rig, {**observe, "access": {"argocd": True}})
    assert rig.aws.changes == []
    assert "--role-arn" not in rig.api.secret_store.ours[PLACE].data["value"]
    assert rig.status["connectCommand"].endswith("--name tiny --region us-west-2")
    rig.api.delete(KEY)
    rig.until_released()
    assert ARGOCD not in secrets(rig)
    assert rig.aws.changes == []


def test_an_observed_cluster_of_ones_own_is_entered_by_its_role_also_after_it_was_not_found(
    rig: Rig,
) -> None:
    ready(rig)
    role = rig.status["accessRoleArn"]
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Observe"})
    rig.until_steady()
    hidden = rig.aws.clusters.pop("tiny")
    rig.round()
    assert rig.condition("ControlPlaneReady")["reason"] == "ClusterNotFound"
    rig.aws.clusters["tiny"] = hidden
    rig.until_steady()
    assert rig.status["accessRoleArn"] == role
    assert f"--role-arn {role}" in rig.status["connectCommand"]


def test_where_argocd_is_the_administrator_says(rig: Rig) -> None:
    rig.argocd_namespace = "gitops"
    rig.restart()
    ready(rig, with_access(argocd=True))
    assert secrets(rig) == {PLACE, Place("gitops", "ml.tiny")}
    rig.argocd_namespace = "argocd"
    rig.restart()
    rig.round()
    rig.until_steady()
    assert secrets(rig) == {PLACE, ARGOCD}
