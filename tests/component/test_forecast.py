"""`sigopt-operator plan` by somebody whose rights in the cluster end with a namespace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

from sigopt_operator import forecast
from sigopt_operator.plan.kubeconfig.secret import SecretStore
from sigopt_operator.runtime.errors import ManagementApiError, RefusedError
from sigopt_operator.runtime.keys import Key

FORBIDDEN = "sigoptclusters is forbidden: User ann cannot get it here"


class AsAnn:
    """The management cluster, for somebody who may look into some namespaces alone."""

    def __init__(self, rig: Rig, namespaces: tuple[str, ...], error: ManagementApiError) -> None:
        self._rig, self._namespaces, self._error = rig, namespaces, error

    def read(self, key: Key) -> Mapping[str, Any] | None:
        if key.namespace not in self._namespaces:
            raise self._error
        return self._rig.api.read(key)

    @property
    def secret_store(self) -> SecretStore:
        return self._rig.api.secret_store


def planned(
    monkeypatch: pytest.MonkeyPatch,
    rig: Rig,
    namespaces: tuple[str, ...],
    error: ManagementApiError,
    kubeconfig: Path | None = None,
    spec: Mapping[str, Any] = SPEC,
) -> forecast.Outlook:
    """Of a manifest that names its namespace, unless a kubeconfig is to say it."""
    api = AsAnn(rig, namespaces, error)
    monkeypatch.setattr(forecast, "configuration", lambda _kubeconfig: None)
    monkeypatch.setattr(forecast, "KubernetesManagementApi", lambda *_, **__: api)
    monkeypatch.setattr(forecast, "ClientSource", lambda *_: rig.reconciler.looking.source)
    named = {} if kubeconfig else {"namespace": KEY.namespace}
    metadata = {**named, "name": KEY.name}
    manifest = {**rig.api.objects[KEY], "metadata": metadata, "spec": spec}
    manifest.pop("status", None)
    (found,) = forecast.forecast([manifest], None, None, kubeconfig)
    assert not found.failed
    return found


@pytest.mark.parametrize(
    ("namespaces", "error", "told"),
    [
        pytest.param((KEY.namespace,), RefusedError(FORBIDDEN), "", id="the namespace alone"),
        pytest.param((), RefusedError(FORBIDDEN), FORBIDDEN, id="nothing there"),
        pytest.param((), ManagementApiError("it is away"), "it is away", id="it does not answer"),
    ],
)
def test_a_resource_that_may_be_read_says_whose_it_is_whatever_else_may_not_be(
    monkeypatch: pytest.MonkeyPatch,
    rig: Rig,
    namespaces: tuple[str, ...],
    error: ManagementApiError,
    told: str,
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    found = planned(monkeypatch, rig, namespaces, error)
    assert not found.changes, "by its uid, or by the tags in AWS"
    notes = [note for note in found.errors if "whose it is was taken from AWS" in note]
    assert bool(notes) == bool(told)
    assert all(told in note for note in notes)


def test_nobody_asks_for_the_stack_of_a_cluster_that_is_only_looked_at(
    monkeypatch: pytest.MonkeyPatch, rig: Rig
) -> None:
    """CloudFormation refuses the very question where the cluster's name can be no stack's."""
    observe = {**SPEC, "clusterName": "prod_data", "managementPolicy": "Observe"}
    rig.api.apply(KEY, observe)
    found = planned(monkeypatch, rig, (), ManagementApiError("it is away"), spec=observe)
    assert "describe_stacks" not in rig.aws.calls
    assert found.lines == (f"SigOptCluster {KEY}: managementPolicy: Observe changes nothing",)


def kubeconfig(directory: Path, **context: str) -> Path:
    """A kubeconfig whose current context has that in it."""
    file = directory / "config"
    current = {"name": "here", "context": {"cluster": "here", "user": "ann", **context}}
    cluster, user = {"name": "here", "cluster": {}}, {"name": "ann", "user": {}}
    whole = {"contexts": [current], "current-context": "here", "clusters": [cluster]}
    file.write_text(json.dumps({**whole, "users": [user]}))
    return file


def test_a_manifest_without_a_namespace_is_of_that_of_the_context(
    monkeypatch: pytest.MonkeyPatch, rig: Rig, tmp_path: Path
) -> None:
    """It was of the namespace default, and its own stack somebody else's: NameConflict."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    file = kubeconfig(tmp_path, namespace=KEY.namespace)
    found = planned(monkeypatch, rig, (KEY.namespace,), RefusedError(FORBIDDEN), file)
    assert not found.changes
    assert [line for line in found.errors if "NameConflict" in line] == []


@pytest.mark.parametrize("there", [True, False])
def test_where_no_context_names_a_namespace_it_is_default(
    monkeypatch: pytest.MonkeyPatch, rig: Rig, tmp_path: Path, there: bool
) -> None:
    rig.api.apply(KEY, SPEC)
    file = kubeconfig(tmp_path) if there else tmp_path / "nowhere"
    found = planned(monkeypatch, rig, (), ManagementApiError("it is away"), file)
    assert f"SigOptCluster default/{KEY.name}" in found.lines[0]
