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


def text() -> str:
    """The policy as JSON, as `sigopt-operator iam-policy` prints it and deploy/ has it."""
    return resources.files(__package__).joinpath("iam-policy.json").read_text(encoding="utf-8")


def grants() -> tuple[Grant, ...]:
    """The statements that allow without a condition.

    Those with one let delete what carries certain tags; nothing carries them beforehand.
    """
    return tuple(
        Grant(_listed(told["Action"]), _listed(told["Resource"]))
        for told in json.loads(text())["Statement"]
        if "Condition" not in told
    )


def _listed(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)
