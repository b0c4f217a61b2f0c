"""A manifest judged without an API server."""

from pathlib import Path

import pytest
import yaml
from tests.resources import POOL, aws

from sigopt_operator.api.document import Unreadable
from sigopt_operator.api.manifest import validate
from sigopt_operator.cli import main

GOOD = yaml.safe_dump(aws())


def mistakes(text: str) -> dict[int, str]:
    with pytest.raises(Unreadable) as refused:
        validate(text)
    return {each.line: each.message for each in refused.value.mistakes}


def test_a_right_manifest_is_said_to_be_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(GOOD)

    assert main(["validate", str(file)]) == 0
    assert "SigOptCluster tiny-cluster is valid" in capsys.readouterr().out


def test_every_mistake_is_told_at_once_on_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(
        "apiVersion: orchestrate.sigopt.com/v1alpha2\n"
        "kind: SigOptCluster\n"
        "metadata: {name: Tiny}\n"
        "spec:\n"
        "  provider: aws\n"
        "  kubernetesVersion: 1.30\n"
        "  cpu:\n"
        "    instance_type: t3.medium\n"
        "    minNodes: 3\n"
        "    maxNodes: 2\n"
        "replicas: 3\n"
    )

    assert main(["validate", str(file)]) == 1

    expected = [
        "1: apiVersion: must be orchestrate.sigopt.com/v1alpha1",
        "3: metadata.name: is required: lower case letters, digits, '-' and '.'",
        "6: spec.kubernetesVersion: must be text: put it in quotes (kubernetesVersion: '1.30')",
        "7: spec.cpu.instanceType: is required",
        "8: spec.cpu.instance_type: is no field here; did you mean instanceType?",
        "10: spec.cpu.maxNodes: must not be below minNodes",
        "11: replicas: is no field here",
    ]
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected, strict=True):
        assert line.removeprefix(f"{file}:").startswith(start)


def test_all_clusters_of_a_file_are_judged_and_other_kinds_left_alone() -> None:
    other = "kind: Secret\napiVersion: v1\nnonsense: true\n"
    second = yaml.safe_dump(aws(region="nowhere"))

    assert validate(f"{other}---\n{GOOD}---\n") == ["tiny-cluster"]
    (message,) = mistakes(f"{GOOD}---\n{second}").values()
    assert message.startswith("spec.region")


def test_a_file_without_a_cluster_is_a_mistake() -> None:
    assert "has no SigOptCluster" in mistakes("kind: Secret\n")[1]


def test_the_name_must_serve_as_a_cluster_name_when_none_is_given() -> None:
    obj = aws()
    obj["metadata"]["name"] = "tiny.cluster"

    (message,) = mistakes(yaml.safe_dump(obj)).values()
    assert "metadata.name cannot serve" in message


def test_a_field_without_a_value_counts_as_left_out_as_kubectl_has_it() -> None:
    assert validate(yaml.safe_dump(aws(cpu={**POOL, "nodeVolumeSize": None}))) == ["tiny-cluster"]


def test_what_is_no_field_is_refused_without_a_value_too_as_kubectl_has_it() -> None:
    (message,) = mistakes(yaml.safe_dump(aws(cpu={**POOL, "spot": None}))).values()
    assert message.startswith("spec.cpu.spot: is no field here")


def test_the_rules_of_the_spec_need_a_spec() -> None:
    assert "spec: is required" in mistakes(GOOD[: GOOD.index("spec:")])[1]


def test_settings_of_an_add_on_that_are_nested_too_deep_are_told() -> None:
    text = "{a: " * 40 + "1" + "}" * 40
    obj = yaml.safe_dump(aws(addons=[{"name": "coredns"}]))
    (message,) = mistakes(
        obj.replace("name: coredns", f"name: coredns\n    configuration: {text}")
    ).values()
    assert message.startswith("spec.addons[0].configuration: must be nested at most 32 levels deep")


def test_a_file_of_aliases_that_would_fill_the_memory_is_told() -> None:
    bomb = "a0: &a0 x\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    assert "its aliases make it larger" in mistakes(f"{bomb}---\n{GOOD}")[1]


def test_a_file_nested_too_deep_to_be_read_is_told() -> None:
    assert mistakes("[" * 5_000 + "]" * 5_000)[1] == "is no text that YAML can read"
