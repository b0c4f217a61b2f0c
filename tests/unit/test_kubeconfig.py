"""A kubeconfig: what is taken from it, and which part of a wrong one is said to be wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.fakes.authority import Authority, b64, encrypted
from tests.fakes.kubeconfigs import AUTHORITY, TOKEN, config, text

from sigopt_operator.cluster.custom.errors import KubeconfigError
from sigopt_operator.cluster.custom.kubeconfig import Kubeconfig, parse

ENDS = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
CLIENT = AUTHORITY.pair(ends=ENDS)
OTHER = AUTHORITY.pair()
CERTIFICATE = {
    "token": None,
    "client-certificate-data": b64(CLIENT.certificate),
    "client-key-data": b64(CLIENT.key),
}


def parsed(*args: Any, **kwargs: Any) -> Kubeconfig:
    return parse(text(config(*args, **kwargs)))


def test_the_current_context_says_where_and_as_whom() -> None:
    found = parsed("https://cluster.example.com:6443/k8s/clusters/c-1/")
    assert found.url == "https://cluster.example.com:6443/k8s/clusters/c-1"
    assert (found.host, found.port) == ("cluster.example.com", 6443)
    assert found.server_name == "cluster.example.com"
    assert found.authority == AUTHORITY.pem
    assert found.credentials.token == TOKEN


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [
        ("https://cluster.example.com", "cluster.example.com", 443),
        ("HTTPS://Cluster.example.com.:8443", "Cluster.example.com.", 8443),
        ("https://10.1.2.3:6443", "10.1.2.3", 6443),
        ("https://[2001:db8::1]:6443", "2001:db8::1", 6443),
    ],
)
def test_a_server_is_a_name_or_an_address_and_a_port(server: str, host: str, port: int) -> None:
    found = parsed(server)
    assert (found.host, found.port) == (host, port)


def test_the_servers_certificate_may_be_for_another_name() -> None:
    found = parsed("https://10.1.2.3", cluster={"tls-server-name": "cluster.internal"})
    assert found.server_name == "cluster.internal"


def test_it_may_be_json_and_may_have_contexts_that_are_not_looked_at() -> None:
    found = config()
    found["users"].append({"name": "other", "user": {"exec": {"command": "aws"}}})
    found["clusters"].append({"name": "other", "cluster": {"server": "http://127.0.0.1"}})
    found["contexts"].append({"name": "other", "context": {"cluster": "other", "user": "other"}})
    assert parse(json.dumps(found).encode()).host == "cluster.example.com"


def test_a_client_certificate_says_until_when_it_is_valid() -> None:
    found = parsed(user=CERTIFICATE).credentials
    assert (found.token, found.certificate_ends) == (None, ENDS)
    assert found.expired(ENDS.replace(year=2029)) is None
    expired = found.expired(ENDS)
    assert expired is not None
    assert expired.reason == "ClientCertificateExpired"
    assert "2030-05-06 at 07:08 UTC" in expired.message


def jwt(claims: Any) -> str:
    return f"e30.{b64(json.dumps(claims)).rstrip('=')}.signature"


def test_a_token_that_is_a_jwt_says_so_too() -> None:
    found = parsed(user={"token": jwt({"exp": ENDS.timestamp()})}).credentials
    assert found.token_ends == ENDS
    expired = found.expired(ENDS)
    assert expired is not None
    assert expired.reason == "TokenExpired"


@pytest.mark.parametrize(
    "token",
    ["opaque", "a.b.c", jwt({}), jwt([]), jwt({"exp": "x"}), jwt({"exp": 1e300}), jwt("e" * 9)],
)
def test_a_token_that_says_nothing_of_its_end_never_expires_here(token: str) -> None:
    assert parsed(user={"token": token}).credentials.token_ends is None


def test_a_line_break_at_the_end_of_a_token_is_no_part_of_it() -> None:
    assert parsed(user={"token": f"{TOKEN}\n"}).credentials.token == TOKEN


def test_nothing_secret_is_in_what_python_prints_of_it() -> None:
    printed = repr(parsed(user={**CERTIFICATE, "token": TOKEN}))
    assert TOKEN not in printed
    assert "PRIVATE KEY" not in printed


NO_PEM = b64("not a certificate")
EXEC = {"token": None, "exec": {"command": "aws", "apiVersion": "client.authentication.k8s.io/v1"}}


def without(kind: str) -> dict[str, Any]:
    return {"contexts": [{"name": "here", "context": {kind: "theirs"}}]}


@pytest.mark.parametrize(
    ("fields", "reason", "words"),
    [
        pytest.param(
            {"current_context": None}, "KubeconfigIncomplete", "current-context", id="no context"
        ),
        pytest.param(
            {"current_context": "gone"}, "KubeconfigIncomplete", "no context gone", id="unknown one"
        ),
        pytest.param(
            {"clusters": []}, "KubeconfigIncomplete", "no cluster theirs", id="no such cluster"
        ),
        pytest.param(
            {"clusters": "odd"}, "KubeconfigIncomplete", "no cluster theirs", id="no list"
        ),
        pytest.param(
            {"clusters": [{"name": "theirs"}]}, "KubeconfigIncomplete", "is empty", id="empty"
        ),
        pytest.param({"users": None}, "KubeconfigIncomplete", "no user somebody", id="no user"),
        pytest.param(
            {"users": 2 * [{"name": "somebody", "user": {"token": "t"}}]},
            *("KubeconfigIncomplete", "several users"),
            id="two users of a name",
        ),
        pytest.param(without("cluster"), "KubeconfigIncomplete", "names no user", id="no user's"),
        pytest.param(
            without("user"), "KubeconfigIncomplete", "names no cluster", id="no cluster's"
        ),
        pytest.param(
            {"cluster": {"server": None}}, "KubeconfigIncomplete", "has no server", id="no server"
        ),
        pytest.param(
            {"server": "http://cluster.example.com"},
            *("ServerInvalid", "only https"),
            id="without TLS",
        ),
        pytest.param(
            {"server": "cluster.example.com:6443"}, "ServerInvalid", "https://HOST", id="no URL"
        ),
        pytest.param(
            {"server": "https://name:word@cluster.example.com"},
            *("ServerInvalid", "no URL"),
            id="a password in the URL",
        ),
        pytest.param(
            {"server": "https://good.example.com\\@127.0.0.1"},
            *("ServerInvalid", "no URL"),
            id="two hosts",
        ),
        pytest.param(
            {"server": "https://a.example.com/?x=y"}, "ServerInvalid", "no URL", id="a query"
        ),
        pytest.param(
            {"server": "https://a.example.com:70000"}, "ServerInvalid", "port", id="no port"
        ),
        pytest.param(
            {"server": f"https://{'a' * 600}"}, "ServerInvalid", "no URL", id="endless URL"
        ),
        pytest.param(
            {"cluster": {"tls-server-name": "a b"}},
            "ServerInvalid",
            "tls-server-name",
            id="no name",
        ),
        pytest.param(
            {"cluster": {"certificate-authority-data": None}},
            *("KubeconfigIncomplete", "certificate-authority-data"),
            id="no authority",
        ),
        pytest.param(
            {"cluster": {"certificate-authority-data": "&"}},
            *("CertificateAuthorityUnreadable", "base64"),
            id="authority: no base64",
        ),
        pytest.param(
            {"cluster": {"certificate-authority-data": NO_PEM}},
            *("CertificateAuthorityUnreadable", "no certificate"),
            id="authority: no PEM",
        ),
        pytest.param(
            {"user": {"token": None}}, "KubeconfigIncomplete", "no credentials", id="nobody"
        ),
        pytest.param({"user": {"token": "two words"}}, "TokenUnreadable", "blanks", id="no token"),
        pytest.param(
            {"user": {"token": "t\r\nX-Remote-User: admin"}},
            *("TokenUnreadable", "line breaks"),
            id="another header in the token",
        ),
        pytest.param(
            {"user": {**CERTIFICATE, "client-key-data": None}},
            *("KubeconfigIncomplete", "lacks client-key-data"),
            id="no key",
        ),
        pytest.param(
            {"user": {**CERTIFICATE, "client-certificate-data": NO_PEM}},
            *("ClientCertificateUnreadable", "client-certificate-data"),
            id="client certificate: no PEM",
        ),
        pytest.param(
            {"user": {**CERTIFICATE, "client-key-data": NO_PEM}},
            *("ClientCertificateUnreadable", "no private key"),
            id="key: no PEM",
        ),
        pytest.param(
            {"user": {**CERTIFICATE, "client-key-data": b64(OTHER.key)}},
            *("ClientCertificateUnreadable", "is not the key"),
            id="another's key",
        ),
        pytest.param(
            {"user": {**CERTIFICATE, "client-key-data": b64(encrypted(CLIENT.key))}},
            *("ClientCertificateUnreadable", "encrypted"),
            id="an encrypted key",
        ),
        pytest.param({"user": EXEC}, "KubeconfigRefused", "run a program", id="exec"),
        pytest.param(
            {"user": {"auth-provider": {"name": "oidc"}}},
            *("KubeconfigRefused", "auth-provider"),
            id="auth-provider",
        ),
        *(
            pytest.param({"user": {field: "/x"}}, "KubeconfigRefused", f"{field} of", id=field)
            for field in ("tokenFile", "client-certificate", "client-key", "username", "as")
        ),
        *(
            pytest.param({"cluster": {field: "/x"}}, "KubeconfigRefused", f"{field} of", id=field)
            for field in ("certificate-authority", "proxy-url")
        ),
        pytest.param(
            {"user": {"as-groups": ["system:masters"]}},
            "KubeconfigRefused",
            "as-groups",
            id="groups",
        ),
        *(
            pytest.param(
                {"cluster": {"insecure-skip-tls-verify": value}},
                *("KubeconfigRefused", "always verified"),
                id=f"not verified: {value}",
            )
            for value in (True, "true", "YES", 1, "on")
        ),
    ],
)
def test_a_wrong_one_is_answered_with_which_part_is_wrong(
    fields: dict[str, Any], reason: str, words: str
) -> None:
    with pytest.raises(KubeconfigError) as refused:
        parsed(**fields)
    assert refused.value.fault.reason == reason
    assert words in refused.value.fault.message
    for secret in (TOKEN, "two words", "PRIVATE", b64(CLIENT.key), "name:word"):
        assert secret not in str(refused.value)


def test_everything_that_is_refused_is_said_at_once() -> None:
    with pytest.raises(KubeconfigError) as refused:
        parsed(cluster={"insecure-skip-tls-verify": True}, user={**EXEC, "tokenFile": "/t"})
    told = refused.value.fault.message
    assert all(field in told for field in ("insecure-skip-tls-verify", "exec", "tokenFile"))


@pytest.mark.parametrize("value", [False, "false", "", None])
def test_what_is_not_asked_for_is_not_refused(value: Any) -> None:
    found = config(user={"tokenFile": ""})
    found["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = value
    assert parse(text(found)).host == "cluster.example.com"


def test_an_authority_in_the_bundle_is_trusted_beside_others() -> None:
    bundle = Authority("an older one").pem + AUTHORITY.pem
    assert parsed(cluster={"certificate-authority-data": b64(bundle)}).authority == bundle
