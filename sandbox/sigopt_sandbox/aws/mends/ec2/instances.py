"""Instances: with an interface in their subnet, an address, tags, and states that take time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_region, new_uuid
from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2 import catalogue, interfaces, stores, templates, vcpus
from sigopt_sandbox.aws.mends.ec2.instance_rows import describe, row
from sigopt_sandbox.aws.mends.ec2.tags import check as check_tags
from sigopt_sandbox.aws.operations import Call, own
from sigopt_sandbox.aws.world import World

RUNNING = 15.0
"""Seconds from pending to running: assumed."""
TERMINATED = 40.0
"""Seconds from shutting-down to terminated: assumed."""
FORGOTTEN = 3600.0
"""Seconds for which a terminated instance is still described (EC2 user guide: about an hour)."""

STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopped": 80}

_ENDED: list[Callable[[str], None]] = []
"""Told the id of every instance that begins to end."""


def when_ended(told: Callable[[str], None]) -> None:
    """Be told the id of every instance that begins to end, in its account and region."""
    _ENDED.append(told)


class Instances:
    """Instances on the world's clock."""

    def __init__(self, world: World) -> None:
        """Use this world's clock."""
        self._clock = world.clock

    def launch(
        self, data: Mapping[str, Any], subnet_id: str, tags: Mapping[str, str]
    ) -> dict[str, Any]:
        """Launch one instance from a template's data into a subnet; AwsError if EC2 refuses."""
        region, kind = get_region(), data.get("InstanceType", "t2.micro")
        subnet = stores.subnet(subnet_id)
        zone = subnet["AvailabilityZone"]
        found = catalogue.types(region).get(kind)
        if found is None:
            text = f"The requested configuration is currently not supported: {kind}."
            raise AwsError("Unsupported", text)
        if zone not in catalogue.zones_of(kind, region):
            raise _not_sold(kind, zone, region)
        vcpus.check(kind, region)
        check_tags(tags)
        record = _record(data, kind, subnet, found)
        instance_id = record["InstanceId"]
        ec2._tags[instance_id] = [{"Key": k, "Value": v} for k, v in tags.items()]
        _volume_tags(record, data)
        self._clock.schedule(
            f"instance/{instance_id}", RUNNING, lambda _: _put_state(record, "running", "pending")
        )
        return record

    def end(self, instance_id: str) -> dict[str, Any]:
        """Begin to terminate an instance; answers its state change."""
        what = "instance ID"
        record = stores.known(ec2._instances, instance_id, "InvalidInstanceID.NotFound", what)
        before = dict(record["State"])
        if before["Name"] not in ("shutting-down", "terminated"):
            _put_state(record, "shutting-down")
            self._clock.schedule(
                f"instance/{instance_id}", TERMINATED, lambda _: self._ended(record)
            )
            for told in _ENDED:
                told(instance_id)
        return {
            "InstanceId": instance_id,
            "PreviousState": before,
            "CurrentState": dict(record["State"]),
        }

    def _ended(self, record: dict[str, Any]) -> None:
        instance_id = record["InstanceId"]
        _put_state(record, "terminated")
        for interface in stores.interfaces():
            if (interface["Attachment"] or {}).get("InstanceId") == instance_id:
                stores.drop(ec2._network_interfaces, interface["NetworkInterfaceId"])
        for mapping in record["BlockDeviceMappings"]:
            stores.drop(ec2._volumes, mapping["Ebs"]["VolumeId"])
        self._clock.schedule(
            f"instance/{instance_id}", FORGOTTEN, lambda _: stores.drop(ec2._instances, instance_id)
        )

    def run_instances(self, call: Call) -> Mapping[str, Any]:
        """RunInstances, from a launch template or from the request."""
        specification = call.params.get("LaunchTemplate")
        data = templates.data(specification) if specification else {}
        data |= {k: v for k, v in call.params.items() if k in ("ImageId", "InstanceType")}
        for name in ("SecurityGroupIds", "IamInstanceProfile"):
            if call.params.get(name):
                data[name] = call.params[name]
        given = [*data.get("TagSpecifications", []), *call.params.get("TagSpecifications", [])]
        data["TagSpecifications"] = given
        subnet_id = call.params.get("SubnetId") or ec2._DEFAULT_SUBNET_ID
        count = int(call.params.get("MaxCount", 1))
        tags = instance_tags(data)
        records = [self.launch(data, subnet_id, tags) for _ in range(count)]
        return {
            "ReservationId": f"r-{new_uuid().replace('-', '')[:17]}",
            "OwnerId": call.account,
            "Instances": [row(record) for record in records],
        }

    def terminate_instances(self, call: Call) -> Mapping[str, Any]:
        """TerminateInstances."""
        ended = [self.end(instance_id) for instance_id in call.params["InstanceIds"]]
        return {"TerminatingInstances": ended}


def _not_sold(kind: str, zone: str, region: str) -> AwsError:
    others = ", ".join(catalogue.zones_of(kind, region))
    return AwsError(
        "Unsupported",
        f"Your requested instance type ({kind}) is not supported in your requested Availability "
        f"Zone ({zone}). Please retry your request by not specifying an Availability Zone or "
        f"choosing {others}.",
    )


def instance_tags(data: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a template puts on instances."""
    return _specified(data, "instance")


def _specified(data: Mapping[str, Any], kind: str) -> dict[str, str]:
    return {
        tag["Key"]: tag.get("Value", "")
        for specification in data.get("TagSpecifications", [])
        if specification.get("ResourceType") == kind
        for tag in specification.get("Tags", [])
    }


def _groups(data: Mapping[str, Any], subnet: Mapping[str, Any]) -> list[str]:
    groups = list(data.get("SecurityGroupIds") or [])
    for given in data.get("NetworkInterfaces") or []:
        groups += given.get("Groups") or []
    return groups or [stores.vpc(subnet["VpcId"])["DefaultSecurityGroupId"]]


def _record(
    data: Mapping[str, Any], kind: str, subnet: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, Any]:
    groups = _groups(data, subnet)
    interface = interfaces.make(subnet["SubnetId"], groups)
    profile = data.get("IamInstanceProfile") or {}
    resolved, _ = ec2._resolve_iam_instance_profile(
        iam_arn=profile.get("Arn", ""), iam_name=profile.get("Name", ""), allow_missing=True
    )
    address = interface["PrivateIpAddress"]
    image = data.get("ImageId", "ami-00000000")
    made = ec2._launch_instances_internal(
        image, kind, subnet["SubnetId"], 1, "", "", groups, address, resolved
    )
    record: dict[str, Any] = made[0]
    instance_id = record["InstanceId"]
    record.update(
        State={"Code": STATES["pending"], "Name": "pending"},
        VpcId=subnet["VpcId"],
        PrivateDnsName=private_dns_name(address, get_region()),
        PublicIpAddress="",
        PublicDnsName="",
        Architecture=found["ProcessorInfo"]["SupportedArchitectures"][0],
        Placement={"AvailabilityZone": subnet["AvailabilityZone"], "Tenancy": "default"},
    )
    if subnet.get("MapPublicIpOnLaunch"):
        record["PublicIpAddress"] = interface["PublicIp"] = ec2._random_ip("54.")
    interface["Status"] = "in-use"
    interface["Attachment"] = {
        "AttachmentId": stores.new_id("eni-attach"),
        "InstanceId": instance_id,
        "InstanceOwnerId": interface["OwnerId"],
        "DeviceIndex": 0,
        "Status": "attached",
        "DeleteOnTermination": True,
    }
    tags = _specified(data, "network-interface")
    ec2._tags[interface["NetworkInterfaceId"]] = [
        {"Key": key, "Value": value} for key, value in tags.items()
    ]
    return record


def _volume_tags(record: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    tags = [{"Key": k, "Value": v} for k, v in _specified(data, "volume").items()]
    wanted = (data.get("BlockDeviceMappings") or [{}])[0].get("Ebs", {})
    for mapping in record["BlockDeviceMappings"]:
        volume = ec2._volumes[mapping["Ebs"]["VolumeId"]]
        volume["AvailabilityZone"] = record["Placement"]["AvailabilityZone"]
        volume["Size"] = int(wanted.get("VolumeSize", 20))
        volume["Encrypted"] = bool(wanted.get("Encrypted"))
        if tags:
            ec2._tags[volume["VolumeId"]] = list(tags)


def private_dns_name(address: str, region: str) -> str:
    """The name that a node carries (EC2 user guide, hostname types)."""
    dashed = address.replace(".", "-")
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{dashed}.{domain}"


def _put_state(record: dict[str, Any], name: str, only_from: str = "") -> None:
    if not only_from or record["State"]["Name"] == only_from:
        record["State"] = {"Code": STATES[name], "Name": name}


def install(world: World) -> Instances:
    """Put these in front of ministack's."""
    instances = Instances(world)
    own("ec2", "RunInstances", instances.run_instances)
    own("ec2", "TerminateInstances", instances.terminate_instances)
    own("ec2", "DescribeInstances", describe)
    return instances
