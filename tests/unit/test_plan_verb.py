"""What `sigopt-operator plan` answers a pipeline where there is nothing to plan."""

from pathlib import Path

import pytest
from tests.fakes.world import WHO

from sigopt_operator import cli
from sigopt_operator.forecast import elsewhere


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


@pytest.mark.parametrize(
    ("role", "told"),
    [
        pytest.param(None, None, id="without a role one's own account is the right one"),
        pytest.param(f"arn:aws:iam::{WHO.account}:role/op", None, id="a role of one's own account"),
        pytest.param("arn:aws:iam::444455556666:role/op", "444455556666", id="of another"),
    ],
)
def test_the_plan_is_made_in_the_account_of_the_role(role: str | None, told: str | None) -> None:
    found = elsewhere(role, WHO)
    assert (found is None) is (told is None)
    assert told is None or f"plan with credentials of {told}" in str(found)
