"""What this process asks of the simulated AWS: which clusters there are, and who a caller is."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from sigopt_sandbox.clusters.access_policies import Association
from sigopt_sandbox.clusters.tokens import (
    CLUSTER_HEADER,
    SignedIdentityRequest,
    TokenRefusedError,
)
from sigopt_sandbox.clusters.wanted import ClusterKey, WantedCluster, read_clusters

STS_TIMEOUT = aiohttp.ClientTimeout(total=10)
"""aws-iam-authenticator gives STS ten seconds."""
ADMIN_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True)
class Identity:
    """Who signed a token, as STS says."""

    arn: str
    account: str
    principal_id: str
    """The unique id of the user or role (AIDA..., AROA...)."""
    session_name: str
    """The role session's name, or "" for a user."""
    access_key_id: str

    @property
    def canonical_arn(self) -> str:
        """The ARN that access entries name: an assumed role's role, without its path."""
        arn, _, resource = self.arn.rpartition(":")
        if not resource.startswith("assumed-role/"):
            return self.arn
        partition = arn.split(":")[1]
        return f"arn:{partition}:iam::{self.account}:role/{resource.split('/')[1]}"

    @property
    def user_id(self) -> str:
        """The UserId of GetCallerIdentity: a role session's carries its name."""
        return (
            f"{self.principal_id}:{self.session_name}" if self.session_name else self.principal_id
        )


@dataclass(frozen=True)
class Access:
    """What a cluster's access entries give a caller that one of them matches."""

    username: str
    uid: str
    groups: tuple[str, ...]
    extra: tuple[tuple[str, tuple[str, ...]], ...]
    policies: tuple[Association, ...]


class SimulatedAws:
    """The admin API and the STS of the aws process, reached directly (no faults in between)."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        """`url` is the aws process's own, "http://127.0.0.1:PORT"."""
        self._session = session
        self._url = url.rstrip("/")

    async def clusters(self) -> dict[ClusterKey, WantedCluster]:
        """The clusters that want an endpoint now. Raises aiohttp.ClientError when not answered."""
        return read_clusters(await self._admin("GET", "/_sandbox/clusters"))

    async def report_endpoint(self, key: ClusterKey, endpoint: str, authority: str) -> None:
        """Tell EKS that the cluster's API server answers at `endpoint` (`authority` in base64)."""
        await self._admin(
            "PUT",
            f"/_sandbox/clusters/{key.path}/endpoint",
            {"endpoint": endpoint, "certificateAuthority": authority},
        )

    async def access(self, key: ClusterKey, identity: Identity) -> Access | None:
        """What the cluster's access entries give `identity`, or None without a matching entry."""
        answer = await self._admin(
            "POST",
            "/_sandbox/authenticate",
            {
                "account": key.account,
                "region": key.region,
                "name": key.name,
                "callerArn": identity.arn,
                "userId": identity.user_id,
            },
        )
        return _access(answer) if answer["allowed"] else None

    async def pod_credentials(
        self, key: ClusterKey, namespace: str, service_account: str, pod: str, uid: str
    ) -> dict[str, Any] | None:
        """What EKS Pod Identity gives a pod; None when its service account has no association.

        See `sigopt_sandbox.aws.eks.pod_credentials.assume`.
        """
        asked = {"namespace": namespace, "serviceAccount": service_account, "pod": pod, "uid": uid}
        try:
            answer = await self._admin(
                "POST", f"/_sandbox/clusters/{key.path}/pod-credentials", asked
            )
        except aiohttp.ClientResponseError as error:
            if error.status == 404:
                return None
            raise
        return dict(answer)

    async def caller_identity(
        self, request: SignedIdentityRequest, cluster_name: str, region: str
    ) -> Identity:
        """Send a token's request to STS as signed, for this very cluster.

        The cluster's name goes into the header that the caller signed, so a token for another
        cluster fails the signature. Raises TokenRefusedError with the authenticator's text.
        """
        headers = {
            "Host": request.host,
            CLUSTER_HEADER: cluster_name,
            "Accept": "application/json",
        }
        url = URL(f"{self._url}/?{request.query}", encoded=True)
        try:
            async with self._session.get(
                url, headers=headers, timeout=STS_TIMEOUT, allow_redirects=False
            ) as response:
                status, body = response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _sts_failed(f"error during GET: {error} on {region} endpoint") from error
        if status != 200:
            raise _sts_failed(
                f"error from AWS (expected 200, got {status}) on {region} endpoint. Body: {body}"
            )
        return _identity(body, request.access_key_id)

    async def _admin(self, method: str, path: str, body: object = None) -> Any:
        async with self._session.request(
            method, self._url + path, json=body, timeout=ADMIN_TIMEOUT, raise_for_status=True
        ) as response:
            text = await response.text()
            return json.loads(text) if text else None


def _sts_failed(why: str) -> TokenRefusedError:
    return TokenRefusedError(f"sts getCallerIdentity failed: {why}")


def _identity(body: str, access_key_id: str) -> Identity:
    """Read STS's answer, which is JSON when asked for so, or the XML of its query protocol."""
    try:
        answer = _identity_json(body) if body.lstrip().startswith("{") else _identity_xml(body)
        principal_id, _, session_name = answer["UserId"].partition(":")
        return Identity(answer["Arn"], answer["Account"], principal_id, session_name, access_key_id)
    except (ValueError, KeyError, ET.ParseError) as error:
        raise _sts_failed(f"unreadable answer: {error!r}") from error


def _identity_json(body: str) -> dict[str, str]:
    answer = json.loads(body)
    wrapped = answer.get("GetCallerIdentityResponse", {}).get("GetCallerIdentityResult")
    return dict(wrapped or answer)


def _identity_xml(body: str) -> dict[str, str]:
    # The answer comes from this sandbox's own process: nothing to defend the parser against.
    root = ET.fromstring(body)  # noqa: S314 - our own AWS answers
    return {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}


def _access(answer: Mapping[str, Any]) -> Access:
    return Access(
        username=answer["username"],
        uid=answer.get("uid", ""),
        groups=tuple(answer.get("groups", ())),
        extra=tuple((name, tuple(values)) for name, values in answer.get("extra", {}).items()),
        policies=tuple(_association(one) for one in answer.get("policies", ())),
    )


def _association(listed: Mapping[str, Any]) -> Association:
    namespaces = listed.get("namespaces", ()) if listed["scope"] == "namespace" else None
    return Association(listed["policy"], None if namespaces is None else tuple(namespaces))
