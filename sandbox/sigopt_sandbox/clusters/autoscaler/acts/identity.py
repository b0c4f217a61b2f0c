"""Who the autoscaler is in AWS: what EKS Pod Identity would give its Pod, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from botocore.credentials import Credentials

from sigopt_sandbox.clusters.autoscaler.acts.aws_requests import NoCredentialsError
from sigopt_sandbox.clusters.autoscaler.values.pods import moment
from sigopt_sandbox.clusters.simulated_aws import SimulatedAws
from sigopt_sandbox.clusters.wanted import ClusterKey

AGENT_IMAGE = "eks-pod-identity-agent"
AGENT_ADDRESS = "169.254.170.23:80"
_RENEW_BEFORE = timedelta(minutes=5)
_WHOLE_SECONDS = 1.0
"""Creation timestamps of Kubernetes are cut to whole seconds."""

Pods = Callable[[], Iterable[Mapping[str, Any]]]
"""All pods of the cluster now."""


@dataclass
class PodIdentity:
    """The AWS identity of one Pod."""

    aws: SimulatedAws
    key: ClusterKey
    pod: Mapping[str, Any]
    pods: Pods
    _injected: bool | None = None
    """Whether the Pod got the environment of Pod Identity when it was created."""
    _credentials: Credentials | None = field(default=None, repr=False)
    _expires: datetime = field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))

    async def credentials(self) -> Credentials:
        """Credentials that are good for some minutes. Raises NoCredentialsError."""
        if self._credentials and datetime.now(UTC) < self._expires - _RENEW_BEFORE:
            return self._credentials
        given = await self._ask()
        if self._injected is None:
            self._injected = given is not None and self._made_before_the_pod(given)
        if not self._injected:
            raise NoCredentialsError(self._why_not_injected(given))
        if not self._agent_runs():
            raise NoCredentialsError(
                f"dial tcp {AGENT_ADDRESS}: no pod of {AGENT_IMAGE} runs on the pod's node"
            )
        if given is None:
            raise NoCredentialsError("the pod identity association is gone")
        if not given["credentials"]:
            raise NoCredentialsError(f"(AccessDeniedException): {given['refused']}")
        found = given["credentials"]
        self._expires = datetime.fromisoformat(found["Expiration"])
        self._credentials = Credentials(
            found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
        )
        return self._credentials

    async def _ask(self) -> dict[str, Any] | None:
        metadata, spec = self.pod["metadata"], self.pod["spec"]
        try:
            return await self.aws.pod_credentials(
                self.key,
                metadata["namespace"],
                spec.get("serviceAccountName", "default"),
                metadata["name"],
                metadata["uid"],
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoCredentialsError(f"the simulated EKS does not answer: {error!r}") from error

    def _made_before_the_pod(self, association: Mapping[str, Any]) -> bool:
        created = moment(self.pod["metadata"]["creationTimestamp"]).timestamp()
        return bool(association["createdAt"] <= created + _WHOLE_SECONDS)

    def _why_not_injected(self, association: Mapping[str, Any] | None) -> str:
        account = self.pod["spec"].get("serviceAccountName", "default")
        whose = f"service account {self.pod['metadata']['namespace']}/{account}"
        if association is None:
            why = f"{whose} had no pod identity association when the pod was created"
        else:
            why = (
                f"the pod is older than the pod identity association of {whose}"
                f" ({association['associationId']}): EKS injects the environment for it when a pod"
                " is created, so the pod has to be made anew"
            )
        return f"no EC2 IMDS role found: {why}"

    def _agent_runs(self) -> bool:
        node = self.pod["spec"].get("nodeName")
        return any(
            one["spec"].get("nodeName") == node
            and one.get("status", {}).get("phase") == "Running"
            and any(AGENT_IMAGE in box.get("image", "") for box in one["spec"]["containers"])
            for one in self.pods()
        )
