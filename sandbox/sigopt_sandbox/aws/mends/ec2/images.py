"""DescribeImages: EKS's optimized images beside what ministack knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.mends.eks_images import OWNER, Image, all_images
from sigopt_sandbox.aws.operations import Call, own

FIELDS = {
    "name": field("Name"),
    "image-id": field("ImageId"),
    "architecture": field("Architecture"),
    "owner-id": field("OwnerId"),
    "owner-alias": field("ImageOwnerAlias"),
    "state": field("State"),
    "root-device-type": field("RootDeviceType"),
    "root-device-name": field("RootDeviceName"),
    "virtualization-type": field("VirtualizationType"),
    "image-type": field("ImageType"),
    "is-public": field("Public"),
    "description": field("Description"),
    "platform": field("Platform"),
    "hypervisor": field("Hypervisor"),
    "creation-date": field("CreationDate"),
    "block-device-mapping.volume-type": field("BlockDeviceMappings", "Ebs", "VolumeType"),
}


def install() -> None:
    """Put DescribeImages in front of ministack's."""
    own("ec2", "DescribeImages", describe)


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeImages by id, owner and filter."""
    ours = {image.id(call.region): _row(image, call.region) for image in all_images()}
    asked = call.params.get("ImageIds", [])
    theirs = [i for i in asked if i not in ours]
    rows = [ours[i] for i in asked if i in ours] if asked else list(ours.values())
    if theirs or not asked:
        try:
            rows += call.forward({"ImageIds": theirs} if theirs else {})["Images"]
        except AwsError as error:
            if error.code != "InvalidAMIID.NotFound" or not call.inside:
                raise
    owners = set(call.params.get("Owners", []))
    if "self" in owners:
        owners.add(call.account)
    rows = [r for r in rows if not owners or owners & {r.get("OwnerId"), r.get("ImageOwnerAlias")}]
    return {"Images": select(rows, call.params.get("Filters", []), FIELDS)}


def _row(image: Image, region: str) -> dict[str, Any]:
    root = "/dev/xvda"
    ebs = {"VolumeSize": 20, "VolumeType": "gp3", "DeleteOnTermination": True, "Encrypted": False}
    return {
        "ImageId": image.id(region),
        "Name": image.name,
        "Description": f"{image.described} (k8s: {image.version})",
        "Architecture": image.architecture,
        "OwnerId": OWNER,
        "ImageOwnerAlias": "amazon",
        "State": "available",
        "Public": True,
        "ImageType": "machine",
        "ImageLocation": f"amazon/{image.name}",
        "CreationDate": "2026-11-14T00:00:00.000Z",
        "RootDeviceType": "ebs",
        "RootDeviceName": root,
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "EnaSupport": True,
        "BlockDeviceMappings": [{"DeviceName": root, "Ebs": ebs}],
        "PlatformDetails": "Linux/UNIX",
    }
