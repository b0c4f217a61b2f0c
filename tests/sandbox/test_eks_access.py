"""Access entries, their policies, and who gets in with them; pod identity associations."""

import json
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import ACCOUNT, REGION, Aws, unique, until
from tests.sandbox.eks_world import Refusal, World, make_role, make_world, refusal

ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


@pytest.fixture(scope="module")
def cluster(world: World) -> str:
    return world.active_cluster()


def _person_role(world: World, path: str = "/") -> tuple[str, str]:
    """A role that people assume: its ARN and its unique id."""
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = world.aws.client("iam").create_role(
        RoleName=unique("person"), Path=path, AssumeRolePolicyDocument=json.dumps(document)
    )["Role"]
    return role["Arn"], role["RoleId"]


def _asked(world: World, cluster: str, arn: str, user_id: str) -> dict[str, Any]:
    body = {"account": ACCOUNT, "region": REGION, "name": cluster, "callerArn": arn}
    return dict(world.aws.admin("POST", "authenticate", {**body, "userId": user_id}))


def _session(role_arn: str, name: str = "anna@example.com") -> str:
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_arn.rsplit('/', 1)[-1]}/{name}"


def _entry(world: World, cluster: str, arn: str, **more: Any) -> dict[str, Any]:
    answer = world.eks.create_access_entry(clusterName=cluster, principalArn=arn, **more)
    return dict(answer["accessEntry"])


def test_the_creator_is_cluster_admin_from_the_start(world: World, cluster: str) -> None:
    creator = f"arn:aws:iam::{ACCOUNT}:root"
    assert creator in world.eks.list_access_entries(clusterName=cluster)["accessEntries"]
    policies = world.eks.list_associated_access_policies(clusterName=cluster, principalArn=creator)[
        "associatedAccessPolicies"
    ]
    assert [p["policyArn"] for p in policies] == [ADMIN]
    asked = _asked(world, cluster, creator, ACCOUNT)
    assert asked["allowed"]
    assert asked["policies"] == [
        {"policy": "AmazonEKSClusterAdminPolicy", "scope": "cluster", "namespaces": []}
    ]


def test_without_the_bootstrap_nobody_gets_in(world: World) -> None:
    config = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    cluster = world.active_cluster(accessConfig=config)
    assert world.eks.list_access_entries(clusterName=cluster)["accessEntries"] == []
    assert not _asked(world, cluster, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)["allowed"]


def test_a_session_of_a_role_gets_in_by_its_entry_with_groups_and_policies(
    world: World, cluster: str
) -> None:
    arn, unique_id = _person_role(world, path="/teams/ml/")
    entry = _entry(world, cluster, arn, kubernetesGroups=["researchers"])
    name = arn.rsplit("/", 1)[-1]
    assert entry["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{{{{SessionName}}}}"
    user_id = f"{unique_id}:anna@example.com"
    until(lambda: _asked(world, cluster, _session(arn), user_id)["allowed"], "the entry works")
    scope = {"type": "namespace", "namespaces": ["orchestrate"]}
    world.eks.associate_access_policy(
        clusterName=cluster, principalArn=arn, policyArn=VIEW, accessScope=scope
    )
    until(lambda: _asked(world, cluster, _session(arn), user_id)["policies"], "the policy works")
    asked = _asked(world, cluster, _session(arn), user_id)
    assert asked["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/anna-example.com"
    assert asked["groups"] == ["researchers"]
    assert asked["uid"] == f"aws-iam-authenticator:{ACCOUNT}:{unique_id}"
    assert asked["policies"] == [
        {"policy": "AmazonEKSViewPolicy", "scope": "namespace", "namespaces": ["orchestrate"]}
    ]


def test_a_role_made_again_under_its_name_stays_out(world: World, cluster: str) -> None:
    arn, unique_id = _person_role(world)
    _entry(world, cluster, arn)
    until(lambda: _asked(world, cluster, _session(arn), unique_id)["allowed"], "the entry works")
    assert not _asked(world, cluster, _session(arn), "AROAANOTHERONE")["allowed"]


def test_a_policy_associated_again_has_the_new_scope(world: World, cluster: str) -> None:
    arn, _ = _person_role(world)
    _entry(world, cluster, arn)
    principal = {"clusterName": cluster, "principalArn": arn}
    for scope in ({"type": "namespace", "namespaces": ["a"]}, {"type": "cluster"}):
        world.eks.associate_access_policy(**principal, policyArn=ADMIN, accessScope=scope)
    policies = world.eks.list_associated_access_policies(**principal)["associatedAccessPolicies"]
    assert [p["accessScope"] for p in policies] == [{"type": "cluster", "namespaces": []}]
    world.eks.disassociate_access_policy(**principal, policyArn=ADMIN)
    assert not world.eks.list_associated_access_policies(**principal)["associatedAccessPolicies"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param(
            {"kubernetesGroups": ["system:masters"]},
            "The kubernetes group name system:masters is invalid, it cannot start with system:",
            id="a group of the system",
        ),
        pytest.param(
            {"username": "system:node:x"},
            "The username must not begin with system:",
            id="a username of the system",
        ),
    ],
)
def test_what_an_entry_may_not_say_is_refused(
    world: World, cluster: str, more: dict[str, Any], message: str
) -> None:
    arn, _ = _person_role(world)
    refused = refusal(world.eks.create_access_entry, clusterName=cluster, principalArn=arn, **more)
    assert refused == Refusal("InvalidParameterException", message, 400)


@pytest.mark.parametrize(
    "principal",
    [f"arn:aws:iam::{ACCOUNT}:role/nobody", f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b", "nonsense"],
)
def test_a_principal_must_exist_in_iam(world: World, cluster: str, principal: str) -> None:
    refused = refusal(world.eks.create_access_entry, clusterName=cluster, principalArn=principal)
    assert refused == Refusal(
        "InvalidParameterException",
        "The specified principalArn is invalid: invalid principal.",
        400,
    )


def test_a_principal_has_one_entry(world: World, cluster: str) -> None:
    arn, _ = _person_role(world)
    _entry(world, cluster, arn)
    refused = refusal(world.eks.create_access_entry, clusterName=cluster, principalArn=arn)
    text = "The specified access entry resource is already in use on this cluster."
    assert refused == Refusal("ResourceInUseException", text, 409)
    world.eks.delete_access_entry(clusterName=cluster, principalArn=arn)
    assert _entry(world, cluster, arn)


def test_entries_need_a_mode_that_has_them(world: World) -> None:
    cluster = world.active_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    refused = refusal(world.eks.list_access_entries, clusterName=cluster)
    assert refused == Refusal(
        "InvalidRequestException",
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to "
        "perform this operation.",
        400,
    )


def test_policies_for_service_linked_roles_are_refused_to_others(
    world: World, cluster: str
) -> None:
    arn, _ = _person_role(world)
    _entry(world, cluster, arn)
    refused = refusal(
        world.eks.associate_access_policy,
        clusterName=cluster,
        principalArn=arn,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSComputeClusterPolicy",
        accessScope={"type": "cluster"},
    )
    assert refused.message == "policyArn can only be associated with service-linked roles"


def test_the_roles_of_nodes_take_no_policy(world: World, cluster: str) -> None:
    role = make_role(world.aws, "ec2.amazonaws.com")
    entry = _entry(world, cluster, role, type="EC2_LINUX")
    assert entry["kubernetesGroups"] == ["system:nodes"]
    assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"
    refused = refusal(
        world.eks.associate_access_policy,
        clusterName=cluster,
        principalArn=role,
        policyArn=ADMIN,
        accessScope={"type": "cluster"},
    )
    assert refused.code == "InvalidRequestException"


def test_a_pod_identity_association_is_one_a_service_account(world: World, cluster: str) -> None:
    role = make_role(world.aws, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
    request = {"clusterName": cluster, "namespace": "kube-system", "serviceAccount": "autoscaler"}
    made = world.eks.create_pod_identity_association(**request, roleArn=role)["association"]
    assert made["associationId"].startswith("a-")
    again = refusal(world.eks.create_pod_identity_association, **request, roleArn=role)
    assert again == Refusal(
        "ResourceInUseException", f"Association already exists: {made['associationId']}", 409
    )
    listed = world.eks.list_pod_identity_associations(
        clusterName=cluster, serviceAccount="autoscaler"
    )["associations"]
    assert [a["associationId"] for a in listed] == [made["associationId"]]
    one = {"clusterName": cluster, "associationId": made["associationId"]}
    world.eks.delete_pod_identity_association(**one)
    missing = refusal(world.eks.describe_pod_identity_association, **one)
    assert missing.status == 404


@pytest.mark.parametrize("actions", [("sts:AssumeRole",), ("sts:TagSession",)])
def test_pods_need_both_actions_in_the_trust_of_their_role(
    world: World, cluster: str, actions: tuple[str, ...]
) -> None:
    role = make_role(world.aws, "pods.eks.amazonaws.com", *actions)
    refused = refusal(
        world.eks.create_pod_identity_association,
        clusterName=cluster,
        namespace="default",
        serviceAccount="x",
        roleArn=role,
    )
    expected = "Trust policy of the role provided is invalid"
    assert refused == Refusal("InvalidParameterException", expected, 400)
