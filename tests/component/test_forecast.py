"""`sigopt-operator plan` by somebody whose rights in the cluster end with a namespace."""

from __future__ import annotations

from collections.abc import Mapping
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
) -> forecast.Outlook:
    api = AsAnn(rig, namespaces, error)
    monkeypatch.setattr(forecast, "configuration", lambda _kubeconfig: None)
    monkeypatch.setattr(forecast, "KubernetesManagementApi", lambda *_, **__: api)
    monkeypatch.setattr(forecast, "ClientSource", lambda *_: rig.reconciler.looking.source)
    metadata = {"namespace": KEY.namespace, "name": KEY.name}
    manifest = {**rig.api.objects[KEY], "metadata": metadata, "spec": SPEC}
    manifest.pop("status", None)
    (found,) = forecast.forecast([manifest], None, None, None)
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
