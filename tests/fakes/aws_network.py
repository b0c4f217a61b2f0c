"""The stacks of the fake AWS, and what workloads leave in a network: nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.fakes.aws_behind import roles_in
from tests.fakes.aws_versions import BEGAN
from tests.fakes.refusals import refusal

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]


class Network:
    """Operations of CloudFormation and on what stands in a network."""

    _aws: FakeAws

    def describe_stacks(self, StackName: str) -> Answer:  # noqa: N803
        if StackName not in self._aws.stacks:
            raise refusal("ValidationError", f"Stack with id {StackName} does not exist")
        return {"Stacks": [self._aws.stacks[StackName]]}

    def describe_stack_resources(self, StackName: str) -> Answer:  # noqa: N803
        stack = self._aws.stacks[StackName]
        return {
            "StackResources": [
                {
                    "LogicalResourceId": name,
                    "PhysicalResourceId": f"{name}-id",
                    "ResourceStatus": _status_in(stack, name),
                    "Timestamp": BEGAN,
                }
                for name in json.loads(stack["body"])["Resources"]
            ]
        }

    def create_stack(
        self,
        StackName: str,  # noqa: N803
        TemplateBody: str,  # noqa: N803
        Tags: list[Answer],  # noqa: N803
        **_: Any,
    ) -> None:
        if StackName in self._aws.stacks:
            raise refusal("AlreadyExistsException", f"Stack [{StackName}] already exists")
        self._aws.stacks[StackName] = {
            "StackId": f"arn:{StackName}",
            "StackName": StackName,
            "StackStatus": "CREATE_IN_PROGRESS",
            "CreationTime": self._aws.now(),
            "early": set(),
            "stood": set(),
            "Tags": Tags,
            "body": TemplateBody,
        }
        self._aws.iam = roles_in(TemplateBody)
        self._aws.ground.build(TemplateBody, Tags)

    def update_stack(
        self,
        StackName: str,  # noqa: N803
        TemplateBody: str,  # noqa: N803
        Tags: list[Answer],  # noqa: N803
        **_: Any,
    ) -> None:
        stack = self._aws.stacks[StackName]
        if (status := stack["StackStatus"]).endswith("_IN_PROGRESS"):
            told = f"Stack:{stack['StackId']} is in {status} state and can not be updated."
            raise refusal("ValidationError", told)
        if status.endswith("_COMPLETE"):
            stack["stood"] = set(json.loads(stack["body"])["Resources"])
        stack |= {
            "StackStatus": "UPDATE_IN_PROGRESS",
            "Tags": Tags,
            "body": TemplateBody,
        }
        self._aws.ground.build(TemplateBody, Tags)
        # The worst that it may do: every role is written as the template has it.
        had = self._aws.iam
        self._aws.iam = roles_in(TemplateBody)
        for name in self._aws.iam.keys() & had.keys():
            if made_at := had[name].get("made_at"):
                self._aws.iam[name]["made_at"] = made_at

    def delete_stack(self, StackName: str, **_: Any) -> None:  # noqa: N803
        for stack in self._aws.stacks.values():
            if stack["StackId"] == StackName:
                status = stack["StackStatus"]
                if status == "UPDATE_IN_PROGRESS":
                    told = f"Stack [{StackName}] cannot be deleted while in status {status}"
                    raise refusal("ValidationError", told, "DeleteStack")
                stack["StackStatus"] = "DELETE_IN_PROGRESS"

    def describe_network_interfaces(self, **_: Any) -> Answer:
        return {"NetworkInterfaces": []}

    def describe_security_groups(self, **_: Any) -> Answer:
        return {"SecurityGroups": []}

    def describe_load_balancers(self) -> Answer:
        """Of both kinds: two services have an operation of this name."""
        return {"LoadBalancers": [], "LoadBalancerDescriptions": []}

    def describe_target_groups(self) -> Answer:
        return {"TargetGroups": []}


def _status_in(stack: Answer, name: str) -> str:
    """Of what an update found, its tags at least are changed; what it did not find, is made."""
    if name in stack["early"]:
        return "CREATE_COMPLETE"
    status: str = stack["StackStatus"]
    return status if name in stack["stood"] else status.replace("UPDATE", "CREATE")
