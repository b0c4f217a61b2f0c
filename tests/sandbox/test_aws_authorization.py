"""Signatures and policies: who may do what, on what, in the words of each service."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import ACCOUNT, REGION, Aws, unique, until
from tests.sandbox.aws_world import new_stack, outcome, refused, trust, user, vpc_template
from tests.sandbox.eks_world import World, make_role, make_world

Client = Callable[[str], Any]
TAGGED = {"StringEquals": {"aws:ResourceTag/owner": "op"}}
TAGGING = {"StringEquals": {"aws:RequestTag/owner": "op"}}
OWNED = [{"Key": "owner", "Value": "op"}]


@dataclass(frozen=True)
class Scene:
    """Two clusters, one of them tagged, and what a new one needs."""

    world: World
    mine: str
    other: str
    other_role: str


@pytest.fixture(scope="module")
def scene(aws: Aws) -> Scene:
    world = make_world(aws)
    mine, other = (unique(prefix) for prefix in ("team-a", "other"))
    for name, tags in ((mine, {"owner": "op"}), (other, {"owner": "someone"})):
        world.eks.create_cluster(**world.cluster_request(name, tags=tags))
    for name in (mine, other):
        world.await_cluster(name)
    return Scene(world, mine, other, make_role(aws, "eks.amazonaws.com"))


def _as(aws: Aws, *statements: dict[str, Any]) -> Client:
    _, key = user(aws, *statements)
    return lambda service: aws.client(service, **key)


def _denied(call: Callable[[], Any], action: str) -> bool:
    code, message = refused(call)
    assert code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
    assert f"is not authorized to perform: {action} on resource: " in message
    return True


@pytest.mark.parametrize(
    ("service", "operation", "action", "code"),
    [
        pytest.param("eks", "list_clusters", "eks:ListClusters", "AccessDeniedException"),
        pytest.param("ec2", "describe_vpcs", "ec2:DescribeVpcs", "UnauthorizedOperation"),
        pytest.param(
            "cloudformation", "describe_stacks", "cloudformation:DescribeStacks", "AccessDenied"
        ),
        pytest.param("iam", "list_roles", "iam:ListRoles", "AccessDenied"),
        pytest.param(
            "autoscaling",
            "describe_auto_scaling_groups",
            "autoscaling:DescribeAutoScalingGroups",
            "AccessDenied",
        ),
    ],
)
def test_what_no_policy_allows_is_denied_in_the_services_own_words(
    aws: Aws, service: str, operation: str, action: str, code: str
) -> None:
    name, key = user(aws)
    got, message = refused(getattr(aws.client(service, **key), operation))
    assert got == code
    found = f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: {action}"
    assert f"{found} on resource: *" in message
    assert f"because no identity-based policy allows the {action} action" in message
    if service == "ec2":
        assert message.startswith("You are not authorized to perform this operation. User: ")
        assert "Encoded authorization failure message: " in message


def test_everybody_may_ask_who_they_are(aws: Aws) -> None:
    name, key = user(aws)
    assert aws.client("sts", **key).get_caller_identity()["Arn"].endswith(f":user/{name}")


@pytest.mark.parametrize(
    ("service", "operation", "unknown", "wrong"),
    [
        pytest.param(
            "eks", "list_clusters", "UnrecognizedClientException", "InvalidSignatureException"
        ),
        pytest.param(
            "cloudformation", "describe_stacks", "InvalidClientTokenId", "SignatureDoesNotMatch"
        ),
        pytest.param("ec2", "describe_vpcs", "AuthFailure", "AuthFailure"),
    ],
)
def test_a_wrong_key_or_secret_is_refused_in_the_services_own_code(
    aws: Aws, service: str, operation: str, unknown: str, wrong: str
) -> None:
    _, key = user(aws, {"Action": "*"})
    nobody = aws.client(service, key="AKIAZZZZZZZZZZZZZZZZ", secret="x")
    assert refused(getattr(nobody, operation))[0] == unknown
    forged = aws.client(service, key=key["key"], secret="wrong")
    assert refused(getattr(forged, operation))[0] == wrong


def test_a_policy_for_some_clusters_reaches_only_those(aws: Aws, scene: Scene) -> None:
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/team-*"
    eks = _as(aws, {"Action": "eks:DescribeCluster", "Resource": arn})("eks")
    assert eks.describe_cluster(name=scene.mine)["cluster"]["name"] == scene.mine
    assert _denied(lambda: eks.describe_cluster(name=scene.other), "eks:DescribeCluster")


def test_tags_of_clusters_decide(aws: Aws, scene: Scene) -> None:
    eks = _as(aws, {"Action": "eks:*", "Condition": TAGGED})("eks")
    assert eks.describe_cluster(name=scene.mine)["cluster"]["name"] == scene.mine
    assert _denied(lambda: eks.describe_cluster(name=scene.other), "eks:DescribeCluster")


def test_access_entries_are_judged_by_their_own_tags(aws: Aws, scene: Scene) -> None:
    """Also in a cluster that has the tag (service authorization reference of EKS)."""
    where = {"clusterName": scene.mine, "principalArn": scene.other_role}
    made = scene.world.eks.create_access_entry(**where)["accessEntry"]
    changes = ["eks:AssociateAccessPolicy", "eks:DeleteAccessEntry"]
    eks = _as(aws, {"Action": changes, "Resource": "*", "Condition": TAGGED})("eks")
    admin = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    grant = partial(
        eks.associate_access_policy, **where, policyArn=admin, accessScope={"type": "cluster"}
    )
    assert _denied(grant, "eks:AssociateAccessPolicy")
    scene.world.eks.tag_resource(resourceArn=made["accessEntryArn"], tags={"owner": "op"})
    grant()
    eks.delete_access_entry(**where)


def test_tags_of_the_request_decide(aws: Aws, scene: Scene) -> None:
    allowed: list[dict[str, Any]] = [
        {"Action": ["eks:CreateCluster", "eks:TagResource"], "Condition": TAGGING},
        {"Action": "iam:PassRole"},
    ]
    eks = _as(aws, *allowed)("eks")
    request = scene.world.cluster_request(unique("cluster"), tags={"owner": "op"})
    assert eks.create_cluster(**request)["cluster"]["status"] == "CREATING"
    untagged = scene.world.cluster_request(unique("cluster"))
    assert _denied(lambda: eks.create_cluster(**untagged), "eks:CreateCluster")


def test_tagging_what_eks_makes_needs_a_permission_of_its_own(aws: Aws, scene: Scene) -> None:
    """A tag of what is there does not give it: nothing is there yet."""
    eks = _as(
        aws,
        {"Action": ["eks:CreateCluster", "eks:CreateAddon", "iam:PassRole"]},
        {"Action": "eks:TagResource", "Condition": TAGGED},
    )("eks")
    request = scene.world.cluster_request(unique("cluster"), tags={"owner": "op"})
    assert _denied(lambda: eks.create_cluster(**request), "eks:TagResource")
    addon = {"clusterName": scene.mine, "addonName": "vpc-cni", "tags": {"owner": "op"}}
    assert _denied(lambda: eks.create_addon(**addon), "eks:TagResource")


def test_only_allowed_roles_are_passed(aws: Aws, scene: Scene) -> None:
    passing = {"Action": "iam:PassRole", "Resource": scene.world.cluster_role}
    eks = _as(aws, {"Action": "eks:CreateCluster"}, passing)("eks")
    request = scene.world.cluster_request(unique("cluster"))
    assert eks.create_cluster(**request)["cluster"]["status"] == "CREATING"
    other = scene.world.cluster_request(unique("cluster"), roleArn=scene.other_role)
    code, message = refused(lambda: eks.create_cluster(**other))
    assert code == "AccessDeniedException"
    assert f"perform: iam:PassRole on resource: {scene.other_role}" in message


@pytest.mark.parametrize(
    ("service", "allowed"),
    [
        pytest.param("eks.amazonaws.com", True, id="to the service that asks"),
        pytest.param("ec2.amazonaws.com", False, id="to another service"),
    ],
)
def test_roles_are_passed_to_named_services(
    aws: Aws, scene: Scene, service: str, allowed: bool
) -> None:
    condition = {"StringEquals": {"iam:PassedToService": service}}
    passing = {"Action": "iam:PassRole", "Condition": condition}
    eks = _as(aws, {"Action": "eks:CreateCluster"}, passing)("eks")
    request = scene.world.cluster_request(unique("cluster"))
    assert (outcome(lambda: eks.create_cluster(**request)) is None) is allowed


def test_a_deny_beats_every_allow(aws: Aws, scene: Scene) -> None:
    denying = {"Action": "eks:DeleteCluster", "Effect": "Deny"}
    client = _as(aws, {"Action": "*"}, denying)
    assert client("ec2").describe_vpcs()["Vpcs"]
    code, message = refused(lambda: client("eks").delete_cluster(name=scene.other))
    assert code == "AccessDeniedException"
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_boundary_narrows_what_is_allowed(aws: Aws, scene: Scene) -> None:
    name, key = user(aws, {"Action": "*"})
    iam = aws.client("iam")
    made = iam.create_policy(
        PolicyName=unique("bound"),
        PolicyDocument='{"Version": "2012-10-17", "Statement": '
        '[{"Effect": "Allow", "Action": "eks:List*", "Resource": "*"}]}',
    )
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=made["Policy"]["Arn"])
    eks = aws.client("eks", **key)
    assert scene.mine in eks.list_clusters()["clusters"]
    assert _denied(lambda: eks.describe_cluster(name=scene.mine), "eks:DescribeCluster")


def test_ec2_is_judged_by_the_tags_of_request_and_resource(aws: Aws) -> None:
    root = aws.client("ec2")
    foreign = root.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
    ec2 = _as(
        aws,
        {"Action": "ec2:CreateVpc", "Condition": TAGGING},
        {"Action": "ec2:CreateTags"},
        {"Action": "ec2:DeleteVpc", "Condition": TAGGED},
    )("ec2")
    tags = [{"ResourceType": "vpc", "Tags": OWNED}]
    mine = ec2.create_vpc(CidrBlock="10.81.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    assert _denied(lambda: ec2.create_vpc(CidrBlock="10.82.0.0/16"), "ec2:CreateVpc")
    assert _denied(lambda: ec2.delete_vpc(VpcId=foreign), "ec2:DeleteVpc")
    ec2.delete_vpc(VpcId=mine)


def test_the_route_table_of_a_subnet_is_changed_by_whoever_may_change_the_table(aws: Aws) -> None:
    root = aws.client("ec2")
    vpc = root.create_vpc(CidrBlock="10.84.0.0/16")["Vpc"]["VpcId"]
    made = root.create_subnet(VpcId=vpc, CidrBlock="10.84.0.0/24")["Subnet"]["SubnetId"]
    tags = [{"ResourceType": "route-table", "Tags": OWNED}]
    mine, foreign = (
        root.create_route_table(VpcId=vpc, **more)["RouteTable"]["RouteTableId"]
        for more in ({"TagSpecifications": tags}, {})
    )
    held = root.associate_route_table(RouteTableId=foreign, SubnetId=made)["AssociationId"]
    ec2 = _as(aws, {"Action": "ec2:ReplaceRouteTableAssociation", "Condition": TAGGED})("ec2")
    change = partial(ec2.replace_route_table_association, AssociationId=held)
    assert _denied(lambda: change(RouteTableId=foreign), "ec2:ReplaceRouteTableAssociation")
    assert change(RouteTableId=mine)["NewAssociationId"]


def test_tagging_what_is_made_needs_a_permission_of_its_own(aws: Aws) -> None:
    ec2 = _as(aws, {"Action": "ec2:CreateVpc"})("ec2")
    tags = [{"ResourceType": "vpc", "Tags": OWNED}]
    request = {"CidrBlock": "10.83.0.0/16", "TagSpecifications": tags}
    assert _denied(lambda: ec2.create_vpc(**request), "ec2:CreateTags")


def test_auto_scaling_is_judged_by_the_groups_tags(aws: Aws, scene: Scene) -> None:
    cluster, root = scene.mine, aws.client("autoscaling")
    pool = scene.world.active_nodegroup(cluster)
    resources = scene.world.nodegroup(cluster, pool)["resources"]
    group = resources["autoScalingGroups"][0]["name"]
    owned = f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster}"
    change = {"AutoScalingGroupName": group, "DesiredCapacity": 0}
    action = "autoscaling:SetDesiredCapacity"
    for tag, allowed in ((owned, True), (f"{owned}-not", False)):
        condition = {"StringEquals": {tag: "owned"}}
        client = _as(aws, {"Action": action, "Condition": condition})("autoscaling")
        refusal = outcome(lambda client=client: client.set_desired_capacity(**change))  # type: ignore[misc]  # a default binds the loop's value
        assert (refusal is None) is allowed
    found = root.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    assert found["AutoScalingGroups"][0]["DesiredCapacity"] == 0


def test_a_stack_acts_with_its_callers_rights(aws: Aws) -> None:
    _, key = user(aws, {"Action": "cloudformation:*"})
    stack = new_stack(aws, key=tuple(key.items()))
    stack.create(vpc_template())
    assert stack.settled() == "ROLLBACK_COMPLETE"
    assert stack.reasons("Vpc", "CREATE_FAILED") == [
        "API: ec2:CreateVpc You are not authorized to perform this operation."
    ]


def test_a_stack_acts_with_the_role_that_it_is_given(aws: Aws) -> None:
    iam, name = aws.client("iam"), unique("role")
    document = trust({"Service": "cloudformation.amazonaws.com"})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonEC2FullAccess")
    passing = {"Action": "iam:PassRole", "Resource": role}
    _, key = user(aws, {"Action": "cloudformation:*"}, passing)
    stack = new_stack(aws, key=tuple(key.items()))
    stack.create(vpc_template(), RoleARN=role)
    assert stack.settled() == "CREATE_COMPLETE"
    iam.update_assume_role_policy(
        RoleName=name, PolicyDocument=trust({"Service": "ec2.amazonaws.com"})
    )
    assert refused(lambda: new_stack(aws).create(vpc_template(), RoleARN=role)) == (
        "ValidationError",
        f"Role {role} is invalid or cannot be assumed",
    )


def test_a_policy_for_some_stacks_reaches_only_those(aws: Aws) -> None:
    arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/team-*"
    client = _as(aws, {"Action": "cloudformation:*", "Resource": arn}, {"Action": "ec2:*"})
    cloudformation, name = client("cloudformation"), unique("team")
    body = '{"Resources": {"Gateway": {"Type": "AWS::EC2::InternetGateway"}}}'
    cloudformation.create_stack(StackName=name, TemplateBody=body)

    def status() -> str:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    until(lambda: status() == "CREATE_COMPLETE", "the stack is there")
    elsewhere = {"StackName": unique("other"), "TemplateBody": body}
    assert _denied(lambda: cloudformation.create_stack(**elsewhere), "cloudformation:CreateStack")
