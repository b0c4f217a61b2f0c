"""What the API server lets through and no round can act upon is told, and mended by an edit."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig

from sigopt_operator.runtime.keys import Key


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


def test_settings_nested_too_deep_block_the_resource_until_they_are_mended(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "addons": [{"name": "coredns", "configuration": nested(40)}]})
    rig.round()
    condition = rig.condition("Stalled")
    assert condition["reason"] == "InvalidSpec"
    assert "spec.addons[0].configuration: must be nested at most 32" in condition["message"]
    assert rig.aws.calls == []
    rig.api.apply(KEY, {**SPEC, "addons": [{"name": "coredns", "configuration": nested(8)}]})
    rig.until_steady()


def test_what_was_known_of_a_cluster_stays_when_its_spec_can_no_longer_be_read(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    known = {c["type"] for c in rig.status["conditions"]}
    assert "ControlPlaneReady" in known
    rig.api.apply(KEY, {**SPEC, "addons": [{"name": "coredns", "configuration": nested(40)}]})
    rig.round()
    assert rig.condition("Stalled")["reason"] == "InvalidSpec"
    assert rig.condition("ControlPlaneReady")["status"] == "True"
    assert {c["type"] for c in rig.status["conditions"]} == known | {"PreflightPassed"}


def test_what_cannot_be_read_is_said_though_the_resource_changed_while_it_was_looked_at(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An annotation is enough: the status is refused, and no edit of the spec wakes a round."""
    too_deep = {**SPEC, "addons": [{"name": "coredns", "configuration": nested(40)}]}
    write = rig.api.write_status

    def change_and_write(key: Key, version: str, status: Mapping[str, Any]) -> bool:
        monkeypatch.undo()
        rig.api.apply(key, too_deep)
        return write(key, version, status)

    rig.api.apply(KEY, too_deep)
    monkeypatch.setattr(rig.api, "write_status", change_and_write)
    assert rig.round().after is not None
    rig.round()
    assert rig.condition("Stalled")["reason"] == "InvalidSpec"
