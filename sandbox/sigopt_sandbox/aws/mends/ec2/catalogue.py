"""The data of instance types: what each has, and in which zones of a region it is sold."""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def _data() -> dict[str, Any]:
    packed = resources.files(__package__).joinpath("data/instances.json.gz").read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(packed))
    return found


def zones(region: str) -> str:
    """The letters of a region's zones."""
    return str(_data()["zones"].get(region, "abc"))


def types(region: str) -> dict[str, dict[str, Any]]:
    """Every instance type sold in a region, by name, in the shape of DescribeInstanceTypes."""
    return {name: _data()["types"][name] for name in _sold(region)}


def vcpus(instance_type: str) -> dict[str, Any]:
    """The VCpuInfo of a type; empty for one that nobody sells."""
    found: dict[str, Any] = _data()["types"].get(instance_type, {}).get("VCpuInfo", {})
    return found


@cache
def _sold(region: str) -> dict[str, str]:
    known = region in _data()["zones"]
    offered = _data()["offerings"]
    look = region if known else "us-west-2"  # a region without data sells what Oregon sells
    return {name: offered[name][look] for name in sorted(offered) if look in offered[name]}


def zones_of(instance_type: str, region: str) -> list[str]:
    """The names of the zones that sell a type; none where the region does not sell it."""
    there = zones(region)
    letters = _sold(region).get(instance_type, "")
    return [region + letter for letter in letters if letter in there]
