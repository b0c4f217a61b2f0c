"""The account is asked once before a creation, again soon while it is in the way, and by edits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes import world as w
from tests.fakes.aws import refusal

from sigopt_operator.aws.policy import grants
from sigopt_operator.observe.checks import Asking
from sigopt_operator.plan.moment import Moment

CHECKS = ("list_service_quotas", "simulate_principal_policy", "list_roles", "describe_vpcs")


def asked(rig: Rig) -> list[str]:
    return [call for call in rig.aws.calls if call in CHECKS]


def test_a_quota_that_was_raised_lets_the_creation_go_on_by_itself(rig: Rig) -> None:
    rig.aws.quotas["L-1216C47A"] = 4
    rig.api.apply(KEY, SPEC)
    rig.round()
    told = rig.condition("PreflightPassed")
    assert (told["reason"], "L-1216C47A" in told["message"]) == ("QuotaExceeded", True)
    assert rig.aws.changes == []
    rig.aws.quotas.clear()
    rig.until_steady()


def test_a_permission_that_is_missing_and_a_role_of_that_name_are_told_together(rig: Rig) -> None:
    rig.aws.forbidden.add("eks:CreateCluster")
    rig.aws.roles.add("tiny-k8s-access-role")
    rig.api.apply(KEY, SPEC)
    rig.round()
    told = rig.condition("PreflightPassed")["message"]
    assert "eks:CreateCluster" in told
    assert "tiny-k8s-access-role" in told
    assert rig.aws.changes == []


def test_a_refused_question_blocks_nothing(rig: Rig) -> None:
    for call in CHECKS:
        rig.aws.failing[call] = refusal("AccessDeniedException", "not authorized", call)
    rig.api.apply(KEY, SPEC)
    rig.round()
    told = rig.condition("PreflightPassed")
    assert told["status"] == "True"
    assert "not checked" in told["message"]
    rig.until_steady()


def test_the_account_is_asked_once_for_a_creation_and_not_by_what_is_steady(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    once = asked(rig)
    assert once.count("list_service_quotas") == 3
    assert once.count("simulate_principal_policy") <= 6
    for _ in range(5):
        rig.round()
    assert asked(rig) == once


def test_of_two_regions_only_what_iam_says_is_asked_once(rig: Rig) -> None:
    first = rig.aws.clients()
    for clients in (first, replace(first, region="eu-west-1"), first):
        asking = Asking(clients, rig.executor, lambda _, read: read(), Moment(w.NOW))
        asking.checks(w.WANT, w.EMPTY, w.FACTS)
    calls = Counter(rig.aws.calls)
    assert {call: calls[call] for call in ("list_roles", "describe_vpcs", "list_clusters")} == {
        "list_roles": 1,
        "describe_vpcs": 2,
        "list_clusters": 2,
    }
    assert calls["list_service_quotas"] == 6


def test_an_edit_asks_only_for_what_more_nodes_need(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    before = asked(rig)
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 9}})
    rig.round()
    rig.until_steady()
    assert asked(rig)[len(before) :] == ["list_service_quotas"]
    before = asked(rig)
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "maxNodes": 2}})
    rig.round()
    rig.until_steady()
    assert asked(rig) == before


def test_with_the_policy_plan_nothing_is_done_until_it_is_full(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Plan"})
    for _ in range(3):
        rig.round()
    assert rig.aws.changes == []
    assert rig.status["plan"]["summary"].startswith("16 to create")
    assert rig.condition("Ready")["reason"] == "Planned"
    assert [e for e in rig.api.events if e.reason == "Planned" and "create EKS" in e.message]
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    assert "plan" not in rig.status


def test_the_deletion_of_what_is_only_planned_waits_and_tells_what_it_would_be(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.apply(KEY, {**SPEC, "managementPolicy": "Plan"})
    rig.api.delete(KEY)
    changes = len(rig.aws.changes)
    assert not rig.round().released
    assert len(rig.aws.changes) == changes
    assert any("delete EKS cluster tiny" in line for line in rig.status["plan"]["changes"])
    rig.api.apply(KEY, SPEC)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_actions_that_iam_simulates_apart_are_asked_about_apart(rig: Rig) -> None:
    """IAM refuses a call for actions that need "different authorization information"."""
    rig.aws.simulated_apart |= {"eks:CreateCluster", "iam:PassRole", "ec2:CreateLaunchTemplate"}
    rig.aws.forbidden |= {"eks:CreateCluster", "ec2:CreateLaunchTemplate"}
    rig.api.apply(KEY, SPEC)
    rig.round()
    told = rig.condition("PreflightPassed")
    assert told["reason"] == "PermissionMissing"
    assert "ec2:CreateLaunchTemplate, eks:CreateCluster" in told["message"]


def test_where_iam_simulates_nothing_together_permissions_are_said_to_be_unchecked(
    rig: Rig,
) -> None:
    rig.aws.failing["simulate_principal_policy"] = refusal(
        "InvalidInput", "Invalid Input Actions: these require different authorization information."
    )
    rig.api.apply(KEY, SPEC)
    rig.round()
    told = rig.condition("PreflightPassed")
    assert told["status"] == "True"
    assert "not checked" in told["message"]
    assert "permissions" in told["message"]


TAGGED = {
    action
    for grant in grants()
    if any(":ResourceTag/" in key for key in grant.conditions)
    for action in grant.actions
}


def test_a_simulation_that_overlooks_tags_of_resources_keeps_nobody_waiting(rig: Rig) -> None:
    """Then everything that these allow seems to be denied."""
    rig.aws.forbidden |= TAGGED
    rig.api.apply(KEY, SPEC)
    rig.round()
    told = rig.condition("PreflightPassed")
    assert told["status"] == "True"
    assert "eks:DeleteCluster" in told["message"]


def test_one_right_of_these_that_is_missing_is_told_all_the_same(rig: Rig) -> None:
    rig.aws.forbidden.add("eks:DeleteCluster")
    rig.api.apply(KEY, SPEC)
    rig.round()
    told = rig.condition("PreflightPassed")
    assert told["reason"] == "PermissionMissing"
    assert "eks:DeleteCluster" in told["message"]


def test_more_nodes_than_eks_admits_to_a_node_group_are_told_before_anything_is_made(
    rig: Rig,
) -> None:
    rig.aws.quotas |= {"L-1216C47A": 9999.0, "L-BD136A63": 450.0}
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "minNodes": 0, "maxNodes": 451}})
    rig.round()
    told = rig.condition("PreflightPassed")["message"]
    assert "spec.cpu.maxNodes is 451" in told
    assert "--quota-code L-BD136A63 --desired-value 451" in told
    assert rig.aws.changes == []
