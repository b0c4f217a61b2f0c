"""What the fake AWS says of the account, and sells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.refusals import refusal
from tests.fakes.world import FACTS, ZONES

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]
QUOTAS = {"L-1216C47A": 640.0, "L-DB2E81BA": 64.0, "L-0263D0A3": 5.0, "L-F678F1CE": 5.0}
QUOTAS |= {"L-1194D53C": 100.0}


class Account:
    """Operations that are asked before anything is made."""

    _aws: FakeAws

    def get_caller_identity(self) -> Answer:
        return {"Account": self._aws.account, "Arn": self._aws.caller}

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
        ContextEntries: list[Answer],  # noqa: N803
        **_: Any,
    ) -> Answer:
        tagged = any(":ResourceTag/" in entry["ContextKeyName"] for entry in ContextEntries)
        forbidden = self._aws.forbidden | (set() if tagged else self._aws.forbidden_untagged)
        apart = [action for action in ActionNames if action in self._aws.simulated_apart]
        if apart and len(ActionNames) > 1:
            others = ", ".join(action for action in ActionNames if action not in apart[:1])
            told = f"Invalid Input Actions: [{others}] and [{apart[0]}] require different "
            raise refusal("InvalidInput", f"{told}authorization information.")
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": ("implicitDeny" if action in forbidden else "allowed"),
                }
                for action in ActionNames
                for resource in ResourceArns
            ]
        }
