"""Kubernetes quantities as whole thousandths: "100m" is 100, "2" is 2000, "1Ki" is 1024000."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal

Amounts = dict[str, int]
"""Thousandths of each resource by its name."""

THOUSAND = 1000

_FORM = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([a-zA-Z]*))")
_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", 1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
}


def thousandths(quantity: str) -> int:
    """The amount, rounded up as Kubernetes does. Raises ValueError for what is no quantity."""
    match = _FORM.fullmatch(str(quantity).strip())
    if match is None or match[3] not in (*_SUFFIXES, None):
        raise ValueError(f"not a quantity: {quantity!r}")
    number = Decimal(match[1] + match[2]) if match[2] else Decimal(match[1])
    amount = number * _SUFFIXES[match[3] or ""] * THOUSAND
    return int(amount.to_integral_value(ROUND_CEILING))


def amounts(listed: Mapping[str, str] | None) -> Amounts:
    """A resource list of an object, such as `requests` or `allocatable`."""
    return {name: thousandths(quantity) for name, quantity in (listed or {}).items()}


def total(several: Iterable[Mapping[str, int]]) -> Amounts:
    """The sum by resource."""
    summed: Amounts = {}
    for one in several:
        for name, amount in one.items():
            summed[name] = summed.get(name, 0) + amount
    return summed


def largest(one: Mapping[str, int], other: Mapping[str, int]) -> Amounts:
    """The larger amount of each resource."""
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in {*one, *other}}
