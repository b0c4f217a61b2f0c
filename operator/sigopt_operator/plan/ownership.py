"""Whose is it: the tags that everything made by the operator carries.

A name that we want without our tag belongs to somebody else and is never touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

TAG_UID = "orchestrate.sigopt.com/cluster-uid"
TAG_RESOURCE = "orchestrate.sigopt.com/resource"
TAG_DESIGN = "orchestrate.sigopt.com/network-design"
TAG_ZONES = "orchestrate.sigopt.com/zones"
TAG_CIDR = "orchestrate.sigopt.com/network-cidr"
"""On a stack with a network of its own: the block of it, without which it is the usual one."""
TAG_ATTEMPT = "orchestrate.sigopt.com/attempt"
TAG_ADOPTED = "orchestrate.sigopt.com/adopted"
"""On a control plane that somebody else made: its network is not ours."""
TAG_POOL = "orchestrate.sigopt.com/pool"
LONGEST_TAG: Final = 256
"""Characters of a tag's value in EKS, CloudFormation, EC2 and IAM."""


def ours(tags: Mapping[str, str], uid: str) -> bool:
    """Whether something with these tags was made for the resource with this UID."""
    return bool(uid) and tags.get(TAG_UID) == uid


def anothers(tags: Mapping[str, str], uid: str, namespace: str, name: str) -> bool:
    """Whether something with these tags was made for another resource.

    An earlier one of the same namespace and name is no other.
    """
    return TAG_UID in tags and not ours(tags, uid) and not of_that_name(tags, namespace, name)


def ownership_tags(uid: str, namespace: str, name: str) -> dict[str, str]:
    """The tags to put on everything made for this resource."""
    return {TAG_UID: uid, TAG_RESOURCE: _resource(namespace, name)}


def of_that_name(tags: Mapping[str, str], namespace: str, name: str) -> bool:
    """Whether something with these tags was made for a resource of that namespace and name."""
    return tags.get(TAG_RESOURCE) == _resource(namespace, name)


def _resource(namespace: str, name: str) -> str:
    """Kubernetes' names have 63 and 253 characters; the beginning of longer ones, and a digest."""
    whole = f"{namespace}/{name}"
    if len(whole) <= LONGEST_TAG:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return f"{whole[: LONGEST_TAG - 17]}-{digest}"


def conflict(kind: str, name: str) -> str:
    """What to say of a name that somebody else has."""
    return (
        f"{kind} {name} exists and does not carry this resource's ownership tag, so it is somebody "
        f"else's and is not touched. Choose another spec.clusterName in a new resource, or have "
        f"the owner of {name} remove it."
    )
