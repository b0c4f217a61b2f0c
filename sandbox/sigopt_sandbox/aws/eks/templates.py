"""Launch templates: the user's own, read and checked, and the copy that EKS makes of every one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sigopt_sandbox.aws.eks.cloud import AwsError, passed_through
from sigopt_sandbox.aws.eks.errors import invalid_parameter, invalid_request
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Nodegroup, Scope

# The model: what a template for a managed node group may not hold. The texts were not found.
FORBIDDEN = ("IamInstanceProfile", "HibernationOptions", "InstanceInitiatedShutdownBehavior")


@dataclass(frozen=True)
class Template:
    """One version of a user's launch template."""

    id: str
    name: str
    version: str
    data: dict[str, Any]

    @property
    def instance_type(self) -> str | None:
        """The type it names, if any."""
        return self.data.get("InstanceType")

    @property
    def disk_gib(self) -> int | None:
        """The size of its first volume, if it names one."""
        for mapping in self.data.get("BlockDeviceMappings", []):
            size = mapping.get("Ebs", {}).get("VolumeSize")
            if size:
                return int(size)
        return None


def read(eks: Eks, scope: Scope, given: Doc) -> Template:
    """The version a request names (default version when it names none), or a refusal."""
    if ("id" in given) == ("name" in given):
        raise invalid_parameter(
            "Either provide launch template ID or launch template name in the request."
        )
    which = (
        {"LaunchTemplateId": given["id"]}
        if "id" in given
        else {"LaunchTemplateName": given["name"]}
    )
    wanted = str(given.get("version") or "$Default")
    try:
        answer = eks.cloud.ec2(scope, "DescribeLaunchTemplateVersions", Versions=[wanted], **which)
    except AwsError as error:
        raise invalid_parameter(passed_through(error)) from error
    found = answer["LaunchTemplateVersions"]
    if not found:
        raise invalid_parameter(f"Launch template version {wanted} was not found.")
    version = found[0]
    return Template(
        id=version["LaunchTemplateId"],
        name=version["LaunchTemplateName"],
        version=str(version["VersionNumber"]),
        data=dict(version["LaunchTemplateData"]),
    )


def check(template: Template, params: Doc) -> None:
    """Refuse what belongs either into the template or into the request (observed texts first)."""
    if template.instance_type and params.get("instanceTypes"):
        raise invalid_request("Cannot specify instance types in launch template and API request")
    if params.get("diskSize"):
        raise invalid_parameter("Disk size must be specified within the launch template.")
    if params.get("remoteAccess"):
        # Documented; the text was not found.
        raise invalid_parameter("Remote access must be specified within the launch template.")
    for member in FORBIDDEN:
        if template.data.get(member):
            raise invalid_parameter(f"{member} cannot be specified in the launch template.")
    interfaces = template.data.get("NetworkInterfaces", [])
    if any(interface.get("SubnetId") for interface in interfaces):
        raise invalid_parameter("SubnetId cannot be specified in the launch template.")
    if template.data.get("ImageId") and (params.get("version") or params.get("releaseVersion")):
        raise invalid_parameter(
            "You cannot specify a kubernetes version to use when specifying an image id to use "
            "within the launch template."
        )


def check_tag_keys(template: Template | None, *, offered: bool) -> None:
    """Refuse what EKS tags its group with, where instances are to find tags in their metadata.

    There a key has no slash (seen by users, terraform-aws-modules/terraform-aws-eks issue 1785, and
    with the account's default eksctl-io/eksctl issue 8446). `offered` is that default.
    """
    said = (
        template.data.get("MetadataOptions", {}).get("InstanceMetadataTags") if template else None
    )
    if (said or ("enabled" if offered else "disabled")) == "enabled":
        raise invalid_request(
            "'k8s.io/cluster-autoscaler/enabled' is not a valid tag key. Tag keys must match "
            r"pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), and must not be a reserved name "
            "('.', '..', '_index')"
        )


def copy_data(
    cluster: Cluster, nodegroup: Nodegroup, own: Template | None, disk_gib: int
) -> dict[str, Any]:
    """What EKS's copy of a template holds.

    A template that names security groups of its own keeps them alone; otherwise the cluster's
    security group goes in.
    """
    data: dict[str, Any] = {k: v for k, v in (own.data if own else {}).items() if v is not None}
    data["ImageId"] = nodegroup.image_id
    if len(nodegroup.instance_types) == 1:
        data["InstanceType"] = nodegroup.instance_types[0]
    if not data.get("SecurityGroupIds") and not data.get("NetworkInterfaces"):
        data["SecurityGroupIds"] = [cluster.security_group]
    if own is None:
        ebs = {"VolumeSize": disk_gib, "VolumeType": "gp3", "DeleteOnTermination": True}
        data["BlockDeviceMappings"] = [{"DeviceName": "/dev/xvda", "Ebs": ebs}]
    data["IamInstanceProfile"] = {"Name": nodegroup.instance_profile}
    tags = {
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": nodegroup.doc["nodegroupName"],
    }
    data["TagSpecifications"] = _with_tags(data.get("TagSpecifications", []), tags)
    return data


def _with_tags(specifications: list[Doc], tags: dict[str, str]) -> list[Doc]:
    merged: dict[str, dict[str, str]] = {
        s["ResourceType"]: {t["Key"]: t["Value"] for t in s.get("Tags", [])} for s in specifications
    }
    for kind in ("instance", "volume", "network-interface"):
        merged.setdefault(kind, {}).update(tags)
    return [
        {"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in values.items()]}
        for kind, values in merged.items()
    ]
