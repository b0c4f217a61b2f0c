"""Wishes that the API server takes and that are wrong all the same, each in another way.

Only AWS, a Secret or a kubeconfig tells: so the operator says it, in a condition, within seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import yaml
from tests.fakes.authority import Authority, b64
from tests.fakes.kubeconfigs import config, text
from tests.resources import POOL, pool

ACCOUNT = "arn:aws:iam::111122223333"
KEYS = {
    "aws_access_key_id": b"AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": b"canary-" + b"k" * 33,
}
MIB = 1024 * 1024
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]


@dataclass(frozen=True)
class Secret:
    """As a person would make it."""

    data: dict[str, bytes] = field(default_factory=dict)
    type: str = "Opaque"


@dataclass(frozen=True)
class Explained:
    """One wish, with the Secret that it names, and what is said of it."""

    wrong: str
    spec: dict[str, Any]
    reason: str
    says: str
    secret: Secret | None = None


def _aws(wrong: str, reason: str, says: str, **fields: Any) -> Explained:
    spec = {
        "provider": "aws",
        "region": "us-west-2",
        "kubernetesVersion": "1.34",
        "cpu": dict(POOL),
        **fields,
    }
    return Explained(wrong, {k: v for k, v in spec.items() if v is not None}, reason, says)


def _keys(
    wrong: str, reason: str, says: str, data: dict[str, bytes] | None, **more: Any
) -> Explained:
    found = _aws(wrong, reason, says, aws={"credentialsSecretRef": {"name": "SECRET"}})
    secret = None if data is None else Secret(data, **more)
    return Explained(wrong, found.spec, reason, says, secret)


def _kubeconfig(wrong: str, reason: str, says: str, told: object, **more: Any) -> Explained:
    spec = {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "SECRET"}}}
    data = told if isinstance(told, bytes) else text(told)  # type: ignore[arg-type] # a kubeconfig
    return Explained(wrong, spec, reason, says, Secret({"kubeconfig": data}, **more))


def _nested(levels: int) -> Any:
    return json.loads('{"a":[' * levels + "1" + "]}" * levels)


def _nicknamed(kubeconfig: dict[str, Any]) -> bytes:
    found = yaml.safe_dump(kubeconfig).replace("- cluster:", "- &c\n  cluster:", 1)
    return f"{found}more: [*c]\n".encode()


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)
INTRUDER = Authority().pair()
SERVER = "https://cluster.example.invalid:6443"

OF_AWS = (
    _aws(
        "a type that is not sold",
        "UnknownInstanceType",
        "x9.medium",
        cpu=pool(instanceType="x9.medium"),
    ),
    _aws(
        "a type with one letter too many",
        "UnknownInstanceType",
        "t3.mediums",
        cpu=pool(instanceType="t3.mediums"),
    ),
    _aws(
        "a GPU pool without GPUs",
        "NoNvidiaGpu",
        "spec.gpu.instanceType",
        gpu=pool(instanceType="t3.medium"),
    ),
    _aws("a Mac", "UnsupportedArchitecture", "mac1.metal", cpu=pool(instanceType="mac1.metal")),
    _aws("a version that is not there yet", "VersionNotOnOffer", "1.99", kubernetesVersion="1.99"),
    _aws("a version that is gone", "VersionNotOnOffer", "1.10", kubernetesVersion="1.10"),
    _aws(
        "more nodes than the quota",
        "QuotaExceeded",
        "vCPU",
        cpu=pool(minNodes=100_000, maxNodes=100_000),
    ),
    _aws(
        "more nodes than 32 bits", "QuotaExceeded", "vCPU", cpu=pool(minNodes=2**40, maxNodes=2**62)
    ),
    _aws(
        "subnets that are not there", "SubnetNotFound", SUBNETS[0], network={"subnetIds": SUBNETS}
    ),
    _aws(
        "a cluster to observe that is not there",
        "ClusterNotFound",
        "managementPolicy: Observe",
        managementPolicy="Observe",
    ),
    _aws(
        "a role that is not there",
        "RoleNotAssumed",
        f"{ACCOUNT}:role/nobody",
        aws={"roleArn": f"{ACCOUNT}:role/nobody"},
    ),
    _aws(
        "a role of another partition",
        "RoleNotAssumed",
        "aws-cn",
        aws={"roleArn": "arn:aws-cn:iam::111122223333:role/a"},
    ),
    _aws(
        "settings of an add-on that are too deep",
        "InvalidSpec",
        "spec.addons[0].configuration: must be nested at most 32 levels",
        addons=[{"name": "coredns", "configuration": _nested(100)}],
    ),
)

OF_KEYS = (
    _keys("keys that are not there", "SecretMissing", "does not exist; create it", None),
    _keys(
        "a Secret with nothing in it",
        "SecretIncomplete",
        "aws_access_key_id and aws_secret_access_key",
        {},
    ),
    _keys(
        "half a key",
        "SecretIncomplete",
        "lacks aws_secret_access_key",
        {"aws_access_key_id": b"AKIA"},
    ),
    _keys("keys that are empty", "SecretIncomplete", "lacks", dict.fromkeys(KEYS, b"")),
    _keys("keys that are blank", "SecretIncomplete", "lacks", dict.fromkeys(KEYS, b" \n\t ")),
    _keys(
        "keys called as in the environment",
        "SecretIncomplete",
        "lacks",
        {k.upper(): v for k, v in KEYS.items()},
    ),
    _keys(
        "keys called as in the console",
        "SecretIncomplete",
        "lacks",
        {"accessKey": b"AKIA", "secretKey": b"canary-1"},
    ),
    _keys(
        "a certificate for keys",
        "SecretIncomplete",
        "lacks",
        {"tls.crt": INTRUDER.certificate.encode(), "tls.key": INTRUDER.key.encode()},
        type="kubernetes.io/tls",
    ),
    _keys(
        "a login for keys",
        "SecretIncomplete",
        "lacks",
        {"username": b"ann", "password": b"canary-2"},
        type="kubernetes.io/basic-auth",
    ),
    _keys(
        "a key of bytes",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": b"\x00\xff\xfe"},
    ),
    _keys(
        "a key with a header of its own",
        "SecretUnreadable",
        "aws_secret_access_key",
        {**KEYS, "aws_secret_access_key": b"canary-3\r\nX-Amz-Evil: 1"},
    ),
    _keys(
        "a key in quotes",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": b'"AKIAIOSFODNN7EXAMPLE"'},
    ),
    _keys(
        "the line of a file for a key",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": b"aws_access_key_id = AKIA"},
    ),
    _keys(
        "a key in UTF-16",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": "AKIA".encode("utf-16")},
    ),
    _keys(
        "a key with another letter A",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": "\u0410KIA".encode()},
    ),
    _keys(
        "the keys the wrong way round",
        "SecretUnreadable",
        "aws_access_key_id",
        {"aws_access_key_id": b"canary/4", "aws_secret_access_key": b"AKIAIOSFODNN7EXAMPLE"},
    ),
    _keys("keys of nobody", "CredentialsRefused", "AWS refuses the credentials", KEYS),
    _keys(
        "a token of a session beside keys that are none",
        "CredentialsRefused",
        "AWS refuses the credentials",
        {**KEYS, "aws_session_token": b"canary-5"},
    ),
    _keys(
        "a secret of almost a megabyte",
        "SecretUnreadable",
        "aws_secret_access_key",
        {**KEYS, "aws_secret_access_key": b"canary-" + b"x" * 900_000},
    ),
    _keys(
        "a token of almost a megabyte",
        "SecretUnreadable",
        "aws_session_token",
        {**KEYS, "aws_session_token": b"canary-" + b"x" * 900_000},
    ),
)

OF_KUBECONFIGS = (
    Explained(
        "a kubeconfig that is not there",
        {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "SECRET"}}},
        "SecretMissing",
        "does not exist; create it with the kubeconfig",
    ),
    Explained(
        "a kubeconfig under another key",
        {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "SECRET"}}},
        "SecretIncomplete",
        "lacks kubeconfig",
        Secret({"config": text(config())}),
    ),
    _kubeconfig("a kubeconfig of nothing", "SecretIncomplete", "lacks kubeconfig", b""),
    _kubeconfig("a kubeconfig of blanks", "SecretIncomplete", "lacks kubeconfig", b"  \n"),
    _kubeconfig("a kubeconfig of bytes", "KubeconfigUnreadable", "kubeconfig", b"\x00\xff\xfe\xfd"),
    _kubeconfig(
        "a kubeconfig in Latin-1",
        "KubeconfigUnreadable",
        "kubeconfig",
        "apiVersion: v1 # \u00fc".encode("latin-1"),
    ),
    _kubeconfig(
        "a kubeconfig of 300 kB",
        "KubeconfigUnreadable",
        "more than 262144 are not read",
        b"#" * 300_000 + text(config()),
    ),
    _kubeconfig(
        "a kubeconfig of almost a megabyte",
        "KubeconfigUnreadable",
        "more than 262144 are not read",
        b"a: b\n" * 180_000,
    ),
    _kubeconfig(
        "half a kubeconfig",
        "KubeconfigUnreadable",
        "kubeconfig",
        b"clusters: [{name: a, cluster: {server:",
    ),
    _kubeconfig(
        "a text for a kubeconfig", "KubeconfigUnreadable", "kubeconfig", b"please see the wiki"
    ),
    _kubeconfig("a list for a kubeconfig", "KubeconfigUnreadable", "kubeconfig", b"[1, 2]"),
    _kubeconfig(
        "a kubeconfig nested without end", "KubeconfigUnreadable", "kubeconfig", b"[" * 20_000
    ),
    _kubeconfig("aliases in a kubeconfig", "KubeconfigUnreadable", "alias", _nicknamed(config())),
    _kubeconfig(
        "aliases that would fill the memory", "KubeconfigUnreadable", "alias", BOMB.encode()
    ),
    _kubeconfig(
        "an object of Python in a kubeconfig",
        "KubeconfigUnreadable",
        "tag",
        b"clusters: !!python/object/apply:os.system [reboot]",
    ),
    _kubeconfig(
        "two kubeconfigs",
        "KubeconfigUnreadable",
        "kubeconfig",
        text(config()) + b"---\n" + text(config()),
    ),
    _kubeconfig(
        "a context that is not there",
        "KubeconfigIncomplete",
        "no context elsewhere",
        config(current_context="elsewhere"),
    ),
    _kubeconfig(
        "several contexts and none chosen",
        "KubeconfigIncomplete",
        "current-context",
        config(
            current_context=None,
            contexts=[
                {"name": n, "context": {"cluster": "theirs", "user": "somebody"}}
                for n in ("a", "b")
            ],
        ),
    ),
    _kubeconfig("a user that is not there", "KubeconfigIncomplete", "user", config(users=[])),
    _kubeconfig(
        "a cluster that is not there", "KubeconfigIncomplete", "cluster", config(clusters=[])
    ),
    _kubeconfig(
        "nobody in particular", "KubeconfigIncomplete", "token", config(user={"token": None})
    ),
    _kubeconfig("no server", "KubeconfigIncomplete", "server", config(cluster={"server": None})),
    _kubeconfig(
        "a server that is a number", "ServerInvalid", "server", config(cluster={"server": "6443"})
    ),
    _kubeconfig(
        "a server without TLS", "ServerInvalid", "https", config("http://cluster.example.invalid")
    ),
    _kubeconfig(
        "a server with a password in it",
        "ServerInvalid",
        "server",
        config("https://ann:canary-6@cluster.example.invalid"),
    ),
    _kubeconfig("a server that is a file", "ServerInvalid", "server", config("file:///etc/passwd")),
    _kubeconfig(
        "a certificate that is not looked at",
        "KubeconfigRefused",
        "insecure-skip-tls-verify",
        config(SERVER, cluster={"insecure-skip-tls-verify": True}),
    ),
    _kubeconfig(
        "a program",
        "KubeconfigRefused",
        "exec",
        config(SERVER, user={"token": None, "exec": {"command": "/bin/sh"}}),
    ),
    _kubeconfig(
        "a provider",
        "KubeconfigRefused",
        "auth-provider",
        config(SERVER, user={"token": None, "auth-provider": {"name": "gcp"}}),
    ),
    _kubeconfig(
        "a token from a file",
        "KubeconfigRefused",
        "tokenFile",
        config(SERVER, user={"token": None, "tokenFile": "/proc/self/environ"}),
    ),
    _kubeconfig(
        "an authority from a file",
        "KubeconfigRefused",
        "certificate-authority",
        config(
            SERVER,
            cluster={"certificate-authority-data": None, "certificate-authority": "/etc/passwd"},
        ),
    ),
    _kubeconfig(
        "somebody else's name",
        "KubeconfigRefused",
        "as",
        config(SERVER, user={"as": "system:admin"}),
    ),
    _kubeconfig(
        "a proxy",
        "KubeconfigRefused",
        "proxy-url",
        config(SERVER, cluster={"proxy-url": "http://169.254.169.254"}),
    ),
    _kubeconfig(
        "an authority that is no PEM",
        "CertificateAuthorityUnreadable",
        "certificate-authority-data",
        config(SERVER, cluster={"certificate-authority-data": "Zm9v"}),
    ),
    _kubeconfig(
        "an authority that is no base64",
        "CertificateAuthorityUnreadable",
        "certificate-authority-data",
        config(SERVER, cluster={"certificate-authority-data": "!!!"}),
    ),
    _kubeconfig(
        "a token on two lines",
        "TokenUnreadable",
        "line",
        config(SERVER, user={"token": "canary-7\nHost: evil"}),
    ),
    _kubeconfig(
        "a key of another certificate",
        "ClientCertificateUnreadable",
        "client-key-data",
        config(
            SERVER,
            user={
                "token": None,
                "client-certificate-data": b64(INTRUDER.certificate),
                "client-key-data": b64(Authority().pair().key),
            },
        ),
    ),
    _kubeconfig("this machine", "AddressRefused", "127.0.0.1", config("https://127.0.0.1:6443")),
    _kubeconfig(
        "this machine by its name", "AddressRefused", "localhost", config("https://localhost:6443")
    ),
    _kubeconfig(
        "this machine as a number",
        "AddressRefused",
        "2130706433",
        config("https://2130706433:6443"),
    ),
    _kubeconfig(
        "the cloud's metadata",
        "AddressRefused",
        "169.254.169.254",
        config("https://169.254.169.254"),
    ),
    _kubeconfig(
        "the cloud's metadata in IPv6",
        "AddressRefused",
        "fd00:ec2::254",
        config("https://[fd00:ec2::254]"),
    ),
    _kubeconfig(
        "a neighbour on the link", "AddressRefused", "fe80::1", config("https://[fe80::1]:6443")
    ),
    _kubeconfig(
        "the management cluster by its name",
        "AddressRefused",
        "kubernetes.default.svc",
        config("https://kubernetes.default.svc"),
    ),
    _kubeconfig(
        "a server that nobody knows", "NameNotResolved", "cluster.example.invalid", config(SERVER)
    ),
)

BAD_WISHES = (*OF_AWS, *OF_KEYS, *OF_KUBECONFIGS)
