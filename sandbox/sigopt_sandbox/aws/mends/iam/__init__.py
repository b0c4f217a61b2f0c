"""IAM: trust that is checked, policies that exist, quotas, and simulations that are right."""

from __future__ import annotations

from sigopt_sandbox.aws.mends.iam import policies, roles, session_tags, simulate, trust


def install() -> None:
    """Mend IAM."""
    for module in (policies, trust, roles, session_tags, simulate):
        module.install()
