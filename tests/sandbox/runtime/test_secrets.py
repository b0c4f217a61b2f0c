"""Secrets that the operator writes, on a real API server with the rights of deploy/base."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from tests.sandbox.runtime.clusters import Administrator
from tests.sandbox.runtime.conftest import Deployed
from tests.waiting import eventually

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.kubeconfig.secret import FoundSecret, Place, Secret, SecretStore
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.kube import KubernetesManagementApi
from sigopt_sandbox.kubernetes import service_account_kubeconfig

TYPE = "cluster.x-k8s.io/secret"
UID = "orchestrate.sigopt.com/cluster-uid"


@pytest.fixture
def store(deployed: Deployed) -> SecretStore:
    return KubernetesManagementApi(configuration(deployed.operator), reporter="me").secret_store


@pytest.fixture
def owner(admin: Administrator) -> str:
    """The uid of a resource called `tiny`."""
    return str(admin.create("tiny")["metadata"]["uid"])


def secret(admin: Administrator, uid: str, **data: str) -> Secret:
    place = Place(admin.namespace, "tiny-kubeconfig")
    return Secret(place, uid, TYPE, data or {"value": "one"}, owner="tiny")


def find(store: SecretStore, wanted: Secret) -> FoundSecret | None:
    return store.find(wanted.place, wanted.uid, "tiny", to_be_deleted=False)


def written(store: SecretStore, wanted: Secret) -> FoundSecret:
    store.apply(wanted, "")
    found = find(store, wanted)
    assert found is not None
    return found


def theirs(admin: Administrator, name: str = "tiny-kubeconfig", **more: Any) -> None:
    metadata = client.V1ObjectMeta(name=name, **more)
    body = client.V1Secret(metadata=metadata, type=TYPE, string_data={"value": "theirs"})
    admin.core.create_namespaced_secret(admin.namespace, body)


def data(admin: Administrator) -> dict[str, str]:
    found = admin.core.read_namespaced_secret("tiny-kubeconfig", admin.namespace)
    return {key: base64.b64decode(value).decode() for key, value in (found.data or {}).items()}


def test_what_is_written_is_found_as_it_was_written(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    wanted = secret(admin, owner)
    assert find(store, wanted) is None
    found = written(store, wanted)
    assert found.secret is not None
    assert found.secret.holds(wanted)
    changed = secret(admin, owner, value="two")
    assert not found.secret.holds(changed)
    store.apply(changed, found.uid)
    assert data(admin) == {"value": "two"}


def test_what_somebody_adds_stays(store: SecretStore, admin: Administrator, owner: str) -> None:
    found = written(store, secret(admin, owner))
    patch = {"metadata": {"labels": {"team": "ml"}}, "stringData": {"more": "theirs"}}
    admin.core.patch_namespaced_secret("tiny-kubeconfig", admin.namespace, patch)
    store.apply(secret(admin, owner, value="two"), found.uid)
    assert data(admin) == {"value": "two", "more": "theirs"}
    there = find(store, secret(admin, owner, value="two"))
    assert there is not None
    assert there.secret is not None
    assert there.secret.labels["team"] == "ml"


def test_nothing_is_told_of_somebody_elses_and_it_is_not_overwritten(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    theirs(admin)
    wanted = secret(admin, owner)
    found = find(store, wanted)
    assert found is not None
    assert (found.secret, found.going) == (None, False)
    assert "theirs" not in repr(found)
    with pytest.raises(AwsError, match="was not made for this resource"):
        store.apply(wanted, "")
    assert data(admin) == {"value": "theirs"}


def test_one_that_was_made_anew_meanwhile_is_not_overwritten(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    found = written(store, secret(admin, owner))
    admin.core.delete_namespaced_secret("tiny-kubeconfig", admin.namespace)
    theirs(admin)
    with pytest.raises(AwsError):
        store.apply(secret(admin, owner, value="two"), found.uid)
    with pytest.raises(AwsError):
        store.release(secret(admin, owner).place, found.uid)
    assert data(admin) == {"value": "theirs"}


def test_it_goes_with_its_resource(store: SecretStore, admin: Administrator, owner: str) -> None:
    wanted = secret(admin, owner)
    written(store, wanted)
    admin.delete("tiny")
    eventually(lambda: find(store, wanted) is None, lambda: "collected", within=60)


def test_one_of_an_earlier_namesake_is_on_its_way_out(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    written(store, secret(admin, owner))
    found = find(store, secret(admin, "another-uid"))
    assert found is not None
    assert (found.secret, found.going) == (None, True)


def test_one_that_is_given_up_is_empty_at_once_and_collected_without_the_right_to_delete(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    wanted = secret(admin, owner)
    found = written(store, wanted)
    store.release(wanted.place, found.uid)
    eventually(lambda: find(store, wanted) is None, lambda: "collected", within=60)
    assert admin.find("tiny") is not None
    store.release(wanted.place, found.uid)


def test_without_the_right_to_delete_nothing_is_to_be_written_that_nothing_owns(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    place = Place(admin.namespace, "target")
    found = store.find(place, owner, "tiny", to_be_deleted=True)
    assert found is not None
    assert "deploy/components/argocd" in found.problem
    assert found.absent
    assert store.find(place, owner, "tiny", to_be_deleted=False) is None
    theirs(admin, "target", labels={UID: owner})
    there = store.find(place, owner, "tiny", to_be_deleted=True)
    assert there is not None
    with pytest.raises(AwsError, match=r"cannot delete resource .*deploy/components/argocd"):
        store.delete(place, there.uid)


def test_a_namespace_that_is_not_there_is_said(store: SecretStore, owner: str) -> None:
    target = Secret(Place("nowhere", "target"), owner, "Opaque", {"name": "x"})
    with pytest.raises(AwsError, match='namespaces "nowhere" not found'):
        store.apply(target, "")


def test_where_it_may_not_read_it_says_so_and_goes_on(
    deployed: Deployed, admin: Administrator, owner: str, tmp_path: Path
) -> None:
    metadata = client.V1ObjectMeta(name="stranger")
    account = client.V1ServiceAccount(metadata=metadata)
    admin.core.create_namespaced_service_account(admin.namespace, account)
    path = tmp_path / "kubeconfig"
    service_account_kubeconfig(deployed.admin, admin.namespace, "stranger", path)
    store = KubernetesManagementApi(configuration(path), reporter="me").secret_store
    found = find(store, secret(admin, owner))
    assert found is not None
    assert 'cannot get resource "secrets"' in found.problem
    assert "deploy/base/rbac.yaml" in found.problem
    assert not found.absent


@pytest.mark.parametrize(
    "made_up",
    [
        pytest.param("kube-system/bootstrap", id="another namespace"),
        pytest.param("../../kube-system/secrets/bootstrap", id="a path"),
        pytest.param("kube-system/../kube-system/secrets/bootstrap", id="a path within"),
        pytest.param("kube-system/bootstrap?watch=true", id="a query"),
        pytest.param("nowhere", id="no place at all"),
        pytest.param("", id="empty"),
    ],
)
def test_a_place_that_somebody_wrote_into_a_status_leads_to_nothing_of_others(
    deployed: Deployed, admin: Administrator, owner: str, store: SecretStore, made_up: str
) -> None:
    """`status.argocdSecret` is where the operator looks for what it wrote, and deletes it."""
    metadata = client.V1ObjectMeta(name="bootstrap")
    body = client.V1Secret(metadata=metadata, string_data={"token": "canary-of-the-system"})
    admin.core.create_namespaced_secret("kube-system", body)
    try:
        found = store.find(Place.parse(made_up), owner, "tiny", to_be_deleted=True)
        assert found is not None
        assert found.secret is None
        assert "canary" not in repr(found)
        with pytest.raises(AwsError):
            store.delete(Place.parse(made_up), "a-uid")
        assert admin.core.read_namespaced_secret("bootstrap", "kube-system") is not None
    finally:
        admin.core.delete_namespaced_secret("bootstrap", "kube-system")


def test_a_secret_with_the_marks_of_anothers_kubeconfig_is_not_taken_for_it(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    """Its label and its owner are written by anybody who may write a Secret in that namespace."""
    victim = str(admin.create("victim")["metadata"]["uid"])
    reference = client.V1OwnerReference(
        api_version="orchestrate.sigopt.com/v1alpha1", kind="SigOptCluster", name="tiny", uid=owner
    )
    theirs(admin, labels={UID: victim}, owner_references=[reference])
    wanted = secret(admin, owner)
    found = find(store, wanted)
    assert found is not None
    assert found.secret is None
    with pytest.raises(AwsError, match="was not made for this resource"):
        store.apply(wanted, "")
    assert data(admin) == {"value": "theirs"}


def test_one_with_its_own_marks_and_another_type_is_said_and_left(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    metadata = client.V1ObjectMeta(name="tiny-kubeconfig", labels={UID: owner})
    body = client.V1Secret(metadata=metadata, type="Opaque", string_data={"value": "theirs"})
    admin.core.create_namespaced_secret(admin.namespace, body)
    wanted = secret(admin, owner)
    found = find(store, wanted)
    assert found is not None
    with pytest.raises(AwsError, match="field is immutable"):
        store.apply(wanted, found.uid)
    assert data(admin) == {"value": "theirs"}


def test_one_that_somebody_made_immutable_is_told_and_written_anew_once_it_is_deleted(
    store: SecretStore, admin: Administrator, owner: str
) -> None:
    found = written(store, secret(admin, owner))
    admin.core.patch_namespaced_secret("tiny-kubeconfig", admin.namespace, {"immutable": True})
    changed = secret(admin, owner, value="two")
    with pytest.raises(AwsError) as refused:
        store.apply(changed, found.uid)
    assert refused.value.trouble.reason == "SecretRefused"
    assert "field is immutable when `immutable` is set" in str(refused.value)
    assert "can only be deleted: then it is written anew" in str(refused.value)
    admin.core.delete_namespaced_secret("tiny-kubeconfig", admin.namespace)
    written(store, changed)
    assert data(admin) == {"value": "two"}
