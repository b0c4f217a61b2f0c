"""EKS has no room for a control plane in a zone of the cluster's own network."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from sigopt_operator.act.eks import create_cluster
from sigopt_operator.aws.clients import Clients
from sigopt_operator.plan.actions import CreateCluster

ZONES = {"s-a": "r-1a", "s-b": "r-1b", "s-c": "r-1c"}
ACTION = CreateCluster("tiny", None, "arn:role", tuple(ZONES), {}, "a" * 64, ZONES)


class Eks:
    """Admits control planes in these zones alone."""

    def __init__(self, *roomy: str) -> None:
        self.roomy = roomy
        self.asked: list[tuple[tuple[str, ...], str]] = []
        self.exceptions = self

    def create_cluster(self, **request: Any) -> None:
        """As EKS answers (User Guide, "troubleshooting")."""
        subnets = request["resourcesVpcConfig"]["subnetIds"]
        self.asked.append((tuple(subnets), request["clientRequestToken"]))
        if not {ZONES[subnet] for subnet in subnets} <= set(self.roomy):
            error = {
                "Error": {
                    "Code": "UnsupportedAvailabilityZoneException",
                    "Message": "Cannot create cluster 'tiny' because r-1c, the targeted "
                    "Availability Zone, does not currently have sufficient capacity",
                },
                "validZones": list(self.roomy),
            }
            raise ClientError(cast(Any, error), "CreateCluster")


def asks(eks: Eks) -> None:
    create_cluster(cast(Clients, type("Some", (), {"eks": eks})()), ACTION)


def test_its_subnet_is_left_out_of_the_control_plane() -> None:
    eks = Eks("r-1a", "r-1b")
    asks(eks)
    assert [subnets for subnets, _ in eks.asked] == [("s-a", "s-b", "s-c"), ("s-a", "s-b")]
    (_, first), (_, second) = eks.asked
    assert first != second
    assert 33 <= len(second) <= 126


def test_where_too_few_are_left_eks_words_are_told() -> None:
    with pytest.raises(ClientError, match="sufficient capacity"):
        asks(Eks("r-1a"))
