"""What a cluster's own API says of its volumes: anybody in the cluster may have written it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.fakes.cluster_api import FakeCluster
from tests.fakes.world import cluster

from sigopt_operator.cluster.api import Open
from sigopt_operator.plan.workload.left import ClaimedVolume
from sigopt_operator.workload import survey as module
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


def named(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


def test_a_volume_is_told_however_many_that_stay_are_listed_before_it() -> None:
    api = FakeCluster()
    kept = volume("vol-0123456789abcdef0", persistentVolumeReclaimPolicy="Retain")
    for number in range(2 * module.PAGE):
        api.put(named(kept, f"kept-{number}"))
    api.put(named(volume("vol-0123456789abcdef1"), "last"))
    told = survey(cast(Open, api.open), cluster())
    assert told.volumes == (ClaimedVolume("vol-0123456789abcdef1", "ml/data", "last"),)


def test_so_is_a_load_balancer_behind_all_services_without_one() -> None:
    api = FakeCluster()
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "ml", "name": ""}}
    for number in range(module.PAGE):
        api.put(named({**service, "spec": {"type": "ClusterIP"}}, f"inside-{number}"))
    api.put(named({**service, "spec": {"type": "LoadBalancer"}}, "outside"))
    told = survey(cast(Open, api.open), cluster())
    assert [str(each) for each in told.objects] == ["Service ml/outside"]


def test_of_what_is_deleted_first_no_more_is_kept_than_a_round_can_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    api = FakeCluster()
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"namespace": "ml"}}
    for number in range(5):
        api.put(named(claim, f"data-{number}"))
    assert len(survey(cast(Open, api.open), cluster()).objects) == 3


def test_a_list_without_end_is_not_followed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def endless(_api: object, _method: str, path: str, _query: object) -> dict[str, Any]:
        asked.append(path)
        return {"metadata": {"continue": "more"}, "items": []}

    monkeypatch.setattr(module, "ask", endless)
    assert survey(cast(Open, FakeCluster().open), cluster()).problem == ""
    assert len(asked) == 5 * module.MOST_PAGES


@pytest.mark.parametrize("metadata", [None, "more", ["more"]])
def test_a_list_that_says_nonsense_of_its_rest_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, metadata: object
) -> None:
    answer = {"metadata": metadata, "items": []}
    monkeypatch.setattr(module, "ask", lambda *_: answer)
    assert "does not answer" in survey(cast(Open, FakeCluster().open), cluster()).problem
