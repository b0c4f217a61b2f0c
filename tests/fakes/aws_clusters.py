"""The control plane of the fake AWS, and who may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.aws_versions import BEGAN
from tests.fakes.refusals import refusal
from tests.fakes.world import WHO

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]


class Clusters:
    """Operations of EKS on clusters and access entries."""

    _aws: FakeAws

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

    def list_associated_access_policies(self, principalArn: str, **_: Any) -> Answer:  # noqa: N803
        if principalArn not in self._aws.entries:
            raise refusal("ResourceNotFoundException", "The specified principalArn is not there")
        held = self._aws.entries[principalArn]
        scope = {"type": "cluster"}
        told = [{"policyArn": arn, "accessScope": scope} for arn in held]
        return {"associatedAccessPolicies": told}

    def describe_access_entry(self, principalArn: str, **_: Any) -> Answer:  # noqa: N803
        arn = f"arn:aws:eks:us-west-2:111122223333:access-entry/{principalArn.split('/')[-1]}"
        unknown = {"createdAt": BEGAN, "tags": {}}
        details = self._aws.entry_details.get(principalArn, unknown)
        return {"accessEntry": {"accessEntryArn": arn, **details}}

    def delete_access_entry(self, principalArn: str, **_: Any) -> None:  # noqa: N803
        if self._aws.entries.pop(principalArn, None) is None:
            raise refusal("ResourceNotFoundException", "The specified principalArn is not there")

    def create_access_entry(self, principalArn: str, tags: Answer, **_: Any) -> None:  # noqa: N803
        if principalArn in self._aws.entries:
            text = "The specified access entry resource is already in use on this cluster."
            raise refusal("ResourceInUseException", text)
        self._aws.entries[principalArn] = set()
        self._aws.entry_details[principalArn] = {"createdAt": self._aws.now(), "tags": tags}

    def associate_access_policy(self, principalArn: str, policyArn: str, **_: Any) -> None:  # noqa: N803
        self._aws.entries[principalArn].add(policyArn)
