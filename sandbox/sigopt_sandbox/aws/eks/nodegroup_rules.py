"""What CreateNodegroup and UpdateNodegroupConfig refuse about sizes, labels and taints."""

from __future__ import annotations

import re

from sigopt_sandbox.aws.eks import quotas
from sigopt_sandbox.aws.eks.errors import invalid_parameter
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Doc

# What EKS gives a group that names no sizes.
DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
MAX_TAINTS = 50
MAX_INSTANCE_TYPES = 20
_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,62}")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_RESERVED = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")


def check_name(name: str) -> None:
    """At most 63 characters, a letter or digit first (user guide)."""
    if not _NAME.fullmatch(name):
        # EKS's words for other names; for this parameter not seen.
        raise invalid_parameter(
            "The parameter nodegroupName contains invalid characters. It should conform to the "
            'regular expression "^[0-9A-Za-z][A-Za-z0-9-_]*"In other words, it should start with a '
            "number or letter, and can contain numbers, letters, dashes, and underscores."
        )


def new_scaling(eks: Eks, given: Doc | None) -> Doc:
    """The sizes of a new group: all three or none (the texts are observed by users)."""
    if not given:
        return dict(DEFAULT_SCALING)
    missing = [m for m in DEFAULT_SCALING if m not in given]
    if missing:
        # All or none is in the model; the text was not found.
        raise invalid_parameter(f"scalingConfig: {', '.join(missing)} must be specified")
    scaling = {member: int(given[member]) for member in DEFAULT_SCALING}
    if scaling["minSize"] > scaling["desiredSize"]:
        raise invalid_parameter("minSize can't be greater than desiredSize")
    _check_most(eks, scaling)
    return scaling


def changed_scaling(eks: Eks, present: Doc, given: Doc) -> Doc:
    """The sizes after an update, which may name some of them.

    Raising min alone above the desired size is refused, in words of its own (observed by users).
    """
    scaling = {member: int({**present, **given}[member]) for member in DEFAULT_SCALING}
    if scaling["minSize"] > scaling["desiredSize"]:
        raise invalid_parameter(
            f"Minimum capacity {scaling['minSize']} can't be greater than desired size "
            f"{scaling['desiredSize']}"
        )
    _check_most(eks, scaling)
    return scaling


def _check_most(eks: Eks, scaling: Doc) -> None:
    if scaling["desiredSize"] > scaling["maxSize"]:
        raise invalid_parameter("desiredSize can't be greater than maxSize")
    quotas.check(eks, quotas.NODES, scaling["maxSize"], "Nodes per managed node group")


def _check_key(key: str) -> None:
    """The model's own limit (CreateNodegroup, Taint); with the service's text for such a thing."""
    if len(key) > 63:
        raise invalid_parameter(f"Member must have length less than or equal to 63: {key}")


def check_labels(labels: Doc | None) -> None:
    """Labels as Kubernetes takes them; EKS keeps some prefixes to itself.

    `node-role.kubernetes.io/` passes here since about 2023, and then keeps nodes from joining.
    """
    for key, value in (labels or {}).items():
        _check_key(key)
        prefix = key.rpartition("/")[0] + "/"
        reserved = any(prefix == r or prefix.endswith(f".{r}") for r in _RESERVED)
        if reserved and prefix == "eks.amazonaws.com/":
            raise invalid_parameter(
                "Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, "
                "eks.amazonaws.com/]"
            )
        if len(value) > 63 or not _VALUE.fullmatch(value):
            raise invalid_parameter(
                f"Invalid value: {value}: field must consist of alphanumeric characters, '-', '_' "
                "or '.'"
            )


def keeps_nodes_out(labels: Doc) -> bool:
    """Whether a kubelet refuses to start with these labels."""
    return any(key.startswith("node-role.kubernetes.io/") for key in labels)


def taints(given: list[Doc] | None) -> list[Doc]:
    """Taints as DescribeNodegroup returns them: an empty value is left out (observed by users)."""
    found = given or []
    if len(found) > MAX_TAINTS:
        raise invalid_parameter(f"A node group can have at most {MAX_TAINTS} taints")
    for taint in found:
        if not taint.get("key") or not taint.get("effect"):
            raise invalid_parameter("A taint needs a key and an effect")
        _check_key(taint["key"])
    return [{k: v for k, v in taint.items() if k != "value" or v} for taint in found]


def update_config(given: Doc | None, max_size: int) -> Doc:
    """How many nodes at once an update may take: exactly one of count and percentage."""
    config = dict(given or {"maxUnavailable": 1})
    count, percentage = config.get("maxUnavailable"), config.get("maxUnavailablePercentage")
    if (count is None) == (percentage is None):
        # The rule is in the model; the text was not found.
        raise invalid_parameter(
            "Exactly one of maxUnavailable and maxUnavailablePercentage must be specified"
        )
    if count is not None and count > max(1, min(max_size, 100)):
        raise invalid_parameter(
            "max-unavailable must be within the range 1 and max size of the node group"
        )
    return config
