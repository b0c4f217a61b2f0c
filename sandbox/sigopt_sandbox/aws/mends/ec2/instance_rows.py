"""How instances are described and found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import ec2

from sigopt_sandbox.aws.mends.ec2 import catalogue, interfaces, stores
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.operations import Call

FIELDS = {
    "instance-id": field("InstanceId"),
    "instance-state-name": field("State", "Name"),
    "instance-state-code": field("State", "Code"),
    "instance-type": field("InstanceType"),
    "image-id": field("ImageId"),
    "vpc-id": field("VpcId"),
    "subnet-id": field("SubnetId"),
    "availability-zone": field("Placement", "AvailabilityZone"),
    "private-dns-name": field("PrivateDnsName"),
    "private-ip-address": field("PrivateIpAddress"),
    "architecture": field("Architecture"),
    "instance.group-id": field("SecurityGroups", "GroupId"),
    "network-interface.network-interface-id": field("NetworkInterfaces", "NetworkInterfaceId"),
}


def row(record: Mapping[str, Any]) -> dict[str, Any]:
    """An instance as the API shows it."""
    shown = {
        name: record[name]
        for name in (
            "InstanceId",
            "ImageId",
            "InstanceType",
            "State",
            "SubnetId",
            "VpcId",
            "PrivateIpAddress",
            "PrivateDnsName",
            "SourceDestCheck",
            "SecurityGroups",
            "Architecture",
            "RootDeviceType",
            "RootDeviceName",
            "Hypervisor",
            "Placement",
            "Monitoring",
            "AmiLaunchIndex",
            "LaunchTime",
            "BlockDeviceMappings",
        )
        if record.get(name) not in (None, "")
    }
    if record.get("PublicIpAddress"):
        shown["PublicIpAddress"] = record["PublicIpAddress"]
    if record.get("IamInstanceProfile"):
        shown["IamInstanceProfile"] = record["IamInstanceProfile"]
    if cpus := catalogue.vcpus(record["InstanceType"]):
        threads = cpus.get("DefaultThreadsPerCore", 1)
        cores = cpus["DefaultVCpus"] // threads
        shown["CpuOptions"] = {"CoreCount": cores, "ThreadsPerCore": threads}
    shown["Tags"] = stores.tags(record["InstanceId"])
    shown["NetworkInterfaces"] = [
        {k: v for k, v in interfaces.row(i).items() if k != "TagSet"}
        for i in stores.interfaces()
        if (i["Attachment"] or {}).get("InstanceId") == record["InstanceId"]
    ]
    return shown


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeInstances with every filter that an operator or an autoscaler uses."""
    asked = call.params.get("InstanceIds", [])
    code, what = "InvalidInstanceID.NotFound", "instance ID"
    records = [stores.known(ec2._instances, i, code, what) for i in asked]
    rows = [row(record) for record in records or ec2._instances.values()]
    found = select(rows, call.params.get("Filters", []), FIELDS)
    reservations = [
        {
            "ReservationId": "r-" + instance["InstanceId"].removeprefix("i-"),
            "OwnerId": call.account,
            "Instances": [instance],
        }
        for instance in found
    ]
    return {"Reservations": reservations}
