"""The IAM policy with everything that the operator does in AWS, as data of the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Grant:
    """One statement of the policy."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    """Patterns of ARNs, or `*`."""
    conditions: frozenset[str] = frozenset()
    """The context keys on which it depends, in lower case."""


def text() -> str:
    """The policy as JSON, as `sigopt-operator iam-policy` prints it and deploy/ has it."""
    return resources.files(__package__).joinpath("iam-policy.json").read_text(encoding="utf-8")


def grants() -> tuple[Grant, ...]:
    """The statements of the policy; every one of them allows."""
    return tuple(
        Grant(
            _listed(told["Action"]),
            _listed(told["Resource"]),
            frozenset(key.lower() for keys in told.get("Condition", {}).values() for key in keys),
        )
        for told in json.loads(text())["Statement"]
    )


def _listed(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)
