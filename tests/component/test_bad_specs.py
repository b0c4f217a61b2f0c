"""What the API server lets through and no round can act upon is told, and mended by an edit."""

from typing import Any

from tests.component.rounds import KEY, SPEC, Rig


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
