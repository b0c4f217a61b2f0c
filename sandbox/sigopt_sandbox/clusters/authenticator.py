"""Who may in, and through which access policies: the judgement both kinds of endpoints share."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sigopt_sandbox.clusters.access_policies import Association
from sigopt_sandbox.clusters.directories import ClusterDirectories
from sigopt_sandbox.clusters.simulated_aws import Access, Identity, SimulatedAws
from sigopt_sandbox.clusters.tokens import TokenRefusedError, read_token
from sigopt_sandbox.clusters.wanted import ClusterKey

EXTRA_ARN = "arn"
EXTRA_SESSION = "sessionName"
EXTRA_PRINCIPAL = "principalId"

POLICIES_KEPT_SECONDS = 1.0
"""How long a caller's policies are remembered: an operator's burst of requests asks once. On EKS
a change of access policies takes several seconds to act."""


@dataclass(frozen=True)
class User:
    """A caller who was let in, as the API server is told."""

    username: str
    uid: str
    groups: tuple[str, ...]
    extra: tuple[tuple[str, tuple[str, ...]], ...]


class Authenticator:
    """Judges bearer tokens by the simulated STS and the cluster's access entries."""

    def __init__(
        self,
        aws: SimulatedAws,
        hosts: Set[str],
        directories: ClusterDirectories,
        now: Callable[[], datetime],
    ) -> None:
        """`hosts` are the STS hosts ("HOST:PORT") that tokens may be signed for."""
        self._aws = aws
        self._hosts = hosts
        self._directories = directories
        self._now = now
        self._policies: dict[tuple[ClusterKey, str, str], _Remembered] = {}

    async def authenticate(self, key: ClusterKey, token: str) -> User:
        """The user behind `token` in the cluster `key`.

        Raises TokenRefusedError when it is refused, which is also logged, with the authenticator's
        text, in the cluster's own log; aiohttp.ClientError when the aws process does not answer.
        """
        try:
            request = read_token(token, self._hosts, self._now())
            identity = await self._aws.caller_identity(request, key.name, key.region)
            access = await self._aws.access(key, identity)
            if access is None:
                raise TokenRefusedError(f"identity is not mapped: {identity.canonical_arn}")
        except TokenRefusedError as refusal:
            self._directories.log_authenticator(
                key, f'level=warning msg="access denied" error="{refusal}"'
            )
            raise
        self._remember(key, identity, access.policies)
        self._directories.log_authenticator(
            key,
            f'level=info msg="access granted" arn="{identity.arn}" username="{access.username}"'
            f" groups={list(access.groups)}",
        )
        return _user(identity, access)

    async def policies(self, key: ClusterKey, identity: Identity) -> tuple[Association, ...]:
        """The access policies associated with `identity` now; none when its entry is gone."""
        remembered = self._policies.get((key, identity.arn, identity.user_id))
        if remembered and time.monotonic() < remembered.until:
            return remembered.policies
        access = await self._aws.access(key, identity)
        return self._remember(key, identity, access.policies if access else ())

    def _remember(
        self, key: ClusterKey, identity: Identity, policies: tuple[Association, ...]
    ) -> tuple[Association, ...]:
        now = time.monotonic()
        self._policies = {who: one for who, one in self._policies.items() if one.until > now}
        until = now + POLICIES_KEPT_SECONDS
        self._policies[key, identity.arn, identity.user_id] = _Remembered(policies, until)
        return policies


@dataclass(frozen=True)
class _Remembered:
    policies: tuple[Association, ...]
    until: float
    """On the monotonic clock."""


def identity_of(extra: Mapping[str, Sequence[str]]) -> Identity | None:
    """The AWS identity that a user's extras carry; None for service accounts and the like."""
    arn, principal = _first(extra, EXTRA_ARN), _first(extra, EXTRA_PRINCIPAL)
    if not arn or not principal:
        return None
    return Identity(arn, arn.split(":")[4], principal, _first(extra, EXTRA_SESSION), "")


def _first(extra: Mapping[str, Sequence[str]], name: str) -> str:
    # API servers lower the names of extras on their way.
    values = extra.get(name) or extra.get(name.lower()) or [""]
    return values[0]


def _user(identity: Identity, access: Access) -> User:
    """What aws-iam-authenticator tells an API server about a caller."""
    principal = (identity.principal_id,)
    extra = {
        EXTRA_ARN: (identity.arn,),
        "canonicalArn": (identity.canonical_arn,),
        EXTRA_SESSION: (identity.session_name,),
        "accessKeyId": (identity.access_key_id,),
        EXTRA_PRINCIPAL: principal,
        "sigs.k8s.io/aws-iam-authenticator/principalId": principal,
    }
    uid = access.uid or f"aws-iam-authenticator:{identity.account}:{identity.principal_id}"
    return User(access.username, uid, access.groups, tuple((extra | dict(access.extra)).items()))
