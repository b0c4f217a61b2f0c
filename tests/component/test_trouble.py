"""What goes wrong is said where a person looks, and never ends the work for good."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws import refusal

from sigopt_operator.runtime.keys import Key

SECRET = ("ml", "keys")
WITH_SECRET = {**SPEC, "aws": {"credentialsSecretRef": {"name": "keys"}}}
OBSERVE = {"provider": "aws", "region": "us-west-2", "managementPolicy": "Observe"}
GOOD = {"aws_access_key_id": b"AKIAEXAMPLE", "aws_secret_access_key": b"canary-secret"}


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        pytest.param(None, "SecretMissing", ["ml/keys", "does not exist"], id="missing"),
        pytest.param(
            {"aws_access_key_id": b"AKIA"}, "SecretIncomplete", ["aws_secret_access_key"], id="half"
        ),
        pytest.param({**GOOD, "aws_secret_access_key": b"\xff"}, "SecretUnreadable", [], id="odd"),
        pytest.param(
            {**GOOD, "aws_secret_access_key": b"canary\r\nX-More: header"},
            "SecretUnreadable",
            ["aws_secret_access_key"],
            id="a line break: another header",
        ),
        pytest.param(
            {**GOOD, "aws_access_key_id": b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
            "SecretUnreadable",
            ["aws_access_key_id"],
            id="the two swapped: AWS would say the secret again",
        ),
    ],
)
def test_an_unusable_secret_blocks_and_a_mended_one_resumes(
    rig: Rig, data: dict[str, bytes] | None, reason: str, words: list[str]
) -> None:
    if data is not None:
        rig.api.secrets[SECRET] = data
    rig.api.apply(KEY, WITH_SECRET)
    answer = rig.round()
    told = f"{rig.status} {rig.api.events}"
    assert rig.status["phase"] == "Blocked"
    assert rig.condition("PreflightPassed")["reason"] == reason
    assert rig.condition("Stalled")["status"] == "True"
    assert [word for word in words if word not in rig.status["message"]] == []
    assert not [value for value in (data or {}).values() if value.decode(errors="replace") in told]
    assert rig.aws.calls == []
    assert answer.after is not None
    assert answer.after.total_seconds() <= 5
    rig.api.secrets[SECRET] = GOOD
    rig.until_steady()


AWS_EXAMPLE = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SAID_AGAIN = (
    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
    f"got '{AWS_EXAMPLE}/20260101/us-west-2/sts/aws4_request'"
)


@pytest.mark.parametrize("while_deleting", [False, True])
def test_a_secret_in_the_words_of_aws_stands_in_no_status_and_no_event(
    rig: Rig, while_deleting: bool
) -> None:
    """What IAM says of a signature that it cannot read has the key in it."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    if while_deleting:
        rig.api.delete(KEY)
    rig.aws.failing |= {
        "get_caller_identity": refusal("IncompleteSignature", SAID_AGAIN, "Get", 400),
        "describe_stacks": refusal("IncompleteSignature", SAID_AGAIN, "Describe", 400),
    }
    rig.restart()
    rig.round()
    assert "slash-delimited" in rig.status["message"]
    assert AWS_EXAMPLE not in f"{rig.status} {rig.api.events}"


def test_a_secret_in_the_reason_of_a_failed_part_stands_in_no_status(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.round()
    (stack,) = rig.aws.stacks.values()
    stack["StackStatus"] = "ROLLBACK_FAILED"
    stack["StackStatusReason"] = SAID_AGAIN
    rig.round()
    assert "slash-delimited" in rig.condition("NetworkReady")["message"]
    assert AWS_EXAMPLE not in f"{rig.status} {rig.api.events}"


def test_a_resource_whose_credentials_never_worked_can_be_deleted(rig: Rig) -> None:
    rig.api.apply(KEY, WITH_SECRET)
    rig.round()
    rig.api.delete(KEY)
    assert rig.round().released


def test_what_preflight_kept_from_beginning_is_let_go_though_its_credentials_are_gone(
    rig: Rig,
) -> None:
    rig.api.secrets[SECRET] = GOOD
    rig.aws.forbidden = {"eks:CreateCluster"}
    rig.api.apply(KEY, WITH_SECRET)
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == "PermissionMissing"
    assert rig.aws.changes == []
    del rig.api.secrets[SECRET]
    rig.round()
    rig.api.delete(KEY)
    assert rig.round().released


def test_credentials_that_went_away_hold_the_deletion_until_they_return(rig: Rig) -> None:
    rig.api.secrets[SECRET] = GOOD
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_steady()
    del rig.api.secrets[SECRET]
    rig.api.delete(KEY)
    assert not rig.round().released
    assert rig.status["phase"] == "Deleting"
    assert "ml/keys" in rig.status["message"]
    rig.api.secrets[SECRET] = GOOD
    rig.until_released()
    assert rig.aws.nothing_stands


DENIED = refusal(
    "AccessDeniedException",
    "User: arn:aws:iam::1:user/op is not authorized to perform: eks:CreateCluster",
    "CreateCluster",
    403,
)


def test_a_missing_permission_is_named_and_retried_slowly(rig: Rig) -> None:
    rig.aws.failing["create_cluster"] = DENIED
    rig.api.apply(KEY, SPEC)
    for _ in range(4):
        answer = rig.round()
        rig.aws.advance()
    assert rig.status["phase"] == "Blocked"
    assert "eks:CreateCluster" in rig.condition("ControlPlaneReady")["message"]
    assert answer.after is not None
    assert answer.after.total_seconds() >= 60
    rig.aws.failing.clear()
    rig.until_steady()


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(refusal("Throttling", "Rate exceeded", "Describe"), id="throttled"),
        pytest.param(refusal("InternalError", "oops", "Describe", 500), id="5xx"),
        pytest.param(ConnectTimeoutError(endpoint_url="http://127.0.0.1"), id="timeout"),
        pytest.param(KeyError("Stacks"), id="an answer that was cut off"),
    ],
)
def test_an_aws_that_does_not_answer_only_delays(rig: Rig, error: Exception) -> None:
    rig.aws.failing["describe_stacks"] = error
    rig.api.apply(KEY, SPEC)
    answer = rig.round()
    assert answer.failed
    assert rig.status["phase"] == "Pending"
    assert rig.condition("Stalled")["status"] == "False"
    assert rig.condition("Reconciling")["status"] == "True"
    rig.aws.failing.clear()
    rig.until_steady()


def test_a_ready_cluster_stays_ready_while_aws_does_not_answer(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    # Asked in every round.
    rig.aws.failing["describe_auto_scaling_groups"] = refusal("ServerException", "down", "D", 500)
    assert rig.round().failed
    assert rig.condition("Ready")["status"] == "True"


def test_ready_is_not_said_for_an_edit_that_nobody_could_act_upon(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.failing["describe_cluster"] = refusal("ServerException", "down", "Describe", 500)
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}})
    rig.round()
    assert rig.condition("Ready")["status"] == "False"
    assert rig.status["phase"] == "Updating"
    rig.round()
    assert rig.condition("Ready")["status"] == "False"
    assert rig.status["phase"] == "Updating"


def test_a_degraded_cluster_is_ready_and_stays_so_while_aws_does_not_answer(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    issue = {"code": "Ec2SubnetNotFound", "message": "a subnet is missing", "resourceIds": []}
    rig.aws.clusters["tiny"]["health"] = {"issues": [issue]}
    for _ in range(6):  # what is settled is looked at again, but not all of it in each round
        rig.round()
    before = rig.status
    assert before["phase"] == "Degraded"
    rig.aws.failing["describe_auto_scaling_groups"] = refusal("ServerException", "down", "D", 500)
    assert rig.round().failed
    assert rig.status == before


ROLE = refusal("InvalidParameterException", "Error in role params", "CreateCluster")


def test_a_role_that_iam_has_not_made_known_is_waited_for_and_only_then_blocks(rig: Rig) -> None:
    rig.aws.failing["create_cluster"] = ROLE
    rig.api.apply(KEY, SPEC)
    rig.reconciler(KEY)
    rig.reconciler(KEY)
    rig.aws.advance()
    rig.reconciler(KEY)
    assert rig.condition("ControlPlaneReady")["reason"] == "WaitingForIam"
    assert rig.condition("Stalled")["status"] == "False"
    rig.minutes += 10
    rig.reconciler(KEY)
    assert rig.condition("Stalled")["status"] == "True"
    rig.aws.failing.clear()
    rig.until_steady()


def test_a_cluster_of_somebody_else_is_neither_changed_nor_deleted(rig: Rig) -> None:
    theirs = rig.aws.clients().eks
    theirs.create_cluster(name="tiny", tags={"team": "other"})  # type: ignore[call-arg] # a fake
    rig.aws.advance()
    rig.aws.calls.clear()
    rig.api.apply(KEY, SPEC)
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == "NameConflict"
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.changes == []
    assert "tiny" in rig.aws.clusters


def test_what_is_not_acted_upon_is_said_and_can_be_deleted(rig: Rig) -> None:
    rig.api.apply(KEY, {key: value for key, value in SPEC.items() if key != "region"})
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == "RegionMissing"
    assert rig.aws.calls == []
    rig.api.delete(KEY)
    assert rig.round().released


def test_retain_lets_go_without_touching_aws(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.delete(KEY)
    assert rig.round().released
    assert rig.aws.calls == []


def test_a_resource_that_is_gone_ends_the_matter(rig: Rig) -> None:
    assert rig.reconciler(Key("ml", "never-was")).released


def test_no_secret_reaches_status_or_events(rig: Rig) -> None:
    rig.api.secrets[SECRET] = GOOD
    rig.aws.failing["create_stack"] = DENIED
    rig.api.apply(KEY, WITH_SECRET)
    for _ in range(3):
        rig.round()
    told = f"{rig.status} {rig.api.events}"
    assert "canary-secret" not in told
    assert "Traceback" not in told


def test_a_resource_that_breaks_a_newer_rule_is_said_and_can_still_be_deleted(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": "many"}})
    rig.round()
    assert rig.status["phase"] == "Blocked"
    assert "spec.cpu.maxNodes" in rig.status["message"]
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_credentials_of_another_account_are_not_taken_for_an_empty_world(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    changes = list(rig.aws.changes)
    rig.aws.account = "999988887777"
    rig.restart()
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == "AccountChanged"
    assert "111122223333" in rig.status["message"]
    rig.api.delete(KEY)
    assert not rig.round().released
    assert rig.aws.changes == changes
    rig.aws.account = "111122223333"
    rig.restart()
    rig.until_released()
    assert rig.aws.nothing_stands


def test_an_observed_cluster_is_in_an_account_once_it_was_found_there(rig: Rig) -> None:
    """Until then credentials of the wrong account are mended by those of another."""
    rig.aws.account = "999988887777"
    rig.api.apply(KEY, OBSERVE)
    rig.round()
    assert rig.condition("ControlPlaneReady")["reason"] == "ClusterNotFound"
    assert not {"account", "region"} & set(rig.status)
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name="tiny", tags={"team": "other"})
    rig.aws.advance()
    rig.aws.account = "111122223333"
    rig.restart()
    rig.until_steady()
    assert (rig.status["account"], rig.status["region"]) == ("111122223333", "us-west-2")
    rig.aws.account = "999988887777"
    rig.restart()
    rig.round()
    assert rig.condition("PreflightPassed")["reason"] == "AccountChanged"
    rig.api.delete(KEY)
    assert rig.round().released


def test_what_was_read_with_former_credentials_is_read_again_with_the_new_ones(rig: Rig) -> None:
    rig.api.secrets[SECRET] = GOOD
    rig.api.apply(KEY, WITH_SECRET)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.rotated = True
    rig.reconciler(KEY)
    assert "get_caller_identity" in rig.aws.calls
    assert "describe_stacks" in rig.aws.calls
