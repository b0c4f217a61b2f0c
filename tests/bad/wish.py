"""One wish that the API server takes and that is wrong all the same, and how tables say it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import yaml
from tests.fakes.authority import Authority
from tests.fakes.kubeconfigs import text
from tests.resources import POOL

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


def of_aws(wrong: str, reason: str, says: str, **fields: Any) -> Explained:
    spec = {
        "provider": "aws",
        "region": "us-west-2",
        "kubernetesVersion": "1.34",
        "cpu": dict(POOL),
        **fields,
    }
    return Explained(wrong, {k: v for k, v in spec.items() if v is not None}, reason, says)


def of_keys(
    wrong: str, reason: str, says: str, data: dict[str, bytes] | None, **more: Any
) -> Explained:
    found = of_aws(wrong, reason, says, aws={"credentialsSecretRef": {"name": "SECRET"}})
    secret = None if data is None else Secret(data, **more)
    return Explained(wrong, found.spec, reason, says, secret)


def of_kubeconfig(wrong: str, reason: str, says: str, told: object, **more: Any) -> Explained:
    spec = {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "SECRET"}}}
    data = told if isinstance(told, bytes) else text(told)  # type: ignore[arg-type] # a kubeconfig
    return Explained(wrong, spec, reason, says, Secret({"kubeconfig": data}, **more))


def nested(levels: int) -> Any:
    return json.loads('{"a":[' * levels + "1" + "]}" * levels)


def nicknamed(kubeconfig: dict[str, Any]) -> bytes:
    found = yaml.safe_dump(kubeconfig).replace("- cluster:", "- &c\n  cluster:", 1)
    return f"{found}more: [*c]\n".encode()


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)
INTRUDER = Authority().pair()
SERVER = "https://cluster.example.invalid:6443"
