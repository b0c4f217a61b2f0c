"""Where nobody published what AWS does, or a test wants one of two worlds: one switch each.

Read with `GET /_sandbox/switches`, set with `PUT /_sandbox/switches {"name": true}`. The EKS
lifecycle has switches of its own.
"""

from __future__ import annotations

from sigopt_sandbox.aws import admin

DEFAULTS = {
    # CreateStack again with the token of a stack that still exists: the same stack id, or
    # AlreadyExistsException. Not found in any source.
    "cloudformation.repeated_token_answers_again": False,
    # Whether EC2's and IAM's quotas are enforced, with AWS's defaults (5 VPCs a region). Service
    # Quotas tells them either way.
    "quotas": False,
}

_STATE = dict(DEFAULTS)


def get(name: str) -> bool:
    """Whether a switch is on."""
    return _STATE[name]


def install() -> None:
    """Serve the switches."""
    admin.register("GET", "/_sandbox/switches", lambda _: dict(_STATE))
    admin.register("PUT", "/_sandbox/switches", _set)


def _set(request: admin.Request) -> dict[str, bool]:
    for name in request.body or {}:
        if name not in _STATE:
            known = ", ".join(sorted(_STATE))
            raise admin.RequestError(400, f"no such switch: {name}; there are {known}")
        _STATE[name] = admin.field(request.body, name, bool)
    return dict(_STATE)
