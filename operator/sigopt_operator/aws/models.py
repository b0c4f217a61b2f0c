"""botocore's descriptions of AWS's services, less what nobody here ever asks of EC2.

EC2 has 830 operations, of which the operator uses thirty. Their description is half of all that is
loaded, and each client makes a method of each: a third of what an account and region costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from botocore.loaders import JSONFileLoader, Loader

OF_EC2: Final = frozenset(
    "AssociateRouteTable CreateLaunchTemplate CreateRoute CreateTags DeleteLaunchTemplate "
    "DeleteNetworkInterface DeleteSecurityGroup DeleteTags DeleteVolume DescribeAddresses "
    "DescribeAvailabilityZones DescribeInstanceTypeOfferings DescribeInstanceTypes "
    "DescribeInstances DescribeInternetGateways DescribeLaunchTemplates DescribeNatGateways "
    "DescribeNetworkInterfaces DescribeRouteTables DescribeSecurityGroups DescribeSubnets "
    "DescribeVolumes DescribeVpcs ModifySubnetAttribute ReplaceRoute "
    "ReplaceRouteTableAssociation RevokeSecurityGroupEgress RevokeSecurityGroupIngress".split()
)
"""A test holds that the code asks for no other."""

Model = dict[str, Any]


def loader() -> Loader:
    """A cache of descriptions, to be shared by sessions: each would have 40 MB of its own."""
    return Loader(file_loader=_Needed())


def needed(model: Model, operations: frozenset[str]) -> Model:
    """A service's description with these operations, and the shapes that they are made of."""
    kept = {name: told for name, told in model["operations"].items() if name in operations}
    shapes: Mapping[str, Any] = model["shapes"]
    reached: set[str] = set()
    ahead = [name for told in kept.values() for name in _names(told)]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += _names(shapes[name])
    of_those = {name: shape for name, shape in shapes.items() if name in reached}
    return {**model, "operations": kept, "shapes": of_those}


def _names(told: Any) -> Iterator[str]:
    """The shapes that are named anywhere in it."""
    if isinstance(told, Mapping):
        for key, value in told.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _names(value)
    elif isinstance(told, list):
        for each in told:
            yield from _names(each)


class _Needed(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        found = super().load_file(file_path)
        path = Path(file_path)
        if found is not None and path.name == "service-2" and path.parts[-3] == "ec2":
            return needed(found, OF_EC2)
        return found
