"""Roles and policies: what exists, what holds, who may assume, and the limits."""

import json
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import ACCOUNT, Aws, unique
from tests.sandbox.aws_world import ROOT, assumed, outcome, policy, refused, trust, user

MANAGED = "arn:aws:iam::aws:policy/"
EC2 = {"Service": "ec2.amazonaws.com"}


def _role(aws: Aws, principal: dict[str, Any] | None = None, **condition: Any) -> tuple[str, str]:
    name = unique("role")
    document = trust(principal or EC2, **condition)
    answer = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    return name, str(answer["Role"]["Arn"])


@pytest.mark.parametrize(
    ("name", "action"),
    [
        pytest.param("AmazonEKSClusterPolicy", "ec2:DescribeSubnets"),
        pytest.param("AmazonEKSWorkerNodePolicy", "eks-auth:AssumeRoleForPodIdentity"),
        pytest.param("AmazonEKS_CNI_Policy", "ec2:AssignPrivateIpAddresses"),
        pytest.param("AmazonEC2ContainerRegistryPullOnly", "ecr:BatchGetImage"),
        pytest.param("AmazonEC2ContainerRegistryReadOnly", "ecr:DescribeImages"),
        pytest.param("AmazonSSMManagedInstanceCore", "ssm:UpdateInstanceInformation"),
        pytest.param("service-role/AmazonEBSCSIDriverPolicy", "ec2:CreateSnapshot"),
    ],
)
def test_aws_policies_have_their_real_documents(aws: Aws, name: str, action: str) -> None:
    iam, arn = aws.client("iam"), MANAGED + name
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    assert action in json.dumps(found["Document"])


def test_a_policy_that_does_not_exist_is_not_attached(aws: Aws) -> None:
    name, _ = _role(aws)
    arn = f"{MANAGED}NoSuchPolicyAtAll"
    attach = aws.client("iam").attach_role_policy
    assert refused(lambda: attach(RoleName=name, PolicyArn=arn)) == (
        "NoSuchEntity",
        f"Policy {arn} does not exist or is not attachable.",
    )


def test_a_role_has_at_most_ten_policies(aws: Aws) -> None:
    iam, (name, _) = aws.client("iam"), _role(aws)
    arns = [
        iam.create_policy(
            PolicyName=unique("policy"), PolicyDocument=policy({"Action": "ec2:DescribeVpcs"})
        )["Policy"]["Arn"]
        for _ in range(11)
    ]
    outcomes = [
        outcome(lambda arn=arn: iam.attach_role_policy(RoleName=name, PolicyArn=arn))  # type: ignore[misc]  # a default binds the loop's value
        for arn in arns
    ]
    refusal = ("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
    assert outcomes == [None] * 10 + [refusal]


def test_a_roles_name_is_taken_whatever_its_case(aws: Aws) -> None:
    name, _ = _role(aws)
    create = aws.client("iam").create_role
    wanted = {"RoleName": name.upper(), "AssumeRolePolicyDocument": trust(EC2)}
    assert refused(lambda: create(**wanted))[0] == "EntityAlreadyExists"


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        pytest.param(
            "{", "MalformedPolicyDocument", "This policy contains invalid Json", id="json"
        ),
        pytest.param(
            trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/never-was"}),
            "MalformedPolicyDocument",
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/never-was"',
            id="a principal that does not exist",
        ),
        pytest.param(
            trust({"AWS": [f"arn:aws:iam::{n:012}:root" for n in range(100)]}),
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
            id="too long",
        ),
    ],
)
def test_a_wrong_trust_policy_is_refused(aws: Aws, document: str, code: str, message: str) -> None:
    iam, (name, _) = aws.client("iam"), _role(aws)
    for call in (
        lambda: iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document),
        lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=document),
    ):
        assert refused(call) == (code, message)


def test_a_role_is_held_by_policies_and_instance_profiles(aws: Aws) -> None:
    iam, (name, _) = aws.client("iam"), _role(aws)
    profile, arn = unique("profile"), f"{MANAGED}ReadOnlyAccess"
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy({"Action": "ec2:*"}))
    iam.create_instance_profile(InstanceProfileName=profile)
    member = {"InstanceProfileName": profile, "RoleName": name}
    iam.add_role_to_instance_profile(**member)

    def held() -> str:
        code, message = refused(lambda: iam.delete_role(RoleName=name))
        assert code == "DeleteConflict"
        return message

    assert held() == "Cannot delete entity, must detach all policies first."
    iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    assert held() == "Cannot delete entity, must delete policies first."
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    assert held() == "Cannot delete entity, must remove roles from instance profile first."
    iam.remove_role_from_instance_profile(**member)
    iam.delete_role(RoleName=name)
    assert refused(lambda: iam.get_role(RoleName=name)) == (
        "NoSuchEntity",
        f"The role with name {name} cannot be found.",
    )


def test_a_service_linked_role_is_made_once_under_its_own_name(aws: Aws) -> None:
    iam = aws.client("iam", key="333344445555")
    service = {"AWSServiceName": "eks-nodegroup.amazonaws.com"}
    role = iam.create_service_linked_role(**service)["Role"]
    assert role["RoleName"] == "AWSServiceRoleForAmazonEKSNodegroup"
    assert role["Arn"] == (
        "arn:aws:iam::333344445555:role/aws-service-role/eks-nodegroup.amazonaws.com/"
        "AWSServiceRoleForAmazonEKSNodegroup"
    )
    assert refused(lambda: iam.create_service_linked_role(**service)) == (
        "InvalidInput",
        "Service role name AWSServiceRoleForAmazonEKSNodegroup has been taken in this account, "
        "please try a different suffix.",
    )


def test_a_named_user_assumes_without_a_policy_of_its_own(aws: Aws) -> None:
    name, key = user(aws)
    _, arn = _role(aws, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
    session = assumed(aws, arn, "colleague", **key)
    identity = aws.client("sts", **session).get_caller_identity()
    role = arn.rsplit("/", 1)[-1]
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/colleague"


def test_trust_in_an_account_needs_a_policy_of_the_caller(aws: Aws) -> None:
    _, arn = _role(aws, {"AWS": ROOT})
    _, without = user(aws)
    _, allowed = user(aws, {"Action": "sts:AssumeRole"})
    code, message = refused(lambda: assumed(aws, arn, **without))
    assert code == "AccessDenied"
    assert f"is not authorized to perform: sts:AssumeRole on resource: {arn}" in message
    assert assumed(aws, arn, **allowed)["token"]


def test_nobody_passes_for_a_service(aws: Aws) -> None:
    _, arn = _role(aws, EC2)
    assert refused(lambda: assumed(aws, arn))[0] == "AccessDenied"


def test_an_external_id_must_match_also_across_accounts(aws: Aws) -> None:
    iam, name = aws.client("iam", key="444455556666"), unique("role")
    condition = {"StringEquals": {"sts:ExternalId": "right"}}
    document = trust({"AWS": ROOT}, **condition)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    sts = aws.client("sts")
    request = {"RoleArn": arn, "RoleSessionName": "session"}
    for wrong in ({}, {"ExternalId": "wrong"}):
        assert refused(lambda wrong=wrong: sts.assume_role(**request, **wrong))[0] == (  # type: ignore[misc]  # a default binds the loop's value
            "AccessDenied"
        )
    found = sts.assume_role(**request, ExternalId="right")["AssumedRoleUser"]["Arn"]
    assert found == f"arn:aws:sts::444455556666:assumed-role/{name}/session"


def test_a_namesake_of_a_deleted_principal_is_not_trusted(aws: Aws) -> None:
    iam = aws.client("iam")
    name, key = user(aws)
    unique_id = iam.get_user(UserName=name)["User"]["UserId"]
    role, arn = _role(aws, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
    iam.delete_access_key(UserName=name, AccessKeyId=key["key"])
    iam.delete_user(UserName=name)
    iam.create_user(UserName=name)
    again = iam.create_access_key(UserName=name)["AccessKey"]
    namesake = {"key": again["AccessKeyId"], "secret": again["SecretAccessKey"]}
    assert refused(lambda: assumed(aws, arn, **namesake))[0] == "AccessDenied"
    document = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"]["AWS"] == unique_id
    document["Statement"][0]["Principal"]["AWS"] = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))
    assert assumed(aws, arn, **namesake)["token"]


def test_a_simulation_decides_as_enforcement_does(aws: Aws) -> None:
    iam, (name, arn) = aws.client("iam"), _role(aws)
    document = policy(
        {"Action": "eks:Describe*"},
        {"Action": "eks:DescribeAddon", "Effect": "Deny"},
        {
            "Action": "autoscaling:SetDesiredCapacity",
            "Condition": {"StringEquals": {"aws:ResourceTag/k": "v"}},
        },
    )
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    actions = [
        "eks:DescribeCluster",
        "eks:DescribeAddon",
        "eks:CreateCluster",
        "autoscaling:SetDesiredCapacity",
    ]

    def decisions(**more: Any) -> list[str]:
        found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, **more)
        return [r["EvalDecision"] for r in found["EvaluationResults"]]

    assert decisions() == ["allowed", "explicitDeny", "implicitDeny", "implicitDeny"]
    entry = {
        "ContextKeyName": "aws:ResourceTag/k",
        "ContextKeyValues": ["v"],
        "ContextKeyType": "string",
    }
    assert decisions(ContextEntries=[entry])[-1] == "allowed"
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
    wrong = {"PolicySourceArn": session, "ActionNames": actions}
    assert refused(lambda: iam.simulate_principal_policy(**wrong)) == (
        "InvalidInput",
        f"Invalid Entity Arn: {session} does not clearly define entity type and name.",
    )
