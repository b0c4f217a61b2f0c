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
