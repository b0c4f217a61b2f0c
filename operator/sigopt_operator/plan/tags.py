"""The spec's tags on what stands: everything gets them when it is made, and follows their edits.

Only tags of the spec are put on and taken off; those that others put on stay. Which tags the spec
had before an edit is known from the stack: its tags are changed last, when all else has followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sigopt_operator.plan.actions import Retag
from sigopt_operator.plan.difference import Difference, differences
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Snapshot, Stack
from sigopt_operator.plan.wish import Wish

NOT_OF_THE_SPEC = ("orchestrate.sigopt.com/", "aws:")
GOING = ("DELETING", "DELETE_FAILED", "CREATE_FAILED")


def of_spec(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of a stack's tags that the spec gave it."""
    return {key: value for key, value in tags.items() if not key.startswith(NOT_OF_THE_SPEC)}


def edited(want: Wish, stack: Stack | None) -> bool:
    """Whether the spec's tags were changed, and not all has followed."""
    return stack is not None and of_spec(stack.tags) != dict(want.spec_tags)


def outdated(want: Wish, stack: Stack | None, have: Mapping[str, str]) -> dict[str, str]:
    """What an earlier spec put on something with these tags, and the present one does not."""
    before = of_spec(stack.tags) if stack else {}
    gone = ((k, v) for k, v in before.items() if k not in want.spec_tags and have.get(k) == v)
    return dict(sorted(gone))


def lacking(want: Wish, have: Mapping[str, str]) -> dict[str, str]:
    """The spec's tags that something with these tags has not, or has otherwise."""
    return {key: value for key, value in want.spec_tags.items() if have.get(key) != value}


def found(
    want: Wish, put: Mapping[str, str], remove: Mapping[str, str], have: Mapping[str, str]
) -> tuple[Difference, ...]:
    """What was found of these tags, and is wanted."""
    keys = (*put, *remove)
    return differences((f"spec.tags.{k}", have.get(k), want.spec_tags.get(k)) for k in keys)


def retags(want: Wish, seen: Snapshot) -> tuple[Retag, ...]:
    """One action for each thing of ours that has other tags than the spec wants."""
    return tuple(
        Retag(area, kind, id_, name, put, remove, found(want, put, remove, have))
        for area, kind, id_, name, have in _things(want, seen)
        if (put := lacking(want, have)) | (remove := outdated(want, seen.stack, have))
    )


Thing = tuple[str, str, str, str, Mapping[str, str]]
"""Area, kind, id, name and tags of something whose tags can be changed by an id."""


def _things(want: Wish, seen: Snapshot) -> Iterator[Thing]:
    """Everything of ours."""
    return (thing for thing in _every(seen) if ours(thing[-1], want.uid))


def _every(seen: Snapshot) -> Iterator[Thing]:
    cluster = seen.cluster
    if cluster is not None and cluster.status != "DELETING":
        yield "ControlPlane", "EKS cluster", cluster.arn, cluster.name, cluster.tags
    for group in seen.node_groups:
        if group.status not in GOING:
            yield "NodePools", "node group", group.arn, group.name, group.tags
    for template in seen.launch_templates:
        yield "NodePools", "launch template", template.id, template.name, template.tags
    for addon in seen.addons:
        if addon.status not in GOING:
            yield "Addons", "add-on", addon.arn, addon.name, addon.tags
    identity = seen.pod_identity
    if identity is not None:
        yield "Workload", "pod identity association", identity.arn, identity.id, identity.tags
    for entry in seen.access_entries:
        if entry.tags is not None:
            yield "Access", "access entry", entry.arn, entry.principal_arn, entry.tags
