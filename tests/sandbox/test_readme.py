"""The commands that the docs tell people to type, run against a sandbox.

A comment before a block says that it is run here: `<!-- run: readme -->`, or `argocd`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.documents import ROOT, Fence, document

from sigopt_sandbox.launcher import Sandbox

CLUSTER_YML = """\
provider: aws
cluster_name: tiny-cluster
cpu:
  instance_type: t2.small
  max_nodes: 2
  min_nodes: 0
aws:
  aws_access_key_id: AKIAEXAMPLE
  aws_secret_access_key: canary-secret
kubernetes_version: '1.20'
"""

REHEARSED = """\
set -euo pipefail
sandbox() { command sandbox "$@" --dir "$SANDBOX"; }
kubectl() {
  case "$1 $2" in
    "create namespace")
      command kubectl "$@" --dry-run=client -o yaml | command kubectl apply -f - ;;
    "create configmap" | "apply --server-side") command kubectl "$@" ;;
    "apply -k")
      command kubectl "$@"
      until command kubectl wait --for=condition=Established crd --all; do sleep 0.2; done ;;
    create* | apply*) command kubectl "$@" --dry-run=server ;;
    *) command kubectl "$@" ;;
  esac
}
"""
"""The API server judges everything; deploy/base, namespaces, configuration are made for good.
A namespace may be made again: what is one cluster here is two of the reader's."""


def blocks(path: str, run: str) -> list[Fence]:
    found = [fence for fence in document(path).fences if fence.run == run]
    assert found
    return found


def bash(sandbox: Sandbox, directory: Path, script: str) -> subprocess.CompletedProcess[str]:
    tools = Path(sys.executable).parent
    path = f"{tools}{os.pathsep}{sandbox.env()['PATH']}"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        env=os.environ | sandbox.env() | {"PATH": path, "SANDBOX": str(sandbox.layout.directory)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def without(sandbox: Sandbox, directory: Path, namespace: str) -> Iterator[None]:
    """The namespace is not there when the block begins, and gone afterwards."""
    gone = f"kubectl delete namespace {namespace} --ignore-not-found --timeout=60s"
    assert bash(sandbox, directory, gone).returncode == 0
    try:
        yield
    finally:
        bash(sandbox, directory, gone)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory that looks like the repository's, and has a cluster.yml."""
    for name in ("demo", "deploy"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "cluster.yml").write_text(CLUSTER_YML)
    return tmp_path


def test_the_readmes_commands_work_one_after_the_other(sandbox: Sandbox, checkout: Path) -> None:
    typed = "".join(f"set -x\n{fence.text}" for fence in blocks("README.md", "readme"))
    with without(sandbox, checkout, "ml"):
        done = bash(sandbox, checkout, REHEARSED + typed)
    assert done.returncode == 0, done.stderr
    assert (
        "sigoptcluster.orchestrate.sigopt.com/tiny-cluster created (server dry run)" in done.stdout
    )
    assert "secret/tiny-cluster-aws created (server dry run)" in done.stdout
    assert "SigOptCluster tiny-cluster is valid" in done.stdout
    assert "canary-secret" not in done.stdout + done.stderr


def test_argocd_gets_the_health_check_and_keeps_its_own_settings(
    sandbox: Sandbox, checkout: Path
) -> None:
    (fence,) = blocks("docs/operations.md", "argocd")
    key = "resource.customizations.health.orchestrate.sigopt.com_SigOptCluster"
    shown = f'{{{{.data.url}}}} {{{{index .data "{key}"}}}}'
    script = f"""\
kubectl create namespace argocd
kubectl create configmap argocd-cm -n argocd --from-literal=url=https://argocd.example.com
{fence.text}
kubectl get configmap argocd-cm -n argocd -o go-template='{shown}'
"""
    with without(sandbox, checkout, "argocd"):
        done = bash(sandbox, checkout, REHEARSED + script)
    assert done.returncode == 0, done.stderr
    health = (ROOT / "deploy" / "argocd" / "health.lua").read_text()
    assert done.stdout.endswith(f"https://argocd.example.com {health}")
