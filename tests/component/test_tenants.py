"""Two tenants and one account: what one of them writes reaches nothing of the other's."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.plan.kubeconfig.secret import Place
from sigopt_operator.plan.ownership import TAG_RESOURCE, TAG_UID
from sigopt_operator.plan.resolve import wish_of
from sigopt_operator.runtime.keys import Key

THIEF = Key("team-b", "thief")
THEIRS = {TAG_UID: "uid-of-theirs", TAG_RESOURCE: "team-b/thief"}


def standing(rig: Rig, spec: Mapping[str, Any] = SPEC) -> dict[str, Any]:
    """The victim's cluster, as it stands; what it was asked for is forgotten."""
    rig.api.apply(KEY, spec)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.secret_store.calls.clear()
    return in_aws(rig)


def in_aws(rig: Rig) -> dict[str, Any]:
    aws = rig.aws
    kept = ("stacks", "clusters", "groups", "addons", "entries", "templates", "iam", "identities")
    return {name: copy.deepcopy(getattr(aws, name)) for name in kept}


def rounds(rig: Rig, key: Key, count: int = 6) -> None:
    for _ in range(count):
        rig.minutes += 10
        rig.reconciler(key)
        rig.aws.advance()


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="wishes a cluster of that name"),
        pytest.param({"adopt": True, "deletionPolicy": "Delete"}, id="takes it over"),
        pytest.param({"managementPolicy": "Observe"}, id="observes it"),
        pytest.param({"managementPolicy": "Plan"}, id="plans for it"),
        pytest.param({"network": {"subnetIds": ["subnet-a", "subnet-b"]}}, id="in its network"),
        pytest.param({"access": {"principals": []}}, id="lets nobody in"),
        pytest.param({"tags": {"team": "b"}}, id="tags it"),
    ],
)
def test_who_names_anothers_cluster_changes_nothing_of_it_and_deletes_nothing(
    rig: Rig, more: dict[str, Any]
) -> None:
    before = standing(rig)
    rig.api.apply(THIEF, {**SPEC, **more, "clusterName": "tiny"})
    rounds(rig, THIEF)
    assert rig.aws.changes == []
    rig.api.delete(THIEF)
    rounds(rig, THIEF)
    assert rig.aws.changes == []
    assert in_aws(rig) == before
    rig.until_steady()


FORGED = [
    pytest.param({"account": "999988887777"}, id="another account"),
    pytest.param({"region": "eu-west-1"}, id="another region"),
    pytest.param({"region": None, "account": None}, id="nothing was ever begun"),
    pytest.param({"fulfilledGeneration": 1}, id="it stood once"),
    pytest.param({"observedGeneration": 99, "phase": "Ready"}, id="it is ready"),
    pytest.param({"externalId": "of-somebody-else"}, id="an external ID"),
    pytest.param({"accessRoleArn": "arn:aws:iam::999988887777:role/x"}, id="another access role"),
    pytest.param({"operatorArn": "arn:aws:iam::999988887777:user/x"}, id="another operator"),
    pytest.param({"argocdSecret": "argocd/victims"}, id="somebody's target of Argo CD"),
    pytest.param({"argocdSecret": "kube-system/token"}, id="a Secret of the system"),
    pytest.param({"argocdSecret": "../../kube-system/secrets/token"}, id="a path"),
    pytest.param({"argocdSecret": "nowhere"}, id="no place at all"),
    pytest.param({"kubeconfigSecret": "victims"}, id="another's kubeconfig"),
    pytest.param({"kubeconfigSecret": "../team-b/victims"}, id="a path to one"),
    pytest.param({"conditions": [{"type": "Ready", "status": "True"}]}, id="half a condition"),
]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("stood", [pytest.param(False, id="new"), pytest.param(True, id="stood")])
def test_a_forged_status_reaches_nothing_of_anybody_else(
    rig: Rig, forged: dict[str, Any], stood: bool
) -> None:
    """Writing one takes the right to patch the subresource, which no role for users has."""
    victims = (
        *(Place("team-b", "victims"), Place("argocd", "victims"), Place("kube-system", "token")),
        Place("..", "../kube-system/secrets/token"),
    )
    rig.api.secret_store.theirs.update(victims)
    rig.api.apply(THIEF, SPEC)
    if stood:
        rounds(rig, THIEF, 12)
        assert rig.api.objects[THIEF]["status"]["phase"] == "Ready"
    rig.api.secret_store.calls.clear()
    status = {**rig.api.objects[THIEF].get("status", {}), **forged}
    rig.api.objects[THIEF]["status"] = {k: v for k, v in status.items() if v is not None}
    rounds(rig, THIEF, 12)
    assert rig.aws.clusters.keys() | rig.aws.stacks.keys() <= {"thief", "thief-sigopt"}
    before = rig.api.objects[THIEF]["status"]
    if forged.get("account"):
        assert before["message"].startswith("the cluster was begun in AWS account 999988887777")
        del rig.api.objects[THIEF]["status"]["account"]
    rig.api.delete(THIEF)
    rounds(rig, THIEF, 12)
    assert rig.aws.nothing_stands
    assert [call for call in rig.api.secret_store.changes if "thief" not in call] == []


def test_a_tag_alone_makes_nothing_anybodys(rig: Rig) -> None:
    """The operator looks for names and then at tags, never for tags."""
    rig.api.apply(KEY, SPEC)
    uid = rig.api.objects[KEY]["metadata"]["uid"]
    eks: Any = rig.aws.clients().eks
    eks.create_cluster(name="bait", tags={TAG_UID: uid, TAG_RESOURCE: str(KEY)})
    rig.aws.advance()
    before = copy.deepcopy(rig.aws.clusters["bait"])
    rig.until_steady()
    rig.api.delete(KEY)
    rig.until_released()
    assert rig.aws.clusters == {"bait": before}


@pytest.mark.parametrize("aged", [pytest.param(False, id="same"), pytest.param(True, id="newer")])
def test_a_role_that_became_anothers_is_neither_mended_nor_trusted(rig: Rig, aged: bool) -> None:
    """Somebody deleted it, and another resource's stack, of another region, has made its own."""
    shared = "tiny-k8s-access-role"
    standing(rig, {**SPEC, "access": {"principals": []}})
    for name, role in rig.aws.iam.items():
        role["tags"] = dict(THEIRS)
        role["trust"] = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": name}}]}
        role["inline"], role["attached"] = {}, []
        if aged:
            role["made_at"] = rig.aws.now()
    before = in_aws(rig)
    rounds(rig, KEY, 12)
    assert in_aws(rig) == before
    assert rig.aws.changes == []
    told = rig.condition("AccessReady")
    assert (told["status"], told["reason"]) == ("False", "NameConflict")
    assert shared in told["message"]
    assert rig.condition("NetworkReady")["reason"] == "NameConflict"


NAMES = ("a", "b", "c", "a-b", "b-c", "a.b", "b.c", "a-b.c", "c" * 250, "c" * 249)


def test_no_two_resources_have_the_same_target_in_argocd() -> None:
    found: dict[Place, Key] = {}
    namespaces = [name for name in NAMES if "." not in name and len(name) < 64]
    for namespace, name in itertools.product(namespaces, NAMES):
        spec = {**SPEC, "clusterName": "tiny", "access": {"argocd": True}}
        meta = {"namespace": namespace, "name": name, "uid": "u", "generation": 1}
        read = {"metadata": {**meta, "resourceVersion": "1"}, "spec": spec}
        place = wish_of(SigOptCluster.parse(read), "us-west-2").argocd_secret
        assert place is not None
        assert len(place.name) <= 253
        assert found.setdefault(place, Key(namespace, name)) == Key(namespace, name)
    assert len(found) == len(namespaces) * len(NAMES)


@pytest.mark.parametrize("key", [TAG_UID, TAG_RESOURCE, "orchestrate.sigopt.com/pool"])
def test_no_tag_of_the_spec_is_one_of_ownership(rig: Rig, key: str) -> None:
    """The API server refuses it; where that has an older CRD, the operator does."""
    rig.api.apply(THIEF, {**SPEC, "tags": {key: "uid-1"}})
    rounds(rig, THIEF)
    assert rig.api.objects[THIEF]["status"]["phase"] == "Blocked"
    assert rig.aws.calls == []
