"""Who may use the cluster: edits work at once, and whoever does not exist keeps nobody else out."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws_network import Network
from tests.fakes.world import NOW

from sigopt_operator.plan.ownership import TAG_UID

ANN = "arn:aws:iam::111122223333:user/ann"
BOB = "arn:aws:iam::111122223333:role/teams/bob"
NOBODY = "arn:aws:iam::111122223333:user/nobody"
NOBODY_ELSEWHERE = "arn:aws:iam::999988887777:role/nobody"
OPERATOR = "arn:aws:iam::111122223333:role/ops/operator"
ROLE = "tiny-k8s-access-role"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
VIEW, EDIT = "AmazonEKSViewPolicy", "AmazonEKSEditPolicy"


def shared(*principals: str, **more: Any) -> dict[str, Any]:
    return {**SPEC, "access": {"principals": list(principals)}, **more}


def trusted(rig: Rig) -> set[str]:
    """Who may assume the access role in AWS now."""
    (statement,) = rig.aws.iam[ROLE]["trust"]["Statement"]
    named = statement["Principal"]["AWS"]
    return {named} if isinstance(named, str) else set(named)


@pytest.fixture
def ready(rig: Rig) -> Rig:
    """A cluster whose spec names nobody."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    return rig


def test_a_new_cluster_trusts_whoever_made_it(ready: Rig) -> None:
    assert trusted(ready) == {OPERATOR}


def test_a_new_cluster_is_shared_with_whom_the_spec_names(rig: Rig) -> None:
    rig.api.apply(KEY, shared(ANN, BOB))
    rig.until_steady()
    assert trusted(rig) == {OPERATOR, ANN, BOB}


def test_an_edit_works_in_the_very_next_round_and_leaves_the_stack_alone(ready: Rig) -> None:
    ready.api.apply(KEY, shared(ANN, BOB))
    ready.round()
    assert trusted(ready) == {OPERATOR, ANN, BOB}
    ready.until_steady()
    ready.api.apply(KEY, shared(BOB))
    ready.round()
    assert trusted(ready) == {OPERATOR, BOB}
    ready.until_steady()
    assert ready.aws.changes == ["update_assume_role_policy"] * 2


def test_whom_iam_does_not_know_is_named_and_the_others_are_let_in(ready: Rig) -> None:
    ready.aws.nobody = {NOBODY, NOBODY_ELSEWHERE}
    ready.api.apply(KEY, shared(NOBODY, ANN, NOBODY_ELSEWHERE, BOB))
    ready.round()
    assert trusted(ready) == {OPERATOR, ANN, BOB}
    told = ready.condition("AccessReady")
    assert (told["status"], told["reason"]) == ("False", "PrincipalNotFound")
    assert NOBODY in told["message"]
    assert NOBODY_ELSEWHERE in told["message"]
    assert ready.condition("Stalled")["status"] == "True"
    assert ready.condition("Connected")["status"] == "True"
    assert ready.status["accessRoleArn"].endswith(ROLE)


def test_whom_iam_knows_later_is_let_in_then(ready: Rig) -> None:
    ready.aws.nobody = {NOBODY}
    ready.api.apply(KEY, shared(NOBODY, ANN))
    ready.round()
    ready.aws.calls.clear()
    ready.round()
    assert ready.aws.changes == ["update_assume_role_policy"], "what stands is not written again"
    ready.aws.nobody.clear()
    ready.until_steady()
    assert trusted(ready) == {OPERATOR, NOBODY, ANN}


def test_a_trust_that_was_edited_by_hand_stays_where_the_spec_names_nobody(ready: Rig) -> None:
    ready.aws.iam[ROLE]["trust"]["Statement"][0]["Principal"]["AWS"] = [OPERATOR, ANN]
    for _ in range(5):
        ready.round()
    more = {"aws": {"additionalPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}}
    ready.api.apply(KEY, {**SPEC, **more})
    ready.until_steady()
    assert ready.aws.changes == ["update_stack"]
    assert trusted(ready) == {OPERATOR, ANN}
    ready.aws.iam[ROLE]["trust"]["Statement"][0]["Principal"]["AWS"] = ["AIDADELETED", BOB]
    ready.api.apply(KEY, SPEC)
    ready.until_steady()
    assert trusted(ready) == {BOB}


def test_an_update_of_the_stack_leaves_out_nobody_whom_the_spec_names(rig: Rig) -> None:
    rig.api.apply(KEY, shared(ANN))
    rig.until_steady()
    more = {"aws": {"additionalPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}}
    rig.api.apply(KEY, shared(ANN, **more))
    rig.until_steady()
    assert trusted(rig) == {OPERATOR, ANN}


def asks_for_both(ready: Rig) -> None:
    """An update of the stack and another trust, in one round, in whatever order."""
    more = {"aws": {"additionalPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}}
    ready.api.apply(KEY, shared(ANN, **more))
    ready.reconciler(KEY)
    assert sorted(ready.aws.changes) == ["update_assume_role_policy", "update_stack"]


def update_writes_the_former_trust(ready: Rig) -> None:
    """It began with the trust that it found, and is complete."""
    ready.aws.iam[ROLE]["trust"]["Statement"][0]["Principal"]["AWS"] = [OPERATOR]
    ready.aws.advance()


def is_ready_with_whom_the_spec_names(ready: Rig) -> None:
    ready.next_round()
    while ready.status["phase"] != "Ready":
        ready.next_round()
    assert trusted(ready) == {OPERATOR, ANN}


def test_ready_is_not_said_over_a_trust_that_an_update_of_the_stack_wrote_anew(ready: Rig) -> None:
    asks_for_both(ready)
    update_writes_the_former_trust(ready)
    is_ready_with_whom_the_spec_names(ready)


def test_nor_where_no_reading_ever_showed_the_update_under_way(
    ready: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = deepcopy(ready.aws.stacks)
    asks_for_both(ready)
    with monkeypatch.context() as lagging:
        lagging.setattr(
            Network, "describe_stacks", lambda _, **of: {"Stacks": [before[of["StackName"]]]}
        )
        ready.next_round()
    update_writes_the_former_trust(ready)
    is_ready_with_whom_the_spec_names(ready)


def test_nobody_is_let_in_while_it_is_paused(ready: Rig) -> None:
    ready.api.apply(KEY, shared(ANN, paused=True))
    ready.round()
    assert ready.aws.changes == []
    assert "would let" in ready.condition("AccessReady")["message"]


def as_an_earlier_operator_wrote_it(rig: Rig) -> Rig:
    """Ready, and found so by an operator that was upgraded: the trust takes no session tags."""
    rig.api.apply(KEY, shared(ANN))
    rig.until_steady()
    rig.aws.iam[ROLE]["trust"]["Statement"][0]["Action"] = "sts:AssumeRole"
    rig.aws.calls.clear()
    rig.api.events.clear()
    rig.restart()
    return rig


def test_after_an_upgrade_a_trust_is_completed_while_the_cluster_stays_ready(ready: Rig) -> None:
    rig = as_an_earlier_operator_wrote_it(ready)
    for _ in range(30):
        rig.next_round()
        assert rig.condition("AccessReady")["status"] == "True"
        assert rig.condition("Ready")["status"] == "True"
    assert rig.aws.changes == ["update_assume_role_policy"], "once"
    assert [(event.reason, event.message) for event in rig.api.events] == [
        (
            "TrustPrincipals",
            f"let those whom IAM role {ROLE} trusts bring session tags (sts:TagSession)",
        )
    ]


@pytest.mark.parametrize("held", [{"paused": True}, {"managementPolicy": "Plan"}])
def test_and_one_that_is_paused_or_only_planned_stays_ready_too(
    ready: Rig, held: dict[str, Any]
) -> None:
    rig = as_an_earlier_operator_wrote_it(ready)
    rig.api.apply(KEY, shared(ANN, **held))
    rig.round()
    assert rig.aws.changes == []
    assert rig.condition("Ready")["status"] == "True"
    told = rig.condition("AccessReady")
    assert (told["status"], told["reason"]) == ("True", "Ready")
    assert told["message"].endswith("bring session tags (sts:TagSession)")
    assert ANN not in str(rig.status["conditions"]), "who may assume the role already"


def finer(*items: tuple[str, str] | tuple[str, str, list[str]]) -> dict[str, Any]:
    """A spec with entries: principal, policy, and namespaces if they are not all."""
    entries = [dict(zip(("principal", "policy", "namespaces"), i, strict=False)) for i in items]
    return {**SPEC, "access": {"entries": entries}}


def granted(rig: Rig, principal: str) -> dict[str, tuple[str, ...]]:
    """What a principal may do in the cluster, by the policies' names."""
    held = rig.aws.entries[principal]
    return {arn.removeprefix(POLICY): namespaces for arn, namespaces in held.items()}


def tags_of(rig: Rig, principal: str) -> dict[str, str]:
    """Of an access entry."""
    tags: dict[str, str] = rig.aws.entry_details[principal]["tags"]
    return tags


def test_entries_follow_the_spec_and_carry_our_tag(ready: Rig) -> None:
    ready.api.apply(KEY, finer((ANN, VIEW), (ANN, EDIT, ["team-b", "team-a"]), (BOB, VIEW)))
    ready.round()
    assert granted(ready, ANN) == {VIEW: (), EDIT: ("team-a", "team-b")}
    assert granted(ready, BOB) == {VIEW: ()}
    uid = ready.api.objects[KEY]["metadata"]["uid"]
    assert tags_of(ready, ANN)["orchestrate.sigopt.com/cluster-uid"] == uid
    ready.until_steady()
    ready.api.apply(KEY, finer((ANN, EDIT)))
    ready.round()
    assert granted(ready, ANN) == {EDIT: ()}
    assert BOB not in ready.aws.entries
    ready.until_steady()
    ready.api.apply(KEY, SPEC)
    ready.round()
    assert set(ready.aws.entries) == {OPERATOR, f"arn:aws:iam::111122223333:role/{ROLE}"}
    ready.until_steady()


def test_entries_of_others_are_never_touched(ready: Rig) -> None:
    ready.aws.entries[BOB] = {f"{POLICY}{EDIT}": ()}
    ready.aws.entry_details[BOB] = {"createdAt": NOW, "tags": {"team": "other"}}
    ready.api.apply(KEY, finer((ANN, VIEW), (BOB, VIEW)))
    ready.round()
    ready.round()
    assert granted(ready, BOB) == {EDIT: ()}
    assert granted(ready, ANN) == {VIEW: ()}
    told = ready.condition("AccessReady")
    assert (told["status"], told["reason"]) == ("False", "NameConflict")
    assert BOB in told["message"]
    ready.api.apply(KEY, SPEC)
    ready.until_steady()
    assert tags_of(ready, BOB) == {"team": "other"}
    assert granted(ready, BOB) == {EDIT: ()}


def test_an_entry_that_somebody_made_meanwhile_is_left(ready: Rig) -> None:
    ready.api.apply(KEY, finer((ANN, VIEW)))

    def meanwhile(operation: str) -> None:
        if operation == "create_access_entry":
            ready.aws.entries[ANN] = {f"{POLICY}{EDIT}": ()}
            ready.aws.entry_details[ANN] = {"createdAt": NOW, "tags": {}}

    ready.aws.on_call = meanwhile
    ready.round()
    assert granted(ready, ANN) == {EDIT: ()}
    assert ready.condition("AccessReady")["reason"] == "NameConflict"


def test_an_entry_that_somebody_made_anew_is_not_removed(ready: Rig) -> None:
    ready.api.apply(KEY, finer((ANN, VIEW)))
    ready.until_steady()
    ready.api.apply(KEY, SPEC)
    looked = []

    def meanwhile(operation: str) -> None:
        if operation == "describe_access_entry":
            looked.append(operation)
        if len(looked) == 2:
            ready.aws.entry_details[ANN] = {"createdAt": NOW, "tags": {}}

    ready.aws.on_call = meanwhile
    ready.round()
    assert ANN in ready.aws.entries


@pytest.mark.parametrize(
    ("principal", "policy", "words"),
    [
        pytest.param(NOBODY, VIEW, f"EKS refuses {NOBODY}: ", id="a principal"),
        pytest.param(BOB, "NoSuchPolicy", f"EKS refuses {BOB} with NoSuchPolicy: ", id="a policy"),
    ],
)
def test_what_eks_refuses_is_named_and_the_others_work(
    ready: Rig, principal: str, policy: str, words: str
) -> None:
    ready.aws.nobody = {NOBODY}
    ready.api.apply(KEY, finer((principal, policy), (BOB, EDIT), (ANN, VIEW)))
    ready.round()
    assert granted(ready, ANN) == {VIEW: ()}
    assert granted(ready, BOB) == {EDIT: ()}
    told = ready.condition("AccessReady")
    assert (told["status"], told["reason"]) == ("False", "AccessEntryRefused")
    assert words in told["message"]
    assert ready.condition("Connected")["status"] == "True"
    ready.api.apply(KEY, finer((BOB, EDIT), (ANN, VIEW)))
    ready.until_steady()


def test_everything_that_is_wrong_with_access_is_said_at_once(ready: Rig) -> None:
    ready.aws.nobody = {NOBODY}
    ready.aws.entries[BOB] = {}
    ready.aws.entry_details[BOB] = {"createdAt": NOW, "tags": {}}
    entries = [{"principal": arn, "policy": VIEW} for arn in (BOB, NOBODY)]
    ready.api.apply(KEY, {**SPEC, "access": {"principals": [NOBODY], "entries": entries}})
    ready.round()
    message = ready.condition("AccessReady")["message"]
    for words in (f"access entries of {BOB}", f"EKS refuses {NOBODY}", f"IAM knows no {NOBODY}"):
        assert words in message


def test_entries_that_change_by_hand_are_put_back(ready: Rig) -> None:
    ready.api.apply(KEY, finer((ANN, VIEW, ["team-a"])))
    ready.until_steady()
    ready.aws.entries[ANN] = {f"{POLICY}{VIEW}": (), f"{POLICY}{EDIT}": ()}
    for _ in range(4):
        ready.round()
    assert granted(ready, ANN) == {VIEW: ("team-a",)}
    told = [e.message for e in ready.api.events if e.reason == "DriftRepaired"]
    assert told == [
        f"repaired access entry of {ANN}: found with policies {EDIT}, {VIEW}, "
        f"wanted with policies {VIEW} (in team-a)"
    ]


@pytest.mark.parametrize(
    ("tags", "tagged"),
    [
        pytest.param({"team": "theirs"}, True, id="somebody made it by hand"),
        pytest.param({TAG_UID: "another"}, False, id="it has the tag already, whosever"),
    ],
)
def test_an_entry_of_the_operator_that_was_there_is_tagged_before_it_is_changed(
    rig: Rig, tags: dict[str, str], tagged: bool
) -> None:
    """EKS judges what is done to an entry by its own tags, and the least policy demands ours."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.entries[OPERATOR] = {f"{POLICY}{VIEW}": ()}
    rig.aws.entry_details[OPERATOR]["tags"] = dict(tags)
    rig.restart()
    rig.aws.calls.clear()
    rig.until_steady()
    assert f"{POLICY}AmazonEKSClusterAdminPolicy" in rig.aws.entries[OPERATOR]
    assert rig.aws.changes == ["tag_resource"] * tagged + ["associate_access_policy"]
    assert tags.items() <= rig.aws.entry_details[OPERATOR]["tags"].items()


def test_an_entry_of_the_operator_without_tags_is_used_also_where_the_spec_names_it(
    rig: Rig,
) -> None:
    """EKS makes one for whoever made the cluster."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.entry_details[OPERATOR]["tags"] = {}
    rig.api.apply(KEY, finer((OPERATOR, VIEW)))
    rig.until_steady()
    assert f"{POLICY}{VIEW}" in rig.aws.entries[OPERATOR]


def test_who_leaves_the_spec_before_the_cluster_is_ever_ready_is_out_before_access_is_ready(
    rig: Rig,
) -> None:
    rig.api.apply(KEY, finer((ANN, VIEW)))
    while ANN not in rig.aws.entries:
        rig.next_round()
    rig.restart()
    rig.api.apply(KEY, SPEC)
    rig.next_round()
    while rig.condition("AccessReady")["status"] != "True":
        rig.next_round()
    assert ANN not in rig.aws.entries
    assert rig.status["phase"] != "Ready"
