"""What a cluster's own API refuses, or does not answer, in the operator's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.trouble import Kind, Trouble

REFUSED_BY_CLUSTER = "RefusedByCluster"
FOR_A_PERSON = (400, 403, 409, 413, 422)
"""Answers that repeating alone does not change: an invalid object, a missing right, a policy."""

NAMESPACE_TERMINATING = "NamespaceTerminating"
"""Why the API server forbids to make something in a namespace that is being deleted, as its cause
(k8s.io/api/core/v1, NamespaceTerminatingCause): not for want of a right."""


@contextmanager
def cluster_answers(doing: str, way_out: str) -> Iterator[None]:
    """Turn what the cluster's API says inside into AwsError; `way_out` is what a person can do."""
    try:
        yield
    except ApiException as error:
        if error.status == 403 and NAMESPACE_TERMINATING in _causes(error):
            told = (
                f"{doing}: somebody deletes its namespace, and it is made anew once that is gone "
                f"({reason_of(error)})"
            )
            raise AwsError(Trouble(Kind.BUSY, NAMESPACE_TERMINATING, told, doing)) from error
        if error.status in FOR_A_PERSON:
            told = f"{doing}: the cluster refuses it ({reason_of(error)}); {way_out}"
            raise AwsError(Trouble(Kind.REFUSED, REFUSED_BY_CLUSTER, told, doing)) from error
        told = f"the cluster's API answers {error.status} {error.reason}"
        raise AwsError(Trouble(Kind.RETRY, "ClusterApi", told, doing)) from error
    except (HTTPError, OSError, ValueError) as error:
        told = f"the cluster's API does not answer ({type(error).__name__})"
        raise AwsError(Trouble(Kind.RETRY, "ClusterApi", told, doing)) from error


def reason_of(error: ApiException) -> str:
    """The API server's own words, in one line."""
    try:
        message = str(json.loads(error.body or "")["message"])
    except (ValueError, TypeError, KeyError):
        message = str(error.reason)
    return " ".join(f"{error.status} {message}".split())[:500]


def _causes(error: ApiException) -> list[object]:
    """The words for machines in the details of a Status; none where it is another answer."""
    try:
        told = json.loads(error.body or "")
    except (ValueError, TypeError):
        return []
    match told:
        case {"details": {"causes": [*causes]}}:
            return [cause.get("reason") for cause in causes if isinstance(cause, dict)]
        case _:
            return []
