"""The end of a cluster among fakes: what is waited for, for how long, and what holds nobody up."""

from datetime import timedelta
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import refusal
from tests.fakes.world import NOW

from sigopt_operator.plan.workload.left import ClusterObject, Workload


def begun(rig: Rig, spec: dict[str, Any] = SPEC) -> None:
    """A cluster that is Ready, and then to be deleted now."""
    rig.api.apply(KEY, spec)
    rig.until_steady()
    rig.api.delete(KEY)
    asked = NOW + timedelta(minutes=rig.minutes + 10)
    rig.api.objects[KEY]["metadata"]["deletionTimestamp"] = f"{asked:%Y-%m-%dT%H:%M:%SZ}"


def test_an_api_that_is_silent_is_waited_for_and_then_done_without(rig: Rig) -> None:
    begun(rig)
    rig.workload = Workload(problem="it does not answer")
    rig.round()
    assert "it does not answer" in rig.status["progress"]["waitingFor"]["what"]
    assert "delete_nodegroup" not in rig.aws.changes
    rig.until_released()
    assert rig.aws.nothing_stands


def test_an_object_that_its_controller_never_lets_go_holds_for_minutes_and_not_for_ever(
    rig: Rig,
) -> None:
    begun(rig)
    since = NOW + timedelta(minutes=rig.minutes + 9)
    rig.workload = Workload(objects=(ClusterObject("Service", "shop", "web", since),))
    rig.round()
    assert rig.status["progress"]["waitingFor"]["what"] == (
        "the cluster to take away Service shop/web"
    )
    assert "delete_nodegroup" not in rig.aws.changes
    rig.until_released()
    assert rig.aws.nothing_stands


WEB = ClusterObject("Service", "shop", "web")
SERVICE = "DELETE /api/v1/namespaces/shop/services/web"
KEYS = {"aws": {"credentialsSecretRef": {"name": "keys"}}}
SECRET = {"aws_access_key_id": b"AKIAEXAMPLE", "aws_secret_access_key": b"canary-secret"}


@pytest.mark.parametrize(
    ("held", "let_go"),
    [
        pytest.param({"deletionProtection": True}, {"deletionProtection": False}, id="protected"),
        pytest.param({"paused": True}, {"paused": False}, id="paused"),
        pytest.param(KEYS, {}, id="without its Secret"),
    ],
)
def test_a_deletion_that_was_held_for_long_tidies_up_through_the_cluster_all_the_same(
    rig: Rig, held: dict[str, Any], let_go: dict[str, Any]
) -> None:
    rig.api.secrets["ml", "keys"] = SECRET
    begun(rig, {**SPEC, **held, "paused": False})
    rig.api.apply(KEY, {**SPEC, **held})
    del rig.api.secrets["ml", "keys"]
    rig.workload = Workload(objects=(WEB,))
    for _ in range(5):
        rig.round()
        assert "removalSince" not in rig.status
    assert (SERVICE in rig.cluster.changes, "delete_nodegroup" in rig.aws.changes) == (False, False)
    rig.api.secrets["ml", "keys"] = SECRET
    rig.api.apply(KEY, {**SPEC, **held, **let_go})
    rig.round()
    assert (SERVICE in rig.cluster.changes, "delete_nodegroup" in rig.aws.changes) == (True, False)
    rig.workload = Workload()
    rig.until_released()
    assert rig.aws.nothing_stands


def test_what_is_made_again_for_ever_holds_no_deletion_whose_operator_is_killed_again_and_again(
    rig: Rig,
) -> None:
    begun(rig)
    rig.workload = Workload(objects=(WEB,))
    for asked in range(1, 4):
        rig.round()
        rig.restart()
        assert rig.cluster.changes.count(SERVICE) == asked
    assert "delete_nodegroup" not in rig.aws.changes
    rig.until_released()
    assert rig.aws.nothing_stands


def test_what_holds_a_deletion_up_later_is_not_counted_and_an_aws_that_fails_is(rig: Rig) -> None:
    rig.api.secrets["ml", "keys"] = SECRET
    begun(rig, {**SPEC, **KEYS})
    rig.round()
    since = rig.status["removalSince"]
    rig.aws.failing["list_nodegroups"] = refusal("ServerException", "down", "List", 500)
    rig.round()
    assert rig.condition("PreflightPassed")["status"] == "False"
    assert rig.status["removalSince"] == since
    del rig.aws.failing["list_nodegroups"], rig.api.secrets["ml", "keys"]
    rig.round()
    assert "removalSince" not in rig.status
    rig.api.secrets["ml", "keys"] = SECRET
    rig.round()
    assert rig.status["removalSince"] > since
    rig.until_released()
    assert rig.aws.nothing_stands


def test_a_clock_that_was_ahead_when_the_removal_began_makes_it_wait_no_longer(rig: Rig) -> None:
    begun(rig)
    rig.workload = Workload(objects=(WEB,))
    rig.jumped = 600
    rig.round()
    rig.jumped = 0
    rig.until_released(most=20)
    assert rig.aws.nothing_stands


def test_a_fargate_profile_that_holds_the_cluster_is_told_and_the_end_goes_on_without_it(
    rig: Rig,
) -> None:
    begun(rig)
    held = "Cannot delete because cluster tiny currently has Fargate profile canary-7"
    code = "ResourceInUseException"
    rig.aws.failing["delete_cluster"] = refusal(code, held, "DeleteCluster", 409)
    for _ in range(9):
        rig.round()
        rig.aws.advance()
    told = rig.condition("Stalled")
    assert (told["status"], told["reason"]) == ("True", "RefusedByAws")
    assert held in told["message"]
    assert "have its owner remove it" in told["message"]
    del rig.aws.failing["delete_cluster"]
    rig.until_released()
    assert rig.aws.nothing_stands


@pytest.fixture
def homeless(rig: Rig) -> Rig:
    """Its namespace is being deleted: its Secret is gone, and no other can be made there."""
    rig.api.secrets["ml", "keys"] = SECRET
    rig.api.apply(KEY, {**SPEC, **KEYS})
    rig.until_steady()
    del rig.api.secrets["ml", "keys"]
    rig.api.delete(KEY)
    assert not rig.round().released
    assert rig.condition("Stalled")["reason"] == "SecretMissing"
    return rig


def test_a_namespace_that_took_the_secret_along_is_left_with_the_operators_own_identity(
    homeless: Rig,
) -> None:
    homeless.api.apply(KEY, SPEC)
    homeless.until_released()
    assert homeless.aws.nothing_stands


def test_or_without_its_cluster(homeless: Rig) -> None:
    spec = homeless.api.objects[KEY]["spec"]
    homeless.api.apply(KEY, {**spec, "deletionPolicy": "Retain"})
    assert homeless.round().released
    assert not homeless.aws.nothing_stands


def test_a_stack_that_was_rolled_back_is_deleted_and_made_again(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.round()
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = "ROLLBACK_COMPLETE"
    rig.round()
    assert rig.condition("NetworkReady")["reason"] == "StackFailed"
    assert rig.aws.changes[-1] == "delete_stack"
    rig.aws.advance()
    rig.until_steady()
    assert rig.aws.changes.count("create_stack") == 2
    assert len(rig.aws.stacks) == 1


def test_a_stack_that_is_being_mended_is_deleted_after_that_and_nobody_is_alarmed(
    rig: Rig,
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.round()
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = "UPDATE_IN_PROGRESS"
    rig.api.delete(KEY)
    for _ in range(2):
        rig.round()
        assert rig.condition("Stalled")["status"] == "False"
    assert "UPDATE_IN_PROGRESS" in rig.status["progress"]["waitingFor"]["what"]
    assert "delete_stack" not in rig.aws.changes
    rig.until_released()
    assert rig.aws.nothing_stands


def test_a_steady_round_asks_nothing_of_what_only_a_deletion_needs(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    assert [c for c in rig.aws.calls if "load_balancers" in c or "interfaces" in c] == []
