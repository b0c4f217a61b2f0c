"""Clusters: what is refused at once, what happens over time, what is made and removed in EC2."""

import uuid
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import ACCOUNT, REGION, Aws, unique, until
from tests.sandbox.eks_world import Refusal, World, make_network, make_role, make_world, refusal


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


def _interfaces(world: World, name: str) -> list[dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [world.network.vpc]}]
    found = world.aws.client("ec2").describe_network_interfaces(Filters=filters)
    return [i for i in found["NetworkInterfaces"] if i.get("Description") == f"Amazon EKS {name}"]


def test_a_cluster_is_creating_without_endpoint_and_then_active_with_everything(
    world: World,
) -> None:
    name = unique("cluster")
    with world.aws.frozen(f"cluster/{name}"):
        request = world.cluster_request(name, tags={"owner": "me"})
        made = world.eks.create_cluster(**request)["cluster"]
        assert made["status"] == "CREATING"
        described = world.cluster(name)
        assert described.get("endpoint") is None
        assert described["certificateAuthority"] == {}
        assert "clusterSecurityGroupId" not in described["resourcesVpcConfig"]
        assert "identity" not in described
        assert described["resourcesVpcConfig"]["vpcId"] == world.network.vpc
    active = world.await_cluster(name)
    assert active["arn"] == f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}"
    assert active["tags"] == {"owner": "me"}
    assert active["certificateAuthority"]["data"]
    issuer = active["identity"]["oidc"]["issuer"]
    assert issuer.startswith(f"https://oidc.eks.{REGION}.amazonaws.com/id/")
    assert active["endpoint"].startswith(f"https://{issuer.rsplit('/', 1)[-1]}.")
    assert active["logging"]["clusterLogging"] == [
        {
            "types": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
            "enabled": False,
        }
    ]


def test_the_security_group_and_interfaces_exist_and_block_the_network_until_deleted(
    world: World,
) -> None:
    name = world.active_cluster()
    group = world.cluster(name)["resourcesVpcConfig"]["clusterSecurityGroupId"]
    ec2 = world.aws.client("ec2")
    described = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    tags = {t["Key"]: t["Value"] for t in described["Tags"]}
    assert described["GroupName"].startswith(f"eks-cluster-sg-{name}-")
    assert tags[f"kubernetes.io/cluster/{name}"] == "owned"
    assert tags["aws:eks:cluster-name"] == name
    interfaces = _interfaces(world, name)
    assert len(interfaces) >= 2
    assert len({i["AvailabilityZone"] for i in interfaces}) >= 2
    blocked = refusal(ec2.delete_subnet, SubnetId=interfaces[0]["SubnetId"])
    assert blocked.code == "DependencyViolation"
    with world.aws.frozen(f"cluster/{name}"):
        assert world.eks.delete_cluster(name=name)["cluster"]["status"] == "DELETING"
        assert world.cluster(name)["endpoint"]
    world.await_gone(name)
    assert _interfaces(world, name) == []
    assert refusal(ec2.describe_security_groups, GroupIds=[group]).code == "InvalidGroup.NotFound"


def test_a_cluster_without_its_role_stays_deleting_until_the_role_is_back(world: World) -> None:
    role_name = unique("short-lived")
    role = make_role(world.aws, "eks.amazonaws.com", name=role_name)
    name = world.active_cluster(roleArn=role)
    iam = world.aws.client("iam")
    iam.delete_role(RoleName=role_name)
    world.eks.delete_cluster(name=name)
    until(lambda: world.cluster(name)["health"]["issues"], "a health issue")
    assert world.cluster(name)["status"] == "DELETING"
    assert world.cluster(name)["health"]["issues"][0]["code"] == "IamRoleNotFound"
    make_role(world.aws, "eks.amazonaws.com", name=role_name)
    world.await_gone(name)


def test_an_armed_failure_makes_a_creation_fail_and_only_deletion_ends_it(world: World) -> None:
    name = unique("cluster")
    how = "FAILED:VpcNotFound: The VPC was deleted"
    world.aws.admin("POST", "fail", {"what": f"cluster/{name}", "how": how})
    world.eks.create_cluster(**world.cluster_request(name))
    failed = world.await_cluster(name, "FAILED")
    issue = failed["health"]["issues"][0]
    assert (issue["code"], issue["message"]) == ("VpcNotFound", "The VPC was deleted")
    world.eks.delete_cluster(name=name)
    world.await_gone(name)


def test_a_creation_whose_subnets_go_away_fails_and_can_be_deleted(world: World) -> None:
    """Its lifecycle ended with a traceback, and the cluster was CREATING for ever."""
    name, subnets = unique("cluster"), make_network(world.aws).subnets
    with world.aws.stopped():
        config = {"subnetIds": list(subnets)}
        world.eks.create_cluster(**world.cluster_request(name, resourcesVpcConfig=config))
        world.aws.client("ec2").delete_subnet(SubnetId=subnets[0])
    failed = world.await_cluster(name, "FAILED")
    assert "does not exist" in failed["health"]["issues"][0]["message"]
    world.eks.delete_cluster(name=name)
    world.await_gone(name)


def test_a_creating_cluster_can_be_deleted(world: World) -> None:
    name = unique("cluster")
    with world.aws.frozen(f"cluster/{name}"):
        world.eks.create_cluster(**world.cluster_request(name))
        assert world.eks.delete_cluster(name=name)["cluster"]["status"] == "DELETING"
    world.await_gone(name)


REFUSED = [
    pytest.param(
        {"version": "1.20"},
        Refusal("InvalidParameterException", "unsupported Kubernetes version", 400),
        id="a version that is not on offer",
    ),
    pytest.param(
        {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"},
        Refusal(
            "InvalidParameterException",
            f"roleArn, arn:aws:iam::{ACCOUNT}:role/nobody, does not exist",
            400,
        ),
        id="an unknown role",
    ),
    pytest.param(
        {"resourcesVpcConfig": {"subnetIds": []}},
        Refusal("InvalidParameterException", "Subnet Id is required", 400),
        id="no subnets",
    ),
    pytest.param(
        {
            "accessConfig": {
                "authenticationMode": "CONFIG_MAP",
                "bootstrapClusterCreatorAdminPermissions": False,
            }
        },
        Refusal(
            "InvalidParameterException",
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode "
            "is set to CONFIG_MAP",
            400,
        ),
        id="nobody could get in",
    ),
    pytest.param(
        {"encryptionConfig": [{"resources": ["secrets"]}]},
        Refusal("InvalidParameterException", "KeyArn is required", 400),
        id="encryption without a key",
    ),
    pytest.param(
        {"upgradePolicy": {"supportType": "FOREVER"}},
        Refusal(
            "InvalidParameterException",
            "upgradePolicy.supportType: 'FOREVER' must be one of these [STANDARD, EXTENDED]",
            400,
        ),
        id="a word outside an enum, which clients do not check",
    ),
    pytest.param(
        {"computeConfig": {"enabled": True}},
        Refusal(
            "InvalidParameterException",
            "For EKS Auto Mode, please ensure that all required configs, including computeConfig, "
            "kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully "
            "disabled.",
            400,
        ),
        id="half an Auto Mode",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), REFUSED)
def test_what_cannot_be_is_refused_in_the_words_of_eks(
    world: World, changes: dict[str, Any], expected: Refusal
) -> None:
    name = unique("cluster")
    assert refusal(world.eks.create_cluster, **world.cluster_request(name, **changes)) == expected
    assert name not in world.eks.list_clusters()["clusters"]


def test_a_role_that_does_not_trust_eks_is_refused_unless_the_switch_says_otherwise(
    world: World,
) -> None:
    name = unique("cluster")
    request = world.cluster_request(name, roleArn=world.node_role)
    assert refusal(world.eks.create_cluster, **request) == Refusal(
        "InvalidParameterException",
        "Role could not be assumed because the trusted entity is not correct",
        400,
    )
    with world.aws.switched(role_trust_checked=False):
        assert world.eks.create_cluster(**request)["cluster"]["status"] == "CREATING"


def test_the_cluster_policy_is_asked_for_when_the_switch_says_so(world: World) -> None:
    request = world.cluster_request(unique("cluster"))
    with world.aws.switched(cluster_role_policy_checked=True):
        refused = refusal(world.eks.create_cluster, **request)
    assert refused.message.endswith("attached: arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")


def test_subnets_in_one_zone_and_unknown_subnets_are_refused(world: World) -> None:
    one = world.network.subnets[0]
    request = world.cluster_request(unique("c"), resourcesVpcConfig={"subnetIds": [one]})
    assert refusal(world.eks.create_cluster, **request).message == (
        "Subnets specified must be in at least two different AZs"
    )
    unknown = "subnet-0123456789abcdef0"
    request["resourcesVpcConfig"] = {"subnetIds": [one, unknown]}
    message = refusal(world.eks.create_cluster, **request).message
    assert message.startswith(f"The subnet ID '{unknown}' does not exist (Service: AmazonEC2; ")
    assert "Error Code: InvalidSubnetID.NotFound" in message


def test_a_name_is_taken_once(world: World) -> None:
    name = world.active_cluster()
    refused = refusal(world.eks.create_cluster, **world.cluster_request(name))
    expected = f"Cluster already exists with name: {name}"
    assert refused == Refusal("ResourceInUseException", expected, 409)


@pytest.mark.parametrize("answers_again", [True, False])
def test_a_lost_answer_can_be_asked_for_again_as_the_switch_says(
    world: World, answers_again: bool
) -> None:
    request = world.cluster_request(unique("cluster"))
    first = world.eks.create_cluster(**request)["cluster"]
    with world.aws.switched(replay_answers_again=answers_again):
        if answers_again:
            again = world.eks.create_cluster(**request)["cluster"]
            assert again["createdAt"] == first["createdAt"]
        else:
            assert refusal(world.eks.create_cluster, **request).code == "ResourceInUseException"
    other = {**request, "clientRequestToken": str(uuid.uuid4())}
    assert refusal(world.eks.create_cluster, **other).code == "ResourceInUseException"


def test_short_tokens_are_refused_only_when_the_switch_says_so(world: World) -> None:
    request = world.cluster_request(unique("cluster"), clientRequestToken="short")
    with world.aws.switched(client_token_length_checked=True):
        assert refusal(world.eks.create_cluster, **request).code == "InvalidParameterException"
    assert world.eks.create_cluster(**request)["cluster"]["status"] == "CREATING"


def test_a_bad_name_is_refused_in_the_words_of_eks(world: World) -> None:
    refused = refusal(world.eks.create_cluster, **world.cluster_request("-bad"))
    assert refused.message.startswith("The parameter name contains invalid characters. It should")


def test_clusters_are_listed_page_by_page(world: World) -> None:
    made = {world.active_cluster() for _ in range(3)}
    pages = world.eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2})
    sizes, names = [], []
    for page in pages:
        sizes.append(len(page["clusters"]))
        names += page["clusters"]
    assert max(sizes) == 2
    assert made <= set(names)
    assert len(names) == len(set(names))


def test_no_more_clusters_than_the_quota_allows(world: World) -> None:
    there = len(world.eks.list_clusters()["clusters"])
    world.aws.admin("PUT", "eks/quotas", {"L-1194D53C": there})
    try:
        refused = refusal(world.eks.create_cluster, **world.cluster_request(unique("cluster")))
    finally:
        world.aws.admin("PUT", "eks/quotas", {"L-1194D53C": 100})
    assert (refused.code, refused.status) == ("ResourceLimitExceededException", 400)


def test_deletion_protection_holds_an_active_cluster(world: World) -> None:
    name = world.active_cluster(deletionProtection=True)
    assert refusal(world.eks.delete_cluster, name=name).code == "InvalidRequestException"
    update = world.eks.update_cluster_config(name=name, deletionProtection=False)["update"]
    assert world.await_update(name, update["id"])["status"] == "Successful"
    world.eks.delete_cluster(name=name)
    world.await_gone(name)


def test_a_deleted_name_may_stay_taken_for_a_while(world: World) -> None:
    name = world.active_cluster()
    with world.aws.switched(name_reserved_after_delete=1e9):
        world.eks.delete_cluster(name=name)
        world.await_gone(name)
    refused = refusal(world.eks.create_cluster, **world.cluster_request(name))
    assert refused.code == "ResourceInUseException"


def test_other_accounts_and_regions_see_nothing(world: World) -> None:
    name = world.active_cluster()
    for elsewhere in (
        world.aws.client("eks", key="444455556666"),
        world.aws.client("eks", region="eu-west-1"),
    ):
        assert name not in elsewhere.list_clusters()["clusters"]
        assert refusal(elsewhere.describe_cluster, name=name) == Refusal(
            "ResourceNotFoundException", f"No cluster found for name: {name}.", 404
        )
