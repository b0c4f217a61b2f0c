"""What `sigopt-operator plan` answers a pipeline where there is nothing to plan."""

from pathlib import Path

import pytest

from sigopt_operator import cli


def test_wrong_flags_are_not_taken_for_changes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["plan", "--fil"])
    assert end.value.code == 1
    assert "usage:" in capsys.readouterr().err


def test_a_file_with_mistakes_is_refused_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(
        "apiVersion: orchestrate.sigopt.com/v1alpha1\n"
        "kind: SigOptCluster\n"
        "metadata: {name: tiny}\n"
        "spec: {provider: aws, cpu: {instanceType: t3.medium, minNodes: 3, maxNodes: 2}}\n"
    )
    assert cli.main(["plan", "-f", str(file)]) == 1
    assert f"{file}:4: spec.cpu.maxNodes" in capsys.readouterr().err
