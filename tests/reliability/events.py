"""Whether every event tells what was done, or what a status said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.reliability.calls import EVENT, Call
from tests.reliability.journal import Note

from sigopt_operator.status.events import DRIFT

DONE_BY: Mapping[str, str] = {
    "CreateStack": "cloudformation:CreateStack",
    "UpdateStack": "cloudformation:UpdateStack",
    "DeleteStack": "cloudformation:DeleteStack",
    "CreateCluster": "eks:CreateCluster",
    "UpdateClusterVersion": "eks:UpdateClusterVersion",
    "DeleteCluster": "eks:DeleteCluster",
    "GrantAccess": "eks:(CreateAccessEntry|AssociateAccessPolicy)",
    "RemoveAccess": "eks:(DeleteAccessEntry|DisassociateAccessPolicy)",
    "TrustPrincipals": "iam:UpdateAssumeRolePolicy",
    "TakeOver": "(eks:TagResource|ec2:CreateTags)",
    "AssociatePodIdentity": "eks:(Create|Update)PodIdentityAssociation",
    "CreateAddon": "eks:CreateAddon",
    "UpdateAddon": "eks:UpdateAddon",
    "DeleteAddon": "eks:DeleteAddon",
    "CreateNodeGroup": "eks:CreateNodegroup",
    "UpdateNodeGroupConfig": "eks:UpdateNodegroupConfig",
    "UpdateNodeGroupVersion": "eks:UpdateNodegroupVersion",
    "DeleteNodeGroup": "eks:DeleteNodegroup",
    "TagScalingGroup": "autoscaling:(CreateOrUpdate|Delete)Tags",
    "DeleteLaunchTemplate": "ec2:DeleteLaunchTemplate",
    "InstallComponent": "inside:Patch",
    "RemoveObjects": "inside:Delete",
    "ApplySecret": "k8s:Patch",
}
"""Events of what was done, and the call that does it."""


def untrue_events(notes: list[Note]) -> Iterator[str]:
    """What an event told that was neither done nor said before."""
    answered: set[Call] = set()
    conditions: dict[str, str] = {}
    for note in notes:
        if note.what == "answered" and not note.refused:
            answered.add(note.call)
        elif note.what == "sent" and note.status is not None:
            conditions = {c["type"]: c["status"] for c in note.status.get("conditions", ())}
        elif note.what == "sent" and note.call.op == EVENT and isinstance(note.body, dict):
            yield from _untrue(note.body, answered, conditions)


def _untrue(
    event: Mapping[str, Any], answered: set[Call], conditions: Mapping[str, str]
) -> Iterator[str]:
    reason = event.get("reason", "")
    if reason == DRIFT:
        yield f"event {reason}: {event['message']}, and nobody changed anything in AWS"
    pattern = DONE_BY.get(reason)
    if pattern and not any(re.fullmatch(pattern, call.op) for call in answered):
        yield f"event {reason}: {event['message']}, and nothing of it was done"
    if event.get("type") == "Normal" and conditions.get(reason, "True") != "True":
        yield f"event {reason}: {event['message']}, while its condition was not True"
