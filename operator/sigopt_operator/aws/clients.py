"""Typed clients of one account and region, and where they come from."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from sigopt_operator.aws import asking
from sigopt_operator.aws.assume import Base, assumed, renewed, session_with
from sigopt_operator.aws.budget import Budgets, Spender
from sigopt_operator.aws.errors import AwsError, translated
from sigopt_operator.aws.kept import Kept
from sigopt_operator.aws.keys import KEY_ID, SECRET_KEY, SESSION_TOKEN, SecretReader, read_keys
from sigopt_operator.aws.models import loader
from sigopt_operator.aws.shared import Shared
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.trouble import Kind

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
    retries={"mode": "standard", "total_max_attempts": asking.ATTEMPTS},
    max_pool_connections=32,
    user_agent_extra="sigopt-operator",
)

IDLE = 1800.0
"""Seconds of AWS's time, where resources are looked at far more often, whatever they wait for: so
nobody is left who has these credentials, and their memory (some 2 MB a set) and connections are of
no use. Those that are in use all stay: one too few would be made anew in nearly every round."""

AGAIN = 30.0
"""Seconds of AWS's time after which refused or missing credentials may have been mended: to look
for them, and to make clients, takes others' time, and every resource with them would do so."""


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
    shared: Shared = field(compare=False)
    """What those with this login were told of the whole account, in whatever region."""

    def close(self) -> None:
        """Hang up; whoever still uses it connects anew.

        Otherwise its connections last until Python comes to collect what refers to itself.
        """
        for client in (self.cloudformation, self.ec2, self.eks, self.iam, self.sts):
            client.close()
        for other in (self.autoscaling, self.elb, self.elbv2, self.service_quotas):
            other.close()


class ClientSource:
    """Hands out clients, one set for each login and region: no two logins ever share one.

    Making a set takes time and memory, so sets are kept; they are found by a digest of the
    credentials, so a rotated Secret is a new set at once. Safe to use from many threads.
    """

    def __init__(
        self, read_secret: SecretReader, budgets: Budgets, *, drift_within: float = 0.0
    ) -> None:
        """`drift_within` is in seconds of AWS's time; resources are looked at more often."""
        idle = max(IDLE, drift_within)
        self._read_secret = read_secret
        self._budgets = budgets
        self._lock = threading.Lock()
        self._bases: Kept[Base] = Kept(idle, budgets.clock.now, Base.close)
        self._sets: Kept[Clients] = Kept(idle, budgets.clock.now, Clients.close)
        self._shared: Kept[Shared] = Kept(idle, budgets.clock.now, lambda _: None)
        self._loader = loader()
        self._none_until = -inf
        """Until when the operator is taken to have no credentials of its own."""

    def clients(self, login: Login, region: str) -> Clients:
        """Clients for a resource, with credentials that are good for ten minutes at least.

        Raises AwsError: CREDENTIALS says what is wrong with the Secret or the keys, DENIED how the
        role is to be assumed.
        """
        keys = read_keys(self._read_secret, login.namespace, login.secret) if login.secret else {}
        digest = hashlib.sha256(repr(sorted(keys.items())).encode()).hexdigest()
        with self._lock, translated():
            if not login.role_arn:
                shared = self._shared.of((digest,), Shared)
                return self._sets.of(
                    (digest, region), lambda: _make(self._given(keys, region), region, shared)
                )
            base = self._bases.of((digest, region), lambda: self._base(keys, region))
            shared = self._shared.of((digest, login.role_arn, login.external_id), Shared)
            found = self._sets.of(
                (digest, region, login.role_arn, login.external_id),
                lambda: _make(self._assuming(base, login, region), region, shared),
            )
        # Outside of the lock: STS may take its time, and others need not wait for it.
        try:
            with translated():
                renewed(found.session)
        except AwsError as error:
            if error.trouble.kind is Kind.CREDENTIALS:
                # Of whoever assumes the role: the set goes on asking with those that it began with.
                with self._lock:
                    self._sets.drop(found, age=AGAIN)
                    self._bases.drop(base, age=AGAIN)
            raise
        return found

    def forget(self, clients: Clients) -> None:
        """Make this set anew next time: what it signs with was refused, and it is not quite new.

        A session outlives its role: when the role is made again, or its sessions are revoked, the
        one that is there stays refused until it expires. And credentials of the operator's own
        that were found in a file are those that it had when the set was made.
        """
        with self._lock:
            self._sets.drop(clients, age=AGAIN)

    def tidy(self) -> None:
        """Close what nobody uses any more: to be called now and then, whether or not others ask."""
        with self._lock:
            for kept in (self._sets, self._bases, self._shared):
                kept.tidy()

    @property
    def count(self) -> int:
        """How many sets there are."""
        return len(self._sets)

    def _base(self, keys: Mapping[str, str], region: str) -> Base:
        session = self._given(keys, region)
        return Base(
            session.client("sts", region_name=region, config=CONFIG),
            session.client("iam", region_name=region, config=CONFIG),
        )

    def _given(self, keys: Mapping[str, str], region: str) -> boto3.Session:
        if not keys and self._budgets.clock.now() < self._none_until:
            raise NoCredentialsError
        core = botocore.session.get_session()
        session = boto3.Session(
            aws_access_key_id=keys.get(KEY_ID),
            aws_secret_access_key=keys.get(SECRET_KEY),
            aws_session_token=keys.get(SESSION_TOKEN),
            botocore_session=core,
        )
        self._equip(core)
        Spender(self._budgets, region).attach(session.events)
        # Clients that found none when they were made would have none for ever.
        if session.get_credentials() is None:
            self._none_until = self._budgets.clock.now() + AGAIN
            raise NoCredentialsError
        return session

    def _assuming(self, base: Base, login: Login, region: str) -> boto3.Session:
        core = session_with(assumed(base, login))
        session = boto3.Session(botocore_session=core)
        self._equip(core)
        Spender(self._budgets, region, login.account).attach(session.events)
        return session

    def _equip(self, core: botocore.session.Session) -> None:
        """Only once boto3 has set it up: that adds a path to the loader that the session has."""
        core.register_component("data_loader", self._loader)
        asking.attach(core)


def _make(session: boto3.Session, region: str, shared: Shared) -> Clients:
    return Clients(
        session=session,
        region=region,
        shared=shared,
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
