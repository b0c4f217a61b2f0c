"""Which call is which: what an operator's call that changes something is called, in every run.

The name of a call is its operation and its subject, without what differs from run to run (ids,
accounts, namespaces), so that the same call is found again in another run; alike ones are told
apart by their ordinal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

READING = ("Describe", "List", "Get", "Simulate", "AssumeRole")
"""How the names of AWS operations begin that change nothing."""
STATUS = "k8s:PatchStatus"
FINALIZERS = "k8s:PatchFinalizers"
EVENT = "k8s:Event"
READ = "k8s:Read"
"""The first call of every round. It changes nothing; it tells that the round before has ended."""

_SUBJECTS = (
    "nodegroupName addonName principalArn policyArn StackName LaunchTemplateName RoleName"
    " ResourceId serviceAccount namespace GroupId AllocationId name"
).split()
"""The arguments that name what an AWS call is about."""
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")
_RANDOM = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b([a-z]+)-[0-9a-f]{17}\b"), r"\1-ID"),
    (re.compile(r"\ba-[0-9a-z]{17}\b"), "a-ID"),
    (re.compile(r"\b(eks-cluster-sg-\S+)-\d+\b"), r"\1-ID"),
    (re.compile(r"\b3\d{11}\b"), "ACCOUNT"),
    (re.compile(r"\bAIDA[0-9A-F]{17}\b"), "USER"),
    (re.compile(r"\b(127\.0\.0\.1:\d+|5[0-9](\.\d+){3})\b"), "ADDRESS"),
    (re.compile(r"\brun-[0-9a-f]{8}\b"), "NAMESPACE"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "TIME"),
)
_CUT = 120


def lasting(text: str) -> str:
    """The text without what is another in every run."""
    for pattern, name in _RANDOM:
        text = pattern.sub(name, text)
    return text


@dataclass(frozen=True)
class Call:
    """A kind of call."""

    op: str
    """Such as `eks:CreateNodegroup` or `k8s:PatchStatus`."""
    subject: str
    """What it is about, such as the node group's name."""

    @property
    def is_status(self) -> bool:
        """Whether it writes the resource's status."""
        return self.op == STATUS

    @property
    def is_read(self) -> bool:
        """Whether it begins a round."""
        return self.op == READ


def aws_call(service: str, operation: str, arguments: Mapping[str, Any]) -> Call | None:
    """What a call of AWS is called; None for one that changes nothing."""
    if operation.startswith(READING):
        return None
    named = [arguments[key] for key in _SUBJECTS if isinstance(arguments.get(key), str)]
    named += [tag["ResourceId"] for tag in arguments.get("Tags") or () if "ResourceId" in tag][:1]
    subject = " ".join(_short(each) for each in named)
    return Call(f"{service}:{operation}", lasting(subject))


def kube_call(method: str, url: str, body: Any, *, inside: bool) -> Call | None:
    """What a call of Kubernetes is called: of the management cluster, or `inside` a workload's.

    None for one that changes nothing, and for what is the process's own affair (its lease, and
    questions about rights).
    """
    path = urlsplit(url).path
    plural = "/sigoptclusters/"
    if method == "GET" and plural in path and not inside:
        return Call(READ, "")
    if method not in _CHANGING or "/leases" in path or path.endswith("reviews"):
        return None
    if inside:
        return Call(f"inside:{method.capitalize()}", lasting(path))
    if plural in path:
        return _of_the_resource(path, body)
    if path.endswith("/events") or "/events/" in path:
        return Call(EVENT, _event(method, body))
    return Call(f"k8s:{method.capitalize()}", lasting(path))


def parse_point(text: str) -> tuple[Call, int]:
    """A call and its ordinal, as `spelled` writes them."""
    spelled_call, _, ordinal = text.rpartition(" #")
    op, _, subject = spelled_call.partition(" ")
    return Call(op, subject), int(ordinal)


def spelled(call: Call, ordinal: int) -> str:
    """A call in one line, for a command."""
    return f"{call.op} {call.subject} #{ordinal}"


def status_of(body: Any) -> dict[str, Any]:
    """The status that a patch writes."""
    found = (item["value"] for item in body if item["path"] == "/status")
    return dict(next(found, {}))


def _of_the_resource(path: str, body: Any) -> Call:
    if not path.endswith("/status"):
        return Call(FINALIZERS, "taken off" if not _finalizers(body) else "put on")
    status = status_of(body)
    true = [c["type"] for c in status.get("conditions", ()) if c["status"] == "True"]
    return Call(STATUS, " ".join([str(status.get("phase")), *true]))


def _finalizers(body: Any) -> Any:
    """What a patch of kopf's leaves of them: a merge patch, or a JSON patch."""
    if isinstance(body, Mapping):
        return (body.get("metadata") or {}).get("finalizers")
    values = [item.get("value") for item in body if "/finalizers" in item["path"]]
    return [value for value in values if value]


def _event(method: str, body: Any) -> str:
    if method == "PATCH":
        return "counted"
    return lasting(f"{body['reason']}: {body['message']}")[:_CUT]


def _short(name: str) -> str:
    """The name in an ARN, or of a stack's id."""
    if name.startswith("arn:aws:cloudformation:"):
        return name.split("/")[1]
    return name.rpartition("/")[2]


def decoded(body: Any) -> Any:
    """A request's body as data: it may be JSON already encoded."""
    if isinstance(body, (bytes, str)):
        return json.loads(body) if body else None
    return body
