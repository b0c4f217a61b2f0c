"""What only AWS knows is answered in a condition, before anything is created, and can be mended."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client

from sigopt_sandbox.installed import Installed
from sigopt_sandbox.launcher import Sandbox

TINY = """\
provider: aws
cluster_name: tiny-cluster
cpu:
  instance_type: t2.small
  max_nodes: 2
  min_nodes: 0
# gpu: {instance_type: p2.xlarge, max_nodes: 2, min_nodes: 0}
kubernetes_version: '1.20'
"""
POLICY = Path(__file__).parents[3] / "deploy" / "iam" / "sigopt-operator.json"


def blocked(person: Person, name: str) -> dict[str, Any]:
    person.waits(name, lambda s: s.get("phase") == "Blocked", "it is blocked")
    assert person.condition(name, "Stalled")["status"] == "True"
    assert person.left_in_aws(name) == []
    return person.condition(name, "PreflightPassed")


def test_the_original_products_example_converts_is_told_the_versions_and_reaches_ready(
    operator: Installed, person: Person, tmp_path: Path
) -> None:
    (tmp_path / "cluster.yml").write_text(TINY)
    converted = subprocess.run(
        ["sigopt-operator", "convert", str(tmp_path / "cluster.yml")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    manifest = yaml.safe_load(converted)
    spec = {**manifest["spec"], "region": "us-west-2"}
    person.apply("tiny-cluster", spec)
    told = blocked(person, "tiny-cluster")
    assert told["reason"] == "VersionNotOnOffer"
    assert "1.34" in told["message"]
    assert "spec.kubernetesVersion" in told["message"]
    person.apply("tiny-cluster", {**spec, "kubernetesVersion": "1.34"})
    person.waits_until_ready("tiny-cluster")
    person.delete("tiny-cluster")
    person.waits_until_gone("tiny-cluster")
    assert person.left_in_aws("tiny-cluster") == []


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        pytest.param({"cpu": {"instanceType": "t3.hugest"}}, "t3.hugest", id="no such type"),
        pytest.param({"gpu": {"instanceType": "m5.large"}}, "no NVIDIA GPU", id="gpu without one"),
        pytest.param({"gpu": {"instanceType": "p2.xlarge"}}, "no longer served", id="GPU too old"),
    ],
)
def test_a_type_that_cannot_serve_is_explained(
    operator: Installed, person: Person, pools: dict[str, dict[str, Any]], words: str
) -> None:
    limits = {"minNodes": 0, "maxNodes": 1}
    person.apply("odd", {**SPEC, **{name: {**pool, **limits} for name, pool in pools.items()}})
    assert words in blocked(person, "odd")["message"]


def credentials(sandbox: Sandbox, name: str) -> tuple[str, str]:
    """An access key of a new IAM user with the operator's rights."""
    iam = client(sandbox, "iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=POLICY.read_text())
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_credentials_missing_incomplete_wrong_and_mended(
    operator: Installed, person: Person
) -> None:
    key_id, key = credentials(person.sandbox, f"{person.namespace}-keys")
    person.apply("keyed", {**SPEC, "aws": {"credentialsSecretRef": {"name": "keys"}}})
    assert blocked(person, "keyed")["reason"] == "SecretMissing"
    person.keep_secret("keys", aws_access_key_id=key_id)
    person.waits("keyed", _reason("SecretIncomplete"), "it says what is incomplete")
    person.keep_secret(
        "keys", aws_access_key_id=key_id, aws_secret_access_key="canary-of-a-wrong-key"
    )
    person.waits("keyed", _reason("CredentialsRefused"), "it says that they are refused")
    person.keep_secret("keys", aws_access_key_id=key_id, aws_secret_access_key=key)
    person.waits_until_ready("keyed")
    person.delete("keyed")
    person.waits_until_gone("keyed")
    assert person.left_in_aws("keyed") == []


def _reason(reason: str) -> Any:
    def found(status: dict[str, Any]) -> bool:
        return any(c["reason"] == reason for c in status.get("conditions", ()))

    return found


def test_a_stack_of_somebody_else_is_never_touched(operator: Installed, person: Person) -> None:
    cfn = client(person.sandbox, "cloudformation")
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.77.0.0/16"}}
    cfn.create_stack(StackName="taken-sigopt", TemplateBody=json.dumps({"Resources": {"V": vpc}}))
    cfn.get_waiter("stack_create_complete").wait(
        StackName="taken-sigopt", WaiterConfig={"Delay": 1}
    )
    person.apply("taken", SPEC)
    person.waits("taken", _reason("NameConflict"), "it says whose the name is")
    person.delete("taken")
    person.waits_until_gone("taken")
    assert cfn.describe_stacks(StackName="taken-sigopt")["Stacks"][0]["StackStatus"] == (
        "CREATE_COMPLETE"
    )
    cfn.delete_stack(StackName="taken-sigopt")
    cfn.get_waiter("stack_delete_complete").wait(
        StackName="taken-sigopt", WaiterConfig={"Delay": 1}
    )
