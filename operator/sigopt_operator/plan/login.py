"""With which credentials a resource is worked on: decided from its spec and the settings alone.

A role is assumed either with the keys of the resource's own Secret or with the operator's own
identity. Those keys are the tenant's, and so is the external ID. The operator's identity serves
many tenants, so there the external ID is the operator's to say: were it the tenant's, everybody
who may write a SigOptCluster could have the operator assume whatever role trusts it (the confused
deputy: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.spec import Provider
from sigopt_operator.plan.steps import Blocked

NAMESPACES_SETTING: Final = "SIGOPT_OPERATOR_IDENTITY_NAMESPACES"
SEED_SETTING: Final = "SIGOPT_OPERATOR_EXTERNAL_ID_SEED"
EXTERNAL_ID_LENGTH: Final = 32
"""128 bits in hex: nobody meets another's by chance, and a person can still compare two."""


@dataclass(frozen=True)
class OwnIdentity:
    """What the operator's administrator decided about the operator's own identity."""

    namespaces: frozenset[str] | None = None
    """Those whose resources may use it; None: all of them."""
    seed: str | None = field(default=None, repr=False)
    """The secret of this installation behind its external IDs; None: it has none."""


@dataclass(frozen=True)
class Login:
    """Whose keys begin, and which role they assume, if any."""

    namespace: str
    secret: str | None = None
    """The Secret with the keys; None: the operator's own identity."""
    role_arn: str | None = None
    external_id: str | None = None
    """What is sent along when the role is assumed."""

    @property
    def account(self) -> str | None:
        """The account of the role; None without one: only AWS knows whose keys are."""
        return self.role_arn.split(":")[4] if self.role_arn else None

    @property
    def told_external_id(self) -> str | None:
        """The external ID that a person cannot know but from the operator."""
        return None if self.secret else self.external_id


def login_of(resource: SigOptCluster, own: OwnIdentity) -> Login | Blocked:
    """The login of a resource, or why it has none."""
    if resource.spec.provider is Provider.CUSTOM:
        return Login(resource.namespace)  # with which nobody logs in
    if resource.unreadable:
        return Blocked(
            "InvalidSpec",
            f"{', '.join(resource.unreadable)}: what a deletion goes by (what was made, with whose "
            f"keys, and whether to delete it) breaks the rules of the spec here, so nothing is "
            f"deleted by a guess: mend it as it was when the cluster was made, or set "
            f"spec.deletionPolicy: Retain, which lets go of everything in AWS as it is",
        )
    aws = resource.spec.aws
    if aws.credentials_secret_ref:
        secret = aws.credentials_secret_ref.name
        return Login(resource.namespace, secret, aws.role_arn, aws.external_id)
    if own.namespaces is not None and resource.namespace not in own.namespaces:
        return Blocked(
            "IdentityNotAllowed",
            f"resources in namespace {resource.namespace} may not use the operator's own AWS "
            f"identity, and this one names no credentials: name a Secret of this namespace in "
            f"spec.aws.credentialsSecretRef, or have the operator's administrator add the "
            f"namespace to {NAMESPACES_SETTING}",
        )
    if not aws.role_arn:
        return Login(resource.namespace)
    if not own.seed:
        return Blocked(
            "ExternalIdSeedMissing",
            f"spec.aws.roleArn without spec.aws.credentialsSecretRef is assumed with the "
            f"operator's own identity, and this operator has no seed for the external ID that "
            f"goes with it: have its administrator set {SEED_SETTING}, or name a Secret in "
            f"spec.aws.credentialsSecretRef whose keys assume the role",
        )
    told = external_id(own.seed, resource.namespace, resource.name)
    return Login(resource.namespace, None, aws.role_arn, told)


def external_id(seed: str, namespace: str, name: str) -> str:
    """The external ID of one resource: always the same, and of no other namespace or name.

    A namespace has no `/` in it, so no two resources share what is hashed.
    """
    told = hmac.new(seed.encode(), f"{namespace}/{name}".encode(), hashlib.sha256)
    return told.hexdigest()[:EXTERNAL_ID_LENGTH]


def trust_statement(principal_arn: str, external_id: str | None) -> dict[str, Any]:
    """The statement by which a role trusts that principal.

    TagSession because sessions of EKS Pod Identity bring tags along that are passed on, and a role
    that does not take them refuses the whole.
    """
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": principal_arn},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    if external_id:
        condition: Mapping[str, Any] = {"StringEquals": {"sts:ExternalId": external_id}}
        statement["Condition"] = condition
    return statement
