"""EKS's service quotas (two public dumps of the defaults), each changeable for a test."""

from __future__ import annotations

from sigopt_sandbox.aws.eks.errors import limit_exceeded
from sigopt_sandbox.aws.eks.service import Eks

CLUSTERS = "L-1194D53C"
NODEGROUPS = "L-6D54EA21"
NODES = "L-BD136A63"
SECURITY_GROUPS = "L-11427A54"
PUBLIC_CIDRS = "L-93A74D60"
ACCESS_ENTRIES = "L-C56B9FC3"
POD_IDENTITIES = "pod-identity-associations"

DEFAULTS = {
    CLUSTERS: 100,
    NODEGROUPS: 30,
    NODES: 450,
    SECURITY_GROUPS: 4,
    PUBLIC_CIDRS: 40,
    # Not found in any dump; assumed far above what a test makes.
    ACCESS_ENTRIES: 1000,
    # Not in Service Quotas; user guide, service-quotas.
    POD_IDENTITIES: 1000,
}


def limit(eks: Eks, quota: str) -> int:
    """The value of a quota in force."""
    return eks.quotas.get(quota, DEFAULTS[quota])


def check(eks: Eks, quota: str, wanted: int, what: str, **fields: object) -> None:
    """Refuse when `wanted` is beyond a quota. EKS's text was not found; this one says it all."""
    most = limit(eks, quota)
    if wanted > most:
        raise limit_exceeded(f"{what}: the limit is {most}", **fields)
