"""The policy that is printed, the one in deploy/, and what is asked of IAM's simulation."""

from pathlib import Path

import pytest
from tests.fakes.aws import FakeAws
from tests.fakes.world import WHO

from sigopt_operator import cli
from sigopt_operator.aws.policy import grants, text
from sigopt_operator.observe.permissions import concrete, lacking_rights
from sigopt_operator.plan.checks import Lacking

DEPLOYED = Path(__file__).parents[2] / "deploy" / "iam-policy.json"


def test_the_verb_prints_the_policy_that_deploy_has(capsys: pytest.CaptureFixture[str]) -> None:
    """After a change: cp deploy/iam-policy.json operator/sigopt_operator/aws/iam-policy.json."""
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
    assert len(aws.calls) <= 4
