"""Weather between a client and a real API server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from kubernetes import client, watch

from sigopt_operator.runtime.connection import configuration
from sigopt_sandbox.kubernetes.management import Management
from sigopt_sandbox.processes import wait_until
from sigopt_sandbox.weather.before import Before, before_api_server


@pytest.fixture(scope="module")
def before(management: Management, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    directory = tmp_path_factory.mktemp("weather")
    with before_api_server(management.kubeconfig, directory) as started:
        yield started


@pytest.fixture
def core(before: Before, management: Management, tmp_path: Path) -> Iterator[client.CoreV1Api]:
    kubeconfig = before.kubeconfig(management.kubeconfig, tmp_path / "kubeconfig")
    api = client.ApiClient(configuration(kubeconfig))
    try:
        yield client.CoreV1Api(api)
    finally:
        api.close()


@pytest.fixture
def namespace(before: Before, core: client.CoreV1Api) -> Iterator[str]:
    name = f"team-{uuid4().hex[:8]}"
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name)))
    try:
        yield name
    finally:
        before.weather(None, name)
        core.delete_namespace(name)


def _config_map(name: str) -> client.V1ConfigMap:
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name))


def _events(core: client.CoreV1Api, namespace: str) -> Iterator[Any]:
    return iter(
        watch.Watch().stream(core.list_namespaced_config_map, namespace, timeout_seconds=30)
    )


def test_without_weather_all_of_it_passes(core: client.CoreV1Api, namespace: str) -> None:
    events = _events(core, namespace)
    core.create_namespaced_config_map(namespace, _config_map("one"))
    names = (event["object"].metadata.name for event in events)
    assert "one" in itertools.islice(names, 2)


def test_it_is_over_one_namespace_alone(
    before: Before, core: client.CoreV1Api, namespace: str
) -> None:
    before.weather({"failed": 1.0}, namespace)
    with pytest.raises(client.ApiException, match=r"InternalError|ServiceUnavailable"):
        core.list_namespaced_config_map(namespace)
    core.list_namespaced_config_map("default")
    told = before.so_far()
    assert told[namespace]["failed"] == told[namespace]["requests"]
    assert "default" not in told


def test_only_the_write_of_a_status_conflicts(
    before: Before, core: client.CoreV1Api, namespace: str
) -> None:
    accounts = core.list_namespaced_service_account
    wait_until(lambda: bool(accounts(namespace).items), what="the account of its pods")
    before.weather({"conflict": 1.0}, namespace)
    pod: Any = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    core.create_namespaced_pod(namespace, pod)
    with pytest.raises(client.ApiException) as raised:
        core.patch_namespaced_pod_status("p", namespace, {"status": {"phase": "Failed"}})
    assert raised.value.status == 409
    core.delete_namespaced_pod("p", namespace, grace_period_seconds=0)


def test_what_is_lost_was_done(before: Before, core: client.CoreV1Api, namespace: str) -> None:
    before.weather({"lost": 1.0}, namespace)
    with pytest.raises(urllib3.exceptions.HTTPError):
        core.create_namespaced_config_map(namespace, _config_map("lost"))
    before.weather(None, namespace)
    assert core.read_namespaced_config_map("lost", namespace)


def test_a_watch_is_told_that_it_is_too_old(
    before: Before, core: client.CoreV1Api, namespace: str
) -> None:
    answer: Any = core.list_namespaced_config_map(
        namespace, watch=True, timeout_seconds=30, _preload_content=False
    )
    before.weather({"expired": 1.0}, namespace)
    core.create_namespaced_config_map(namespace, _config_map("one"))
    assert b'"code": 410' in b"".join(answer.stream())


def test_or_it_does_not_even_begin(before: Before, core: client.CoreV1Api, namespace: str) -> None:
    before.weather({"expired": 1.0}, namespace)
    with pytest.raises(client.ApiException) as caught:
        core.list_namespaced_config_map(namespace, watch=True, timeout_seconds=30)
    assert caught.value.status == 410


def test_one_that_is_away_answers_nobody(
    before: Before, core: client.CoreV1Api, namespace: str
) -> None:
    before.weather({"away": ["api"]}, namespace)
    for _ in range(4):
        with pytest.raises((client.ApiException, urllib3.exceptions.HTTPError)):
            core.list_namespaced_config_map(namespace)
    before.weather(None, namespace)
    core.list_namespaced_config_map(namespace)
