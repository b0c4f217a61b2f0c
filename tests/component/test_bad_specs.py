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


TOO_DEEP: dict[str, Any] = {
    **SPEC,
    "addons": [{"name": "coredns", "configuration": nested(40)}],
}


def test_settings_nested_too_deep_block_the_resource_until_they_are_mended(rig: Rig) -> None:
    rig.api.apply(KEY, TOO_DEEP)
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
    rig.api.apply(KEY, TOO_DEEP)
    rig.round()
    assert rig.condition("Stalled")["reason"] == "InvalidSpec"
    assert rig.condition("ControlPlaneReady")["status"] == "True"
    assert {c["type"] for c in rig.status["conditions"]} == known | {"PreflightPassed"}


def test_what_cannot_be_read_is_said_though_the_resource_changed_while_it_was_looked_at(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An annotation is enough: the status is refused, and no edit of the spec wakes a round."""
    write = rig.api.write_status

    def change_and_write(key: Key, version: str, status: Mapping[str, Any]) -> bool:
        monkeypatch.undo()
        rig.api.apply(key, TOO_DEEP)
        return write(key, version, status)

    rig.api.apply(KEY, TOO_DEEP)
    monkeypatch.setattr(rig.api, "write_status", change_and_write)
    assert rig.round().after is not None
    rig.round()
    assert rig.condition("Stalled")["reason"] == "InvalidSpec"


def test_a_pause_holds_a_deletion_though_the_spec_cannot_be_read(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**TOO_DEEP, "paused": True})
    rig.api.delete(KEY)
    for _ in range(4):
        assert not rig.round().released
        rig.aws.advance()
    assert rig.aws.changes == []
    rig.api.apply(KEY, TOO_DEEP)
    rig.until_released()
    assert rig.aws.nothing_stands


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("provider", "gcp"),
        ("clusterName", "-tiny"),
        ("region", "nowhere"),
        ("network", {"subnetIds": "all"}),
        ("adopt", "yes"),
        ("paused", "yes"),
        ("managementPolicy", "Look"),
        ("deletionPolicy", "Keep"),
        ("deletionProtection", "yes"),
    ],
)
def test_nothing_is_deleted_by_the_default_of_a_field_that_cannot_be_read(
    rig: Rig, field: str, value: object
) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.aws.calls.clear()
    rig.api.apply(KEY, {**SPEC, field: value})
    rig.api.delete(KEY)
    assert not rig.round().released
    assert rig.condition("Stalled")["reason"] == "InvalidSpec"
    assert rig.status["message"].startswith(f"spec.{field}: ")
    assert rig.aws.calls == []
    rig.api.apply(KEY, SPEC)
    rig.until_released()
    assert rig.aws.nothing_stands


def test_retain_lets_go_though_another_field_cannot_be_read(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    rig.api.apply(KEY, {**SPEC, "region": "nowhere", "deletionPolicy": "Retain"})
    rig.api.delete(KEY)
    assert rig.round().released
    assert not rig.aws.nothing_stands


def test_what_never_could_be_read_can_be_deleted(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Keep"})
    rig.round()
    rig.api.delete(KEY)
    assert rig.round().released
    assert rig.aws.calls == []
