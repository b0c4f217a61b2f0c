"""What stands behind a cluster in the fake AWS: the stack's roles, scaling groups, tags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from botocore.exceptions import ClientError
from tests.fakes.aws_nodes import Nodes
from tests.fakes.aws_versions import BEGAN
from tests.fakes.refusals import at_most_fifty, refusal
from tests.fakes.world import WHO

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]
MOST_AT_ONCE = 25
"""Tags of a call to Auto Scaling (its User Guide, "Tag naming and usage restrictions")."""
VALUES = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": "us-west-2",
    "${AWS::AccountId}": WHO.account,
    "${AWS::URLSuffix}": "amazonaws.com",
}


def roles_in(template: str) -> dict[str, Answer]:
    """The IAM roles that CloudFormation would make of a template, by name."""
    for parameter, value in VALUES.items():
        template = template.replace(parameter, value)
    resources = json.loads(template, object_hook=lambda told: told.get("Fn::Sub", told))
    made = [r["Properties"] for r in resources["Resources"].values() if r["Type"].endswith("Role")]
    return {
        role["RoleName"]: {
            "trust": role["AssumeRolePolicyDocument"],
            "attached": list(role["ManagedPolicyArns"]),
            "inline": {p["PolicyName"]: p["PolicyDocument"] for p in role.get("Policies", [])},
        }
        for role in made
    }


def _no_such(what: str) -> ClientError:
    told = {"Error": {"Code": "NoSuchEntity", "Message": f"The {what} cannot be found."}}
    return ClientError(cast(Any, told), "IAM")


def _pairs(tags: list[Answer]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _few_at_once(tags: list[Answer]) -> None:
    if len(tags) > MOST_AT_ONCE:
        raise refusal("ValidationError", "A call takes at most 25 tags")


class Behind(Nodes):
    """Operations of IAM and Auto Scaling, and on tags."""

    _aws: FakeAws

    def get_role(self, RoleName: str) -> Answer:  # noqa: N803
        arn = f"arn:aws:iam::{WHO.account}:role/ops/{RoleName}"
        if WHO.principal_arn == arn:
            return {"Role": {"Arn": arn, "CreateDate": self._aws.operator_made_at}}
        role = self._role(RoleName)
        made_at = role.get("made_at", BEGAN)
        told = {"Arn": arn, "CreateDate": made_at, "AssumeRolePolicyDocument": role["trust"]}
        tags = [{"Key": key, "Value": value} for key, value in role.get("tags", {}).items()]
        return {"Role": {**told, "Tags": tags}}

    def list_attached_role_policies(self, RoleName: str) -> Answer:  # noqa: N803
        attached = self._role(RoleName)["attached"]
        return {"AttachedPolicies": [{"PolicyArn": arn} for arn in attached]}

    def get_role_policy(self, RoleName: str, PolicyName: str) -> Answer:  # noqa: N803
        inline = self._role(RoleName)["inline"]
        if PolicyName not in inline:
            raise _no_such(f"role policy with name {PolicyName}")
        return {"PolicyDocument": inline[PolicyName]}

    def create_role(
        self,
        RoleName: str,  # noqa: N803
        AssumeRolePolicyDocument: str,  # noqa: N803
        Tags: list[Answer],  # noqa: N803
    ) -> None:
        if RoleName in self._aws.iam:
            told = f"Role with name {RoleName} already exists."
            raise refusal("EntityAlreadyExists", told, "CreateRole", 409)
        trust = json.loads(AssumeRolePolicyDocument)
        self._aws.iam[RoleName] = {
            "trust": trust,
            "attached": [],
            "inline": {},
            "made_at": self._aws.now(),
            "tags": {tag["Key"]: tag["Value"] for tag in Tags},
        }

    def attach_role_policy(self, RoleName: str, PolicyArn: str) -> None:  # noqa: N803
        self._role(RoleName)["attached"].append(PolicyArn)

    def put_role_policy(self, RoleName: str, PolicyName: str, PolicyDocument: str) -> None:  # noqa: N803
        self._role(RoleName)["inline"][PolicyName] = json.loads(unquote(PolicyDocument))

    def update_assume_role_policy(self, RoleName: str, PolicyDocument: str) -> None:  # noqa: N803
        trust = json.loads(PolicyDocument)
        for arn in trust["Statement"][0]["Principal"]["AWS"]:
            if arn in self._aws.nobody:
                text = f'Invalid principal in policy: "AWS":"{arn}"'
                raise refusal("MalformedPolicyDocument", text)
        self._role(RoleName)["trust"] = trust

    def _role(self, name: str) -> Answer:
        if name not in self._aws.iam:
            raise _no_such(f"role with name {name}")
        return self._aws.iam[name]

    def describe_auto_scaling_groups(self, AutoScalingGroupNames: list[str]) -> Answer:  # noqa: N803
        return {
            "AutoScalingGroups": [
                {
                    "AutoScalingGroupName": name,
                    "MinSize": group["scalingConfig"]["minSize"],
                    "MaxSize": group["scalingConfig"]["maxSize"],
                    "DesiredCapacity": group["scalingConfig"]["desiredSize"],
                    "Tags": [
                        {"Key": key, "Value": value}
                        for key, value in self._aws.group_tags.get(name, {}).items()
                    ],
                    "Instances": [{"InstanceId": id_} for id_ in self._aws.instances.get(name, [])],
                }
                for group in self._aws.groups.values()
                for name in (each["name"] for each in group["resources"]["autoScalingGroups"])
                if name in AutoScalingGroupNames
            ]
        }

    def create_or_update_tags(self, Tags: list[Answer]) -> None:  # noqa: N803
        _few_at_once(Tags)
        for name in {tag["ResourceId"] for tag in Tags}:
            have = self._aws.group_tags.setdefault(name, {})
            put = {tag["Key"]: tag["Value"] for tag in Tags if tag["ResourceId"] == name}
            at_most_fifty("LimitExceeded", have, put)
            have |= put

    def delete_tags(self, Tags: list[Answer], Resources: list[str] | None = None) -> None:  # noqa: N803
        """Of EC2 where resources are named, of Auto Scaling otherwise."""
        self._untag_nodes(Resources or [], Tags)
        for template in self._aws.templates.values():
            if Resources and template["LaunchTemplateId"] in Resources:
                template["Tags"] = [tag for tag in template["Tags"] if tag not in Tags]
        if not Resources:
            _few_at_once(Tags)
        for tag in [] if Resources else Tags:
            self._aws.group_tags.get(tag["ResourceId"], {}).pop(tag["Key"], None)

    def tag_resource(self, resourceArn: str, tags: Answer) -> None:  # noqa: N803
        have = self._thing(resourceArn)["tags"]
        at_most_fifty("BadRequestException", have, tags)
        have |= tags

    def create_tags(self, Resources: list[str], Tags: list[Answer]) -> None:  # noqa: N803
        self._tag_nodes(Resources, Tags)
        for template in self._aws.templates.values():
            if template["LaunchTemplateId"] in Resources:
                at_most_fifty("TagLimitExceeded", _pairs(template["Tags"]), _pairs(Tags))
                template["Tags"] = [*template["Tags"], *Tags]
        for id_, subnet in self._aws.ground.subnets.items():
            if id_ in Resources:
                keys = {tag["Key"] for tag in Tags}
                subnet["Tags"] = [t for t in subnet["Tags"] if t["Key"] not in keys] + Tags

    def untag_resource(self, resourceArn: str, tagKeys: list[str]) -> None:  # noqa: N803
        for key in tagKeys:
            self._thing(resourceArn)["tags"].pop(key, None)

    def _thing(self, arn: str) -> Answer:
        things: dict[str, dict[str, Answer]] = {
            "cluster": self._aws.clusters,
            "nodegroup": self._aws.groups,
            "addon": self._aws.addons,
            "access-entry": {
                principal.split("/")[-1]: told
                for principal, told in self._aws.entry_details.items()
            },
            "podidentityassociation": self._aws.identities,
        }
        kind, name = arn.split(":")[-1].split("/", 1)
        return things[kind][name.split("/")[-1]]
