"""How long the simulated AWS itself takes for one cluster, by its own tables of durations.

The longest chain of what AWS does for a cluster, each thing asked for in the instant in which the
one before it is there: subnets and the cluster role in CloudFormation, the control plane, the
system pool's node group with its instance, coredns. No look and no call is in it.
"""

from __future__ import annotations

import runpy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sigopt_sandbox.aws.eks import durations as eks


def steps() -> dict[str, float]:
    """What follows what, in seconds of AWS's time."""
    stack, scaling = _table("cloudformation"), _table("autoscaling")
    made = stack["create"]
    # The cluster role takes less, and is made beside them.
    subnets = made("AWS::EC2::VPC") + made("AWS::EC2::Subnet")
    instance = scaling["NOTICED"] + scaling["IN_SERVICE"]
    return {
        "VPC and subnets": subnets,
        "control plane": eks.CREATE_CLUSTER,
        "node group of the system pool": (
            eks.NODEGROUP_GROUP + max(eks.NODEGROUP_JOIN, instance) + eks.NODEGROUP_JOIN
        ),
        "coredns": eks.CREATE_ADDON,
    }


def seconds() -> float:
    """The whole of it, in seconds of AWS's time."""
    return sum(steps().values())


def _table(service: str) -> dict[str, Any]:
    """By its file: only the simulated AWS's own environment can import these packages."""
    found = find_spec("sigopt_sandbox")
    if found is None or not found.submodule_search_locations:
        raise LookupError("sigopt_sandbox is not installed")
    room = Path(found.submodule_search_locations[0])
    return runpy.run_path(str(room / "aws" / "mends" / service / "durations.py"))
