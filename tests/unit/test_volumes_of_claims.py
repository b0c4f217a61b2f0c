"""Which volumes are deleted with a cluster: a PersistentVolume is written by anybody in it."""

from __future__ import annotations

import pytest

from sigopt_operator.plan.workload.left import ClaimedVolume, made_for_claim

PV = "pvc-a3ab0567-3a48-4608-8cb6-4e3b1485c808"
CLAIMED = ClaimedVolume("vol-1", "ml/data", PV)
CLAIM = {
    "kubernetes.io/created-for/pvc/name": "data",
    "kubernetes.io/created-for/pvc/namespace": "ml",
}
BY_CSI = {
    **CLAIM,
    "CSIVolumeName": PV,
    "ebs.csi.aws.com/cluster": "true",
    "kubernetes.io/created-for/pv/name": PV,
}


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param(BY_CSI, id="by the EBS CSI driver, which names no cluster"),
        pytest.param(
            {**BY_CSI, "kubernetes.io/cluster/ours": "owned", "KubernetesCluster": "ours"},
            id="by the driver with its flag --k8s-tag-cluster-id",
        ),
        pytest.param({**BY_CSI, "ebs.csi.aws.com/cluster-name": "ours"}, id="in words of its own"),
        pytest.param(
            {**CLAIM, "kubernetes.io/cluster/ours": "owned"}, id="by the provider in the tree"
        ),
    ],
)
def test_a_volume_that_was_made_for_the_claim_goes(tags: dict[str, str]) -> None:
    assert made_for_claim(tags, CLAIMED, "ours")


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({}, id="made by hand"),
        pytest.param(
            {key: value for key, value in BY_CSI.items() if not key.endswith("pvc/name")},
            id="made for no claim",
        ),
        pytest.param(
            {**BY_CSI, "kubernetes.io/created-for/pvc/name": "other"}, id="for another claim"
        ),
        pytest.param(
            {**BY_CSI, "kubernetes.io/created-for/pvc/namespace": "other"},
            id="for a claim of that name in another namespace",
        ),
        pytest.param(CLAIM, id="for such a claim, in a cluster that it does not name"),
        pytest.param({**BY_CSI, "CSIVolumeName": "pvc-other"}, id="by another volume's name"),
        pytest.param(
            {**BY_CSI, "kubernetes.io/created-for/pv/name": "pvc-other"},
            id="by another volume's name, as the provider in the tree says it",
        ),
        pytest.param({**BY_CSI, "kubernetes.io/cluster/theirs": "owned"}, id="in another cluster"),
        pytest.param(
            {**BY_CSI, "kubernetes.io/cluster/theirs": "shared"}, id="shared by another cluster"
        ),
        pytest.param({**BY_CSI, "KubernetesCluster": "theirs"}, id="in another, as it was said"),
        pytest.param(
            {**BY_CSI, "ebs.csi.aws.com/cluster-name": "theirs"}, id="in another, as CSI says"
        ),
    ],
)
def test_a_volume_that_may_be_somebody_elses_stays(tags: dict[str, str]) -> None:
    assert not made_for_claim(tags, CLAIMED, "ours")
