"""The policy that is printed, the one in deploy/, and what is asked of IAM's simulation."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.aws import FakeAws
from tests.fakes.world import WHO

from sigopt_operator import cli
from sigopt_operator.aws.policy import FEATURES, grants, text
from sigopt_operator.observe.permissions import concrete, lacking_rights
from sigopt_operator.plan.network.design import NetworkDesign
from sigopt_operator.plan.network.roles import roles_of
from sigopt_operator.plan.preflight.checks import Lacking

DEPLOYED = Path(__file__).parents[2] / "deploy" / "iam" / "sigopt-operator.json"


def test_the_verb_prints_the_policy_that_deploy_has(capsys: pytest.CaptureFixture[str]) -> None:
    """After a change of the one in deploy/iam, copy it to operator/sigopt_operator/aws/."""
    assert cli.main(["iam-policy"]) == 0
    assert capsys.readouterr().out == DEPLOYED.read_text()
    assert text() == DEPLOYED.read_text()


@pytest.mark.parametrize(
    ("pattern", "arn"),
    [
        pytest.param(
            "arn:*:cloudformation:*:*:stack/*-sigopt/*",
            "arn:aws:cloudformation:us-west-2:111122223333:stack/tiny-sigopt/any",
            id="stack",
        ),
        pytest.param(
            "arn:*:iam::*:role/*-node-role",
            "arn:aws:iam::111122223333:role/tiny-node-role",
            id="role",
        ),
    ],
)
def test_a_pattern_of_the_policy_means_one_resource_of_a_cluster(pattern: str, arn: str) -> None:
    assert concrete(pattern, WHO, "us-west-2", "tiny") == arn


def test_every_pattern_becomes_an_arn_without_a_wildcard() -> None:
    patterns = [p for grant in grants() for p in grant.resources if p != "*"]
    assert patterns
    assert [p for p in patterns if "*" in concrete(p, WHO, "us-west-2", "tiny")] == []


def test_the_actions_that_iam_denies_are_found_in_few_calls() -> None:
    aws = FakeAws(forbidden={"eks:CreateCluster", "iam:PassRole", "s3:GetObject"})
    found = lacking_rights(aws.clients(), WHO, "us-west-2", "tiny")
    assert found == Lacking(denied=("eks:CreateCluster", "iam:PassRole"))
    assert len(aws.calls) <= 6


def statements(*arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the verb prints, by Sid."""
    assert cli.main(["iam-policy", *arguments]) == 0
    return {told["Sid"]: told for told in json.loads(capsys.readouterr().out)["Statement"]}


def test_a_feature_that_nobody_uses_needs_no_rights(capsys: pytest.CaptureFixture[str]) -> None:
    whole = statements(capsys=capsys)
    without = statements("--without", "network", "--without", "encryption", capsys=capsys)
    assert whole.keys() - without.keys() == {*FEATURES["network"], *FEATURES["encryption"]}


def test_whatever_is_left_out_what_eks_makes_can_be_tagged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """EKS asks for it where a request to make something has tags, and nothing there has any yet."""
    flags = [flag for feature in FEATURES for flag in ("--without", feature)]
    free = [
        told["Action"]
        for told in statements(*flags, capsys=capsys).values()
        if "Condition" not in told
    ]
    assert "eks:TagResource" in free


def test_every_feature_names_statements_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert {sid for of in FEATURES.values() for sid in of} <= statements(capsys=capsys).keys()


def test_the_policy_can_be_for_clusters_of_some_names(capsys: pytest.CaptureFixture[str]) -> None:
    narrow = statements("--clusters", "ml-*", capsys=capsys)
    stacks = "arn:*:cloudformation:*:*:stack/ml-*-sigopt/*"
    assert narrow["NetworkAndRolesAsOneStack"]["Resource"] == stacks
    assert "arn:*:iam::*:role/ml-*-node-role" in narrow["RolesOfClusters"]["Resource"]


def test_what_is_unused_is_not_asked_of_iam() -> None:
    aws = FakeAws(forbidden={"kms:CreateGrant", "ec2:CreateVpc"})
    who = (WHO, "us-west-2", "tiny")
    assert lacking_rights(aws.clients(), *who, unused=("encryption", "network")) == Lacking()
    assert set(lacking_rights(aws.clients(), *who).denied) == aws.forbidden


def test_tagging_that_is_allowed_only_for_what_has_a_tag_is_missing() -> None:
    """As `iam-policy --without adoption` once printed it. What is being made has no tag yet."""
    aws = FakeAws(forbidden_untagged={"eks:TagResource"})
    found = lacking_rights(aws.clients(), WHO, "us-west-2", "tiny")
    assert found == Lacking(denied=("eks:TagResource",))


def test_what_somebody_allows_only_for_what_has_a_tag_is_not_missing() -> None:
    """Stricter than the policy asks for: this works with what the operator makes."""
    stricter = {action for grant in grants() for action in grant.actions} - {"eks:TagResource"}
    aws = FakeAws(forbidden_untagged=stricter)
    assert lacking_rights(aws.clients(), WHO, "us-west-2", "tiny") == Lacking()


def test_deletions_and_changes_are_for_what_carries_the_operators_tag_or_the_clusters_alone() -> (
    None
):
    """IAM itself keeps the operator from what it did not make, where AWS can tell by a tag."""
    changing = ("Delete", "Detach", "Disassociate", "Release", "Replace", "Update")
    free = {
        action
        for grant in grants()
        for action in grant.actions
        if grant.resources == ("*",)
        and not grant.conditions
        and action.split(":")[1].startswith(changing)
    }
    assert free == {
        "ec2:DeleteNetworkInterface",  # of the CNI, which tags only if it is told to
        "ec2:DeleteSecurityGroup",  # the tag's key names the cluster
        "ec2:DeleteTags",
    }


def test_the_policy_fits_into_a_managed_policy() -> None:
    """IAM counts no white space, and admits 6,144 characters (IAM User Guide, "IAM quotas")."""
    assert len("".join(text().split())) <= 6144


def test_what_the_operator_itself_attaches_is_among_the_only_policies_that_may_be() -> None:
    """What deploy/iam/only-these-node-policies.json forbids is all but these and those added."""
    document = json.loads((DEPLOYED.parent / "only-these-node-policies.json").read_text())
    (statement,) = document["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "iam:AttachRolePolicy")
    allowed = statement["Condition"]["ArnNotLike"]["iam:PolicyARN"]
    design = NetworkDesign("tiny", ("us-west-2a",), WHO.principal_arn)
    attached = {
        arn.replace("${AWS::Partition}", "*") for role in roles_of(design) for arn in role.managed
    }
    assert set(allowed) == attached
