"""Typed clients of one account and region, and where they come from."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from sigopt_operator.aws.errors import AwsError, translated
from sigopt_operator.plan.trouble import Kind, Trouble

if TYPE_CHECKING:
    from types_boto3_autoscaling import AutoScalingClient
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_eks import EKSClient
    from types_boto3_elb import ElasticLoadBalancingClient
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_iam import IAMClient
    from types_boto3_service_quotas import ServiceQuotasClient
    from types_boto3_sts import STSClient

CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
    user_agent_extra="sigopt-operator",
)
"""Three attempts inside a call; beyond that the next round is the retry."""

MOST_KEPT = 256
"""Sets of clients in memory, one for each pair of credentials and region; beyond, all anew."""

KEY_ID = "aws_access_key_id"
SECRET_KEY = "aws_secret_access_key"  # noqa: S105 - the name of a key, not its value
SESSION_TOKEN = "aws_session_token"  # noqa: S105 - the name of a key, not its value

SecretReader = Callable[[str, str], Mapping[str, bytes] | None]
"""Reads a Secret's data by namespace and name; None where there is none."""


@dataclass(frozen=True)
class Clients:
    """One client a service; each is safe to share between threads."""

    session: boto3.Session
    region: str
    cloudformation: CloudFormationClient
    ec2: EC2Client
    eks: EKSClient
    iam: IAMClient
    sts: STSClient
    autoscaling: AutoScalingClient
    elb: ElasticLoadBalancingClient
    elbv2: ElasticLoadBalancingv2Client
    service_quotas: ServiceQuotasClient


class ClientSource:
    """Hands out clients, one set for each pair of credentials and region.

    Making a set reads megabytes of service descriptions, so sets are kept; they are found by a
    digest of the credentials, so a rotated Secret is a new set at once.
    """

    def __init__(self, read_secret: SecretReader) -> None:
        self._read_secret = read_secret
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], Clients] = {}

    def clients(self, namespace: str, secret: str | None, region: str) -> Clients:
        """Clients for a resource; AwsError(CREDENTIALS) says what is wrong with its Secret."""
        keys = self._keys(namespace, secret) if secret else {}
        digest = hashlib.sha256(repr(sorted(keys.items())).encode()).hexdigest()
        with self._lock:
            kept = self._kept.get((digest, region))
            if kept is None:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                with translated():
                    kept = self._kept[digest, region] = _make(_session(keys), region)
            return kept

    def _keys(self, namespace: str, secret: str) -> dict[str, str]:
        data = self._read_secret(namespace, secret)
        where = f"spec.aws.credentialsSecretRef: Secret {namespace}/{secret}"
        if data is None:
            raise _unusable("SecretMissing", f"{where} does not exist; create it with {_NEEDED}")
        missing = [key for key in (KEY_ID, SECRET_KEY) if not data.get(key, b"").strip()]
        if missing:
            told = f"{where} lacks {' and '.join(missing)}; it needs {_NEEDED}"
            raise _unusable("SecretIncomplete", told)
        wanted = (KEY_ID, SECRET_KEY, SESSION_TOKEN)
        try:
            return {key: data[key].decode("ascii").strip() for key in wanted if data.get(key)}
        except UnicodeDecodeError:
            told = f"{where} holds something that is no access key; it needs {_NEEDED}"
            raise _unusable("SecretUnreadable", told) from None


_NEEDED = f"keys {KEY_ID} and {SECRET_KEY}"


def _unusable(code: str, message: str) -> AwsError:
    return AwsError(Trouble(Kind.CREDENTIALS, code, message, "credentials"))


def _session(keys: Mapping[str, str]) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=keys.get(KEY_ID),
        aws_secret_access_key=keys.get(SECRET_KEY),
        aws_session_token=keys.get(SESSION_TOKEN),
    )


def _make(session: boto3.Session, region: str) -> Clients:
    return Clients(
        session=session,
        region=region,
        cloudformation=session.client("cloudformation", region_name=region, config=CONFIG),
        ec2=session.client("ec2", region_name=region, config=CONFIG),
        eks=session.client("eks", region_name=region, config=CONFIG),
        iam=session.client("iam", region_name=region, config=CONFIG),
        sts=session.client("sts", region_name=region, config=CONFIG),
        autoscaling=session.client("autoscaling", region_name=region, config=CONFIG),
        elb=session.client("elb", region_name=region, config=CONFIG),
        elbv2=session.client("elbv2", region_name=region, config=CONFIG),
        service_quotas=session.client("service-quotas", region_name=region, config=CONFIG),
    )
