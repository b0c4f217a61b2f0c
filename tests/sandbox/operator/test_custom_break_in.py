"""Kubeconfigs that try to break in: to the node, the cloud's metadata, the management cluster.

With the operator as deploy/ installs it, and a server that would answer: what is refused here is
refused, and not merely out of reach.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from tests.sandbox.operator.another import altered, custom, give
from tests.sandbox.operator.people import Person

from sigopt_sandbox.installed import Installed
from sigopt_sandbox.kubernetes.management import Management

HERE = [
    *("https://127.0.0.1:{port}", "https://localhost:{port}", "https://localhost.:{port}"),
    *("https://127.1:{port}", "https://2130706433:{port}", "https://0x7f000001:{port}"),
    *("https://[::1]:{port}", "https://[::ffff:127.0.0.1]:{port}", "https://0.0.0.0:{port}"),
]
METADATA = [
    *("https://169.254.169.254", "https://169.254.170.23", "https://[fd00:ec2::254]"),
    *("https://[::ffff:a9fe:a9fe]", "https://[fe80::1]", "https://[64:ff9b::a9fe:a9fe]"),
]
OURS = ["https://kubernetes.default.svc", "https://KUBERNETES.default:{port}"]


def theirs(management: Management) -> tuple[dict[str, Any], int]:
    """A kubeconfig that works for who stands on this machine, and its server's port."""
    found: dict[str, Any] = yaml.safe_load(management.kubeconfig.read_text())
    port = urlsplit(found["clusters"][0]["cluster"]["server"]).port
    assert port
    return found, port


def apply(person: Person, name: str, kubeconfig: dict[str, Any]) -> None:
    give(person, kubeconfig, name)
    person.apply(name, custom(name))


def answered(person: Person, name: str, kind: str) -> dict[str, Any]:
    """What the condition says, once it is refused."""
    person.waits(name, lambda status: status.get("phase") == "Blocked", "it is refused")
    assert person.condition(name, "Stalled")["status"] == "True"
    return person.condition(name, kind)


def test_no_server_that_a_kubeconfig_may_not_lead_to_is_connected_to(
    operator: Installed, person: Person, management: Management
) -> None:
    found, port = theirs(management)
    ours = yaml.safe_load(person.sandbox.kubeconfig.read_text())
    wrong = {
        server: altered(found, server=server.format(port=port)) for server in HERE + METADATA + OURS
    }
    wrong["the operator's own"] = ours
    for number, kubeconfig in enumerate(wrong.values()):
        apply(person, f"evil-{number}", kubeconfig)
    for number, server in enumerate(wrong):
        told = answered(person, f"evil-{number}", "Connected")
        assert told["reason"] == "AddressRefused", (server, told)


SPY = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        pytest.param({"exec": {**SPY, "command": "touch"}}, {}, id="a program"),
        pytest.param({"auth-provider": {"name": "gcp"}}, {}, id="a provider"),
        pytest.param({"tokenFile": "/proc/self/environ"}, {}, id="a token from a file"),
        pytest.param(
            {"client-certificate": "/etc/hostname", "client-key": "/etc/hostname"}, {}, id="files"
        ),
        pytest.param(
            {"token": "t"},
            {"certificate_authority": "/etc/hostname", "certificate_authority_data": None},
            id="an authority from a file",
        ),
        pytest.param({"token": "t"}, {"insecure_skip_tls_verify": True}, id="unverified"),
        pytest.param({"token": "t"}, {"proxy_url": "http://127.0.0.1:1"}, id="through a proxy"),
    ],
)
def test_what_would_run_or_read_in_the_operator_is_refused(
    operator: Installed,
    person: Person,
    management: Management,
    tmp_path: Path,
    user: dict[str, Any],
    cluster: dict[str, Any],
) -> None:
    found, _ = theirs(management)
    if "exec" in user:
        user = {"exec": {**user["exec"], "args": [str(tmp_path / "it-was-run")]}}
    apply(person, "evil", altered(found, user=user, **cluster))
    told = answered(person, "evil", "PreflightPassed")
    assert told["reason"] == "KubeconfigRefused"
    assert not (tmp_path / "it-was-run").exists()


def test_nothing_of_a_refused_kubeconfig_is_in_what_is_told_of_it(
    operator: Installed, person: Person, management: Management
) -> None:
    found, _ = theirs(management)
    apply(person, "evil", found)
    answered(person, "evil", "Connected")
    told = json.dumps(person.status("evil")) + person.events("evil") + operator.log.read_text()
    assert found["users"][0]["user"]["token"] not in told
