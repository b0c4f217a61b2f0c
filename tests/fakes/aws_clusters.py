"""The control plane of the fake AWS, and who may use it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from tests.fakes.authority import Authority
from tests.fakes.aws_versions import BEGAN
from tests.fakes.refusals import refusal
from tests.fakes.world import WHO

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

AUTHORITY = base64.b64encode(Authority().pem.encode()).decode()
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
            "certificateAuthority": {"data": AUTHORITY},
            "tags": tags,
            "logging": {"clusterLogging": []},
            **rest,
            "resourcesVpcConfig": {
                "subnetIds": [],
                "endpointPublicAccess": True,
                "endpointPrivateAccess": True,
                "publicAccessCidrs": ["0.0.0.0/0"],
                **rest.get("resourcesVpcConfig", {}),
                "vpcId": "vpc-1",
            },
        }

    def delete_cluster(self, name: str) -> None:
        if self._aws.groups:
            raise refusal("ResourceInUseException", "Cluster has nodegroups attached", status=409)
        self.describe_cluster(name=name)["cluster"]["status"] = "DELETING"

    def list_associated_access_policies(self, principalArn: str, **_: Any) -> Answer:  # noqa: N803
        if principalArn not in self._aws.entries:
            raise refusal("ResourceNotFoundException", "The specified principalArn is not there")
        told = [
            {
                "policyArn": arn,
                "accessScope": {
                    "type": "namespace" if namespaces else "cluster",
                    "namespaces": list(namespaces),
                },
            }
            for arn, namespaces in self._aws.entries[principalArn].items()
        ]
        return {"associatedAccessPolicies": told}

    def list_access_entries(self, **_: Any) -> Answer:
        return {"accessEntries": list(self._aws.entries)}

    def describe_access_entry(self, principalArn: str, **_: Any) -> Answer:  # noqa: N803
        if principalArn not in self._aws.entries:
            raise refusal("ResourceNotFoundException", "The specified principalArn is not there")
        arn = f"arn:aws:eks:us-west-2:111122223333:access-entry/{principalArn.split('/')[-1]}"
        unknown = {"createdAt": BEGAN, "tags": {}}
        details = self._aws.entry_details.get(principalArn, unknown)
        return {"accessEntry": {"accessEntryArn": arn, **details}}

    def create_access_entry(self, principalArn: str, tags: Answer, **_: Any) -> None:  # noqa: N803
        if principalArn in self._aws.nobody:
            text = "The specified principalArn is invalid: invalid principal."
            raise refusal("InvalidParameterException", text)
        if principalArn in self._aws.entries:
            text = "The specified access entry resource is already in use on this cluster."
            raise refusal("ResourceInUseException", text)
        self._aws.entries[principalArn] = {}
        details = {"createdAt": self._aws.now(), "tags": dict(tags)}
        self._aws.entry_details[principalArn] = details

    def delete_access_entry(self, principalArn: str, **_: Any) -> None:  # noqa: N803
        if self._aws.entries.pop(principalArn, None) is None:
            raise refusal("ResourceNotFoundException", "The specified principalArn is not there")

    def associate_access_policy(
        self,
        principalArn: str,  # noqa: N803
        policyArn: str,  # noqa: N803
        accessScope: Answer,  # noqa: N803
        **_: Any,
    ) -> None:
        if policyArn.endswith("NoSuchPolicy"):
            text = f"The specified policyArn is invalid: {policyArn}"
            raise refusal("InvalidParameterException", text)
        namespaces = tuple(accessScope.get("namespaces", ()))
        self._aws.entries[principalArn][policyArn] = namespaces

    def disassociate_access_policy(self, principalArn: str, policyArn: str, **_: Any) -> None:  # noqa: N803
        del self._aws.entries[principalArn][policyArn]
