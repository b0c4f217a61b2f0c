"""The cluster's name: one that EKS takes, and of what is made here one that all of it can bear."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from sigopt_operator.api.rules import Rule, matches

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
EKS_NAME_PATTERN: Final = "[a-zA-Z0-9][-_a-zA-Z0-9]*"
EKS_NAME_LENGTH: Final = 100

MADE_NAME_PATTERN: Final = "[a-zA-Z][-a-zA-Z0-9]*"
"""As CloudFormation wants the names of stacks."""
MADE_NAME_LENGTH: Final = 48
"""An IAM role's name has 64 characters, and `<clusterName>-k8s-access-role` must fit."""

ClusterName = Annotated[
    str,
    Field(max_length=EKS_NAME_LENGTH),
    matches(
        EKS_NAME_PATTERN,
        "must begin with a letter or a digit and have only letters, digits, '-' and '_', as EKS"
        " has its clusters' names",
    ),
]


def _fits(name: str, pattern: str, length: int) -> bool:
    return len(name) <= length and re.fullmatch(pattern, name) is not None


def _fits_in_cel(path: str, pattern: str, length: int) -> str:
    return f"(size({path}) <= {length} && {path}.matches(r'^({pattern})$'))"


def _made_name_serves(spec: Mapping[str, Any]) -> bool:
    name = spec.get("cluster_name")
    made = spec.get("provider") != "custom" and spec.get("management_policy") != "Observe"
    return not made or not isinstance(name, str) or _fits(name, MADE_NAME_PATTERN, MADE_NAME_LENGTH)


MADE_NAME_RULE: Final = Rule(
    cel=(
        "self.provider == 'custom' || !has(self.clusterName)"
        " || (has(self.managementPolicy) && self.managementPolicy == 'Observe')"
        f" || {_fits_in_cel('self.clusterName', MADE_NAME_PATTERN, MADE_NAME_LENGTH)}"
    ),
    message=(
        "must begin with a letter and have only letters, digits and '-', at most"
        f" {MADE_NAME_LENGTH} characters, because the stack and the roles that are made for the"
        " cluster are called after it: choose such a name; a cluster that exists under another one"
        " can only be looked at, with managementPolicy: Observe"
    ),
    holds=_made_name_serves,
    field="cluster_name",
)
"""Of a cluster that is made or taken over; what is only observed is called as it is called."""


def _own_name_serves(obj: Mapping[str, Any]) -> bool:
    spec = obj["spec"]
    if spec.get("provider") != "aws" or "clusterName" in spec:
        return True
    name = obj["metadata"]["name"]
    if spec.get("managementPolicy") == "Observe":
        return _fits(name, EKS_NAME_PATTERN, EKS_NAME_LENGTH)
    return _fits(name, MADE_NAME_PATTERN, MADE_NAME_LENGTH)


OWN_NAME_RULE: Final = Rule(
    cel=(
        "self.spec.provider != 'aws' || has(self.spec.clusterName)"
        " || (has(self.spec.managementPolicy) && self.spec.managementPolicy == 'Observe'"
        f" ? {_fits_in_cel('self.metadata.name', EKS_NAME_PATTERN, EKS_NAME_LENGTH)}"
        f" : {_fits_in_cel('self.metadata.name', MADE_NAME_PATTERN, MADE_NAME_LENGTH)})"
    ),
    message=(
        "metadata.name cannot serve as the cluster's name in AWS (a letter, then letters, digits"
        f" and '-', at most {MADE_NAME_LENGTH} characters; with managementPolicy: Observe a name as"
        f" EKS takes it, without '.', at most {EKS_NAME_LENGTH}): set spec.clusterName, or choose"
        " another metadata.name; a cluster that exists under such a name can only be looked at,"
        " with managementPolicy: Observe"
    ),
    holds=_own_name_serves,
)
"""The one rule about the whole object: the cluster is called as the resource unless it says so."""
