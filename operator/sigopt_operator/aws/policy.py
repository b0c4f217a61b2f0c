"""The IAM policy with everything that the operator does in AWS, as data of the package."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

FEATURES: Final[Mapping[str, tuple[str, ...]]] = {
    "network": ("MakeNetworks", "ChangeAndTakeAwayOwnNetworks"),
    "encryption": ("KeysOfSecrets",),
}
"""The statements (by Sid) that only who uses a feature needs: a network that the operator makes,
`spec.secretsEncryption`."""
NAMES: Final = "/*-"
"""How a pattern of an ARN begins the name of something that is named for its cluster."""


@dataclass(frozen=True)
class Grant:
    """One statement of the policy."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    """Patterns of ARNs, or `*`."""
    conditions: frozenset[str] = field(default=frozenset())
    """The context keys that have to be there; the policy knows no other condition."""


def text(without: Collection[str] = (), clusters: str = "*") -> str:
    """The policy as JSON, as `sigopt-operator iam-policy` prints it and deploy/ has it.

    Without the statements of features that nobody uses, and for clusters whose names match the
    pattern alone, where AWS lets a policy say so.
    """
    if not without and clusters == "*":
        return _whole()
    left_out = {sid for feature in without for sid in FEATURES[feature]}
    document = json.loads(_whole())
    document["Statement"] = [
        {**told, "Resource": _narrowed(told["Resource"], clusters)}
        for told in document["Statement"]
        if told["Sid"] not in left_out
    ]
    return json.dumps(document, indent=2) + "\n"


def grants() -> tuple[Grant, ...]:
    """The statements of the policy; every one of them allows."""
    return tuple(map(_grant, json.loads(_whole())["Statement"]))


def _whole() -> str:
    return resources.files(__package__).joinpath("iam-policy.json").read_text(encoding="utf-8")


def _grant(told: Mapping[str, Any]) -> Grant:
    return Grant(
        told["Sid"],
        _listed(told["Action"]),
        _listed(told["Resource"]),
        frozenset(told.get("Condition", {}).get("Null", {})),
    )


def _narrowed(told: str | list[str], clusters: str) -> str | list[str]:
    if isinstance(told, list):
        return [each.replace(NAMES, f"/{clusters}-", 1) for each in told]
    return told.replace(NAMES, f"/{clusters}-", 1)


def _listed(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)
