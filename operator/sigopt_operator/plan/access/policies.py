"""EKS's access policies as an access entry has them."""

from __future__ import annotations

from collections.abc import Mapping

Policies = Mapping[str, tuple[str, ...]]
"""Names of access policies, each with the namespaces in which it holds, sorted; none: everywhere in
the cluster."""


def told(policies: Policies) -> str:
    """In words: `AmazonEKSViewPolicy (in team-a, team-b)`."""
    return ", ".join(_told(name, policies[name]) for name in sorted(policies)) or "none"


def _told(name: str, namespaces: tuple[str, ...]) -> str:
    return f"{name} (in {', '.join(namespaces)})" if namespaces else name
