"""What CreateNodegroup refuses at once, in the words of EKS."""

from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws, unique
from tests.sandbox.eks_world import Refusal, World, make_role, make_world, refusal

PARAMETER, REQUEST = "InvalidParameterException", "InvalidRequestException"


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


@pytest.fixture(scope="module")
def cluster(world: World) -> str:
    return world.active_cluster()


def _template(world: World, **data: Any) -> str:
    answer = world.aws.client("ec2").create_launch_template(
        LaunchTemplateName=unique("template"), LaunchTemplateData=data
    )
    return str(answer["LaunchTemplate"]["LaunchTemplateId"])


RULES = [
    pytest.param(
        {"scalingConfig": {"minSize": 2, "maxSize": 3, "desiredSize": 1}},
        PARAMETER,
        "minSize can't be greater than desiredSize",
        id="min above desired",
    ),
    pytest.param(
        {"scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 2}},
        PARAMETER,
        "desiredSize can't be greater than maxSize",
        id="desired above max",
    ),
    pytest.param(
        {"instanceTypes": ["m7g.large"]},
        PARAMETER,
        "[m7g.large] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD",
        id="an Arm type on the default image",
    ),
    pytest.param(
        {"instanceTypes": ["g5g.xlarge"], "amiType": "AL2023_x86_64_NVIDIA"},
        PARAMETER,
        "[g5g.xlarge] is not a valid instance type for requested amiType AL2023_x86_64_NVIDIA",
        id="an Arm GPU type on the x86 GPU image",
    ),
    pytest.param(
        {"amiType": "AL2_x86_64"},
        PARAMETER,
        "AMI Type AL2_x86_64 is only supported for kubernetes versions 1.32 or earlier",
        id="an image family that has ended",
    ),
    pytest.param(
        {"releaseVersion": "1.31.3-20250103"},
        PARAMETER,
        "Requested release version 1.31.3-20250103 is not valid for kubernetes version 1.34.",
        id="a release of another version",
    ),
    pytest.param(
        {"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]},
        PARAMETER,
        "Invalid taint effect: NoSchedule, must be one of these "
        "[NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE]",
        id="a taint effect in Kubernetes's own spelling",
    ),
    pytest.param(
        {"labels": {"team": "a b"}},
        PARAMETER,
        "Invalid value: a b: field must consist of alphanumeric characters, '-', '_' or '.'",
        id="a label value that Kubernetes does not take",
    ),
    pytest.param(
        {"updateConfig": {"maxUnavailable": 9}},
        PARAMETER,
        "max-unavailable must be within the range 1 and max size of the node group",
        id="more unavailable than there can be",
    ),
    pytest.param(
        {"launchTemplate": {"version": "1"}},
        PARAMETER,
        "Either provide launch template ID or launch template name in the request.",
        id="a template that is not named",
    ),
]


@pytest.mark.parametrize(("changes", "code", "message"), RULES)
def test_a_wrong_request_is_refused(
    world: World, cluster: str, changes: dict[str, Any], code: str, message: str
) -> None:
    request = world.nodegroup_request(cluster, unique("group"), **changes)
    assert refusal(world.eks.create_nodegroup, **request) == Refusal(code, message, 400)


TEMPLATE_RULES = [
    pytest.param(
        {"InstanceType": "t3.large"},
        {"instanceTypes": ["t3.large"]},
        REQUEST,
        "Cannot specify instance types in launch template and API request",
        id="the type in both places",
    ),
    pytest.param(
        {"InstanceType": "t3.large"},
        {"diskSize": 50},
        PARAMETER,
        "Disk size must be specified within the launch template.",
        id="the disk beside a template",
    ),
    pytest.param(
        {"ImageId": "ami-0123456789abcdef0"},
        {"version": "1.34"},
        PARAMETER,
        "You cannot specify a kubernetes version to use when specifying an image id to use within "
        "the launch template.",
        id="a version beside an image of one's own",
    ),
]


@pytest.mark.parametrize(("data", "changes", "code", "message"), TEMPLATE_RULES)
def test_what_a_template_says_is_not_said_twice(
    world: World,
    cluster: str,
    data: dict[str, Any],
    changes: dict[str, Any],
    code: str,
    message: str,
) -> None:
    template = {"id": _template(world, **data), "version": "1"}
    request = world.nodegroup_request(cluster, unique("group"), launchTemplate=template, **changes)
    assert refusal(world.eks.create_nodegroup, **request) == Refusal(code, message, 400)


NOT_A_KEY = (
    "'k8s.io/cluster-autoscaler/enabled' is not a valid tag key. Tag keys must match pattern "
    r"([0-9a-zA-Z\\-_+=,.@:]{1,255}), and must not be a reserved name ('.', '..', '_index')"
)


@pytest.mark.parametrize(
    ("by_default", "template", "refused"),
    [
        pytest.param(True, None, True, id="the account's default, and no template"),
        pytest.param(True, {}, True, id="the account's default, which the template leaves alone"),
        pytest.param(True, {"InstanceMetadataTags": "disabled"}, False, id="switched off"),
        pytest.param(False, {"InstanceMetadataTags": "enabled"}, True, id="switched on"),
        pytest.param(False, {}, False, id="nobody switched it on"),
    ],
)
def test_tags_in_instance_metadata_take_no_slash_in_their_keys(
    world: World, cluster: str, by_default: bool, template: dict[str, str] | None, refused: bool
) -> None:
    more: dict[str, Any] = {}
    if template is not None:
        found = _template(world, MetadataOptions={"HttpTokens": "required", **template})
        more = {"launchTemplate": {"id": found, "version": "1"}}
    name = unique("group")
    request = world.nodegroup_request(cluster, name, **more)
    with world.aws.switched(account_offers_instance_tags=by_default):
        if refused:
            told = refusal(world.eks.create_nodegroup, **request)
            assert told == Refusal(REQUEST, NOT_A_KEY, 400)
        else:
            world.eks.create_nodegroup(**request)


def test_a_template_supplies_type_and_disk_and_is_named_on_the_nodes(
    world: World, cluster: str
) -> None:
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 77, "VolumeType": "gp3"}}
    template = _template(world, InstanceType="t3.large", BlockDeviceMappings=[disk])
    name = world.active_nodegroup(
        cluster,
        launchTemplate={"id": template, "version": "1"},
        scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 1},
    )
    described = world.nodegroup(cluster, name)
    assert described["launchTemplate"]["id"] == template
    assert "instanceTypes" not in described
    assert "diskSize" not in described
    node = next(n for n in world.listed(cluster)["nodes"] if n["nodegroup"] == name)
    assert node["instanceType"] == "t3.large"
    assert node["capacity"]["ephemeral-storage"] == "77Gi"
    assert node["labels"]["eks.amazonaws.com/sourceLaunchTemplateId"] == template
    assert node["labels"]["eks.amazonaws.com/sourceLaunchTemplateVersion"] == "1"


def test_a_role_that_ec2_may_not_assume_is_refused(world: World, cluster: str) -> None:
    role = make_role(world.aws, "lambda.amazonaws.com")
    request = world.nodegroup_request(cluster, unique("group"), nodeRole=role)
    assert refusal(world.eks.create_nodegroup, **request).message == (
        "Following required service principals [ec2.amazonaws.com] were not found in the trust "
        f"relationships of nodeRole {role}"
    )


def test_one_subnet_whose_zone_does_not_sell_the_type_refuses_the_group(
    world: World, cluster: str
) -> None:
    """Some type is sold in one of the zones of the subnets, and not in all of them."""
    ec2 = world.aws.client("ec2")
    found = ec2.describe_subnets(SubnetIds=list(world.network.subnets))["Subnets"]
    ours = {subnet["AvailabilityZone"] for subnet in found}
    sold: dict[str, set[str]] = {}
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone"
    )
    for offer in (offer for page in pages for offer in page["InstanceTypeOfferings"]):
        sold.setdefault(offer["InstanceType"], set()).add(offer["Location"])
    name = min(n for n, zones in sold.items() if n.startswith("c5ad.") and ours - zones)
    request = world.nodegroup_request(
        cluster,
        unique("group"),
        subnets=list(world.network.subnets),
        instanceTypes=[name],
    )
    refused = refusal(world.eks.create_nodegroup, **request)
    zone = min(ours - sold[name])
    assert refused == Refusal(
        REQUEST,
        f"Your requested instance type ({name}) is not supported in your requested Availability "
        f"Zone ({zone}). Please retry your request by not specifying an Availability Zone or "
        f"choosing {', '.join(sorted(sold[name]))}.",
        400,
    )


def test_a_public_subnet_without_public_addresses_fails_the_group_later(
    world: World, cluster: str
) -> None:
    ec2 = world.aws.client("ec2")
    vpc = world.network.vpc
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.64.0/20", AvailabilityZone="us-west-2a")[
        "Subnet"
    ]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    name = unique("group")
    request = world.nodegroup_request(cluster, name, subnets=[subnet])
    world.eks.create_nodegroup(**request)
    failed = world.await_nodegroup(cluster, name, "CREATE_FAILED")
    issue = failed["health"]["issues"][0]
    assert (issue["code"], issue["resourceIds"]) == ("Ec2SubnetInvalidConfiguration", [subnet])


def test_labels_that_keep_kubelets_down_pass_and_then_fail_the_group(
    world: World, cluster: str
) -> None:
    name = unique("group")
    request = world.nodegroup_request(
        cluster,
        name,
        labels={"node-role.kubernetes.io/worker": "true"},
        scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 1},
    )
    world.eks.create_nodegroup(**request)
    failed = world.await_nodegroup(cluster, name, "CREATE_FAILED")
    assert failed["health"]["issues"][0]["code"] == "NodeCreationFailure"


def test_a_name_is_taken_once(world: World, cluster: str) -> None:
    name = world.active_nodegroup(cluster)
    request = world.nodegroup_request(cluster, name)
    assert refusal(world.eks.create_nodegroup, **request) == Refusal(
        "ResourceInUseException",
        f"NodeGroup already exists with name {name} and cluster name {cluster}",
        409,
    )
