"""An AWS in memory: what the operator asks of it, with states that move only when a test says so.

Only for rounds of the operator; how AWS really behaves is the sandbox's matter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from tests.fakes.aws_behind import Behind, roles_in
from tests.fakes.aws_versions import BEGAN, Versions
from tests.fakes.refusals import refusal as refusal
from tests.fakes.world import FACTS, WHO, ZONES

from sigopt_operator.aws.clients import Clients

Answer = dict[str, Any]
READS = ("describe", "list", "get", "simulate")
"""How the operations begin that change nothing."""
QUOTAS = {"L-1216C47A": 640.0, "L-DB2E81BA": 64.0, "L-0263D0A3": 5.0, "L-F678F1CE": 5.0}
QUOTAS |= {"L-1194D53C": 100.0}


@dataclass
class FakeAws:
    """Everything that stands, and everything that was asked."""

    stacks: dict[str, Answer] = field(default_factory=dict)
    clusters: dict[str, Answer] = field(default_factory=dict)
    groups: dict[str, Answer] = field(default_factory=dict)
    addons: dict[str, Answer] = field(default_factory=dict)
    entries: dict[str, set[str]] = field(default_factory=dict)
    templates: dict[str, Answer] = field(default_factory=dict)
    updates: list[Answer] = field(default_factory=list)
    """Of the cluster ("of" is empty) and of node groups, in the order in which they began."""
    insights: list[Answer] = field(default_factory=list)
    """Those that are errors."""
    failed: dict[str, str] = field(default_factory=dict)
    """What the next update of this ("" is the cluster, else a node group) fails with."""
    iam: dict[str, Answer] = field(default_factory=dict)
    """The roles of stacks, as they are now."""
    group_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of the auto scaling groups, by their names."""
    calls: list[str] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)
    """By operation: what it raises, before AWS acted."""
    lost: set[str] = field(default_factory=set)
    """Operations whose next answer is lost after AWS acted."""
    account: str = WHO.account
    now: Callable[[], datetime] = lambda: BEGAN
    quotas: dict[str, float] = field(default_factory=dict)
    """By code, where they are other than QUOTAS."""
    roles: set[str] = field(default_factory=set)
    """Names of roles beside those of stacks."""
    forbidden: set[str] = field(default_factory=set)
    """IAM actions that the operator may not do, as a simulation tells."""
    on_call: Callable[[str], None] = lambda _operation: None

    def clients(self) -> Clients:
        """Clients that talk to this AWS."""
        api = cast(Any, _Api(self))
        return Clients(
            session=api, region="us-west-2",
            cloudformation=api, ec2=api, eks=api, iam=api, sts=api, autoscaling=api,
            elb=api, elbv2=api, service_quotas=api,
        )  # fmt: skip

    def advance(self) -> None:
        """Whatever AWS is doing ends well."""
        for stack in self.stacks.values():
            stack["StackStatus"] = stack["StackStatus"].replace("_IN_PROGRESS", "_COMPLETE")
        for things in (self.clusters, self.groups, self.addons):
            for thing in things.values():
                if thing["status"] in ("CREATING", "UPDATING"):
                    thing["status"] = "ACTIVE"
        for update in self.updates:
            if update["status"] == "InProgress":
                self._end(update)
        for things, state in ((self.stacks, "StackStatus"), *(_states(self))):
            for name in [n for n, t in things.items() if t[state].startswith("DELET")]:
                del things[name]

    def begin(self, of: str, kind: str, version: str) -> None:
        """An update that ends with the next advance."""
        self.updates.append(
            {
                "id": f"update-{len(self.updates)}",
                "of": of,
                "type": kind,
                "status": "InProgress",
                "params": [{"type": "Version", "value": version}],
                "createdAt": self.now(),
                "errors": [],
            }
        )

    def _end(self, update: Answer) -> None:
        why = self.failed.pop(update["of"], None)
        if why:
            update["status"] = "Failed"
            update["errors"] = [{"errorCode": "PodEvictionFailure", "errorMessage": why}]
            return
        update["status"] = "Successful"
        of = update["of"]
        things = [self.groups[of]] if of else list(self.clusters.values())
        for thing in things:
            thing["version"] = update["params"][0]["value"]

    @property
    def changes(self) -> list[str]:
        """The calls that ask for a change."""
        return [call for call in self.calls if not call.startswith(READS)]

    @property
    def nothing_stands(self) -> bool:
        """Whether all of it is gone."""
        return not (self.stacks or self.clusters or self.groups or self.templates)


def _states(aws: FakeAws) -> Iterator[tuple[dict[str, Answer], str]]:
    for things in (aws.clusters, aws.groups, aws.addons):
        yield things, "status"


class _Api(Behind, Versions):
    """All services at once: the names of their operations do not meet."""

    def __init__(self, aws: FakeAws) -> None:
        self._aws = aws

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_"):
            return object.__getattribute__(self, name)
        aws: FakeAws = self._aws
        if name == "get_paginator":
            return lambda operation: _Pages(getattr(self, operation))
        operation = object.__getattribute__(self, name)

        def called(**arguments: Any) -> Any:
            aws.calls.append(name)
            aws.on_call(name)
            if name in aws.failing:
                raise aws.failing[name]
            answer = operation(**arguments)
            if name in aws.lost:
                aws.lost.discard(name)
                raise refusal("ServiceUnavailable", "the answer was lost", name, 503)
            return answer

        return called

    def get_caller_identity(self) -> Answer:
        return {"Account": self._aws.account, "Arn": WHO.caller_arn}

    def describe_availability_zones(self, **_: Any) -> Answer:
        return {"AvailabilityZones": [{"ZoneName": z.name, "ZoneId": z.id} for z in ZONES]}

    def describe_cluster_versions(self) -> Answer:
        return {"clusterVersions": [{"clusterVersion": v} for v in FACTS.versions]}

    def describe_instance_types(self, Filters: list[Answer]) -> Answer:  # noqa: N803
        known = [FACTS.types[n] for n in Filters[0]["Values"] if n in FACTS.types]
        return {
            "InstanceTypes": [
                {
                    "InstanceType": kind.name,
                    "ProcessorInfo": {"SupportedArchitectures": list(kind.architectures)},
                    "VCpuInfo": {"DefaultVCpus": kind.vcpus},
                    "GpuInfo": {
                        "Gpus": [{"Name": g, "Manufacturer": "NVIDIA"} for g in kind.nvidia_gpus]
                    },
                }
                for kind in known
            ]
        }

    def describe_instance_type_offerings(self, Filters: list[Answer], **_: Any) -> Answer:  # noqa: N803
        names = [n for n in Filters[0]["Values"] if n in FACTS.types]
        return {
            "InstanceTypeOfferings": [
                {"InstanceType": n, "Location": zone}
                for n in names
                for zone in FACTS.types[n].zones
            ]
        }

    def list_service_quotas(self, **_: Any) -> Answer:
        told = {**QUOTAS, **self._aws.quotas}
        return {
            "Quotas": [
                {"QuotaCode": code, "QuotaName": f"the quota {code}", "Value": value}
                for code, value in told.items()
            ]
        }

    def describe_vpcs(self) -> Answer:
        return {"Vpcs": [{}]}

    def describe_addresses(self) -> Answer:
        return {"Addresses": []}

    def list_clusters(self) -> Answer:
        return {"clusters": list(self._aws.clusters)}

    def describe_instances(self, **_: Any) -> Answer:
        return {"Reservations": []}

    def list_roles(self, **_: Any) -> Answer:
        return {"Roles": [{"RoleName": name} for name in self._aws.roles]}

    def simulate_principal_policy(
        self,
        ActionNames: list[str],  # noqa: N803
        ResourceArns: list[str],  # noqa: N803
        **_: Any,
    ) -> Answer:
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": (
                        "implicitDeny" if action in self._aws.forbidden else "allowed"
                    ),
                }
                for action in ActionNames
                for resource in ResourceArns
            ]
        }

    def describe_stacks(self, StackName: str) -> Answer:  # noqa: N803
        if StackName not in self._aws.stacks:
            raise refusal("ValidationError", f"Stack with id {StackName} does not exist")
        return {"Stacks": [self._aws.stacks[StackName]]}

    def describe_stack_resources(self, StackName: str) -> Answer:  # noqa: N803
        stack = self._aws.stacks[StackName]
        status = stack["StackStatus"].replace("UPDATE", "CREATE")
        return {
            "StackResources": [
                {
                    "LogicalResourceId": name,
                    "PhysicalResourceId": f"{name}-id",
                    "ResourceStatus": "CREATE_COMPLETE" if name in stack["early"] else status,
                    "Timestamp": BEGAN,
                }
                for name in json.loads(stack["body"])["Resources"]
            ]
        }

    def create_stack(self, StackName: str, TemplateBody: str, Tags: list[Answer], **_: Any) -> None:  # noqa: N803
        if StackName in self._aws.stacks:
            raise refusal("AlreadyExistsException", f"Stack [{StackName}] already exists")
        self._aws.stacks[StackName] = {
            "StackId": f"arn:{StackName}",
            "StackName": StackName,
            "StackStatus": "CREATE_IN_PROGRESS",
            "CreationTime": self._aws.now(),
            "early": set(),
            "Tags": Tags,
            "body": TemplateBody,
        }
        self._aws.iam = roles_in(TemplateBody)

    def update_stack(self, StackName: str, TemplateBody: str, Tags: list[Answer], **_: Any) -> None:  # noqa: N803
        self._aws.stacks[StackName] |= {
            "StackStatus": "UPDATE_IN_PROGRESS",
            "Tags": Tags,
            "body": TemplateBody,
        }
        self._aws.iam = roles_in(TemplateBody)

    def delete_stack(self, StackName: str, **_: Any) -> None:  # noqa: N803
        for stack in self._aws.stacks.values():
            if stack["StackId"] == StackName:
                stack["StackStatus"] = "DELETE_IN_PROGRESS"

    def describe_cluster(self, name: str) -> Answer:
        if name not in self._aws.clusters:
            raise refusal("ResourceNotFoundException", f"No cluster found for name: {name}.")
        return {"cluster": self._aws.clusters[name]}

    def create_cluster(self, name: str, tags: Answer, version: str = "1.34", **rest: Any) -> None:
        if name in self._aws.clusters:
            raise refusal("ResourceInUseException", f"Cluster already exists with name: {name}")
        self._aws.clusters[name] = {
            "name": name,
            "arn": f"arn:aws:eks:us-west-2:{WHO.account}:cluster/{name}",
            "status": "CREATING",
            "createdAt": self._aws.now(),
            "version": version,
            "endpoint": "https://127.0.0.1:1",
            "certificateAuthority": {"data": "Zm9v"},
            "tags": tags,
            **rest,
            "resourcesVpcConfig": {**rest.get("resourcesVpcConfig", {}), "vpcId": "vpc-1"},
        }

    def delete_cluster(self, name: str) -> None:
        if self._aws.groups:
            raise refusal("ResourceInUseException", "Cluster has nodegroups attached", status=409)
        self.describe_cluster(name=name)["cluster"]["status"] = "DELETING"

    def list_nodegroups(self, **_: Any) -> Answer:
        return {"nodegroups": list(self._aws.groups)}

    def describe_nodegroup(self, nodegroupName: str, **_: Any) -> Answer:  # noqa: N803
        if nodegroupName not in self._aws.groups:
            told = f"No node group found for name: {nodegroupName}."
            raise refusal("ResourceNotFoundException", told, status=404)
        return {"nodegroup": self._aws.groups[nodegroupName]}

    def create_nodegroup(self, nodegroupName: str, **rest: Any) -> None:  # noqa: N803
        if nodegroupName in self._aws.groups:
            raise refusal("ResourceInUseException", "NodeGroup already exists with name")
        self._aws.groups[nodegroupName] = {
            "nodegroupName": nodegroupName,
            "nodegroupArn": f"arn:aws:eks:us-west-2:{WHO.account}:nodegroup/tiny/{nodegroupName}",
            "status": "CREATING",
            "createdAt": self._aws.now(),
            "modifiedAt": self._aws.now(),
            "version": next(iter(self._aws.clusters.values()))["version"],
            "resources": {"autoScalingGroups": [{"name": f"eks-{nodegroupName}"}]},
            **{key: rest[key] for key in ("scalingConfig", "instanceTypes", "tags")},
            "labels": rest.get("labels", {}),
            "taints": rest.get("taints", []),
        }

    def update_nodegroup_config(self, nodegroupName: str, **changed: Any) -> None:  # noqa: N803
        group = self._aws.groups[nodegroupName]
        group["scalingConfig"] = group["scalingConfig"] | changed.get("scalingConfig", {})
        labels, taints = changed.get("labels", {}), changed.get("taints", {})
        gone = labels.get("removeLabels", [])
        kept = {key: value for key, value in group["labels"].items() if key not in gone}
        group["labels"] = kept | labels.get("addOrUpdateLabels", {})
        new = taints.get("addOrUpdateTaints", [])
        off = {(t["key"], t["effect"]) for t in (*new, *taints.get("removeTaints", []))}
        group["taints"] = [t for t in group["taints"] if (t["key"], t["effect"]) not in off] + new
        group["status"] = "UPDATING"

    def delete_nodegroup(self, nodegroupName: str, **_: Any) -> None:  # noqa: N803
        self._aws.groups[nodegroupName]["status"] = "DELETING"

    def describe_launch_templates(
        self,
        LaunchTemplateNames: list[str] | None = None,  # noqa: N803
        **_: Any,
    ) -> Answer:
        wanted = LaunchTemplateNames or list(self._aws.templates)
        return {"LaunchTemplates": [self._aws.templates[name] for name in wanted]}

    def create_launch_template(
        self,
        LaunchTemplateName: str,  # noqa: N803
        TagSpecifications: list[Answer],  # noqa: N803
        **_: Any,
    ) -> None:
        if LaunchTemplateName in self._aws.templates:
            code = "InvalidLaunchTemplateName.AlreadyExistsException"
            raise refusal(code, "Launch template name already in use.")
        self._aws.templates[LaunchTemplateName] = {
            "LaunchTemplateName": LaunchTemplateName,
            "LaunchTemplateId": f"lt-{LaunchTemplateName}",
            "Tags": TagSpecifications[0]["Tags"],
        }

    def delete_launch_template(self, LaunchTemplateId: str) -> None:  # noqa: N803
        self._aws.templates.pop(LaunchTemplateId.removeprefix("lt-"), None)

    def list_associated_access_policies(self, principalArn: str, **_: Any) -> Answer:  # noqa: N803
        if principalArn not in self._aws.entries:
            raise refusal("ResourceNotFoundException", "The specified principalArn is not there")
        held = self._aws.entries[principalArn]
        scope = {"type": "cluster"}
        told = [{"policyArn": arn, "accessScope": scope} for arn in held]
        return {"associatedAccessPolicies": told}

    def create_access_entry(self, principalArn: str, **_: Any) -> None:  # noqa: N803
        if principalArn in self._aws.entries:
            text = "The specified access entry resource is already in use on this cluster."
            raise refusal("ResourceInUseException", text)
        self._aws.entries[principalArn] = set()

    def associate_access_policy(self, principalArn: str, policyArn: str, **_: Any) -> None:  # noqa: N803
        self._aws.entries[principalArn].add(policyArn)

    def describe_network_interfaces(self, **_: Any) -> Answer:
        return {"NetworkInterfaces": []}

    def describe_security_groups(self, **_: Any) -> Answer:
        return {"SecurityGroups": []}

    def describe_load_balancers(self) -> Answer:
        """Of both kinds: two services have an operation of this name."""
        return {"LoadBalancers": [], "LoadBalancerDescriptions": []}

    def describe_target_groups(self) -> Answer:
        return {"TargetGroups": []}


class _Pages:
    """A paginator of one page."""

    def __init__(self, operation: Callable[..., Answer]) -> None:
        self._operation = operation

    def paginate(self, **arguments: Any) -> list[Answer]:
        return [self._operation(**arguments)]
