"""The edge to the management cluster, on a real API server with the rights of deploy/base."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from tests.sandbox.runtime.clusters import Administrator
from tests.sandbox.runtime.conftest import Deployed

from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.kube import KubernetesManagementApi
from sigopt_sandbox.kubernetes import read_access, write_kubeconfig


@pytest.fixture
def api(deployed: Deployed) -> KubernetesManagementApi:
    return KubernetesManagementApi(configuration(deployed.operator), reporter="me")


def _status(**more: Any) -> dict[str, Any]:
    return {"phase": "Creating", "observedGeneration": 1, **more}


def test_what_is_not_there_reads_as_none(
    api: KubernetesManagementApi, admin: Administrator
) -> None:
    assert api.read(admin.key("nobody")) is None
    assert api.read_secret(admin.namespace, "nothing") is None


def test_a_status_replaces_the_whole_of_the_one_before(
    api: KubernetesManagementApi, admin: Administrator
) -> None:
    made = admin.create("a")
    version = made["metadata"]["resourceVersion"]
    assert api.write_status(admin.key("a"), version, _status(endpoint="https://example.com"))
    read = api.read(admin.key("a"))
    assert read is not None
    assert api.write_status(admin.key("a"), read["metadata"]["resourceVersion"], _status())
    assert "endpoint" not in admin.read("a")["status"]


def test_a_status_about_an_older_resource_is_not_written(
    api: KubernetesManagementApi, admin: Administrator
) -> None:
    made = admin.create("a")
    admin.patch("a", {"spec": {"cpu": {"maxNodes": 5}}})
    before = admin.read("a").get("status")
    assert not api.write_status(admin.key("a"), made["metadata"]["resourceVersion"], _status())
    assert admin.read("a").get("status") == before


def test_a_status_of_what_is_gone_is_not_written(
    api: KubernetesManagementApi, admin: Administrator
) -> None:
    made = admin.create("a")
    admin.delete("a")
    assert not api.write_status(admin.key("a"), made["metadata"]["resourceVersion"], _status())


def test_a_status_of_a_predecessor_of_the_same_name_is_not_written(
    api: KubernetesManagementApi, admin: Administrator
) -> None:
    made = admin.create("a")
    admin.delete("a")
    admin.create("a")
    assert not api.write_status(admin.key("a"), made["metadata"]["resourceVersion"], _status())


def test_a_status_that_the_api_server_refuses_is_told_in_one_line(
    api: KubernetesManagementApi, admin: Administrator
) -> None:
    made = admin.create("a")
    with pytest.raises(ManagementApiError, match=r"writing the status of .*/a: 422") as refused:
        api.write_status(admin.key("a"), made["metadata"]["resourceVersion"], {"phase": "Odd"})
    assert "\n" not in str(refused.value)


def test_events_are_counted(api: KubernetesManagementApi, admin: Administrator) -> None:
    uid = admin.create("a")["metadata"]["uid"]
    for _ in range(3):
        api.event(admin.key("a"), uid, "Warning", "QuotaExceeded", "ask for more vCPUs")
    (event,) = admin.core.list_namespaced_event(admin.namespace).items
    assert (event.type, event.reason, event.count) == ("Warning", "QuotaExceeded", 3)
    assert event.involved_object.uid == uid


def test_the_values_of_a_secret(api: KubernetesManagementApi, admin: Administrator) -> None:
    data = {"aws_access_key_id": base64.b64encode(b"AKIA").decode()}
    secret = client.V1Secret(metadata=client.V1ObjectMeta(name="s"), data=data)
    admin.core.create_namespaced_secret(admin.namespace, secret)
    assert api.read_secret(admin.namespace, "s") == {"aws_access_key_id": b"AKIA"}


def test_a_management_cluster_that_is_away_is_told_in_one_line(
    deployed: Deployed, admin: Administrator, tmp_path: Path
) -> None:
    nowhere = replace(read_access(deployed.operator), server="https://127.0.0.1:1")
    away = configuration(write_kubeconfig(tmp_path / "kubeconfig", nowhere))
    api = KubernetesManagementApi(away, reporter="me")
    with pytest.raises(ManagementApiError, match="reading"):
        api.read(admin.key("a"))
    api.event(admin.key("a"), "uid", "Normal", "Creating", "it never raises")


def test_a_kubeconfig_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManagementApiError, match="no management cluster"):
        configuration(tmp_path / "nothing")
