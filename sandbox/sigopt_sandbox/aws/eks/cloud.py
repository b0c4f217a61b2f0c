"""What EKS asks of the other services of the same simulated AWS: EC2, IAM, Auto Scaling.

Calls go through the sandbox's internal dispatch: as on the wire, in the account and region of the
cluster, without signature or policy (EKS acts with a service-linked role of its own).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sigopt_sandbox.aws.eks.store import Scope
from sigopt_sandbox.aws.errors import AwsError

__all__ = ["AwsError", "Call", "Cloud", "passed_through"]


class Call(Protocol):
    """The internal dispatch: answers in boto3's shape, or raises AwsError."""

    def __call__(
        self, service: str, action: str, params: Mapping[str, Any], *, account: str, region: str
    ) -> dict[str, Any]:
        """Call `action` of `service` in a scope."""
        ...


@dataclass(frozen=True)
class Cloud:
    """The other services, asked in the scope of a cluster."""

    call: Call

    def ec2(self, scope: Scope, action: str, **params: Any) -> dict[str, Any]:
        """Call EC2."""
        return self.call("ec2", action, params, account=scope.account, region=scope.region)

    def iam(self, scope: Scope, action: str, **params: Any) -> dict[str, Any]:
        """Call IAM."""
        return self.call("iam", action, params, account=scope.account, region=scope.region)

    def autoscaling(self, scope: Scope, action: str, **params: Any) -> dict[str, Any]:
        """Call EC2 Auto Scaling."""
        return self.call("autoscaling", action, params, account=scope.account, region=scope.region)


def passed_through(error: AwsError) -> str:
    """The text in which EKS passes an EC2 error on (observed by users)."""
    return (
        f"{error.message} (Service: AmazonEC2; Status Code: 400; Error Code: {error.code}; "
        "Request ID: 00000000-0000-0000-0000-000000000000; Proxy: null)"
    )
