"""The command `sandbox`, as a person types it, against a sandbox that runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from sigopt_sandbox.launcher import Sandbox

THROTTLED = """
- service: eks
  operation: ListClusters
  error: {code: ThrottlingException}
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command's exit status and output; nothing of this process's AWS settings reaches it."""
    return subprocess.run(
        [sys.executable, "-m", "sigopt_sandbox.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def shell(sandbox: Sandbox, script: str) -> subprocess.CompletedProcess[str]:
    """A script after `eval "$(sandbox env)"`, in a shell that had other AWS settings."""
    command = f"{sys.executable} -m sigopt_sandbox.cli env --dir {sandbox.layout.directory}"
    tools = Path(sys.executable).parent
    return subprocess.run(
        ["bash", "-euc", f'eval "$({command})"\n{script}'],
        env=os.environ
        | {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine", "PATH": f"{tools}:{os.defpath}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def faultless(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, without faults before and after."""
    sandbox.faults([])
    yield sandbox
    sandbox.faults([])


def test_after_env_the_aws_cli_is_the_sandboxs_administrator(sandbox: Sandbox) -> None:
    done = shell(sandbox, "aws sts get-caller-identity --query Arn --output text")
    assert done.stdout == "arn:aws:iam::111122223333:user/sandbox-admin\n", done.stderr


def test_after_env_kubectl_is_there_and_knows_the_management_cluster(sandbox: Sandbox) -> None:
    done = shell(sandbox, "kubectl auth can-i '*' '*' --all-namespaces")
    assert done.stdout == "yes\n", done.stderr


def test_a_signature_over_a_path_with_an_arn_in_it_survives_the_proxy(sandbox: Sandbox) -> None:
    arn = "arn:aws:eks:us-west-2:111122223333:cluster/no-such"
    done = shell(sandbox, f"aws eks list-tags-for-resource --resource-arn {arn}")
    assert "NotFoundException" in done.stderr


def test_a_wrong_secret_is_refused_through_the_proxy(sandbox: Sandbox) -> None:
    script = "AWS_SECRET_ACCESS_KEY=wrong aws sts get-caller-identity"
    assert "SignatureDoesNotMatch" in shell(sandbox, script).stderr


def test_faults_come_from_a_file_and_go_when_they_are_off(
    faultless: Sandbox, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(THROTTLED)
    list_clusters = "AWS_MAX_ATTEMPTS=1 aws eks list-clusters --output text"
    directory = f"--dir={faultless.layout.directory}"
    assert "1 rules in force" in run("faults", str(rules), directory).stderr
    assert "ThrottlingException" in shell(faultless, list_clusters).stderr
    assert run("faults", "off", directory).returncode == 0
    assert shell(faultless, list_clusters).returncode == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param("{not: [yaml", "cannot read", id="not YAML"),
        pytest.param("some text", "has no list of rules", id="no list"),
        pytest.param("- eks", "rule 1 is no mapping", id="a rule that is none"),
        pytest.param("- {sevrice: eks}", "rule 1 has sevrice, which", id="a key that is misspelt"),
    ],
)
def test_rules_that_are_none_are_refused_with_a_message(
    faultless: Sandbox, tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "rules").write_text(content)
    done = run("faults", str(tmp_path / "rules"), f"--dir={faultless.layout.directory}")
    assert (done.returncode, complaint in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_weather_comes_from_a_file_and_is_told_when_it_is_over(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    directory = f"--dir={sandbox.layout.directory}"
    climate = tmp_path / "climate.yaml"
    climate.write_text("{seed: 7, throttled: 1.0}")
    list_clusters = "AWS_MAX_ATTEMPTS=1 aws eks list-clusters --output text"
    over = ("--over", sandbox.state.account)
    assert run("weather", str(climate), *over, directory).returncode == 0
    try:
        assert "ThrottlingException" in shell(sandbox, list_clusters).stderr
    finally:
        ended = run("weather", "off", *over, directory)
    assert json.loads(ended.stdout)[sandbox.state.account]["throttled"] >= 1
    assert shell(sandbox, list_clusters).returncode == 0


def test_what_is_no_climate_is_refused_with_a_message(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "climate").write_text("{rain: 1.0}")
    done = run("weather", str(tmp_path / "climate"), f"--dir={sandbox.layout.directory}")
    assert (done.returncode, "a climate has no rain" in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_leaks_are_shown_and_make_the_exit_status_1(sandbox: Sandbox) -> None:
    directory = f"--dir={sandbox.layout.directory}"
    name = f"left-behind-{uuid4().hex[:8]}"
    assert shell(sandbox, f"aws iam create-user --user-name {name}").returncode == 0
    found = run("leaks", directory)
    assert (found.returncode, name in found.stdout) == (1, True)
    assert name in run("dump", directory).stdout
    assert shell(sandbox, f"aws iam delete-user --user-name {name}").returncode == 0
    assert name not in run("leaks", directory).stdout


def test_calls_are_counted_by_caller(sandbox: Sandbox) -> None:
    directory = f"--dir={sandbox.layout.directory}"
    before = json.loads(run("calls", directory).stdout)["by"].get("sandbox-admin", {})
    shell(sandbox, "aws ec2 describe-vpcs")
    after = json.loads(run("calls", directory).stdout)["by"]["sandbox-admin"]
    assert after["ec2:DescribeVpcs"] == before.get("ec2:DescribeVpcs", 0) + 1


def test_a_failure_can_be_armed(sandbox: Sandbox) -> None:
    directory = f"--dir={sandbox.layout.directory}"
    done = run("fail", "cluster/no-such", "CREATE_FAILED:because", directory)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["env", "leaks", "dump", "calls"])
def test_where_no_sandbox_runs_a_command_says_how_to_start_one(
    tmp_path: Path, command: str
) -> None:
    done = run(command, f"--dir={tmp_path}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no sandbox runs in" in done.stderr
    assert "`sandbox up`" in done.stderr


def test_down_where_no_sandbox_runs_is_fine(tmp_path: Path) -> None:
    assert run("down", f"--dir={tmp_path}").returncode == 0


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "1e9"])
def test_a_speed_that_is_none_is_refused(tmp_path: Path, speed: str) -> None:
    done = run("up", f"--dir={tmp_path}", f"--speed={speed}")
    assert done.returncode == 2
    assert "--speed" in done.stderr
