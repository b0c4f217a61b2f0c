"""EC2's network: what may be made, what holds what, and in which words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws, unique, until
from tests.sandbox.aws_world import refused


@dataclass(frozen=True)
class Net:
    """A VPC with a gateway, a subnet, a group and an interface."""

    ec2: Any
    vpc: str
    gateway: str
    subnet: str
    group: str
    other_group: str
    interface: str
    table: str


@pytest.fixture
def net(aws: Aws) -> Net:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.50.0.0/24", AvailabilityZone="us-west-2a")
    subnet = made["Subnet"]["SubnetId"]
    groups = [
        ec2.create_security_group(GroupName=unique("g"), Description="d", VpcId=vpc)["GroupId"]
        for _ in range(2)
    ]
    ec2.authorize_security_group_ingress(
        GroupId=groups[0],
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": groups[1]}]}],
    )
    interface = ec2.create_network_interface(
        SubnetId=subnet,
        Groups=[groups[0]],
        Description="contract",
        TagSpecifications=[
            {"ResourceType": "network-interface", "Tags": [{"Key": "k", "Value": vpc}]}
        ],
    )["NetworkInterface"]["NetworkInterfaceId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return Net(ec2, vpc, gateway, subnet, groups[0], groups[1], interface, table)


@pytest.mark.parametrize(
    ("delete", "code", "message"),
    [
        pytest.param(
            lambda n: n.ec2.delete_subnet(SubnetId=n.subnet),
            "DependencyViolation",
            "The subnet '{n.subnet}' has dependencies and cannot be deleted.",
            id="a subnet with an interface",
        ),
        pytest.param(
            lambda n: n.ec2.delete_vpc(VpcId=n.vpc),
            "DependencyViolation",
            "The vpc '{n.vpc}' has dependencies and cannot be deleted.",
            id="a VPC with contents",
        ),
        pytest.param(
            lambda n: n.ec2.delete_internet_gateway(InternetGatewayId=n.gateway),
            "DependencyViolation",
            "The internetGateway '{n.gateway}' has dependencies and cannot be deleted.",
            id="an attached gateway",
        ),
        pytest.param(
            lambda n: n.ec2.delete_route_table(RouteTableId=n.table),
            "DependencyViolation",
            "The routeTable '{n.table}' has dependencies and cannot be deleted.",
            id="an associated route table",
        ),
        pytest.param(
            lambda n: n.ec2.delete_security_group(GroupId=n.group),
            "DependencyViolation",
            "resource {n.group} has a dependent object",
            id="a group that an interface wears",
        ),
        pytest.param(
            lambda n: n.ec2.delete_security_group(GroupId=n.other_group),
            "DependencyViolation",
            "resource {n.other_group} has a dependent object",
            id="a group that another group's rule names",
        ),
    ],
)
def test_what_is_in_use_is_not_deleted(
    net: Net, delete: Callable[[Net], Any], code: str, message: str
) -> None:
    assert refused(lambda: delete(net)) == (code, message.format(n=net))


def test_an_emptied_network_goes_part_by_part(net: Net) -> None:
    ec2 = net.ec2
    ec2.delete_network_interface(NetworkInterfaceId=net.interface)
    rule = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": net.other_group}]}]
    ec2.revoke_security_group_ingress(GroupId=net.group, IpPermissions=rule)
    for group in (net.group, net.other_group):
        ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=net.subnet)
    ec2.delete_route_table(RouteTableId=net.table)
    ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=net.gateway)
    ec2.delete_vpc(VpcId=net.vpc)
    assert refused(lambda: ec2.describe_vpcs(VpcIds=[net.vpc]))[0] == "InvalidVpcID.NotFound"


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        pytest.param(
            lambda n: n.ec2.create_subnet(VpcId=n.vpc, CidrBlock="10.50.0.128/25"),
            "InvalidSubnet.Conflict",
            "The CIDR '10.50.0.128/25' conflicts with another subnet",
            id="an overlapping subnet",
        ),
        pytest.param(
            lambda n: n.ec2.create_subnet(VpcId=n.vpc, CidrBlock="10.51.0.0/24"),
            "InvalidSubnet.Range",
            "The CIDR '10.51.0.0/24' is invalid.",
            id="a subnet outside its VPC",
        ),
        pytest.param(
            lambda n: n.ec2.create_subnet(
                VpcId=n.vpc, CidrBlock="10.50.9.0/24", AvailabilityZone="us-west-2z"
            ),
            "InvalidParameterValue",
            "Value (us-west-2z) for parameter availabilityZone is invalid. Subnets can currently "
            "only be created in the following availability zones: us-west-2a, us-west-2b, "
            "us-west-2c, us-west-2d.",
            id="a zone that the region does not have",
        ),
        pytest.param(
            lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/8"),
            "InvalidVpc.Range",
            "The CIDR '10.0.0.0/8' is invalid.",
            id="a VPC that is too large",
        ),
        pytest.param(
            lambda n: n.ec2.create_subnet(VpcId="vpc-0", CidrBlock="10.0.0.0/24"),
            "InvalidVpcID.NotFound",
            "The vpc ID 'vpc-0' does not exist",
            id="an unknown VPC",
        ),
        pytest.param(
            lambda n: n.ec2.create_route(
                RouteTableId=n.table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId="nat-0"
            ),
            "InvalidNatGatewayID.NotFound",
            "The natGateway ID 'nat-0' does not exist",
            id="a route to nowhere",
        ),
        pytest.param(
            lambda n: n.ec2.describe_subnets(SubnetIds=["subnet-0123456789abcdef0"]),
            "InvalidSubnetID.NotFound",
            "The subnet ID 'subnet-0123456789abcdef0' does not exist",
            id="an unknown subnet",
        ),
        pytest.param(
            lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/16", DryRun=True),
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
            id="a dry run",
        ),
        pytest.param(
            lambda n: n.ec2.describe_network_interfaces(
                Filters=[{"Name": "no-such-filter", "Values": ["x"]}]
            ),
            "InvalidParameterValue",
            "The filter 'no-such-filter' is invalid",
            id="an unknown filter",
        ),
    ],
)
def test_a_wrong_request_is_refused(
    net: Net, call: Callable[[Net], Any], code: str, message: str
) -> None:
    assert refused(lambda: call(net)) == (code, message)


def test_interfaces_are_found_by_every_filter_of_a_clean_up(net: Net) -> None:
    for name, value in (
        ("vpc-id", net.vpc),
        ("subnet-id", net.subnet),
        ("group-id", net.group),
        ("description", "contract"),
        ("description", "contr*"),
        ("status", "available"),
        ("tag:k", net.vpc),
        ("tag-key", "k"),
    ):
        filters = [
            {"Name": name, "Values": [value]},
            {"Name": "network-interface-id", "Values": [net.interface]},
        ]
        found = net.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        assert [i["NetworkInterfaceId"] for i in found] == [net.interface], name
    in_use = [{"Name": "status", "Values": ["in-use"]}, {"Name": "vpc-id", "Values": [net.vpc]}]
    assert net.ec2.describe_network_interfaces(Filters=in_use)["NetworkInterfaces"] == []


def test_a_subnet_counts_its_free_addresses(net: Net) -> None:
    (found,) = net.ec2.describe_subnets(SubnetIds=[net.subnet])["Subnets"]
    assert found["AvailableIpAddressCount"] == 256 - 5 - 1


def test_a_nat_gateway_takes_its_time_and_holds_address_subnet_and_gateway(
    aws: Aws, net: Net
) -> None:
    ec2 = net.ec2
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=net.subnet, AllocationId=address)["NatGateway"]
    nat = made["NatGatewayId"]
    assert made["State"] == "pending"

    def state() -> str:
        (found,) = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"]
        return str(found["State"])

    until(lambda: state() == "available", "the NAT gateway is available")
    assert refused(lambda: ec2.release_address(AllocationId=address)) == (
        "AuthFailure",
        "You do not have permission to access the specified resource.",
    )
    detach = {"InternetGatewayId": net.gateway, "VpcId": net.vpc}
    assert refused(lambda: ec2.detach_internet_gateway(**detach)) == (
        "DependencyViolation",
        f"Network {net.vpc} has some mapped public address(es). Please unmap those public "
        "address(es) before detaching the gateway.",
    )
    with aws.slowly():
        with aws.frozen(f"nat/{nat}"):
            ec2.delete_nat_gateway(NatGatewayId=nat)
            assert state() == "deleting"
            assert refused(lambda: ec2.release_address(AllocationId=address))[0] == "AuthFailure"
        until(lambda: state() == "deleted", "the NAT gateway is deleted, and still described")
    ec2.release_address(AllocationId=address)
    ec2.detach_internet_gateway(**detach)


def test_a_route_is_made_once_replaced_and_a_blackhole_when_its_gateway_is_gone(net: Net) -> None:
    default = {"RouteTableId": net.table, "DestinationCidrBlock": "0.0.0.0/0"}

    def way_out() -> Any:
        (table,) = net.ec2.describe_route_tables(RouteTableIds=[net.table])["RouteTables"]
        routes = (r for r in table["Routes"] if r["DestinationCidrBlock"] == "0.0.0.0/0")
        found: dict[str, Any] = next(routes, {})
        return found.get("GatewayId"), found.get("State")

    assert refused(lambda: net.ec2.replace_route(**default, GatewayId=net.gateway)) == (
        "InvalidParameterValue",
        "There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.",
    )
    net.ec2.create_route(**default, GatewayId=net.gateway)
    assert refused(lambda: net.ec2.create_route(**default, GatewayId=net.gateway)) == (
        "RouteAlreadyExists",
        "The route identified by 0.0.0.0/0 already exists.",
    )
    net.ec2.replace_route(**default, GatewayId=net.gateway)
    assert way_out() == (net.gateway, "active")
    net.ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    assert way_out() == (net.gateway, "blackhole")


def test_a_subnet_gets_another_route_table_by_its_association(net: Net) -> None:
    other = net.ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    of_subnet = [{"Name": "association.subnet-id", "Values": [net.subnet]}]

    def table() -> tuple[str, str]:
        (found,) = net.ec2.describe_route_tables(Filters=of_subnet)["RouteTables"]
        (held,) = [a for a in found["Associations"] if a.get("SubnetId") == net.subnet]
        return found["RouteTableId"], held["RouteTableAssociationId"]

    before, association = table()
    assert before == net.table
    net.ec2.replace_route_table_association(AssociationId=association, RouteTableId=other)
    assert table()[0] == other


def test_an_interface_in_use_is_not_deleted(aws: Aws, net: Net) -> None:
    ec2 = net.ec2
    run = ec2.run_instances(
        ImageId="ami-1", InstanceType="t3.small", SubnetId=net.subnet, MinCount=1, MaxCount=1
    )
    (instance,) = run["Instances"]
    by_instance = [{"Name": "attachment.instance-id", "Values": [instance["InstanceId"]]}]
    (used,) = ec2.describe_network_interfaces(Filters=by_instance)["NetworkInterfaces"]
    interface = used["NetworkInterfaceId"]
    assert refused(lambda: ec2.delete_network_interface(NetworkInterfaceId=interface)) == (
        "InvalidParameterValue",
        f"Network interface '{interface}' is currently in use.",
    )
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    until(
        lambda: not ec2.describe_network_interfaces(Filters=by_instance)["NetworkInterfaces"],
        "the interface goes with its instance",
    )


def test_accounts_and_regions_are_apart(aws: Aws, net: Net) -> None:
    for key, region in (("111122223333", "eu-west-1"), ("444455556666", "us-west-2")):
        there = aws.client("ec2", key=key, region=region).describe_vpcs()["Vpcs"]
        assert net.vpc not in {v["VpcId"] for v in there}
