"""What an EKS node leaves for pods: its capacity less what the kubelet reserves.

The formulas are those of the EKS optimized images (amazon-eks-ami, nodeadm): 255 MiB and 11 MiB
per pod of memory, a falling share of each core, and the kubelet's eviction threshold of 100 MiB.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MIB = 1024**2
_UNITS = {"": 1, "Ki": 1024, "Mi": MIB, "Gi": 1024**3, "k": 1000, "M": 10**6, "G": 10**9}
_RESERVED_MILLICPU = ((1, 60), (2, 10), (4, 5))
"""Up to this many cores, reserve so many thousandths of each core."""
_RESERVED_MILLICPU_BEYOND = 2.5


def allocatable(capacity: Mapping[str, str]) -> dict[str, str]:
    """The allocatable amounts for a capacity with "cpu", "memory" and "pods"."""
    cores, pods = float(capacity["cpu"]), int(capacity["pods"])
    memory = _bytes(capacity["memory"]) - (255 + 11 * pods + 100) * MIB
    return dict(capacity) | {
        "cpu": f"{int(cores * 1000 - _reserved_millicpu(cores))}m",
        "memory": f"{max(memory, 0) // 1024}Ki",
    }


def _reserved_millicpu(cores: float) -> float:
    reserved, counted = 0.0, 0.0
    for up_to, share in _RESERVED_MILLICPU:
        here = max(min(cores, up_to) - counted, 0)
        reserved += here * share
        counted += here
    return reserved + (cores - counted) * _RESERVED_MILLICPU_BEYOND


def _bytes(quantity: str) -> int:
    match = re.fullmatch(r"(\d+)([A-Za-z]*)", quantity)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"not an amount of memory: {quantity!r}")
    return int(match[1]) * _UNITS[match[2]]
