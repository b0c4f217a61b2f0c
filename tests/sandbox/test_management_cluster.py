"""The management cluster: a real Kubernetes, on loopback, with what an operator needs of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.process_table import listening

from sigopt_sandbox.kubernetes import read_access, service_account_kubeconfig
from sigopt_sandbox.kubernetes.management import Management
from sigopt_sandbox.processes import wait_until
from sigopt_sandbox.web import AnswerError, call


@pytest.fixture
def kubectl(management: Management) -> Kubectl:
    return Kubectl(management.programs.path("kubectl"), management.kubeconfig)


def eventually(condition: Callable[[], bool], what: str) -> None:
    wait_until(condition, what=what)


def test_it_says_its_version(kubectl: Kubectl) -> None:
    version = json.loads(kubectl.must("version", "-o=json"))["serverVersion"]
    assert version["gitVersion"].startswith("v1.")
    assert (version["major"], version["minor"].isdigit()) == ("1", True)


def test_everything_listens_on_loopback_only(management: Management) -> None:
    hosts = {host for host, _ in listening(management.server.child.pid)}
    assert hosts == {"127.0.0.1"}


def test_the_kubeconfig_is_its_owners_alone_and_needs_no_other_file(
    management: Management,
) -> None:
    assert management.kubeconfig.stat().st_mode & 0o777 == 0o600
    text = management.kubeconfig.read_text()
    assert "certificate-authority-data:" in text
    assert "certificate-authority:" not in text


def test_the_token_is_in_no_command_line(management: Management) -> None:
    command = Path(f"/proc/{management.server.child.pid}/cmdline").read_text()
    assert management.server.access.token not in command


def test_a_namespace_gets_its_service_account_and_goes_with_all_in_it(kubectl: Kubectl) -> None:
    kubectl.must("create", "namespace", "short-lived")
    account = ("get", "serviceaccount", "default", "-n=short-lived")
    eventually(lambda: kubectl(*account).status == 0, "the default service account")
    kubectl.must("create", "configmap", "one", "-n=short-lived")
    kubectl.must("delete", "namespace", "short-lived", "--timeout=120s")
    assert "NotFound" in kubectl("get", "namespace", "short-lived").err


def test_what_an_object_owns_is_collected_with_it(kubectl: Kubectl) -> None:
    kubectl.must("create", "configmap", "owner")
    uid = kubectl.must("get", "configmap", "owner", "-o=jsonpath={.metadata.uid}")
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}
    owned = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "owned", "namespace": "default", "ownerReferences": [owner]},
    }
    kubectl.must("create", "-f=-", stdin=owned)
    kubectl.must("delete", "configmap", "owner")
    gone = lambda: "NotFound" in kubectl("get", "configmap", "owned").err  # noqa: E731
    eventually(gone, "the garbage collection of what it owned")


def test_a_service_accounts_kubeconfig_has_its_rights_and_no_others(
    management: Management, kubectl: Kubectl, tmp_path: Path
) -> None:
    kubectl.must("create", "serviceaccount", "reader")
    kubectl.must("create", "role", "reader", "--verb=list", "--resource=configmaps")
    kubectl.must(
        "create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:reader"
    )
    path = tmp_path / "reader.kubeconfig"
    service_account_kubeconfig(management.kubeconfig, "default", "reader", path)
    as_reader = Kubectl(kubectl.program, path)
    assert path.stat().st_mode & 0o777 == 0o600
    eventually(lambda: as_reader("get", "configmaps").status == 0, "the rights of its role")
    assert 'cannot list resource "secrets"' in as_reader("get", "secrets").err


def test_a_service_account_that_does_not_exist_is_named(
    management: Management, tmp_path: Path
) -> None:
    with pytest.raises(AnswerError, match=r'serviceaccounts \\"nobody\\" not found') as refusal:
        service_account_kubeconfig(management.kubeconfig, "default", "nobody", tmp_path / "file")
    assert refusal.value.status == 404


def test_a_server_with_another_certificate_is_not_trusted(
    management: Management, tmp_path: Path
) -> None:
    access = read_access(management.kubeconfig)
    other = tmp_path / "other.crt"
    other.write_bytes((management.server.settings.directory / "serving.crt").read_bytes())
    with pytest.raises(AnswerError, match="CERTIFICATE_VERIFY_FAILED"):
        call("GET", f"{access.server}/readyz", token=access.token, authority=other)
