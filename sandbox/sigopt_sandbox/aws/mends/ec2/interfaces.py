"""Network interfaces: tags, filters, addresses out of the subnet, and what keeps one in use."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2 import stores
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.operations import Call, own

FIELDS = {
    "network-interface-id": field("NetworkInterfaceId"),
    "vpc-id": field("VpcId"),
    "subnet-id": field("SubnetId"),
    "group-id": field("Groups", "GroupId"),
    "group-name": field("Groups", "GroupName"),
    "description": field("Description"),
    "status": field("Status"),
    "availability-zone": field("AvailabilityZone"),
    "interface-type": field("InterfaceType"),
    "requester-id": field("RequesterId"),
    "requester-managed": field("RequesterManaged"),
    "owner-id": field("OwnerId"),
    "attachment.instance-id": field("Attachment", "InstanceId"),
    "attachment.instance-owner-id": field("Attachment", "InstanceOwnerId"),
    "attachment.status": field("Attachment", "Status"),
    "attachment.attachment-id": field("Attachment", "AttachmentId"),
    "private-ip-address": field("PrivateIpAddress"),
    "addresses.private-ip-address": field("PrivateIpAddress"),
}


def install() -> None:
    """Put these in front of ministack's."""
    own("ec2", "CreateNetworkInterface", create_network_interface)
    own("ec2", "DeleteNetworkInterface", delete_network_interface)
    own("ec2", "DescribeNetworkInterfaces", describe_network_interfaces)
    own("ec2", "DetachNetworkInterface", detach_network_interface)


def make(subnet_id: str, groups: list[str], description: str = "", **more: Any) -> dict[str, Any]:
    """Make an interface in a subnet; `more` overrides what the record says."""
    subnet = stores.subnet(subnet_id)
    interface_id = stores.new_id("eni")
    mac = ":".join(f"{byte:02x}" for byte in b"\x02" + secrets.token_bytes(5))
    record = {
        "NetworkInterfaceId": interface_id,
        "SubnetId": subnet_id,
        "VpcId": subnet["VpcId"],
        "AvailabilityZone": subnet["AvailabilityZone"],
        "Description": description,
        "OwnerId": get_account_id(),
        "Status": "available",
        "PrivateIpAddress": free_address(subnet),
        "InterfaceType": "interface",
        "SourceDestCheck": True,
        "MacAddress": mac,
        "Groups": [_group(group_id) for group_id in groups],
        "Attachment": None,
        **more,
    }
    ec2._network_interfaces[interface_id] = record
    return record


def _group(group_id: str) -> dict[str, str]:
    what = "security group"
    found = stores.known(ec2._security_groups, group_id, "InvalidGroup.NotFound", what)
    return {"GroupId": group_id, "GroupName": found["GroupName"]}


def free_address(subnet: Mapping[str, Any]) -> str:
    """A private address of a subnet that no interface has, beyond the ones that AWS keeps."""
    taken = {
        i["PrivateIpAddress"] for i in stores.interfaces() if i["SubnetId"] == subnet["SubnetId"]
    }
    network = ipaddress.IPv4Network(subnet["CidrBlock"])
    for number in range(4, network.num_addresses - 1):
        address = str(network[number])
        if address not in taken:
            return address
    text = f"There are not enough free addresses in subnet '{subnet['SubnetId']}'."
    raise AwsError("InsufficientFreeAddressesInSubnet", text)


def create_network_interface(call: Call) -> Mapping[str, Any]:
    """CreateNetworkInterface; one that a service makes for itself is requester-managed."""
    subnet = stores.subnet(call.params["SubnetId"])
    groups = call.params.get("Groups") or [stores.vpc(subnet["VpcId"])["DefaultSecurityGroupId"]]
    more = {"InterfaceType": call.params.get("InterfaceType", "interface")}
    if call.inside:
        attachment = {"AttachmentId": stores.new_id("eni-attach"), "Status": "attached"}
        more |= {"RequesterManaged": True, "Status": "in-use", "Attachment": attachment}
    description = call.params.get("Description", "")
    record = make(call.params["SubnetId"], groups, description, **more)
    stores.put_tags(record["NetworkInterfaceId"], call.params, "network-interface")
    return {"NetworkInterface": row(record)}


def row(record: Mapping[str, Any]) -> dict[str, Any]:
    """An interface as the API shows it."""
    dashed, region = record["PrivateIpAddress"].replace(".", "-"), get_region()
    shown = {k: v for k, v in record.items() if v is not None and k != "PublicIp"}
    shown["RequesterManaged"] = bool(record.get("RequesterManaged"))
    shown["TagSet"] = stores.tags(record["NetworkInterfaceId"])
    shown["PrivateDnsName"] = f"ip-{dashed}.{region}.compute.internal"
    shown["PrivateIpAddresses"] = [
        {"PrivateIpAddress": record["PrivateIpAddress"], "Primary": True}
    ]
    if record.get("PublicIp"):
        shown["Association"] = {"PublicIp": record["PublicIp"]}
    return shown


def describe_network_interfaces(call: Call) -> Mapping[str, Any]:
    """DescribeNetworkInterfaces, with every filter that a clean-up uses."""
    wanted = call.params.get("NetworkInterfaceIds", [])
    records = [_known(interface_id) for interface_id in wanted] or stores.interfaces()
    rows = select(
        [row(record) for record in records], call.params.get("Filters", []), FIELDS, "TagSet"
    )
    return {"NetworkInterfaces": rows}


def _known(interface_id: str) -> dict[str, Any]:
    code = "InvalidNetworkInterfaceID.NotFound"
    return stores.known(ec2._network_interfaces, interface_id, code, "networkInterface ID")


def delete_network_interface(call: Call) -> None:
    """DeleteNetworkInterface: not one in use."""
    interface_id = call.params["NetworkInterfaceId"]
    record = _known(interface_id)
    if record.get("Attachment") and not call.inside:
        text = f"Network interface '{interface_id}' is currently in use."
        raise AwsError("InvalidParameterValue", text)
    stores.drop(ec2._network_interfaces, interface_id)


def detach_network_interface(call: Call) -> Mapping[str, Any]:
    """DetachNetworkInterface: not what belongs to a load balancer."""
    wanted = call.params["AttachmentId"]
    if wanted.startswith("ela-attach"):
        text = "You are not allowed to manage 'ela-attach' attachments."
        raise AwsError("OperationNotPermitted", text)
    if not any((i["Attachment"] or {}).get("AttachmentId") == wanted for i in stores.interfaces()):
        text = f"The attachment ID '{wanted}' does not exist"
        raise AwsError("InvalidAttachmentID.NotFound", text)
    return call.forward()
