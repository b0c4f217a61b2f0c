"""`sigopt-operator kubeconfig` and `test`: the way in, and which link of it is broken."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from kubernetes.client import ApiClient
from tests.fakes.wire import Wire
from tests.fakes.wire import wire as wire
from urllib3.exceptions import MaxRetryError, NewConnectionError

from sigopt_operator import cli
from sigopt_operator.cluster.api import Open
from sigopt_operator.trial import run
from sigopt_operator.trial.links import BrokenLinkError, Link
from sigopt_operator.trial.login import login
from sigopt_operator.trial.place import Place, place_of
from sigopt_operator.trial.visit import visit

ROLE = "arn:aws:iam::111122223333:role/tiny-k8s-access-role"
ME = "arn:aws:iam::111122223333:user/op"
SPEC: dict[str, Any] = {
    "provider": "aws",
    "cpu": {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2},
}
STATUS: dict[str, Any] = {
    "observedGeneration": 1,
    "phase": "Ready",
    "region": "us-west-2",
    "endpoint": "https://127.0.0.1:6443",
    "certificateAuthority": "Zm9v",
    "accessRoleArn": ROLE,
    "pools": [
        {
            "name": name,
            "nodeGroup": f"{name}-1",
            "instanceType": "t3.large",
            "minNodes": 0,
            "maxNodes": 2,
            "desiredNodes": 0,
            "status": "ACTIVE",
        }
        for name in ("system", "cpu")
    ],
}


def soc(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"namespace": "ml", "name": "tiny", "uid": "1", "generation": 1}
    return {
        "metadata": metadata | {"resourceVersion": "1"},
        "spec": {**SPEC, **spec},
        "status": STATUS if status is None else status,
    }


def place(**spec: Any) -> Place:
    return place_of(soc(**spec), "ml", "tiny")


def broken(link: Link) -> Any:
    """Expect that this link is the broken one."""
    return pytest.raises(BrokenLinkError, check=lambda error: error.link is link)


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        pytest.param(None, "there is no SigOptCluster ml/tiny", id="not there"),
        pytest.param(soc({}), "has no cluster that people can use yet: Pending", id="no status"),
        pytest.param(
            soc({**STATUS, "accessRoleArn": None, "phase": "Creating", "message": "waits"}),
            "Creating, waits",
            id="nobody has access yet",
        ),
        pytest.param(soc({**STATUS, "endpoint": None}), "no cluster", id="no endpoint yet"),
        pytest.param(soc(cpu={"instanceType": 1}), "spec.cpu.instanceType", id="cannot be read"),
        pytest.param(
            soc(provider="custom", cpu=None)
            | {"spec": {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "x"}}}},
            "provider: custom",
            id="custom",
        ),
    ],
)
def test_without_a_cluster_it_is_the_resource(obj: Any, words: str) -> None:
    with broken(Link.RESOURCE) as told:
        place_of(obj, "ml", "tiny")
    assert words in told.value.what
    assert told.value.todo


def test_an_observed_cluster_is_entered_as_oneself() -> None:
    observed = soc({**STATUS, "accessRoleArn": None}, managementPolicy="Observe")
    assert place_of(observed, "ml", "tiny").way.role_arn is None


def test_a_cluster_of_ones_own_that_is_only_observed_keeps_its_role() -> None:
    """Everybody else has no access entry in it, and was told so of themselves."""
    assert place(managementPolicy="Observe").way.role_arn == ROLE


def test_the_role_is_assumed(wire: Wire) -> None:
    came = login(place())
    assert came.caller == ME
    assert wire.actions("AKIAOWN") == ["GetCallerIdentity", "AssumeRole"]
    credentials = came.session.get_credentials()
    assert credentials is not None
    assert credentials.access_key.startswith("ASIA")


@pytest.mark.parametrize(("code", "status"), [("InvalidClientTokenId", 403), ("ExpiredToken", 403)])
def test_credentials_that_aws_refuses(wire: Wire, code: str, status: int) -> None:
    wire.refusals["GetCallerIdentity"] = (status, code, "The security token is invalid")
    with broken(Link.CREDENTIALS) as told:
        login(place())
    assert "The security token is invalid" in told.value.what
    assert "aws sso login" in told.value.todo


def test_no_credentials_at_all(wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with broken(Link.CREDENTIALS) as told:
        login(place())
    assert "no AWS credentials" in told.value.what


def test_a_profile_that_is_not_there(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with broken(Link.CREDENTIALS) as told:
        login(place())
    assert "nowhere" in told.value.what


@pytest.mark.parametrize(
    ("principals", "words"),
    [
        pytest.param(None, f"have {ME} added to spec.access.principals", id="nobody is listed"),
        pytest.param(
            ["arn:aws:iam::111122223333:user/ann"], f"have {ME} added to", id="others are listed"
        ),
        pytest.param([ME], "is in spec.access.principals of SigOptCluster ml/tiny", id="listed"),
    ],
)
def test_a_role_that_may_not_be_assumed(
    wire: Wire, principals: list[str] | None, words: str
) -> None:
    wire.refusals["AssumeRole"] = (403, "AccessDenied", "is not authorized")
    access = {"access": {"principals": principals}} if principals else {}
    with broken(Link.ROLE) as told:
        login(place(**access))
    assert told.value.what == f"{ME} may not assume {ROLE}"
    assert words in told.value.todo


def test_what_the_operator_says_of_access_is_said_too(wire: Wire) -> None:
    wire.refusals["AssumeRole"] = (403, "AccessDenied", "is not authorized")
    condition = {
        "type": "AccessReady",
        "status": "False",
        "reason": "PrincipalNotFound",
        "message": "IAM knows no X",
        "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    with broken(Link.ROLE) as told:
        login(place_of(soc({**STATUS, "conditions": [condition]}), "ml", "tiny"))
    assert "AccessReady: IAM knows no X" in told.value.todo


@dataclass
class Answers:
    """An API server whose answers a test decides: a body, an HTTP status, or an exception."""

    by: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def param_serialize(self, **told: Any) -> tuple[Any, ...]:
        return (told["resource_path"].rsplit("/", 1)[-1],)

    def call_api(self, what: str, **_: Any) -> Any:
        answer = self.by[what]
        if isinstance(answer, Exception):
            raise answer
        status, body = (answer, {}) if isinstance(answer, int) else (200, answer)
        return _Response(status, body)


@dataclass(frozen=True)
class _Response:
    status: int
    body: Any
    reason: str = "for a test"

    def read(self) -> bytes:
        return json.dumps(self.body).encode()


def opened(**answers: Any) -> Open:
    usual: dict[str, Any] = {
        "version": {"gitVersion": "v1.34.2"},
        "selfsubjectreviews": {"status": {"userInfo": {"username": "arn:aws:sts::me"}}},
        "nodes": {"items": [node("system"), node("system", ready="False"), node(None)]},
    }
    return lambda _server: cast(ApiClient, Answers({**usual, **answers}))


def node(pool: str | None, ready: str = "True") -> Mapping[str, Any]:
    labels = {"orchestrate.sigopt.com/node-group-type": pool} if pool else {}
    conditions = [{"type": "Ready", "status": ready}]
    return {"metadata": {"labels": labels}, "status": {"conditions": conditions}}


def test_what_is_seen_there() -> None:
    seen = visit(place(), opened())
    assert (seen.version, seen.username) == ("v1.34.2", "arn:aws:sts::me")
    assert [str(pool) for pool in seen.pools] == [
        "system 1 of 2 ready",
        "cpu none",
        "of no pool 1 of 1 ready",
    ]


REFUSED = MaxRetryError(cast(Any, None), "/", NewConnectionError(cast(Any, None), "refused"))
UNTRUSTED = ssl.SSLCertVerificationError("certificate verify failed")
UNTRUSTED.verify_code, UNTRUSTED.verify_message = 20, "unable to get local issuer certificate"


@pytest.mark.parametrize(
    ("answers", "link", "words"),
    [
        pytest.param({"version": REFUSED}, Link.NETWORK, "does not answer", id="no connection"),
        pytest.param({"version": TimeoutError()}, Link.NETWORK, "ServerTimedOut", id="slow"),
        pytest.param({"version": UNTRUSTED}, Link.NETWORK, "shows a certificate", id="certificate"),
        pytest.param({"version": 503}, Link.NETWORK, "ServerFailing", id="failing"),
        pytest.param({"version": 401}, Link.TOKEN, f"does not let {ROLE} in", id="not known"),
        pytest.param({"nodes": 403}, Link.RBAC, "not list its nodes", id="no rights"),
        pytest.param({"version": []}, Link.NETWORK, "does not answer as", id="nonsense"),
    ],
)
def test_which_link_of_the_cluster_is_broken(
    answers: dict[str, Any], link: Link, words: str
) -> None:
    with broken(link) as told:
        visit(place(), opened(**answers))
    assert words in told.value.what
    assert told.value.todo


@pytest.mark.parametrize(
    ("access", "words"),
    [
        pytest.param({"public": False}, "connect from there", id="private"),
        pytest.param({"publicCidrs": ["203.0.113.0/24"]}, "203.0.113.0/24", id="blocks"),
        pytest.param({}, "firewall", id="from everywhere"),
    ],
)
def test_an_endpoint_that_is_not_open_to_all_is_explained(
    access: dict[str, Any], words: str
) -> None:
    with broken(Link.NETWORK) as told:
        visit(place(endpointAccess=access), opened(version=REFUSED))
    assert words in told.value.todo


def theirs(partition: str = "aws", **spec: Any) -> Place:
    """A cluster that somebody else made, and that is only observed."""
    arn = f"arn:{partition}:eks:us-west-2:300000000001:cluster/tiny"
    status = {**STATUS, "accessRoleArn": None, "clusterArn": arn}
    return place_of(soc(status, managementPolicy="Observe", **spec), "ml", "tiny")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        pytest.param({"version": 401}, "aws eks create-access-entry --region us-west-2", id="401"),
        pytest.param({"nodes": 403}, "aws eks associate-access-policy", id="no rights"),
        pytest.param({"version": REFUSED}, "firewall", id="no connection"),
    ],
)
def test_into_an_observed_cluster_of_somebody_elses_its_own_administrator_lets_people(
    answers: dict[str, Any], words: str
) -> None:
    """Nothing of the spec is acted upon there, and the operator makes no entries."""
    with pytest.raises(BrokenLinkError) as told:
        visit(theirs(endpointAccess={"public": False}), opened(**answers))
    assert words in told.value.todo
    assert "spec." not in told.value.todo
    assert "operator" not in told.value.todo


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_the_command_that_gives_rights_there_names_the_policy_as_eks_wants_it(
    partition: str,
) -> None:
    with broken(Link.RBAC) as told:
        visit(theirs(partition), opened(nodes=403))
    policy = f"arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy"
    assert f"--policy-arn {policy} --access-scope type=cluster" in told.value.todo


@pytest.mark.parametrize("answers", [{"version": 401}, {"nodes": 403}])
def test_of_ones_own_cluster_that_is_only_observed_nothing_is_promised(
    answers: dict[str, Any],
) -> None:
    with pytest.raises(BrokenLinkError) as told:
        visit(place(managementPolicy="Observe"), opened(**answers))
    assert "once its spec.managementPolicy is Full again" in told.value.todo
    assert "within" not in told.value.todo
    with pytest.raises(BrokenLinkError) as told:
        visit(place(), opened(**answers))
    assert "Full" not in told.value.todo


def test_nor_is_it_of_who_may_assume_its_role(wire: Wire) -> None:
    wire.refusals["AssumeRole"] = (403, "AccessDenied", "no")
    with broken(Link.ROLE) as told:
        login(place(managementPolicy="Observe"))
    assert "it works once its spec.managementPolicy is Full again" in told.value.todo


def test_every_link_has_an_exit_status_of_its_own_that_is_not_misuse() -> None:
    assert sorted(Link) == [1, 3, 4, 5, 6, 7]
    assert all(link.title for link in Link)


def test_the_verb_prints_the_kubeconfig(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "_find", lambda *_: place())
    assert cli.main(["kubeconfig", "tiny", "-n", "ml"]) == 0
    told = yaml.safe_load(capsys.readouterr().out)
    assert told["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"


def test_a_management_cluster_that_cannot_be_reached_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "none")
    for verb in ("kubeconfig", "test"):
        assert cli.main([verb, "tiny", "--kubeconfig", nowhere]) == Link.RESOURCE
        assert "no management cluster" in capsys.readouterr().err


def test_wrong_flags_are_no_broken_link() -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["test"])
    assert end.value.code == 2
