"""Objects of the management cluster in JSON, as far as a round reads them.

What is of another form is no answer: a proxy's page with status 200 is neither a Secret that lacks
its keys nor a bug. The official client would make models of it, and quote what it holds where that
is not as the model wants it.
"""

from __future__ import annotations

import base64
from typing import Any

from sigopt_operator.runtime import nesting
from sigopt_operator.runtime.errors import ManagementApiError

Object = dict[str, Any]
"""A Kubernetes object as JSON."""


def read_object(kind: str, data: bytes, doing: str) -> Object:
    """An object of that kind that stands in the cluster.

    ManagementApiError, with what was being done and nothing of the answer, where it is none.
    """
    try:
        found = nesting.loads(data)
    except (ValueError, RecursionError):
        found = None
    match found:
        case {"kind": str(said), "metadata": {"uid": str()}} if said == kind:
            return dict(found)
    raise ManagementApiError(f"{doing}: the answer is no {kind}")


def read_resource(kind: str, data: bytes, doing: str) -> Object:
    """The same of one that is read by its generation."""
    found = read_object(kind, data, doing)
    match found["metadata"]:
        case {
            "namespace": str(),
            "name": str(),
            "generation": int(),
            "resourceVersion": str(),
        }:
            return found
    raise ManagementApiError(f"{doing}: the answer is no {kind} that is stored")


def values(secret: Object, doing: str) -> dict[str, bytes]:
    """The values of a Secret; ManagementApiError where they are none."""
    held = secret.get("data") or {}
    try:
        return {name: base64.b64decode(value, validate=True) for name, value in held.items()}
    except (ValueError, TypeError, AttributeError):
        raise ManagementApiError(f"{doing}: its values are no base64") from None
