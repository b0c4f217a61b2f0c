"""What a cluster's own API says of its volumes: anybody in the cluster may have written it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.fakes.cluster_api import FakeCluster
from tests.fakes.world import cluster

from sigopt_operator.cluster.api import Open
from sigopt_operator.plan.workload.left import ClaimedVolume
from sigopt_operator.workload.survey import survey


def volume(handle: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": "pvc-1",
            "annotations": {"pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com"},
        },
        "spec": {
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"namespace": "ml", "name": "data"},
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": handle},
            **spec,
        },
    }


def claimed(manifest: dict[str, Any]) -> tuple[ClaimedVolume, ...]:
    api = FakeCluster()
    api.put(manifest)
    told = survey(cast(Open, api.open), cluster())
    assert told.problem == ""
    return told.volumes


def test_a_volume_of_a_claim_is_told_with_its_name() -> None:
    found = claimed(volume("vol-0123456789abcdef0"))
    assert found == (ClaimedVolume("vol-0123456789abcdef0", "ml/data", "pvc-1"),)


@pytest.mark.parametrize("handle", ["*", "vol-*", "vol-?", "vol-0123456789abcdef0,vol-1", "snap-1"])
def test_what_is_no_id_of_a_volume_is_not_asked_of_aws(handle: str) -> None:
    """A filter of EC2 takes `*` and `?` for any characters: it would find everybody's."""
    assert claimed(volume(handle)) == ()


def test_a_volume_that_is_to_be_kept_is_not_told() -> None:
    kept = volume("vol-0123456789abcdef0", persistentVolumeReclaimPolicy="Retain")
    assert claimed(kept) == ()
